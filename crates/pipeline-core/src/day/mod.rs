//! The pure day function: quality, agents, aggregate, strategies, portfolio, risk.

mod book;
mod contracts;
mod gate;
mod views;

pub use gate::{QualityOutcome, check_quality};

use std::collections::BTreeMap;

use agents::{AgentId, AgentReport, Regime};
use market::instruments::InstrumentId;
use market::{AsOf, ReadLog};
use portfolio::{Allocation, Consensus, Construction};
use quality::QualityReport;
use risk::RiskReport;
use serde::{Deserialize, Serialize};
use strategies::{StrategyId, StrategyReport};

use crate::config::Config;
use crate::mark::Marking;
use crate::record::{RunStatus, StepName, StepOutcome, StepStatus};
use crate::state::DeskState;

/// Exit code of a run that a quality gate blocked.
pub const EXIT_QUALITY: u8 = 3;
/// Exit code of a run whose book breaches a hard limit: outputs are kept, not releasable.
pub const EXIT_LIMIT: u8 = 4;
/// Exit code of a run in which a step could not be done.
pub const EXIT_FAILED: u8 = 1;

/// Everything the day decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayOutcome {
    /// How the day ended.
    pub status: RunStatus,
    /// Exit code that goes with it.
    pub exit_code: u8,
    /// Steps quality to risk, in order; those not reached are skipped.
    pub steps: Vec<StepOutcome>,
    /// What was missing, one sentence each: empty on a successful run.
    pub degradations: Vec<String>,
    /// What a risk officer must see: breaches, soft levels, breakers.
    pub alerts: Vec<String>,
    /// Quality of the data at the cut.
    pub quality: QualityReport,
    /// The agents in their fixed order.
    pub agents: Vec<AgentEntry>,
    /// The market regime by the cross-asset agent, when it has a view.
    pub regime: Option<Regime>,
    /// Consensus by asset class.
    pub consensus: Vec<Consensus>,
    /// The strategies in the order of their ids.
    pub strategies: Vec<StrategyEntry>,
    /// What the held book earned.
    pub marking: Marking,
    /// How the target was built, stage by stage.
    pub construction: Option<Construction>,
    /// The book inside its constraints, and the trades to it.
    pub allocation: Option<Allocation>,
    /// Final weights: exposure over NAV, signed; instruments at zero are absent.
    pub weights: BTreeMap<InstrumentId, f64>,
    /// Final weights by strategy; they sum to `weights`.
    pub by_strategy: BTreeMap<StrategyId, BTreeMap<InstrumentId, f64>>,
    /// Measures, stresses and limits of the final book.
    pub risk: Option<RiskReport>,
    /// The state for the next run.
    pub next_state: DeskState,
    /// Everything that was read.
    pub reads: ReadLog,
}

/// What became of an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentEntry {
    /// Which.
    pub agent: AgentId,
    /// Its report.
    pub report: Option<AgentReport>,
    /// Why there is none.
    pub error: Option<String>,
}

/// What became of a strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyEntry {
    /// Which.
    pub strategy: StrategyId,
    /// Its report.
    pub report: Option<StrategyReport>,
    /// Why there is none.
    pub error: Option<String>,
}

impl DayOutcome {
    /// A day that decided nothing: the state stays as it was.
    pub fn failed(state: &DeskState, why: String) -> Self {
        Self { status: RunStatus::Failed, exit_code: EXIT_FAILED, alerts: vec![why], ..empty(state) }
    }

    /// Signals of all agents.
    pub fn signal_count(&self) -> usize {
        self.agents.iter().filter_map(|entry| entry.report.as_ref()).map(|report| report.signals.len()).sum()
    }

    /// One-day VaR at 95 % of the final book, positive = loss as a fraction of NAV.
    pub fn var_95(&self) -> Option<f64> {
        self.risk.as_ref().and_then(RiskReport::var_95)
    }
}

