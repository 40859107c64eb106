//! Estimation of the t copula with t margins from a sample of returns.
//!
//! Margins: zero-location Student t by maximum likelihood, the scale by its fixed point at each degrees of freedom
//! (Liu and Rubin 1995), the degrees of freedom by golden section on their logarithm in [2.1, 100]. Copula: correlations
//! `sin(pi tau / 2)` from Kendall's tau, made a correlation matrix where they are none (Higham 2002), degrees of freedom by
//! maximum pseudo-likelihood on the ranks over `n + 1` (McNeil, Frey and Embrechts 2015, sections 7.5.1 and 7.5.3).
//!
//! Perfectly dependent columns have no density: correlations are shrunk by 1e-8 towards zero, which leaves 1e-4 of a
//! column's deviation in the difference of two equal columns.

use nalgebra::DMatrix;
use statrs::function::gamma::ln_gamma;

use super::distributions::StudentT;
use super::rank_correlation::kendall_tau;
use super::t_copula::StudentCopulaModel;
use crate::covariance::cholesky::Cholesky;
use crate::covariance::{checks, nearest_correlation};
use crate::{NumericsError, Result};

/// Fewest observations: fewer say nothing of a tail.
const FEWEST: usize = 20;
/// Range of the degrees of freedom; the variance exists above 2, and 100 is the normal to the eye.
const FREEDOM: (f64, f64) = (2.1, 100.0);
/// Shrinkage that keeps the factor of a singular correlation.
const SHRINKAGE: f64 = 1e-8;

/// A zero-location Student t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentFit {
    /// Degrees of freedom.
    pub nu: f64,
    /// Dispersion, NOT the standard deviation.
    pub scale: f64,
}

/// The joint model and what it was estimated as.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentCopulaFit {
    /// Ready to simulate from.
    pub model: StudentCopulaModel,
    /// Degrees of freedom of the copula.
    pub nu: f64,
    /// Correlation of the copula.
    pub correlation: DMatrix<f64>,
    /// One margin a column.
    pub margins: Vec<StudentFit>,
}

/// Fits one margin.
///
/// Errors: fewer than 20 observations, NaN, more than half of the sample zero (`zero_variance`).
pub fn fit_student(sample: &[f64]) -> Result<StudentFit> {
    checks::at_least(sample.len(), FEWEST)?;
    checks::finite("sample", sample)?;
    let n = sample.len() as f64;
    let start = (sample.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
    let zeros = sample.iter().filter(|x| **x == 0.0).count();
    let first = sample[0];
    if start == 0.0 || 2 * zeros > sample.len() || sample.iter().all(|x| *x == first) {
        return Err(NumericsError::ZeroVariance { what: "returns" });
    }
    let squares: Vec<f64> = sample.iter().map(|x| (x / start) * (x / start)).collect();
    let scale_at = |nu: f64| {
        let mut square: f64 = 1.0;
        for _ in 0..100 {
            // Weighted mean instead of weighted sum over n: the same fixed point in far fewer steps (Kent, Tyler and
            // Vardi 1994).
            let (mut weights, mut sum) = (0.0, 0.0);
            for s in &squares {
                let weight = 1.0 / (nu * square + s);
                weights += weight;
                sum += weight * s;
            }
            let next = sum / weights;
            let moved = (next / square - 1.0).abs();
            square = next;
            if moved < 1e-10 {
                break;
            }
        }
        square
    };
    let likelihood = |nu: f64| {
        let square = scale_at(nu);
        let t = StudentT::new(nu);
        let shape: f64 = squares.iter().map(|s| (s / (square * nu)).ln_1p()).sum();
        n * (t.log_density(0.0) - 0.5 * square.ln()) - 0.5 * (nu + 1.0) * shape
    };
    let nu = best_freedom(likelihood);
    Ok(StudentFit { nu, scale: start * scale_at(nu).sqrt() })
}

/// Fits the joint model, one slice a column.
///
/// Errors: no column, fewer than 20 observations, lengths, NaN, a column without spread.
pub fn fit_student_copula(columns: &[Vec<f64>]) -> Result<StudentCopulaFit> {
    let first = columns.first().ok_or(NumericsError::TooFewObservations { got: 0, needed: 1 })?;
    for column in columns {
        checks::length("column", first.len(), column.len())?;
    }
    let margins = columns.iter().map(|column| fit_student(column)).collect::<Result<Vec<_>>>()?;
    let correlation = correlation(columns)?;
    let nu = copula_freedom(columns, &correlation)?;
    let model = StudentCopulaModel::new(
        &correlation,
        nu,
        margins.iter().map(|margin| margin.scale).collect(),
        margins.iter().map(|margin| margin.nu).collect(),
    )?;
    Ok(StudentCopulaFit { model, nu, correlation, margins })
}

fn correlation(columns: &[Vec<f64>]) -> Result<DMatrix<f64>> {
    let n = columns.len();
    let mut matrix = DMatrix::identity(n, n);
    for i in 0..n {
        for j in 0..i {
            let rho = (0.5 * std::f64::consts::PI * kendall_tau(&columns[i], &columns[j])?).sin();
            matrix[(i, j)] = rho;
            matrix[(j, i)] = rho;
        }
    }
    if Cholesky::new(&matrix, 1e-9).is_some() {
        return Ok(matrix);
    }
    let near = nearest_correlation(&matrix)?;
    Ok(DMatrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { near[(i, j)] * (1.0 - SHRINKAGE) }))
}

