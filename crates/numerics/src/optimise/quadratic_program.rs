//! Convex quadratic programs with named linear constraints: the interior-point method of clarabel, and a dense one for
//! large problems that are mostly bounds.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus,
    SupportedConeT::{self, NonnegativeConeT, ZeroConeT},
};
use nalgebra::{DMatrix, DVector};

use super::{dual_active_set, infeasible, interior_point};
use crate::covariance::checks;
use crate::covariance::cholesky::Cholesky;
use crate::{NumericsError, Result};

/// Duality gap and residual asked of the solver.
const TOLERANCE: f64 = 1e-11;
/// Scaled residual of the optimality conditions above which an answer is not returned.
const ACCEPTED: f64 = 1e-6;
/// Scaled residual above which the active set is polished.
const POLISH_ABOVE: f64 = 1e-11;
/// Scaled residual above which the dual active set is asked too.
const EXACT_ABOVE: f64 = 1e-8;
/// Share of the objective's scale that makes P definite for it.
const RIDGE: f64 = 1e-10;
/// Variables from which the dense method pays.
const DENSE_SIZE: usize = 64;
/// Scaled residual up to which its answer is returned.
const DENSE_ACCEPTED: f64 = 1e-9;
/// Largest polishing system (variables plus active constraints) worth a dense factorisation.
const POLISH_SIZE: usize = 320;

/// `lower <= coefficients . x <= upper`; either side may be infinite, equal sides make an equality.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearConstraint {
    /// Name used when constraints collide.
    pub name: String,
    /// One coefficient per variable.
    pub coefficients: Vec<f64>,
    /// Lower side, or `f64::NEG_INFINITY`.
    pub lower: f64,
    /// Upper side, or `f64::INFINITY`.
    pub upper: f64,
}

impl LinearConstraint {
    /// Bounds on variable `index` of `n`.
    pub fn bound(name: impl Into<String>, n: usize, index: usize, lower: f64, upper: f64) -> Self {
        let mut coefficients = vec![0.0; n];
        if let Some(c) = coefficients.get_mut(index) {
            *c = 1.0;
        }
        Self { name: name.into(), coefficients, lower, upper }
    }

    /// `coefficients . x = value`.
    pub fn equality(name: impl Into<String>, coefficients: Vec<f64>, value: f64) -> Self {
        Self { name: name.into(), coefficients, lower: value, upper: value }
    }
}

/// Optimum of a quadratic program.
#[derive(Debug, Clone, PartialEq)]
pub struct QpSolution {
    /// The minimiser.
    pub x: Vec<f64>,
    /// `x'Px/2 + q'x`.
    pub objective: f64,
    /// One multiplier per constraint: positive where the upper side binds, negative where the lower one does, so that
    /// `P x + q + sum_k multiplier_k coefficients_k = 0`.
    pub multipliers: Vec<f64>,
    /// Largest scaled violation of stationarity, feasibility and complementarity.
    pub residual: f64,
    /// Interior-point iterations.
    pub iterations: usize,
}

/// Minimises `x'Px/2 + q'x` subject to `constraints`. P symmetric positive semidefinite.
///
/// One thread, fixed pivoting order: the same input gives the same bits. After the interior point the active set is
/// polished (one linear system) when the problem is small. Errors: dimensions, NaN, P asymmetric or indefinite
/// (`not_psd`), a lower side above the upper or no common point ([`NumericsError::Infeasible`] with a minimal set of
/// colliding names), an objective unbounded below (`invalid_argument`), `not_converged`.
///
/// ```
/// use nalgebra::DMatrix;
/// use numerics::optimise::{LinearConstraint, quadratic_program};
///
/// // the point of the line x + y = 1 nearest to the origin
/// let budget = LinearConstraint::equality("budget", vec![1.0, 1.0], 1.0);
/// let solution = quadratic_program(&DMatrix::identity(2, 2), &[0.0, 0.0], &[budget])?;
/// assert!((solution.x[0] - 0.5).abs() < 1e-9);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn quadratic_program(p: &DMatrix<f64>, q: &[f64], constraints: &[LinearConstraint]) -> Result<QpSolution> {
    for c in constraints {
        checks::length("constraint coefficients", q.len(), c.coefficients.len())?;
        checks::finite("constraint coefficients", &c.coefficients)?;
    }
    let rows: Vec<Row> = constraints.iter().map(row_of).collect();
    solve(p, q, &rows, |k| constraints[k].name.clone())
}

