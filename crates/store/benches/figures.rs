//! Rows a second into and out of each database.
//!
//! `cargo bench -p store`; `-- load` runs the groups whose name holds that word. Databases are new for every sample: SQLite
//! files in temporary folders, synced at every commit; a PostgreSQL of our own on a Unix socket, which syncs nothing, so
//! that its figures are those of the program and the server and not of the disk.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use market::{Catalogue, ReleaseBasis, SeriesId};
use pipeline_core::ports::{NewObservation, SourceBatch, Store};
use store::{OpenMode, SqlStore};
use tempfile::TempDir;
use throwaway_postgres::Database;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads for the runtime")
});

/// Which engine.
#[derive(Debug, Clone, Copy)]
enum Engine {
    Sqlite,
    Postgres,
}

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// Where a new database is, removed with the value.
enum Place {
    File(TempDir),
    Server(Database<'static>),
}

impl Place {
    fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::File(tempfile::tempdir().expect("a temporary folder")),
            Engine::Postgres => Self::Server(throwaway_postgres::server().expect("PostgreSQL is installed").database()),
        }
    }

    fn open(&self, mode: OpenMode) -> SqlStore {
        let url = match self {
            Self::File(folder) => format!("sqlite://{}", folder.path().join("bench.db").display()),
            Self::Server(database) => database.url(),
        };
        RUNTIME.block_on(SqlStore::open(&url, mode)).expect("a database")
    }
}

/// Business days of series, with a revision a month later of every `revised`-th period.
fn batch(series: usize, days: i64, from: i64, revised: Option<i64>) -> SourceBatch {
    let start = NaiveDate::from_ymd_opt(2006, 1, 2).expect("a date");
    let definition = Catalogue::embedded().iter().next().expect("the catalogue holds series").clone();
    let ids: Vec<SeriesId> = (0..series).map(|number| SeriesId::new(format!("BENCH_{number:04}"))).collect();
    let mut observations = Vec::new();
    for id in &ids {
        for day in from..from + days {
            let period = start + TimeDelta::days(day);
            let released_at = period.and_hms_opt(21, 0, 0).expect("a time").and_utc();
            let first = NewObservation {
                series: id.clone(),
                period,
                value: day as f64 * 0.01,
                released_at,
                basis: ReleaseBasis::Scheduled,
            };
            if revised.is_some_and(|every| day % every == 0) {
                let later = released_at + TimeDelta::days(30);
                observations.push(NewObservation { value: first.value + 0.5, released_at: later, ..first.clone() });
            }
            observations.push(first);
        }
    }
    SourceBatch {
        source: "BENCH".to_owned(),
        origin: format!("from {from}"),
        raw_hash: format!("{series} {days} {from}"),
        raw_bytes: 0,
        rows_read: observations.len() as u64,
        rows_rejected: 0,
        definitions: ids.iter().map(|id| market::SeriesDef { id: id.clone(), ..definition.clone() }).collect(),
        observations,
        findings: Vec::new(),
        simulated: false,
    }
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

static MILLION: LazyLock<SourceBatch> = LazyLock::new(|| batch(200, 5_000, 0, None));

/// 1,000,000 rows into an empty database, deduplicated.
#[divan::bench(args = ENGINES, sample_count = 5, sample_size = 1)]
fn append_a_million(bencher: Bencher, engine: Engine) {
    bencher
        .counter(ItemsCount::new(MILLION.observations.len()))
        .with_inputs(|| {
            let place = Place::new(engine);
            (place.open(OpenMode::Create), place)
        })
        .bench_local_values(|(store, place)| {
            RUNTIME.block_on(store.append(&MILLION, now())).expect("stored");
            (store, place)
        });
}

/// The same rows again: nothing is new.
#[divan::bench(args = ENGINES, sample_count = 5, sample_size = 1)]
fn append_a_known_million(bencher: Bencher, engine: Engine) {
    let place = Place::new(engine);
    let store = place.open(OpenMode::Create);
    RUNTIME.block_on(store.append(&MILLION, now())).expect("stored");
    bencher
        .counter(ItemsCount::new(MILLION.observations.len()))
        .bench_local(|| RUNTIME.block_on(store.append(&MILLION, now())).expect("known"));
}

/// 5,000 rows into a database that holds a million.
#[divan::bench(args = ENGINES, sample_count = 20, sample_size = 1)]
fn append_an_increment(bencher: Bencher, engine: Engine) {
    let place = Place::new(engine);
    let store = place.open(OpenMode::Create);
    RUNTIME.block_on(store.append(&MILLION, now())).expect("stored");
    let mut day = 5_000;
    bencher
        .counter(ItemsCount::new(5_000_usize))
        .with_inputs(|| {
            day += 25;
            batch(200, 25, day, None)
        })
        .bench_local_values(|increment| RUNTIME.block_on(store.append(&increment, now())).expect("stored"));
}

/// 500 series x 20 years with revisions: 3.4 M vintages.
fn decades(engine: Engine) -> (SqlStore, Place) {
    let place = Place::new(engine);
    let store = place.open(OpenMode::Create);
    let all = batch(500, 5_040, 0, Some(3));
    RUNTIME.block_on(store.append(&all, now())).expect("stored");
    (store, place)
}

/// Loading them from packed blocks.
#[divan::bench(args = ENGINES, sample_count = 7, sample_size = 1)]
fn load_decades_packed(bencher: Bencher, engine: Engine) {
    let (store, _place) = decades(engine);
    RUNTIME.block_on(store.pack()).expect("packed");
    let rows = RUNTIME.block_on(store.load()).expect("loaded").size.rows;
    bencher
        .counter(ItemsCount::new(rows as usize))
        .bench_local(|| black_box(RUNTIME.block_on(store.load()).expect("loaded")));
}

/// Loading them from the table, row by row, through a handle that never packs.
#[divan::bench(args = ENGINES, sample_count = 3, sample_size = 1)]
fn load_decades_row_by_row(bencher: Bencher, engine: Engine) {
    let (_store, place) = decades(engine);
    let reader = place.open(OpenMode::ReadOnly);
    bencher.bench_local(|| black_box(RUNTIME.block_on(reader.load()).expect("loaded")));
}

/// Computing every seal of them again.
#[divan::bench(args = ENGINES, sample_count = 3, sample_size = 1)]
fn audit_decades(bencher: Bencher, engine: Engine) {
    let (store, _place) = decades(engine);
    bencher.bench_local(|| black_box(RUNTIME.block_on(store.audit("macro")).expect("audited")));
}
