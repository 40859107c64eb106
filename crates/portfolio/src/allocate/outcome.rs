//! What the allocation decided.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strategies::StrategyId;

use super::{ConstraintUse, FallbackStep, Lots};
use crate::Weights;

/// Side of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// Buy: receive fixed, buy the bond, buy dollars, buy the index.
    Buy,
    /// Sell.
    Sell,
}

/// A trade in contracts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Exchange code of the contract.
    pub contract: String,
    /// Side, of the price: buying a DI future here is receiving fixed.
    pub side: Side,
    /// Whole lots, not signed.
    pub lots: i64,
    /// Contracts, not signed.
    pub contracts: i64,
    /// Price the contracts were counted at.
    pub price: Decimal,
    /// Its unit.
    pub price_unit: String,
    /// The quote on the exchange's tick: the price, or the rate where that is what is quoted. `None` when the tick is one
    /// of a rate and the quote has no rate.
    pub limit: Option<Decimal>,
    /// Its unit.
    pub limit_unit: String,
    /// Currency of the instrument (ISO 4217).
    pub currency: String,
    /// Exposure of one contract in the desk's currency.
    pub contract_value: Decimal,
    /// Exposure of the contracts in the desk's currency, to the cent, not signed.
    pub notional: Decimal,
    /// Change of weight that the contracts do not make, signed.
    pub residual: f64,
    /// The same in the desk's currency, to the cent.
    pub residual_money: Decimal,
}

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
    /// The trade in contracts; `None` without a quote, where no whole lots satisfy the constraints ([`Lots::breached`]),
    /// and in records of before they were kept.
    #[serde(default)]
    pub order: Option<Order>,
    /// Change of each strategy's virtual book: they sum to `delta`.
    #[serde(default)]
    pub by_strategy: BTreeMap<StrategyId, f64>,
}

/// A package that did not get its target weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Package.
    pub package: String,
    /// Share of its target weight it got, in [0, 1].
    pub scale: f64,
    /// Constraints that bind at the solution and touch it, or the step of the fallback that scaled the target without one;
    /// empty when the cost of trading alone held it back.
    pub binding: Vec<String>,
}

/// Why a fallback was needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackReason {
    /// No book satisfies the constraints: it is proved.
    #[default]
    Infeasible,
    /// The solver gave up; whether a book exists is not known.
    NotConverged,
}

/// What would cure a collision alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cure {
    /// Constraint, by its name.
    pub constraint: String,
    /// How far its limit would have to give, in its own unit.
    pub slack: f64,
    /// Unit of the slack.
    pub unit: String,
    /// True when all constraints could then hold; false when another collision would remain.
    pub complete: bool,
}

/// A step of the fallback chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FallbackAttempt {
    /// Step.
    pub step: FallbackStep,
    /// True for the one whose book was used.
    pub taken: bool,
    /// What came of it.
    pub outcome: String,
}

/// The declared fallback was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    /// The smallest set of constraints that cannot hold together, by name; empty when the solver gave up.
    pub colliding: Vec<String>,
    /// What the solver said.
    pub cause: String,
    /// Gross of the released book over that of the whole target; zero when nothing is wanted.
    pub scale: f64,
    /// Constraints the released book does not satisfy.
    pub unsatisfied: Vec<ConstraintUse>,
    /// Why it was needed.
    #[serde(default)]
    pub reason: FallbackReason,
    /// For each colliding constraint, what would cure the collision alone.
    #[serde(default)]
    pub cures: Vec<Cure>,
    /// Steps tried, in their order; the last one is the one used.
    #[serde(default)]
    pub steps: Vec<FallbackAttempt>,
}

impl Fallback {
    /// The step whose book was used; `None` in records of before steps were kept.
    pub fn used(&self) -> Option<FallbackStep> {
        self.steps.iter().find(|attempt| attempt.taken).map(|attempt| attempt.step)
    }

    /// Name of a step whose book no solver found, so that no constraint binds in it.
    pub(super) fn unsolved(&self) -> Option<String> {
        self.used().filter(|step| *step != FallbackStep::RelaxSoft).map(|step| format!("fallback {step:?}"))
    }
}

/// Levels below which the book is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Drift, as an absolute weight or as a share of the book's volatility, beyond which the book is rebalanced.
    pub drift_trigger: f64,
    /// Smallest trade as an absolute change of weight: the smallest notional over NAV.
    pub minimum_trade: f64,
}

impl Allocation {
    /// Share of its target weight that a package got, and what held it back: of a kept book nothing, by the fallback.
    pub fn share_of(&self, package: &str) -> (f64, Vec<String>) {
        if let Some(fallback) = self.fallback.as_ref().filter(|found| found.used() == Some(FallbackStep::KeepHeld)) {
            return (0.0, fallback.unsolved().into_iter().collect());
        }
        let adjusted = self.adjustments.iter().find(|adjusted| adjusted.package == package);
        adjusted.map_or((1.0, Vec::new()), |adjusted| (adjusted.scale, adjusted.binding.clone()))
    }
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
    /// Packages held below their target; none when a fallback keeps the held book.
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
    /// The attainable book in whole lots. `None` in records of before they were kept.
    #[serde(default)]
    pub lots: Option<Lots>,
    /// Present when the constraints collided or the solver gave up: the run is degraded.
    pub fallback: Option<Fallback>,
}
