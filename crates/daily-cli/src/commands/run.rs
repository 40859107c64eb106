//! `daily run`

use std::time::Instant;

use chrono::NaiveDate;
use market::{Calendars, Cut};
use pipeline_core::config::{Config, IfClosed};
use pipeline_core::pipeline::{DailyPipeline, PipelineError, RunRequest, SystemClock};
use pipeline_core::ports::{Store, StoredMarket};
use pipeline_core::record::{RunMode, RunRecord, RunStatus};

use crate::args::{IfClosedArg, RunArgs};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// Runs the eight steps for a date.
pub async fn run(args: &RunArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    if let Some(date) = args.date {
        refuse_future(date)?;
    }
    let store =
        if args.dry_run { wiring::open_for_reading(settings).await? } else { wiring::open_existing(settings).await? };
    let result = run_on(&*store, args, settings, output).await;
    store.close().await?;
    result
}

async fn run_on(store: &dyn Store, args: &RunArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let calendars = Calendars::embedded();
    let config = &settings.config;
    let closed = |date: NaiveDate| !calendars.is_business_day(config.run.calendar, date);
    let if_closed = args.if_closed.map_or(config.run.if_closed, IfClosed::from);
    // A given closed day needs no data to be skipped.
    if let Some(date) = args.date.filter(|date| closed(*date))
        && let Some(exit) = on_closed_day(date, if_closed, config, output)?
    {
        return Ok(exit);
    }
    let loading = Instant::now();
    let stored = wiring::load(store, settings).await?;
    let load_seconds = loading.elapsed().as_secs_f64();
    let date = args.date.unwrap_or_else(|| wiring::default_date(&stored, &calendars, settings));
    if args.date.is_none()
        && closed(date)
        && let Some(exit) = on_closed_day(date, if_closed, config, output)?
    {
        return Ok(exit);
    }
    let cut = wiring::cut(settings, date, args.as_of)?;
    let record = compute(store, args, config, &calendars, cut, &stored, load_seconds, output).await?;
    finish(args, &record, output)
}

#[allow(clippy::too_many_arguments)]
async fn compute(
    store: &dyn Store,
    args: &RunArgs,
    config: &Config,
    calendars: &Calendars,
    cut: Cut,
    stored: &StoredMarket,
    load_seconds: f64,
    output: &Output,
) -> Result<RunRecord, Failure> {
    let request = RunRequest {
        date: cut.date,
        cut,
        mode: if args.dry_run { RunMode::DryRun } else { RunMode::Live },
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        owner: wiring::owner(),
        run_id: uuid::Uuid::now_v7().to_string(),
    };
    let clock = SystemClock;
    let pipeline = DailyPipeline::new(store, &clock, config, calendars);
    let mut observer = |step: &_| {
        if output.json() {
            output.progress(&report::run::step_line(step));
        }
    };
    pipeline.run(request, stored, load_seconds, &mut observer).await.map_err(|error| match error {
        PipelineError::Store(error) => error.into(),
        PipelineError::Empty => wiring::no_data(&config.database.url),
        PipelineError::Digest(error) => Failure::new(Exit::Unexpected, error.to_string()),
    })
}

fn finish(args: &RunArgs, record: &RunRecord, output: &Output) -> Result<Exit, Failure> {
    let exit = match (record.status, record.exit_code) {
        (RunStatus::Degraded, _) if args.strict => Exit::DegradedStrict,
        (RunStatus::Success | RunStatus::Degraded, _) => Exit::Done,
        (_, pipeline_core::day::EXIT_QUALITY) => Exit::QualityBlocked,
        (_, pipeline_core::day::EXIT_LIMIT) => Exit::LimitBreached,
        _ => Exit::Unexpected,
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

/// What to do on a closed day: `Some(exit)` ends the command.
fn on_closed_day(
    date: NaiveDate,
    if_closed: IfClosed,
    config: &Config,
    output: &Output,
) -> Result<Option<Exit>, Failure> {
    let calendar = config.run.calendar.code();
    match if_closed {
        IfClosed::Run => Ok(None),
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
            Ok(Some(Exit::Done))
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
