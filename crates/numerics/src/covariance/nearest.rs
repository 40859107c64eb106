//! Repairing a symmetric matrix that should be a correlation matrix but is not positive semidefinite.

use nalgebra::DMatrix;

use super::checks;
use crate::linalg::{SymmetricEigen, product, symmetric_eigen};
use crate::{NumericsError, Result};

/// Relative change between iterates at which the alternating projections stop.
const TOLERANCE: f64 = 1e-12;
/// Iterations before giving up; well-posed matrices need tens to a few hundred.
const MAX_ITERATIONS: usize = 10_000;

/// The correlation matrix nearest to `a` in Frobenius norm (Higham 2002: alternating projections with Dykstra's
/// correction). Unit diagonal exactly; the smallest eigenvalue may be negative by about 1e-11.
///
/// A matrix that already is a correlation matrix comes back unchanged. Errors: empty, asymmetric, NaN, no convergence.
pub fn nearest_correlation(a: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    checks::symmetric("matrix", a)?;
    let n = a.nrows();
    if (0..n).all(|i| a[(i, i)] == 1.0) && symmetric_eigen(a)?.values[n - 1] >= 0.0 {
        return Ok(a.clone());
    }
    let mut y = a.clone();
    let mut correction = DMatrix::zeros(n, n);
    for _ in 0..MAX_ITERATIONS {
        let r = &y - &correction;
        let eigen = symmetric_eigen(&r)?;
        let clipped: Vec<f64> = eigen.values.iter().map(|v| v.max(0.0)).collect();
        let x = rebuild(&eigen, &clipped);
        correction = &x - r;
        let previous = std::mem::replace(&mut y, x);
        y.fill_diagonal(1.0);
        if (&y - previous).norm() <= TOLERANCE * y.norm() {
            return Ok(y);
        }
    }
    Err(NumericsError::NotConverged { what: "nearest correlation", iterations: MAX_ITERATIONS })
}

/// Cheap repair: negative eigenvalues raised to 1e-15, then rescaled to a unit diagonal. Not the nearest matrix.
///
/// Errors: empty, asymmetric, NaN, no positive eigenvalue (`not_psd`).
pub fn clipped_correlation(a: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    checks::symmetric("matrix", a)?;
    let eigen = symmetric_eigen(a)?;
    let n = a.nrows();
    if eigen.values[0] <= 0.0 {
        return Err(NumericsError::NotPsd { what: "matrix", why: format!("largest eigenvalue {}", eigen.values[0]) });
    }
    if eigen.values[n - 1] >= 0.0 && (0..n).all(|i| a[(i, i)] == 1.0) {
        return Ok(a.clone());
    }
    let raised: Vec<f64> = eigen.values.iter().map(|v| v.max(1e-15)).collect();
    let raw = rebuild(&eigen, &raised);
    let sd: Vec<f64> = (0..n).map(|i| raw[(i, i)].sqrt()).collect();
    Ok(DMatrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { raw[(i, j)] / (sd[i] * sd[j]) }))
}

/// `V diag(values) V'`, exactly symmetric.
fn rebuild(eigen: &SymmetricEigen, values: &[f64]) -> DMatrix<f64> {
    let mut scaled = eigen.vectors.clone();
    for (mut column, value) in scaled.column_iter_mut().zip(values) {
        column *= *value;
    }
    let mut out = product(&scaled, &eigen.vectors.transpose());
    out.fill_lower_triangle_with_upper_triangle();
    out
}
