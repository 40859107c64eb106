//! Trades in money.

use std::collections::BTreeSet;

use market::instruments::InstrumentId;
use rust_decimal::Decimal;

use super::{AllocateConfig, Trade};
use crate::weights::weight_of;
use crate::{PortfolioError, Weights};

/// Trades from `held` to `weights`, in the order of instruments.
pub(super) fn between(
    held: &Weights,
    weights: &Weights,
    nav: f64,
    config: &AllocateConfig,
) -> Result<Vec<Trade>, PortfolioError> {
    let instruments: BTreeSet<&InstrumentId> = held.keys().chain(weights.keys()).collect();
    let mut trades = Vec::new();
    for id in instruments {
        let (from, to) = (weight_of(held, id), weight_of(weights, id));
        let delta = to - from;
        if delta == 0.0 {
            continue;
        }
        let cost = money(delta.abs() * nav * config.cost(id)?)?;
        trades.push(Trade { instrument: id.clone(), from, to, delta, notional: money(delta * nav)?, cost });
    }
    Ok(trades)
}

/// An amount to the cent, halves to even.
pub(super) fn money(amount: f64) -> Result<Decimal, PortfolioError> {
    let exact = Decimal::from_f64_retain(amount);
    exact.map(|amount| amount.round_dp(2)).ok_or_else(|| PortfolioError::InvalidInput {
        what: "amount of money".to_owned(),
        why: format!("{amount} has no decimal form"),
    })
}
