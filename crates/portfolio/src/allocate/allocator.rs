//! The allocation, step by step.

use std::collections::{BTreeMap, BTreeSet};

use market::instruments::{Instrument, InstrumentId, Sensitivity};
use numerics::NumericsError;
use numerics::optimise::Relaxation;
use rust_decimal::Decimal;
use strategies::StrategyId;

use super::constraints::Constraint;
use super::limits::{Facts, Form, Limits};
use super::optimum::{Optimum, Program};
use super::quotes::{self, Contract, Quotes};
use super::trades::{self, Passage};
use super::{Adjustment, AllocateConfig, Allocation, Fallback, Lots, Thresholds, books, fallback, lots};
use crate::construct::{Construction, TargetPackage};
use crate::weights::{differences, weight_of, without_zeros};
use crate::{PortfolioError, Weights};

/// Distance from zero or one within which a scale counts as there: an interior point is this accurate where the optimum
/// sits on a bound that nothing presses against.
const SNAP: f64 = 1e-5;

/// Sensitivities per unit of weight, or why an instrument has none.
pub type Sensitivities = BTreeMap<InstrumentId, Result<Sensitivity, String>>;

static NO_SENSITIVITIES: Sensitivities = BTreeMap::new();
static NO_BOOKS: BTreeMap<StrategyId, Weights> = BTreeMap::new();
static NO_QUOTES: Quotes = Quotes { quoted: BTreeMap::new(), missing: BTreeMap::new() };

/// What a book is allocated from.
#[derive(Debug, Clone, Copy)]
pub struct AllocationInput<'a> {
    /// The target with its packages and risk model.
    pub target: &'a Construction,
    /// Weights held now, after the market moved them.
    pub held: &'a Weights,
    /// The same by strategy, as far as it is known: trades are split by it.
    pub held_by_strategy: &'a BTreeMap<StrategyId, Weights>,
    /// Net asset value in the desk's currency.
    pub nav: f64,
    /// Prices of the contracts. An instrument without one is listed and has no contracts.
    pub quotes: &'a Quotes,
    /// Sensitivities per unit of weight; needed for every instrument held or wanted when an exposure is bounded.
    pub sensitivities: &'a Sensitivities,
    /// Where instruments are looked up: classes, contracts and costs.
    pub universe: Universe,
}

/// Finds an instrument by its id: [`market::instruments::find`], or a test's own.
pub type Universe = fn(&InstrumentId) -> Option<&'static Instrument>;

impl<'a> AllocationInput<'a> {
    /// An input without quotes, sensitivities or held books.
    pub fn new(target: &'a Construction, held: &'a Weights, nav: f64) -> Self {
        Self {
            target,
            held,
            held_by_strategy: &NO_BOOKS,
            nav,
            quotes: &NO_QUOTES,
            sensitivities: &NO_SENSITIVITIES,
            universe: market::instruments::find,
        }
    }

    /// Instruments held or wanted, in their order.
    pub fn instruments(target: &Construction, held: &Weights) -> BTreeSet<InstrumentId> {
        let legs = target.packages.iter().flat_map(|package| &package.legs).map(|leg| &leg.instrument);
        legs.chain(held.keys()).cloned().collect()
    }
}

/// Finds books inside the constraints.
#[derive(Debug, Clone)]
pub struct CapitalAllocator {
    config: AllocateConfig,
}

/// The book the constraints allow.
#[derive(Default)]
pub(super) struct Attainable {
    pub(super) scales: Vec<f64>,
    pub(super) weights: Weights,
    pub(super) binding: Vec<Constraint>,
    pub(super) fallback: Option<Fallback>,
    /// The held book is kept as it is.
    pub(super) keep: bool,
    /// Constraints that had to give, and by how much.
    pub(super) relaxed: Option<Vec<Relaxation>>,
    /// What a step of the fallback did.
    pub(super) note: Option<String>,
}

/// A target and the constraints on its book.
pub(super) struct Problem<'a> {
    pub(super) config: &'a AllocateConfig,
    pub(super) target: &'a Construction,
    pub(super) limits: &'a Limits<'a>,
    costs: Weights,
}

