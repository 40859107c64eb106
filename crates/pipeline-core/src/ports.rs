//! The ports: what the pipeline needs from the world, as traits. Stores, sources and clocks implement them; the pure
//! day function never sees them.

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};
use market::{Catalogue, History, HistoryError, Observation, ReleaseBasis, SeriesDef, SeriesId};
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
    /// Recording instant of the newest batch loaded: everything loaded was recorded by it, and everything stored later
    /// is recorded after it. It is the recorded cut of a run on this load. The epoch when nothing is stored.
    pub recorded_through: DateTime<Utc>,
}

impl StoredMarket {
    /// A market in memory from batches as sources give them, with the embedded catalogue: what a store would load, had each
    /// figure been recorded when `recorded_at` says. For tests, benches and services that keep no database.
    ///
    /// # Errors
    /// When a figure is not finite.
    pub fn in_memory(
        batches: &[SourceBatch],
        recorded_at: impl Fn(&NewObservation) -> DateTime<Utc>,
    ) -> Result<Self, HistoryError> {
        let mut builder = History::builder();
        let mut catalogue = Catalogue::embedded();
        let mut recorded_through = DateTime::UNIX_EPOCH;
        for batch in batches {
            for definition in &batch.definitions {
                // The program's own definition is newer than one that came with figures.
                if catalogue.get(&definition.id).is_none() {
                    catalogue.insert(definition.clone());
                }
            }
            for new in &batch.observations {
                let recorded_at = recorded_at(new);
                recorded_through = recorded_through.max(recorded_at);
                let NewObservation { series, period, value, released_at, basis } = new.clone();
                builder.push(Observation { series, period, value, released_at, basis, recorded_at });
            }
        }
        let simulated = batches.iter().any(|batch| batch.simulated);
        let size = StoreSize { series: 0, rows: 0, simulated };
        let empty = Self { history: History::default(), catalogue, size, recorded_through };
        Ok(empty.with_history(builder.build()?))
    }

    /// The same market with another history: figures added, changed or removed.
    pub fn with_history(&self, history: History) -> Self {
        let (series, rows) = (history.series_count() as u64, history.row_count() as u64);
        let size = StoreSize { series, rows, ..self.size };
        let (catalogue, recorded_through) = (self.catalogue.clone(), self.recorded_through);
        Self { history, catalogue, size, recorded_through }
    }
}

/// The previous official run a new one starts from.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousRun {
    /// Its header.
    pub run_id: String,
    /// Its date.
    pub run_date: NaiveDate,
    /// Its digest.
    pub digest: String,
    /// The state it left.
    pub state: DeskState,
}

/// What a run was computed with, kept once for all runs that share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDocument {
    /// Digest by which runs name it.
    pub digest: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Its text.
    pub text: String,
}

/// What a [`KeptDocument`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// The part of the configuration that can change what a run computes, as JSON.
    Configuration,
    /// The calendars, as JSON.
    Calendars,
}

impl DocumentKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Calendars => "calendars",
        }
    }
}

/// A lease that was left behind and is now ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takeover {
    /// `host:pid` of the process that held it.
    pub owner: String,
    /// Its last sign of life.
    pub heartbeat_at: DateTime<Utc>,
    /// Why it does not hold any more (`it expired`, `its process is gone`).
    pub why: String,
}

/// What taking a desk for several runs found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Held {
    /// The lease that was taken over, if one was.
    pub took_over: Option<Takeover>,
    /// Runs of this desk that were killed and are marked ABANDONED now.
    pub abandoned: Vec<String>,
}

/// What beginning a run found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Begun {
    /// Number of this attempt at the date, from 1.
    pub attempt: u32,
    /// The lease that was taken over, if one was.
    pub took_over: Option<Takeover>,
    /// Runs of this desk that were killed and are marked ABANDONED now.
    pub abandoned: Vec<String>,
}

