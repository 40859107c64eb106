//! Walks through an explanation.

use market::Observation;
use pipeline_core::explain::{EvidenceNode, EvidenceSource, Explanation, SignalNode};

/// Every observation under the weight.
pub fn observations(explanation: &Explanation) -> Vec<&Observation> {
    let evidence = evidence(explanation).into_iter().filter_map(|node| match &node.source {
        EvidenceSource::Observation { observation, .. } => Some(observation),
        _ => None,
    });
    let reads = explanation.strategies.iter().flat_map(|node| &node.reads.newest);
    evidence.chain(reads).collect()
}

/// Evidence that names a figure of which the market shows nothing.
pub fn invisible(explanation: &Explanation) -> Vec<&EvidenceNode> {
    let unseen = |node: &&EvidenceNode| matches!(node.source, EvidenceSource::NotVisible { .. });
    evidence(explanation).into_iter().filter(unseen).collect()
}

fn evidence(explanation: &Explanation) -> Vec<&EvidenceNode> {
    let wanted = explanation.strategies.iter().flat_map(|node| &node.positions).filter_map(|node| node.wanted.as_ref());
    let wanted: Vec<_> = wanted.collect();
    let consensus = explanation.consensus.iter().flat_map(|node| &node.contributions);
    let signals = consensus.filter_map(|part| part.signal.as_ref());
    let signals = signals.chain(wanted.iter().flat_map(|node| &node.signals));
    let of_signals = signals.flat_map(|signal: &SignalNode| &signal.evidence);
    of_signals.chain(wanted.iter().flat_map(|node| &node.evidence)).collect()
}