/// Degrees of freedom of the copula given its correlation.
fn copula_freedom(columns: &[Vec<f64>], correlation: &DMatrix<f64>) -> Result<f64> {
    let (n, d) = (columns[0].len(), columns.len());
    if d == 1 {
        return Ok(FREEDOM.1);
    }
    let factor = Cholesky::new(correlation, 0.0)
        .ok_or_else(|| NumericsError::NotPsd { what: "correlation", why: "no Cholesky factor".into() })?;
    let lower = factor.lower();
    let log_root: f64 = (0..d).map(|i| lower[(i, i)].ln()).sum();
    let ranks: Vec<Vec<usize>> = columns.iter().map(|column| doubled_ranks(column)).collect();
    let mut used = vec![false; 2 * n + 1];
    ranks.iter().flatten().for_each(|rank| used[*rank] = true);

    let likelihood = |nu: f64| {
        let t = StudentT::new(nu);
        // Scores and their log densities by doubled rank, computed once for all columns; odd about the middle.
        let middle = n + 1;
        let mut scores = vec![(0.0, 0.0); 2 * n + 1];
        for rank in 2..=2 * n {
            let mirror = 2 * middle - rank;
            if used[rank] || used[mirror.min(2 * n)] {
                scores[rank] = if rank <= middle {
                    let x = t.quantile(rank as f64 / (2.0 * (n as f64 + 1.0)));
                    (x, t.log_density(x))
                } else {
                    (-scores[mirror].0, scores[mirror].1)
                };
            }
        }
        let dims = d as f64;
        let constant =
            ln_gamma(0.5 * (nu + dims)) - ln_gamma(0.5 * nu) - 0.5 * dims * (nu * std::f64::consts::PI).ln() - log_root;
        let mut solved = vec![0.0; d];
        let mut total = 0.0;
        for row in 0..n {
            let (mut square, mut marginal) = (0.0, 0.0);
            for i in 0..d {
                let (x, log_density) = scores[ranks[i][row]];
                let known: f64 = (0..i).map(|k| lower[(i, k)] * solved[k]).sum();
                solved[i] = (x - known) / lower[(i, i)];
                square += solved[i] * solved[i];
                marginal += log_density;
            }
            total += constant - 0.5 * (nu + dims) * (square / nu).ln_1p() - marginal;
        }
        total
    };
    Ok(best_freedom(likelihood))
}

/// Twice the rank of each value, so that the average rank of ties is whole.
fn doubled_ranks(column: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_unstable_by(|a, b| (column[*a] + 0.0).total_cmp(&(column[*b] + 0.0)).then(a.cmp(b)));
    let mut ranks = vec![0; column.len()];
    let mut before = 0;
    for run in order.chunk_by(|a, b| column[*a] == column[*b]) {
        for row in run {
            ranks[*row] = 2 * before + run.len() + 1;
        }
        before += run.len();
    }
    ranks
}

/// The degrees of freedom of the largest likelihood: golden section on the logarithm, to about 2 %.
fn best_freedom(likelihood: impl Fn(f64) -> f64) -> f64 {
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (FREEDOM.0.ln(), FREEDOM.1.ln());
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (likelihood(left.exp()), likelihood(right.exp()));
    for _ in 0..9 {
        if at_left > at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = likelihood(left.exp());
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = likelihood(right.exp());
        }
    }
    (0.5 * (low + high)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth() -> StudentCopulaModel {
        let correlation = DMatrix::from_row_slice(3, 3, &[1.0, 0.6, -0.3, 0.6, 1.0, 0.1, -0.3, 0.1, 1.0]);
        StudentCopulaModel::new(&correlation, 5.0, vec![0.01, 0.02, 0.005], vec![3.5, 6.0, 10.0]).unwrap()
    }

    #[test]
    fn a_simulated_model_comes_back() {
        let columns = truth().simulate_columns(20_000, 1, 11).unwrap();
        let fit = fit_student_copula(&columns).unwrap();
        assert!((fit.nu - 5.0).abs() < 0.5, "{}", fit.nu);
        for ((i, j), rho) in [((0, 1), 0.6), ((0, 2), -0.3), ((1, 2), 0.1)] {
            assert!((fit.correlation[(i, j)] - rho).abs() < 0.03, "{}", fit.correlation);
        }
        for (margin, (nu, scale)) in fit.margins.iter().zip([(3.5, 0.01), (6.0, 0.02), (10.0, 0.005)]) {
            assert!((margin.nu / nu - 1.0).abs() < 0.15 && (margin.scale / scale - 1.0).abs() < 0.03, "{margin:?}");
        }
    }

    #[test]
    fn the_order_of_the_sessions_does_not_matter() {
        let columns = truth().simulate_columns(300, 1, 5).unwrap();
        let turned: Vec<Vec<f64>> = columns.iter().map(|column| column.iter().rev().copied().collect()).collect();
        let (a, b) = (fit_student_copula(&columns).unwrap(), fit_student_copula(&turned).unwrap());
        assert!((a.nu - b.nu).abs() < 1e-6 && (a.correlation - b.correlation).norm() < 1e-12);
    }

    #[test]
    fn columns_that_are_one_can_be_fitted_and_a_constant_cannot() {
        let columns = truth().simulate_columns(300, 1, 5).unwrap();
        let equal = fit_student_copula(&[columns[0].clone(), columns[0].clone(), columns[1].clone()]).unwrap();
        let paths = equal.model.simulate(&[1.0, -1.0, 0.0], 1000, 1).unwrap();
        assert!(paths.iter().all(|total| total.abs() < 1e-4), "the hedge is perfect up to the shrinkage");
        assert_eq!(fit_student(&[0.01; 50]).unwrap_err().code(), "zero_variance");
        assert_eq!(fit_student(&[0.01; 5]).unwrap_err().code(), "too_few_observations");
        assert!(fit_student_copula(&[]).is_err());
        assert!(fit_student_copula(&[vec![f64::NAN; 30]]).is_err());
    }
}
