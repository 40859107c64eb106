//! The look-ahead proof of the house's own day, on simulated and on real data.
//!
//! What is proved, and how, is in [`pipeline_core::lookahead`]; that it finds leaks, in `tests/leaks`.

use std::path::PathBuf;
use std::time::Instant;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use market::{Calendars, Catalogue};
use pipeline_core::compute::compute;
use pipeline_core::config::Config;
use pipeline_core::lookahead::{Basis, LookaheadReport, Overall, Question, Vacuity, Verdict, World, verify_lookahead};
use pipeline_core::ports::{Source, SourceBatch, StoredMarket};
use pipeline_core::state::DeskState;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use simulated_market::{SimulatedMarket, SimulationConfig};

/// The batches as a store would load them.
fn stored(batches: &[SourceBatch], recorded_at: DateTime<Utc>) -> StoredMarket {
    StoredMarket::in_memory(batches, |_| recorded_at).expect("finite figures")
}

fn simulated(recorded_at: DateTime<Utc>) -> StoredMarket {
    stored(SimulatedMarket::new(SimulationConfig::demo(11)).expect("a world").batches(), recorded_at)
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn verify(market: &StoredMarket, states: Vec<(NaiveDate, DeskState)>) -> LookaheadReport {
    let config = Config::default();
    let question = |(date, state)| Question {
        cut: config.run.cut(date, None),
        config: config.clone(),
        calendars: Calendars::embedded(),
        state,
        basis: Basis::NotFiled,
    };
    let questions: Vec<Question> = states.into_iter().map(question).collect();
    verify_lookahead(market, &questions).expect("days that are numbers")
}

/// Every date passed, with something after its cut and signals to prove it by.
fn assert_passed(report: &LookaheadReport) {
    for proof in &report.dates {
        assert_eq!(proof.verdict, Verdict::Passed, "{}: {:#?} {:?}", proof.cut.date, proof.leaks, proof.vacuous);
        assert!(proof.rows_after > 0 && proof.evidence > 0, "{}: {}", proof.cut.date, proof.about);
        assert!(!proof.about.contains(" 0 signals"), "{}: {}", proof.cut.date, proof.about);
    }
}

#[test]
fn nothing_released_later_changes_a_simulated_day() {
    let market = simulated(Utc::now());
    let (config, calendars) = (Config::default(), Calendars::embedded());
    let mut state = DeskState::empty();
    let mut states = Vec::new();
    for day in ["2024-05-17", "2025-11-28", "2026-02-13"].map(date) {
        states.push((day, state.clone()));
        let view = World::of(&market, &calendars).view(config.run.cut(day, None));
        state = compute(&view, &config, &state).expect("a digest").outcome.next_state;
    }
    assert!(!state.weights.is_empty(), "the proof is about a book that is held");
    let report = verify(&market, states);
    assert_passed(&report);
    assert!(report.dates.iter().any(|proof| proof.definitions_after > 0), "contracts were listed later");
}

#[test]
fn nothing_released_later_changes_ten_random_days() {
    let market = simulated(Utc::now());
    let mut random = Pcg64::seed_from_u64(20_260_331);
    let first = date("2016-01-04");
    let days = (date("2026-03-27") - first).num_days() as u64;
    let weekday = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let drawn: Vec<NaiveDate> =
        std::iter::repeat_with(|| first + Days::new(random.random_range(0..days))).filter(weekday).take(10).collect();
    let since = Instant::now();
    let report = verify(&market, drawn.iter().map(|day| (*day, DeskState::empty())).collect());
    println!("{:.2} s a date, {} rows", since.elapsed().as_secs_f64() / 10.0, market.size.rows);
    assert_passed(&report);
    assert_eq!(report.dates.iter().map(|proof| proof.cut.date).collect::<Vec<_>>(), drawn, "in the order asked for");
}

#[test]
fn a_day_after_everything_proves_nothing() {
    let report = verify(&simulated(Utc::now()), vec![(date("2026-04-01"), DeskState::empty())]);
    assert_eq!((report.verdict(), report.count(Verdict::Passed)), (Overall::Vacuous, 0));
    assert_eq!(report.dates[0].vacuous, Some(Vacuity::NothingAfter));
}

#[test]
fn a_filed_day_is_decided_as_it_was_filed_and_not_with_another_configuration() {
    let (market, calendars) = (simulated(Utc::now()), Calendars::embedded());
    let config = Config::default();
    let cut = config.run.cut(date("2026-02-13"), None);
    let view = World::of(&market, &calendars).view(cut);
    let filed = compute(&view, &config, &DeskState::empty()).expect("a digest").digest;
    let mut other = config.clone();
    other.desk.nav *= 2.0;
    let verdict = |config: Config| {
        let basis = Basis::Filed {
            run_id: "a run".to_owned(),
            code_version: String::new(),
            filed: filed.clone(),
            decided: None,
        };
        let question = Question { cut, config, calendars: calendars.clone(), state: DeskState::empty(), basis };
        verify_lookahead(&market, &[question]).expect("a day that is numbers").verdict()
    };
    assert_eq!((verdict(config), verdict(other)), (Overall::Passed, Overall::Differs));
}

#[test]
fn the_recording_instant_does_not_change_a_day() {
    let (config, calendars) = (Config::default(), Calendars::embedded());
    let cut = config.run.cut(date("2026-02-13"), None);
    let [early, late] = [DateTime::UNIX_EPOCH, Utc::now()].map(|recorded_at| {
        let market = simulated(recorded_at);
        let view = World::of(&market, &calendars).view(cut);
        compute(&view, &config, &DeskState::empty()).expect("a digest").digest
    });
    assert_eq!(early, late);
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
    let market = stored(&batches, Utc::now());
    let days = ["2013-06-20", "2020-03-18", "2025-09-10", "2026-03-12", "2026-03-30"];
    let since = Instant::now();
    let report = verify(&market, days.map(|day| (date(day), DeskState::empty())).into());
    println!("{:.2} s a date, {} rows", since.elapsed().as_secs_f64() / days.len() as f64, market.size.rows);
    assert_passed(&report);
}
