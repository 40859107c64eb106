//! Quadratic programs with absolute values in the cost and in the constraints, by orthants.
//!
//! ```text
//! minimise    x'Px/2 + q'x + sum_k cost_k |u_k|,   u_k = c_k . x - offset_k
//! subject to  lower <= a . x + sum_k b_k |u_k| <= upper   with b >= 0, and only an upper side where some b is positive
//! ```
//!
//! With the sign of every `u_k` given, this is a strictly convex program without auxiliary variables, which the dual active
//! set solves in the size of x. A sign is right when the multiplier of `sign * u_k >= 0` does not exceed twice what `|u_k|`
//! costs there (its own cost and the multipliers of the rows it is in, Fletcher 1987, section 14.3); otherwise, or when a
//! proof that the orthant is empty rests on it, it is turned. The answer is returned only when it satisfies the optimality
//! conditions of the whole program.

use nalgebra::DMatrix;

use super::dual_active_set::Planes;

/// Orthants tried before the caller has to use another method.
const MOST_ORTHANTS: usize = 40;
/// Relative excess of a multiplier that is rounding.
const ROUNDING: f64 = 1e-9;

/// `|terms . x - offset|` with its cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Absolute {
    /// Variables and their coefficients.
    pub terms: Vec<(usize, f64)>,
    /// Subtracted before the absolute value is taken.
    pub offset: f64,
    /// Cost of a unit; never negative.
    pub cost: f64,
}

/// A row of the constraints.
#[derive(Debug, Clone, PartialEq)]
pub struct AbsoluteRow {
    /// Variables and their coefficients.
    pub terms: Vec<(usize, f64)>,
    /// Absolute values and their coefficients, never negative.
    pub absolutes: Vec<(usize, f64)>,
    /// Lower side; `f64::NEG_INFINITY` where absolute values enter.
    pub lower: f64,
    /// Upper side.
    pub upper: f64,
}

/// The program. P must be positive definite.
pub struct AbsoluteProgram<'a> {
    /// Curvature.
    pub p: &'a DMatrix<f64>,
    /// Slope.
    pub q: &'a [f64],
    /// Absolute values.
    pub absolutes: &'a [Absolute],
    /// Constraints.
    pub rows: &'a [AbsoluteRow],
    /// For a point, a violated inequality `terms . x <= side` that every admitted point satisfies.
    #[allow(clippy::type_complexity)]
    pub separation: Option<&'a dyn Fn(&[f64]) -> Option<(Vec<(usize, f64)>, f64)>>,
}

/// Its optimum.
#[derive(Debug, Clone, PartialEq)]
pub struct AbsoluteSolution {
    /// The minimiser.
    pub x: Vec<f64>,
    /// One multiplier per row: positive on the upper side, negative on the lower.
    pub multipliers: Vec<f64>,
    /// Sum of the multipliers of the separating inequalities.
    pub separated: f64,
}

