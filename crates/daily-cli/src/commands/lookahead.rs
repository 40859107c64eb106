//! `daily verify lookahead`

use std::collections::BTreeSet;

use chrono::NaiveDate;
use market::{Calendars, Cut};
use pipeline_core::digest;
use pipeline_core::lookahead::{LookaheadReport, Verdict, verify_lookahead};
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
        Verdict::Passed => (Exit::Done, "PASSED"),
        Verdict::Leaking => (Exit::Mismatch, "LEAKING"),
        // Nothing was released after any of the cuts: that is no proof, and no success.
        Verdict::Vacuous => (Exit::Partial, "VACUOUS"),
    };
    if output.json() {
        output.document("verify lookahead", status, exit, &report)?;
    } else {
        output.text(&report::lookahead::text(&report));
    }
    Ok(exit)
}

async fn prove(store: &dyn Store, args: &LookaheadArgs, settings: &Settings) -> Result<LookaheadReport, Failure> {
    let (config, calendars) = (&settings.config, Calendars::embedded());
    let market = wiring::load(store, settings).await?;
    let runs = run_name::all_runs(store, &config.desk.name).await?;
    let mut states = Vec::new();
    for date in dates(args, &runs, &market, &calendars, settings) {
        let previous = store.previous_run(&config.desk.name, date).await?;
        let cut = Cut { recorded: market.recorded_through, ..config.run.cut(date, None) };
        states.push((cut, previous.map_or_else(DeskState::empty, |run| run.state)));
    }
    // Seconds of computing: signals are heard meanwhile.
    tokio::task::block_in_place(|| verify_lookahead(&market, config, &calendars, &states))
        .map_err(|error| Failure::new(Exit::Unexpected, error.to_string()))
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
    let back = |days: usize| calendars.add(calendar, newest, -(days as i64));
    let mut dates = match args.random {
        Some(count) => drawn((0..DRAWN_FROM as usize).map(back).collect(), count, args.seed),
        None if !args.dates.is_empty() => args.dates.clone(),
        None => {
            let count = args.last.unwrap_or(DEFAULT_DATES);
            let filed: BTreeSet<NaiveDate> =
                runs.iter().filter(|run| run_name::left_a_record(run)).map(|run| run.run_date).collect();
            let filed: Vec<NaiveDate> = filed.into_iter().rev().take(count).collect();
            if filed.is_empty() { (0..count).map(back).collect() } else { filed }
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
