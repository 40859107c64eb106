//! Whole lots, trades in contracts, virtual books and the fallback chain.

use std::collections::BTreeMap;

use market::instruments::{Currency, Instrument, InstrumentId, find};
use proptest::prelude::*;
use rust_decimal::Decimal;
use strategies::StrategyId;

use super::tests::{NAV, SIX, free, package, single, target, weight, weights};
use super::*;
use crate::Weights;
use crate::construct::{Construction, Member};

fn quote(price: f64) -> ContractQuote {
    ContractQuote { price, rate: Some(0.140_72), fx: 1.0 }
}

/// Prices near those of March 2026.
fn quotes() -> Quotes {
    let prices =
        [("DI_6M", 93_600.0), ("DI_1Y", 87_500.5), ("DI_2Y", 76_900.0), ("DI_5Y", 52_100.0), ("DI_10Y", 26_400.0)];
    let mut quoted: BTreeMap<InstrumentId, ContractQuote> =
        prices.into_iter().map(|(id, price)| (InstrumentId::new(id), quote(price))).collect();
    quoted.insert("USDBRL".into(), ContractQuote { price: 5.2513, rate: None, fx: 1.0 });
    quoted.insert("SPX".into(), ContractQuote { price: 6_000.0, rate: None, fx: 5.25 });
    Quotes { quoted, ..Quotes::default() }
}

fn allocate(config: &AllocateConfig, target: &Construction, held: &Weights, quotes: &Quotes) -> Allocation {
    let input = AllocationInput { quotes, ..AllocationInput::new(target, held, NAV) };
    CapitalAllocator::new(config.clone()).unwrap().allocate(&input).unwrap()
}

#[test]
fn a_weight_is_rounded_to_whole_lots_and_the_rest_is_shown() {
    // A lot is 5 contracts of 87,500.50: 4.375025 % of 10 million. 20 % is 4.57 lots.
    let target = target(vec![single("DI_1Y", "A", 0.20)]);
    let allocation = allocate(&free(), &target, &Weights::new(), &quotes());
    let position = allocation.lots.as_ref().unwrap().position(&"DI_1Y".into()).unwrap();
    assert_eq!((position.contracts, position.lot, position.contract.as_str()), (25, 5, "DI1"));
    assert!((position.weight - 0.218_751_25).abs() < 1e-15 && (position.residual + 0.018_751_25).abs() < 1e-12);
    assert_eq!(position.residual_money, Decimal::new(-18_751_250, 2));
    assert_eq!(weight(&allocation.weights, "DI_1Y"), position.weight);
    assert_eq!(weight(&allocation.attainable, "DI_1Y"), 0.20);
    let order = allocation.trades[0].order.as_ref().unwrap();
    assert_eq!((order.side, order.lots, order.contracts), (Side::Buy, 5, 25));
    assert_eq!(order.notional, Decimal::new(218_751_250, 2));
    // 14.072 % on a tick of 0.005.
    assert_eq!(order.limit, Some(Decimal::new(1407, 2)));
    assert_eq!(order.limit_unit, "% p.a.");
    assert_eq!(order.residual, 0.0);
}

#[test]
fn rounding_up_never_breaks_a_cap() {
    // 25 % is 5.71 lots: six would be 26.25 %.
    let target = target(vec![single("DI_1Y", "A", 0.40)]);
    let allocation = allocate(&free(), &target, &Weights::new(), &quotes());
    assert_eq!(allocation.lots.as_ref().unwrap().positions[0].contracts, 25);
    assert!(allocation.constraints.iter().all(|used| !used.breached));
}

