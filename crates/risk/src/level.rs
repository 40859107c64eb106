//! The overall level and why: every fact that raises it is an alert, and the worst alert is the level.

use crate::drawdown::{BreakerLevel, BreakerState, DrawdownStatus};
use crate::report::{Alert, LimitCheck, LimitStatus, RiskLevel, StressResult, Unpriced};
use crate::stress::episodes::EpisodeResult;

/// What can raise the level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Findings<'a> {
    pub(crate) limits: &'a [LimitCheck],
    pub(crate) held_limits: &'a [LimitCheck],
    pub(crate) stress: &'a [StressResult],
    pub(crate) episodes: &'a [EpisodeResult],
    pub(crate) unpriced: &'a [Unpriced],
    pub(crate) breaker: &'a BreakerState,
    pub(crate) drawdown: &'a DrawdownStatus,
    /// Gross exposure of the book to be released.
    pub(crate) gross: f64,
    /// Loss of one scenario from which it is an alert: the drawdown limit.
    pub(crate) loss_bound: f64,
}

/// Every alert, most severe first, otherwise in the order limits, held limits, breaker, stress, prices.
pub(crate) fn alerts(findings: &Findings<'_>) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = findings.limits.iter().filter_map(of_limit).collect();
    alerts.extend(findings.held_limits.iter().filter_map(|check| of_held_limit(check, findings.limits)));
    alerts.extend(of_breaker(findings));
    let scenarios = findings.stress.iter().map(|result| (&result.scenario, result.pnl));
    for (name, pnl) in scenarios.chain(findings.episodes.iter().map(|result| (&result.name, result.pnl))) {
        if let Some(pnl) = pnl.filter(|pnl| -pnl >= findings.loss_bound) {
            let message = format!("{name} would lose {:.1} % of NAV", -pnl * 100.0);
            alerts.push(Alert { level: RiskLevel::High, about: "stress".to_owned(), message });
        }
    }
    alerts.extend(of_prices(findings.unpriced));
    // Stable: alerts of the same level keep their order.
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.level));
    alerts
}

/// The level of the worst alert with its sentence.
pub(crate) fn overall(alerts: &[Alert]) -> (RiskLevel, String) {
    match alerts.first() {
        Some(worst) => (worst.level, worst.message.clone()),
        None => (RiskLevel::Low, "every limit is computed and below its soft level".to_owned()),
    }
}

fn of_limit(check: &LimitCheck) -> Option<Alert> {
    let used = check.utilisation.map_or(0.0, |used| used * 100.0);
    let name = check.name.as_str();
    let (level, message) = match check.status {
        LimitStatus::Within => return None,
        LimitStatus::Soft => (RiskLevel::Moderate, format!("limit {name} is {used:.0} % used: {}", check.reason)),
        LimitStatus::NotComputed => (RiskLevel::High, format!("limit {name} is not computed: {}", check.reason)),
        LimitStatus::Waived => (RiskLevel::High, format!("limit {name} is WAIVED at {used:.0} %: {}", check.reason)),
        LimitStatus::Breached => {
            (RiskLevel::Critical, format!("limit {name} is breached at {used:.0} %: {}", check.reason))
        }
    };
    Some(Alert { level, about: name.to_owned(), message })
}

/// The held book is told where it stands worse than the book that replaces it: a breach that the trades cure, or a value
/// that is not known of what is held.
fn of_held_limit(check: &LimitCheck, target: &[LimitCheck]) -> Option<Alert> {
    let replaced = target.iter().find(|other| other.name == check.name);
    if replaced.is_some_and(|other| other.status >= check.status) {
        return None;
    }
    let name = check.name.as_str();
    let used = check.utilisation.map_or(0.0, |used| used * 100.0);
    let message = match check.status {
        LimitStatus::Within | LimitStatus::Soft => return None,
        LimitStatus::NotComputed => format!("limit {name} is not computed of the held book: {}", check.reason),
        LimitStatus::Waived => format!("limit {name} is WAIVED at {used:.0} % of the held book: {}", check.reason),
        LimitStatus::Breached => {
            format!("the held book breaches limit {name} at {used:.0} % until it is traded: {}", check.reason)
        }
    };
    Some(Alert { level: RiskLevel::High, about: name.to_owned(), message })
}

