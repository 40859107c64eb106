//! Dates and instants as integers.

use chrono::{DateTime, NaiveDate, Utc};

/// Days since 1970-01-01.
pub(crate) fn days(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// Inverse of [`days`].
pub(crate) fn date(days: i64) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(i32::try_from(days).ok()?)
}

/// Microseconds since 1970-01-01T00:00Z. Finer digits are cut off.
pub(crate) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// Inverse of [`micros`].
pub(crate) fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}
