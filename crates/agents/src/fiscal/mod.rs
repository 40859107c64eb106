//! The fiscal agent: stress of Brazil's public finances.
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`debt`] | change of gross debt over five years on the baseline, with three scenarios | points of GDP |
//! | [`fan`] | probability that debt is higher in five years, under joint shocks | probability |
//! | [`impulse`] | fall of the cyclically adjusted balance in twelve months | points of GDP |
//! | [`dominance`] | risk of fiscal dominance | index, 0 to 100 |
//!
//! A score of +1 is strong stress. For prices: receivers and credit lose, USD/BRL rises. Where no official balance is
//! published, what the debt identity leaves over stands in for it, under ids of its own (`..._proxies`).

mod baseline;
pub mod debt;
pub mod dominance;
pub mod dynamics;
pub mod fan;
mod identity;
pub mod impulse;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the fiscal agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FiscalConfig {
    /// Debt sustainability.
    pub debt: debt::DebtParams,
    /// Stochastic fan.
    pub fan: fan::FanParams,
    /// Fiscal impulse.
    pub impulse: impulse::ImpulseParams,
    /// Risk of fiscal dominance.
    pub dominance: dominance::DominanceParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.fiscal.clone();
    Panel::new(
        AgentId::Fiscal,
        vec![
            Box::new(debt::Debt(params.debt)),
            Box::new(fan::DebtFan(params.fan)),
            Box::new(impulse::Impulse(params.impulse)),
            Box::new(dominance::Dominance(params.dominance)),
        ],
        &config.consistency,
    )
}
