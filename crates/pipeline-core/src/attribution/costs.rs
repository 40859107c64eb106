//! Whose trades cost what.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;
use portfolio::{Allocation, RESIDUAL_BOOK, Weights};
use rust_decimal::prelude::ToPrimitive;
use strategies::StrategyId;

use crate::mark::Marking;
use crate::state::DeskState;

/// Costs in the desk's currency by strategy and instrument.
pub type TradingCosts = BTreeMap<StrategyId, BTreeMap<InstrumentId, f64>>;

/// Virtual books of the strategies.
type Books = BTreeMap<StrategyId, Weights>;

/// Costs of the trades that made the held book.
pub(super) fn of_state(state: &DeskState) -> &TradingCosts {
    &state.trading_costs
}

/// Shares the cost of today's trades among the strategies: in each instrument in proportion to how much each of them
/// changed its own exposure, after the market moved it. Trades of opposite sign between strategies are crossed inside the
/// desk; what is left to trade is paid by both. A trade that no strategy's change explains is the desk's own.
///
/// The parts of a trade sum to its cost.
///
/// # Errors
/// A sentence naming the trade whose cost has no floating-point form.
pub fn trading_costs(state: &DeskState, marking: &Marking, allocation: &Allocation) -> Result<TradingCosts, String> {
    let mut costs = TradingCosts::new();
    let before = marking.drifted_books(&state.by_strategy);
    for trade in &allocation.trades {
        let no_number = || format!("the cost {} of trading {} is not a number", trade.cost, trade.instrument);
        let cost = trade.cost.to_f64().ok_or_else(no_number)?;
        if cost == 0.0 {
            continue;
        }
        let changes = changes(&before, &allocation.by_strategy, &trade.instrument);
        let total: f64 = changes.iter().map(|(_, change)| change).sum();
        if total == 0.0 {
            let desk = costs.entry(StrategyId::new(RESIDUAL_BOOK)).or_default();
            desk.insert(trade.instrument.clone(), cost);
            continue;
        }
        for (strategy, change) in changes.into_iter().filter(|(_, change)| *change > 0.0) {
            costs.entry(strategy).or_default().insert(trade.instrument.clone(), cost * change / total);
        }
    }
    Ok(costs)
}

/// How much each strategy changed its exposure to an instrument, without sign.
fn changes(before: &Books, after: &Books, id: &InstrumentId) -> Vec<(StrategyId, f64)> {
    let mut changes: BTreeMap<&StrategyId, f64> = BTreeMap::new();
    for (sign, books) in [(-1.0, before), (1.0, after)] {
        for (strategy, book) in books {
            *changes.entry(strategy).or_default() += book.get(id).map_or(0.0, |weight| sign * weight);
        }
    }
    changes.into_iter().map(|(strategy, change)| (strategy.clone(), change.abs())).collect()
}
