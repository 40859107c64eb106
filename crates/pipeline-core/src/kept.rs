//! What a run was computed from, kept beside it: configuration, calendars, and the state it started from.
//!
//! Something that is not there is told apart by why: removed by a prune, never kept, or gone although nothing removed it;
//! and what is there is refused where it contradicts itself. So nobody can pass an altered run off as an old one.

use chrono::NaiveDate;
use market::Calendars;

use crate::config::Config;
use crate::digest::{self, DigestError};
use crate::ports::{DocumentKind, KeptDocument, Store, StoreError};
use crate::record::{RunRecord, RunStatus};
use crate::state::DeskState;

/// A filed run with everything needed to compute it again.
#[derive(Debug, Clone)]
pub struct KeptRun {
    /// What it filed.
    pub record: RunRecord,
    /// The configuration it used; where it was stored is not part of it.
    pub config: Config,
    /// The calendars it used.
    pub calendars: Calendars,
    /// The state it started from, as it is stored.
    pub state: DeskState,
    /// The run that left that state, as its own record tells it; `None` when it starts from none, or the record was
    /// pruned.
    pub previous: Option<Predecessor>,
}

/// What the record of a run says of what the next one starts from.
#[derive(Debug, Clone, PartialEq)]
pub struct Predecessor {
    /// Its id.
    pub run_id: String,
    /// Its date.
    pub run_date: NaiveDate,
    /// Its digest.
    pub digest: String,
    /// The state it left.
    pub state: DeskState,
}

/// Why a run cannot be computed again.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no record under that id, and there need be none.
    #[error("run {run_id} left no record: {why}")]
    NoRecord {
        /// Which run.
        run_id: String,
        /// What became of it.
        why: &'static str,
    },
    /// The program that filed it did not keep everything it used.
    #[error("run {run_id} cannot be computed again for want of its {what}: the program that filed it kept none")]
    NotKept {
        /// Which run.
        run_id: String,
        /// `configuration` or `calendars`.
        what: &'static str,
    },
    /// What was filed is not in the database, and no prune removed it.
    #[error("run {run_id} cannot be computed again: the database holds no {what} under {key}, and no prune removed it")]
    Missing {
        /// Which run.
        run_id: String,
        /// `record`, `configuration`, `calendars`, `state` or `previous record`.
        what: &'static str,
        /// Run id or digest under which it belongs.
        key: String,
    },
    /// What is stored contradicts itself: it was changed after the run was filed.
    #[error("run {run_id} was altered after it was filed, in its {what}: {why}")]
    Altered {
        /// Which run.
        run_id: String,
        /// `record`, `configuration`, `calendars` or `state`.
        what: &'static str,
        /// The contradiction.
        why: String,
    },
    /// Something it was computed with does not read with this version of the program.
    #[error("run {run_id} cannot be computed again: this version of the program cannot read its {what}: {why}")]
    Unreadable {
        /// Which run.
        run_id: String,
        /// `configuration` or `calendars`.
        what: &'static str,
        /// What the reader said.
        why: String,
    },
}

impl KeptError {
    /// True when what is stored is not what was filed: altered, or removed otherwise than by a prune.
    pub fn shows_alteration(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Altered { .. } | Self::Store(StoreError::Corrupt { .. }))
    }
}

impl KeptRun {
    /// Reads a run, by its exact id, and what it was computed from.
    ///
    /// # Errors
    /// What is missing, contradicts itself or does not read, by name.
    pub async fn read(store: &dyn Store, desk: &str, run_id: &str) -> Result<Self, KeptError> {
        let Some(record) = store.run(desk, run_id).await? else {
            return Err(no_record(store, desk, run_id).await?);
        };
        check_header(&record, desk, run_id)?;
        let header = &record.header;
        let config = read_document(store, run_id, "configuration", &header.config_digest).await?;
        let calendars = read_document(store, run_id, "calendars", &header.calendar_digest).await?;
        let Some(previous) = &header.previous_run else {
            return Ok(Self { config, calendars, state: DeskState::empty(), previous: None, record });
        };
        // A prune keeps the states that kept runs start from.
        let state = store.state_after(desk, previous).await?.ok_or_else(|| KeptError::Missing {
            run_id: run_id.to_owned(),
            what: "state",
            key: format!("run {previous}"),
        })?;
        let previous = read_previous(store, desk, run_id, previous).await?;
        Ok(Self { config, calendars, state, previous, record })
    }
}

