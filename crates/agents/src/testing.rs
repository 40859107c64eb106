//! Builders for tests.

use std::collections::BTreeMap;

use crate::{AgentId, AgentReport, AgentSignal, Composite, Strength};

pub(crate) fn signal(score: f64, confidence: f64) -> AgentSignal {
    AgentSignal {
        id: "test.model".to_owned(),
        agent: AgentId::Inflation,
        subject: "test.subject".to_owned(),
        value: score,
        unit: "pp".to_owned(),
        score,
        confidence,
        strength: Strength::of(confidence),
        horizon_days: 365,
        implications: BTreeMap::new(),
        evidence: Vec::new(),
        diagnostics: BTreeMap::new(),
    }
}

pub(crate) fn report(agent: AgentId, score: f64, confidence: f64) -> AgentReport {
    let mut signal = signal(score, confidence);
    signal.agent = agent;
    AgentReport {
        agent,
        signals: vec![signal],
        abstained: Vec::new(),
        composite: Some(Composite { score, confidence }),
        regime: None,
        features: BTreeMap::new(),
        diagnostics: BTreeMap::new(),
        flags: Vec::new(),
        narrative: String::new(),
        reads: BTreeMap::new(),
    }
}
