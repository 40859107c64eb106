//! Weights of the agents and thresholds of the consensus.

use std::collections::BTreeMap;

use agents::AgentId;
use market::instruments::AssetClass;
use serde::{Deserialize, Serialize};

use crate::PortfolioError;
use crate::config::{fraction, refuse};

/// Parameters of the consensus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AggregateConfig {
    /// Weight of each agent for each asset class: one row a class, each row sums to one.
    pub weights: BTreeMap<AssetClass, BTreeMap<AgentId, f64>>,
    /// |score| beyond which a class has a direction.
    pub direction_threshold: f64,
    /// Weight beyond which an opposing agent is a conflict.
    pub conflict_weight: f64,
    /// |regime| beyond which exposure is vetoed.
    pub veto_regime: f64,
    /// Factor on exposure under the veto.
    pub veto_scale: f64,
}

/// Default weights in the order of [`AgentId::ALL`]: inflation, monetary, fiscal, fx, cross-asset.
const DEFAULT_WEIGHTS: [(AssetClass, [f64; 5]); 6] = [
    (AssetClass::NominalRates, [0.30, 0.35, 0.20, 0.05, 0.10]),
    (AssetClass::InflationLinked, [0.40, 0.20, 0.20, 0.05, 0.15]),
    (AssetClass::Fx, [0.10, 0.20, 0.15, 0.35, 0.20]),
    (AssetClass::SovereignCredit, [0.05, 0.10, 0.40, 0.15, 0.30]),
    (AssetClass::EquityIndex, [0.10, 0.25, 0.15, 0.10, 0.40]),
    (AssetClass::Commodity, [0.15, 0.10, 0.05, 0.20, 0.50]),
];

impl Default for AggregateConfig {
    fn default() -> Self {
        let row = |weights: [f64; 5]| AgentId::ALL.into_iter().zip(weights).collect();
        Self {
            weights: DEFAULT_WEIGHTS.into_iter().map(|(class, weights)| (class, row(weights))).collect(),
            direction_threshold: 0.1,
            conflict_weight: 0.10,
            veto_regime: 0.7,
            veto_scale: 0.5,
        }
    }
}

impl AggregateConfig {
    /// Declared weight of an agent for a class; zero when the row does not name it.
    pub fn weight(&self, class: AssetClass, agent: AgentId) -> f64 {
        self.weights.get(&class).and_then(|row| row.get(&agent)).copied().unwrap_or(0.0)
    }

    /// Refuses a matrix whose rows do not sum to one, a missing row, and thresholds outside [0, 1].
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] naming the first.
    pub fn check(&self) -> Result<(), PortfolioError> {
        for class in AssetClass::ALL {
            let name = format!("aggregate.weights.{class:?}");
            let Some(row) = self.weights.get(&class) else {
                return Err(refuse(&name, "absent", "every asset class needs a row"));
            };
            if let Some((agent, weight)) = row.iter().find(|(_, weight)| !(0.0..=1.0).contains(*weight)) {
                return Err(refuse(&format!("{name}.{agent}"), weight, "must lie between zero and one"));
            }
            let sum: f64 = row.values().sum();
            if (sum - 1.0).abs() > 1e-9 {
                return Err(refuse(&name, sum, "the weights of a row must sum to one"));
            }
        }
        fraction("aggregate.direction_threshold", self.direction_threshold)?;
        fraction("aggregate.conflict_weight", self.conflict_weight)?;
        fraction("aggregate.veto_regime", self.veto_regime)?;
        fraction("aggregate.veto_scale", self.veto_scale)
    }
}
