//! The words of the commands that prove and explain filed runs.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::values::{business_date, count};

/// `daily replay`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct ReplayArgs {
    /// Runs, each by its id, a unique prefix of it, `latest`, `latest-1` or `D=2026-03-31`; or every run of a range of
    /// dates, as 2026-03-02..2026-03-31.
    #[arg(value_name = "RUN|A..B", group = "which")]
    pub runs: Vec<String>,
    /// The N runs that were filed last.
    #[arg(long, value_name = "N", value_parser = count, group = "which")]
    pub last: Option<usize>,
}

/// `daily explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Instrument, such as DI_2Y or USDBRL.
    pub instrument: String,
    /// Run id, a unique prefix of it, `latest`, `latest-1`, or `D=2026-03-31` for the official run of a date.
    #[arg(long, default_value = "latest")]
    pub run: String,
    /// Say why the instrument has no weight.
    #[arg(long)]
    pub why_not: bool,
}

/// `daily diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The earlier run: an id, a unique prefix of it, `latest`, `latest-1` or `D=2026-03-31`.
    pub a: String,
    /// The later run, named likewise.
    pub b: String,
}

/// `daily verify lookahead`
#[derive(Debug, Args)]
pub struct LookaheadArgs {
    /// These dates, separated by commas.
    #[arg(long, value_name = "D,D,...", value_delimiter = ',', value_parser = business_date, group = "which")]
    pub dates: Vec<NaiveDate>,
    /// The last N filed dates after whose cut something was released, or the last N business days with data when none
    /// was filed [default: 5].
    #[arg(long, value_name = "N", value_parser = count, group = "which")]
    pub last: Option<usize>,
    /// N business days of the last five years with data before and after their cut, drawn by the seed.
    #[arg(long, value_name = "N", value_parser = count, group = "which")]
    pub random: Option<usize>,
    /// Seed of the draw: the same seed draws the same dates.
    #[arg(long, value_name = "S", requires = "random", default_value_t = 7)]
    pub seed: u64,
}

/// `daily limits`
#[derive(Debug, Subcommand)]
pub enum LimitsCommand {
    /// A filed run under other limits: each limit before and after, and the exit code that the run would have had.
    WhatIf(WhatIfArgs),
}

/// `daily limits what-if`
#[derive(Debug, Args)]
pub struct WhatIfArgs {
    /// A key of risk or portfolio and its value, as risk.limits.var_95=0.02, or a limit's name alone; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", required = true)]
    pub set: Vec<String>,
    /// Run id, a unique prefix of it, `latest`, `latest-1`, or `D=2026-03-31` for the official run of a date.
    #[arg(long, default_value = "latest")]
    pub run: String,
}
