//! The only read path: what was known at a cut.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::history::Columns;
use crate::{Calendars, Catalogue, History, Observation, ReleaseBasis, SeriesDef, SeriesId, Tenor};

/// The instant up to which a view may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The business date the run is about.
    pub date: NaiveDate,
    /// Nothing published after this instant is visible.
    pub published: DateTime<Utc>,
    /// Nothing recorded by this installation after this instant is visible.
    pub recorded: DateTime<Utc>,
}

impl Cut {
    /// A cut on publication only: everything this installation has recorded so far counts.
    pub fn published(date: NaiveDate, published: DateTime<Utc>) -> Self {
        Self { date, published, recorded: DateTime::<Utc>::MAX_UTC }
    }
}

/// Why a figure cannot be had at a cut. The text is fit for an abstention's reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// No row of the series is visible at the cut.
    #[error("{series}: nothing published by the cut")]
    NothingPublished {
        /// The series asked for.
        series: SeriesId,
    },
    /// Fewer periods are visible than asked for.
    #[error("{series}: {got} of {needed} periods published by the cut")]
    TooShort {
        /// The series asked for.
        series: SeriesId,
        /// Periods visible.
        got: usize,
        /// Periods needed.
        needed: usize,
    },
    /// The newest period is older than the reader accepts.
    #[error("{series}: last period {last} is older than {oldest}")]
    Stale {
        /// The series asked for.
        series: SeriesId,
        /// Newest visible period.
        last: NaiveDate,
        /// Oldest acceptable period.
        oldest: NaiveDate,
    },
    /// Quality blocked the series for this run.
    #[error("{series}: blocked by the quality step")]
    Blocked {
        /// The series asked for.
        series: SeriesId,
    },
    /// A curve has no or too few vertices on the date.
    #[error("curve {curve}: {got} vertices on {date}, at least {needed} needed")]
    NoCurve {
        /// Curve name.
        curve: String,
        /// Date asked for.
        date: NaiveDate,
        /// Vertices visible.
        got: usize,
        /// Vertices needed.
        needed: usize,
    },
}

/// The latest vintage known at the cut for each period, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Which series.
    pub id: SeriesId,
    /// Periods, strictly increasing.
    pub periods: Vec<NaiveDate>,
    /// Values in the published unit, one a period.
    pub values: Vec<f64>,
}

impl Series {
    /// Number of periods.
    pub fn len(&self) -> usize {
        self.periods.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// Last period and value.
    pub fn last(&self) -> Option<(NaiveDate, f64)> {
        Some((*self.periods.last()?, *self.values.last()?))
    }

    /// Value of exactly that period.
    pub fn at(&self, period: NaiveDate) -> Option<f64> {
        self.periods.binary_search(&period).ok().map(|row| self.values[row])
    }

    /// Newest period not after `date`, and its value.
    pub fn at_or_before(&self, date: NaiveDate) -> Option<(NaiveDate, f64)> {
        let row = self.periods.partition_point(|period| *period <= date).checked_sub(1)?;
        Some((self.periods[row], self.values[row]))
    }

    /// The last `count` periods (fewer when there are fewer).
    pub fn tail(&self, count: usize) -> Series {
        let from = self.len().saturating_sub(count);
        Series { id: self.id.clone(), periods: self.periods[from..].to_vec(), values: self.values[from..].to_vec() }
    }

    /// Periods with their values.
    pub fn iter(&self) -> impl Iterator<Item = (NaiveDate, f64)> + '_ {
        self.periods.iter().copied().zip(self.values.iter().copied())
    }
}

/// What was read of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadEntry {
    /// Periods visible at the cut.
    pub rows: usize,
    /// Newest visible period.
    pub last_period: Option<NaiveDate>,
    /// Latest release instant among the visible rows: never after the cut.
    pub latest_released_at: Option<DateTime<Utc>>,
    /// How many of the visible periods rest on an assumed release instant.
    pub assumed: usize,
}

/// What was read through a view, by series.
pub type ReadLog = BTreeMap<SeriesId, ReadEntry>;

