//! A desk with its market loaded: runs one date, or one after the other.

use market::{Calendars, Cut};
use pipeline_core::day::{EXIT_LIMIT, EXIT_QUALITY};
use pipeline_core::pipeline::{DailyPipeline, PipelineError, RunRequest, StepObserver, SystemClock};
use pipeline_core::ports::{Store, StoreError, StoredMarket};
use pipeline_core::record::{RunMode, RunRecord, RunStatus};

use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::under_way::UnderWay;
use crate::wiring;

/// What all runs of one command share.
pub struct Desk<'a> {
    /// Where runs are filed.
    pub store: &'a dyn Store,
    /// Configuration of the desk.
    pub settings: &'a Settings,
    /// Its calendars.
    pub calendars: &'a Calendars,
    /// Everything stored.
    pub stored: &'a StoredMarket,
    /// Where a run that begins is noted, for whoever interrupts it.
    pub under_way: &'a UnderWay,
}

impl Desk<'_> {
    /// Runs the eight steps at a cut. `load_seconds` is what loading the market took.
    ///
    /// # Errors
    /// When the desk is being run by another process, the store refuses, or the run has no digest: a run that had begun
    /// is ABANDONED then.
    pub async fn run(
        &self,
        cut: Cut,
        mode: RunMode,
        load_seconds: f64,
        observer: &mut StepObserver<'_>,
    ) -> Result<RunRecord, Failure> {
        let config = &self.settings.config;
        // Made before the run begins, so that it can be named whatever happens.
        let run_id = uuid::Uuid::now_v7().to_string();
        if mode == RunMode::Live {
            self.under_way.run_begins(&run_id, cut.date);
        }
        let request = RunRequest {
            date: cut.date,
            cut,
            mode,
            code_version: crate::CODE_VERSION.to_owned(),
            owner: wiring::owner(),
            run_id: run_id.clone(),
        };
        let clock = SystemClock;
        let result = DailyPipeline::new(self.store, &clock, config, self.calendars)
            .run(request, self.stored, load_seconds, observer)
            .await;
        let mut unmarked = None;
        if let Err(error) = &result
            && mode == RunMode::Live
            && may_have_begun(error)
        {
            unmarked = self.store.abandon_run(&config.desk.name, &run_id, wiring::now()).await.err();
        }
        self.under_way.run_ended();
        let failure = match result {
            Ok(record) => return Ok(record),
            Err(PipelineError::Store(error)) => error.into(),
            Err(PipelineError::Empty) => wiring::no_data(self.settings),
            Err(PipelineError::Digest(error)) => Failure::new(Exit::Unexpected, error.to_string()),
        };
        Err(match unmarked {
            None => failure,
            Some(why) => {
                failure.hint(format!("run {run_id} could not be marked ({why}): the next start marks it ABANDONED"))
            }
        })
    }
}

fn may_have_begun(error: &PipelineError) -> bool {
    !matches!(error, PipelineError::Empty | PipelineError::Store(StoreError::Held { .. }))
}

/// Exit code of a filed run.
pub fn exit_of(record: &RunRecord) -> Exit {
    match (record.status, record.exit_code) {
        (RunStatus::Success | RunStatus::Degraded, _) => Exit::Done,
        (_, EXIT_QUALITY) => Exit::QualityBlocked,
        (_, EXIT_LIMIT) => Exit::LimitBreached,
        _ => Exit::Unexpected,
    }
}
