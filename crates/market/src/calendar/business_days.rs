//! One calendar as an index of days: counts and steps are two array look-ups, not loops over dates.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// First and last year of the index.
const YEARS: (i32, i32) = (1970, 2099);

/// A business-day calendar.
///
/// Holds, for each day of 1970-2099, the number of business days before it, and the list of business days. Outside that
/// span every Monday to Friday (every day, for the everyday calendar) is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Day number (from the common era) of the first indexed day.
    origin: i32,
    /// `before[i]` = business days in `[origin, origin + i)`; one more entry than days.
    before: Vec<u32>,
    /// Day numbers of the business days in order.
    open: Vec<i32>,
    weekends_open: bool,
}

impl Calendar {
    /// Open when the rule says so.
    pub fn from_rule(is_open: impl Fn(NaiveDate) -> bool) -> Self {
        let first = NaiveDate::from_ymd_opt(YEARS.0, 1, 1).unwrap_or_default();
        let flags = first.iter_days().take(indexed_days()).map(is_open).collect();
        Self::of_flags(flags, false)
    }

    pub(super) fn weekdays() -> Self {
        Self::weekdays_except(&BTreeSet::new())
    }

    pub(super) fn everyday() -> Self {
        Self::of_flags(vec![true; indexed_days()], true)
    }

    pub(super) fn weekdays_except(closures: &BTreeSet<NaiveDate>) -> Self {
        // Day numbers of the common era: multiples of seven are Sundays.
        let origin = origin();
        let mut flags: Vec<bool> = (0..indexed_days()).map(|at| (at as i32 + origin).rem_euclid(7) % 6 != 0).collect();
        for day in closures {
            if let Some(flag) = usize::try_from(day.num_days_from_ce() - origin).ok().and_then(|at| flags.get_mut(at)) {
                *flag = false;
            }
        }
        Self::of_flags(flags, false)
    }

    fn of_flags(flags: Vec<bool>, weekends_open: bool) -> Self {
        let origin = origin();
        let mut before = Vec::with_capacity(flags.len() + 1);
        let mut open = Vec::with_capacity(flags.len());
        before.push(0);
        for (at, flag) in flags.into_iter().enumerate() {
            if flag {
                open.push(at as i32 + origin);
            }
            before.push(open.len() as u32);
        }
        Self { origin, before, open, weekends_open }
    }

    /// True when the date is a business day.
    pub fn is_open(&self, date: NaiveDate) -> bool {
        let at = i64::from(date.num_days_from_ce() - self.origin);
        match (usize::try_from(at), self.before.len() - 1) {
            (Ok(at), days) if at < days => self.before[at + 1] > self.before[at],
            _ => self.weekends_open || is_weekday(date),
        }
    }

    /// Business days in `[start, end)`: zero when `end <= start`.
    pub fn count(&self, start: NaiveDate, end: NaiveDate) -> i64 {
        if end <= start { 0 } else { self.position(end) - self.position(start) }
    }

    /// The first business day on or after the date.
    pub fn on_or_after(&self, date: NaiveDate) -> NaiveDate {
        if self.is_open(date) { date } else { self.add(date, 1) }
    }

    /// The last business day on or before the date.
    pub fn on_or_before(&self, date: NaiveDate) -> NaiveDate {
        if self.is_open(date) { date } else { self.add(date, -1) }
    }

    /// The `count`-th business day strictly after the date (before it, when negative); the date itself for zero.
    pub fn add(&self, date: NaiveDate, count: i64) -> NaiveDate {
        if count == 0 {
            return date;
        }
        // Index of the wanted day in `open`: the first open day after `date` has index position(date) + is_open(date).
        let target = if count > 0 {
            self.position(date) + i64::from(self.is_open(date)) + count - 1
        } else {
            self.position(date) + count
        };
        match usize::try_from(target).ok().and_then(|at| self.open.get(at)) {
            Some(&day) => NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(date),
            None => self.step_outside(date, count),
        }
    }

    /// Business days from the index's first day to the date, negative before it.
    fn position(&self, date: NaiveDate) -> i64 {
        let at = i64::from(date.num_days_from_ce() - self.origin);
        let days = self.before.len() as i64 - 1;
        if at < 0 {
            return -self.open_outside(at, 0);
        }
        let inside = at.min(days);
        i64::from(self.before[inside as usize]) + self.open_outside(inside, at)
    }

    /// Open days in `[from, to)`, both as offsets from the origin and both outside the index.
    fn open_outside(&self, from: i64, to: i64) -> i64 {
        if self.weekends_open {
            return to - from;
        }
        // Monday is a multiple of seven plus one in the day count of the common era.
        let weekdays_before = |offset: i64| {
            let monday_based = offset + i64::from(self.origin) - 1;
            monday_based.div_euclid(7) * 5 + monday_based.rem_euclid(7).min(5)
        };
        weekdays_before(to) - weekdays_before(from)
    }

    /// A step that ends outside the index, or starts there: day by day, which is rare and never far.
    fn step_outside(&self, date: NaiveDate, count: i64) -> NaiveDate {
        let mut day = date;
        let mut left = count.abs();
        while left > 0 {
            let next = if count > 0 { day.checked_add_days(Days::new(1)) } else { day.checked_sub_days(Days::new(1)) };
            let Some(next) = next else { return day };
            day = next;
            left -= i64::from(self.is_open(day));
        }
        day
    }
}

/// Day number of the index's first day.
fn origin() -> i32 {
    NaiveDate::from_ymd_opt(YEARS.0, 1, 1).map_or(0, |date| date.num_days_from_ce())
}

/// Number of days in the index.
fn indexed_days() -> usize {
    let end = NaiveDate::from_ymd_opt(YEARS.1 + 1, 1, 1).map_or(0, |date| date.num_days_from_ce());
    usize::try_from(end - origin()).unwrap_or_default()
}

fn is_weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}
