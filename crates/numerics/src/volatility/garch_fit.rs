//! Maximum likelihood of GARCH(1,1) and GJR with normal or Student t shocks.
//!
//! The returns are scaled to unit variance, fitted on log omega, the logit of persistence and its division, and scaled back. BFGS from three starts,
//! a simplex polish of the best. Standard errors: inverse Hessian of the log-likelihood, and the sandwich with the outer product of the
//! daily scores (Bollerslev & Wooldridge), both by central differences.
//!
//! Worked value: the benchmark of Fiorentini, Calzolari & Panattoni (1996) on DEM/GBP gives mu -0.00619, omega 0.01076, alpha 0.1531,
//! beta 0.8060 with log-likelihood -1106.61 when the presample variance is the mean squared residual.
//!
//! # Errors
//! `missing_values`, `too_few_observations` below fifty returns, `zero_variance` on constant returns, `invalid_argument` for a presample variance that is
//! not positive, `not_converged`.

use nalgebra::DMatrix;

use super::garch::{GarchModel, Innovations, LogDensity, Presample, mean_square};
use crate::linalg::{Cholesky, gram, matrix_product};
use crate::minimise::{Minimum, bfgs, hessian, simplex};
use crate::{NumericsError, Result, validate};

const SHORTEST: usize = 50;
/// Log of the degrees of freedom above two beyond which the t is the normal.
const LARGEST_LOG_FREEDOM: f64 = 7.0;

/// Whether negative shocks have their own response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GarchKind {
    /// GARCH(1,1).
    Symmetric,
    /// Glosten, Jagannathan & Runkle.
    Gjr,
}

/// Family of the shocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InnovationKind {
    /// Normal.
    Normal,
    /// Student t of unknown degrees of freedom.
    StudentT,
}

/// Estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct GarchFit {
    /// The model.
    pub model: GarchModel,
    /// Log-likelihood at the maximum, in the units of the returns given.
    pub log_likelihood: f64,
    /// Standard errors of mu, omega, alpha, (gamma,) beta, (nu) from the Hessian; `None` when the maximum lies on a bound.
    pub std_errors: Option<Vec<f64>>,
    /// The same from the sandwich.
    pub robust_std_errors: Option<Vec<f64>>,
}

/// Fits a model.
///
/// # Errors
/// See the module.
pub fn fit_garch(
    returns: &[f64],
    kind: GarchKind,
    innovations: InnovationKind,
    presample: Presample,
) -> Result<GarchFit> {
    validate::finite("returns", returns)?;
    validate::at_least(returns.len(), SHORTEST)?;
    if validate::is_constant(returns) {
        return Err(NumericsError::ZeroVariance { what: "returns" });
    }
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let scale = mean_square(returns, mean).sqrt();
    if scale == 0.0 || !scale.is_finite() {
        return Err(NumericsError::ZeroVariance { what: "returns" });
    }
    let presample = match presample {
        Presample::Variance(variance) => {
            validate::positive("presample variance", variance)?;
            Presample::Variance(variance / (scale * scale))
        }
        Presample::MeanSquare => Presample::MeanSquare,
    };
    let problem =
        Problem { returns: returns.iter().map(|value| value / scale).collect(), kind, innovations, presample };
    let best = problem.search(mean / scale)?;
    let natural = problem.natural(&best.point);
    let (std_errors, robust_std_errors) = problem.standard_errors(&natural);

    let units = |position: usize| match position {
        0 => scale,
        1 => scale * scale,
        _ => 1.0,
    };
    let scaled = |values: Vec<f64>| values.into_iter().enumerate().map(|(i, value)| value * units(i)).collect();
    let mut model = problem.model(&natural);
    model.mu *= scale;
    model.omega *= scale * scale;
    Ok(GarchFit {
        model,
        log_likelihood: -best.value - returns.len() as f64 * scale.ln(),
        std_errors: std_errors.map(scaled),
        robust_std_errors: robust_std_errors.map(scaled),
    })
}

