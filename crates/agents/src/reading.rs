//! Reads with an age limit: a model states how old its inputs may be and refuses older ones.

use chrono::{Days, NaiveDate};
use market::{AsOf, DataError, Frequency, Series, SeriesId};

use crate::{Flag, Refusal};

/// A series whose newest period ended at most `max_age_days` calendar days before the view's date.
pub(crate) fn fresh(view: &AsOf, id: &str, max_age_days: u32) -> Result<Series, Refusal> {
    let id = SeriesId::new(id);
    let series = view.series(&id)?;
    let (last, _) = series.last().ok_or_else(|| DataError::NothingPublished { series: id.clone() })?;
    let oldest = view.date().checked_sub_days(Days::new(u64::from(max_age_days))).unwrap_or(NaiveDate::MIN);
    if period_end(view, &id, last) < oldest {
        return Err(DataError::Stale { series: id, last, oldest }.into());
    }
    Ok(series)
}

/// As [`fresh`], without what is dated after the view's date: projections and figures announced ahead.
pub(crate) fn fresh_past(view: &AsOf, id: &str, max_age_days: u32) -> Result<Series, Refusal> {
    let series = fresh(view, id, max_age_days)?;
    let past = series.periods.partition_point(|period| *period <= view.date());
    let series = Series { periods: series.periods[..past].to_vec(), values: series.values[..past].to_vec(), ..series };
    if series.is_empty() {
        return Err(DataError::NothingPublished { series: series.id }.into());
    }
    Ok(series)
}

/// The newest value of a fresh series and its period.
pub(crate) fn fresh_last(view: &AsOf, id: &str, max_age_days: u32) -> Result<(NaiveDate, f64), Refusal> {
    let series = fresh_past(view, id, max_age_days)?;
    series.last().ok_or_else(|| DataError::NothingPublished { series: series.id.clone() }.into())
}

/// A statistic that its publisher revises, under two ids.
pub(crate) struct Vintages {
    /// Every vintage, so that a cut sees what was known then.
    pub(crate) real_time: &'static str,
    /// The latest revision only.
    pub(crate) latest: &'static str,
}

impl Vintages {
    /// The newest value and its period, from the real-time vintages when they are fresh on the cut, otherwise from the
    /// latest revision; with the id it was read from.
    pub(crate) fn fresh_last(
        &self,
        view: &AsOf,
        max_age_days: u32,
    ) -> Result<(&'static str, (NaiveDate, f64)), Refusal> {
        match fresh_last(view, self.real_time, max_age_days) {
            Ok(found) => Ok((self.real_time, found)),
            Err(_) => Ok((self.latest, fresh_last(view, self.latest, max_age_days)?)),
        }
    }
}

/// The remark on a series that is read without its vintages.
pub(crate) fn latest_revision(model: &str, id: &str) -> Flag {
    Flag::remark(format!("{model}: {id} holds the latest revision, not what was known"))
}

/// Calendar days between the end of a period and the view's date, zero for a period that has not ended.
pub(crate) fn age_days(view: &AsOf, id: &SeriesId, period: NaiveDate) -> i64 {
    (view.date() - period_end(view, id, period)).num_days().max(0)
}

fn period_end(view: &AsOf, id: &SeriesId, period: NaiveDate) -> NaiveDate {
    let frequency = view.catalogue().get(id).map_or(Frequency::Daily, |definition| definition.frequency);
    frequency.period_end(period)
}

/// Trust in a figure by its age: 1 up to `usual` days, falling linearly to 0.5 at `limit` days.
pub(crate) fn freshness(age_days: i64, usual: u32, limit: u32) -> f64 {
    let (age, usual, limit) = (age_days as f64, f64::from(usual), f64::from(limit));
    if age <= usual || limit <= usual {
        return 1.0;
    }
    1.0 - 0.5 * ((age - usual) / (limit - usual)).clamp(0.0, 1.0)
}

/// A bounded reading: `tanh(value / scale)`, 0.76 when the value equals the scale.
pub(crate) fn squash(value: f64, scale: f64) -> f64 {
    (value / scale).tanh()
}

/// Trust in an estimate by its standard error: `1 / (1 + (se / scale)^2)`, one half when they are equal.
pub(crate) fn precision(standard_error: f64, scale: f64) -> f64 {
    1.0 / (1.0 + (standard_error / scale).powi(2))
}

/// Refuses a result outside `+-limit` or that is not a number.
pub(crate) fn plausible(what: &'static str, value: f64, limit: f64) -> Result<f64, Refusal> {
    if value.abs() <= limit { Ok(value) } else { Err(Refusal::Absurd { what, value, limit }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_is_full_in_time_and_half_at_the_limit() {
        assert_eq!(freshness(30, 45, 90), 1.0);
        assert_eq!(freshness(90, 45, 90), 0.5);
        assert!((freshness(60, 30, 90) - 0.75).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_a_number_is_not_plausible() {
        assert!(plausible("x", f64::NAN, 1.0).is_err());
        assert!(plausible("x", -2.0, 1.0).is_err());
        assert_eq!(plausible("x", -0.5, 1.0), Ok(-0.5));
    }
}
