//! The dual active-set method of Goldfarb and Idnani (1983): the point of linear inequalities nearest to a start, or a proof
//! that they have none.
//!
//! It starts from the unconstrained optimum and adds the most violated inequality until none is violated; the active normals
//! stay linearly independent. When the next normal is a
//! combination of the active ones with no positive weight, that combination is a Farkas certificate, and its support is
//! minimal: without any one of its members the normals are independent, and independent inequalities have a common point.

use nalgebra::DMatrix;

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

/// Variables and their coefficients.
type Terms = [(usize, f64)];

/// One side of a row scaled to unit length: `normal . y >= side` in the coordinates of the method.
struct Side {
    row: usize,
    normal: Vec<(usize, f64)>,
    /// The same in the coordinates of the program.
    probe: Vec<(usize, f64)>,
    side: f64,
    /// Takes a multiplier of this side to one of the row.
    unit: f64,
}

impl Side {
    /// The finite sides of `lower <= probe . x <= upper`, for a normal of this length.
    fn of(row: usize, (probe, normal): (&Terms, &Terms), (lower, upper): (f64, f64), length: f64) -> Vec<Self> {
        let scaled = |terms: &[(usize, f64)], sign: f64| terms.iter().map(|&(i, v)| (i, sign * v / length)).collect();
        let side = |sign: f64, side: f64| Self {
            row,
            normal: scaled(normal, sign),
            probe: scaled(probe, sign),
            side: side / length,
            unit: -sign / length,
        };
        let mut sides = Vec::new();
        if upper.is_finite() {
            sides.push(side(-1.0, -upper));
        }
        if lower.is_finite() {
            sides.push(side(1.0, lower));
        }
        sides
    }

    fn gap(&self, x: &[f64]) -> f64 {
        self.probe.iter().map(|&(i, v)| v * x[i]).sum::<f64>() - self.side
    }
}

/// Decides whether the rows of `set` have a common point; a row's sides are moved outwards by `slack(row)`. The point found is
/// the nearest to the origin, in the metric of `frame` (the inverse of its Cholesky factor) where there is one.
pub(crate) fn decide(
    n: usize,
    rows: &[Row],
    set: &[usize],
    slack: impl Fn(usize) -> f64,
    frame: Option<&DMatrix<f64>>,
) -> Feasibility {
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
        if let Some(inverse) = frame {
            sides.extend(planes(inverse, k, &row.entries, (row.lower - slack, row.upper + slack)));
            continue;
        }
        sides.extend(Side::of(k, (&row.entries, &row.entries), (row.lower - slack, row.upper + slack), length));
    }
    nearest(vec![0.0; n], &mut sides, frame, &mut |_| None).0
}

/// Minimises `x'Px/2 + q'x` on the rows, for a positive definite P with this inverse of its lower Cholesky factor. The
/// minimiser and one multiplier per row; `None` when there is none or it cannot be had.
pub(crate) fn strictly_convex(inverse: &DMatrix<f64>, q: &[f64], rows: &[Row]) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut planes = Planes::new(inverse, q);
    for (k, row) in rows.iter().enumerate() {
        planes.push(k, row.entries.clone(), (row.lower, row.upper));
    }
    planes.solve(rows.len(), &mut |_| None).ok()
}

/// Half-spaces and the objective `x'Px/2 + q'x`, in the coordinates `y = L'x` in which the optimum is the nearest point.
pub(crate) struct Planes<'a> {
    inverse: &'a DMatrix<f64>,
    start: Vec<f64>,
    sides: Vec<Side>,
    empty: Option<usize>,
}

/// A half-space `terms . x <= side` with the number of its row.
pub(crate) type Cut = (usize, Vec<(usize, f64)>, f64);

impl<'a> Planes<'a> {
    /// `inverse` is that of the lower Cholesky factor of P.
    pub(crate) fn new(inverse: &'a DMatrix<f64>, q: &[f64]) -> Self {
        let mut planes = Self { inverse, start: Vec::new(), sides: Vec::new(), empty: None };
        planes.aim(q);
        planes
    }

    /// Changes the slope of the objective.
    pub(crate) fn aim(&mut self, q: &[f64]) {
        let inverse = self.inverse;
        self.start = (0..q.len()).map(|i| -(0..=i).map(|j| inverse[(i, j)] * q[j]).sum::<f64>()).collect();
    }

    /// Number of half-spaces.
    pub(crate) fn len(&self) -> usize {
        self.sides.len()
    }

