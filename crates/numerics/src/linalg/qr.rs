//! Least squares by column-equilibrated Householder QR with column pivoting.
//!
//! `X D P = Q R` with `D` scaling each column to unit length. The rank is the number of diagonal elements of `R` above
//! `n * eps * |R_11|`. Golub & Van Loan, Matrix Computations, ch. 5.

use nalgebra::DMatrix;

use super::products::{axpy, column, dot};
use crate::{NumericsError, Result};

/// Above this condition number a solution is refined once with a residual in twice the working precision.
const REFINE_ABOVE: f64 = 1e8;

/// A factorised design matrix, ready to solve least-squares problems.
#[derive(Debug, Clone)]
pub struct PivotedQr {
    /// R on and above the diagonal, Householder vectors below it (their first element is one).
    factors: DMatrix<f64>,
    reflections: Vec<f64>,
    pivots: Vec<usize>,
    scales: Vec<f64>,
    rank: usize,
}

impl PivotedQr {
    /// Factorises; a rank-deficient matrix is factorised too, [`PivotedQr::require_full_rank`] refuses it.
    pub fn new(x: &DMatrix<f64>) -> Self {
        let (n, k) = x.shape();
        let mut factors = x.clone();
        let mut scales = vec![1.0; k];
        for (values, scale) in factors.as_mut_slice().chunks_exact_mut(n.max(1)).zip(&mut scales) {
            let norm = length(values);
            if norm > 0.0 && norm.is_finite() {
                *scale = norm;
                let factor = 1.0 / norm;
                values.iter_mut().for_each(|value| *value *= factor);
            }
        }
        let mut qr = Self { factors, reflections: vec![0.0; k.min(n)], pivots: (0..k).collect(), scales, rank: 0 };
        qr.factorise();
        qr
    }

    fn factorise(&mut self) {
        let (n, k) = self.factors.shape();
        let mut norms: Vec<f64> = (0..k).map(|j| length(column(&self.factors, j))).collect();
        let mut reference = norms.clone();
        for step in 0..k.min(n) {
            let mut best = step;
            for j in step + 1..k {
                if norms[j] > norms[best] {
                    best = j;
                }
            }
            if best != step {
                self.factors.swap_columns(step, best);
                self.pivots.swap(step, best);
                norms.swap(step, best);
                reference.swap(step, best);
            }
            self.reflect(step);
            let (done, rest) = self.factors.as_mut_slice().split_at_mut((step + 1) * n);
            let reflection = self.reflections[step];
            let tail = &done[step * n + step + 1..];
            for (offset, values) in rest.chunks_exact_mut(n).enumerate() {
                let j = step + 1 + offset;
                let (head, below) = values[step..].split_at_mut(1);
                let projection = reflection * (head[0] + dot(tail, below));
                head[0] -= projection;
                axpy(-projection, tail, below);
                downdate(&mut norms[j], &mut reference[j], head[0], below);
            }
        }
        let first = if k.min(n) > 0 { self.factors[(0, 0)].abs() } else { 0.0 };
        let floor = n as f64 * f64::EPSILON * first;
        self.rank = (0..k.min(n)).take_while(|&i| self.factors[(i, i)].abs() > floor).count();
    }

    /// Householder reflection that zeroes the column below the diagonal.
    fn reflect(&mut self, step: usize) {
        let n = self.factors.nrows();
        let values = &mut self.factors.as_mut_slice()[step * n + step..(step + 1) * n];
        let norm = length(values);
        if norm == 0.0 {
            return;
        }
        let head = values[0];
        let diagonal = if head > 0.0 { -norm } else { norm };
        self.reflections[step] = (diagonal - head) / diagonal;
        let factor = 1.0 / (head - diagonal);
        values[1..].iter_mut().for_each(|value| *value *= factor);
        values[0] = diagonal;
    }

    /// Rows and columns of the factorised matrix.
    pub fn shape(&self) -> (usize, usize) {
        self.factors.shape()
    }

    /// Numerical rank.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// # Errors
    /// `rank_deficient` when the columns are linearly dependent to working precision.
    pub fn require_full_rank(&self) -> Result<()> {
        let columns = self.factors.ncols();
        if self.rank == columns {
            return Ok(());
        }
        Err(NumericsError::RankDeficient { rank: self.rank, columns })
    }

