//! Risk budgeting: weights whose risk contributions are given shares of the total.

use nalgebra::{DMatrix, DVector};

use crate::covariance::cholesky::Cholesky;
use crate::covariance::{checks, standard_deviations};
use crate::{NumericsError, Result};

/// Largest accepted gap between a contribution and its budget (both as fractions of the whole).
const TOLERANCE: f64 = 1e-13;
/// Coordinate sweeps before Newton: they cost N^2 each against N^3/3 and leave Newton in its quadratic region.
const SWEEPS: usize = 40;
const NEWTON_STEPS: usize = 200;

/// A long-only portfolio with prescribed risk contributions.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskBudgeting {
    /// Positive weights that sum to one.
    pub weights: Vec<f64>,
    /// Volatility `sqrt(w'Sw)` in the unit of the covariance's root.
    pub volatility: f64,
    /// `(S w)_i / volatility`.
    pub marginal: Vec<f64>,
    /// Weight times marginal; sums to the volatility.
    pub contribution: Vec<f64>,
    /// Contribution over volatility: equals the budgets.
    pub percent: Vec<f64>,
    /// Coordinate sweeps plus Newton steps spent.
    pub iterations: usize,
}

/// Weights `w > 0`, sum 1, with `w_i (S w)_i` proportional to `budgets` (Spinu 2013; equal budgets: equal risk
/// contribution, Maillard, Roncalli and Teiletche 2010).
///
/// Minimises `y'Ry/2 - b'ln y` in risk units `y = w sd` with the correlation matrix R: a strictly convex problem with one
/// solution. A few sweeps of cyclical coordinate descent start a damped Newton method. Perfect correlation is allowed
/// (weights then are proportional to `b / sd`). `budgets` are positive and sum to 1 (within 1e-6; they are normalised).
///
/// Errors: dimensions, NaN, a budget <= 0 or a wrong sum (`invalid_argument`), a zero variance, an indefinite matrix
/// (`not_psd`), `not_converged`.
pub fn risk_budgeting(cov: &DMatrix<f64>, budgets: &[f64]) -> Result<RiskBudgeting> {
    checks::covariance("cov", cov)?;
    checks::length("budgets", cov.nrows(), budgets.len())?;
    checks::finite("budgets", budgets)?;
    if let Some(b) = budgets.iter().find(|&&b| b <= 0.0) {
        return Err(checks::invalid("budgets", format!("must all be > 0, got {b}")));
    }
    let total: f64 = budgets.iter().sum();
    if (total - 1.0).abs() > 1e-6 {
        return Err(checks::invalid("budgets", format!("must sum to 1, sum is {total}")));
    }
    let b = DVector::from_iterator(budgets.len(), budgets.iter().map(|v| v / total));
    let sd = standard_deviations(cov)?;
    let n = sd.len();
    let correlation = DMatrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { cov[(i, j)] / (sd[i] * sd[j]) });

    let (y, iterations) = solve(&correlation, &b)?;
    let raw: Vec<f64> = y.iter().zip(&sd).map(|(v, s)| v / s).collect();
    let gross: f64 = raw.iter().sum();
    let weights: Vec<f64> = raw.iter().map(|v| v / gross).collect();
    Ok(describe(cov, weights, iterations))
}

fn solve(r: &DMatrix<f64>, b: &DVector<f64>) -> Result<(DVector<f64>, usize)> {
    let mut y = b.map(f64::sqrt);
    let variance = y.dot(&(r * &y));
    if variance > 0.0 {
        y /= variance.sqrt();
    }
    let mut ry = r * &y;
    let mut iterations = 0;
    while iterations < SWEEPS && gap(&y, &ry, b) > TOLERANCE {
        sweep(r, b, &mut y, &mut ry);
        iterations += 1;
    }
    ry = r * &y;
    for step in 0..NEWTON_STEPS {
        if gap(&y, &ry, b) <= TOLERANCE {
            return Ok((y, iterations + step));
        }
        let before = gap(&y, &ry, b);
        newton(r, b, &mut y, &mut ry)?;
        // At the limit of double precision a step no longer helps: accept what the standard asks for.
        if gap(&y, &ry, b) >= 0.5 * before && before <= 1e-11 {
            return Ok((y, iterations + step + 1));
        }
    }
    Err(NumericsError::NotConverged { what: "risk budgeting", iterations: iterations + NEWTON_STEPS })
}

