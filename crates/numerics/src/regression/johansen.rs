//! Johansen's test of the cointegration rank.
//!
//! `dX_t = a b' X_{t-1} + sum_{j=1..L} G_j dX_{t-j} + d + e_t`. Differences and lagged levels are cleaned of the lagged differences
//! and the deterministic terms by QR; the eigenvalues are the squared canonical correlations of the two residuals.
//! `trace_r = -T sum_{i>r} ln(1 - l_i)`, `max_r = -T ln(1 - l_{r+1})` for r = 0, 1, ...
//!
//! The constant is unrestricted. With a linear trend the levels are detrended first.
//! Source: Johansen (1991) Econometrica 59; Johansen & Juselius (1990).
//!
//! # Errors
//! `missing_values`, `invalid_argument` with fewer than two series, `too_few_observations`, `rank_deficient` when series or
//! their differences are collinear.

use nalgebra::DMatrix;

use crate::linalg::{PivotedQr, dot, gram, matrix_product, matrix_vector, symmetric_eigen, transposed_product};
use crate::{NumericsError, Result, validate};

/// Deterministic terms of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JohansenTrend {
    /// None.
    None,
    /// An unrestricted constant.
    Constant,
    /// Levels detrended linearly, then an unrestricted constant.
    Linear,
}

/// Eigenvalues, statistics and cointegrating vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Johansen {
    /// Squared canonical correlations, largest first, in [0, 1).
    pub eigenvalues: Vec<f64>,
    /// Trace statistics of rank at most 0, 1, ...
    pub trace: Vec<f64>,
    /// Maximum-eigenvalue statistics of rank 0, 1, ... against one more.
    pub max_eigenvalue: Vec<f64>,
    /// Cointegrating vectors in the columns, scaled to unit variance of the cleaned level.
    pub vectors: DMatrix<f64>,
    /// Observations after lags.
    pub observations: usize,
}

/// Tests the columns of `levels`, time down the rows, with `lags` lagged differences.
///
/// # Errors
/// See the module.
pub fn johansen(levels: &DMatrix<f64>, lags: usize, trend: JohansenTrend) -> Result<Johansen> {
    let (n, k) = levels.shape();
    if k < 2 {
        return Err(NumericsError::InvalidArgument { what: "levels", why: format!("{k} series, at least two needed") });
    }
    validate::finite_matrix("levels", levels)?;
    let constants = usize::from(trend != JohansenTrend::None);
    let nuisance = constants + lags.saturating_mul(k);
    validate::at_least(n, lags.saturating_add(nuisance).saturating_add(2 * k + 1))?;
    let levels = if trend == JohansenTrend::Linear { &detrended(levels)? } else { levels };

    let rows = n - 1 - lags;
    let difference = |t: usize, j: usize| levels[(t + 1, j)] - levels[(t, j)];
    let differences = DMatrix::from_fn(rows, k, |t, j| difference(t + lags, j));
    let lagged_levels = DMatrix::from_fn(rows, k, |t, j| levels[(t + lags, j)]);
    let terms = DMatrix::from_fn(rows, nuisance, |t, j| match j.checked_sub(constants) {
        None => 1.0,
        Some(c) => difference(t + lags - 1 - c / k, c % k),
    });
    let terms = PivotedQr::new(&terms);
    terms.require_full_rank()?;
    let short_run = PivotedQr::new(&cleaned(&differences, &terms)?);
    let long_run = PivotedQr::new(&cleaned(&lagged_levels, &terms)?);
    short_run.require_full_rank()?;
    long_run.require_full_rank()?;

    let correlation = transposed_product(&short_run.thin_q(), &long_run.thin_q());
    let eigen = symmetric_eigen(&gram(&correlation))?;
    let eigenvalues: Vec<f64> = eigen.values.iter().map(|value| value.clamp(0.0, 1.0)).collect();
    if eigenvalues[0] >= 1.0 - f64::EPSILON {
        return Err(NumericsError::RankDeficient { rank: k, columns: 2 * k });
    }
    let total = rows as f64;
    let max_eigenvalue: Vec<f64> = eigenvalues.iter().map(|value| -total * (-value).ln_1p()).collect();
    let mut trace = max_eigenvalue.clone();
    for r in (0..k - 1).rev() {
        trace[r] += trace[r + 1];
    }
    let vectors = matrix_product(&long_run.inverse_root()?, &eigen.vectors) * total.sqrt();
    Ok(Johansen { eigenvalues, trace, max_eigenvalue, vectors, observations: rows })
}

/// Residuals of each column on the terms; a residual at rounding level is a collinear column.
fn cleaned(columns: &DMatrix<f64>, terms: &PivotedQr) -> Result<DMatrix<f64>> {
    let (n, k) = columns.shape();
    let mut residuals = columns.clone();
    for (j, values) in residuals.as_mut_slice().chunks_exact_mut(n).enumerate() {
        let before = dot(values, values);
        terms.rotate(values);
        values[..terms.rank()].fill(0.0);
        terms.rotate_back(values);
        if dot(values, values) <= (n as f64 * f64::EPSILON).powi(2) * before {
            return Err(NumericsError::RankDeficient { rank: j, columns: k });
        }
    }
    Ok(residuals)
}

fn detrended(levels: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    let n = levels.nrows();
    let terms = DMatrix::from_fn(n, 2, |t, j| if j == 0 { 1.0 } else { t as f64 });
    let qr = PivotedQr::new(&terms);
    let mut residuals = levels.clone();
    for column in residuals.as_mut_slice().chunks_exact_mut(n) {
        let fitted = matrix_vector(&terms, &qr.solve(column)?);
        column.iter_mut().zip(fitted).for_each(|(value, fitted)| *value -= fitted);
    }
    Ok(residuals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn sample() -> DMatrix<f64> {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(21);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut levels = DMatrix::zeros(400, 3);
        let (mut common, mut other) = (0.0, 0.0);
        for t in 0..400 {
            common += draw();
            other += draw();
            levels[(t, 0)] = common + draw();
            levels[(t, 1)] = 2.0 * common + draw();
            levels[(t, 2)] = other;
        }
        levels
    }

    #[test]
    fn one_cointegrating_relation_is_found() {
        let result = johansen(&sample(), 1, JohansenTrend::Constant).unwrap();
        // 95% critical values of the trace with three and two series: 29.80 and 15.49.
        assert!(result.trace[0] > 29.80 && result.trace[1] < 15.49, "{:?}", result.trace);
        let vector = result.vectors.column(0);
        assert!((vector[0] / vector[1] + 2.0).abs() < 0.1);
    }

    #[test]
    fn rescaling_a_series_changes_no_statistic() {
        let levels = sample();
        let mut scaled = levels.clone();
        scaled.column_mut(1).scale_mut(1e3);
        let (a, b) = (johansen(&levels, 2, JohansenTrend::Linear), johansen(&scaled, 2, JohansenTrend::Linear));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a.trace.iter().zip(&b.trace).all(|(x, y)| (x - y).abs() < 1e-8));
        assert!((a.trace[0] - a.max_eigenvalue.iter().sum::<f64>()).abs() < 1e-10);
    }
}
