//! What must hold whatever the method.

use std::collections::BTreeMap;

use agents::{Regime, RegimeLabel};
use market::instruments::{InstrumentId, ReturnSeries};
use proptest::prelude::*;
use strategies::StrategyPosition;

use super::*;
use crate::testing::{market, position, run_date, series};
use crate::{PortfolioError, Weights};

const METHODS: [ConstructMethod; 6] = [
    ConstructMethod::EqualRiskContribution,
    ConstructMethod::InverseVolatility,
    ConstructMethod::MinimumVariance,
    ConstructMethod::MeanVariance,
    ConstructMethod::BlackLitterman,
    ConstructMethod::HierarchicalRiskParity,
];

const ESTIMATORS: [CovarianceEstimator; 3] =
    [CovarianceEstimator::LedoitWolf, CovarianceEstimator::Ewma, CovarianceEstimator::Sample];

type Returns = BTreeMap<InstrumentId, ReturnSeries>;

fn with(method: ConstructMethod) -> ConstructConfig {
    ConstructConfig { method, full_conviction: 0.0, fallback: Vec::new(), ..ConstructConfig::default() }
}

fn try_build(
    config: &ConstructConfig,
    positions: &[StrategyPosition],
    returns: &Returns,
    breaker_scale: f64,
) -> Result<Construction, PortfolioError> {
    PortfolioConstructor::new(config.clone())?.construct(&ConstructionInput {
        date: run_date(),
        positions,
        returns,
        consensus: &[],
        regime: Some(Regime { score: 0.5, label: RegimeLabel::RiskOn, confidence: 0.8 }),
        regime_state: RegimeScaleState::default(),
        sessions_elapsed: 1,
        breaker_scale,
    })
}

fn build(config: &ConstructConfig, positions: &[StrategyPosition], returns: &Returns) -> Construction {
    try_build(config, positions, returns, 1.0).unwrap()
}

fn four() -> Vec<StrategyPosition> {
    vec![
        position("A", "DI_5Y", &[("DI_5Y", 1.0)], 0.8, 0.9),
        position("B", "USDBRL", &[("USDBRL", -1.0)], 0.5, 0.6),
        position("C", "DI_1Y_2Y", &[("DI_1Y", 2.5), ("DI_2Y", -1.0)], 0.6, 0.5),
        position("D", "IBOV", &[("IBOV", 1.0)], 0.4, 0.7),
    ]
}

fn assert_same(one: &Weights, other: &Weights, scale: f64, tolerance: f64) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (id, weight) in one {
        assert!((weight - scale * other[id]).abs() <= tolerance * weight.abs(), "{id}: {weight} {}", other[id]);
    }
}

#[test]
fn every_method_and_estimator_keeps_signs_legs_and_the_volatility_target() {
    for method in METHODS {
        for covariance in ESTIMATORS {
            let config = ConstructConfig { covariance, ..with(method) };
            let construction = build(&config, &four(), &market());
            assert!((construction.volatility - 0.06).abs() < 1e-12, "{method}");
            assert_eq!(construction.method.as_ref().unwrap().used, method);
            assert_eq!(construction.stages[2].name, method.stage());
            let weight = |id: &str| construction.weights.get(&InstrumentId::new(id)).copied().unwrap_or(0.0);
            assert!(weight("DI_5Y") >= 0.0 && weight("USDBRL") <= 0.0 && weight("IBOV") >= 0.0, "{method}");
            assert!(weight("DI_1Y") >= 0.0 && (weight("DI_1Y") + 2.5 * weight("DI_2Y")).abs() < 1e-12);
            assert_eq!(construction.risk_model.estimator, covariance);
            let text = serde_json::to_string(&construction).unwrap();
            assert_eq!(serde_json::from_str::<Construction>(&text).unwrap(), construction);
        }
    }
}

#[test]
fn returns_twice_as_large_halve_the_weights_and_leave_the_risk() {
    let mut doubled = market();
    doubled.values_mut().flat_map(|series| &mut series.returns).for_each(|value| *value *= 2.0);
    for method in METHODS {
        let config = with(method);
        let (one, other) = (build(&config, &four(), &market()), build(&config, &four(), &doubled));
        assert_same(&other.weights, &one.weights, 0.5, 1e-6);
        assert!((one.volatility - other.volatility).abs() < 1e-12, "{method}");
    }
}

