//! The registry: all agents, asked in a fixed order, each on its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use market::AsOf;

use crate::{Agent, AgentError, AgentId, AgentReport, AgentsConfig, cross_asset, fiscal, fx, inflation, monetary};

/// What became of one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentOutcome {
    /// Which agent.
    pub agent: AgentId,
    /// Its report, or why there is none.
    pub result: Result<AgentReport, AgentError>,
}

/// The agents in their fixed order: inflation, monetary, fiscal, fx, cross-asset.
pub struct AgentRegistry {
    agents: Vec<Box<dyn Agent>>,
}

impl AgentRegistry {
    /// The five agents with their standard models.
    pub fn standard(config: &AgentsConfig) -> Self {
        Self::new(vec![
            Box::new(inflation::agent(config)),
            Box::new(monetary::agent(config)),
            Box::new(fiscal::agent(config)),
            Box::new(fx::agent(config)),
            Box::new(cross_asset::agent(config)),
        ])
    }

    /// A registry of these agents, in this order.
    pub fn new(agents: Vec<Box<dyn Agent>>) -> Self {
        Self { agents }
    }

    /// The agents.
    pub fn agents(&self) -> impl Iterator<Item = &dyn Agent> {
        self.agents.iter().map(AsRef::as_ref)
    }

    /// Asks every agent. Each reads through a scope of its own (so that its report states what *it* read) and sees the
    /// reports of those before it; what it read is added to `view`'s log. An agent that fails, even by a panic, leaves the
    /// others' numbers as they are: only the consistency check looks across, and it does nothing without a report.
    pub fn assess_all(&self, view: &AsOf) -> Vec<AgentOutcome> {
        let mut reports: Vec<AgentReport> = Vec::new();
        let mut outcomes = Vec::new();
        for agent in &self.agents {
            let scope = view.scope();
            let result = guarded(agent.as_ref(), &scope, &reports);
            view.absorb(&scope.reads());
            if let Ok(report) = &result {
                reports.push(report.clone());
            }
            outcomes.push(AgentOutcome { agent: agent.id(), result });
        }
        outcomes
    }
}

/// A panic is a defect, but one agent's defect must not take the desk's day with it.
fn guarded(agent: &dyn Agent, view: &AsOf, earlier: &[AgentReport]) -> Result<AgentReport, AgentError> {
    catch_unwind(AssertUnwindSafe(|| agent.assess(view, earlier))).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(AgentError::Panicked { agent: agent.id(), message })
    })
}
