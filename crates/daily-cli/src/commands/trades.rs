//! `daily trades`

use pipeline_core::record::RunStatus;

use crate::args::past::{TradesArgs, TradesFormat};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Prints the trade list of a stored run. A run that released no book has an empty one, and stderr says why.
pub async fn trades(args: &TradesArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let found = run_name::read(&*store, &settings.config.desk.name, &args.run, output).await;
    store.close().await?;
    let record = found?;
    let no_form = |error: String| Failure::new(Exit::Unexpected, format!("the trade list has no such form: {error}"));
    let lines = report::trades::lines(&record).map_err(|error| no_form(error.to_string()))?;
    if !matches!(record.status, RunStatus::Success | RunStatus::Degraded) {
        output.progress(&format!(
            "the run is {}: it released no book, so there is nothing to trade",
            record.status.as_str()
        ));
    }
    if output.json() || args.format == TradesFormat::Json {
        let fields = report::trades::document(&record, &lines).map_err(|error| no_form(error.to_string()))?;
        output.document("trades", record.status.as_str(), Exit::Done, &fields)?;
    } else {
        output.text(&report::trades::csv(&lines).map_err(|error| no_form(error.to_string()))?);
    }
    Ok(Exit::Done)
}
