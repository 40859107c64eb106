use market::instruments::AssetClass;

use super::*;
use crate::report::{ClassExposure, MeasureKind, Method};

fn measure(value: Option<f64>) -> Measure {
    Measure {
        kind: MeasureKind::Var,
        method: Method::Historical,
        confidence_pct: crate::Confidence::P95,
        horizon_days: 1,
        value,
        reason: value.is_none().then(|| "90 common sessions, 120 are needed at 95 %".to_owned()),
        basis: None,
    }
}

struct Case {
    exposure: Exposure,
    largest: Option<(&'static str, f64)>,
    var: Option<f64>,
    components: Result<Vec<ComponentRisk>, &'static str>,
    drawdown: Option<f64>,
    strategies: Losses,
}

impl Default for Case {
    fn default() -> Self {
        let fx = ClassExposure { gross: 0.1, net: 0.1 };
        Self {
            exposure: Exposure { gross: 0.1, net: 0.1, by_class: [(AssetClass::Fx, fx)].into() },
            largest: Some(("USDBRL", 0.1)),
            var: Some(0.01),
            components: Ok(Vec::new()),
            drawdown: Some(0.0),
            strategies: Losses::new(),
        }
    }
}

impl Case {
    fn of(&self, name: LimitName) -> LimitCheck {
        let drawdown = DrawdownStatus { drawdown: self.drawdown, ..DrawdownStatus::default() };
        let measure = measure(self.var);
        let facts = Facts {
            exposure: &self.exposure,
            largest: self.largest,
            var_95: &measure,
            var_99: &measure,
            components: self.components.as_deref().map_err(|why| *why),
            drawdown: &drawdown,
            strategy_losses: &self.strategies,
            class_losses: &Losses::new(),
        };
        let all = check(&facts, &LimitConfig::default());
        assert_eq!(all.iter().map(|c| c.name).collect::<Vec<_>>(), LimitName::ALL);
        all.into_iter().find(|c| c.name == name).unwrap()
    }
}

fn component(name: &str, share_of_limit: f64) -> ComponentRisk {
    ComponentRisk {
        instrument: name.into(),
        weight: 0.1,
        marginal: 0.0,
        component: share_of_limit * 0.03,
        share_of_book: None,
        share_of_limit,
        stand_alone: 0.0,
    }
}

#[test]
fn a_value_is_within_soft_or_breached() {
    for (var, status) in [
        (0.0239, LimitStatus::Within),
        (0.024, LimitStatus::Soft),
        (0.03, LimitStatus::Soft),
        (0.030_000_000_01, LimitStatus::Soft),
        (0.0301, LimitStatus::Breached),
    ] {
        let check = Case { var: Some(var), ..Case::default() }.of(LimitName::Var95);
        assert_eq!((check.status, check.breached), (status, status == LimitStatus::Breached), "{var}");
    }
}

#[test]
fn a_value_that_is_missing_is_never_a_pass() {
    let check = Case { var: None, ..Case::default() }.of(LimitName::Var95);
    assert_eq!((check.status, check.value, check.breached), (LimitStatus::NotComputed, None, false));
    assert_eq!(check.reason, "90 common sessions, 120 are needed at 95 %");
    let check = Case { drawdown: None, ..Case::default() }.of(LimitName::Drawdown);
    assert_eq!(check.status, LimitStatus::NotComputed);
}

#[test]
fn the_contribution_limit_lets_a_small_book_of_one_position_pass() {
    let small = Case { components: Ok(vec![component("USDBRL", 0.05)]), ..Case::default() };
    assert_eq!(
        small.of(LimitName::RiskContribution).status,
        LimitStatus::Within,
        "100 % of its own VaR, 5 % of the limit"
    );
    let large = Case { components: Ok(vec![component("A", -0.3), component("B", 0.21)]), ..Case::default() };
    let check = large.of(LimitName::RiskContribution);
    assert!(check.breached);
    assert_eq!(check.subject.as_deref(), Some("B"), "a hedge does not use risk");
}

#[test]
fn a_known_breach_counts_even_when_another_loss_is_unknown() {
    let unknown = ("b".to_owned(), Err("stale".to_owned()));
    let case =
        |loss| Case { strategies: Losses::from([("a".to_owned(), Ok(loss)), unknown.clone()]), ..Case::default() };
    assert!(case(0.021).of(LimitName::StrategyDailyLoss).breached);
    let check = case(0.001).of(LimitName::StrategyDailyLoss);
    assert_eq!(check.status, LimitStatus::NotComputed);
    assert_eq!(check.reason, "the last session's loss is unknown of b (stale)");
}

#[test]
fn a_gain_is_no_loss() {
    let case = Case { strategies: Losses::from([("a".to_owned(), Ok(-0.05))]), ..Case::default() };
    let check = case.of(LimitName::StrategyDailyLoss);
    assert_eq!((check.value, check.status), (Some(0.0), LimitStatus::Within));
}

#[test]
fn size_limits_name_what_is_largest() {
    let case = Case { largest: Some(("IBOV", 0.26)), ..Case::default() };
    let check = case.of(LimitName::SinglePosition);
    assert!(check.breached);
    assert_eq!(check.reason, "the largest position, IBOV, is 26.00 % of NAV");
    assert_eq!(Case::default().of(LimitName::AssetClass).subject.as_deref(), Some("fx"));
}
