//! Diff: the change between two runs, by cause.

use chrono::TimeDelta;
use market::{Calendars, Cut, Observation, SeriesId};
use pipeline_core::config::Config;
use pipeline_core::diff::{Cause, Diff, diff};
use pipeline_core::kept::KeptRun;
use pipeline_core::ports::StoredMarket;
use pipeline_core::record::{RunStatus, StepName};
use pipeline_core::replay::Difference;
use pipeline_core::state::DeskState;

use crate::replay::filed_anew;
use crate::world::{self, VERSION, WORLD};

/// A filed run that the others start from.
fn filed() -> KeptRun {
    WORLD.runs[1].clone()
}

/// Compares, and checks what holds of every comparison: the parts of each instrument sum to its change, every cause has
/// a part of every instrument, and the books are those that were filed.
fn compared(market: &StoredMarket, a: &KeptRun, b: &KeptRun) -> Diff {
    let diff = diff(market, a, b, VERSION).expect("a digest");
    for weight in &diff.weights {
        let sum: f64 = weight.parts.values().sum();
        let whole = weight.b - weight.a;
        assert!((sum - whole).abs() < 1e-12, "{}: {sum} of {whole}", weight.instrument);
        assert_eq!(weight.parts.keys().collect::<Vec<_>>(), diff.causes.iter().collect::<Vec<_>>());
        let filed = |run: &KeptRun| run.record.outcome.weights.get(&weight.instrument).copied().unwrap_or(0.0);
        assert_eq!((weight.a, weight.b, weight.change), (filed(a), filed(b), whole));
    }
    diff
}

/// The run filed again at the same date on another market, configuration, calendars or cut.
fn again(market: &StoredMarket, config: &Config, calendars: &Calendars, cut: Cut) -> KeptRun {
    let run = filed();
    let previous = WORLD.runs.first();
    world::file(market, config, calendars, cut, run.state, previous)
}

fn moved(diff: &Diff, cause: Cause) -> f64 {
    diff.weights.iter().map(|weight| weight.parts.get(&cause).map_or(0.0, |part| part.abs())).sum()
}

#[test]
fn a_run_compared_with_itself_has_no_difference() {
    let run = filed();
    let diff = compared(&WORLD.market, &run, &run);
    assert!(diff.is_empty() && diff.reaches_b);
    assert!(diff.points.is_empty(), "nothing is computed");
    assert!(diff.causes.is_empty() && diff.state.is_none() && diff.configuration.is_empty());
    assert!(diff.calendars.is_empty() && diff.code.is_none());
}

#[test]
fn the_causes_between_any_two_days_add_up_and_reach_the_second() {
    for (a, b) in [(0, 1), (1, 2), (0, 2), (2, 0)] {
        let (a, b) = (&WORLD.runs[a], &WORLD.runs[b]);
        let diff = compared(&WORLD.market, a, b);
        assert!(diff.reaches_b && diff.mismatch.is_none(), "{}", report::diff::text(&diff));
        assert_eq!(diff.points.first().map(|point| &point.digest), Some(&a.record.digest), "the first is reproduced");
        assert_eq!(diff.points.last().map(|point| &point.digest), Some(&b.record.digest), "the second is reached");
        let forward = a.record.header.run_date < b.record.header.run_date;
        let expected: &[Cause] = if forward { &[Cause::Arrivals, Cause::State] } else { &[Cause::ArrivalsAndState] };
        assert!(expected.iter().all(|cause| diff.causes.contains(cause)), "{:?}", diff.causes);
        assert!(diff.points.iter().all(|point| point.status.is_official() && point.stopped.is_none()));
        let own = [Cause::Code, Cause::NotReproduced];
        assert!(!diff.causes.iter().any(|cause| own.contains(cause)), "no program changed, and nothing was altered");
        assert!(diff.explained && diff.a_mismatch.is_none() && diff.unexplained < 1e-12);
        let figures = |change: &market::SeriesChange| change.arrived.count + change.unknown.count;
        assert!(diff.data.values().map(figures).sum::<usize>() > 0);
        let read = |id: &SeriesId| [a, b].iter().any(|run| run.record.outcome.reads.contains_key(id));
        assert!(diff.data.keys().all(read), "only what was read is told");
    }
}

