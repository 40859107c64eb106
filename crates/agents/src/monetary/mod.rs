//! The monetary agent: is policy too loose or too tight, in Brazil and the United States.
//!
//! | model | measures | unit |
//! |---|---|---|
//! | [`taylor_br`] | Taylor rule minus the Selic target | pp |
//! | [`taylor_us`] | Taylor rule minus the effective fed funds rate | pp |
//! | [`implied_path`] | survey's mean Selic over 12 months minus the DI curve's | pp |
//!
//! A score of +1 is far too loose: rates must rise, receivers lose.

pub mod implied_path;
pub mod taylor;
pub mod taylor_br;
pub mod taylor_us;

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentsConfig, Panel};

/// Parameters of the monetary agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonetaryConfig {
    /// Taylor rule, Brazil.
    pub taylor_br: taylor_br::TaylorBrParams,
    /// Taylor rule, United States.
    pub taylor_us: taylor_us::TaylorUsParams,
    /// Survey against the DI curve.
    pub implied_path: implied_path::ImpliedPathParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.monetary.clone();
    Panel::new(
        AgentId::Monetary,
        vec![
            Box::new(taylor_br::TaylorBr(params.taylor_br)),
            Box::new(taylor_us::TaylorUs(params.taylor_us)),
            Box::new(implied_path::ImpliedPath(params.implied_path)),
        ],
        &config.consistency,
    )
}
