//! Cholesky factorisation with explicit failure.

use nalgebra::DMatrix;

use crate::{NumericsError, Result, validate};

/// `A = L L'` of a symmetric positive definite matrix, with solves.
///
/// Only the lower triangle is read. A pivot below `n * eps * max diagonal` is an error, never a large number.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    lower: DMatrix<f64>,
}

impl Cholesky {
    /// Factorises.
    ///
    /// # Errors
    /// `dimension_mismatch` when not square, `missing_values` on NaN, `singular` when a pivot vanishes and `not_psd` when it
    /// is negative; `what` names the matrix in the message.
    pub fn new(what: &'static str, matrix: &DMatrix<f64>) -> Result<Self> {
        let n = matrix.nrows();
        validate::same_length(what, n, matrix.ncols())?;
        validate::finite_matrix(what, matrix)?;
        let scale = (0..n).fold(0.0_f64, |scale, i| scale.max(matrix[(i, i)].abs()));
        let floor = n as f64 * f64::EPSILON * scale;
        let mut lower = DMatrix::zeros(n, n);
        for j in 0..n {
            let mut pivot = matrix[(j, j)];
            for l in 0..j {
                pivot -= lower[(j, l)] * lower[(j, l)];
            }
            if pivot < -floor {
                return Err(NumericsError::NotPsd { what, why: format!("pivot {} is {pivot:e}", j + 1) });
            }
            if pivot <= floor {
                return Err(NumericsError::Singular { what });
            }
            let root = pivot.sqrt();
            lower[(j, j)] = root;
            for i in j + 1..n {
                lower[(i, j)] = matrix[(i, j)];
            }
            for l in 0..j {
                let weight = lower[(j, l)];
                for i in j + 1..n {
                    lower[(i, j)] -= lower[(i, l)] * weight;
                }
            }
            for i in j + 1..n {
                lower[(i, j)] /= root;
            }
        }
        Ok(Self { lower })
    }

    /// The factor `L`.
    pub fn lower(&self) -> &DMatrix<f64> {
        &self.lower
    }

    /// Logarithm of the determinant of `A`.
    pub fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diagonal().iter().map(|pivot| pivot.ln()).sum::<f64>()
    }

    /// `L^-1 b` in place.
    pub fn solve_lower(&self, b: &mut [f64]) {
        let rows = self.lower.nrows();
        let n = rows.min(b.len());
        for j in 0..n {
            b[j] /= self.lower[(j, j)];
            let weight = b[j];
            super::axpy(-weight, &self.lower.as_slice()[j * rows + j + 1..(j + 1) * rows], &mut b[j + 1..n]);
        }
    }

    /// `L'^-1 b` in place.
    pub fn solve_lower_transposed(&self, b: &mut [f64]) {
        let n = self.lower.nrows().min(b.len());
        for i in (0..n).rev() {
            for l in i + 1..n {
                b[i] -= self.lower[(l, i)] * b[l];
            }
            b[i] /= self.lower[(i, i)];
        }
    }

    /// `A^-1 b` in place.
    pub fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        self.solve_lower_transposed(b);
    }

    /// `A^-1 B`.
    pub fn solve_matrix(&self, b: &DMatrix<f64>) -> DMatrix<f64> {
        let mut solution = b.clone();
        let rows = b.nrows();
        if rows > 0 {
            solution.as_mut_slice().chunks_exact_mut(rows).for_each(|column| self.solve(column));
        }
        solution
    }

    /// `A^-1`, exactly symmetric; prefer the solves.
    pub fn inverse(&self) -> DMatrix<f64> {
        let n = self.lower.nrows();
        let mut inverse = self.solve_matrix(&DMatrix::identity(n, n));
        super::symmetrise(&mut inverse);
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{matrix_vector, product_transposed};

    #[test]
    fn the_factor_reproduces_the_matrix_and_solves() {
        let matrix = DMatrix::from_row_slice(3, 3, &[4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0]);
        let factor = Cholesky::new("a", &matrix).unwrap();
        assert!((product_transposed(factor.lower(), factor.lower()) - &matrix).amax() < 1e-14);
        let mut solution = matrix_vector(&matrix, &[1.0, -2.0, 3.0]);
        factor.solve(&mut solution);
        assert!((solution[1] + 2.0).abs() < 1e-14);
        assert!((factor.log_determinant() - matrix.determinant().ln()).abs() < 1e-14);
    }

    #[test]
    fn singular_and_indefinite_matrices_are_told_apart() {
        let singular = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 1.0, 1.0]);
        let indefinite = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
        assert_eq!(Cholesky::new("a", &singular).unwrap_err().code(), "singular");
        assert_eq!(Cholesky::new("a", &indefinite).unwrap_err().code(), "not_psd");
        assert_eq!(Cholesky::new("a", &DMatrix::zeros(2, 3)).unwrap_err().code(), "dimension_mismatch");
    }
}
