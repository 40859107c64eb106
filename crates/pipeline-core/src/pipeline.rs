//! The shell around the day function: load, compute, file.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use market::{AsOf, Calendars, Cut};

use crate::config::Config;
use crate::day::{DayOutcome, day_observed};
use crate::digest::{self, DigestError};
use crate::ports::{Clock, Store, StoreError, StoredMarket};
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
        let previous = self.store.previous_run(desk, request.date).await?;
        let header = RunHeader {
            run_id: uuid::Uuid::now_v7().to_string(),
            desk: desk.clone(),
            run_date: request.date,
            mode: request.mode,
            cut: request.cut,
            started_at: self.clock.now(),
            code_version: request.code_version,
            config_digest: digest::digest_of("configuration", &self.config.computation())?,
            previous_run: previous.as_ref().map(|run| run.run_id.clone()),
            simulated: stored.size.simulated,
            owner: request.owner,
        };
        if header.mode == RunMode::Live {
            self.store.begin_run(&header).await?;
        }
        let mut steps = vec![ingest_step(stored, load_seconds)];
        observer(&steps[0]);

        let state = previous.map_or_else(DeskState::empty, |run| run.state);
        let view = AsOf::new(&stored.history, &stored.catalogue, self.calendars, header.cut);
        let outcome = self.compute(&view, &state, &mut steps, observer);

        let filing = Instant::now();
        let data_digest = view.fingerprint(outcome.reads.keys());
        let (outcome, step_digests) = match step_digests(&outcome, &data_digest) {
            Ok(digests) => (outcome, digests),
            // A figure that is not a number is a defect: the run is filed as failed, with nothing of it.
            Err(error) => {
                let failed = DayOutcome::failed(&state, error.to_string());
                let digests = step_digests(&failed, &data_digest)?;
                (failed, digests)
            }
        };
        let combined = digest::combine(
            StepName::ALL.iter().filter_map(|name| Some((name.as_str(), step_digests.get(name.as_str())?.as_str()))),
        );
        let mut record = RunRecord {
            status: outcome.status,
            exit_code: outcome.exit_code,
            finished_at: self.clock.now(),
            header,
            steps,
            outcome,
            data_digest,
            step_digests,
            digest: combined,
        };
        self.file(&mut record, filing, observer).await?;
        Ok(record)
    }

    fn compute(
        &self,
        view: &AsOf<'_>,
        state: &DeskState,
        steps: &mut Vec<StepRecord>,
        observer: &mut StepObserver<'_>,
    ) -> DayOutcome {
        let mut last = Instant::now();
        day_observed(view, self.config, state, &mut |outcome| {
            let seconds = last.elapsed().as_secs_f64();
            last = Instant::now();
            let step = StepRecord { outcome: outcome.clone(), seconds };
            observer(&step);
            steps.push(step);
        })
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

fn ingest_step(stored: &StoredMarket, seconds: f64) -> StepRecord {
    let (series, rows) = (stored.size.series, stored.size.rows);
    let detail = format!("no source is configured: {series} series, {rows} rows as stored");
    let outcome = StepOutcome { name: StepName::Ingest, status: StepStatus::Ok, detail, findings: Vec::new() };
    StepRecord { outcome, seconds }
}

/// One digest a step, over what the step decided. The ingest step's is the digest of the data read at the cut; the
/// report step decides nothing.
fn step_digests(outcome: &DayOutcome, data_digest: &str) -> Result<BTreeMap<String, String>, DigestError> {
    let mut digests = BTreeMap::new();
    let mut put = |name: StepName, digest: String| digests.insert(name.as_str().to_owned(), digest);
    put(StepName::Ingest, data_digest.to_owned());
    put(StepName::Quality, digest::digest_of("quality", &outcome.quality)?);
    put(StepName::Agents, digest::digest_of("agents", &(&outcome.agents, &outcome.regime))?);
    put(StepName::Aggregate, digest::digest_of("aggregate", &outcome.consensus)?);
    put(StepName::Strategies, digest::digest_of("strategies", &outcome.strategies)?);
    put(
        StepName::Portfolio,
        digest::digest_of(
            "portfolio",
            &(&outcome.marking, &outcome.construction, &outcome.allocation, &outcome.weights),
        )?,
    );
    put(
        StepName::Risk,
        digest::digest_of(
            "risk",
            &(&outcome.risk, &outcome.status, &outcome.degradations, &outcome.alerts, &outcome.next_state),
        )?,
    );
    Ok(digests)
}

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
