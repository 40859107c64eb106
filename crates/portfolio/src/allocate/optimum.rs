//! The quadratic program over package scales.
//!
//! An absolute value is one only where its sign is open: an instrument whose packages pull both ways, or a trade whose
//! direction depends on the solution. Everywhere else it is linear in the scales. The program is solved by orthants of the
//! open signs; where that does not end, the general interior point is asked, with a variable for each absolute value. The cap
//! on volatility enters as tangent planes: for the book `w` that breaks it, `(Sigma w)' v <= cap * volatility(w)` holds for
//! every book `v` within the cap (Cauchy-Schwarz) and not for `w`.

use std::collections::{BTreeMap, BTreeSet};

use market::instruments::InstrumentId;
use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{
    Absolute, AbsoluteProgram, AbsoluteRow, Collision, ConstraintSet, Convex, LinearConstraint, Relaxation,
    quadratic_program,
};

use super::constraints::Constraint;
use super::limits::{Form, Limits};
use crate::Weights;
use crate::construct::Construction;
use crate::weights::weight_of;

/// Share of the mean variance added to the diagonal, so that packages that cancel still have one best scale.
const RIDGE: f64 = 1e-6;
/// Multiplier (relative to the objective's scale) above which a constraint counts as binding.
const BINDING: f64 = 1e-6;
/// Relative excess of the volatility over its cap that the tangent planes leave; scaling the book removes it.
const CUT: f64 = 1e-9;
/// The same where a collision is to be proved: planes that differ by less cannot be told apart by the arithmetic.
const PROVEN: f64 = 1e-7;
/// Tangent planes after which the cap on volatility counts as not converged.
const MOST_CUTS: usize = 100;

/// Scales of the packages, and the constraints that bind.
pub(super) struct Optimum {
    pub(super) scales: Vec<f64>,
    pub(super) binding: Vec<Constraint>,
}

/// The absolute value of an instrument's weight or trade.
enum Size {
    /// Linear in the scales: one sign everywhere, and a constant.
    Linear(f64, f64),
    /// The absolute value of this index.
    Open(usize),
    /// It neither costs nor counts.
    Free,
}

/// The program of one target.
pub(super) struct Program<'a> {
    limits: &'a Limits<'a>,
    packages: usize,
    /// Instruments of the target with their exposure by package at the whole target.
    exposures: Vec<(InstrumentId, Vec<(usize, f64)>)>,
    p: DMatrix<f64>,
    q: Vec<f64>,
    absolutes: Vec<Absolute>,
    named: Vec<Constraint>,
    rows: Vec<AbsoluteRow>,
    /// Covariance by rows of `exposures`, and the cap; none without a cap.
    volatility: Option<(DMatrix<f64>, f64)>,
}

/// The same with a variable for each absolute value: its size, the rows of the constraints by name, and the rows that define
/// the variables.
pub(super) struct General {
    pub(super) size: usize,
    pub(super) rows: Vec<LinearConstraint>,
    pub(super) structure: Vec<LinearConstraint>,
}

impl<'a> Program<'a> {
    /// `costs` are fractions of notional by instrument; `aversion` weighs tracking variance against them.
    pub(super) fn new(
        target: &Construction,
        limits: &'a Limits<'a>,
        costs: &Weights,
        aversion: f64,
    ) -> Result<Self, NumericsError> {
        let mut by_instrument: BTreeMap<&InstrumentId, Vec<(usize, f64)>> = BTreeMap::new();
        for (index, package) in target.packages.iter().enumerate() {
            for (id, exposure) in package.exposures() {
                let row = by_instrument.entry(id).or_default();
                match row.iter_mut().find(|(at, _)| *at == index) {
                    Some((_, sum)) => *sum += exposure,
                    None => row.push((index, exposure)),
                }
            }
        }
        let exposures: Vec<_> = by_instrument.into_iter().map(|(id, row)| (id.clone(), row)).collect();
        let distance = distance(target)?;
        let packages = target.packages.len();
        // One package at its target variance is the unit of the objective, whatever the size of the book.
        let unit = distance.diagonal().iter().sum::<f64>() / packages as f64;
        let mut p = distance / unit;
        (0..packages).for_each(|at| p[(at, at)] += RIDGE);
        let q = (0..packages).map(|row| -(0..packages).map(|column| p[(row, column)]).sum::<f64>()).collect();
        let mut program = Self {
            limits,
            packages,
            exposures,
            p,
            q,
            absolutes: Vec::new(),
            named: Vec::new(),
            rows: Vec::new(),
            volatility: None,
        };
        let prices: Vec<f64> =
            program.exposures.iter().map(|(id, _)| weight_of(costs, id) / (aversion * unit)).collect();
        let (sizes, trades) = program.sizes(&prices);
        program.limit(target, &sizes, &trades);
        Ok(program)
    }

