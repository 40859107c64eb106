//! The port itself: each operation delegates to the file that knows it.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use pipeline_core::ports::{
    AppendCounts, AuditReport, Begun, Held, KeptDocument, PortFuture, PreviousRun, PruneCounts, SourceBatch, Store,
    StoreError, StoreSize, StoredMarket,
};
use pipeline_core::record::{RunHeader, RunRecord, RunSummary};
use pipeline_core::state::DeskState;

use crate::store::SqlStore;

impl Store for SqlStore {
    fn database(&self) -> String {
        self.database.to_string()
    }

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

    fn pack(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(self.pack_new())
    }

    fn hold<'a>(
        &'a self,
        desk: &'a str,
        owner: &'a str,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<Held, StoreError>> {
        Box::pin(self.hold_lease(desk, owner, now))
    }

    fn release<'a>(&'a self, desk: &'a str, owner: &'a str) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(self.release_lease(desk, owner))
    }

    fn heartbeat<'a>(
        &'a self,
        desk: &'a str,
        owner: &'a str,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.beat(desk, owner, now))
    }

    fn begin_run<'a>(
        &'a self,
        header: &'a RunHeader,
        documents: &'a [KeptDocument],
    ) -> PortFuture<'a, Result<Begun, StoreError>> {
        Box::pin(self.begin_one(header, documents))
    }

    fn commit_run<'a>(&'a self, record: &'a RunRecord) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(self.commit_one(record))
    }

    fn abandon_run<'a>(
        &'a self,
        desk: &'a str,
        run_id: &'a str,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.abandon_one(desk, run_id, now))
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

    fn state_after<'a>(
        &'a self,
        desk: &'a str,
        run_id: &'a str,
    ) -> PortFuture<'a, Result<Option<DeskState>, StoreError>> {
        Box::pin(self.reading(move || self.state_left(desk, run_id)))
    }

    fn document<'a>(&'a self, digest: &'a str) -> PortFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(self.reading(move || self.kept_document(digest)))
    }

    fn audit<'a>(&'a self, desk: &'a str) -> PortFuture<'a, Result<AuditReport, StoreError>> {
        Box::pin(self.reading(move || self.audit_desk(desk)))
    }

    fn prune<'a>(
        &'a self,
        desk: &'a str,
        run_ids: &'a [String],
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<PruneCounts, StoreError>> {
        Box::pin(self.prune_runs(desk, run_ids, now))
    }

    fn backup<'a>(&'a self, target: &'a Path) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(self.reading(move || self.copy_to(target)))
    }

    fn close(self: Box<Self>) -> PortFuture<'static, Result<(), StoreError>> {
        Box::pin(SqlStore::close(*self))
    }
}
