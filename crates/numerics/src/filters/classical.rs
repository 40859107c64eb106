//! Classical seasonal decomposition.
//!
//! The trend is a centred moving average over one period (a 2xP average when the period P is even), the season the mean of the
//! detrended values of each position, normalised to mean zero (additive) or one (multiplicative). The ends of the trend do not exist.
//! It is the first step of X-11, not X-13.
//!
//! Source: Kendall & Stuart; Ladiray & Quenneville (2001).
//!
//! # Errors
//! `missing_values`, `invalid_argument` for a period below two, `too_few_observations` below two periods, `non_positive` values in the
//! multiplicative model.

use crate::{NumericsError, Result, validate};

/// How season and trend combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeasonalModel {
    /// `x = trend + season + rest`.
    Additive,
    /// `x = trend * season * rest`.
    Multiplicative,
}

/// The parts of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassicalDecomposition {
    /// Centred moving average; `None` at the ends.
    pub trend: Vec<Option<f64>>,
    /// The seasonal figure repeated.
    pub seasonal: Vec<f64>,
    /// What is left; `None` at the ends.
    pub remainder: Vec<Option<f64>>,
    /// Season per position of the period, the first value of the series having position zero.
    pub figure: Vec<f64>,
}

/// Decomposes a series.
///
/// # Errors
/// See the module.
pub fn classical_decomposition(series: &[f64], period: usize, model: SeasonalModel) -> Result<ClassicalDecomposition> {
    let n = series.len();
    validate::finite("series", series)?;
    if period < 2 {
        return Err(NumericsError::InvalidArgument { what: "period", why: format!("{period} is below two") });
    }
    validate::at_least(n, period.saturating_mul(2))?;
    if model == SeasonalModel::Multiplicative
        && let Some(position) = series.iter().position(|&value| value <= 0.0)
    {
        return Err(NumericsError::NonPositive { what: "series", position, value: series[position] });
    }
    let apart = |value: f64, part: f64| match model {
        SeasonalModel::Additive => value - part,
        SeasonalModel::Multiplicative => value / part,
    };
    let trend = centred_average(series, period);
    let mut sums = vec![(0.0, 0.0); period];
    for (t, trend) in trend.iter().enumerate() {
        if let Some(trend) = trend {
            let slot = &mut sums[t % period];
            *slot = (slot.0 + apart(series[t], *trend), slot.1 + 1.0);
        }
    }
    let means: Vec<f64> = sums.iter().map(|(total, count)| total / count).collect();
    let centre = means.iter().sum::<f64>() / period as f64;
    let figure: Vec<f64> = means.iter().map(|&mean| apart(mean, centre)).collect();
    let seasonal: Vec<f64> = (0..n).map(|t| figure[t % period]).collect();
    let remainder = (0..n).map(|t| trend[t].map(|trend| apart(apart(series[t], trend), seasonal[t]))).collect();
    Ok(ClassicalDecomposition { trend, seasonal, remainder, figure })
}

fn centred_average(series: &[f64], period: usize) -> Vec<Option<f64>> {
    let half = period / 2;
    (0..series.len())
        .map(|t| {
            let window = series.get(t.checked_sub(half)?..=t + half)?;
            let total: f64 = window.iter().sum();
            // An even period spans one value too many: both ends count half.
            let excess = if period.is_multiple_of(2) { 0.5 * (window[0] + window[window.len() - 1]) } else { 0.0 };
            Some((total - excess) / period as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_fixed_season_is_taken_apart_exactly() {
        let season = [3.0, -1.0, -2.0, 0.0];
        let series: Vec<f64> = (0..20).map(|t| 10.0 + 0.5 * t as f64 + season[t % 4]).collect();
        let parts = classical_decomposition(&series, 4, SeasonalModel::Additive).unwrap();
        assert!(parts.figure.iter().zip(season).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(parts.trend[1].is_none() && (parts.trend[2].unwrap() - 11.0).abs() < 1e-12);
        assert!(parts.remainder.iter().flatten().all(|rest| rest.abs() < 1e-12));
    }

    #[test]
    fn an_odd_period_uses_a_plain_average() {
        let series = [1.0, 2.0, 6.0, 1.0, 2.0, 6.0];
        let parts = classical_decomposition(&series, 3, SeasonalModel::Multiplicative).unwrap();
        assert_eq!(parts.trend[1], Some(3.0));
        assert!((parts.figure[2] - 2.0).abs() < 1e-14);
    }
}
