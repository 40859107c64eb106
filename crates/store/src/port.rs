//! The port itself: each operation delegates to the file that knows it.

use chrono::{DateTime, NaiveDate, Utc};
use pipeline_core::ports::{
    AppendCounts, PortFuture, PreviousRun, SourceBatch, Store, StoreError, StoreSize, StoredMarket,
};
use pipeline_core::record::{RunHeader, RunRecord, RunSummary};

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

    fn begin_run<'a>(&'a self, header: &'a RunHeader) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(self.begin(header))
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
