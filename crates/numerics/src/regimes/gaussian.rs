//! Hidden Markov model with Gaussian observations of full covariance, and its EM iterations.
//!
//! M step by sufficient statistics: pure maximum likelihood, covariances with the sum of weights in the denominator, no priors. A state
//! that receives no weight keeps its parameters.
//!
//! Source: Baum, Petrie, Soules & Weiss (1970); Rabiner (1989).
//!
//! # Errors
//! Those of [`MarkovChain::check`]; `dimension_mismatch`, `missing_values`, `too_few_observations` when empty, `singular` or `not_psd` for
//! a covariance that is not positive definite (also when a state collapses on a point during EM).

use nalgebra::DMatrix;

use super::chain::{MarkovChain, Posterior};
use crate::linalg::Cholesky;
use crate::{NumericsError, Result, validate};

/// A chain with a Gaussian per state.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianHmm {
    /// The hidden chain.
    pub chain: MarkovChain,
    /// Row i: mean of state i.
    pub means: DMatrix<f64>,
    /// Covariance per state.
    pub covariances: Vec<DMatrix<f64>>,
}

/// What EM iterations leave.
#[derive(Debug, Clone, PartialEq)]
pub struct EmRun {
    /// The model after the last M step.
    pub model: GaussianHmm,
    /// Log-likelihood before each M step; never falls.
    pub history: Vec<f64>,
    /// Log-likelihood of the final model.
    pub log_likelihood: f64,
}

impl GaussianHmm {
    /// Posterior of the states given the rows of `x`.
    ///
    /// # Errors
    /// See the module.
    pub fn posterior(&self, x: &DMatrix<f64>) -> Result<Posterior> {
        self.check(x)?;
        self.chain.posterior(&self.log_densities(&by_rows(x))?)
    }

    /// Runs EM from this model: at most `iterations`, stopping early when the log-likelihood gains less than `tolerance` relative to its
    /// size (`None` runs them all).
    ///
    /// # Errors
    /// See the module.
    pub fn em(&self, x: &DMatrix<f64>, iterations: usize, tolerance: Option<f64>) -> Result<EmRun> {
        self.check(x)?;
        let rows = by_rows(x);
        let mut model = self.clone();
        let mut history: Vec<f64> = Vec::new();
        for _ in 0..iterations {
            let log_densities = model.log_densities(&rows)?;
            let passes = model.chain.passes(&log_densities)?;
            let gained = history.last().map_or(f64::INFINITY, |last| passes.log_likelihood - last);
            history.push(passes.log_likelihood);
            if tolerance.is_some_and(|tolerance| gained.abs() <= tolerance * passes.log_likelihood.abs()) {
                break;
            }
            let k = model.chain.states();
            let moves = passes.expected_transitions(&log_densities, k);
            model.maximise(&rows, &passes.smoothed(k), &moves);
        }
        let log_likelihood = model.chain.passes(&model.log_densities(&rows)?)?.log_likelihood;
        Ok(EmRun { model, history, log_likelihood })
    }

    fn check(&self, x: &DMatrix<f64>) -> Result<()> {
        self.chain.check()?;
        let (k, d) = (self.chain.states(), x.ncols());
        validate::finite_matrix("x", x)?;
        validate::at_least(x.nrows(), 1)?;
        if d == 0 {
            return Err(NumericsError::InvalidArgument { what: "x", why: "no columns".to_owned() });
        }
        validate::same_length("means rows", k, self.means.nrows())?;
        validate::same_length("means columns", d, self.means.ncols())?;
        validate::finite_matrix("means", &self.means)?;
        validate::same_length("covariances", k, self.covariances.len())?;
        for covariance in &self.covariances {
            validate::same_length("covariance", d, covariance.nrows())?;
            validate::same_length("covariance", d, covariance.ncols())?;
        }
        Ok(())
    }

