//! Arithmetic on monthly figures, keyed by month number so that a missing month is missing and never shifts its
//! neighbours.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use market::Series;

use crate::Refusal;

/// Value by month number ([`month_number`]).
pub(crate) type Monthly = BTreeMap<i32, f64>;

/// Months since year 0: consecutive months differ by one.
pub(crate) fn month_number(date: NaiveDate) -> i32 {
    date.year() * 12 + date.month0() as i32
}

/// First day of a month number.
pub(crate) fn month_start(month: i32) -> NaiveDate {
    let (year, month0) = (month.div_euclid(12), month.rem_euclid(12) as u32);
    NaiveDate::from_ymd_opt(year, month0 + 1, 1).unwrap_or(NaiveDate::MIN)
}

/// The last value of each month.
pub(crate) fn last_of_month(series: &Series) -> Monthly {
    series.iter().map(|(period, value)| (month_number(period), value)).collect()
}

/// The mean of each month's values.
pub(crate) fn mean_of_month(series: &Series) -> Monthly {
    let mut sums: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for (period, value) in series.iter() {
        let (sum, count) = sums.entry(month_number(period)).or_default();
        *sum += value;
        *count += 1.0;
    }
    sums.into_iter().map(|(month, (sum, count))| (month, sum / count)).collect()
}

/// The newest month and its value.
pub(crate) fn newest(monthly: &Monthly) -> Option<(i32, f64)> {
    monthly.last_key_value().map(|(&month, &value)| (month, value))
}

/// What `derived` has for `month`, the newest month of what it was derived from.
///
/// # Errors
/// [`Refusal::Unavailable`] when it has nothing for it, which a hole in the months behind it makes so: an older figure is
/// not a figure of `month`.
pub(crate) fn of_month(what: &str, derived: &Monthly, month: i32) -> Result<f64, Refusal> {
    let none = || Refusal::Unavailable(format!("{what}: no figure for {}{}", month_name(month), ends(derived)));
    derived.get(&month).copied().ok_or_else(none)
}

/// A month number as text: `2026-02`.
pub(crate) fn month_name(month: i32) -> String {
    month_start(month).format("%Y-%m").to_string()
}

fn ends(derived: &Monthly) -> String {
    match newest(derived) {
        Some((last, _)) => format!(" (the last is of {}): a month that it needs is missing", month_name(last)),
        None => ": the months that it needs are missing".to_owned(),
    }
}

/// Compounds monthly percent changes over `months` consecutive months into a decimal: `prod(1 + x/100) - 1`. A month of
/// which any of the `months` is missing is left out.
pub(crate) fn compounded(percent_changes: &Monthly, months: i32) -> Monthly {
    trailing(percent_changes, months, |window| window.iter().map(|x| 1.0 + x / 100.0).product::<f64>() - 1.0)
}

/// Mean of `months` consecutive values.
pub(crate) fn moving_average(values: &Monthly, months: i32) -> Monthly {
    trailing(values, months, |window| window.iter().sum::<f64>() / window.len() as f64)
}

/// Sum of `months` consecutive values.
pub(crate) fn moving_sum(values: &Monthly, months: i32) -> Monthly {
    trailing(values, months, |window| window.iter().sum())
}

/// `ln(x_t / x_{t-months})`; months whose level is missing or not positive are left out.
pub(crate) fn log_change(levels: &Monthly, months: i32) -> Monthly {
    let pair = |(&month, &now): (&i32, &f64)| {
        let then = *levels.get(&(month - months))?;
        (now > 0.0 && then > 0.0).then(|| (month, (now / then).ln()))
    };
    levels.iter().filter_map(pair).collect()
}

fn trailing(values: &Monthly, months: i32, f: impl Fn(&[f64]) -> f64) -> Monthly {
    let window = |&month: &i32| {
        let window: Option<Vec<f64>> = (month - months + 1..=month).map(|m| values.get(&m).copied()).collect();
        window.map(|window| (month, f(&window)))
    };
    values.keys().filter_map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn month_numbers_round_trip_across_years() {
        let date: NaiveDate = "2025-12-01".parse().unwrap();
        assert_eq!(month_start(month_number(date)), date);
        assert_eq!(month_start(month_number(date) + 1), "2026-01-01".parse::<NaiveDate>().unwrap());
    }

    #[test]
    fn twelve_months_of_half_a_percent_compound_to_6_17_percent() {
        let flat: Monthly = (0..12).map(|month| (month, 0.5)).collect();
        let year = compounded(&flat, 12);
        assert_eq!(year.len(), 1);
        assert!((year[&11] - 0.061_677_811_864_498).abs() < 1e-12);
    }

    #[test]
    fn a_missing_month_leaves_out_every_window_that_needs_it() {
        let mut values: Monthly = (0..10).map(|month| (month, 1.0)).collect();
        values.remove(&5);
        assert_eq!(moving_sum(&values, 3).keys().copied().collect::<Vec<_>>(), [2, 3, 4, 8, 9]);
        assert!(!log_change(&values, 1).contains_key(&6));
    }

    #[test]
    fn a_figure_of_another_month_is_refused_with_both_months_named() {
        let mut changes: Monthly = (24_000..24_030).map(|month| (month, 1.0)).collect();
        assert_eq!(of_month("x", &moving_sum(&changes, 3), 24_029), Ok(3.0));
        changes.remove(&24_028);
        let why = of_month("x", &moving_sum(&changes, 3), 24_029).unwrap_err().to_string();
        assert_eq!(why, "x: no figure for 2002-06 (the last is of 2002-04): a month that it needs is missing");
    }
}
