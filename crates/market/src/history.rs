//! The columnar store in memory that [`AsOf`](crate::AsOf) looks at.

mod changes;
mod proofs;
mod revised;

pub use changes::{FigureChange, FigureChanges, SeriesChange};
pub use proofs::Poison;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{Cut, Observation, ReleaseBasis, SeriesId};

/// Rows of one series in columns, sorted by period, then release, then recording.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    pub(crate) period: Vec<NaiveDate>,
    pub(crate) value: Vec<f64>,
    pub(crate) released_at: Vec<DateTime<Utc>>,
    pub(crate) basis: Vec<ReleaseBasis>,
    pub(crate) recorded_at: Vec<DateTime<Utc>>,
}

impl Columns {
    pub(crate) fn len(&self) -> usize {
        self.period.len()
    }

    fn reserve(&mut self, rows: usize) {
        self.period.reserve(rows);
        self.value.reserve(rows);
        self.released_at.reserve(rows);
        self.basis.reserve(rows);
        self.recorded_at.reserve(rows);
    }

    fn append(&mut self, mut other: Self) {
        self.period.append(&mut other.period);
        self.value.append(&mut other.value);
        self.released_at.append(&mut other.released_at);
        self.basis.append(&mut other.basis);
        self.recorded_at.append(&mut other.recorded_at);
        self.sort();
    }

    /// True when the row was published and recorded by the cut.
    pub(crate) fn visible(&self, row: usize, cut: &Cut) -> bool {
        self.released_at[row] <= cut.published && self.recorded_at[row] <= cut.recorded
    }

    /// The rows of each period in order, as half-open ranges.
    fn periods(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.period.chunk_by(|a, b| a == b).scan(0, |from, rows| {
            let range = *from..*from + rows.len();
            *from = range.end;
            Some(range)
        })
    }

    fn key(&self, row: usize) -> (NaiveDate, DateTime<Utc>, DateTime<Utc>) {
        (self.period[row], self.released_at[row], self.recorded_at[row])
    }

    fn sort(&mut self) {
        if (1..self.len()).all(|row| self.key(row - 1) <= self.key(row)) {
            return;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&a, &b| self.key(a).cmp(&self.key(b)).then(self.value[a].total_cmp(&self.value[b])));
        self.period = order.iter().map(|&row| self.period[row]).collect();
        self.value = order.iter().map(|&row| self.value[row]).collect();
        self.released_at = order.iter().map(|&row| self.released_at[row]).collect();
        self.basis = order.iter().map(|&row| self.basis[row]).collect();
        self.recorded_at = order.iter().map(|&row| self.recorded_at[row]).collect();
    }
}

/// All vintages of all series, immutable once built. It has no read function of its own: read through
/// [`AsOf`](crate::AsOf).
#[derive(Debug, Clone, Default)]
pub struct History {
    pub(crate) series: BTreeMap<SeriesId, Columns>,
}

impl History {
    /// An empty builder.
    pub fn builder() -> HistoryBuilder {
        HistoryBuilder::default()
    }

    /// Several histories as one, so that series can be built side by side. Nothing is copied but the rows of a series that
    /// stands in more than one of them.
    pub fn joined(parts: impl IntoIterator<Item = History>) -> Self {
        let mut whole = Self::default();
        for (id, columns) in parts.into_iter().flat_map(|part| part.series) {
            match whole.series.entry(id) {
                Entry::Vacant(entry) => drop(entry.insert(columns)),
                Entry::Occupied(mut entry) => entry.get_mut().append(columns),
            }
        }
        whole
    }

    /// Number of series held.
    pub fn series_count(&self) -> usize {
        self.series.len()
    }

    /// Number of rows (vintages) held.
    pub fn row_count(&self) -> usize {
        self.series.values().map(Columns::len).sum()
    }

    /// True when nothing is held at all.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Release instant of the newest row, whatever its series: how far the history reaches.
    pub fn last_released_at(&self) -> Option<DateTime<Utc>> {
        self.series.values().flat_map(|columns| columns.released_at.iter().copied()).max()
    }

    /// Release instant of the oldest row, whatever its series: where the history begins.
    pub fn first_released_at(&self) -> Option<DateTime<Utc>> {
        self.series.values().flat_map(|columns| columns.released_at.iter().copied()).min()
    }

    /// A copy with more observations.
    ///
    /// # Errors
    /// When one of them is not finite.
    pub fn with(&self, more: impl IntoIterator<Item = Observation>) -> Result<History, HistoryError> {
        let mut builder = HistoryBuilder { series: self.series.clone() };
        for observation in more {
            builder.push(observation);
        }
        builder.build()
    }

