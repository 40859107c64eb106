//! Cleaning a correlation matrix with random matrix theory: the Marchenko-Pastur law and constant residual eigenvalues.

use std::f64::consts::PI;

use nalgebra::DMatrix;

use super::line_descent::minimise_bounded;
use super::{checks, correlation_from_covariance, sample_covariance};
use crate::linalg::{SymmetricEigen, product, symmetric_eigen};
use crate::{NumericsError, Result};

/// Bandwidth of the Gaussian kernel put on the eigenvalues when the noise variance is fitted.
const KERNEL_BANDWIDTH: f64 = 0.01;
/// Points of the Marchenko-Pastur density compared with the kernel density.
const DENSITY_POINTS: usize = 1000;

/// Eigenvalue density of the correlation matrix of pure noise: variance `sigma2`, `q = T/N >= 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarchenkoPastur {
    /// Smallest eigenvalue of pure noise, `sigma2 (1 - sqrt(N/T))^2`.
    pub lambda_min: f64,
    /// Largest eigenvalue of pure noise, `sigma2 (1 + sqrt(N/T))^2`.
    pub lambda_max: f64,
    sigma2: f64,
    q: f64,
}

impl MarchenkoPastur {
    /// Bounds for `observations` rows and `series` columns of noise with variance `sigma2` (Marchenko and Pastur 1967).
    ///
    /// Errors: `sigma2 <= 0`, no series, fewer observations than series (the law then has an atom at zero).
    pub fn new(observations: usize, series: usize, sigma2: f64) -> Result<Self> {
        checks::positive("sigma2", sigma2)?;
        if series == 0 || observations < series {
            return Err(checks::invalid("observations", format!("need T >= N >= 1, got T={observations} N={series}")));
        }
        Ok(Self::at(observations as f64 / series as f64, sigma2))
    }

    fn at(q: f64, sigma2: f64) -> Self {
        let root = (1.0 / q).sqrt();
        let lambda_min = sigma2 * (1.0 - root) * (1.0 - root);
        Self { lambda_min, lambda_max: sigma2 * (1.0 + root) * (1.0 + root), sigma2, q }
    }

    /// Density at `x`: `q / (2 pi sigma2 x) sqrt((lambda_max - x)(x - lambda_min))`, zero outside the bounds.
    pub fn density(&self, x: f64) -> f64 {
        let inside = (self.lambda_max - x) * (x - self.lambda_min);
        if x <= 0.0 || inside.is_nan() || inside <= 0.0 {
            return 0.0;
        }
        self.q / (2.0 * PI * self.sigma2 * x) * inside.sqrt()
    }
}

/// A covariance matrix whose noise eigenvalues were replaced by their mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Denoised {
    /// Eigenvalues of the sample correlation matrix, largest first.
    pub eigenvalues: Vec<f64>,
    /// Upper edge of the noise; eigenvalues at or below it are noise.
    pub lambda_max: f64,
    /// Number of eigenvalues above the edge.
    pub n_factors: usize,
    /// Cleaned correlation, unit diagonal.
    pub correlation: DMatrix<f64>,
    /// Cleaned covariance with the sample variances (ddof 1).
    pub covariance: DMatrix<f64>,
}

/// Constant residual eigenvalue denoising (Lopez de Prado 2020, ch. 2) with a given noise variance share `sigma2`.
///
/// Rows = time. The sample covariance uses ddof 1; eigenvalues of the correlation matrix at or below
/// `sigma2 (1 + sqrt(N/T))^2` are replaced by their mean, the diagonal is rescaled to one and the variances restored.
/// Errors: fewer than 2 rows, NaN, a constant column (`zero_variance`), `sigma2 <= 0`.
pub fn denoise(x: &DMatrix<f64>, sigma2: f64) -> Result<Denoised> {
    checks::positive("sigma2", sigma2)?;
    let (sample, eigen) = decompose(x, 2)?;
    let q = x.nrows() as f64 / x.ncols() as f64;
    Ok(clean(&sample, &eigen, MarchenkoPastur::at(q, sigma2).lambda_max))
}

/// [`denoise`] with the noise variance fitted to the eigenvalues, see [`fitted_noise_variance`]. Needs 3 rows.
pub fn denoise_fitted(x: &DMatrix<f64>) -> Result<Denoised> {
    let (sample, eigen) = decompose(x, 3)?;
    let q = x.nrows() as f64 / x.ncols() as f64;
    let sigma2 = fitted_noise_variance(&eigen.values, q)?;
    Ok(clean(&sample, &eigen, MarchenkoPastur::at(q, sigma2).lambda_max))
}

