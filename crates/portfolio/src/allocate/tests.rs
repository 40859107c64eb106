//! Books inside constraints.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;
use proptest::prelude::*;
use rust_decimal::Decimal;
use strategies::{Leg, StrategyId};

use super::*;
use crate::Weights;
use crate::construct::{Construction, Member, RiskModel, TargetPackage};

pub(super) const NAV: f64 = 10_000_000.0;
pub(super) const SIX: [&str; 6] = ["DI_1Y", "DI_2Y", "DI_5Y", "DI_10Y", "USDBRL", "DI_6M"];

pub(super) fn package(name: &str, strategy: &str, legs: &[(&str, f64)], weight: f64) -> TargetPackage {
    TargetPackage {
        name: name.to_owned(),
        legs: legs.iter().map(|(id, ratio)| Leg::new(id, *ratio)).collect(),
        weight,
        conviction: 0.5,
        members: vec![Member { strategy: strategy.into(), package: name.to_owned(), share: 1.0 }],
    }
}

/// A target of single-instrument packages whose instruments are uncorrelated, with 8 % volatility each.
pub(super) fn target(packages: Vec<TargetPackage>) -> Construction {
    let instruments: Vec<InstrumentId> = {
        let all = packages.iter().flat_map(|package| &package.legs).map(|leg| leg.instrument.clone());
        all.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    let variance = 0.08 * 0.08;
    let ratio = |package: &TargetPackage, id: &InstrumentId| {
        package.legs.iter().filter(|leg| leg.instrument == *id).map(|leg| leg.ratio).sum::<f64>()
    };
    let covariance = |a: &TargetPackage, b: &TargetPackage| {
        instruments.iter().map(|id| ratio(a, id) * ratio(b, id) * variance).sum::<f64>()
    };
    let package_covariance = packages.iter().map(|a| packages.iter().map(|b| covariance(a, b)).collect()).collect();
    let n = instruments.len();
    let instrument_covariance = (0..n).map(|i| (0..n).map(|j| if i == j { variance } else { 0.0 }).collect()).collect();
    let mut weights = Weights::new();
    for package in &packages {
        for (id, exposure) in package.exposures() {
            *weights.entry(id.clone()).or_default() += exposure;
        }
    }
    weights.retain(|_, weight| *weight != 0.0);
    Construction {
        risk_model: RiskModel {
            packages: packages.iter().map(|package| package.name.clone()).collect(),
            package_covariance,
            instruments,
            instrument_covariance,
            observations: 252,
            ..RiskModel::default()
        },
        packages,
        weights,
        ..Construction::default()
    }
}

pub(super) fn single(id: &str, strategy: &str, weight: f64) -> TargetPackage {
    package(id, strategy, &[(id, weight.signum())], weight.abs())
}

/// Default constraints without the risk cap and without costs.
pub(super) fn free() -> AllocateConfig {
    let cost_bp = SIX.iter().map(|id| (InstrumentId::new(id), 0.0)).collect();
    AllocateConfig { risk_contribution: None, cost_bp, ..AllocateConfig::default() }
}

fn allocate(config: &AllocateConfig, target: &Construction, held: &Weights) -> Allocation {
    let allocator = CapitalAllocator::new(config.clone()).unwrap();
    allocator.allocate(&AllocationInput::new(target, held, NAV)).unwrap()
}

pub(super) fn weights(pairs: &[(&str, f64)]) -> Weights {
    pairs.iter().map(|(id, weight)| (InstrumentId::new(id), *weight)).collect()
}

pub(super) fn weight(weights: &Weights, id: &str) -> f64 {
    weights.get(&InstrumentId::new(id)).copied().unwrap_or(0.0)
}

#[test]
fn a_target_inside_the_constraints_is_taken_whole() {
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
    let allocation = allocate(&free(), &target, &Weights::new());
    assert_eq!(allocation.weights, target.weights);
    assert!(allocation.adjustments.is_empty() && allocation.fallback.is_none() && allocation.rebalanced);
    assert_eq!(allocation.trades.len(), 2);
    assert_eq!(allocation.trades[0].notional, Decimal::from(2_000_000));
}

#[test]
fn a_single_name_above_its_cap_is_cut_to_it_and_the_constraint_is_named() {
    let target = target(vec![single("DI_5Y", "A", 0.40), single("USDBRL", "B", -0.10)]);
    let allocation = allocate(&free(), &target, &Weights::new());
    assert!((weight(&allocation.weights, "DI_5Y") - 0.25).abs() < 1e-9);
    assert!(weight(&allocation.weights, "DI_5Y") <= 0.25);
    assert!((weight(&allocation.weights, "USDBRL") + 0.10).abs() < 1e-6);
    let cut = &allocation.adjustments[0];
    assert_eq!((cut.package.as_str(), cut.binding.as_slice()), ("DI_5Y", &["single position DI_5Y".to_owned()][..]));
}

#[test]
fn an_asset_class_above_its_cap_is_cut_to_the_nearest_book() {
    // Three equal risks of 0.24 in one class of 0.50: by symmetry each gets a third of the cap.
    let three = ["DI_2Y", "DI_5Y", "DI_10Y"].map(|id| single(id, "A", 0.24));
    let allocation = allocate(&free(), &target(three.to_vec()), &Weights::new());
    for id in ["DI_2Y", "DI_5Y", "DI_10Y"] {
        assert!((weight(&allocation.weights, id) - 0.5 / 3.0).abs() < 1e-6);
    }
}

#[test]
fn a_spread_is_cut_whole_and_stays_hedged() {
    let spread = package("DI_2Y_5Y", "A", &[("DI_2Y", 1.8), ("DI_5Y", -1.0)], 0.30);
    let allocation = allocate(&free(), &target(vec![spread]), &Weights::new());
    let (two, five) = (weight(&allocation.weights, "DI_2Y"), weight(&allocation.weights, "DI_5Y"));
    assert!((two / five + 1.8).abs() < 1e-12);
    assert!((two - 0.25).abs() < 1e-9 && two <= 0.25);
}

#[test]
fn the_risk_contribution_cap_bounds_stand_alone_var() {
    let config = AllocateConfig { risk_contribution: Some(RiskContributionCap::default()), ..free() };
    let allocation = allocate(&config, &target(vec![single("USDBRL", "A", -0.25)]), &Weights::new());
    // 20 % of 3 % over 1.645 times 8 % / sqrt(252).
    let cap = 0.006 / (1.644_853_626_951_472_2 * 0.08 / 252.0_f64.sqrt());
    assert!(cap > 0.25, "{cap}: it does not bind at 8 % volatility");
    assert_eq!(weight(&allocation.weights, "USDBRL"), -0.25);
    let tight = RiskContributionCap { share: 0.10, ..RiskContributionCap::default() };
    let config = AllocateConfig { risk_contribution: Some(tight), single_position: 2.0, asset_class: 2.0, ..free() };
    let allocation = allocate(&config, &target(vec![single("USDBRL", "A", -1.0)]), &Weights::new());
    assert!((weight(&allocation.weights, "USDBRL") + cap / 2.0).abs() < 1e-6);
}

#[test]
fn nothing_wanted_trades_to_flat_whatever_the_size() {
    let held = weights(&[("DI_5Y", 0.20), ("USDBRL", 0.0001)]);
    let allocation = allocate(&AllocateConfig::default(), &Construction::default(), &held);
    assert!(allocation.weights.is_empty() && allocation.by_strategy.is_empty());
    assert_eq!(allocation.trades.len(), 2, "a closing trade is made however small");
    assert_eq!(allocation.trades[1].notional, Decimal::from(-1_000));
}

#[test]
fn nothing_wanted_and_nothing_held_is_cash() {
    let allocation = allocate(&AllocateConfig::default(), &Construction::default(), &Weights::new());
    assert!(!allocation.rebalanced && allocation.trades.is_empty() && allocation.weights.is_empty());
}

#[test]
fn a_book_within_the_drift_trigger_is_kept() {
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
    let held = weights(&[("DI_5Y", 0.196), ("USDBRL", -0.102)]);
    let allocation = allocate(&free(), &target, &held);
    assert_eq!(allocation.weights, held);
    assert!(!allocation.rebalanced && allocation.trades.is_empty());
    let risk_drift = allocation.risk_drift.unwrap();
    assert!((risk_drift - (0.004_f64.hypot(0.002) / 0.2_f64.hypot(0.1))).abs() < 1e-6);
}

#[test]
fn drift_beyond_the_trigger_rebalances() {
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
    let allocation = allocate(&free(), &target, &weights(&[("DI_5Y", 0.20), ("USDBRL", -0.08)]));
    assert!(allocation.rebalanced);
    assert!(allocation.reasons[0].contains("volatility exceeds"), "{:?}", allocation.reasons);
    assert!((weight(&allocation.weights, "USDBRL") + 0.10).abs() < 1e-6);
}

#[test]
fn a_held_book_beyond_a_limit_is_cut_even_when_the_drift_is_small() {
    let target = target(vec![single("DI_5Y", "A", 0.25), single("USDBRL", "B", -0.10)]);
    let allocation = allocate(&free(), &target, &weights(&[("DI_5Y", 0.251), ("USDBRL", -0.10)]));
    assert!(allocation.reasons[0].contains("breaches single position DI_5Y"));
    assert!(weight(&allocation.weights, "DI_5Y") <= 0.25);
    assert_eq!(allocation.trades.len(), 1, "the other trade is below the minimum");
}

#[test]
fn trades_below_the_minimum_are_not_made() {
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
    // 0.05 % of 10 million is 5,000: below the minimum of 10,000.
    let allocation = allocate(&free(), &target, &weights(&[("DI_5Y", 0.10), ("USDBRL", -0.0995)]));
    assert_eq!(allocation.trades.len(), 1);
    assert_eq!(weight(&allocation.weights, "USDBRL"), -0.0995);
}

#[test]
fn a_position_that_turns_sides_is_traded() {
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.0006)]);
    let allocation = allocate(&free(), &target, &weights(&[("DI_5Y", 0.20), ("USDBRL", 0.0002)]));
    assert!(allocation.reasons[0].contains("turns sides"));
    assert!(weight(&allocation.weights, "USDBRL") < 0.0);
}

