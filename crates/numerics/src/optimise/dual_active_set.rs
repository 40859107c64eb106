//! The dual active-set method of Goldfarb and Idnani (1983): the point of linear inequalities nearest to a start, or a proof
//! that they have none.
//!
//! It starts from the unconstrained optimum and adds the most violated inequality until none is violated; the active normals
//! stay linearly independent. When the next normal is a
//! combination of the active ones with no positive weight, that combination is a Farkas certificate, and its support is
//! minimal: without any one of its members the normals are independent, and independent inequalities have a common point.

use nalgebra::{DMatrix, DVector};

use super::quadratic_program::Row;

/// Violation of a row scaled to unit length above which a point does not satisfy it.
pub(crate) const VIOLATED: f64 = 1e-9;
/// Part of a unit normal outside the span of the active ones below which it counts as inside.
const DEPENDENT: f64 = 1e-10;
/// Largest imbalance of a certificate, relative to its multipliers.
const BALANCED: f64 = 1e-9;

/// What is known of a set of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Feasibility {
    /// A point that satisfies every row.
    Point(Vec<f64>),
    /// The rows have no common point.
    Collides(Certificate),
    /// Neither could be shown within the accuracy of the arithmetic.
    Undecided,
}

/// `sum_k multiplier_k a_k = 0` while the same combination of the sides is `-margin < 0` (Farkas).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Certificate {
    /// Row, and its multiplier in the row's own unit: positive on the upper side, negative on the lower.
    pub(crate) multipliers: Vec<(usize, f64)>,
    pub(crate) margin: f64,
}

/// One side of a row scaled to unit length: `normal . x >= side`.
struct Side {
    row: usize,
    normal: Vec<(usize, f64)>,
    side: f64,
    /// Takes a multiplier of this side to one of the row.
    unit: f64,
}

impl Side {
    /// The finite sides of `lower <= normal . x <= upper`, for a normal of this length.
    fn of(row: usize, normal: &[(usize, f64)], (lower, upper): (f64, f64), length: f64) -> Vec<Self> {
        let scaled = |sign: f64| normal.iter().map(|&(i, v)| (i, sign * v / length)).collect();
        let mut sides = Vec::new();
        if upper.is_finite() {
            sides.push(Self { row, normal: scaled(-1.0), side: -upper / length, unit: 1.0 / length });
        }
        if lower.is_finite() {
            sides.push(Self { row, normal: scaled(1.0), side: lower / length, unit: -1.0 / length });
        }
        sides
    }
}

/// Decides whether the rows of `set` have a common point; a row's sides are moved outwards by `slack(row)`.
pub(crate) fn decide(n: usize, rows: &[Row], set: &[usize], slack: impl Fn(usize) -> f64) -> Feasibility {
    let mut sides = Vec::new();
    for &k in set {
        let (row, slack) = (&rows[k], slack(k));
        let length = row.entries.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
        if length == 0.0 {
            // No variable: the row is a statement about zero.
            let (above, below) = (row.lower - slack, -row.upper - slack);
            if above.max(below) > VIOLATED {
                let (margin, sign) = if above > below { (above, -1.0) } else { (below, 1.0) };
                return Feasibility::Collides(Certificate { multipliers: vec![(k, sign)], margin });
            }
            continue;
        }
        sides.extend(Side::of(k, &row.entries, (row.lower - slack, row.upper + slack), length));
    }
    nearest(vec![0.0; n], &sides).0
}

