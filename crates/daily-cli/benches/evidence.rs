//! Replay and diff of filed days on the simulated demo market, in memory: what `daily replay` and `daily diff` add to
//! loading the database.
//!
//! `cargo bench -p daily-cli --bench evidence`; `-- revised` runs the benches whose name holds that word.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use divan::{Bencher, black_box};
use market::{AsOf, Calendars, Cut, Observation};
use pipeline_core::compute::compute;
use pipeline_core::config::Config;
use pipeline_core::diff::diff;
use pipeline_core::kept::{KeptRun, calendars_document, configuration_document};
use pipeline_core::ports::StoredMarket;
use pipeline_core::record::{RunHeader, RunMode, RunRecord};
use pipeline_core::replay::replay;
use pipeline_core::state::DeskState;
use simulated_market::{SimulatedMarket, SimulationConfig};

/// Seed of the demo.
const SEED: u64 = 7;
/// Version of the program that files and replays.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn main() {
    divan::main();
}

/// The demo market and its last two business days, filed one after the other.
struct Filed {
    market: StoredMarket,
    runs: [KeptRun; 2],
}

static FILED: LazyLock<Filed> = LazyLock::new(|| {
    let simulated = SimulatedMarket::new(SimulationConfig::demo(SEED)).expect("the demo's dates are in order");
    let market = stored(&simulated);
    let (config, calendars) = (Config::default(), Calendars::embedded());
    let last = simulated.last_business_day();
    let before = |date: NaiveDate| calendars.previous(config.run.calendar, date);
    let first = file(&market, &config, &calendars, before(before(last)), DeskState::empty());
    let state = |run: &KeptRun| run.record.outcome.next_state.clone();
    let second = file(&market, &config, &calendars, before(last), state(&first));
    let third = file(&market, &config, &calendars, last, state(&second));
    Filed { market, runs: [second, third] }
});

/// Every figure recorded when it was released, so that the two days have cuts of their own.
fn stored(simulated: &SimulatedMarket) -> StoredMarket {
    StoredMarket::in_memory(simulated.batches(), |new| new.released_at).expect("finite figures")
}

fn cut(date: NaiveDate) -> Cut {
    let cut = Config::default().run.cut(date, None);
    Cut { recorded: cut.published, ..cut }
}

fn file(market: &StoredMarket, config: &Config, calendars: &Calendars, date: NaiveDate, state: DeskState) -> KeptRun {
    let view = AsOf::new(&market.history, &market.catalogue, calendars, cut(date));
    let computed = compute(&view, config, &state).expect("a day has a digest");
    let header = RunHeader {
        run_id: date.to_string(),
        desk: config.desk.name.clone(),
        run_date: date,
        mode: RunMode::Live,
        cut: cut(date),
        started_at: DateTime::UNIX_EPOCH,
        code_version: VERSION.to_owned(),
        config_digest: configuration_document(config).expect("a configuration has a digest").digest,
        calendar_digest: calendars_document(calendars).expect("calendars have a digest").digest,
        previous_run: None,
        previous_digest: None,
        simulated: true,
        owner: "bench".to_owned(),
    };
    let record = RunRecord {
        status: computed.outcome.status,
        exit_code: computed.outcome.exit_code,
        finished_at: DateTime::UNIX_EPOCH,
        header,
        steps: Vec::new(),
        outcome: computed.outcome,
        data_digest: computed.data_digest,
        step_digests: computed.step_digests,
        digest: computed.digest,
    };
    KeptRun { record, config: config.clone(), calendars: calendars.clone(), state, previous: None }
}

/// A run that is reproduced.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn replay_a_day(bencher: Bencher) {
    let Filed { market, runs } = &*FILED;
    bencher.bench_local(|| replay(black_box(market), &runs[1], VERSION));
}

/// A run that is not: its outputs are digested again and compared field by field.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn replay_an_altered_day(bencher: Bencher) {
    let Filed { market, runs } = &*FILED;
    let mut altered = runs[1].clone();
    altered.record.outcome.weights.clear();
    bencher.bench_local(|| replay(black_box(market), &altered, VERSION));
}

/// Two days in a row: arrivals and state.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn diff_two_days(bencher: Bencher) {
    let Filed { market, runs: [a, b] } = &*FILED;
    bencher.bench_local(|| diff(black_box(market), a, b, VERSION));
}

/// Every cause at once but the program: six days computed.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn diff_with_every_cause(bencher: Bencher) {
    let Filed { market, runs: [a, b] } = &*FILED;
    let mut b = b.clone();
    b.config.portfolio.allocate.single_position = 0.10;
    b.calendars = b.calendars.with_closure(market::CalendarId::BrNational, "2027-03-10".parse().expect("a date"));
    // What was published of every tenth figure says something else an hour later.
    let mut restated = Vec::new();
    let mut at = 0_usize;
    let known = a.record.header.cut.published;
    let history = market.history.map(|row| {
        at += 1;
        if at.is_multiple_of(10) && row.released_at <= known {
            let released_at = known + chrono::TimeDelta::hours(1);
            restated.push(Observation {
                value: row.value * 1.000_1,
                released_at,
                recorded_at: released_at,
                ..row.clone()
            });
        }
        Some(row)
    });
    let history = history.and_then(|history| history.with(restated)).expect("finite figures");
    let market = StoredMarket { history, ..market.clone() };
    bencher.bench_local(|| diff(black_box(&market), a, &b, VERSION));
}

/// The figures of one cut in the vintages of another, over every stored row.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn as_revised(bencher: Bencher) {
    let Filed { market, runs: [a, b] } = &*FILED;
    let rows = divan::counter::ItemsCount::new(market.history.row_count());
    bencher.counter(rows).bench_local(|| market.history.as_revised(a.record.header.cut, b.record.header.cut));
}

/// What every stored series says differently at two cuts.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn changes(bencher: Bencher) {
    let Filed { market, runs: [a, b] } = &*FILED;
    let (from, to) = (a.record.header.cut, b.record.header.cut);
    let rows = divan::counter::ItemsCount::new(market.history.row_count());
    let view = AsOf::new(&market.history, &market.catalogue, &b.calendars, to);
    let ids = view.visible_series();
    bencher.counter(rows).bench_local(|| market.history.changes(from, to, &ids));
}
