//! The limits, and what each is measured on.
//!
//! | limit | measured on |
//! |---|---|
//! | VaR 95, VaR 99 | one-day historical VaR |
//! | drawdown | loss from the reference peak that the breakers use; a re-arm resets both |
//! | gross leverage | sum of absolute exposures over NAV; for rates the exposure is notional |
//! | single position | largest absolute exposure of one instrument over NAV |
//! | asset class | largest sum of absolute exposures of one class over NAV (six classes at 50 % are the 3x of gross) |
//! | risk contribution | largest component VaR 95 over the VaR 95 **limit** |
//! | strategy, class daily loss | the held book's loss in each instrument's last session, over NAV |
//! | ES 95, ES 99 | one-day historical expected shortfall |
//! | currency exposure | absolute net FX delta |
//! | DV01 of a curve, of a bucket, CS01 | absolute net loss for a basis point, over NAV |
//! | liquidity days | sessions to close the least liquid position at the configured participation |
//! | stress loss | worst loss over the scenarios and the episodes that had ended by the run date |
//!
//! The first nine always hold, the others when the desk sets them. All are checked on the book to be released (drawdown
//! and daily losses: on what was held, which is all they can be of), and those that are of a book's positions once more on
//! the held book; each check says which book it is of.
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

mod config;
mod names;

use chrono::NaiveDate;
use market::instruments::RiskFactor;

pub use self::config::LimitConfig;
pub use self::names::{CheckedBook, LimitCheck, LimitName, LimitStatus, LimitUnit};
use crate::drawdown::DrawdownStatus;
use crate::exposures::FactorExposures;
use crate::liquidity::{Liquidation, Liquidity};
use crate::losses::Losses;
use crate::report::{ComponentRisk, Exposure, Measure};
use crate::stress::Worst;
use crate::waivers::{self, Waiver, WaiverEffect};

/// Excess over a limit that is rounding of a solver, not a breach.
const ROUNDING: f64 = 1e-6;

/// What the limits are checked against: one book.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its exposures.
    pub exposure: &'a Exposure,
    /// Its largest single exposure, by name; `None` when it is flat.
    pub largest: Option<(&'a str, f64)>,
    /// Historical VaR 95.
    pub var_95: &'a Measure,
    /// Historical VaR 99.
    pub var_99: &'a Measure,
    /// Historical ES 95.
    pub es_95: &'a Measure,
    /// Historical ES 99.
    pub es_99: &'a Measure,
    /// Component VaR by position, or why there is none.
    pub components: Result<&'a [ComponentRisk], &'a str>,
    /// What it gains and loses for small moves of the factors.
    pub factors: &'a FactorExposures,
    /// How long each position takes to close.
    pub liquidity: &'a [Liquidity],
    /// The worst stress.
    pub worst_stress: &'a Worst,
    /// Where NAV stands.
    pub drawdown: &'a DrawdownStatus,
    /// Last session's losses by strategy.
    pub strategy_losses: &'a Losses,
    /// Last session's losses by asset class.
    pub class_losses: &'a Losses,
}

/// What the limits are and what excuses them, on a date.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The limits.
    pub limits: &'a LimitConfig,
    /// Accepted breaches.
    pub waivers: &'a [Waiver],
    /// Date on which waivers are judged.
    pub date: NaiveDate,
}

/// A value with the thing it belongs to.
struct Found {
    value: f64,
    subject: Option<String>,
    reason: String,
}

/// Pre-trade: every limit in force, in their order. `facts` are of the book to be released, its drawdown and losses of
/// what was held.
pub fn check(facts: &Facts<'_>, rules: Rules<'_>) -> Vec<LimitCheck> {
    let in_force = rules.limits.in_force();
    in_force.map(|(name, limit)| check_one(name, limit, name.pre_trade_book(), facts, rules)).collect()
}

