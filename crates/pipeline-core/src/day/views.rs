//! The agents, aggregate and strategies steps: from data to what the house thinks and wants.

use agents::{AgentId, AgentRegistry, AgentReport, FlagKind};
use market::AsOf;
use portfolio::SignalAggregator;
use strategies::StrategyRegistry;

use super::{AgentEntry, Day, Stopped, StrategyEntry};
use crate::config::Config;
use crate::record::StepName;
use crate::state::DeskState;

impl Day<'_> {
    pub(super) fn agents(&mut self, view: &AsOf, config: &Config) -> Vec<AgentReport> {
        let outcomes = AgentRegistry::standard(&config.agents).assess_all(view);
        let mut reports = Vec::new();
        let mut findings = Vec::new();
        for outcome in outcomes {
            let entry = match outcome.result {
                Ok(report) => {
                    let abstentions = report.abstained.iter().filter(|abstention| abstention.missing_data);
                    findings.extend(abstentions.map(|a| format!("{} abstains: {}", a.model, a.reason)));
                    let missing = report.flags.iter().filter(|flag| flag.kind == FlagKind::Missing);
                    findings.extend(missing.map(|flag| format!("{} agent: {flag}", report.agent)));
                    reports.push(report.clone());
                    AgentEntry { agent: outcome.agent, report: Some(report), error: None }
                }
                Err(error) => {
                    findings.push(format!("agent {} failed: {error}", outcome.agent));
                    AgentEntry { agent: outcome.agent, report: None, error: Some(error.to_string()) }
                }
            };
            self.outcome.agents.push(entry);
        }
        let cross_asset = reports.iter().find(|report| report.agent == AgentId::CrossAsset);
        self.outcome.regime = cross_asset.and_then(|report| report.regime);
        let abstained: usize = reports.iter().map(|report| report.abstained.len()).sum();
        let silent = reports.iter().filter(|report| report.signals.is_empty()).count();
        let mut detail = format!("{} agents, {} signals", reports.len(), self.outcome.signal_count());
        if abstained > 0 {
            detail.push_str(&format!(", {abstained} models abstain"));
        }
        if silent > 0 {
            detail.push_str(&format!(", {silent} agents silent"));
        }
        self.done(StepName::Agents, detail, findings);
        reports
    }

    pub(super) fn aggregate(&mut self, reports: &[AgentReport], config: &Config) -> Result<(), Stopped> {
        let consensus = SignalAggregator::new(config.portfolio.aggregate.clone())
            .and_then(|aggregator| aggregator.aggregate(reports))
            .map_err(|error| self.fail(StepName::Aggregate, error.to_string()))?;
        let spoken = consensus.iter().filter(|c| !c.contributions.is_empty()).count();
        let conflicts: usize = consensus.iter().map(|c| c.conflicts.len()).sum();
        let vetoed = consensus.iter().any(|c| c.vetoed);
        let mut detail = format!("{spoken} of {} asset classes have a view, {conflicts} conflicts", consensus.len());
        if vetoed {
            detail.push_str(", extreme regime: exposure halved");
        }
        let findings = if spoken == 0 { vec!["no asset class has a view".to_owned()] } else { Vec::new() };
        self.outcome.consensus = consensus;
        self.done(StepName::Aggregate, detail, findings);
        Ok(())
    }

    pub(super) fn strategies(
        &mut self,
        view: &AsOf,
        reports: &[AgentReport],
        config: &Config,
        state: &DeskState,
    ) -> Result<(), Stopped> {
        let registry = StrategyRegistry::standard(&config.strategies)
            .map_err(|error| self.fail(StepName::Strategies, error.to_string()))?;
        let mut findings = Vec::new();
        let mut positions = 0;
        let outcomes = registry.evaluate_all(view, reports, &state.strategies);
        let count = outcomes.len();
        for outcome in outcomes {
            self.outcome.next_state.strategies.insert(outcome.strategy.clone(), outcome.next_state);
            let entry = match outcome.result {
                Ok(report) => {
                    if let Some(reason) = &report.abstained {
                        findings.push(format!("{} abstains: {reason}", outcome.strategy));
                    }
                    let missing = report.missing.iter();
                    findings.extend(missing.map(|what| format!("{} goes without: {what}", outcome.strategy)));
                    positions += report.positions.len();
                    view.absorb(&report.reads);
                    StrategyEntry { strategy: outcome.strategy, report: Some(report), error: None }
                }
                Err(error) => {
                    findings.push(format!("{} failed: {error}", outcome.strategy));
                    StrategyEntry { strategy: outcome.strategy, report: None, error: Some(error.to_string()) }
                }
            };
            self.outcome.strategies.push(entry);
        }
        self.done(StepName::Strategies, format!("{count} strategies, {positions} positions"), findings);
        Ok(())
    }
}
