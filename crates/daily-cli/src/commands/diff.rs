//! `daily diff`

use pipeline_core::diff::{Diff, diff as compare};
use pipeline_core::kept::{KeptError, KeptRun};
use pipeline_core::ports::Store;

use crate::args::evidence::DiffArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Says in what two runs differ, and what each difference did to every weight.
pub async fn diff(args: &DiffArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let result = diff_on(&*store, args, settings, output).await;
    store.close().await?;
    let diff = result?;
    let exit = if diff.explained { Exit::Done } else { Exit::Mismatch };
    if output.json() {
        let status = match exit {
            Exit::Mismatch => "MISMATCH",
            _ if diff.is_empty() => "SAME",
            _ => "DIFFERENT",
        };
        output.document("diff", status, exit, &diff)?;
    } else {
        output.text(&report::diff::text(&diff));
    }
    Ok(exit)
}

async fn diff_on(store: &dyn Store, args: &DiffArgs, settings: &Settings, output: &Output) -> Result<Diff, Failure> {
    let desk = &settings.config.desk.name;
    let runs = run_name::all_runs(store, desk).await?;
    let mut kept = Vec::new();
    for name in [&args.a, &args.b] {
        let run = run_name::resolve_aloud(&runs, name, output)?;
        kept.push(KeptRun::read(store, desk, &run.run_id).await.map_err(refusal)?);
    }
    let market = wiring::load(store, settings).await?;
    tokio::task::block_in_place(|| compare(&market, &kept[0], &kept[1], crate::CODE_VERSION))
        .map_err(|error| Failure::new(Exit::Unexpected, error.to_string()))
}

/// A run that is gone cannot be compared; one that was altered is a finding.
fn refusal(error: KeptError) -> Failure {
    match error {
        error if error.shows_alteration() => Failure::new(Exit::Mismatch, error.to_string())
            .hint("daily verify audit tells which rows are not what was sealed"),
        KeptError::Store(error) => error.into(),
        KeptError::NoRecord { .. } => Failure::usage(error.to_string())
            .hint("daily runs list shows the runs and marks those that were pruned or killed; compare two others"),
        KeptError::NotKept { .. } => {
            Failure::usage(error.to_string()).hint("compare two runs that a later version of the program filed")
        }
        error => Failure::usage(error.to_string()).hint("compare with the version of the program that filed the run"),
    }
}