impl Problem<'_> {
    pub(super) fn program<'l>(&self, limits: &'l Limits<'l>) -> Result<Program<'l>, NumericsError> {
        Program::new(self.target, limits, &self.costs, self.config.tracking_aversion)
    }

    fn at(&self, scales: Vec<f64>) -> Attainable {
        Attainable { weights: scaled(&self.target.packages, &scales), scales, ..Attainable::default() }
    }

    /// The solver's scales, with those at zero and one exactly there unless that breaks something.
    pub(super) fn solved(&self, solved: &Optimum, limits: &Limits<'_>) -> Attainable {
        // The solver meets the caps to its tolerance; the book meets them exactly.
        let fitted = |scales: Vec<f64>| {
            let fit = limits.fitting_scale(&scaled(&self.target.packages, &scales));
            self.at(scales.into_iter().map(|scale| scale * fit).collect())
        };
        let snapped = fitted(solved.scales.iter().map(|scale| snap(*scale)).collect());
        let book = match limits.breaches(&snapped.weights).is_empty() {
            true => snapped,
            false => fitted(solved.scales.clone()),
        };
        Attainable { binding: solved.binding.clone(), ..book }
    }

    pub(super) fn scaled_target(&self) -> Attainable {
        let whole = vec![1.0; self.target.packages.len()];
        let scale = self.limits.fitting_scale(&scaled(&self.target.packages, &whole));
        self.at(vec![scale; whole.len()])
    }

    pub(super) fn flat(&self) -> Attainable {
        self.at(vec![0.0; self.target.packages.len()])
    }

    pub(super) fn kept(&self) -> Attainable {
        Attainable { keep: true, ..self.flat() }
    }

    /// Gross of a book over that of the whole target; zero when nothing is wanted.
    pub(super) fn scale_of(&self, weights: &Weights) -> f64 {
        let gross = |weights: &Weights| weights.values().map(|weight| weight.abs()).sum::<f64>();
        let whole = gross(&scaled(&self.target.packages, &vec![1.0; self.target.packages.len()]));
        if whole > 0.0 { gross(weights) / whole } else { 0.0 }
    }

    fn attainable(&self) -> Result<Attainable, PortfolioError> {
        let program = match self.program(self.limits) {
            Ok(program) => program,
            Err(error) => return fallback::chain(self, None, &error),
        };
        if self.target.packages.is_empty() {
            let flat = self.flat();
            let breached: Vec<String> =
                self.limits.breaches(&flat.weights).iter().map(|used| used.constraint.to_string()).collect();
            return match breached.is_empty() {
                true => Ok(flat),
                false => fallback::chain(self, Some(&program), &NumericsError::Infeasible { constraints: breached }),
            };
        }
        match program.solve() {
            Ok(solved) => Ok(self.solved(&solved, self.limits)),
            Err(error) => fallback::chain(self, Some(&program), &error),
        }
    }

    /// Packages below their target; none where the held book is kept, which is no share of any package.
    fn adjustments(&self, attainable: &Attainable) -> Vec<Adjustment> {
        if attainable.keep {
            return Vec::new();
        }
        let reduced = self.target.packages.iter().zip(&attainable.scales).filter(|(_, scale)| **scale < 1.0);
        reduced
            .map(|(package, scale)| Adjustment {
                package: package.name.clone(),
                scale: *scale,
                binding: attainable
                    .binding
                    .iter()
                    .filter(|constraint| self.touches(package, constraint))
                    .map(Constraint::to_string)
                    .chain(attainable.fallback.as_ref().and_then(Fallback::unsolved))
                    .collect(),
            })
            .collect()
    }

    fn touches(&self, package: &TargetPackage, constraint: &Constraint) -> bool {
        let Some(limit) = self.limits.all.iter().find(|limit| limit.constraint == *constraint) else { return true };
        let mut legs = package.legs.iter().map(|leg| &leg.instrument);
        match &limit.form {
            Form::Absolute(members) => legs.any(|id| members.contains(id)),
            Form::Linear(coefficients) => legs.any(|id| coefficients.get(id).is_some_and(|unit| *unit != 0.0)),
            Form::Turnover | Form::Volatility => true,
        }
    }
}

