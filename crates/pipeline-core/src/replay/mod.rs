//! Replay: computing a filed run again from what it was computed from, and comparing.
//!
//! A run is reproduced when every step's digest comes out as it was filed. Where one does not, the first step in the
//! order of the day is named, with the first field of its output that differs. An output that was altered after it was
//! filed is told apart from one that this program computes differently: it is not the one its own digest was taken of.
//!
//! What no digest covers is compared too where something kept determines it: the read log, weights by strategy, status
//! and exit code by the outcome; the state it starts from and the digest of the run before by that run's record; the
//! date by the cut; the digests of configuration and calendars by what is kept under them. Times, owner, version, texts
//! for people and the rows that repeat the record are not: their seals are (`daily verify audit`).

mod inputs;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market::{AsOf, ReadEntry, ReadLog, SeriesId};
use serde::Serialize;
use serde_json::Value;

use crate::compute::{Computed, combined, compute, step_digests};
use crate::day::DayOutcome;
use crate::digest::{DigestError, comparable};
use crate::fields::differences;
use crate::kept::KeptRun;
use crate::ports::StoredMarket;
use crate::record::{RunRecord, StepName};
use crate::step_output::StepOutput;

/// What recomputing a run showed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replay {
    /// The run.
    pub run_id: String,
    /// Its date.
    pub run_date: NaiveDate,
    /// Digest it was filed with.
    pub stored_digest: String,
    /// Digest it has now.
    pub recomputed_digest: String,
    /// True when every step came out as it was filed and all that is derivable of the rest agrees: the state it starts
    /// from, and date, predecessor, configuration and calendars in its header. Nothing is said of times, owner, version
    /// and texts.
    pub matches: bool,
    /// The versions of the program, when another filed the run.
    pub code: Option<CodeChange>,
    /// The first step that differs; `None` exactly when the run matches.
    pub mismatch: Option<Mismatch>,
    /// The later steps that differ too, mostly as a consequence, in order.
    pub later_steps: Vec<StepName>,
}

/// The program that filed a run and the one that recomputes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeChange {
    /// Version that filed the run.
    pub stored: String,
    /// Version that recomputes it.
    pub current: String,
}

/// A step that does not come out as it was filed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mismatch {
    /// Which step.
    pub step: StepName,
    /// The digest filed for it; `None` when the record holds none. Of the report step: the digest of the run. Of an
    /// altered state: that of the state as it was left.
    pub stored_digest: Option<String>,
    /// The digest it has now. Of the report step: that of the filed steps combined. Of an altered state: that of the
    /// state as it is stored.
    pub recomputed_digest: String,
    /// In what it differs.
    pub difference: Difference,
}

/// In what a step differs from what was filed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// The data read at the cut differs, and the read logs show in which series: another number of periods, another
    /// last period or latest release, or a series that only one of the two read.
    Reads {
        /// The series that differ.
        series: BTreeMap<SeriesId, ReadDifference>,
    },
    /// The data read at the cut differs though the read logs agree: a value, or the release of an older period, is
    /// another. A record keeps no values, so it cannot tell of which series.
    Values {
        /// Number of series read.
        series: usize,
    },
    /// The step decides differently.
    Output {
        /// The first field that differs; `None` when only the digests do.
        field: Option<FieldMismatch>,
    },
    /// The stored output is not the one its digest was taken of: the record was altered after it was filed, or, where
    /// the versions differ, another version writes the same output in another form.
    OutputAltered {
        /// The first field in which the stored output differs from the recomputed one.
        field: Option<FieldMismatch>,
    },
    /// The stored output is the recomputed one, but the digest stored for it is another: the digest was altered, or,
    /// where the versions differ, it was taken of another form.
    DigestAltered,
    /// The state the run starts from is not the one that the record of the run before says it left. The run was
    /// computed on the stored one, so that its steps may differ in consequence.
    StateAltered {
        /// The first field that differs: as it is stored, and as it was left.
        field: Option<FieldMismatch>,
    },
    /// The header says otherwise than what it was taken from.
    HeaderAltered {
        /// The first such field: as it is stored, and as it follows.
        field: FieldMismatch,
    },
}

