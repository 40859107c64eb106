//! Mathematics for macro trading on slices and matrices.
//!
//! Every method is a pure function: numbers in, a typed result or a [`NumericsError`] out. What a caller may rely on:
//!
//! - **Complete or refused.** A result holds every number it promises; what cannot be computed is an error that says what to do
//!   ([`NumericsError::code`] names it for machines), or a `None` where the value does not exist by definition. No input makes
//!   a function panic, and no missing value (NaN) is skipped silently.
//! - **Reproducible.** Sums run in a fixed order and random numbers come from a named generator with a seed: the same inputs
//!   give the same bits on one thread and on many. Matrix products of up to 64 rows and columns use the same loops on every
//!   type of processor; larger ones use kernels picked for it, and `exp`, `ln` and powers are the platform's.
//! - **Proved.** Each method is checked against published tables and independent implementations; `PROOF.md` beside this crate
//!   lists the cases and the errors found.
//!
//! The crate knows no finance data types, no dates and no clock, and does no I/O. Rates and returns are decimals and time runs
//! down the rows unless a module says otherwise.
//!
//! Start from [`regression::ols_newey_west`] for an estimate with honest errors, or [`state_space::StateSpace`] for what cannot
//! be observed:
//!
//! ```
//! use nalgebra::DMatrix;
//! use numerics::regression::{ols_newey_west, with_constant};
//!
//! let rate_gap = DMatrix::from_column_slice(6, 1, &[0.5, 1.0, -0.5, 0.0, 1.5, -1.0]);
//! let change = [0.3, 0.4, -0.2, 0.1, 0.8, -0.4];
//! let estimate = ols_newey_west(&change, &with_constant(&rate_gap), Some(1))?;
//! assert!(estimate.fit.coefficients[1] > 0.4 && estimate.robust.t_stats[1] > 2.0);
//!
//! // A regressor that repeats the constant is refused, not dropped.
//! let refused = ols_newey_west(&change, &with_constant(&DMatrix::from_element(6, 1, 2.0)), None);
//! assert_eq!(refused.unwrap_err().code(), "rank_deficient");
//! # Ok::<(), numerics::NumericsError>(())
//! ```

mod error;
mod minimise;

pub use error::{NumericsError, Result};

pub mod covariance;
pub mod curves;
pub mod economics;
pub mod filters;
pub mod linalg;
pub mod optimise;
pub mod performance;
pub mod regimes;
pub mod regression;
pub mod state_space;
pub mod tails;
pub mod validate;
pub mod volatility;