/// Post-trade: the limits on positions, of the held book.
pub fn check_held(facts: &Facts<'_>, rules: Rules<'_>) -> Vec<LimitCheck> {
    let on_positions = rules.limits.in_force().filter(|(name, _)| name.pre_trade_book() == CheckedBook::Target);
    on_positions.map(|(name, limit)| check_one(name, limit, CheckedBook::Held, facts, rules)).collect()
}

fn check_one(name: LimitName, limit: f64, book: CheckedBook, facts: &Facts<'_>, rules: Rules<'_>) -> LimitCheck {
    let found = match name {
        LimitName::Var95 => tail(facts.var_95, "VaR"),
        LimitName::Var99 => tail(facts.var_99, "VaR"),
        LimitName::Es95 => tail(facts.es_95, "ES"),
        LimitName::Es99 => tail(facts.es_99, "ES"),
        LimitName::Drawdown => drawdown(facts.drawdown),
        LimitName::GrossLeverage => Ok(gross(facts.exposure)),
        LimitName::SinglePosition => Ok(single(facts)),
        LimitName::AssetClass => Ok(class(facts.exposure)),
        LimitName::RiskContribution => contribution(facts),
        LimitName::StrategyDailyLoss => worst_loss(facts.strategy_losses, limit, "strategy"),
        LimitName::AssetClassDailyLoss => worst_loss(facts.class_losses, limit, "asset class"),
        LimitName::CurrencyExposure => currency(facts.factors),
        LimitName::Dv01BrlRates => per_bp(facts.factors, RiskFactor::BrlRates, "the Brazilian nominal curve"),
        LimitName::Dv01UsdRates => per_bp(facts.factors, RiskFactor::UsdRates, "the US curve"),
        LimitName::Dv01Bucket => bucket(facts.factors),
        LimitName::Cs01 => per_bp(facts.factors, RiskFactor::SovereignSpread, "the sovereign spread"),
        LimitName::LiquidityDays => liquidity(facts.liquidity, limit),
        LimitName::StressLoss => stress(facts.worst_stress, limit),
    };
    let soft_level = rules.limits.soft_level_of(name);
    let blank = LimitCheck {
        name,
        book,
        limit,
        soft_level: Some(soft_level),
        value: None,
        utilisation: None,
        status: LimitStatus::NotComputed,
        breached: false,
        subject: None,
        reason: String::new(),
        waiver: None,
    };
    let Found { value, subject, mut reason } = match found {
        Ok(found) if found.value.is_finite() => found,
        Ok(_) => return LimitCheck { reason: "the value is not a finite number".to_owned(), ..blank },
        Err(reason) => return LimitCheck { reason, ..blank },
    };
    let utilisation = value / limit;
    let over = utilisation > 1.0 + ROUNDING;
    let waiver = match over {
        true => waivers::of_breach(rules.waivers, rules.date, name, subject.as_deref(), utilisation),
        false => None,
    };
    if let Some(used) = &waiver {
        reason.push_str(&format!("; {}", used.text()));
    }
    let status = match &waiver {
        Some(used) if used.effect == WaiverEffect::Applied => LimitStatus::Waived,
        _ if over => LimitStatus::Breached,
        _ if utilisation >= soft_level => LimitStatus::Soft,
        _ => LimitStatus::Within,
    };
    LimitCheck {
        value: Some(value),
        utilisation: Some(utilisation),
        status,
        breached: status == LimitStatus::Breached,
        subject,
        reason,
        waiver,
        ..blank
    }
}

fn percent(value: f64) -> String {
    // 0.0 + x turns -0 into 0.
    format!("{:.2} %", 0.0 + value * 100.0)
}

