//! What each step decided: what its digest is taken of, and what a replay compares field by field. There is one
//! definition for both, so that no field can be in the digest and out of the comparison, or the other way round.

use agents::Regime;
use portfolio::{Allocation, Consensus, Construction, Weights};
use quality::QualityReport;
use risk::RiskReport;
use serde::Serialize;
use serde_json::Value;

use crate::day::{AgentEntry, DayOutcome, StrategyEntry};
use crate::digest::{DigestError, comparable};
use crate::mark::Marking;
use crate::record::{RunStatus, StepName};
use crate::state::DeskState;

/// The output of one step, borrowed from an outcome.
///
/// Serialises as the value of its only field, or as the list of its fields in order. Texts for people (the lines of the
/// steps) are outside it, and so is what is told elsewhere: the read log is covered by the data digest, weights by
/// strategy by the next state.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum StepOutput<'a> {
    /// Quality.
    Quality(&'a QualityReport),
    /// Agents, regime.
    Agents(&'a [AgentEntry], &'a Option<Regime>),
    /// Consensus.
    Aggregate(&'a [Consensus]),
    /// Strategies.
    Strategies(&'a [StrategyEntry]),
    /// Marking with the attribution of its profit, construction, allocation, weights.
    Portfolio(&'a Marking, &'a Option<Construction>, &'a Option<Allocation>, &'a Weights),
    /// Risk, status, degradations, alerts, next state.
    Risk(&'a Option<RiskReport>, &'a RunStatus, &'a [String], &'a [String], &'a DeskState),
}

impl<'a> StepOutput<'a> {
    /// What a step decided. `None` for the ingest step, whose digest is that of the data read at the cut, and for the
    /// report step, which decides nothing.
    pub fn of(outcome: &'a DayOutcome, step: StepName) -> Option<Self> {
        Some(match step {
            StepName::Ingest | StepName::Report => return None,
            StepName::Quality => Self::Quality(&outcome.quality),
            StepName::Agents => Self::Agents(&outcome.agents, &outcome.regime),
            StepName::Aggregate => Self::Aggregate(&outcome.consensus),
            StepName::Strategies => Self::Strategies(&outcome.strategies),
            StepName::Portfolio => {
                Self::Portfolio(&outcome.marking, &outcome.construction, &outcome.allocation, &outcome.weights)
            }
            StepName::Risk => {
                Self::Risk(&outcome.risk, &outcome.status, &outcome.degradations, &outcome.alerts, &outcome.next_state)
            }
        })
    }

    /// Names of its fields in the outcome, in order.
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::Quality(..) => &["quality"],
            Self::Agents(..) => &["agents", "regime"],
            Self::Aggregate(..) => &["consensus"],
            Self::Strategies(..) => &["strategies"],
            Self::Portfolio(..) => &["marking", "construction", "allocation", "weights"],
            Self::Risk(..) => &["risk", "status", "degradations", "alerts", "next_state"],
        }
    }

    /// Its fields as JSON, by name, in order.
    ///
    /// # Errors
    /// When a value has no JSON form.
    pub fn json(&self) -> Result<Vec<(&'static str, Value)>, DigestError> {
        let fields = self.fields();
        let value = comparable(fields[0], self)?;
        Ok(match value {
            Value::Array(values) if fields.len() > 1 => fields.iter().copied().zip(values).collect(),
            value => fields.iter().copied().zip([value]).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Attribution;
    use crate::digest::canonical;

    #[test]
    fn every_field_of_an_output_has_its_name_in_the_outcome() {
        let outcome = DayOutcome::failed(&DeskState::empty(), "the sky fell".to_owned());
        let whole = serde_json::to_value(&outcome).unwrap();
        for step in StepName::ALL {
            let Some(output) = StepOutput::of(&outcome, step) else { continue };
            let fields = output.json().unwrap();
            assert_eq!(fields.len(), output.fields().len(), "{step:?}");
            for (name, value) in fields {
                assert_eq!(whole.get(name), Some(&value), "{step:?}: {name}");
            }
        }
    }

    #[test]
    fn an_output_of_several_fields_is_a_list() {
        let outcome = DayOutcome::failed(&DeskState::empty(), "the sky fell".to_owned());
        let agents = StepOutput::of(&outcome, StepName::Agents).unwrap();
        assert_eq!(canonical("agents", &agents).unwrap(), "[[],null]");
        let quality = StepOutput::of(&outcome, StepName::Quality).unwrap();
        assert_eq!(canonical("quality", &quality).unwrap(), canonical("quality", &outcome.quality).unwrap());
    }

    #[test]
    fn how_the_profit_comes_apart_is_in_the_digest_of_the_portfolio_step() {
        let mut outcome = DayOutcome::failed(&DeskState::empty(), String::new());
        let digested = |outcome: &DayOutcome| {
            canonical("portfolio", &StepOutput::of(outcome, StepName::Portfolio).unwrap()).unwrap()
        };
        let without = digested(&outcome);
        assert!(!without.contains("attribution"), "a record of before it was kept has the digest it had");
        outcome.marking.attribution = Some(Attribution { base_nav: 1.0, ..Attribution::default() });
        let with = digested(&outcome);
        outcome.marking.attribution = Some(Attribution { base_nav: 2.0, ..Attribution::default() });
        assert!(with != without && with != digested(&outcome));
    }

    #[test]
    fn costs_of_trades_are_in_the_digest_of_the_risk_step_with_the_state() {
        let mut outcome = DayOutcome::failed(&DeskState::empty(), String::new());
        let digested =
            |outcome: &DayOutcome| canonical("risk", &StepOutput::of(outcome, StepName::Risk).unwrap()).unwrap();
        let without = digested(&outcome);
        assert!(!without.contains("trading_costs"), "a state of before they were kept has the digest it had");
        outcome.next_state.trading_costs.entry("FX".into()).or_default().insert("USDBRL".into(), 12.5);
        assert_ne!(digested(&outcome), without);
    }

    #[test]
    fn ingest_and_report_decide_nothing() {
        let outcome = DayOutcome::failed(&DeskState::empty(), String::new());
        let silent = StepName::ALL.into_iter().filter(|step| StepOutput::of(&outcome, *step).is_none());
        assert_eq!(silent.collect::<Vec<_>>(), [StepName::Ingest, StepName::Report]);
    }
}
