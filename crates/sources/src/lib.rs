//! Official files of statistics offices, central banks and exchanges, read into observations that know when they became
//! public.
//!
//! Parsing is apart from transport: a format is a pure function of bytes. Decimals, dates and encodings follow an
//! explicit rule per source, and nothing is guessed; a file that is cut short, re-saved, or an error page under the
//! name of data is refused whole, and every refusal is a finding with file, line, rule and message.
//!
//! This crate never stores, never reads a clock (the caller says what `now` is) and never writes to the folder it reads.
//!
//! Start from [`FileSource`] to read a folder, or from [`batch`] for bytes that are at hand:
//!
//! ```
//! use chrono::{TimeZone, Utc};
//! use market::{Calendars, Catalogue};
//! use sources::{Context, batch};
//!
//! let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
//! let now = Utc.with_ymd_and_hms(2026, 3, 31, 23, 0, 0).unwrap();
//! let context = Context { path: "433.csv", catalogue: &catalogue, calendars: &calendars, now };
//! let batch = batch(b"\"data\";\"valor\"\n\"01/02/2024\";\"0,83\"\n", &context);
//! let figure = &batch.observations[0];
//! assert_eq!((figure.series.as_str(), figure.value), ("BR_IPCA_MOM", 0.83));
//! assert_eq!(figure.released_at.to_rfc3339(), "2024-03-12T12:00:00+00:00");
//! ```

mod assemble;
mod date;
mod detect;
mod families;
mod file_source;
mod findings;
pub mod formats;
mod number;
mod parsed;
pub mod release;
mod table;
mod text;

pub use detect::Format;
pub use file_source::{FileSource, batch};
pub use findings::{Findings, Refusal};
pub use parsed::{Context, Outcome, Parsed, ParsedValue};
