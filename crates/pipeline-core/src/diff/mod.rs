//! Diff: in what two filed runs differ, and which of it changed the book.
//!
//! The book changed because the program, the data, the configuration, the calendars or the state it started from did.
//! Starting from the first run as it was filed, one [`Cause`] at a time is swapped for the second run's, in this order:
//!
//! 1. **code**: the first run, computed again by this program;
//! 2. **revisions**: its figures in the vintages the second run knew, still seen on its own date
//!    ([`History::as_revised`](market::History::as_revised));
//! 3. **arrivals**: the second run's date and cut, on all data: new figures and the passage of time;
//! 4. **configuration**, 5. **calendars**, 6. **state**: the second run's;
//! 7. **code** again: the second run as filed, against the point reached, which is the second run computed again.
//!    It is reported together with the first as one cause.
//!
//! What each step changes in a weight is its cause's part, so the parts of every instrument sum to its whole change.
//! The order matters: where two causes act together (a new limit on a new figure), what only both explain goes to the
//! later one. Causes in which the runs do not differ are not computed and have no part. The first run is always computed
//! again before any other swap: had it been altered, or filed by another program, its difference would otherwise be
//! taken for the next cause's.

mod chain;
mod changes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market::instruments::InstrumentId;
use market::{Cut, SeriesChange, SeriesId};
use portfolio::Weights;
use serde::Serialize;

use crate::digest::DigestError;
use crate::kept::KeptRun;
use crate::ports::StoredMarket;
use crate::record::{RunRecord, RunStatus};
use crate::replay::{Mismatch, mismatches};
use chain::{Chain, revised};
pub use changes::{CalendarChange, CodeVersions, HeldWeight, KeyChange, StateChange};

/// Why the book of one run is not that of another, in the order in which causes are swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Another program, or a record that this one does not reproduce.
    Code,
    /// Figures that were known to the first run, in other vintages.
    Revisions,
    /// New figures, and the passage of time.
    Arrivals,
    /// Another configuration.
    Configuration,
    /// Other calendars.
    Calendars,
    /// Another book, other open packages or another NAV to start from.
    State,
}

impl Cause {
    /// As printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Revisions => "revisions",
            Self::Arrivals => "arrivals",
            Self::Configuration => "configuration",
            Self::Calendars => "calendars",
            Self::State => "state",
        }
    }
}

/// In what two runs differ. Everywhere `a` is the first run and `b` the second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The first run.
    pub a: DiffedRun,
    /// The second run.
    pub b: DiffedRun,
    /// What each series that either run read says differently at the second run's cut.
    pub data: BTreeMap<SeriesId, SeriesChange>,
    /// Keys of the configuration that differ.
    pub configuration: Vec<KeyChange>,
    /// Calendars that differ.
    pub calendars: Vec<CalendarChange>,
    /// The programs, when not all three are the same.
    pub code: Option<CodeVersions>,
    /// The states they start from, when these differ.
    pub state: Option<StateChange>,
    /// Causes that have a part, in order.
    pub causes: Vec<Cause>,
    /// The books, with a part of every one of `causes` for every instrument.
    pub weights: Vec<WeightChange>,
    /// The points of the chain, each computed in full: whoever doubts one can compute it again.
    pub points: Vec<Point>,
    /// True when the last point is the second run as it was filed: the causes explain all of it.
    pub reaches_b: bool,
    /// When it is not, the first step in which the second run is not reproduced.
    pub mismatch: Option<Mismatch>,
}

impl Diff {
    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        self.causes.is_empty() && self.data.is_empty() && self.weights.iter().all(|weight| weight.change == 0.0)
    }
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiffedRun {
    /// Its id.
    pub run_id: String,
    /// Its date.
    pub run_date: NaiveDate,
    /// What it could see.
    pub cut: Cut,
    /// How it ended.
    pub status: RunStatus,
    /// Its digest as filed.
    pub digest: String,
}

impl DiffedRun {
    fn of(record: &RunRecord) -> Self {
        let header = &record.header;
        Self {
            run_id: header.run_id.clone(),
            run_date: header.run_date,
            cut: header.cut,
            status: record.status,
            digest: record.digest.clone(),
        }
    }
}

/// An instrument's weight in both books (exposure over NAV, signed; zero when it is not held).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightChange {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Weight in the first run.
    pub a: f64,
    /// Weight in the second.
    pub b: f64,
    /// `b - a`.
    pub change: f64,
    /// The part of each cause; they sum to `change` up to rounding.
    pub parts: BTreeMap<Cause, f64>,
}

/// A point of the chain: the first run with this cause and all before it swapped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The cause swapped last; [`Cause::Code`] is the first run computed again.
    pub cause: Cause,
    /// Digest of the run computed there.
    pub digest: String,
}

