//! Volatility of one return series, or of several by exponential weights.
//!
//! A variance dated t is known at the close of t and is the forecast for t + 1: never use it for day t itself. Returns may be in any
//! unit; variances are in that unit squared. Missing values are refused.
//!
//! Start from [`ewma_variance`] for a quick answer and [`fit_garch`] for a model.

mod ewma;
mod garch;
mod garch_fit;
mod realised;

pub use ewma::{EwmaCovariance, EwmaVariance, ewma_covariance, ewma_variance};
pub use garch::{GarchFilter, GarchModel, Innovations, Presample, garch_filter};
pub use garch_fit::{GarchFit, GarchKind, InnovationKind, fit_garch};
pub use realised::{RealisedVolatility, realised_volatility, rolling_realised_volatility};

#[cfg(test)]
mod robustness;
