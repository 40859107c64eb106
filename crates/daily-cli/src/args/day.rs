//! The words of the commands that make a desk's day, and look at its figures.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};

use super::values::business_date;

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
    /// The cut to run at.
    #[command(flatten)]
    pub at: DateArgs,
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

/// A date, and what of it may be seen.
#[derive(Debug, Args)]
pub struct DateArgs {
    /// Business date [default: today in São Paulo, or the last date held when the data are simulated].
    #[arg(long, value_name = "DATE", value_parser = business_date)]
    pub date: Option<NaiveDate>,
    /// Published cut, as an instant not after the date's end (2026-03-31T13:00:00-03:00)
    /// [default: 20:00 in São Paulo on the date].
    #[arg(long, value_name = "INSTANT")]
    pub as_of: Option<DateTime<Utc>>,
    /// What this installation knew: leave out what it recorded after this instant, such as figures taken in later.
    #[arg(long, value_name = "INSTANT")]
    pub recorded_as_of: Option<DateTime<Utc>>,
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