/// An instrument quoted in other units is the same exposure at risk: only its own weight changes. Minimum variance and
/// hierarchical risk parity are of exposure, and so is shrinkage: the others are tested on the sample covariance.
#[test]
fn one_instrument_in_other_units_changes_only_its_own_weight() {
    let mut rescaled = market();
    rescaled.get_mut(&InstrumentId::new("USDBRL")).unwrap().returns.iter_mut().for_each(|value| *value *= 4.0);
    let of_exposure = [ConstructMethod::MinimumVariance, ConstructMethod::HierarchicalRiskParity];
    for method in METHODS.into_iter().filter(|method| !of_exposure.contains(method)) {
        let config = ConstructConfig { covariance: CovarianceEstimator::Sample, ..with(method) };
        let (mut one, mut other) =
            (build(&config, &four(), &market()).weights, build(&config, &four(), &rescaled).weights);
        let fx = InstrumentId::new("USDBRL");
        let (before, after) = (one.remove(&fx).unwrap(), other.remove(&fx).unwrap());
        assert!((after - before / 4.0).abs() < 1e-7 * before.abs(), "{method}: {before} {after}");
        assert_same(&one, &other, 1.0, 1e-6);
    }
}

#[test]
fn a_package_held_twice_is_one_of_the_summed_conviction() {
    for method in METHODS {
        let config = with(method);
        let mut twice = four();
        twice[1].size = 0.2;
        twice.push(position("E", "USDBRL", &[("USDBRL", -1.0)], 0.3, 0.6));
        let (one, other) = (build(&config, &four(), &market()), build(&config, &twice, &market()));
        assert_same(&one.weights, &other.weights, 1.0, 1e-12);
        let members = &other.packages.iter().find(|package| package.name == "USDBRL").unwrap().members;
        assert_eq!(members.len(), 2);
        assert!((members[0].share - 0.4).abs() < 1e-12 && (members[1].share - 0.6).abs() < 1e-12);
    }
}

#[test]
fn no_position_comes_out_of_a_net_zero_or_of_nothing() {
    let mut cancelled = four();
    cancelled.push(position("E", "DI_5Y", &[("DI_5Y", -1.0)], 0.8, 0.9));
    for method in METHODS {
        let config = with(method);
        assert!(build(&config, &[], &market()).weights.is_empty(), "nothing known is cash");
        let construction = build(&config, &cancelled, &market());
        assert!(!construction.weights.contains_key(&InstrumentId::new("DI_5Y")), "{method}");
        assert!(construction.stages.iter().all(|stage| !stage.weights.contains_key(&InstrumentId::new("DI_5Y"))));
        assert!(try_build(&config, &four(), &market(), 0.0).unwrap().weights.is_empty(), "a flat breaker is flat");
    }
}

#[test]
fn one_package_is_scaled_to_the_target_by_every_method() {
    for method in METHODS {
        let construction = build(&with(method), &four()[1..2], &market());
        let variance = construction.risk_model.package_covariance[0][0];
        let weight = construction.weights[&InstrumentId::new("USDBRL")];
        assert!((weight + 0.06 / variance.sqrt()).abs() < 1e-12, "{method}");
    }
}

/// Two spreads whose returns are the same line: no inverse exists.
#[test]
fn identical_packages_degrade_or_fail_and_are_never_guessed() {
    let mut returns = market();
    let twin = ReturnSeries { instrument: InstrumentId::new("SPX"), ..returns[&InstrumentId::new("IBOV")].clone() };
    returns.insert(InstrumentId::new("SPX"), twin);
    let mut positions = four();
    positions.push(position("E", "SPX", &[("SPX", 1.0)], 0.4, 0.7));
    for method in [ConstructMethod::MinimumVariance, ConstructMethod::MeanVariance, ConstructMethod::BlackLitterman] {
        let config = ConstructConfig { covariance: CovarianceEstimator::Sample, ..with(method) };
        let refused = try_build(&config, &positions, &returns, 1.0).unwrap_err();
        assert!(matches!(refused, PortfolioError::NoMethod { .. }), "{refused}");

        let fallback = vec![ConstructMethod::EqualRiskContribution, ConstructMethod::None];
        let construction = build(&ConstructConfig { fallback, ..config }, &positions, &returns);
        let used = construction.method.unwrap();
        assert_eq!(used.used, ConstructMethod::EqualRiskContribution);
        let finding = used.finding().unwrap();
        assert!(finding.starts_with("the target is built by equal_risk_contribution: "), "{finding}");
        assert!(finding.contains(method.as_str()) && construction.notes.contains(&finding));
        assert_eq!(construction.stages[2].name, "equal_risk");
        let weight = |id: &str| construction.weights[&InstrumentId::new(id)];
        assert!((weight("IBOV") - weight("SPX")).abs() < 1e-9 * weight("IBOV"));
    }
    let solved = build(&with(ConstructMethod::EqualRiskContribution), &positions, &returns);
    assert_eq!(solved.method.unwrap().finding(), None);
}

