//! `daily completions SHELL`

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::{Exit, Failure};

/// Prints the completion script of a shell on stdout.
pub fn print(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    clap_complete::generate(shell, &mut Cli::command(), "daily", &mut std::io::stdout());
    Ok(Exit::Done)
}
