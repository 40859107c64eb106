//! The look-ahead proof: what was released after the cut cannot change what the day decides.
//!
//! The pure day function runs on the whole history, on the history truncated at the cut, and on the history poisoned
//! after the cut with absurd values. All three must decide the same, to the digest.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation};
use pipeline_core::config::Config;
use pipeline_core::day::{DayOutcome, day};
use pipeline_core::digest::digest_of;
use pipeline_core::ports::{Source, SourceBatch};
use pipeline_core::state::DeskState;
use simulated_market::{SimulatedMarket, SimulationConfig};

struct World {
    history: History,
    catalogue: Catalogue,
    calendars: Calendars,
}

impl World {
    fn of(batches: &[SourceBatch], recorded_at: DateTime<Utc>) -> Self {
        let mut builder = History::builder();
        let mut catalogue = Catalogue::embedded();
        for batch in batches {
            for definition in &batch.definitions {
                if catalogue.get(&definition.id).is_none() {
                    catalogue.insert(definition.clone());
                }
            }
            for new in &batch.observations {
                builder.push(Observation {
                    series: new.series.clone(),
                    period: new.period,
                    value: new.value,
                    released_at: new.released_at,
                    basis: new.basis,
                    recorded_at,
                });
            }
        }
        let history = builder.build().expect("finite figures");
        Self { history, catalogue, calendars: Calendars::embedded() }
    }

    fn day_on(&self, history: &History, date: NaiveDate, state: &DeskState) -> (String, DayOutcome) {
        let config = Config::default();
        let view = AsOf::new(history, &self.catalogue, &self.calendars, config.run.cut(date, None));
        let outcome = day(&view, &config, state);
        let digest = digest_of("outcome", &(&outcome, view.fingerprint(outcome.reads.keys()))).expect("a digest");
        (digest, outcome)
    }

    /// Runs the day on the whole, the truncated and the poisoned world. The truncated one knows nothing of series that
    /// are first published later, such as contracts not listed yet.
    fn prove(&self, date: NaiveDate, state: &DeskState) -> DayOutcome {
        let cut: Cut = Config::default().run.cut(date, None);
        let (whole, outcome) = self.day_on(&self.history, date, state);
        let after = |observation: &Observation| observation.released_at > cut.published;
        let history = self.history.map(|o| (!after(&o)).then_some(o)).expect("finite figures");
        assert!(history.row_count() < self.history.row_count(), "{date}: something was cut");
        let mut catalogue = Catalogue::embedded();
        let everything = AsOf::new(&history, &self.catalogue, &self.calendars, cut);
        for id in everything.visible_series() {
            if let Some(definition) = self.catalogue.get(&id).filter(|_| catalogue.get(&id).is_none()) {
                catalogue.insert(definition.clone());
            }
        }
        let truncated = World { history, catalogue, calendars: self.calendars.clone() };
        assert_eq!(whole, truncated.day_on(&truncated.history, date, state).0, "{date}: truncated");
        for poison in [1e12, -777.0, 0.0] {
            let poisoned = self
                .history
                .map(|o| Some(if after(&o) { Observation { value: poison, ..o } } else { o }))
                .expect("finite figures");
            assert_eq!(whole, self.day_on(&poisoned, date, state).0, "{date}: poisoned with {poison}");
        }
        for (series, read) in &outcome.reads {
            assert!(
                read.latest_released_at.is_none_or(|at| at <= cut.published),
                "{date}: {series} was read too early"
            );
        }
        outcome
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[test]
fn nothing_released_later_changes_a_simulated_day() {
    let market = SimulatedMarket::new(SimulationConfig::demo(11)).expect("a world");
    let world = World::of(market.batches(), Utc::now());
    let mut state = DeskState::empty();
    for day in ["2024-05-17", "2025-11-28", "2026-02-13"] {
        let outcome = world.prove(date(day), &state);
        assert!(outcome.signal_count() > 0, "{day}: the proof is about a day that has signals");
        state = outcome.next_state;
    }
    assert!(!state.weights.is_empty(), "the proof is about a book that is held");
}

#[test]
fn the_recording_instant_does_not_change_a_day() {
    let market = SimulatedMarket::new(SimulationConfig::demo(11)).expect("a world");
    let early = World::of(market.batches(), DateTime::UNIX_EPOCH);
    let late = World::of(market.batches(), Utc::now());
    let (a, _) = early.day_on(&early.history, date("2026-02-13"), &DeskState::empty());
    let (b, _) = late.day_on(&late.history, date("2026-02-13"), &DeskState::empty());
    assert_eq!(a, b);
}

#[test]
fn nothing_released_later_changes_a_real_day() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if !folder.join("MANIFEST.csv").is_file() {
        println!("skipped: no market data");
        return;
    }
    let catalogue = Catalogue::embedded();
    let mut source = sources::FileSource::new(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut batches = Vec::new();
    while let Some(batch) = runtime.block_on(source.next_batch(&catalogue, Utc::now())).expect("the folder is read") {
        batches.push(batch);
    }
    let world = World::of(&batches, Utc::now());
    for day in ["2013-06-20", "2020-03-18", "2025-09-10", "2026-03-12", "2026-03-30"] {
        let outcome = world.prove(date(day), &DeskState::empty());
        assert!(outcome.signal_count() > 0, "{day}");
    }
}
