//! The published figures in memory, and the days decided on them, made once for all tests of this target.

use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::{NaiveDate, TimeZone, Utc};
use market::{AsOf, CalendarId, Calendars, Catalogue, Cut};
use pipeline_core::config::Config;
use pipeline_core::day::{DayOutcome, day};
use pipeline_core::ports::{Source, StoredMarket};
use pipeline_core::state::DeskState;
use sources::FileSource;

/// The figures with the days decided on them, oldest first.
pub struct World {
    /// Folder of the figures.
    pub folder: PathBuf,
    /// All of them.
    pub market: StoredMarket,
    /// Calendars of the desk.
    pub calendars: Calendars,
    /// Every business day with what was decided.
    pub days: Vec<(NaiveDate, DayOutcome)>,
}

impl World {
    /// What was known at the evening cut of a date.
    pub fn view(&self, date: NaiveDate) -> AsOf<'_> {
        AsOf::new(&self.market.history, &self.market.catalogue, &self.calendars, cut(date))
    }
}

/// `None` without market data.
pub static WORLD: LazyLock<Option<World>> = LazyLock::new(|| {
    let folder = market_data()?;
    let market = load(folder.clone());
    let mut world = World { folder, market, calendars: Calendars::embedded(), days: Vec::new() };
    let mut state = DeskState::empty();
    for date in business_days(&world.calendars) {
        let outcome = day(&world.view(date), &Config::default(), &state);
        state = outcome.next_state.clone();
        world.days.push((date, outcome));
    }
    Some(world)
});

fn business_days(calendars: &Calendars) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2025, 12, 1).expect("a date");
    let last = NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date");
    first
        .iter_days()
        .take_while(|date| *date <= last)
        .filter(|d| calendars.is_business_day(CalendarId::B3, *d))
        .collect()
}

fn cut(date: NaiveDate) -> Cut {
    Config::default().run.cut(date, None)
}

fn market_data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no market data");
    None
}

fn load(folder: PathBuf) -> StoredMarket {
    // Only the published cut matters here: everything counts as recorded before the first day.
    let recorded = Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).single().expect("an instant");
    let catalogue = Catalogue::embedded();
    let mut source = FileSource::new(folder);
    let mut batches = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    while let Some(batch) = runtime.block_on(source.next_batch(&catalogue, Utc::now())).expect("files that can be read")
    {
        batches.push(batch);
    }
    StoredMarket::in_memory(&batches, |_| recorded).expect("finite figures")
}