impl AbsoluteProgram<'_> {
    /// The optimum; `None` when it was not reached, which says nothing about whether there is one.
    pub fn solve(&self) -> Option<AbsoluteSolution> {
        let factor = self.p.clone().cholesky()?.l();
        let inverse = factor.solve_lower_triangular(&DMatrix::identity(self.q.len(), self.q.len()))?;
        let mut signs = self.first_signs(&inverse);
        // What is the same in every orthant.
        let mut planes = Planes::new(&inverse, self.q);
        for (index, row) in self.rows.iter().enumerate().filter(|(_, row)| row.absolutes.is_empty()) {
            planes.push(index, row.terms.clone(), (row.lower, row.upper));
        }
        let fixed = planes.len();
        // Separating inequalities hold in every orthant.
        let mut cuts: Vec<(Vec<(usize, f64)>, f64)> = Vec::new();
        for _ in 0..MOST_ORTHANTS {
            planes.truncate(fixed);
            let turned = match self.in_orthant(&mut planes, &signs, &mut cuts)? {
                Orthant::Optimum(solution) => return Some(solution),
                Orthant::Turn(turned) => turned,
            };
            if turned.is_empty() {
                return None;
            }
            for at in turned {
                signs[at] = -signs[at];
            }
        }
        None
    }

    /// Signs at the unconstrained optimum without costs, moved within the rows of one variable.
    fn first_signs(&self, inverse: &DMatrix<f64>) -> Vec<f64> {
        let n = self.q.len();
        let along: Vec<f64> = (0..n).map(|i| (0..=i).map(|j| inverse[(i, j)] * self.q[j]).sum()).collect();
        let mut x: Vec<f64> = (0..n).map(|j| -(j..n).map(|i| inverse[(i, j)] * along[i]).sum::<f64>()).collect();
        for row in self.rows {
            if let ([(at, unit)], []) = (row.terms.as_slice(), row.absolutes.as_slice()) {
                let (a, b) = (row.lower / unit, row.upper / unit);
                x[*at] = x[*at].max(a.min(b)).min(a.max(b));
            }
        }
        self.absolutes.iter().map(|absolute| if value(absolute, &x) < 0.0 { -1.0 } else { 1.0 }).collect()
    }

    fn in_orthant(
        &self,
        planes: &mut Planes<'_>,
        signs: &[f64],
        cuts: &mut Vec<(Vec<(usize, f64)>, f64)>,
    ) -> Option<Orthant> {
        let mut q = self.q.to_vec();
        for (absolute, sign) in self.absolutes.iter().zip(signs) {
            absolute.terms.iter().for_each(|&(at, c)| q[at] += sign * absolute.cost * c);
        }
        planes.aim(&q);
        for (index, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.absolutes.is_empty()) {
            let mut terms = row.terms.clone();
            let mut constant = 0.0;
            for &(at, weight) in &row.absolutes {
                let absolute = &self.absolutes[at];
                terms.extend(absolute.terms.iter().map(|&(i, c)| (i, signs[at] * weight * c)));
                constant -= signs[at] * weight * absolute.offset;
            }
            planes.push(index, merged(terms), (row.lower - constant, row.upper - constant));
        }
        let first_sign = self.rows.len();
        for (at, (absolute, sign)) in self.absolutes.iter().zip(signs).enumerate() {
            let terms = absolute.terms.iter().map(|&(i, c)| (i, sign * c)).collect();
            planes.push(first_sign + at, terms, (sign * absolute.offset, f64::INFINITY));
        }
        let first_cut = first_sign + self.absolutes.len();
        for (at, (terms, side)) in cuts.iter().enumerate() {
            planes.push(first_cut + at, terms.clone(), (f64::NEG_INFINITY, *side));
        }
        let known = first_cut + cuts.len();
        let mut separate = |x: &[f64]| {
            let (terms, side) = (self.separation?)(x)?;
            cuts.push((terms.clone(), side));
            Some((first_cut + cuts.len() - 1, terms, side))
        };
        let (x, multipliers) = match planes.solve(known, &mut separate) {
            Ok(found) => found,
            Err(proof) => {
                let on_signs = proof?.into_iter().filter(|at| (first_sign..first_cut).contains(at));
                return Some(Orthant::Turn(on_signs.map(|at| at - first_sign).collect()));
            }
        };
        let mut turned = Vec::new();
        for (at, absolute) in self.absolutes.iter().enumerate() {
            let in_rows = self.rows.iter().zip(&multipliers);
            let price: f64 = absolute.cost
                + in_rows
                    .map(|(row, y)| y * row.absolutes.iter().filter(|(k, _)| *k == at).map(|(_, b)| b).sum::<f64>())
                    .sum::<f64>();
            // On the lower side of its row, so that the multiplier is negative.
            let pressed = -multipliers[first_sign + at];
            if pressed > 2.0 * price + ROUNDING * (1.0 + price) {
                turned.push(at);
            }
        }
        if !turned.is_empty() {
            return Some(Orthant::Turn(turned));
        }
        let separated = multipliers[first_cut..].iter().sum();
        let multipliers = multipliers[..self.rows.len()].to_vec();
        Some(Orthant::Optimum(AbsoluteSolution { x, multipliers, separated }))
    }
}

enum Orthant {
    Optimum(AbsoluteSolution),
    /// Signs to turn.
    Turn(Vec<usize>),
}

fn value(absolute: &Absolute, x: &[f64]) -> f64 {
    absolute.terms.iter().map(|&(i, c)| c * x[i]).sum::<f64>() - absolute.offset
}

fn merged(mut terms: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    terms.sort_by_key(|(at, _)| *at);
    terms.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
    terms
}
