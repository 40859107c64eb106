//! Exponentially weighted variance and covariance with zero mean.
//!
//! `v_t = lambda v_{t-1} + (1 - lambda) r_t^2`, `v_0 = r_0^2`; covariances likewise with outer products. v_t is the forecast for t + 1.
//! lambda = 0.94 for daily data.
//!
//! Worked value: at 0.94 seventy-five observations hold 99% of the weight and the half-life is 11.2 days.
//! Source: J.P. Morgan/Reuters (1996), RiskMetrics Technical Document, sections 5.2 and 5.3.
//!
//! # Errors
//! `too_few_observations` when empty, `missing_values`, `invalid_argument` for a lambda outside (0, 1).

use nalgebra::DMatrix;

use crate::{NumericsError, Result, validate};

/// Variances of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct EwmaVariance {
    /// Variance after each return: the forecast for the next.
    pub variance: Vec<f64>,
    /// Forecast after the last return.
    pub forecast: f64,
    /// Its square root.
    pub forecast_volatility: f64,
    /// Forecast with weights that sum to one over the sample instead of the start `r_0^2`.
    pub normalised_forecast: f64,
    /// Observations that hold 99% of the weight.
    pub effective_observations: usize,
    /// Observations after which a weight has halved.
    pub half_life: f64,
}

/// Covariances of several series after the last row.
#[derive(Debug, Clone, PartialEq)]
pub struct EwmaCovariance {
    /// Covariance matrix.
    pub covariance: DMatrix<f64>,
    /// Correlations, row by row; `None` where a variance is zero.
    pub correlation: Vec<Vec<Option<f64>>>,
    /// Volatilities.
    pub volatility: Vec<f64>,
}

/// Variance of a series of returns.
///
/// # Errors
/// See the module.
pub fn ewma_variance(returns: &[f64], lambda: f64) -> Result<EwmaVariance> {
    check_lambda(lambda)?;
    validate::at_least(returns.len(), 1)?;
    validate::finite("returns", returns)?;
    let mut state = returns[0] * returns[0];
    let mut variance = Vec::with_capacity(returns.len());
    let (mut weighted, mut weights) = (0.0, 0.0);
    for (t, value) in returns.iter().enumerate() {
        let square = value * value;
        if t > 0 {
            state = lambda * state + (1.0 - lambda) * square;
        }
        weighted = lambda * weighted + square;
        weights = lambda * weights + 1.0;
        variance.push(state);
    }
    Ok(EwmaVariance {
        variance,
        forecast: state,
        forecast_volatility: state.sqrt(),
        normalised_forecast: weighted / weights,
        effective_observations: (0.01_f64.ln() / lambda.ln()).ceil() as usize,
        half_life: 0.5_f64.ln() / lambda.ln(),
    })
}

/// Covariance of the columns, time down the rows.
///
/// # Errors
/// See the module.
pub fn ewma_covariance(returns: &DMatrix<f64>, lambda: f64) -> Result<EwmaCovariance> {
    check_lambda(lambda)?;
    let (n, k) = returns.shape();
    validate::at_least(n, 1)?;
    validate::finite_matrix("returns", returns)?;
    let rows = returns.transpose();
    let mut packed = vec![0.0; k * k];
    for (t, row) in rows.as_slice().chunks_exact(k.max(1)).enumerate() {
        let (keep, add) = if t == 0 { (0.0, 1.0) } else { (lambda, 1.0 - lambda) };
        for (i, &value) in row.iter().enumerate() {
            let scaled = add * value;
            // The lower triangle, one contiguous stretch per row.
            for (entry, other) in packed[i * k..i * k + i + 1].iter_mut().zip(row) {
                *entry = keep * *entry + scaled * other;
            }
        }
    }
    let covariance = DMatrix::from_fn(k, k, |i, j| packed[i.max(j) * k + i.min(j)]);
    let volatility: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    let correlation = (0..k)
        .map(|i| {
            let entry = |j: usize| {
                let scale = volatility[i] * volatility[j];
                (scale > 0.0).then(|| covariance[(i, j)] / scale)
            };
            (0..k).map(entry).collect()
        })
        .collect();
    Ok(EwmaCovariance { covariance, correlation, volatility })
}

fn check_lambda(lambda: f64) -> Result<()> {
    if lambda > 0.0 && lambda < 1.0 {
        return Ok(());
    }
    Err(NumericsError::InvalidArgument { what: "lambda", why: format!("{lambda} is not between 0 and 1") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_worked_value_of_the_module_holds() {
        let result = ewma_variance(&[0.01, -0.02], 0.94).unwrap();
        assert_eq!(result.effective_observations, 75);
        assert!((result.half_life - 11.2023).abs() < 1e-4);
        assert!((result.forecast - (0.94 * 1e-4 + 0.06 * 4e-4)).abs() < 1e-18);
    }

    #[test]
    fn constant_squares_are_their_own_variance() {
        let result = ewma_variance(&[0.01, -0.01, 0.01], 0.9).unwrap();
        assert!((result.forecast - 1e-4).abs() < 1e-18 && (result.normalised_forecast - 1e-4).abs() < 1e-18);
    }

    proptest! {
        #[test]
        fn the_matrix_agrees_with_the_series_and_is_symmetric(values in proptest::collection::vec(-1.0..1.0_f64, 24)) {
            let returns = DMatrix::from_row_slice(8, 3, &values);
            let matrix = ewma_covariance(&returns, 0.94).unwrap();
            for j in 0..3 {
                let series: Vec<f64> = returns.column(j).iter().copied().collect();
                let single = ewma_variance(&series, 0.94).unwrap();
                prop_assert!((matrix.covariance[(j, j)] - single.forecast).abs() < 1e-14);
            }
            prop_assert_eq!(matrix.covariance.transpose(), matrix.covariance.clone());
        }
    }
}
