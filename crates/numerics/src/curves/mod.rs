//! Yield curves and bonds: interpolation in business days, parametric curves, carry, fixed-rate bond analytics.
//!
//! Rates are effective annual and decimal unless a method says otherwise (the Nelson-Siegel family keeps the percent of
//! its published parameters).
//!
//! ```
//! use numerics::curves::FlatForward252;
//!
//! let curve = FlatForward252::new(&[(126.0, 0.12), (252.0, 0.13)])?;
//! assert!((curve.discount(252.0)? - 1.0 / 1.13).abs() < 1e-15);
//! # Ok::<(), numerics::NumericsError>(())
//! ```

mod affine;
mod bootstrap;
mod carry;
mod civil_date;
mod fixed_rate;
mod flat_forward;
mod nelson_siegel;
mod svensson;
#[cfg(test)]
mod tests;

pub use affine::{AffineSpec, AffineTermPremium, affine_term_premium};
pub use bootstrap::{CouponBond252, bootstrap_252, discounts_from_par, par_from_discounts};
pub use carry::{CarryRollDown, carry_roll_down};
pub use civil_date::CivilDate;
pub use fixed_rate::{BondAnalytics, DayCount, FixedRateBond};
pub use flat_forward::{Extrapolation, FlatForward252, forwards_252};
pub use nelson_siegel::{CurveFit, CurveModel, fit_curve, nelson_siegel_ols};
pub use svensson::Svensson;
