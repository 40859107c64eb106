//! The stages on small books.

use std::collections::BTreeMap;

use agents::{Direction, Regime, RegimeLabel};
use market::instruments::{AssetClass, InstrumentId, ReturnSeries};
use proptest::prelude::*;
use strategies::StrategyPosition;

use super::*;
use crate::testing::{market, position, run_date, series};
use crate::{Consensus, Weights};

fn risk_on() -> Option<Regime> {
    Some(Regime { score: 0.5, label: RegimeLabel::RiskOn, confidence: 0.8 })
}

fn consensus(class: AssetClass, direction: Direction, exposure_scale: f64) -> Consensus {
    Consensus {
        asset_class: class,
        score: 0.3 * direction.sign(),
        direction,
        confidence: 0.5,
        dispersion: 0.1,
        weight_spoken: 1.0,
        conflicts: Vec::new(),
        contributions: Vec::new(),
        vetoed: exposure_scale < 1.0,
        exposure_scale,
    }
}

fn build_with(
    positions: &[StrategyPosition],
    returns: &BTreeMap<InstrumentId, ReturnSeries>,
    consensus: &[Consensus],
    breaker_scale: f64,
) -> Construction {
    let config = ConstructConfig { full_conviction: 0.0, ..ConstructConfig::default() };
    let input = ConstructionInput {
        date: run_date(),
        positions,
        returns,
        consensus,
        regime: risk_on(),
        regime_state: RegimeScaleState::default(),
        sessions_elapsed: 1,
        breaker_scale,
    };
    PortfolioConstructor::new(config).unwrap().construct(&input).unwrap()
}

fn build(positions: &[StrategyPosition]) -> Construction {
    build_with(positions, &market(), &[], 1.0)
}

fn stage<'c>(construction: &'c Construction, name: &str) -> &'c Weights {
    &construction.stages.iter().find(|stage| stage.name == name).unwrap().weights
}

fn weight(weights: &Weights, id: &str) -> f64 {
    weights.get(&InstrumentId::new(id)).copied().unwrap_or(0.0)
}

fn three() -> Vec<StrategyPosition> {
    vec![
        position("A", "DI_5Y", &[("DI_5Y", 1.0)], 0.8, 0.9),
        position("B", "USDBRL", &[("USDBRL", -1.0)], 0.5, 0.6),
        position("C", "DI_1Y_2Y", &[("DI_1Y", 2.5), ("DI_2Y", -1.0)], 0.6, 0.5),
    ]
}

#[test]
fn no_position_is_an_empty_target() {
    let construction = build(&[]);
    assert!(construction.weights.is_empty() && construction.packages.is_empty());
    assert_eq!(construction.volatility, 0.0);
}

