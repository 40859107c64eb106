//! Local publication times as instants.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// Zone of Brazilian publishers and of the default cut.
pub const SAO_PAULO: Tz = chrono_tz::America::Sao_Paulo;
/// Zone of US publishers.
pub const NEW_YORK: Tz = chrono_tz::America::New_York;

/// The instant of a local date and time. In the hour that a clock change repeats the later instant is taken, and in the
/// hour that it skips the first instant after it: a figure is never assumed known too early.
pub fn local_instant(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let mut local = date.and_time(time);
    // A skipped hour resolves after at most a few steps; the bound only keeps the loop finite.
    for _ in 0..48 {
        match zone.from_local_datetime(&local) {
            chrono::LocalResult::Single(instant) => return instant.to_utc(),
            chrono::LocalResult::Ambiguous(_, later) => return later.to_utc(),
            chrono::LocalResult::None => local += chrono::TimeDelta::minutes(30),
        }
    }
    Utc.from_utc_datetime(&local)
}

/// The default published cut of a run: 20:00 in São Paulo on the run date.
pub fn default_cut(date: NaiveDate) -> DateTime<Utc> {
    local_instant(date, NaiveTime::from_hms_opt(20, 0, 0).unwrap_or(NaiveTime::MIN), SAO_PAULO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_cut_is_23h_utc_without_daylight_saving_and_22h_with_it() {
        assert_eq!(default_cut("2026-03-31".parse().unwrap()).to_rfc3339(), "2026-03-31T23:00:00+00:00");
        assert_eq!(default_cut("2018-01-10".parse().unwrap()).to_rfc3339(), "2018-01-10T22:00:00+00:00");
    }

    #[test]
    fn a_skipped_hour_resolves_to_the_first_instant_after_it() {
        let skipped = local_instant("2018-11-04".parse().unwrap(), NaiveTime::MIN, SAO_PAULO);
        assert_eq!(skipped.to_rfc3339(), "2018-11-04T03:00:00+00:00");
    }
}
