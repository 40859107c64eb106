//! Marking the held book: what yesterday's weights earned until today.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::AsOf;
use market::instruments::{AssetClass, InstrumentId, ReturnSeries};
use portfolio::Weights;
use serde::{Deserialize, Serialize};
use strategies::StrategyId;

use crate::attribution::Attribution;
use crate::state::DeskState;

/// What the held book earned since it was last marked, as fractions of the previous NAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Marking {
    /// Date of the previous run; `None` on the first.
    pub from: Option<NaiveDate>,
    /// Growth of the price in excess of funding of each instrument that the desk or a strategy holds, where it is known.
    pub growth: BTreeMap<InstrumentId, f64>,
    /// Profit (+) or loss (-) by instrument.
    pub by_instrument: BTreeMap<InstrumentId, f64>,
    /// Profit or loss by strategy.
    pub by_strategy: BTreeMap<StrategyId, f64>,
    /// Profit or loss by asset class.
    pub by_class: BTreeMap<AssetClass, f64>,
    /// Sum over instruments.
    pub total: f64,
    /// Held instruments of which part of the profit is not known: it is missing, not zero, and the run is not green.
    pub unmarked: Vec<Unmarked>,
    /// The same of instruments that strategies hold against each other and the desk does not hold: the NAV misses nothing,
    /// each of those strategies does, and the run is not green. Left out of the JSON when there are none, as in records of
    /// before they were marked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmarked_between: Vec<Unmarked>,
    /// Date of the last price that is marked, by instrument that the desk or a strategy holds.
    pub marked_through: BTreeMap<InstrumentId, NaiveDate>,
    /// Weights after the market moved them and the NAV.
    pub drifted: BTreeMap<InstrumentId, f64>,
    /// NAV before, in the desk's currency.
    pub nav_before: f64,
    /// NAV after, before today's trading costs.
    pub nav_after: f64,
    /// The profit taken apart; `None` on the first run and in records of before it was kept. Left out of the JSON then, so
    /// that the digest of an older record is still that of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
}

/// A stretch of time over which a held instrument has no return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmarked {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Last price that is in the NAV.
    pub after: NaiveDate,
    /// First price after the hole; `None` when there is none yet, and a later run can still mark it.
    pub until: Option<NaiveDate>,
}

impl std::fmt::Display for Unmarked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.until {
            Some(until) => write!(
                f,
                "{} was held from {} to {until} and has no return over those days: that profit or loss is not in the NAV",
                self.instrument, self.after
            ),
            None => write!(f, "{} is held and has no return since {}: not marked yet", self.instrument, self.after),
        }
    }
}

/// Marks the book held in `state` with the instruments' own excess returns since each was last marked.
///
/// Returns must follow on each other from the last price in the NAV; where they do not, the hole is listed. What has no
/// price yet stays to be marked by a later run. Weights are held between two runs, so that returns compound. An instrument
/// that strategies hold against each other, so that the desk holds none, earns each of them what it moved and the desk
/// nothing.
pub fn mark(
    view: &AsOf,
    state: &DeskState,
    returns: &BTreeMap<InstrumentId, ReturnSeries>,
    initial_nav: f64,
) -> Marking {
    let nav_before = state.nav_or(initial_nav);
    let mut marking = Marking { from: state.as_of, nav_before, nav_after: nav_before, ..Marking::default() };
    let Some(from) = state.as_of else { return marking };
    for (id, weight) in &held(state) {
        let desk_holds = state.weights.contains_key(id);
        let mut missing = Vec::new();
        let through = state.marked_through.get(id).copied().unwrap_or(from);
        let mut growth = 1.0;
        let mut last = through;
        for (start, date, value) in returns.get(id).into_iter().flat_map(steps) {
            if date <= through || date > view.date() {
                continue;
            }
            if start > last {
                missing.push(Unmarked { instrument: id.clone(), after: last, until: Some(start) });
            }
            growth *= 1.0 + value;
            last = date;
        }
        marking.marked_through.insert(id.clone(), last);
        if last == through {
            missing.push(Unmarked { instrument: id.clone(), after: through, until: None });
        } else {
            marking.growth.insert(id.clone(), growth - 1.0);
        }
        let list = if desk_holds { &mut marking.unmarked } else { &mut marking.unmarked_between };
        list.append(&mut missing);
        if last == through || !desk_holds {
            continue;
        }
        let profit = weight * (growth - 1.0);
        marking.by_instrument.insert(id.clone(), profit);
        marking.total += profit;
        if let Some(instrument) = market::instruments::find(id) {
            *marking.by_class.entry(instrument.asset_class).or_default() += profit;
        }
    }
    for (strategy, weights) in &state.by_strategy {
        let earned = weights.iter().filter_map(|(id, weight)| marking.growth.get(id).map(|growth| weight * growth));
        marking.by_strategy.insert(strategy.clone(), earned.fold(0.0, |sum, profit| sum + profit));
    }
    marking.nav_after = nav_before * (1.0 + marking.total);
    marking.drifted = state.weights.iter().map(|(id, weight)| (id.clone(), marking.moved(id, *weight))).collect();
    marking
}

