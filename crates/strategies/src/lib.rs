//! Strategies: from what the agents think and what the market shows to positions with a reason.
//!
//! A [`Strategy`] sees a view of the market at a cut ([`market::AsOf`]), the agents' reports, its own parameters and its
//! own [`StrategyState`]; it returns a [`StrategyReport`]: the [`Decision`] of the day, the positions it wants, the
//! evidence and the state it leaves. A position is a package of one or more [`Leg`]s in risk units; how large it becomes
//! in the book is the portfolio's business.
//!
//! All strategies share one life cycle ([`lifecycle`]): open beyond the entry threshold, hold to the exit threshold, close
//! at stop, target or horizon. A strategy without data has no position, and says why.
//!
//! It never reads anything but the view, keeps nothing between calls but the state it returns, and never lets one
//! strategy's failure touch another: see [`StrategyRegistry::evaluate_all`].
//!
//! ```
//! use strategies::{ALL_STRATEGIES, StrategiesConfig, StrategyRegistry};
//!
//! let registry = StrategyRegistry::standard(&StrategiesConfig::default())?;
//! assert_eq!(registry.ids().len(), ALL_STRATEGIES.len());
//! # Ok::<(), strategies::StrategyError>(())
//! ```

mod config;
pub mod conviction;
mod error;
pub mod fx;
mod id;
pub mod lifecycle;
pub mod mark;
mod position;
pub mod rates;
mod registry;
mod report;
mod sample;
mod state;
mod strategy;

pub use config::StrategiesConfig;
pub use error::StrategyError;
pub use id::StrategyId;
pub use lifecycle::{CloseReason, Decision, LifecycleRules};
pub use position::{Leg, StrategyPosition};
pub use registry::{ALL_STRATEGIES, OutcomeKind, StrategyEntry, StrategyOutcome, StrategyRegistry, StrategyStates};
pub use report::{Caveats, SignalReading, StrategyReport};
pub use state::{OpenPackage, Rearming, StrategyState};
pub use strategy::Strategy;