fn of_breaker(findings: &Findings<'_>) -> Option<Alert> {
    let (breaker, drawdown) = (findings.breaker, findings.drawdown);
    let level = match breaker.level {
        BreakerLevel::Clear => return None,
        BreakerLevel::Caution => RiskLevel::Moderate,
        BreakerLevel::Defensive => RiskLevel::High,
        BreakerLevel::Flat => RiskLevel::Critical,
    };
    let below = drawdown.drawdown.unwrap_or(0.0) * 100.0;
    let message = match breaker.level {
        BreakerLevel::Flat if findings.gross > 0.0 => {
            format!("the breakers are FLAT and the book is {:.2} times NAV", findings.gross)
        }
        BreakerLevel::Flat => "the breakers are FLAT: the book waits for a re-arm".to_owned(),
        _ => format!("NAV is {below:.1} % below its reference peak: the book is scaled by {}", drawdown.scale),
    };
    Some(Alert { level, about: "breaker".to_owned(), message })
}

/// One alert an instrument, however many scenarios miss it.
fn of_prices(unpriced: &[Unpriced]) -> Vec<Alert> {
    let mut named: Vec<&Unpriced> = Vec::new();
    for gap in unpriced {
        if named.iter().all(|other| other.instrument != gap.instrument) {
            named.push(gap);
        }
    }
    let alert = |gap: &Unpriced| Alert {
        level: RiskLevel::High,
        about: "unpriced".to_owned(),
        message: format!("{} is not priced for {}: {}", gap.instrument, gap.needed_for, gap.reason),
    };
    named.into_iter().map(alert).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::CheckedBook;
    use crate::report::LimitName;

    fn limit(status: LimitStatus) -> LimitCheck {
        LimitCheck {
            name: LimitName::Var95,
            book: CheckedBook::Target,
            soft_level: None,
            waiver: None,
            limit: 0.03,
            value: Some(0.0),
            utilisation: Some(0.9),
            status,
            breached: status == LimitStatus::Breached,
            subject: None,
            reason: "because".to_owned(),
        }
    }

    fn level(limits: &[LimitCheck], breaker: BreakerLevel, stress: Option<f64>) -> RiskLevel {
        let stress = stress.map(|pnl| StressResult {
            scenario: "s".to_owned(),
            description: String::new(),
            pnl: Some(pnl),
            by_position: Default::default(),
            explained: Default::default(),
            unpriced: Vec::new(),
        });
        let findings = Findings {
            limits,
            held_limits: &[],
            stress: stress.as_slice(),
            episodes: &[],
            unpriced: &[],
            breaker: &BreakerState { level: breaker, ..BreakerState::default() },
            drawdown: &DrawdownStatus::default(),
            gross: 0.0,
            loss_bound: 0.10,
        };
        overall(&alerts(&findings)).0
    }

    #[test]
    fn the_worst_fact_is_the_level() {
        use BreakerLevel::{Caution, Clear, Defensive, Flat};
        assert_eq!(level(&[], Clear, None), RiskLevel::Low);
        assert_eq!(level(&[limit(LimitStatus::Soft)], Clear, None), RiskLevel::Moderate);
        assert_eq!(level(&[], Caution, None), RiskLevel::Moderate);
        assert_eq!(level(&[limit(LimitStatus::Soft), limit(LimitStatus::NotComputed)], Clear, None), RiskLevel::High);
        assert_eq!(level(&[], Defensive, None), RiskLevel::High);
        assert_eq!(level(&[], Clear, Some(-0.10)), RiskLevel::High);
        assert_eq!(level(&[], Clear, Some(0.10)), RiskLevel::Low, "a gain is no alert");
        assert_eq!(level(&[limit(LimitStatus::Waived)], Clear, None), RiskLevel::High);
        assert_eq!(level(&[limit(LimitStatus::Breached)], Clear, None), RiskLevel::Critical);
        assert_eq!(level(&[], Flat, None), RiskLevel::Critical);
    }
}