/// The non-zero coefficients of a constraint.
pub(crate) fn row_of(constraint: &LinearConstraint) -> Row {
    let entries = constraint.coefficients.iter().copied().enumerate().filter(|(_, v)| *v != 0.0).collect();
    Row { entries, lower: constraint.lower, upper: constraint.upper }
}

/// A constraint by its non-zero coefficients.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) entries: Vec<(usize, f64)>,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl Row {
    pub(crate) fn value(&self, x: &[f64]) -> f64 {
        self.entries.iter().map(|&(i, v)| v * x[i]).sum()
    }
}

/// [`quadratic_program`] on sparse rows; names are asked for only when constraints collide.
pub(crate) fn solve(p: &DMatrix<f64>, q: &[f64], rows: &[Row], name: impl Fn(usize) -> String) -> Result<QpSolution> {
    checks::symmetric("P", p)?;
    checks::length("q", p.nrows(), q.len())?;
    checks::finite("q", q)?;
    check_convex(p)?;
    for (k, row) in rows.iter().enumerate() {
        if row.lower.is_nan() || row.upper.is_nan() {
            return Err(NumericsError::NonFinite { what: "constraint sides", position: k });
        }
        if row.lower > row.upper || row.lower == f64::INFINITY || row.upper == f64::NEG_INFINITY {
            return Err(NumericsError::Infeasible { constraints: vec![name(k)] });
        }
    }
    match solve_dense(p, q, rows) {
        Some(fast) => Ok(fast),
        None => solve_general(p, q, rows, name),
    }
}

/// The sparse interior point, the polishing of its active set, and the explanation of a failure.
pub(crate) fn solve_general(
    p: &DMatrix<f64>,
    q: &[f64],
    rows: &[Row],
    name: impl Fn(usize) -> String,
) -> Result<QpSolution> {
    let system = ConicForm::new(q.len(), rows);
    let mut solver = DefaultSolver::new(&upper_triangle(p), q, &system.a, &system.b, &system.cones, settings())
        .map_err(|e| checks::invalid("quadratic program", e.to_string()))?;
    solver.solve();
    let found = &solver.solution;
    match found.status {
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
            return Err(infeasible::explain(q.len(), rows, &name, found.iterations as usize));
        }
        SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => {
            return Err(checks::invalid("objective", "is unbounded below on the constraints"));
        }
        _ => {}
    }
    let mut best = assess(p, q, rows, found.x.clone(), system.multipliers(&found.z, rows.len()));
    if best.residual > POLISH_ABOVE
        && let Some(polished) = polish(p, q, rows, &best)
        && polished.residual < best.residual
    {
        best = polished;
    }
    if best.residual > EXACT_ABOVE
        && let Some(exact) = active_set(p, q, rows)
        && exact.residual < best.residual
    {
        best = exact;
    }
    best.iterations = found.iterations as usize;
    if best.residual <= ACCEPTED {
        return Ok(best);
    }
    Err(infeasible::explain(q.len(), rows, &name, best.iterations))
}

/// The dual active set, with a ridge where P is not definite.
fn active_set(p: &DMatrix<f64>, q: &[f64], rows: &[Row]) -> Option<QpSolution> {
    let scale = p.amax().max(q.iter().fold(0.0, |m: f64, v| m.max(v.abs())));
    let factor = p.clone().cholesky().or_else(|| {
        let mut lifted = p.clone();
        (0..q.len()).for_each(|i| lifted[(i, i)] += RIDGE * scale);
        lifted.cholesky()
    })?;
    let inverse = factor.l().solve_lower_triangular(&DMatrix::identity(q.len(), q.len()))?;
    let (x, multipliers) = dual_active_set::strictly_convex(&inverse, q, rows)?;
    Some(assess(p, q, rows, x, multipliers))
}