#[test]
fn one_observation_no_variance_and_a_missing_value_drop_the_package_with_the_reason() {
    type Spoil = fn(&mut ReturnSeries);
    let spoilt: [(&str, Spoil); 3] = [
        ("1 common returns", |fx| *fx = series("USDBRL", 1, 0.011)),
        ("do not vary", |fx| fx.returns.iter_mut().for_each(|value| *value = 0.001)),
        ("a return of NaN", |fx| fx.returns[7] = f64::NAN),
    ];
    for (reason, spoil) in spoilt {
        let mut returns = market();
        spoil(returns.get_mut(&InstrumentId::new("USDBRL")).unwrap());
        for method in METHODS {
            let construction = build(&with(method), &four(), &returns);
            let [dropped] = construction.dropped.as_slice() else { panic!("{:?}", construction.dropped) };
            assert!(dropped.missing_data && dropped.reason.contains(reason), "{}", dropped.reason);
            assert_eq!(construction.risk_model.packages.len(), 3);
            let alone = build(&with(method), &four()[1..2], &returns);
            assert!(alone.weights.is_empty() && alone.dropped.len() == 1, "nothing known is cash");
        }
    }
}

#[test]
fn the_exponential_covariance_is_that_of_its_definition() {
    let config = ConstructConfig {
        covariance: CovarianceEstimator::Ewma,
        ewma_lambda: 0.9,
        ..with(ConstructMethod::InverseVolatility)
    };
    let returns = market();
    let construction = build(&config, &four()[..2], &returns);
    let line = |id: &str| &returns[&InstrumentId::new(id)].returns[260 - 252..];
    let (di, fx) = (line("DI_5Y"), line("USDBRL"));
    // The short side enters with its sign.
    let by_hand = di.iter().zip(fx).map(|(di, fx)| -di * fx).reduce(|state, product| 0.9 * state + 0.1 * product);
    let got = construction.risk_model.package_covariance[0][1];
    assert!((got - 252.0 * by_hand.unwrap()).abs() < 1e-12, "{got}");
    assert_eq!(construction.risk_model.shrinkage, 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_order_of_strategies_changes_nothing(
        order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
        method in prop::sample::select(&METHODS[..]),
    ) {
        let mut positions = four();
        positions.push(position("E", "DI_5Y", &[("DI_5Y", -1.0)], 0.3, 0.7));
        let shuffled: Vec<StrategyPosition> = order.iter().map(|&row| positions[row].clone()).collect();
        let config = with(method);
        prop_assert_eq!(build(&config, &positions, &market()), build(&config, &shuffled, &market()));
    }

    /// The mirror image of the positions is the mirror image of the book.
    #[test]
    fn opposite_positions_make_the_opposite_book(
        sizes in prop::collection::vec(0.05..1.0_f64, 4),
        method in prop::sample::select(&METHODS[..]),
    ) {
        let mut positions = four();
        positions.iter_mut().zip(&sizes).for_each(|(position, size)| position.size = *size);
        let mut mirrored = positions.clone();
        mirrored.iter_mut().flat_map(|position| &mut position.legs).for_each(|leg| leg.ratio = -leg.ratio);
        let config = with(method);
        let (one, other) = (build(&config, &positions, &market()), build(&config, &mirrored, &market()));
        assert_same(&one.weights, &other.weights, -1.0, 1e-12);
    }
}
