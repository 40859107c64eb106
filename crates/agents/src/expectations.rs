//! Survey expectations of Brazilian inflation twelve months ahead, and the target they are compared with.
//!
//! In order of preference: the BCB's 12-month survey (smoothed, then not smoothed); otherwise the two fixed-year medians
//! of one survey date, weighted by the share of the year left:
//!
//! ```text
//! E12 = w E[this year] + (1 - w) E[next year],    w = days left in the year / days in the year
//! ```
//!
//! A calendar-year median is not a 12-month expectation; the interpolation is the standard remedy (Dovern, Fritsche and
//! Slacalek 2012, Review of Economics and Statistics 94). Unit: decimal per 12 months.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use market::{AsOf, DataError, Series, SeriesId};

use crate::monthly::{Monthly, month_number};
use crate::{Evidence, Flag, Refusal};

/// 12-month survey, smoothed.
pub(crate) const SMOOTHED: &str = "BR_FOCUS_IPCA_12M.MEDIAN";
/// 12-month survey, not smoothed.
pub(crate) const RAW: &str = "BR_FOCUS_IPCA_12M_RAW.MEDIAN";
/// Fixed-year survey of the IPCA.
pub(crate) const IPCA_ANNUAL: &str = "BR_FOCUS_IPCA_ANNUAL";
/// Centre of the inflation target by year.
pub(crate) const TARGET: &str = "BR_INFL_TARGET";

/// A 12-month expectation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expectation {
    /// Decimal per 12 months.
    pub(crate) value: f64,
    /// Day of the survey.
    pub(crate) surveyed: NaiveDate,
    /// Where it comes from.
    pub(crate) evidence: Vec<Evidence>,
    /// What stands in for the smoothed survey, where something does.
    stand_in: Option<&'static str>,
}

impl Expectation {
    /// The flag of a model that had to use another survey than the smoothed one.
    pub(crate) fn flag(&self, model: &str) -> Option<Flag> {
        let text = |stand_in| format!("{model}: {stand_in} stands in for {SMOOTHED}, which is missing or old");
        self.stand_in.map(text).map(Flag::missing)
    }
}

/// Declared inputs of everything in this file.
pub(crate) fn inputs() -> Vec<SeriesId> {
    vec![SMOOTHED.into(), RAW.into(), SeriesId::new(format!("{IPCA_ANNUAL}.*")), TARGET.into()]
}

/// The newest 12-month expectation, surveyed at most `max_age_days` before the view's date.
pub(crate) fn latest(view: &AsOf, max_age_days: u32) -> Result<Expectation, Refusal> {
    for (id, stand_in) in [(SMOOTHED, None), (RAW, Some(RAW))] {
        if let Ok((surveyed, percent)) = crate::reading::fresh_last(view, id, max_age_days) {
            let evidence =
                vec![Evidence::read("survey of inflation 12 months ahead", percent, "%", &id.into(), surveyed)];
            return Ok(Expectation { value: percent / 100.0, surveyed, evidence, stand_in });
        }
    }
    let oldest = view.date().checked_sub_days(Days::new(u64::from(max_age_days))).unwrap_or(NaiveDate::MIN);
    for year in [view.date().year(), view.date().year() - 1] {
        let (Ok(this), Ok(next)) = (annual(view, IPCA_ANNUAL, year), annual(view, IPCA_ANNUAL, year + 1)) else {
            continue;
        };
        let within = |date: &NaiveDate| *date >= oldest && date.year() == year;
        if let Some(date) = this.periods.iter().rev().find(|date| within(date) && next.at(**date).is_some())
            && let (Some(a), Some(b)) = (this.at(*date), next.at(*date))
        {
            let evidence = vec![
                Evidence::read(format!("survey of inflation in {year}"), a, "%", &this.id, *date),
                Evidence::read(format!("survey of inflation in {}", year + 1), b, "%", &next.id, *date),
                Evidence::computed("share of the year left", share_left(*date), "share"),
            ];
            let (value, stand_in) =
                (fixed_horizon(a, b, *date) / 100.0, Some("a mean of two calendar years of BR_FOCUS_IPCA_ANNUAL"));
            return Ok(Expectation { value, surveyed: *date, evidence, stand_in });
        }
    }
    Err(Refusal::Unavailable(format!(
        "no inflation survey since {oldest}: neither {SMOOTHED}, {RAW} nor two years of {IPCA_ANNUAL}"
    )))
}

