//! The quadratic program over package scales.
//!
//! An absolute value needs a variable of its own only where its sign is open: an instrument whose packages pull both ways,
//! or a trade whose direction depends on the solution. Everywhere else it is linear in the scales. The cap on volatility
//! enters as tangent planes: for the book `w` that breaks it, `(Sigma w)' v <= cap * volatility(w)` holds for every book `v`
//! within the cap (Cauchy-Schwarz) and not for `w`.

use std::collections::{BTreeMap, BTreeSet};

use market::instruments::InstrumentId;
use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{Collision, ConstraintSet, LinearConstraint, Relaxation, quadratic_program};

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
/// Tangent planes after which the cap on volatility counts as not converged.
const MOST_CUTS: usize = 100;

/// Scales of the packages, and the constraints that bind.
pub(super) struct Optimum {
    pub(super) scales: Vec<f64>,
    pub(super) binding: Vec<Constraint>,
}

/// An absolute value: linear in the scales, or a variable of its own; `constant` is added.
struct Absolute {
    terms: Vec<(usize, f64)>,
    constant: f64,
}

/// The program of one target.
pub(super) struct Program<'a> {
    limits: &'a Limits<'a>,
    packages: usize,
    size: usize,
    /// Instruments of the target with their exposure by package at the whole target.
    exposures: Vec<(InstrumentId, Vec<(usize, f64)>)>,
    p: DMatrix<f64>,
    q: Vec<f64>,
    structure: Vec<LinearConstraint>,
    named: Vec<Constraint>,
    rows: Vec<LinearConstraint>,
    /// Covariance by rows of `exposures`, and the cap; none without a cap.
    volatility: Option<(DMatrix<f64>, f64)>,
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
        let packages = target.packages.len();
        let mut program = Self {
            limits,
            packages,
            size: packages,
            exposures,
            p: DMatrix::zeros(0, 0),
            q: Vec::new(),
            structure: Vec::new(),
            named: Vec::new(),
            rows: Vec::new(),
            volatility: None,
        };
        let turnover = limits.all.iter().any(|limit| limit.form == Form::Turnover);
        let (absolutes, trades, definitions) = program.absolutes(costs, turnover);
        program.objective(target, costs, aversion, &trades)?;
        program.structure = definitions
            .into_iter()
            .map(|(terms, upper)| program.row(String::new(), &terms, f64::NEG_INFINITY, upper))
            .collect();
        program.limit(target, &absolutes, &trades);
        Ok(program)
    }

    fn row(&self, name: String, terms: &[(usize, f64)], lower: f64, upper: f64) -> LinearConstraint {
        let mut coefficients = vec![0.0; self.size];
        for (at, value) in terms {
            coefficients[*at] += value;
        }
        LinearConstraint { name, coefficients, lower, upper }
    }

    /// Absolute weights and absolute trades of the instruments, and the rows that define those with a variable.
    #[allow(clippy::type_complexity)]
    fn absolutes(
        &mut self,
        costs: &Weights,
        turnover: bool,
    ) -> (Vec<Absolute>, Vec<Absolute>, Vec<(Vec<(usize, f64)>, f64)>) {
        let (mut absolutes, mut trades, mut definitions) = (Vec::new(), Vec::new(), Vec::new());
        let mut size = self.size;
        let mut variable = |row: &[(usize, f64)], from: f64| {
            for sign in [1.0, -1.0] {
                let mut terms: Vec<(usize, f64)> = row.iter().map(|(at, value)| (*at, sign * value)).collect();
                terms.push((size, -1.0));
                definitions.push((terms, sign * from));
            }
            size += 1;
            Absolute { terms: vec![(size - 1, 1.0)], constant: 0.0 }
        };
        for (id, row) in &self.exposures {
            let signed = |sign: f64, constant: f64| Absolute {
                terms: row.iter().map(|(at, value)| (*at, sign * value)).collect(),
                constant,
            };
            let one_sided = [1.0, -1.0].into_iter().find(|sign| row.iter().all(|(_, value)| value * sign >= 0.0));
            absolutes.push(match one_sided {
                Some(sign) => signed(sign, 0.0),
                None => variable(row, 0.0),
            });
            let held = weight_of(self.limits.held, id);
            let counts = turnover || weight_of(costs, id) > 0.0;
            trades.push(match one_sided {
                Some(sign) if held * sign <= 0.0 => signed(sign, held.abs()),
                _ if !counts => Absolute { terms: Vec::new(), constant: 0.0 },
                _ => variable(row, held),
            });
        }
        self.size = size;
        (absolutes, trades, definitions)
    }

    fn objective(
        &mut self,
        target: &Construction,
        costs: &Weights,
        aversion: f64,
        trades: &[Absolute],
    ) -> Result<(), NumericsError> {
        let distance = distance(target)?;
        // One package at its target variance is the unit of the objective, whatever the size of the book.
        let unit = distance.diagonal().iter().sum::<f64>() / self.packages as f64;
        self.p = DMatrix::zeros(self.size, self.size);
        self.q = vec![0.0; self.size];
        for row in 0..self.packages {
            for column in 0..self.packages {
                self.p[(row, column)] = distance[(row, column)] / unit;
            }
            self.p[(row, row)] += RIDGE;
        }
        for row in 0..self.packages {
            self.q[row] = -(0..self.packages).map(|column| self.p[(row, column)]).sum::<f64>();
        }
        for ((id, _), trade) in self.exposures.iter().zip(trades) {
            let price = weight_of(costs, id) / (aversion * unit);
            for (at, value) in &trade.terms {
                self.q[*at] += price * value;
            }
        }
        Ok(())
    }

    /// One row for each limit, then one for each package.
    fn limit(&mut self, target: &Construction, absolutes: &[Absolute], trades: &[Absolute]) {
        for limit in &self.limits.all {
            let mut terms = Vec::new();
            let mut constant = 0.0;
            match &limit.form {
                Form::Absolute(members) => {
                    for ((id, _), absolute) in self.exposures.iter().zip(absolutes) {
                        if members.binary_search(id).is_ok() {
                            terms.extend(&absolute.terms);
                        }
                    }
                }
                Form::Linear(coefficients) => {
                    for (id, row) in &self.exposures {
                        if let Some(coefficient) = coefficients.get(id) {
                            terms.extend(row.iter().map(|(at, value)| (*at, coefficient * value)));
                        }
                    }
                }
                Form::Turnover => {
                    for trade in trades {
                        terms.extend(&trade.terms);
                        constant += trade.constant;
                    }
                    // Positions that nobody wants are closed whatever happens, and count.
                    let wanted: BTreeSet<&InstrumentId> = self.exposures.iter().map(|(id, _)| id).collect();
                    let closed = self.limits.held.iter().filter(|(id, _)| !wanted.contains(id));
                    constant += closed.map(|(_, weight)| weight.abs()).sum::<f64>();
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
            self.rows.push(self.row(limit.constraint.to_string(), &terms, limit.lower - constant, limit.upper - constant));
            self.named.push(limit.constraint.clone());
        }
        for (at, package) in target.packages.iter().enumerate() {
            let constraint = Constraint::Package { package: package.name.clone() };
            self.rows.push(self.row(constraint.to_string(), &[(at, 1.0)], 0.0, 1.0));
            self.named.push(constraint);
        }
    }

    /// The tangent plane that cuts off the point, when its book is above the cap by more than the slack.
    fn cut(&self, x: &[f64], slack: f64) -> Option<LinearConstraint> {
        let (covariance, cap) = self.volatility.as_ref()?;
        let weights: Vec<f64> =
            self.exposures.iter().map(|(_, row)| row.iter().map(|(at, value)| value * x[*at]).sum()).collect();
        let product: Vec<f64> =
            covariance.row_iter().map(|row| row.iter().zip(&weights).map(|(c, w)| c * w).sum()).collect();
        let volatility = product.iter().zip(&weights).map(|(p, w)| p * w).sum::<f64>().max(0.0).sqrt();
        if volatility <= (cap + slack) * (1.0 + CUT) {
            return None;
        }
        let terms: Vec<(usize, f64)> = self
            .exposures
            .iter()
            .zip(&product)
            .flat_map(|((_, row), pull)| row.iter().map(move |(at, value)| (*at, pull * value / volatility)))
            .collect();
        Some(self.row(Constraint::Volatility.to_string(), &terms, f64::NEG_INFINITY, *cap))
    }

    /// The closest book. Errors as [`quadratic_program`]; `Infeasible` when no book satisfies the constraints.
    pub(super) fn solve(&self) -> Result<Optimum, NumericsError> {
        let mut rows = self.rows.clone();
        rows.extend(self.structure.iter().cloned());
        for _ in 0..MOST_CUTS {
            let solution = quadratic_program(&self.p, &self.q, &rows)?;
            if let Some(cut) = self.cut(&solution.x, 0.0) {
                rows.push(cut);
                continue;
            }
            let pressed = self.named.iter().zip(&solution.multipliers).filter(|(_, y)| y.abs() > BINDING);
            let of_book = pressed.filter(|(constraint, _)| !matches!(constraint, Constraint::Package { .. }));
            let mut binding: Vec<Constraint> = of_book.map(|(constraint, _)| constraint.clone()).collect();
            let cuts = self.rows.len() + self.structure.len();
            if solution.multipliers[cuts..].iter().any(|y| y.abs() > BINDING) {
                binding.push(Constraint::Volatility);
            }
            let scales = solution.x[..self.packages].iter().map(|x| x.clamp(0.0, 1.0)).collect();
            return Ok(Optimum { scales, binding });
        }
        Err(NumericsError::NotConverged { what: "cap on volatility", iterations: MOST_CUTS })
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
        let separate = |x: &[f64], slack: f64| self.cut(x, slack);
        let name = Constraint::Volatility.to_string();
        ask(&ConstraintSet {
            variables: self.size,
            structure: &self.structure,
            constraints: &self.rows,
            separation: self.volatility.is_some().then_some((name.as_str(), &separate)),
        })
    }
}

/// Covariance of the packages at their target weights.
fn distance(target: &Construction) -> Result<DMatrix<f64>, NumericsError> {
    let model = &target.risk_model;
    let mut rows = Vec::with_capacity(target.packages.len());
    for package in &target.packages {
        let row = model.packages.iter().position(|name| *name == package.name);
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
