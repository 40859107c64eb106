//! Why a set of linear constraints has no common point: a minimal colliding subset.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSolver, IPSolver};

use super::quadratic_program::{ConicForm, Row, settings};
use crate::NumericsError;

/// Violation (of rows scaled to unit length) above which a set counts as infeasible.
const THRESHOLD: f64 = 1e-8;

/// The error for constraints that the solver could not satisfy: [`NumericsError::Infeasible`] with a minimal set when they
/// collide, `not_converged` when they do not.
pub(crate) fn explain(n: usize, rows: &[Row], name: &impl Fn(usize) -> String, iterations: usize) -> NumericsError {
    match colliding(n, rows) {
        Some(set) => NumericsError::Infeasible { constraints: set.into_iter().map(name).collect() },
        None => NumericsError::NotConverged { what: "quadratic program", iterations },
    }
}

/// Indices of an irreducible infeasible subset, in order; `None` when the whole is feasible.
///
/// An elastic problem (the least possible largest violation) decides each question and its multipliers single out a
/// first, small, infeasible subset; a deletion filter (Chinneck and Dravnieks 1991) then drops every member without
/// which the rest still collides. What remains is infeasible together and feasible without any one of its members.
pub(crate) fn colliding(n: usize, rows: &[Row]) -> Option<Vec<usize>> {
    let whole: Vec<usize> =
        (0..rows.len()).filter(|&k| rows[k].lower.is_finite() || rows[k].upper.is_finite()).collect();
    let elastic = least_violation(n, rows, &whole)?;
    if elastic.violation <= THRESHOLD {
        return None;
    }
    let largest = elastic.multipliers.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let support: Vec<usize> =
        whole.iter().zip(&elastic.multipliers).filter(|(_, y)| y.abs() > 1e-6 * largest).map(|(&k, _)| k).collect();
    let mut set = if collides(n, rows, &support) { support } else { whole };
    let mut at = 0;
    while at < set.len() {
        let mut without = set.clone();
        without.remove(at);
        if collides(n, rows, &without) {
            set = without;
        } else {
            at += 1;
        }
    }
    Some(set)
}

/// Whether the rows of `set` have no common point.
pub(crate) fn collides(n: usize, rows: &[Row], set: &[usize]) -> bool {
    least_violation(n, rows, set).is_some_and(|e| e.violation > THRESHOLD)
}

struct Elastic {
    violation: f64,
    multipliers: Vec<f64>,
}

/// Minimises `t >= 0` with `lower - t <= a.x <= upper + t` for every row scaled to unit length.
///
/// Always feasible and bounded, so that the interior point never has to prove infeasibility itself.
fn least_violation(n: usize, rows: &[Row], set: &[usize]) -> Option<Elastic> {
    let mut worst_constant: f64 = 0.0;
    let mut elastic = Vec::new();
    let mut owner = Vec::new();
    for (at, &k) in set.iter().enumerate() {
        let row = &rows[k];
        let length = row.entries.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
        if length == 0.0 {
            // No variable: the row is a statement about zero.
            worst_constant = worst_constant.max(row.lower).max(-row.upper);
            if row.lower > THRESHOLD || row.upper < -THRESHOLD {
                let mut multipliers = vec![0.0; set.len()];
                multipliers[at] = 1.0;
                return Some(Elastic { violation: worst_constant, multipliers });
            }
            continue;
        }
        let scaled = || row.entries.iter().map(|&(i, v)| (i, v / length));
        if row.upper.is_finite() {
            let entries = scaled().chain([(n, -1.0)]).collect();
            elastic.push(Row { entries, lower: f64::NEG_INFINITY, upper: row.upper / length });
            owner.push(at);
        }
        if row.lower.is_finite() {
            let entries = scaled().chain([(n, 1.0)]).collect();
            elastic.push(Row { entries, lower: row.lower / length, upper: f64::INFINITY });
            owner.push(at);
        }
    }
    let mut multipliers = vec![0.0; set.len()];
    if elastic.is_empty() {
        return Some(Elastic { violation: 0.0, multipliers });
    }
    elastic.push(Row { entries: vec![(n, 1.0)], lower: 0.0, upper: f64::INFINITY });
    let mut q = vec![0.0; n + 1];
    q[n] = 1.0;
    let form = ConicForm::new(n + 1, &elastic);
    let p = CscMatrix::zeros((n + 1, n + 1));
    let mut solver = DefaultSolver::new(&p, &q, &form.a, &form.b, &form.cones, settings()).ok()?;
    solver.solve();
    let x = &solver.solution.x;
    if x.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let all = form.multipliers(&solver.solution.z, elastic.len());
    for (&at, y) in owner.iter().zip(&all) {
        multipliers[at] += y.abs();
    }
    // The violation of the point found bounds the optimum from above whatever the solver's status.
    let violation = elastic[..owner.len()]
        .iter()
        .map(|r| {
            let value = r.value(x) - r.entries.last().map_or(0.0, |&(_, sign)| sign * x[n]);
            (r.lower - value).max(value - r.upper)
        })
        .fold(0.0, f64::max);
    Some(Elastic { violation, multipliers })
}