#[test]
fn colliding_constraints_are_named_and_the_fallback_fits_the_caps() {
    let config = AllocateConfig { turnover: Some(0.05), ..free() };
    let target = target(vec![single("DI_5Y", "A", 0.40)]);
    // Held 0.60 must fall to 0.25 at least, which is more than the turnover allows.
    let allocation = allocate(&config, &target, &weights(&[("DI_5Y", 0.60)]));
    let fallback = allocation.fallback.unwrap();
    assert!(fallback.colliding.contains(&"turnover".to_owned()), "{:?}", fallback.colliding);
    assert!(fallback.colliding.contains(&"single position DI_5Y".to_owned()), "{:?}", fallback.colliding);
    assert!((fallback.scale - 0.625).abs() < 1e-12);
    assert_eq!(fallback.unsatisfied[0].constraint, Constraint::Turnover);
    assert!((weight(&allocation.weights, "DI_5Y") - 0.25).abs() < 1e-12);
}

#[test]
fn costs_are_by_instrument_and_never_negative() {
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
    let cost_bp = BTreeMap::from([(InstrumentId::new("DI_5Y"), 4.0), (InstrumentId::new("USDBRL"), 1.5)]);
    let allocation = allocate(&AllocateConfig { cost_bp, ..AllocateConfig::default() }, &target, &Weights::new());
    let [di, fx] = allocation.trades.as_slice() else { panic!("two trades") };
    // 4 bp of about 2 million, 1.5 bp of about 1 million.
    assert!(di.cost > Decimal::from(780) && di.cost <= Decimal::from(800), "{}", di.cost);
    assert!(fx.cost > Decimal::from(140) && fx.cost <= Decimal::from(150) && fx.notional < Decimal::ZERO);
    assert_eq!(allocation.cost, di.cost + fx.cost);
}

