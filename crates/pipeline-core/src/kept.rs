//! What a run was computed from, kept beside it: configuration, calendars, and the state it started from.

use market::Calendars;

use crate::config::Config;
use crate::digest::{self, DigestError};
use crate::ports::{DocumentKind, KeptDocument, Store, StoreError};
use crate::record::RunRecord;
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
    /// The state it started from.
    pub state: DeskState,
}

/// Why a run cannot be computed again.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no record under that id: no such run, or one that never filed or was pruned.
    #[error("run {run_id} left no record: it was killed, or its outputs were pruned")]
    NoRecord {
        /// Which run.
        run_id: String,
    },
    /// Something it was computed with is not kept.
    #[error("run {run_id} cannot be computed again: its {what} is not kept ({why})")]
    NotKept {
        /// Which run.
        run_id: String,
        /// `configuration`, `calendars` or `state`.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Something it was computed with does not read with this version of the program.
    #[error("run {run_id} cannot be computed again: its {what} does not read with this version of the program: {why}")]
    Unreadable {
        /// Which run.
        run_id: String,
        /// `configuration` or `calendars`.
        what: &'static str,
        /// What the reader said.
        why: String,
    },
}

impl KeptRun {
    /// Reads a run and what it was computed from.
    ///
    /// # Errors
    /// What is missing or does not read, by name.
    pub async fn read(store: &dyn Store, desk: &str, run_id: &str) -> Result<Self, KeptError> {
        let no_record = || KeptError::NoRecord { run_id: run_id.to_owned() };
        let record = store.run(desk, run_id).await?.ok_or_else(no_record)?;
        let header = &record.header;
        let config = read_document(store, header.run_id.as_str(), "configuration", &header.config_digest).await?;
        let calendars = read_document(store, header.run_id.as_str(), "calendars", &header.calendar_digest).await?;
        let state = match &header.previous_run {
            None => DeskState::empty(),
            Some(previous) => store.state_after(desk, previous).await?.ok_or_else(|| KeptError::NotKept {
                run_id: header.run_id.clone(),
                what: "state",
                why: format!("run {previous}, from whose state it starts, was pruned"),
            })?,
        };
        Ok(Self { config, calendars, state, record })
    }
}

async fn read_document<T: serde::de::DeserializeOwned>(
    store: &dyn Store,
    run_id: &str,
    what: &'static str,
    digest: &str,
) -> Result<T, KeptError> {
    let run_id = run_id.to_owned();
    let not_kept = |why: &str| KeptError::NotKept { run_id: run_id.clone(), what, why: why.to_owned() };
    if digest.is_empty() {
        return Err(not_kept("the program that ran it did not keep it"));
    }
    let text = store.document(digest).await?.ok_or_else(|| not_kept("it is not in the database"))?;
    if digest::of_text(&text) != digest {
        return Err(not_kept("what is stored under its digest is another text"));
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