/// A view of a [`History`] at a [`Cut`].
///
/// Visible are the rows with `released_at <= cut.published` and `recorded_at <= cut.recorded`; of several vintages of a
/// period the one released last counts. Every read is logged; [`scope`](Self::scope) gives a reader its own log, so that
/// each agent and strategy can state what it read. Reads are pure: the same view answers the same on any thread.
#[derive(Debug)]
pub struct AsOf<'h> {
    history: &'h History,
    catalogue: &'h Catalogue,
    /// The catalogue as it was recorded at the cut, where definitions were corrected since.
    corrected: Option<Arc<Catalogue>>,
    calendars: &'h Calendars,
    cut: Cut,
    /// Last period that is visible, in a view of levels as they stood; `None` in any other.
    last_period: Option<NaiveDate>,
    blocked: Arc<BTreeSet<SeriesId>>,
    /// The catalogue as it was known at the cut, made when first asked for; `None` inside when nothing is left out.
    known: Arc<OnceLock<Option<Catalogue>>>,
    log: Mutex<ReadLog>,
}

impl<'h> AsOf<'h> {
    /// A view at a cut, with an empty log.
    pub fn new(history: &'h History, catalogue: &'h Catalogue, calendars: &'h Calendars, cut: Cut) -> Self {
        Self {
            history,
            catalogue,
            corrected: catalogue.recorded_at(cut.recorded).map(Arc::new),
            calendars,
            cut,
            last_period: None,
            blocked: Arc::default(),
            known: Arc::default(),
            log: Mutex::default(),
        }
    }

