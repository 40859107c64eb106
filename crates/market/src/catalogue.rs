//! The catalogue of series: what exists, in which unit, and when it is published.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

use crate::{CalendarId, CurvePoint, Frequency, ReleaseRule, SeriesDef, SeriesId, Tenor};

const EMBEDDED: &str = include_str!("../reference/series_catalog.csv");

/// Series definitions by id, with indexes by publisher's code and by curve.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    definitions: BTreeMap<SeriesId, SeriesDef>,
    by_code: BTreeMap<(String, String), SeriesId>,
    curves: BTreeMap<String, Vec<(Tenor, SeriesId)>>,
    /// What was listed before any figure was seen.
    reference: BTreeSet<SeriesId>,
    /// Definitions that were corrected since, each with the instant its correction was recorded, oldest first.
    superseded: Vec<(DateTime<Utc>, SeriesDef)>,
}

impl Catalogue {
    /// The catalogue shipped with the program (`reference/series_catalog.csv`).
    ///
    /// # Panics
    /// Never in a released build: a unit test parses the embedded file.
    pub fn embedded() -> Self {
        match Self::from_csv(EMBEDDED) {
            Ok(catalogue) => catalogue,
            Err(error) => panic!("the embedded catalogue is part of the program and must parse: {error}"),
        }
    }

    /// Parses a catalogue in the embedded file's format.
    ///
    /// # Errors
    /// Names the line and field that cannot be read, or the id that occurs twice.
    pub fn from_csv(text: &str) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::default();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for (index, row) in reader.deserialize::<Row>().enumerate() {
            let line = index + 2;
            let row = row.map_err(|error| CatalogueError::Row { line, why: error.to_string() })?;
            let definition = row.definition().map_err(|why| CatalogueError::Row { line, why })?;
            if catalogue.get(&definition.id).is_some() {
                return Err(CatalogueError::Duplicate { line, id: definition.id });
            }
            catalogue.reference.insert(definition.id.clone());
            catalogue.insert(definition);
        }
        Ok(catalogue)
    }

    /// Adds or replaces a definition (series discovered in the data: contracts, survey horizons).
    pub fn insert(&mut self, definition: SeriesDef) {
        if let Some(old) = self.definitions.get(&definition.id) {
            if let Some(point) = &old.curve
                && let Some(members) = self.curves.get_mut(&point.curve)
            {
                members.retain(|(_, id)| *id != definition.id);
            }
            self.by_code.remove(&(old.source.clone(), old.source_code.clone()));
        }
        self.by_code.insert((definition.source.clone(), definition.source_code.clone()), definition.id.clone());
        if let Some(point) = &definition.curve {
            let members = self.curves.entry(point.curve.clone()).or_default();
            let entry = (point.tenor, definition.id.clone());
            let at = members.partition_point(|member| *member < entry);
            members.insert(at, entry);
        }
        self.definitions.insert(definition.id.clone(), definition);
    }

    /// Notes what a series was defined as until a correction was recorded. Corrections are noted oldest first.
    pub fn insert_superseded(&mut self, definition: SeriesDef, corrected_at: DateTime<Utc>) {
        self.superseded.push((corrected_at, definition));
    }

    /// The catalogue as this installation had it at an instant; `None` when that is this one.
    pub fn recorded_at(&self, instant: DateTime<Utc>) -> Option<Self> {
        let mut then = None;
        // Newest first, so that of several definitions the one in force at the instant is inserted last.
        for (_, definition) in self.superseded.iter().rev().filter(|(corrected_at, _)| *corrected_at > instant) {
            then.get_or_insert_with(|| Self { superseded: Vec::new(), ..self.clone() }).insert(definition.clone());
        }
        then
    }

    /// True for a series of the file this catalogue was read from, false for one that was discovered in the data: of the
    /// latter nobody knew before its first figure.
    pub fn is_reference(&self, id: &SeriesId) -> bool {
        self.reference.contains(id)
    }

    /// The same catalogue without the definitions that `keep` refuses.
    pub fn filtered(&self, keep: impl Fn(&SeriesDef) -> bool) -> Self {
        let (reference, superseded) = (self.reference.clone(), self.superseded.clone());
        let mut kept = Self { reference, superseded, ..Self::default() };
        self.iter().filter(|definition| keep(definition)).for_each(|definition| kept.insert(definition.clone()));
        kept
    }

    /// Definition of a series.
    pub fn get(&self, id: &SeriesId) -> Option<&SeriesDef> {
        self.definitions.get(id)
    }

    /// Definition by publisher and publisher's code.
    pub fn find(&self, source: &str, code: &str) -> Option<&SeriesDef> {
        self.by_code.get(&(source.to_owned(), code.to_owned())).and_then(|id| self.get(id))
    }

    /// Members of a curve in tenor order.
    pub fn curve(&self, curve: &str) -> &[(Tenor, SeriesId)] {
        self.curves.get(curve).map_or(&[], Vec::as_slice)
    }

    /// All definitions in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &SeriesDef> {
        self.definitions.values()
    }

    /// Number of definitions.
    pub fn len(&self) -> usize {
        self.definitions.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }
}

/// Why a catalogue cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A row does not parse.
    #[error("catalogue line {line}: {why}")]
    Row {
        /// Line in the file, the header being 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// An id occurs twice.
    #[error("catalogue line {line}: {id} is defined twice")]
    Duplicate {
        /// Line of the second definition.
        line: usize,
        /// The id.
        id: SeriesId,
    },
}

