//! An agent made of models: asks each, checks what they say, and writes the report.
//!
//! The models of a panel do not know of each other, so they are asked at the same time; their answers are taken in the
//! order in which they are declared, whatever the number of threads. A model that panics or gives a number that a report
//! may not hold is an abstention with the reason, marked as degrading the run; what the others said stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use market::{AsOf, ReadLog, SeriesId};
use rayon::prelude::*;

use crate::compose::dispersion;
use crate::consistency::{self, ConsistencyParams};
use crate::features::{self, Feature};
use crate::registry::panic_message;
use crate::{
    Abstention, Agent, AgentError, AgentId, AgentReport, AgentSignal, Finding, Flag, Model, compose,
    narrative::narrative,
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
            features: BTreeMap::new(),
            diagnostics: BTreeMap::new(),
            flags: Vec::new(),
            narrative: String::new(),
            reads: ReadLog::new(),
        };
        let answers: Vec<(ReadLog, Result<Finding, Abstention>)> =
            self.models.par_iter().map(|model| ask(model.as_ref(), view)).collect();
        let mut weights = Vec::new();
        let (mut spoken, mut spoken_weight) = (0_usize, 0.0);
        for (model, (reads, answer)) in self.models.iter().zip(answers) {
            report.reads.extend(reads);
            let finding = match answer {
                Ok(finding) => finding,
                Err(abstention) => {
                    report.abstained.push(abstention);
                    continue;
                }
            };
            spoken += 1;
            spoken_weight += model.weight();
            weights.extend(finding.signals.iter().map(|_| model.weight() / finding.signals.len() as f64));
            report.signals.extend(finding.signals);
            report.features.extend(finding.features.into_iter().filter(|(_, value)| value.is_finite()));
            // Two models that use one estimate flag the same of it.
            for flag in finding.flags {
                if !report.flags.contains(&flag) {
                    report.flags.push(flag);
                }
            }
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
        let declared: f64 = self.models.iter().map(|model| model.weight()).sum();
        report.composite = compose(&weighted, declared);
        if let Some(composite) = report.composite {
            report.diagnostics.insert("dispersion".to_owned(), dispersion(&weighted, composite.score));
        }
        report.diagnostics.extend([
            ("models_declared".to_owned(), self.models.len() as f64),
            ("models_spoken".to_owned(), spoken as f64),
            ("weight_share_spoken".to_owned(), if declared > 0.0 { spoken_weight / declared } else { 0.0 }),
        ]);
        consistency::review(&mut report, earlier, &self.consistency);
        report.narrative = narrative(&report);
        Ok(report)
    }
}

/// One model's answer through a scope of its own, and what it read.
fn ask(model: &dyn Model, view: &AsOf) -> (ReadLog, Result<Finding, Abstention>) {
    let scope = view.scope();
    let abstention = |reason, missing_data| Abstention { model: model.id().to_owned(), reason, missing_data };
    // A panic is a defect of one model; it must not take the others' answers with it.
    let answer = match catch_unwind(AssertUnwindSafe(|| model.evaluate(&scope))) {
        Err(panic) => Err(abstention(format!("{} panicked: {}", model.id(), panic_message(panic.as_ref())), true)),
        Ok(Err(refusal)) => Err(abstention(refusal.to_string(), refusal.is_for_missing_data())),
        Ok(Ok(finding)) => match finding.signals.iter().try_for_each(check) {
            Ok(()) => Ok(finding),
            Err(defect) => Err(abstention(defect.to_string(), true)),
        },
    };
    (scope.reads(), answer)
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
