//! A comparison of two runs as text.

use std::fmt::Write;

use market::{FigureChange, FigureChanges, SeriesChange, SeriesId};
use pipeline_core::diff::{Diff, DiffedRun, WeightChange};
use pipeline_core::replay::Mismatch;

use crate::number::{json_value, percent_cell, thousands};
use crate::replay;
use crate::run::{short, short_run};

/// How many series, keys or entries of a kind are listed; the rest is counted.
const LISTED: usize = 12;
/// Width of a column of weights.
const COLUMN: usize = 9;
/// Parts this far from their change, as a fraction of NAV, sum to it.
const ROUNDING: f64 = 1e-12;

/// What differs, then the books with one column for each cause that has a part.
pub fn text(diff: &Diff) -> String {
    let mut text = format!("== diff A {}, B {} ==\n", run(&diff.a), run(&diff.b));
    if diff.is_empty() {
        text.push_str("  Nothing differs.\n");
        return text;
    }
    data(diff, &mut text);
    settings(diff, &mut text);
    state(diff, &mut text);
    weights(diff, &mut text);
    order(diff, &mut text);
    ending(diff, &mut text);
    text
}

fn run(run: &DiffedRun) -> String {
    format!("{} run {} {}", run.run_date, short_run(&run.run_id), run.status.as_str())
}

