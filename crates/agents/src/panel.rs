//! An agent made of models: asks each, checks what they say, and writes the report.

use std::collections::BTreeSet;

use market::{AsOf, SeriesId};

use crate::consistency::{self, ConsistencyParams};
use crate::features::{self, Feature};
use crate::{
    Abstention, Agent, AgentError, AgentId, AgentReport, AgentSignal, Flag, Model, compose, narrative::narrative,
};

/// The standard form of an agent: models in a fixed order, each reading through its own scope.
pub struct Panel {
    agent: AgentId,
    models: Vec<Box<dyn Model>>,
    consistency: ConsistencyParams,
    features: Vec<Feature>,
}

impl Panel {
    /// An agent of these models; a model of weight zero is left out.
    pub fn new(agent: AgentId, models: Vec<Box<dyn Model>>, consistency: &ConsistencyParams) -> Self {
        let models = models.into_iter().filter(|model| model.weight() > 0.0).collect();
        Self { agent, models, consistency: consistency.clone(), features: Vec::new() }
    }

    /// The same agent with figures of its own beside those of its models.
    pub fn with_features(mut self, features: Vec<Feature>) -> Self {
        self.features = features;
        self
    }

    /// The models, in order.
    pub fn models(&self) -> impl Iterator<Item = &dyn Model> {
        self.models.iter().map(AsRef::as_ref)
    }
}

impl Agent for Panel {
    fn id(&self) -> AgentId {
        self.agent
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let all: BTreeSet<SeriesId> =
            self.models.iter().flat_map(|model| model.inputs()).chain(features::inputs(&self.features)).collect();
        all.into_iter().collect()
    }

    fn assess(&self, view: &AsOf, earlier: &[AgentReport]) -> Result<AgentReport, AgentError> {
        let mut report = AgentReport {
            agent: self.agent,
            signals: Vec::new(),
            abstained: Vec::new(),
            composite: None,
            regime: None,
            features: Default::default(),
            flags: Vec::new(),
            narrative: String::new(),
            reads: Default::default(),
        };
        let mut weights = Vec::new();
        for model in &self.models {
            let scope = view.scope();
            let answer = model.evaluate(&scope);
            report.reads.extend(scope.reads());
            let finding = match answer {
                Ok(finding) => finding,
                Err(refusal) => {
                    report.abstained.push(Abstention {
                        model: model.id().to_owned(),
                        reason: refusal.to_string(),
                        missing_data: refusal.is_for_missing_data(),
                    });
                    continue;
                }
            };
            for signal in &finding.signals {
                check(signal)?;
            }
            weights.extend(finding.signals.iter().map(|_| model.weight() / finding.signals.len() as f64));
            report.signals.extend(finding.signals);
            report.features.extend(finding.features.into_iter().filter(|(_, value)| value.is_finite()));
            report.flags.extend(finding.flags);
            report.regime = report.regime.or(finding.regime);
        }
        if !self.features.is_empty() {
            let scope = view.scope();
            let (found, absent) = features::read(&self.features, &scope);
            report.reads.extend(scope.reads());
            // A model's figure of the same name stands.
            for (name, value) in found {
                report.features.entry(name).or_insert(value);
            }
            if !absent.is_empty() {
                let text = format!("{}: features without data: {}", self.agent, absent.join(", "));
                report.flags.push(Flag::missing(text));
            }
        }
        view.absorb(&report.reads);
        let weighted: Vec<(f64, &AgentSignal)> = weights.iter().copied().zip(&report.signals).collect();
        let declared = self.models.iter().map(|model| model.weight()).sum();
        report.composite = compose(&weighted, declared);
        consistency::review(&mut report, earlier, &self.consistency);
        report.narrative = narrative(&report);
        Ok(report)
    }
}

/// A report may hold only numbers, in their ranges.
fn check(signal: &AgentSignal) -> Result<(), AgentError> {
    let refuse =
        |field, value: f64| Err(AgentError::OutOfRange { model: signal.id.clone(), field, value: value.to_string() });
    if !signal.value.is_finite() {
        return refuse("value", signal.value);
    }
    if !(-1.0..=1.0).contains(&signal.score) {
        return refuse("score", signal.score);
    }
    if !(0.0..=1.0).contains(&signal.confidence) {
        return refuse("confidence", signal.confidence);
    }
    if let Some(loading) = signal.implications.values().find(|loading| !(-1.0..=1.0).contains(*loading)) {
        return refuse("implication", *loading);
    }
    if let Some(value) = signal.diagnostics.values().find(|value| !value.is_finite()) {
        return refuse("diagnostic", *value);
    }
    match signal.evidence.iter().find(|evidence| !evidence.value.is_finite()) {
        Some(evidence) => refuse("evidence", evidence.value),
        None => Ok(()),
    }
}
