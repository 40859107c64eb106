//! The consistency check across agents.
//!
//! Agents measure different things and may disagree; some pairs of statements can hardly both be right. The later agent
//! of such a pair is trusted less, and the report says so. Scores are never changed.
//!
//! | earlier | later | contradiction |
//! |---|---|---|
//! | inflation pressure high | monetary: policy too tight (easing view) | cutting into rising inflation |
//! | inflation pressure low | monetary: policy too loose (tightening view) | hiking into falling inflation |
//! | fiscal stress high | fx: USD/BRL rich (long BRL) | a fiscal premium is being called cheap |

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentReport, Flag};

/// Parameters of the consistency check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsistencyParams {
    /// Both composites must exceed this in absolute value to contradict each other.
    pub threshold: f64,
    /// Largest share of confidence taken away, when both composites are at the end of their range and certain.
    pub max_discount: f64,
}

impl Default for ConsistencyParams {
    fn default() -> Self {
        Self { threshold: 0.25, max_discount: 0.5 }
    }
}

/// A pair of statements that contradict each other when `earlier * later * sign < 0`.
struct Rule {
    earlier: AgentId,
    later: AgentId,
    /// +1: the two scores should have the same sign; -1: opposite signs.
    sign: f64,
    text: &'static str,
}

const RULES: [Rule; 2] = [
    Rule {
        earlier: AgentId::Inflation,
        later: AgentId::Monetary,
        sign: 1.0,
        text: "the stance of policy is read against the direction of inflation pressure",
    },
    Rule {
        earlier: AgentId::Fiscal,
        later: AgentId::Fx,
        sign: -1.0,
        text: "USD/BRL is read against the direction of fiscal stress",
    },
];

/// Applies the rules to `report` in the light of the `earlier` reports: discounts the confidence of its signals of the
/// contradicting sign and of its composite by `max_discount * |earlier score| * earlier confidence`, and flags it.
pub fn review(report: &mut AgentReport, earlier: &[AgentReport], params: &ConsistencyParams) {
    for rule in RULES.iter().filter(|rule| rule.later == report.agent) {
        let Some(other) = earlier.iter().find(|other| other.agent == rule.earlier) else { continue };
        let (Some(before), Some(mut mine)) = (other.composite, report.composite) else { continue };
        let contradicts = before.score * mine.score * rule.sign < 0.0;
        if !contradicts || before.score.abs() < params.threshold || mine.score.abs() < params.threshold {
            continue;
        }
        let factor = 1.0 - (params.max_discount * before.score.abs() * before.confidence).clamp(0.0, 1.0);
        for signal in report.signals.iter_mut().filter(|signal| signal.score * mine.score > 0.0) {
            signal.diagnostics.insert("confidence_before_consistency".to_owned(), signal.confidence);
            signal.discount(factor);
        }
        mine.confidence *= factor;
        report.composite = Some(mine);
        report.flags.push(Flag::remark(format!(
            "consistency: {} ({} score {:+.2}, {} score {:+.2}); confidence multiplied by {factor:.2}",
            rule.text, rule.earlier, before.score, rule.later, mine.score
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;

    #[test]
    fn an_easing_view_under_rising_inflation_pressure_is_trusted_less() {
        let inflation = report(AgentId::Inflation, 0.8, 0.9);
        let mut monetary = report(AgentId::Monetary, -0.6, 0.7);
        review(&mut monetary, &[inflation], &ConsistencyParams::default());
        let factor = 1.0 - 0.5 * 0.8 * 0.9;
        assert!((monetary.composite.unwrap().confidence - 0.7 * factor).abs() < 1e-12);
        assert!((monetary.signals[0].confidence - 0.7 * factor).abs() < 1e-12);
        assert_eq!(monetary.composite.unwrap().score, -0.6);
        assert_eq!(monetary.flags[0].kind, crate::FlagKind::Remark);
        assert!(monetary.flags[0].text.starts_with("consistency: "));
    }

    #[test]
    fn agreement_weak_views_and_missing_reports_change_nothing() {
        let before = report(AgentId::Monetary, 0.6, 0.7);
        for earlier in [vec![report(AgentId::Inflation, 0.8, 0.9)], vec![report(AgentId::Inflation, -0.1, 0.9)], vec![]]
        {
            let mut after = before.clone();
            review(&mut after, &earlier, &ConsistencyParams::default());
            assert_eq!(after, before);
        }
    }
}
