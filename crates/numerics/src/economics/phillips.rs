//! Backward-looking Phillips curve.
//!
//! `pi_t = c + sum_{j=1..L} a_j pi_{t-j} + k gap_{t-1} + e_t`, least squares with Newey-West errors (small-sample factor). The first
//! row is t = L. Long-run slope: `k / (1 - sum a)`, the effect of a lasting gap.
//!
//! Source: Gordon (1997) Journal of Economic Perspectives 11; Stock & Watson (1999) Journal of Monetary Economics 44.
//!
//! # Errors
//! `dimension_mismatch`, `missing_values`, `invalid_argument` without lags, `too_few_observations`, `rank_deficient` when inflation is
//! constant.

use nalgebra::DMatrix;

use crate::regression::{HacFit, ols_newey_west};
use crate::{NumericsError, Result, validate};

/// A fitted curve.
#[derive(Debug, Clone)]
pub struct PhillipsCurve {
    /// The regression: constant, lags of inflation (nearest first), lagged gap.
    pub regression: HacFit,
    /// Coefficient of the lagged gap.
    pub slope: f64,
    /// Sum of the coefficients of lagged inflation.
    pub persistence: f64,
    /// Slope over one minus persistence; `None` when persistence is one.
    pub long_run_slope: Option<f64>,
}

/// Fits the curve; inflation and gap in the same unit, one entry per period.
///
/// # Errors
/// See the module.
pub fn phillips_curve(inflation: &[f64], gap: &[f64], lags: usize, hac_lags: Option<usize>) -> Result<PhillipsCurve> {
    let n = inflation.len();
    validate::same_length("gap", n, gap.len())?;
    validate::finite("inflation", inflation)?;
    validate::finite("gap", gap)?;
    if lags == 0 {
        return Err(NumericsError::InvalidArgument { what: "lags", why: "at least one is needed".to_owned() });
    }
    let columns = lags.saturating_add(2);
    validate::at_least(n, lags.saturating_add(columns).saturating_add(1))?;
    let design = DMatrix::from_fn(n - lags, columns, |row, j| {
        let t = row + lags;
        match j {
            0 => 1.0,
            j if j <= lags => inflation[t - j],
            _ => gap[t - 1],
        }
    });
    if validate::is_constant(inflation) {
        return Err(NumericsError::RankDeficient { rank: columns - lags, columns });
    }
    let regression = ols_newey_west(&inflation[lags..], &design, hac_lags)?;
    let coefficients = &regression.fit.coefficients;
    let slope = coefficients[lags + 1];
    let persistence: f64 = coefficients[1..=lags].iter().sum();
    let long_run_slope = (persistence != 1.0).then(|| slope / (1.0 - persistence));
    Ok(PhillipsCurve { slope, persistence, long_run_slope, regression })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_curve_is_recovered_with_its_alignment() {
        let gap: Vec<f64> = (0..40).map(|t| (t as f64 * 0.8).sin()).collect();
        let mut inflation = vec![2.0, 2.5];
        for t in 2..40 {
            inflation.push(0.3 + 0.5 * inflation[t - 1] + 0.2 * inflation[t - 2] + 0.6 * gap[t - 1]);
        }
        let curve = phillips_curve(&inflation, &gap, 2, Some(2)).unwrap();
        assert!((curve.slope - 0.6).abs() < 1e-10 && (curve.persistence - 0.7).abs() < 1e-10);
        assert!((curve.long_run_slope.unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(curve.regression.fit.observations(), 38);
    }

    #[test]
    fn constant_inflation_is_refused() {
        let gap: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(phillips_curve(&[2.0; 20], &gap, 1, None).unwrap_err().code(), "rank_deficient");
    }
}
