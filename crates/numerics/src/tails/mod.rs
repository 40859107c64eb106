//! Tail risk: VaR and ES by several methods, their decomposition, their backtests, and stress tests.
//!
//! Sign: a positive number is a loss. The argument is the confidence `c` (0.99), the tail probability is `1 - c`.
//! A loss is an exception when it exceeds VaR strictly.
//!
//! ```
//! use numerics::tails::{historical_es, historical_var};
//!
//! let returns = [-0.03, 0.01, 0.02, -0.01, 0.00, 0.015, -0.02, 0.005, 0.01, -0.005];
//! let (var, es) = (historical_var(&returns, 0.9)?, historical_es(&returns, 0.9)?);
//! assert!(es >= var && var > 0.0);
//! # Ok::<(), numerics::NumericsError>(())
//! ```

mod component;
mod component_shortfall;
mod cornish_fisher;
mod cornish_fisher_tail;
mod coverage;
pub mod distributions;
mod filtered;
mod filtered_paths;
mod historical;
mod marginal_map;
pub(crate) mod moments;
mod parametric;
pub(crate) mod quantile;
mod rank_correlation;
mod scenario_tail;
mod shortfall_backtest;
mod stress;
mod t_copula;
mod t_copula_fit;
#[cfg(test)]
mod tests;

pub use component::{Components, component_var, component_var_at};
pub use component_shortfall::{ShortfallComponents, component_shortfall};
pub use cornish_fisher::{CornishFisher, CornishFisherComponents, component_cornish_fisher, cornish_fisher};
pub use cornish_fisher_tail::{CornishFisherTail, cornish_fisher_tail};
pub use coverage::{Coverage, TrafficLight, Zone, coverage_tests, kupiec_region, traffic_light};
pub use filtered::{FilteredHistorical, Garch11, filtered_historical};
pub use filtered_paths::{Filtered, VarianceRecursion, filter_returns};
pub use historical::{HistoricalTail, historical_es, historical_tail, historical_var};
pub use parametric::{gaussian_es, gaussian_var, gaussian_var_horizon, student_es, student_var};
pub use quantile::{quantile_type7, quantile_type8};
pub use rank_correlation::kendall_tau;
pub use scenario_tail::{ScenarioTail, scenario_tail, tail_pair};
pub use shortfall_backtest::{AcerbiSzekely, Z2Distribution, acerbi_szekely, z2_distribution};
pub use stress::{ConditionalStress, DeltaGamma};
pub use t_copula::{MultivariateTTail, SimulatedTail, StudentCopula, StudentCopulaModel, multivariate_t_tail};
pub use t_copula_fit::{StudentCopulaFit, StudentFit, fit_student, fit_student_copula};
