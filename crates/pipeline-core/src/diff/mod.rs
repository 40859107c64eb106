//! Diff: in what two filed runs differ, and which of it changed the book.
//!
//! The book changed because the program, the data, the configuration, the calendars or the state it started from did.
//! Starting from the first run as it was filed, one [`Cause`] at a time is swapped for the second run's, in this order:
//!
//! 1. **code**: the first run, computed again by this program; where the program is the one that filed it, nothing may
//!    change, and what does is **unreproduced**: the record, the data or the state was altered since;
//! 2. **revisions**: its figures in the vintages the second run knew, still seen on its own date
//!    ([`History::as_revised`](market::History::as_revised));
//! 3. **arrivals**: the second run's date and cut, on all data: new figures and the passage of time;
//! 4. **configuration**, 5. **calendars**, 6. **state**: the second run's;
//! 7. **code** or **unreproduced** again: the second run as filed, against the point reached, which is the second run
//!    computed again. It is reported together with the first as one cause.
//!
//! From a later run to an earlier one, the state of the first may be dated on or after the second's date, on which no
//! day can start from it. Then the state is swapped together with the date, as one cause.
//!
//! What each step changes in a weight is its cause's part, so the parts of every instrument sum to its whole change.
//! The order matters: where two causes act together (a new limit on a new figure), what only both explain goes to the
//! later one. Causes in which the runs do not differ are not computed and have no part. The first run is always computed
//! again before any other swap: had it been altered, or filed by another program, its difference would otherwise be
//! taken for the next cause's.

mod cause;
mod chain;
mod changes;
mod sides;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market::instruments::InstrumentId;
use market::{Cut, SeriesChange, SeriesId};
use portfolio::Weights;
use serde::Serialize;

use crate::compute::Computed;
use crate::digest::DigestError;
use crate::kept::KeptRun;
use crate::ports::StoredMarket;
use crate::record::{RunRecord, RunStatus};
use crate::replay::Mismatch;
pub use cause::Cause;
use chain::{Chain, revised};
pub use changes::{CalendarChange, CodeVersions, HeldWeight, KeyChange, StateChange};
use sides::Side;

/// How far the parts of a change may be from it: rounding, as a fraction of NAV.
const ROUNDING: f64 = 1e-12;

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
    /// In what the first run is not reproduced; of a run that another version filed, in what no version explains, if
    /// anything is of that kind.
    pub a_mismatch: Option<Mismatch>,
    /// The same of the second run; `None` exactly when it is reached.
    pub mismatch: Option<Mismatch>,
    /// The furthest that the parts of an instrument are from its change, as a fraction of NAV: rounding, or a defect.
    pub unexplained: f64,
    /// True when the causes account for the change: the parts sum to it, and both runs are reproduced, or another
    /// version filed them and merely decided differently.
    pub explained: bool,
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
    /// The cause swapped last; of the first run computed again, [`Cause::Code`] or [`Cause::NotReproduced`].
    pub cause: Cause,
    /// Digest of the run computed there.
    pub digest: String,
    /// How it ends.
    pub status: RunStatus,
    /// Why it decides nothing new, when it is FAILED or BLOCKED: the parts before and after such a point mean little.
    pub stopped: Option<String>,
}

impl Point {
    fn new(cause: Cause, computed: &Computed) -> Self {
        let outcome = &computed.outcome;
        let stopped = matches!(outcome.status, RunStatus::Failed | RunStatus::Blocked);
        Self {
            cause,
            digest: computed.digest.clone(),
            status: outcome.status,
            stopped: stopped.then(|| outcome.alerts.first().cloned().unwrap_or_default()),
        }
    }
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
        a_mismatch: None,
        mismatch: None,
        unexplained: 0.0,
        explained: true,
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
    let (Some((_, first)), Some((_, last))) = (computed.first(), computed.last()) else { return Ok(diff) };
    let (from, to) = (Side::of(a, first, code_version)?, Side::of(b, last, code_version)?);
    let mut books: Vec<&Weights> = vec![&was.outcome.weights];
    let mut steps = vec![from.cause];
    steps.extend(&swapped);
    steps.push(to.cause);
    for (cause, (_, point)) in steps.iter().zip(&computed) {
        diff.points.push(Point::new(*cause, point));
        books.push(&point.outcome.weights);
    }
    books.push(&is.outcome.weights);
    let sides = [&from, &to];
    let other_code = sides.iter().any(|side| side.explained && side.mismatch.is_some());
    let own =
        [(Cause::Code, other_code || !same_code), (Cause::NotReproduced, sides.iter().any(|side| !side.explained))];
    diff.causes.extend(own.into_iter().filter(|(_, has_part)| *has_part).map(|(cause, _)| cause));
    diff.causes.extend(swapped);
    diff.weights = weights(&books, &steps, &diff.causes);
    diff.unexplained = unexplained(&diff.weights);
    diff.explained = from.explained && to.explained && diff.unexplained <= ROUNDING;
    diff.reaches_b = to.mismatch.is_none();
    (diff.a_mismatch, diff.mismatch) = (from.mismatch, to.mismatch);
    Ok(diff)
}

impl Diff {
    /// Causes other than code in which the runs differ, in order.
    fn swapped(&self) -> Vec<Cause> {
        let revised = self.data.values().any(|change| change.revised.count + change.reissued > 0);
        let arrived = self.data.values().any(|change| change.arrived.count + change.unknown.count > 0);
        let later = (self.a.cut.date, self.a.cut.published) != (self.b.cut.date, self.b.cut.published);
        let not_older =
            self.state.as_ref().and_then(|state| state.a_as_of).is_some_and(|as_of| as_of >= self.b.run_date);
        let differs = [
            (Cause::Revisions, revised),
            (Cause::Arrivals, (arrived || later) && !not_older),
            (Cause::ArrivalsAndState, not_older),
            (Cause::Configuration, !self.configuration.is_empty()),
            (Cause::Calendars, !self.calendars.is_empty()),
            (Cause::State, self.state.is_some() && !not_older),
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

fn unexplained(weights: &[WeightChange]) -> f64 {
    let apart = weights.iter().map(|weight| (weight.change - weight.parts.values().sum::<f64>()).abs());
    apart.fold(0.0, f64::max)
}