/// Noise variance in (0, 1) whose Marchenko-Pastur density is near, in squared error on 1000 points between its bounds, to
/// a Gaussian kernel density (bandwidth 0.01) of the eigenvalues of a correlation matrix. `q = T/N`.
///
/// The error has many local minima in this one unknown. The answer is the one that a bounded quasi-Newton descent from 0.5
/// reaches (the convention of the published implementations): deterministic, and in practice on the side of few factors,
/// because the first step runs to the upper bound. Errors: no eigenvalues, NaN, `q <= 0`.
pub fn fitted_noise_variance(eigenvalues: &[f64], q: f64) -> Result<f64> {
    checks::positive("q", q)?;
    checks::at_least(eigenvalues.len(), 1)?;
    checks::finite("eigenvalues", eigenvalues)?;
    let error = |sigma2: f64| density_error(eigenvalues, MarchenkoPastur::at(q, sigma2));
    Ok(minimise_bounded(error, 0.5, (1e-5, 1.0 - 1e-5)))
}

fn density_error(eigenvalues: &[f64], law: MarchenkoPastur) -> f64 {
    let width = (law.lambda_max - law.lambda_min) / (DENSITY_POINTS - 1) as f64;
    let norm = 1.0 / (eigenvalues.len() as f64 * KERNEL_BANDWIDTH * (2.0 * PI).sqrt());
    // Beyond 9 bandwidths the kernel is below 1e-17 and cannot change the sum.
    let reach = 9.0 * KERNEL_BANDWIDTH;
    let near: Vec<f64> =
        eigenvalues.iter().copied().filter(|&e| e > law.lambda_min - reach && e < law.lambda_max + reach).collect();
    (0..DENSITY_POINTS)
        .map(|k| {
            let x = law.lambda_min + k as f64 * width;
            let kernel: f64 = near
                .iter()
                .map(|e| (x - e) / KERNEL_BANDWIDTH)
                .filter(|u| u.abs() < 9.0)
                .map(|u| (-0.5 * u * u).exp())
                .sum();
            let gap = kernel * norm - law.density(x);
            gap * gap
        })
        .sum()
}

fn decompose(x: &DMatrix<f64>, rows: usize) -> Result<(DMatrix<f64>, SymmetricEigen)> {
    checks::sample("sample", x, rows)?;
    let sample = sample_covariance(x)?;
    if (0..sample.nrows()).any(|i| sample[(i, i)] <= 0.0) {
        return Err(NumericsError::ZeroVariance { what: "a column of the sample" });
    }
    let eigen = symmetric_eigen(&correlation_from_covariance(&sample)?)?;
    Ok((sample, eigen))
}

fn clean(sample: &DMatrix<f64>, eigen: &SymmetricEigen, lambda_max: f64) -> Denoised {
    let n = sample.nrows();
    let n_factors = eigen.values.iter().filter(|&&v| v > lambda_max).count();
    let residual = &eigen.values[n_factors..];
    let mean = if residual.is_empty() { 0.0 } else { residual.iter().sum::<f64>() / residual.len() as f64 };
    // V f V' = mean I + sum over the factors of (lambda - mean) v v': cheap when few eigenvalues stand out.
    let factors = eigen.vectors.columns(0, n_factors);
    let mut weighted = factors.into_owned();
    for (mut column, value) in weighted.column_iter_mut().zip(&eigen.values) {
        column *= value - mean;
    }
    let mut raw = product(&weighted, &factors.transpose());
    for i in 0..n {
        raw[(i, i)] += mean;
    }
    let scale: Vec<f64> = (0..n).map(|i| raw[(i, i)].sqrt()).collect();
    let sd: Vec<f64> = (0..n).map(|i| sample[(i, i)].sqrt()).collect();
    let correlation =
        DMatrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { raw[(i.min(j), i.max(j))] / (scale[i] * scale[j]) });
    let covariance =
        DMatrix::from_fn(n, n, |i, j| if i == j { sample[(i, i)] } else { correlation[(i, j)] * sd[i] * sd[j] });
    Denoised { eigenvalues: eigen.values.clone(), lambda_max, n_factors, correlation, covariance }
}