/// A record must be that of the run that was asked for, on the date that its cut names.
fn check_header(record: &RunRecord, desk: &str, run_id: &str) -> Result<(), KeptError> {
    let header = &record.header;
    let why = match () {
        () if header.run_id != run_id => format!("it is that of run {}", header.run_id),
        () if header.desk != desk => format!("it is that of desk {}, not of {desk}", header.desk),
        () if header.run_date != header.cut.date => {
            format!("it is of {}, and its cut of {}", header.run_date, header.cut.date)
        }
        () => return Ok(()),
    };
    Err(KeptError::Altered { run_id: run_id.to_owned(), what: "record", why })
}

/// What a missing record means: by the list of runs, it was pruned, or there never was one; or it was taken away.
async fn no_record(store: &dyn Store, desk: &str, run_id: &str) -> Result<KeptError, StoreError> {
    let runs = store.runs(desk, usize::MAX).await?;
    let why = match runs.iter().find(|run| run.run_id == run_id) {
        None => "there is no such run",
        Some(run) if run.status == RunStatus::Running => "it has not ended",
        Some(run) if run.status == RunStatus::Abandoned => "it was killed before it could file one",
        Some(run) if run.pruned => "its outputs were pruned",
        Some(_) => {
            let key = format!("run {run_id}");
            return Ok(KeptError::Missing { run_id: run_id.to_owned(), what: "record", key });
        }
    };
    Ok(KeptError::NoRecord { run_id: run_id.to_owned(), why })
}

/// The record of the run that `run_id` starts from; `None` when it was pruned.
async fn read_previous(
    store: &dyn Store,
    desk: &str,
    run_id: &str,
    previous: &str,
) -> Result<Option<Predecessor>, KeptError> {
    let Some(record) = store.run(desk, previous).await? else {
        let runs = store.runs(desk, usize::MAX).await?;
        if runs.iter().any(|run| run.run_id == previous && run.pruned) {
            return Ok(None);
        }
        let (run_id, key) = (run_id.to_owned(), format!("run {previous}"));
        return Err(KeptError::Missing { run_id, what: "previous record", key });
    };
    check_header(&record, desk, previous)?;
    let Some(state) = record.next_state() else {
        let why = format!("run {previous}, from which it starts, is {} and left none", record.status.as_str());
        return Err(KeptError::Altered { run_id: run_id.to_owned(), what: "state", why });
    };
    Ok(Some(Predecessor {
        run_id: previous.to_owned(),
        run_date: record.header.run_date,
        state: state.clone(),
        digest: record.digest,
    }))
}

async fn read_document<T: serde::de::DeserializeOwned>(
    store: &dyn Store,
    run_id: &str,
    what: &'static str,
    digest: &str,
) -> Result<T, KeptError> {
    let run_id = run_id.to_owned();
    if digest.is_empty() {
        return Err(KeptError::NotKept { run_id, what });
    }
    let Some(text) = store.document(digest).await? else {
        return Err(KeptError::Missing { run_id, what, key: format!("digest {digest}") });
    };
    if digest::of_text(&text) != digest {
        let why = format!("another text is stored under digest {digest}");
        return Err(KeptError::Altered { run_id, what, why });
    }
    serde_json::from_str(&text).map_err(|error| KeptError::Unreadable { run_id, what, why: error.to_string() })
}

/// The configuration as runs keep it: what can change what a run computes, in canonical JSON.
///
/// # Errors
/// When it holds a number that is not finite.
pub fn configuration_document(config: &Config) -> Result<KeptDocument, DigestError> {
    document(DocumentKind::Configuration, &config.computation())
}

/// The calendars as runs keep them.
///
/// # Errors
/// Never for calendars that were built: they hold dates and names only.
pub fn calendars_document(calendars: &Calendars) -> Result<KeptDocument, DigestError> {
    document(DocumentKind::Calendars, calendars)
}

fn document<T: serde::Serialize>(kind: DocumentKind, value: &T) -> Result<KeptDocument, DigestError> {
    let text = digest::canonical(kind.as_str(), value)?;
    Ok(KeptDocument { digest: digest::of_text(&text), kind, text })
}
