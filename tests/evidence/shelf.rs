//! A store that only keeps what runs left, so that a test can take away or change any of it.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use pipeline_core::kept::{KeptRun, calendars_document, configuration_document};
use pipeline_core::ports::{
    AppendCounts, AuditReport, Begun, KeptDocument, PortFuture, PreviousRun, PruneCounts, SourceBatch, Store,
    StoreError, StoreSize, StoredMarket,
};
use pipeline_core::record::{RunHeader, RunRecord, RunSummary};
use pipeline_core::state::DeskState;

/// What runs left, by run id and by digest.
pub struct Shelf {
    /// Lines of the list of runs.
    pub runs: Vec<RunSummary>,
    /// Records.
    pub records: BTreeMap<String, RunRecord>,
    /// States that runs left.
    pub states: BTreeMap<String, DeskState>,
    /// Texts of configurations and calendars.
    pub documents: BTreeMap<String, String>,
}

impl Shelf {
    /// What these runs left, oldest first.
    pub fn of(runs: &[KeptRun]) -> Self {
        let mut shelf =
            Self { runs: Vec::new(), records: BTreeMap::new(), states: BTreeMap::new(), documents: BTreeMap::new() };
        for run in runs {
            let (record, id) = (&run.record, run.record.header.run_id.clone());
            shelf.runs.insert(0, summary(record));
            shelf.states.insert(id.clone(), record.outcome.next_state.clone());
            shelf.records.insert(id, record.clone());
            for document in [configuration_document(&run.config), calendars_document(&run.calendars)] {
                let document = document.expect("a digest");
                shelf.documents.insert(document.digest, document.text);
            }
        }
        shelf
    }
}

fn summary(record: &RunRecord) -> RunSummary {
    RunSummary {
        run_id: record.header.run_id.clone(),
        run_date: record.header.run_date,
        status: record.status,
        started_at: record.header.started_at,
        finished_at: Some(record.finished_at),
        attempt: 1,
        exit_code: Some(record.exit_code),
        code_version: record.header.code_version.clone(),
        previous_run: record.header.previous_run.clone(),
        pruned: false,
        digest: Some(record.digest.clone()),
        signal_count: Some(record.signal_count() as u64),
        position_count: Some(record.position_count() as u64),
        simulated: record.header.simulated,
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> PortFuture<'a, Result<T, StoreError>> {
    Box::pin(std::future::ready(Ok(value)))
}

fn refused<'a, T: Send + 'a>() -> PortFuture<'a, Result<T, StoreError>> {
    let (database, why) = ("a shelf".to_owned(), "it only keeps runs".to_owned());
    Box::pin(std::future::ready(Err(StoreError::Unsupported { database, why })))
}

impl Store for Shelf {
    fn database(&self) -> String {
        "a shelf".to_owned()
    }

    fn runs<'a>(&'a self, _: &'a str, limit: usize) -> PortFuture<'a, Result<Vec<RunSummary>, StoreError>> {
        ready(self.runs.iter().take(limit).cloned().collect())
    }

    fn run<'a>(&'a self, _: &'a str, id: &'a str) -> PortFuture<'a, Result<Option<RunRecord>, StoreError>> {
        ready(self.records.get(id).cloned())
    }

    fn state_after<'a>(&'a self, _: &'a str, id: &'a str) -> PortFuture<'a, Result<Option<DeskState>, StoreError>> {
        ready(self.states.get(id).cloned())
    }

    fn document<'a>(&'a self, digest: &'a str) -> PortFuture<'a, Result<Option<String>, StoreError>> {
        ready(self.documents.get(digest).cloned())
    }

    fn append<'a>(&'a self, _: &'a SourceBatch, _: DateTime<Utc>) -> PortFuture<'a, Result<AppendCounts, StoreError>> {
        refused()
    }

    fn load(&self) -> PortFuture<'_, Result<StoredMarket, StoreError>> {
        refused()
    }

    fn size(&self) -> PortFuture<'_, Result<StoreSize, StoreError>> {
        refused()
    }

    fn pack(&self) -> PortFuture<'_, Result<(), StoreError>> {
        refused()
    }

    fn hold<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: DateTime<Utc>,
    ) -> PortFuture<'a, Result<pipeline_core::ports::Held, StoreError>> {
        refused()
    }

    fn release<'a>(&'a self, _: &'a str, _: &'a str) -> PortFuture<'a, Result<(), StoreError>> {
        refused()
    }

    fn heartbeat<'a>(&'a self, _: &'a str, _: &'a str, _: DateTime<Utc>) -> PortFuture<'a, Result<bool, StoreError>> {
        refused()
    }

    fn begin_run<'a>(&'a self, _: &'a RunHeader, _: &'a [KeptDocument]) -> PortFuture<'a, Result<Begun, StoreError>> {
        refused()
    }

    fn commit_run<'a>(&'a self, _: &'a RunRecord) -> PortFuture<'a, Result<(), StoreError>> {
        refused()
    }

    fn abandon_run<'a>(&'a self, _: &'a str, _: &'a str, _: DateTime<Utc>) -> PortFuture<'a, Result<bool, StoreError>> {
        refused()
    }

    fn previous_run(&self, _: &str, _: NaiveDate) -> PortFuture<'_, Result<Option<PreviousRun>, StoreError>> {
        refused()
    }

    fn audit<'a>(&'a self, _: &'a str) -> PortFuture<'a, Result<AuditReport, StoreError>> {
        refused()
    }

    fn prune<'a>(
        &'a self,
        _: &'a str,
        _: &'a [String],
        _: DateTime<Utc>,
    ) -> PortFuture<'a, Result<PruneCounts, StoreError>> {
        refused()
    }

    fn backup<'a>(&'a self, _: &'a Path) -> PortFuture<'a, Result<(), StoreError>> {
        refused()
    }

    fn close(self: Box<Self>) -> PortFuture<'static, Result<(), StoreError>> {
        ready(())
    }
}
