//! Why a set of linear constraints has no common point: a minimal colliding subset, its proof, and what would cure it.

use clarabel::solver::{DefaultSolver, IPSolver, SolverStatus};
use nalgebra::DMatrix;

use super::dual_active_set::{Certificate, Feasibility, decide};
use super::quadratic_program::{ConicForm, LinearConstraint, Row, row_of, settings, upper_triangle};
use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Relaxations tried before a cure is given up; each step of the search is exact on one face of the dual.
const MOST_STEPS: usize = 200;
/// Violation of a row of unit length, and share of the multipliers, that count as none for the interior point.
const ACCEPTED: f64 = 1e-8;
/// Cutting planes after which a convex constraint counts as not converged.
const MOST_CUTS: usize = 200;
/// Share of the mean of a metric that is added to its diagonal, so that no direction is free.
const ROUNDNESS: f64 = 1e-3;

/// Constraints that cannot hold together, none of which can be left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Collision {
    /// Names of the colliding constraints, in the order given.
    pub members: Vec<String>,
    /// The proof (Farkas): rows whose combination by the multipliers has no variable left and demands that zero be at most
    /// a negative number.
    pub certificate: Vec<ProofRow>,
    /// For each member, what would cure the collision alone.
    pub cures: Vec<Cure>,
}

/// A row of a proof of infeasibility.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofRow {
    /// Constraint it belongs to; none for the structure.
    pub name: Option<String>,
    /// Positive: `coefficients . x <= side`; negative: `coefficients . x >= side`.
    pub multiplier: f64,
    /// Variables and their coefficients.
    pub entries: Vec<(usize, f64)>,
    /// The side in question.
    pub side: f64,
}

/// The smallest change of one constraint that ends a collision, all others as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Cure {
    /// Name.
    pub name: String,
    /// How far its sides must move outwards, in its own unit.
    pub slack: f64,
    /// True when the whole set then has a common point; false when another collision remains and only this one is cured.
    pub complete: bool,
}

/// A constraint and how far it has to give.
#[derive(Debug, Clone, PartialEq)]
pub struct Relaxation {
    /// Name.
    pub name: String,
    /// How far its sides move outwards, in its own unit; zero when it need not.
    pub slack: f64,
}

/// For a point and the slack of its constraint, a linear constraint that every point within the convex one satisfies and
/// this point does not; `None` when the point is within. Its name is the constraint's; its sides are those without slack.
pub type Separation<'a> = &'a dyn Fn(&[f64], f64) -> Option<LinearConstraint>;

/// A convex constraint.
#[derive(Clone, Copy)]
pub struct Convex<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its cutting planes.
    pub separate: Separation<'a>,
    /// Positive semidefinite matrix of the norm it bounds: points are sought that are small in it, so that one plane, or a
    /// few, decide.
    pub metric: &'a DMatrix<f64>,
}

/// Constraints that should hold together.
#[derive(Clone, Copy)]
pub struct ConstraintSet<'a> {
    /// Number of variables.
    pub variables: usize,
    /// What is always in force and never named: definitions of auxiliary variables.
    pub structure: &'a [LinearConstraint],
    /// The constraints in question; those that share a name are one.
    pub constraints: &'a [LinearConstraint],
    /// One convex constraint beside them, as cutting planes on demand (Kelley 1960).
    pub separation: Option<Convex<'a>>,
}

