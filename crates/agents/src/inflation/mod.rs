//! The inflation agent: pressure relative to target, Brazil and the United States.
//!
//! | model | measures | unit | weight |
//! |---|---|---|---|
//! | [`phillips`] | core IPCA predicted twelve months ahead, minus the target | pp | 1.0 |
//! | [`bottom_up`] | IPCA added from its components twelve months ahead, minus the target | pp | 0.75 |
//! | [`anchoring`] | survey of inflation twelve months ahead, minus the target | pp | 0.75 |
//! | [`persistence`] | breadth, speed and anchoring of inflation | 0 to 100 | 0.5 |
//! | [`surprise`] | IPCA minus the monthly survey, three months, against its past | sd | 0.5 |
//! | [`us_trend`] | core PCE, supercore, breakevens and survey against 2 % | pp | 0.5 |
//!
//! A score of +1 is strong upward pressure. For prices: nominal receivers lose, breakevens widen. Weights: the model with
//! the whole economy in it leads; forecasts come before readings of the present. The report also holds the
//! [`features`]: named figures of inflation, each with its unit and series.

pub mod anchoring;
pub mod bottom_up;
pub mod cores;
pub mod features;
pub mod persistence;
pub mod phillips;
pub mod seasonal;
pub mod surprise;
pub mod us_trend;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the inflation agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InflationConfig {
    /// Phillips curve, Brazil.
    pub phillips: phillips::PhillipsParams,
    /// IPCA from its components.
    pub bottom_up: bottom_up::BottomUpParams,
    /// Survey against target, Brazil.
    pub anchoring: anchoring::AnchoringParams,
    /// Persistence, Brazil.
    pub persistence: persistence::PersistenceParams,
    /// Print against survey, Brazil.
    pub surprise: surprise::SurpriseParams,
    /// Trend, United States.
    pub us_trend: us_trend::UsTrendParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.inflation.clone();
    Panel::new(
        AgentId::Inflation,
        vec![
            Box::new(phillips::Phillips(params.phillips)),
            Box::new(bottom_up::BottomUp(params.bottom_up)),
            Box::new(anchoring::Anchoring(params.anchoring)),
            Box::new(persistence::Persistence(params.persistence)),
            Box::new(surprise::Surprise(params.surprise)),
            Box::new(us_trend::UsTrend(params.us_trend)),
        ],
        &config.consistency,
    )
    .with_features(features::all())
}
