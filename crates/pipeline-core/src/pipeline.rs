//! The shell around the day function: load, compute, file.

use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use market::{AsOf, Calendars, Cut};

use crate::compute::{Computed, compute_observed};
use crate::config::Config;
use crate::digest::DigestError;
use crate::kept::{calendars_document, configuration_document};
use crate::ports::{Begun, Clock, KeptDocument, PreviousRun, Store, StoreError, StoredMarket};
use crate::record::{RunHeader, RunMode, RunRecord, StepName, StepOutcome, StepRecord, StepStatus};
use crate::state::DeskState;

/// What to run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Business date.
    pub date: NaiveDate,
    /// What may be seen.
    pub cut: Cut,
    /// Whether it writes.
    pub mode: RunMode,
    /// Version of the program.
    pub code_version: String,
    /// `host:pid` of the process.
    pub owner: String,
    /// The id of the run: whoever interrupts it can name it.
    pub run_id: String,
}

/// Why a run has no record.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store is empty.
    #[error("the database holds no data, and a run never invents any")]
    Empty,
    /// A step's output has no digest: a figure is not a number. A defect.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// How often a run looks again for the one it starts from before it gives up.
const BEGIN_ATTEMPTS: u32 = 5;

/// Told of each step as it ends.
pub type StepObserver<'a> = dyn FnMut(&StepRecord) + Send + 'a;

/// The eight steps over a store.
pub struct DailyPipeline<'a> {
    store: &'a dyn Store,
    clock: &'a dyn Clock,
    config: &'a Config,
    calendars: &'a Calendars,
}

impl<'a> DailyPipeline<'a> {
    /// A pipeline over its ports.
    pub fn new(store: &'a dyn Store, clock: &'a dyn Clock, config: &'a Config, calendars: &'a Calendars) -> Self {
        Self { store, clock, config, calendars }
    }

    /// Runs the steps for a date on `stored`, which `load_seconds` were spent loading, and files the record unless the
    /// run is dry.
    ///
    /// # Errors
    /// When the store is empty or refuses, or a digest cannot be formed. Everything else is in the record.
    pub async fn run(
        &self,
        request: RunRequest,
        stored: &StoredMarket,
        load_seconds: f64,
        observer: &mut StepObserver<'_>,
    ) -> Result<RunRecord, PipelineError> {
        if stored.size.rows == 0 {
            return Err(PipelineError::Empty);
        }
        let desk = &self.config.desk.name;
        let documents = [configuration_document(self.config)?, calendars_document(self.calendars)?];
        let mut header = RunHeader {
            run_id: request.run_id,
            desk: desk.clone(),
            run_date: request.date,
            mode: request.mode,
            cut: request.cut,
            started_at: self.clock.now(),
            code_version: request.code_version,
            config_digest: documents[0].digest.clone(),
            calendar_digest: documents[1].digest.clone(),
            previous_run: None,
            previous_digest: None,
            simulated: stored.size.simulated,
            owner: request.owner,
        };
        let (begun, previous) = self.begin(&mut header, &documents).await?;
        let mut steps = vec![ingest_step(stored, load_seconds, &begun)];
        observer(&steps[0]);

        let state = previous.map_or_else(DeskState::empty, |run| run.state);
        let view = AsOf::new(&stored.history, &stored.catalogue, self.calendars, header.cut);
        let mut last = Instant::now();
        let computed = compute_observed(&view, self.config, &state, &mut |outcome| {
            let seconds = last.elapsed().as_secs_f64();
            last = Instant::now();
            let step = StepRecord { outcome: outcome.clone(), seconds };
            observer(&step);
            steps.push(step);
        })?;

        let filing = Instant::now();
        let Computed { outcome, data_digest, step_digests, digest } = computed;
        let mut record = RunRecord {
            status: outcome.status,
            exit_code: outcome.exit_code,
            finished_at: self.clock.now(),
            header,
            steps,
            outcome,
            data_digest,
            step_digests,
            digest,
        };
        self.file(&mut record, filing, observer).await?;
        Ok(record)
    }

    /// Begins the run from the previous official one; a dry run only reads which that is. Where another process files a
    /// run between the reading and the lease, the previous one is read again.
    async fn begin(
        &self,
        header: &mut RunHeader,
        documents: &[KeptDocument],
    ) -> Result<(Begun, Option<PreviousRun>), StoreError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let previous = self.store.previous_run(&header.desk, header.run_date).await?;
            header.previous_run = previous.as_ref().map(|run| run.run_id.clone());
            header.previous_digest = previous.as_ref().map(|run| run.digest.clone());
            if header.mode == RunMode::DryRun {
                return Ok((Begun::default(), previous));
            }
            match self.store.begin_run(header, documents).await {
                Err(StoreError::Overtaken { .. }) if attempts < BEGIN_ATTEMPTS => {}
                begun => return Ok((begun?, previous)),
            }
        }
    }

    async fn file(
        &self,
        record: &mut RunRecord,
        since: Instant,
        observer: &mut StepObserver<'_>,
    ) -> Result<(), PipelineError> {
        let detail = match record.header.mode {
            RunMode::DryRun => "dry run: nothing written".to_owned(),
            RunMode::Live => format!("filed as {}", record.header.run_id),
        };
        let outcome = StepOutcome { name: StepName::Report, status: StepStatus::Ok, detail, findings: Vec::new() };
        record.steps.push(StepRecord { outcome, seconds: since.elapsed().as_secs_f64() });
        if record.header.mode == RunMode::Live {
            self.store.commit_run(record).await?;
        }
        if let Some(step) = record.steps.last_mut() {
            step.seconds = since.elapsed().as_secs_f64();
            observer(step);
        }
        Ok(())
    }
}

fn ingest_step(stored: &StoredMarket, seconds: f64, begun: &Begun) -> StepRecord {
    let (series, rows) = (stored.size.series, stored.size.rows);
    let detail = format!("no source is configured: {series} series, {rows} rows as stored");
    let mut findings: Vec<String> = Vec::new();
    if let Some(lease) = &begun.took_over {
        findings.push(format!(
            "took over the desk from {}, last heard of at {}: {}",
            lease.owner,
            lease.heartbeat_at.to_rfc3339(),
            lease.why
        ));
    }
    findings.extend(begun.abandoned.iter().map(|run| format!("run {run} was killed and is ABANDONED")));
    let outcome = StepOutcome { name: StepName::Ingest, status: StepStatus::Ok, detail, findings };
    StepRecord { outcome, seconds }
}

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
