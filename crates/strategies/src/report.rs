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

/// What a strategy says about its inputs, beside its decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caveats {
    /// See [`StrategyReport::notes`].
    pub notes: Vec<String>,
    /// See [`StrategyReport::missing`].
    pub missing: Vec<String>,
}

impl From<Vec<String>> for Caveats {
    fn from(notes: Vec<String>) -> Self {
        Self { notes, missing: Vec::new() }
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
    /// Parts of the signal that are missing because their agent's model lacked data. The strategy decided with less, which
    /// degrades the run; a part whose model does not hold now is a note.
    pub missing: Vec<String>,
    /// State for the next run.
    pub next_state: StrategyState,
    /// What it read.
    pub reads: ReadLog,
}
