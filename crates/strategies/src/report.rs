//! What a strategy answers.

use agents::{Direction, Evidence};
use market::ReadLog;
use serde::{Deserialize, Serialize};

use crate::{Decision, StrategyId, StrategyPosition, StrategyState};

/// A signal of a package with the levels that matter to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalReading {
    /// Package it speaks of.
    pub package: String,
    /// Value, signed: positive argues for Long.
    pub value: f64,
    /// Unit of the value.
    pub unit: String,
    /// Level of |value| above which a package opens.
    pub entry_threshold: f64,
    /// Level in the package's direction below which it closes.
    pub exit_threshold: f64,
}

impl SignalReading {
    /// Side the signal argues for beyond the entry threshold; Neutral inside it.
    pub fn side(&self) -> Direction {
        if self.value > self.entry_threshold {
            Direction::Long
        } else if self.value < -self.entry_threshold {
            Direction::Short
        } else {
            Direction::Neutral
        }
    }
}

/// What a strategy decided on a run date, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyReport {
    /// Who decided.
    pub strategy: StrategyId,
    /// What was decided about its package.
    pub decision: Decision,
    /// Positions wanted from now on: empty when flat, closed or abstaining.
    pub positions: Vec<StrategyPosition>,
    /// Why it could not form a view, when it could not.
    pub abstained: Option<String>,
    /// Signals by package, in the strategy's fixed order.
    pub signals: Vec<SignalReading>,
    /// Numbers the decision rests on.
    pub evidence: Vec<Evidence>,
    /// Things a reader should know: inputs left out, marks that could not be brought up to date.
    pub notes: Vec<String>,
    /// State for the next run.
    pub next_state: StrategyState,
    /// What it read.
    pub reads: ReadLog,
}
