//! What each day decided.

use std::collections::BTreeMap;

use market::instruments::{AssetClass, InstrumentId, find};
use pipeline_core::config::Config;
use pipeline_core::day::day;
use pipeline_core::record::RunStatus;

use crate::world::WORLD;

#[test]
fn every_day_ends_and_says_what_was_missing() {
    let Some(world) = WORLD.as_ref() else { return };
    assert_eq!(world.days.len(), 81);
    for (date, outcome) in &world.days {
        let found = (outcome.status, outcome.exit_code);
        assert!(
            matches!(found, (RunStatus::Success | RunStatus::Degraded, 0)),
            "{date}: {found:?} {:?}",
            outcome.alerts
        );
        assert_eq!(outcome.status == RunStatus::Degraded, !outcome.degradations.is_empty(), "{date}");
        assert!(outcome.signal_count() > 0, "{date}");
    }
}

#[test]
fn short_windows_are_said_and_not_stretched() {
    let Some(world) = WORLD.as_ref() else { return };
    // DI1 settlements are daily from 2025-06-10 on: 250 sessions are not there before 2026-06.
    let rates = |id: &str| id.starts_with("DI_");
    for (date, outcome) in &world.days {
        let Some(risk) = &outcome.risk else { panic!("{date}: no risk report") };
        if !outcome.weights.keys().any(|id| rates(id.as_str())) {
            continue;
        }
        let window = risk.window.as_ref().unwrap_or_else(|| panic!("{date}: no window"));
        assert!(window.observations < 250, "{date}: {window:?}");
        let at_99 = risk.limits.iter().find(|check| check.name == risk::LimitName::Var99).expect("a check");
        assert_eq!(at_99.status, risk::LimitStatus::NotComputed, "{date}");
        assert!(outcome.degradations.iter().any(|text| text.contains("var_99")), "{date}: {:?}", outcome.degradations);
    }
}

#[test]
fn the_book_is_inside_all_limits_by_plain_sums() {
    let Some(world) = WORLD.as_ref() else { return };
    let limits = Config::default().risk.limits;
    let mut held = 0;
    for (date, outcome) in &world.days {
        let mut by_class: BTreeMap<AssetClass, f64> = BTreeMap::new();
        for (id, weight) in &outcome.weights {
            assert!(weight.abs() <= limits.single_position * (1.0 + 1e-9), "{date}: {id} {weight}");
            *by_class.entry(find(id).expect("a known instrument").asset_class).or_default() += weight.abs();
        }
        assert!(by_class.values().all(|gross| *gross <= limits.asset_class * (1.0 + 1e-9)), "{date}: {by_class:?}");
        assert!(by_class.values().sum::<f64>() <= limits.gross_leverage, "{date}");
        let risk = outcome.risk.as_ref().expect("a risk report");
        assert_eq!(risk.breaches().count(), 0, "{date}");
        assert!(risk.unpriced.is_empty(), "{date}: {:?}", risk.unpriced);
        held += usize::from(!outcome.weights.is_empty());
    }
    assert!(held > 60, "the desk holds something on most days, not on {held} of {}", world.days.len());
}

#[test]
fn virtual_books_sum_to_the_book() {
    let Some(world) = WORLD.as_ref() else { return };
    for (date, outcome) in &world.days {
        let mut sum: BTreeMap<_, f64> = BTreeMap::new();
        for (id, weight) in outcome.by_strategy.values().flatten() {
            *sum.entry(id).or_default() += weight;
        }
        for id in outcome.weights.keys().chain(sum.keys().copied()) {
            let (book, parts) = (outcome.weights.get(id).copied().unwrap_or(0.0), sum.get(id).copied().unwrap_or(0.0));
            assert!((book - parts).abs() < 1e-12, "{date} {id}: {book} {parts}");
        }
    }
}

#[test]
fn the_profits_of_the_strategies_sum_to_that_of_the_desk_and_none_of_theirs_is_left_out() {
    let Some(world) = WORLD.as_ref() else { return };
    for pair in world.days.windows(2) {
        let (before, (date, outcome)) = (&pair[0].1.next_state, &pair[1]);
        let marking = &outcome.marking;
        let sum: f64 = marking.by_strategy.values().sum();
        assert!((sum - marking.total).abs() < 1e-12, "{date}: {sum} {}", marking.total);
        let attribution = marking.attribution.as_ref().expect("a book was held before");
        assert!(attribution.unassigned.net().abs() < 1e-12, "{date}: {:?}", attribution.unassigned);
        for (strategy, book) in &before.by_strategy {
            let mut earned = 0.0;
            for (id, weight) in book {
                assert!(before.marked_through.contains_key(id), "{date}: {strategy} {id}");
                let gaps = marking.unmarked.iter().chain(&marking.unmarked_between);
                match marking.growth.get(id) {
                    Some(growth) => earned += weight * growth,
                    None => assert!(gaps.into_iter().any(|gap| gap.instrument == *id), "{date}: {strategy} {id}"),
                }
            }
            assert!((earned - marking.by_strategy[strategy]).abs() < 1e-15, "{date}: {strategy}");
        }
    }
}

/// No strategies oppose each other to the last lot in these months, so two are made to.
#[test]
fn strategies_that_oppose_each_other_in_what_the_desk_does_not_hold_are_marked_too() {
    let Some(world) = WORLD.as_ref() else { return };
    let (before, (date, plain)) = (&world.days[40].1.next_state, &world.days[41]);
    let wanted = plain.allocation.as_ref().expect("an allocation");
    let id = ["USDBRL", "UST_10Y", "DI_1Y", "DI_2Y", "DI_5Y"].map(InstrumentId::new).into_iter().find(|id| {
        let unknown =
            |books: &BTreeMap<_, BTreeMap<InstrumentId, f64>>| books.values().all(|book| !book.contains_key(id));
        !before.weights.contains_key(id) && unknown(&before.by_strategy) && unknown(&wanted.by_strategy)
    });
    let id = id.expect("an instrument that nobody holds");
    let mut state = before.clone();
    for (strategy, weight) in [("LONG", 0.2), ("SHORT", -0.2)] {
        state.by_strategy.entry(strategy.into()).or_default().insert(id.clone(), weight);
    }
    let outcome = day(&world.view(*date), &Config::default(), &state);
    let (marking, expected) = (&outcome.marking, &plain.marking);
    let growth = marking.growth[&id];
    assert!(growth != 0.0 && !expected.growth.contains_key(&id), "{id}: {growth}");
    assert_eq!((marking.total, marking.nav_after), (expected.total, expected.nav_after));
    assert_eq!((&marking.by_instrument, &outcome.weights), (&expected.by_instrument, &plain.weights));
    let attribution = marking.attribution.as_ref().expect("a book was held before");
    for (strategy, weight) in [("LONG", 0.2), ("SHORT", -0.2)] {
        assert_eq!(marking.by_strategy[&strategy.into()], weight * growth);
        assert!((attribution.by_strategy[&strategy.into()].gross() - weight * growth).abs() < 1e-15);
    }
    assert!(attribution.unassigned.net().abs() < 1e-12, "{:?}", attribution.unassigned);
    assert!(!outcome.by_strategy.contains_key(&"LONG".into()), "nobody wants it any more");
}