/// Largest distance between a contribution and its budget; NaN counts as infinitely far.
fn gap(y: &DVector<f64>, ry: &DVector<f64>, b: &DVector<f64>) -> f64 {
    y.iter().zip(ry).zip(b).fold(0.0, |worst: f64, ((y, ry), b)| {
        let d = (y * ry - b).abs();
        if d.is_nan() { f64::INFINITY } else { worst.max(d) }
    })
}

/// One pass of cyclical coordinate descent: `y_i^2 + s_i y_i = b_i` solved in turn (Griveau-Billion et al. 2013).
fn sweep(r: &DMatrix<f64>, b: &DVector<f64>, y: &mut DVector<f64>, ry: &mut DVector<f64>) {
    for i in 0..y.len() {
        let s = ry[i] - y[i];
        let root = (s * s + 4.0 * b[i]).sqrt();
        // The form without cancellation for either sign of s.
        let new = if s > 0.0 { 2.0 * b[i] / (s + root) } else { 0.5 * (root - s) };
        let change = new - y[i];
        y[i] = new;
        ry.axpy(change, &r.column(i), 1.0);
    }
}

/// One Newton step, shortened to stay positive and to decrease the objective.
fn newton(r: &DMatrix<f64>, b: &DVector<f64>, y: &mut DVector<f64>, ry: &mut DVector<f64>) -> Result<()> {
    let mut hessian = r.clone();
    for i in 0..y.len() {
        hessian[(i, i)] += b[i] / (y[i] * y[i]);
    }
    let gradient = DVector::from_fn(y.len(), |i, _| ry[i] - b[i] / y[i]);
    let factor = Cholesky::new(&hessian, 0.0).ok_or_else(|| NumericsError::NotPsd {
        what: "cov",
        why: "the barrier Hessian has no Cholesky factor".into(),
    })?;
    let direction = -factor.solve(&gradient);
    let slope = gradient.dot(&direction);
    let r_direction = r * &direction;
    let (linear, quadratic) = (ry.dot(&direction), direction.dot(&r_direction));
    if y.dot(ry) < 0.0 {
        return Err(NumericsError::NotPsd { what: "cov", why: format!("portfolio variance {}", y.dot(ry)) });
    }
    let boundary =
        y.iter().zip(&direction).filter(|(_, d)| **d < 0.0).map(|(y, d)| -y / d).fold(f64::INFINITY, f64::min);
    let mut step = (0.99 * boundary).min(1.0);
    for _ in 0..60 {
        let logs: f64 = (0..y.len()).map(|i| b[i] * (step * direction[i] / y[i]).ln_1p()).sum();
        let change = step * linear + 0.5 * step * step * quadratic - logs;
        if change <= 1e-4 * step * slope + 1e-16 {
            break;
        }
        step *= 0.5;
    }
    y.axpy(step, &direction, 1.0);
    ry.axpy(step, &r_direction, 1.0);
    Ok(())
}

fn describe(cov: &DMatrix<f64>, weights: Vec<f64>, iterations: usize) -> RiskBudgeting {
    let w = DVector::from_column_slice(&weights);
    let sw = cov * &w;
    let volatility = w.dot(&sw).max(0.0).sqrt();
    let marginal: Vec<f64> = sw.iter().map(|v| v / volatility).collect();
    let contribution: Vec<f64> = marginal.iter().zip(&weights).map(|(m, w)| m * w).collect();
    let percent = contribution.iter().map(|c| c / volatility).collect();
    RiskBudgeting { weights, volatility, marginal, contribution, percent, iterations }
}