    /// Leaves out all half-spaces but the first ones.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.sides.truncate(len);
    }

    /// Adds `lower <= terms . x <= upper`; each variable at most once in the terms.
    pub(crate) fn push(&mut self, row: usize, terms: Vec<(usize, f64)>, sides: (f64, f64)) {
        let added = planes(self.inverse, row, &terms, sides);
        if added.is_empty() && (sides.0 > VIOLATED || sides.1 < -VIOLATED) {
            self.empty = self.empty.or(Some(row));
        }
        self.sides.extend(added);
    }

    /// The minimiser and one multiplier for each of `rows` rows (and of those that `separate` adds behind them), or the rows of
    /// a proof that there is no point; none when neither was reached.
    #[allow(clippy::type_complexity)]
    pub(crate) fn solve(
        &mut self,
        rows: usize,
        separate: &mut dyn FnMut(&[f64]) -> Option<Cut>,
    ) -> Result<(Vec<f64>, Vec<f64>), Option<Vec<usize>>> {
        if let Some(row) = self.empty {
            return Err(Some(vec![row]));
        }
        let inverse = self.inverse;
        let mut most = rows;
        let mut added = |x: &[f64]| {
            let (row, terms, side) = separate(x)?;
            most = most.max(row + 1);
            planes(inverse, row, &terms, (f64::NEG_INFINITY, side)).pop()
        };
        let start = std::mem::take(&mut self.start);
        let (found, active) = nearest(start, &mut self.sides, Some(inverse), &mut added);
        match found {
            Feasibility::Point(x) => {
                let mut multipliers = vec![0.0; most];
                for (&member, u) in active.members.iter().zip(&active.multipliers) {
                    multipliers[self.sides[member].row] += u * self.sides[member].unit;
                }
                Ok((x, multipliers))
            }
            Feasibility::Collides(proof) => Err(Some(proof.multipliers.into_iter().map(|(row, _)| row).collect())),
            Feasibility::Undecided => Err(None),
        }
    }
}

fn planes(inverse: &DMatrix<f64>, row: usize, terms: &[(usize, f64)], sides: (f64, f64)) -> Vec<Side> {
    let mut normal = vec![0.0; inverse.nrows()];
    for &(j, v) in terms {
        for (i, normal) in normal.iter_mut().enumerate().skip(j) {
            *normal += inverse[(i, j)] * v;
        }
    }
    let length = normal.iter().map(|v| v * v).sum::<f64>().sqrt();
    if length == 0.0 {
        return Vec::new();
    }
    let normal: Vec<(usize, f64)> = normal.into_iter().enumerate().collect();
    Side::of(row, (terms, &normal), sides, length)
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

/// The nearest point to `start`; with a frame (the inverse of a Cholesky factor L) the coordinates are `L'x` and the answer
/// is x. `separate` may add a side that the point found violates.
fn nearest(
    start: Vec<f64>,
    sides: &mut Vec<Side>,
    frame: Option<&DMatrix<f64>>,
    separate: &mut dyn FnMut(&[f64]) -> Option<Side>,
) -> (Feasibility, Active) {
    let n = start.len();
    let mut y = start;
    let place = |y: &[f64]| match frame {
        None => y.to_vec(),
        Some(inverse) => (0..n).map(|j| inverse.column(j).iter().zip(y).skip(j).map(|(l, y)| l * y).sum()).collect(),
    };
    let mut active = Active::new(n);
    let mut inside = vec![false; sides.len()];
    let mut steps = 0;
    loop {
        let x = place(&y);
        // The first of the most violated ones: the order of the rows decides ties.
        let mut worst = (-0.1 * VIOLATED, None);
        for (index, side) in sides.iter().enumerate().filter(|(index, _)| !inside[*index]) {
            let gap = side.gap(&x);
            if gap.is_nan() {
                return (Feasibility::Undecided, active);
            }
            if gap < worst.0 {
                worst = (gap, Some(index));
            }
        }
        let Some(entering) = worst.1 else {
            if sides.iter().any(|side| side.gap(&x) < -VIOLATED) {
                return (Feasibility::Undecided, active);
            }
            let Some(cut) = separate(&x) else { return (Feasibility::Point(x), active) };
            steps += 1;
            if steps > 50 + 20 * (n + sides.len()) {
                return (Feasibility::Undecided, active);
            }
            sides.push(cut);
            inside.push(false);
            continue;
        };
        let most = 50 + 20 * (n + sides.len());
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
            let distance = side.normal.iter().map(|&(i, v)| v * y[i]).sum::<f64>() - side.side;
            let whole = if dependent { f64::INFINITY } else { -distance / length };
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
                y.iter_mut().zip(&z).for_each(|(y, z)| *y += step * z);
            }
            match blocking {
                Some((limit, at)) if limit < whole => {
                    inside[active.members[at]] = false;
                    active.drop(at);
                }
                _ => {
                    inside[entering] = true;
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
