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
    // The causes must account for all of the second run, unless other code filed it.
    let exit = if diff.reaches_b || diff.code.is_some() { Exit::Done } else { Exit::Mismatch };
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
        kept.push(KeptRun::read(store, desk, &run.run_id).await.map_err(|error| match error {
            KeptError::Store(error) => error.into(),
            error => Failure::usage(error.to_string()).hint("daily runs list shows which runs left a record"),
        })?);
    }
    let market = wiring::load(store, settings).await?;
    tokio::task::block_in_place(|| compare(&market, &kept[0], &kept[1], crate::CODE_VERSION))
        .map_err(|error| Failure::new(Exit::Unexpected, error.to_string()))
}