/// Storage of observations and runs. Implementations: SQLite and PostgreSQL, with the same results.
///
/// Runs, states and leases belong to a desk and no call of one desk sees another's; figures are shared.
pub trait Store: Send + Sync {
    /// The database as messages show it: a path, or a server without user and password.
    fn database(&self) -> String;

    /// Stores a batch in one transaction: definitions, figures, file hash and counts. Deduplicates: a figure already
    /// known with the same period, release instant and value adds nothing. The rows are recorded at `recorded_at`, or
    /// just after the newest batch when that is later: what a run has loaded can never be added to afterwards.
    fn append<'a>(
        &'a self,
        batch: &'a SourceBatch,
        recorded_at: DateTime<Utc>,
    ) -> PortFuture<'a, Result<AppendCounts, StoreError>>;

    /// Everything stored, in memory.
    fn load(&self) -> PortFuture<'_, Result<StoredMarket, StoreError>>;

    /// Size of the store.
    fn size(&self) -> PortFuture<'_, Result<StoreSize, StoreError>>;

    /// Packs what was stored since the last load, so that the next load reads blocks instead of rows. Derived: without
    /// it everything works, more slowly.
    fn pack(&self) -> PortFuture<'_, Result<(), StoreError>>;

    /// Takes the desk's lease for several runs in a row, until [`release`](Self::release): runs that the same owner
    /// begins meanwhile do not give it back. [`StoreError::Held`] when another owner holds it.
    fn hold<'a>(
        &'a self,
        desk: &'a str,
        owner: &'a str,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<Held, StoreError>>;

    /// Gives back what this owner holds of the desk's lease; nothing when it holds none.
    fn release<'a>(&'a self, desk: &'a str, owner: &'a str) -> PortFuture<'a, Result<(), StoreError>>;

    /// Extends the owner's lease. False when it is not held any more: another start took it over, and whoever asked
    /// must stop without filing.
    fn heartbeat<'a>(
        &'a self,
        desk: &'a str,
        owner: &'a str,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<bool, StoreError>>;

    /// Takes the desk's lease and commits the run's header with status RUNNING, and the documents it names that are not
    /// kept yet, before its first step. [`StoreError::Overtaken`] when the run it says it starts from is not the one that
    /// [`previous_run`](Self::previous_run) gives any more: read it again.
    fn begin_run<'a>(
        &'a self,
        header: &'a RunHeader,
        documents: &'a [KeptDocument],
    ) -> PortFuture<'a, Result<Begun, StoreError>>;

    /// Commits everything a run produced, the state it leaves and its seal, in one transaction, and gives the lease back.
    fn commit_run<'a>(&'a self, record: &'a RunRecord) -> PortFuture<'a, Result<(), StoreError>>;

    /// Marks a run that is RUNNING as ABANDONED and gives its lease back. False when it is not RUNNING (it was filed).
    fn abandon_run<'a>(
        &'a self,
        desk: &'a str,
        run_id: &'a str,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<bool, StoreError>>;

    /// The last successful attempt of the latest business date strictly before `date` that succeeded or was degraded,
    /// with the state it left. An error, never an older run, when that state was pruned or is missing.
    fn previous_run(&self, desk: &str, date: NaiveDate) -> PortFuture<'_, Result<Option<PreviousRun>, StoreError>>;

    /// Runs, newest first.
    fn runs<'a>(&'a self, desk: &'a str, limit: usize) -> PortFuture<'a, Result<Vec<RunSummary>, StoreError>>;

    /// One stored run by exact id or unique prefix.
    fn run<'a>(&'a self, desk: &'a str, id_prefix: &'a str) -> PortFuture<'a, Result<Option<RunRecord>, StoreError>>;

    /// The state that a run left, by exact id. `None` when it left none, or was pruned.
    fn state_after<'a>(
        &'a self,
        desk: &'a str,
        run_id: &'a str,
    ) -> PortFuture<'a, Result<Option<DeskState>, StoreError>>;

    /// A kept document by its digest.
    fn document<'a>(&'a self, digest: &'a str) -> PortFuture<'a, Result<Option<String>, StoreError>>;

    /// Recomputes the seals of every kept run of the desk, and of every batch, from the rows as they are now.
    fn audit<'a>(&'a self, desk: &'a str) -> PortFuture<'a, Result<AuditReport, StoreError>>;

    /// Removes everything that these runs left, but their line in the list and their seal. The state of a run that a
    /// kept run starts from stays. In one transaction.
    fn prune<'a>(
        &'a self,
        desk: &'a str,
        run_ids: &'a [String],
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<PruneCounts, StoreError>>;

    /// Copies the whole database to a new file, consistent at one instant; an existing file is never written over.
    /// [`StoreError::Unsupported`] where the database has its own tools for that.
    fn backup<'a>(&'a self, target: &'a std::path::Path) -> PortFuture<'a, Result<(), StoreError>>;

    /// Waits until everything is released.
    fn close(self: Box<Self>) -> PortFuture<'static, Result<(), StoreError>>;
}

