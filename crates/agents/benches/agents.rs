//! The five agents on the simulated demo market: one date, and ten years of Fridays.
//!
//! `cargo bench -p agents`. The demo has every series of the catalogue that the agents read, from 2014 on, with contracts since
//! 2023. `one_date` makes the registry anew each time, as a run does; `ten_years_of_fridays` asks one registry on 520 dates in
//! parallel, as a replay does.

use std::sync::LazyLock;

use agents::{AgentRegistry, AgentsConfig};
use chrono::NaiveDate;
use divan::{Bencher, black_box};
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation};
use rayon::prelude::*;
use simulated_market::{SimulatedMarket, SimulationConfig};

fn main() {
    divan::main();
}

struct Market {
    catalogue: Catalogue,
    calendars: Calendars,
    history: History,
}

static MARKET: LazyLock<Market> = LazyLock::new(|| {
    let world = SimulatedMarket::new(SimulationConfig::demo(7)).expect("the demo's dates are in order");
    let mut catalogue = Catalogue::embedded();
    let mut history = History::builder();
    for batch in world.batches() {
        batch.definitions.iter().for_each(|definition| catalogue.insert(definition.clone()));
        for one in &batch.observations {
            history.push(Observation {
                series: one.series.clone(),
                period: one.period,
                value: one.value,
                released_at: one.released_at,
                basis: one.basis,
                recorded_at: one.released_at,
            });
        }
    }
    let history = history.build().expect("simulated figures are numbers");
    Market { catalogue, calendars: Calendars::embedded(), history }
});

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

fn ask(registry: &AgentRegistry, date: NaiveDate) -> usize {
    let market = &*MARKET;
    let cut = Cut::published(date, market::time::default_cut(date));
    let view = AsOf::new(&market.history, &market.catalogue, &market.calendars, cut);
    let outcomes = registry.assess_all(&view);
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
    let market = &*MARKET;
    let config = AgentsConfig::default();
    bencher.bench(|| {
        let date = day(2026, 3, 31);
        let cut = Cut::published(date, market::time::default_cut(date));
        let view = AsOf::new(&market.history, &market.catalogue, &market.calendars, cut);
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
