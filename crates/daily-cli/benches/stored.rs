//! What an operator waits for on a stored desk, everything included (open, load, compute, close): a live run on SQLite and on
//! PostgreSQL over a local socket, and replay, explain, diff and the audit of filed runs.
//!
//! `cargo bench -p daily-cli --bench stored`. The desk is the demo's: 423 000 figures in 902 series, packed, with two runs filed.
//! SQLite syncs every commit to the disk; the PostgreSQL here is one of our own that syncs nothing.

use std::sync::LazyLock;

use chrono::NaiveDate;
use divan::{Bencher, black_box};
use market::Calendars;
use market::instruments::InstrumentId;
use pipeline_core::config::Config;
use pipeline_core::kept::KeptRun;
use pipeline_core::pipeline::{DailyPipeline, RunRequest, SystemClock};
use pipeline_core::ports::{Clock, Store};
use pipeline_core::record::{RunMode, RunRecord};
use pipeline_core::{diff, explain, replay};
use simulated_market::{SimulatedMarket, SimulationConfig};
use store::{OpenMode, SqlStore};
use tempfile::TempDir;
use throwaway_postgres::Database;
use tokio::runtime::Runtime;

const SEED: u64 = 7;
const CODE: &str = "bench";

fn main() {
    divan::main();
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads for the runtime")
});

static MARKET: LazyLock<SimulatedMarket> =
    LazyLock::new(|| SimulatedMarket::new(SimulationConfig::demo(SEED)).expect("the demo's dates are in order"));

#[derive(Debug, Clone, Copy)]
enum Engine {
    Sqlite,
    Postgres,
}

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// A filled and packed database with the runs of the last two business days.
struct Desk {
    place: Place,
    runs: [RunRecord; 2],
}

enum Place {
    File(TempDir),
    Server(Database<'static>),
}

impl Desk {
    fn new(engine: Engine) -> Self {
        let place = match engine {
            Engine::Sqlite => Place::File(tempfile::tempdir().expect("a temporary folder")),
            Engine::Postgres => {
                Place::Server(throwaway_postgres::server().expect("PostgreSQL is installed").database())
            }
        };
        RUNTIME.block_on(async {
            let store = SqlStore::open(&place.url(), OpenMode::Create).await.expect("a new database");
            for batch in MARKET.batches() {
                store.append(batch, SystemClock.now()).await.expect("an append");
            }
            store.pack().await.expect("packed");
            store.close().await.expect("closed");
        });
        let today = MARKET.last_business_day();
        let before = Calendars::embedded().previous(Config::default().run.calendar, today);
        let runs = [run(&place, before), run(&place, today)];
        Self { place, runs }
    }
}

impl Place {
    fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite://{}", folder.path().join("daily.db").display()),
            Self::Server(database) => database.url(),
        }
    }

    async fn reader(&self) -> SqlStore {
        SqlStore::open(&self.url(), OpenMode::ReadOnly).await.expect("a database")
    }
}

/// What `daily run` does between reading its configuration and printing.
fn run(place: &Place, date: NaiveDate) -> RunRecord {
    RUNTIME.block_on(async {
        let store = SqlStore::open(&place.url(), OpenMode::ReadWrite).await.expect("a database");
        let (calendars, config) = (Calendars::embedded(), Config::default());
        let stored = store.load().await.expect("a load");
        let cut = market::Cut { recorded: stored.recorded_through, ..config.run.cut(date, None) };
        let request = RunRequest {
            date,
            cut,
            mode: RunMode::Live,
            code_version: CODE.to_owned(),
            run_id: uuid::Uuid::now_v7().to_string(),
            owner: format!("bench:{}", std::process::id()),
        };
        let pipeline = DailyPipeline::new(&store, &SystemClock, &config, &calendars);
        let record = pipeline.run(request, &stored, 0.0, &mut |_| {}).await.expect("a record");
        store.close().await.expect("closed");
        record
    })
}

#[divan::bench(args = ENGINES, sample_count = 20, sample_size = 1)]
fn live_run(bencher: Bencher, engine: Engine) {
    let desk = Desk::new(engine);
    bencher.bench_local(|| run(&desk.place, black_box(MARKET.last_business_day())));
}

#[divan::bench(args = ENGINES, sample_count = 20, sample_size = 1)]
fn replay_a_run(bencher: Bencher, engine: Engine) {
    let desk = Desk::new(engine);
    bencher.bench_local(|| {
        RUNTIME.block_on(async {
            let store = desk.place.reader().await;
            let header = &desk.runs[1].header;
            let kept = KeptRun::read(&store, &header.desk, &header.run_id).await.expect("a kept run");
            let market = store.load().await.expect("a load");
            let replayed = replay::replay(&market, &kept, CODE).expect("a digest");
            assert!(replayed.matches);
            store.close().await.expect("closed");
        });
    });
}

#[divan::bench(args = ENGINES, sample_count = 20, sample_size = 1)]
fn explain_a_weight(bencher: Bencher, engine: Engine) {
    let desk = Desk::new(engine);
    let instrument: InstrumentId = desk.runs[1].outcome.weights.keys().next().expect("a weight").clone();
    bencher.bench_local(|| {
        RUNTIME.block_on(async {
            let store = desk.place.reader().await;
            let header = &desk.runs[1].header;
            let record = store.run(&header.desk, &header.run_id).await.expect("a read").expect("a record");
            let market = store.load().await.expect("a load");
            let explained = explain::explain(&record, &market, &instrument).expect("an explanation");
            store.close().await.expect("closed");
            explained
        })
    });
}

#[divan::bench(args = ENGINES, sample_count = 20, sample_size = 1)]
fn diff_two_days(bencher: Bencher, engine: Engine) {
    let desk = Desk::new(engine);
    bencher.bench_local(|| {
        RUNTIME.block_on(async {
            let store = desk.place.reader().await;
            let mut kept = Vec::new();
            for record in &desk.runs {
                let header = &record.header;
                kept.push(KeptRun::read(&store, &header.desk, &header.run_id).await.expect("a kept run"));
            }
            let market = store.load().await.expect("a load");
            let diff = diff::diff(&market, &kept[0], &kept[1], CODE).expect("a diff");
            assert!(diff.reaches_b);
            store.close().await.expect("closed");
        });
    });
}

#[divan::bench(args = ENGINES, sample_count = 5, sample_size = 1)]
fn audit_everything(bencher: Bencher, engine: Engine) {
    let desk = Desk::new(engine);
    bencher.bench_local(|| {
        RUNTIME.block_on(async {
            let store = desk.place.reader().await;
            let audit = store.audit(&desk.runs[0].header.desk).await.expect("an audit");
            assert_eq!(audit.faults, []);
            store.close().await.expect("closed");
        });
    });
}