    /// Condition number of the equilibrated matrix in the Frobenius norm, `||R|| ||R^-1||`; infinite when deficient.
    pub fn condition(&self) -> f64 {
        let k = self.factors.ncols();
        if self.rank < k {
            return f64::INFINITY;
        }
        let inverse = self.inverse_r();
        let norm = |entry: &dyn Fn(usize, usize) -> f64| {
            (0..k)
                .flat_map(|j| (0..=j).map(move |i| (i, j)))
                .map(|(i, j)| entry(i, j) * entry(i, j))
                .sum::<f64>()
                .sqrt()
        };
        norm(&|i, j| self.factors[(i, j)]) * norm(&|i, j| inverse[(i, j)])
    }

    /// `Q' v` in place.
    pub fn rotate(&self, v: &mut [f64]) {
        let n = self.factors.nrows();
        for (step, &reflection) in self.reflections.iter().enumerate() {
            let tail = &column(&self.factors, step)[step + 1..];
            let (head, below) = v[step..n].split_at_mut(1);
            let projection = reflection * (head[0] + dot(tail, below));
            head[0] -= projection;
            axpy(-projection, tail, below);
        }
    }

    /// `Q v` in place.
    pub fn rotate_back(&self, v: &mut [f64]) {
        let n = self.factors.nrows();
        for (step, &reflection) in self.reflections.iter().enumerate().rev() {
            let tail = &column(&self.factors, step)[step + 1..];
            let (head, below) = v[step..n].split_at_mut(1);
            let projection = reflection * (head[0] + dot(tail, below));
            head[0] -= projection;
            axpy(-projection, tail, below);
        }
    }

    /// Least-squares coefficients of `y` on the columns, in their original order and scale.
    ///
    /// # Errors
    /// `rank_deficient`; `dimension_mismatch` when `y` has another number of rows.
    pub fn solve(&self, y: &[f64]) -> Result<Vec<f64>> {
        crate::validate::same_length("y", self.factors.nrows(), y.len())?;
        self.require_full_rank()?;
        let mut rotated = y.to_vec();
        self.rotate(&mut rotated);
        Ok(self.coefficients(&rotated))
    }

    /// As [`PivotedQr::solve`], then refined with residuals in twice the working precision when ill conditioned.
    ///
    /// # Errors
    /// As [`PivotedQr::solve`].
    pub fn solve_refined(&self, x: &DMatrix<f64>, y: &[f64]) -> Result<Vec<f64>> {
        let mut coefficients = self.solve(y)?;
        if self.condition() > REFINE_ABOVE {
            let residuals: Vec<f64> = (0..x.nrows())
                .map(|i| precise_residual(y[i], (0..x.ncols()).map(|j| (x[(i, j)], coefficients[j]))))
                .collect();
            let correction = self.solve(&residuals)?;
            coefficients.iter_mut().zip(&correction).for_each(|(coefficient, step)| *coefficient += step);
        }
        Ok(coefficients)
    }

    /// Back-substitution of `Q' y`.
    fn coefficients(&self, rotated: &[f64]) -> Vec<f64> {
        let k = self.factors.ncols();
        let mut solution = rotated[..k].to_vec();
        for j in (0..k).rev() {
            solution[j] /= self.factors[(j, j)];
            let (above, current) = solution.split_at_mut(j);
            axpy(-current[0], &column(&self.factors, j)[..j], above);
        }
        let mut coefficients = vec![0.0; k];
        for (position, &original) in self.pivots.iter().enumerate() {
            coefficients[original] = solution[position] / self.scales[original];
        }
        coefficients
    }

    /// The first `k` columns of `Q`, orthonormal.
    pub fn thin_q(&self) -> DMatrix<f64> {
        let (n, k) = self.factors.shape();
        let mut q = DMatrix::zeros(n, k.min(n));
        if n > 0 {
            for (j, values) in q.as_mut_slice().chunks_exact_mut(n).enumerate() {
                values[j] = 1.0;
                self.rotate_back(values);
            }
        }
        q
    }

    fn inverse_r(&self) -> DMatrix<f64> {
        let k = self.factors.ncols();
        let mut inverse = DMatrix::zeros(k, k);
        for j in 0..k {
            inverse[(j, j)] = 1.0 / self.factors[(j, j)];
            for i in (0..j).rev() {
                let sum: f64 = (i + 1..=j).map(|l| self.factors[(i, l)] * inverse[(l, j)]).sum();
                inverse[(i, j)] = -sum / self.factors[(i, i)];
            }
        }
        inverse
    }

