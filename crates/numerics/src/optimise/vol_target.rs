//! Volatility targeting without look-ahead (Moreira and Muir 2017).

use crate::Result;
use crate::covariance::checks;

/// Trading days in a year.
const YEAR: f64 = 252.0;

/// Rule of a volatility target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolTargetRule {
    /// Decay of the EWMA variance, in (0, 1).
    pub lambda: f64,
    /// Observations before the first volatility is published.
    pub warmup: usize,
    /// Annual volatility aimed at.
    pub target: f64,
    /// Largest leverage.
    pub cap: f64,
}

/// Volatility, leverage and return of the targeted position, `None` during the warm-up.
#[derive(Debug, Clone, PartialEq)]
pub struct VolTarget {
    /// Annualised EWMA volatility known at the close of each day.
    pub annual_vol: Vec<Option<f64>>,
    /// Leverage held during each day, from the volatility known the day before.
    pub leverage: Vec<Option<f64>>,
    /// Leverage times return.
    pub portfolio_return: Vec<Option<f64>>,
}

/// `leverage_t = min(cap, target / vol_{t-1})` with a zero-mean EWMA variance that starts, at observation `warmup`, from the
/// mean of the squared returns so far; zero volatility gives the cap. Shorter samples give no value at all.
///
/// `returns` are daily simple returns. Errors: empty, NaN, lambda outside (0, 1), warmup 0, target or cap <= 0.
pub fn vol_target(returns: &[f64], rule: VolTargetRule) -> Result<VolTarget> {
    checks::at_least(returns.len(), 1)?;
    checks::finite("returns", returns)?;
    checks::open_unit("lambda", rule.lambda)?;
    checks::positive("target", rule.target)?;
    checks::positive("cap", rule.cap)?;
    if rule.warmup == 0 {
        return Err(checks::invalid("warmup", "must be at least 1"));
    }
    let n = returns.len();
    let mut out = VolTarget { annual_vol: vec![None; n], leverage: vec![None; n], portfolio_return: vec![None; n] };
    let mut variance = returns.iter().take(rule.warmup).map(|r| r * r).sum::<f64>() / rule.warmup as f64;
    let mut known: Option<f64> = None;
    for (t, &r) in returns.iter().enumerate() {
        if let Some(vol) = known {
            let leverage = if vol > 0.0 { (rule.target / vol).min(rule.cap) } else { rule.cap };
            out.leverage[t] = Some(leverage);
            out.portfolio_return[t] = Some(leverage * r);
        }
        if t >= rule.warmup {
            variance = rule.lambda * variance + (1.0 - rule.lambda) * r * r;
        }
        if t + 1 >= rule.warmup {
            known = Some((YEAR * variance).sqrt());
            out.annual_vol[t] = known;
        }
    }
    Ok(out)
}
