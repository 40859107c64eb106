//! In what two runs differ besides their figures: configuration, calendars, program, state.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market::Calendars;
use market::instruments::InstrumentId;
use serde::Serialize;
use serde_json::Value;

use super::DiffError;
use crate::config::Config;
use crate::fields::differences;
use crate::kept::KeptRun;
use crate::record::RunHeader;

/// A key of the configuration that two runs set differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyChange {
    /// Dotted key (`portfolio.allocate.single_position`); positions in lists count from 0.
    pub key: String,
    /// As the first run had it; `None` when it had no such key.
    pub a: Option<Value>,
    /// As the second had it.
    pub b: Option<Value>,
}

/// The versions of the program behind a diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeVersions {
    /// That filed the first run.
    pub a: String,
    /// That filed the second.
    pub b: String,
    /// That compares them.
    pub current: String,
}

/// A list of a calendar (closures, meetings) that two runs have differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarChange {
    /// Which list, as a dotted path (`closures.b3`).
    pub list: String,
    /// Entries that only the first run has, in order.
    pub only_a: Vec<String>,
    /// Entries that only the second has.
    pub only_b: Vec<String>,
}

/// The states two runs start from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StateChange {
    /// Run that left the first run's; `None` for a desk that had never traded.
    pub a_from: Option<String>,
    /// Run that left the second run's.
    pub b_from: Option<String>,
    /// Date of the first state.
    pub a_as_of: Option<NaiveDate>,
    /// Date of the second.
    pub b_as_of: Option<NaiveDate>,
    /// Fields of the state that differ, by name.
    pub fields: Vec<String>,
    /// Held weights that differ.
    pub weights: Vec<HeldWeight>,
}

/// A weight held before either run (exposure over NAV, signed; zero when it is not held).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldWeight {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Held before the first run.
    pub a: f64,
    /// Held before the second.
    pub b: f64,
}

/// Keys of the configuration that differ, of those that can change what a run computes.
pub(super) fn configuration(a: &Config, b: &Config) -> Result<Vec<KeyChange>, DiffError> {
    let (a, b) = (a.computation(), b.computation());
    if a == b {
        return Ok(Vec::new());
    }
    let changed = differences("", Some(&json("configuration", &a)?), Some(&json("configuration", &b)?));
    Ok(changed.into_iter().map(|field| KeyChange { key: field.path, a: field.first, b: field.second }).collect())
}

/// Lists of the calendars that differ, entry by entry: their order and positions mean nothing.
pub(super) fn calendars(a: &Calendars, b: &Calendars) -> Result<Vec<CalendarChange>, DiffError> {
    let (mut a, mut b) = (lists(&json("calendars", a)?), lists(&json("calendars", b)?));
    let names: BTreeSet<String> = a.keys().chain(b.keys()).cloned().collect();
    let change = |list: String| {
        let (a, b) = (a.remove(&list).unwrap_or_default(), b.remove(&list).unwrap_or_default());
        let only = |these: &BTreeSet<String>, others| these.difference(others).cloned().collect();
        CalendarChange { list, only_a: only(&a, &b), only_b: only(&b, &a) }
    };
    let changes = names.into_iter().map(change);
    Ok(changes.filter(|change| !(change.only_a.is_empty() && change.only_b.is_empty())).collect())
}

/// The versions, when not all are the same.
pub(super) fn code(a: &RunHeader, b: &RunHeader, current: &str) -> Option<CodeVersions> {
    let (a, b) = (a.code_version.clone(), b.code_version.clone());
    (a != current || b != current).then(|| CodeVersions { a, b, current: current.to_owned() })
}

/// The states, when they differ.
pub(super) fn state(a: &KeptRun, b: &KeptRun) -> Result<Option<StateChange>, DiffError> {
    if a.state == b.state {
        return Ok(None);
    }
    let fields = match (json("state", &a.state)?, json("state", &b.state)?) {
        (Value::Object(a), Value::Object(b)) => {
            a.iter().filter(|(name, value)| b.get(*name) != Some(*value)).map(|(name, _)| name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let (held_a, held_b) = (&a.state.weights, &b.state.weights);
    let instruments: BTreeSet<&InstrumentId> = held_a.keys().chain(held_b.keys()).collect();
    let held = |instrument: &InstrumentId| HeldWeight {
        instrument: instrument.clone(),
        a: held_a.get(instrument).copied().unwrap_or(0.0),
        b: held_b.get(instrument).copied().unwrap_or(0.0),
    };
    Ok(Some(StateChange {
        a_from: a.record.header.previous_run.clone(),
        b_from: b.record.header.previous_run.clone(),
        a_as_of: a.state.as_of,
        b_as_of: b.state.as_of,
        fields,
        weights: instruments.into_iter().map(held).filter(|held| held.a != held.b).collect(),
    }))
}

fn json<T: Serialize>(what: &'static str, value: &T) -> Result<Value, DiffError> {
    serde_json::to_value(value).map_err(|error| DiffError::Document { what, why: error.to_string() })
}

/// Every list in a document, by its dotted path, as the set of its entries.
fn lists(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    fn collect(path: String, value: &Value, lists: &mut BTreeMap<String, BTreeSet<String>>) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    collect(below, field, lists);
                }
            }
            Value::Array(entries) => {
                lists.entry(path).or_default().extend(entries.iter().map(text));
            }
            value => {
                lists.entry(path).or_default().insert(text(value));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(String::new(), document, &mut found);
    found
}

fn text(entry: &Value) -> String {
    entry.as_str().map_or_else(|| entry.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use market::CalendarId;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_key_is_named_with_both_values() {
        let mut changed = Config::default();
        changed.portfolio.allocate.single_position = 0.1;
        changed.database.url = "sqlite://elsewhere.db".to_owned();
        let found = configuration(&Config::default(), &changed).unwrap();
        assert_eq!(found.len(), 1, "where it is stored changes nothing");
        assert_eq!(found[0].key, "portfolio.allocate.single_position");
        assert_eq!((&found[0].a, &found[0].b), (&Some(json!(0.25)), &Some(json!(0.1))));
    }

    #[test]
    fn a_new_holiday_is_the_only_entry_that_differs() {
        let day: NaiveDate = "2026-03-18".parse().unwrap();
        let changed = Calendars::embedded().with_closure(CalendarId::BrNational, day);
        let found = calendars(&Calendars::embedded(), &changed).unwrap();
        assert!(!found.is_empty());
        for change in &found {
            assert!(change.only_a.is_empty(), "{change:?}");
            assert_eq!(change.only_b, ["2026-03-18"]);
        }
        assert!(calendars(&changed, &changed).unwrap().is_empty());
    }
}
