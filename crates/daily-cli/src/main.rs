//! The `daily` binary: a thin shell. It reads arguments and configuration, opens what is needed, calls the crates and
//! turns the answer into text or JSON and an exit code. No finance, no SQL and no formatting of figures live here.

mod args;
mod commands;
mod desk;
mod exit;
mod interrupt;
mod lease;
mod output;
mod run_name;
mod secret;
mod settings;
mod under_way;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::interrupt::Ended;
use crate::output::Output;
use crate::settings::Settings;
use crate::under_way::UnderWay;

/// Version of the package and of the code it was built from: `0.1.0+0123456789ab`. Runs carry it, and a replay says when
/// it is another one.
pub const CODE_VERSION: &str = env!("CODE_VERSION");

/// Threads of the runtime at least: while one computes, another hears signals.
const FEWEST_THREADS: usize = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(&cli.global);
    let (name, decides, under_way) = (cli.command.name(), cli.command.decides(), UnderWay::default());
    let ended = match prepare(&cli) {
        Err(failure) => Ended::Done(Err(failure)),
        Ok((settings, runtime)) => {
            let command = dispatch(cli, settings.clone(), output, under_way.clone());
            let ended = runtime.block_on(interrupt::until_signal(command, &settings, &under_way));
            // A command that was told to stop may still be computing: nobody waits for it.
            runtime.shutdown_background();
            ended
        }
    };
    match ended {
        Ended::Done(Ok(exit)) => exit.into(),
        Ended::Done(Err(failure)) => {
            let failure = if decides { failure } else { failure.of_a_look() };
            output.failure(name, &failure);
            failure.exit.into()
        }
        Ended::Interrupted(exit, interruption) => {
            output.interrupted(name, exit, &interruption);
            exit.into()
        }
    }
}

fn prepare(cli: &Cli) -> Result<(Settings, tokio::runtime::Runtime), Failure> {
    let settings = match &cli.command {
        Command::Completions { .. } => Settings::built_in(),
        _ => Settings::load(&cli.global, std::env::vars())?,
    };
    let threads = std::thread::available_parallelism().map_or(FEWEST_THREADS, usize::from).max(FEWEST_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Unexpected, format!("the runtime cannot start: {error}")))?;
    Ok((settings, runtime))
}

async fn dispatch(cli: Cli, settings: Settings, output: Output, under_way: UnderWay) -> Result<Exit, Failure> {
    let (settings, output, under_way) = (&settings, &output, &under_way);
    match &cli.command {
        Command::Init(args) => commands::init::init(args, settings, output, under_way).await,
        Command::Ingest(args) => commands::ingest::ingest(args, settings, output, under_way).await,
        Command::Run(args) => commands::run::run(args, settings, output, under_way).await,
        Command::Quality(args) => commands::quality::quality(args, settings, output).await,
        Command::Data(command) => commands::data::data(command, settings, output).await,
        Command::Backfill(args) => commands::backfill::backfill(args, settings, output, under_way).await,
        Command::Runs(command) => commands::runs::runs(command, settings, output).await,
        Command::Report(args) => commands::runs::report("report", &args.run, settings, output).await,
        Command::Trades(args) => commands::trades::trades(args, settings, output).await,
        Command::Explain(args) => commands::explain::explain(args, settings, output).await,
        Command::Diff(args) => commands::diff::diff(args, settings, output).await,
        Command::Limits(command) => commands::limits::limits(command, settings, output).await,
        Command::Replay(args) => commands::replay::replay(args, settings, output).await,
        Command::Verify(command) => commands::verify::verify(command, settings, output).await,
        Command::Prune(args) => commands::prune::prune(args, settings, output).await,
        Command::Config(command) => commands::config::config(command, settings, output),
        Command::Calendar(command) => commands::calendar::calendar(command, settings, output),
        Command::Db(command) => commands::db::db(command, settings, output).await,
        Command::Completions { shell } => commands::completions::print(*shell),
    }
}
