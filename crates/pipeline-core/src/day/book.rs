//! The portfolio and risk steps: mark the held book, build the new one, measure and limit it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::AsOf;
use market::instruments::{self, InstrumentId, ReturnSeries};
use portfolio::{Allocation, AllocationInput, CapitalAllocator, ConstructionInput, PortfolioConstructor};
use risk::{Book, LimitStatus, NavPoint, ReleasedRisk, RiskInputs, RiskMonitor, RiskReport};
use rust_decimal::prelude::ToPrimitive;
use strategies::StrategyPosition;

use super::{Day, EXIT_LIMIT, Stopped};
use crate::config::Config;
use crate::mark::mark;
use crate::record::{RunStatus, StepName, StepOutcome, StepStatus};
use crate::state::DeskState;

/// Calendar days of returns that the portfolio step looks back on: enough sessions for the covariance and the marking.
const LOOKBACK_DAYS: u64 = 800;

/// Calendar days before the oldest price in the NAV from which returns are read, so that the first one is whole.
const MARKING_MARGIN_DAYS: u64 = 30;

/// Runs whose released risk the state keeps: two years, as the measures look back on.
const RELEASED_KEPT: usize = 504;

/// Return series of the instruments that are held or wanted.
pub(super) type Returns = BTreeMap<InstrumentId, ReturnSeries>;

impl Day<'_> {
    /// Marks the held book, advances the breakers, builds the target and allocates it.
    pub(super) fn portfolio(&mut self, view: &AsOf, config: &Config, state: &DeskState) -> Result<(), Stopped> {
        let positions = self.positions();
        let (returns, mut findings) = returns(view, &positions, state);
        let marking = mark(view, state, &returns, config.desk.nav);
        findings.extend(marking.unmarked.iter().map(ToString::to_string));

        let sessions = sessions_since(view, config, state.as_of);
        let today = NavPoint { date: view.date(), nav: marking.nav_after };
        let breaker = state
            .breaker
            .advance(&config.risk.breakers, today, sessions)
            .map_err(|error| self.fail(StepName::Portfolio, error.to_string()))?;
        let breaker_scale = breaker.scale(&config.risk.breakers);

        let input = ConstructionInput {
            date: view.date(),
            positions: &positions,
            returns: &returns,
            consensus: &self.outcome.consensus,
            regime: self.outcome.regime,
            regime_state: state.regime_scale,
            sessions_elapsed: sessions,
            breaker_scale,
        };
        let construction = PortfolioConstructor::new(config.portfolio.construct.clone())
            .and_then(|constructor| constructor.construct(&input))
            .map_err(|error| self.fail(StepName::Portfolio, error.to_string()))?;
        let missing = construction.dropped.iter().filter(|dropped| dropped.missing_data);
        findings.extend(missing.map(|dropped| format!("{} has no weight: {}", dropped.package, dropped.reason)));

        let input = AllocationInput { target: &construction, held: &marking.drifted, nav: marking.nav_after };
        let allocation = CapitalAllocator::new(config.portfolio.allocate.clone())
            .and_then(|allocator| allocator.allocate(&input))
            .map_err(|error| self.fail(StepName::Portfolio, error.to_string()))?;
        findings.extend(allocation.fallback.as_ref().map(|fallback| {
            let cause = &fallback.cause;
            format!("the allocator fell back to {:.0} % of the target: {cause}", fallback.scale * 100.0)
        }));

        self.outcome.alerts.extend(allocation.adjustments.iter().filter(|held_back| held_back.scale < 0.5).map(
            |cut| {
                let binding = cut.binding.join(", ");
                format!("{} has {:.1} % of its target weight: {binding}", cut.package, cut.scale * 100.0)
            },
        ));
        let detail = portfolio_detail(&allocation, breaker_scale, construction.regime_scale);
        self.outcome.weights = allocation.weights.clone();
        self.outcome.by_strategy = allocation.by_strategy.clone();
        let Some(cost) = allocation.cost.to_f64() else {
            return Err(self.fail(StepName::Portfolio, format!("cost {} is not a number", allocation.cost)));
        };
        let next = &mut self.outcome.next_state;
        next.as_of = Some(view.date());
        next.weights = allocation.weights.clone();
        next.by_strategy = allocation.by_strategy.clone();
        next.marked_through = allocation
            .weights
            .keys()
            .map(|id| (id.clone(), marking.marked_through.get(id).copied().unwrap_or(view.date())))
            .collect();
        next.regime_scale = construction.next_regime_state;
        next.breaker = breaker;
        next.nav.push(NavPoint { date: view.date(), nav: marking.nav_after - cost });
        self.outcome.marking = marking;
        self.outcome.construction = Some(construction);
        self.outcome.allocation = Some(allocation);
        self.done(StepName::Portfolio, detail, findings);
        Ok(())
    }

    /// Measures, stresses and limits the book that is about to be released. A breach of a hard limit blocks the run.
    pub(super) fn risk(&mut self, view: &AsOf, config: &Config, state: &DeskState) -> Result<(), Stopped> {
        let target = Book { weights: self.outcome.weights.clone(), by_strategy: by_name(&self.outcome.by_strategy) };
        let held = Book { weights: state.weights.clone(), by_strategy: by_name(&state.by_strategy) };
        let breaker = self.outcome.next_state.breaker.clone();
        let nav = self.outcome.next_state.nav.clone();
        let inputs = RiskInputs { target: &target, held: &held, held_since: state.as_of, nav: &nav, breaker: &breaker };
        let report = RiskMonitor::new(config.risk.clone())
            .and_then(|monitor| monitor.with_released(state.released_risk.clone()).assess(view, &inputs))
            .map_err(|error| self.fail(StepName::Risk, error.to_string()))?;

        let mut findings: Vec<String> = report
            .not_computed()
            .map(|check| format!("limit {} is not computed: {}", check.name.as_str(), check.reason))
            .collect();
        findings.extend(
            report
                .unpriced
                .iter()
                .map(|gap| format!("{} has no price for {}: {}", gap.instrument, gap.needed_for, gap.reason)),
        );
        self.outcome.alerts.extend(report.alerts.iter().map(|alert| format!("{}: {}", alert.about, alert.message)));
        // A loss of the held book halts new risk, never the way out: a smaller book is releasable.
        let reduces = target.gross() < held.gross();
        let breaches: Vec<String> = report
            .breaches()
            .filter(|check| !(reduces && check.name.is_of_held_book()))
            .map(|check| format!("limit {} breached: {}", check.name.as_str(), check.reason))
            .collect();
        let detail = risk_detail(&report);
        let sessions = sessions_since(view, config, state.as_of);
        let nav = nav.last().map_or(0.0, |point| point.nav);
        let released = &mut self.outcome.next_state.released_risk;
        released.push(ReleasedRisk::of(&report.measures, view.date(), sessions, nav));
        released.drain(..released.len().saturating_sub(RELEASED_KEPT));
        self.outcome.risk = Some(report);
        if breaches.is_empty() {
            self.done(StepName::Risk, detail, findings);
            return Ok(());
        }
        findings.splice(0..0, breaches);
        self.outcome.status = RunStatus::Blocked;
        self.outcome.exit_code = EXIT_LIMIT;
        self.finish(StepOutcome { name: StepName::Risk, status: StepStatus::Blocked, detail, findings });
        Err(Stopped)
    }

    fn positions(&self) -> Vec<StrategyPosition> {
        let reports = self.outcome.strategies.iter().filter_map(|entry| entry.report.as_ref());
        reports.flat_map(|report| report.positions.iter().cloned()).collect()
    }
}

