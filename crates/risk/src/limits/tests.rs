use market::instruments::{AssetClass, InstrumentId};
use proptest::prelude::*;

use super::*;
use crate::exposures::{BucketExposure, FactorExposure};
use crate::report::{ClassExposure, MeasureKind, Method, Unpriced};
use crate::stress::factors::MoveUnit;

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
    factors: FactorExposures,
    liquidity: Vec<Liquidity>,
    worst: Worst,
    config: LimitConfig,
    waivers: Vec<Waiver>,
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
            factors: FactorExposures::default(),
            liquidity: Vec::new(),
            worst: Worst::default(),
            config: LimitConfig::default(),
            waivers: Vec::new(),
        }
    }
}

impl Case {
    fn of(&self, name: LimitName) -> LimitCheck {
        self.all(check).into_iter().find(|c| c.name == name).unwrap()
    }

    fn all(&self, check: fn(&Facts<'_>, Rules<'_>) -> Vec<LimitCheck>) -> Vec<LimitCheck> {
        let drawdown = DrawdownStatus { drawdown: self.drawdown, ..DrawdownStatus::default() };
        let measure = measure(self.var);
        let facts = Facts {
            exposure: &self.exposure,
            largest: self.largest,
            var_95: &measure,
            var_99: &measure,
            es_95: &measure,
            es_99: &measure,
            components: self.components.as_deref().map_err(|why| *why),
            factors: &self.factors,
            liquidity: &self.liquidity,
            worst_stress: &self.worst,
            drawdown: &drawdown,
            strategy_losses: &self.strategies,
            class_losses: &Losses::new(),
        };
        let rules = Rules { limits: &self.config, waivers: &self.waivers, date: "2026-03-31".parse().unwrap() };
        check(&facts, rules)
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

#[test]
fn both_books_are_checked_and_each_check_says_which_it_is_of() {
    let case = Case::default();
    let (target, held) = (case.all(check), case.all(check_held));
    assert_eq!(target.iter().map(|c| c.name).collect::<Vec<_>>(), LimitName::ALL[..9]);
    for check in &target {
        assert_eq!(check.book, check.name.pre_trade_book());
    }
    assert_eq!(held.len(), 6, "what was lost is checked once");
    assert!(held.iter().all(|check| check.book == CheckedBook::Held));
}

#[test]
fn the_soft_level_of_one_limit_replaces_the_desks() {
    let config = LimitConfig { soft_levels: [(LimitName::Var95, 0.5)].into(), ..LimitConfig::default() };
    let case = Case { var: Some(0.016), config, ..Case::default() };
    assert_eq!(case.of(LimitName::Var95).status, LimitStatus::Soft);
    assert_eq!(case.of(LimitName::Var99).status, LimitStatus::Within);
}

fn waiver(until: &str, up_to_utilisation: f64) -> Waiver {
    Waiver {
        limit: LimitName::SinglePosition,
        subject: Some("IBOV".to_owned()),
        owner: "chief risk officer".to_owned(),
        reason: "index rebalance".to_owned(),
        until: until.parse().unwrap(),
        up_to_utilisation,
    }
}

#[test]
fn a_waived_breach_names_its_owner_and_blocks_nothing() {
    let of = |waiver| {
        let case = Case { largest: Some(("IBOV", 0.26)), waivers: vec![waiver], ..Case::default() };
        case.of(LimitName::SinglePosition)
    };
    let waived = of(waiver("2026-04-30", 1.10));
    assert_eq!((waived.status, waived.breached), (LimitStatus::Waived, false));
    assert_eq!(
        waived.reason,
        "the largest position, IBOV, is 26.00 % of NAV; waived by chief risk officer until 2026-04-30 up to 110 %: index \
         rebalance"
    );
    let expired = of(waiver("2026-03-30", 1.10));
    assert!(expired.breached && expired.reason.ends_with("the waiver of chief risk officer expired on 2026-03-30"));
    let exceeded = of(waiver("2026-04-30", 1.02));
    assert!(exceeded.breached, "{}", exceeded.reason);
    assert!(exceeded.reason.ends_with("beyond the waiver of chief risk officer, which covers up to 102 %"));
    assert_eq!(exceeded.waiver.map(|used| used.effect), Some(WaiverEffect::Exceeded));
}

fn every_limit() -> LimitConfig {
    LimitConfig {
        es_95: Some(0.04),
        es_99: Some(0.06),
        currency_exposure: Some(0.5),
        dv01_brl_rates_per_bp: Some(2e-4),
        dv01_usd_rates_per_bp: Some(2e-4),
        dv01_bucket_per_bp: Some(1e-4),
        cs01_per_bp: Some(1e-4),
        liquidity_days: Some(5.0),
        stress_loss: Some(0.15),
        ..LimitConfig::default()
    }
}

fn worst(loss: f64, missing: &[&str]) -> Worst {
    let missing = missing.iter().map(|name| (*name).to_owned()).collect();
    Worst { name: Some("covid_2020".to_owned()), loss, scenarios: 21, episodes: 4, missing }
}

/// A book that uses each of the added limits by the given share.
fn used(share: f64) -> Case {
    let factor = |unit, net: f64, buckets: &[(f64, f64)]| FactorExposure {
        unit,
        gross: net.abs(),
        net,
        buckets: buckets.iter().map(|&(years, net)| BucketExposure { years, gross: net.abs(), net }).collect(),
        by_position: Default::default(),
    };
    let by_factor = [
        (RiskFactor::BrlRates, factor(MoveUnit::Bp, -2e-4 * share, &[(2.0, -1e-4 * share), (5.0, -1e-4 * share)])),
        (RiskFactor::UsdRates, factor(MoveUnit::Bp, 2e-4 * share, &[])),
        (RiskFactor::SovereignSpread, factor(MoveUnit::Bp, 1e-4 * share, &[])),
        (RiskFactor::UsdBrl, factor(MoveUnit::Relative, -0.5 * share, &[])),
    ];
    let days = Liquidation::Days {
        days: 5.0 * share,
        contracts: 1.0,
        average_volume: 1.0,
        sessions: 21,
        of: vec!["DI1F27".to_owned()],
    };
    Case {
        var: Some(0.04 * share),
        factors: FactorExposures { by_factor: by_factor.into(), ..FactorExposures::default() },
        liquidity: vec![Liquidity { instrument: InstrumentId::new("DI_1Y"), liquidation: days }],
        worst: worst(0.15 * share, &[]),
        config: every_limit(),
        ..Case::default()
    }
}

#[test]
fn every_added_limit_is_measured_and_breaks() {
    for name in &LimitName::ALL[9..] {
        let (below, above) = (used(0.5).of(*name), used(1.6).of(*name));
        assert!(below.status == LimitStatus::Within, "{name:?}: {below:?}");
        assert!(above.breached, "{name:?}: {above:?}");
    }
    assert_eq!(used(1.1).of(LimitName::Dv01Bucket).subject.as_deref(), Some("BRL rates 2Y"));
    assert_eq!(used(1.1).of(LimitName::StressLoss).subject.as_deref(), Some("covid_2020"));
}

#[test]
fn an_added_limit_that_cannot_be_computed_is_no_pass() {
    let mut case = used(0.1);
    let gap = |needed_for: &str| Unpriced {
        instrument: InstrumentId::new("DI_5Y"),
        needed_for: needed_for.to_owned(),
        reason: "no curve".to_owned(),
    };
    case.factors.unknown = vec![gap("sensitivities")];
    let unknown = Liquidation::Unknown { reason: "no traded volume of UST_CASH is stored".to_owned() };
    case.liquidity.push(Liquidity { instrument: InstrumentId::new("UST_2Y"), liquidation: unknown });
    case.worst = worst(0.01, &["lehman_2008"]);
    for name in [
        LimitName::CurrencyExposure,
        LimitName::Dv01BrlRates,
        LimitName::Dv01UsdRates,
        LimitName::Dv01Bucket,
        LimitName::Cs01,
        LimitName::LiquidityDays,
        LimitName::StressLoss,
    ] {
        let check = case.of(name);
        assert_eq!((check.status, check.value), (LimitStatus::NotComputed, None), "{name:?}");
        assert!(!check.reason.is_empty());
    }
    let reason = case.of(LimitName::StressLoss).reason;
    assert_eq!(reason, "no total under lehman_2008; 21 scenarios and 4 episodes counted of 26");
    case.worst = worst(0.16, &["lehman_2008"]);
    assert!(case.of(LimitName::StressLoss).breached, "a known breach is a breach");
}

#[test]
fn what_is_not_a_number_is_no_value_whatever_comes_before_or_after_it() {
    let component = |id: &str, share_of_limit: f64| ComponentRisk {
        instrument: InstrumentId::new(id),
        weight: 0.1,
        marginal: 0.0,
        component: 0.0,
        share_of_book: None,
        share_of_limit,
        stand_alone: 0.0,
    };
    let days = |id: &str, days: f64| Liquidity {
        instrument: InstrumentId::new(id),
        liquidation: Liquidation::Days { days, contracts: 1.0, average_volume: 1.0, sessions: 21, of: Vec::new() },
    };
    let bucket = |years: f64, net: f64| BucketExposure { years, gross: net.abs(), net };
    for (first, second) in [(f64::NAN, 0.01), (0.01, f64::NAN)] {
        let gross = |gross: f64| ClassExposure { gross, net: gross };
        let by_class = [(AssetClass::Fx, gross(first)), (AssetClass::EquityIndex, gross(second))];
        let mut case = used(0.1);
        case.components = Ok(vec![component("IBOV", first), component("SPX", second)]);
        case.strategies = [("a".to_owned(), Ok(first)), ("b".to_owned(), Ok(second))].into();
        case.exposure = Exposure { gross: f64::NAN, net: 0.0, by_class: by_class.into() };
        case.liquidity = vec![days("DI_1Y", first), days("DI_2Y", second)];
        if let Some(curve) = case.factors.by_factor.get_mut(&RiskFactor::BrlRates) {
            curve.buckets = vec![bucket(2.0, first), bucket(5.0, second)];
        }
        for name in [
            LimitName::RiskContribution,
            LimitName::StrategyDailyLoss,
            LimitName::GrossLeverage,
            LimitName::AssetClass,
            LimitName::LiquidityDays,
            LimitName::Dv01Bucket,
        ] {
            let check = case.of(name);
            assert_eq!((check.status, check.value), (LimitStatus::NotComputed, None), "{name:?}: {check:?}");
            assert!(!check.reason.is_empty());
        }
    }
}

proptest! {
    #[test]
    fn lowering_a_limit_never_turns_a_breach_into_a_pass(
        share in 0.1..2.0_f64,
        cut in 0.1..1.0_f64,
        at in 0..LimitName::ALL.len(),
        ceiling in 1.01..1.5_f64,
    ) {
        let name = LimitName::ALL[at];
        let waivers = vec![Waiver { limit: name, subject: None, ..waiver("2026-12-31", ceiling) }];
        let before = Case { waivers: waivers.clone(), ..used(share) };
        let mut lowered = Case { waivers, ..used(share) };
        set(&mut lowered.config, name, before.config.limit(name).unwrap() * cut);
        let (before, after) = (before.of(name), lowered.of(name));
        prop_assert!(after.status >= before.status, "{:?}: {:?} then {:?}", name, before.status, after.status);
    }

    #[test]
    fn a_book_inside_all_limits_stays_inside_when_it_is_made_smaller(share in 0.1..1.0_f64, by in 0.0..1.0_f64) {
        let inside = |case: &Case| case.all(check).iter().all(|c| c.status < LimitStatus::NotComputed);
        prop_assume!(inside(&used(share)));
        prop_assert!(inside(&used(share * by)));
    }
}

fn set(config: &mut LimitConfig, name: LimitName, value: f64) {
    let key = name.as_str();
    let mut json = serde_json::to_value(&*config).unwrap();
    json[key] = serde_json::json!(value);
    *config = serde_json::from_value(json).unwrap();
}
