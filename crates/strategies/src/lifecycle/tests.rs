//! Paths through the life of a package.

use super::*;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn rules() -> LifecycleRules {
    LifecycleRules { entry: 0.10, exit: 0.04, stop_volatilities: 1.0, target_volatilities: 1.5, horizon_days: 63 }
}

fn proposal(package: &str, signal: f64) -> Proposal {
    Proposal {
        package: package.to_owned(),
        long_legs: vec![Leg::new(package, 1.0)],
        leg_returns: vec![DatedReturns { dates: vec![day(2)], returns: vec![0.0] }],
        signal,
        volatility: 0.08,
        coverage: 1.0,
        evidence: Vec::new(),
    }
}

fn with_returns(mut proposal: Proposal, returns: &[(u32, f64)]) -> Proposal {
    let (dates, returns) = returns.iter().map(|(d, r)| (day(*d), *r)).unzip();
    proposal.leg_returns = vec![DatedReturns { dates, returns }];
    proposal
}

fn run(date: NaiveDate, proposals: &[Proposal], state: &StrategyState) -> StrategyReport {
    let age = |since: NaiveDate| u32::try_from((date - since).num_days()).unwrap_or(0);
    let today = Today { date, age: &age, signal_unit: "ratio" };
    decide(&"TEST".into(), &rules(), &today, proposals, state, Caveats::default())
}

fn opened(signal: f64) -> StrategyState {
    run(day(2), &[proposal("DI_5Y", signal)], &StrategyState::default()).next_state
}

fn closes(report: &StrategyReport) -> Option<CloseReason> {
    match report.decision {
        Decision::Close { reason, .. } => Some(reason),
        _ => None,
    }
}

#[test]
fn inside_the_entry_threshold_a_flat_strategy_stays_flat() {
    let report = run(day(2), &[proposal("DI_5Y", 0.10), proposal("DI_2Y", -0.09)], &StrategyState::default());
    assert_eq!(report.decision, Decision::Stay);
    assert!(report.positions.is_empty() && report.next_state.is_flat());
    assert_eq!(report.signals.len(), 2);
}

#[test]
fn the_strongest_signal_opens_and_a_negative_one_is_paid() {
    let report = run(day(2), &[proposal("DI_2Y", 0.12), proposal("DI_5Y", -0.15)], &StrategyState::default());
    assert_eq!(report.decision, Decision::Open { package: "DI_5Y".into() });
    let position = &report.positions[0];
    assert_eq!(position.direction, Direction::Short);
    assert_eq!(position.legs, vec![Leg::new("DI_5Y", -1.0)]);
    assert!((position.size - 0.75).abs() < 1e-12);
    // 8 % a year over 63 of 252 days is 4 %.
    assert!((position.stop.unwrap() + 0.04).abs() < 1e-12);
    assert!((position.target.unwrap() - 0.06).abs() < 1e-12);
}

#[test]
fn equal_signals_open_the_first_in_the_fixed_order() {
    let report = run(day(2), &[proposal("DI_2Y", 0.12), proposal("DI_5Y", -0.12)], &StrategyState::default());
    assert_eq!(report.decision, Decision::Open { package: "DI_2Y".into() });
}

#[test]
fn between_exit_and_entry_an_open_package_is_held_at_its_entry_size() {
    let state = opened(0.15);
    let report = run(day(3), &[proposal("DI_5Y", 0.05)], &state);
    assert_eq!(report.decision, Decision::Hold { package: "DI_5Y".into() });
    assert_eq!(report.positions[0].entry_date, day(2));
    assert!((report.positions[0].size - 0.75).abs() < 1e-12);
    assert!(report.positions[0].confidence < 0.6);
    let flat = run(day(3), &[proposal("DI_5Y", 0.05)], &StrategyState::default());
    assert_eq!(flat.decision, Decision::Stay, "the same signal does not open");
}

