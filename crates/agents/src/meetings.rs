//! The scheduled meetings of a committee as its published calendar showed them on a date.
//!
//! A calendar is published in advance, and only so far: a meeting is known from the day on which its calendar was certainly
//! out, and a meeting that was called off was expected until then.
//!
//! | committee | meetings of a year | known from | source |
//! |---|---|---|---|
//! | Copom | from 2013 | 30 June of the year before | Regulation annexed to Circular 3.593 of 16 May 2012, art. 6; Notice 30.921 of 30 June 2017 |
//! | Copom | until 2012 | 31 October of the year before | assumed: later than any known announcement |
//! | FOMC | with the January after | 15 August of the year before | press releases of 20 July 2006, 16 May 2012, 28 June 2016 and 9 August 2024 |
//!
//! The days are late ones: the calendar was often out earlier, never later. The FOMC moved three decisions of 2012 by a day on
//! 16 May 2012, and they are shown as they were held. The meeting of 17 and 18 March 2020 was replaced by that of 15 March.

use chrono::{Datelike, Days, NaiveDate};
use market::AsOf;
use market::calendar::{Meeting, MeetingKind, Meetings};

/// A committee whose calendar the program holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Committee {
    /// Central Bank of Brazil.
    Copom,
    /// Federal Reserve.
    Fomc,
}

/// A meeting on the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Day of the decision.
    pub(crate) decision: NaiveDate,
    /// First day on which the decision holds.
    pub(crate) effective: NaiveDate,
}

/// A scheduled meeting that was called off.
struct CalledOff {
    committee: Committee,
    decision: NaiveDate,
    on: NaiveDate,
}

const CALLED_OFF: [CalledOff; 1] =
    [CalledOff { committee: Committee::Fomc, decision: day(2020, 3, 18), on: day(2020, 3, 15) }];

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

impl Committee {
    /// Name in messages.
    fn name(self) -> &'static str {
        match self {
            Self::Copom => "Copom",
            Self::Fomc => "FOMC",
        }
    }

    fn meetings<'v>(self, view: &'v AsOf<'_>) -> &'v Meetings {
        match self {
            Self::Copom => view.calendars().copom(),
            Self::Fomc => view.calendars().fomc(),
        }
    }

    /// The day from which a meeting on the calendar is known.
    fn published(self, decision: NaiveDate) -> NaiveDate {
        let year = decision.year();
        match self {
            Self::Copom if year >= 2013 => day(year - 1, 6, 30),
            Self::Copom => day(year - 1, 10, 31),
            Self::Fomc if decision.month() == 1 => day(year - 2, 8, 15),
            Self::Fomc => day(year - 1, 8, 15),
        }
    }

    /// True when the calendar of a date shows a scheduled meeting.
    pub(crate) fn shows(self, decision: NaiveDate, on: NaiveDate) -> bool {
        self.published(decision) <= on
    }

    /// The meetings that decide on or after `from`, as the calendar of the view's date showed them, in order.
    pub(crate) fn expected(self, view: &AsOf, from: NaiveDate) -> Vec<Expected> {
        expected(self, self.meetings(view), from, view.date())
    }

    /// Where the calendar of the view's date ends, for a message.
    pub(crate) fn calendar_end(self, view: &AsOf) -> String {
        let (name, date) = (self.name(), view.date());
        match expected(self, self.meetings(view), NaiveDate::MIN, date).last() {
            Some(last) => format!("the {name} calendar known on {date} ends with the meeting of {}", last.decision),
            None => format!("no {name} calendar is known on {date}"),
        }
    }

    /// The day of the last decision, scheduled or not, whose statement was out at the cut.
    pub(crate) fn last_decision(self, view: &AsOf) -> Option<NaiveDate> {
        let out = |meeting: &&Meeting| meeting.statement <= view.cut().published;
        self.meetings(view).all().iter().rev().find(out).map(|meeting| meeting.decision)
    }
}

/// First day on which a decision holds.
pub(crate) fn effective(meeting: &Meeting) -> NaiveDate {
    meeting.effective.unwrap_or_else(|| meeting.decision + Days::new(1))
}

fn expected(committee: Committee, meetings: &Meetings, from: NaiveDate, on: NaiveDate) -> Vec<Expected> {
    let held = meetings.all().iter().filter(|meeting| meeting.kind == MeetingKind::Scheduled);
    let held = held.map(|meeting| Expected { decision: meeting.decision, effective: effective(meeting) });
    let called_off = CALLED_OFF.iter().filter(|meeting| meeting.committee == committee && on < meeting.on);
    let called_off =
        called_off.map(|meeting| Expected { decision: meeting.decision, effective: meeting.decision + Days::new(1) });
    let mut all: Vec<Expected> = held
        .chain(called_off)
        .filter(|meeting| meeting.decision >= from && committee.shows(meeting.decision, on))
        .collect();
    all.sort_by_key(|meeting| meeting.decision);
    all
}

#[cfg(test)]
mod tests {
    use market::Calendars;

    use super::*;

    fn decisions(committee: Committee, from: &str, on: &str) -> Vec<String> {
        let calendars = Calendars::embedded();
        let meetings = match committee {
            Committee::Copom => calendars.copom(),
            Committee::Fomc => calendars.fomc(),
        };
        let found = expected(committee, meetings, from.parse().unwrap(), on.parse().unwrap());
        found.iter().map(|meeting| meeting.decision.to_string()).collect()
    }

    #[test]
    fn the_meeting_of_march_2020_is_expected_until_it_is_called_off() {
        assert_eq!(decisions(Committee::Fomc, "2020-03-06", "2020-03-06")[..2], ["2020-03-18", "2020-04-29"]);
        assert_eq!(decisions(Committee::Fomc, "2020-03-14", "2020-03-14")[0], "2020-03-18");
        assert_eq!(decisions(Committee::Fomc, "2020-03-16", "2020-03-16")[0], "2020-04-29");
    }

    #[test]
    fn a_calendar_is_known_from_its_announcement_and_no_further() {
        let last = |committee, on: &str| decisions(committee, on, on).pop().unwrap();
        // The schedule of 2017 came out on 28 June 2016, with the January of 2018.
        assert_eq!(last(Committee::Fomc, "2016-08-14"), "2016-12-14");
        assert_eq!(last(Committee::Fomc, "2016-08-15"), "2018-01-31");
        assert_eq!(last(Committee::Copom, "2017-06-29"), "2017-12-06");
        assert_eq!(last(Committee::Copom, "2017-06-30"), "2018-12-12");
        assert_eq!(last(Committee::Copom, "2011-10-30"), "2011-11-30");
    }

    #[test]
    fn the_end_of_the_calendar_is_named_and_an_extraordinary_meeting_is_not_expected() {
        assert!(!decisions(Committee::Fomc, "2020-02-20", "2020-02-20").contains(&"2020-03-03".to_owned()));
        assert_eq!(decisions(Committee::Fomc, "2026-12-10", "2026-12-31"), Vec::<String>::new());
    }
}
