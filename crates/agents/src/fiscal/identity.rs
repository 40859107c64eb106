//! The balance that the debt identity leaves over: what stands in for an official primary balance where none is published.
//!
//! ```text
//! b[t] = d[t-12] (1 + i)/(1 + n) - d[t]        i: mean Selic of the 12 months, n: growth of 12-month nominal GDP
//! ```
//!
//! It holds everything that is not interest at the Selic: the primary balance, debt at other rates, revaluation of what is in
//! dollars, and stock-flow adjustments. It moves more than the primary balance does. Whatever uses it says so under an id of its
//! own (`..._proxies`). Decimals of GDP, + surplus.

use market::{AsOf, SeriesId};

use super::dynamics::implied_primary;
use crate::monthly::{Monthly, last_of_month, month_number, moving_sum};
use crate::reading::{fresh, fresh_past};
use crate::{Evidence, Refusal};

pub(super) const DEBT: &str = "BR_DBGG_GDP";
/// Monthly nominal GDP in reais. The catalogue also has a 12-month sum (SGS 4382), whose figures are in dollars.
pub(super) const NOMINAL_GDP: &str = "BR_GDP_MONTHLY";
pub(super) const SELIC: &str = "BR_SELIC_TARGET";
pub(super) const BORROWING_12M: &str = "BR_PRIMARY_PS_12M_GDP";
/// Fewest figures of the Selic in a month: it is published daily, and no month has fewer than 17 business days.
const MIN_SELIC: usize = 15;

/// The identity closed over the 12 months to one of them; decimals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Closed {
    pub(super) balance: f64,
    pub(super) before: f64,
    pub(super) paid: f64,
    pub(super) growth: f64,
}

/// What the identity is made of, by month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Identity {
    /// Debt in percent of GDP.
    pub(super) debt_pct: Monthly,
    /// 12-month nominal GDP.
    gdp: Monthly,
    /// Mean Selic of the 12 months that end with a month, decimal.
    selic: Monthly,
}

impl Identity {
    /// Reads the three series; debt and GDP end at most `max_age_days` before the view's date.
    pub(super) fn read(view: &AsOf, max_age_days: u32) -> Result<Self, Refusal> {
        let debt_pct = last_of_month(&fresh_past(view, DEBT, max_age_days)?);
        let gdp = moving_sum(&last_of_month(&fresh_past(view, NOMINAL_GDP, max_age_days + 50)?), 12);
        let selic = selic_means(&fresh_past(view, SELIC, 7)?);
        Ok(Self { debt_pct, gdp, selic })
    }

    /// The identity over the 12 months to `month`, where all of it is known.
    pub(super) fn close(&self, month: i32) -> Option<Closed> {
        let (before, after) = (self.debt_pct.get(&(month - 12))? / 100.0, self.debt_pct.get(&month)? / 100.0);
        let (paid, growth) = (*self.selic.get(&month)?, nominal_growth(&self.gdp, month, 1)?);
        Some(Closed { balance: implied_primary(before, after, paid, growth), before, paid, growth })
    }

    /// The newest month, at most `back` before the newest debt figure, for which the identity closes.
    pub(super) fn newest(&self, back: i32) -> Option<(i32, Closed)> {
        let (&last, _) = self.debt_pct.last_key_value()?;
        (last - back..=last).rev().find_map(|month| Some((month, self.close(month)?)))
    }
}

/// The two other variables that move debt, by month: interest and nominal growth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shocked {
    gdp: Monthly,
    selic: Monthly,
}

impl Shocked {
    pub(super) fn read(view: &AsOf, max_age_days: u32) -> Result<Self, Refusal> {
        let gdp = moving_sum(&last_of_month(&fresh_past(view, NOMINAL_GDP, max_age_days + 50)?), 12);
        Ok(Self { gdp, selic: selic_means(&fresh_past(view, SELIC, 7)?) })
    }

    /// Mean Selic of the 12 months to `month` and growth of 12-month nominal GDP, decimals.
    pub(super) fn at(&self, month: i32) -> Option<(f64, f64)> {
        Some((*self.selic.get(&month)?, nominal_growth(&self.gdp, month, 1)?))
    }
}

/// Yearly growth of 12-month nominal GDP over the `years` that end with a month.
pub(super) fn nominal_growth(gdp: &Monthly, month: i32, years: i32) -> Option<f64> {
    let (now, then) = (gdp.get(&month)?, gdp.get(&(month - 12 * years))?);
    (*now > 0.0 && *then > 0.0).then(|| (now / then).powf(1.0 / f64::from(years)) - 1.0)
}

