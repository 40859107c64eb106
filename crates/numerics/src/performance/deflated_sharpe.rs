//! Probabilistic and deflated Sharpe ratios (Bailey and Lopez de Prado 2012, 2014).

use super::metrics::deviation;
use crate::Result;
use crate::covariance::checks;
use crate::tails::distributions::{normal_cdf, normal_quantile};
use crate::tails::moments::Moments;
use crate::tails::quantile::mean;

/// Euler-Mascheroni constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// What a Sharpe ratio was measured on. Everything PER PERIOD, not annualised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeMoments {
    /// Sharpe ratio per period.
    pub sharpe: f64,
    /// Observations.
    pub observations: usize,
    /// Skewness (1/n).
    pub skew: f64,
    /// Raw kurtosis, normal = 3 (1/n).
    pub kurt_raw: f64,
}

/// Evidence for skill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeEvidence {
    /// Probability that the true ratio exceeds the benchmark; `None` when the moments give no positive variance.
    pub psr: Option<f64>,
    /// Standard error of the ratio, `sqrt((1 - skew SR + (kurt-1)/4 SR^2)/(n - 1))`.
    pub standard_error: Option<f64>,
    /// Largest ratio expected from the trials by luck.
    pub expected_max_sharpe: f64,
    /// Probability that the true ratio exceeds that largest ratio.
    pub dsr: Option<f64>,
    /// Observations needed to exceed the benchmark at the confidence; `None` when the ratio does not exceed it.
    pub min_track_record: Option<f64>,
}

/// Expected maximum of `trials` Sharpe ratios without skill whose standard deviation is `trial_sd`:
/// `sd ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)))`; 0 for one trial.
///
/// Errors: fewer than one trial, a negative deviation, NaN.
pub fn expected_max_sharpe(trials: f64, trial_sd: f64) -> Result<f64> {
    if !trials.is_finite() || trials < 1.0 {
        return Err(checks::invalid("n_trials", format!("must be at least 1, got {trials}")));
    }
    if !trial_sd.is_finite() || trial_sd < 0.0 {
        return Err(checks::invalid("trial_sharpe_sd", format!("must be >= 0, got {trial_sd}")));
    }
    if trials == 1.0 || trial_sd == 0.0 {
        return Ok(0.0);
    }
    let e = std::f64::consts::E;
    let luck = (1.0 - EULER_GAMMA) * -normal_quantile(1.0 / trials) - EULER_GAMMA * normal_quantile(1.0 / (trials * e));
    Ok(trial_sd * luck)
}

/// Probabilistic and deflated Sharpe ratio and the minimum track record length.
///
/// `benchmark` is the per-period ratio to beat, `confidence` that of the track record. Errors: fewer than 2 observations,
/// NaN, confidence outside (0, 1), and those of [`expected_max_sharpe`].
pub fn deflated_sharpe(
    moments: SharpeMoments,
    trials: f64,
    trial_sd: f64,
    benchmark: f64,
    confidence: f64,
) -> Result<SharpeEvidence> {
    checks::at_least(moments.observations, 2)?;
    checks::finite("moments", &[moments.sharpe, moments.skew, moments.kurt_raw])?;
    checks::finite_scalar("benchmark_sharpe", benchmark)?;
    checks::open_unit("confidence", confidence)?;
    let expected_max = expected_max_sharpe(trials, trial_sd)?;
    let SharpeMoments { sharpe, observations, skew, kurt_raw } = moments;
    let variance = 1.0 - skew * sharpe + 0.25 * (kurt_raw - 1.0) * sharpe * sharpe;
    let standard_error = (variance > 0.0).then(|| (variance / (observations - 1) as f64).sqrt());
    let beats = |threshold: f64| standard_error.map(|se| normal_cdf((sharpe - threshold) / se));
    let min_track_record = (variance > 0.0 && sharpe > benchmark).then(|| {
        let z = normal_quantile(confidence) / (sharpe - benchmark);
        1.0 + variance * z * z
    });
    Ok(SharpeEvidence {
        psr: beats(benchmark),
        standard_error,
        expected_max_sharpe: expected_max,
        dsr: beats(expected_max),
        min_track_record,
    })
}

/// [`deflated_sharpe`] measured on `returns` (excess, per period), with the ratios of all `trial_sharpes` tried.
///
/// The ratio uses ddof 1, the moments 1/n, the trials' deviation ddof 1. `Ok(None)` for samples of fewer than 4 returns or
/// without spread, where the moments mean nothing. Errors: NaN, no trial.
pub fn deflated_sharpe_of_returns(
    returns: &[f64],
    trial_sharpes: &[f64],
) -> Result<Option<(SharpeMoments, SharpeEvidence)>> {
    checks::finite("returns", returns)?;
    checks::finite("trial_sharpes", trial_sharpes)?;
    checks::at_least(trial_sharpes.len(), 1)?;
    if returns.len() < 4 {
        return Ok(None);
    }
    let Some(m) = Moments::of(returns) else { return Ok(None) };
    let moments = SharpeMoments {
        sharpe: m.mean / deviation(returns, m.mean),
        observations: returns.len(),
        skew: m.skew,
        kurt_raw: m.kurt_excess + 3.0,
    };
    let spread = deviation(trial_sharpes, mean(trial_sharpes));
    let evidence = deflated_sharpe(moments, trial_sharpes.len() as f64, spread, 0.0, 0.95)?;
    Ok(Some((moments, evidence)))
}
