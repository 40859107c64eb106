//! Filtered historical simulation over several sessions: past shocks over their own volatility, drawn at random and
//! scaled by a volatility that moves along each path (Hull and White 1998; Barone-Adesi, Giannopoulos and Vosper 1999).
//!
//! `v_{t+1} = omega + alpha (r_t - mu)^2 + beta v_t`; exponential weights are `omega = 0, alpha = 1 - lambda, beta =
//! lambda`. The recursion starts from `v_1 = omega + (alpha + beta) s` with s the mean squared shock of the sample.

use rand::RngExt;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Paths per block: each block has its own stream, so that the answer does not depend on threads.
const BLOCK: usize = 4096;

/// A variance recursion in the unit of the returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceRecursion {
    /// Mean return.
    pub mu: f64,
    /// Constant, >= 0.
    pub omega: f64,
    /// Weight of the last squared shock, >= 0.
    pub alpha: f64,
    /// Weight of the last variance, >= 0.
    pub beta: f64,
}

impl VarianceRecursion {
    /// Exponential weights with zero mean (RiskMetrics): `lambda` in (0, 1).
    pub fn exponential(lambda: f64) -> Self {
        Self { mu: 0.0, omega: 0.0, alpha: 1.0 - lambda, beta: lambda }
    }

    fn next(&self, shock: f64, variance: f64) -> f64 {
        self.omega + self.alpha * shock * shock + self.beta * variance
    }

    fn check(&self) -> Result<()> {
        checks::finite_scalar("mu", self.mu)?;
        for (what, value) in [("omega", self.omega), ("alpha", self.alpha), ("beta", self.beta)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(checks::invalid(what, format!("must be >= 0, got {value}")));
            }
        }
        Ok(())
    }
}

/// A sample over its own volatility.
#[derive(Debug, Clone, PartialEq)]
pub struct Filtered {
    /// The recursion.
    pub recursion: VarianceRecursion,
    /// Shocks over their standard deviation of the day before.
    pub residuals: Vec<f64>,
    /// Variance of the session after the sample.
    pub variance_next: f64,
}

impl Filtered {
    /// One session's returns if each past shock came at today's volatility.
    pub fn rescaled(&self) -> Vec<f64> {
        let deviation = self.variance_next.sqrt();
        self.residuals.iter().map(|residual| self.recursion.mu + deviation * residual).collect()
    }

    /// Sums of `days` sessions' returns along `paths` seeded paths.
    ///
    /// Errors: no day, no path, a path that leaves the numbers (`out_of_range`).
    pub fn paths(&self, days: usize, paths: usize, seed: u64) -> Result<Vec<f64>> {
        checks::at_least(days, 1)?;
        checks::at_least(paths, 1)?;
        let mut totals = vec![0.0; paths];
        totals.par_chunks_mut(BLOCK).enumerate().for_each(|(block, chunk)| {
            let mut rng = Pcg64::new(u128::from(seed), block as u128);
            for total in chunk {
                let mut variance = self.variance_next;
                for _ in 0..days {
                    let shock = variance.sqrt() * self.residuals[rng.random_range(0..self.residuals.len())];
                    *total += self.recursion.mu + shock;
                    variance = self.recursion.next(shock, variance);
                }
            }
        });
        if totals.iter().any(|total| !total.is_finite()) {
            return Err(NumericsError::OutOfRange { what: "path", why: "the variance explodes".to_owned() });
        }
        Ok(totals)
    }
}

/// Runs the recursion over a sample.
///
/// Errors: no return, NaN, a negative parameter, returns without any spread (`zero_variance`).
pub fn filter_returns(returns: &[f64], recursion: VarianceRecursion) -> Result<Filtered> {
    checks::at_least(returns.len(), 1)?;
    checks::finite("returns", returns)?;
    recursion.check()?;
    let squares: f64 = returns.iter().map(|r| (r - recursion.mu) * (r - recursion.mu)).sum();
    let mut variance = recursion.omega + (recursion.alpha + recursion.beta) * squares / returns.len() as f64;
    let mut residuals = Vec::with_capacity(returns.len());
    for r in returns {
        // Also where a long run of zeros has worn the variance down to nothing.
        if variance.is_nan() || variance <= 0.0 {
            return Err(NumericsError::ZeroVariance { what: "returns" });
        }
        let shock = r - recursion.mu;
        residuals.push(shock / variance.sqrt());
        variance = recursion.next(shock, variance);
    }
    Ok(Filtered { recursion, residuals, variance_next: variance })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tails::{Garch11, filtered_historical, historical_var};

    fn sample() -> Vec<f64> {
        (0..400).map(|k| ((k * 7919 % 401) as f64 / 200.5 - 1.0) * if k > 300 { 0.02 } else { 0.01 }).collect()
    }

    #[test]
    fn one_day_agrees_with_the_filter_on_given_draws() {
        let (omega, alpha, beta) = (1e-6, 0.08, 0.9);
        let filtered = filter_returns(&sample(), VarianceRecursion { mu: 1e-4, omega, alpha, beta }).unwrap();
        let backcast = sample().iter().map(|r| (r - 1e-4) * (r - 1e-4)).sum::<f64>() / 400.0;
        let garch = Garch11 { mu: 1e-4, omega, alpha, beta };
        let reference = filtered_historical(&sample(), garch, backcast, 0.95, &[vec![0]]).unwrap();
        assert!((filtered.variance_next.sqrt() - reference.sigma_next).abs() < 1e-15);
        assert!((historical_var(&filtered.rescaled(), 0.95).unwrap() - reference.var_1d).abs() < 1e-15);
    }

    #[test]
    fn without_feedback_ten_days_have_the_variance_of_ten_draws() {
        let constant = VarianceRecursion { mu: 0.0, omega: 1e-4, alpha: 0.0, beta: 0.0 };
        let filtered = filter_returns(&sample(), constant).unwrap();
        let paths = filtered.paths(10, 200_000, 3).unwrap();
        let square = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        let mean = filtered.rescaled().iter().sum::<f64>() / 400.0;
        let expected = 10.0 * (square(&filtered.rescaled()) - mean * mean) + 100.0 * mean * mean;
        assert!((square(&paths) / expected - 1.0).abs() < 0.02, "{} {expected}", square(&paths));
    }

    #[test]
    fn one_seed_gives_one_sample_whatever_the_number_of_threads() {
        let filtered = filter_returns(&sample(), VarianceRecursion::exponential(0.94)).unwrap();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| filtered.paths(10, 10_000, 7)).unwrap()
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn a_sample_without_spread_is_refused() {
        let recursion = VarianceRecursion::exponential(0.94);
        assert_eq!(filter_returns(&[0.0; 9], recursion).unwrap_err().code(), "zero_variance");
        assert!(filter_returns(&[], recursion).is_err() && filter_returns(&[f64::NAN], recursion).is_err());
        let negative = VarianceRecursion { alpha: -0.1, ..recursion };
        assert_eq!(filter_returns(&[0.1], negative).unwrap_err().code(), "invalid_argument");
    }
}