    /// The same view with some series refused: reads of them fail with [`DataError::Blocked`]. The quality step blocks
    /// what must not be used; whatever depends on it then abstains, and nothing else is affected.
    pub fn blocking(&self, series: impl IntoIterator<Item = SeriesId>) -> AsOf<'h> {
        let blocked = self.blocked.iter().cloned().chain(series).collect();
        self.with_blocked(Arc::new(blocked))
    }

    /// The same view with a log of its own.
    pub fn scope(&self) -> AsOf<'h> {
        self.with_blocked(Arc::clone(&self.blocked))
    }

    /// The levels as they stood on an earlier date, in the vintages known at this view's cut: periods after `date` are not
    /// visible, and `date` is the view's date. It sees less than this view, never more. A later date changes nothing.
    pub fn until(&self, date: NaiveDate) -> AsOf<'h> {
        // The catalogue is that of this view's cut; made here, since the narrower view must not make it for both.
        self.catalogue();
        let mut view = self.scope();
        if date < self.cut.date {
            view.cut.date = date;
            view.last_period = Some(self.last_period.map_or(date, |last| last.min(date)));
        }
        view
    }

    fn with_blocked(&self, blocked: Arc<BTreeSet<SeriesId>>) -> AsOf<'h> {
        let Self { history, catalogue, calendars, cut, last_period, .. } = *self;
        let (corrected, known) = (self.corrected.clone(), Arc::clone(&self.known));
        AsOf { history, catalogue, corrected, calendars, cut, last_period, blocked, known, log: Mutex::default() }
    }

    /// The business date of the run.
    pub fn date(&self) -> NaiveDate {
        self.cut.date
    }

    /// The cut.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// Catalogue of the series as it was known at the cut: without the definitions that came with figures which are not
    /// visible yet. A list of contracts says which were listed by then, not which will be.
    pub fn catalogue(&self) -> &Catalogue {
        self.known.get_or_init(|| self.catalogue_at_cut()).as_ref().unwrap_or_else(|| self.definitions())
    }

    /// Every definition as it was recorded at the cut, whether its series is visible or not.
    fn definitions(&self) -> &Catalogue {
        self.corrected.as_deref().unwrap_or(self.catalogue)
    }

    fn catalogue_at_cut(&self) -> Option<Catalogue> {
        let catalogue = self.definitions();
        let known = |definition: &SeriesDef| catalogue.is_reference(&definition.id) || self.has(&definition.id);
        let all_known = catalogue.iter().all(known);
        (!all_known).then(|| catalogue.filtered(known))
    }

    /// Calendars in force. They are those of the program, whatever the cut: closures and scheduled meetings of years to
    /// come are in them, and so are the extraordinary meetings that nobody knew of in advance
    /// ([`Meetings::scheduled_after`](crate::calendar::Meetings::scheduled_after) leaves those out).
    pub fn calendars(&self) -> &'h Calendars {
        self.calendars
    }

    /// What was read so far through this view.
    pub fn reads(&self) -> ReadLog {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the reads of a scoped view to this one's log. Of two entries of a series the one that saw the later release
    /// stays: a read beyond the cut cannot be covered up by an honest one.
    pub fn absorb(&self, reads: &ReadLog) {
        for (id, entry) in reads {
            self.note(id, entry.clone());
        }
    }

    fn note(&self, id: &SeriesId, entry: ReadEntry) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.get(id).is_none_or(|held| held.latest_released_at <= entry.latest_released_at) {
            log.insert(id.clone(), entry);
        }
    }

    /// Latest vintage known at the cut for every period, oldest first.
    ///
    /// # Errors
    /// [`DataError::NothingPublished`] when no row is visible, [`DataError::Blocked`] when quality refused the series.
    pub fn series(&self, id: &SeriesId) -> Result<Series, DataError> {
        let (rows, columns) = self.visible(id)?;
        let series = Series {
            id: id.clone(),
            periods: rows.iter().map(|&row| columns.period[row]).collect(),
            values: rows.iter().map(|&row| columns.value[row]).collect(),
        };
        Ok(series)
    }

    /// Like [`series`](Self::series), for periods not before `from`.
    ///
    /// # Errors
    /// As [`series`](Self::series); also when the visible periods all lie before `from`.
    pub fn since(&self, id: &SeriesId, from: NaiveDate) -> Result<Series, DataError> {
        let series = self.series(id)?;
        let start = series.periods.partition_point(|period| *period < from);
        if start == series.len() {
            let last = *series.periods.last().unwrap_or(&from);
            return Err(DataError::Stale { series: id.clone(), last, oldest: from });
        }
        Ok(series.tail(series.len() - start))
    }

    /// The last `count` periods.
    ///
    /// # Errors
    /// As [`series`](Self::series); [`DataError::TooShort`] when fewer than `count` are visible.
    pub fn window(&self, id: &SeriesId, count: usize) -> Result<Series, DataError> {
        let series = self.series(id)?;
        if series.len() < count {
            return Err(DataError::TooShort { series: id.clone(), got: series.len(), needed: count });
        }
        Ok(series.tail(count))
    }

    /// The newest period's latest vintage, as an observation with its clocks.
    ///
    /// # Errors
    /// As [`series`](Self::series).
    pub fn latest(&self, id: &SeriesId) -> Result<Observation, DataError> {
        let (rows, columns) = self.visible(id)?;
        match rows.last() {
            Some(&row) => Ok(observation(id, columns, row)),
            None => Err(DataError::NothingPublished { series: id.clone() }),
        }
    }

    /// As [`latest`](Self::latest), refused when its period is before `oldest`.
    ///
    /// # Errors
    /// As [`latest`](Self::latest), and [`DataError::Stale`].
    pub fn latest_since(&self, id: &SeriesId, oldest: NaiveDate) -> Result<Observation, DataError> {
        let latest = self.latest(id)?;
        if latest.period < oldest {
            return Err(DataError::Stale { series: id.clone(), last: latest.period, oldest });
        }
        Ok(latest)
    }

    /// The vintage of exactly that period known at the cut, if any.
    ///
    /// # Errors
    /// As [`series`](Self::series).
    pub fn of_period(&self, id: &SeriesId, period: NaiveDate) -> Result<Option<Observation>, DataError> {
        let (rows, columns) = self.visible(id)?;
        let found = rows.iter().find(|&&row| columns.period[row] == period);
        Ok(found.map(|&row| observation(id, columns, row)))
    }

    /// Every vintage of a period visible at the cut, in order of release; none of a series that quality refused.
    pub fn vintages(&self, id: &SeriesId, period: NaiveDate) -> Vec<Observation> {
        let Ok((_, columns)) = self.visible(id) else { return Vec::new() };
        let from = columns.period.partition_point(|p| *p < period);
        (from..columns.len())
            .take_while(|&row| columns.period[row] == period)
            .filter(|&row| self.sees(columns, row))
            .map(|row| observation(id, columns, row))
            .collect()
    }

    /// The first value printed for each period (among those visible), oldest first.
    ///
    /// # Errors
    /// As [`series`](Self::series).
    pub fn first_prints(&self, id: &SeriesId) -> Result<Series, DataError> {
        self.visible(id)?;
        let mut first = Series { id: id.clone(), periods: Vec::new(), values: Vec::new() };
        if let Some(columns) = self.history.series.get(id) {
            for row in (0..columns.len()).filter(|&row| self.sees(columns, row)) {
                if first.periods.last() != Some(&columns.period[row]) {
                    first.periods.push(columns.period[row]);
                    first.values.push(columns.value[row]);
                }
            }
        }
        Ok(first)
    }

    /// The vertices of a curve observed on exactly `date`: tenor and published value, in the catalogue's tenor order.
    ///
    /// # Errors
    /// [`DataError::NoCurve`] with fewer than `needed` vertices.
    pub fn curve(&self, curve: &str, date: NaiveDate, needed: usize) -> Result<Vec<(Tenor, f64)>, DataError> {
        let mut vertices = Vec::new();
        for (tenor, id) in self.definitions().curve(curve) {
            if let Ok(Some(point)) = self.of_period(id, date) {
                vertices.push((*tenor, point.value));
            }
        }
        if vertices.len() < needed {
            return Err(DataError::NoCurve { curve: curve.to_owned(), date, got: vertices.len(), needed });
        }
        Ok(vertices)
    }

    /// Every date since `from` on which the curve has a vertex, with its vertices in tenor order.
    pub fn curve_history(&self, curve: &str, from: NaiveDate) -> BTreeMap<NaiveDate, Vec<(Tenor, f64)>> {
        let mut history: BTreeMap<NaiveDate, Vec<(Tenor, f64)>> = BTreeMap::new();
        for (tenor, id) in self.definitions().curve(curve) {
            let Ok(series) = self.series(id) else { continue };
            let start = series.periods.partition_point(|period| *period < from);
            for row in start..series.len() {
                history.entry(series.periods[row]).or_default().push((*tenor, series.values[row]));
            }
        }
        history
    }

    /// True when at least one row of the series is visible at the cut, without logging a read.
    pub fn has(&self, id: &SeriesId) -> bool {
        self.history.series.get(id).is_some_and(|columns| (0..columns.len()).any(|row| self.sees(columns, row)))
    }

    /// Ids of all series that hold a visible row, in order.
    pub fn visible_series(&self) -> Vec<SeriesId> {
        self.history.series.keys().filter(|id| self.has(id)).cloned().collect()
    }

    /// BLAKE3 over the rows that count (period, value, release instant, basis) of the given series, in hex: two views
    /// that answer alike have the same fingerprint, whatever else is stored. Recording instants are outside it.
    pub fn fingerprint<'a>(&self, ids: impl IntoIterator<Item = &'a SeriesId>) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::new();
        for id in ids {
            bytes.clear();
            bytes.extend_from_slice(id.as_str().as_bytes());
            bytes.push(0);
            if let Some(columns) = self.history.series.get(id) {
                for row in self.counting_rows(columns) {
                    bytes.extend_from_slice(&columns.period[row].num_days_from_ce().to_le_bytes());
                    bytes.extend_from_slice(&columns.value[row].to_bits().to_le_bytes());
                    bytes.extend_from_slice(&columns.released_at[row].timestamp_micros().to_le_bytes());
                    bytes.push(columns.basis[row].code());
                }
            }
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The last released visible vintage of each period, in order of period.
    fn counting_rows(&self, columns: &Columns) -> Vec<usize> {
        let mut rows: Vec<usize> = Vec::with_capacity(columns.len());
        for row in (0..columns.len()).filter(|&row| self.sees(columns, row)) {
            match rows.last_mut() {
                Some(last) if columns.period[*last] == columns.period[row] => *last = row,
                _ => rows.push(row),
            }
        }
        rows
    }

    fn sees(&self, columns: &Columns, row: usize) -> bool {
        columns.visible(row, &self.cut) && self.last_period.is_none_or(|last| columns.period[row] <= last)
    }

    /// Rows that count: the last released visible vintage of each period. Logs the read.
    fn visible(&self, id: &SeriesId) -> Result<(Vec<usize>, &'h Columns), DataError> {
        if self.blocked.contains(id) {
            return Err(DataError::Blocked { series: id.clone() });
        }
        let columns = self.history.series.get(id);
        let mut rows: Vec<usize> = Vec::new();
        let mut entry = ReadEntry { rows: 0, last_period: None, latest_released_at: None, assumed: 0 };
        if let Some(columns) = columns {
            rows = self.counting_rows(columns);
            entry.latest_released_at = rows.iter().map(|&row| columns.released_at[row]).max();
            entry.rows = rows.len();
            entry.last_period = rows.last().map(|&row| columns.period[row]);
            entry.assumed = rows.iter().filter(|&&row| columns.basis[row] == ReleaseBasis::Assumed).count();
        }
        // What is not there yet leaves no trace: a contract listed next year must not change what is said of today.
        if !rows.is_empty() {
            self.note(id, entry);
        }
        match columns {
            Some(columns) if !rows.is_empty() => Ok((rows, columns)),
            _ => Err(DataError::NothingPublished { series: id.clone() }),
        }
    }
}

fn observation(id: &SeriesId, columns: &Columns, row: usize) -> Observation {
    Observation {
        series: id.clone(),
        period: columns.period[row],
        value: columns.value[row],
        released_at: columns.released_at[row],
        basis: columns.basis[row],
        recorded_at: columns.recorded_at[row],
    }
}