/// What an audit looked at and what does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AuditReport {
    /// Runs whose seal was recomputed.
    pub runs: u64,
    /// Rows of runs that went into those seals.
    pub rows: u64,
    /// Runs whose rows were pruned: only their link in the chain was checked.
    pub pruned: u64,
    /// Filed runs and batches of before runs and batches were sealed: nothing can be said of them.
    pub unsealed: u64,
    /// Batches whose figures were recomputed.
    pub batches: u64,
    /// Figures of those batches.
    pub figures: u64,
    /// Seal of the desk's last run: whoever notes it elsewhere can prove later that no run was cut off the end.
    pub head: Option<String>,
    /// What does not agree, in order of runs, then batches.
    pub faults: Vec<AuditFault>,
}

/// One place whose contents are not those that were sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFault {
    /// Run id or batch number.
    pub subject: String,
    /// Table.
    pub table: String,
    /// Key of the row, `column=value` pairs; empty when rows are missing or the chain itself is broken.
    pub row: String,
    /// What is wrong, in one sentence.
    pub what: String,
}

/// What a prune removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PruneCounts {
    /// Runs whose outputs were removed.
    pub runs: u64,
    /// Rows removed.
    pub rows: u64,
    /// States of pruned runs that stay because a kept run starts from them.
    pub states_kept: u64,
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
    /// Another process runs this desk now.
    #[error(
        "desk {desk} of {database} is being run by {owner} since {since} (last heard of at {heartbeat}); try again when it has finished"
    )]
    Held {
        /// Which database.
        database: String,
        /// Which desk.
        desk: String,
        /// `host:pid` of the holder.
        owner: String,
        /// When its run began, RFC 3339.
        since: String,
        /// Its last sign of life, RFC 3339.
        heartbeat: String,
    },
    /// Another process filed or took over meanwhile: what this one computed or was about to file is not wanted any more.
    #[error("{why}; nothing of it was kept in {database}")]
    Overtaken {
        /// Which database.
        database: String,
        /// What happened.
        why: String,
    },
    /// The server cannot be reached, or the connection was cut; nothing of an open transaction was kept.
    #[error("database {database} cannot be reached: {why}")]
    Unreachable {
        /// Which database, without user and password.
        database: String,
        /// What happened.
        why: String,
    },
    /// The server refuses this user.
    #[error("database {database} refuses the connection: {why}")]
    Denied {
        /// Which database, without user and password.
        database: String,
        /// What the server said.
        why: String,
    },
    /// This database cannot do it.
    #[error("{database}: {why}")]
    Unsupported {
        /// Which database.
        database: String,
        /// Why, and what does it instead.
        why: String,
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
    /// There is no database yet: no such file, no such database on the server, or nothing in it.
    #[error("{database}: {why}")]
    Absent {
        /// Which database.
        database: String,
        /// What is not there, and what makes it.
        why: String,
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
