//! A simulated market and a few filed days of a desk on it, made once for all tests of this target.

use std::sync::LazyLock;

use chrono::{NaiveDate, TimeDelta};
use market::{AsOf, Calendars, Cut};
use pipeline_core::compute::compute;
use pipeline_core::config::Config;
use pipeline_core::kept::{KeptRun, Predecessor, calendars_document, configuration_document};
use pipeline_core::ports::{SourceBatch, StoredMarket};
use pipeline_core::record::{RunHeader, RunMode, RunRecord};
use pipeline_core::state::DeskState;
use simulated_market::{SimulatedMarket, SimulationConfig};

/// Version of the program that files these runs.
pub const VERSION: &str = "1.0.0";

/// From publication to our storing it.
const INGEST_DELAY: TimeDelta = TimeDelta::minutes(5);
/// From the published cut to the run, which sees all that was recorded by then.
const RUN_DELAY: TimeDelta = TimeDelta::minutes(10);

/// Business days before the filed ones, so that the desk holds a book when they begin.
const WARM_UP: [&str; 2] = ["2026-03-16", "2026-03-23"];
/// The filed days, one after the other.
const DAYS: [&str; 3] = ["2026-03-25", "2026-03-26", "2026-03-27"];

/// A market and filed runs on it, oldest first.
pub struct World {
    /// Everything stored, through the end of the simulation: later than the runs.
    pub market: StoredMarket,
    /// Runs on consecutive business days, each starting from the state that the one before left.
    pub runs: Vec<KeptRun>,
}

/// The world of this target.
pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let simulated = SimulatedMarket::new(SimulationConfig::demo(11)).expect("the demo's dates are in order");
    let market = stored(simulated.batches());
    let mut runs: Vec<KeptRun> = Vec::new();
    for day in WARM_UP.iter().chain(&DAYS) {
        let state = runs.last().map_or_else(DeskState::empty, |run| run.record.outcome.next_state.clone());
        runs.push(file(&market, &Config::default(), &Calendars::embedded(), cut(date(day)), state, runs.last()));
    }
    World { market, runs: runs.split_off(WARM_UP.len()) }
});

/// A date from its text.
pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// The cut of an evening run: the built-in published cut, and everything recorded when it starts.
pub fn cut(date: NaiveDate) -> Cut {
    let cut = Config::default().run.cut(date, None);
    Cut { recorded: cut.published + RUN_DELAY, ..cut }
}

/// Batches as a store would load them, had each figure been taken in minutes after its release.
pub fn stored(batches: &[SourceBatch]) -> StoredMarket {
    StoredMarket::in_memory(batches, |new| new.released_at + INGEST_DELAY).expect("finite figures")
}

/// Computes a run and files it as the pipeline does.
pub fn file(
    market: &StoredMarket,
    config: &Config,
    calendars: &Calendars,
    cut: Cut,
    state: DeskState,
    previous: Option<&KeptRun>,
) -> KeptRun {
    let view = AsOf::new(&market.history, &market.catalogue, calendars, cut);
    let computed = compute(&view, config, &state).expect("a day has a digest");
    let header = RunHeader {
        run_id: format!("00000000-0000-7000-8000-{}", cut.date.format("0000%Y%m%d")),
        desk: config.desk.name.clone(),
        run_date: cut.date,
        mode: RunMode::Live,
        cut,
        started_at: cut.recorded,
        code_version: VERSION.to_owned(),
        config_digest: configuration_document(config).expect("a configuration has a digest").digest,
        calendar_digest: calendars_document(calendars).expect("calendars have a digest").digest,
        previous_run: previous.map(|run| run.record.header.run_id.clone()),
        previous_digest: previous.map(|run| run.record.digest.clone()),
        simulated: market.size.simulated,
        owner: "desk:1".to_owned(),
    };
    let record = RunRecord {
        status: computed.outcome.status,
        exit_code: computed.outcome.exit_code,
        finished_at: cut.recorded,
        header,
        steps: Vec::new(),
        outcome: computed.outcome,
        data_digest: computed.data_digest,
        step_digests: computed.step_digests,
        digest: computed.digest,
    };
    let previous = previous.map(|run| Predecessor {
        run_id: run.record.header.run_id.clone(),
        run_date: run.record.header.run_date,
        digest: run.record.digest.clone(),
        state: run.record.outcome.next_state.clone(),
    });
    KeptRun { record, config: config.clone(), calendars: calendars.clone(), state, previous }
}

#[test]
fn the_world_holds_days_that_prove_something() {
    let World { market, runs } = &*WORLD;
    assert_eq!(runs.len(), DAYS.len());
    for run in runs {
        let (record, day) = (&run.record, run.record.header.run_date);
        assert!(record.signal_count() > 0, "{day} has signals");
        assert!(!run.state.weights.is_empty(), "{day} starts from a book that is held");
        assert!(!record.outcome.weights.is_empty(), "{day} ends with a book");
        assert!(market.recorded_through > record.header.cut.recorded, "the store knows more than {day} did");
    }
}
