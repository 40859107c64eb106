//! Series and their vintages as text.

use std::fmt::Write;

use chrono::NaiveDate;
use market::{Observation, ReleaseBasis, Series, SeriesDef};
use serde::Serialize;

/// One line of a list of series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesRow {
    /// Series id.
    pub id: String,
    /// Publisher.
    pub source: Option<String>,
    /// Unit as published.
    pub unit: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Visible periods.
    pub periods: usize,
    /// Oldest visible period.
    pub first: Option<NaiveDate>,
    /// Newest visible period.
    pub last: Option<NaiveDate>,
    /// Value of the newest period.
    pub value: Option<f64>,
}

impl SeriesRow {
    /// The line of a series as it is visible.
    pub fn new(series: &Series, definition: Option<&SeriesDef>) -> Self {
        Self {
            id: series.id.to_string(),
            source: definition.map(|definition| definition.source.clone()),
            unit: definition.map(|definition| definition.unit.clone()),
            name: definition.map(|definition| definition.name.clone()),
            periods: series.len(),
            first: series.periods.first().copied(),
            last: series.last().map(|(period, _)| period),
            value: series.last().map(|(_, value)| value),
        }
    }
}

/// A list of series, one line each.
pub fn list_text(rows: &[SeriesRow]) -> String {
    let width = rows.iter().map(|row| row.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let date = |date: Option<NaiveDate>| date.map_or_else(String::new, |date| date.to_string());
        let value = row.value.map_or_else(String::new, |value| value.to_string());
        let unit = row.unit.as_deref().unwrap_or("");
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {} .. {}  {:>6} periods  {value} {unit}",
            row.id,
            date(row.first),
            date(row.last),
            row.periods
        );
    }
    let _ = writeln!(text, "{} series", rows.len());
    text
}

/// Observations with their clocks, one line each.
pub fn observations_text(rows: &[Observation], definition: Option<&SeriesDef>) -> String {
    let mut text = String::new();
    if let Some(definition) = definition {
        let _ = writeln!(
            text,
            "{}: {} ({}; {} {})",
            definition.id, definition.name, definition.unit, definition.source, definition.source_code
        );
    }
    for row in rows {
        let basis = match row.basis {
            ReleaseBasis::Exact => "exact",
            ReleaseBasis::Scheduled => "scheduled",
            ReleaseBasis::Assumed => "assumed",
        };
        let _ = writeln!(
            text,
            "  {}  {:>14}  released {} ({basis})  recorded {}",
            row.period,
            row.value,
            row.released_at.format("%Y-%m-%d %H:%M UTC"),
            row.recorded_at.format("%Y-%m-%d %H:%M UTC"),
        );
    }
    text
}
