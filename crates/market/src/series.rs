//! What a series is: its id, unit, frequency, calendar, and when its figures become public.

use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::CalendarId;

/// Identity of a series: `BR_IPCA_MOM`, `B3.DI1F27.RATE`, `FRED:AAA`. Cheap to clone, ordered by its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(Arc<str>);

impl SeriesId {
    /// An id from its text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for SeriesId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for SeriesId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SeriesId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(String::deserialize(deserializer)?))
    }
}

/// How often a series has a new period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Once a business day of the series' calendar.
    Daily,
    /// Once a calendar day, weekends included (policy targets, effective rates filled over weekends).
    CalendarDaily,
    /// Once a week.
    Weekly,
    /// Once a month; the period is the first day of the month.
    Monthly,
    /// Once a quarter; the period is the first day of the quarter.
    Quarterly,
    /// Once a year; the period is 1 January.
    Annual,
}

impl Frequency {
    /// Last calendar day that a period starting at `period` describes.
    pub fn period_end(self, period: NaiveDate) -> NaiveDate {
        let after = |months| {
            period
                .with_day(1)
                .and_then(|d| d.checked_add_months(Months::new(months)))
                .and_then(|d| d.pred_opt())
                .unwrap_or(period)
        };
        match self {
            Self::Daily | Self::CalendarDaily | Self::Weekly => period,
            Self::Monthly => after(1),
            Self::Quarterly => after(3),
            Self::Annual => after(12),
        }
    }

    /// Text form used in the database and the catalogue (`D`, `CD`, `W`, `M`, `Q`, `A`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Daily => "D",
            Self::CalendarDaily => "CD",
            Self::Weekly => "W",
            Self::Monthly => "M",
            Self::Quarterly => "Q",
            Self::Annual => "A",
        }
    }

    /// Inverse of [`Frequency::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "D" => Self::Daily,
            "CD" => Self::CalendarDaily,
            "W" => Self::Weekly,
            "M" => Self::Monthly,
            "Q" => Self::Quarterly,
            "A" => Self::Annual,
            _ => return None,
        })
    }
}

/// When a figure becomes public, by rule: `lag_days` calendar days after the end of its period (negative: before), moved
/// to the next business day of `calendar`, at `time` in `zone`.
///
/// This is the last resort of the release-time inference; vintages, stamps and release calendars come before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRule {
    /// Calendar days from the period's end to publication.
    pub lag_days: i32,
    /// Local time of publication.
    pub time: NaiveTime,
    /// Zone of `time`.
    pub zone: chrono_tz::Tz,
}

/// Distance of a curve vertex: a constant tenor or a fixed maturity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tenor {
    /// Constant maturity in business days of the curve's calendar.
    BusinessDays(u32),
    /// Constant maturity in calendar days.
    CalendarDays(u32),
    /// Constant maturity in months.
    Months(u32),
    /// A contract or bond that matures on a date.
    Maturity(NaiveDate),
}

/// The place of a series on a curve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Curve name: `DI1`, `DDI`, `FRC`, `DAP`, `PRE`, `DIC`, `DOC`, `UST_PAR`.
    pub curve: String,
    /// Where on the curve.
    pub tenor: Tenor,
}

/// A catalogue row: everything about a series but its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesDef {
    /// Identity.
    pub id: SeriesId,
    /// Publisher, as the catalogue names it (`BCB_SGS`, `FRED`, `B3`, ...).
    pub source: String,
    /// The publisher's own code.
    pub source_code: String,
    /// One line for people.
    pub name: String,
    /// Unit of the stored value, as published (`% m/m`, `% p.a.`, `BRL/USD`, `index`): percent stays percent here.
    pub unit: String,
    /// `BR`, `US`, ...
    pub country: String,
    /// Group (`inflation`, `rates`, `fx`, ...).
    pub category: String,
    /// Frequency of its periods.
    pub frequency: Frequency,
    /// Calendar on which daily periods are expected.
    pub calendar: CalendarId,
    /// Publication rule of last resort.
    pub release: ReleaseRule,
    /// Curve vertex, when the series is one.
    pub curve: Option<CurvePoint>,
    /// Instrument code, when the series is a field of one (`DI1F27`, `DOLJ26`).
    pub instrument: Option<String>,
    /// Field of that instrument (`rate`, `settlement`, `contracts`, `close`).
    pub field: Option<String>,
    /// True when the series is known to have ended: it is not expected any more and its silence is not a finding.
    pub discontinued: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn period_end_is_the_last_day_the_figure_describes() {
        assert_eq!(Frequency::Monthly.period_end(date("2024-02-01")), date("2024-02-29"));
        assert_eq!(Frequency::Quarterly.period_end(date("2025-10-01")), date("2025-12-31"));
        assert_eq!(Frequency::Annual.period_end(date("2025-01-01")), date("2025-12-31"));
        assert_eq!(Frequency::Daily.period_end(date("2025-01-07")), date("2025-01-07"));
    }
}
