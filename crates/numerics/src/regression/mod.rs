//! Least squares and what is built on it: inference that survives autocorrelation, diagnostics, unit roots, cointegration,
//! and the logit.
//!
//! Shapes: `y` has one value per row of the design `x`; time runs down the rows; a constant is a column of ones that the
//! caller adds ([`with_constant`]). Missing values are refused. Regressions with linearly dependent columns or without
//! residual degrees of freedom are refused.
//!
//! Start from [`ols`] for a fit with its classical table and [`ols_newey_west`] for standard errors robust to
//! heteroskedasticity and autocorrelation.

mod adf;
mod autocorrelation;
mod diagnostics;
mod dols;
mod engle_granger;
mod hac;
mod inference;
mod johansen;
mod logit;
mod mackinnon;
mod ols;
mod white;

pub use adf::{AdfTest, Deterministic, adf};
pub use autocorrelation::{LjungBox, autocorrelations, ljung_box};
pub use diagnostics::{
    Diagnostics, FTest, Influence, JarqueBera, LmTest, diagnose, influence, jarque_bera, variance_inflation,
};
pub use dols::{Dols, dols};
pub use engle_granger::{EngleGranger, engle_granger};
pub use hac::{
    BandwidthRules, HacFit, HacLags, SmallSample, bandwidth_rules, newey_west, ols_newey_west, rule_of_thumb_lags,
};
pub use inference::{chi_square_p_value, f_p_value, normal_cdf, normal_p_value, student_t_p_value};
pub use johansen::{Johansen, JohansenTrend, johansen};
pub use logit::{Logit, logit};
pub use mackinnon::{critical_values, mackinnon_p_value};
pub use ols::{CoefficientTable, OlsFit, ols, with_constant};
pub use white::{WhiteKind, white};

#[cfg(test)]
mod robustness;