impl Difference {
    /// True when the step merely decides differently: what another version of the program may do. Everything else says
    /// that the record, what it was computed from, or the data is not what it was.
    pub fn is_decision(&self) -> bool {
        matches!(self, Self::Output { .. })
    }
}

/// A field of an outcome that is stored otherwise than it is recomputed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldMismatch {
    /// Where: names and positions from 0, joined by dots (`weights.DI_2Y`, `consensus.1.score`).
    pub path: String,
    /// Value in the record; `None` when it has no such field.
    pub stored: Option<Value>,
    /// Value now.
    pub recomputed: Option<Value>,
}

/// What was read of a series when the run was filed and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadDifference {
    /// As filed; `None` when the series was not read.
    pub stored: Option<ReadEntry>,
    /// As recomputed.
    pub recomputed: Option<ReadEntry>,
}

/// Computes a filed run again from the figures at its cut, its configuration, calendars and state, and compares.
/// `code_version` is that of the program that does so.
///
/// # Errors
/// When a number in the stored record or state is not finite, so that it has no digest.
pub fn replay(market: &StoredMarket, kept: &KeptRun, code_version: &str) -> Result<Replay, DigestError> {
    let (record, header) = (&kept.record, &kept.record.header);
    let view = AsOf::new(&market.history, &market.catalogue, &kept.calendars, header.cut);
    let computed = compute(&view, &kept.config, &kept.state)?;
    let mut found = compared(kept, &computed, code_version)?.into_iter();
    let mismatch = found.next();
    let later: BTreeSet<StepName> = found.map(|later| later.step).collect();
    let first_step = mismatch.as_ref().map(|mismatch| mismatch.step);
    let code = (header.code_version != code_version)
        .then(|| CodeChange { stored: header.code_version.clone(), current: code_version.to_owned() });
    Ok(Replay {
        run_id: header.run_id.clone(),
        run_date: header.run_date,
        stored_digest: record.digest.clone(),
        recomputed_digest: computed.digest,
        matches: mismatch.is_none(),
        code,
        mismatch,
        later_steps: later.into_iter().filter(|step| Some(*step) != first_step).collect(),
    })
}

/// Everything in which a filed run is not what computing it again gives, in order: the state it starts from, its steps,
/// its header.
///
/// # Errors
/// When the stored outcome or a state holds a number that is not finite.
pub(crate) fn compared(kept: &KeptRun, computed: &Computed, code_version: &str) -> Result<Vec<Mismatch>, DigestError> {
    let mut found: Vec<Mismatch> = inputs::state(kept)?.into_iter().collect();
    found.extend(mismatches(&kept.record, computed)?);
    found.extend(inputs::header(kept, code_version)?);
    Ok(found)
}

/// Every step of a record that does not come out as computed, in order.
fn mismatches(record: &RunRecord, computed: &Computed) -> Result<Vec<Mismatch>, DigestError> {
    // Equal outcomes have equal digests: then there is nothing to digest again.
    let own = match record.outcome == computed.outcome {
        true => computed.step_digests.clone(),
        false => step_digests(&record.outcome, &record.data_digest)?,
    };
    let mut found = Vec::new();
    for step in StepName::ALL {
        let stored = record.step_digests.get(step.as_str());
        let difference = match step {
            StepName::Ingest => of_data(record, computed)?,
            StepName::Report => of_record(record, computed),
            _ => of_output(step, record, computed, own.get(step.as_str()))?,
        };
        let Some(difference) = difference else { continue };
        let (stored_digest, recomputed_digest) = match step {
            StepName::Report => (Some(record.digest.clone()), combined(&record.step_digests)),
            _ => (stored.cloned(), computed.step_digests.get(step.as_str()).cloned().unwrap_or_default()),
        };
        found.push(Mismatch { step, stored_digest, recomputed_digest, difference });
    }
    Ok(found)
}

