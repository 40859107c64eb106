//! Performance of a return series: ratios and their uncertainty, drawdowns, overfitting, information coefficients, linking
//! over periods.
//!
//! Returns are simple, per period, decimal. Ratios whose denominator is zero are `None`, never infinite.
//!
//! ```
//! use numerics::performance::drawdown;
//!
//! let path = drawdown(&[0.10, -0.20, 0.05, 0.30])?;
//! assert!((path.max_drawdown - 0.20).abs() < 1e-15);
//! assert_eq!(path.recovery_index, Some(4));
//! # Ok::<(), numerics::NumericsError>(())
//! ```

mod deflated_sharpe;
mod drawdowns;
mod information;
mod linking;
mod metrics;
mod sharpe;
#[cfg(test)]
mod tests;

pub use deflated_sharpe::{
    SharpeEvidence, SharpeMoments, deflated_sharpe, deflated_sharpe_of_returns, expected_max_sharpe,
};
pub use drawdowns::{Drawdown, drawdown};
pub use information::{InformationCoefficients, average_ranks, information_coefficients, rank_correlation};
pub use linking::{LinkedEffects, carino_linking};
pub use metrics::{Metrics, RelativeMetrics, metrics, tail_ratio};
pub use sharpe::{SharpeUncertainty, annualisation_ar1, sharpe_standard_error_iid, sharpe_uncertainty};