/// Minimises `x'Px/2 + q'x` on the rows, for a positive definite P with this lower Cholesky factor: the nearest point in the
/// coordinates `L'x`. The minimiser and one multiplier per row; `None` when there is none or it cannot be had.
pub(crate) fn strictly_convex(factor: &DMatrix<f64>, q: &[f64], rows: &[Row]) -> Option<(Vec<f64>, Vec<f64>)> {
    let n = q.len();
    let mut sides = Vec::new();
    for (k, row) in rows.iter().enumerate() {
        let mut normal = DVector::zeros(n);
        row.entries.iter().for_each(|&(i, v)| normal[i] = v);
        let normal = factor.solve_lower_triangular(&normal)?;
        let length = normal.norm();
        if length == 0.0 {
            if row.lower > VIOLATED || row.upper < -VIOLATED {
                return None;
            }
            continue;
        }
        let entries: Vec<(usize, f64)> = normal.iter().copied().enumerate().collect();
        sides.extend(Side::of(k, &entries, (row.lower, row.upper), length));
    }
    let start = -factor.solve_lower_triangular(&DVector::from_column_slice(q))?;
    let (found, active) = nearest(start.as_slice().to_vec(), &sides);
    let Feasibility::Point(y) = found else { return None };
    let x = factor.tr_solve_lower_triangular(&DVector::from_vec(y))?;
    let mut multipliers = vec![0.0; rows.len()];
    for (&member, u) in active.members.iter().zip(&active.multipliers) {
        multipliers[sides[member].row] += u * sides[member].unit;
    }
    Some((x.as_slice().to_vec(), multipliers))
}

/// The active normals as `Q R`, with the multipliers of the active sides.
struct Active {
    n: usize,
    /// Orthogonal, by columns.
    q: Vec<Vec<f64>>,
    /// Upper triangular, by columns.
    r: Vec<Vec<f64>>,
    members: Vec<usize>,
    multipliers: Vec<f64>,
}

impl Active {
    fn new(n: usize) -> Self {
        let unit = |i: usize| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
        Self { n, q: (0..n).map(unit).collect(), r: Vec::new(), members: Vec::new(), multipliers: Vec::new() }
    }

    /// `Q' normal`.
    fn rotated(&self, normal: &[(usize, f64)]) -> Vec<f64> {
        self.q.iter().map(|column| normal.iter().map(|&(i, v)| column[i] * v).sum()).collect()
    }

    /// The part of the normal outside the span of the active ones.
    fn outside(&self, rotated: &[f64]) -> Vec<f64> {
        let mut z = vec![0.0; self.n];
        for (column, d) in self.q.iter().zip(rotated).skip(self.members.len()) {
            z.iter_mut().zip(column).for_each(|(z, q)| *z += d * q);
        }
        z
    }

    /// The normal as a combination of the active ones, by back substitution.
    fn combination(&self, rotated: &[f64]) -> Vec<f64> {
        let mut weights = rotated[..self.members.len()].to_vec();
        for at in (0..weights.len()).rev() {
            weights[at] /= self.r[at][at];
            for above in 0..at {
                weights[above] -= self.r[at][above] * weights[at];
            }
        }
        weights
    }

    fn add(&mut self, member: usize, multiplier: f64, mut rotated: Vec<f64>) {
        let at = self.members.len();
        for low in (at + 1..self.n).rev() {
            let (upper, lower) = (rotated[low - 1], rotated[low]);
            let length = upper.hypot(lower);
            if lower == 0.0 || length == 0.0 {
                continue;
            }
            let (c, s) = (upper / length, lower / length);
            rotated[low - 1] = length;
            self.turn(low - 1, low, c, s);
        }
        rotated.truncate(at + 1);
        self.r.push(rotated);
        self.members.push(member);
        self.multipliers.push(multiplier);
    }

    fn drop(&mut self, at: usize) {
        self.r.remove(at);
        self.members.remove(at);
        self.multipliers.remove(at);
        for column in at..self.r.len() {
            let (upper, lower) = (self.r[column][column], self.r[column][column + 1]);
            let length = upper.hypot(lower);
            if length > 0.0 {
                let (c, s) = (upper / length, lower / length);
                for later in &mut self.r[column..] {
                    let (a, b) = (later[column], later[column + 1]);
                    later[column] = c * a + s * b;
                    later[column + 1] = c * b - s * a;
                }
                self.turn(column, column + 1, c, s);
            }
            self.r[column].truncate(column + 1);
        }
    }

