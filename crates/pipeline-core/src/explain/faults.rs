//! What does not agree in an answer: with the record it is taken from, with the state before it, or with the market at hand.
//!
//! An explanation that cannot be wrong proves nothing. Every answer is checked against the digests the run filed, the sums
//! it claims, the state its book began with, and the figures visible at its cut.

use chrono::NaiveDate;
use market::SeriesId;
use serde::Serialize;

use super::evidence::{Agreement, EvidenceNode, EvidenceSource, SignalNode, Sources};
use super::tree::{Explanation, HeldWeight, Unexplained};
use crate::compute::{changed_steps, combined};
use crate::record::RunRecord;

/// Something that does not agree. One of them, and the answer is not to be relied on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// What the record says was decided is not what its digests were taken of: it was changed since it was filed.
    Record {
        /// Steps of which that is so; `run` when only the digest of the whole is another.
        steps: Vec<String>,
    },
    /// The rows the run read are not those that the market at hand shows at its cut.
    Data {
        /// Fingerprint of what the run read.
        filed: String,
        /// Fingerprint of the same series in the market at hand.
        at_hand: String,
    },
    /// A figure that was read, as it was published, is not the one visible at the cut.
    Figure {
        /// Signal or package that stands on it.
        by: String,
        /// What the figure is.
        name: String,
        /// Series it was read from.
        series: SeriesId,
        /// Period it was read of.
        period: NaiveDate,
        /// The run's figure, in the evidence's unit.
        run: f64,
        /// The vintage visible at the cut, as published; `None` when nothing is visible.
        visible: Option<f64>,
    },
    /// The parts do not sum to what they are parts of.
    Sum {
        /// Whose parts.
        parts: Parts,
        /// The whole less its parts: exposure over NAV, of the consensus a score.
        gap: f64,
    },
    /// The weight the run says it began with is not the one the run before it left.
    Held {
        /// Weight in the state of the run before.
        left: f64,
        /// Weight the run began with, from its drifted weight and the returns.
        began: f64,
    },
}

/// What a sum is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// The stages' changes of the weight.
    Stages,
    /// The strategies' parts of the weight.
    Strategies,
    /// The positions' parts of a strategy's part.
    Positions,
    /// The contributions to the consensus score.
    Consensus,
}

/// What of a record and of the data under it was changed since the run.
pub(super) fn of_record(record: &RunRecord, sources: &Sources<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut steps = changed_steps(record);
    if steps.is_empty() && combined(&record.step_digests) != record.digest {
        steps.push("run".to_owned());
    }
    if !steps.is_empty() {
        faults.push(Fault::Record { steps });
    }
    let (filed, at_hand) = (record.data_digest.clone(), sources.fingerprint());
    if filed != at_hand {
        faults.push(Fault::Data { filed, at_hand });
    }
    faults
}

/// The weight before, where the state that the run before left is at hand.
pub(super) fn of_held(held: Option<&HeldWeight>) -> Option<Fault> {
    let held = held?;
    let left = held.left?;
    let differs = (left - held.began).abs() > Unexplained::TOLERANCE;
    differs.then_some(Fault::Held { left, began: held.began })
}

/// The sums and figures of a weight's tree.
pub(super) fn of_tree(explanation: &Explanation) -> Vec<Fault> {
    let gaps = explanation.unexplained;
    let sums = [
        (Parts::Stages, gaps.by_stage),
        (Parts::Strategies, gaps.by_strategy),
        (Parts::Positions, gaps.by_position),
        (Parts::Consensus, gaps.by_consensus),
    ];
    // A gap that is not a number is one.
    let open = sums.into_iter().filter(|(_, gap)| gap.is_nan() || gap.abs() > Unexplained::TOLERANCE);
    let mut faults: Vec<Fault> = open.map(|(parts, gap)| Fault::Sum { parts, gap }).collect();
    for fault in figures(explanation) {
        // The same signal may be found under a position and in the consensus.
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

fn figures(explanation: &Explanation) -> Vec<Fault> {
    let positions = explanation.strategies.iter().flat_map(|node| &node.positions);
    let mut faults = Vec::new();
    for wanted in positions.filter_map(|position| position.wanted.as_ref()) {
        faults.extend(wanted.evidence.iter().filter_map(|node| other_figure(&wanted.package, node)));
        faults.extend(wanted.signals.iter().flat_map(of_signal));
    }
    let contributions = explanation.consensus.iter().flat_map(|consensus| &consensus.contributions);
    faults.extend(contributions.filter_map(|part| part.signal.as_ref()).flat_map(of_signal));
    faults
}

fn of_signal(signal: &SignalNode) -> impl Iterator<Item = Fault> + '_ {
    signal.evidence.iter().filter_map(|node| other_figure(&signal.id, node))
}

fn other_figure(by: &str, node: &EvidenceNode) -> Option<Fault> {
    let (series, period, visible) = match &node.source {
        EvidenceSource::Observation { observation, agreement: Agreement::Differs } => {
            (observation.series.clone(), observation.period, Some(observation.value))
        }
        EvidenceSource::NotVisible { series, period: Some(period) } => (series.clone(), *period, None),
        _ => return None,
    };
    Some(Fault::Figure { by: by.to_owned(), name: node.name.clone(), series, period, run: node.value, visible })
}
