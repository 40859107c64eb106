//! `daily limits what-if`

use pipeline_core::kept::{KeptError, KeptRun};
use pipeline_core::ports::Store;
use pipeline_core::what_if::{SettingError, WhatIf, WhatIfError, what_if, with_settings};

use crate::args::evidence::{LimitsCommand, WhatIfArgs};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Asks about limits.
pub async fn limits(command: &LimitsCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    match command {
        LimitsCommand::WhatIf(args) => try_settings(args, settings, output).await,
    }
}

/// A filed run under other settings; the exit code is that of a run that ends so.
async fn try_settings(args: &WhatIfArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let result = try_on(&*store, args, settings, output).await;
    store.close().await?;
    let answer = result?;
    let exit = exit_of(answer.run_exit_code.after);
    if output.json() {
        output.document("limits what-if", answer.run_status.after.as_str(), exit, &answer)?;
    } else {
        output.text(&report::what_if::text(&answer));
    }
    Ok(exit)
}

async fn try_on(store: &dyn Store, args: &WhatIfArgs, settings: &Settings, output: &Output) -> Result<WhatIf, Failure> {
    let desk = &settings.config.desk.name;
    let runs = run_name::all_runs(store, desk).await?;
    let run = run_name::resolve_aloud(&runs, &args.run, output)?;
    let kept = KeptRun::read(store, desk, &run.run_id).await.map_err(not_kept)?;
    // Before the figures are loaded: a mistyped key is answered at once.
    let (config, changes) = with_settings(&kept.config, &args.set).map_err(not_a_setting)?;
    let market = wiring::load(store, settings).await?;
    tokio::task::block_in_place(|| what_if(&market, &kept, &config, changes)).map_err(|error| match error {
        WhatIfError::NoRisk { .. } => {
            Failure::usage(error.to_string()).hint("daily runs list shows runs that went further")
        }
        WhatIfError::Digest(_) => Failure::new(Exit::Unexpected, error.to_string()),
    })
}

fn not_a_setting(error: SettingError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        SettingError::Key { suggestion: Some(near), .. } => failure.hint(format!("did you mean `{near}`?")),
        SettingError::Key { .. } => failure.hint("daily config show prints every key of [risk] and [portfolio]"),
        _ => failure,
    }
}

/// A run that is gone cannot be tried on; one that was altered is a finding.
fn not_kept(error: KeptError) -> Failure {
    match error {
        error if error.shows_alteration() => Failure::new(Exit::Mismatch, error.to_string())
            .hint("daily verify audit tells which rows are not what was sealed"),
        KeptError::Store(error) => error.into(),
        error => Failure::usage(error.to_string()).hint("daily runs list shows the runs; try on another one"),
    }
}

/// The exit codes of a day are those of the program.
fn exit_of(code: u8) -> Exit {
    match code {
        0 => Exit::Done,
        3 => Exit::QualityBlocked,
        4 => Exit::LimitBreached,
        _ => Exit::Unexpected,
    }
}
