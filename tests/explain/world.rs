//! A market in memory and the runs on it.

use chrono::{DateTime, NaiveDate};
use market::{AsOf, CalendarId, Calendars, Observation};
use pipeline_core::compute::compute;
use pipeline_core::config::Config;
use pipeline_core::ports::{SourceBatch, StoredMarket};
use pipeline_core::record::{RunHeader, RunMode, RunRecord};
use pipeline_core::state::DeskState;

/// Everything recorded at the epoch, so that any cut sees it.
pub struct World {
    pub market: StoredMarket,
    calendars: Calendars,
    config: Config,
}

impl World {
    pub fn of(batches: &[SourceBatch]) -> Self {
        Self::with(StoredMarket::in_memory(batches, |_| DateTime::UNIX_EPOCH).expect("finite figures"))
    }

    fn with(market: StoredMarket) -> Self {
        Self { market, calendars: Calendars::embedded(), config: Config::default() }
    }

    /// The same world without some observations.
    pub fn without(&self, gone: impl Fn(&Observation) -> bool) -> Self {
        let history = self.market.history.map(|o| (!gone(&o)).then_some(o)).expect("finite figures");
        Self::with(self.market.with_history(history))
    }

    /// The same world with other observations.
    pub fn changed(&self, change: impl Fn(Observation) -> Observation) -> Self {
        let history = self.market.history.map(|o| Some(change(o))).expect("finite figures");
        Self::with(self.market.with_history(history))
    }

    /// A first run.
    pub fn first(&self, date: NaiveDate) -> RunRecord {
        self.run(date, &DeskState::empty())
    }

    /// Runs on the last business days up to a date, each with the state it started from: that of the one before.
    pub fn consecutive(&self, last: NaiveDate, count: usize) -> Vec<(RunRecord, DeskState)> {
        let mut dates = vec![last];
        while dates.len() < count {
            let earliest = dates[dates.len() - 1];
            dates.push(self.calendars.previous(CalendarId::B3, earliest));
        }
        let mut state = DeskState::empty();
        let mut records = Vec::new();
        for date in dates.into_iter().rev() {
            let record = self.run(date, &state);
            let next = record.outcome.next_state.clone();
            records.push((record, std::mem::replace(&mut state, next)));
        }
        records
    }

    fn run(&self, date: NaiveDate, state: &DeskState) -> RunRecord {
        let cut = self.config.run.cut(date, None);
        let view = AsOf::new(&self.market.history, &self.market.catalogue, &self.calendars, cut);
        let computed = compute(&view, &self.config, state).expect("a digest");
        RunRecord {
            header: RunHeader {
                run_id: format!("run-of-{date}"),
                desk: self.config.desk.name.clone(),
                run_date: date,
                mode: RunMode::DryRun,
                cut,
                started_at: cut.published,
                code_version: String::new(),
                config_digest: String::new(),
                calendar_digest: String::new(),
                previous_run: None,
                previous_digest: None,
                simulated: self.market.size.simulated,
                owner: String::new(),
            },
            status: computed.outcome.status,
            exit_code: computed.outcome.exit_code,
            finished_at: cut.published,
            steps: Vec::new(),
            outcome: computed.outcome,
            data_digest: computed.data_digest,
            step_digests: computed.step_digests,
            digest: computed.digest,
        }
    }
}
