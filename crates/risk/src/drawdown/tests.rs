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

#[test]
fn a_level_is_not_released_on_a_day_on_which_nav_fell() {
    let path = levels(&[100.0, 94.0, 99.5, 99.5, 99.5, 99.5, 99.4, 99.4]);
    assert_eq!(path[5..], [Defensive, Defensive, Clear]);
}

/// One arrow of the drawing in the docs: from, to, whether it is a release, and the drawdowns on which it is taken.
struct Arrow {
    from: BreakerLevel,
    to: BreakerLevel,
    released: bool,
    rearmed: bool,
    at_least: f64,
    below: f64,
}

/// The arrows of `docs/risk.md`.
fn drawing() -> Vec<Arrow> {
    let level = |text: &str| -> BreakerLevel { serde_json::from_str(&format!("\"{text}\"")).unwrap() };
    let text = include_str!("../../../../docs/risk.md");
    let arrows = text.lines().filter_map(|line| line.trim().split_once(" --> "));
    let drawn = arrows.filter_map(|(from, rest)| Some((from, rest.split_once(" : ")?)));
    drawn
        .map(|(from, (to, label))| {
            let percent = |text: &str| text.trim().strip_suffix(" %").unwrap().parse::<f64>().unwrap() / 100.0;
            let (released, bounds) = match label.strip_prefix("released, ") {
                Some(bounds) => (true, bounds),
                None => (false, label),
            };
            let rearmed = label == "re-armed";
            let at_least = bounds.split_once(" <= dd").map_or(0.0, |(low, _)| percent(low));
            let below = bounds.split_once("dd < ").map_or(1.0, |(_, high)| percent(high));
            Arrow { from: level(from), to: level(to), released, rearmed, at_least, below }
        })
        .collect()
}

#[test]
fn the_code_takes_exactly_the_arrows_of_the_drawing() {
    let config = BreakerConfig { rearm_on: Vec::new(), ..BreakerConfig::default() };
    let arrows = drawing();
    assert_eq!(arrows.len(), 10);
    let mut taken = std::collections::BTreeSet::new();
    for from in [Clear, Caution, Defensive, Flat] {
        for released in [true, false] {
            for rearmed in [true, false] {
                // Between the thresholds, so that rounding does not decide.
                for tenth in 0..150 {
                    let drawdown = f64::from(tenth) / 1000.0 + 0.0005;
                    let nav = 100.0 * (1.0 - drawdown);
                    let sessions = if released { config.cooldown_sessions - 1 } else { 0 };
                    let state = BreakerState {
                        level: from,
                        entered_on: Some(day(0)),
                        sessions,
                        reference_peak: Some(100.0),
                        nav: Some(nav),
                        as_of: Some(day(5)),
                    };
                    let rearm_on = if rearmed { vec![day(6)] } else { Vec::new() };
                    let config = BreakerConfig { rearm_on, ..config.clone() };
                    let to = state.advance(&config, NavPoint { date: day(6), nav }, 1).unwrap().level;
                    let drawn = arrows.iter().enumerate().find(|(_, arrow)| {
                        arrow.from == from
                            && (arrow.at_least..arrow.below).contains(&drawdown)
                            && (!arrow.released || released)
                            // A re-arm, too, waits for the cool-down.
                            && (!arrow.rearmed || (rearmed && released))
                    });
                    assert_eq!(
                        to,
                        drawn.map_or(from, |(_, arrow)| arrow.to),
                        "{from:?} at {drawdown}, released {released}, re-armed {rearmed}"
                    );
                    taken.extend(drawn.map(|(at, _)| at));
                }
            }
        }
    }
    assert_eq!(taken.len(), arrows.len(), "every arrow was taken");
}

#[test]
fn the_steps_are_those_of_the_house() {
    let config = BreakerConfig::default();
    let steps = [config.caution, config.defensive, config.flat].map(|step| (step.drawdown, step.scale));
    assert_eq!(steps, [(0.03, 0.75), (0.05, 0.50), (0.08, 0.0)]);
    assert_eq!((config.hysteresis, config.cooldown_sessions), (0.01, 5));
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

    #[test]
    fn the_level_is_monotone_in_todays_drawdown(navs in paths(), a in 0.5..1.2_f64, b in 0.5..1.2_f64) {
        let config = BreakerConfig::default();
        let state = walk(&config, &navs).pop().unwrap();
        let last = state.nav.unwrap();
        let next = |by: f64| {
            let today = NavPoint { date: day(navs.len() as i64), nav: last * by };
            state.advance(&config, today, 1).unwrap().level
        };
        prop_assert!(next(a.min(b)) >= next(a.max(b)), "a lower NAV never gives a lower level");
    }

    #[test]
    fn the_book_is_never_scaled_up_while_nav_falls(navs in paths()) {
        let config = BreakerConfig::default();
        let states = walk(&config, &navs);
        for (pair, nav) in states.windows(2).zip(navs.windows(2)) {
            if nav[1] < nav[0] * (1.0 - 1e-6) {
                prop_assert!(pair[1].scale(&config) <= pair[0].scale(&config));
            }
        }
    }
}
