//! The quadratic program over package scales.

use std::collections::{BTreeMap, BTreeSet};

use market::instruments::{AssetClass, InstrumentId};
use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{LinearConstraint, quadratic_program};

use super::AllocateConfig;
use super::constraints::{Constraint, Constraints};
use crate::Weights;
use crate::construct::Construction;
use crate::weights::weight_of;

/// Share of the mean variance added to the diagonal, so that packages that cancel still have one best scale.
const RIDGE: f64 = 1e-6;
/// Distance from zero or one within which a scale counts as there: an interior point is this accurate where the optimum
/// sits on a bound that nothing presses against.
const SNAP: f64 = 1e-5;
/// Multiplier (relative to the objective's scale) above which a constraint counts as binding.
const BINDING: f64 = 1e-6;

/// Scales of the packages, and the constraints that bind.
pub(super) struct Optimum {
    pub(super) scales: Vec<f64>,
    pub(super) binding: Vec<Constraint>,
}

/// Layout of the variables: package scales, then one absolute weight and one absolute trade per instrument.
struct Layout {
    packages: usize,
    instruments: Vec<InstrumentId>,
}

impl Layout {
    fn size(&self) -> usize {
        self.packages + 2 * self.instruments.len()
    }

    fn absolute(&self, instrument: usize) -> usize {
        self.packages + instrument
    }

    fn trade(&self, instrument: usize) -> usize {
        self.packages + self.instruments.len() + instrument
    }

    fn zeros(&self) -> Vec<f64> {
        vec![0.0; self.size()]
    }
}

/// Solves for the scales of the target's packages. `costs` are fractions of notional by instrument.
pub(super) fn solve(
    target: &Construction,
    held: &Weights,
    config: &AllocateConfig,
    constraints: &Constraints<'_>,
    costs: &Weights,
) -> Result<Optimum, NumericsError> {
    let exposures: Vec<BTreeMap<&InstrumentId, f64>> =
        target.packages.iter().map(|package| package.exposures().collect()).collect();
    let instruments: BTreeSet<&InstrumentId> = exposures.iter().flat_map(BTreeMap::keys).copied().collect();
    let layout = Layout { packages: target.packages.len(), instruments: instruments.into_iter().cloned().collect() };

    let distance = distance(target)?;
    // One package at its target variance is the unit of the objective, whatever the size of the book.
    let unit = distance.diagonal().iter().sum::<f64>() / layout.packages as f64;
    let mut p = DMatrix::zeros(layout.size(), layout.size());
    let mut q = layout.zeros();
    for row in 0..layout.packages {
        for column in 0..layout.packages {
            p[(row, column)] = distance[(row, column)] / unit;
        }
        p[(row, row)] += RIDGE;
    }
    for row in 0..layout.packages {
        q[row] = -(0..layout.packages).map(|column| p[(row, column)]).sum::<f64>();
    }
    for (index, id) in layout.instruments.iter().enumerate() {
        q[layout.trade(index)] = weight_of(costs, id) / (config.tracking_aversion * unit);
    }

    let (named, mut rows) = limits(&layout, config, constraints, held);
    rows.extend(structure(&layout, &exposures, held));
    if let Some(band) = config.net {
        let mut coefficients = layout.zeros();
        for (package, exposure) in exposures.iter().enumerate() {
            coefficients[package] = exposure.values().sum();
        }
        let name = Constraint::Net.to_string();
        rows.push(LinearConstraint { name, coefficients, lower: band.lower, upper: band.upper });
    }
    let solution = quadratic_program(&p, &q, &rows)?;
    let scales = solution.x[..layout.packages].iter().map(|x| snap(*x)).collect();
    let pressed = named.iter().zip(&solution.multipliers).filter(|(_, y)| y.abs() > BINDING);
    let mut binding: Vec<Constraint> = pressed.map(|(constraint, _)| constraint.clone()).collect();
    if config.net.is_some() && solution.multipliers.last().is_some_and(|y| y.abs() > BINDING) {
        binding.push(Constraint::Net);
    }
    Ok(Optimum { scales, binding })
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

/// Caps on the absolute weights and on the trades, with what each stands for, in the same order.
fn limits(
    layout: &Layout,
    config: &AllocateConfig,
    constraints: &Constraints<'_>,
    held: &Weights,
) -> (Vec<Constraint>, Vec<LinearConstraint>) {
    let mut named = Vec::new();
    let mut rows = Vec::new();
    let mut cap = |constraint: Constraint, coefficients: Vec<f64>, upper: f64| {
        rows.push(LinearConstraint { name: constraint.to_string(), coefficients, lower: f64::NEG_INFINITY, upper });
        named.push(constraint);
    };
    let over = |member: &dyn Fn(&InstrumentId) -> bool| {
        let mut coefficients = layout.zeros();
        for (index, id) in layout.instruments.iter().enumerate() {
            if member(id) {
                coefficients[layout.absolute(index)] = 1.0;
            }
        }
        coefficients
    };
    cap(Constraint::GrossLeverage, over(&|_| true), config.gross_leverage);
    for asset_class in AssetClass::ALL {
        let coefficients = over(&|id| constraints.class_of(id) == Some(asset_class));
        if coefficients.iter().any(|value| *value != 0.0) {
            cap(Constraint::AssetClass { asset_class }, coefficients, config.asset_class);
        }
    }
    for id in &layout.instruments {
        for (constraint, upper) in constraints.instrument_caps(id) {
            cap(constraint, over(&|other| other == id), upper);
        }
    }
    if let Some(turnover) = config.turnover {
        let mut coefficients = layout.zeros();
        for index in 0..layout.instruments.len() {
            coefficients[layout.trade(index)] = 1.0;
        }
        // Positions that nobody wants are closed whatever happens, and count.
        let closing: f64 =
            held.iter().filter(|(id, _)| !layout.instruments.contains(id)).map(|(_, weight)| weight.abs()).sum();
        cap(Constraint::Turnover, coefficients, turnover - closing);
    }
    (named, rows)
}

/// Scales in [0, 1], and what makes the auxiliary variables absolute values.
fn structure(layout: &Layout, exposures: &[BTreeMap<&InstrumentId, f64>], held: &Weights) -> Vec<LinearConstraint> {
    let mut rows: Vec<LinearConstraint> = (0..layout.packages)
        .map(|package| LinearConstraint::bound(format!("scale {package}"), layout.size(), package, 0.0, 1.0))
        .collect();
    for (index, id) in layout.instruments.iter().enumerate() {
        for sign in [1.0, -1.0] {
            let mut absolute = layout.zeros();
            for (package, exposure) in exposures.iter().enumerate() {
                absolute[package] = sign * exposure.get(id).copied().unwrap_or(0.0);
            }
            let mut trade = absolute.clone();
            absolute[layout.absolute(index)] = -1.0;
            trade[layout.trade(index)] = -1.0;
            let at_most = |name: String, coefficients, upper| LinearConstraint {
                name,
                coefficients,
                lower: f64::NEG_INFINITY,
                upper,
            };
            rows.push(at_most(format!("absolute {id}"), absolute, 0.0));
            rows.push(at_most(format!("trade {id}"), trade, sign * weight_of(held, id)));
        }
    }
    rows
}

fn snap(scale: f64) -> f64 {
    if scale < SNAP {
        0.0
    } else if scale > 1.0 - SNAP {
        1.0
    } else {
        scale
    }
}
