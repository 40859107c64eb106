//! Two regimes with their own mean and variance, at given parameters.
//!
//! `y_t ~ N(mu_{S_t}, sigma2_{S_t})`, S_t a two-state chain that starts from its ergodic distribution.
//!
//! Source: Hamilton (1994), Time Series Analysis, ch. 22; Kim & Nelson (1999).
//!
//! # Errors
//! `missing_values`, `too_few_observations` when empty, `invalid_argument` for a probability outside [0, 1], a variance that is not positive, or a
//! chain without a unique ergodic distribution.

use super::chain::{MarkovChain, Posterior};
use super::switching_ar::TwoStateChain;
use crate::{Result, validate};

/// Parameters of the two regimes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwitchingMeanVariance {
    /// The chain.
    pub chain: TwoStateChain,
    /// Means.
    pub means: [f64; 2],
    /// Variances.
    pub variances: [f64; 2],
}

/// Filtered and smoothed probabilities of the regimes.
///
/// # Errors
/// See the module.
pub fn markov_switching_mean_variance(y: &[f64], params: &SwitchingMeanVariance) -> Result<Posterior> {
    let start = params.chain.ergodic()?;
    validate::finite("y", y)?;
    validate::at_least(y.len(), 1)?;
    for state in 0..2 {
        validate::finite_parameter("mean", params.means[state])?;
        validate::positive("variance", params.variances[state])?;
    }
    let log_2pi = (2.0 * std::f64::consts::PI).ln();
    let log_density = |value: f64, state: usize| {
        let deviation = value - params.means[state];
        -0.5 * (log_2pi + params.variances[state].ln() + deviation * deviation / params.variances[state])
    };
    let log_densities: Vec<f64> = y.iter().flat_map(|&value| [log_density(value, 0), log_density(value, 1)]).collect();
    let chain = MarkovChain { start: start.to_vec(), transition: params.chain.transition() };
    chain.posterior(&log_densities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_regimes_stay_at_the_ergodic_distribution() {
        let params = SwitchingMeanVariance {
            chain: TwoStateChain { stay_low: 0.9, to_low: 0.3 },
            means: [0.1; 2],
            variances: [0.5; 2],
        };
        let posterior = markov_switching_mean_variance(&[0.3, -0.2, 1.0], &params).unwrap();
        assert!(posterior.filtered.column(0).iter().all(|p| (p - 0.75).abs() < 1e-14));
        assert!(posterior.smoothed.column(0).iter().all(|p| (p - 0.75).abs() < 1e-14));
    }
}
