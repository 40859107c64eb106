//! Which implementation stands behind which port.

use chrono::{DateTime, NaiveDate, Utc};
use market::{AsOf, Calendars, Cut};
use pipeline_core::ports::{Store, StoredMarket};
use simulated_market::{SimulatedMarket, SimulationConfig};
use store::OpenMode;

use crate::args::day::DateArgs;
use crate::exit::{Exit, Failure, HOW_TO_FILL};
use crate::settings::Settings;

/// Now.
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// This process, as runs and leases name it.
pub fn owner() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned());
    format!("{host}:{}", std::process::id())
}

/// Today in São Paulo.
pub fn today() -> NaiveDate {
    now().with_timezone(&market::time::SAO_PAULO).date_naive()
}

/// Opens the database for writing, creating and migrating it as needed.
pub async fn open_for_writing(settings: &Settings) -> Result<Box<dyn Store>, Failure> {
    Ok(store::open(&settings.config.database.url, OpenMode::Create).await?)
}

/// Opens an existing database for writing: a run never creates an empty one.
pub async fn open_existing(settings: &Settings) -> Result<Box<dyn Store>, Failure> {
    Ok(store::open(&settings.config.database.url, OpenMode::ReadWrite).await?)
}

/// Opens the database for reading only: nothing on disk changes.
pub async fn open_for_reading(settings: &Settings) -> Result<Box<dyn Store>, Failure> {
    Ok(store::open(&settings.config.database.url, OpenMode::ReadOnly).await?)
}

/// The refusal of an empty store: it says how to fill it.
pub fn no_data(settings: &Settings) -> Failure {
    let database = settings.database();
    Failure::new(Exit::QualityBlocked, format!("{database} holds no data, and a run never invents any"))
        .hint(HOW_TO_FILL)
}

/// The simulated market of the demo.
pub fn simulated_market(seed: u64) -> Result<SimulatedMarket, Failure> {
    SimulatedMarket::new(SimulationConfig::demo(seed))
        .map_err(|error| Failure::new(Exit::Unexpected, error.to_string()))
}

/// Everything stored, refused when that is nothing.
pub async fn load(store: &dyn Store, settings: &Settings) -> Result<StoredMarket, Failure> {
    let stored = store.load().await?;
    if stored.size.rows == 0 {
        return Err(no_data(settings));
    }
    Ok(stored)
}

/// What a command may see: published by `as_of` or the configured local time of `date`; recorded by `recorded_as_of`, and
/// never after the newest figure loaded, so that figures taken in later never enter a replay.
///
/// # Errors
/// A published cut after the end of the date, or a cut after now: it would let the date see what came later. A recorded
/// cut at which nothing was known that is known now.
pub fn cut(
    settings: &Settings,
    calendars: &Calendars,
    stored: &StoredMarket,
    date: NaiveDate,
    asked: &DateArgs,
) -> Result<Cut, Failure> {
    let run = &settings.config.run;
    let now = now();
    if let Some(as_of) = asked.as_of {
        let next = date.succ_opt().unwrap_or(date);
        let end = market::time::local_instant(next, chrono::NaiveTime::MIN, run.cut_zone);
        if as_of >= end {
            return Err(Failure::usage(format!("--as-of {} is after the end of {date}", as_of.to_rfc3339()))
                .hint("give the date that the cut belongs to with --date"));
        }
        if as_of > now {
            return Err(Failure::usage(format!("--as-of {} is in the future", as_of.to_rfc3339())));
        }
    }
    let whole = Cut { recorded: stored.recorded_through, ..run.cut(date, asked.as_of) };
    let Some(recorded_as_of) = asked.recorded_as_of else { return Ok(whole) };
    if recorded_as_of > now {
        let instant = recorded_as_of.to_rfc3339();
        return Err(Failure::usage(format!("--recorded-as-of {instant} is in the future")));
    }
    let cut = Cut { recorded: recorded_as_of.min(stored.recorded_through), ..whole };
    let sees_nothing = |cut| AsOf::new(&stored.history, &stored.catalogue, calendars, cut).visible_series().is_empty();
    if sees_nothing(cut) && !sees_nothing(whole) {
        let message = format!(
            "nothing published by {} had been recorded here by {}",
            cut.published.to_rfc3339(),
            recorded_as_of.to_rfc3339()
        );
        return Err(Failure::new(Exit::QualityBlocked, message).hint(
            "daily data history SERIES PERIOD shows when figures were recorded; leave --recorded-as-of out to see all",
        ));
    }
    Ok(cut)
}

/// The date a command is about when none is given: today, or for simulated data the last business day they reach.
pub fn default_date(stored: &StoredMarket, calendars: &Calendars, settings: &Settings) -> NaiveDate {
    let today = today();
    match stored.history.last_released_at() {
        Some(last) if stored.size.simulated => {
            let last = last.with_timezone(&market::time::SAO_PAULO).date_naive();
            calendars.on_or_before(settings.config.run.calendar, last.min(today))
        }
        _ => today,
    }
}
