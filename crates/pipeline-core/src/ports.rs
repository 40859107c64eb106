//! The ports: what the pipeline needs from the world, as traits. Stores, sources and clocks implement them; the pure
//! day function never sees them.

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};
use market::{Catalogue, History, ReleaseBasis, SeriesDef, SeriesId};
use serde::{Deserialize, Serialize};

use crate::record::{RunHeader, RunRecord, RunSummary};
use crate::state::DeskState;

/// A boxed future, so that ports stay usable as trait objects.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A figure as a source states it: everything but the instant this installation records it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewObservation {
    /// Series it belongs to.
    pub series: SeriesId,
    /// Date the figure describes.
    pub period: NaiveDate,
    /// Value in the published unit; always finite.
    pub value: f64,
    /// When the public could first know it.
    pub released_at: DateTime<Utc>,
    /// How well that is known.
    pub basis: ReleaseBasis,
}

/// Something a source refused or wants noticed. Never silent: it reaches the summary, the JSON and the exit code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestFinding {
    /// File or address it was read from, relative to the folder that was ingested.
    pub file: String,
    /// Line (text files, from 1) or record (JSON, from 1), when there is one.
    pub line: Option<u64>,
    /// Stable name of the rule (`html_instead_of_csv`, `bad_decimal`, `future_period`, ...).
    pub rule: String,
    /// One sentence for people.
    pub message: String,
    /// True when a row or file was refused; false for a remark that cost no data.
    pub rejects: bool,
}

/// One file or download, parsed: stored in one transaction, whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceBatch {
    /// Publisher (`BCB_SGS`, `FRED`, ...).
    pub source: String,
    /// File (relative path) or address.
    pub origin: String,
    /// BLAKE3 of the raw bytes, hex.
    pub raw_hash: String,
    /// Length of the raw bytes.
    pub raw_bytes: u64,
    /// Data rows seen in the raw bytes (a row of a wide file counts once).
    pub rows_read: u64,
    /// Data rows refused (each has a finding).
    pub rows_rejected: u64,
    /// Definitions of every series that occurs in `observations`.
    pub definitions: Vec<SeriesDef>,
    /// The figures.
    pub observations: Vec<NewObservation>,
    /// What was refused or noticed.
    pub findings: Vec<IngestFinding>,
    /// True when the figures are simulated: runs on them say so.
    pub simulated: bool,
}

/// Where figures come from: official files, HTTP connectors, the simulated market.
pub trait Source: Send {
    /// Publisher or collection name for messages.
    fn name(&self) -> &str;

    /// The next batch, or `None` when the source is exhausted. A file that cannot be read at all is a batch with no
    /// observations and a finding, not an error: the other files still go in.
    fn next_batch<'a>(
        &'a mut self,
        catalogue: &'a Catalogue,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<Option<SourceBatch>, SourceError>>;
}

/// Why a source cannot give anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The folder or server is not there.
    #[error("{what}: {why}")]
    Unavailable {
        /// Folder or server.
        what: String,
        /// What happened.
        why: String,
    },
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AppendCounts {
    /// Observations stored for the first time.
    pub new: u64,
    /// Observations that were known already.
    pub known: u64,
    /// Observations stored as a revision: same period and rule-based release instant as a stored one, another value.
    /// They are known to the public only since they were recorded, and are stored with that instant. Included in `new`.
    pub revised: u64,
}

/// Size of what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreSize {
    /// Series with at least one observation.
    pub series: u64,
    /// Observations.
    pub rows: u64,
    /// True when any stored batch is simulated.
    pub simulated: bool,
}

/// What was loaded for a run.
#[derive(Debug, Clone)]
pub struct StoredMarket {
    /// All vintages.
    pub history: History,
    /// The embedded catalogue with the definitions stored beside the figures.
    pub catalogue: Catalogue,
    /// Size at load.
    pub size: StoreSize,
}

/// The previous official run a new one starts from.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousRun {
    /// Its header.
    pub run_id: String,
    /// Its date.
    pub run_date: NaiveDate,
    /// The state it left.
    pub state: DeskState,
}

/// Storage of observations and runs. Implementations: SQLite; PostgreSQL follows behind the same port.
pub trait Store: Send + Sync {
    /// Stores a batch in one transaction: definitions, figures, file hash and counts. Deduplicates: a figure already
    /// known with the same period, release instant and value adds nothing.
    fn append<'a>(
        &'a self,
        batch: &'a SourceBatch,
        recorded_at: DateTime<Utc>,
    ) -> PortFuture<'a, Result<AppendCounts, StoreError>>;

    /// Everything stored, in memory.
    fn load(&self) -> PortFuture<'_, Result<StoredMarket, StoreError>>;

    /// Size of the store.
    fn size(&self) -> PortFuture<'_, Result<StoreSize, StoreError>>;

    /// Commits the run's header with status RUNNING before its first step.
    fn begin_run<'a>(&'a self, header: &'a RunHeader) -> PortFuture<'a, Result<(), StoreError>>;

    /// Commits everything a run produced, and the state it leaves, in one transaction.
    fn commit_run<'a>(&'a self, record: &'a RunRecord) -> PortFuture<'a, Result<(), StoreError>>;

    /// The last successful attempt of the latest business date strictly before `date` that succeeded or was degraded,
    /// with the state it left.
    fn previous_run(&self, desk: &str, date: NaiveDate) -> PortFuture<'_, Result<Option<PreviousRun>, StoreError>>;

    /// Runs, newest first.
    fn runs<'a>(&'a self, desk: &'a str, limit: usize) -> PortFuture<'a, Result<Vec<RunSummary>, StoreError>>;

    /// One stored run by exact id or unique prefix.
    fn run<'a>(&'a self, desk: &'a str, id_prefix: &'a str) -> PortFuture<'a, Result<Option<RunRecord>, StoreError>>;
}

/// Why storage refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the database: try again later.
    #[error("database {database} is locked by another process; try again when it has finished")]
    Locked {
        /// Which database, without secrets.
        database: String,
    },
    /// The database may be read but not written.
    #[error("database {database} is read-only: {why}")]
    ReadOnly {
        /// Which database.
        database: String,
        /// What the system said.
        why: String,
    },
    /// No room to write.
    #[error("no space left to write database {database}; nothing of this transaction was kept")]
    Full {
        /// Which database.
        database: String,
    },
    /// It is not a database of ours, or one of a newer program.
    #[error("{database} cannot be used: {why}")]
    Unusable {
        /// Which database.
        database: String,
        /// Why.
        why: String,
    },
    /// A stored row cannot be read back.
    #[error("database {database} holds a row that cannot be read: {why}")]
    Corrupt {
        /// Which database.
        database: String,
        /// Which row and why.
        why: String,
    },
    /// Anything else the database said.
    #[error("database {database}: {why}")]
    Other {
        /// Which database.
        database: String,
        /// What it said.
        why: String,
    },
}

/// The wall clock, so that the shell can be tested.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}
