//! Measures, stresses and limits of the book that is about to be released.
//!
//! Start from [`RiskMonitor::assess`], which joins everything into a [`RiskReport`]; each idea has a file of its own:
//! [`measures`], [`components`], [`decomposition`], [`backtest`], [`exposures`], [`stress`], [`liquidity`], [`limits`],
//! [`waivers`], [`losses`], [`drawdown`].
//!
//! Signs and units: a weight is exposure over NAV, long positive. VaR, ES, drawdown and the values of the limits are
//! positive for a loss and fractions of NAV; a stress result is profit and loss, negative for a loss. Numbers are
//! decimals, never percent; horizons are one session where nothing else is said.
//!
//! It never performs I/O, reads no clock, and never replaces a number that is missing: a measure without enough
//! observations is absent with its reason, a position that cannot be repriced is listed, and a limit whose value cannot
//! be computed is a finding and not a pass.
//!
//! ```
//! use risk::{BreakerConfig, BreakerLevel, BreakerState, NavPoint};
//!
//! let config = BreakerConfig::default();
//! let day = |d: u32, nav| NavPoint { date: chrono::NaiveDate::from_ymd_opt(2026, 3, d).unwrap(), nav };
//! let state = BreakerState::default().advance(&config, day(2, 100.0), 1)?;
//! let state = state.advance(&config, day(3, 94.0), 1)?;
//! assert_eq!(state.level, BreakerLevel::Defensive, "6 % down goes past the first step in one");
//! assert_eq!(state.scale(&config), 0.5);
//! # Ok::<(), risk::RiskError>(())
//! ```

pub mod backtest;
mod book;
pub mod components;
mod confidence;
mod config;
pub mod decomposition;
pub mod drawdown;
mod error;
pub mod exposures;
mod level;
pub mod limits;
pub mod liquidity;
pub mod losses;
pub mod measures;
mod monitor;
mod report;
pub mod returns;
pub mod scenario;
mod snapshot;
pub mod stress;
mod tails;
#[cfg(test)]
mod testing;
pub mod waivers;

pub use backtest::{Backtest, BacktestOf, NavMarks, ReleasedRisk};
pub use book::{Book, NavPoint};
pub use confidence::Confidence;
pub use config::{BreakerConfig, BreakerStep, RiskConfig};
pub use decomposition::{PartOf, RiskPart, RiskSplit};
pub use drawdown::{BreakerLevel, BreakerState, DrawdownStatus};
pub use error::RiskError;
pub use exposures::FactorExposures;
pub use limits::{CheckedBook, LimitCheck, LimitConfig, LimitName, LimitStatus, LimitUnit};
pub use liquidity::{Liquidation, Liquidity, LiquidityConfig};
pub use measures::{MeasureConfig, VolatilityFilter};
pub use monitor::{RiskInputs, RiskMonitor};
pub use report::{
    Alert, ClassExposure, ComponentRisk, Exposure, Measure, MeasureKind, Method, RiskLevel, RiskReport, StressResult,
    Unpriced, Window,
};
pub use scenario::{RateMove, Scenario};
pub use stress::episodes::{Episode, EpisodeResult};
pub use stress::reverse::{ReverseConfig, ReverseStress};
pub use waivers::{Waiver, WaiverEffect, WaiverUse};