/// A book to trade to, with its contracts.
struct Wanted<'a> {
    weights: Weights,
    lots: Lots,
    contracts: &'a BTreeMap<InstrumentId, Contract>,
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

    /// True when an exposure is bounded, so that sensitivities are needed.
    pub fn needs_sensitivities(&self) -> bool {
        !self.config.exposure.is_empty()
    }

    /// The book to hold, and the trades to it.
    ///
    /// The optimum is rounded to whole lots. The book is rebalanced when a position has no target any more or has turned
    /// sides, when the held book breaches a constraint, or when the drift between held and wanted weights exceeds the
    /// trigger, as an absolute weight or as tracking volatility over the book's volatility. Otherwise the held weights are
    /// kept.
    ///
    /// # Errors
    /// [`PortfolioError`] when NAV or a weight has no meaning, an instrument is unknown, a bounded exposure cannot be
    /// computed, or no step of the fallback chain leads to a book.
    pub fn allocate(&self, input: &AllocationInput<'_>) -> Result<Allocation, PortfolioError> {
        let (target, nav) = (input.target, input.nav);
        if !(nav.is_finite() && nav > 0.0) {
            let why = format!("{nav} is not positive");
            return Err(PortfolioError::InvalidInput { what: "NAV".to_owned(), why });
        }
        if let Some((id, weight)) = input.held.iter().find(|(_, weight)| !weight.is_finite()) {
            return Err(PortfolioError::InvalidInput { what: format!("held weight of {id}"), why: weight.to_string() });
        }
        let held = without_zeros(input.held.clone());
        let look_up = |id: InstrumentId| match (input.universe)(&id) {
            Some(found) => Ok((id, found)),
            None => Err(PortfolioError::UnknownInstrument { instrument: id.to_string() }),
        };
        let instruments: BTreeMap<InstrumentId, &'static Instrument> =
            AllocationInput::instruments(target, &held).into_iter().map(look_up).collect::<Result<_, _>>()?;
        let (model, sensitivities) = (&target.risk_model, input.sensitivities);
        let facts = Facts { instruments: &instruments, model, sensitivities, held: &held };
        let limits = Limits::new(&self.config, facts)?;
        let costs = instruments.iter().map(|(id, found)| (id.clone(), self.config.cost(found))).collect();
        let problem = Problem { config: &self.config, target, limits: &limits, costs };
        let attainable = problem.attainable()?;

        let (contracts, unquoted) = quotes::contracts(&instruments, input.quotes, nav)?;
        let in_force = in_force(&limits, attainable.relaxed.as_deref());
        let (lots, weights) = match attainable.keep {
            // Nothing is traded, so there is nothing to round.
            true => (Lots { mode: self.config.lots, ..Lots::default() }, held.clone()),
            false => lots::round(&attainable.weights, &in_force, &contracts, &unquoted, self.config.lots, nav)?,
        };
        let wanted = Wanted { weights, lots, contracts: &contracts };
        self.decide(input, &problem, &held, attainable, wanted)
    }

    /// Whether to trade to the wanted book, and everything the record says of it.
    fn decide(
        &self,
        input: &AllocationInput<'_>,
        problem: &Problem<'_>,
        held: &Weights,
        attainable: Attainable,
        wanted: Wanted<'_>,
    ) -> Result<Allocation, PortfolioError> {
        let (target, nav, limits) = (input.target, input.nav, problem.limits);
        let drift = largest_difference(held, &wanted.weights);
        let risk_drift = risk_drift(target, held, &wanted.weights);
        let mut reasons = self.reasons(limits, &attainable, &wanted.weights, drift, risk_drift);
        let keep = attainable.keep || reasons.is_empty();
        let weights = if keep { held.clone() } else { self.without_small_trades(limits, &wanted, nav) };
        let books = books::by_strategy(&target.packages, &attainable, &weights, input.held_by_strategy);
        let passage = Passage { held, weights: &weights, books: (input.held_by_strategy, &books), nav };
        let trades = trades::between(passage, &problem.costs, wanted.contracts, &wanted.lots)?;
        if attainable.keep {
            reasons = vec!["fallback: the held book is kept".to_owned()];
        } else if reasons.is_empty() {
            reasons.push(format!("drift within {:.1} %: the held book is kept", 100.0 * self.config.drift_trigger));
        } else if trades.is_empty() {
            reasons.push("no trade of at least the minimum is left: the held book is kept".to_owned());
        }
        let adjustments = problem.adjustments(&attainable);
        let of_released = |fallback: Fallback| Fallback {
            scale: problem.scale_of(&weights),
            unsatisfied: limits.breaches(&weights),
            ..fallback
        };
        let fallback = attainable.fallback.map(of_released);
        Ok(Allocation {
            by_strategy: books,
            constraints: limits.uses(&weights),
            attainable: attainable.weights,
            adjustments,
            rebalanced: !trades.is_empty(),
            cost: trades.iter().map(|trade| trade.cost).sum::<Decimal>(),
            turnover: trades.iter().map(|trade| trade.delta.abs()).sum(),
            trades,
            weights,
            reasons,
            drift,
            risk_drift,
            thresholds: Some(Thresholds {
                drift_trigger: self.config.drift_trigger,
                minimum_trade: self.config.minimum_trade / nav,
            }),
            lots: Some(wanted.lots),
            fallback,
        })
    }

    /// Why the book must be rebalanced; empty when it need not be.
    fn reasons(
        &self,
        limits: &Limits<'_>,
        attainable: &Attainable,
        wanted: &Weights,
        drift: f64,
        risk_drift: Option<f64>,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        let held = limits.held;
        for (id, weight) in held {
            let to = weight_of(wanted, id);
            if to == 0.0 && weight_of(&attainable.weights, id) != 0.0 {
                reasons.push(format!("the target of {id} is less than the lots that can be traded: closed"));
            } else if to == 0.0 {
                reasons.push(format!("{id} has no target: closed"));
            } else if to * weight < 0.0 {
                reasons.push(format!("{id} turns sides"));
            }
        }
        for used in limits.breaches(held) {
            if used.constraint != Constraint::Turnover {
                let (value, limit) = (used.value, used.limit);
                reasons.push(format!("the held book breaches {}: {value:.4} of {limit:.4}", used.constraint));
            }
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

    /// The wanted book with trades below the minimum, or of no whole lot, left out, unless a constraint needs them.
    fn without_small_trades(&self, limits: &Limits<'_>, wanted: &Wanted<'_>, nav: f64) -> Weights {
        let held = limits.held;
        let mut weights = wanted.weights.clone();
        for (id, to) in &wanted.weights {
            let from = weight_of(held, id);
            let small = (to - from).abs() * nav < self.config.minimum_trade;
            let no_lot = wanted.lots.released()
                && wanted.contracts.get(id).is_some_and(|contract| contract.nearest(*to) == contract.nearest(from));
            // A position is never kept on the wrong side, and a new one that small is not opened.
            if (small || no_lot) && from * to >= 0.0 {
                weights.insert(id.clone(), from);
            }
        }
        let weights = without_zeros(weights);
        if limits.breaches(&weights).is_empty() { weights } else { wanted.weights.clone() }
    }
}

/// The limits that a fallback left in force.
fn in_force<'a>(limits: &Limits<'a>, relaxed: Option<&[Relaxation]>) -> Limits<'a> {
    let mut limits = limits.clone();
    for limit in &mut limits.all {
        let name = limit.constraint.to_string();
        if let Some(given) = relaxed.and_then(|relaxed| relaxed.iter().find(|given| given.name == name)) {
            limit.relax(given.slack + fallback::ROOM);
        }
    }
    limits
}

fn scaled(packages: &[TargetPackage], scales: &[f64]) -> Weights {
    without_zeros(crate::construct::net_weights(packages.iter().zip(scales.iter().copied())))
}

fn largest_difference(from: &Weights, to: &Weights) -> f64 {
    differences(from, to).values().fold(0.0, |largest, delta| largest.max(delta.abs()))
}

/// Tracking volatility over the volatility of the wanted book; none when an instrument is outside the risk model or the
/// wanted book has no risk.
fn risk_drift(target: &Construction, held: &Weights, wanted: &Weights) -> Option<f64> {
    let model = &target.risk_model;
    if held.keys().any(|id| !model.instruments.contains(id)) {
        return None;
    }
    let volatility = model.volatility_of_exposures(wanted);
    let tracking = model.volatility_of_exposures(&differences(held, wanted));
    (volatility > 0.0).then(|| tracking / volatility)
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