#[test]
fn lots_that_are_only_shown_leave_the_weights() {
    let config = AllocateConfig { lots: LotMode::Shown, ..free() };
    let target = target(vec![single("DI_1Y", "A", 0.20)]);
    let allocation = allocate(&config, &target, &Weights::new(), &quotes());
    assert_eq!(weight(&allocation.weights, "DI_1Y"), 0.20);
    let order = allocation.trades[0].order.as_ref().unwrap();
    assert_eq!(order.contracts, 25);
    assert!((order.residual + 0.018_751_25).abs() < 1e-12);
    assert_eq!(order.residual_money, Decimal::new(-18_751_250, 2));
}

#[test]
fn an_instrument_without_a_quote_is_listed_and_has_no_contracts() {
    let mut quotes = quotes();
    quotes.quoted.remove(&InstrumentId::new("USDBRL"));
    quotes.missing.insert("USDBRL".into(), "no PTAX".to_owned());
    let target = target(vec![single("DI_1Y", "A", 0.20), single("USDBRL", "B", -0.10)]);
    let allocation = allocate(&free(), &target, &Weights::new(), &quotes);
    let lots = allocation.lots.as_ref().unwrap();
    assert_eq!(lots.unquoted, [Unquoted { instrument: "USDBRL".into(), reason: "no PTAX".to_owned() }]);
    assert_eq!(weight(&allocation.weights, "USDBRL"), -0.10);
    let trade = allocation.trades.iter().find(|trade| trade.instrument.as_str() == "USDBRL").unwrap();
    assert_eq!(trade.order, None);
}

#[test]
fn less_than_half_a_lot_is_no_position_and_dollars_are_worth_their_price() {
    // One S&P contract is 50 x 6,000 x 5.25 = 1,575,000 BRL: 15.75 % of NAV.
    let target_of = |weight: f64| target(vec![single("SPX", "A", weight), single("DI_1Y", "A", 0.10)]);
    let small = allocate(&free(), &target_of(0.07), &Weights::new(), &quotes());
    assert_eq!(weight(&small.weights, "SPX"), 0.0);
    let rest = small.lots.as_ref().unwrap().position(&"SPX".into()).unwrap().residual;
    assert_eq!(rest, weight(&small.attainable, "SPX"));
    // The cost of trading holds back a little of the 7 %.
    assert!(rest > 0.069 && rest <= 0.07, "{rest}");
    let larger = allocate(&free(), &target_of(0.09), &Weights::new(), &quotes());
    assert!((weight(&larger.weights, "SPX") - 0.1575).abs() < 1e-15);
}

#[test]
fn a_drift_of_less_than_a_lot_is_not_traded() {
    let target = target(vec![single("DI_1Y", "A", 0.20), single("USDBRL", "B", -0.13)]);
    let first = allocate(&free(), &target, &Weights::new(), &quotes());
    // The market moved DI by 1 %: the contracts are the same.
    let moved: Weights = first.weights.iter().map(|(id, weight)| (id.clone(), weight * 1.01)).collect();
    let next = allocate(&AllocateConfig { drift_trigger: 0.001, ..free() }, &target, &moved, &quotes());
    assert!(next.trades.is_empty() && next.weights == moved, "{:?}", next.trades);
}

#[test]
fn a_constraint_that_no_lots_meet_leaves_the_weights_of_the_optimum() {
    // A band narrower than a lot of 4.375 %.
    let bounds = BTreeMap::from([("DI_1Y".into(), Band { lower: Some(0.15), upper: Some(0.16) })]);
    let config = AllocateConfig { bounds, ..free() };
    let allocation = allocate(&config, &target(vec![single("DI_1Y", "A", 0.20)]), &Weights::new(), &quotes());
    let lots = allocation.lots.as_ref().unwrap();
    assert_eq!(lots.breached[0].constraint, Constraint::Bounds { instrument: "DI_1Y".into() });
    assert!(!lots.released());
    assert!((weight(&allocation.weights, "DI_1Y") - 0.16).abs() < 1e-7);
    assert!(
        allocation.trades.len() == 1 && allocation.trades[0].order.is_none(),
        "any contracts would breach the band"
    );
}

