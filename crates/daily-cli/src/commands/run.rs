//! `daily run`

use std::time::Instant;

use chrono::NaiveDate;
use market::Calendars;
use pipeline_core::config::{Config, IfClosed};
use pipeline_core::ports::Store;
use pipeline_core::record::{RunMode, RunRecord, RunStatus};

use crate::args::day::{IfClosedArg, RunArgs};
use crate::desk::{Desk, exit_of};
use crate::exit::{Exit, Failure};
use crate::lease::{HEARTBEAT, kept_alive};
use crate::output::Output;
use crate::settings::Settings;
use crate::under_way::UnderWay;
use crate::wiring;

/// Runs the eight steps for a date.
pub async fn run(args: &RunArgs, settings: &Settings, output: &Output, under_way: &UnderWay) -> Result<Exit, Failure> {
    if let Some(date) = args.at.date {
        refuse_future(date)?;
    }
    let store =
        if args.dry_run { wiring::open_for_reading(settings).await? } else { wiring::open_existing(settings).await? };
    let result = run_on(&*store, args, settings, output, under_way).await;
    store.close().await?;
    match result? {
        Some(record) => finish(args, &record, output),
        None => Ok(Exit::Done),
    }
}

/// The record of the run; `None` when the date is closed and was skipped.
async fn run_on(
    store: &dyn Store,
    args: &RunArgs,
    settings: &Settings,
    output: &Output,
    under_way: &UnderWay,
) -> Result<Option<RunRecord>, Failure> {
    let calendars = Calendars::embedded();
    let config = &settings.config;
    let closed = |date: NaiveDate| !calendars.is_business_day(config.run.calendar, date);
    let if_closed = args.if_closed.map_or(config.run.if_closed, IfClosed::from);
    // A given closed day needs no data to be skipped.
    if let Some(date) = args.at.date.filter(|date| closed(*date))
        && is_skipped(date, if_closed, config, output)?
    {
        return Ok(None);
    }
    let loading = Instant::now();
    let stored = wiring::load(store, settings).await?;
    let load_seconds = loading.elapsed().as_secs_f64();
    let date = args.at.date.unwrap_or_else(|| wiring::default_date(&stored, &calendars, settings));
    if args.at.date.is_none() && closed(date) && is_skipped(date, if_closed, config, output)? {
        return Ok(None);
    }
    let cut = wiring::cut(settings, &calendars, &stored, date, &args.at)?;
    let mut observer = |step: &_| {
        if output.json() {
            output.progress(&report::run::step_line(step));
        }
    };
    let desk = Desk { store, settings, calendars: &calendars, stored: &stored, under_way };
    if args.dry_run {
        return desk.run(cut, RunMode::DryRun, load_seconds, &mut observer).await.map(Some);
    }
    let owner = wiring::owner();
    let beat = || store.heartbeat(&config.desk.name, &owner, wiring::now());
    kept_alive(HEARTBEAT, beat, desk.run(cut, RunMode::Live, load_seconds, &mut observer)).await.map(Some)
}

fn finish(args: &RunArgs, record: &RunRecord, output: &Output) -> Result<Exit, Failure> {
    let exit = match record.status {
        RunStatus::Degraded if args.strict => Exit::DegradedStrict,
        _ => exit_of(record),
    };
    if output.json() {
        let fields = report::run::document(record)
            .map_err(|error| Failure::new(Exit::Unexpected, format!("the record has no JSON form: {error}")))?;
        output.document("run", record.status.as_str(), exit, &fields)?;
    } else {
        output.text(&report::run::text(record));
    }
    Ok(exit)
}

/// A future date cannot have been published.
pub fn refuse_future(date: NaiveDate) -> Result<(), Failure> {
    let today = wiring::today();
    if date > today {
        return Err(Failure::usage(format!("{date} is in the future: today is {today} in São Paulo")));
    }
    Ok(())
}

/// What to do on a closed day: true when there is nothing to do, which it has said.
fn is_skipped(date: NaiveDate, if_closed: IfClosed, config: &Config, output: &Output) -> Result<bool, Failure> {
    let calendar = config.run.calendar.code();
    match if_closed {
        IfClosed::Run => Ok(false),
        IfClosed::Fail => Err(Failure::usage(format!("{date} is closed on the {calendar} calendar"))
            .hint("--if-closed run runs it all the same")),
        IfClosed::Skip => {
            if output.json() {
                let fields = serde_json::json!({ "run_date": date, "calendar": calendar, "reason": "closed" });
                output.document("run", "SKIPPED", Exit::Done, &fields)?;
            } else {
                output.text(&format!(
                    "{date} is closed on the {calendar} calendar: nothing to do (--if-closed run runs it)"
                ));
            }
            Ok(true)
        }
    }
}

impl From<IfClosedArg> for IfClosed {
    fn from(arg: IfClosedArg) -> Self {
        match arg {
            IfClosedArg::Skip => Self::Skip,
            IfClosedArg::Run => Self::Run,
            IfClosedArg::Fail => Self::Fail,
        }
    }
}