/// A fit on returns of unit variance. Natural parameters: mu, omega, alpha, (gamma,) beta, (nu).
struct Problem {
    returns: Vec<f64>,
    kind: GarchKind,
    innovations: InnovationKind,
    presample: Presample,
}

impl Problem {
    fn search(&self, mean: f64) -> Result<Minimum> {
        let objective = |point: &[f64]| -self.log_likelihood(&self.natural(point));
        let mut best: Option<Minimum> = None;
        for (persistence, shock) in [(0.95, 0.06), (0.98, 0.1), (0.8, 0.2)] {
            let run = bfgs(&objective, &self.start(mean, persistence, shock));
            if best.as_ref().is_none_or(|best| run.value < best.value) {
                best = Some(run);
            }
        }
        let best = best
            .filter(|best| best.value.is_finite())
            .ok_or(NumericsError::NotConverged { what: "GARCH likelihood", iterations: 0 })?;
        let edges = vec![0.02; best.point.len()];
        let polished = simplex(&objective, &best.point, &edges, 600);
        Ok(if polished.value < best.value { polished } else { best })
    }

    /// Free parameters: mu, log omega, logit persistence, logits of its division, log(nu - 2).
    fn start(&self, mean: f64, persistence: f64, shock: f64) -> Vec<f64> {
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let mut start = vec![mean, (1.0 - persistence).ln(), logit(persistence), logit(shock / persistence)];
        if self.kind == GarchKind::Gjr {
            start.push(0.5);
        }
        if self.innovations == InnovationKind::StudentT {
            start.push(6.0_f64.ln());
        }
        start
    }

    fn natural(&self, point: &[f64]) -> Vec<f64> {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let persistence = logistic(point[2]);
        let shock = persistence * logistic(point[3]);
        let mut natural = vec![point[0], point[1].exp()];
        match self.kind {
            GarchKind::Symmetric => natural.push(shock),
            GarchKind::Gjr => {
                // The mean response divides into that to positive and to negative shocks.
                let negative = logistic(point[4]);
                let (up, down) = (2.0 * shock * (1.0 - negative), 2.0 * shock * negative);
                natural.extend([up, down - up]);
            }
        }
        natural.push(persistence - shock);
        if self.innovations == InnovationKind::StudentT {
            let freedom = point[point.len() - 1].min(LARGEST_LOG_FREEDOM);
            natural.push(2.0 + freedom.exp());
        }
        natural
    }

    fn model(&self, natural: &[f64]) -> GarchModel {
        let (gamma, rest) = match self.kind {
            GarchKind::Symmetric => (0.0, 3),
            GarchKind::Gjr => (natural[3], 4),
        };
        let innovations = match self.innovations {
            InnovationKind::Normal => Innovations::Normal,
            InnovationKind::StudentT => Innovations::StudentT { degrees_of_freedom: natural[rest + 1] },
        };
        GarchModel { mu: natural[0], omega: natural[1], alpha: natural[2], gamma, beta: natural[rest], innovations }
    }

    fn log_likelihood(&self, natural: &[f64]) -> f64 {
        let mut total = 0.0;
        self.each_day(natural, |value| total += value);
        if total.is_finite() { total } else { f64::NEG_INFINITY }
    }

    /// Hands over the log-density of each day; NaN where the variance is not positive.
    fn each_day(&self, natural: &[f64], mut take: impl FnMut(f64)) {
        let model = self.model(natural);
        let presample = match self.presample {
            Presample::MeanSquare => mean_square(&self.returns, model.mu),
            Presample::Variance(variance) => variance,
        };
        let density = LogDensity::new(model.innovations);
        let mut variance = model.first_variance(presample);
        for value in &self.returns {
            let error = value - model.mu;
            take(density.at(error, variance));
            variance = model.next_variance(error, variance);
        }
    }

