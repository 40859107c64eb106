//! The cross-asset agent: risk appetite, from -1 (risk-off) to +1 (risk-on).
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`regime`] | VIX, high yield, dollar, EMBI Brazil, US curve and flows | robust standard deviations |
//! | [`regime_model`] | probability of the volatile state of a hidden Markov model | probability |
//! | [`correlation_breaks`] | correlations of returns against the year before | standard deviations |
//! | [`sentiment`] | percentiles in the last five years | index, 0 to 100 |
//!
//! The first also gives the report's [`Regime`](crate::Regime), on which the portfolio scales.

pub mod correlation_breaks;
pub mod regime;
pub mod regime_model;
mod returns;
pub mod sentiment;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the cross-asset agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossAssetConfig {
    /// Regime score.
    pub regime: regime::RegimeParams,
    /// Regime model.
    pub regime_model: regime_model::RegimeModelParams,
    /// Correlation breaks.
    pub correlation_breaks: correlation_breaks::CorrelationParams,
    /// Sentiment index.
    pub sentiment: sentiment::SentimentParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.cross_asset.clone();
    Panel::new(
        AgentId::CrossAsset,
        vec![
            Box::new(regime::RegimeModel(params.regime)),
            Box::new(regime_model::RegimeSwitching::new(params.regime_model)),
            Box::new(correlation_breaks::CorrelationBreaks(params.correlation_breaks)),
            Box::new(sentiment::Sentiment(params.sentiment)),
        ],
        &config.consistency,
    )
}
