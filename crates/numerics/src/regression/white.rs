//! Heteroskedasticity-consistent covariance, HC0 to HC3.
//!
//! `V = (X'X)^-1 (sum_t w_t e_t^2 x_t x_t') (X'X)^-1` with w = 1 (HC0), n/(n-k) (HC1), 1/(1-h) (HC2), 1/(1-h)^2 (HC3), h the
//! leverage. Source: White (1980); MacKinnon & White (1985) Journal of Econometrics 29.

use nalgebra::DMatrix;

use super::hac::sandwich;
use super::ols::{CoefficientTable, OlsFit};
use crate::linalg::gram;
use crate::{NumericsError, Result, validate};

/// Which weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhiteKind {
    /// White's original.
    Hc0,
    /// Scaled by n/(n-k).
    Hc1,
    /// Divided by 1 - leverage: unbiased under homoskedasticity.
    Hc2,
    /// Divided by the square of 1 - leverage: close to the jackknife.
    Hc3,
}

/// Table of a fit on its design; p-values use t(n - k).
///
/// # Errors
/// `dimension_mismatch` when `x` is not the design; `out_of_range` when HC2 or HC3 meets a leverage of one.
pub fn white(fit: &OlsFit, x: &DMatrix<f64>, kind: WhiteKind) -> Result<CoefficientTable> {
    let (n, k) = x.shape();
    validate::same_length("x rows", fit.residuals.len(), n)?;
    validate::same_length("x columns", fit.coefficients.len(), k)?;
    if matches!(kind, WhiteKind::Hc2 | WhiteKind::Hc3)
        && let Some(position) = fit.leverage.iter().position(|h| 1.0 - h <= f64::EPSILON * n as f64)
    {
        let why = format!("observation {position} has leverage one, HC2 and HC3 are undefined");
        return Err(NumericsError::OutOfRange { what: "leverage", why });
    }
    let weight = |t: usize| match kind {
        WhiteKind::Hc0 => 1.0,
        WhiteKind::Hc1 => (n as f64 / (n - k) as f64).sqrt(),
        WhiteKind::Hc2 => 1.0 / (1.0 - fit.leverage[t]).sqrt(),
        WhiteKind::Hc3 => 1.0 / (1.0 - fit.leverage[t]),
    };
    let weighted: Vec<f64> = fit.residuals.iter().enumerate().map(|(t, residual)| residual * weight(t)).collect();
    let mut scores = x.clone();
    for column in scores.as_mut_slice().chunks_exact_mut(n) {
        column.iter_mut().zip(&weighted).for_each(|(value, weighted)| *value *= weighted);
    }
    let covariance = sandwich(&fit.inverse_gram, &gram(&scores));
    Ok(CoefficientTable::from_covariance(&fit.coefficients, covariance, (n - k) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::{ols, with_constant};

    #[test]
    fn the_kinds_are_ordered_and_equal_weights_follow_the_closed_form() {
        // A mean: HC0 variance is sum e^2 / n^2, leverage 1/n.
        let y = [1.0, 4.0, 2.0, 7.0];
        let x = DMatrix::from_element(4, 1, 1.0);
        let fit = ols(&y, &x).unwrap();
        let variance = |kind| white(&fit, &x, kind).unwrap().covariance[(0, 0)];
        let hc0 = fit.ssr / 16.0;
        assert!((variance(WhiteKind::Hc0) - hc0).abs() < 1e-15);
        assert!((variance(WhiteKind::Hc1) - hc0 * 4.0 / 3.0).abs() < 1e-14);
        assert!((variance(WhiteKind::Hc2) - hc0 / 0.75).abs() < 1e-14);
        assert!((variance(WhiteKind::Hc3) - hc0 / 0.75 / 0.75).abs() < 1e-14);
    }

    #[test]
    fn a_leverage_of_one_is_refused_where_it_divides() {
        let x = with_constant(&DMatrix::from_column_slice(4, 1, &[0.0, 0.0, 0.0, 1.0]));
        let fit = ols(&[1.0, 2.0, 4.0, 9.0], &x).unwrap();
        assert!(white(&fit, &x, WhiteKind::Hc1).is_ok());
        assert_eq!(white(&fit, &x, WhiteKind::Hc3).unwrap_err().code(), "out_of_range");
    }
}
