//! The FX agent: is USD/BRL rich (+) or cheap (-).
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`carry_to_risk`] | forward-implied carry of the real over realised volatility | ratio |
//! | [`beer`] | real rate against real commodity prices | log points |
//! | [`flow`] | contracted currency flow of three months | robust standard deviations |
//!
//! A score of +1 says that the dollar's price should fall: the implication for the FX price has the opposite sign.

pub mod beer;
pub mod carry_to_risk;
pub mod flow;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the FX agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FxConfig {
    /// Carry-to-risk.
    pub carry_to_risk: carry_to_risk::CarryParams,
    /// Equilibrium rate.
    pub beer: beer::BeerParams,
    /// Contracted flow.
    pub flow: flow::FlowParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.fx.clone();
    Panel::new(
        AgentId::Fx,
        vec![
            Box::new(carry_to_risk::CarryToRisk(params.carry_to_risk)),
            Box::new(beer::Beer(params.beer)),
            Box::new(flow::Flow(params.flow)),
        ],
        &config.consistency,
    )
}
