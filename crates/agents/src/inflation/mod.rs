//! The inflation agent: pressure relative to target, Brazil and the United States.
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`phillips`] | core IPCA predicted twelve months ahead, minus the target | pp |
//! | [`anchoring`] | survey of inflation twelve months ahead, minus the target | pp |
//! | [`us_trend`] | core PCE over three and six months annualised, minus 2 % | pp |
//!
//! A score of +1 is strong upward pressure. For prices: nominal receivers lose, breakevens widen.

pub mod anchoring;
pub mod cores;
pub mod phillips;
pub mod us_trend;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the inflation agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InflationConfig {
    /// Phillips curve, Brazil.
    pub phillips: phillips::PhillipsParams,
    /// Survey against target, Brazil.
    pub anchoring: anchoring::AnchoringParams,
    /// Core PCE trend, United States.
    pub us_trend: us_trend::UsTrendParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.inflation.clone();
    Panel::new(
        AgentId::Inflation,
        vec![
            Box::new(phillips::Phillips(params.phillips)),
            Box::new(anchoring::Anchoring(params.anchoring)),
            Box::new(us_trend::UsTrend(params.us_trend)),
        ],
        &config.consistency,
    )
}
