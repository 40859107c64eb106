//! What a format makes of a file, before release instants are put to it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use market::{Calendars, Catalogue, ReleaseBasis, SeriesDef};

use crate::findings::{Findings, Refusal};

/// What a format may look at besides the bytes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Path relative to the folder that is ingested, with `/` between its parts. A hint, never a requirement.
    pub path: &'a str,
    /// Known series.
    pub catalogue: &'a Catalogue,
    /// Business days and release calendars.
    pub calendars: &'a Calendars,
    /// The instant of ingestion: nothing can describe a later day, unless its series is announced ahead.
    pub now: DateTime<Utc>,
}

impl Context<'_> {
    /// File name without folders and without its last extension, and without the ` (1)` that browsers add.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim();
        match stem.rsplit_once('(') {
            Some((before, copy)) if copy.strip_suffix(')').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) => {
                before.trim_end()
            }
            _ => stem,
        }
    }

    /// The catalogue's row for a publisher's code that the file name holds: the whole stem, or one of its words, the last
    /// one first.
    pub fn row_in_name(&self, source: &str) -> Option<&SeriesDef> {
        let stem = self.stem();
        let words = stem.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '+'));
        std::iter::once(stem).chain(words).find_map(|word| {
            self.catalogue.find(source, word).or_else(|| self.catalogue.find(source, &word.to_ascii_uppercase()))
        })
    }

    /// True when a folder of the path has the name.
    pub fn in_folder(&self, name: &str) -> bool {
        self.path.rsplit('/').skip(1).any(|part| part.eq_ignore_ascii_case(name))
    }
}

/// One figure of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParsedValue {
    /// Index into [`Parsed::series`].
    pub series: u32,
    /// Date it describes.
    pub period: NaiveDate,
    /// Value in the series' unit; finite.
    pub value: f64,
    /// Line or record it stands on.
    pub line: u64,
    /// Day on which the source says that this value was first published, for formats that say so, and how good its word
    /// is: the day on which an archive begins is a bound, not a release.
    pub published_on: Option<(NaiveDate, ReleaseBasis)>,
}

/// A file, parsed.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Data rows seen.
    pub rows_read: u64,
    /// Definitions of the series that occur.
    pub series: Vec<SeriesDef>,
    /// The figures.
    pub values: Vec<ParsedValue>,
    /// What was refused or noticed.
    pub findings: Findings,
    pub(crate) index: HashMap<String, u32>,
}

/// Outcome of a format: the figures, or the reason to refuse the whole file.
pub type Outcome = Result<Parsed, Refusal>;

impl Parsed {
    /// Index of a series, defined on first use. `key` is whatever the format tells its series apart by; it is not copied
    /// when the series is known.
    pub fn series(&mut self, key: &str, define: impl FnOnce() -> SeriesDef) -> u32 {
        if let Some(&index) = self.index.get(key) {
            return index;
        }
        let index = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        self.series.push(define());
        self.index.insert(key.to_owned(), index);
        index
    }

    /// Adds a figure without a publication day of its own.
    pub fn push(&mut self, series: u32, period: NaiveDate, value: f64, line: u64) {
        self.values.push(ParsedValue { series, period, value, line, published_on: None });
    }
}