    /// From the Hessian and from the sandwich; `None` when the Hessian is not negative definite.
    fn standard_errors(&self, natural: &[f64]) -> (Option<Vec<f64>>, Option<Vec<f64>>) {
        const STEP: f64 = 3e-3;
        let k = natural.len();
        let steps: Vec<f64> = natural
            .iter()
            .enumerate()
            .map(|(i, value)| if i == 0 { STEP } else { STEP * value.abs().max(1e-4) })
            .collect();
        let negative = |point: &[f64]| -self.log_likelihood(point);
        let information = hessian(&negative, natural, &steps);
        if information.iter().any(|value| !value.is_finite()) {
            return (None, None);
        }
        let Ok(factor) = Cholesky::new("information", &information) else {
            return (None, None);
        };
        let inverse = factor.inverse();
        let mut scores = DMatrix::zeros(self.returns.len(), k);
        for (i, step) in steps.iter().enumerate() {
            for sign in [1.0, -1.0] {
                let mut moved = natural.to_vec();
                moved[i] += sign * step;
                let mut day = 0;
                self.each_day(&moved, |value| {
                    scores[(day, i)] += sign * value / (2.0 * step);
                    day += 1;
                });
            }
        }
        let roots = |matrix: &DMatrix<f64>| -> Option<Vec<f64>> {
            let roots: Vec<f64> = matrix.diagonal().iter().map(|variance| variance.sqrt()).collect();
            roots.iter().all(|root| root.is_finite()).then_some(roots)
        };
        let sandwich = matrix_product(&matrix_product(&inverse, &gram(&scores)), &inverse);
        (roots(&inverse), roots(&sandwich))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal, StudentT};

    fn simulated(gamma: f64, heavy: bool, n: usize) -> Vec<f64> {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(2024);
        let heavy_tail = StudentT::new(6.0_f64).unwrap();
        let model =
            GarchModel { mu: 0.03, omega: 0.05, alpha: 0.08, gamma, beta: 0.85, innovations: Innovations::Normal };
        let mut variance: f64 = 1.0;
        (0..n)
            .map(|_| {
                let shock: f64 =
                    if heavy { heavy_tail.sample(&mut rng) / 1.5_f64.sqrt() } else { StandardNormal.sample(&mut rng) };
                let error = variance.sqrt() * shock;
                variance = model.next_variance(error, variance);
                model.mu + error
            })
            .collect()
    }

    #[test]
    fn simulated_parameters_come_back_within_their_standard_errors() {
        let returns = simulated(0.0, false, 4000);
        let fit = fit_garch(&returns, GarchKind::Symmetric, InnovationKind::Normal, Presample::MeanSquare).unwrap();
        let errors = fit.std_errors.unwrap();
        let estimates = [fit.model.mu, fit.model.omega, fit.model.alpha, fit.model.beta];
        for (i, truth) in [0.03, 0.05, 0.08, 0.85].into_iter().enumerate() {
            assert!((estimates[i] - truth).abs() < 3.5 * errors[i], "{i}: {estimates:?} {errors:?}");
        }
    }

    #[test]
    fn the_fit_does_not_depend_on_the_unit_of_the_returns() {
        let returns = simulated(0.0, true, 1000);
        let small: Vec<f64> = returns.iter().map(|value| value / 100.0).collect();
        let fit = |returns: &[f64]| {
            fit_garch(returns, GarchKind::Symmetric, InnovationKind::StudentT, Presample::MeanSquare).unwrap()
        };
        let (a, b) = (fit(&returns), fit(&small));
        assert!((a.model.omega / b.model.omega / 1e4 - 1.0).abs() < 1e-3);
        assert!((a.model.beta - b.model.beta).abs() < 1e-4);
        assert!((b.log_likelihood - a.log_likelihood - 1000.0 * 100.0_f64.ln()).abs() < 1e-4);
    }

    #[test]
    fn asymmetry_is_found_where_it_is() {
        let returns = simulated(0.1, false, 3000);
        let fit = |kind| fit_garch(&returns, kind, InnovationKind::Normal, Presample::MeanSquare).unwrap();
        let (plain, asymmetric) = (fit(GarchKind::Symmetric), fit(GarchKind::Gjr));
        assert!(asymmetric.log_likelihood > plain.log_likelihood + 2.0);
        assert!((asymmetric.model.gamma - 0.1).abs() < 0.06, "{:?}", asymmetric.model);
    }
}
