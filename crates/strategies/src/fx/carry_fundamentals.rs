//! FX_BR_01: carry-to-risk, fundamentals and flow of USD/BRL.
//!
//! ```text
//! view(part) = implication for the price of USD/BRL times score        of the fx agent's signal, in [-1, 1]
//! blend      = sum of weight * view / sum of weight                    over the parts that spoke
//! damping    = 1 - damping * max(0, -regime score)                     cross-asset regime, risk-off only
//! signal     = damping * blend                                         positive: long USDBRL, negative: short USDBRL
//! ```
//!
//! Weights: carry-to-risk 40 %, misalignment 35 %, flow 25 %. An attractive real argues for a lower USD/BRL: a negative
//! signal, short USDBRL. Worked: views -0.8, -0.2 and no flow give (0.40 * -0.8 + 0.35 * -0.2) / 0.75 = -0.52; with a
//! regime of -0.6 and a damping of 0.5 the signal is -0.364.
//!
//! Missing data: it abstains without the carry signal, without the regime, and without enough returns of USDBRL.
//! Coverage is the weight that spoke, each part by its own confidence. A part without a signal leaves its weight to the
//! others: it is reported as missing when its model lacked data, as a note when the model does not hold now.

use agents::{AgentId, AgentReport, AgentSignal, Evidence};
use market::AsOf;
use market::curves::CurveBook;
use market::instruments::{AssetClass, InstrumentId};
use serde::{Deserialize, Serialize};

use crate::lifecycle::{self, Proposal, Today};
use crate::rates::carry_roll::business_days;
use crate::sample::{ReturnWindow, annualised_volatility, recent_returns, sessions_back};
use crate::{Caveats, Leg, LifecycleRules, Strategy, StrategyError, StrategyId, StrategyReport, StrategyState};

const INSTRUMENT: &str = "USDBRL";

/// Parameters of FX_BR_01.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarryFundamentalsParameters {
    /// Life of a package; thresholds on the damped blend in [-1, 1].
    pub rules: LifecycleRules,
    /// Weight of carry-to-risk.
    pub carry_weight: f64,
    /// Weight of fundamentals (misalignment).
    pub fundamentals_weight: f64,
    /// Weight of flow.
    pub flow_weight: f64,
    /// Share of the blend removed at a regime of -1.
    pub risk_off_damping: f64,
    /// Sessions of returns behind the volatility.
    pub volatility_window: u32,
    /// Fewest returns accepted.
    pub minimum_returns: usize,
    /// Oldest acceptable last return, in sessions.
    pub max_age_sessions: u32,
}

impl Default for CarryFundamentalsParameters {
    fn default() -> Self {
        Self {
            rules: LifecycleRules { entry: 0.20, exit: 0.08, ..LifecycleRules::default() },
            carry_weight: 0.40,
            fundamentals_weight: 0.35,
            flow_weight: 0.25,
            risk_off_damping: 0.5,
            volatility_window: 252,
            minimum_returns: 60,
            max_age_sessions: 5,
        }
    }
}

/// One part of the blend that spoke.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Declared weight.
    pub weight: f64,
    /// View on the price of USD/BRL in [-1, 1].
    pub view: f64,
    /// Confidence of the signal.
    pub confidence: f64,
}

/// Weighted mean of the views over the parts that spoke; `None` when no weight spoke.
pub fn blend(parts: &[Part]) -> Option<f64> {
    let weight: f64 = parts.iter().map(|part| part.weight).sum();
    let weighed: f64 = parts.iter().map(|part| part.weight * part.view).sum();
    (weight > 0.0).then_some(weighed / weight)
}

/// Factor on the blend: one unless the regime is risk-off (negative).
pub fn damping_factor(risk_off_damping: f64, regime_score: f64) -> f64 {
    1.0 - risk_off_damping * (-regime_score).clamp(0.0, 1.0)
}

/// FX_BR_01.
#[derive(Debug, Clone)]
pub struct CarryFundamentals {
    parameters: CarryFundamentalsParameters,
}

impl CarryFundamentals {
    /// Id in reports and configuration.
    pub const ID: &'static str = "FX_BR_01";

    /// The strategy with these parameters.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a parameter without meaning.
    pub fn new(parameters: CarryFundamentalsParameters) -> Result<Self, StrategyError> {
        let id = StrategyId::new(Self::ID);
        parameters.rules.check(&id)?;
        let refuse = |parameter, value: f64, why| {
            Err(StrategyError::Parameter { strategy: id.clone(), parameter, value: value.to_string(), why })
        };
        if !(parameters.carry_weight.is_finite() && parameters.carry_weight > 0.0) {
            return refuse("carry_weight", parameters.carry_weight, "must be positive");
        }
        for (name, weight) in
            [("fundamentals_weight", parameters.fundamentals_weight), ("flow_weight", parameters.flow_weight)]
        {
            if !(weight.is_finite() && weight >= 0.0) {
                return refuse(name, weight, "must be zero or positive");
            }
        }
        if !(0.0..=1.0).contains(&parameters.risk_off_damping) {
            return refuse("risk_off_damping", parameters.risk_off_damping, "must lie between zero and one");
        }
        if parameters.minimum_returns < 2 {
            return refuse("minimum_returns", parameters.minimum_returns as f64, "must be at least two");
        }
        Ok(Self { parameters })
    }