impl Marking {
    /// A weight after the market moved it and the NAV. One without a known return stands at its last price: it is in
    /// [`unmarked`](Self::unmarked) or [`unmarked_between`](Self::unmarked_between), and a later run moves it.
    fn moved(&self, id: &InstrumentId, weight: f64) -> f64 {
        let value = self.growth.get(id).map_or(weight, |growth| weight * (1.0 + growth));
        value / (1.0 + self.total)
    }

    /// The virtual books moved like the weights they are parts of, those that oppose each other as well.
    pub fn drifted_books(&self, books: &BTreeMap<StrategyId, Weights>) -> BTreeMap<StrategyId, Weights> {
        let moved =
            |weights: &Weights| weights.iter().map(|(id, weight)| (id.clone(), self.moved(id, *weight))).collect();
        books.iter().map(|(strategy, weights)| (strategy.clone(), moved(weights))).collect()
    }
}

/// Weights of the desk, and none of what its strategies hold against each other.
fn held(state: &DeskState) -> Weights {
    let of_books = state.by_strategy.values().flat_map(|book| book.iter().filter(|(_, weight)| **weight != 0.0));
    let mut held: Weights = of_books.map(|(id, _)| (id.clone(), 0.0)).collect();
    held.extend(state.weights.iter().map(|(id, weight)| (id.clone(), *weight)));
    held
}

fn steps(series: &ReturnSeries) -> impl Iterator<Item = (NaiveDate, NaiveDate, f64)> + '_ {
    series.starts.iter().copied().zip(series.iter()).map(|(start, (date, value))| (start, date, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Calendars, Catalogue, Cut, History};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn series(steps: &[(u32, u32, f64)]) -> BTreeMap<InstrumentId, ReturnSeries> {
        let id = InstrumentId::new("USDBRL");
        let series = ReturnSeries {
            instrument: id.clone(),
            starts: steps.iter().map(|step| day(step.0)).collect(),
            dates: steps.iter().map(|step| day(step.1)).collect(),
            returns: steps.iter().map(|step| step.2).collect(),
            notes: Vec::new(),
        };
        BTreeMap::from([(id, series)])
    }

    /// Marks a short of 20 % opened on 2 March, on a run of `today`.
    fn marked(today: u32, returns: &BTreeMap<InstrumentId, ReturnSeries>, state: &DeskState) -> Marking {
        let history = History::default();
        let (catalogue, calendars) = (Catalogue::default(), Calendars::embedded());
        let cut = Cut::published(day(today), market::time::default_cut(day(today)));
        mark(&AsOf::new(&history, &catalogue, &calendars, cut), state, returns, 1_000_000.0)
    }

    fn held() -> DeskState {
        let id = InstrumentId::new("USDBRL");
        DeskState {
            as_of: Some(day(2)),
            weights: BTreeMap::from([(id.clone(), -0.20)]),
            marked_through: BTreeMap::from([(id, day(2))]),
            ..DeskState::empty()
        }
    }

    #[test]
    fn returns_that_follow_on_each_other_compound() {
        let marking = marked(4, &series(&[(27, 2, 0.5), (2, 3, 0.01), (3, 4, -0.02)]), &held());
        let growth = 1.01 * 0.98 - 1.0;
        assert!((marking.total + 0.20 * growth).abs() < 1e-15, "{}", marking.total);
        assert!((marking.nav_after - 1_000_000.0 * (1.0 + marking.total)).abs() < 1e-6);
        assert!(marking.unmarked.is_empty());
        let drifted = marking.drifted[&InstrumentId::new("USDBRL")];
        assert!((drifted - -0.20 * (1.0 + growth) / (1.0 + marking.total)).abs() < 1e-15);
    }

    #[test]
    fn a_hole_between_two_prices_is_missing_and_not_zero() {
        let marking = marked(16, &series(&[(2, 3, 0.01), (12, 13, 0.02)]), &held());
        assert_eq!(marking.unmarked.len(), 1);
        assert_eq!((marking.unmarked[0].after, marking.unmarked[0].until), (day(3), Some(day(12))));
    }

    #[test]
    fn a_price_that_comes_late_is_marked_by_the_next_run() {
        let late = marked(3, &series(&[(27, 2, 0.5)]), &held());
        assert_eq!(late.unmarked[0].until, None);
        assert_eq!(late.total, 0.0);
        let mut state = held();
        state.as_of = Some(day(3));
        state.marked_through = late.marked_through;
        let next = marked(4, &series(&[(2, 3, 0.01), (3, 4, 0.01)]), &state);
        assert!((next.total - -0.20 * (1.01 * 1.01 - 1.0)).abs() < 1e-15);
        assert!(next.unmarked.is_empty());
    }

    #[test]
    fn a_first_run_has_nothing_to_mark() {
        let marking = marked(4, &BTreeMap::new(), &DeskState::empty());
        assert_eq!((marking.total, marking.nav_after), (0.0, 1_000_000.0));
        assert!(marking.unmarked.is_empty());
    }
}
