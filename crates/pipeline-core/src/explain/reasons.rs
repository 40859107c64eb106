//! Why an instrument has no weight.

use agents::Direction;
use market::SeriesId;
use portfolio::{LotPosition, Trade};
use quality::Finding;
use serde::Serialize;
use strategies::{CloseReason, StrategyId};

use super::faults::Fault;
use super::tree::{ExplainedInstrument, ExplainedRun, HeldWeight, PackageScale};
use crate::record::{StepName, StepStatus};

/// Why an instrument has no weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhyNot {
    /// Run that gave it none.
    pub run: ExplainedRun,
    /// Instrument.
    pub instrument: ExplainedInstrument,
    /// What was held before; `None` when nothing was.
    pub held: Option<HeldWeight>,
    /// The trade that closed it.
    pub trade: Option<Trade>,
    /// Strategies that may hold it.
    pub covered_by: Vec<StrategyId>,
    /// Every reason, in the order of the steps: data, strategies, constructor, allocator, run.
    pub reasons: Vec<Reason>,
    /// What does not agree; empty when the answer can be relied on.
    pub faults: Vec<Fault>,
}

/// The signal of a package against its thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalLevel {
    /// Package.
    pub package: String,
    /// Value, signed: positive argues for Long.
    pub value: f64,
    /// Unit of the value and the thresholds.
    pub unit: String,
    /// Level of |value| above which it opens.
    pub entry_threshold: f64,
    /// Level in the package's direction below which it closes.
    pub exit_threshold: f64,
}

/// A strategy's signed claim on an instrument.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// Strategy.
    pub strategy: StrategyId,
    /// Its package.
    pub package: String,
    /// Conviction (size times confidence) times the leg's ratio, signed.
    pub conviction: f64,
}

/// Exposure of a package in an instrument.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackageExposure {
    /// Package.
    pub package: String,
    /// Exposure over NAV at the target, signed.
    pub exposure: f64,
}

/// One reason, with its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Series it is priced from are not there or were refused by the quality step.
    Inputs {
        /// Nothing published by the cut.
        missing: Vec<SeriesId>,
        /// Refused.
        blocked: Vec<SeriesId>,
        /// What the quality step found on the refused ones.
        findings: Vec<Finding>,
    },
    /// No strategy trades it.
    NotCovered {
        /// Strategies that ran.
        ran: Vec<StrategyId>,
    },
    /// The configuration leaves a strategy out that trades it.
    Disabled {
        /// Which.
        strategy: StrategyId,
    },
    /// A strategy that trades it failed.
    StrategyFailed {
        /// Which.
        strategy: StrategyId,
        /// What it said.
        error: String,
    },
    /// A strategy that trades it could not form a view.
    Abstained {
        /// Which.
        strategy: StrategyId,
        /// Why.
        reason: String,
        /// Package it held and closed for that.
        closed: Option<String>,
    },
    /// A strategy decided, but could not judge this instrument.
    NotJudged {
        /// Which.
        strategy: StrategyId,
        /// What it noted.
        notes: Vec<String>,
    },
    /// The signal does not reach its entry threshold.
    InsideThreshold {
        /// Which strategy.
        strategy: StrategyId,
        /// Its signal.
        signal: SignalLevel,
    },
    /// The signal is beyond its threshold, but the strategy holds one package at a time and has another.
    Elsewhere {
        /// Which strategy.
        strategy: StrategyId,
        /// The signal of this instrument's package.
        signal: SignalLevel,
        /// Package it holds instead.
        holds: String,
        /// Signal of that package; `None` when the report does not give it.
        held_signal: Option<f64>,
    },
    /// The package was closed today.
    Closed {
        /// Which strategy.
        strategy: StrategyId,
        /// Package closed.
        package: String,
        /// Why.
        reason: CloseReason,
        /// Its signal today; `None` when it could not be judged.
        signal: Option<SignalLevel>,
    },
    /// The signal is beyond its threshold, but another package was closed today and is not replaced on the same date.
    NotReplaced {
        /// Which strategy.
        strategy: StrategyId,
        /// The signal of this instrument's package.
        signal: SignalLevel,
        /// Package that was closed.
        closed: String,
    },
    /// The signal is beyond its threshold, but its side waits after a stop or a target until the closed signal fades.
    Rearming {
        /// Which strategy.
        strategy: StrategyId,
        /// The signal of this instrument's package.
        signal: SignalLevel,
        /// Side that waits.
        side: Direction,
        /// Date of the close; `None` when the report does not give it.
        since: Option<chrono::NaiveDate>,
    },
    /// The constructor dropped the package.
    Dropped {
        /// Package.
        package: String,
        /// Strategies that wanted it.
        strategies: Vec<StrategyId>,
        /// Why.
        reason: String,
    },
    /// Opposing positions net to zero.
    NettedToZero {
        /// Package.
        package: String,
        /// Who wanted what.
        claims: Vec<Claim>,
    },
    /// Packages that share the instrument cancel in it.
    LegsCancel {
        /// Their exposures.
        exposures: Vec<PackageExposure>,
    },
    /// A stage of the constructor took the package to zero.
    ScaledToZero {
        /// Package.
        package: String,
        /// Stage.
        stage: String,
        /// Units before it.
        before: f64,
        /// Scale of the drawdown breaker in force.
        breaker_scale: f64,
        /// Scale of the regime in force.
        regime_scale: f64,
    },
    /// The allocator gave its packages nothing.
    HeldBack {
        /// Weight the constructor asked for.
        target: f64,
        /// What each package got, with the binding constraints.
        packages: Vec<PackageScale>,
    },
    /// What the constraints allow is less than the lots that can be traded inside them.
    LessThanALot {
        /// The contracts, with what they leave.
        position: LotPosition,
    },
    /// The new position would be smaller than the smallest trade.
    TooSmall {
        /// Weight it would have.
        attainable: f64,
        /// Smallest trade as a change of weight; `None` in records that did not keep it.
        minimum_trade: Option<f64>,
    },
    /// The book is within its drift and was left as it is, without the instrument.
    BookKept {
        /// Weight it would have.
        attainable: f64,
        /// Largest drift of the book.
        drift: f64,
        /// Drift beyond which it is rebalanced; `None` in records that did not keep it.
        drift_trigger: Option<f64>,
    },
    /// The run did not get to a book.
    RunStopped {
        /// Step that ended it.
        step: StepName,
        /// How.
        status: StepStatus,
        /// What it said.
        detail: String,
    },
    /// The record does not say.
    NotRecorded,
}
