//! The nine limits, and what each is measured on.
//!
//! | limit | measured on |
//! |---|---|
//! | VaR 95, VaR 99 | one-day historical VaR of the book to be released |
//! | drawdown | loss from the reference peak that the breakers use; a re-arm resets both |
//! | gross leverage | sum of absolute exposures over NAV; for rates the exposure is notional |
//! | single position | largest absolute exposure of one instrument over NAV |
//! | asset class | largest sum of absolute exposures of one class over NAV (six classes at 50 % are the 3x of gross) |
//! | risk contribution | largest component VaR 95 over the VaR 95 **limit** |
//! | strategy, class daily loss | the held book's loss in each instrument's last session, over NAV |
//!
//! Exposure limits cap size, not risk: they bound what a model error can do. Risk is capped by VaR, by the contribution
//! and by the stresses. The allocator of the portfolio step keeps the same caps with the same definitions.
//!
//! Why the contribution is a share of the limit: as a share of the book's own VaR, a book of `n` positions always has
//! one with at least `1/n`, so that 20 % would forbid every book of four or fewer positions, however small. No single
//! position may use more than a fifth of the VaR that the desk may run: that is the rule meant, and it binds when size
//! does.
//!
//! A limit whose value cannot be computed is [`LimitStatus::NotComputed`]: a finding, never a pass. Where the worst of
//! several values counts and only some are known, a known breach is a breach; otherwise the limit is not computed.

use crate::config::LimitConfig;
use crate::drawdown::DrawdownStatus;
use crate::losses::Losses;
use crate::report::{ComponentRisk, Exposure, LimitCheck, LimitName, LimitStatus, Measure};

/// Excess over a limit that is rounding of a solver, not a breach.
const ROUNDING: f64 = 1e-6;

/// What the limits are checked against.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Exposures of the book to be released.
    pub exposure: &'a Exposure,
    /// Its largest single exposure, by name; `None` when it is flat.
    pub largest: Option<(&'a str, f64)>,
    /// Historical VaR 95.
    pub var_95: &'a Measure,
    /// Historical VaR 99.
    pub var_99: &'a Measure,
    /// Component VaR by position, or why there is none.
    pub components: Result<&'a [ComponentRisk], &'a str>,
    /// Where NAV stands.
    pub drawdown: &'a DrawdownStatus,
    /// Last session's losses by strategy.
    pub strategy_losses: &'a Losses,
    /// Last session's losses by asset class.
    pub class_losses: &'a Losses,
}

/// A value with the thing it belongs to.
struct Found {
    value: f64,
    subject: Option<String>,
    reason: String,
}

/// Checks all nine in their order.
pub fn check(facts: &Facts<'_>, config: &LimitConfig) -> Vec<LimitCheck> {
    LimitName::ALL.into_iter().map(|name| check_one(name, facts, config)).collect()
}

/// The limit in force.
pub fn limit(name: LimitName, config: &LimitConfig) -> f64 {
    match name {
        LimitName::Var95 => config.var_95,
        LimitName::Var99 => config.var_99,
        LimitName::Drawdown => config.drawdown,
        LimitName::GrossLeverage => config.gross_leverage,
        LimitName::SinglePosition => config.single_position,
        LimitName::AssetClass => config.asset_class,
        LimitName::RiskContribution => config.risk_contribution,
        LimitName::StrategyDailyLoss => config.strategy_daily_loss,
        LimitName::AssetClassDailyLoss => config.asset_class_daily_loss,
    }
}

fn check_one(name: LimitName, facts: &Facts<'_>, config: &LimitConfig) -> LimitCheck {
    let limit = limit(name, config);
    let found = match name {
        LimitName::Var95 => var(facts.var_95),
        LimitName::Var99 => var(facts.var_99),
        LimitName::Drawdown => drawdown(facts.drawdown),
        LimitName::GrossLeverage => Ok(gross(facts.exposure)),
        LimitName::SinglePosition => Ok(single(facts)),
        LimitName::AssetClass => Ok(class(facts.exposure)),
        LimitName::RiskContribution => contribution(facts),
        LimitName::StrategyDailyLoss => worst_loss(facts.strategy_losses, limit, "strategy"),
        LimitName::AssetClassDailyLoss => worst_loss(facts.class_losses, limit, "asset class"),
    };
    match found {
        Ok(found) => {
            let utilisation = found.value / limit;
            let status = if utilisation > 1.0 + ROUNDING {
                LimitStatus::Breached
            } else if utilisation >= config.soft_level {
                LimitStatus::Soft
            } else {
                LimitStatus::Within
            };
            LimitCheck {
                name,
                limit,
                value: Some(found.value),
                utilisation: Some(utilisation),
                status,
                breached: status == LimitStatus::Breached,
                subject: found.subject,
                reason: found.reason,
            }
        }
        Err(reason) => LimitCheck {
            name,
            limit,
            value: None,
            utilisation: None,
            status: LimitStatus::NotComputed,
            breached: false,
            subject: None,
            reason,
        },
    }
}