    /// Rotates two columns of Q.
    fn turn(&mut self, left: usize, right: usize, c: f64, s: f64) {
        let (head, tail) = self.q.split_at_mut(right);
        for (a, b) in head[left].iter_mut().zip(&mut tail[0]) {
            (*a, *b) = (c * *a + s * *b, c * *b - s * *a);
        }
    }
}

fn nearest(start: Vec<f64>, sides: &[Side]) -> (Feasibility, Active) {
    let n = start.len();
    let mut x = start;
    let mut active = Active::new(n);
    let gap = |side: &Side, x: &[f64]| side.normal.iter().map(|&(i, v)| v * x[i]).sum::<f64>() - side.side;
    let most = 50 + 20 * (n + sides.len());
    let mut steps = 0;
    loop {
        // The first of the most violated ones: the order of the rows decides ties.
        let mut worst = (-0.1 * VIOLATED, None);
        for (index, side) in sides.iter().enumerate() {
            let gap = gap(side, &x);
            if gap.is_nan() {
                return (Feasibility::Undecided, active);
            }
            if gap < worst.0 && !active.members.contains(&index) {
                worst = (gap, Some(index));
            }
        }
        let Some(entering) = worst.1 else {
            let satisfied = sides.iter().all(|side| gap(side, &x) >= -VIOLATED);
            return (if satisfied { Feasibility::Point(x) } else { Feasibility::Undecided }, active);
        };
        let side = &sides[entering];
        let mut multiplier = 0.0;
        loop {
            steps += 1;
            if steps > most {
                return (Feasibility::Undecided, active);
            }
            let rotated = active.rotated(&side.normal);
            let weights = active.combination(&rotated);
            let length: f64 = rotated[active.members.len()..].iter().map(|d| d * d).sum();
            let blocking = (0..weights.len())
                .filter(|&at| weights[at] > 1e-13)
                .map(|at| (active.multipliers[at] / weights[at], at))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let dependent = length <= DEPENDENT * DEPENDENT;
            let whole = if dependent { f64::INFINITY } else { -gap(side, &x) / length };
            let step = blocking.map_or(f64::INFINITY, |(step, _)| step).min(whole);
            if step == f64::INFINITY {
                return (certificate(sides, &active, entering, &weights), active);
            }
            for (u, w) in active.multipliers.iter_mut().zip(&weights) {
                *u = (*u - step * w).max(0.0);
            }
            multiplier += step;
            if !dependent {
                let z = active.outside(&rotated);
                x.iter_mut().zip(&z).for_each(|(x, z)| *x += step * z);
            }
            match blocking {
                Some((limit, at)) if limit < whole => active.drop(at),
                _ => {
                    active.add(entering, multiplier, rotated);
                    break;
                }
            }
        }
    }
}

fn certificate(sides: &[Side], active: &Active, entering: usize, weights: &[f64]) -> Feasibility {
    let mut parts = vec![(entering, 1.0)];
    parts.extend(active.members.iter().zip(weights).filter(|(_, w)| **w < -1e-12).map(|(&at, w)| (at, -w)));
    let mut balance = vec![0.0; active.n];
    let (mut margin, mut size) = (0.0, 0.0);
    for &(at, weight) in &parts {
        margin += weight * sides[at].side;
        size += weight;
        sides[at].normal.iter().for_each(|&(i, v)| balance[i] += weight * v);
    }
    let imbalance = balance.iter().fold(0.0_f64, |worst, v| worst.max(v.abs()));
    if !(imbalance <= BALANCED * size && margin > 0.0) {
        return Feasibility::Undecided;
    }
    let mut multipliers: Vec<(usize, f64)> =
        parts.iter().map(|&(at, weight)| (sides[at].row, weight * sides[at].unit)).collect();
    multipliers.sort_by_key(|(row, _)| *row);
    Feasibility::Collides(Certificate { multipliers, margin })
}