/// Why two runs cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// A point of the chain has no digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// Something the runs were computed with has no JSON form.
    #[error("the {what} of a run cannot be compared: {why}")]
    Document {
        /// `configuration`, `calendars` or `state`.
        what: &'static str,
        /// What the serialiser said.
        why: String,
    },
}

/// Compares two runs and attributes the change of every weight. `code_version` is that of the program that does so.
///
/// # Errors
/// When a number in a record, configuration or state is not finite.
pub fn diff(market: &StoredMarket, a: &KeptRun, b: &KeptRun, code_version: &str) -> Result<Diff, DiffError> {
    let (was, is) = (&a.record, &b.record);
    let read: BTreeSet<&SeriesId> = was.outcome.reads.keys().chain(is.outcome.reads.keys()).collect();
    let mut diff = Diff {
        a: DiffedRun::of(was),
        b: DiffedRun::of(is),
        data: market.history.changes(was.header.cut, is.header.cut, read),
        configuration: changes::configuration(&a.config, &b.config)?,
        calendars: changes::calendars(&a.calendars, &b.calendars)?,
        code: changes::code(&was.header, &is.header, code_version),
        state: changes::state(a, b)?,
        causes: Vec::new(),
        weights: Vec::new(),
        points: Vec::new(),
        reaches_b: true,
        mismatch: None,
    };
    let swapped = diff.swapped();
    let same_code = was.header.code_version == is.header.code_version;
    let same_outputs = was.digest == is.digest && was.outcome == is.outcome;
    if swapped.is_empty() && same_code && same_outputs {
        diff.weights = weights(&[&was.outcome.weights, &is.outcome.weights], &[], &[]);
        return Ok(diff);
    }
    let revised = revised(market, a, b, &swapped);
    let computed = Chain::new(market, revised.as_ref(), a, b, &swapped).compute()?;
    let mut books: Vec<&Weights> = vec![&was.outcome.weights];
    let mut steps = Vec::new();
    for (cause, point) in &computed {
        diff.points.push(Point { cause: *cause, digest: point.digest.clone() });
        books.push(&point.outcome.weights);
        steps.push(*cause);
    }
    books.push(&is.outcome.weights);
    steps.push(Cause::Code);
    if let Some((_, last)) = computed.last() {
        diff.mismatch = mismatches(is, last)?.into_iter().next();
        diff.reaches_b = diff.mismatch.is_none();
    }
    let first_is_reproduced = diff.points.first().is_some_and(|point| point.digest == was.digest);
    if !(first_is_reproduced && diff.reaches_b && same_code) {
        diff.causes.push(Cause::Code);
    }
    diff.causes.extend(swapped);
    diff.weights = weights(&books, &steps, &diff.causes);
    Ok(diff)
}

impl Diff {
    /// Causes other than code in which the runs differ, in order.
    fn swapped(&self) -> Vec<Cause> {
        let revised = self.data.values().any(|change| change.revised.count + change.reissued > 0);
        let arrived = self.data.values().any(|change| change.arrived.count + change.unknown.count > 0);
        let later = (self.a.cut.date, self.a.cut.published) != (self.b.cut.date, self.b.cut.published);
        let differs = [
            (Cause::Revisions, revised),
            (Cause::Arrivals, arrived || later),
            (Cause::Configuration, !self.configuration.is_empty()),
            (Cause::Calendars, !self.calendars.is_empty()),
            (Cause::State, self.state.is_some()),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(cause, _)| cause).collect()
    }
}

/// The weights of every instrument that any of the books holds. `steps` are the causes between one book and the next;
/// of them, `causes` have a part.
fn weights(books: &[&Weights], steps: &[Cause], causes: &[Cause]) -> Vec<WeightChange> {
    let instruments: BTreeSet<&InstrumentId> = books.iter().flat_map(|book| book.keys()).collect();
    let (Some(first), Some(last)) = (books.first(), books.last()) else { return Vec::new() };
    let change = |instrument: &InstrumentId| {
        let weight = |book: &Weights| book.get(instrument).copied().unwrap_or(0.0);
        let mut parts: BTreeMap<Cause, f64> = causes.iter().map(|cause| (*cause, 0.0)).collect();
        for (cause, pair) in steps.iter().zip(books.windows(2)) {
            if let Some(part) = parts.get_mut(cause) {
                *part += weight(pair[1]) - weight(pair[0]);
            }
        }
        let (a, b) = (weight(first), weight(last));
        WeightChange { instrument: instrument.clone(), a, b, change: b - a, parts }
    };
    instruments.into_iter().map(change).collect()
}