    fn proposal(&self, view: &AsOf<'_>, agents: &[AgentReport], caveats: &mut Caveats) -> Result<Proposal, String> {
        let p = &self.parameters;
        let fx = agents.iter().find(|report| report.agent == AgentId::Fx).ok_or("the fx agent has no report")?;
        let regime = agents.iter().find(|report| report.agent == AgentId::CrossAsset);
        let regime = regime.and_then(|report| report.regime.as_ref()).ok_or("the cross-asset agent has no regime")?;

        let declared = [
            ("carry-to-risk", CARRY, p.carry_weight),
            ("fundamentals", FUNDAMENTALS, p.fundamentals_weight),
            ("flow", FLOW, p.flow_weight),
        ];
        let mut parts = Vec::new();
        let mut evidence = Vec::new();
        for (name, model, weight) in declared {
            let Some((signal, view)) = usd_brl_view(fx, model) else {
                if model == CARRY {
                    return Err("the fx agent has no carry-to-risk signal".to_owned());
                }
                let abstention = fx.abstained.iter().find(|abstention| is_of(model, &abstention.model));
                let why = abstention.map_or_else(String::new, |abstention| format!(" ({})", abstention.reason));
                let text = format!("{name}: the fx agent has no signal{why}; its weight goes to the parts that spoke");
                if weight > 0.0 && abstention.is_some_and(|abstention| abstention.missing_data) {
                    caveats.missing.push(text);
                } else {
                    caveats.notes.push(text);
                }
                continue;
            };
            parts.push(Part { weight, view, confidence: signal.confidence });
            let source = signal.evidence.first();
            evidence.push(Evidence {
                name: format!("{name} view on USD/BRL ({})", signal.id),
                value: view,
                unit: "score".to_owned(),
                series: source.and_then(|item| item.series.clone()),
                period: source.and_then(|item| item.period),
                derived: true,
            });
        }
        let blended = blend(&parts).ok_or("no part of the blend has weight")?;
        let damping = damping_factor(p.risk_off_damping, regime.score);
        let signal = damping * blended;

        let window =
            ReturnWindow { sessions: p.volatility_window, minimum: p.minimum_returns, max_age: p.max_age_sessions };
        let book = CurveBook::new(view, sessions_back(view, p.volatility_window));
        let returns = recent_returns(&book, &InstrumentId::new(INSTRUMENT), window)?;
        let volatility = annualised_volatility(&returns.returns).ok_or("the returns of USDBRL do not vary")?;
        let declared_weight = p.carry_weight + p.fundamentals_weight + p.flow_weight;
        let coverage = parts.iter().map(|part| part.weight * part.confidence).sum::<f64>() / declared_weight;
        let item = |name: &str, value, unit: &str| Evidence {
            period: returns.last_date(),
            ..Evidence::computed(name, value, unit)
        };
        evidence.extend([
            item("blend of the parts that spoke", blended, "score"),
            item("cross-asset regime", regime.score, "score"),
            item("risk-off damping", damping, "factor"),
            item("volatility of USDBRL", volatility, "per year"),
            item("signal", signal, "score"),
        ]);
        Ok(Proposal {
            package: INSTRUMENT.to_owned(),
            long_legs: vec![Leg::new(INSTRUMENT, 1.0)],
            leg_returns: vec![returns],
            signal,
            volatility,
            coverage,
            evidence,
        })
    }
}

/// Models of the fx agent that speak for each part. A variant of a model has the model's id with a suffix.
const CARRY: &str = "fx.carry_to_risk";
const FUNDAMENTALS: &str = "fx.beer";
const FLOW: &str = "fx.flow";

/// True for the model's own id and for those of its variants.
fn is_of(model: &str, id: &str) -> bool {
    id.strip_prefix(model).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The first signal of a model that says something about the price of USD/BRL, and what it says in [-1, 1].
fn usd_brl_view<'r>(fx: &'r AgentReport, model: &str) -> Option<(&'r AgentSignal, f64)> {
    fx.signals.iter().filter(|signal| is_of(model, &signal.id)).find_map(|signal| {
        let loading = signal.implications.get(&AssetClass::Fx)?;
        let view = loading * signal.score;
        view.is_finite().then_some((signal, view))
    })
}

impl Strategy for CarryFundamentals {
    fn id(&self) -> StrategyId {
        StrategyId::new(Self::ID)
    }

    fn summary(&self) -> &'static str {
        "carry-to-risk 40 %, misalignment 35 %, flow 25 %; damped in risk-off"
    }

    fn instruments(&self) -> Vec<InstrumentId> {
        vec![InstrumentId::new(INSTRUMENT)]
    }

    fn evaluate(
        &self,
        view: &AsOf<'_>,
        agents: &[AgentReport],
        state: &StrategyState,
    ) -> Result<StrategyReport, StrategyError> {
        let mut caveats = Caveats::default();
        let proposal = match self.proposal(view, agents, &mut caveats) {
            Ok(proposal) => proposal,
            Err(reason) => return Ok(lifecycle::abstain(&self.id(), reason, state, caveats)),
        };
        let age = |since| business_days(view, since);
        let today = Today { date: view.date(), age: &age, signal_unit: "score" };
        Ok(lifecycle::decide(&self.id(), &self.parameters.rules, &today, &[proposal], state, caveats))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(weight: f64, view: f64) -> Part {
        Part { weight, view, confidence: 1.0 }
    }

    #[test]
    fn weights_are_shared_by_the_parts_that_spoke() {
        let blended = blend(&[part(0.40, -0.8), part(0.35, -0.2)]).unwrap();
        assert!((blended + 0.52).abs() < 1e-12);
        assert_eq!(blend(&[]), None);
    }

    #[test]
    fn risk_off_damps_and_risk_on_does_not_amplify() {
        assert!((damping_factor(0.5, -0.6) - 0.7).abs() < 1e-15);
        assert_eq!(damping_factor(0.5, 0.9), 1.0);
        assert_eq!(damping_factor(0.5, 0.0), 1.0);
    }
}
