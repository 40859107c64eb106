//! Trades in money and in contracts.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;
use rust_decimal::Decimal;
use strategies::StrategyId;

use super::quotes::Contract;
use super::{Lots, Order, Side, Trade};
use crate::weights::{differences, weight_of};
use crate::{PortfolioError, Weights};

/// Where the trades lead from and to, and what is needed to write them.
#[derive(Clone, Copy)]
pub(super) struct Passage<'a> {
    pub(super) held: &'a Weights,
    pub(super) weights: &'a Weights,
    /// Virtual books before, where they are known, and after.
    pub(super) books: (&'a BTreeMap<StrategyId, Weights>, &'a BTreeMap<StrategyId, Weights>),
    pub(super) nav: f64,
}

/// Trades in the order of instruments. `costs` are fractions of notional; `lots` are those of the book that is traded to.
///
/// The contracts to hold are those that the lots found inside the constraints, never the nearest to the weight. Where no
/// lots satisfy the constraints there is no order at all.
pub(super) fn between(
    passage: Passage<'_>,
    costs: &Weights,
    contracts: &BTreeMap<InstrumentId, Contract>,
    lots: &Lots,
) -> Result<Vec<Trade>, PortfolioError> {
    let Passage { held, weights, nav, .. } = passage;
    let mut trades = Vec::new();
    for (id, delta) in differences(held, weights) {
        if delta == 0.0 {
            continue;
        }
        let (from, to) = (weight_of(held, &id), weight_of(weights, &id));
        let cost = money(delta.abs() * nav * weight_of(costs, &id))?;
        let contract = contracts.get(&id).filter(|_| lots.breached.is_empty());
        let wanted = lots.position(&id).map_or(0, |position| position.contracts);
        let order = contract.map(|contract| order(contract, wanted, (from, to), nav)).transpose()?;
        let by_strategy = split(passage, &id, delta);
        trades.push(Trade { from, to, delta, notional: money(delta * nav)?, cost, order, by_strategy, instrument: id });
    }
    Ok(trades)
}

/// The contracts from one weight to another: those wanted less the nearest whole lots to the weight held.
fn order(contract: &Contract, wanted: i64, (from, to): (f64, f64), nav: f64) -> Result<Order, PortfolioError> {
    let contracts = wanted - contract.nearest(from);
    let residual = (to - from) - contract.weight(contracts);
    Ok(Order {
        contract: contract.code.clone(),
        side: if contracts < 0 || (contracts == 0 && to < from) { Side::Sell } else { Side::Buy },
        lots: contracts.abs() / contract.lot,
        contracts: contracts.abs(),
        price: contract.price,
        price_unit: contract.price_unit.clone(),
        limit: contract.limit,
        limit_unit: contract.tick_unit.clone(),
        currency: contract.currency.to_owned(),
        contract_value: contract.value,
        notional: (contract.value * Decimal::from(contracts.abs())).round_dp(2),
        residual,
        residual_money: money(residual * nav)?,
    })
}

/// The change of each strategy's virtual book. What the books do not explain (books before that are not known or do not
/// sum to the held weight) goes pro rata to their absolute changes, and to the books after when none changes.
fn split(passage: Passage<'_>, id: &InstrumentId, delta: f64) -> BTreeMap<StrategyId, f64> {
    let (before, after) = passage.books;
    let mut parts: BTreeMap<StrategyId, f64> = BTreeMap::new();
    for (sign, books) in [(-1.0, before), (1.0, after)] {
        for (strategy, book) in books {
            if let Some(weight) = book.get(id) {
                *parts.entry(strategy.clone()).or_default() += sign * weight;
            }
        }
    }
    super::books::settle(&mut parts, delta);
    parts.retain(|_, part| *part != 0.0);
    parts
}

/// An amount to the cent, halves to even.
pub(super) fn money(amount: f64) -> Result<Decimal, PortfolioError> {
    decimal(amount).map(|amount| amount.round_dp(2))
}

/// A number as a decimal.
pub(super) fn decimal(value: f64) -> Result<Decimal, PortfolioError> {
    Decimal::from_f64_retain(value).ok_or_else(|| PortfolioError::InvalidInput {
        what: "amount of money".to_owned(),
        why: format!("{value} has no decimal form"),
    })
}
