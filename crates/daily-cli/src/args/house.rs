//! The words of the commands that look after the house.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Subcommand;

use super::values::business_date;

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
    /// Bring the database to this program's schema (also done on every open for writing). A file is copied beside itself
    /// first.
    Migrate {
        /// Say what would be done, and change nothing.
        #[arg(long)]
        plan: bool,
        /// Then turn the observations into a TimescaleDB hypertable (PostgreSQL with that extension).
        #[arg(long, conflicts_with = "plan")]
        hypertable: bool,
    },
    /// Copy the whole database to a new file, as it is at one instant; runs may go on meanwhile.
    Backup {
        /// The new file; an existing one is never written over.
        file: PathBuf,
    },
}