impl ConstraintSet<'_> {
    /// The smallest set of constraints that cannot hold together within the structure, or `None` when all can.
    ///
    /// Every member is needed: without any one the rest has a common point. The answer depends on nothing but the input
    /// and its order. Errors: dimensions, NaN, `not_converged` when neither a point nor a proof is found.
    ///
    /// ```
    /// use numerics::optimise::{ConstraintSet, LinearConstraint};
    ///
    /// let constraints = [
    ///     LinearConstraint::bound("at least 0.4", 1, 0, 0.4, f64::INFINITY),
    ///     LinearConstraint::bound("loose", 1, 0, -9.0, 9.0),
    ///     LinearConstraint::bound("at most 0.1", 1, 0, f64::NEG_INFINITY, 0.1),
    /// ];
    /// let set = ConstraintSet { variables: 1, structure: &[], constraints: &constraints, separation: None };
    /// let found = set.collision()?.expect("they collide");
    /// assert_eq!(found.members, ["at least 0.4", "at most 0.1"]);
    /// assert!((found.cures[0].slack - 0.3).abs() < 1e-9 && found.cures[0].complete);
    /// # Ok::<(), numerics::NumericsError>(())
    /// ```
    pub fn collision(&self) -> Result<Option<Collision>> {
        let mut grouped = Grouped::new(self)?;
        let all: Vec<usize> = (0..grouped.names.len()).collect();
        let none = vec![0.0; all.len()];
        let Some(proof) = grouped.collides(&all, &none)? else { return Ok(None) };
        let (set, proof) = grouped.irreducible(proof)?;
        let mut cures = Vec::with_capacity(set.len());
        for &member in &set {
            let name = grouped.names[member].clone();
            let whole = grouped.least_slack(&all, member, &none)?;
            let slack = match whole {
                Some(slack) => Some(slack),
                None => grouped.least_slack(&set, member, &none)?,
            };
            cures.extend(slack.map(|slack| Cure { name, slack, complete: whole.is_some() }));
        }
        let certificate = proof
            .multipliers
            .iter()
            .map(|&(row, multiplier)| {
                let Row { entries, lower, upper } = grouped.rows[row].clone();
                let name = grouped.group[row].map(|group| grouped.names[group].clone());
                ProofRow { name, multiplier, entries, side: if multiplier > 0.0 { upper } else { lower } }
            })
            .collect();
        let members = set.into_iter().map(|member| grouped.names[member].clone()).collect();
        Ok(Some(Collision { members, certificate, cures }))
    }

    /// Relaxes constraints in a declared order, the first ones first and as little as possible, until all have a common
    /// point.
    ///
    /// The shortest run of `order` that is enough is relaxed; of these the last one gives least, then the one before it,
    /// and so on. `None` when relaxing all of them is not enough. Names that no constraint has are passed over.
    /// Errors as [`collision`](Self::collision).
    pub fn relax_in_order(&self, order: &[String]) -> Result<Option<Vec<Relaxation>>> {
        let mut grouped = Grouped::new(self)?;
        let soft: Vec<usize> =
            order.iter().filter_map(|name| grouped.names.iter().position(|known| known == name)).collect();
        let all: Vec<usize> = (0..grouped.names.len()).collect();
        let without = |free: &[usize]| -> Vec<usize> { all.iter().copied().filter(|g| !free.contains(g)).collect() };
        let mut slacks = vec![0.0; all.len()];
        let mut enough = None;
        for count in 0..=soft.len() {
            if grouped.collides(&without(&soft[..count]), &slacks)?.is_none() {
                enough = Some(count);
                break;
            }
        }
        let Some(count) = enough else { return Ok(None) };
        for at in (0..count).rev() {
            // Those before it are still free, those after it have their slack.
            match grouped.least_slack(&without(&soft[..at]), soft[at], &slacks)? {
                Some(slack) => slacks[soft[at]] = slack,
                None => return Ok(None),
            }
        }
        let used = soft[..count].iter().filter(|&&group| slacks[group] > 0.0);
        Ok(Some(used.map(|&group| Relaxation { name: grouped.names[group].clone(), slack: slacks[group] }).collect()))
    }
}

/// Rows with the group each belongs to; the rows of the structure belong to none and are always in force.
struct Grouped<'a> {
    n: usize,
    rows: Vec<Row>,
    group: Vec<Option<usize>>,
    names: Vec<String>,
    separation: Option<(usize, Separation<'a>)>,
    /// Inverse Cholesky factor of the metric.
    frame: Option<DMatrix<f64>>,
}

