//! The five analytical agents and their models.
//!
//! Each [`Agent`] answers for one subject (inflation pressure, the stance of policy, fiscal stress, the value of USD/BRL,
//! risk appetite) with an [`AgentReport`]: the signals of its models, the models that abstained and why, and one
//! composite. A signal is about a variable; what it means for the *price* of each asset class is stated apart, in
//! [`AgentSignal::implications`].
//!
//! Nothing here performs I/O, reads a clock or writes to anything: a report is a function of the
//! [`AsOf`](market::AsOf) view and the configuration. A model without its minimum of data abstains; it never
//! substitutes a mean, a constant or zero. When a model has a documented second specification (no survey known, no
//! official primary balance), the signal's id says which was used and its confidence is lower.
//!
//! Start from [`AgentRegistry::standard`]; to add a model, implement [`Model`] in one file and list it in its agent's
//! folder.
//!
//! ```
//! use agents::{AgentRegistry, AgentsConfig};
//! use market::{AsOf, Calendars, Catalogue, Cut, History};
//!
//! let (history, catalogue, calendars) = (History::default(), Catalogue::embedded(), Calendars::embedded());
//! let date = chrono::NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
//! let view = AsOf::new(&history, &catalogue, &calendars, Cut::published(date, market::time::default_cut(date)));
//!
//! let outcomes = AgentRegistry::standard(&AgentsConfig::default()).assess_all(&view);
//! assert_eq!(outcomes.len(), 5);
//! let inflation = outcomes[0].result.as_ref().unwrap();
//! assert!(inflation.signals.is_empty() && inflation.composite.is_none(), "no data, no opinion");
//! ```

mod agent;
mod compose;
pub mod config;
pub mod consistency;
pub mod cross_asset;
mod expectations;
pub mod features;
pub mod fiscal;
pub mod fx;
mod implications;
pub mod inflation;
mod meetings;
pub mod monetary;
mod monthly;
mod narrative;
pub mod output_gap;
mod panel;
mod policy_path;
mod reading;
mod registry;
mod report;
mod selic_survey;
mod signal;
mod standardise;
#[cfg(test)]
mod testing;

pub use agent::{Agent, AgentError, Finding, Model, Refusal};
pub use compose::compose;
pub use config::AgentsConfig;
pub use narrative::{Commentary, Narrator, Template, unsupported_numbers};
pub use panel::Panel;
pub use registry::{AgentOutcome, AgentRegistry};
pub use report::{Abstention, AgentReport, Composite, Flag, FlagKind, Regime, RegimeLabel};
pub use signal::{AgentId, AgentSignal, Direction, Evidence, Strength};
