//! The allocator at 60 instruments and 150 constraints.
//!
//! `cargo bench -p portfolio --bench allocate`: first the distribution over a thousand random targets and held books, then
//! medians of single cases.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Instant;

use divan::{Bencher, black_box};
use market::instruments::{AssetClass, Instrument, InstrumentId, find, universe};
use portfolio::{
    AllocateConfig, AllocationInput, Band, CapitalAllocator, Construction, ContractQuote, LinearBound, Member, Quotes,
    RiskModel, TargetPackage, Weights,
};
use strategies::Leg;

const INSTRUMENTS: usize = 60;
const CONSTRAINTS: usize = 150;
const TARGETS: u64 = 1_000;
const NAV: f64 = 1e9;

/// The house's instruments, and copies of them under other names up to sixty.
static UNIVERSE: LazyLock<Vec<Instrument>> = LazyLock::new(|| {
    let copy = |at: usize| {
        let original = &universe()[at % universe().len()];
        let id = if at < universe().len() { original.id.clone() } else { InstrumentId::new(format!("COPY_{at}")) };
        let mut copied = original.clone();
        copied.id = id;
        copied.asset_class = AssetClass::ALL[at % AssetClass::ALL.len()];
        copied
    };
    (0..INSTRUMENTS).map(copy).collect()
});

fn look_up(id: &InstrumentId) -> Option<&'static Instrument> {
    UNIVERSE.iter().find(|instrument| instrument.id == *id)
}

/// Reproducible numbers in (-1, 1).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

struct Case {
    target: Construction,
    held: Weights,
    quotes: Quotes,
}

/// Forty single positions and ten spreads of two, on returns with three common factors.
fn case(seed: u64) -> Case {
    let mut draws = Draws(seed);
    let ids: Vec<InstrumentId> = UNIVERSE.iter().map(|instrument| instrument.id.clone()).collect();
    let loadings: Vec<[f64; 4]> =
        ids.iter().map(|_| [0.05, 0.03, 0.03, 0.06].map(|scale| scale * (1.0 + 0.5 * draws.next()))).collect();
    let covariance = |i: usize, j: usize| {
        let common: f64 = (0..3).map(|k| loadings[i][k] * loadings[j][k]).sum();
        common + if i == j { loadings[i][3] * loadings[i][3] } else { 0.0 }
    };
    let mut packages = Vec::new();
    for (at, id) in ids.iter().enumerate().take(40) {
        let side = draws.next();
        packages.push((vec![(id, side.signum())], 0.02 + 0.08 * side.abs(), at));
    }
    for at in (40..INSTRUMENTS).step_by(2) {
        let legs = vec![(&ids[at], -1.5 + 0.5 * draws.next()), (&ids[at + 1], 1.0)];
        packages.push((legs, 0.02 + 0.05 * draws.next().abs(), at));
    }
    // Two spreads share instruments with single positions that pull the other way.
    packages.push((vec![(&ids[0], 1.2), (&ids[7], -1.0)], 0.05, 0));
    let packages: Vec<TargetPackage> = packages
        .into_iter()
        .enumerate()
        .map(|(at, (legs, weight, _))| TargetPackage {
            name: format!("P{at:02}"),
            legs: legs.into_iter().map(|(id, ratio)| Leg::new(id.as_str(), ratio)).collect(),
            weight,
            conviction: 0.5,
            members: vec![Member { strategy: "S".into(), package: format!("P{at:02}"), share: 1.0 }],
        })
        .collect();
    let row = |id: &InstrumentId| ids.iter().position(|known| known == id).expect("an instrument of the bench");
    let between = |a: &TargetPackage, b: &TargetPackage| {
        let mut sum = 0.0;
        for left in &a.legs {
            for right in &b.legs {
                sum += left.ratio * right.ratio * covariance(row(&left.instrument), row(&right.instrument));
            }
        }
        sum
    };
    let risk_model = RiskModel {
        packages: packages.iter().map(|package| package.name.clone()).collect(),
        package_covariance: packages.iter().map(|a| packages.iter().map(|b| between(a, b)).collect()).collect(),
        instruments: ids.clone(),
        instrument_covariance: (0..INSTRUMENTS).map(|i| (0..INSTRUMENTS).map(|j| covariance(i, j)).collect()).collect(),
        ..RiskModel::default()
    };
    let mut weights = Weights::new();
    for package in &packages {
        for (id, exposure) in package.exposures() {
            *weights.entry(id.clone()).or_default() += exposure;
        }
    }
    let held = weights.iter().map(|(id, weight)| (id.clone(), weight * (0.8 + 0.4 * draws.next()))).collect();
    let quoted = ids.into_iter().map(|id| (id, ContractQuote { price: 100.0, rate: Some(0.13), fx: 5.0 })).collect();
    let target = Construction { packages, weights, risk_model, ..Construction::default() };
    Case { target, held, quotes: Quotes { quoted, ..Quotes::default() } }
}

/// Caps that bind for most targets: gross, classes, every name, every name's risk, volatility, turnover and linear ones.
fn allocator() -> CapitalAllocator {
    let fixed = 1 + AssetClass::ALL.len() + 2 * INSTRUMENTS + 2;
    let mut draws = Draws(5);
    let linear = (0..CONSTRAINTS - fixed).map(|at| {
        let coefficients = universe().iter().take(13).map(|found| (found.id.clone(), draws.next())).collect();
        (format!("own {at}"), LinearBound { coefficients, lower: Some(-0.05), upper: Some(0.05) })
    });
    let config = AllocateConfig {
        gross_leverage: 2.5,
        single_position: 0.08,
        asset_class: 0.45,
        turnover: Some(1.2),
        volatility: Some(0.12),
        linear: linear.collect(),
        soft: vec!["turnover".to_owned()],
        cost_bp: UNIVERSE.iter().map(|instrument| (instrument.id.clone(), 2.0)).collect(),
        bounds: BTreeMap::from([(InstrumentId::new("USDBRL"), Band { lower: Some(-0.07), upper: Some(0.07) })]),
        ..AllocateConfig::default()
    };
    assert!(find(&InstrumentId::new("USDBRL")).is_some());
    CapitalAllocator::new(config).expect("a configuration with meaning")
}

fn input(case: &Case) -> AllocationInput<'_> {
    AllocationInput { quotes: &case.quotes, universe: look_up, ..AllocationInput::new(&case.target, &case.held, NAV) }
}

fn main() {
    let allocator = allocator();
    let mut times = Vec::new();
    let (mut fallbacks, mut held_back, mut constraints) = (0, 0, 0);
    for seed in 0..TARGETS {
        let case = case(seed);
        let started = Instant::now();
        let allocation = black_box(allocator.allocate(&input(&case)).expect("a book"));
        times.push(started.elapsed().as_secs_f64() * 1e3);
        fallbacks += u64::from(allocation.fallback.is_some());
        held_back += allocation.adjustments.len();
        constraints = allocation.constraints.len();
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "allocate, {INSTRUMENTS} instruments, {constraints} constraints in use: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms over {TARGETS} \
         targets; {fallbacks} fallbacks, {} packages held back",
        at(0.5),
        at(0.99),
        at(1.0),
        held_back
    );
    divan::main();
}

#[divan::bench(sample_count = 50)]
fn allocate_60_instruments_150_constraints(bencher: Bencher<'_, '_>) {
    let (allocator, case) = (allocator(), case(1));
    bencher.bench_local(|| allocator.allocate(&input(&case)));
}
