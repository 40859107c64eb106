//! Filtered historical simulation: past shocks, rescaled to today's volatility.

use super::historical::{historical_var, tail_mean};
use crate::covariance::checks;
use crate::{NumericsError, Result};

/// A GARCH(1,1) with constant mean, in the unit of the returns: `v_t = omega + alpha e_{t-1}^2 + beta v_{t-1}`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Garch11 {
    /// Mean return.
    pub mu: f64,
    /// Constant of the variance equation, > 0.
    pub omega: f64,
    /// Weight of the last squared shock, >= 0.
    pub alpha: f64,
    /// Weight of the last variance, >= 0.
    pub beta: f64,
}

/// One-day and horizon risk by filtered historical simulation. Positive = loss.
#[derive(Debug, Clone, PartialEq)]
pub struct FilteredHistorical {
    /// Volatility forecast for the day after the sample.
    pub sigma_next: f64,
    /// Type 7 quantile of the standardised residuals at `1 - confidence`.
    pub z_quantile: f64,
    /// One-day VaR, `-(mu + sigma_next z)`.
    pub var_1d: f64,
    /// One-day ES: mean of the residuals at or below the quantile, scaled.
    pub es_1d: f64,
    /// Sum of returns over the horizon, one per path.
    pub horizon_return: Vec<f64>,
    /// VaR of the horizon returns (type 7).
    pub var_h: f64,
    /// Mean loss at or beyond `var_h`.
    pub es_h: f64,
}

/// Filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999; Hull and White 1998).
///
/// Residuals are standardised by the variance recursion started at `backcast` for both the squared shock and the variance.
/// Path k uses the residual `draws[k][j]` (0-based) on day j and updates its own variance; returns are summed over the
/// horizon. Paths may differ in length. Errors: empty returns or draws, NaN, omega or backcast <= 0, negative alpha or
/// beta, confidence outside (0, 1), an index beyond the sample (`out_of_range`).
pub fn filtered_historical(
    returns: &[f64],
    garch: Garch11,
    backcast: f64,
    confidence: f64,
    draws: &[Vec<usize>],
) -> Result<FilteredHistorical> {
    checks::open_unit("confidence", confidence)?;
    checks::at_least(returns.len(), 1)?;
    checks::finite("returns", returns)?;
    checks::finite_scalar("mu", garch.mu)?;
    checks::positive("omega", garch.omega)?;
    checks::positive("backcast", backcast)?;
    for (what, value) in [("alpha", garch.alpha), ("beta", garch.beta)] {
        if !value.is_finite() || value < 0.0 {
            return Err(checks::invalid(what, format!("must be >= 0, got {value}")));
        }
    }
    checks::at_least(draws.len(), 1)?;
    if let Some(&index) = draws.iter().flatten().find(|&&d| d >= returns.len()) {
        return Err(NumericsError::OutOfRange {
            what: "draws",
            why: format!("index {index} of a sample of {}", returns.len()),
        });
    }

    let next = |shock: f64, variance: f64| garch.omega + garch.alpha * shock * shock + garch.beta * variance;
    let mut variance = garch.omega + (garch.alpha + garch.beta) * backcast;
    let mut residuals = Vec::with_capacity(returns.len());
    for r in returns {
        let shock = r - garch.mu;
        residuals.push(shock / variance.sqrt());
        variance = next(shock, variance);
    }
    let horizon_return: Vec<f64> = draws
        .iter()
        .map(|path| {
            let mut v = variance;
            let mut total = 0.0;
            for &day in path {
                let shock = v.sqrt() * residuals[day];
                total += garch.mu + shock;
                v = next(shock, v);
            }
            total
        })
        .collect();
    let sigma_next = variance.sqrt();
    let z_var = historical_var(&residuals, confidence)?;
    let var_h = historical_var(&horizon_return, confidence)?;
    Ok(FilteredHistorical {
        sigma_next,
        z_quantile: -z_var,
        var_1d: sigma_next * z_var - garch.mu,
        es_1d: sigma_next * tail_mean(&residuals, z_var) - garch.mu,
        es_h: tail_mean(&horizon_return, var_h),
        var_h,
        horizon_return,
    })
}
