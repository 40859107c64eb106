//! The allocation, step by step.

use std::collections::{BTreeMap, BTreeSet};

use market::instruments::{AssetClass, InstrumentId};
use numerics::NumericsError;
use rust_decimal::Decimal;

use super::constraints::{Constraint, Constraints};
use super::{Adjustment, AllocateConfig, Allocation, Fallback, Thresholds, books, optimum, trades};
use crate::construct::{Construction, TargetPackage};
use crate::weights::{weight_of, without_zeros};
use crate::{PortfolioError, Weights};

/// What a book is allocated from.
#[derive(Debug, Clone, Copy)]
pub struct AllocationInput<'a> {
    /// The target with its packages and risk model.
    pub target: &'a Construction,
    /// Weights held now, after the market moved them.
    pub held: &'a Weights,
    /// Net asset value in the desk's currency.
    pub nav: f64,
}

/// Finds books inside the constraints.
#[derive(Debug, Clone)]
pub struct CapitalAllocator {
    config: AllocateConfig,
}

/// The book the constraints allow.
struct Attainable {
    scales: Vec<f64>,
    weights: Weights,
    adjustments: Vec<Adjustment>,
    fallback: Option<Fallback>,
}

impl CapitalAllocator {
    /// An allocator with these constraints and costs.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] for a parameter without meaning.
    pub fn new(config: AllocateConfig) -> Result<Self, PortfolioError> {
        config.check()?;
        Ok(Self { config })
    }

    /// The book to hold, and the trades to it.
    ///
    /// The book is rebalanced when a position has no target any more or has turned sides, when the held book breaches a
    /// constraint, or when the drift between held and attainable weights exceeds the trigger, as an absolute weight or as
    /// tracking volatility over the book's volatility. Otherwise the held weights are kept.
    ///
    /// # Errors
    /// [`PortfolioError`] when NAV or a weight has no meaning or an instrument is unknown.
    pub fn allocate(&self, input: &AllocationInput<'_>) -> Result<Allocation, PortfolioError> {
        if !(input.nav.is_finite() && input.nav > 0.0) {
            return Err(PortfolioError::InvalidInput {
                what: "NAV".to_owned(),
                why: format!("{} is not positive", input.nav),
            });
        }
        if let Some((id, weight)) = input.held.iter().find(|(_, weight)| !weight.is_finite()) {
            return Err(PortfolioError::InvalidInput { what: format!("held weight of {id}"), why: weight.to_string() });
        }
        let target = input.target;
        let held = without_zeros(input.held.clone());
        let constraints = Constraints::new(&self.config, classes(target, &held)?, &target.risk_model)?;
        let attainable = self.attainable(target, &held, &constraints)?;

        let drift = largest_difference(&held, &attainable.weights);
        let risk_drift = risk_drift(target, &held, &attainable.weights);
        let mut reasons = self.reasons(&held, &attainable.weights, &constraints, drift, risk_drift);
        let rebalanced_wanted = !reasons.is_empty();
        let weights = if rebalanced_wanted {
            self.without_small_trades(&held, &attainable.weights, input.nav, &constraints)
        } else {
            held.clone()
        };
        let trades = trades::between(&held, &weights, input.nav, &self.config)?;
        if !rebalanced_wanted {
            reasons.push(format!("drift within {:.1} %: the held book is kept", 100.0 * self.config.drift_trigger));
        } else if trades.is_empty() {
            reasons.push("no trade of at least the minimum is left: the held book is kept".to_owned());
        }
        let turnover = trades.iter().map(|trade| trade.delta.abs()).sum();
        Ok(Allocation {
            by_strategy: books::by_strategy(&target.packages, &attainable.scales, &weights),
            constraints: constraints.uses(&weights, turnover),
            attainable: attainable.weights,
            adjustments: attainable.adjustments,
            rebalanced: !trades.is_empty(),
            cost: trades.iter().map(|trade| trade.cost).sum::<Decimal>(),
            turnover,
            trades,
            weights,
            reasons,
            drift,
            risk_drift,
            thresholds: Some(Thresholds {
                drift_trigger: self.config.drift_trigger,
                minimum_trade: self.config.minimum_trade / input.nav,
            }),
            fallback: attainable.fallback,
        })
    }

    fn attainable(
        &self,
        target: &Construction,
        held: &Weights,
        constraints: &Constraints<'_>,
    ) -> Result<Attainable, PortfolioError> {
        if target.packages.is_empty() {
            return Ok(Attainable {
                scales: Vec::new(),
                weights: Weights::new(),
                adjustments: Vec::new(),
                fallback: None,
            });
        }
        let whole = vec![1.0; target.packages.len()];
        let legs = target.packages.iter().flat_map(|package| &package.legs).map(|leg| &leg.instrument);
        let costs =
            legs.map(|id| Ok((id.clone(), self.config.cost(id)?))).collect::<Result<Weights, PortfolioError>>()?;
        match optimum::solve(target, held, &self.config, constraints, &costs) {
            Ok(solved) => {
                // The solver meets the caps to its tolerance; the book meets them exactly.
                let fit = constraints.fitting_scale(&scaled(&target.packages, &solved.scales));
                let scales: Vec<f64> = solved.scales.iter().map(|scale| scale * fit).collect();
                let adjustments = adjustments(&target.packages, &scales, &solved.binding, constraints);
                Ok(Attainable { weights: scaled(&target.packages, &scales), scales, adjustments, fallback: None })
            }
            Err(error) => {
                let colliding = match &error {
                    NumericsError::Infeasible { constraints } => constraints.clone(),
                    _ => Vec::new(),
                };
                let scale = constraints.fitting_scale(&scaled(&target.packages, &whole));
                let scales = vec![scale; target.packages.len()];
                let weights = scaled(&target.packages, &scales);
                let turnover = trades_between(held, &weights);
                let unsatisfied = constraints.breaches(&weights, turnover);
                let fallback = Fallback { colliding, cause: error.to_string(), scale, unsatisfied };
                let adjustments = adjustments(&target.packages, &scales, &[], constraints);
                Ok(Attainable { scales, weights, adjustments, fallback: Some(fallback) })
            }
        }
    }

