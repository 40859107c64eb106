//! What a strategy remembers from one run to the next.

use agents::Direction;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Leg;

/// A package that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenPackage {
    /// Name of the package.
    pub package: String,
    /// Side of the package.
    pub direction: Direction,
    /// Signed legs in force since the last run.
    pub legs: Vec<Leg>,
    /// Risk units, fixed at entry.
    pub size: f64,
    /// Run date on which it was opened; it earns from the next session on.
    pub entry_date: NaiveDate,
    /// Signal at entry.
    pub entry_signal: f64,
    /// Cumulative return at or below which it closes; fixed at entry.
    pub stop: f64,
    /// Cumulative return at or above which it closes; fixed at entry.
    pub target: f64,
    /// Last date whose returns are in `cumulative_return`.
    pub marked_through: NaiveDate,
    /// Sum of the daily excess returns of the legs since entry, per unit of the package (decimal).
    pub cumulative_return: f64,
}

/// State of one strategy, kept in the desk's state under its id. Default: flat and free to open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StrategyState {
    /// Open packages, in order of their names.
    pub open: Vec<OpenPackage>,
    /// Sides that may not be opened again until their signal has fallen below the exit threshold: they were closed at
    /// stop or target while the signal still stood.
    pub rearming: Vec<Rearming>,
}

/// A side that waits for its signal to fade after a stop or a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rearming {
    /// Package that was closed.
    pub package: String,
    /// Its side.
    pub direction: Direction,
    /// Run date of the close.
    pub since: NaiveDate,
}

impl StrategyState {
    /// The open package of that name.
    pub fn package(&self, name: &str) -> Option<&OpenPackage> {
        self.open.iter().find(|open| open.package == name)
    }

    /// True when nothing is open.
    pub fn is_flat(&self) -> bool {
        self.open.is_empty()
    }
}
