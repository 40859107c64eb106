//! Blocked Cholesky factorisation and triangular solves for symmetric positive definite systems.

use nalgebra::{DMatrix, DVector};

use crate::linalg::FIXED_ORDER_SIZE;

/// Columns per panel: the panel stays in the first-level cache, the rest is one matrix product.
const PANEL: usize = 48;

/// Lower factor `L` of `A = L L'`.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    lower: DMatrix<f64>,
}

impl Cholesky {
    /// Factorises; `None` when a pivot is not above `tolerance` times its diagonal entry (not positive definite).
    pub(crate) fn new(a: &DMatrix<f64>, tolerance: f64) -> Option<Self> {
        let n = a.nrows();
        let mut l = a.clone();
        let floor: Vec<f64> = (0..n).map(|i| a[(i, i)] * tolerance).collect();
        // A small matrix is one panel: its loops run in the order written here on every type of processor.
        let panel = if n <= FIXED_ORDER_SIZE { FIXED_ORDER_SIZE } else { PANEL };
        for start in (0..n).step_by(panel) {
            let width = panel.min(n - start);
            let end = start + width;
            // The rows from `start` down of this panel, already updated by all earlier panels.
            for j in start..end {
                for k in start..j {
                    let factor = l[(j, k)];
                    let (left, mut right) = l.columns_range_pair_mut(k, j);
                    let source = &left.as_slice()[j..n];
                    let target = &mut right.as_mut_slice()[j..n];
                    for (t, s) in target.iter_mut().zip(source) {
                        *t -= factor * s;
                    }
                }
                let pivot = l[(j, j)];
                if pivot.is_nan() || pivot <= floor[j].max(0.0) {
                    return None;
                }
                let root = pivot.sqrt();
                l[(j, j)] = root;
                let column = &mut l.as_mut_slice()[j * n + j + 1..(j + 1) * n];
                column.iter_mut().for_each(|v| *v /= root);
            }
            if end == n {
                break;
            }
            // Trailing update by column blocks: A22 -= L21 L21', lower half only.
            let below = l.view((end, start), (n - end, width)).into_owned();
            let below_t = below.transpose();
            for column in (end..n).step_by(panel) {
                let wide = panel.min(n - column);
                l.view_mut((column, column), (n - column, wide)).gemm(
                    -1.0,
                    &below.rows(column - end, n - column),
                    &below_t.columns(column - end, wide),
                    1.0,
                );
            }
        }
        for j in 1..n {
            l.as_mut_slice()[j * n..j * n + j].fill(0.0);
        }
        Some(Self { lower: l })
    }

    /// The lower factor.
    pub(crate) fn lower(&self) -> &DMatrix<f64> {
        &self.lower
    }

    /// Solves `A x = b`.
    pub(crate) fn solve(&self, b: &DVector<f64>) -> DVector<f64> {
        let mut x = b.clone();
        self.solve_in_place(x.as_mut_slice());
        x
    }

    /// Solves `A X = B` column by column.
    pub(crate) fn solve_matrix(&self, b: &DMatrix<f64>) -> DMatrix<f64> {
        let n = self.lower.nrows();
        let mut x = b.clone();
        for column in x.as_mut_slice().chunks_exact_mut(n) {
            self.solve_in_place(column);
        }
        x
    }

    /// Solves `L y = b` in place.
    pub(crate) fn forward_in_place(&self, x: &mut [f64]) {
        let n = self.lower.nrows();
        let l = self.lower.as_slice();
        for j in 0..n {
            let column = &l[j * n..(j + 1) * n];
            let value = x[j] / column[j];
            x[j] = value;
            for (t, s) in x[j + 1..].iter_mut().zip(&column[j + 1..]) {
                *t -= value * s;
            }
        }
    }

    fn solve_in_place(&self, x: &mut [f64]) {
        self.forward_in_place(x);
        let n = self.lower.nrows();
        let l = self.lower.as_slice();
        for j in (0..n).rev() {
            let column = &l[j * n..(j + 1) * n];
            let dot: f64 = x[j + 1..].iter().zip(&column[j + 1..]).map(|(a, b)| a * b).sum();
            x[j] = (x[j] - dot) / column[j];
        }
    }
}
