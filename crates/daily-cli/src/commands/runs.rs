//! `daily runs list|show` and `daily report`

use chrono::NaiveDate;
use pipeline_core::ports::Store;
use pipeline_core::record::{RunRecord, RunSummary};

use crate::args::RunsCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// How many past runs a name is looked up among.
const LOOKBACK: usize = 100_000;

/// Lists past runs, or shows one.
pub async fn runs(command: &RunsCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    match command {
        RunsCommand::Show { run } => report(run, settings, output).await,
        RunsCommand::List { last } => {
            let store = wiring::open_for_reading(settings).await?;
            let runs = store.runs(&settings.config.desk.name, *last).await;
            store.close().await?;
            let runs = runs?;
            if output.json() {
                output.document("runs list", "OK", Exit::Done, &serde_json::json!({ "runs": runs }))?;
            } else {
                output.text(&report::runs::text(&runs));
            }
            Ok(Exit::Done)
        }
    }
}

/// Prints a stored run again.
pub async fn report(run: &str, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let found = find(&*store, &settings.config.desk.name, run).await;
    store.close().await?;
    let record = found?;
    if output.json() {
        let fields = report::run::document(&record)
            .map_err(|error| Failure::new(Exit::Unexpected, format!("the record has no JSON form: {error}")))?;
        output.document("report", record.status.as_str(), Exit::Done, &fields)?;
    } else {
        output.text(&report::run::text(&record));
    }
    Ok(Exit::Done)
}

/// A run by id, unique prefix, `latest`, `latest-N` or `D=DATE` (the last attempt of that date).
async fn find(store: &dyn Store, desk: &str, name: &str) -> Result<RunRecord, Failure> {
    let missing = || Failure::usage(format!("there is no run {name}")).hint("daily runs list shows them");
    let runs = store.runs(desk, LOOKBACK).await?;
    let id = match name.strip_prefix("latest") {
        Some("") => runs.first().map(|run| run.run_id.clone()),
        Some(back) => {
            let back: usize = back.strip_prefix('-').and_then(|n| n.parse().ok()).ok_or_else(missing)?;
            runs.get(back).map(|run| run.run_id.clone())
        }
        None => match name.strip_prefix("D=") {
            Some(date) => {
                let date: NaiveDate = date.parse().map_err(|_| Failure::usage(format!("{date} is not a date")))?;
                runs.iter().find(|run| run.run_date == date).map(|run| run.run_id.clone())
            }
            None => Some(by_prefix(&runs, name)?),
        },
    };
    store.run(desk, &id.ok_or_else(missing)?).await?.ok_or_else(missing)
}

fn by_prefix(runs: &[RunSummary], prefix: &str) -> Result<String, Failure> {
    let mut matches = runs.iter().filter(|run| run.run_id.starts_with(prefix));
    match (matches.next(), matches.next()) {
        (Some(run), None) => Ok(run.run_id.clone()),
        (Some(_), Some(_)) => Err(Failure::usage(format!("several runs start with {prefix}; give more of the id"))),
        (None, _) => Err(Failure::usage(format!("there is no run {prefix}")).hint("daily runs list shows them")),
    }
}
