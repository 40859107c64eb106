//! Preconditions shared by the methods on matrices: finite, square, symmetric, long enough.

use nalgebra::DMatrix;

pub(crate) use crate::validate::{at_least, finite, positive, same_length as length};
use crate::{NumericsError, Result};

/// Refuses a single number that is not finite.
pub(crate) fn finite_scalar(what: &'static str, value: f64) -> Result<()> {
    if value.is_finite() { Ok(()) } else { Err(NumericsError::NonFinite { what, position: 0 }) }
}

/// Refuses a number outside the open interval (0, 1).
pub(crate) fn open_unit(what: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(invalid(what, format!("must lie strictly between 0 and 1, got {value}")))
    }
}

/// An [`NumericsError::InvalidArgument`].
pub(crate) fn invalid(what: &'static str, why: impl Into<String>) -> NumericsError {
    NumericsError::InvalidArgument { what, why: why.into() }
}

/// A sample matrix: at least one column, `rows` rows, all finite.
pub(crate) fn sample(what: &'static str, x: &DMatrix<f64>, rows: usize) -> Result<()> {
    if x.ncols() == 0 {
        return Err(invalid(what, "has no columns"));
    }
    at_least(x.nrows(), rows)?;
    finite(what, x.as_slice())
}

/// A square, finite, symmetric matrix of at least one row (asymmetry up to rounding is accepted).
pub(crate) fn symmetric(what: &'static str, m: &DMatrix<f64>) -> Result<()> {
    if m.nrows() == 0 {
        return Err(invalid(what, "is empty"));
    }
    length(what, m.nrows(), m.ncols())?;
    finite(what, m.as_slice())?;
    let scale = m.amax();
    for j in 0..m.ncols() {
        for i in 0..j {
            if (m[(i, j)] - m[(j, i)]).abs() > 1e-9 * scale {
                return Err(invalid(what, format!("is not symmetric at ({i}, {j})")));
            }
        }
    }
    Ok(())
}

/// A covariance matrix as far as cheap tests go: symmetric with a non-negative diagonal.
pub(crate) fn covariance(what: &'static str, m: &DMatrix<f64>) -> Result<()> {
    symmetric(what, m)?;
    match (0..m.nrows()).find(|&i| m[(i, i)] < 0.0) {
        Some(i) => Err(NumericsError::NotPsd { what, why: format!("diagonal {} at {i}", m[(i, i)]) }),
        None => Ok(()),
    }
}
