//! Completeness: periods between the oldest and the newest of the lookback that have no figure.

use chrono::{Datelike, Days, NaiveDate};
use market::{Calendars, Frequency, Series, SeriesDef};

use crate::config::FrequencyRule;
use crate::report::{Finding, Rule, Severity};
use crate::rules::finding;

/// At most one finding a series: how many periods are missing, and the newest of them.
pub(crate) fn check(
    definition: &SeriesDef,
    calendars: &Calendars,
    rule: FrequencyRule,
    series: &Series,
) -> Option<Finding> {
    let missing = missing_periods(definition, calendars, rule.lookback, series);
    let newest = *missing.first()?;
    let listed: Vec<String> = missing.iter().take(3).map(NaiveDate::to_string).collect();
    let more = if missing.len() > 3 { ", ..." } else { "" };
    Some(finding(
        Severity::Warn,
        Rule::Completeness,
        &series.id,
        Some(newest),
        Some(missing.len() as f64),
        format!("{} of the last {} periods have no figure: {}{more}", missing.len(), rule.lookback, listed.join(", ")),
    ))
}

/// Missing periods, newest first.
fn missing_periods(definition: &SeriesDef, calendars: &Calendars, lookback: u32, series: &Series) -> Vec<NaiveDate> {
    let (Some(first), Some((last, _))) = (series.periods.first(), series.last()) else {
        return Vec::new();
    };
    match definition.frequency {
        Frequency::Weekly => missing_weeks(lookback, series),
        frequency => {
            let mut missing = Vec::new();
            let mut period = last;
            for _ in 0..lookback {
                let before = match frequency {
                    Frequency::Daily => period.pred_opt().map(|day| calendars.on_or_before(definition.calendar, day)),
                    Frequency::CalendarDaily => period.pred_opt(),
                    Frequency::Quarterly => months_before(period, 3),
                    Frequency::Annual => months_before(period, 12),
                    _ => months_before(period, 1),
                };
                match before {
                    Some(before) if before >= *first => period = before,
                    _ => break,
                }
                if series.at(period).is_none() {
                    missing.push(period);
                }
            }
            missing
        }
    }
}

/// Weekly publishers shift their day around holidays: a step of eleven days or more has lost a week.
fn missing_weeks(lookback: u32, series: &Series) -> Vec<NaiveDate> {
    let tail = series.tail(lookback as usize + 1);
    let mut missing = Vec::new();
    for pair in tail.periods.windows(2).rev() {
        let mut week = pair[1].checked_sub_days(Days::new(7));
        while let Some(lost) = week.filter(|week| (*week - pair[0]).num_days() >= 4) {
            if missing.len() >= lookback as usize {
                return missing;
            }
            missing.push(lost);
            week = lost.checked_sub_days(Days::new(7));
        }
    }
    missing
}

fn months_before(period: NaiveDate, months: u32) -> Option<NaiveDate> {
    let first = period.with_day(1).unwrap_or(period);
    first.checked_sub_months(chrono::Months::new(months))
}