/// The expectation known in each month (that of the month's last survey), for months in `[first, last]`; a month without
/// a survey is missing.
pub(crate) fn by_month(view: &AsOf, first: i32, last: i32) -> Monthly {
    let mut months = Monthly::new();
    for year in first.div_euclid(12)..=last.div_euclid(12) {
        let (Ok(this), Ok(next)) = (annual(view, IPCA_ANNUAL, year), annual(view, IPCA_ANNUAL, year + 1)) else {
            continue;
        };
        for (date, a) in this.iter().filter(|(date, _)| date.year() == year) {
            if let Some(b) = next.at(date) {
                months.insert(month_number(date), fixed_horizon(a, b, date) / 100.0);
            }
        }
    }
    for id in [RAW, SMOOTHED] {
        if let Ok(series) = view.series(&id.into()) {
            months.extend(series.iter().map(|(date, percent)| (month_number(date), percent / 100.0)));
        }
    }
    months.retain(|month, _| (first..=last).contains(month));
    months
}

/// Medians of one reference year of an annual survey, by survey date.
pub(crate) fn annual(view: &AsOf, family: &str, year: i32) -> Result<Series, DataError> {
    view.series(&SeriesId::new(format!("{family}.{year}.MEDIAN")))
}

/// The newest medians of an annual survey for as many consecutive years from `first_year` as are known, each surveyed
/// since `oldest`.
pub(crate) fn annual_path(
    view: &AsOf,
    family: &str,
    first_year: i32,
    years: usize,
    oldest: NaiveDate,
) -> BTreeMap<i32, (SeriesId, NaiveDate, f64)> {
    let mut path = BTreeMap::new();
    for year in (first_year..).take(years) {
        let Ok(series) = annual(view, family, year) else { break };
        match series.last() {
            Some((date, value)) if date >= oldest => path.insert(year, (series.id.clone(), date, value)),
            _ => break,
        };
    }
    path
}

/// Fixed-horizon figure from two fixed-event ones.
pub(crate) fn fixed_horizon(this_year: f64, next_year: f64, date: NaiveDate) -> f64 {
    let left = share_left(date);
    left * this_year + (1.0 - left) * next_year
}

/// Share of the year of `date` that is left after it.
pub(crate) fn share_left(date: NaiveDate) -> f64 {
    let days = if date.leap_year() { 366.0 } else { 365.0 };
    (days - f64::from(date.ordinal())) / days
}

/// The inflation target in force on a date (decimal) and the year of the row it comes from: the row of that year, or, since
/// the continuous target of 2025 (Decree 12.079/2024), the newest row; before 2025 the previous year's row stands in for a
/// year whose row is not visible yet, for the two differ by at most 0.25 points.
pub(crate) fn target_on(targets: &Series, date: NaiveDate) -> Result<(f64, NaiveDate), Refusal> {
    let found = targets.at_or_before(date).filter(|(period, _)| period.year() >= (date.year() - 1).min(2025));
    found
        .map(|(period, percent)| (percent / 100.0, period))
        .ok_or_else(|| Refusal::Unavailable(format!("{}: no inflation target known for {}", targets.id, date.year())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_interpolation_moves_from_this_year_to_the_next() {
        assert!((fixed_horizon(4.0, 3.0, date("2025-07-02")) - 3.498_630_136_986_301).abs() < 1e-12);
        assert_eq!(fixed_horizon(4.0, 3.0, date("2025-12-31")), 3.0);
        assert!(fixed_horizon(4.0, 3.0, date("2025-01-01")) > 3.99);
    }

    #[test]
    fn the_interpolation_is_the_inflation_of_the_next_twelve_months() {
        // Prices rise at one steady pace in each calendar year: what they do from a date to a year later is known in closed
        // form, (1 + a)^w (1 + b)^(1 - w) - 1. The weights are exact; compounding is a hundredth of a point.
        for (day, a, b) in [("2026-02-27", 6.0, 3.5), ("2026-06-30", 4.3, 3.8), ("2024-10-31", 10.0, 5.0)] {
            let left = share_left(date(day));
            let exact = (1.0 + a / 100.0_f64).powf(left) * (1.0 + b / 100.0_f64).powf(1.0 - left) - 1.0;
            assert!((fixed_horizon(a, b, date(day)) - 100.0 * exact).abs() < 0.03, "{day}");
            let logs = fixed_horizon((a / 100.0_f64).ln_1p(), (b / 100.0_f64).ln_1p(), date(day));
            assert!((logs.exp_m1() - exact).abs() < 1e-12, "{day}");
        }
        assert!((share_left(date("2026-06-30")) - 184.0 / 365.0).abs() < 1e-15);
        assert!((share_left(date("2024-10-31")) - 61.0 / 366.0).abs() < 1e-15);
    }

    #[test]
    fn the_target_of_2025_holds_on_and_an_older_gap_is_refused() {
        let targets =
            Series { id: TARGET.into(), periods: vec![date("2024-01-01"), date("2025-01-01")], values: vec![3.0, 3.0] };
        assert_eq!(target_on(&targets, date("2027-05-10")).unwrap(), (0.03, date("2025-01-01")));
        let old = Series { periods: vec![date("2010-01-01")], values: vec![4.5], ..targets };
        assert!(target_on(&old, date("2011-06-01")).is_ok());
        assert!(target_on(&old, date("2012-06-01")).is_err());
    }
}
