//! FRED API observations, JSON. Values are strings with decimal point, missing is `.`. The series is in the file name only.
//!
//! With a range of real-time periods the file is a set of ALFRED vintages: each row was first published on its
//! `realtime_start` (a US day; the hour is the agency's). The first day of an archive is when it begins, not when its
//! old figures came out: rows of that day that describe a time long before keep the day as a bound, marked assumed.
//! With a real-time period of one day the file is FRED as seen on that day, and the release rule applies.

use std::borrow::Cow;

use chrono::NaiveDate;
use market::{Frequency, ReleaseBasis, SeriesDef};
use serde::Deserialize;

use super::{json, unknown_code};
use crate::findings::Refusal;
use crate::number::{self, Decimal};
use crate::parsed::{Context, Outcome, Parsed, ParsedValue};
use crate::text::{self, Encoding};
use crate::{date, families};

/// Days after which a first archived figure cannot have been news.
const OLD_NEWS_DAYS: i64 = 120;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    realtime_start: Cow<'a, str>,
    #[serde(borrow)]
    realtime_end: Cow<'a, str>,
    #[serde(default)]
    count: Option<u64>,
    #[serde(borrow)]
    observations: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    realtime_start: Cow<'a, str>,
    #[serde(borrow)]
    date: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// Reads a file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    json::refuse_error_body(&text)?;
    let document: Document<'_> = json::read(&text)?;
    let vintages = document.realtime_start != document.realtime_end;
    let mut parsed = Parsed { rows_read: document.observations.len() as u64, ..Parsed::default() };
    if document.count.is_some_and(|count| count != parsed.rows_read) {
        parsed.findings.remark(None, "incomplete_page", || {
            format!(
                "the file says {} observations and holds {}",
                document.count.unwrap_or_default(),
                document.observations.len()
            )
        });
    }
    let definition = definition(context, vintages, &document.observations, &mut parsed)?;
    let frequency = definition.frequency;
    let series = parsed.series("", || definition);
    let archive_start = document.observations.iter().filter_map(|row| real_day(&row.realtime_start)).min();
    let mut bounds = 0u64;
    for (row, record) in document.observations.iter().zip(1..) {
        let Some(period) = date::iso(row.date.as_bytes()) else {
            parsed.findings.malformed(record, "bad_date", || super::quoted("a date yyyy-MM-dd", row.date.as_bytes()));
            continue;
        };
        if matches!(row.value.trim(), "." | "") {
            continue;
        }
        let value = match number::parse(row.value.as_bytes(), Decimal::Point) {
            Ok(value) => value,
            Err(error) => {
                let message = || super::bad_number(row.value.as_bytes(), Decimal::Point);
                parsed.findings.malformed(record, error.rule(), message);
                continue;
            }
        };
        let mut published_on = None;
        if vintages && let Some(day) = real_day(&row.realtime_start) {
            let old_news = (day - frequency.period_end(period)).num_days() > OLD_NEWS_DAYS;
            let bound = archive_start == Some(day) && old_news;
            bounds += u64::from(bound);
            published_on = Some((day, if bound { ReleaseBasis::Assumed } else { ReleaseBasis::Exact }));
        }
        parsed.values.push(ParsedValue { series, period, value, line: record, published_on });
    }
    if bounds > 0 {
        parsed.findings.remark(None, "archive_start", || {
            format!("{bounds} rows carry the first day of the archive: visible from that day, later than they were published")
        });
    }
    Ok(parsed)
}

/// A real-time day, unless it is FRED's word for "since ever".
fn real_day(text: &str) -> Option<NaiveDate> {
    (text != "1776-07-04").then(|| date::iso(text.as_bytes())).flatten()
}

fn definition(
    context: &Context<'_>,
    vintages: bool,
    rows: &[Row<'_>],
    parsed: &mut Parsed,
) -> Result<SeriesDef, Refusal> {
    let source = if vintages { "ALFRED" } else { "FRED" };
    if let Some(row) = context.row_in_name(source) {
        return Ok(row.clone());
    }
    // A FRED row says what the catalogue's real-time rows leave out.
    if vintages && let Some(row) = context.row_in_name("FRED") {
        let id = market::SeriesId::new(format!("{}_RT", row.id));
        return Ok(SeriesDef { id, source: source.to_owned(), name: format!("{}, vintages", row.name), ..row.clone() });
    }
    let code = context.stem().to_ascii_uppercase();
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::new(
            "unknown_series",
            "the file holds observations of one series but its name is no FRED code; name it like CPIAUCSL.json",
        ));
    }
    let periods = rows.iter().take(200).filter_map(|row| date::iso(row.date.as_bytes())).collect();
    let frequency: Frequency = families::guess_frequency(periods);
    Ok(unknown_code(source, &code, frequency, &mut parsed.findings))
}
