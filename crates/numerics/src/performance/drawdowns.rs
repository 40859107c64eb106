//! Drawdowns of compounded wealth.

use crate::Result;
use crate::covariance::checks;

/// Path and statistics of drawdowns. The path is zero or negative; every statistic is a positive fraction of the peak.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawdown {
    /// Wealth over its running peak minus one after each return: zero or negative.
    pub path: Vec<f64>,
    /// Largest depth, 0 when wealth never falls.
    pub max_drawdown: f64,
    /// Wealth index (0 = start, before the first return) of the peak before the largest drawdown.
    pub peak_index: Option<usize>,
    /// Wealth index of its trough.
    pub trough_index: Option<usize>,
    /// First wealth index after the trough at or above the peak; `None` when not recovered.
    pub recovery_index: Option<usize>,
    /// Depth of every episode below a peak, deepest first.
    pub episode_depths: Vec<f64>,
    /// Root mean squared depth over the return dates (Martin 1987).
    pub ulcer_index: f64,
    /// Mean depth over the return dates.
    pub pain_index: f64,
    /// Longest time from a peak to its recovery, in periods; to the end of the sample when not recovered.
    pub longest_underwater: usize,
}

/// Drawdowns of simple returns compounded from wealth 1 BEFORE the first return.
///
/// Errors: no return, NaN, a return below -1 (`out_of_range`).
pub fn drawdown(returns: &[f64]) -> Result<Drawdown> {
    check_returns(returns)?;
    let mut wealth = 1.0_f64;
    let (mut peak, mut peak_at) = (1.0_f64, 0);
    let mut path = Vec::with_capacity(returns.len());
    let (mut deepest, mut from, mut to, mut level) = (0.0, None, None, 1.0);
    let mut recovery = None;
    let mut episodes: Vec<f64> = Vec::new();
    let (mut run, mut longest) = (0, 0);
    for (t, r) in returns.iter().enumerate() {
        wealth *= 1.0 + r;
        if wealth > peak {
            (peak, peak_at) = (wealth, t + 1);
        }
        let below = 1.0 - wealth / peak;
        path.push(0.0 - below);
        if below > 0.0 {
            run += 1;
            longest = longest.max(run);
            match episodes.last_mut() {
                Some(worst) if run > 1 => *worst = worst.max(below),
                _ => episodes.push(below),
            }
        } else {
            // The period of the recovery belongs to the episode.
            longest = longest.max(if run > 0 { run + 1 } else { 0 });
            run = 0;
        }
        if below > deepest {
            (deepest, from, to, level) = (below, Some(peak_at), Some(t + 1), peak);
            recovery = None;
        } else if to.is_some() && recovery.is_none() && wealth >= level {
            recovery = Some(t + 1);
        }
    }
    episodes.sort_by(|a, b| b.total_cmp(a));
    let n = returns.len() as f64;
    Ok(Drawdown {
        max_drawdown: deepest,
        peak_index: from,
        trough_index: to,
        recovery_index: recovery,
        episode_depths: episodes,
        ulcer_index: (path.iter().map(|d| d * d).sum::<f64>() / n).sqrt(),
        pain_index: -path.iter().sum::<f64>() / n + 0.0,
        longest_underwater: longest,
        path,
    })
}

/// At least one finite return, none below -1.
pub(crate) fn check_returns(returns: &[f64]) -> Result<()> {
    checks::at_least(returns.len(), 1)?;
    checks::finite("returns", returns)?;
    match returns.iter().find(|&&r| r < -1.0) {
        Some(r) => {
            Err(crate::NumericsError::OutOfRange { what: "returns", why: format!("a simple return cannot be {r}") })
        }
        None => Ok(()),
    }
}