    /// Sizes of the weights and of the trades by instrument; `prices` are costs in units of the objective.
    fn sizes(&mut self, prices: &[f64]) -> (Vec<Size>, Vec<Size>) {
        let turnover = self.limits.all.iter().any(|limit| limit.form == Form::Turnover);
        let (mut sizes, mut trades) = (Vec::new(), Vec::new());
        for ((id, row), price) in self.exposures.iter().zip(prices) {
            let one_sided = [1.0, -1.0].into_iter().find(|sign| row.iter().all(|(_, value)| value * sign >= 0.0));
            let mut open = |offset: f64, cost: f64| {
                self.absolutes.push(Absolute { terms: row.clone(), offset, cost });
                Size::Open(self.absolutes.len() - 1)
            };
            let held = weight_of(self.limits.held, id);
            match one_sided {
                Some(sign) => sizes.push(Size::Linear(sign, 0.0)),
                None => sizes.push(open(0.0, 0.0)),
            }
            match one_sided {
                // The trade away from a flat or an opposite position.
                Some(sign) if held * sign <= 0.0 => {
                    trades.push(Size::Linear(sign, held.abs()));
                    row.iter().for_each(|(at, value)| self.q[*at] += price * sign * value);
                }
                _ if *price > 0.0 || turnover => trades.push(open(held, *price)),
                _ => trades.push(Size::Free),
            }
        }
        (sizes, trades)
    }

    /// One row for each limit but the volatility, then one for each package.
    fn limit(&mut self, target: &Construction, sizes: &[Size], trades: &[Size]) {
        for limit in &self.limits.all {
            let mut sum = Sum::default();
            match &limit.form {
                Form::Absolute(members) => {
                    for ((id, row), size) in self.exposures.iter().zip(sizes) {
                        if members.binary_search(id).is_ok() {
                            sum.add(size, row);
                        }
                    }
                }
                Form::Linear(coefficients) => {
                    for (id, row) in &self.exposures {
                        if let Some(coefficient) = coefficients.get(id) {
                            row.iter().for_each(|(at, value)| sum.term(*at, coefficient * value));
                        }
                    }
                }
                Form::Turnover => {
                    for ((_, row), trade) in self.exposures.iter().zip(trades) {
                        sum.add(trade, row);
                    }
                    // Positions that nobody wants are closed whatever happens, and count.
                    let wanted: BTreeSet<&InstrumentId> = self.exposures.iter().map(|(id, _)| id).collect();
                    let closed = self.limits.held.iter().filter(|(id, _)| !wanted.contains(id));
                    sum.constant += closed.map(|(_, weight)| weight.abs()).sum::<f64>();
                }
                Form::Volatility => {
                    let model = self.limits.model;
                    let at = |id: &InstrumentId| model.instruments.iter().position(|known| known == id);
                    let known: Vec<Option<usize>> = self.exposures.iter().map(|(id, _)| at(id)).collect();
                    let covariance = DMatrix::from_fn(known.len(), known.len(), |i, j| match (known[i], known[j]) {
                        (Some(i), Some(j)) => model.instrument_covariance[i][j],
                        _ => 0.0,
                    });
                    self.volatility = Some((covariance, limit.upper));
                    continue;
                }
            }
            self.rows.push(sum.row(limit.lower, limit.upper));
            self.named.push(limit.constraint.clone());
        }
        for (at, package) in target.packages.iter().enumerate() {
            self.rows.push(AbsoluteRow { terms: vec![(at, 1.0)], absolutes: Vec::new(), lower: 0.0, upper: 1.0 });
            self.named.push(Constraint::Package { package: package.name.clone() });
        }
    }

