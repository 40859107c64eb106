//! Market data as it was known: series, observations, clocks, calendars, curves and instruments.
//!
//! Everything numeric is a series. The only way to read one is [`AsOf`], a view of a [`History`] at a cut: it answers
//! with what was public (and recorded here) at that instant and with nothing else, and it keeps a log of what was read.
//! There is no function in this crate that takes a date range without a cut.
//!
//! It never performs I/O, reads no clock and knows no agent, strategy or database.
//!
//! Start from [`AsOf`] to read, from [`Instrument`](instruments::Instrument) to price.
//!
//! ```
//! use chrono::{NaiveDate, TimeZone, Utc};
//! use market::{AsOf, Calendars, Catalogue, Cut, History, Observation, ReleaseBasis, SeriesId};
//!
//! let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
//! let at = |d, h| Utc.with_ymd_and_hms(2026, 3, d, h, 0, 0).unwrap();
//! let id = SeriesId::new("US_VIX");
//! let mut history = History::builder();
//! history.push(Observation {
//!     series: id.clone(), period: day(16), value: 18.5,
//!     released_at: at(16, 22), basis: ReleaseBasis::Scheduled, recorded_at: at(17, 9),
//! });
//! let history = history.build().unwrap();
//! let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
//!
//! let before = AsOf::new(&history, &catalogue, &calendars, Cut::published(day(16), at(16, 21)));
//! assert!(before.latest(&id).is_err(), "not public yet");
//! let after = AsOf::new(&history, &catalogue, &calendars, Cut::published(day(16), at(16, 22)));
//! assert_eq!(after.latest(&id).unwrap().value, 18.5);
//! ```

mod as_of;
pub mod calendar;
mod catalogue;
pub mod curves;
mod history;
pub mod instruments;
mod observation;
mod series;
pub mod time;

pub use as_of::{AsOf, Cut, DataError, ReadEntry, ReadLog, Series};
pub use calendar::{CalendarId, Calendars};
pub use catalogue::{Catalogue, CatalogueError};
pub use history::{
    FigureChange, FigureChanges, History, HistoryBuilder, HistoryError, Poison, SeriesChange, SeriesRow,
};
pub use observation::{Observation, ReleaseBasis};
pub use series::{CurvePoint, Frequency, ReleaseRule, SeriesDef, SeriesId, Tenor};
