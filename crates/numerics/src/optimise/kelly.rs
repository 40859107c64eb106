//! Growth-optimal positions (Kelly 1956; Thorp 2006).

use nalgebra::{DMatrix, DVector};

use crate::covariance::checks;
use crate::covariance::cholesky::Cholesky;
use crate::{NumericsError, Result};

/// Growth-optimal fractions of capital and what they promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Kelly {
    /// Full Kelly fractions `S^-1 (mu - r)`; negative = short.
    pub full: Vec<f64>,
    /// Growth rate at full Kelly, `r + SR^2/2`.
    pub growth: f64,
    /// Volatility at full Kelly, equal to the Sharpe ratio.
    pub sd: f64,
    /// Fractions scaled by `fraction`.
    pub fractional: Vec<f64>,
    /// Growth rate of the scaled fractions, `r + (c - c^2/2) SR^2`.
    pub fractional_growth: f64,
}

/// Continuous-time Kelly portfolio. `mean` and `risk_free` are annual continuously compounded, `cov` annual.
///
/// `fraction` scales the bet (0.5 = half Kelly). Errors: dimensions, NaN, a singular covariance.
pub fn kelly(mean: &[f64], cov: &DMatrix<f64>, risk_free: f64, fraction: f64) -> Result<Kelly> {
    checks::finite("mean", mean)?;
    checks::covariance("cov", cov)?;
    checks::length("mean", cov.nrows(), mean.len())?;
    checks::finite_scalar("risk_free", risk_free)?;
    checks::finite_scalar("fraction", fraction)?;
    let factor = Cholesky::new(cov, 1e-13).ok_or(NumericsError::Singular { what: "covariance" })?;
    let excess = DVector::from_iterator(mean.len(), mean.iter().map(|m| m - risk_free));
    let full = factor.solve(&excess);
    let square = excess.dot(&full).max(0.0);
    Ok(Kelly {
        growth: risk_free + 0.5 * square,
        sd: square.sqrt(),
        fractional: full.iter().map(|f| fraction * f).collect(),
        fractional_growth: risk_free + (fraction - 0.5 * fraction * fraction) * square,
        full: full.as_slice().to_vec(),
    })
}

/// Kelly fraction of a bet won with probability `p` at odds `b` to 1: `(p(b + 1) - 1)/b`; zero or negative: do not bet.
///
/// Errors: `p` outside [0, 1], `b <= 0`.
///
/// ```
/// assert!((numerics::optimise::kelly_bet(0.53, 1.0)? - 0.06).abs() < 1e-15);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn kelly_bet(p: f64, b: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&p) {
        return Err(checks::invalid("p", format!("must lie in [0, 1], got {p}")));
    }
    checks::positive("odds", b)?;
    Ok((p * (b + 1.0) - 1.0) / b)
}