    /// The tangent plane that cuts off the point, when its book is above the cap by more than the slack.
    fn tangent(&self, x: &[f64], slack: f64) -> Option<(Vec<(usize, f64)>, f64)> {
        let (covariance, cap) = self.volatility.as_ref()?;
        let weights: Vec<f64> =
            self.exposures.iter().map(|(_, row)| row.iter().map(|(at, value)| value * x[*at]).sum()).collect();
        // The matrix is symmetric: its columns lie together.
        let product: Vec<f64> =
            covariance.column_iter().map(|column| column.iter().zip(&weights).map(|(c, w)| c * w).sum()).collect();
        let volatility = product.iter().zip(&weights).map(|(p, w)| p * w).sum::<f64>().max(0.0).sqrt();
        if volatility <= (cap + slack) * (1.0 + CUT) {
            return None;
        }
        let mut sum = Sum::default();
        for ((_, row), pull) in self.exposures.iter().zip(&product) {
            row.iter().for_each(|(at, value)| sum.term(*at, pull * value / volatility));
        }
        Some((sum.terms.into_iter().collect(), *cap))
    }

    pub(super) fn cut(&self, x: &[f64], slack: f64) -> Option<LinearConstraint> {
        let (terms, upper) = self.tangent(x, slack)?;
        let mut coefficients = vec![0.0; self.packages + self.absolutes.len()];
        terms.into_iter().for_each(|(at, value)| coefficients[at] = value);
        Some(LinearConstraint {
            name: Constraint::Volatility.to_string(),
            coefficients,
            lower: f64::NEG_INFINITY,
            upper,
        })
    }

    /// The closest book. Errors as [`quadratic_program`]; `Infeasible` when no book satisfies the constraints.
    pub(super) fn solve(&self) -> Result<Optimum, NumericsError> {
        let separate = |x: &[f64]| self.tangent(x, 0.0);
        let by_orthants = AbsoluteProgram {
            p: &self.p,
            q: &self.q,
            absolutes: &self.absolutes,
            rows: &self.rows,
            separation: self.volatility.is_some().then_some(&separate),
        };
        match by_orthants.solve() {
            Some(solution) => Ok(self.optimum(&solution.x, &solution.multipliers, solution.separated)),
            None => self.solve_in_general(),
        }
    }

    fn solve_in_general(&self) -> Result<Optimum, NumericsError> {
        let General { size, mut rows, structure } = self.general();
        let named = rows.len();
        rows.extend(structure);
        let cuts = rows.len();
        let mut p = DMatrix::zeros(size, size);
        p.view_mut((0, 0), (self.packages, self.packages)).copy_from(&self.p);
        let mut q = self.q.clone();
        q.extend(self.absolutes.iter().map(|absolute| absolute.cost));
        for _ in 0..MOST_CUTS {
            let solution = quadratic_program(&p, &q, &rows)?;
            if let Some(cut) = self.cut(&solution.x, 0.0) {
                rows.push(cut);
                continue;
            }
            let separated = solution.multipliers[cuts..].iter().map(|y| y.abs()).sum();
            return Ok(self.optimum(&solution.x, &solution.multipliers[..named], separated));
        }
        Err(NumericsError::NotConverged { what: "cap on volatility", iterations: MOST_CUTS })
    }

    fn optimum(&self, x: &[f64], multipliers: &[f64], separated: f64) -> Optimum {
        let pressed = self.named.iter().zip(multipliers).filter(|(_, y)| y.abs() > BINDING);
        let of_book = pressed.filter(|(constraint, _)| !matches!(constraint, Constraint::Package { .. }));
        let mut binding: Vec<Constraint> = of_book.map(|(constraint, _)| constraint.clone()).collect();
        if separated > BINDING {
            binding.push(Constraint::Volatility);
        }
        Optimum { scales: x[..self.packages].iter().map(|x| x.clamp(0.0, 1.0)).collect(), binding }
    }

