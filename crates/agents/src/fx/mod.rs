//! The FX agent: is USD/BRL rich (+) or cheap (-).
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`carry_to_risk`] | forward-implied carry of the real over realised volatility | ratio |
//! | [`beer`] | real rate against its fundamentals | log points |
//! | [`flow`] | contracted flow, positioning and central bank swaps | robust standard deviations |
//! | [`cip_basis`] | onshore dollar rate over SOFR | robust standard deviations |
//!
//! A score of +1 says that the dollar's price should fall: the implication for the FX price has the opposite sign.

pub mod beer;
pub mod carry_to_risk;
pub mod cip_basis;
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
    /// Flows.
    pub flow: flow::FlowParams,
    /// Covered-interest basis.
    pub cip_basis: cip_basis::CipParams,
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
            Box::new(cip_basis::CipBasis(params.cip_basis)),
        ],
        &config.consistency,
    )
}
