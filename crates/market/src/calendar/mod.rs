//! Business-day calendars: ANBIMA/national, B3, SIFMA, NYSE, Fed, joint ones, and their dated rule changes; the meetings
//! and release dates that are known in advance.
//!
//! Holidays come from the files in `reference/calendars` inside their span and from the published rules outside it
//! ([`rules`]): Brazil 1970-2000 by rule and to 2099 from the file, B3 and the US by rule before 2001 and after the last
//! year of their files. Rules know no one-off closure. Before 1970 and from 2100 on, Monday to Friday is all there is.
//!
//! ```
//! use market::{CalendarId, Calendars};
//! let calendars = Calendars::embedded();
//! let day = |text: &str| text.parse().unwrap();
//! assert_eq!(calendars.business_days(CalendarId::BrNational, day("2025-04-17"), day("2025-04-22")), 1);
//! ```

mod business_days;
mod document;
mod files;
pub mod meetings;
pub mod releases;
pub mod rules;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

pub use business_days::Calendar;
pub use meetings::{Meeting, MeetingKind, Meetings};
pub use releases::{IbgeProduct, Release, Releases};

/// Which calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarId {
    /// Every calendar day.
    Everyday,
    /// Monday to Friday.
    Weekdays,
    /// Brazilian national bank holidays (ANBIMA): DI, PTAX, business/252.
    BrNational,
    /// B3 trading sessions: ANBIMA business days without the days on which only the exchange is closed. Ash Wednesday's
    /// late opening is a session.
    B3,
    /// US bond market (SIFMA). Early closes are business days.
    Sifma,
    /// New York Stock Exchange sessions. Early closes are sessions.
    Nyse,
    /// Federal Reserve Bank business days.
    Fed,
}

impl CalendarId {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Everyday, Self::Weekdays, Self::BrNational, Self::B3, Self::Sifma, Self::Nyse, Self::Fed];

    /// Text form used in the catalogue and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Everyday => "everyday",
            Self::Weekdays => "weekdays",
            Self::BrNational => "br_national",
            Self::B3 => "b3",
            Self::Sifma => "sifma",
            Self::Nyse => "nyse",
            Self::Fed => "fed",
        }
    }

    /// Inverse of [`CalendarId::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.code() == code)
    }
}

/// The first date on which instruments were priced with 20 November in the holiday list (Lei 14.759 of 2023-12-21).
pub const NEW_BR_LIST_FROM: NaiveDate = match NaiveDate::from_ymd_opt(2023, 12, 26) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// All calendars, the Brazilian list before 2023-12-26, and the meetings and release dates.
///
/// They serialise as what a day can depend on: closures and meetings. Release dates stamp figures as they come in and
/// are those of the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "document::CalendarsDocument", into = "document::CalendarsDocument")]
pub struct Calendars {
    closures: BTreeMap<CalendarId, BTreeSet<NaiveDate>>,
    old_br_closures: BTreeSet<NaiveDate>,
    calendars: BTreeMap<CalendarId, Calendar>,
    everyday: Calendar,
    old_br: Calendar,
    releases: Releases,
    copom: Meetings,
    fomc: Meetings,
}

impl Calendars {
    /// The calendars shipped with the program (`reference/calendars`). Building them takes a few milliseconds: build
    /// once and pass them on.
    ///
    /// # Panics
    /// Never in a released build: a unit test parses the embedded files.
    pub fn embedded() -> Self {
        let closures = files::closures();
        let old_br_closures = closures
            .get(&CalendarId::BrNational)
            .map(|days| days.iter().copied().filter(|day| !rules::is_20_november(*day)).collect())
            .unwrap_or_default();
        let mut calendars = Self {
            closures,
            old_br_closures,
            calendars: BTreeMap::new(),
            everyday: Calendar::everyday(),
            old_br: Calendar::weekdays_except(&BTreeSet::new()),
            releases: Releases::embedded(),
            copom: Meetings::copom(),
            fomc: Meetings::fomc(),
        };
        calendars.rebuild();
        calendars
    }

    fn rebuild(&mut self) {
        self.calendars = CalendarId::ALL
            .into_iter()
            .filter(|id| *id != CalendarId::Everyday)
            .map(|id| (id, self.closures.get(&id).map_or_else(Calendar::weekdays, Calendar::weekdays_except)))
            .collect();
        self.old_br = Calendar::weekdays_except(&self.old_br_closures);
    }

