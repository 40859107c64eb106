use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn day(n: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + TimeDelta::days(n)
}

/// Runs a path of NAVs, one a session, from a new desk.
fn walk(config: &BreakerConfig, navs: &[f64]) -> Vec<BreakerState> {
    let mut states = vec![BreakerState::default()];
    for (n, nav) in navs.iter().enumerate() {
        let today = NavPoint { date: day(n as i64), nav: *nav };
        let next = states[states.len() - 1].advance(config, today, 1).unwrap();
        states.push(next);
    }
    states.remove(0);
    states
}

fn levels(navs: &[f64]) -> Vec<BreakerLevel> {
    walk(&BreakerConfig::default(), navs).iter().map(|state| state.level).collect()
}

use BreakerLevel::{Caution, Clear, Defensive, Flat};

#[test]
fn the_drawdown_sets_the_level_in_one_step() {
    assert_eq!(levels(&[100.0, 97.1, 97.0, 95.0, 92.0]), [Clear, Clear, Caution, Defensive, Flat]);
    assert_eq!(levels(&[100.0, 91.0]), [Clear, Flat], "straight past two steps");
    let state = walk(&BreakerConfig::default(), &[100.0, 94.0]).pop().unwrap();
    assert_eq!(state.scale(&BreakerConfig::default()), 0.5);
    assert!((state.drawdown().unwrap() - 0.06).abs() < 1e-15);
}

#[test]
fn a_level_is_released_after_its_cool_down_and_only_below_the_hysteresis() {
    // Entered at -3.5 %; at -2.5 % it stays for good, at -1.9 % it is released once five sessions have passed.
    let held = levels(&[100.0, 96.5, 97.5, 97.5, 97.5, 97.5, 97.5, 97.5, 97.5]);
    assert_eq!(held[1..], [Caution; 8]);
    let released = levels(&[100.0, 96.5, 98.1, 98.1, 98.1, 98.1, 98.1]);
    assert_eq!(released, [Clear, Caution, Caution, Caution, Caution, Caution, Clear]);
}

#[test]
fn release_too_goes_to_the_level_of_the_drawdown_in_one_step() {
    let path = levels(&[100.0, 94.0, 99.0, 99.0, 99.0, 99.0, 99.5]);
    assert_eq!(path, [Clear, Defensive, Defensive, Defensive, Defensive, Defensive, Clear]);
}

#[test]
fn flat_waits_for_a_person_and_resumes_at_half_from_a_new_peak() {
    let config = BreakerConfig::default();
    let flat = walk(&config, &[100.0, 91.0, 91.0, 91.0, 91.0, 91.0, 91.0, 91.0]).pop().unwrap();
    assert_eq!(flat.level, Flat, "a flat book's NAV does not move");
    let resumed = flat.rearm(&config, NavPoint { date: day(8), nav: 91.0 }).unwrap();
    assert_eq!((resumed.level, resumed.reference_peak, resumed.drawdown()), (Defensive, Some(91.0), Some(0.0)));
    let mut state = resumed;
    for n in 9..14 {
        state = state.advance(&config, NavPoint { date: day(n), nav: 91.0 }, 1).unwrap();
    }
    assert_eq!(state.level, Clear, "and the ordinary release leads back");
}

#[test]
fn a_configured_date_rearms_once_and_not_before_the_cool_down() {
    let config = BreakerConfig { rearm_on: vec![day(3)], ..BreakerConfig::default() };
    let states =
        walk(&config, &[100.0, 91.0, 91.0, 91.0, 91.0, 91.0, 91.0, 91.0, 80.0, 80.0, 80.0, 80.0, 80.0, 80.0, 80.0]);
    assert_eq!(states[5].level, Flat, "four sessions after the trip");
    assert_eq!((states[6].level, states[6].entered_on), (Defensive, Some(day(6))));
    assert_eq!(states[8].level, Flat);
    assert!(states[9..].iter().all(|state| state.level == Flat), "the date was before this trip");
    let early = states[1].rearm(&config, NavPoint { date: day(2), nav: 91.0 }).unwrap_err();
    assert_eq!(
        early.to_string(),
        "the breakers cannot be re-armed on 2026-01-07: 0 of 5 cool-down sessions have passed"
    );
    assert!(states[0].rearm(&config, NavPoint { date: day(2), nav: 91.0 }).is_err(), "not flat");
}