fn tail(measure: &Measure, what: &str) -> Result<Found, String> {
    match (measure.value, &measure.reason) {
        (Some(value), _) => {
            let reason = format!("one-day historical {what} {} is {} of NAV", measure.confidence_pct, percent(value));
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

/// Whether a value is the worse of two; what is not a number is worse than any, so that it is seen and not computed with.
pub(crate) fn exceeds(value: f64, other: f64) -> bool {
    value > other || (value.is_nan() && !other.is_nan())
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
        if worst.as_ref().is_none_or(|(_, value)| exceeds(of_class.gross, *value)) {
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
        if !component.share_of_limit.is_finite() {
            return Err(format!("the contribution of {} is {}", component.instrument, component.share_of_limit));
        }
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
            Ok(loss) if !loss.is_finite() => missing.push(format!("{name} (it is {loss})")),
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

/// A sum over the positions is known only when each part is.
fn known(factors: &FactorExposures) -> Result<(), String> {
    match factors.unknown.as_slice() {
        [] => Ok(()),
        unknown => {
            let parts: Vec<String> = unknown.iter().map(|gap| format!("{} ({})", gap.instrument, gap.reason)).collect();
            Err(format!("no sensitivity of {}", parts.join(", ")))
        }
    }
}

fn currency(factors: &FactorExposures) -> Result<Found, String> {
    known(factors)?;
    let net = factors.net(RiskFactor::UsdBrl);
    let reason = format!("net dollars against reais are {} of NAV", percent(net));
    Ok(Found { value: net.abs(), subject: Some("USD".to_owned()), reason })
}

/// A fraction of NAV for a basis point, in millionths, in which desks speak of it.
fn millionths(value: f64) -> String {
    format!("{:.1} millionths of NAV", 0.0 + value * 1e6)
}

fn per_bp(factors: &FactorExposures, factor: RiskFactor, curve: &str) -> Result<Found, String> {
    known(factors)?;
    let net = factors.net(factor);
    let reason = format!("one basis point more on {curve} costs {}", millionths(net));
    Ok(Found { value: net.abs(), subject: None, reason })
}

fn bucket(factors: &FactorExposures) -> Result<Found, String> {
    known(factors)?;
    Ok(match factors.largest_bucket() {
        None => Found { value: 0.0, subject: None, reason: "no position depends on a curve".to_owned() },
        Some((name, net)) => {
            let reason = format!("the largest bucket, {name}, costs {} a basis point", millionths(net));
            Found { value: net.abs(), subject: Some(name), reason }
        }
    })
}

fn liquidity(positions: &[Liquidity], limit: f64) -> Result<Found, String> {
    let mut worst: Option<(&str, f64)> = None;
    let mut missing = Vec::new();
    for position in positions {
        match &position.liquidation {
            Liquidation::Days { days, .. } if !days.is_finite() => {
                missing.push(format!("{} (it is {days} sessions)", position.instrument));
            }
            Liquidation::Days { days, .. } if worst.is_none_or(|(_, other)| *days > other) => {
                worst = Some((position.instrument.as_str(), *days));
            }
            Liquidation::Days { .. } => {}
            Liquidation::Unknown { reason } => missing.push(format!("{} ({reason})", position.instrument)),
        }
    }
    match worst {
        Some((name, days)) if missing.is_empty() || days / limit > 1.0 + ROUNDING => {
            let reason = format!("{name} takes {days:.1} sessions to close");
            Ok(Found { value: days, subject: Some(name.to_owned()), reason })
        }
        None if missing.is_empty() => Ok(Found { value: 0.0, subject: None, reason: "the book is flat".to_owned() }),
        _ => Err(format!("how long it takes to close is unknown of {}", missing.join(", "))),
    }
}

/// A total that is missing may be the worst: only a breach that is known is known without it.
fn stress(worst: &Worst, limit: f64) -> Result<Found, String> {
    let counted = worst.counted();
    if !worst.missing.is_empty() && worst.loss / limit <= 1.0 + ROUNDING {
        return Err(format!("no total under {}; {counted}", worst.missing.join(", ")));
    }
    let reason = match &worst.name {
        Some(name) => format!("{name} would lose {} of NAV; {counted}", percent(worst.loss)),
        None => format!("no scenario loses money; {counted}"),
    };
    Ok(Found { value: worst.loss, subject: worst.name.clone(), reason })
}

#[cfg(test)]
mod tests;
