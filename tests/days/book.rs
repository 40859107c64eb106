//! What each day decided.

use std::collections::BTreeMap;

use market::instruments::{AssetClass, find};
use pipeline_core::config::Config;
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
