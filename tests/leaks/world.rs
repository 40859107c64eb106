//! A few weeks of March 2026 by hand: daily prices, a monthly figure that is revised, one that comes out after the cut,
//! and contracts of which one is listed later.

use chrono::{DateTime, NaiveDate, Utc};
use market::{Calendars, Catalogue, Cut, History, Observation, ReleaseBasis, SeriesDef};
use pipeline_core::lookahead::World;

pub const PRICE: &str = "MK_SPX_Y";
pub const PRINT: &str = "BR_IPCA_MOM";
pub const EVENING: &str = "US_CPI_SA";
pub const LISTED: &str = "B3.DI1F27.RATE";
pub const LISTED_LATER: &str = "B3.DI1F36.RATE";

pub struct HandMade {
    history: History,
    catalogue: Catalogue,
    calendars: Calendars,
}

impl HandMade {
    pub fn new() -> Self {
        let mut rows = History::builder();
        let mut put = |series: &str, period: NaiveDate, value: f64, released_at: DateTime<Utc>| {
            let (series, basis) = (series.into(), ReleaseBasis::Exact);
            rows.push(Observation { series, period, value, released_at, basis, recorded_at: released_at });
        };
        // One price has been known since long ago, so that any date has something to read.
        put(PRICE, date("2019-01-02"), 2_500.0, instant("2019-01-02T21:00:00Z"));
        for day in [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20] {
            let value = 5_200.0 + f64::from(day);
            put(PRICE, march(day), value, instant(&format!("2026-03-{day:02}T21:00:00Z")));
        }
        for (period, first, revised, released, revised_at) in [
            ("2026-01-01", 0.33, 0.36, "2026-02-10T12:00:00Z", "2026-03-12T12:00:00Z"),
            ("2026-02-01", 0.70, 0.61, "2026-03-12T12:00:00Z", "2026-04-10T12:00:00Z"),
            ("2026-03-01", 0.88, 0.84, "2026-04-10T12:00:00Z", "2026-05-12T12:00:00Z"),
        ] {
            put(PRINT, date(period), first, instant(released));
            put(PRINT, date(period), revised, instant(revised_at));
        }
        put(EVENING, date("2026-01-01"), 325.0, instant("2026-02-12T13:30:00Z"));
        put(EVENING, date("2026-02-01"), 326.5, instant("2026-03-16T23:30:00Z"));
        put(LISTED, march(16), 14.0, instant("2026-03-16T22:00:00Z"));
        put(LISTED_LATER, march(19), 13.0, instant("2026-03-19T22:00:00Z"));
        let history = rows.build().expect("finite figures");
        let mut catalogue = Catalogue::embedded();
        let like = catalogue.get(&PRICE.into()).expect("a series of the catalogue").clone();
        for id in [LISTED, LISTED_LATER] {
            catalogue.insert(SeriesDef { id: id.into(), source_code: id.to_owned(), ..like.clone() });
        }
        Self { history, catalogue, calendars: Calendars::embedded() }
    }

    pub fn world(&self) -> World<'_> {
        World { history: &self.history, catalogue: &self.catalogue, calendars: &self.calendars }
    }
}

/// 20:00 in São Paulo of a day in March 2026.
pub fn cut(day: u32) -> Cut {
    Cut::published(march(day), instant(&format!("2026-03-{day:02}T23:00:00Z")))
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn march(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March")
}