#[test]
fn an_order_that_is_only_shown_keeps_the_caps_that_its_lots_kept() {
    // 20 % is 4.57 lots: the nearest five are 21.9 %, above the cap that the lots keep.
    let config = AllocateConfig { lots: LotMode::Shown, single_position: 0.20, ..free() };
    let target = target(vec![single("DI_1Y", "A", 0.30)]);
    let allocation = allocate(&config, &target, &Weights::new(), &quotes());
    let position = allocation.lots.as_ref().unwrap().position(&"DI_1Y".into()).unwrap();
    let order = allocation.trades[0].order.as_ref().unwrap();
    assert_eq!((position.contracts, order.contracts, order.lots), (20, 20, 4));
    assert!((weight(&allocation.weights, "DI_1Y") - 0.20).abs() < 1e-6);
    assert!((order.residual - position.residual).abs() < 1e-12, "{} {}", order.residual, position.residual);
}

#[test]
fn colliding_bounds_are_cured_relaxed_and_recorded() {
    let bounds = BTreeMap::from([("DI_5Y".into(), Band { lower: Some(0.20), upper: None })]);
    let config = AllocateConfig { bounds, single_position: 0.15, soft: vec!["single_position".into()], ..free() };
    let target = target(vec![single("DI_5Y", "A", 0.30)]);
    let allocation = allocate(&config, &target, &Weights::new(), &Quotes::default());
    let fallback = allocation.fallback.unwrap();
    assert_eq!(fallback.colliding, ["single position DI_5Y", "bounds DI_5Y"]);
    assert_eq!(fallback.used(), Some(FallbackStep::RelaxSoft));
    assert!(
        fallback.cures.iter().all(|cure| (cure.slack - 0.05).abs() < 1e-8 && cure.complete && cure.unit == "of NAV")
    );
    assert!((weight(&allocation.weights, "DI_5Y") - 0.20).abs() < 2e-6);
    assert_eq!(fallback.unsatisfied[0].constraint, Constraint::SinglePosition { instrument: "DI_5Y".into() });
    assert_eq!(fallback.steps[0].outcome, "relaxed single position DI_5Y by 0.050000 of NAV");
}

#[test]
fn a_chain_is_walked_in_its_order_until_a_book_satisfies_the_hard_constraints() {
    let bounds = BTreeMap::from([("DI_5Y".into(), Band { lower: Some(0.20), upper: None })]);
    let config = AllocateConfig { bounds, single_position: 0.15, ..free() };
    let target = target(vec![single("DI_5Y", "A", 0.30), single("USDBRL", "B", 0.10)]);
    let held = weights(&[("DI_5Y", 0.10)]);
    let allocation = allocate(&config, &target, &held, &Quotes::default());
    let fallback = allocation.fallback.unwrap();
    let steps: Vec<_> = fallback.steps.iter().map(|attempt| (attempt.step, attempt.taken)).collect();
    use FallbackStep::{GoFlat, KeepHeld, RelaxSoft, ScaleTarget};
    assert_eq!(steps, [(RelaxSoft, false), (ScaleTarget, false), (KeepHeld, false), (GoFlat, true)]);
    assert!(fallback.steps[1].outcome.contains("bounds DI_5Y"), "{:?}", fallback.steps);
    assert!(allocation.weights.is_empty() && fallback.scale == 0.0);

    let kept = AllocateConfig { bounds: BTreeMap::new(), turnover: Some(0.01), soft: vec![], ..config.clone() };
    let fine = weights(&[("DI_5Y", 0.10), ("IBOV", 0.05)]);
    let allocation = allocate(&kept, &target, &fine, &Quotes::default());
    assert_eq!(allocation.fallback.as_ref().unwrap().used(), Some(KeepHeld), "{:?}", allocation.fallback);
    assert_eq!(allocation.weights, fine);
    assert!(allocation.trades.is_empty());
    // 15 % of gross against a target of 40 %: the book that is held, and no package cut to nothing.
    assert!((allocation.fallback.as_ref().unwrap().scale - 0.375).abs() < 1e-12);
    assert!(allocation.adjustments.is_empty() && allocation.lots.as_ref().unwrap().breached.is_empty());
    assert_eq!(allocation.share_of("DI_5Y"), (0.0, vec!["fallback KeepHeld".to_owned()]));

    // Its volatility is that of DI_5Y alone: IBOV is outside the model, and a cap on risk cannot be judged.
    for config in [
        AllocateConfig { volatility: Some(0.05), ..kept.clone() },
        AllocateConfig { risk_contribution: Some(RiskContributionCap::default()), ..kept.clone() },
    ] {
        let allocation = allocate(&config, &target, &fine, &Quotes::default());
        let steps = allocation.fallback.unwrap().steps;
        assert_eq!((steps[2].taken, steps[2].outcome.as_str()), (false, "its risk is not known: IBOV"));
        assert!(steps[3].taken && allocation.weights.is_empty());
        let inside = weights(&[("DI_5Y", 0.10)]);
        let allocation =
            allocate(&AllocateConfig { turnover: Some(0.0001), ..config }, &target, &inside, &Quotes::default());
        assert_eq!(allocation.weights, inside, "{:?}", allocation.fallback);
    }

    let ends = AllocateConfig { fallback: vec![ScaleTarget, KeepHeld], ..config };
    let input = AllocationInput::new(&target, &held, NAV);
    let error = CapitalAllocator::new(ends).unwrap().allocate(&input).unwrap_err();
    assert!(error.to_string().starts_with("no fallback leads to a book"), "{error}");
}

