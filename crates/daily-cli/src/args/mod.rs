//! The command line.

use std::path::PathBuf;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A macro trading desk's day in one command.
#[derive(Debug, Parser)]
#[command(name = "daily", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 done or nothing to do, 1 unexpected error, 2 usage, 3 quality gate blocked the run,
4 hard risk limit breached, 5 degraded under --strict, 6 partly done (some rows or files were refused),
75 temporary (database locked, source down), 78 configuration invalid.";

/// A date that calendars cover: 1900 to 2199.
fn business_date(text: &str) -> Result<NaiveDate, String> {
    let date: NaiveDate = text.parse().map_err(|_| "a date is written 2026-03-31".to_owned())?;
    if (1900..2200).contains(&date.year()) { Ok(date) } else { Err("dates from 1900 to 2199 are known".to_owned()) }
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file [default: ./daily.toml when it exists].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database, as sqlite://PATH [default: sqlite://var/daily.db].
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
    /// Look at past runs.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Print a stored run again.
    Report(ReportArgs),
    /// Look at the effective configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask the desk's calendar.
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// The database's schema.
    #[command(subcommand)]
    Db(DbCommand),
    /// Print a completion script.
    Completions {
        /// Shell to complete for.
        shell: clap_complete::Shell,
    },
}

/// `daily init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Fill the database from the simulated market.
    #[arg(long)]
    pub demo: bool,
    /// Seed of the simulated market.
    #[arg(long, requires = "demo", default_value_t = 7)]
    pub seed: u64,
}

/// `daily ingest`
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// Folder of official files, read with its subfolders.
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Take in this publisher only (BCB_SGS, FRED, B3, ...); may be repeated.
    #[arg(long, value_name = "NAME")]
    pub source: Vec<String>,
}

/// `daily run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Business date [default: today in São Paulo, or the last date held when the data are simulated].
    #[arg(long, value_name = "DATE", value_parser = business_date)]
    pub date: Option<NaiveDate>,
    /// Published cut, as an instant not after the date's end (2026-03-31T13:00:00-03:00)
    /// [default: 20:00 in São Paulo on the date].
    #[arg(long, value_name = "INSTANT")]
    pub as_of: Option<DateTime<Utc>>,
    /// Compute and print; write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// What to do when the desk's calendar is closed on the date.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub if_closed: Option<IfClosedArg>,
    /// Exit 5 when the run is degraded.
    #[arg(long)]
    pub strict: bool,
}

/// Choices of `--if-closed`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum IfClosedArg {
    /// Say so and end with success.
    Skip,
    /// Run all the same.
    Run,
    /// Refuse.
    Fail,
}

/// A date to look at.
#[derive(Debug, Args)]
pub struct DateArgs {
    /// Business date [default: today in São Paulo, or the last date held when the data are simulated].
    #[arg(long, value_name = "DATE", value_parser = business_date)]
    pub date: Option<NaiveDate>,
    /// Published cut, as an instant [default: 20:00 in São Paulo on the date].
    #[arg(long, value_name = "INSTANT")]
    pub as_of: Option<DateTime<Utc>>,
}

/// `daily data`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Stored series: id, unit, periods.
    List {
        /// Only ids that contain this text.
        filter: Option<String>,
        /// The cut to look from.
        #[command(flatten)]
        at: DateArgs,
    },
    /// Figures of a series as known at a cut.
    Show {
        /// Series id, such as BR_IPCA_MOM.
        series: String,
        /// How many of the newest periods.
        #[arg(long, default_value_t = 12)]
        last: usize,
        /// The cut to look from.
        #[command(flatten)]
        at: DateArgs,
    },
    /// Every vintage of one period, in order of release.
    History {
        /// Series id.
        series: String,
        /// Period, such as 2020-03-01.
        #[arg(value_parser = business_date)]
        period: NaiveDate,
        /// The cut to look from.
        #[command(flatten)]
        at: DateArgs,
    },
}

/// `daily runs`
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Past runs, newest first.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        last: usize,
    },
    /// One run.
    Show {
        /// Run id, a prefix of it, `latest`, `latest-1` or `D=2026-03-31`.
        run: String,
    },
}

/// `daily report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Run id, a prefix of it, `latest`, `latest-1` or `D=2026-03-31`.
    #[arg(default_value = "latest")]
    pub run: String,
}

/// `daily config`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// The effective configuration as TOML.
    Show {
        /// Say where each key that differs from the built-in value comes from.
        #[arg(long)]
        origin: bool,
    },
    /// Check the configuration and say nothing when it is sound.
    Check,
}

/// `daily calendar`
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// The next business day after a date.
    Next {
        /// From this date [default: today in São Paulo].
        #[arg(value_parser = business_date)]
        date: Option<NaiveDate>,
    },
    /// Is the desk's calendar open on a date? Exit 0 when open, 1 when closed.
    IsOpen {
        /// The date [default: today in São Paulo].
        #[arg(value_parser = business_date)]
        date: Option<NaiveDate>,
    },
}

/// `daily db`
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Bring the database to this program's schema (also done on every open for writing).
    Migrate,
}
