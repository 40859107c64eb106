//! Marking an open package with its instruments' own returns.
//!
//! The legs are held at constant exposure, so a package's profit per unit is the plain sum over legs and days of
//! ratio times daily excess return. It earns from the first session after its entry. A mark moves forward only to the
//! last date on which *every* leg has a return: a spread is never marked with one leg.

use chrono::NaiveDate;

use crate::OpenPackage;
pub use crate::sample::DatedReturns;

/// Profit of a package and the date it includes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Cumulative excess return since entry, per unit of the package (decimal).
    pub cumulative_return: f64,
    /// Last date included.
    pub marked_through: NaiveDate,
}

/// Brings the mark of `open` up to date. `legs` are the returns of its legs, in their order.
///
/// A leg without any return leaves the mark where it was.
///
/// ```
/// # use chrono::NaiveDate;
/// # use strategies::{Leg, OpenPackage, mark::{DatedReturns, advance}};
/// let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
/// let open = OpenPackage {
///     package: "USDBRL".into(), direction: agents::Direction::Short, legs: vec![Leg::new("USDBRL", -1.0)], size: 0.5,
///     entry_date: day(2), entry_signal: -0.3, stop: -0.05, target: 0.08, marked_through: day(2), cumulative_return: 0.0,
/// };
/// let usdbrl = DatedReturns { dates: vec![day(2), day(3), day(4)], returns: vec![0.02, -0.01, 0.004] };
/// let mark = advance(&open, &[usdbrl]);
/// assert!((mark.cumulative_return - 0.006).abs() < 1e-15, "the entry day's own return is not earned");
/// assert_eq!(mark.marked_through, day(4));
/// ```
pub fn advance(open: &OpenPackage, legs: &[DatedReturns]) -> Mark {
    let unchanged = Mark { cumulative_return: open.cumulative_return, marked_through: open.marked_through };
    let last_common = legs.iter().map(DatedReturns::last_date).min().flatten();
    let Some(through) = last_common.filter(|date| *date > open.marked_through && legs.len() == open.legs.len()) else {
        return unchanged;
    };
    let mut earned = 0.0;
    for (leg, returns) in open.legs.iter().zip(legs) {
        let sum: f64 = returns.between(open.marked_through, through).map(|(_, value)| value).sum();
        earned += leg.ratio * sum;
    }
    Mark { cumulative_return: open.cumulative_return + earned, marked_through: through }
}

#[cfg(test)]
mod tests {
    use agents::Direction;

    use super::*;
    use crate::Leg;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn spread() -> OpenPackage {
        OpenPackage {
            package: "DI_2Y_5Y".into(),
            direction: Direction::Long,
            legs: vec![Leg::new("DI_2Y", 2.0), Leg::new("DI_5Y", -1.0)],
            size: 0.5,
            entry_date: day(2),
            entry_signal: 1.5,
            stop: -0.02,
            target: 0.03,
            marked_through: day(2),
            cumulative_return: 0.0,
        }
    }

    #[test]
    fn a_spread_is_marked_only_through_the_last_date_of_both_legs() {
        let two = DatedReturns { dates: vec![day(3), day(4)], returns: vec![0.001, 0.002] };
        let five = DatedReturns { dates: vec![day(3)], returns: vec![-0.003] };
        let mark = advance(&spread(), &[two, five]);
        assert_eq!(mark.marked_through, day(3));
        assert!((mark.cumulative_return - (2.0 * 0.001 + 0.003)).abs() < 1e-16);
    }

    #[test]
    fn marking_in_two_steps_equals_marking_in_one() {
        let two = DatedReturns { dates: vec![day(3), day(4)], returns: vec![0.001, 0.002] };
        let five = DatedReturns { dates: vec![day(3), day(4)], returns: vec![-0.003, 0.004] };
        let at_once = advance(&spread(), &[two.clone(), five.clone()]);
        let first_day =
            |r: &DatedReturns| DatedReturns { dates: r.dates[..1].to_vec(), returns: r.returns[..1].to_vec() };
        let first = advance(&spread(), &[first_day(&two), first_day(&five)]);
        let mut carried = spread();
        carried.cumulative_return = first.cumulative_return;
        carried.marked_through = first.marked_through;
        let second = advance(&carried, &[two, five]);
        assert!((second.cumulative_return - at_once.cumulative_return).abs() < 1e-16);
    }

    #[test]
    fn a_leg_without_returns_leaves_the_mark() {
        let two = DatedReturns { dates: vec![day(3)], returns: vec![0.001] };
        let mark = advance(&spread(), &[two, DatedReturns::default()]);
        assert_eq!((mark.cumulative_return, mark.marked_through), (0.0, day(2)));
    }
}
