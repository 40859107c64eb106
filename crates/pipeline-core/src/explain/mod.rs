//! From a weight back to the figures it rests on, and from an instrument without a weight to why it has none.
//!
//! [`explain`] takes a filed run apart: the stages through which the weight came about, each with its additive change; the
//! strategies and packages, each with its additive part; the agents' signals behind them; and under every signal the
//! observations with their clocks, as they were visible at the run's cut. [`why_not`] answers for an instrument that has no
//! weight. For every instrument of the universe exactly one of the two answers.
//!
//! Both are pure: everything decided comes from the [`RunRecord`], every observation from the market at the record's own cut.
//! Nothing is decided again, so an explanation cannot differ from what was released. Where the parts do not add up to the
//! weight, [`Unexplained`] holds the gap.
//!
//! An answer is checked, and can fail: what does not agree with the run's digests, its sums, the state before it or the
//! market at hand is a [`Fault`]. A figure read as published must be the vintage visible at the cut; one that was worked
//! out ([`agents::Evidence::derived`]) says so itself.

mod evidence;
mod faults;
mod nearest;
mod reasons;
mod relevance;
mod stages;
mod strategies;
mod tree;
mod why_not;

use market::instruments::{Instrument, InstrumentId, find};

use crate::ports::StoredMarket;
use crate::record::RunRecord;
use crate::state::DeskState;

pub use evidence::{
    AgentReads, Agreement, ConsensusNode, ContributionNode, EvidenceNode, EvidenceSource, Lineage, SignalNode,
};
pub use faults::{Fault, Parts};
pub use reasons::{Claim, PackageExposure, Reason, SignalLevel, WhyNot};
pub use stages::{PackageChange, StageCause, StageNode};
pub use strategies::{PositionNode, StrategyNode, WantedPosition};
pub use tree::{AllocationNode, ExplainedInstrument, ExplainedRun, Explanation, HeldWeight, PackageScale, Unexplained};

/// Why an instrument cannot be explained. Each says what to ask instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExplainError {
    /// There is no such instrument.
    #[error("no instrument is called {instrument}; the nearest are {}", list(nearest))]
    UnknownInstrument {
        /// Name asked for.
        instrument: InstrumentId,
        /// Names of the universe that look like it, best first.
        nearest: Vec<InstrumentId>,
    },
    /// Asked why it has a weight, and it has none.
    #[error("{instrument} has no weight in run {run_id} of {run_date}; ask with --why-not why it has none")]
    NoWeight {
        /// Instrument asked for.
        instrument: InstrumentId,
        /// Run asked about.
        run_id: String,
        /// Its date.
        run_date: chrono::NaiveDate,
    },
    /// Asked why it has no weight, and it has one.
    #[error(
        "{instrument} has a weight of {:+.4} % of NAV in run {run_id} of {run_date}; ask without --why-not for its causes",
        weight * 100.0
    )]
    HasWeight {
        /// Instrument asked for.
        instrument: InstrumentId,
        /// Its weight, exposure over NAV.
        weight: f64,
        /// Run asked about.
        run_id: String,
        /// Its date.
        run_date: chrono::NaiveDate,
    },
    /// The record holds a weight but not how it came about.
    #[error("run {run_id} kept the weight of {instrument} but not its {what}; run the date again to have it explained")]
    NotKept {
        /// Instrument asked for.
        instrument: InstrumentId,
        /// Run asked about.
        run_id: String,
        /// `construction` or `allocation`.
        what: &'static str,
    },
}

/// The tree from the weight of an instrument back to the observations it rests on. The weight held before is worked out
/// backwards from the drifted one; [`explain_from`] takes it from the state.
///
/// # Errors
/// As [`explain_from`].
pub fn explain(
    record: &RunRecord,
    market: &StoredMarket,
    instrument: &InstrumentId,
) -> Result<Explanation, ExplainError> {
    explain_from(record, market, None, instrument)
}

/// As [`explain`], with the state that the run started from, where it is still kept.
///
/// # Errors
/// [`ExplainError::UnknownInstrument`], [`ExplainError::NoWeight`], and [`ExplainError::NotKept`] for a record without its
/// portfolio step.
pub fn explain_from(
    record: &RunRecord,
    market: &StoredMarket,
    previous: Option<&DeskState>,
    instrument: &InstrumentId,
) -> Result<Explanation, ExplainError> {
    let found = known(instrument)?;
    let weight = weight_of(record, instrument);
    if weight == 0.0 {
        return Err(ExplainError::NoWeight {
            instrument: instrument.clone(),
            run_id: record.header.run_id.clone(),
            run_date: record.header.run_date,
        });
    }
    tree::build(record, market, previous, found, weight)
}

/// Why an instrument has no weight: every reason the record holds, in the order of the steps. The record holds all of them;
/// whether the market at hand is the one the run read is checked all the same.
///
/// # Errors
/// As [`why_not_from`].
pub fn why_not(record: &RunRecord, market: &StoredMarket, instrument: &InstrumentId) -> Result<WhyNot, ExplainError> {
    why_not_from(record, market, None, instrument)
}

/// As [`why_not`], with the state that the run started from, where it is still kept.
///
/// # Errors
/// [`ExplainError::UnknownInstrument`] and [`ExplainError::HasWeight`].
pub fn why_not_from(
    record: &RunRecord,
    market: &StoredMarket,
    previous: Option<&DeskState>,
    instrument: &InstrumentId,
) -> Result<WhyNot, ExplainError> {
    let found = known(instrument)?;
    let weight = weight_of(record, instrument);
    if weight != 0.0 {
        return Err(ExplainError::HasWeight {
            instrument: instrument.clone(),
            weight,
            run_id: record.header.run_id.clone(),
            run_date: record.header.run_date,
        });
    }
    Ok(why_not::build(record, market, previous, found))
}

fn known(instrument: &InstrumentId) -> Result<&'static Instrument, ExplainError> {
    find(instrument).ok_or_else(|| ExplainError::UnknownInstrument {
        instrument: instrument.clone(),
        nearest: nearest::names(instrument),
    })
}

fn weight_of(record: &RunRecord, instrument: &InstrumentId) -> f64 {
    record.outcome.weights.get(instrument).copied().unwrap_or(0.0)
}

fn list(names: &[InstrumentId]) -> String {
    names.iter().map(InstrumentId::as_str).collect::<Vec<_>>().join(", ")
}