#[test]
fn a_volatility_cap_holds_and_is_named() {
    // Two uncorrelated risks of 8 % at 20 %: 2.26 % a year.
    let config = AllocateConfig { volatility: Some(0.015), ..free() };
    let target = target(vec![single("DI_5Y", "A", 0.20), single("USDBRL", "B", 0.20)]);
    let allocation = allocate(&config, &target, &Weights::new(), &Quotes::default());
    let volatility = 0.08 * weight(&allocation.weights, "DI_5Y").hypot(weight(&allocation.weights, "USDBRL"));
    assert!(volatility <= 0.015 * (1.0 + 1e-12) && volatility > 0.015 - 1e-8, "{volatility}");
    assert!(allocation.adjustments[0].binding.contains(&"volatility".to_owned()));
}

#[test]
fn a_bounded_exposure_is_held_in_its_own_unit_and_needs_every_sensitivity() {
    let exposure = BTreeMap::from([(Exposure::DurationYears, Band { lower: None, upper: Some(0.5) })]);
    let config = AllocateConfig { exposure, ..free() };
    let target = target(vec![single("DI_5Y", "A", 0.20)]);
    let held = Weights::new();
    let sensitivities = BTreeMap::from([(
        InstrumentId::new("DI_5Y"),
        Ok(market::instruments::Sensitivity { dv01: 0.000_42, dv01_brl: 0.000_42, ..Default::default() }),
    )]);
    let allocator = CapitalAllocator::new(config).unwrap();
    let input = AllocationInput { sensitivities: &sensitivities, ..AllocationInput::new(&target, &held, NAV) };
    let allocation = allocator.allocate(&input).unwrap();
    assert!((weight(&allocation.weights, "DI_5Y") - 0.5 / 4.2).abs() < 1e-8);
    let error = allocator.allocate(&AllocationInput::new(&target, &held, NAV)).unwrap_err();
    assert!(error.to_string().contains("the sensitivity of DI_5Y is not known: none was given"), "{error}");
    let failed: Sensitivities =
        BTreeMap::from([("DI_5Y".into(), Err("the curve of 2026-03-31 has one vertex".into()))]);
    let input = AllocationInput { sensitivities: &failed, ..AllocationInput::new(&target, &held, NAV) };
    let error = allocator.allocate(&input).unwrap_err().to_string();
    assert!(error.ends_with("DI_5Y is not known: the curve of 2026-03-31 has one vertex"), "{error}");
}

