//! Local level and local linear trend with an exact diffuse start, and maximum likelihood of the local level.
//!
//! Local level: `y_t = m_t + e_t`, `m_{t+1} = m_t + u_t`. Local linear trend: the level moves by a slope that is a random walk.
//! Variances are in squared units of `y`. NaN is a missing value.
//!
//! The likelihood is maximised over the signal-to-noise ratio alone (the scale is concentrated out), searched on a grid of the share of
//! the level in the total variance and refined by golden section, so both bounds (no noise, no signal) are reached.
//!
//! Worked value: the Nile flow gives 15099 and 1469.1 (Durbin & Koopman 2012, table 2.1).
//!
//! # Errors
//! `too_few_observations`, `invalid_argument` for a negative variance, `zero_variance` when all variances are zero or the series is
//! constant, `missing_values` for an infinity.

use nalgebra::DMatrix;

use super::filter::{KalmanFilter, kalman_filter};
use super::model::{InitialState, StateSpace, Varying};
use super::smoother::{KalmanSmoother, kalman_smoother};
use crate::{NumericsError, Result, validate};

/// A filtered and smoothed structural model.
#[derive(Debug, Clone, PartialEq)]
pub struct StructuralFit {
    /// One-sided estimates.
    pub filter: KalmanFilter,
    /// Two-sided estimates.
    pub smoother: KalmanSmoother,
}

/// Maximum likelihood estimates of a local level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalLevelMle {
    /// Variance of the noise.
    pub noise_variance: f64,
    /// Variance of the change of the level.
    pub level_variance: f64,
    /// Diffuse log-likelihood at the maximum, all constants kept.
    pub log_likelihood: f64,
}

/// Filters and smooths a local level of given variances.
///
/// # Errors
/// See the module.
pub fn local_level(y: &[f64], noise_variance: f64, level_variance: f64) -> Result<StructuralFit> {
    structural(y, noise_variance, &[level_variance])
}

/// Filters and smooths a local linear trend of given variances.
///
/// # Errors
/// See the module.
pub fn local_linear_trend(
    y: &[f64],
    noise_variance: f64,
    level_variance: f64,
    slope_variance: f64,
) -> Result<StructuralFit> {
    structural(y, noise_variance, &[level_variance, slope_variance])
}

fn structural(y: &[f64], noise: f64, variances: &[f64]) -> Result<StructuralFit> {
    let m = variances.len();
    validate::non_negative("noise variance", noise)?;
    for &variance in variances {
        validate::non_negative("state variance", variance)?;
    }
    if noise == 0.0 && variances.iter().all(|&variance| variance == 0.0) {
        return Err(NumericsError::ZeroVariance { what: "model" });
    }
    let seen = y.iter().filter(|value| !value.is_nan()).count();
    validate::at_least(seen, m)?;
    let model = StateSpace {
        design: Varying::Fixed(DMatrix::from_fn(1, m, |_, j| if j == 0 { 1.0 } else { 0.0 })),
        observation_intercept: Varying::Fixed(vec![0.0]),
        observation_covariance: Varying::Fixed(DMatrix::from_element(1, 1, noise)),
        transition: DMatrix::from_fn(m, m, |i, j| if j == i || j == i + 1 { 1.0 } else { 0.0 }),
        state_intercept: vec![0.0; m],
        selection: DMatrix::identity(m, m),
        state_covariance: DMatrix::from_fn(m, m, |i, j| if i == j { variances[i] } else { 0.0 }),
        initial: InitialState::diffuse(m),
    };
    let y = DMatrix::from_column_slice(y.len(), 1, y);
    Ok(StructuralFit { filter: kalman_filter(&model, &y)?, smoother: kalman_smoother(&model, &y)? })
}

/// Maximum likelihood of the local level; at least three values must be present.
///
/// # Errors
/// See the module.
pub fn fit_local_level(y: &[f64]) -> Result<LocalLevelMle> {
    if let Some(position) = y.iter().position(|value| value.is_infinite()) {
        return Err(NumericsError::NonFinite { what: "y", position });
    }
    let present: Vec<f64> = y.iter().copied().filter(|value| !value.is_nan()).collect();
    validate::at_least(present.len(), 3)?;
    if validate::is_constant(&present) {
        return Err(NumericsError::ZeroVariance { what: "y" });
    }
    // The share s of the level in the total variance, on a logistic grid that reaches both bounds.
    let share = |x: f64| 1.0 / (1.0 + (-x).exp());
    let objective = |x: f64| -> f64 { profile(y, share(x)).0 };
    const STEPS: i32 = 80;
    let grid = |step: i32| -20.0 + 0.5 * f64::from(step);
    let mut best = 0;
    for step in 1..=STEPS {
        if objective(grid(step)) > objective(grid(best)) {
            best = step;
        }
    }
    let x = golden_section(&objective, grid(best) - 0.5, grid(best) + 0.5);
    let mut candidates = [share(x), 0.0, 1.0].map(|share| (profile(y, share), share));
    candidates.sort_by(|a, b| b.0.0.total_cmp(&a.0.0));
    let ((log_likelihood, scale), share) = candidates[0];
    if !log_likelihood.is_finite() {
        return Err(NumericsError::ZeroVariance { what: "y" });
    }
    Ok(LocalLevelMle { noise_variance: scale * (1.0 - share), level_variance: scale * share, log_likelihood })
}

