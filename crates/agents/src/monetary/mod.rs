//! The monetary agent: is policy too loose or too tight, in Brazil and the United States.
//!
//! | model | measures | unit | weight |
//! |---|---|---|---|
//! | [`taylor_br`] | Taylor rule minus the Selic target | pp | 1.0 |
//! | [`taylor_us`] | Taylor rule minus the effective fed funds rate | pp | 0.5 |
//! | [`implied_path`] | survey's mean Selic over 12 months minus the DI curve's | pp | 0.75 |
//! | [`rstar_br`] | r* (state space) minus the real Selic | pp | 0.5 |
//! | [`rstar_us`] | r* (Laubach-Williams) minus the real fed funds rate | pp | 0.25 |
//! | [`selic_path`] | survey by Copom meeting minus the Selic that the DI curve implies | pp | 0.5 |
//! | [`fed_path`] | rule minus the funds rate that the Treasury curve implies, by FOMC meeting | pp | 0.25 |
//! | [`term_premium`] | DI rate minus the survey's average short rate, against its past | sd | 0.5 |
//! | [`fed_stance`] | Taylor gap, financial conditions, real rate against r* | index | 0.25 |
//!
//! A score of +1 is far too loose: rates must rise, receivers lose. Weights: a model that shares its evidence with another
//! (r* with the rule that uses it, the two readings of the curve) carries half, and the United States half of Brazil.

pub mod fed_path;
pub mod fed_stance;
pub mod implied_path;
pub mod meeting_path;
pub mod rstar;
pub mod rstar_br;
pub mod rstar_us;
pub mod selic_path;
pub mod taylor;
pub mod taylor_br;
pub mod taylor_us;
pub mod term_premium;

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
    /// r*, Brazil; with a weight of zero the rules use their parameter.
    pub rstar_br: rstar_br::RstarBrParams,
    /// r*, United States; with a weight of zero the rules use their parameter.
    pub rstar_us: rstar_us::RstarUsParams,
    /// Selic by meeting.
    pub selic_path: selic_path::SelicPathParams,
    /// Fed funds by meeting.
    pub fed_path: fed_path::FedPathParams,
    /// Term premium of the DI curve.
    pub term_premium: term_premium::TermPremiumParams,
    /// Stance of the Fed.
    pub fed_stance: fed_stance::FedStanceParams,
}

/// The agent with its standard models.
pub fn agent(config: &AgentsConfig) -> Panel {
    let params = config.monetary.clone();
    let spoken = |weight: f64| weight > 0.0;
    let neutral_br = rstar_br::Estimator::new(params.rstar_br);
    let rstar_br = spoken(neutral_br.params.weight).then(|| neutral_br.clone());
    let neutral_us = rstar_us::Estimator::new(params.rstar_us);
    let rstar_us = spoken(neutral_us.params.weight).then(|| neutral_us.clone());
    let rule_br = taylor_br::TaylorBr(params.taylor_br, rstar_br);
    let rule_us = taylor_us::TaylorUs(params.taylor_us, rstar_us);
    Panel::new(
        AgentId::Monetary,
        vec![
            Box::new(rule_br.clone()),
            Box::new(rule_us.clone()),
            Box::new(implied_path::ImpliedPath(params.implied_path)),
            Box::new(rstar_br::RstarBr(neutral_br)),
            Box::new(rstar_us::RstarUs(neutral_us.clone())),
            Box::new(selic_path::SelicPath { params: params.selic_path, rule: rule_br }),
            Box::new(fed_path::FedPath { params: params.fed_path, rule: rule_us.clone() }),
            Box::new(term_premium::TermPremium(params.term_premium)),
            Box::new(fed_stance::FedStance { params: params.fed_stance, rule: rule_us, rstar: neutral_us }),
        ],
        &config.consistency,
    )
}