#[test]
fn the_limit_of_a_band_is_the_nearer_side() {
    let used = |wanted: f64, lower: f64, upper: f64| {
        let bounds = BTreeMap::from([("DI_5Y".into(), Band { lower: Some(lower), upper: Some(upper) })]);
        let target = target(vec![single("DI_5Y", "A", wanted)]);
        let allocation = allocate(&AllocateConfig { bounds, ..free() }, &target, &Weights::new(), &Quotes::default());
        let of_band = |used: &&ConstraintUse| matches!(used.constraint, Constraint::Bounds { .. });
        let used = allocation.constraints.iter().find(of_band).unwrap();
        assert!(!used.breached);
        used.limit
    };
    assert_eq!((used(-0.18, -0.20, 0.20), used(0.18, -0.20, 0.20)), (-0.20, 0.20));
    assert_eq!((used(0.12, 0.10, 0.20), used(0.18, 0.10, 0.20)), (0.10, 0.20));
}

#[test]
fn a_currency_band_counts_dollars_long_and_reais_short() {
    let band = Band { lower: None, upper: Some(0.05) };
    for (currency, wanted) in [(Currency::Usd, 0.10), (Currency::Brl, -0.10)] {
        let config = AllocateConfig { currency: BTreeMap::from([(currency, band)]), ..free() };
        let target = target(vec![single("USDBRL", "A", wanted)]);
        let allocation = allocate(&config, &target, &Weights::new(), &Quotes::default());
        assert!((weight(&allocation.weights, "USDBRL").abs() - 0.05).abs() < 1e-8);
    }
}

#[test]
fn what_the_lots_leave_at_zero_is_only_in_books_that_oppose_each_other() {
    // 7 % net of the S&P is less than half a lot of 15.75 %.
    let of = |members: &[(&str, f64)]| {
        let mut shared = single("SPX", "A", 0.07);
        let member = |(strategy, share): &(&str, f64)| Member {
            strategy: (*strategy).into(),
            package: "SPX".into(),
            share: *share,
        };
        shared.members = members.iter().map(member).collect();
        allocate(&free(), &target(vec![shared, single("DI_1Y", "A", 0.175)]), &Weights::new(), &quotes())
    };
    for members in [&[("A", 1.0)][..], &[("A", 0.7), ("B", 0.3)]] {
        let allocation = of(members);
        assert!(weight(&allocation.attainable, "SPX") > 0.069);
        assert!(!allocation.weights.contains_key(&InstrumentId::new("SPX")));
        assert_eq!(allocation.by_strategy, BTreeMap::from([("A".into(), allocation.weights.clone())]));
    }
    let opposed = of(&[("A", 3.0), ("B", -2.0)]);
    let book = |id: &str| weight(&opposed.by_strategy[&StrategyId::new(id)], "SPX");
    assert!(!opposed.weights.contains_key(&InstrumentId::new("SPX")));
    assert!(book("A") == -book("B") && (0.14..0.21).contains(&book("A")), "{:?}", opposed.by_strategy);
}

