//! Construction of a target from 60 packages, by method: netting, covariance of 252 sessions, weights, every stage.
//!
//! `cargo bench -p portfolio --bench construct`

use std::collections::BTreeMap;

use agents::{Direction, Regime, RegimeLabel};
use chrono::{Days, NaiveDate};
use divan::{Bencher, black_box};
use market::instruments::{InstrumentId, ReturnSeries, universe};
use portfolio::{ConstructConfig, ConstructMethod, ConstructionInput, PortfolioConstructor, RegimeScaleState};
use strategies::{Leg, StrategyPosition};

const PACKAGES: usize = 60;
const SESSIONS: u64 = 504;

fn main() {
    divan::main();
}

/// Reproducible noise in (-1, 1).
fn noise(seed: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (((state ^ (state >> 31)) >> 11) as f64) / ((1_u64 << 53) as f64) * 2.0 - 1.0
}

fn run_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()
}

fn returns() -> BTreeMap<InstrumentId, ReturnSeries> {
    let dates: Vec<NaiveDate> = (0..SESSIONS).rev().map(|age| run_date() - Days::new(age)).collect();
    let of = |(row, id): (usize, &InstrumentId)| {
        let scale = 0.002 * (1 + row) as f64;
        let value = |day: u64| scale * (0.6 * noise(day + SESSIONS * (1 + row as u64)) + 0.4 * noise(day));
        let series = ReturnSeries {
            instrument: id.clone(),
            starts: dates.iter().map(|date| *date - Days::new(1)).collect(),
            dates: dates.clone(),
            returns: (0..SESSIONS).map(value).collect(),
            notes: Vec::new(),
        };
        (id.clone(), series)
    };
    universe().iter().map(|instrument| &instrument.id).enumerate().map(of).collect()
}

/// Sixty spreads, each of another pair of instruments.
fn positions() -> Vec<StrategyPosition> {
    let ids: Vec<&InstrumentId> = universe().iter().map(|instrument| &instrument.id).collect();
    let pairs = ids.iter().enumerate().flat_map(|(row, a)| ids[row + 1..].iter().map(move |b| (*a, *b)));
    let positions = pairs.take(PACKAGES).enumerate().map(|(row, (a, b))| StrategyPosition {
        strategy: format!("S{row:02}").as_str().into(),
        package: format!("{a} {b}"),
        direction: Direction::Long,
        legs: vec![Leg::new(a.as_str(), -0.7), Leg::new(b.as_str(), 1.0)],
        size: 0.3 + 0.01 * row as f64,
        confidence: 0.6,
        horizon_days: 63,
        entry_date: run_date(),
        signal: 1.0,
        entry_threshold: 0.5,
        exit_threshold: 0.2,
        stop: None,
        target: None,
        cumulative_return: 0.0,
        flips_when: String::new(),
        evidence: Vec::new(),
    });
    positions.collect()
}

#[divan::bench(args = [
    ConstructMethod::EqualRiskContribution,
    ConstructMethod::InverseVolatility,
    ConstructMethod::MinimumVariance,
    ConstructMethod::MeanVariance,
    ConstructMethod::BlackLitterman,
    ConstructMethod::HierarchicalRiskParity,
])]
fn construct_60_packages(bencher: Bencher, method: ConstructMethod) {
    let (positions, returns) = (positions(), returns());
    let config = ConstructConfig { method, fallback: Vec::new(), ..ConstructConfig::default() };
    let constructor = PortfolioConstructor::new(config).unwrap();
    let input = ConstructionInput {
        date: run_date(),
        positions: &positions,
        returns: &returns,
        consensus: &[],
        regime: Some(Regime { score: 0.5, label: RegimeLabel::RiskOn, confidence: 0.8 }),
        regime_state: RegimeScaleState::default(),
        sessions_elapsed: 1,
        breaker_scale: 1.0,
    };
    assert_eq!(constructor.construct(&input).unwrap().risk_model.packages.len(), PACKAGES);
    bencher.bench_local(|| constructor.construct(black_box(&input)).unwrap());
}