#[derive(Debug, Deserialize)]
struct Row {
    series_id: String,
    source: String,
    source_code: String,
    country: String,
    category: String,
    name: String,
    unit: String,
    frequency: String,
    #[serde(default)]
    release_lag_days: Option<i32>,
    #[serde(default)]
    release_time_local: Option<String>,
    tz: String,
    /// Calendar code; empty: by publisher and country.
    #[serde(default)]
    calendar: Option<String>,
    #[serde(default)]
    curve: Option<String>,
    /// `21bd`, `30d`, `24m`.
    #[serde(default)]
    tenor: Option<String>,
    #[serde(default)]
    discontinued: Option<String>,
}

impl Row {
    fn definition(self) -> Result<SeriesDef, String> {
        let frequency = Frequency::from_code(&self.frequency)
            .ok_or_else(|| format!("frequency {:?} is not one of D, CD, W, M, Q, A", self.frequency))?;
        let time = match self.release_time_local.as_deref().filter(|text| !text.is_empty()) {
            // No hour is known: the end of the local day is the first instant that is surely late enough.
            None => NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(NaiveTime::MIN),
            Some(text) => NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| format!("release time {text:?}"))?,
        };
        let zone = self.tz.parse().map_err(|_| format!("time zone {:?}", self.tz))?;
        let calendar = match self.calendar.as_deref().filter(|text| !text.is_empty()) {
            Some(code) => CalendarId::from_code(code).ok_or_else(|| format!("calendar {code:?}"))?,
            None => default_calendar(&self.source, &self.country, frequency),
        };
        let curve = match (self.curve.filter(|c| !c.is_empty()), self.tenor.filter(|t| !t.is_empty())) {
            (None, None) => None,
            (Some(curve), Some(text)) => {
                Some(CurvePoint { curve, tenor: parse_tenor(&text).ok_or_else(|| format!("tenor {text:?}"))? })
            }
            _ => return Err("curve and tenor go together".to_owned()),
        };
        Ok(SeriesDef {
            id: SeriesId::new(self.series_id),
            source: self.source,
            source_code: self.source_code,
            name: self.name,
            unit: self.unit,
            country: self.country,
            category: self.category,
            frequency,
            calendar,
            release: ReleaseRule { lag_days: self.release_lag_days.unwrap_or(0), time, zone },
            curve,
            instrument: None,
            field: None,
            discontinued: self.discontinued.as_deref() == Some("yes"),
        })
    }
}

fn default_calendar(source: &str, country: &str, frequency: Frequency) -> CalendarId {
    match (source, country) {
        _ if frequency == Frequency::CalendarDaily => CalendarId::Everyday,
        ("B3" | "B3_PRICE_REPORT" | "B3_TAXASWAP" | "B3_BDI", _) => CalendarId::B3,
        ("US_TREASURY", _) => CalendarId::Sifma,
        ("CBOE" | "YAHOO", _) => CalendarId::Nyse,
        ("FRED" | "ALFRED" | "NYFED", _) | (_, "US") => CalendarId::Fed,
        (_, "BR") => CalendarId::BrNational,
        _ => CalendarId::Weekdays,
    }
}

fn parse_tenor(text: &str) -> Option<Tenor> {
    if let Some(number) = text.strip_suffix("bd") {
        return number.parse().ok().map(Tenor::BusinessDays);
    }
    if let Some(number) = text.strip_suffix('d') {
        return number.parse().ok().map(Tenor::CalendarDays);
    }
    text.strip_suffix('m')?.parse().ok().map(Tenor::Months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalogue_parses_and_knows_its_codes() {
        let catalogue = Catalogue::embedded();
        assert!(catalogue.len() > 400);
        assert_eq!(catalogue.find("BCB_SGS", "433").map(|d| d.id.as_str()), Some("BR_IPCA_MOM"));
    }

    #[test]
    fn a_catalogue_row_with_an_unknown_frequency_is_refused_with_its_line() {
        let text = "series_id,source,source_code,country,category,name,unit,frequency,tz\nA,S,1,BR,c,n,u,X,America/Sao_Paulo\n";
        let error = Catalogue::from_csv(text).unwrap_err();
        assert_eq!(error.to_string(), "catalogue line 2: frequency \"X\" is not one of D, CD, W, M, Q, A");
    }

    #[test]
    fn a_corrected_definition_is_the_old_one_for_whoever_looks_from_before() {
        let mut catalogue = Catalogue::embedded();
        let named = |name: &str| SeriesDef {
            id: SeriesId::new("X"),
            name: name.to_owned(),
            ..catalogue.get(&SeriesId::new("BR_IPCA_MOM")).unwrap().clone()
        };
        let (first, second, third) = (named("first"), named("second"), named("third"));
        let at = |day: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::days(day);
        catalogue.insert(third);
        catalogue.insert_superseded(first, at(10));
        catalogue.insert_superseded(second, at(20));
        let name_at = |day: i64| {
            let then = catalogue.recorded_at(at(day));
            then.as_ref().unwrap_or(&catalogue).get(&SeriesId::new("X")).unwrap().name.clone()
        };
        assert_eq!([name_at(9), name_at(10), name_at(19), name_at(20)], ["first", "second", "second", "third"]);
        assert!(catalogue.recorded_at(at(20)).is_none());
    }
}