/// The day: everything between what was known and what will be held.
///
/// Pure: the same view, configuration and state give the same outcome, on any thread and machine.
pub fn day(view: &AsOf, config: &Config, state: &DeskState) -> DayOutcome {
    day_observed(view, config, state, &mut |_| {})
}

/// [`day`], telling an observer each step as it ends. The observer can time and print; it cannot change anything.
pub fn day_observed(
    view: &AsOf,
    config: &Config,
    state: &DeskState,
    observer: &mut dyn FnMut(&StepOutcome),
) -> DayOutcome {
    let mut day = Day { outcome: empty(state), observer };
    let stopped = day.run(view, config, state);
    for name in [
        StepName::Quality,
        StepName::Agents,
        StepName::Aggregate,
        StepName::Strategies,
        StepName::Portfolio,
        StepName::Risk,
    ] {
        if day.outcome.steps.iter().all(|step| step.name != name) {
            let detail = "not reached".to_owned();
            day.finish(StepOutcome { name, status: StepStatus::Skipped, detail, findings: Vec::new() });
        }
    }
    let mut outcome = day.outcome;
    if stopped.is_err() {
        outcome.next_state = state.clone();
    } else if outcome.status == RunStatus::Success && !outcome.degradations.is_empty() {
        outcome.status = RunStatus::Degraded;
    }
    outcome.reads = view.reads();
    outcome
}

/// A step stopped the day; status and exit code are set.
struct Stopped;

struct Day<'o> {
    outcome: DayOutcome,
    observer: &'o mut dyn FnMut(&StepOutcome),
}

impl Day<'_> {
    fn run(&mut self, view: &AsOf, config: &Config, state: &DeskState) -> Result<(), Stopped> {
        let usable = self.quality(view, config)?;
        let result = self.decide(&usable, config, state);
        view.absorb(&usable.reads());
        result
    }

    fn decide(&mut self, view: &AsOf, config: &Config, state: &DeskState) -> Result<(), Stopped> {
        let reports = self.agents(view, config);
        self.aggregate(&reports, config)?;
        self.strategies(view, &reports, config, state)?;
        self.portfolio(view, config, state)?;
        self.risk(view, config, state)
    }

    fn finish(&mut self, step: StepOutcome) {
        (self.observer)(&step);
        self.outcome.degradations.extend(match step.status {
            StepStatus::Degraded => step.findings.clone(),
            _ => Vec::new(),
        });
        self.outcome.steps.push(step);
    }

    /// Ends a step: degraded when it has findings.
    fn done(&mut self, name: StepName, detail: String, findings: Vec<String>) {
        let status = if findings.is_empty() { StepStatus::Ok } else { StepStatus::Degraded };
        self.finish(StepOutcome { name, status, detail, findings });
    }

    /// Ends a step that could not be done.
    fn fail(&mut self, name: StepName, why: String) -> Stopped {
        self.stop(name, StepStatus::Failed, RunStatus::Failed, EXIT_FAILED, why, Vec::new())
    }

    fn stop(
        &mut self,
        name: StepName,
        step: StepStatus,
        status: RunStatus,
        exit_code: u8,
        detail: String,
        findings: Vec<String>,
    ) -> Stopped {
        self.outcome.status = status;
        self.outcome.exit_code = exit_code;
        self.outcome.alerts.push(format!("{} {}: {detail}", name.as_str(), status.as_str()));
        self.outcome.alerts.extend(findings.iter().cloned());
        self.finish(StepOutcome { name, status: step, detail, findings });
        Stopped
    }
}

fn empty(state: &DeskState) -> DayOutcome {
    DayOutcome {
        status: RunStatus::Success,
        exit_code: 0,
        steps: Vec::new(),
        degradations: Vec::new(),
        alerts: Vec::new(),
        quality: QualityReport::default(),
        agents: Vec::new(),
        regime: None,
        consensus: Vec::new(),
        strategies: Vec::new(),
        marking: Marking::default(),
        construction: None,
        allocation: None,
        weights: BTreeMap::new(),
        by_strategy: BTreeMap::new(),
        risk: None,
        next_state: state.clone(),
        reads: ReadLog::new(),
    }
}
