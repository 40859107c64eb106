//! A run whose positions, returns and held weights are made by hand, and whose book the portfolio crate builds.

use std::collections::BTreeMap;

use agents::{AgentId, Direction, Regime, RegimeLabel};
use chrono::{DateTime, Days, NaiveDate};
use market::instruments::{AssetClass, InstrumentId, ReturnSeries};
use market::{Catalogue, Cut, History};
use pipeline_core::day::{DayOutcome, StrategyEntry};
use pipeline_core::mark::Marking;
use pipeline_core::ports::{StoreSize, StoredMarket};
use pipeline_core::record::{RunHeader, RunMode, RunRecord, RunStatus};
use pipeline_core::state::DeskState;
use portfolio::{
    AllocationInput, CapitalAllocator, Consensus, ConstructionInput, Contribution, PortfolioConfig,
    PortfolioConstructor, Quotes, RegimeScaleState,
};
use strategies::{Decision, Leg, SignalReading, StrategyPosition, StrategyReport, StrategyState};

const NAV: f64 = 10_000_000.0;

pub fn run_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()
}

/// What a run decides from.
pub struct Book {
    pub positions: Vec<StrategyPosition>,
    pub returns: BTreeMap<InstrumentId, ReturnSeries>,
    /// Reports beside those of the positions' strategies, which are made up when none is given.
    pub reports: Vec<StrategyReport>,
    pub config: PortfolioConfig,
    pub breaker_scale: f64,
    pub consensus: Vec<Consensus>,
    pub quotes: Quotes,
    marking: Marking,
}

impl Book {
    pub fn of(positions: Vec<StrategyPosition>) -> Self {
        let scales = [("DI_1Y", 0.0008), ("DI_2Y", 0.002), ("DI_5Y", 0.006), ("USDBRL", 0.011), ("IBOV", 0.015)];
        let returns = scales.into_iter().map(|(name, scale)| (InstrumentId::new(name), series(name, scale))).collect();
        let marking = Marking { total: 0.001, nav_before: NAV, nav_after: 1.001 * NAV, ..Marking::default() };
        let config = PortfolioConfig::default();
        let (reports, consensus) = (Vec::new(), Vec::new());
        let quotes = Quotes::default();
        Self { positions, returns, reports, config, breaker_scale: 1.0, consensus, quotes, marking }
    }

    /// Holds a weight since the day before, moved by the market since.
    pub fn hold(&mut self, name: &str, weight: f64, growth: f64) {
        let id = InstrumentId::new(name);
        self.marking.from = run_date().pred_opt();
        self.marking.growth.insert(id.clone(), growth);
        self.marking.by_instrument.insert(id.clone(), weight * growth);
        self.marking.drifted.insert(id, weight * (1.0 + growth) / (1.0 + self.marking.total));
    }

    /// Builds and allocates the book, and files it.
    pub fn record(&self) -> RunRecord {
        let regime = Some(Regime { score: 0.1, label: RegimeLabel::Neutral, confidence: 0.8 });
        let input = ConstructionInput {
            date: run_date(),
            positions: &self.positions,
            returns: &self.returns,
            consensus: &self.consensus,
            regime,
            regime_state: RegimeScaleState::default(),
            sessions_elapsed: 1,
            breaker_scale: self.breaker_scale,
        };
        let constructor = PortfolioConstructor::new(self.config.construct.clone()).unwrap();
        let construction = constructor.construct(&input).unwrap();
        let input =
            AllocationInput { quotes: &self.quotes, ..AllocationInput::new(&construction, &self.marking.drifted, NAV) };
        let allocation = CapitalAllocator::new(self.config.allocate.clone()).unwrap().allocate(&input).unwrap();
        let mut outcome = DayOutcome::failed(&DeskState::empty(), String::new());
        outcome.status = RunStatus::Success;
        outcome.regime = regime;
        outcome.consensus = self.consensus.clone();
        outcome.strategies = self.entries();
        outcome.marking = self.marking.clone();
        outcome.weights = allocation.weights.clone();
        outcome.by_strategy = allocation.by_strategy.clone();
        outcome.construction = Some(construction);
        outcome.allocation = Some(allocation);
        filed(outcome)
    }

