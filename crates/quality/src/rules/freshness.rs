//! Freshness: has the figure that should be public by now come?
//!
//! The next period's release is its end plus the catalogue's lag, moved to a business day, at the publisher's hour. A
//! period is *missed* when that instant plus a tolerance is not after the cut. One missed period is late, many are a
//! failure, and far more mean that the series has ended and nobody waits for it.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use market::{Calendars, Frequency, SeriesDef, time};

use crate::config::FrequencyRule;

/// Whether the next figure of a series is due at a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Nothing is missing.
    Fresh,
    /// Figures are missing.
    Late {
        /// First period without a figure.
        next: NaiveDate,
        /// When it should have come, by rule.
        release: DateTime<Utc>,
        /// Periods missed.
        missed: u32,
    },
    /// So many are missing that the series has ended.
    Ended,
}

/// Judges a series by its newest period.
pub(crate) fn judge(
    definition: &SeriesDef,
    calendars: &Calendars,
    rule: FrequencyRule,
    last: NaiveDate,
    cut: DateTime<Utc>,
) -> Freshness {
    if definition.discontinued {
        return Freshness::Ended;
    }
    let tolerance = TimeDelta::days(i64::from(rule.tolerance_days));
    let mut missed = 0;
    let mut first = None;
    let mut period = last;
    while missed <= rule.ended_after {
        // Where the calendar of dates ends, no further figure is due.
        let Some(next) = next_period(definition, calendars, period) else {
            break;
        };
        period = next;
        let Some(release) = release_by_rule(definition, calendars, period) else {
            break;
        };
        if release.checked_add_signed(tolerance).is_none_or(|due| due > cut) {
            break;
        }
        missed += 1;
        first.get_or_insert((period, release));
    }
    match first {
        None => Freshness::Fresh,
        Some(_) if missed > rule.ended_after => Freshness::Ended,
        Some((next, release)) => Freshness::Late { next, release, missed },
    }
}

/// The period after `period`; `None` where dates end.
fn next_period(definition: &SeriesDef, calendars: &Calendars, period: NaiveDate) -> Option<NaiveDate> {
    let months = |count| {
        let first = period.with_day(1).unwrap_or(period);
        first.checked_add_months(Months::new(count))
    };
    match definition.frequency {
        Frequency::Daily => Some(calendars.on_or_after(definition.calendar, period.succ_opt()?)),
        Frequency::CalendarDaily => period.succ_opt(),
        Frequency::Weekly => period.checked_add_days(Days::new(7)),
        Frequency::Monthly => months(1),
        Frequency::Quarterly => months(3),
        Frequency::Annual => months(12),
    }
}

/// When a period's figure is published by the catalogue's rule; `None` too near the end of dates for an instant.
fn release_by_rule(definition: &SeriesDef, calendars: &Calendars, period: NaiveDate) -> Option<DateTime<Utc>> {
    let end = definition.frequency.period_end(period);
    let lag = TimeDelta::days(i64::from(definition.release.lag_days));
    let day = end.checked_add_signed(lag).unwrap_or(end);
    let day = calendars.on_or_after(definition.calendar, day);
    day.checked_add_days(Days::new(2))?;
    Some(time::local_instant(day, definition.release.time, definition.release.zone))
}
