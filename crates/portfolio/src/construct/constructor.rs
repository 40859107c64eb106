//! The stages in order.

use std::collections::BTreeMap;

use agents::Regime;
use chrono::NaiveDate;
use market::instruments::{AssetClass, InstrumentId, ReturnSeries};
use serde::{Deserialize, Serialize};
use strategies::StrategyPosition;

use super::methods::{self, ExpectedReturn, FailedMethod};
use super::package::{DroppedPackage, TargetPackage, net, net_weights};
use super::{ConstructConfig, ConstructMethod, RegimeScaleState, RiskModel, risk_model, stages};
use crate::weights::without_zeros;
use crate::{Consensus, PortfolioError, Weights};

/// What a target is built from.
#[derive(Debug, Clone, Copy)]
pub struct ConstructionInput<'a> {
    /// Run date.
    pub date: NaiveDate,
    /// Positions of all strategies, in any order.
    pub positions: &'a [StrategyPosition],
    /// Excess returns of a long position, for every instrument that has them.
    pub returns: &'a BTreeMap<InstrumentId, ReturnSeries>,
    /// Consensus by asset class.
    pub consensus: &'a [Consensus],
    /// Regime by the cross-asset agent, when it has a view.
    pub regime: Option<Regime>,
    /// Regime scale left by the previous run.
    pub regime_state: RegimeScaleState,
    /// Sessions since the previous run; ignored on the first.
    pub sessions_elapsed: u32,
    /// Scale of the drawdown breaker, in [0, 1].
    pub breaker_scale: f64,
}

/// Weights after one stage, by instrument. Up to `conviction_tilt` they are relative (they say who gets how much of one
/// unit); from `volatility_target` on they are exposure over NAV.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Name of the stage.
    pub name: String,
    /// Weights after it; instruments at zero are absent.
    pub weights: Weights,
    /// Units of each package after it, in the same terms: a package's part of an instrument's weight is its units times the
    /// leg's ratio. Empty in records of before it was kept.
    #[serde(default)]
    pub packages: BTreeMap<String, f64>,
}

/// What the factor of the volatility target was taken from: target times utilisation over volatility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sizing {
    /// Annualised volatility of the book at full conviction (decimal).
    pub volatility_target: f64,
    /// Share of the target that the packages' convictions claim, in [0, 1].
    pub utilisation: f64,
    /// Annualised volatility of the relative weights before dampening and regime (decimal).
    pub volatility: f64,
}

impl Sizing {
    /// Factor on the relative weights.
    pub fn factor(&self) -> f64 {
        self.volatility_target * self.utilisation / self.volatility
    }
}

/// How the relative weights were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodUse {
    /// The method that solved.
    pub used: ConstructMethod,
    /// Those of the configured chain that were tried before it and could not: when there is one, the run is degraded.
    pub failed: Vec<FailedMethod>,
    /// What a package was taken to earn, for methods that need to know.
    pub expected: BTreeMap<String, ExpectedReturn>,
}

impl MethodUse {
    /// What a reader must know when the configured method was not the one used.
    pub fn finding(&self) -> Option<String> {
        let failed: Vec<String> = self.failed.iter().map(ToString::to_string).collect();
        (!failed.is_empty()).then(|| format!("the target is built by {}: {}", self.used, failed.join("; ")))
    }
}

/// A target and how it came about. The default is an empty target: no positions, flat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Construction {
    /// Every stage in order.
    pub stages: Vec<Stage>,
    /// Packages with their target weights, in the order of their names; packages of weight zero are absent.
    pub packages: Vec<TargetPackage>,
    /// Target weights by instrument; instruments at zero are absent.
    pub weights: Weights,
    /// Packages without a weight, and why.
    pub dropped: Vec<DroppedPackage>,
    /// Covariances the target rests on.
    pub risk_model: RiskModel,
    /// Annualised volatility of the target.
    pub volatility: f64,
    /// Scale of the regime in force.
    pub regime_scale: f64,
    /// Scale of the drawdown breaker that was applied.
    pub breaker_scale: f64,
    /// How the relative weights were found; `None` for an empty target and in records of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodUse>,
    /// How the book was scaled to the volatility target; `None` for an empty target and in records of before it was kept.
    #[serde(default)]
    pub sizing: Option<Sizing>,
    /// Packages that were dampened, with the asset class whose consensus opposes them.
    #[serde(default)]
    pub opposed: BTreeMap<String, AssetClass>,
    /// State of the regime scale for the next run.
    pub next_regime_state: RegimeScaleState,
    /// Things a reader should know: conflicts, an unknown regime.
    pub notes: Vec<String>,
}

/// Builds targets.
#[derive(Debug, Clone)]
pub struct PortfolioConstructor {
    config: ConstructConfig,
}

impl PortfolioConstructor {
    /// A constructor with these parameters.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] for a parameter without meaning.
    pub fn new(config: ConstructConfig) -> Result<Self, PortfolioError> {
        config.check()?;
        Ok(Self { config })
    }