impl<'a> Grouped<'a> {
    fn new(set: &ConstraintSet<'a>) -> Result<Self> {
        let n = set.variables;
        let mut grouped =
            Self { n, rows: Vec::new(), group: Vec::new(), names: Vec::new(), separation: None, frame: None };
        for (k, constraint) in set.structure.iter().chain(set.constraints).enumerate() {
            checks::length("constraint coefficients", n, constraint.coefficients.len())?;
            checks::finite("constraint coefficients", &constraint.coefficients)?;
            if constraint.lower.is_nan() || constraint.upper.is_nan() {
                return Err(NumericsError::NonFinite { what: "constraint sides", position: k });
            }
            let group = (k >= set.structure.len()).then(|| grouped.named(&constraint.name));
            grouped.rows.push(row_of(constraint));
            grouped.group.push(group);
        }
        grouped.separation = set.separation.map(|convex| (grouped.named(convex.name), convex.separate));
        if let Some(metric) = set.separation.map(|convex| convex.metric) {
            checks::length("metric", n, metric.nrows())?;
            let scale = metric.trace() / n as f64;
            let lifted = metric / scale + DMatrix::identity(n, n) * ROUNDNESS;
            let inverse = lifted.cholesky().and_then(|f| f.l().solve_lower_triangular(&DMatrix::identity(n, n)));
            let why = || "no Cholesky factor".to_owned();
            grouped.frame = Some(inverse.ok_or_else(|| NumericsError::NotPsd { what: "metric", why: why() })?);
        }
        Ok(grouped)
    }