    /// The program with a variable for each absolute value.
    pub(super) fn general(&self) -> General {
        let size = self.packages + self.absolutes.len();
        let dense = |name: String, terms: &[(usize, f64)], absolutes: &[(usize, f64)], lower: f64, upper: f64| {
            let mut coefficients = vec![0.0; size];
            terms.iter().for_each(|&(at, value)| coefficients[at] += value);
            absolutes.iter().for_each(|&(at, value)| coefficients[self.packages + at] += value);
            LinearConstraint { name, coefficients, lower, upper }
        };
        let rows =
            self.rows.iter().zip(&self.named).map(|(row, constraint)| {
                dense(constraint.to_string(), &row.terms, &row.absolutes, row.lower, row.upper)
            });
        let mut structure = Vec::new();
        for (at, absolute) in self.absolutes.iter().enumerate() {
            for sign in [1.0, -1.0] {
                let terms: Vec<(usize, f64)> = absolute.terms.iter().map(|&(i, value)| (i, sign * value)).collect();
                let (lower, upper) = (f64::NEG_INFINITY, sign * absolute.offset);
                structure.push(dense(String::new(), &terms, &[(at, -1.0)], lower, upper));
            }
        }
        General { size, rows: rows.collect(), structure }
    }

    /// The smallest set of constraints that cannot hold together, with its proof and its cures.
    pub(super) fn collision(&self) -> Result<Option<Collision>, NumericsError> {
        self.with_set(|set| set.collision())
    }

    /// The smallest relaxation of the named constraints, in their order, with which some book satisfies all.
    pub(super) fn relax(&self, order: &[String]) -> Result<Option<Vec<Relaxation>>, NumericsError> {
        self.with_set(|set| set.relax_in_order(order))
    }

    fn with_set<T>(&self, ask: impl FnOnce(&ConstraintSet<'_>) -> T) -> T {
        let general = self.general();
        let room = self.volatility.as_ref().map_or(0.0, |(_, cap)| PROVEN * cap);
        let separate = |x: &[f64], slack: f64| self.cut(x, slack + room);
        let name = Constraint::Volatility.to_string();
        let metric = self.volatility.as_ref().filter(|_| general.size > 0).map(|(covariance, _)| {
            let mut metric = DMatrix::zeros(general.size, general.size);
            for ((_, left), covariances) in self.exposures.iter().zip(covariance.column_iter()) {
                for ((_, right), covariance) in self.exposures.iter().zip(covariances.iter()) {
                    for (i, a) in left {
                        right.iter().for_each(|(j, b)| metric[(*i, *j)] += a * b * covariance);
                    }
                }
            }
            metric
        });
        ask(&ConstraintSet {
            variables: general.size,
            structure: &general.structure,
            constraints: &general.rows,
            separation: metric.as_ref().map(|metric| Convex { name: &name, separate: &separate, metric }),
        })
    }
}

/// A linear expression in the scales and in absolute values.
#[derive(Default)]
struct Sum {
    terms: BTreeMap<usize, f64>,
    absolutes: Vec<(usize, f64)>,
    constant: f64,
}

impl Sum {
    fn term(&mut self, at: usize, value: f64) {
        *self.terms.entry(at).or_default() += value;
    }

    fn add(&mut self, size: &Size, row: &[(usize, f64)]) {
        match size {
            Size::Linear(sign, constant) => {
                row.iter().for_each(|(at, value)| self.term(*at, sign * value));
                self.constant += constant;
            }
            Size::Open(at) => self.absolutes.push((*at, 1.0)),
            Size::Free => {}
        }
    }

    fn row(self, lower: f64, upper: f64) -> AbsoluteRow {
        let terms = self.terms.into_iter().filter(|(_, value)| *value != 0.0).collect();
        AbsoluteRow { terms, absolutes: self.absolutes, lower: lower - self.constant, upper: upper - self.constant }
    }
}

/// Covariance of the packages at their target weights.
fn distance(target: &Construction) -> Result<DMatrix<f64>, NumericsError> {
    let model = &target.risk_model;
    let by_name: BTreeMap<&str, usize> =
        model.packages.iter().enumerate().map(|(row, name)| (name.as_str(), row)).collect();
    let mut rows = Vec::with_capacity(target.packages.len());
    for package in &target.packages {
        let row = by_name.get(package.name.as_str()).copied();
        rows.push(row.ok_or_else(|| NumericsError::InvalidArgument {
            what: "risk model",
            why: format!("has no package {}", package.name),
        })?);
    }
    let n = rows.len();
    Ok(DMatrix::from_fn(n, n, |i, j| {
        target.packages[i].weight * model.package_covariance[rows[i]][rows[j]] * target.packages[j].weight
    }))
}