    /// The same calendars with closures the files do not know (operator overrides from configuration). A national bank
    /// holiday in Brazil closes B3 too, on the holiday lists of before and after 2023-12-26 alike.
    pub fn with_closures(mut self, closures: impl IntoIterator<Item = (CalendarId, NaiveDate)>) -> Self {
        for (id, date) in closures {
            self.closures.entry(id).or_default().insert(date);
            if id == CalendarId::BrNational {
                self.closures.entry(CalendarId::B3).or_default().insert(date);
                self.old_br_closures.insert(date);
            }
        }
        self.rebuild();
        self
    }

    /// [`with_closures`](Self::with_closures) for one date.
    pub fn with_closure(self, calendar: CalendarId, date: NaiveDate) -> Self {
        self.with_closures([(calendar, date)])
    }

    /// The same calendars without the extraordinary meetings that had made no statement by `at`: nobody knew of them.
    pub fn without_unannounced_meetings(&self, at: DateTime<Utc>) -> Self {
        Self { copom: self.copom.known_at(at), fomc: self.fomc.known_at(at), ..self.clone() }
    }

    /// One calendar.
    pub fn get(&self, id: CalendarId) -> &Calendar {
        // Every id but Everyday has an entry from construction on.
        self.calendars.get(&id).unwrap_or(&self.everyday)
    }

    /// The calendar that is open when all of the given ones are: settlement of a trade between two countries.
    pub fn joint(&self, ids: &[CalendarId]) -> Calendar {
        Calendar::from_rule(|date| ids.iter().all(|id| self.get(*id).is_open(date)))
    }

    /// True when the calendar is open on the date.
    pub fn is_business_day(&self, calendar: CalendarId, date: NaiveDate) -> bool {
        self.get(calendar).is_open(date)
    }

    /// The first business day on or after the date.
    pub fn on_or_after(&self, calendar: CalendarId, date: NaiveDate) -> NaiveDate {
        self.get(calendar).on_or_after(date)
    }

    /// The last business day on or before the date.
    pub fn on_or_before(&self, calendar: CalendarId, date: NaiveDate) -> NaiveDate {
        self.get(calendar).on_or_before(date)
    }

    /// The first business day strictly after the date.
    pub fn next(&self, calendar: CalendarId, date: NaiveDate) -> NaiveDate {
        self.get(calendar).add(date, 1)
    }

    /// The last business day strictly before the date.
    pub fn previous(&self, calendar: CalendarId, date: NaiveDate) -> NaiveDate {
        self.get(calendar).add(date, -1)
    }

    /// The `count`-th business day strictly after the date (before it, when negative); the date itself for zero.
    pub fn add(&self, calendar: CalendarId, date: NaiveDate, count: i64) -> NaiveDate {
        self.get(calendar).add(date, count)
    }

    /// The `count`-th business day strictly before the date; the date itself for zero.
    pub fn business_days_before(&self, calendar: CalendarId, date: NaiveDate, count: u32) -> NaiveDate {
        self.get(calendar).add(date, -i64::from(count))
    }

    /// Business days in `[start, end)`: zero when `end <= start`.
    pub fn business_days(&self, calendar: CalendarId, start: NaiveDate, end: NaiveDate) -> i64 {
        self.get(calendar).count(start, end)
    }

    /// Brazilian business days in `[start, end)` on the holiday list in force when an instrument was priced: before
    /// [`NEW_BR_LIST_FROM`] the list has no 20 November, in any year. Recomputing a price of 2023 on today's list gives
    /// another day count and another price.
    pub fn business_days_252(&self, priced_on: NaiveDate, start: NaiveDate, end: NaiveDate) -> i64 {
        self.br_list(priced_on).count(start, end)
    }

    /// The Brazilian holiday list in force when an instrument was priced.
    pub fn br_list(&self, priced_on: NaiveDate) -> &Calendar {
        if priced_on < NEW_BR_LIST_FROM { &self.old_br } else { self.get(CalendarId::BrNational) }
    }

    /// Release dates of IBGE, CFTC and BLS.
    pub fn releases(&self) -> &Releases {
        &self.releases
    }

    /// Meetings of the Copom.
    pub fn copom(&self) -> &Meetings {
        &self.copom
    }

    /// Meetings of the FOMC.
    pub fn fomc(&self) -> &Meetings {
        &self.fomc
    }
}

#[cfg(test)]
mod tests;