    fn named(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// Whether the groups collide with the structure, and the proof. `slacks` move the sides of each group outwards.
    fn collides(&mut self, groups: &[usize], slacks: &[f64]) -> Result<Option<Certificate>> {
        for _ in 0..MOST_CUTS {
            let inside = |k: &usize| self.group[*k].is_none_or(|group| groups.contains(&group));
            let set: Vec<usize> = (0..self.rows.len()).filter(inside).collect();
            let convex = self.separation.filter(|(group, _)| groups.contains(group));
            let frame = self.frame.as_ref().filter(|_| convex.is_some());
            let slack = |k: usize| self.group[k].map_or(0.0, |group| slacks[group]);
            let mut found = decide(self.n, &self.rows, &set, slack, frame);
            if found == Feasibility::Undecided {
                found = by_interior_point(self.n, &self.rows, &set, slack);
            }
            let point = match found {
                Feasibility::Point(point) => point,
                Feasibility::Collides(certificate) => return Ok(Some(certificate)),
                Feasibility::Undecided => {
                    let what = "proof or point of the constraints";
                    return Err(NumericsError::NotConverged { what, iterations: self.rows.len() });
                }
            };
            let Some((group, separate)) = convex else { return Ok(None) };
            let Some(cut) = separate(&point, slacks[group]) else { return Ok(None) };
            self.rows.push(row_of(&cut));
            self.group.push(Some(group));
        }
        Err(NumericsError::NotConverged { what: "tangent planes of a constraint", iterations: MOST_CUTS })
    }

    /// Groups with a multiplier, in order.
    fn support(&self, certificate: &Certificate) -> Vec<usize> {
        let mut groups: Vec<usize> = certificate.multipliers.iter().filter_map(|(row, _)| self.group[*row]).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// The deletion filter (Chinneck and Dravnieks 1991) from the support of a certificate: a member goes when the rest
    /// collides without it. What remains collides, and no longer does without any one member.
    fn irreducible(&mut self, mut proof: Certificate) -> Result<(Vec<usize>, Certificate)> {
        let none = vec![0.0; self.names.len()];
        let mut set = self.support(&proof);
        let mut at = 0;
        while at < set.len() {
            let mut without = set.clone();
            let dropped = without.remove(at);
            match self.collides(&without, &none)? {
                None => at += 1,
                Some(smaller) => {
                    // Members before `at` are needed in every subset that remains, so that they stay in the support.
                    let support = self.support(&smaller);
                    at = support.iter().filter(|&&member| member < dropped).count();
                    (set, proof) = (support, smaller);
                }
            }
        }
        Ok((set, proof))
    }

    /// Smallest slack of `group`, beside `slacks`, with which `groups` have a common point; `None` when none is enough.
    ///
    /// A certificate proves a lower bound on the slack that is exact where the certificate is the one that matters; the
    /// search moves from bound to bound (Newton's method on a convex piecewise linear function) until a point exists.
    fn least_slack(&mut self, groups: &[usize], group: usize, slacks: &[f64]) -> Result<Option<f64>> {
        let mut slacks = slacks.to_vec();
        let before = slacks[group];
        for _ in 0..MOST_STEPS {
            let Some(certificate) = self.collides(groups, &slacks)? else { return Ok(Some(slacks[group] - before)) };
            let own = |&&(row, _): &&(usize, f64)| self.group[row] == Some(group);
            let grip: f64 = certificate.multipliers.iter().filter(own).map(|(_, y)| y.abs()).sum();
            if grip == 0.0 {
                return Ok(None);
            }
            slacks[group] += certificate.margin / grip;
        }
        Err(NumericsError::NotConverged { what: "slack of a constraint", iterations: MOST_STEPS })
    }
}

/// The same question to the interior point, where nearly parallel rows leave the active set undecided.
fn by_interior_point(n: usize, rows: &[Row], set: &[usize], slack: impl Fn(usize) -> f64) -> Feasibility {
    let relaxed: Vec<Row> = set
        .iter()
        .map(|&k| {
            let row = &rows[k];
            let length = row.entries.iter().map(|(_, v)| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            let entries = row.entries.iter().map(|&(i, v)| (i, v / length)).collect();
            Row { entries, lower: (row.lower - slack(k)) / length, upper: (row.upper + slack(k)) / length }
        })
        .collect();
    let form = ConicForm::new(n, &relaxed);
    let identity = upper_triangle(&DMatrix::identity(n, n));
    let Ok(mut solver) = DefaultSolver::new(&identity, &vec![0.0; n], &form.a, &form.b, &form.cones, settings()) else {
        return Feasibility::Undecided;
    };
    solver.solve();
    let found = &solver.solution;
    match found.status {
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {}
        _ => {
            let over = relaxed.iter().map(|row| {
                let value = row.value(&found.x);
                (row.lower - value).max(value - row.upper)
            });
            let worst = over.fold(0.0, |worst: f64, v| if v.is_nan() { f64::INFINITY } else { worst.max(v) });
            return if worst <= ACCEPTED { Feasibility::Point(found.x.clone()) } else { Feasibility::Undecided };
        }
    }
    let multipliers = form.multipliers(&found.z, relaxed.len());
    let size: f64 = multipliers.iter().map(|y| y.abs()).sum();
    let mut certificate = Certificate { multipliers: Vec::new(), margin: 0.0 };
    let mut left = vec![0.0; n];
    for ((row, &k), y) in relaxed.iter().zip(set).zip(multipliers) {
        let y = y / size;
        let side = if y > 0.0 { row.upper } else { row.lower };
        if y.abs() <= ACCEPTED || !side.is_finite() {
            continue;
        }
        certificate.margin -= y * side;
        row.entries.iter().for_each(|&(i, v)| left[i] += y * v);
        let length = rows[k].entries.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
        certificate.multipliers.push((k, y / length));
    }
    let imbalance = left.iter().fold(0.0_f64, |worst, v| worst.max(v.abs()));
    // Beyond ten units the combination could make up for the sides: a proof only for books.
    match certificate.margin > 10.0 * imbalance.max(f64::EPSILON) {
        true => Feasibility::Collides(certificate),
        false => Feasibility::Undecided,
    }
}

/// The error for constraints that the solver could not satisfy: [`NumericsError::Infeasible`] with a minimal set when they
/// collide, `not_converged` when they do not or when it cannot be told.
pub(crate) fn explain(n: usize, rows: &[Row], name: &impl Fn(usize) -> String, iterations: usize) -> NumericsError {
    match colliding(n, rows) {
        Some(set) => NumericsError::Infeasible { constraints: set.into_iter().map(name).collect() },
        None => NumericsError::NotConverged { what: "quadratic program", iterations },
    }
}

/// Indices of an irreducible infeasible subset, in order; `None` when the whole is feasible or nothing could be shown.
pub(crate) fn colliding(n: usize, rows: &[Row]) -> Option<Vec<usize>> {
    let group: Vec<Option<usize>> = (0..rows.len()).map(Some).collect();
    let names = vec![String::new(); rows.len()];
    let mut grouped = Grouped { n, rows: rows.to_vec(), group, names, separation: None, frame: None };
    let all: Vec<usize> = (0..rows.len()).collect();
    let proof = grouped.collides(&all, &vec![0.0; rows.len()]).ok()??;
    grouped.irreducible(proof).ok().map(|(set, _)| set)
}

/// Whether the rows of `set` have no common point.
#[cfg(test)]
pub(crate) fn collides(n: usize, rows: &[Row], set: &[usize]) -> bool {
    matches!(decide(n, rows, set, |_| 0.0, None), Feasibility::Collides(_))
}
