//! How uncertain a Sharpe ratio is, and how it annualises when returns are autocorrelated (Lo 2002).

use crate::covariance::checks;
use crate::tails::moments::Moments;
use crate::{NumericsError, Result};

/// Per-period Sharpe ratio with its standard errors and annualisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeUncertainty {
    /// Mean excess over the POPULATION standard deviation, per period.
    pub sharpe: f64,
    /// Standard error for independent normal returns, `sqrt((1 + SR^2/2)/T)`.
    pub se_iid: f64,
    /// Standard error by the delta method with a Bartlett long-run covariance.
    pub se_hac: f64,
    /// Standard error for independent non-normal returns (Mertens 2002); equals `se_hac` without lags.
    pub se_mertens: f64,
    /// Annualisation factor `q / sqrt(q + 2 sum (q-k) rho_k)`; `None` when the variance of the sum is not positive.
    pub eta: Option<f64>,
    /// `eta` times the ratio.
    pub annual_adjusted: Option<f64>,
    /// `sqrt(q)` times the ratio.
    pub annual_sqrt: f64,
}

/// Sharpe ratio of `returns` over a constant `risk_free` per period, `lags` of the long-run covariance, `q` periods per
/// year.
///
/// Errors: fewer than 2 returns, NaN, `lags >= n` or `q = 0` (`invalid_argument`), `zero_variance`.
pub fn sharpe_uncertainty(returns: &[f64], risk_free: f64, lags: usize, q: usize) -> Result<SharpeUncertainty> {
    checks::at_least(returns.len(), 2)?;
    checks::finite("returns", returns)?;
    checks::finite_scalar("risk_free", risk_free)?;
    if lags >= returns.len() {
        return Err(checks::invalid("lags", format!("{lags} lags need more than {} returns", returns.len())));
    }
    if q == 0 {
        return Err(checks::invalid("q", "must be at least 1"));
    }
    let m = Moments::of(returns).ok_or(NumericsError::ZeroVariance { what: "returns" })?;
    let n = returns.len() as f64;
    let sharpe = (m.mean - risk_free) / m.sd;
    // The influence of each return on the ratio: d SR/d mean (r - m) + d SR/d var ((r - m)^2 - s^2).
    let influence: Vec<f64> = returns
        .iter()
        .map(|r| {
            let z = (r - m.mean) / m.sd;
            z - 0.5 * sharpe * (z * z - 1.0)
        })
        .collect();
    let long_run = lagged(&influence, 0)
        + (1..=lags).map(|l| 2.0 * (1.0 - l as f64 / (lags + 1) as f64) * lagged(&influence, l)).sum::<f64>();
    let centred: Vec<f64> = returns.iter().map(|r| (r - m.mean) / m.sd).collect();
    let autocorrelation = |k: usize| if k < centred.len() { lagged(&centred, k) } else { 0.0 };
    let eta = annualisation(q, autocorrelation);
    let mertens = 1.0 - m.skew * sharpe + 0.25 * (m.kurt_excess + 2.0) * sharpe * sharpe;
    Ok(SharpeUncertainty {
        sharpe,
        se_iid: ((1.0 + 0.5 * sharpe * sharpe) / n).sqrt(),
        se_hac: (long_run.max(0.0) / n).sqrt(),
        se_mertens: (mertens.max(0.0) / n).sqrt(),
        eta,
        annual_adjusted: eta.map(|eta| eta * sharpe),
        annual_sqrt: (q as f64).sqrt() * sharpe,
    })
}

/// Standard error of a per-period Sharpe ratio for independent normal returns (Lo 2002, Table 1).
///
/// Errors: no observation (`invalid_argument`), NaN.
pub fn sharpe_standard_error_iid(sharpe: f64, observations: usize) -> Result<f64> {
    checks::finite_scalar("sharpe", sharpe)?;
    if observations == 0 {
        return Err(checks::invalid("observations", "must be at least 1"));
    }
    Ok(((1.0 + 0.5 * sharpe * sharpe) / observations as f64).sqrt())
}

/// Annualisation factor of a Sharpe ratio for AR(1) returns with autocorrelation `rho`, `q` periods per year.
///
/// Errors: `q = 0`, `|rho| >= 1`.
pub fn annualisation_ar1(q: usize, rho: f64) -> Result<f64> {
    if q == 0 {
        return Err(checks::invalid("q", "must be at least 1"));
    }
    if rho.is_nan() || rho.abs() >= 1.0 {
        return Err(checks::invalid("rho", format!("must lie strictly between -1 and 1, got {rho}")));
    }
    annualisation(q, |k| rho.powi(k as i32)).ok_or(NumericsError::OutOfRange {
        what: "rho",
        why: format!("the variance of {q} periods is not positive at {rho}"),
    })
}

fn annualisation(q: usize, autocorrelation: impl Fn(usize) -> f64) -> Option<f64> {
    let size = q as f64;
    let variance = size + 2.0 * (1..q).map(|k| (q - k) as f64 * autocorrelation(k)).sum::<f64>();
    (variance > 0.0).then(|| size / variance.sqrt())
}

/// `(1/n) sum x_t x_{t-k}`.
fn lagged(x: &[f64], k: usize) -> f64 {
    x[k..].iter().zip(x).map(|(a, b)| a * b).sum::<f64>() / x.len() as f64
}