/// The ingest step: the data read at the cut, as far as a record can tell.
fn of_data(record: &RunRecord, computed: &Computed) -> Result<Option<Difference>, DigestError> {
    let (stored, recomputed) = (&record.outcome.reads, &computed.outcome.reads);
    if record.step_digests.get(StepName::Ingest.as_str()) != Some(&record.data_digest) {
        return Ok(Some(Difference::DigestAltered));
    }
    if record.data_digest == computed.data_digest {
        if stored == recomputed {
            return Ok(None);
        }
        return Ok(Some(Difference::OutputAltered { field: first_read(stored, recomputed)? }));
    }
    let series = read_differences(stored, recomputed);
    if series.is_empty() {
        return Ok(Some(Difference::Values { series: stored.len() }));
    }
    Ok(Some(Difference::Reads { series }))
}

/// A step that decides. `own` is the digest of the stored output as it is now.
fn of_output(
    step: StepName,
    record: &RunRecord,
    computed: &Computed,
    own: Option<&String>,
) -> Result<Option<Difference>, DigestError> {
    let stored = record.step_digests.get(step.as_str());
    let recomputed = computed.step_digests.get(step.as_str());
    let (was, is) = (&record.outcome, &computed.outcome);
    if stored == recomputed && own == recomputed {
        let beside = beside(step, was)?.zip(beside(step, is)?);
        let field = beside.and_then(|((name, was), (_, is))| first(name, &was, &is));
        return Ok(field.map(|field| Difference::OutputAltered { field: Some(field) }));
    }
    if own == recomputed {
        return Ok(Some(Difference::DigestAltered));
    }
    let field = first_field(step, was, is)?;
    Ok(Some(match own == stored {
        true => Difference::Output { field },
        false => Difference::OutputAltered { field },
    }))
}

/// The report step: the digest of the run, its status and its exit code are those of its steps.
fn of_record(record: &RunRecord, computed: &Computed) -> Option<Difference> {
    let unknown = record.step_digests.keys().any(|name| !computed.step_digests.contains_key(name));
    if unknown || record.digest != combined(&record.step_digests) {
        return Some(Difference::DigestAltered);
    }
    let (was, is) = (&record.outcome, &computed.outcome);
    let ends = |status, exit_code| serde_json::json!({ "exit_code": exit_code, "status": status });
    let header = ends(record.status, record.exit_code);
    // Where the outcome itself differs, its own step says so: the record must agree with one of the two.
    if header == ends(is.status, is.exit_code) || header == ends(was.status, was.exit_code) {
        return None;
    }
    let field = first("record", &header, &ends(is.status, is.exit_code));
    Some(Difference::OutputAltered { field })
}

/// What belongs to a step, follows from the outcome, and is in no digest.
fn beside(step: StepName, outcome: &DayOutcome) -> Result<Option<(&'static str, Value)>, DigestError> {
    Ok(match step {
        StepName::Portfolio => Some(("by_strategy", comparable("by_strategy", &outcome.by_strategy)?)),
        StepName::Risk => Some(("exit_code", Value::from(outcome.exit_code))),
        _ => None,
    })
}

fn first_field(step: StepName, was: &DayOutcome, is: &DayOutcome) -> Result<Option<FieldMismatch>, DigestError> {
    let (Some(was), Some(is)) = (StepOutput::of(was, step), StepOutput::of(is, step)) else { return Ok(None) };
    let fields = was.json()?.into_iter().zip(is.json()?);
    Ok(fields.into_iter().find_map(|((name, was), (_, is))| first(name, &was, &is)))
}

fn first(path: &str, was: &Value, is: &Value) -> Option<FieldMismatch> {
    let first = differences(path, Some(was), Some(is)).into_iter().next()?;
    Some(FieldMismatch { path: first.path, stored: first.first, recomputed: first.second })
}

fn first_read(stored: &ReadLog, recomputed: &ReadLog) -> Result<Option<FieldMismatch>, DigestError> {
    Ok(first("reads", &comparable("reads", stored)?, &comparable("reads", recomputed)?))
}

fn read_differences(stored: &ReadLog, recomputed: &ReadLog) -> BTreeMap<SeriesId, ReadDifference> {
    let ids = stored.keys().chain(recomputed.keys());
    ids.filter(|id| stored.get(*id) != recomputed.get(*id))
        .map(|id| {
            let (stored, recomputed) = (stored.get(id).cloned(), recomputed.get(id).cloned());
            (id.clone(), ReadDifference { stored, recomputed })
        })
        .collect()
}
