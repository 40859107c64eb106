//! Linear shrinkage of the sample covariance (Ledoit and Wolf 2004), towards a scaled identity or a constant correlation.

use nalgebra::DMatrix;

use super::{centred, checks, cross_product};
use crate::{NumericsError, Result};

/// A shrunk covariance matrix: `(1 - intensity) S + intensity F` with the 1/T sample matrix S and a target F.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The shrunk matrix, symmetric positive semidefinite.
    pub covariance: DMatrix<f64>,
    /// Weight of the target, in [0, 1].
    pub intensity: f64,
    /// Mean variance (trace / N) of the sample matrix: the level of the identity target.
    pub mean_variance: f64,
}

/// Ledoit-Wolf shrinkage towards `mu I`, `mu = tr(S)/N` (J. Multivariate Analysis 88, 2004).
///
/// Rows = time. S uses 1/T after demeaning. `intensity = min(b^2, d^2)/d^2` with `d^2 = ||S - mu I||^2/N`,
/// `b^2 = (sum_t |x_t|^4 / T - ||S||^2)/(N T)`. More columns than rows is allowed; spherical data gives intensity 0.
/// Errors: fewer than 2 rows, no columns, NaN.
pub fn ledoit_wolf_identity(x: &DMatrix<f64>) -> Result<Shrunk> {
    checks::sample("sample", x, 2)?;
    let (t, n) = (x.nrows() as f64, x.ncols() as f64);
    let z = centred(x);
    let s = cross_product(&z) / t;
    let mu = s.trace() / n;
    let squared_norm = s.norm_squared();
    let fourth: f64 = row_sums(&z, |_, v| v * v).iter().map(|r| r * r).sum();
    let d2 = (squared_norm - n * mu * mu) / n;
    let b2 = ((fourth / t - squared_norm) / (n * t)).min(d2);
    let intensity = if b2 <= 0.0 || d2 <= 0.0 { 0.0 } else { (b2 / d2).min(1.0) };
    let mut covariance = s * (1.0 - intensity);
    for i in 0..x.ncols() {
        covariance[(i, i)] += intensity * mu;
    }
    Ok(Shrunk { covariance, intensity, mean_variance: mu })
}

/// Ledoit-Wolf shrinkage towards the constant-correlation matrix ("Honey, I Shrunk the Sample Covariance Matrix",
/// J. Portfolio Management 30, 2004), with 1/T as in the paper.
///
/// The target keeps the variances and replaces every correlation by their mean. Rows = time.
/// Errors: fewer than 2 rows, NaN, a constant column (`zero_variance`).
pub fn ledoit_wolf_constant_correlation(x: &DMatrix<f64>) -> Result<Shrunk> {
    constant_correlation(x, x.nrows() as f64)
}

/// The same with the effective sample size T - 1, as in the authors' code of 2021. Needs at least 3 rows.
pub fn ledoit_wolf_constant_correlation_unbiased(x: &DMatrix<f64>) -> Result<Shrunk> {
    checks::at_least(x.nrows(), 3)?;
    constant_correlation(x, x.nrows() as f64 - 1.0)
}

/// All fourth-moment sums are needed only in total, so they collapse to row sums: one N x N product in all.
fn constant_correlation(x: &DMatrix<f64>, t: f64) -> Result<Shrunk> {
    checks::sample("sample", x, 2)?;
    let n = x.ncols();
    let z = centred(x);
    let s = cross_product(&z) / t;
    let variance: Vec<f64> = (0..n).map(|i| s[(i, i)]).collect();
    if variance.iter().any(|&v| v <= 0.0) {
        return Err(NumericsError::ZeroVariance { what: "a column of the sample" });
    }
    let sd: Vec<f64> = variance.iter().map(|v| v.sqrt()).collect();
    let mean_variance = variance.iter().sum::<f64>() / n as f64;
    if n == 1 {
        return Ok(Shrunk { covariance: s, intensity: 0.0, mean_variance });
    }

    let mut correlations = 0.0;
    let mut off_weighted = 0.0; // sum over i != j of sqrt(s_jj / s_ii) s_ii s_ij
    for j in 0..n {
        for i in 0..n {
            if i != j {
                correlations += s[(i, j)] / (sd[i] * sd[j]);
                off_weighted += sd[j] * sd[i] * s[(i, j)];
            }
        }
    }
    let mean_correlation = correlations / (n * (n - 1)) as f64;

    let fourth: f64 = row_sums(&z, |_, v| v * v).iter().map(|r| r * r).sum::<f64>() / t;
    let pi = fourth - s.norm_squared();
    let own_fourth: f64 = z.iter().map(|v| v * v * v * v).sum::<f64>() / t;
    let pi_diagonal = own_fourth - variance.iter().map(|v| v * v).sum::<f64>();
    let cubes = row_sums(&z, |i, v| v * v * v / sd[i]);
    let levels = row_sums(&z, |i, v| v * sd[i]);
    let crossed: f64 = cubes.iter().zip(&levels).map(|(a, b)| a * b).sum::<f64>() / t - own_fourth;
    let rho = pi_diagonal + mean_correlation * (crossed - off_weighted);

    let target = DMatrix::from_fn(n, n, |i, j| if i == j { variance[i] } else { mean_correlation * sd[i] * sd[j] });
    let gamma = (&s - &target).norm_squared();
    // Two series, or equal correlations: the target is the sample matrix up to rounding and the weight has no meaning.
    let degenerate = gamma <= 1e-24 * s.norm_squared();
    let intensity = if degenerate { 0.0 } else { ((pi - rho) / gamma / t).clamp(0.0, 1.0) };
    let covariance = s * (1.0 - intensity) + target * intensity;
    Ok(Shrunk { covariance, intensity, mean_variance })
}

/// `r_t = sum_i f(i, z_ti)`, one column at a time so that the inner loop runs down contiguous memory.
fn row_sums(z: &DMatrix<f64>, f: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; z.nrows()];
    for (i, column) in z.column_iter().enumerate() {
        for (sum, &v) in sums.iter_mut().zip(column.iter()) {
            *sum += f(i, v);
        }
    }
    sums
}
