//! What was decided, and what it says it stands on.

use std::collections::BTreeMap;

use agents::{Agent, AgentRegistry, AgentReport, Evidence};
use market::{AsOf, ReadLog};
use strategies::{Strategy, StrategyId, StrategyRegistry, StrategyReport, StrategyState};

use crate::day::{AgentEntry, StrategyEntry};

/// A decision with its read logs and evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided<T> {
    /// What is compared between the worlds, field by field in the order of its serialisation.
    pub value: T,
    /// One line for people: what was decided, so that a reader sees that the proof is about something.
    pub about: String,
    /// Logs of what was read, with the reader's name.
    pub reads: Vec<(String, ReadLog)>,
    /// Figures cited as evidence. Those without series and period are parameters or computed, and are not checked.
    pub evidence: Vec<Cited>,
}

/// A figure and who cites it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cited {
    /// Signal or strategy.
    pub by: String,
    /// The figure.
    pub figure: Evidence,
}

impl<T> Decided<T> {
    /// A decision made through a view, with that view's log and no evidence.
    pub fn new(value: T, view: &AsOf) -> Self {
        let reads = vec![("the view".to_owned(), view.reads())];
        Self { value, about: String::new(), reads, evidence: Vec::new() }
    }

    /// Says in one line what was decided.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Adds what an agent's report says it read and cites.
    pub fn with_agent(mut self, report: &AgentReport) -> Self {
        self.reads.push((format!("agent {}", report.agent), report.reads.clone()));
        for signal in &report.signals {
            self.cite(&signal.id, &signal.evidence);
        }
        self
    }

    /// Adds what a strategy's report says it read and cites.
    pub fn with_strategy(mut self, report: &StrategyReport) -> Self {
        self.reads.push((format!("strategy {}", report.strategy), report.reads.clone()));
        self.cite(report.strategy.as_str(), &report.evidence);
        for position in &report.positions {
            // A position cites what its report cites, as a rule.
            if position.evidence != report.evidence {
                self.cite(report.strategy.as_str(), &position.evidence);
            }
        }
        self
    }

    fn cite(&mut self, by: &str, figures: &[Evidence]) {
        self.evidence.extend(figures.iter().map(|figure| Cited { by: by.to_owned(), figure: figure.clone() }));
    }
}

/// Asks one agent as the day does, a panic included.
pub fn of_agent(agent: Box<dyn Agent>, view: &AsOf) -> Decided<Option<AgentEntry>> {
    let outcome = AgentRegistry::new(vec![agent]).assess_all(view).pop();
    let Some(outcome) = outcome else { return Decided::new(None, view) };
    let decided = |report, error| Decided::new(Some(AgentEntry { agent: outcome.agent, report, error }), view);
    match outcome.result {
        Ok(report) => {
            let about = format!("{} signals", report.signals.len());
            decided(Some(report.clone()), None).about(about).with_agent(&report)
        }
        Err(error) => decided(None, Some(error.to_string())).about(format!("failed: {error}")),
    }
}

/// Evaluates one strategy as the day does, a panic included. `agents` are the reports it may look at, `states` what the
/// desk holds.
pub fn of_strategy(
    strategy: Box<dyn Strategy>,
    view: &AsOf,
    agents: &[AgentReport],
    states: &BTreeMap<StrategyId, StrategyState>,
) -> Decided<Option<StrategyEntry>> {
    let outcome = StrategyRegistry::of(vec![strategy]).evaluate_all(view, agents, states).pop();
    let Some(outcome) = outcome else { return Decided::new(None, view) };
    let strategy = outcome.strategy;
    match outcome.result {
        Ok(report) => {
            let about = format!("{} positions", report.positions.len());
            let entry = StrategyEntry { strategy, report: Some(report.clone()), error: None };
            Decided::new(Some(entry), view).about(about).with_strategy(&report)
        }
        Err(error) => {
            let entry = StrategyEntry { strategy, report: None, error: Some(error.to_string()) };
            Decided::new(Some(entry), view).about(format!("failed: {error}"))
        }
    }
}