/// Log-likelihood with the scale concentrated out, and that scale.
fn profile(y: &[f64], share: f64) -> (f64, f64) {
    let (noise, signal) = (1.0 - share, share);
    let (mut mean, mut variance) = (f64::NAN, 0.0);
    let (mut count, mut squares, mut logs) = (0_usize, 0.0, 0.0);
    for &value in y {
        if !value.is_nan() {
            if count == 0 {
                (mean, variance) = (value, noise);
            } else {
                let total = variance + noise;
                let error = value - mean;
                squares += error * error / total;
                logs += total.ln();
                mean += variance / total * error;
                variance -= variance * variance / total;
            }
            count += 1;
        }
        if count > 0 {
            variance += signal;
        }
    }
    let degrees = (count - 1) as f64;
    let scale = squares / degrees;
    let log_2pi = (2.0 * std::f64::consts::PI).ln();
    let value = -0.5 * (count as f64 * log_2pi + logs + degrees * (1.0 + scale.ln()));
    (if value.is_nan() { f64::NEG_INFINITY } else { value }, scale)
}

/// Maximum of a unimodal function between two bounds.
fn golden_section(function: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut value_left, mut value_right) = (function(left), function(right));
    for _ in 0..80 {
        if value_left >= value_right {
            (high, right, value_right) = (right, left, value_left);
            left = high - ratio * (high - low);
            value_left = function(left);
        } else {
            (low, left, value_left) = (left, right, value_right);
            right = low + ratio * (high - low);
            value_right = function(right);
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    /// Annual flow of the Nile at Aswan, 1871 to 1970.
    const NILE: [f64; 100] = [
        1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0, 995.0, 935.0, 1110.0, 994.0,
        1020.0, 960.0, 1180.0, 799.0, 958.0, 1140.0, 1100.0, 1210.0, 1150.0, 1250.0, 1260.0, 1220.0, 1030.0, 1100.0,
        774.0, 840.0, 874.0, 694.0, 940.0, 833.0, 701.0, 916.0, 692.0, 1020.0, 1050.0, 969.0, 831.0, 726.0, 456.0,
        824.0, 702.0, 1120.0, 1100.0, 832.0, 764.0, 821.0, 768.0, 845.0, 864.0, 862.0, 698.0, 845.0, 744.0, 796.0,
        1040.0, 759.0, 781.0, 865.0, 845.0, 944.0, 984.0, 897.0, 822.0, 1010.0, 771.0, 676.0, 649.0, 846.0, 812.0,
        742.0, 801.0, 1040.0, 860.0, 874.0, 848.0, 890.0, 744.0, 749.0, 838.0, 1050.0, 918.0, 986.0, 797.0, 923.0,
        975.0, 815.0, 1020.0, 906.0, 901.0, 1170.0, 912.0, 746.0, 919.0, 718.0, 714.0, 740.0,
    ];

    #[test]
    fn the_nile_meets_the_published_estimates() {
        let mle = fit_local_level(&NILE).unwrap();
        assert!((mle.noise_variance / 15099.0 - 1.0).abs() < 1e-3 && (mle.level_variance / 1469.1 - 1.0).abs() < 1e-3);
        // Table 2.1 prints -492.07 without (n-1)/2 (1 + ln 2 pi) and the diffuse constant.
        let log_2pi = (2.0 * std::f64::consts::PI).ln();
        assert!((mle.log_likelihood + 49.5 * (1.0 + log_2pi) + 0.5 * log_2pi + 492.07).abs() < 0.01);
        let fit = local_level(&NILE, mle.noise_variance, mle.level_variance).unwrap();
        assert!((fit.filter.log_likelihood - mle.log_likelihood).abs() < 1e-9);
    }

    #[test]
    fn simulated_variances_come_back() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(77);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut level = 0.0;
        let y: Vec<f64> = (0..4000)
            .map(|_| {
                level += 0.5 * draw();
                level + draw()
            })
            .collect();
        let mle = fit_local_level(&y).unwrap();
        assert!((mle.noise_variance - 1.0).abs() < 0.12 && (mle.level_variance - 0.25).abs() < 0.06, "{mle:?}");
    }

    #[test]
    fn white_noise_has_no_level_variance() {
        let y: Vec<f64> = (0..60).map(|t| if t % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!(fit_local_level(&y).unwrap().level_variance < 1e-8);
    }

    #[test]
    fn a_straight_line_is_its_own_trend() {
        let y: Vec<f64> = (0..20).map(|t| 3.0 + 0.5 * f64::from(t)).collect();
        let fit = local_linear_trend(&y, 1.0, 0.2, 0.1).unwrap();
        assert!((0..20).all(|t| (fit.smoother.states[(t, 0)] - y[t]).abs() < 1e-9));
        assert!((0..20).all(|t| (fit.smoother.states[(t, 1)] - 0.5).abs() < 1e-9));
    }
}
