//! `daily verify lookahead`

use std::collections::BTreeSet;

use chrono::NaiveDate;
use market::{Calendars, Cut};
use pipeline_core::digest;
use pipeline_core::kept::{KeptError, KeptRun};
use pipeline_core::lookahead::{Basis, LookaheadReport, Overall, Question, verify_lookahead};
use pipeline_core::official::official_by_date;
use pipeline_core::ports::{Store, StoredMarket};
use pipeline_core::record::RunSummary;
use pipeline_core::state::DeskState;

use crate::args::evidence::LookaheadArgs;
use crate::commands::run::refuse_future;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Dates that are looked at when none are given.
const DEFAULT_DATES: usize = 5;
/// Business days among which dates are drawn: five years.
const DRAWN_FROM: i64 = 1_260;

/// Proves on chosen dates that nothing released after the cut changes what is decided.
pub async fn lookahead(args: &LookaheadArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    for date in &args.dates {
        refuse_future(*date)?;
    }
    let store = wiring::open_for_reading(settings).await?;
    let result = prove(&*store, args, settings).await;
    store.close().await?;
    let report = result?;
    let (exit, status) = match report.verdict() {
        Overall::Passed => (Exit::Done, "PASSED"),
        Overall::Leaking => (Exit::Mismatch, "LEAKING"),
        Overall::Differs => (Exit::Mismatch, "MISMATCH"),
        // Where nothing that was read came after the cut, nothing was proved: that is no success.
        Overall::PartlyVacuous => (Exit::Partial, "PARTLY_VACUOUS"),
        Overall::Vacuous => (Exit::Partial, "VACUOUS"),
    };
    if output.json() {
        output.document("verify lookahead", status, exit, &report)?;
    } else {
        output.text(&report::lookahead::text(&report));
    }
    Ok(exit)
}

async fn prove(store: &dyn Store, args: &LookaheadArgs, settings: &Settings) -> Result<LookaheadReport, Failure> {
    let desk = &settings.config.desk.name;
    let calendars = Calendars::embedded();
    let market = wiring::load(store, settings).await?;
    let runs = run_name::all_runs(store, desk).await?;
    let official = official_by_date(&runs);
    let mut questions = Vec::new();
    for date in dates(args, &runs, &market, &calendars, settings) {
        let basis = match official.get(&date) {
            None => Basis::NotFiled,
            Some(run) => match KeptRun::read(store, desk, &run.run_id).await {
                Ok(kept) => {
                    questions.push(of_run(kept));
                    continue;
                }
                Err(KeptError::Store(error)) => return Err(error.into()),
                Err(error) => Basis::NotKept { run_id: run.run_id.clone(), why: error.to_string() },
            },
        };
        let state = store.previous_run(desk, date).await?.map_or_else(DeskState::empty, |run| run.state);
        let cut = Cut { recorded: market.recorded_through, ..settings.config.run.cut(date, None) };
        let (config, calendars) = (settings.config.clone(), calendars.clone());
        questions.push(Question { cut, config, calendars, state, basis });
    }
    // Seconds of computing: signals are heard meanwhile.
    tokio::task::block_in_place(|| verify_lookahead(&market, &questions))
        .map_err(|error| Failure::new(Exit::Unexpected, error.to_string()))
}

/// A filed run as it was: its own cut, configuration, calendars and state.
fn of_run(kept: KeptRun) -> Question {
    let KeptRun { record, config, calendars, state, .. } = kept;
    let basis = Basis::Filed {
        run_id: record.header.run_id,
        code_version: record.header.code_version,
        filed: record.digest,
        decided: None,
    };
    Question { cut: record.header.cut, config, calendars, state, basis }
}

/// The dates asked for, in order, each once.
fn dates(
    args: &LookaheadArgs,
    runs: &[RunSummary],
    market: &StoredMarket,
    calendars: &Calendars,
    settings: &Settings,
) -> Vec<NaiveDate> {
    let calendar = settings.config.run.calendar;
    let newest = market.history.last_released_at().map_or_else(wiring::today, |last| {
        last.with_timezone(&market::time::SAO_PAULO).date_naive().min(wiring::today())
    });
    let newest = calendars.on_or_before(calendar, newest);
    let (first, last) = (market.history.first_released_at(), market.history.last_released_at());
    // Only a date with data on both sides of its cut can prove anything.
    let provable = |date: &NaiveDate| {
        let cut = settings.config.run.cut(*date, None).published;
        first.is_some_and(|first| first <= cut) && last.is_some_and(|last| last > cut)
    };
    let business = || (0..DRAWN_FROM).map(|days| calendars.add(calendar, newest, -days)).filter(provable);
    let mut dates = match args.random {
        Some(count) => drawn(business().collect(), count, args.seed),
        None if !args.dates.is_empty() => args.dates.clone(),
        None => {
            let count = args.last.unwrap_or(DEFAULT_DATES);
            let filed: BTreeSet<NaiveDate> =
                runs.iter().filter(|run| run_name::left_a_record(run)).map(|run| run.run_date).collect();
            let newest_of = |dates: Vec<NaiveDate>| dates.into_iter().rev().take(count).collect::<Vec<_>>();
            let proving: Vec<NaiveDate> = filed.iter().copied().filter(provable).collect();
            match (filed.is_empty(), proving.is_empty()) {
                (true, _) => business().take(count).collect(),
                (false, true) => newest_of(filed.into_iter().collect()),
                (false, false) => newest_of(proving),
            }
        }
    };
    dates.sort_unstable();
    dates.dedup();
    dates
}

/// `count` of the dates, drawn by the seed: those whose digest with the seed is smallest. The draw does not depend on the
/// machine, nor on the order of the dates.
fn drawn(mut dates: Vec<NaiveDate>, count: usize, seed: u64) -> Vec<NaiveDate> {
    dates.sort_by_cached_key(|date| digest::of_text(&format!("{seed} {date}")));
    dates.truncate(count);
    dates
}
