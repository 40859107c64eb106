//! `daily trades`

use pipeline_core::ports::Store;
use pipeline_core::record::{RunRecord, RunStatus, RunSummary};

use crate::args::past::{TradesArgs, TradesFormat};
use crate::desk::exit_of;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Prints the trade list of a stored run. A run that released no book has an empty one, stderr says why, and the exit code is
/// that of the run.
pub async fn trades(args: &TradesArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let found = read(&*store, &settings.config.desk.name, &args.run, output).await;
    store.close().await?;
    let record = found?;
    let no_form = |error: String| Failure::new(Exit::Unexpected, format!("the trade list has no such form: {error}"));
    let lines = report::trades::lines(&record).map_err(|error| no_form(error.to_string()))?;
    let exit = exit_of(&record);
    if !report::trades::released_a_book(&record) {
        output.progress(&format!(
            "the run is {}: it released no book, so there is nothing to trade",
            record.status.as_str()
        ));
    }
    if output.json() || args.format == TradesFormat::Json {
        let fields = report::trades::document(&record, &lines).map_err(|error| no_form(error.to_string()))?;
        output.document("trades", record.status.as_str(), exit, &fields)?;
    } else {
        output.text(&report::trades::csv(&record.header, &lines).map_err(|error| no_form(error.to_string()))?);
    }
    Ok(exit)
}

/// The run of that name. `latest` is refused where a newer run, of its date or a later one, has no list: the orders would be
/// those of an earlier book.
async fn read(store: &dyn Store, desk: &str, name: &str, output: &Output) -> Result<RunRecord, Failure> {
    if name == "latest" {
        let runs = run_name::all_runs(store, desk).await?;
        let run = run_name::resolve(&runs, name)?;
        let newer = run_name::passed_over(&runs, run).find(|newer| newer.run_date >= run.run_date);
        newer.map_or(Ok(()), |newer| Err(without_trades(newer)))?;
    }
    run_name::read(store, desk, name, output).await
}

fn without_trades(newer: &RunSummary) -> Failure {
    let exit = if newer.status == RunStatus::Running { Exit::Temporary } else { Exit::Usage };
    let message = format!(
        "the newest run {} of {} is {} and has no trades, and those of the run before it are not the latest",
        newer.run_id,
        newer.run_date,
        run_name::fate(newer)
    );
    Failure::new(exit, message).hint("the trades of an earlier run are printed when it is named by its id or as D=DATE")
}
