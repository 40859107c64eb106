//! The registry: all agents, asked in a fixed order, each on its own.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use market::AsOf;

use crate::narrative::{Commentary, Narrator, comment};
use crate::{Agent, AgentError, AgentId, AgentReport, AgentsConfig, cross_asset, fiscal, fx, inflation, monetary};

/// What became of one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentOutcome {
    /// Which agent.
    pub agent: AgentId,
    /// Its report, or why there is none.
    pub result: Result<AgentReport, AgentError>,
    /// What the injected [`Narrator`] wrote about the report, or why it wrote nothing; absent without one. It stands beside
    /// the report and never in it: what is digested is the report.
    pub commentary: Option<Result<Commentary, String>>,
}

/// The agents in their fixed order: inflation, monetary, fiscal, fx, cross-asset.
pub struct AgentRegistry {
    agents: Vec<Box<dyn Agent>>,
    narrator: Option<Box<dyn Narrator>>,
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
        Self { agents, narrator: None }
    }

    /// The same agents with a second writer. Reports keep the narrative of the template; the writer's text is the
    /// outcome's commentary.
    #[must_use]
    pub fn narrated_by(self, narrator: Box<dyn Narrator>) -> Self {
        Self { narrator: Some(narrator), ..self }
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
            let commentary = match (&self.narrator, &result) {
                (Some(narrator), Ok(report)) => Some(comment(narrator.as_ref(), report)),
                _ => None,
            };
            if let Ok(report) = &result {
                reports.push(report.clone());
            }
            outcomes.push(AgentOutcome { agent: agent.id(), result, commentary });
        }
        outcomes
    }
}

/// A panic is a defect, but one agent's defect must not take the desk's day with it.
fn guarded(agent: &dyn Agent, view: &AsOf, earlier: &[AgentReport]) -> Result<AgentReport, AgentError> {
    catch_unwind(AssertUnwindSafe(|| agent.assess(view, earlier)))
        .unwrap_or_else(|panic| Err(AgentError::Panicked { agent: agent.id(), message: panic_message(panic.as_ref()) }))
}

/// The text of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
