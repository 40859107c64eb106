//! From the strategies' positions to target weights, stage by stage.
//!
//! | stage | what it does |
//! |---|---|
//! | `net_positions` | nets positions per instrument; legs of a spread stay together as a package; net zero is dropped |
//! | `risk_budgets` | share of each package in the risk: its conviction (size times confidence) over the sum |
//! | `equal_risk` | equal-risk-contribution weights for the packages as they are held; by another method it has its name |
//! | `conviction_tilt` | the same method, tilted to conviction: budgets between equal and conviction |
//! | `conflict_dampening` | times 0.6 for packages whose side the consensus of their asset class opposes |
//! | `regime_scale` | times 1.0, 0.7 or 0.4 by regime, moved there over three sessions |
//! | `volatility_target` | one factor: volatility target over the volatility of the undampened book |
//! | `breaker_scale` | times the scale of the drawdown breaker |
//! | `veto` | times the veto's factor of each package's asset class |
//!
//! The method is configured ([`methods`]); when it cannot solve, the declared fallbacks are tried and the record says so.
//!
//! The factor of the volatility target is taken from the book *before* dampening and regime: those stages cut risk, and
//! scaling their result up to the target would undo them.

mod config;
mod constructor;
#[cfg(test)]
mod invariants;
pub mod methods;
mod package;
pub mod regime_scale;
mod risk_model;
mod stages;
#[cfg(test)]
mod tests;

pub use config::{BlackLittermanConfig, ConstructConfig, ConstructMethod, CovarianceEstimator, RegimeScales};
pub use constructor::{Construction, ConstructionInput, MethodUse, PortfolioConstructor, Sizing, Stage};
pub use methods::{ExpectedReturn, FailedMethod};
pub(crate) use package::net_weights;
pub use package::{DroppedPackage, Member, TargetPackage};
pub use regime_scale::RegimeScaleState;
pub use risk_model::RiskModel;
