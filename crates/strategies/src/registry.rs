//! All strategies, and their evaluation one by one.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use agents::AgentReport;
use market::AsOf;
use serde::{Deserialize, Serialize};

use crate::fx::CarryFundamentals;
use crate::rates::{CarryRoll, Slope};
use crate::{StrategiesConfig, Strategy, StrategyError, StrategyId, StrategyReport, StrategyState};

/// One line of [`ALL_STRATEGIES`].
#[derive(Debug, Clone, Copy)]
pub struct StrategyEntry {
    /// Identity.
    pub id: &'static str,
    /// Builds it from the configuration, checking its parameters.
    pub build: fn(&StrategiesConfig) -> Result<Box<dyn Strategy>, StrategyError>,
}

/// Every strategy of the house, in the order of their ids. To add one: a file with its rules, a parameters field in
/// [`StrategiesConfig`], and a line here.
pub const ALL_STRATEGIES: &[StrategyEntry] = &[
    StrategyEntry { id: "FX_BR_01", build: |config| Ok(Box::new(CarryFundamentals::new(config.fx_br_01.clone())?)) },
    StrategyEntry { id: "RATES_BR_01", build: |config| Ok(Box::new(CarryRoll::new(config.rates_br_01.clone())?)) },
    StrategyEntry { id: "RATES_BR_03", build: |config| Ok(Box::new(Slope::new(config.rates_br_03.clone())?)) },
];

/// What became of a strategy in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyOutcome {
    /// Which strategy.
    pub strategy: StrategyId,
    /// Its report, or why there is none.
    pub result: Result<StrategyReport, StrategyError>,
    /// State for the next run. A strategy that failed holds nothing, so its next state is flat.
    pub next_state: StrategyState,
}

/// States by strategy, as the desk's state keeps them.
pub type StrategyStates = BTreeMap<StrategyId, StrategyState>;

/// A one-word summary of an outcome, for counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It decided.
    Decided,
    /// It lacked an input.
    Abstained,
    /// It failed.
    Failed,
}

impl StrategyOutcome {
    /// Decided, abstained or failed.
    pub fn kind(&self) -> OutcomeKind {
        match &self.result {
            Ok(report) if report.abstained.is_none() => OutcomeKind::Decided,
            Ok(_) => OutcomeKind::Abstained,
            Err(_) => OutcomeKind::Failed,
        }
    }
}

/// The strategies that run, in the order of their ids.
pub struct StrategyRegistry {
    strategies: Vec<Box<dyn Strategy>>,
}

impl StrategyRegistry {
    /// All strategies of [`ALL_STRATEGIES`] that the configuration does not disable.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a parameter without meaning, [`StrategyError::UnknownStrategy`] for a disabled id
    /// that does not exist.
    pub fn standard(config: &StrategiesConfig) -> Result<Self, StrategyError> {
        let known = |name: &str| ALL_STRATEGIES.iter().any(|entry| entry.id == name);
        if let Some(name) = config.disabled.iter().find(|name| !known(name)) {
            let known = ALL_STRATEGIES.iter().map(|entry| entry.id).collect::<Vec<_>>().join(", ");
            return Err(StrategyError::UnknownStrategy { name: name.clone(), known });
        }
        let enabled = ALL_STRATEGIES.iter().filter(|entry| !config.disabled.iter().any(|name| name == entry.id));
        let strategies = enabled.map(|entry| (entry.build)(config)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(strategies))
    }

    /// A registry of the given strategies, whatever their order.
    pub fn of(mut strategies: Vec<Box<dyn Strategy>>) -> Self {
        strategies.sort_by_key(|strategy| strategy.id());
        Self { strategies }
    }

    /// Ids in order.
    pub fn ids(&self) -> Vec<StrategyId> {
        self.strategies.iter().map(|strategy| strategy.id()).collect()
    }

    /// The strategies in order.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Strategy> {
        self.strategies.iter().map(|strategy| strategy.as_ref())
    }

    /// Evaluates every strategy on its own: each gets a scoped view and its own state, and a strategy that fails,
    /// even by a panic, or whose positions may not leave it, has a failed outcome and no position. Outcomes come in the order of ids.
    pub fn evaluate_all(
        &self,
        view: &AsOf<'_>,
        agents: &[AgentReport],
        states: &BTreeMap<StrategyId, StrategyState>,
    ) -> Vec<StrategyOutcome> {
        self.strategies.iter().map(|strategy| evaluate_one(strategy.as_ref(), view, agents, states)).collect()
    }
}

fn evaluate_one(
    strategy: &dyn Strategy,
    view: &AsOf<'_>,
    agents: &[AgentReport],
    states: &BTreeMap<StrategyId, StrategyState>,
) -> StrategyOutcome {
    let id = strategy.id();
    let scoped = view.scope();
    let flat = StrategyState::default();
    let state = states.get(&id).unwrap_or(&flat);
    let result = guarded(strategy, &scoped, agents, state).and_then(|mut report| {
        report.positions.iter().try_for_each(|position| position.check())?;
        report.reads = scoped.reads();
        Ok(report)
    });
    view.absorb(&scoped.reads());
    let next_state = match &result {
        Ok(report) => report.next_state.clone(),
        Err(_) => StrategyState { open: Vec::new(), rearming: state.rearming.clone() },
    };
    StrategyOutcome { strategy: id, result, next_state }
}

/// A panic is a defect, but one strategy's defect must not take the desk's day with it.
fn guarded(
    strategy: &dyn Strategy,
    view: &AsOf<'_>,
    agents: &[AgentReport],
    state: &StrategyState,
) -> Result<StrategyReport, StrategyError> {
    catch_unwind(AssertUnwindSafe(|| strategy.evaluate(view, agents, state))).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(StrategyError::Panicked { strategy: strategy.id(), message })
    })
}
