//! Configuration of the agents: one section per agent, one table per model, unknown keys refused.

use std::collections::BTreeMap;

use market::instruments::AssetClass;
use serde::{Deserialize, Serialize};

use crate::consistency::ConsistencyParams;
use crate::{cross_asset, fiscal, fx, inflation, monetary};

/// Parameters of the five agents. The default is the standard desk.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentsConfig {
    /// Inflation agent.
    pub inflation: inflation::InflationConfig,
    /// Monetary agent.
    pub monetary: monetary::MonetaryConfig,
    /// Fiscal agent.
    pub fiscal: fiscal::FiscalConfig,
    /// FX agent.
    pub fx: fx::FxConfig,
    /// Cross-asset agent.
    pub cross_asset: cross_asset::CrossAssetConfig,
    /// Consistency check across agents.
    pub consistency: ConsistencyParams,
}

/// Loadings on the price of each class for a score of +1.
pub type Implications = BTreeMap<AssetClass, f64>;