/// Figures by kind of change, one line a series.
fn data(diff: &Diff, text: &mut String) {
    type Kind = (&'static str, fn(&SeriesChange) -> &FigureChanges);
    let kinds: [Kind; 3] = [
        ("Revised", |change| &change.revised),
        ("Arrived", |change| &change.arrived),
        ("Not known to B", |change| &change.unknown),
    ];
    for (title, of_kind) in kinds {
        let series = diff.data.iter().map(|(id, change)| (id, of_kind(change)));
        let mut series: Vec<(&SeriesId, &FigureChanges)> = series.filter(|(_, figures)| figures.count > 0).collect();
        // Monthly figures describe an older date than daily prices: so the news comes first.
        series.sort_by_key(|(_, figures)| figures.newest.last().map(|figure| figure.period));
        if series.is_empty() {
            continue;
        }
        let figures: usize = series.iter().map(|(_, figures)| figures.count).sum();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {title}: {} of {} series", counted(figures, "figure"), series.len());
        let width = series.iter().take(LISTED).map(|(id, _)| id.as_str().len()).max().unwrap_or(0);
        for (id, figures) in series.iter().take(LISTED) {
            let newest = figures.newest.last().map_or_else(String::new, figure);
            let others = match figures.count {
                0 | 1 => String::new(),
                count => format!("  and {} older", thousands(count as u64 - 1)),
            };
            let _ = writeln!(text, "    {:width$}  {newest}{others}", id.as_str());
        }
        more(series.len(), "series", text);
    }
}

fn figure(figure: &FigureChange) -> String {
    let value = match (figure.old, figure.new) {
        (Some(old), Some(new)) => format!("{old} -> {new}"),
        (None, Some(only)) | (Some(only), None) => only.to_string(),
        (None, None) => String::new(),
    };
    format!("{}  {value}  released {}", figure.period, figure.released_at.format("%Y-%m-%d %H:%M UTC"))
}

/// Configuration, calendars and program.
fn settings(diff: &Diff, text: &mut String) {
    if !diff.configuration.is_empty() {
        let _ = writeln!(text, "  Configuration: {}", counted(diff.configuration.len(), "key"));
        for key in diff.configuration.iter().take(LISTED) {
            let _ = writeln!(text, "    {}: {} -> {}", key.key, json_value(&key.a), json_value(&key.b));
        }
        more(diff.configuration.len(), "keys", text);
    }
    for calendar in &diff.calendars {
        for (title, entries) in [("removed", &calendar.only_a), ("added", &calendar.only_b)] {
            if entries.is_empty() {
                continue;
            }
            let _ = writeln!(text, "  Calendar {}: {title} {}", calendar.list, list(entries));
        }
    }
    if let Some(code) = &diff.code {
        let _ =
            writeln!(text, "  Code: A was filed by version {}, B by {}; compared by {}", code.a, code.b, code.current);
    }
}

fn state(diff: &Diff, text: &mut String) {
    let Some(state) = &diff.state else { return };
    let from = |run: &Option<String>, as_of: Option<chrono::NaiveDate>| match (run, as_of) {
        (Some(run), Some(date)) => format!("run {} of {date}", short_run(run)),
        (Some(run), None) => format!("run {}", short_run(run)),
        (None, Some(date)) => format!("the state of {date}"),
        (None, None) => "an empty book".to_owned(),
    };
    let _ = writeln!(
        text,
        "  State: A starts from {}, B from {}; {} changed ({})",
        from(&state.a_from, state.a_as_of),
        from(&state.b_from, state.b_as_of),
        counted(state.weights.len(), "held weight"),
        state.fields.join(", ")
    );
}

/// The books in percent of NAV.
fn weights(diff: &Diff, text: &mut String) {
    if diff.weights.is_empty() {
        return text.push_str("  Neither run holds a book.\n");
    }
    let width =
        diff.weights.iter().map(|weight| weight.instrument.as_str().len()).max().unwrap_or(0).max("% of NAV".len());
    let causes: Vec<&str> = diff.causes.iter().map(|cause| cause.as_str()).collect();
    let widths: Vec<usize> = causes.iter().map(|cause| COLUMN.max(cause.len() + 2)).collect();
    let _ = write!(text, "\n  {:width$}{:>COLUMN$}{:>COLUMN$}{:>COLUMN$}", "% of NAV", "A", "B", "change");
    for (cause, column) in causes.iter().zip(&widths) {
        let _ = write!(text, "{cause:>column$}");
    }
    text.push('\n');
    for weight in &diff.weights {
        let _ = writeln!(text, "{}", weight_line(weight, width, &widths));
    }
}

fn weight_line(weight: &WeightChange, width: usize, widths: &[usize]) -> String {
    let mut line = format!("  {:width$}", weight.instrument.as_str());
    for figure in [weight.a, weight.b, weight.change] {
        let _ = write!(line, "{:>COLUMN$}", percent_cell(figure, 2));
    }
    for (part, column) in weight.parts.values().zip(widths) {
        let _ = write!(line, "{:>column$}", percent_cell(*part, 2));
    }
    line
}

/// What the parts mean: the order in which they came about, and the points that make them mean little.
fn order(diff: &Diff, text: &mut String) {
    let swaps: Vec<&str> = diff.points.iter().skip(1).map(|point| point.cause.as_str()).collect();
    if swaps.len() > 1 && !diff.weights.is_empty() {
        let _ = writeln!(
            text,
            "  Swapped in the order {}: what two of them change only together is in the later one's part.",
            swaps.join(", ")
        );
    }
    // The first and the last point are the two runs themselves: how they ended stands in the headline.
    let between = diff.points.iter().enumerate().take(diff.points.len().saturating_sub(1)).skip(1);
    for (at, point) in between {
        let (Some(why), Some(next)) = (&point.stopped, diff.points.get(at + 1)) else { continue };
        let _ = writeln!(
            text,
            "  ! After {cause} the day is {}: it decides no new book, so that the parts of {cause} and {} mean little \
             ({why})",
            point.status.as_str(),
            next.cause.as_str(),
            cause = point.cause.as_str(),
        );
    }
}

/// Whether the causes explain the whole difference.
fn ending(diff: &Diff, text: &mut String) {
    text.push('\n');
    if let Some(mismatch) = &diff.a_mismatch {
        side(("A", "not reproduced"), &diff.a, mismatch, diff.code.as_ref().map(|code| (&code.a, &code.current)), text);
    }
    if diff.unexplained > ROUNDING {
        let _ = writeln!(
            text,
            "  ✗ the parts do not sum to the changes: up to {:.1e} % of NAV is unexplained",
            100.0 * diff.unexplained
        );
    }
    match &diff.mismatch {
        Some(mismatch) => {
            side(
                ("B", "not reached"),
                &diff.b,
                mismatch,
                diff.code.as_ref().map(|code| (&code.b, &code.current)),
                text,
            );
        }
        None => {
            let swaps = counted(diff.points.len().saturating_sub(1), "swap");
            let _ = writeln!(text, "  B is reached after {swaps}: digest {}", short(&diff.b.digest));
        }
    }
}

/// A run that does not come out as it was filed; marked unless another version merely decides differently.
fn side(
    (name, verdict): (&str, &str),
    run: &DiffedRun,
    mismatch: &Mismatch,
    versions: Option<(&String, &String)>,
    text: &mut String,
) {
    let digest = short(&run.digest);
    let what = replay::mismatch(mismatch);
    let other = versions.filter(|(filed_by, current)| filed_by != current && mismatch.difference.is_decision());
    let _ = match other {
        Some((filed_by, _)) => {
            writeln!(text, "  {name} is {verdict}, digest {digest} filed by version {filed_by}: {what}")
        }
        None => writeln!(text, "  ✗ {name} is {verdict}, digest {digest}: {what}"),
    };
}

fn list(entries: &[String]) -> String {
    let named = entries.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match entries.len().saturating_sub(LISTED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{} {what}s", thousands(count as u64)),
    }
}

fn more(count: usize, what: &str, text: &mut String) {
    if count > LISTED {
        let _ = writeln!(text, "    and {} more {what}: --json lists all", count - LISTED);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, NaiveDate, Utc};
    use insta::assert_snapshot;
    use market::Cut;
    use pipeline_core::diff::{CalendarChange, Cause, CodeVersions, HeldWeight, KeyChange, Point, StateChange};
    use pipeline_core::record::{RunStatus, StepName};
    use pipeline_core::replay::{Difference, Mismatch};
    use serde_json::json;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn diffed(run_id: &str, day: &str) -> DiffedRun {
        let published = at(&format!("{day}T23:00:00Z"));
        DiffedRun {
            run_id: run_id.to_owned(),
            run_date: date(day),
            cut: Cut { date: date(day), published, recorded: published },
            status: RunStatus::Success,
            digest: "c0ffee0011223344".to_owned(),
        }
    }

    fn point(cause: Cause) -> Point {
        Point { cause, digest: "c0ffee0011223344".to_owned(), status: RunStatus::Success, stopped: None }
    }

    fn nothing() -> Diff {
        let a = diffed("0197aa00-0000-7000-8000-000000000001", "2026-03-25");
        Diff {
            b: a.clone(),
            a,
            data: BTreeMap::new(),
            configuration: Vec::new(),
            calendars: Vec::new(),
            code: None,
            state: None,
            causes: Vec::new(),
            weights: Vec::new(),
            points: Vec::new(),
            reaches_b: true,
            a_mismatch: None,
            mismatch: None,
            unexplained: 0.0,
            explained: true,
        }
    }

    fn figures(count: usize, old: Option<f64>, new: Option<f64>) -> FigureChanges {
        let released_at = at("2026-03-26T12:00:00Z");
        FigureChanges { count, newest: vec![FigureChange { period: date("2026-02-01"), old, new, released_at }] }
    }

    fn weight(instrument: &str, a: f64, b: f64, parts: &[(Cause, f64)]) -> WeightChange {
        WeightChange { instrument: instrument.into(), a, b, change: b - a, parts: parts.iter().copied().collect() }
    }

    fn next_day() -> Diff {
        let revised = SeriesChange { revised: figures(1, Some(4.5), Some(4.6)), ..SeriesChange::default() };
        let arrived = SeriesChange { arrived: figures(3, None, Some(0.31)), ..SeriesChange::default() };
        let (revisions, arrivals, state) = (Cause::Revisions, Cause::Arrivals, Cause::State);
        Diff {
            b: diffed("0197bb00-0000-7000-8000-000000000002", "2026-03-26"),
            data: BTreeMap::from([("BR_UNEMPLOYMENT".into(), revised), ("BR_IPCA".into(), arrived)]),
            state: Some(StateChange {
                a_from: None,
                b_from: Some("0197aa00-0000-7000-8000-000000000001".to_owned()),
                a_as_of: None,
                b_as_of: Some(date("2026-03-25")),
                fields: vec!["nav".to_owned(), "weights".to_owned()],
                weights: vec![HeldWeight { instrument: "DI_2Y".into(), a: 0.0, b: 0.25 }],
            }),
            causes: vec![revisions, arrivals, state],
            weights: vec![
                weight("DI_2Y", 0.25, 0.24, &[(revisions, -0.02), (arrivals, 0.0), (state, 0.01)]),
                weight("USDBRL", 0.0, -0.1, &[(revisions, 0.0), (arrivals, -0.1), (state, -0.000_001)]),
            ],
            points: [Cause::Code, revisions, arrivals, state].map(point).to_vec(),
            ..nothing()
        }
    }

    #[test]
    fn a_run_compared_with_itself_has_nothing_to_say() {
        assert_snapshot!(text(&nothing()), @r"
        == diff A 2026-03-25 run 0197aa00-0000 SUCCESS, B 2026-03-25 run 0197aa00-0000 SUCCESS ==
          Nothing differs.
        ");
    }

    #[test]
    fn two_days_show_their_figures_and_the_part_of_each_cause() {
        assert_snapshot!(text(&next_day()), @r"
        == diff A 2026-03-25 run 0197aa00-0000 SUCCESS, B 2026-03-26 run 0197bb00-0000 SUCCESS ==
          Revised: 1 figure of 1 series
            BR_UNEMPLOYMENT  2026-02-01  4.5 -> 4.6  released 2026-03-26 12:00 UTC
          Arrived: 3 figures of 1 series
            BR_IPCA  2026-02-01  0.31  released 2026-03-26 12:00 UTC  and 2 older
          State: A starts from an empty book, B from run 0197aa00-0000 of 2026-03-25; 1 held weight changed (nav, weights)

          % of NAV        A        B   change  revisions  arrivals    state
          DI_2Y      +25.00   +24.00    -1.00      -2.00      0.00    +1.00
          USDBRL       0.00   -10.00   -10.00       0.00    -10.00     0.00
          Swapped in the order revisions, arrivals, state: what two of them change only together is in the later one's part.

          B is reached after 3 swaps: digest c0ffee00
        ");
    }

    #[test]
    fn settings_are_listed_and_an_unexplained_rest_is_said() {
        let key = "portfolio.allocate.single_position".to_owned();
        let difference = Difference::DigestAltered;
        let diff = Diff {
            configuration: vec![KeyChange { key, a: Some(json!(0.25)), b: Some(json!(0.1)) }],
            calendars: vec![CalendarChange {
                list: "closures.B3".to_owned(),
                only_a: Vec::new(),
                only_b: vec!["2026-03-18".to_owned()],
            }],
            code: Some(CodeVersions { a: "1.0.0".to_owned(), b: "1.1.0".to_owned(), current: "1.1.0".to_owned() }),
            causes: vec![Cause::Code, Cause::Configuration, Cause::Calendars],
            weights: Vec::new(),
            reaches_b: false,
            mismatch: Some(Mismatch {
                step: StepName::Risk,
                stored_digest: None,
                recomputed_digest: "bb".to_owned(),
                difference,
            }),
            ..nothing()
        };
        assert_snapshot!(text(&diff), @r"
        == diff A 2026-03-25 run 0197aa00-0000 SUCCESS, B 2026-03-25 run 0197aa00-0000 SUCCESS ==
          Configuration: 1 key
            portfolio.allocate.single_position: 0.25 -> 0.1
          Calendar closures.B3: added 2026-03-18
          Code: A was filed by version 1.0.0, B by 1.1.0; compared by 1.1.0
          Neither run holds a book.

          ✗ B is not reached, digest c0ffee00: risk: the stored digest is not that of the stored output, which is as recomputed
        ");
    }

    #[test]
    fn an_altered_first_run_and_a_day_that_stops_between_are_said() {
        let difference = Difference::OutputAltered { field: None };
        let step = StepName::Portfolio;
        let mut diff = next_day();
        diff.a_mismatch = Some(Mismatch { step, stored_digest: None, recomputed_digest: "bb".to_owned(), difference });
        diff.explained = false;
        diff.unexplained = 0.01;
        diff.weights.clear();
        diff.data.clear();
        diff.state = None;
        diff.points[2].status = RunStatus::Failed;
        diff.points[2].stopped = Some("portfolio failed: no price".to_owned());
        assert_snapshot!(text(&diff), @r"
        == diff A 2026-03-25 run 0197aa00-0000 SUCCESS, B 2026-03-26 run 0197bb00-0000 SUCCESS ==
          Neither run holds a book.
          ! After arrivals the day is FAILED: it decides no new book, so that the parts of arrivals and state mean little (portfolio failed: no price)

          ✗ A is not reproduced, digest c0ffee00: portfolio: the stored output is not the one that was filed
          ✗ the parts do not sum to the changes: up to 1.0e0 % of NAV is unexplained
          B is reached after 3 swaps: digest c0ffee00
        ");
    }

    #[test]
    fn another_version_that_decides_otherwise_is_no_alarm() {
        let difference = Difference::Output { field: None };
        let code = CodeVersions { a: "1.0.0".to_owned(), b: "1.0.0".to_owned(), current: "1.1.0".to_owned() };
        let step = StepName::Risk;
        let mismatch = Mismatch { step, stored_digest: None, recomputed_digest: "bb".to_owned(), difference };
        let (a_mismatch, mismatch) = (Some(mismatch.clone()), Some(mismatch));
        let causes = vec![Cause::Code];
        assert_snapshot!(text(&Diff { a_mismatch, mismatch, code: Some(code), causes, ..nothing() }), @r"
        == diff A 2026-03-25 run 0197aa00-0000 SUCCESS, B 2026-03-25 run 0197aa00-0000 SUCCESS ==
          Code: A was filed by version 1.0.0, B by 1.0.0; compared by 1.1.0
          Neither run holds a book.

          A is not reproduced, digest c0ffee00 filed by version 1.0.0: risk: the digests differ although no field does
          B is not reached, digest c0ffee00 filed by version 1.0.0: risk: the digests differ although no field does
        ");
    }
}