#[test]
fn a_closed_instrument_is_in_no_book_and_one_that_packages_cancel_is_in_theirs() {
    let books: BTreeMap<StrategyId, Weights> =
        BTreeMap::from([("A".into(), weights(&[("DI_5Y", 0.3)])), ("B".into(), weights(&[("DI_5Y", -0.1)]))]);
    let held = weights(&[("DI_5Y", 0.2)]);
    let allocate = |config: AllocateConfig, target: &Construction| {
        let input = AllocationInput { held_by_strategy: &books, ..AllocationInput::new(target, &held, NAV) };
        CapitalAllocator::new(config).unwrap().allocate(&input).unwrap()
    };
    let flat = AllocateConfig { turnover: Some(0.001), fallback: vec![FallbackStep::GoFlat], ..free() };
    let closed = allocate(flat, &target(vec![single("DI_5Y", "A", 0.1)]));
    assert!(closed.weights.is_empty() && closed.by_strategy.is_empty(), "{:?}", closed.by_strategy);
    assert_eq!(closed.adjustments[0].binding, ["fallback GoFlat"]);

    // Kept, what the strategies hold against each other stays theirs as well.
    let mut crossed_before = books.clone();
    for (strategy, part) in [("A", 0.05), ("B", -0.05)] {
        crossed_before.get_mut(&StrategyId::new(strategy)).unwrap().insert("USDBRL".into(), part);
    }
    let keep = AllocateConfig {
        bounds: BTreeMap::from([("DI_5Y".into(), Band { lower: Some(0.2), upper: None })]),
        fallback: vec![FallbackStep::KeepHeld],
        ..free()
    };
    let wanted = target(vec![single("DI_5Y", "A", 0.1)]);
    let input = AllocationInput { held_by_strategy: &crossed_before, ..AllocationInput::new(&wanted, &held, NAV) };
    let kept = CapitalAllocator::new(keep).unwrap().allocate(&input).unwrap();
    assert_eq!(kept.fallback.as_ref().unwrap().used(), Some(FallbackStep::KeepHeld));
    assert!(kept.weights == held && (weight(&kept.by_strategy[&StrategyId::new("A")], "DI_5Y") - 0.3).abs() < 1e-15);
    assert_eq!(weight(&kept.by_strategy[&StrategyId::new("B")], "USDBRL"), -0.05);

    let (long, short) = (package("L", "A", &[("DI_5Y", 1.0)], 0.25), package("S", "B", &[("DI_5Y", -1.0)], 0.25));
    let crossed = allocate(free(), &target(vec![long, short]));
    let book = |id: &str| weight(&crossed.by_strategy[&StrategyId::new(id)], "DI_5Y");
    assert!(crossed.weights.is_empty() && book("A") == -book("B") && book("A") > 0.2, "{:?}", crossed.by_strategy);
}

/// Dollars in contracts of 50,000, and in contracts of a fifth.
fn two_sizes(id: &InstrumentId) -> Option<&'static Instrument> {
    static MINI: std::sync::LazyLock<Instrument> = std::sync::LazyLock::new(|| {
        let mut mini = find(&"USDBRL".into()).unwrap().clone();
        mini.id = "MINI".into();
        mini.contract.multiplier /= Decimal::from(5);
        mini
    });
    if id.as_str() == "MINI" { Some(&MINI) } else { find(id) }
}

#[test]
fn contracts_of_another_multiplier_make_the_same_risk_from_other_lots() {
    let mut quotes = quotes();
    quotes.quoted.insert("MINI".into(), quotes.quoted[&InstrumentId::new("USDBRL")]);
    let book = |id: &str| {
        // Two lots of five contracts of 50,000 dollars.
        let target = target(vec![single(id, "A", 0.525_13 * 0.5)]);
        let held = Weights::new();
        let config = AllocateConfig { single_position: 0.5, asset_class: 0.6, ..free() };
        let input =
            AllocationInput { quotes: &quotes, universe: two_sizes, ..AllocationInput::new(&target, &held, NAV) };
        let allocation = CapitalAllocator::new(config).unwrap().allocate(&input).unwrap();
        let risk = target.risk_model.volatility_of_exposures(&allocation.weights);
        (risk, allocation.trades[0].order.clone().unwrap())
    };
    let ((large_risk, large), (small_risk, small)) = (book("USDBRL"), book("MINI"));
    assert!((large_risk - small_risk).abs() < 1e-15 && large_risk > 0.0);
    assert_eq!(small.contracts, 5 * large.contracts);
    assert_eq!(small.notional, large.notional);
}

