//! The embedded holiday files, extended by rule outside their span.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{CalendarId, rules};

const ANBIMA: &str = include_str!("../../reference/calendars/br_national_anbima.csv");
const B3_ONLY: &str = include_str!("../../reference/calendars/b3_only_closures.csv");
const SIFMA: &str = include_str!("../../reference/calendars/us_sifma.csv");
const NYSE: &str = include_str!("../../reference/calendars/us_nyse.csv");
const FED: &str = include_str!("../../reference/calendars/us_fed.csv");

/// Full closures of every calendar that has any, 1970-2099.
pub(super) fn closures() -> BTreeMap<CalendarId, BTreeSet<NaiveDate>> {
    let national = extended(ANBIMA, None, rules::br_national);
    let is_national_business_day =
        |day: NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !national.contains(&day);
    let exchange_only = extended(B3_ONLY, Some("closure"), |year| rules::b3_only(year, is_national_business_day));
    let b3 = national.union(&exchange_only).copied().collect();
    BTreeMap::from([
        (CalendarId::B3, b3),
        (CalendarId::BrNational, national),
        (CalendarId::Sifma, extended(SIFMA, Some("kind"), rules::us_sifma)),
        (CalendarId::Nyse, extended(NYSE, Some("kind"), rules::us_nyse)),
        (CalendarId::Fed, extended(FED, None, rules::us_fed)),
    ])
}

/// The file's full closures, and the rule's in the years before its first and after its last.
fn extended(text: &str, kind: Option<&str>, rule: impl Fn(i32) -> Vec<NaiveDate>) -> BTreeSet<NaiveDate> {
    let mut days = full_closures(text, kind);
    let span = days.first().map(Datelike::year).zip(days.last().map(Datelike::year));
    for year in 1970..2100 {
        if span.is_none_or(|(first, last)| year < first || year > last) {
            days.extend(rule(year));
        }
    }
    days
}

/// Dates of a file whose `kind` column, if it has one, says `full`.
pub(super) fn full_closures(text: &str, kind: Option<&str>) -> BTreeSet<NaiveDate> {
    rows(text)
        .into_iter()
        .filter(|row| kind.is_none_or(|column| row.get(column) == "full"))
        .map(|row| row.date("date"))
        .collect()
}

/// A row of an embedded file by column name.
pub(super) struct Row {
    header: Arc<csv::StringRecord>,
    fields: csv::StringRecord,
}

impl Row {
    /// A field; empty when it is absent.
    pub(super) fn get(&self, column: &str) -> &str {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at)).unwrap_or("")
    }

    /// A date that must be there.
    pub(super) fn date(&self, column: &str) -> NaiveDate {
        match self.get(column).parse() {
            Ok(date) => date,
            Err(_) => panic!(
                "the embedded calendar files are part of the program and must parse: line {}, {column} = {:?}",
                self.fields.position().map_or(0, csv::Position::line),
                self.get(column)
            ),
        }
    }

    /// A date that may be empty.
    pub(super) fn date_if_any(&self, column: &str) -> Option<NaiveDate> {
        if self.get(column).is_empty() { None } else { Some(self.date(column)) }
    }
}

/// The rows of an embedded file.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => Arc::new(header.clone()),
        Err(error) => panic!("the embedded calendar files are part of the program and must parse: {error}"),
    };
    reader
        .records()
        .map(|record| match record {
            Ok(fields) => Row { header: Arc::clone(&header), fields },
            Err(error) => panic!("the embedded calendar files are part of the program and must parse: {error}"),
        })
        .collect()
}
