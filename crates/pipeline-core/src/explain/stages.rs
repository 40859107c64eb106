//! The stages through which a weight came about, each with its additive change.
//!
//! The first stage's figure and the changes of all later ones sum to the weight. Up to the regime scale the figures are
//! relative (who gets how much of one unit); from the volatility target on they are exposure over NAV. `lots` exists only when
//! rounding to whole lots changed the weight, the two last stages only when the held weight was kept.

use agents::RegimeLabel;
use chrono::NaiveDate;
use market::instruments::{AssetClass, InstrumentId};
use portfolio::{Allocation, ConstructMethod, Construction, Fallback, LotPosition, Sizing, Stage, TargetPackage};
use serde::Serialize;

use super::tree::HeldWeight;
use crate::day::DayOutcome;

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageNode {
    /// Name, as the record keeps it; `constraints`, `lots`, `held_book` and `drift` follow the
    /// constructor's.
    pub stage: String,
    /// Weight after it.
    pub after: f64,
    /// What it added, signed; of the first stage, its figure.
    pub change: f64,
    /// True up to the regime scale: the figures are relative, not exposure over NAV.
    pub relative: bool,
    /// What it did, with its figures.
    pub cause: StageCause,
    /// Parts of the change by package; empty in records that kept no packages by stage.
    pub packages: Vec<PackageChange>,
    /// Part of the change from packages that did not reach the target: dropped, or scaled to zero.
    pub others: f64,
}

/// What a stage did to one package.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackageChange {
    /// Package.
    pub package: String,
    /// Part of the stage's change, signed.
    pub change: f64,
    /// Units after over units before; `None` for the first stage.
    pub factor: Option<f64>,
}

/// Why a stage changed the weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StageCause {
    /// Positions netted: conviction (size times confidence) of each package.
    Conviction,
    /// Share of each package in the convictions of all that have enough history.
    RiskBudget,
    /// Weights whose risk contributions are equal.
    EqualRisk {
        /// Common dates behind the covariance.
        observations: usize,
        /// First of them.
        from: Option<NaiveDate>,
        /// Last of them.
        through: Option<NaiveDate>,
        /// Shrinkage of the covariance, in [0, 1].
        shrinkage: f64,
    },
    /// Weights by another configured method, at equal conviction.
    Method {
        /// Which.
        method: ConstructMethod,
        /// Common dates behind the covariance.
        observations: usize,
    },
    /// The same method, tilted to conviction.
    ConvictionTilt,
    /// Packages whose side the consensus opposes.
    Conflict {
        /// Asset classes whose consensus opposes a package with this instrument; empty when none does.
        opposed_by: Vec<AssetClass>,
    },
    /// The scale of the market regime.
    Regime {
        /// Regime; `None` when it is not known.
        label: Option<RegimeLabel>,
        /// Scale in force.
        scale: f64,
        /// Scale it moves to.
        level: f64,
    },
    /// The factor to the volatility target.
    VolatilityTarget {
        /// What it was taken from; `None` in records that did not keep it.
        sizing: Option<Sizing>,
    },
    /// The drawdown breaker.
    Breaker {
        /// Its scale, in [0, 1].
        scale: f64,
    },
    /// The veto of an extreme regime on the asset class.
    Veto,
    /// The allocator's constraints and costs.
    Constraints {
        /// Names of the binding constraints that touch a package with this instrument.
        binding: Vec<String>,
        /// The declared fallback, when the constraints collided.
        fallback: Option<Fallback>,
    },
    /// Rounding to whole lots.
    Lots {
        /// The contracts.
        position: LotPosition,
    },
    /// The book of the run before was kept instead of the attainable one.
    HeldBook {
        /// Date of that run.
        since: Option<NaiveDate>,
        /// Why, as the allocator said.
        reasons: Vec<String>,
    },
    /// The market moved the kept weight, and the NAV under it.
    Drift {
        /// Excess return of the instrument since; `None` when it has none yet.
        growth: Option<f64>,
        /// Return of the NAV since.
        nav_return: f64,
    },
    /// A stage that this version of the program does not know.
    Unknown,
}

/// What the portfolio step decided.
#[derive(Clone, Copy)]
pub(super) struct Decided<'a> {
    pub(super) outcome: &'a DayOutcome,
    pub(super) construction: &'a Construction,
    pub(super) allocation: &'a Allocation,
}

impl Decided<'_> {
    /// Share of its target that a package got.
    pub(super) fn scale(&self, package: &str) -> f64 {
        self.allocation.share_of(package).0
    }

    pub(super) fn attainable(&self, id: &InstrumentId) -> f64 {
        self.allocation.attainable.get(id).copied().unwrap_or(0.0)
    }

    /// Weight after rounding to whole lots.
    pub(super) fn rounded(&self, id: &InstrumentId) -> f64 {
        let attainable = self.attainable(id);
        self.allocation.lots.as_ref().map_or(attainable, |lots| lots.weight(id, attainable))
    }

    /// Binding constraints that touch a package with the instrument, each once.
    pub(super) fn binding(&self, id: &InstrumentId) -> Vec<String> {
        let mut names: Vec<String> = packages_with(self.construction, id)
            .flat_map(|(package, _)| self.allocation.share_of(&package.name).1)
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Packages of the target that hold the instrument, with the leg's ratio.
pub(super) fn packages_with<'a>(
    construction: &'a Construction,
    id: &'a InstrumentId,
) -> impl Iterator<Item = (&'a TargetPackage, f64)> {
    construction.packages.iter().filter_map(move |package| {
        let leg = package.legs.iter().find(|leg| leg.instrument == *id)?;
        Some((package, leg.ratio))
    })
}

