//! The cross-asset agent: risk appetite, from -1 (risk-off) to +1 (risk-on).
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`regime`] | VIX, high yield, dollar, EMBI Brazil and US curve | robust standard deviations |
//!
//! It also gives the report's [`Regime`](crate::Regime), on which the portfolio scales.

pub mod regime;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the cross-asset agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossAssetConfig {
    /// Regime score.
    pub regime: regime::RegimeParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.cross_asset.clone();
    Panel::new(AgentId::CrossAsset, vec![Box::new(regime::RegimeModel(params.regime))], &config.consistency)
}
