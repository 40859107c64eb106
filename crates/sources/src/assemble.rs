//! From a parsed file to a batch: refuses what cannot be true, settles repeated keys, and stamps release instants.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};
use market::{Frequency, SeriesDef};
use pipeline_core::ports::NewObservation;

use crate::findings::{Findings, Refusal};
use crate::parsed::{Context, Outcome, Parsed, ParsedValue};
use crate::release::Release;

/// No source reaches further back.
const FIRST_YEAR: i32 = 1800;
/// No projection reaches further ahead.
const YEARS_AHEAD: i32 = 50;

/// What of a file may be stored.
#[derive(Debug, Clone, Default)]
pub struct Assembled {
    /// Data rows seen.
    pub rows_read: u64,
    /// Definitions of the series that occur, by id.
    pub definitions: Vec<SeriesDef>,
    /// The figures, by series, period and release.
    pub observations: Vec<NewObservation>,
    /// What was refused or noticed.
    pub findings: Findings,
}

/// Checks and stamps what a format made of a file.
///
/// # Errors
/// The format's own refusal, or `most_rows_bad` when more than half of the rows could not be read: then the file is
/// not what its header says, and the rest of it is not to be trusted either.
pub fn assemble(outcome: Outcome, context: &Context<'_>) -> Result<Assembled, Refusal> {
    let Parsed { rows_read, series, values, mut findings, .. } = outcome?;
    if 2 * findings.rows_malformed() > rows_read {
        return Err(most_rows_bad(rows_read, &findings));
    }
    let values = plausible(values, &series, context, &mut findings);
    let values = settle_repeats(values, &series, &mut findings);
    let mut used = vec![false; series.len()];
    let mut observations = Vec::with_capacity(values.len());
    for of_series in values.chunk_by(|a, b| a.series == b.series) {
        let index = of_series[0].series as usize;
        let definition = &series[index];
        let release = Release::of(definition, context.calendars);
        for value in of_series {
            let Some((released_at, basis)) = release.instant(value.period, value.published_on) else { continue };
            used[index] = true;
            observations.push(NewObservation {
                series: definition.id.clone(),
                period: value.period,
                value: value.value,
                released_at,
                basis,
            });
        }
    }
    observations
        .sort_by(|a, b| a.series.cmp(&b.series).then(a.period.cmp(&b.period)).then(a.released_at.cmp(&b.released_at)));
    let mut definitions: Vec<SeriesDef> =
        series.into_iter().zip(used).filter_map(|(definition, used)| used.then_some(definition)).collect();
    definitions.sort_by(|a, b| a.id.cmp(&b.id));
    definitions.dedup_by(|a, b| a.id == b.id);
    if observations.is_empty() && findings.rows_refused() == 0 {
        findings.remark(None, "no_data", || "the file is well formed and holds no figure".to_owned());
    }
    Ok(Assembled { rows_read, definitions, observations, findings })
}

fn most_rows_bad(rows_read: u64, findings: &Findings) -> Refusal {
    let bad = findings.rows_malformed();
    let Some((line, rule, message)) = findings.first_malformed() else {
        return Refusal::new("most_rows_bad", format!("{bad} of {rows_read} rows cannot be read"));
    };
    Refusal::new("most_rows_bad", format!("{bad} of {rows_read} rows cannot be read; the first, {rule}: {message}"))
        .at(line)
}

/// Refuses dates that cannot be, and figures of days that have not come.
fn plausible(
    values: Vec<ParsedValue>,
    series: &[SeriesDef],
    context: &Context<'_>,
    findings: &mut Findings,
) -> Vec<ParsedValue> {
    let todays: Vec<NaiveDate> =
        series.iter().map(|one| context.now.with_timezone(&one.release.zone).date_naive()).collect();
    let ahead: Vec<bool> = series.iter().map(is_announced_ahead).collect();
    let mut kept = values;
    kept.retain(|value| {
        let (index, period, line) = (value.series as usize, value.period, value.line);
        let (definition, today) = (&series[index], todays[index]);
        if !value.value.is_finite() {
            findings.refuse(line, "not_finite", || format!("{} of {period} is not a finite number", definition.id));
            return false;
        }
        if period.year() < FIRST_YEAR || period.year() > today.year() + YEARS_AHEAD {
            findings.refuse(line, "absurd_date", || format!("{} of {period}: no such figure can exist", definition.id));
            return false;
        }
        if period > today && !ahead[index] {
            findings.refuse(line, "future_period", || {
                format!("{} of {period} describes a day after {today}, on which it was read", definition.id)
            });
            return false;
        }
        if !starts_a_period(definition.frequency, period) {
            findings.refuse(line, "period_not_aligned", || {
                format!(
                    "{} of {period} is not the first day of a period; is this the file of another series?",
                    definition.id
                )
            });
            return false;
        }
        match value.published_on {
            Some((day, _)) if day > today => {
                findings.refuse(line, "future_release", || {
                    format!("{} of {period} released on {day}, after {today}", definition.id)
                });
                false
            }
            Some((day, _)) if day < period && !ahead[index] => {
                findings.refuse(line, "released_before_period", || {
                    format!("{} of {period} released on {day}, before its period began", definition.id)
                });
                false
            }
            _ => true,
        }
    });
    kept
}

/// Series whose figures are announced or projected before their period: policy rates up to the next meeting, targets,
/// decreed wages, potential output. A figure of theirs is stored and becomes visible only at its own release instant.
fn is_announced_ahead(definition: &SeriesDef) -> bool {
    matches!(
        (definition.source.as_str(), definition.source_code.as_str()),
        ("BCB_SGS", "432" | "1619" | "13521") | ("FRED" | "ALFRED", "GDPPOT" | "FEDTARMD")
    )
}

fn starts_a_period(frequency: Frequency, period: NaiveDate) -> bool {
    match frequency {
        Frequency::Daily | Frequency::CalendarDaily | Frequency::Weekly => true,
        Frequency::Monthly => period.day() == 1,
        Frequency::Quarterly => period.day() == 1 && period.month() % 3 == 1,
        Frequency::Annual => period.ordinal() == 1,
    }
}

/// Keeps one of identical rows and none of contradicting ones. Leaves the values sorted by series, period and vintage.
fn settle_repeats(mut values: Vec<ParsedValue>, series: &[SeriesDef], findings: &mut Findings) -> Vec<ParsedValue> {
    let key = |a: &ParsedValue, b: &ParsedValue| {
        let day = |value: &ParsedValue| value.published_on.map(|(day, _)| day);
        a.series.cmp(&b.series).then(a.period.cmp(&b.period)).then(day(a).cmp(&day(b)))
    };
    values.sort_by(|a, b| key(a, b).then(a.line.cmp(&b.line)));
    let mut kept: Vec<ParsedValue> = Vec::with_capacity(values.len());
    for group in values.chunk_by(|a, b| key(a, b) == Ordering::Equal) {
        let first = group[0];
        if group.iter().all(|value| value.value == first.value) {
            kept.push(first);
            for repeat in &group[1..] {
                findings.remark(Some(repeat.line), "duplicate_row", || {
                    format!("{} of {} repeats line {}", series[first.series as usize].id, first.period, first.line)
                });
            }
            continue;
        }
        for value in group {
            let others: Vec<String> =
                group.iter().filter(|other| other.line != value.line).map(|other| other.line.to_string()).collect();
            findings.refuse(value.line, "conflicting_rows", || {
                let id = &series[value.series as usize].id;
                format!(
                    "{id} of {} is {} here and something else on line {}",
                    value.period,
                    value.value,
                    others.join(", ")
                )
            });
        }
    }
    kept
}