/// The dense method where it is the faster one and its answer proves itself.
fn solve_dense(p: &DMatrix<f64>, q: &[f64], rows: &[Row]) -> Option<QpSolution> {
    let general = rows.iter().filter(|r| r.entries.len() > 1).count();
    if q.len() < DENSE_SIZE || 4 * general > q.len() {
        return None;
    }
    let found = interior_point::dense(p, q, rows)?;
    let mut best = assess(p, q, rows, found.x, found.multipliers);
    best.iterations = found.iterations;
    (best.residual <= DENSE_ACCEPTED).then_some(best)
}

fn check_convex(p: &DMatrix<f64>) -> Result<()> {
    let scale = (0..p.nrows()).map(|i| p[(i, i)]).fold(0.0, f64::max);
    if p.amax() == 0.0 {
        return Ok(());
    }
    let mut lifted = p.clone();
    for i in 0..p.nrows() {
        lifted[(i, i)] += 1e-10 * scale;
    }
    match Cholesky::new(&lifted, 0.0) {
        Some(_) => Ok(()),
        None => Err(NumericsError::NotPsd { what: "P", why: "no Cholesky factor".into() }),
    }
}

/// Deterministic settings: one thread, one linear solver, no printing, no clock.
pub(crate) fn settings() -> DefaultSettings<f64> {
    let built = DefaultSettingsBuilder::default()
        .verbose(false)
        .max_threads(1)
        .direct_solve_method("qdldl".to_string())
        .tol_gap_abs(TOLERANCE)
        .tol_gap_rel(TOLERANCE)
        .tol_feas(TOLERANCE)
        .presolve_enable(false)
        .build();
    // The builder only refuses unknown solver names; `qdldl` is always compiled in.
    built.unwrap_or_else(|_| DefaultSettings { verbose: false, max_threads: 1, ..DefaultSettings::default() })
}

pub(crate) fn upper_triangle(p: &DMatrix<f64>) -> CscMatrix<f64> {
    let n = p.nrows();
    let (mut colptr, mut rowval, mut nzval) = (vec![0], Vec::new(), Vec::new());
    for j in 0..n {
        for i in 0..=j {
            if p[(i, j)] != 0.0 {
                rowval.push(i);
                nzval.push(p[(i, j)]);
            }
        }
        colptr.push(rowval.len());
    }
    CscMatrix::new(n, n, colptr, rowval, nzval)
}

/// The constraints as `A x + s = b` with zero and non-negative cones.
pub(crate) struct ConicForm {
    pub(crate) a: CscMatrix<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) cones: Vec<SupportedConeT<f64>>,
    /// For each conic row: the constraint and the sign of its coefficients.
    origin: Vec<(usize, f64)>,
}

impl ConicForm {
    pub(crate) fn new(n: usize, rows: &[Row]) -> Self {
        let mut origin = Vec::new();
        let mut b = Vec::new();
        for (k, row) in rows.iter().enumerate().filter(|(_, r)| r.lower == r.upper) {
            origin.push((k, 1.0));
            b.push(row.upper);
        }
        let equalities = origin.len();
        for (k, row) in rows.iter().enumerate().filter(|(_, r)| r.lower != r.upper) {
            if row.upper.is_finite() {
                origin.push((k, 1.0));
                b.push(row.upper);
            }
            if row.lower.is_finite() {
                origin.push((k, -1.0));
                b.push(-row.lower);
            }
        }
        let (mut is, mut js, mut vs) = (Vec::new(), Vec::new(), Vec::new());
        for (at, &(k, sign)) in origin.iter().enumerate() {
            for &(i, v) in &rows[k].entries {
                is.push(at);
                js.push(i);
                vs.push(sign * v);
            }
        }
        let a = CscMatrix::new_from_triplets(origin.len(), n, is, js, vs);
        let mut cones = Vec::new();
        if equalities > 0 {
            cones.push(ZeroConeT(equalities));
        }
        if origin.len() > equalities {
            cones.push(NonnegativeConeT(origin.len() - equalities));
        }
        Self { a, b, cones, origin }
    }