#[test]
fn books_of_netted_strategies_sum_to_the_net_weights() {
    let mut shared = single("DI_5Y", "A", 0.20);
    shared.members = vec![
        Member { strategy: "A".into(), package: "DI_5Y".into(), share: 1.5 },
        Member { strategy: "B".into(), package: "DI_5Y".into(), share: -0.5 },
    ];
    let allocation = allocate(&free(), &target(vec![shared]), &Weights::new());
    let book = |id: &str| weight(&allocation.by_strategy[&StrategyId::new(id)], "DI_5Y");
    assert!((book("A") - 0.30).abs() < 1e-12 && (book("B") + 0.10).abs() < 1e-12);
}

#[test]
fn nav_without_meaning_is_refused() {
    let allocator = CapitalAllocator::new(free()).unwrap();
    for nav in [0.0, -1.0, f64::NAN] {
        let (target, held) = (Construction::default(), Weights::new());
        assert!(allocator.allocate(&AllocationInput::new(&target, &held, nav)).is_err());
    }
}

fn assert_books_sum(allocation: &Allocation) {
    let mut sums = Weights::new();
    for book in allocation.by_strategy.values() {
        for (id, exposure) in book {
            *sums.entry(id.clone()).or_default() += exposure;
        }
    }
    for id in SIX {
        assert!((weight(&sums, id) - weight(&allocation.weights, id)).abs() < 1e-12, "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_book_satisfies_the_constraints_and_its_books_and_trades_add_up(
        wanted in prop::collection::vec(-1.5_f64..1.5, 6),
        held in prop::collection::vec(-0.4_f64..0.4, 6),
        hedge in 0.5_f64..3.0,
    ) {
        let mut packages: Vec<TargetPackage> =
            SIX.iter().zip(&wanted).filter(|(_, weight)| weight.abs() > 0.2).map(|(id, weight)| single(id, id, *weight)).collect();
        packages.push(package("SPREAD", "S", &[("DI_2Y", hedge), ("DI_5Y", -1.0)], 0.3));
        let target = target(packages);
        let held: Weights = SIX.iter().zip(&held).map(|(id, weight)| (InstrumentId::new(id), *weight)).collect();
        let allocation = allocate(&AllocateConfig::default(), &target, &held);

        prop_assert!(allocation.fallback.is_none());
        prop_assert!(allocation.constraints.iter().all(|used| !used.breached), "{:?}", allocation.constraints);
        let rates: f64 = allocation.weights.iter().filter(|(id, _)| id.as_str() != "USDBRL").map(|(_, w)| w.abs()).sum();
        prop_assert!(rates <= 0.5 + 1e-12);
        prop_assert!(allocation.weights.values().all(|weight| weight.abs() <= 0.25 + 1e-12 && weight.is_finite()));
        for id in SIX {
            let traded: f64 =
                allocation.trades.iter().filter(|trade| trade.instrument.as_str() == id).map(|trade| trade.delta).sum();
            prop_assert!((weight(&held, id) + traded - weight(&allocation.weights, id)).abs() < 1e-12);
            // Nobody wants it: it is not held.
            if weight(&target.weights, id) == 0.0 {
                prop_assert!(target.packages.iter().any(|p| p.legs.iter().any(|leg| leg.instrument.as_str() == id))
                    || weight(&allocation.weights, id) == 0.0);
            }
        }
        assert_books_sum(&allocation);
    }

    #[test]
    fn the_held_book_when_kept_is_split_among_the_strategies(shift in -0.004_f64..0.004) {
        let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
        let held = weights(&[("DI_5Y", 0.20 + shift), ("USDBRL", -0.10 + shift)]);
        let allocation = allocate(&free(), &target, &held);
        prop_assert!(!allocation.rebalanced);
        assert_books_sum(&allocation);
    }

    #[test]
    fn an_allocation_is_the_same_every_time(wanted in prop::collection::vec(0.0_f64..1.0, 3)) {
        let packages: Vec<TargetPackage> =
            SIX.iter().zip(&wanted).map(|(id, weight)| single(id, id, *weight + 0.01)).collect();
        let target = target(packages);
        let once = allocate(&AllocateConfig::default(), &target, &Weights::new());
        prop_assert_eq!(&once, &allocate(&AllocateConfig::default(), &target, &Weights::new()));
    }
}

#[test]
fn an_instrument_outside_the_universe_is_refused() {
    let held = weights(&[("NOPE", 0.1)]);
    let target = Construction::default();
    let error = CapitalAllocator::new(free()).unwrap().allocate(&AllocationInput::new(&target, &held, NAV));
    assert!(error.unwrap_err().to_string().contains("NOPE"));
}
