//! Daily changes of market prices on the dates that several series share.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::Series;

/// How a price becomes a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// `ln(x_t / x_{t-1})`, for prices, volatilities and spreads.
    Log,
    /// `x_t - x_{t-1}`, for yields.
    Difference,
}

impl Change {
    /// The change between two levels; `None` when it does not exist.
    pub(crate) fn of(self, before: f64, now: f64) -> Option<f64> {
        match self {
            Self::Log => (before > 0.0 && now > 0.0).then(|| (now / before).ln()),
            Self::Difference => Some(now - before),
        }
    }
}

/// Changes of two series between consecutive dates that both have, with the date at their end: oldest first, at most the
/// last `count`. Changes across more than `max_gap_days` are left out: they are not one day's.
pub(crate) fn paired(
    (a, change_a): (&Series, Change),
    (b, change_b): (&Series, Change),
    count: usize,
    max_gap_days: i64,
) -> Vec<(NaiveDate, f64, f64)> {
    let levels: BTreeMap<NaiveDate, f64> = b.iter().collect();
    let shared: Vec<(NaiveDate, f64, f64)> =
        a.iter().filter_map(|(date, x)| Some((date, x, *levels.get(&date)?))).collect();
    let step = |pair: &[(NaiveDate, f64, f64)]| {
        let ((from, a0, b0), (to, a1, b1)) = (pair[0], pair[1]);
        let near = (to - from).num_days() <= max_gap_days;
        near.then(|| Some((to, change_a.of(a0, a1)?, change_b.of(b0, b1)?))).flatten()
    };
    let mut last: Vec<(NaiveDate, f64, f64)> = shared.windows(2).rev().filter_map(step).take(count).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(days: &[u32], values: &[f64]) -> Series {
        let period = |day: &u32| NaiveDate::from_ymd_opt(2026, 3, *day).unwrap();
        Series { id: "X".into(), periods: days.iter().map(period).collect(), values: values.to_vec() }
    }

    #[test]
    fn changes_are_between_shared_dates_and_not_across_a_hole() {
        let a = series(&[2, 3, 4, 5, 20], &[1.0, 2.0, 4.0, 8.0, 9.0]);
        let b = series(&[2, 4, 5, 20], &[5.0, 5.5, 5.0, 9.0]);
        let changes = paired((&a, Change::Log), (&b, Change::Difference), 10, 5);
        assert_eq!(changes.len(), 2, "{changes:?}");
        assert!((changes[0].1 - 4.0_f64.ln()).abs() < 1e-15 && changes[0].2 == 0.5);
        assert!((changes[1].1 - 2.0_f64.ln()).abs() < 1e-15 && changes[1].2 == -0.5);
    }
}
