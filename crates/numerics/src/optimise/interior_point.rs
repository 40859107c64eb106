//! A dense primal-dual interior point for problems whose constraints are mostly bounds: one blocked Cholesky factorisation
//! of the size of x per iteration, against a sparse factorisation of the whole system in the general solver.

use nalgebra::{DMatrix, DVector};

use super::quadratic_program::Row;
use crate::covariance::cholesky::Cholesky;

const MAX_ITERATIONS: usize = 60;
/// Scaled residuals of stationarity and feasibility at which the iteration stops.
const TOLERANCE: f64 = 1e-13;
/// Mean product of slack and multiplier at which it stops: where both are small each is about its root.
const COMPLEMENTARITY: f64 = 1e-18;

/// Where the iteration stopped.
pub(crate) struct DenseSolution {
    pub(crate) x: Vec<f64>,
    pub(crate) multipliers: Vec<f64>,
    pub(crate) iterations: usize,
}

/// One side of a constraint: `sign * a.x + s = side`, `s >= 0`.
struct Side {
    row: usize,
    sign: f64,
    side: f64,
}

/// Mehrotra's predictor-corrector method (1992). `None` when it does not converge or a factorisation fails (infeasible or
/// badly posed problems): the caller then asks the general solver, which can tell why.
pub(crate) fn dense(p: &DMatrix<f64>, q: &[f64], rows: &[Row]) -> Option<DenseSolution> {
    let n = q.len();
    let scale = 1.0 / p.amax().max(q.iter().fold(0.0, |m: f64, v| m.max(v.abs())));
    if !scale.is_finite() {
        return None;
    }
    let p = p * scale;
    let q = DVector::from_iterator(n, q.iter().map(|v| v * scale));
    let equalities: Vec<usize> = (0..rows.len()).filter(|&k| rows[k].lower == rows[k].upper).collect();
    let mut sides = Vec::new();
    for (k, row) in rows.iter().enumerate().filter(|(_, r)| r.lower != r.upper) {
        if row.upper.is_finite() {
            sides.push(Side { row: k, sign: 1.0, side: row.upper });
        }
        if row.lower.is_finite() {
            sides.push(Side { row: k, sign: -1.0, side: -row.lower });
        }
    }
    let m = sides.len();
    let mut x = DVector::zeros(n);
    let mut y = vec![0.0; equalities.len()];
    let mut s: Vec<f64> = sides.iter().map(|c| c.side.max(1.0)).collect();
    let mut z = vec![1.0; m];

    for iteration in 0..MAX_ITERATIONS {
        // Residuals of stationarity, inequalities and equalities.
        let mut dual = &p * &x + &q;
        let mut primal = vec![0.0; m];
        for (k, c) in sides.iter().enumerate() {
            primal[k] = c.sign * rows[c.row].value(x.as_slice()) + s[k] - c.side;
            scatter(&rows[c.row], c.sign * z[k], &mut dual);
        }
        let mut gap = vec![0.0; equalities.len()];
        for (k, &row) in equalities.iter().enumerate() {
            gap[k] = rows[row].value(x.as_slice()) - rows[row].upper;
            scatter(&rows[row], y[k], &mut dual);
        }
        let mu = if m == 0 { 0.0 } else { s.iter().zip(&z).map(|(s, z)| s * z).sum::<f64>() / m as f64 };
        let worst = primal.iter().chain(&gap).chain(dual.iter()).fold(0.0, |w: f64, v| w.max(v.abs()));
        if !(worst + mu).is_finite() {
            return None;
        }
        if worst <= TOLERANCE && mu <= COMPLEMENTARITY {
            let mut multipliers = vec![0.0; rows.len()];
            for (c, z) in sides.iter().zip(&z) {
                multipliers[c.row] += c.sign * z / scale;
            }
            for (&row, y) in equalities.iter().zip(&y) {
                multipliers[row] = y / scale;
            }
            return Some(DenseSolution { x: x.as_slice().to_vec(), multipliers, iterations: iteration });
        }

        let mut hessian = p.clone();
        for (k, c) in sides.iter().enumerate() {
            let weight = z[k] / s[k];
            for &(i, a) in &rows[c.row].entries {
                for &(j, b) in &rows[c.row].entries {
                    hessian[(i, j)] += weight * a * b;
                }
            }
        }
        let factor = Cholesky::new(&hessian, 0.0)?;
        let mut border = DMatrix::zeros(n, equalities.len());
        for (k, &row) in equalities.iter().enumerate() {
            for &(i, a) in &rows[row].entries {
                border[(i, k)] = a;
            }
        }
        let solved = if equalities.is_empty() { border.clone() } else { factor.solve_matrix(&border) };
        let schur = if equalities.is_empty() { None } else { Some(Cholesky::new(&border.tr_mul(&solved), 1e-15)?) };

        let step = |centre: &[f64]| {
            let mut rhs = -&dual;
            for (k, c) in sides.iter().enumerate() {
                scatter(&rows[c.row], c.sign * (centre[k] - z[k] * primal[k]) / s[k], &mut rhs);
            }
            let mut dx = factor.solve(&rhs);
            let mut dy = vec![0.0; equalities.len()];
            if let Some(schur) = &schur {
                let target = border.tr_mul(&dx) + DVector::from_column_slice(&gap);
                let multipliers = schur.solve(&target);
                dx -= &solved * &multipliers;
                dy.copy_from_slice(multipliers.as_slice());
            }
            let ds: Vec<f64> =
                sides.iter().zip(&primal).map(|(c, r)| -r - c.sign * rows[c.row].value(dx.as_slice())).collect();
            let dz: Vec<f64> = (0..m).map(|k| (-centre[k] - z[k] * ds[k]) / s[k]).collect();
            (dx, dy, ds, dz)
        };
        let affine: Vec<f64> = s.iter().zip(&z).map(|(s, z)| s * z).collect();
        let (dx, dy, ds, dz) = step(&affine);
        if m == 0 {
            x += dx;
            y.iter_mut().zip(&dy).for_each(|(y, d)| *y += d);
            continue;
        }
        let reach = longest(&s, &ds).min(longest(&z, &dz));
        let ahead: f64 = (0..m).map(|k| (s[k] + reach * ds[k]) * (z[k] + reach * dz[k])).sum::<f64>() / m as f64;
        let sigma = (ahead / mu).powi(3);
        let corrected: Vec<f64> = (0..m).map(|k| affine[k] + ds[k] * dz[k] - sigma * mu).collect();
        let (dx, dy, ds, dz) = step(&corrected);
        let length = (0.995 * longest(&s, &ds).min(longest(&z, &dz))).min(1.0);
        x.axpy(length, &dx, 1.0);
        y.iter_mut().zip(&dy).for_each(|(y, d)| *y += length * d);
        s.iter_mut().zip(&ds).for_each(|(s, d)| *s += length * d);
        z.iter_mut().zip(&dz).for_each(|(z, d)| *z += length * d);
    }
    None
}

fn scatter(row: &Row, weight: f64, target: &mut DVector<f64>) {
    for &(i, a) in &row.entries {
        target[i] += weight * a;
    }
}

/// The longest step, at most 1, that keeps every element non-negative.
fn longest(values: &[f64], directions: &[f64]) -> f64 {
    values.iter().zip(directions).filter(|(_, d)| **d < 0.0).map(|(v, d)| -v / d).fold(1.0, f64::min)
}
