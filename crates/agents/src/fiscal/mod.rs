//! The fiscal agent: stress of Brazil's public finances.
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`debt`] | change of gross debt over five years on the baseline | points of GDP |
//!
//! A score of +1 is strong stress. For prices: receivers and credit lose, USD/BRL rises.

pub mod debt;
pub mod dynamics;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the fiscal agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FiscalConfig {
    /// Debt sustainability.
    pub debt: debt::DebtParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.fiscal.clone();
    Panel::new(AgentId::Fiscal, vec![Box::new(debt::Debt(params.debt))], &config.consistency)
}
