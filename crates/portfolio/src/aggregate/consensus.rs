//! What the house thinks of an asset class.

use agents::{AgentId, Direction};
use market::instruments::AssetClass;
use serde::{Deserialize, Serialize};

/// One signal's part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Agent that spoke.
    pub agent: AgentId,
    /// Id of its signal.
    pub signal: String,
    /// Part of the score, signed.
    pub value: f64,
}

/// An agent that matters and disagrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// Agent that opposes.
    pub agent: AgentId,
    /// Its declared weight for the class.
    pub weight: f64,
    /// Sum of its contributions, of the sign opposite to the score.
    pub contribution: f64,
}

/// The consensus on the price of one asset class. A class on which nobody spoke has no contributions, a spoken weight of
/// zero, and no view: that is not the same as a neutral one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// Asset class.
    pub asset_class: AssetClass,
    /// Sum of the contributions, in [-1, 1]: positive expects the price to rise.
    pub score: f64,
    /// Side of the score beyond the direction threshold.
    pub direction: Direction,
    /// Mean confidence of the agents that spoke, times the declared weight that spoke, times one minus the dispersion.
    pub confidence: f64,
    /// Weighted standard deviation of the agents' price views, in [0, 1].
    pub dispersion: f64,
    /// Declared weight that spoke, in [0, 1].
    pub weight_spoken: f64,
    /// Agents with weight whose contributions have the sign opposite to the score, also where the score is inside the
    /// direction threshold: it may be there because they disagree.
    pub conflicts: Vec<Conflict>,
    /// Parts of the score, in the order of agents and signals.
    pub contributions: Vec<Contribution>,
    /// True when the cross-asset regime is extreme: exposure to the class is multiplied by `exposure_scale`.
    pub vetoed: bool,
    /// Factor on exposure: one, or the veto's factor.
    pub exposure_scale: f64,
}

impl Consensus {
    /// True when at least one agent spoke on the class.
    pub fn has_view(&self) -> bool {
        !self.contributions.is_empty()
    }
}
