//! The portfolio and risk steps: mark the held book, build the new one, measure and limit it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::AsOf;
use market::curves::CurveBook;
use market::instruments::{self, InstrumentId, ReturnSeries};
use portfolio::{
    Adjustment, Allocation, AllocationInput, CapitalAllocator, ConstructionInput, FallbackStep, MethodUse,
    PortfolioConstructor,
};
use risk::{Book, CheckedBook, LimitStatus, NavMarks, NavPoint, ReleasedRisk, RiskInputs, RiskMonitor, RiskReport};
use rust_decimal::prelude::ToPrimitive;
use strategies::StrategyPosition;

use super::{Day, EXIT_LIMIT, Stopped, contracts};
use crate::attribution::{attribute, trading_costs};
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
        let mut marking = mark(view, state, &returns, config.desk.nav);
        marking.attribution = attribute(view, state, &marking);
        findings.extend(marking.unmarked.iter().map(ToString::to_string));
        findings.extend(marking.attribution.iter().flat_map(|parts| &parts.unsplit).map(ToString::to_string));

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
        findings.extend(construction.method.as_ref().and_then(MethodUse::finding));
        let missing = construction.dropped.iter().filter(|dropped| dropped.missing_data);
        findings.extend(missing.map(|dropped| format!("{} has no weight: {}", dropped.package, dropped.reason)));

        let allocator = CapitalAllocator::new(config.portfolio.allocate.clone())
            .map_err(|error| self.fail(StepName::Portfolio, error.to_string()))?;
        let curves = CurveBook::latest(view);
        let instruments = AllocationInput::instruments(&construction, &marking.drifted);
        let quotes = contracts::quotes(&curves, &instruments);
        let sensitivities = match allocator.needs_sensitivities() {
            true => contracts::sensitivities(&curves, &instruments),
            false => BTreeMap::new(),
        };
        let input = AllocationInput {
            held_by_strategy: &marking.drifted_books(&state.by_strategy),
            quotes: &quotes,
            sensitivities: &sensitivities,
            ..AllocationInput::new(&construction, &marking.drifted, marking.nav_after)
        };
        let allocation =
            allocator.allocate(&input).map_err(|error| self.fail(StepName::Portfolio, error.to_string()))?;
        findings.extend(allocation_findings(&allocation));

        let held_back = allocation.adjustments.iter().filter(|held_back| held_back.scale < 0.5);
        self.outcome.alerts.extend(held_back.map(held_back_alert));
        let detail = portfolio_detail(&allocation, breaker_scale, construction.regime_scale);
        self.outcome.weights = allocation.weights.clone();
        self.outcome.by_strategy = allocation.by_strategy.clone();
        let Some(cost) = allocation.cost.to_f64() else {
            return Err(self.fail(StepName::Portfolio, format!("cost {} is not a number", allocation.cost)));
        };
        let costs = trading_costs(state, &marking, &allocation).map_err(|why| self.fail(StepName::Portfolio, why))?;
        let next = &mut self.outcome.next_state;
        next.as_of = Some(view.date());
        next.weights = allocation.weights.clone();
        next.by_strategy = allocation.by_strategy.clone();
        next.trading_costs = costs;
        let of_books = allocation.by_strategy.values().flat_map(BTreeMap::keys);
        next.marked_through = allocation
            .weights
            .keys()
            .chain(of_books)
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
            .map(|check| {
                let book = if check.book == CheckedBook::Held { " of the held book" } else { "" };
                format!("limit {} is not computed{book}: {}", check.name.as_str(), check.reason)
            })
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
        let Some(nav) = nav.last().copied() else {
            return Err(self.fail(StepName::Risk, "the portfolio step left no NAV".to_owned()));
        };
        let marks = if self.outcome.marking.unmarked.is_empty() { NavMarks::Whole } else { NavMarks::Partial };
        let released = &mut self.outcome.next_state.released_risk;
        released.push(ReleasedRisk::of(&report.measures, sessions, nav, marks));
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

/// A package that got less than half of what was wanted, and what held it back.
fn held_back_alert(cut: &Adjustment) -> String {
    let why = if cut.binding.is_empty() { "the cost of trading".to_owned() } else { cut.binding.join(", ") };
    format!("{} has {:.1} % of its target weight: {why}", cut.package, cut.scale * 100.0)
}

/// What the allocator could not do as it was asked: each degrades the run.
fn allocation_findings(allocation: &Allocation) -> Vec<String> {
    let mut findings = Vec::new();
    if let Some(fallback) = &allocation.fallback {
        let attempt = fallback.steps.iter().find(|attempt| attempt.taken);
        let used = attempt.map_or_else(String::new, |attempt| format!(" ({:?}: {})", attempt.step, attempt.outcome));
        let book = match fallback.used() {
            Some(FallbackStep::KeepHeld) => "kept the held book".to_owned(),
            _ => format!("fell back to {:.0} % of the target", fallback.scale * 100.0),
        };
        let mut finding = format!("the allocator {book}{used}: {}", fallback.cause);
        let unsatisfied: Vec<String> = fallback
            .unsatisfied
            .iter()
            .map(|used| format!("{} {:.4} of {:.4}", used.constraint, used.value, used.limit))
            .collect();
        if !unsatisfied.is_empty() {
            finding.push_str(&format!("; not satisfied: {}", unsatisfied.join(", ")));
        }
        findings.push(finding);
    }
    let Some(lots) = &allocation.lots else { return findings };
    findings.extend(lots.unquoted.iter().map(|gap| format!("{} has no contracts: {}", gap.instrument, gap.reason)));
    if !lots.breached.is_empty() {
        let names: Vec<String> = lots.breached.iter().map(|used| used.constraint.to_string()).collect();
        findings.push(format!(
            "no whole lots stay within {}: the weights are not rounded and nothing is ordered in contracts",
            names.join(", ")
        ));
    }
    findings
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

/// Return series of every instrument that is wanted, or that the desk or a strategy holds, and what could not be had.
fn returns(view: &AsOf, positions: &[StrategyPosition], state: &DeskState) -> (Returns, Vec<String>) {
    let wanted = positions.iter().flat_map(|position| &position.legs).map(|leg| &leg.instrument);
    let mut ids: Vec<&InstrumentId> =
        wanted.chain(state.weights.keys()).chain(state.by_strategy.values().flat_map(BTreeMap::keys)).collect();
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
