//! The consensus of the agents on the price of each asset class.
//!
//! ```text
//! contribution(signal) = weight(agent) / weight that spoke / signals of the agent * implication * score * confidence
//! score(class)         = sum of the contributions, in the order of agents and signals
//! ```
//!
//! A signal speaks on a class when it has a loading for it that is not zero. Weights come from a declared matrix whose rows (asset
//! classes) sum to one over the agents; the weight of agents that did not speak is shared by those that did. The score is
//! *defined* as the sum of its contributions, so they add up to the last bit. A class on which nobody spoke has no view and
//! no confidence: the desk has no opinion on it, which is cash and not a neutral opinion.

mod aggregator;
mod config;
mod consensus;

pub use aggregator::SignalAggregator;
pub use config::AggregateConfig;
pub use consensus::{Conflict, Consensus, Contribution};