    /// Signed multipliers per constraint from the conic duals.
    pub(crate) fn multipliers(&self, z: &[f64], constraints: usize) -> Vec<f64> {
        let mut out = vec![0.0; constraints];
        for (&(k, sign), &v) in self.origin.iter().zip(z) {
            out[k] += sign * v;
        }
        out
    }
}

fn assess(p: &DMatrix<f64>, q: &[f64], rows: &[Row], x: Vec<f64>, multipliers: Vec<f64>) -> QpSolution {
    let xv = DVector::from_column_slice(&x);
    let px = p * &xv;
    let mut stationarity: Vec<f64> = px.iter().zip(q).map(|(a, b)| a + b).collect();
    let scale = 1.0 + q.iter().chain(px.iter()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let mut worst: f64 = 0.0;
    for (row, &y) in rows.iter().zip(&multipliers) {
        for &(i, v) in &row.entries {
            stationarity[i] += y * v;
        }
        let value = row.value(&x);
        let size = 1.0 + if row.upper.is_finite() { row.upper.abs() } else { 0.0 };
        let violation = (row.lower - value).max(value - row.upper).max(0.0) / size;
        let slack = if y > 0.0 { row.upper - value } else { value - row.lower };
        let complementarity = if y == 0.0 { 0.0 } else { (y.abs() / scale).min(slack.abs() / size) };
        worst = worst.max(violation).max(complementarity);
    }
    let residual = stationarity.iter().fold(worst, |m, v| m.max(v.abs() / scale));
    let objective = 0.5 * xv.dot(&px) + x.iter().zip(q).map(|(a, b)| a * b).sum::<f64>();
    let residual = if residual.is_nan() || objective.is_nan() { f64::INFINITY } else { residual };
    QpSolution { x, objective, multipliers, residual, iterations: 0 }
}

/// Solves the equality problem on the constraints that look active: a vertex of the interior point's answer.
fn polish(p: &DMatrix<f64>, q: &[f64], rows: &[Row], start: &QpSolution) -> Option<QpSolution> {
    let n = q.len();
    let active: Vec<(usize, f64)> = rows
        .iter()
        .enumerate()
        .filter_map(|(k, row)| {
            let (value, y) = (row.value(&start.x), start.multipliers[k]);
            if row.lower == row.upper || (y > 0.0 && row.upper - value < y) {
                Some((k, row.upper))
            } else if y < 0.0 && value - row.lower < -y {
                Some((k, row.lower))
            } else {
                None
            }
        })
        .collect();
    let size = n + active.len();
    if size > POLISH_SIZE {
        return None;
    }
    let mut kkt = DMatrix::zeros(size, size);
    kkt.view_mut((0, 0), (n, n)).copy_from(p);
    let mut rhs = DVector::zeros(size);
    for i in 0..n {
        rhs[i] = -q[i];
    }
    for (at, &(k, side)) in active.iter().enumerate() {
        for &(i, v) in &rows[k].entries {
            kkt[(n + at, i)] = v;
            kkt[(i, n + at)] = v;
        }
        rhs[n + at] = side;
    }
    let factor = kkt.clone().lu();
    let mut solution = factor.solve(&rhs)?;
    let correction = factor.solve(&(rhs - &kkt * &solution))?;
    solution += correction;
    let mut multipliers = vec![0.0; rows.len()];
    for (at, &(k, _)) in active.iter().enumerate() {
        multipliers[k] = solution[n + at];
    }
    Some(assess(p, q, rows, solution.as_slice()[..n].to_vec(), multipliers))
}
