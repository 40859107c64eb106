//! Realised volatility: the annualised standard deviation of returns.
//!
//! About the mean with n - 1, or about zero with n (high frequency, where the mean is noise). Annualised by the square root of the
//! periods per year: 252 daily, 52 weekly, 12 monthly.
//!
//! Worked value: daily returns of alternating +1% and -1% have 15.9% a year about zero.
//!
//! # Errors
//! `missing_values`, `too_few_observations` below two returns (one about zero), `invalid_argument` for periods per year that are not positive or a
//! window longer than the sample.

use crate::{NumericsError, Result, validate};

/// The two usual definitions, annualised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RealisedVolatility {
    /// About the sample mean, n - 1.
    pub about_mean: f64,
    /// About zero, n.
    pub about_zero: f64,
}

/// Realised volatility of a sample of at least two returns.
///
/// # Errors
/// See the module.
pub fn realised_volatility(returns: &[f64], periods_per_year: f64) -> Result<RealisedVolatility> {
    validate::positive("periods per year", periods_per_year)?;
    validate::finite("returns", returns)?;
    validate::at_least(returns.len(), 2)?;
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let centred: f64 = returns.iter().map(|value| (value - mean) * (value - mean)).sum();
    let squares: f64 = returns.iter().map(|value| value * value).sum();
    Ok(RealisedVolatility {
        about_mean: (centred / (n - 1.0) * periods_per_year).sqrt(),
        about_zero: (squares / n * periods_per_year).sqrt(),
    })
}

/// Volatility about zero over a moving window; `None` until the window is full. The value dated t uses returns up to t.
///
/// # Errors
/// See the module.
pub fn rolling_realised_volatility(returns: &[f64], window: usize, periods_per_year: f64) -> Result<Vec<Option<f64>>> {
    validate::positive("periods per year", periods_per_year)?;
    validate::finite("returns", returns)?;
    if window == 0 || window > returns.len() {
        let why = format!("{window} of {} returns", returns.len());
        return Err(NumericsError::InvalidArgument { what: "window", why });
    }
    let value = |end: usize| {
        let start = (end + 1).checked_sub(window)?;
        let squares: f64 = returns[start..=end].iter().map(|value| value * value).sum();
        Some((squares / window as f64 * periods_per_year).sqrt())
    };
    Ok((0..returns.len()).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_value_of_the_module_holds() {
        let result = realised_volatility(&[0.01, -0.01, 0.01, -0.01], 252.0).unwrap();
        assert!((result.about_zero - 0.01 * 252.0_f64.sqrt()).abs() < 1e-15);
        assert!((result.about_mean / result.about_zero - (4.0_f64 / 3.0).sqrt()).abs() < 1e-14);
    }

    #[test]
    fn a_window_fills_before_it_speaks() {
        let rolling = rolling_realised_volatility(&[0.0, 0.02, 0.0, 0.0], 2, 1.0).unwrap();
        assert_eq!((rolling[0], rolling[3]), (None, Some(0.0)));
        assert!((rolling[1].unwrap() - 0.02 / 2.0_f64.sqrt()).abs() < 1e-16);
    }
}