    /// `D P R^-1`, the matrix `B` with `B B' = (X'X)^-1`; row `i` belongs to column `i` of the design.
    ///
    /// # Errors
    /// `rank_deficient`.
    pub fn inverse_root(&self) -> Result<DMatrix<f64>> {
        self.require_full_rank()?;
        let k = self.factors.ncols();
        let inverse = self.inverse_r();
        let mut root = DMatrix::zeros(k, k);
        for (position, &original) in self.pivots.iter().enumerate() {
            for j in 0..k {
                root[(original, j)] = inverse[(position, j)] / self.scales[original];
            }
        }
        Ok(root)
    }

    /// `(X'X)^-1`, exactly symmetric.
    ///
    /// # Errors
    /// `rank_deficient`.
    pub fn inverse_gram(&self) -> Result<DMatrix<f64>> {
        let root = self.inverse_root()?;
        let mut inverse = super::product_transposed(&root, &root);
        super::symmetrise(&mut inverse);
        Ok(inverse)
    }
}

fn length(values: &[f64]) -> f64 {
    let square = dot(values, values);
    if square.is_normal() {
        return square.sqrt();
    }
    // The squares overflow or vanish: scale first.
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * values.iter().map(|value| (value / largest) * (value / largest)).sum::<f64>().sqrt()
}

/// Norm of the remaining column after one row was split off; recomputed when cancellation has eaten it (LAPACK xLAQPS).
fn downdate(norm: &mut f64, reference: &mut f64, head: f64, below: &[f64]) {
    if *norm == 0.0 {
        return;
    }
    let kept = (1.0 - (head / *norm) * (head / *norm)).max(0.0);
    let shrunk = *norm / *reference;
    if kept * shrunk * shrunk <= f64::EPSILON.sqrt() {
        *norm = length(below);
        *reference = *norm;
    } else {
        *norm *= kept.sqrt();
    }
}

/// `y - sum x b` with every product and sum carried in twice the working precision.
fn precise_residual(y: f64, terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut high, mut low) = (y, 0.0);
    for (x, b) in terms {
        let product = -x * b;
        let product_error = (-x).mul_add(b, -product);
        let total = high + product;
        let part = total - high;
        low += (high - (total - part)) + (product - part) + product_error;
        high = total;
    }
    high + low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{gram, matrix_vector};

    fn design() -> DMatrix<f64> {
        DMatrix::from_fn(12, 3, |i, j| match j {
            0 => 1.0,
            1 => i as f64,
            _ => ((i * i) as f64).sin() * 1e4,
        })
    }

    #[test]
    fn exact_coefficients_come_back() {
        let x = design();
        let y = matrix_vector(&x, &[2.0, -0.5, 3e-4]);
        let solution = PivotedQr::new(&x).solve(&y).unwrap();
        assert!((solution[0] - 2.0).abs() < 1e-12 && (solution[2] - 3e-4).abs() < 1e-15);
    }

    #[test]
    fn q_is_orthonormal_and_the_inverse_gram_inverts() {
        let x = design();
        let qr = PivotedQr::new(&x);
        assert!((gram(&qr.thin_q()) - DMatrix::identity(3, 3)).amax() < 1e-14);
        let identity = gram(&x) * qr.inverse_gram().unwrap();
        assert!((identity - DMatrix::identity(3, 3)).amax() < 1e-6);
    }

    #[test]
    fn dependent_columns_are_found_whatever_their_scale() {
        let x = DMatrix::from_fn(8, 3, |i, j| [1.0, i as f64, 2e-9 * i as f64 + 1e-9][j]);
        let qr = PivotedQr::new(&x);
        assert_eq!(qr.rank(), 2);
        assert_eq!(qr.solve(&[0.0; 8]).unwrap_err().code(), "rank_deficient");
        assert_eq!(qr.condition(), f64::INFINITY);
    }

    #[test]
    fn a_wide_matrix_is_deficient() {
        assert!(PivotedQr::new(&DMatrix::from_element(2, 3, 1.0)).require_full_rank().is_err());
        assert!(PivotedQr::new(&DMatrix::zeros(0, 0)).require_full_rank().is_ok());
    }
}