#[test]
fn a_changed_limit_is_the_only_cause() {
    let run = filed();
    let mut config = Config::default();
    config.portfolio.allocate.single_position = 0.10;
    let other = again(&WORLD.market, &config, &run.calendars, run.record.header.cut);
    let diff = compared(&WORLD.market, &run, &other);
    assert_eq!(diff.causes, [Cause::Configuration]);
    assert_eq!(diff.configuration.len(), 1);
    assert_eq!(diff.configuration[0].key, "portfolio.allocate.single_position");
    assert!(moved(&diff, Cause::Configuration) > 0.1, "the cap binds");
    assert!(diff.reaches_b && diff.data.is_empty());
}

/// The world with one figure that was public before the cut restated, recorded only after the filed run.
fn revised() -> (StoredMarket, Cut) {
    let run = filed();
    let cut = run.record.header.cut;
    let id = SeriesId::new("BR_USDBRL_PTAX_SELL");
    let mut restated = Vec::new();
    let history = WORLD.market.history.map(|row| {
        if row.series == id && row.period == world::date("2026-03-25") {
            let released_at = row.released_at + TimeDelta::hours(1);
            let recorded_at = cut.recorded + TimeDelta::hours(1);
            restated.push(Observation { value: row.value * 0.97, released_at, recorded_at, ..row.clone() });
        }
        Some(row)
    });
    let history = history.and_then(|history| history.with(restated)).expect("finite figures");
    let later = Cut { recorded: cut.recorded + TimeDelta::hours(2), ..cut };
    (WORLD.market.with_history(history), later)
}

#[test]
fn a_restated_figure_is_the_only_cause() {
    let run = filed();
    let (market, later) = revised();
    let other = again(&market, &run.config, &run.calendars, later);
    let diff = compared(&market, &run, &other);
    assert_eq!(diff.causes, [Cause::Revisions], "{}", report::diff::text(&diff));
    assert_eq!(diff.data.len(), 1);
    let change = &diff.data[&SeriesId::new("BR_USDBRL_PTAX_SELL")];
    assert_eq!((change.revised.count, change.arrived.count, change.unknown.count), (1, 0, 0));
    assert!(moved(&diff, Cause::Revisions) > 1e-4, "the figure mattered");
    assert!(diff.reaches_b, "{}", report::diff::text(&diff));
}

#[test]
fn a_restated_figure_is_told_from_the_day_that_passed() {
    let (market, later) = revised();
    let (a, next) = (filed(), WORLD.runs[2].clone());
    let cut = next.record.header.cut;
    let b = world::file(&market, &next.config, &next.calendars, cut, next.state, Some(&a));
    let diff = compared(&market, &a, &b);
    assert_eq!(diff.causes, [Cause::Revisions, Cause::Arrivals, Cause::State]);
    assert!(diff.reaches_b);
    // The revision's part is what it would have changed alone, on the first run's own date.
    let alone = again(&market, &a.config, &a.calendars, later);
    assert!(moved(&diff, Cause::Revisions) > 1e-4);
    for weight in &diff.weights {
        let revised = alone.record.outcome.weights.get(&weight.instrument).copied().unwrap_or(0.0);
        assert!((weight.parts[&Cause::Revisions] - (revised - weight.a)).abs() < 1e-12, "{}", weight.instrument);
    }
}

#[test]
fn another_holiday_is_a_cause_of_its_own() {
    let run = filed();
    let calendars = Calendars::embedded().with_closure(market::CalendarId::BrNational, world::date("2027-03-10"));
    let other = again(&WORLD.market, &run.config, &calendars, run.record.header.cut);
    let diff = compared(&WORLD.market, &run, &other);
    assert_eq!(diff.causes, [Cause::Calendars]);
    assert!(diff.calendars.iter().any(|change| change.only_b == ["2027-03-10"]));
    assert_ne!(run.record.digest, other.record.digest, "a shorter year of business days moves a curve");
    assert!(diff.reaches_b);
}

#[test]
fn another_version_that_decides_the_same_has_a_part_of_zero() {
    let run = filed();
    let mut other = run.clone();
    other.record.header.code_version = "2.0.0".to_owned();
    let diff = compared(&WORLD.market, &run, &other);
    assert_eq!(diff.causes, [Cause::Code]);
    assert_eq!(diff.code.as_ref().map(|code| (code.a.as_str(), code.b.as_str())), Some((VERSION, "2.0.0")));
    assert_eq!(moved(&diff, Cause::Code), 0.0);
    assert!(diff.reaches_b);
}