    /// Log-density of every row in every state, row by row.
    fn log_densities(&self, rows: &[f64]) -> Result<Vec<f64>> {
        let (k, d) = self.means.shape();
        let periods = rows.len() / d;
        let constant = -0.5 * d as f64 * (2.0 * std::f64::consts::PI).ln();
        let mut log_densities = vec![0.0; periods * k];
        let mut deviation = vec![0.0; d];
        for (state, covariance) in self.covariances.iter().enumerate() {
            let factor = Cholesky::new("state covariance", covariance)?;
            let scale = constant - 0.5 * factor.log_determinant();
            for (t, row) in rows.chunks_exact(d).enumerate() {
                for (j, value) in row.iter().enumerate() {
                    deviation[j] = value - self.means[(state, j)];
                }
                factor.solve_lower(&mut deviation);
                log_densities[t * k + state] = scale - 0.5 * deviation.iter().map(|v| v * v).sum::<f64>();
            }
        }
        Ok(log_densities)
    }

    /// M step from smoothed probabilities and expected moves.
    fn maximise(&mut self, rows: &[f64], smoothed: &[f64], moves: &[f64]) {
        let (k, d) = self.means.shape();
        let start: f64 = smoothed[..k].iter().sum();
        for state in 0..k {
            self.chain.start[state] = smoothed[state] / start;
            let departures: f64 = moves[state * k..(state + 1) * k].iter().sum();
            if departures > 0.0 {
                for j in 0..k {
                    self.chain.transition[(state, j)] = moves[state * k + j] / departures;
                }
            }
            let weight: f64 = smoothed.iter().skip(state).step_by(k).sum();
            if weight <= 0.0 {
                continue;
            }
            let weights = || smoothed.iter().skip(state).step_by(k);
            let mut mean = vec![0.0; d];
            for (row, w) in rows.chunks_exact(d).zip(weights()) {
                crate::linalg::axpy(*w, row, &mut mean);
            }
            mean.iter_mut().for_each(|value| *value /= weight);
            let mut covariance = DMatrix::zeros(d, d);
            let mut deviation = vec![0.0; d];
            for (row, w) in rows.chunks_exact(d).zip(weights()) {
                for (j, value) in row.iter().enumerate() {
                    deviation[j] = value - mean[j];
                }
                for j in 0..d {
                    for i in j..d {
                        covariance[(i, j)] += w * deviation[i] * deviation[j];
                    }
                }
            }
            for j in 0..d {
                self.means[(state, j)] = mean[j];
                for i in j..d {
                    covariance[(i, j)] /= weight;
                    covariance[(j, i)] = covariance[(i, j)];
                }
            }
            self.covariances[state] = covariance;
        }
    }
}

fn by_rows(x: &DMatrix<f64>) -> Vec<f64> {
    x.transpose().as_slice().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_likelihood_never_falls(values in proptest::collection::vec(-3.0..3.0_f64, 60), gap in 0.2..2.0_f64) {
            let model = GaussianHmm {
                chain: MarkovChain { start: vec![0.5; 2], transition: DMatrix::from_row_slice(2, 2, &[0.8, 0.2, 0.2, 0.8]) },
                means: DMatrix::from_row_slice(2, 2, &[-gap, 0.0, gap, 0.0]),
                covariances: vec![DMatrix::identity(2, 2), DMatrix::identity(2, 2) * 2.0],
            };
            let run = match model.em(&DMatrix::from_row_slice(30, 2, &values), 15, None) {
                Ok(run) => run,
                // A state that closes in on one point has no bound on its likelihood.
                Err(error) => {
                    prop_assert_eq!(error.code(), "singular");
                    return Ok(());
                }
            };
            for pair in run.history.windows(2) {
                prop_assert!(pair[1] >= pair[0] - 1e-9 * pair[0].abs());
            }
            prop_assert!(run.log_likelihood >= run.history[14] - 1e-9);
        }
    }

    #[test]
    fn one_state_is_the_sample_mean_and_variance() {
        let model = GaussianHmm {
            chain: MarkovChain { start: vec![1.0], transition: DMatrix::from_element(1, 1, 1.0) },
            means: DMatrix::from_element(1, 1, 9.0),
            covariances: vec![DMatrix::from_element(1, 1, 4.0)],
        };
        let run = model.em(&DMatrix::from_column_slice(3, 1, &[1.0, 2.0, 3.0]), 1, None).unwrap();
        assert!((run.model.means[(0, 0)] - 2.0).abs() < 1e-15);
        assert!((run.model.covariances[0][(0, 0)] - 2.0 / 3.0).abs() < 1e-15);
    }
}
