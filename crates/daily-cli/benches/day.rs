//! The desk's day on the simulated demo market: generate, ingest, load, decide, and all of it as `daily run --dry-run`.
//!
//! `cargo bench -p daily-cli --bench day`; `-- decide` runs the groups whose name holds that word. Databases are files in
//! temporary folders and every append is synced to disk, so the ingest figures are those of the disk too. After a full
//! run the seconds of each step are printed, as medians of dry runs: what the run records say, the digests in `report`.

use std::sync::LazyLock;
use std::time::Instant;

use chrono::NaiveDate;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use market::{AsOf, Calendars};
use pipeline_core::config::Config;
use pipeline_core::day::{DayOutcome, check_quality, day};
use pipeline_core::pipeline::{DailyPipeline, RunRequest, SystemClock};
use pipeline_core::ports::{Clock, Store, StoredMarket};
use pipeline_core::record::{RunMode, RunRecord, StepName};
use pipeline_core::state::DeskState;
use simulated_market::{SimulatedMarket, SimulationConfig};
use store::{OpenMode, SqlStore};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Seed of the demo.
const SEED: u64 = 7;
/// Dry runs behind the table of steps.
const STEP_RUNS: usize = 9;

fn main() {
    divan::main();
    if std::env::args().skip(1).eq(["--bench".to_owned()]) {
        print_steps();
    }
}

static MARKET: LazyLock<SimulatedMarket> =
    LazyLock::new(|| SimulatedMarket::new(SimulationConfig::demo(SEED)).expect("the demo's dates are in order"));

/// As the binary's own.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads for the runtime")
});

fn rows() -> ItemsCount {
    ItemsCount::new(MARKET.batches().iter().map(|batch| batch.observations.len()).sum::<usize>())
}

/// A database in a folder of its own, removed with it.
struct Database {
    store: SqlStore,
    folder: TempDir,
}

impl Database {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = RUNTIME.block_on(SqlStore::open(&url(&folder), OpenMode::Create)).expect("a new database");
        Self { store, folder }
    }

    /// Holds the whole demo market, as `daily init --demo` leaves it.
    fn filled() -> Self {
        let database = Self::empty();
        database.append_all();
        database
    }

    /// Also holds the packed columns that the first load through a writable handle leaves.
    fn packed() -> Self {
        let database = Self::filled();
        database.load();
        database
    }

    fn url(&self) -> String {
        url(&self.folder)
    }

    /// Every batch, one transaction each; the figures that were new.
    fn append_all(&self) -> u64 {
        let recorded_at = SystemClock.now();
        RUNTIME.block_on(async {
            let mut new = 0;
            for batch in MARKET.batches() {
                new += self.store.append(batch, recorded_at).await.expect("an append").new;
            }
            new
        })
    }

    fn load(&self) -> StoredMarket {
        RUNTIME.block_on(self.store.load()).expect("a load")
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("daily.db").display())
}

/// What `daily run --dry-run` does between reading its configuration and printing.
fn run_dry(url: &str) -> RunRecord {
    RUNTIME.block_on(async {
        let store = SqlStore::open(url, OpenMode::ReadOnly).await.expect("the database opens for reading");
        let (calendars, config) = (Calendars::embedded(), Config::default());
        let loading = Instant::now();
        let stored = store.load().await.expect("a load");
        let load_seconds = loading.elapsed().as_secs_f64();
        let date = MARKET.last_business_day();
        let request = RunRequest {
            date,
            cut: config.run.cut(date, None),
            mode: RunMode::DryRun,
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: "00000000-0000-7000-8000-000000000000".to_owned(),
            owner: "bench".to_owned(),
        };
        let pipeline = DailyPipeline::new(&store, &SystemClock, &config, &calendars);
        let record = pipeline.run(request, &stored, load_seconds, &mut |_| {}).await.expect("a record");
        store.close().await.expect("the file closes");
        record
    })
}

/// What the pure function needs: everything loaded, in memory.
struct Desk {
    stored: StoredMarket,
    calendars: Calendars,
    config: Config,
}

