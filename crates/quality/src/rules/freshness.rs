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
        period = next_period(definition, calendars, period);
        let release = release_by_rule(definition, calendars, period);
        if release + tolerance > cut {
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

/// The period after `period`.
pub(crate) fn next_period(definition: &SeriesDef, calendars: &Calendars, period: NaiveDate) -> NaiveDate {
    let months = |count| {
        let first = period.with_day(1).unwrap_or(period);
        first.checked_add_months(Months::new(count)).unwrap_or(NaiveDate::MAX)
    };
    match definition.frequency {
        Frequency::Daily => calendars.on_or_after(definition.calendar, period + Days::new(1)),
        Frequency::CalendarDaily => period + Days::new(1),
        Frequency::Weekly => period + Days::new(7),
        Frequency::Monthly => months(1),
        Frequency::Quarterly => months(3),
        Frequency::Annual => months(12),
    }
}

/// When a period's figure is published by the catalogue's rule.
fn release_by_rule(definition: &SeriesDef, calendars: &Calendars, period: NaiveDate) -> DateTime<Utc> {
    let end = definition.frequency.period_end(period);
    let lag = TimeDelta::days(i64::from(definition.release.lag_days));
    let day = end.checked_add_signed(lag).unwrap_or(end);
    let day = calendars.on_or_after(definition.calendar, day);
    time::local_instant(day, definition.release.time, definition.release.zone)
}
