//! Median-unbiased signal-to-noise ratio of trend growth.
//!
//! Annualised growth `400 (p_t - p_{t-1})` of the log trend is tested for one break in mean at each interior date; the exponential
//! Wald statistic `ln(mean exp(t^2 / 2))` is looked up in table 3 of Stock & Watson (1998) by linear interpolation, and lambda over
//! T - 1 is the ratio of the standard deviations of trend growth and of the level shock. Without it maximum likelihood piles up at
//! zero. The break dates are those of the published code of the Federal Reserve Bank of New York: i = 4, ..., T - 5.
//!
//! Source: Stock & Watson (1998) JASA 93; Laubach & Williams (2003).
//!
//! # Errors
//! `too_few_observations` below ten values, `missing_values`, `zero_variance` when growth is constant, `out_of_range` when the
//! statistic lies beyond the table.

use crate::linalg::sum;
use crate::{NumericsError, Result, validate};

/// Exponential Wald statistic whose median corresponds to lambda = 0, 1, ..., 30.
const TABLE: [f64; 31] = [
    0.426, 0.476, 0.516, 0.661, 0.826, 1.111, 1.419, 1.762, 2.355, 2.91, 3.413, 3.868, 4.925, 5.684, 6.670, 7.690,
    8.477, 9.191, 10.693, 12.024, 13.089, 14.440, 16.191, 17.332, 18.699, 20.464, 21.667, 23.851, 25.538, 26.762,
    27.874,
];
/// Observations kept on either side of a break.
const TRIM: usize = 4;
const SMALLEST_SAMPLE: usize = 10;

/// lambda_g from the logarithm of trend output.
///
/// # Errors
/// See the module.
pub fn median_unbiased_lambda_g(log_trend: &[f64]) -> Result<f64> {
    let levels = log_trend.len();
    validate::finite("log trend", log_trend)?;
    validate::at_least(levels, SMALLEST_SAMPLE)?;
    let growth: Vec<f64> = log_trend.windows(2).map(|pair| 400.0 * (pair[1] - pair[0])).collect();
    let n = growth.len() as f64;
    let total = sum(&growth);
    let mean = total / n;
    let squares: f64 = growth.iter().map(|value| (value - mean) * (value - mean)).sum();
    let largest = growth.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if squares <= n * (1e-12 * largest).powi(2) {
        return Err(NumericsError::ZeroVariance { what: "trend growth" });
    }
    let mut before: f64 = growth[..TRIM].iter().sum();
    let mut halves = Vec::with_capacity(levels);
    for (first, after) in growth.iter().enumerate().take(levels - TRIM).skip(TRIM) {
        let (left, right) = (first as f64, n - first as f64);
        let gap = (total - before) / right - before / left;
        let explained = gap * gap * left * right / n;
        let residual = (squares - explained).max(0.0) / (n - 2.0);
        halves.push(0.5 * explained / residual);
        before += after;
    }
    let peak = halves.iter().fold(f64::NEG_INFINITY, |peak, &half| peak.max(half));
    let statistic = peak + (halves.iter().map(|half| (half - peak).exp()).sum::<f64>() / halves.len() as f64).ln();
    Ok(lambda(statistic)? / n)
}

fn lambda(statistic: f64) -> Result<f64> {
    if statistic <= TABLE[0] {
        return Ok(0.0);
    }
    let cell = TABLE.windows(2).position(|cell| statistic <= cell[1]);
    match cell {
        Some(i) => Ok(i as f64 + (statistic - TABLE[i]) / (TABLE[i + 1] - TABLE[i])),
        None => {
            let why = format!("{statistic:.2} is above the largest tabulated value {}", TABLE[TABLE.len() - 1]);
            Err(NumericsError::OutOfRange { what: "exponential Wald statistic", why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_growth_has_no_signal_and_a_break_has_one() {
        let wiggle = |t: usize| 1e-3 * (t as f64 * 2.1).sin();
        let stable: Vec<f64> = (0..120).map(|t| 0.008 * t as f64 + wiggle(t)).collect();
        assert_eq!(median_unbiased_lambda_g(&stable).unwrap(), 0.0);
        let broken: Vec<f64> =
            (0..120).map(|t| 0.008 * t as f64 - 0.0007 * (t.max(60) - 60) as f64 + wiggle(t)).collect();
        assert!(median_unbiased_lambda_g(&broken).unwrap() > 0.0);
    }

    #[test]
    fn the_table_is_interpolated() {
        assert_eq!(lambda(0.1).unwrap(), 0.0);
        assert!((lambda(0.451).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(lambda(27.874).unwrap(), 30.0);
        assert_eq!(lambda(28.0).unwrap_err().code(), "out_of_range");
    }
}
