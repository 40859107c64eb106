//! The words of the commands that make, keep and look at past runs.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::evidence::LookaheadArgs;
use super::values::{DateRange, business_date, count, date_range};

/// `daily backfill`
#[derive(Debug, Args)]
pub struct BackfillArgs {
    /// First and last date, as 2026-03-02..2026-03-31: every business day of the desk's calendar between them.
    #[arg(value_name = "A..B", value_parser = date_range)]
    pub dates: DateRange,
    /// Run the dates without an official run [this is the default].
    #[arg(long, group = "which")]
    pub missing: bool,
    /// Run only the dates that were tried and whose last attempt failed, was blocked or was killed.
    #[arg(long, group = "which")]
    pub failed: bool,
    /// Run every date again.
    #[arg(long, group = "which")]
    pub force: bool,
    /// Only say what would be run; write nothing.
    #[arg(long)]
    pub plan: bool,
    /// Exit 5 when a date is degraded.
    #[arg(long)]
    pub strict: bool,
}

/// `daily runs`
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Past runs, newest first; `*` marks the official run of its date.
    List {
        /// How many of those that match.
        #[arg(long, value_name = "N", default_value = "20", value_parser = count)]
        last: usize,
        /// Only runs of this business date.
        #[arg(long, value_name = "DATE", value_parser = business_date)]
        date: Option<NaiveDate>,
        /// Only runs that ended (or stand) so.
        #[arg(long, value_enum, value_name = "STATUS", ignore_case = true)]
        status: Option<StatusArg>,
    },
    /// One run.
    Show {
        /// Run id, a unique prefix of it, `latest`, `latest-1`, or `D=2026-03-31` for the official run of a date.
        run: String,
    },
}

/// Choices of `--status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusArg {
    /// Under way, or killed and not yet noticed.
    Running,
    /// Finished, nothing missing.
    Success,
    /// Finished, something missing.
    Degraded,
    /// A step could not be done.
    Failed,
    /// Stopped by the quality gate or a hard limit.
    Blocked,
    /// Killed or interrupted.
    Abandoned,
}

/// `daily report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Run id, a unique prefix of it, `latest`, `latest-1`, or `D=2026-03-31` for the official run of a date.
    #[arg(default_value = "latest")]
    pub run: String,
}

/// `daily trades`
#[derive(Debug, Args)]
pub struct TradesArgs {
    /// Run id, a unique prefix of it, `latest` (refused when a newer run left no record), `latest-1`, or `D=2026-03-31` for
    /// the official run of a date.
    #[arg(default_value = "latest")]
    pub run: String,
    /// Form of the list; --json is the same as json.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "csv")]
    pub format: TradesFormat,
}

/// Choices of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TradesFormat {
    /// A header, and one line a trade.
    Csv,
    /// One JSON document.
    Json,
}

/// `daily verify`
#[derive(Debug, Subcommand)]
pub enum VerifyCommand {
    /// Recompute the seals of every run and batch from the rows as they are now; exit 7 names each row that was altered.
    Audit,
    /// Change everything released after the cut and decide again: exit 7 names each date on which the answer changed.
    Lookahead(LookaheadArgs),
}

/// `daily prune`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct PruneArgs {
    /// Remove what runs of dates before this one left.
    #[arg(long, value_name = "DATE", value_parser = business_date, group = "which")]
    pub before: Option<NaiveDate>,
    /// Remove what all runs left but the N that started last.
    #[arg(long, value_name = "N", value_parser = count, group = "which")]
    pub keep: Option<usize>,
    /// Only say what would be removed; write nothing.
    #[arg(long)]
    pub dry_run: bool,
}
