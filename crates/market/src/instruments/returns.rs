//! A series of daily excess returns, and the walk over consecutive levels that makes it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Instrument, InstrumentId, PricingError};
use crate::CalendarId;
use crate::curves::CurveBook;

/// Levels further apart than this many sessions make no daily return. One session is the rule; up to three bridges a
/// missed day or two; a weekly file makes none.
pub const MAX_GAP_SESSIONS: i64 = 3;

/// Simple daily excess returns of a long, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReturnSeries {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Date of the first level of each return.
    pub starts: Vec<NaiveDate>,
    /// Date of the second level of each return, strictly increasing.
    pub dates: Vec<NaiveDate>,
    /// Returns as decimals, one a date, all finite.
    pub returns: Vec<f64>,
    /// What a reader must know: sources used, approximations, days left out and why, with counts.
    pub notes: Vec<String>,
}

impl ReturnSeries {
    /// Number of returns.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// The return of exactly that date.
    pub fn at(&self, date: NaiveDate) -> Option<f64> {
        self.dates.binary_search(&date).ok().map(|row| self.returns[row])
    }

    /// Dates with their returns.
    pub fn iter(&self) -> impl Iterator<Item = (NaiveDate, f64)> + '_ {
        self.dates.iter().copied().zip(self.returns.iter().copied())
    }
}

/// Why there is no return between two levels.
pub(super) type Skip = String;

/// Walks consecutive levels and collects returns.
pub(super) struct Walk<'a> {
    pub(super) instrument: &'a Instrument,
    /// Calendar on which gaps are counted.
    pub(super) calendar: CalendarId,
    pub(super) from: NaiveDate,
    /// What the levels are of, for the error.
    pub(super) what: String,
}

impl Walk<'_> {
    /// `price(previous, current)` gives the return between two consecutive levels or why there is none; `notes` counts
    /// repeated remarks.
    pub(super) fn collect<L>(
        self,
        book: &CurveBook,
        mut levels: Vec<(NaiveDate, L)>,
        mut notes: Notes,
        mut price: impl FnMut(&(NaiveDate, L), &(NaiveDate, L), &mut Notes) -> Result<f64, Skip>,
    ) -> Result<ReturnSeries, PricingError> {
        let calendars = book.view().calendars();
        levels.retain(|(date, _)| {
            let session = calendars.is_business_day(self.calendar, *date);
            if !session {
                notes.count("level on a day without a session, left out".to_owned(), *date);
            }
            session
        });
        let (mut dates, mut returns) = (Vec::with_capacity(levels.len()), Vec::with_capacity(levels.len()));
        let mut starts = Vec::with_capacity(levels.len());
        for pair in levels.windows(2) {
            let (before, now) = (&pair[0], &pair[1]);
            if now.0 < self.from {
                continue;
            }
            let gap = calendars.business_days(self.calendar, before.0, now.0);
            if gap > MAX_GAP_SESSIONS {
                notes.count(format!("no return across a gap of more than {MAX_GAP_SESSIONS} sessions"), now.0);
                continue;
            }
            if gap > 1 {
                notes.count("return over two or three sessions, dated on the last".to_owned(), now.0);
            }
            match price(before, now, &mut notes) {
                Ok(value) if value.is_finite() => {
                    starts.push(before.0);
                    dates.push(now.0);
                    returns.push(value);
                }
                Ok(_) => notes.count("no return: not a finite number".to_owned(), now.0),
                Err(why) => notes.count(format!("no return: {why}"), now.0),
            }
        }
        if dates.is_empty() {
            return Err(PricingError::NoReturn {
                instrument: self.instrument.id.clone(),
                from: self.from,
                levels: levels.len(),
                what: notes.explain(self.what),
            });
        }
        Ok(ReturnSeries { instrument: self.instrument.id.clone(), starts, dates, returns, notes: notes.into_text() })
    }
}

/// Remarks with the number of days they concern and the last of them, in a fixed order.
#[derive(Debug, Default)]
pub(super) struct Notes {
    plain: Vec<String>,
    counted: BTreeMap<String, (usize, NaiveDate)>,
}

impl Notes {
    pub(super) fn plain(&mut self, text: impl Into<String>) {
        self.plain.push(text.into());
    }

    pub(super) fn count(&mut self, text: String, date: NaiveDate) {
        let entry = self.counted.entry(text).or_insert((0, date));
        entry.0 += 1;
        entry.1 = entry.1.max(date);
    }

    fn explain(&self, what: String) -> String {
        match self.counted.iter().max_by_key(|(_, (count, _))| *count) {
            Some((text, (count, _))) => format!("{what} ({text}: {count} times)"),
            None => what,
        }
    }

    fn into_text(self) -> Vec<String> {
        let counted = self.counted.into_iter().map(|(text, (count, last))| format!("{text}: {count} (last {last})"));
        self.plain.into_iter().chain(counted).collect()
    }
}
