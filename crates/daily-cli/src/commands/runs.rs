//! `daily runs list|show` and `daily report`

use pipeline_core::record::RunStatus;
use report::runs::RunLine;

use crate::args::past::{RunsCommand, StatusArg};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Lists past runs, or shows one.
pub async fn runs(command: &RunsCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let (last, date, status) = match command {
        RunsCommand::Show { run } => return report("runs show", run, settings, output).await,
        RunsCommand::List { last, date, status } => (*last, *date, status.map(RunStatus::from)),
    };
    let store = wiring::open_for_reading(settings).await?;
    let runs = run_name::all_runs(&*store, &settings.config.desk.name).await;
    store.close().await?;
    let mut lines = RunLine::of(&runs?);
    lines.retain(|line| date.is_none_or(|date| line.run.run_date == date));
    lines.retain(|line| status.is_none_or(|status| line.run.status == status));
    let matching = lines.len();
    lines.truncate(last);
    if output.json() {
        let fields = serde_json::json!({ "runs": lines, "matching": matching });
        output.document("runs list", "OK", Exit::Done, &fields)?;
    } else if lines.is_empty() && (date.is_some() || status.is_some()) {
        output.text("no run matches: daily runs list shows all");
    } else {
        output.text(&report::runs::text(&lines, matching));
    }
    Ok(Exit::Done)
}

/// Prints a stored run again.
pub async fn report(command: &str, run: &str, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let found = run_name::read(&*store, &settings.config.desk.name, run, output).await;
    store.close().await?;
    let record = found?;
    if output.json() {
        let fields = report::run::document(&record)
            .map_err(|error| Failure::new(Exit::Unexpected, format!("the record has no JSON form: {error}")))?;
        output.document(command, record.status.as_str(), Exit::Done, &fields)?;
    } else {
        output.text(&report::run::full(&record));
    }
    Ok(Exit::Done)
}

impl From<StatusArg> for RunStatus {
    fn from(arg: StatusArg) -> Self {
        match arg {
            StatusArg::Running => Self::Running,
            StatusArg::Success => Self::Success,
            StatusArg::Degraded => Self::Degraded,
            StatusArg::Failed => Self::Failed,
            StatusArg::Blocked => Self::Blocked,
            StatusArg::Abandoned => Self::Abandoned,
        }
    }
}
