//! Historical value at risk and expected shortfall. Positive = loss.

use super::quantile::{interpolate, mean, pairwise_sum, quantile_type8};
use crate::Result;
use crate::covariance::checks;

/// Value at risk and expected shortfall of a sample by every convention in use; the first and last are the standard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoricalTail {
    /// Minus the type 7 quantile of the returns at 1 - confidence: the standard.
    pub var_linear: f64,
    /// The `ceil(alpha n)`-th worst loss (Hull).
    pub var_order_statistic: f64,
    /// Minus the type 8 quantile.
    pub var_median_unbiased: f64,
    /// Mean loss over returns at or below minus `var_linear`.
    pub es_tail_mean: f64,
    /// Average of the worst `alpha n` observations, the last one fractionally (Acerbi and Tasche 2002): the standard,
    /// coherent.
    pub es_acerbi_tasche: f64,
}

/// Historical value at risk: minus the type 7 quantile of the returns at `1 - confidence`.
///
/// `returns` are simple returns or P&L in any unit, the result has the same unit, positive = loss.
/// `confidence` in (0, 1), e.g. 0.99. Errors: empty, NaN, confidence outside (0, 1).
///
/// ```
/// let returns: Vec<f64> = (-50..=50).map(f64::from).collect();
/// assert!((numerics::tails::historical_var(&returns, 0.95)? - 45.0).abs() < 1e-12);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn historical_var(returns: &[f64], confidence: f64) -> Result<f64> {
    check(returns, confidence)?;
    let h = (1.0 - confidence) * (returns.len() - 1) as f64;
    Ok(-interpolate(&mut returns.to_vec(), h))
}

/// Historical expected shortfall: the average of the worst `(1 - confidence) n` returns with a fractional last one,
/// negated (positive = loss). Never below [`historical_var`]. Same conventions.
pub fn historical_es(returns: &[f64], confidence: f64) -> Result<f64> {
    check(returns, confidence)?;
    Ok(worst_average(&mut returns.to_vec(), 1.0 - confidence))
}

/// VaR and ES under all conventions at once, see [`HistoricalTail`].
pub fn historical_tail(returns: &[f64], confidence: f64) -> Result<HistoricalTail> {
    check(returns, confidence)?;
    let alpha = 1.0 - confidence;
    let n = returns.len();
    let mut work = returns.to_vec();
    let var_linear = -interpolate(&mut work, alpha * (n - 1) as f64);
    // alpha = 1 - confidence carries the rounding of the confidence: 0.01 x 500 must be the 5th, not the 6th.
    let rank = ((alpha * n as f64 - 1e-9).ceil().max(1.0) as usize).min(n);
    let (_, &mut order, _) = work.select_nth_unstable_by(rank - 1, f64::total_cmp);
    Ok(HistoricalTail {
        var_linear,
        var_order_statistic: -order,
        var_median_unbiased: -quantile_type8(returns, alpha)?,
        es_tail_mean: tail_mean(returns, var_linear),
        es_acerbi_tasche: worst_average(&mut work, alpha),
    })
}

/// Mean loss over the returns at or below `-var`; `var` itself when none is (rounding of an interpolated quantile).
pub(crate) fn tail_mean(returns: &[f64], var: f64) -> f64 {
    let tail: Vec<f64> = returns.iter().copied().filter(|&r| r <= -var).collect();
    if tail.is_empty() { var } else { -mean(&tail) }
}

fn worst_average(work: &mut [f64], alpha: f64) -> f64 {
    let n = work.len();
    let mass = alpha * n as f64;
    let whole = (mass.floor() as usize).min(n - 1);
    let (worse, &mut next, _) = work.select_nth_unstable_by(whole, f64::total_cmp);
    // Only the tail is sorted, so that the sum has one order whatever the input's.
    worse.sort_unstable_by(f64::total_cmp);
    -(pairwise_sum(worse) + (mass - whole as f64) * next) / mass
}

fn check(returns: &[f64], confidence: f64) -> Result<()> {
    checks::open_unit("confidence", confidence)?;
    checks::at_least(returns.len(), 1)?;
    checks::finite("returns", returns)
}