impl Desk {
    fn new() -> Self {
        Self { stored: Database::filled().load(), calendars: Calendars::embedded(), config: Config::default() }
    }

    /// A new view with an empty log, at the desk's cut of a date.
    fn view(&self, date: NaiveDate) -> AsOf<'_> {
        AsOf::new(&self.stored.history, &self.stored.catalogue, &self.calendars, self.config.run.cut(date, None))
    }

    fn day(&self, date: NaiveDate, state: &DeskState) -> DayOutcome {
        day(&self.view(date), &self.config, state)
    }

    /// The state that the business day before leaves: a book that is held, to be marked today.
    fn held(&self) -> DeskState {
        let before = self.calendars.previous(self.config.run.calendar, MARKET.last_business_day());
        self.day(before, &DeskState::empty()).next_state
    }
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn generate_market(bencher: Bencher) {
    bencher.counter(rows()).bench_local(|| SimulatedMarket::new(black_box(SimulationConfig::demo(SEED))));
}

mod ingest {
    use super::*;

    /// All batches into a new database, its schema already there.
    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn all_new(bencher: Bencher) {
        bencher.counter(rows()).with_inputs(Database::empty).bench_local_values(|database| {
            assert!(database.append_all() > 0);
            database
        });
    }

    /// The same batches again: every figure is compared, none is written.
    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn all_known(bencher: Bencher) {
        let database = Database::filled();
        bencher.counter(rows()).bench_local(|| assert_eq!(database.append_all(), 0));
    }
}

mod load {
    use super::*;

    /// The first load after a large ingest, through a read-only handle, which may not pack.
    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn row_by_row(bencher: Bencher) {
        let Database { store, folder } = Database::filled();
        let (url, mode) = (url(&folder), OpenMode::ReadOnly);
        RUNTIME.block_on(store.close()).expect("the file closes");
        let store = RUNTIME.block_on(SqlStore::open(&url, mode)).expect("the database opens for reading");
        let database = Database { store, folder };
        bencher.counter(rows()).bench_local(|| database.load());
    }

    /// Every later one.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn packed(bencher: Bencher) {
        let database = Database::packed();
        bencher.counter(rows()).bench_local(|| database.load());
    }
}

mod decide {
    use super::*;

    /// The day function of a desk that holds nothing.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn first_day(bencher: Bencher) {
        let desk = Desk::new();
        let (date, state) = (MARKET.last_business_day(), DeskState::empty());
        bencher.bench_local(|| desk.day(black_box(date), &state));
    }

    /// The day function of a desk that holds yesterday's book.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn next_day(bencher: Bencher) {
        let desk = Desk::new();
        let (date, state) = (MARKET.last_business_day(), desk.held());
        bencher.bench_local(|| desk.day(black_box(date), &state));
    }

    /// Its quality step alone, which `daily quality` runs.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn quality(bencher: Bencher) {
        let desk = Desk::new();
        bencher.bench_local(|| check_quality(&desk.view(black_box(MARKET.last_business_day())), &desk.config));
    }
}

mod dry_run {
    use super::*;

    /// Straight after `daily init --demo`.
    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn row_by_row(bencher: Bencher) {
        let database = Database::filled();
        bencher.bench_local(|| run_dry(&database.url()));
    }

    /// On a database that a run has written to.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn packed(bencher: Bencher) {
        let database = Database::packed();
        bencher.bench_local(|| run_dry(&database.url()));
    }
}

fn print_steps() {
    let database = Database::packed();
    let records: Vec<RunRecord> = (0..STEP_RUNS).map(|_| run_dry(&database.url())).collect();
    println!("\nseconds by step, medians of {STEP_RUNS} dry runs, status {}", records[0].status.as_str());
    for name in StepName::ALL {
        let mut seconds: Vec<f64> =
            records.iter().filter_map(|r| r.step_timings().get(name.as_str()).copied()).collect();
        seconds.sort_by(f64::total_cmp);
        println!("{:<10} {:>9.4}", name.as_str(), seconds[seconds.len() / 2]);
    }
}
