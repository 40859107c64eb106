//! Covariance and correlation matrices from samples: plain, shrunk, cleaned, repaired.
//!
//! Samples are matrices with time down the rows and one series per column. Nothing here drops data silently: a NaN is
//! refused, and [`complete_cases`] is the one explicit way to leave incomplete rows out.
//!
//! Start from [`sample_covariance`] or, with few observations per series, [`ledoit_wolf_constant_correlation`].
//!
//! ```
//! use nalgebra::DMatrix;
//! use numerics::covariance::{ledoit_wolf_identity, sample_covariance};
//!
//! let returns = DMatrix::from_row_slice(4, 2, &[0.01, 0.02, -0.01, 0.00, 0.02, 0.01, 0.00, -0.01]);
//! let plain = sample_covariance(&returns)?;
//! let shrunk = ledoit_wolf_identity(&returns)?;
//! assert!(shrunk.covariance[(0, 1)].abs() <= plain[(0, 1)].abs());
//! # Ok::<(), numerics::NumericsError>(())
//! ```

pub(crate) mod checks;
pub(crate) mod cholesky;
mod ledoit_wolf;
mod line_descent;
mod nearest;
mod oas;
mod random_matrix;
mod sample;
#[cfg(test)]
mod tests;

pub use ledoit_wolf::{
    Shrunk, ledoit_wolf_constant_correlation, ledoit_wolf_constant_correlation_unbiased, ledoit_wolf_identity,
};
pub use nearest::{clipped_correlation, nearest_correlation};
pub use oas::{oracle_approximating, oracle_approximating_chen};
pub use random_matrix::{Denoised, MarchenkoPastur, denoise, denoise_fitted, fitted_noise_variance};
pub(crate) use sample::{centred, cross_product, standard_deviations};
pub use sample::{complete_cases, correlation_from_covariance, sample_correlation, sample_covariance};
