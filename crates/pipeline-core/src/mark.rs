//! Marking the held book: what yesterday's weights earned until today.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::AsOf;
use market::instruments::{AssetClass, InstrumentId, ReturnSeries};
use serde::{Deserialize, Serialize};
use strategies::StrategyId;

use crate::state::DeskState;

/// What the held book earned since the previous run, as fractions of the previous NAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Marking {
    /// Date of the previous run; `None` on the first.
    pub from: Option<NaiveDate>,
    /// Profit (+) or loss (-) by instrument.
    pub by_instrument: BTreeMap<InstrumentId, f64>,
    /// Profit or loss by strategy.
    pub by_strategy: BTreeMap<StrategyId, f64>,
    /// Profit or loss by asset class.
    pub by_class: BTreeMap<AssetClass, f64>,
    /// Sum over instruments.
    pub total: f64,
    /// Held instruments that have no return since the previous run: their profit is unknown, not zero, and the run is
    /// not green.
    pub unmarked: Vec<InstrumentId>,
    /// NAV before, in the desk's currency.
    pub nav_before: f64,
    /// NAV after, before today's trading costs.
    pub nav_after: f64,
}

/// Marks the book held in `state` with the instruments' own excess returns in `(state.as_of, view.date()]`.
///
/// `returns` holds a series for every instrument that has one. Weights are held constant between two runs, so the
/// return of an instrument over several sessions is compounded.
pub fn mark(
    view: &AsOf,
    state: &DeskState,
    returns: &BTreeMap<InstrumentId, ReturnSeries>,
    initial_nav: f64,
) -> Marking {
    let nav_before = state.nav_or(initial_nav);
    let mut marking = Marking { from: state.as_of, nav_before, nav_after: nav_before, ..Marking::default() };
    let Some(from) = state.as_of else { return marking };
    let mut earned: BTreeMap<&InstrumentId, f64> = BTreeMap::new();
    for (id, weight) in &state.weights {
        let since: Vec<f64> = returns.get(id).map_or_else(Vec::new, |series| {
            series
                .dates
                .iter()
                .zip(&series.returns)
                .filter(|(date, _)| **date > from && **date <= view.date())
                .map(|(_, value)| *value)
                .collect()
        });
        if since.is_empty() {
            marking.unmarked.push(id.clone());
            continue;
        }
        let growth = since.iter().fold(1.0, |growth, value| growth * (1.0 + value)) - 1.0;
        earned.insert(id, growth);
        let profit = weight * growth;
        marking.by_instrument.insert(id.clone(), profit);
        marking.total += profit;
        if let Some(instrument) = market::instruments::find(id) {
            *marking.by_class.entry(instrument.asset_class).or_default() += profit;
        }
    }
    for (strategy, weights) in &state.by_strategy {
        let profit = weights.iter().filter_map(|(id, weight)| earned.get(id).map(|growth| weight * growth)).sum();
        marking.by_strategy.insert(strategy.clone(), profit);
    }
    marking.nav_after = nav_before * (1.0 + marking.total);
    marking
}
