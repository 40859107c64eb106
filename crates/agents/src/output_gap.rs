//! The output gap by Hamilton's regression filter at the end point.
//!
//! ```text
//! y_t = b0 + b1 y_{t-h} + ... + bp y_{t-h-p+1} + v_t        gap_t = v_t,   y = ln(level)
//! ```
//!
//! `h` = 24 and `p` = 12 months: both multiples of the season, so that a series that is not seasonally adjusted may be
//! used (Hamilton 2018, section VI). One-sided in the lags; the coefficients are estimated on what is visible at the cut.
//! Unit: decimal (0.01 is one percent above trend). Sign: + above trend.
//!
//! Source: Hamilton (2018), Why you should never use the Hodrick-Prescott filter, Review of Economics and Statistics 100.

use nalgebra::DMatrix;
use numerics::regression::ols;
use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::monthly::{Monthly, moving_average, newest};

/// Parameters of the filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GapParams {
    /// Months ahead that the filter projects.
    pub horizon_months: usize,
    /// Lags in the projection.
    pub lags: usize,
    /// Fewest rows of the regression.
    pub min_rows: usize,
    /// Most months read: what lies before them does not matter.
    pub window_months: usize,
    /// Months averaged into the reported gap, against monthly noise.
    pub smoothing_months: i32,
    /// A gap beyond this (decimal) is refused.
    pub limit: f64,
}

impl Default for GapParams {
    fn default() -> Self {
        Self { horizon_months: 24, lags: 12, min_rows: 60, window_months: 192, smoothing_months: 3, limit: 0.15 }
    }
}

/// The gap by month, averaged over `smoothing_months`, newest month last. Uses the unbroken run of months that ends at the
/// newest one, at most `window_months`.
pub(crate) fn output_gap(levels: &Monthly, params: &GapParams) -> Result<Monthly, Refusal> {
    let Some((newest, _)) = newest(levels) else {
        return Err(Refusal::TooFew { what: "output gap".to_owned(), got: 0, needed: params.min_rows });
    };
    let mut logs: Vec<f64> = Vec::new();
    let mut month = newest;
    while let Some(&level) = levels.get(&month).filter(|level| **level > 0.0) {
        if logs.len() == params.window_months {
            break;
        }
        logs.push(level.ln());
        month -= 1;
    }
    logs.reverse();
    let cycle = hamilton_cycle(&logs, params)?;
    let first = newest - cycle.len() as i32 + 1;
    let raw: Monthly = (first..).zip(cycle).collect();
    Ok(moving_average(&raw, params.smoothing_months))
}

/// Residuals of the filter's regression, the last one for the last value.
pub(crate) fn hamilton_cycle(y: &[f64], params: &GapParams) -> Result<Vec<f64>, Refusal> {
    let offset = params.horizon_months + params.lags - 1;
    let rows = y.len().saturating_sub(offset);
    if rows < params.min_rows || params.lags == 0 {
        let needed = params.min_rows + offset;
        return Err(Refusal::TooFew { what: "output gap".to_owned(), got: y.len(), needed });
    }
    let design = DMatrix::from_fn(rows, params.lags + 1, |row, column| {
        if column == 0 { 1.0 } else { y[row + offset - params.horizon_months - (column - 1)] }
    });
    let fit = ols(&y[offset..], &design).map_err(Refusal::estimating("output gap"))?;
    Ok(fit.residuals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(i: usize) -> f64 {
        // Deterministic and without period: fractional parts of multiples of an irrational number.
        ((i as f64 * 0.618_033_988_749_895).fract() - 0.5) * 0.004
    }

    #[test]
    fn a_seasonal_trend_has_no_gap_and_a_level_shift_is_one() {
        let season = |i: usize| 0.03 * (i as f64 * std::f64::consts::TAU / 12.0).sin();
        let mut y: Vec<f64> = (0..180).map(|i| 4.5 + 0.002 * i as f64 + season(i) + noise(i)).collect();
        let flat = hamilton_cycle(&y, &GapParams::default()).unwrap();
        assert!(flat.last().unwrap().abs() < 0.006, "{:?}", flat.last());
        for value in &mut y[174..] {
            *value -= 0.05;
        }
        let slump = hamilton_cycle(&y, &GapParams::default()).unwrap();
        assert!(*slump.last().unwrap() < -0.03, "{:?}", slump.last());
    }

    #[test]
    fn too_short_a_history_is_refused() {
        let error = hamilton_cycle(&[1.0; 50], &GapParams::default()).unwrap_err();
        assert_eq!(error.to_string(), "output gap: 50 usable observations, at least 95 needed");
    }
}
