//! The day with its digests: what a run files, a replay compares and a diff swaps parts of.

use std::collections::BTreeMap;

use market::AsOf;

use crate::config::Config;
use crate::day::{DayOutcome, day_observed};
use crate::digest::{self, DigestError};
use crate::record::{RunRecord, StepName, StepOutcome};
use crate::state::DeskState;
use crate::step_output::StepOutput;

/// What the day function decided, and the digests that prove it.
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    /// The decisions.
    pub outcome: DayOutcome,
    /// Digest of the rows read, as visible at the cut.
    pub data_digest: String,
    /// Digest of each step's output, by the step's name.
    pub step_digests: BTreeMap<String, String>,
    /// The step digests combined in order.
    pub digest: String,
}

/// Computes the day and its digests. Pure, like [`day`](crate::day::day).
///
/// # Errors
/// When not even a failed day has a digest: the state it starts from holds a number that is not finite.
pub fn compute(view: &AsOf, config: &Config, state: &DeskState) -> Result<Computed, DigestError> {
    compute_observed(view, config, state, &mut |_| {})
}

/// [`compute`], telling an observer each step as it ends.
///
/// # Errors
/// As [`compute`].
pub fn compute_observed(
    view: &AsOf,
    config: &Config,
    state: &DeskState,
    observer: &mut dyn FnMut(&StepOutcome),
) -> Result<Computed, DigestError> {
    let outcome = day_observed(view, config, state, observer);
    let data_digest = view.fingerprint(outcome.reads.keys());
    let (outcome, step_digests) = match step_digests(&outcome, &data_digest) {
        Ok(digests) => (outcome, digests),
        // A figure that is not a number is a defect: the day is a failed one, with nothing of it.
        Err(error) => {
            let failed = DayOutcome::failed(state, error.to_string());
            let digests = step_digests(&failed, &data_digest)?;
            (failed, digests)
        }
    };
    let digest = combined(&step_digests);
    Ok(Computed { outcome, data_digest, step_digests, digest })
}

/// Names of the steps whose digest in a record is not that of what the record says they decided: the record was changed
/// since. The ingest step's digest is of the data and cannot be told from the record.
pub fn changed_steps(record: &RunRecord) -> Vec<String> {
    let Ok(digests) = step_digests(&record.outcome, &record.data_digest) else {
        return vec!["all (a figure is not a number)".to_owned()];
    };
    let differs = |name: &&StepName| digests.get(name.as_str()) != record.step_digests.get(name.as_str());
    StepName::ALL.iter().filter(differs).map(|name| name.as_str().to_owned()).collect()
}

/// One digest a step, over what the step decided. The ingest step's is the digest of the data read at the cut; the
/// report step decides nothing.
pub(crate) fn step_digests(outcome: &DayOutcome, data_digest: &str) -> Result<BTreeMap<String, String>, DigestError> {
    let mut digests = BTreeMap::from([(StepName::Ingest.as_str().to_owned(), data_digest.to_owned())]);
    for step in StepName::ALL {
        if let Some(output) = StepOutput::of(outcome, step) {
            digests.insert(step.as_str().to_owned(), digest::digest_of(step.as_str(), &output)?);
        }
    }
    Ok(digests)
}

/// The digest of a run: its steps' digests in the order of the steps.
pub(crate) fn combined(step_digests: &BTreeMap<String, String>) -> String {
    digest::combine(
        StepName::ALL.iter().filter_map(|name| Some((name.as_str(), step_digests.get(name.as_str())?.as_str()))),
    )
}
