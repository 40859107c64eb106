//! Stress of 60 positions under 20 scenarios: reading the market, repricing, and repricing with what sensitivities explain.
//!
//! `cargo bench -p risk --bench stress`. The 60 positions are the universe, repeated.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use divan::{Bencher, black_box};
use market::curves::CurveBook;
use market::instruments::{Shock, universe};
use risk::stress::{self, Holding};
use risk::{Book, RiskConfig, Scenario};

const POSITIONS: usize = 60;
const SCENARIOS: usize = 20;

fn main() {
    divan::main();
}

static MARKET: LazyLock<support::Market> = LazyLock::new(|| support::ordinary(60).build());

/// Every instrument that the market by hand prices, again and again.
fn holdings() -> Vec<Holding> {
    let view = MARKET.today();
    let book = CurveBook::latest(&view);
    let mut all = Vec::new();
    while all.len() < POSITIONS {
        let weights: BTreeMap<_, _> = universe().iter().map(|instrument| (instrument.id.clone(), 0.02)).collect();
        let once = stress::holdings(&book, &Book::of(weights)).expect("the universe");
        all.extend(once.into_iter().filter(|holding| holding.priced.is_ok()));
    }
    all.truncate(POSITIONS);
    all
}

fn scenarios() -> Vec<Scenario> {
    RiskConfig::default().scenarios.into_iter().cycle().take(SCENARIOS).collect()
}

/// The limit of 2 ms is on this.
#[divan::bench]
fn reprice_60_positions_under_20_scenarios(bencher: Bencher) {
    let (holdings, shocks) = (holdings(), scenarios().iter().map(Scenario::shock).collect::<Vec<Shock>>());
    bencher.bench_local(|| {
        let mut total = 0.0;
        for shock in &shocks {
            for holding in &holdings {
                let (priced, _) = holding.priced.as_ref().expect("priced");
                total += holding.weight * priced.reprice(black_box(shock)).expect("a price");
            }
        }
        total
    });
}

#[divan::bench]
fn results_of_60_positions_under_20_scenarios_with_what_explains_them(bencher: Bencher) {
    let (holdings, scenarios) = (holdings(), scenarios());
    bencher.bench_local(|| stress::run(black_box(&holdings), black_box(&scenarios)));
}

#[divan::bench]
fn read_the_levels_and_sensitivities_of_the_universe(bencher: Bencher) {
    let weights: BTreeMap<_, _> = universe().iter().map(|instrument| (instrument.id.clone(), 0.02)).collect();
    let positions = Book::of(weights);
    bencher.bench_local(|| {
        let view = MARKET.today();
        let book = CurveBook::latest(&view);
        stress::holdings(&book, black_box(&positions)).expect("the universe")
    });
}
