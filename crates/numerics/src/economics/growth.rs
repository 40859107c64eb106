//! Annualised growth of a seasonally adjusted monthly level, in percent.
//!
//! | rate | formula |
//! |---|---|
//! | one month | (x_t / x_{t-1})^12 - 1 |
//! | three months, point | (x_t / x_{t-3})^4 - 1 |
//! | three months, average | (mean of the last three / mean of the three before)^4 - 1 |
//! | year on year | x_t / x_{t-12} - 1 |
//!
//! "Three months annualised" is used for both versions: they are separate series here. A missing level (NaN) gives no rate
//! wherever it enters. Compound annualisation as by the Bureau of Economic Analysis and the Banco Central do Brasil.
//!
//! # Errors
//! `non_positive` when a level is zero or negative, `missing_values` for an infinity.

use crate::{NumericsError, Result};

/// Growth rates in percent; `None` where a level is missing or the sample has not begun.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnualisedGrowth {
    /// Over one month.
    pub one_month: Vec<Option<f64>>,
    /// Over three months, point to point.
    pub three_months: Vec<Option<f64>>,
    /// Average of three months over the three before.
    pub three_month_average: Vec<Option<f64>>,
    /// Over twelve months, not annualised further.
    pub year_on_year: Vec<Option<f64>>,
}

/// Growth rates of a monthly level; NaN is a missing value.
///
/// # Errors
/// See the module.
pub fn annualised_growth(level: &[f64]) -> Result<AnnualisedGrowth> {
    if let Some(position) = level.iter().position(|value| value.is_infinite()) {
        return Err(NumericsError::NonFinite { what: "level", position });
    }
    if let Some(position) = level.iter().position(|&value| value <= 0.0) {
        return Err(NumericsError::NonPositive { what: "level", position, value: level[position] });
    }
    let averages: Vec<f64> = (0..level.len())
        .map(|t| if t < 2 { f64::NAN } else { (level[t - 2] + level[t - 1] + level[t]) / 3.0 })
        .collect();
    Ok(AnnualisedGrowth {
        one_month: rates(level, 1, 12),
        three_months: rates(level, 3, 4),
        three_month_average: rates(&averages, 3, 4),
        year_on_year: rates(level, 12, 1),
    })
}

fn rates(level: &[f64], lag: usize, power: i32) -> Vec<Option<f64>> {
    (0..level.len())
        .map(|t| {
            let ratio = level[t] / level[t.checked_sub(lag)?];
            ratio.is_finite().then(|| 100.0 * (ratio.powi(power) - 1.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_growth_has_one_rate_however_measured() {
        let level: Vec<f64> = (0..15).map(|t| 100.0 * 1.005_f64.powi(t)).collect();
        let annual = 100.0 * (1.005_f64.powi(12) - 1.0);
        let growth = annualised_growth(&level).unwrap();
        for series in [growth.one_month, growth.three_months, growth.three_month_average, growth.year_on_year] {
            assert!((series[14].unwrap() - annual).abs() < 1e-10);
        }
    }

    #[test]
    fn a_missing_level_gives_no_rate_where_it_enters() {
        let growth = annualised_growth(&[100.0, f64::NAN, 102.0, 103.0, 104.0]).unwrap();
        assert_eq!(growth.three_months[4], None);
        assert!(growth.three_months[3].is_some() && growth.one_month[3].is_some());
        assert_eq!(annualised_growth(&[1.0, 0.0]).unwrap_err().code(), "non_positive");
    }
}
