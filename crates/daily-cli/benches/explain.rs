//! Explaining a weight of the simulated demo market, everything loaded. Goal: well under 50 ms an answer.
//!
//! `cargo bench -p daily-cli --bench explain`

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use divan::{Bencher, black_box};
use market::instruments::{InstrumentId, universe};
use market::{AsOf, Calendars};
use pipeline_core::compute::compute;
use pipeline_core::config::Config;
use pipeline_core::explain::{explain, why_not};
use pipeline_core::ports::StoredMarket;
use pipeline_core::record::{RunHeader, RunMode, RunRecord};
use pipeline_core::state::DeskState;
use simulated_market::{SimulatedMarket, SimulationConfig};

/// Seed of the demo.
const SEED: u64 = 7;

fn main() {
    divan::main();
}

/// A market and the run of its last business day.
struct Filed {
    market: StoredMarket,
    record: RunRecord,
}

static FILED: LazyLock<Filed> = LazyLock::new(filed);

fn filed() -> Filed {
    let simulated = SimulatedMarket::new(SimulationConfig::demo(SEED)).expect("the demo's dates are in order");
    let market = StoredMarket::in_memory(simulated.batches(), |_| DateTime::UNIX_EPOCH).expect("finite figures");
    let record = record(&market, simulated.last_business_day());
    Filed { market, record }
}

fn record(market: &StoredMarket, date: NaiveDate) -> RunRecord {
    let (config, calendars) = (Config::default(), Calendars::embedded());
    let cut = config.run.cut(date, None);
    let view = AsOf::new(&market.history, &market.catalogue, &calendars, cut);
    let computed = compute(&view, &config, &DeskState::empty()).expect("a digest");
    RunRecord {
        header: RunHeader {
            run_id: "00000000-0000-7000-8000-000000000000".to_owned(),
            desk: config.desk.name.clone(),
            run_date: date,
            mode: RunMode::DryRun,
            cut,
            started_at: cut.published,
            code_version: String::new(),
            config_digest: String::new(),
            calendar_digest: String::new(),
            previous_run: None,
            previous_digest: None,
            simulated: true,
            owner: "bench".to_owned(),
        },
        status: computed.outcome.status,
        exit_code: computed.outcome.exit_code,
        finished_at: cut.published,
        steps: Vec::new(),
        outcome: computed.outcome,
        data_digest: computed.data_digest,
        step_digests: computed.step_digests,
        digest: computed.digest,
    }
}

/// Every weight of the book, one answer each.
#[divan::bench]
fn every_weight(bencher: Bencher) {
    let weights: Vec<&InstrumentId> = FILED.record.outcome.weights.keys().collect();
    assert!(!weights.is_empty(), "the demo holds a book");
    bencher.counter(divan::counter::ItemsCount::new(weights.len())).bench_local(|| {
        weights.iter().map(|id| explain(black_box(&FILED.record), &FILED.market, id)).collect::<Vec<_>>()
    });
}

/// Every instrument without a weight, one answer each.
#[divan::bench]
fn every_absence(bencher: Bencher) {
    let absent = universe().iter().map(|instrument| &instrument.id);
    let absent: Vec<&InstrumentId> = absent.filter(|id| !FILED.record.outcome.weights.contains_key(id)).collect();
    bencher.counter(divan::counter::ItemsCount::new(absent.len())).bench_local(|| {
        absent.iter().map(|id| why_not(black_box(&FILED.record), &FILED.market, id)).collect::<Vec<_>>()
    });
}
