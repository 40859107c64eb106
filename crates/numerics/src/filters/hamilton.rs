//! Hamilton's alternative to the Hodrick-Prescott filter.
//!
//! Least squares of `y_t` on a constant and `y_{t-h}, ..., y_{t-h-p+1}`; the cycle is the residual: the part of the value that could not
//! be foreseen h periods before. h = 8 and p = 4 for quarterly data, 24 and 12 for monthly. The series should be 100 times a
//! logarithm, or a rate. The first h + p - 1 cycle values do not exist. The random-walk version is `y_t - y_{t-h}`.
//!
//! Coefficients are those of the whole sample: for real-time use, fit on the data up to each date.
//! Source: Hamilton (2018) REStat 100; its table 2 gives a cyclical standard deviation of 2.78 for the federal funds rate.
//!
//! # Errors
//! `missing_values`, `invalid_argument` when h or p is zero, `too_few_observations`, `rank_deficient` or `zero_variance` on constant data.

use nalgebra::DMatrix;

use crate::regression::ols;
use crate::{NumericsError, Result, validate};

/// The split of a series, `None` where it is not defined.
#[derive(Debug, Clone, PartialEq)]
pub struct HamiltonFilter {
    /// Fitted values.
    pub trend: Vec<Option<f64>>,
    /// Residuals.
    pub cycle: Vec<Option<f64>>,
    /// `y_t - y_{t-h}`.
    pub random_walk_cycle: Vec<Option<f64>>,
    /// Constant, then the lags, nearest first.
    pub coefficients: Vec<f64>,
    /// Standard deviation of the cycle, n - 1.
    pub cycle_deviation: f64,
    /// Standard deviation of the random-walk cycle, n - 1.
    pub random_walk_deviation: f64,
}

/// Splits a series with horizon h and p lags.
///
/// # Errors
/// See the module.
pub fn hamilton(series: &[f64], horizon: usize, lags: usize) -> Result<HamiltonFilter> {
    let n = series.len();
    validate::finite("series", series)?;
    if horizon == 0 || lags == 0 {
        let why = format!("horizon {horizon} and {lags} lags must be above zero");
        return Err(NumericsError::InvalidArgument { what: "horizon or lags", why });
    }
    let first = horizon.saturating_add(lags) - 1;
    validate::at_least(n, first.saturating_add(lags).saturating_add(2))?;
    let design =
        DMatrix::from_fn(
            n - first,
            lags + 1,
            |row, j| {
                if j == 0 { 1.0 } else { series[row + first - horizon - (j - 1)] }
            },
        );
    let fit = ols(&series[first..], &design)?;
    let after = |skipped: usize, values: &[f64]| -> Vec<Option<f64>> {
        std::iter::repeat_n(None, skipped).chain(values.iter().copied().map(Some)).collect()
    };
    let changes: Vec<f64> = (horizon..n).map(|t| series[t] - series[t - horizon]).collect();
    Ok(HamiltonFilter {
        trend: after(first, &fit.fitted),
        cycle: after(first, &fit.residuals),
        cycle_deviation: deviation(&fit.residuals),
        random_walk_deviation: deviation(&changes),
        random_walk_cycle: after(horizon, &changes),
        coefficients: fit.coefficients,
    })
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_do_not_exist_and_parts_sum() {
        let series: Vec<f64> = (0..60).map(|t| (t as f64 * 0.3).sin() + 0.1 * ((t * t) as f64).cos()).collect();
        let result = hamilton(&series, 8, 4).unwrap();
        assert!(result.cycle[10].is_none() && result.cycle[11].is_some());
        assert!(result.random_walk_cycle[7].is_none() && result.random_walk_cycle[8].is_some());
        assert!((result.trend[30].unwrap() + result.cycle[30].unwrap() - series[30]).abs() < 1e-13);
    }

    #[test]
    fn a_forecastable_series_has_no_cycle() {
        let series: Vec<f64> = (0..40).map(|t| 2.0 + (t as f64 * std::f64::consts::FRAC_PI_4).cos()).collect();
        assert!(hamilton(&series, 3, 2).unwrap().cycle.iter().flatten().all(|cycle| cycle.abs() < 1e-12));
    }
}
