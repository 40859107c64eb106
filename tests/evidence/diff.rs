//! Diff: the change between two runs, by cause.

use chrono::TimeDelta;
use market::{Calendars, Cut, Observation, SeriesId};
use pipeline_core::config::Config;
use pipeline_core::diff::{Cause, Diff, diff};
use pipeline_core::kept::KeptRun;
use pipeline_core::ports::StoredMarket;

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
        assert!(diff.causes.contains(&Cause::Arrivals) && diff.causes.contains(&Cause::State));
        assert!(!diff.causes.contains(&Cause::Code), "no program changed");
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
    (world::with_history(&WORLD.market, history), later)
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

#[test]
fn a_record_that_is_not_reproduced_lends_its_difference_to_no_other_cause() {
    let a = filed();
    let mut b = WORLD.runs[2].clone();
    *b.record.outcome.weights.get_mut(&"USDBRL".into()).expect("a weight") += 0.03;
    let diff = compared(&WORLD.market, &a, &b);
    assert!(!diff.reaches_b);
    assert!(diff.mismatch.is_some_and(|mismatch| mismatch.step == pipeline_core::record::StepName::Portfolio));
    let usdbrl = diff.weights.iter().find(|weight| weight.instrument == "USDBRL".into()).expect("a row");
    assert!((usdbrl.parts[&Cause::Code] - 0.03).abs() < 1e-12, "{usdbrl:?}");
}
