//! The five agents on the simulated demo market: one date, and ten years of Fridays.
//!
//! `cargo bench -p agents`. The demo has every series of the catalogue that the agents read, from 2014 on, with contracts since
//! 2023. `one_date` makes the registry anew each time, as a run does; `ten_years_of_fridays` asks one registry on 520 dates in
//! parallel, as a replay does.

#[path = "../tests/published/mod.rs"]
mod published;

use std::sync::LazyLock;

use agents::{AgentRegistry, AgentsConfig};
use chrono::NaiveDate;
use divan::{Bencher, black_box};
use market::History;
use published::Published;
use rayon::prelude::*;
use simulated_market::SimulationConfig;

fn main() {
    divan::main();
}

static MARKET: LazyLock<(Published, History)> = LazyLock::new(|| {
    let market = Published::new(SimulationConfig::demo(7));
    let history = published::history(&market.rows);
    (market, history)
});

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

fn ask(registry: &AgentRegistry, date: NaiveDate) -> usize {
    let (market, history) = &*MARKET;
    let outcomes = registry.assess_all(&market.view(history, date));
    outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok()).map(|report| report.signals.len()).sum()
}

#[divan::bench(sample_count = 50)]
fn one_date(bencher: Bencher) {
    LazyLock::force(&MARKET);
    bencher.bench(|| ask(&AgentRegistry::standard(&AgentsConfig::default()), black_box(day(2026, 3, 31))));
}

#[divan::bench(sample_count = 3)]
fn ten_years_of_fridays(bencher: Bencher) {
    LazyLock::force(&MARKET);
    let fridays: Vec<NaiveDate> = day(2016, 4, 8).iter_weeks().take(520).collect();
    let registry = AgentRegistry::standard(&AgentsConfig::default());
    bencher.bench(|| fridays.par_iter().map(|friday| ask(&registry, *friday)).sum::<usize>());
}

/// One agent on one date.
#[divan::bench(args = ["inflation", "monetary", "fiscal", "fx", "cross_asset"], sample_count = 20)]
fn one_agent(bencher: Bencher, name: &str) {
    LazyLock::force(&MARKET);
    let (market, history) = &*MARKET;
    let config = AgentsConfig::default();
    bencher.bench(|| {
        let date = day(2026, 3, 31);
        let view = market.view(history, date);
        let agent = match name {
            "inflation" => agents::inflation::agent(&config),
            "monetary" => agents::monetary::agent(&config),
            "fiscal" => agents::fiscal::agent(&config),
            "fx" => agents::fx::agent(&config),
            _ => agents::cross_asset::agent(&config),
        };
        AgentRegistry::new(vec![Box::new(agent)]).assess_all(&view)
    });
}