/// Mean over the figures of each 12 months, decimal; a year of which any month has fewer than [`MIN_SELIC`] is left out.
fn selic_means(selic: &market::Series) -> Monthly {
    let mut months: std::collections::BTreeMap<i32, (f64, usize)> = Default::default();
    for (date, percent) in selic.iter() {
        let held = months.entry(month_number(date)).or_default();
        *held = (held.0 + percent / 100.0, held.1 + 1);
    }
    months.retain(|_, (_, count)| *count >= MIN_SELIC);
    let year = |&month: &i32| {
        let held: Option<Vec<(f64, usize)>> = (month - 11..=month).map(|month| months.get(&month).copied()).collect();
        let (sum, count) = held?.into_iter().fold((0.0, 0), |(sum, count), (s, c)| (sum + s, count + c));
        Some((month, sum / count as f64))
    };
    months.keys().filter_map(year).collect()
}

/// Twelve-month balances by month (decimals, + surplus) with what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BalanceHistory {
    pub(super) balances: Monthly,
    /// True when they are what the identity leaves over.
    pub(super) proxied: bool,
    pub(super) evidence: Evidence,
}

/// The official 12-month balance (SGS 5793 with its sign turned, for it is a borrowing requirement) when it is fresh, otherwise
/// that of the identity.
pub(super) fn balance_history(view: &AsOf, max_age_days: u32) -> Result<BalanceHistory, Refusal> {
    if fresh(view, BORROWING_12M, max_age_days).is_ok() {
        let series = fresh_past(view, BORROWING_12M, max_age_days)?;
        if let Some((period, borrowing_pct)) = series.last() {
            let balances = last_of_month(&series).into_iter().map(|(month, pct)| (month, -pct / 100.0)).collect();
            let name = "primary borrowing, 12 months (+ deficit)";
            let evidence = Evidence::read(name, borrowing_pct, "% of GDP", &series.id, period);
            return Ok(BalanceHistory { balances, proxied: false, evidence });
        }
    }
    let identity = Identity::read(view, max_age_days)?;
    let (month, closed) = identity.newest(3).ok_or_else(|| {
        Refusal::Unavailable(format!(
            "no primary balance: neither {BORROWING_12M} nor 12 months of {DEBT} and {NOMINAL_GDP}"
        ))
    })?;
    let close = |&month: &i32| Some((month, identity.close(month)?.balance));
    let balances = identity.debt_pct.keys().filter_map(close).collect();
    let evidence = Evidence::derived(
        "balance left over by the debt identity",
        100.0 * closed.balance,
        "% of GDP",
        &DEBT.into(),
        crate::monthly::month_start(month),
    );
    Ok(BalanceHistory { balances, proxied: true, evidence })
}

/// Declared inputs of [`balance_history`].
pub(super) fn inputs() -> Vec<SeriesId> {
    [DEBT, NOMINAL_GDP, SELIC, BORROWING_12M].map(SeriesId::new).to_vec()
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;

    #[test]
    fn the_identity_closes_by_hand() {
        let identity = Identity {
            debt_pct: Monthly::from([(0, 80.0), (12, 83.0)]),
            gdp: Monthly::from([(0, 1000.0), (12, 1080.0)]),
            selic: Monthly::from([(12, 0.10)]),
        };
        let closed = identity.close(12).unwrap();
        assert!((closed.balance - (0.8 * 1.10 / 1.08 - 0.83)).abs() < 1e-15, "a deficit of 1.5 % of GDP");
        assert_eq!(identity.newest(3).unwrap().0, 12);
        assert_eq!(identity.close(11), None);
    }

    #[test]
    fn the_mean_selic_needs_each_of_its_twelve_months() {
        let start: chrono::NaiveDate = "2024-01-01".parse().unwrap();
        let days: Vec<chrono::NaiveDate> = start.iter_days().take(366 + 365).collect();
        let of = |keep: &dyn Fn(&chrono::NaiveDate) -> bool| {
            let periods: Vec<_> = days.iter().copied().filter(keep).collect();
            let values = periods.iter().map(|day| if day.year() == 2024 { 10.0 } else { 15.0 }).collect();
            selic_means(&market::Series { id: SELIC.into(), periods, values })
        };
        let (december, june) =
            (month_number("2024-12-01".parse().unwrap()), month_number("2025-06-01".parse().unwrap()));
        let full = of(&|_| true);
        assert_eq!(full.len(), 13);
        assert!((full[&december] - 0.10).abs() < 1e-12);
        // July to December of 2024 are 184 days, January to June of 2025 are 181.
        assert!((full[&june] - (184.0 * 0.10 + 181.0 * 0.15) / 365.0).abs() < 1e-12);
        // 335 figures, and no May: no mean until the year is whole again.
        let holed = of(&|day| (day.year(), day.month()) != (2024, 5));
        assert_eq!(holed.keys().min(), Some(&(month_number("2025-05-01".parse().unwrap()))));
    }

    #[test]
    fn growth_over_years_is_geometric() {
        let gdp = Monthly::from([(0, 100.0), (24, 121.0)]);
        assert!((nominal_growth(&gdp, 24, 2).unwrap() - 0.10).abs() < 1e-12);
        assert_eq!(nominal_growth(&gdp, 24, 1), None);
    }
}
