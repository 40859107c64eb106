//! Sample autocorrelations and the Ljung-Box test.
//!
//! `r_k = sum_t (x_t - m)(x_{t-k} - m) / sum_t (x_t - m)^2`, `Q = n (n+2) sum_k r_k^2 / (n - k)`, chi-square with as many
//! degrees of freedom as lags. Source: Ljung & Box (1978) Biometrika 65.

use super::inference::chi_square_p_value;
use crate::linalg::{dot, sum};
use crate::{NumericsError, Result, validate};

/// Ljung-Box statistic and its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LjungBox {
    /// The statistic Q.
    pub statistic: f64,
    /// p-value with as many degrees of freedom as lags.
    pub p_value: f64,
}

/// Autocorrelations at lags 1 to `lags`.
///
/// # Errors
/// `missing_values`, `too_few_observations` unless n > lags, `zero_variance` on a constant series.
pub fn autocorrelations(series: &[f64], lags: usize) -> Result<Vec<f64>> {
    validate::finite("series", series)?;
    let n = series.len();
    validate::at_least(n, lags + 1)?;
    if validate::is_constant(series) {
        return Err(NumericsError::ZeroVariance { what: "series" });
    }
    let mean = sum(series) / n as f64;
    let centred: Vec<f64> = series.iter().map(|value| value - mean).collect();
    let variance = dot(&centred, &centred);
    Ok((1..=lags).map(|lag| dot(&centred[lag..], &centred[..n - lag]) / variance).collect())
}

/// Ljung-Box test of no autocorrelation up to `lags`.
///
/// # Errors
/// Those of [`autocorrelations`]; `invalid_argument` for no lags.
pub fn ljung_box(series: &[f64], lags: usize) -> Result<LjungBox> {
    if lags == 0 {
        return Err(NumericsError::InvalidArgument { what: "lags", why: "at least one is needed".to_owned() });
    }
    let n = series.len() as f64;
    let terms = autocorrelations(series, lags)?;
    let total: f64 = terms.iter().enumerate().map(|(index, r)| r * r / (n - (index + 1) as f64)).sum();
    let statistic = n * (n + 2.0) * total;
    Ok(LjungBox { statistic, p_value: chi_square_p_value(statistic, lags as f64) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternating_series_has_the_closed_form() {
        // +1, -1, ...: r_1 = -(n-1)/n, so Q = n (n+2) ((n-1)/n)^2 / (n-1).
        let series: Vec<f64> = (0..10).map(|t| if t % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!((autocorrelations(&series, 1).unwrap()[0] + 0.9).abs() < 1e-15);
        assert!((ljung_box(&series, 1).unwrap().statistic - 120.0 * 0.81 / 9.0).abs() < 1e-12);
    }
}