/// Every stage of the instrument, in order.
pub(super) fn chain(decided: Decided<'_>, id: &InstrumentId, held: Option<&HeldWeight>, weight: f64) -> Vec<StageNode> {
    let construction = decided.construction;
    let mut nodes = Vec::new();
    let mut before: Option<&Stage> = None;
    for stage in &construction.stages {
        nodes.push(constructed(decided, id, before, stage));
        before = Some(stage);
    }
    if !construction.packages.is_empty() {
        nodes.push(constrained(decided, id));
    }
    let attainable = decided.attainable(id);
    let rounded = decided.rounded(id);
    let position = decided.allocation.lots.as_ref().and_then(|lots| lots.position(id));
    if let Some(position) = position.filter(|_| rounded != attainable) {
        nodes.push(whole("lots", rounded, rounded - attainable, StageCause::Lots { position: position.clone() }));
    }
    if weight != rounded {
        let kept = held.map_or(0.0, |held| held.before);
        let reasons = decided.allocation.reasons.clone();
        let cause = StageCause::HeldBook { since: held.and_then(|held| held.since), reasons };
        nodes.push(whole("held_book", kept, kept - rounded, cause));
        if let Some(held) = held {
            let cause = StageCause::Drift { growth: held.growth, nav_return: held.nav_return };
            nodes.push(whole("drift", held.drifted, held.drift, cause));
        }
    }
    nodes
}

fn whole(stage: &str, after: f64, change: f64, cause: StageCause) -> StageNode {
    let stage = stage.to_owned();
    StageNode { stage, after, change, relative: false, cause, packages: Vec::new(), others: 0.0 }
}

fn constructed(decided: Decided<'_>, id: &InstrumentId, before: Option<&Stage>, stage: &Stage) -> StageNode {
    let weight = |stage: &Stage| stage.weights.get(id).copied().unwrap_or(0.0);
    let after = weight(stage);
    let change = after - before.map_or(0.0, weight);
    let mut packages = Vec::new();
    for (package, ratio) in packages_with(decided.construction, id) {
        let Some(units) = stage.packages.get(&package.name) else { continue };
        let former = before.and_then(|before| before.packages.get(&package.name)).copied();
        packages.push(PackageChange {
            package: package.name.clone(),
            change: (units - former.unwrap_or(0.0)) * ratio,
            factor: former.filter(|former| *former != 0.0).map(|former| units / former),
        });
    }
    let explained: f64 = packages.iter().map(|part| part.change).sum();
    let relative = !matches!(stage.name.as_str(), "volatility_target" | "breaker_scale" | "veto");
    let cause = cause(decided, id, &stage.name);
    let others = if stage.packages.is_empty() { 0.0 } else { rounded(change - explained) };
    StageNode { stage: stage.name.clone(), after, change, relative, cause, packages, others }
}

/// The rounding of a sum of weights is not a part.
fn rounded(rest: f64) -> f64 {
    if rest.abs() <= super::Unexplained::TOLERANCE { 0.0 } else { rest }
}

fn cause(decided: Decided<'_>, id: &InstrumentId, stage: &str) -> StageCause {
    let Decided { outcome, construction, .. } = decided;
    match stage {
        "net_positions" => StageCause::Conviction,
        "risk_budgets" => StageCause::RiskBudget,
        "equal_risk" => {
            let model = &construction.risk_model;
            StageCause::EqualRisk {
                observations: model.observations,
                from: model.from,
                through: model.through,
                shrinkage: model.shrinkage,
            }
        }
        "conviction_tilt" => StageCause::ConvictionTilt,
        "conflict_dampening" => {
            let opposed =
                packages_with(construction, id).filter_map(|(package, _)| construction.opposed.get(&package.name));
            let mut opposed_by: Vec<AssetClass> = opposed.copied().collect();
            opposed_by.sort();
            opposed_by.dedup();
            StageCause::Conflict { opposed_by }
        }
        "regime_scale" => StageCause::Regime {
            label: outcome.regime.map(|regime| regime.label),
            scale: construction.regime_scale,
            level: construction.next_regime_state.level,
        },
        "volatility_target" => StageCause::VolatilityTarget { sizing: construction.sizing },
        "breaker_scale" => StageCause::Breaker { scale: construction.breaker_scale },
        "veto" => StageCause::Veto,
        name => match construction.method.as_ref().map(|method| method.used) {
            Some(method) if method.stage() == name => {
                StageCause::Method { method, observations: construction.risk_model.observations }
            }
            _ => StageCause::Unknown,
        },
    }
}

fn constrained(decided: Decided<'_>, id: &InstrumentId) -> StageNode {
    let packages: Vec<PackageChange> = packages_with(decided.construction, id)
        .map(|(package, ratio)| {
            let scale = decided.scale(&package.name);
            let change = (scale - 1.0) * package.weight * ratio;
            PackageChange { package: package.name.clone(), change, factor: Some(scale) }
        })
        .collect();
    let change = packages.iter().map(|part| part.change).sum();
    let cause = StageCause::Constraints { binding: decided.binding(id), fallback: decided.allocation.fallback.clone() };
    StageNode { packages, ..whole("constraints", decided.attainable(id), change, cause) }
}
