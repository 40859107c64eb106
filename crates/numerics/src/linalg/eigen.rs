//! Symmetric eigen-decomposition with a fixed order and sign.

use nalgebra::DMatrix;

use crate::{NumericsError, Result, validate};

/// Eigenvalues in descending order with their unit eigenvectors in the columns.
///
/// The sign of each vector is fixed: its largest component in absolute value (the first on ties) is positive.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    /// Eigenvalues, largest first.
    pub values: Vec<f64>,
    /// Eigenvectors in the columns, in the order of the values.
    pub vectors: DMatrix<f64>,
}

/// Eigen-decomposition of a symmetric matrix (the lower triangle is read).
///
/// # Errors
/// `dimension_mismatch` when not square, `missing_values` on NaN, `not_converged` when the iteration fails.
pub fn symmetric_eigen(matrix: &DMatrix<f64>) -> Result<SymmetricEigen> {
    let n = matrix.nrows();
    validate::same_length("symmetric matrix", n, matrix.ncols())?;
    validate::finite_matrix("symmetric matrix", matrix)?;
    if n == 0 {
        return Ok(SymmetricEigen { values: Vec::new(), vectors: DMatrix::zeros(0, 0) });
    }
    const MAX_ITERATIONS: usize = 10_000;
    let decomposition = nalgebra::SymmetricEigen::try_new(matrix.clone(), f64::EPSILON, MAX_ITERATIONS)
        .ok_or(NumericsError::NotConverged { what: "symmetric eigen-decomposition", iterations: MAX_ITERATIONS })?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| decomposition.eigenvalues[b].total_cmp(&decomposition.eigenvalues[a]));
    let values = order.iter().map(|&i| decomposition.eigenvalues[i]).collect();
    let mut vectors = DMatrix::zeros(n, n);
    for (target, &source) in order.iter().enumerate() {
        let vector = decomposition.eigenvectors.column(source);
        let mut largest = 0;
        for i in 1..n {
            if vector[i].abs() > vector[largest].abs() {
                largest = i;
            }
        }
        let sign = if vector[largest] < 0.0 { -1.0 } else { 1.0 };
        for i in 0..n {
            vectors[(i, target)] = sign * vector[i];
        }
    }
    Ok(SymmetricEigen { values, vectors })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_descend_and_the_largest_component_is_positive() {
        let matrix = DMatrix::from_row_slice(2, 2, &[2.0, -1.0, -1.0, 2.0]);
        let eigen = symmetric_eigen(&matrix).unwrap();
        assert!((eigen.values[0] - 3.0).abs() < 1e-14 && (eigen.values[1] - 1.0).abs() < 1e-14);
        assert!(eigen.vectors[(0, 0)] * eigen.vectors[(1, 0)] < 0.0);
        let residual = &matrix * eigen.vectors.column(0) - eigen.vectors.column(0) * 3.0;
        assert!(residual.amax() < 1e-14);
    }

    #[test]
    fn nan_is_refused() {
        assert!(symmetric_eigen(&DMatrix::from_element(2, 2, f64::NAN)).is_err());
    }
}
