//! What the allocation decided.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strategies::StrategyId;

use super::ConstraintUse;
use crate::Weights;

/// A trade from a held to a new weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Instrument.
    pub instrument: InstrumentId,
    /// Weight held before.
    pub from: f64,
    /// Weight after.
    pub to: f64,
    /// `to - from`.
    pub delta: f64,
    /// Signed notional of the trade in the desk's currency, to the cent: positive buys.
    pub notional: Decimal,
    /// Expected cost in the desk's currency, to the cent; never negative.
    pub cost: Decimal,
}

/// A package that did not get its target weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Package.
    pub package: String,
    /// Share of its target weight it got, in [0, 1].
    pub scale: f64,
    /// Constraints that bind at the solution and touch it; empty when the cost of trading alone held it back.
    pub binding: Vec<String>,
}

/// The declared fallback was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    /// Names of constraints that cannot hold together; empty when the solver gave up for another reason.
    pub colliding: Vec<String>,
    /// What the solver said.
    pub cause: String,
    /// Factor on the whole target.
    pub scale: f64,
    /// Constraints the fallback does not satisfy (net or turnover).
    pub unsatisfied: Vec<ConstraintUse>,
}

/// Levels below which the book is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Drift, as an absolute weight or as a share of the book's volatility, beyond which the book is rebalanced.
    pub drift_trigger: f64,
    /// Smallest trade as an absolute change of weight: the smallest notional over NAV.
    pub minimum_trade: f64,
}

/// The book to hold and how to get there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Weights to hold; instruments at zero are absent.
    pub weights: Weights,
    /// The same by strategy: virtual books that sum to `weights`.
    pub by_strategy: BTreeMap<StrategyId, Weights>,
    /// Weights the constraints allow, whether or not they were traded to.
    pub attainable: Weights,
    /// Packages held below their target.
    pub adjustments: Vec<Adjustment>,
    /// Use of every constraint by `weights`.
    pub constraints: Vec<ConstraintUse>,
    /// Trades from the held book to `weights`, in the order of instruments.
    pub trades: Vec<Trade>,
    /// Sum of absolute weight changes.
    pub turnover: f64,
    /// Sum of the trades' costs in the desk's currency.
    pub cost: Decimal,
    /// True when trades are made.
    pub rebalanced: bool,
    /// Why the book was or was not rebalanced.
    pub reasons: Vec<String>,
    /// Largest absolute difference between held and attainable weights.
    pub drift: f64,
    /// Tracking volatility between held and attainable books over the volatility of the attainable one, when both are in
    /// the risk model.
    pub risk_drift: Option<f64>,
    /// Levels that were in force. `None` in records of before they were kept.
    #[serde(default)]
    pub thresholds: Option<Thresholds>,
    /// Present when the constraints collided or the solver gave up: the run is degraded.
    pub fallback: Option<Fallback>,
}
