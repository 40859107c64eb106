//! The port itself: each operation delegates to the file that knows it.

use chrono::{DateTime, NaiveDate, Utc};
use pipeline_core::ports::{
    AppendCounts, AuditReport, Begun, KeptDocument, PortFuture, PreviousRun, PruneCounts, SourceBatch, Store,
    StoreError, StoreSize, StoredMarket, Takeover,
};
use pipeline_core::record::{RunHeader, RunRecord, RunSummary};
use pipeline_core::state::DeskState;

use crate::sqlite::SqliteStore;

impl Store for SqliteStore {
    fn append<'a>(
        &'a self,
        batch: &'a SourceBatch,
        recorded_at: DateTime<Utc>,
    ) -> PortFuture<'a, Result<AppendCounts, StoreError>> {
        Box::pin(self.append_batch(batch, recorded_at))
    }

    fn load(&self) -> PortFuture<'_, Result<StoredMarket, StoreError>> {
        Box::pin(self.reading(|| self.load_market()))
    }

    fn size(&self) -> PortFuture<'_, Result<StoreSize, StoreError>> {
        Box::pin(self.reading(|| self.measure()))
    }

    fn database(&self) -> String {
        SqliteStore::database(self).to_owned()
    }

    fn pack(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(self.pack_new())
    }

    fn hold<'a>(
        &'a self,
        _desk: &'a str,
        _owner: &'a str,
        _now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<Option<Takeover>, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn release<'a>(&'a self, _desk: &'a str, _owner: &'a str) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn heartbeat<'a>(
        &'a self,
        _desk: &'a str,
        _owner: &'a str,
        _now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<bool, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn begin_run<'a>(
        &'a self,
        header: &'a RunHeader,
        _documents: &'a [KeptDocument],
    ) -> PortFuture<'a, Result<Begun, StoreError>> {
        Box::pin(async move { self.begin(header).await.map(|()| Begun::default()) })
    }

    fn abandon_run<'a>(
        &'a self,
        _desk: &'a str,
        _run_id: &'a str,
        _now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<bool, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn state_after<'a>(
        &'a self,
        _desk: &'a str,
        _run_id: &'a str,
    ) -> PortFuture<'a, Result<Option<DeskState>, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn document<'a>(&'a self, _digest: &'a str) -> PortFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn audit<'a>(&'a self, _desk: &'a str) -> PortFuture<'a, Result<AuditReport, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn prune<'a>(
        &'a self,
        _desk: &'a str,
        _run_ids: &'a [String],
        _now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<PruneCounts, StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn backup<'a>(&'a self, _target: &'a std::path::Path) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Err(self.other("not yet")) })
    }

    fn close(self: Box<Self>) -> PortFuture<'static, Result<(), StoreError>> {
        Box::pin(SqliteStore::close(*self))
    }

    fn commit_run<'a>(&'a self, record: &'a RunRecord) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(self.commit(record))
    }

    fn previous_run(&self, desk: &str, date: NaiveDate) -> PortFuture<'_, Result<Option<PreviousRun>, StoreError>> {
        let desk = desk.to_owned();
        Box::pin(async move { self.reading(|| self.previous(&desk, date)).await })
    }

    fn runs<'a>(&'a self, desk: &'a str, limit: usize) -> PortFuture<'a, Result<Vec<RunSummary>, StoreError>> {
        Box::pin(self.reading(move || self.list(desk, limit)))
    }

    fn run<'a>(&'a self, desk: &'a str, id_prefix: &'a str) -> PortFuture<'a, Result<Option<RunRecord>, StoreError>> {
        Box::pin(self.reading(move || self.find(desk, id_prefix)))
    }
}