#[test]
fn the_stages_are_kept_in_order() {
    let names: Vec<String> = build(&three()).stages.into_iter().map(|stage| stage.name).collect();
    let expected = [
        "net_positions",
        "risk_budgets",
        "equal_risk",
        "conviction_tilt",
        "conflict_dampening",
        "regime_scale",
        "volatility_target",
        "breaker_scale",
        "veto",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_packages_of_every_stage_make_up_its_weights() {
    let construction = build(&three());
    for stage in &construction.stages {
        let mut sums = Weights::new();
        for package in &construction.packages {
            for leg in &package.legs {
                *sums.entry(leg.instrument.clone()).or_default() += stage.packages[&package.name] * leg.ratio;
            }
        }
        assert_eq!(sums, stage.weights, "{}", stage.name);
    }
}

#[test]
fn one_package_is_scaled_to_the_volatility_target() {
    let construction = build(&three()[..1]);
    assert!((construction.volatility - 0.06).abs() < 1e-12);
    let by_hand = 0.06 / construction.risk_model.package_covariance[0][0].sqrt();
    assert!((weight(&construction.weights, "DI_5Y") - by_hand).abs() < 1e-12);
}

#[test]
fn the_equal_risk_stage_gives_equal_risk_contributions() {
    let construction = build(&three());
    let model = &construction.risk_model;
    // Units of each package from the weight of its unit leg.
    let equal = stage(&construction, "equal_risk");
    let units: Vec<f64> = model
        .packages
        .iter()
        .map(|name| match name.as_str() {
            "DI_1Y_2Y" => weight(equal, "DI_2Y").abs(),
            name => weight(equal, name).abs(),
        })
        .collect();
    let variance = model.volatility(&units).powi(2);
    for (row, unit) in model.package_covariance.iter().zip(&units) {
        let marginal: f64 = row.iter().zip(&units).map(|(value, other)| value * other).sum();
        assert!((unit * marginal / variance - 1.0 / 3.0).abs() < 1e-8);
    }
}

#[test]
fn the_tilt_gives_more_to_conviction() {
    let construction = build(&three());
    let share = |name: &str| {
        let weights = stage(&construction, name);
        weight(weights, "DI_5Y") / weight(weights, "USDBRL").abs()
    };
    assert!(share("conviction_tilt") > share("equal_risk"));
}

#[test]
fn signs_follow_the_positions_and_legs_keep_their_ratio() {
    let weights = build(&three()).weights;
    assert!(weight(&weights, "DI_5Y") > 0.0 && weight(&weights, "USDBRL") < 0.0);
    assert!((weight(&weights, "DI_1Y") / weight(&weights, "DI_2Y") + 2.5).abs() < 1e-12);
}

#[test]
fn opposing_positions_of_equal_conviction_net_to_nothing() {
    let positions = [
        position("A", "DI_5Y", &[("DI_5Y", 1.0)], 0.6, 0.5),
        position("B", "DI_5Y", &[("DI_5Y", -1.0)], 0.5, 0.6),
        position("C", "USDBRL", &[("USDBRL", 1.0)], 0.5, 0.6),
    ];
    let construction = build(&positions);
    assert_eq!(weight(&construction.weights, "DI_5Y"), 0.0);
    assert_eq!(construction.dropped.len(), 1);
    assert!(!construction.dropped[0].missing_data);
    assert!((construction.volatility - 0.06).abs() < 1e-12, "the rest takes the risk");
}

#[test]
fn the_larger_of_two_opposing_positions_leaves_its_side_and_shares_sum_to_one() {
    let positions =
        [position("A", "DI_5Y", &[("DI_5Y", 1.0)], 0.6, 1.0), position("B", "DI_5Y", &[("DI_5Y", -1.0)], 0.2, 1.0)];
    let construction = build(&positions);
    let package = &construction.packages[0];
    assert_eq!(package.legs[0].ratio, 1.0);
    assert!((package.conviction - 0.4).abs() < 1e-12);
    let shares: Vec<f64> = package.members.iter().map(|member| member.share).collect();
    assert!((shares[0] - 1.5).abs() < 1e-12 && (shares[1] + 0.5).abs() < 1e-12);
}

#[test]
fn the_same_spread_of_two_strategies_is_one_package() {
    let steepener = [("DI_2Y", 2.1), ("DI_5Y", -1.0)];
    let flattener = [("DI_2Y", -2.1), ("DI_5Y", 1.0)];
    let positions = [position("A", "CURVE", &steepener, 0.6, 1.0), position("B", "SLOPE", &flattener, 0.2, 1.0)];
    let construction = build(&positions);
    assert_eq!(construction.packages.len(), 1);
    let package = &construction.packages[0];
    assert!((package.conviction - 0.4).abs() < 1e-12);
    assert!(package.legs[0].ratio > 0.0 && package.legs[1].ratio == -1.0, "still the steepener");
}

#[test]
fn an_opposed_package_is_dampened_and_a_spread_has_no_side() {
    let opposing = [consensus(AssetClass::NominalRates, Direction::Short, 1.0)];
    let free = build(&three());
    let dampened = build_with(&three(), &market(), &opposing, 1.0);
    assert!((weight(&dampened.weights, "DI_5Y") / weight(&free.weights, "DI_5Y") - 0.6).abs() < 1e-12);
    assert_eq!(dampened.opposed, BTreeMap::from([("DI_5Y".to_owned(), AssetClass::NominalRates)]));
    assert_eq!(weight(&dampened.weights, "DI_2Y"), weight(&free.weights, "DI_2Y"));
    assert_eq!(weight(&dampened.weights, "USDBRL"), weight(&free.weights, "USDBRL"));
    assert!(dampened.volatility < free.volatility, "dampening cuts risk and is not scaled away");
}

#[test]
fn veto_and_breaker_scale_the_book() {
    let free = build(&three());
    let vetoed: Vec<Consensus> =
        AssetClass::ALL.into_iter().map(|class| consensus(class, Direction::Neutral, 0.5)).collect();
    let vetoed = build_with(&three(), &market(), &vetoed, 1.0);
    let broken = build_with(&three(), &market(), &[], 0.75);
    for id in ["DI_5Y", "USDBRL", "DI_2Y"] {
        assert!((weight(&vetoed.weights, id) / weight(&free.weights, id) - 0.5).abs() < 1e-12);
        assert!((weight(&broken.weights, id) / weight(&free.weights, id) - 0.75).abs() < 1e-12);
    }
    assert!(build_with(&three(), &market(), &[], 0.0).weights.is_empty(), "a flat breaker is a flat book");
}

#[test]
fn one_weak_idea_does_not_get_the_whole_risk() {
    let weak = [position("A", "DI_5Y", &[("DI_5Y", 1.0)], 0.5, 0.5)];
    let returns = market();
    let input = ConstructionInput {
        date: run_date(),
        positions: &weak,
        returns: &returns,
        consensus: &[],
        regime: risk_on(),
        regime_state: RegimeScaleState::default(),
        sessions_elapsed: 1,
        breaker_scale: 1.0,
    };
    let construction = PortfolioConstructor::new(ConstructConfig::default()).unwrap().construct(&input).unwrap();
    assert!((construction.volatility - 0.25 * 0.06).abs() < 1e-12);
}

#[test]
fn a_package_without_history_is_dropped_with_the_reason_and_the_rest_goes_on() {
    let mut returns = market();
    returns.insert(InstrumentId::new("DI_5Y"), series("DI_5Y", 40, 0.006));
    let construction = build_with(&three(), &returns, &[], 1.0);
    assert_eq!(construction.dropped.len(), 1);
    assert!(construction.dropped[0].missing_data && construction.dropped[0].package == "DI_5Y");
    assert!(construction.dropped[0].reason.contains("40 common returns"), "{}", construction.dropped[0].reason);
    assert_eq!(construction.packages.len(), 2);
    returns.remove(&InstrumentId::new("USDBRL"));
    let construction = build_with(&three(), &returns, &[], 1.0);
    assert_eq!(construction.dropped.len(), 2);
}

#[test]
fn stale_or_still_returns_drop_the_package() {
    let mut returns = market();
    let di = returns.get_mut(&InstrumentId::new("DI_5Y")).unwrap();
    di.returns.iter_mut().for_each(|value| *value = 0.0);
    let fx = returns.get_mut(&InstrumentId::new("USDBRL")).unwrap();
    fx.dates.truncate(200);
    fx.returns.truncate(200);
    let construction = build_with(&three(), &returns, &[], 1.0);
    let reasons: Vec<&str> = construction.dropped.iter().map(|dropped| dropped.reason.as_str()).collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.iter().any(|reason| reason.contains("older than")));
    assert!(reasons.contains(&"its returns do not vary"));
}

#[test]
fn too_few_common_dates_drop_the_shortest_history() {
    let mut returns = market();
    let mut fx = series("USDBRL", 70, 0.011);
    // Dates that fall between those of the others for most of its history.
    fx.dates = (0..70).map(|row| run_date() - chrono::Days::new(4 * (69 - row))).collect();
    returns.insert(InstrumentId::new("USDBRL"), fx);
    let construction = build_with(&three(), &returns, &[], 1.0);
    assert!(construction.dropped.is_empty() || construction.dropped[0].package == "USDBRL");
    assert!(construction.risk_model.observations >= 60);
}

#[test]
fn an_unknown_regime_is_noted_and_cautious() {
    let returns = market();
    let positions = three();
    let input = ConstructionInput {
        date: run_date(),
        positions: &positions,
        returns: &returns,
        consensus: &[],
        regime: None,
        regime_state: RegimeScaleState::default(),
        sessions_elapsed: 1,
        breaker_scale: 1.0,
    };
    let construction = PortfolioConstructor::new(ConstructConfig::default()).unwrap().construct(&input).unwrap();
    assert_eq!(construction.regime_scale, 0.4);
    assert!(construction.notes[0].contains("regime is not known"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_positions_changes_nothing(order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle()) {
        let mut positions = three();
        positions.push(position("D", "DI_5Y", &[("DI_5Y", -1.0)], 0.3, 0.7));
        positions.push(position("E", "IBOV", &[("IBOV", 1.0)], 0.4, 0.4));
        let shuffled: Vec<StrategyPosition> = order.iter().map(|&row| positions[row].clone()).collect();
        prop_assert_eq!(build(&positions), build(&shuffled));
    }
}
