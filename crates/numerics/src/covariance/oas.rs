//! Oracle approximating shrinkage (Chen, Wiesel, Eldar and Hero 2010).

use nalgebra::DMatrix;

use super::{Shrunk, centred, checks, cross_product};
use crate::Result;

/// Oracle approximating shrinkage towards `mu I` in the form most libraries use, without the paper's 2/N terms:
/// `intensity = min(1, (a + mu^2) / ((T + 1)(a - mu^2/N)))`, `a = ||S||^2/N^2`, S with 1/T.
///
/// Rows = time. Constant data gives the zero matrix with intensity 1. Errors: fewer than 2 rows, no columns, NaN.
pub fn oracle_approximating(x: &DMatrix<f64>) -> Result<Shrunk> {
    let (s, t, n) = moments(x)?;
    let mu = s.trace() / n;
    let mean_square = s.norm_squared() / (n * n);
    Ok(shrink(s, mean_square + mu * mu, (t + 1.0) * (mean_square - mu * mu / n), mu))
}

/// Oracle approximating shrinkage exactly as equation 23 of the paper (IEEE Trans. Signal Processing 58, 2010):
/// `((1 - 2/N) tr(S^2) + tr(S)^2) / ((T + 1 - 2/N)(tr(S^2) - tr(S)^2/N))`.
pub fn oracle_approximating_chen(x: &DMatrix<f64>) -> Result<Shrunk> {
    let (s, t, n) = moments(x)?;
    let trace = s.trace();
    let square = s.norm_squared();
    let numerator = (1.0 - 2.0 / n) * square + trace * trace;
    let denominator = (t + 1.0 - 2.0 / n) * (square - trace * trace / n);
    Ok(shrink(s, numerator, denominator, trace / n))
}

fn moments(x: &DMatrix<f64>) -> Result<(DMatrix<f64>, f64, f64)> {
    checks::sample("sample", x, 2)?;
    let t = x.nrows() as f64;
    Ok((cross_product(&centred(x)) / t, t, x.ncols() as f64))
}

fn shrink(s: DMatrix<f64>, numerator: f64, denominator: f64, mu: f64) -> Shrunk {
    let intensity = if denominator <= 0.0 { 1.0 } else { (numerator / denominator).clamp(0.0, 1.0) };
    let n = s.nrows();
    let mut covariance = s * (1.0 - intensity);
    for i in 0..n {
        covariance[(i, i)] += intensity * mu;
    }
    Shrunk { covariance, intensity, mean_variance: mu }
}