fn percent(value: f64) -> String {
    // 0.0 + x turns -0 into 0.
    format!("{:.2} %", 0.0 + value * 100.0)
}

fn var(measure: &Measure) -> Result<Found, String> {
    match (measure.value, &measure.reason) {
        (Some(value), _) => {
            let reason = format!("one-day historical VaR {} is {} of NAV", measure.confidence_pct, percent(value));
            Ok(Found { value, subject: None, reason })
        }
        (None, Some(reason)) => Err(reason.clone()),
        (None, None) => Err("no value and no reason".to_owned()),
    }
}

fn drawdown(status: &DrawdownStatus) -> Result<Found, String> {
    let value = status.drawdown.ok_or("the book has never been marked")?;
    Ok(Found { value, subject: None, reason: format!("NAV is {} below its reference peak", percent(value)) })
}

fn gross(exposure: &Exposure) -> Found {
    let reason = format!("exposures add up to {:.2} times NAV", exposure.gross);
    Found { value: exposure.gross, subject: None, reason }
}

fn single(facts: &Facts<'_>) -> Found {
    match facts.largest {
        None => Found { value: 0.0, subject: None, reason: "the book is flat".to_owned() },
        Some((name, value)) => {
            let reason = format!("the largest position, {name}, is {} of NAV", percent(value));
            Found { value, subject: Some(name.to_owned()), reason }
        }
    }
}

fn class(exposure: &Exposure) -> Found {
    let mut worst: Option<(String, f64)> = None;
    for (class, of_class) in &exposure.by_class {
        if worst.as_ref().is_none_or(|(_, value)| of_class.gross > *value) {
            worst = Some((class.to_string(), of_class.gross));
        }
    }
    match worst {
        None => Found { value: 0.0, subject: None, reason: "the book is flat".to_owned() },
        Some((name, value)) => {
            let reason = format!("the largest asset class, {name}, is {} of NAV gross", percent(value));
            Found { value, subject: Some(name), reason }
        }
    }
}

fn contribution(facts: &Facts<'_>) -> Result<Found, String> {
    let components = facts.components.map_err(str::to_owned)?;
    let mut worst: Option<&ComponentRisk> = None;
    for component in components {
        if worst.is_none_or(|other| component.share_of_limit > other.share_of_limit) {
            worst = Some(component);
        }
    }
    Ok(match worst {
        None => Found { value: 0.0, subject: None, reason: "the book is flat".to_owned() },
        Some(worst) => {
            let (name, value) = (worst.instrument.to_string(), worst.share_of_limit.max(0.0));
            let reason = format!("{name} uses {} of the VaR 95 limit", percent(value));
            Found { value, subject: Some(name), reason }
        }
    })
}

fn worst_loss(losses: &Losses, limit: f64, what: &str) -> Result<Found, String> {
    let mut worst: Option<(&str, f64)> = None;
    let mut missing = Vec::new();
    for (name, loss) in losses {
        match loss {
            Ok(loss) if worst.is_none_or(|(_, other)| *loss > other) => worst = Some((name, *loss)),
            Ok(_) => {}
            Err(why) => missing.push(format!("{name} ({why})")),
        }
    }
    if let Some((name, value)) = worst
        && (missing.is_empty() || value / limit > 1.0 + ROUNDING)
    {
        let reason = if value > 0.0 {
            format!("{what} {name} lost {} of NAV in its last session", percent(value))
        } else {
            format!("no {what} lost money in its last session")
        };
        let subject = (value > 0.0).then(|| name.to_owned());
        return Ok(Found { value: value.max(0.0), subject, reason });
    }
    match missing.is_empty() {
        true => Ok(Found { value: 0.0, subject: None, reason: "nothing was held".to_owned() }),
        false => Err(format!("the last session's loss is unknown of {}", missing.join(", "))),
    }
}

#[cfg(test)]
mod tests;
