//! Forward-backward, Viterbi and expected transitions of a hidden Markov chain, given the log-density of every observation in every
//! state.
//!
//! Source: Rabiner (1989) Proceedings of the IEEE 77. Ties in the Viterbi path go to the lowest state.

use nalgebra::DMatrix;

use crate::{NumericsError, Result, validate};

/// How far probabilities may sum from one.
const SUM_TOLERANCE: f64 = 1e-6;

/// Initial distribution and transition matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkovChain {
    /// Distribution at the first observation.
    pub start: Vec<f64>,
    /// Row i: probabilities of moving from state i.
    pub transition: DMatrix<f64>,
}

/// What the observations say about the states; one row per period.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Log-likelihood of the sample.
    pub log_likelihood: f64,
    /// Probabilities given data up to and including t.
    pub filtered: DMatrix<f64>,
    /// Probabilities given the whole sample.
    pub smoothed: DMatrix<f64>,
    /// Most probable path.
    pub path: Vec<usize>,
    /// Log-probability of that path with the observations.
    pub path_log_probability: f64,
}

/// Forward and backward variables in logarithms, row by row, each period scaled to its own likelihood.
pub(super) struct Passes {
    pub log_likelihood: f64,
    forward: Vec<f64>,
    backward: Vec<f64>,
    increments: Vec<f64>,
    log_transition: Vec<f64>,
}

impl MarkovChain {
    /// Number of states.
    pub fn states(&self) -> usize {
        self.start.len()
    }

    /// # Errors
    /// `dimension_mismatch`, `missing_values`, `invalid_argument` unless every row is a distribution.
    pub fn check(&self) -> Result<()> {
        let k = self.start.len();
        if k == 0 {
            return Err(NumericsError::InvalidArgument { what: "start", why: "no states".to_owned() });
        }
        validate::same_length("transition rows", k, self.transition.nrows())?;
        validate::same_length("transition columns", k, self.transition.ncols())?;
        distribution("start", &self.start)?;
        for i in 0..k {
            let row: Vec<f64> = self.transition.row(i).iter().copied().collect();
            distribution("transition", &row)?;
        }
        Ok(())
    }

    pub(super) fn posterior(&self, log_densities: &[f64]) -> Result<Posterior> {
        let k = self.states();
        let passes = self.passes(log_densities)?;
        let periods = log_densities.len() / k;
        let (path, path_log_probability) = self.viterbi(log_densities);
        let filtered: Vec<f64> = passes.forward.iter().map(|value| value.exp()).collect();
        Ok(Posterior {
            log_likelihood: passes.log_likelihood,
            filtered: DMatrix::from_row_slice(periods, k, &filtered),
            smoothed: DMatrix::from_row_slice(periods, k, &passes.smoothed(k)),
            path,
            path_log_probability,
        })
    }

    /// Forward and backward recursions.
    ///
    /// # Errors
    /// `too_few_observations` without periods, `out_of_range` when an observation is impossible in every reachable state.
    pub(super) fn passes(&self, log_densities: &[f64]) -> Result<Passes> {
        let k = self.states();
        let periods = log_densities.len() / k;
        validate::at_least(periods, 1)?;
        let log_transition: Vec<f64> = self.transition.transpose().as_slice().iter().map(|p| p.ln()).collect();
        let mut forward = vec![0.0; periods * k];
        let mut increments = vec![0.0; periods];
        let mut terms = vec![0.0; k];
        for t in 0..periods {
            let (done, rest) = forward.split_at_mut(t * k);
            let current = &mut rest[..k];
            for j in 0..k {
                let predicted = if t == 0 {
                    self.start[j].ln()
                } else {
                    for (i, term) in terms.iter_mut().enumerate() {
                        *term = done[(t - 1) * k + i] + log_transition[i * k + j];
                    }
                    log_sum_exp(&terms)
                };
                current[j] = predicted + log_densities[t * k + j];
            }
            increments[t] = log_sum_exp(current);
            if !increments[t].is_finite() {
                let why = format!("impossible in every reachable state at position {t}");
                return Err(NumericsError::OutOfRange { what: "observation", why });
            }
            current.iter_mut().for_each(|value| *value -= increments[t]);
        }
        let mut backward = vec![0.0; periods * k];
        for t in (0..periods.saturating_sub(1)).rev() {
            for i in 0..k {
                for (j, term) in terms.iter_mut().enumerate() {
                    let next = (t + 1) * k + j;
                    *term = log_transition[i * k + j] + log_densities[next] + backward[next];
                }
                backward[t * k + i] = log_sum_exp(&terms) - increments[t + 1];
            }
        }
        let log_likelihood = increments.iter().sum();
        Ok(Passes { log_likelihood, forward, backward, increments, log_transition })
    }