    /// Why the book must be rebalanced; empty when it need not be.
    fn reasons(
        &self,
        held: &Weights,
        attainable: &Weights,
        constraints: &Constraints<'_>,
        drift: f64,
        risk_drift: Option<f64>,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        for (id, weight) in held {
            let wanted = weight_of(attainable, id);
            if wanted == 0.0 {
                reasons.push(format!("{id} has no target: closed"));
            } else if wanted * weight < 0.0 {
                reasons.push(format!("{id} turns sides"));
            }
        }
        for used in constraints.breaches(held, 0.0) {
            reasons.push(format!("the held book breaches {}: {:.4} of {:.4}", used.constraint, used.value, used.limit));
        }
        let trigger = self.config.drift_trigger;
        if drift > trigger {
            reasons.push(format!("largest weight drift {:.2} % exceeds {:.1} %", 100.0 * drift, 100.0 * trigger));
        }
        if let Some(risk_drift) = risk_drift.filter(|risk_drift| *risk_drift > trigger) {
            reasons.push(format!(
                "drift of {:.2} % of the book's volatility exceeds {:.1} %",
                100.0 * risk_drift,
                100.0 * trigger
            ));
        }
        reasons
    }

    /// The attainable book with trades below the minimum left out, unless a constraint needs them.
    fn without_small_trades(
        &self,
        held: &Weights,
        attainable: &Weights,
        nav: f64,
        constraints: &Constraints<'_>,
    ) -> Weights {
        let mut weights = attainable.clone();
        for (id, wanted) in attainable {
            let from = weight_of(held, id);
            let small = (wanted - from).abs() * nav < self.config.minimum_trade;
            // A position is never kept on the wrong side, and a new one that small is not opened.
            if small && from * wanted >= 0.0 {
                weights.insert(id.clone(), from);
            }
        }
        let weights = without_zeros(weights);
        let turnover = trades_between(held, &weights);
        if constraints.breaches(&weights, turnover).is_empty() { weights } else { attainable.clone() }
    }
}

fn classes(target: &Construction, held: &Weights) -> Result<BTreeMap<InstrumentId, AssetClass>, PortfolioError> {
    let legs = target.packages.iter().flat_map(|package| &package.legs).map(|leg| &leg.instrument);
    let instruments: BTreeSet<&InstrumentId> = legs.chain(held.keys()).collect();
    instruments.into_iter().map(|id| Ok((id.clone(), crate::construct::asset_class(id)?))).collect()
}

fn scaled(packages: &[TargetPackage], scales: &[f64]) -> Weights {
    without_zeros(crate::construct::net_weights(packages.iter().zip(scales.iter().copied())))
}

fn adjustments(
    packages: &[TargetPackage],
    scales: &[f64],
    binding: &[Constraint],
    constraints: &Constraints<'_>,
) -> Vec<Adjustment> {
    let touches = |package: &TargetPackage, constraint: &Constraint| match constraint {
        Constraint::GrossLeverage | Constraint::Net | Constraint::Turnover => true,
        Constraint::SinglePosition { instrument } | Constraint::RiskContribution { instrument } => {
            package.legs.iter().any(|leg| leg.instrument == *instrument)
        }
        Constraint::AssetClass { asset_class } => {
            package.legs.iter().any(|leg| constraints.class_of(&leg.instrument) == Some(*asset_class))
        }
    };
    let reduced = packages.iter().zip(scales).filter(|(_, scale)| **scale < 1.0);
    reduced
        .map(|(package, scale)| Adjustment {
            package: package.name.clone(),
            scale: *scale,
            binding: binding.iter().filter(|c| touches(package, c)).map(Constraint::to_string).collect(),
        })
        .collect()
}

fn differences(from: &Weights, to: &Weights) -> Weights {
    let instruments: BTreeSet<&InstrumentId> = from.keys().chain(to.keys()).collect();
    instruments.into_iter().map(|id| (id.clone(), weight_of(to, id) - weight_of(from, id))).collect()
}

fn largest_difference(from: &Weights, to: &Weights) -> f64 {
    differences(from, to).values().fold(0.0, |largest, delta| largest.max(delta.abs()))
}

fn trades_between(from: &Weights, to: &Weights) -> f64 {
    differences(from, to).values().map(|delta| delta.abs()).sum()
}

/// Tracking volatility over the volatility of the attainable book; none when an instrument is outside the risk model or
/// the attainable book has no risk.
fn risk_drift(target: &Construction, held: &Weights, attainable: &Weights) -> Option<f64> {
    let model = &target.risk_model;
    if held.keys().any(|id| !model.instruments.contains(id)) {
        return None;
    }
    let volatility = model.volatility_of_exposures(attainable);
    let tracking = model.volatility_of_exposures(&differences(held, attainable));
    (volatility > 0.0).then(|| tracking / volatility)
}
