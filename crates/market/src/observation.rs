//! One figure and its clocks.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::SeriesId;

/// How well the release instant of a figure is known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseBasis {
    /// A vintage, or a stamp by the source.
    Exact,
    /// A release calendar names the day.
    Scheduled,
    /// A rule: the catalogue's lag after the period's end.
    Assumed,
}

impl ReleaseBasis {
    /// Small integer used in the database.
    pub fn code(self) -> u8 {
        match self {
            Self::Exact => 0,
            Self::Scheduled => 1,
            Self::Assumed => 2,
        }
    }

    /// Inverse of [`ReleaseBasis::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Exact,
            1 => Self::Scheduled,
            2 => Self::Assumed,
            _ => return None,
        })
    }
}

/// One figure: what it says, of which period, since when the public and since when this installation knew it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Series it belongs to.
    pub series: SeriesId,
    /// Date the figure describes (first day of the month or quarter for monthly and quarterly figures).
    pub period: NaiveDate,
    /// The figure in the series' published unit. Always finite.
    pub value: f64,
    /// When the public could first know this value.
    pub released_at: DateTime<Utc>,
    /// How well `released_at` is known.
    pub basis: ReleaseBasis,
    /// When this installation stored it.
    pub recorded_at: DateTime<Utc>,
}
