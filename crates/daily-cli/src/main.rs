//! The `daily` binary: a thin shell. It reads arguments and configuration, opens what is needed, calls the crates and
//! turns the answer into text or JSON and an exit code. No finance, no SQL and no formatting of figures live here.

mod args;
mod commands;
mod exit;
mod output;
mod settings;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Unexpected, format!("the runtime cannot start: {error}")))
        .and_then(|runtime| runtime.block_on(dispatch(&cli, &output)));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&cli.command, &failure);
            failure.exit.into()
        }
    }
}

async fn dispatch(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    if let Command::Completions { shell } = &cli.command {
        return commands::completions::print(*shell);
    }
    let settings = Settings::load(&cli.global, std::env::vars())?;
    match &cli.command {
        Command::Init(args) => commands::init::init(args, &settings, output).await,
        Command::Ingest(args) => commands::ingest::ingest(args, &settings, output).await,
        Command::Run(args) => commands::run::run(args, &settings, output).await,
        Command::Quality(args) => commands::quality::quality(args, &settings, output).await,
        Command::Data(command) => commands::data::data(command, &settings, output).await,
        Command::Runs(command) => commands::runs::runs(command, &settings, output).await,
        Command::Report(args) => commands::runs::report(&args.run, &settings, output).await,
        Command::Config(command) => commands::config::config(command, &settings, output),
        Command::Calendar(command) => commands::calendar::calendar(command, &settings, output),
        Command::Db(command) => commands::db::db(command, &settings, output).await,
        Command::Completions { .. } => Ok(Exit::Done),
    }
}
