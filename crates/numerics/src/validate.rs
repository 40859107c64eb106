//! Checks at the border of a method: finite values, lengths, ranges.
//!
//! A missing value is a NaN; unless a method says that it handles them it calls [`finite`] and refuses.

use nalgebra::DMatrix;

use crate::{NumericsError, Result};

/// Refuses NaN and infinities.
///
/// # Errors
/// `missing_values` with the position of the first.
pub fn finite(what: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(position) => Err(NumericsError::NonFinite { what, position }),
        None => Ok(()),
    }
}

/// Refuses NaN and infinities in a matrix; the position runs down the columns.
///
/// # Errors
/// `missing_values` with the position of the first.
pub fn finite_matrix(what: &'static str, matrix: &DMatrix<f64>) -> Result<()> {
    finite(what, matrix.as_slice())
}

/// Refuses a NaN or infinite parameter.
///
/// # Errors
/// `invalid_argument`.
pub fn finite_parameter(what: &'static str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(NumericsError::InvalidArgument { what, why: format!("{value} is not finite") })
}

/// Refuses a parameter that is not a finite number above zero.
///
/// # Errors
/// `invalid_argument`.
pub fn positive(what: &'static str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(NumericsError::InvalidArgument { what, why: format!("{value} is not a number above zero") })
}

/// Refuses a parameter that is not a finite number of zero or more.
///
/// # Errors
/// `invalid_argument`.
pub fn non_negative(what: &'static str, value: f64) -> Result<()> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(NumericsError::InvalidArgument { what, why: format!("{value} is not a number of zero or more") })
}

/// Refuses a probability outside [0, 1].
///
/// # Errors
/// `invalid_argument`.
pub fn probability(what: &'static str, value: f64) -> Result<()> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(NumericsError::InvalidArgument { what, why: format!("{value} is not a probability") })
}

/// Refuses a sample shorter than the method needs.
///
/// # Errors
/// `too_few_observations`.
pub fn at_least(got: usize, needed: usize) -> Result<()> {
    if got >= needed {
        return Ok(());
    }
    Err(NumericsError::TooFewObservations { got, needed })
}

/// Refuses a length or size that does not agree.
///
/// # Errors
/// `dimension_mismatch`.
pub fn same_length(what: &'static str, expected: usize, got: usize) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    Err(NumericsError::DimensionMismatch { what, expected, got })
}

/// True when every value equals the first (an empty sample counts as constant).
pub fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| *value == values[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_missing_value_is_named() {
        assert_eq!(
            finite("y", &[1.0, f64::NAN, f64::INFINITY]),
            Err(NumericsError::NonFinite { what: "y", position: 1 })
        );
        assert!(finite("y", &[]).is_ok());
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        assert!(positive("lambda", 0.0).is_err() && positive("lambda", f64::NAN).is_err());
        assert!(non_negative("variance", 0.0).is_ok() && non_negative("variance", -1e-300).is_err());
        assert!(probability("p", 1.0).is_ok() && probability("p", 1.0 + 1e-12).is_err());
    }
}
