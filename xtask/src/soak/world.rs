//! Simulated worlds: with first prints that are revised and releases that come late.

use anyhow::{Context, Result};
use chrono::{NaiveDate, Utc};
use market::Calendars;
use pipeline_core::config::Config;
use pipeline_core::ports::SourceBatch;
use simulated_market::{FaultPlan, Faults, SimulatedMarket, SimulationConfig};

use super::SEED;
use super::desk::Desk;

/// Share of first prints that are revised.
const REVISED: f64 = 0.02;
/// Share of releases that come late.
const LATE: f64 = 0.002;
/// First year with futures contracts, where the world begins before.
const CONTRACTS_FROM: i32 = 2023;
/// First year of the small world.
const SMALL_FROM: i32 = 2024;

/// Last day of every world, a business day.
pub const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date");

/// A world that begins in a year.
pub fn beginning(year: i32, seed: u64) -> Result<SimulatedMarket> {
    let first_day = |year| NaiveDate::from_ymd_opt(year, 1, 2).context("a year");
    let mut config = SimulationConfig::new(seed, first_day(year)?, LAST_DAY);
    config.contracts_from = first_day(year.max(CONTRACTS_FROM))?;
    config.faults =
        Faults { revisions: FaultPlan::Rate(REVISED), late_releases: FaultPlan::Rate(LATE), ..Faults::default() };
    Ok(SimulatedMarket::new(config)?)
}

/// The world of the checks that start many commands: two years of it, so that each command is short.
pub fn small() -> Result<Vec<SourceBatch>> {
    Ok(beginning(SMALL_FROM, SEED)?.batches().to_vec())
}

/// Takes batches in, in their order; how many figures were new.
pub fn append(desk: &Desk, batches: &[SourceBatch]) -> Result<u64> {
    desk.with_store(async |store| {
        let mut new = 0;
        for batch in batches {
            new += store.append(batch, Utc::now()).await?.new;
        }
        store.pack().await?;
        Ok(new)
    })
}

/// The range of the last business days of a world, as `backfill` takes it.
pub fn last_days(count: usize) -> String {
    let (calendars, calendar) = (Calendars::embedded(), Config::default().run.calendar);
    let days = LAST_DAY.iter_days().rev().filter(|day| calendars.is_business_day(calendar, *day));
    let first = days.take(count).last().unwrap_or(LAST_DAY);
    format!("{first}..{LAST_DAY}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_days_are_business_days() {
        assert_eq!(last_days(1), "2026-03-31..2026-03-31");
        assert_eq!(last_days(3), "2026-03-27..2026-03-31");
    }
}
