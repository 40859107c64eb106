//! The command line.

pub mod day;
pub mod evidence;
pub mod house;
pub mod past;
pub mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use self::day::{DataCommand, DateArgs, IngestArgs, InitArgs, RunArgs};
use self::evidence::{DiffArgs, ExplainArgs, LimitsCommand, ReplayArgs};
use self::house::{CalendarCommand, ConfigCommand, DbCommand};
use self::past::{BackfillArgs, PruneArgs, ReportArgs, RunsCommand, TradesArgs, VerifyCommand};

/// A macro trading desk's day in one command.
#[derive(Debug, Parser)]
#[command(name = "daily", version = crate::CODE_VERSION, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes:
    0  done, or nothing to do (the output says which)
    1  unexpected error
    2  usage
    3  the quality gate blocked the run
    4  a hard risk limit is breached: outputs kept, not releasable
    5  degraded, under --strict
    6  partly done: refused files, failed dates of a backfill, runs that cannot be replayed
    7  a verification found what does not agree
   75  temporary: the desk is being run or the database is locked, a source is down
   78  the configuration is invalid
  130  interrupted (Ctrl-C), 143 terminated: nothing half-written, give the command again";

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file [default: ./daily.toml when it exists].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database, as sqlite://PATH or postgres://USER@HOST/NAME; a password is safer in the variable
    /// DAILY__DATABASE__URL than here, where other users of the machine see it [default: sqlite://var/daily.db].
    #[arg(long, global = true, value_name = "URL")]
    pub db: Option<String>,
    /// Print one JSON document on stdout instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on stderr.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More on stderr.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create the database and, when there is none, a commented ./daily.toml.
    Init(InitArgs),
    /// Take in official files.
    Ingest(IngestArgs),
    /// Run the eight steps for a date.
    Run(RunArgs),
    /// Check the data as of a date without running.
    Quality(DateArgs),
    /// Look at stored series.
    #[command(subcommand)]
    Data(DataCommand),
    /// Run every business day of a range that has no official run yet; safe to kill, and to give again.
    Backfill(BackfillArgs),
    /// Look at past runs.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Print a stored run again.
    Report(ReportArgs),
    /// Print the trade list of a stored run, as CSV or JSON.
    Trades(TradesArgs),
    /// Lead from an instrument's weight back to the figures it rests on.
    Explain(ExplainArgs),
    /// Say in what two runs differ, and what each difference did to every weight.
    Diff(DiffArgs),
    /// Try other limits on a filed run.
    #[command(subcommand)]
    Limits(LimitsCommand),
    /// Recompute filed runs and compare them with what was filed; exit 7 names the first step and field that differ.
    Replay(ReplayArgs),
    /// Prove that what is stored is what was computed, and that nothing was known too early.
    #[command(subcommand)]
    Verify(VerifyCommand),
    /// Remove what old runs left, but never a figure.
    Prune(PruneArgs),
    /// Look at the effective configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask the desk's calendar.
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Look after the database.
    #[command(subcommand)]
    Db(DbCommand),
    /// Print a completion script.
    Completions {
        /// Shell to complete for.
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// True when it decides a day: without data the quality gate blocks it.
    pub fn decides(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Quality(_) | Self::Backfill(_))
    }

    /// Its words, as `--json` documents name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Ingest(_) => "ingest",
            Self::Run(_) => "run",
            Self::Quality(_) => "quality",
            Self::Data(DataCommand::List { .. }) => "data list",
            Self::Data(DataCommand::Show { .. }) => "data show",
            Self::Data(DataCommand::History { .. }) => "data history",
            Self::Backfill(_) => "backfill",
            Self::Runs(RunsCommand::List { .. }) => "runs list",
            Self::Runs(RunsCommand::Show { .. }) => "runs show",
            Self::Report(_) => "report",
            Self::Trades(_) => "trades",
            Self::Explain(_) => "explain",
            Self::Diff(_) => "diff",
            Self::Limits(LimitsCommand::WhatIf(_)) => "limits what-if",
            Self::Replay(_) => "replay",
            Self::Verify(VerifyCommand::Audit) => "verify audit",
            Self::Verify(VerifyCommand::Lookahead(_)) => "verify lookahead",
            Self::Prune(_) => "prune",
            Self::Config(ConfigCommand::Show { .. }) => "config show",
            Self::Config(ConfigCommand::Check) => "config check",
            Self::Calendar(CalendarCommand::Next { .. }) => "calendar next",
            Self::Calendar(CalendarCommand::IsOpen { .. }) => "calendar is-open",
            Self::Db(DbCommand::Migrate { .. }) => "db migrate",
            Self::Db(DbCommand::Backup { .. }) => "db backup",
            Self::Completions { .. } => "completions",
        }
    }
}