#[test]
fn a_held_tenor_is_not_swapped_for_a_stronger_one() {
    let report = run(day(3), &[proposal("DI_2Y", 0.40), proposal("DI_5Y", 0.11)], &opened(0.15));
    assert_eq!(report.decision, Decision::Hold { package: "DI_5Y".into() });
}

#[test]
fn below_the_exit_threshold_the_package_closes_and_does_not_turn_on_the_same_date() {
    let report = run(day(3), &[proposal("DI_5Y", -0.5)], &opened(0.15));
    assert_eq!(closes(&report), Some(CloseReason::SignalFaded));
    assert!(report.positions.is_empty() && report.next_state.is_flat());
    let next = run(day(4), &[proposal("DI_5Y", -0.5)], &report.next_state);
    assert_eq!(next.positions[0].direction, Direction::Short);
}

#[test]
fn a_package_closes_at_its_stop_and_rearms_only_when_the_signal_has_faded() {
    let hit = with_returns(proposal("DI_5Y", 0.15), &[(2, -0.5), (3, -0.03), (4, -0.01)]);
    let stopped = run(day(4), std::slice::from_ref(&hit), &opened(0.15));
    assert_eq!(closes(&stopped), Some(CloseReason::Stop), "-4 % since the day after entry");

    let standing = run(day(5), &[proposal("DI_5Y", 0.15)], &stopped.next_state);
    assert_eq!(standing.decision, Decision::Stay);
    let other_side = run(day(5), &[proposal("DI_5Y", -0.15)], &stopped.next_state);
    assert_eq!(other_side.positions[0].direction, Direction::Short, "the other side is free");

    let faded = run(day(6), &[proposal("DI_5Y", 0.03)], &standing.next_state);
    assert!(faded.next_state.rearming.is_empty());
    let again = run(day(9), &[proposal("DI_5Y", 0.15)], &faded.next_state);
    assert!(matches!(again.decision, Decision::Open { .. }));
}

#[test]
fn a_package_closes_at_its_target() {
    let hit = with_returns(proposal("DI_5Y", 0.15), &[(3, 0.03), (4, 0.031)]);
    assert_eq!(closes(&run(day(4), &[hit], &opened(0.15))), Some(CloseReason::Target));
}

#[test]
fn a_short_package_gains_when_its_instrument_falls() {
    let hit = with_returns(proposal("DI_5Y", -0.15), &[(3, -0.061)]);
    assert_eq!(closes(&run(day(3), &[hit], &opened(-0.15))), Some(CloseReason::Target));
}

#[test]
fn a_package_closes_at_its_horizon() {
    let late = day(2) + chrono::Days::new(63);
    let report = run(late, &[proposal("DI_5Y", 0.15)], &opened(0.15));
    assert_eq!(closes(&report), Some(CloseReason::Horizon));
    let reopened = run(late.succ_opt().unwrap(), &[proposal("DI_5Y", 0.15)], &report.next_state);
    assert!(matches!(reopened.decision, Decision::Open { .. }), "a standing view may be renewed");
}

#[test]
fn what_cannot_be_judged_is_not_held() {
    let report = run(day(3), &[proposal("DI_2Y", 0.15)], &opened(0.15));
    assert_eq!(closes(&report), Some(CloseReason::DataMissing));
    let report = abstain(&"TEST".into(), "no curve".into(), &opened(0.15), Caveats::default());
    assert_eq!(closes(&report), Some(CloseReason::DataMissing));
    assert!(report.positions.is_empty() && report.next_state.is_flat());
    let flat = abstain(&"TEST".into(), "no curve".into(), &StrategyState::default(), Caveats::default());
    assert_eq!(flat.decision, Decision::Stay);
}

#[test]
fn rules_without_meaning_are_refused() {
    let id = StrategyId::new("TEST");
    assert!(rules().check(&id).is_ok());
    assert!(LifecycleRules { exit: 0.2, ..rules() }.check(&id).is_err());
    assert!(LifecycleRules { entry: f64::NAN, ..rules() }.check(&id).is_err());
    assert!(LifecycleRules { horizon_days: 0, ..rules() }.check(&id).is_err());
}