    /// Target weights for the positions.
    ///
    /// No positions, or none with enough history, is an empty target. The order of the positions changes nothing.
    ///
    /// # Errors
    /// [`PortfolioError`] when a position or the breaker scale has no meaning, an instrument is unknown, or a computation
    /// gives up; [`PortfolioError::NoMethod`] when no method of the configured chain can solve.
    pub fn construct(&self, input: &ConstructionInput<'_>) -> Result<Construction, PortfolioError> {
        if !(0.0..=1.0).contains(&input.breaker_scale) {
            return Err(PortfolioError::InvalidInput {
                what: "breaker scale".to_owned(),
                why: format!("{} is outside [0, 1]", input.breaker_scale),
            });
        }
        let config = &self.config;
        let next_regime_state = input.regime_state.advance(&config.regime, input.regime, input.sessions_elapsed);
        let regime_scale = next_regime_state.current.unwrap_or(config.regime.unknown);
        let mut notes = Vec::new();
        if input.regime.is_none() {
            notes.push(format!("the regime is not known: the scale moves to {}", config.regime.unknown));
        }

        let (netted, mut dropped) = net(input.positions)?;
        let first = stage("net_positions", &netted, &convictions(&netted));
        let (packages, model, without_history) = risk_model::build(netted, input.returns, input.date, config)?;
        dropped.extend(without_history);
        let mut construction = Construction {
            stages: vec![first],
            dropped,
            risk_model: model,
            regime_scale,
            breaker_scale: input.breaker_scale,
            next_regime_state,
            ..Construction::default()
        };
        if !packages.is_empty() {
            self.size(input, packages, &mut construction, &mut notes)?;
        }
        construction.notes = notes;
        Ok(construction)
    }

    fn size(
        &self,
        input: &ConstructionInput<'_>,
        mut packages: Vec<TargetPackage>,
        construction: &mut Construction,
        notes: &mut Vec<String>,
    ) -> Result<(), PortfolioError> {
        let config = &self.config;
        let model = &construction.risk_model;
        let kept = &mut construction.stages;

        let budgets = stages::conviction_budgets(&packages);
        kept.push(stage("risk_budgets", &packages, &budgets));

        let solved = methods::solve(&model.covariance(), &convictions(&packages), config)?;
        kept.push(stage(solved.method.stage(), &packages, &solved.neutral.weights));

        let tilted = solved.tilted.weights;
        kept.push(stage("conviction_tilt", &packages, &tilted));
        let names = packages.iter().map(|package| package.name.clone());
        let expected = names.zip(solved.tilted.expected).collect();
        let used = MethodUse { used: solved.method, failed: solved.failed, expected };
        notes.extend(used.finding());
        construction.method = Some(used);

        let mut weights = tilted.clone();
        for (package, weight) in packages.iter().zip(&mut weights) {
            if let Some(class) = stages::opposition(package, input.consensus)? {
                *weight *= config.conflict_dampening;
                construction.opposed.insert(package.name.clone(), class);
                notes.push(format!("{}: the consensus on {class:?} opposes it", package.name));
            }
        }
        kept.push(stage("conflict_dampening", &packages, &weights));

        weights.iter_mut().for_each(|weight| *weight *= construction.regime_scale);
        kept.push(stage("regime_scale", &packages, &weights));

        let volatility = model.volatility(&tilted);
        if !(volatility.is_finite() && volatility > 0.0) {
            return Err(PortfolioError::InvalidInput {
                what: "volatility of the packages".to_owned(),
                why: format!("{volatility} cannot be scaled to the target"),
            });
        }
        let utilisation = stages::utilisation(&packages, config);
        let sizing = Sizing { volatility_target: config.volatility_target, utilisation, volatility };
        construction.sizing = Some(sizing);
        weights.iter_mut().for_each(|weight| *weight *= sizing.factor());
        kept.push(stage("volatility_target", &packages, &weights));

        weights.iter_mut().for_each(|weight| *weight *= input.breaker_scale);
        kept.push(stage("breaker_scale", &packages, &weights));

        for (package, weight) in packages.iter().zip(&mut weights) {
            *weight *= stages::veto_scale(package, input.consensus)?;
        }
        kept.push(stage("veto", &packages, &weights));

        construction.volatility = model.volatility(&weights);
        for (package, weight) in packages.iter_mut().zip(&weights) {
            package.weight = *weight;
        }
        packages.retain(|package| package.weight > 0.0);
        construction.weights = without_zeros(net_weights(packages.iter().map(|package| (package, 1.0))));
        construction.packages = packages;
        Ok(())
    }
}

fn convictions(packages: &[TargetPackage]) -> Vec<f64> {
    packages.iter().map(|package| package.conviction).collect()
}

/// A stage with the packages at these weights.
fn stage(name: &str, packages: &[TargetPackage], weights: &[f64]) -> Stage {
    let mut by_instrument = Weights::new();
    for (package, weight) in packages.iter().zip(weights) {
        for leg in &package.legs {
            *by_instrument.entry(leg.instrument.clone()).or_default() += weight * leg.ratio;
        }
    }
    let units = packages.iter().zip(weights).map(|(package, weight)| (package.name.clone(), *weight)).collect();
    Stage { name: name.to_owned(), weights: without_zeros(by_instrument), packages: units }
}