/// The parts sum to the whole: to the last bit of the largest number in the sum.
fn assert_sum(parts: &[f64], whole: f64, of: &str) {
    let size = parts.iter().fold(whole.abs(), |most, part| most.max(part.abs()));
    let gap = (parts.iter().sum::<f64>() - whole).abs();
    assert!(gap <= 2.0 * f64::EPSILON * size, "{of}: {gap:e} of {size}");
}

fn assert_sums(allocation: &Allocation) {
    for id in SIX.iter().chain(&["SPX"]).map(InstrumentId::new) {
        let parts: Vec<f64> = allocation.by_strategy.values().filter_map(|book| book.get(&id).copied()).collect();
        assert_sum(&parts, allocation.weights.get(&id).copied().unwrap_or(0.0), id.as_str());
    }
    for trade in &allocation.trades {
        let parts: Vec<f64> = trade.by_strategy.values().copied().collect();
        assert_sum(&parts, trade.delta, trade.instrument.as_str());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn books_in_lots_stay_inside_and_are_the_sum_of_their_strategies(
        wanted in prop::collection::vec(-0.5_f64..0.5, 6),
        held in prop::collection::vec(-0.3_f64..0.3, 6),
        shares in prop::collection::vec(-0.8_f64..1.8, 7),
        hedge in 0.5_f64..3.0,
        nav in 2e6_f64..2e9,
        volatility in 0.005_f64..0.05,
    ) {
        let mut packages: Vec<_> =
            SIX.iter().zip(&wanted).filter(|(_, w)| w.abs() > 0.05).map(|(id, w)| single(id, id, *w)).collect();
        packages.push(package("SPREAD", "S", &[("DI_2Y", hedge), ("DI_5Y", -1.0)], 0.3));
        for (package, share) in packages.iter_mut().zip(&shares) {
            let member = |strategy: &str, share: f64| {
                Member { strategy: strategy.into(), package: package.name.clone(), share }
            };
            package.members = vec![member("A", *share), member("B", 0.7 * (1.0 - share)), member("C", 0.3 * (1.0 - share))];
        }
        let target = target(packages);
        let held: Weights = SIX.iter().zip(&held).map(|(id, w)| (InstrumentId::new(id), *w)).collect();
        let books: BTreeMap<StrategyId, Weights> = BTreeMap::from([
            ("A".into(), held.iter().map(|(id, w)| (id.clone(), 1.4 * w)).collect()),
            ("OLD".into(), held.iter().map(|(id, w)| (id.clone(), -0.4 * w)).collect()),
        ]);
        let config = AllocateConfig { volatility: Some(volatility), ..AllocateConfig::default() };
        let (quotes, allocator) = (quotes(), CapitalAllocator::new(config).unwrap());
        let input = AllocationInput {
            quotes: &quotes,
            held_by_strategy: &books,
            ..AllocationInput::new(&target, &held, nav)
        };
        let allocation = allocator.allocate(&input).unwrap();
        prop_assert!(allocation.fallback.is_none(), "{:?}", allocation.fallback);
        prop_assert!(allocation.constraints.iter().all(|used| !used.breached), "{:?}", allocation.constraints);
        let lots = allocation.lots.as_ref().unwrap();
        prop_assert!(lots.released(), "a flat book is whole lots and inside: {:?}", lots.breached);
        for position in &lots.positions {
            prop_assert_eq!(position.contracts % position.lot, 0);
            prop_assert!((position.weight + position.residual - position.target).abs() < 1e-12);
            prop_assert!(position.weight * position.target >= 0.0);
            let unit = position.lot as f64 * f64::try_from(position.contract_value).unwrap() / nav;
            prop_assert!(position.residual.abs() < unit * (1.0 + 1e-6));
        }
        assert_sums(&allocation);
        prop_assert_eq!(&allocation, &allocator.allocate(&input).unwrap());
    }
}