    /// A copy with every observation passed through `change`; `None` drops it. For tests that need a world which differs
    /// in something; a model has no history to call it on.
    ///
    /// # Errors
    /// When a changed observation is not finite.
    pub fn map(&self, mut change: impl FnMut(Observation) -> Option<Observation>) -> Result<History, HistoryError> {
        let mut builder = History::builder();
        for (id, columns) in &self.series {
            for row in 0..columns.len() {
                let observation = Observation {
                    series: id.clone(),
                    period: columns.period[row],
                    value: columns.value[row],
                    released_at: columns.released_at[row],
                    basis: columns.basis[row],
                    recorded_at: columns.recorded_at[row],
                };
                if let Some(changed) = change(observation) {
                    builder.push(changed);
                }
            }
        }
        builder.build()
    }
}

/// A row of a series: period, value, release, basis, recording.
pub type SeriesRow = (NaiveDate, f64, DateTime<Utc>, ReleaseBasis, DateTime<Utc>);

/// Collects observations in any order.
#[derive(Debug, Default)]
pub struct HistoryBuilder {
    series: BTreeMap<SeriesId, Columns>,
}

impl HistoryBuilder {
    /// Adds one observation.
    pub fn push(&mut self, observation: Observation) {
        let columns = match self.series.get_mut(&observation.series) {
            Some(columns) => columns,
            None => self.series.entry(observation.series).or_default(),
        };
        columns.period.push(observation.period);
        columns.value.push(observation.value);
        columns.released_at.push(observation.released_at);
        columns.basis.push(observation.basis);
        columns.recorded_at.push(observation.recorded_at);
    }

    /// Adds the rows of one series, which is faster than [`push`](Self::push) when they arrive together.
    ///
    /// # Errors
    /// That of the first row that is one; the rows before it are added.
    pub fn extend_series<E>(
        &mut self,
        id: SeriesId,
        rows: impl IntoIterator<Item = Result<SeriesRow, E>>,
    ) -> Result<(), E> {
        let columns = self.series.entry(id).or_default();
        let rows = rows.into_iter();
        columns.reserve(rows.size_hint().0);
        for row in rows {
            let (period, value, released_at, basis, recorded_at) = row?;
            columns.period.push(period);
            columns.value.push(value);
            columns.released_at.push(released_at);
            columns.basis.push(basis);
            columns.recorded_at.push(recorded_at);
        }
        Ok(())
    }

    /// Sorts and checks.
    ///
    /// # Errors
    /// When a value is NaN or infinite: such a row must have been refused where it was read.
    pub fn build(mut self) -> Result<History, HistoryError> {
        for (id, columns) in &mut self.series {
            if let Some(row) = columns.value.iter().position(|value| !value.is_finite()) {
                return Err(HistoryError::NotFinite { series: id.clone(), period: columns.period[row] });
            }
            columns.sort();
        }
        Ok(History { series: self.series })
    }
}

/// Why a history cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// A stored value is NaN or infinite.
    #[error("series {series} holds a value that is not a number for {period}")]
    NotFinite {
        /// Series of the row.
        series: SeriesId,
        /// Period of the row.
        period: NaiveDate,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(series: &str, days: &[u32]) -> History {
        let row = |day: &u32| {
            let period = NaiveDate::from_ymd_opt(2026, 3, *day).unwrap();
            let at = period.and_hms_opt(21, 0, 0).unwrap().and_utc();
            Ok::<_, HistoryError>((period, f64::from(*day), at, ReleaseBasis::Exact, at))
        };
        let mut builder = History::builder();
        builder.extend_series(SeriesId::new(series), days.iter().map(row)).unwrap();
        builder.build().unwrap()
    }

    #[test]
    fn histories_of_parts_are_the_history_of_the_whole() {
        let joined = History::joined([history("A", &[4, 6]), history("B", &[2]), history("A", &[5])]);
        let a = &joined.series[&SeriesId::new("A")];
        assert_eq!((a.value.as_slice(), joined.series_count(), joined.row_count()), (&[4.0, 5.0, 6.0][..], 2, 4));
        assert!(History::joined([]).is_empty());
    }

    #[test]
    fn a_row_that_is_an_error_stops_the_series() {
        let mut builder = History::builder();
        assert_eq!(builder.extend_series(SeriesId::new("A"), [Err("out of range")]), Err("out of range"));
    }
}