fn portfolio_detail(allocation: &Allocation, breaker_scale: f64, regime_scale: f64) -> String {
    let gross = allocation.weights.values().fold(0.0, |gross, weight| gross + weight.abs());
    let action = if allocation.rebalanced { "rebalanced" } else { "held" };
    let trades = allocation.trades.len();
    let mut detail = format!("{} positions, gross {gross:.2}x, {action}, {trades} trades", allocation.weights.len());
    if regime_scale < 1.0 {
        detail.push_str(&format!(", regime scale {regime_scale:.2}"));
    }
    if breaker_scale < 1.0 {
        detail.push_str(&format!(", breaker scale {breaker_scale:.2}"));
    }
    detail
}

fn risk_detail(report: &RiskReport) -> String {
    let var = report.var_95().map_or_else(|| "VaR 95 n/a".to_owned(), |var| format!("VaR 95 {:.2} %", var * 100.0));
    let computed = report.limits.iter().filter(|check| check.status != LimitStatus::NotComputed).count();
    format!(
        "{var}, {} stresses, {computed} of {} limits computed, level {}",
        report.stress.len(),
        report.limits.len(),
        report.level.as_str()
    )
}

/// Return series of every instrument held or wanted, and what could not be had.
fn returns(view: &AsOf, positions: &[StrategyPosition], state: &DeskState) -> (Returns, Vec<String>) {
    let wanted = positions.iter().flat_map(|position| &position.legs).map(|leg| &leg.instrument);
    let mut ids: Vec<&InstrumentId> = wanted.chain(state.weights.keys()).collect();
    ids.sort();
    ids.dedup();
    let oldest = state.marked_through.values().min().copied().unwrap_or(view.date()).min(view.date());
    let lookback = view.date().checked_sub_days(Days::new(LOOKBACK_DAYS)).unwrap_or(NaiveDate::MIN);
    let from = lookback.min(oldest.checked_sub_days(Days::new(MARKING_MARGIN_DAYS)).unwrap_or(NaiveDate::MIN));
    let mut series = Returns::new();
    let mut missing = Vec::new();
    let known = ids.iter().filter_map(|id| instruments::find(id));
    for (id, result) in instruments::excess_returns_all(view, known, from) {
        match result {
            Ok(returns) => {
                series.insert(id, returns);
            }
            Err(error) => missing.push(format!("{id} has no returns: {error}")),
        }
    }
    missing.extend(
        ids.iter()
            .filter(|id| instruments::find(id).is_none())
            .map(|id| format!("{id} is not in the universe of instruments")),
    );
    (series, missing)
}

/// Sessions of the desk's calendar after the previous run, up to and including today; 1 on the first run.
fn sessions_since(view: &AsOf, config: &Config, previous: Option<NaiveDate>) -> u32 {
    let Some(previous) = previous else { return 1 };
    let after = |date: NaiveDate| date.checked_add_days(Days::new(1)).unwrap_or(date);
    let sessions = view.calendars().business_days(config.run.calendar, after(previous), after(view.date()));
    u32::try_from(sessions).unwrap_or(0).max(1)
}

fn by_name(
    books: &BTreeMap<strategies::StrategyId, portfolio::Weights>,
) -> BTreeMap<String, BTreeMap<InstrumentId, f64>> {
    books.iter().map(|(strategy, weights)| (strategy.to_string(), weights.clone())).collect()
}