/// The run with 3 % more dollars in its book than were filed.
fn altered(mut run: KeptRun) -> KeptRun {
    *run.record.outcome.weights.get_mut(&"USDBRL".into()).expect("a weight") += 0.03;
    run
}

fn filed_by(version: &str, mut run: KeptRun) -> KeptRun {
    run.record.header.code_version = version.to_owned();
    run
}

fn part_of_usdbrl(diff: &Diff, cause: Cause) -> f64 {
    diff.weights.iter().find(|weight| weight.instrument == "USDBRL".into()).expect("a row").parts[&cause]
}

#[test]
fn a_second_run_that_was_altered_lends_its_difference_to_no_other_cause() {
    let diff = compared(&WORLD.market, &filed(), &altered(WORLD.runs[2].clone()));
    assert!(!diff.reaches_b && !diff.explained && diff.a_mismatch.is_none());
    assert!(diff.mismatch.as_ref().is_some_and(|mismatch| mismatch.step == StepName::Portfolio));
    assert!(!diff.causes.contains(&Cause::Code), "the program is the same");
    assert!((part_of_usdbrl(&diff, Cause::NotReproduced) - 0.03).abs() < 1e-12, "{diff:?}");
}

#[test]
fn a_first_run_that_was_altered_under_its_old_digest_is_found() {
    let diff = compared(&WORLD.market, &altered(filed()), &WORLD.runs[2]);
    assert!(diff.reaches_b && !diff.explained);
    let mismatch = diff.a_mismatch.as_ref().expect("a mismatch");
    assert_eq!(mismatch.step, StepName::Portfolio);
    assert!(matches!(mismatch.difference, Difference::OutputAltered { .. }), "{mismatch:?}");
    assert!((part_of_usdbrl(&diff, Cause::NotReproduced) + 0.03).abs() < 1e-12, "{diff:?}");
    assert!(report::diff::text(&diff).contains("✗ A is not reproduced"), "{}", report::diff::text(&diff));
}

#[test]
fn another_version_explains_another_decision_and_nothing_else() {
    let next = WORLD.runs[2].clone();
    let decided = filed_by("2.0.0", filed_anew(altered(next.clone())));
    let diff = compared(&WORLD.market, &filed(), &decided);
    assert!(diff.explained && !diff.reaches_b, "{}", report::diff::text(&diff));
    assert!((part_of_usdbrl(&diff, Cause::Code) - 0.03).abs() < 1e-12, "{diff:?}");
    assert!(!diff.causes.contains(&Cause::NotReproduced));

    // The output under its old digest, the digest, the state: no version does that.
    let output = filed_by("2.0.0", altered(next.clone()));
    let mut digest = filed_by("2.0.0", filed_anew(altered(next.clone())));
    digest.record.digest = "0".repeat(64);
    let mut state = filed_by("2.0.0", next);
    *state.state.weights.get_mut(&"USDBRL".into()).expect("a held weight") *= 0.5;
    for second in [output, digest, state] {
        let diff = compared(&WORLD.market, &filed(), &second);
        assert!(!diff.explained && diff.causes.contains(&Cause::NotReproduced), "{}", report::diff::text(&diff));
        assert!(diff.mismatch.is_some_and(|mismatch| !mismatch.difference.is_decision()));
    }
}

#[test]
fn a_day_that_stops_between_the_two_runs_is_said_with_its_reason() {
    let mut config = Config::default();
    config.portfolio.allocate.single_position = 0.10;
    // Long before the first figure of the simulation: the quality gate stops every day there.
    let cut = world::cut(world::date("1990-01-03"));
    let early = world::file(&WORLD.market, &config, &Calendars::embedded(), cut, DeskState::empty(), None);
    let diff = compared(&WORLD.market, &filed(), &early);
    assert_eq!(diff.causes, [Cause::ArrivalsAndState, Cause::Configuration]);
    let statuses: Vec<RunStatus> = diff.points.iter().map(|point| point.status).collect();
    assert_eq!(statuses[1..], [RunStatus::Blocked; 2]);
    assert!(diff.points[0].stopped.is_none() && diff.points[1].stopped.as_ref().is_some_and(|why| !why.is_empty()));
    let text = report::diff::text(&diff);
    assert_eq!(text.matches("! After").count(), 1, "the last point is the second run itself: {text}");
    assert!(text.contains("! After arrivals+state the day is BLOCKED"), "{text}");
}