    fn entries(&self) -> Vec<StrategyEntry> {
        let mut reports: BTreeMap<_, StrategyReport> =
            self.reports.iter().map(|report| (report.strategy.clone(), report.clone())).collect();
        for position in &self.positions {
            let decision = Decision::Hold { package: position.package.clone() };
            let made_up = || report(position.strategy.as_str(), decision);
            reports.entry(position.strategy.clone()).or_insert_with(made_up).positions.push(position.clone());
        }
        let entry = |(strategy, report)| StrategyEntry { strategy, report: Some(report), error: None };
        reports.into_iter().map(entry).collect()
    }
}

fn filed(outcome: DayOutcome) -> RunRecord {
    let published = market::time::default_cut(run_date());
    RunRecord {
        header: RunHeader {
            run_id: "run".to_owned(),
            desk: "macro".to_owned(),
            run_date: run_date(),
            mode: RunMode::DryRun,
            cut: Cut::published(run_date(), published),
            started_at: published,
            code_version: String::new(),
            config_digest: String::new(),
            calendar_digest: String::new(),
            previous_run: None,
            previous_digest: None,
            simulated: true,
            owner: String::new(),
        },
        status: outcome.status,
        exit_code: 0,
        finished_at: published,
        steps: Vec::new(),
        outcome,
        data_digest: String::new(),
        step_digests: BTreeMap::new(),
        digest: String::new(),
    }
}

/// A market in which nothing was published.
pub fn market() -> StoredMarket {
    StoredMarket {
        history: History::default(),
        catalogue: Catalogue::default(),
        size: StoreSize::default(),
        recorded_through: DateTime::UNIX_EPOCH,
    }
}

pub fn position(strategy: &str, package: &str, legs: &[(&str, f64)], size: f64, confidence: f64) -> StrategyPosition {
    let long = legs.last().is_some_and(|(_, ratio)| *ratio > 0.0);
    StrategyPosition {
        strategy: strategy.into(),
        package: package.to_owned(),
        direction: if long { Direction::Long } else { Direction::Short },
        legs: legs.iter().map(|(id, ratio)| Leg::new(id, *ratio)).collect(),
        size,
        confidence,
        horizon_days: 63,
        entry_date: run_date(),
        signal: 1.0,
        entry_threshold: 0.5,
        exit_threshold: 0.2,
        stop: Some(-0.02),
        target: Some(0.03),
        cumulative_return: 0.0,
        flips_when: String::new(),
        evidence: Vec::new(),
    }
}

pub fn report(strategy: &str, decision: Decision) -> StrategyReport {
    StrategyReport {
        strategy: strategy.into(),
        decision,
        positions: Vec::new(),
        abstained: None,
        signals: Vec::new(),
        evidence: Vec::new(),
        notes: Vec::new(),
        missing: Vec::new(),
        next_state: StrategyState::default(),
        reads: Default::default(),
    }
}

pub fn reading(package: &str, value: f64) -> SignalReading {
    let (entry_threshold, exit_threshold) = (0.1, 0.04);
    SignalReading { package: package.to_owned(), value, unit: "score".to_owned(), entry_threshold, exit_threshold }
}

/// Reproducible noise in (-1, 1).
fn noise(seed: u64, step: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(step + 1);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (((state ^ (state >> 31)) >> 11) as f64) / ((1_u64 << 53) as f64) * 2.0 - 1.0
}

/// Daily returns that end on the run date, with this daily scale and a part common to all.
fn series(name: &str, scale: f64) -> ReturnSeries {
    let seed = name.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let ages: Vec<u64> = (0..260).rev().collect();
    let dates: Vec<NaiveDate> = ages.iter().map(|age| run_date() - Days::new(*age)).collect();
    let returns = ages.iter().map(|age| scale * (0.6 * noise(seed, *age) + 0.4 * noise(11, *age))).collect();
    let starts = dates.iter().map(|date| *date - Days::new(1)).collect();
    ReturnSeries { instrument: InstrumentId::new(name), starts, dates, returns, notes: Vec::new() }
}

/// A consensus on rates that expects prices to fall and multiplies exposure by `exposure_scale`.
pub fn bearish_rates(exposure_scale: f64) -> Consensus {
    Consensus {
        asset_class: AssetClass::NominalRates,
        score: -0.3,
        direction: Direction::Short,
        confidence: 0.5,
        dispersion: 0.1,
        weight_spoken: 1.0,
        conflicts: Vec::new(),
        contributions: vec![Contribution {
            agent: AgentId::Monetary,
            signal: "monetary.taylor_br".to_owned(),
            value: -0.3,
        }],
        vetoed: exposure_scale < 1.0,
        exposure_scale,
    }
}