    fn viterbi(&self, log_densities: &[f64]) -> (Vec<usize>, f64) {
        let k = self.states();
        let periods = log_densities.len() / k;
        let mut best: Vec<f64> = (0..k).map(|j| self.start[j].ln() + log_densities[j]).collect();
        let mut next = vec![0.0; k];
        let mut from = vec![0_usize; periods * k];
        for t in 1..periods {
            for j in 0..k {
                let (mut source, mut value) = (0, f64::NEG_INFINITY);
                for (i, score) in best.iter().enumerate() {
                    let candidate = score + self.transition[(i, j)].ln();
                    if candidate > value {
                        (source, value) = (i, candidate);
                    }
                }
                from[t * k + j] = source;
                next[j] = value + log_densities[t * k + j];
            }
            std::mem::swap(&mut best, &mut next);
        }
        let mut last = 0;
        for j in 1..k {
            if best[j] > best[last] {
                last = j;
            }
        }
        let probability = best[last];
        let mut path = vec![last; periods];
        for t in (1..periods).rev() {
            path[t - 1] = from[t * k + path[t]];
        }
        (path, probability)
    }
}

impl Passes {
    /// Smoothed probabilities, row by row.
    pub fn smoothed(&self, k: usize) -> Vec<f64> {
        let mut smoothed: Vec<f64> = self.forward.iter().zip(&self.backward).map(|(a, b)| (a + b).exp()).collect();
        for row in smoothed.chunks_exact_mut(k) {
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= total);
        }
        smoothed
    }

    /// Expected number of moves from i to j, row by row.
    pub fn expected_transitions(&self, log_densities: &[f64], k: usize) -> Vec<f64> {
        let mut totals = vec![0.0; k * k];
        for t in 0..self.increments.len().saturating_sub(1) {
            for j in 0..k {
                let next = (t + 1) * k + j;
                let ahead = log_densities[next] + self.backward[next] - self.increments[t + 1];
                for i in 0..k {
                    totals[i * k + j] += (self.forward[t * k + i] + self.log_transition[i * k + j] + ahead).exp();
                }
            }
        }
        totals
    }
}

pub(super) fn distribution(what: &'static str, probabilities: &[f64]) -> Result<()> {
    validate::finite(what, probabilities)?;
    for &probability in probabilities {
        validate::probability(what, probability)?;
    }
    let total: f64 = probabilities.iter().sum();
    if (total - 1.0).abs() > SUM_TOLERANCE {
        return Err(NumericsError::InvalidArgument { what, why: format!("probabilities sum to {total}") });
    }
    Ok(())
}

/// `ln sum exp`, minus infinity for nothing.
pub(super) fn log_sum_exp(terms: &[f64]) -> f64 {
    let peak = terms.iter().fold(f64::NEG_INFINITY, |peak, &term| peak.max(term));
    if !peak.is_finite() {
        return peak;
    }
    peak + terms.iter().map(|term| (term - peak).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chain() -> MarkovChain {
        MarkovChain { start: vec![0.6, 0.4], transition: DMatrix::from_row_slice(2, 2, &[0.7, 0.3, 0.4, 0.6]) }
    }

    proptest! {
        #[test]
        fn recursions_agree_with_the_sum_over_all_paths(values in proptest::collection::vec(-5.0..0.0_f64, 10)) {
            let chain = chain();
            let mut total = 0.0;
            let mut marginal = [0.0; 5];
            let (mut best, mut best_path) = (f64::NEG_INFINITY, 0);
            for path in 0..32_usize {
                let state = |t: usize| path >> t & 1;
                let mut weight = chain.start[state(0)] * values[state(0)].exp();
                for t in 1..5 {
                    weight *= chain.transition[(state(t - 1), state(t))] * values[2 * t + state(t)].exp();
                }
                total += weight;
                (0..5).filter(|&t| state(t) == 1).for_each(|t| marginal[t] += weight);
                if weight.ln() > best {
                    (best, best_path) = (weight.ln(), path);
                }
            }
            let posterior = chain.posterior(&values).unwrap();
            prop_assert!((posterior.log_likelihood - total.ln()).abs() < 1e-12);
            for (t, marginal) in marginal.iter().enumerate() {
                prop_assert!((posterior.smoothed[(t, 1)] - marginal / total).abs() < 1e-12);
                prop_assert_eq!(posterior.path[t], best_path >> t & 1);
            }
            prop_assert!((posterior.path_log_probability - best).abs() < 1e-12);
            prop_assert!((posterior.filtered.row(4) - posterior.smoothed.row(4)).amax() < 1e-12);
        }
    }

    #[test]
    fn evidence_far_beyond_underflow_can_still_turn_the_verdict() {
        let chain = MarkovChain { start: vec![0.5, 0.5], transition: DMatrix::identity(2, 2) };
        let posterior = chain.posterior(&[0.0, -2000.0, -3000.0, 0.0]).unwrap();
        assert_eq!(posterior.path, [1, 1]);
        assert!(posterior.filtered[(0, 0)] > 0.999 && posterior.smoothed[(0, 1)] > 0.999);
    }
}