#[test]
fn the_same_day_again_changes_nothing_and_an_earlier_one_is_refused() {
    let config = BreakerConfig::default();
    let state = walk(&config, &[100.0, 96.0]).pop().unwrap();
    assert_eq!(state.advance(&config, NavPoint { date: day(1), nav: 90.0 }, 1).unwrap(), state);
    assert!(matches!(
        state.advance(&config, NavPoint { date: day(0), nav: 96.0 }, 1),
        Err(RiskError::BreakerPast { .. })
    ));
    for nav in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        assert!(state.advance(&config, NavPoint { date: day(2), nav }, 1).is_err());
    }
}

#[test]
fn the_state_reads_back_from_json() {
    let state = walk(&BreakerConfig::default(), &[100.0, 94.0]).pop().unwrap();
    let text = serde_json::to_string(&state).unwrap();
    assert!(text.contains("\"level\":\"DEFENSIVE\""), "{text}");
    assert_eq!(serde_json::from_str::<BreakerState>(&text).unwrap(), state);
}

#[test]
fn status_keeps_the_high_water_mark_that_a_rearm_forgets() {
    let config = BreakerConfig::default();
    let state = BreakerState { reference_peak: Some(91.0), nav: Some(91.0), ..BreakerState::default() };
    let path: Vec<NavPoint> =
        [100.0, 91.0].iter().enumerate().map(|(n, nav)| NavPoint { date: day(n as i64), nav: *nav }).collect();
    let status = status(&state, &path, &config);
    assert_eq!((status.drawdown, status.high_water_mark), (Some(0.0), Some(100.0)));
    assert!((status.from_high_water.unwrap() - 0.09).abs() < 1e-15);
    assert!((status.maximum.unwrap() - 0.09).abs() < 1e-15);
}

fn paths() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-0.06..0.06_f64, 1..60).prop_map(|returns| {
        returns
            .iter()
            .scan(100.0, |nav, r| {
                *nav *= 1.0 + r;
                Some(*nav)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_level_is_never_below_what_the_drawdown_gives(navs in paths()) {
        let config = BreakerConfig::default();
        for state in walk(&config, &navs) {
            prop_assert!(state.level >= BreakerLevel::at(state.drawdown().unwrap(), &config));
        }
    }

    #[test]
    fn no_level_is_a_trap(navs in paths()) {
        let config = BreakerConfig { rearm_on: vec![day(navs.len() as i64)], ..BreakerConfig::default() };
        let mut state = walk(&config, &navs).pop().unwrap();
        let nav = state.reference_peak.unwrap();
        // A recovery to the peak, and a person's consent if it takes one, always ends at full size.
        for n in 0..20 {
            let today = NavPoint { date: day(navs.len() as i64 + n), nav };
            state = state.advance(&config, today, 1).unwrap();
        }
        prop_assert_eq!(state.level, Clear);
    }

    #[test]
    fn a_level_never_falls_during_its_cool_down(navs in paths()) {
        let config = BreakerConfig::default();
        let states = walk(&config, &navs);
        for pair in states.windows(2) {
            if pair[1].level < pair[0].level {
                prop_assert!(pair[0].sessions + 1 >= config.cooldown_sessions);
            }
        }
    }

    #[test]
    fn only_a_person_leaves_flat(navs in paths()) {
        let states = walk(&BreakerConfig::default(), &navs);
        if let Some(at) = states.iter().position(|state| state.level == Flat) {
            prop_assert!(states[at..].iter().all(|state| state.level == Flat));
        }
    }
}
