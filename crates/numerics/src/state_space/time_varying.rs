//! Regression with coefficients that drift as random walks.
//!
//! `y_t = x_t' b_t + e_t`, `b_{t+1} = b_t + u_t` with uncorrelated drifts, exact diffuse start. NaN in `y` is missing (the coefficients
//! drift through the gap); the regressors must be complete. [`fit_time_varying_regression`] chooses the variances by maximum
//! likelihood, one drift variance per coefficient.
//!
//! Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 7.
//!
//! # Errors
//! Those of the filter; `invalid_argument` for a negative variance, `too_few_observations` when the sample does not determine the
//! coefficients, `zero_variance` on constant data.

use nalgebra::DMatrix;

use super::filter::log_likelihood;
use super::local_level::StructuralFit;
use super::model::{InitialState, StateSpace, Varying};
use super::{kalman_filter, kalman_smoother};
use crate::minimise::bfgs;
use crate::{NumericsError, Result, validate};

/// Estimated variances with the paths they imply.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeVaryingFit {
    /// Variance of the regression error.
    pub noise_variance: f64,
    /// Variance of the drift per coefficient.
    pub drift_variances: Vec<f64>,
    /// Filtered and smoothed coefficients.
    pub paths: StructuralFit,
}

/// Filters and smooths the coefficients for given variances.
///
/// # Errors
/// See the module.
pub fn time_varying_regression(
    y: &[f64],
    x: &DMatrix<f64>,
    noise_variance: f64,
    drift_variances: &[f64],
) -> Result<StructuralFit> {
    let model = model(y, x, noise_variance, drift_variances)?;
    let y = DMatrix::from_column_slice(y.len(), 1, y);
    Ok(StructuralFit { filter: kalman_filter(&model, &y)?, smoother: kalman_smoother(&model, &y)? })
}

/// Chooses the variances by maximum likelihood from three starts.
///
/// # Errors
/// See the module.
pub fn fit_time_varying_regression(y: &[f64], x: &DMatrix<f64>) -> Result<TimeVaryingFit> {
    let k = x.ncols();
    let present: Vec<f64> = y.iter().copied().filter(|value| !value.is_nan()).collect();
    validate::at_least(present.len(), 2 * k + 2)?;
    let mean = present.iter().sum::<f64>() / present.len() as f64;
    let spread = present.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / present.len() as f64;
    if spread == 0.0 || !spread.is_finite() {
        return Err(NumericsError::ZeroVariance { what: "y" });
    }
    let sizes: Vec<f64> = (0..k).map(|j| x.column(j).norm_squared() / x.nrows() as f64).collect();
    if sizes.contains(&0.0) {
        return Err(NumericsError::RankDeficient { rank: k - 1, columns: k });
    }
    model(y, x, spread, &vec![spread; k])?;
    let observed = DMatrix::from_column_slice(y.len(), 1, y);
    let variances = |point: &[f64]| -> (f64, Vec<f64>) {
        let scaled = |x: f64| spread * x.clamp(-60.0, 20.0).exp();
        (scaled(point[0]), point[1..].iter().zip(&sizes).map(|(&x, size)| scaled(x) / size).collect())
    };
    let objective = |point: &[f64]| -> f64 {
        let (noise, drifts) = variances(point);
        model(y, x, noise, &drifts)
            .and_then(|model| log_likelihood(&model, &observed))
            .map_or(f64::INFINITY, |value| -value)
    };
    let best = [-3.0, -6.0, -9.0]
        .map(|drift| {
            let mut start = vec![drift; k + 1];
            start[0] = -0.7;
            bfgs(&objective, &start)
        })
        .into_iter()
        .min_by(|a, b| a.value.total_cmp(&b.value))
        .filter(|best| best.value.is_finite())
        .ok_or(NumericsError::NotConverged { what: "time-varying regression", iterations: 0 })?;
    let (noise_variance, drift_variances) = variances(&best.point);
    let paths = time_varying_regression(y, x, noise_variance, &drift_variances)?;
    Ok(TimeVaryingFit { noise_variance, drift_variances, paths })
}

fn model(y: &[f64], x: &DMatrix<f64>, noise: f64, drifts: &[f64]) -> Result<StateSpace> {
    let (n, k) = x.shape();
    validate::same_length("y", n, y.len())?;
    validate::same_length("drift variances", k, drifts.len())?;
    validate::finite_matrix("x", x)?;
    validate::non_negative("noise variance", noise)?;
    for &drift in drifts {
        validate::non_negative("drift variance", drift)?;
    }
    Ok(StateSpace {
        design: Varying::PerPeriod((0..n).map(|t| x.rows(t, 1).into_owned()).collect()),
        observation_intercept: Varying::Fixed(vec![0.0]),
        observation_covariance: Varying::Fixed(DMatrix::from_element(1, 1, noise)),
        transition: DMatrix::identity(k, k),
        state_intercept: vec![0.0; k],
        selection: DMatrix::identity(k, k),
        state_covariance: DMatrix::from_fn(k, k, |i, j| if i == j { drifts[i] } else { 0.0 }),
        initial: InitialState::diffuse(k),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::ols;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn sample(drift: f64) -> (Vec<f64>, DMatrix<f64>, Vec<f64>) {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(31);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut slope = 1.0;
        let x = DMatrix::from_fn(250, 2, |_, j| if j == 0 { 1.0 } else { draw() });
        let mut path = Vec::new();
        let y = (0..250)
            .map(|t| {
                path.push(slope);
                let value = 0.5 + slope * x[(t, 1)] + 0.5 * draw();
                slope += drift * draw();
                value
            })
            .collect();
        (y, x, path)
    }

    #[test]
    fn without_drift_the_coefficients_are_least_squares() {
        let (y, x, _) = sample(0.0);
        let fit = time_varying_regression(&y, &x, 0.25, &[0.0, 0.0]).unwrap();
        let expected = ols(&y, &x).unwrap();
        for t in [0, 100, 249] {
            assert!((fit.smoother.states[(t, 1)] - expected.coefficients[1]).abs() < 1e-9);
        }
        assert!((fit.smoother.variances[(0, 0)] - 0.25 * expected.inverse_gram[(0, 0)]).abs() < 1e-10);
    }

    #[test]
    fn a_drifting_slope_is_followed() {
        let (y, x, path) = sample(0.1);
        let fit = fit_time_varying_regression(&y, &x).unwrap();
        let states = &fit.paths.smoother.states;
        let error = (0..250).map(|t| (states[(t, 1)] - path[t]).powi(2)).sum::<f64>() / 250.0;
        assert!(error.sqrt() < 0.3, "{error}");
        assert!((fit.drift_variances[1] / 0.01).ln().abs() < 1.1, "{:?}", fit.drift_variances);
    }
}
