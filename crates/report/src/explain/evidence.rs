//! Signals, evidence and observations as lines of the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use agents::AgentId;
use market::{Observation, ReleaseBasis};
use pipeline_core::explain::{AgentReads, Agreement, ConsensusNode, EvidenceNode, EvidenceSource, Lineage, SignalNode};

use crate::number::{figure, thousands};

/// How many of the figures a strategy read are printed; the rest is counted.
const READS_SHOWN: usize = 4;

/// Columns before the evidence of a contribution: under the signal's name.
const CONTRIBUTION_INDENT: usize = 12;

/// Signals whose evidence was printed, and what agents read that was not yet: a tree says each thing once.
pub(super) struct Printed<'a> {
    signals: BTreeSet<String>,
    reads: BTreeMap<AgentId, &'a Lineage>,
}

impl<'a> Printed<'a> {
    /// Nothing printed yet.
    pub(super) fn of(agents: &'a [AgentReads]) -> Self {
        Self { signals: BTreeSet::new(), reads: agents.iter().map(|node| (node.agent, &node.reads)).collect() }
    }
}

pub(super) fn consensus(text: &mut String, node: &ConsensusNode, printed: &mut Printed<'_>) {
    let veto = match node.exposure_scale {
        1.0 => String::new(),
        scale => format!(", exposure x {} by the veto", figure(scale)),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "\nConsensus on {}: score {:+.4}, {}, confidence {:.3}{veto} (acts through conflict_dampening and veto)",
        node.asset_class,
        node.score,
        super::why_not::side(node.direction),
        node.confidence
    );
    for part in &node.contributions {
        match &part.signal {
            Some(said) => {
                let _ = write!(text, "  {:>+8.4}", part.value);
                signal(text, said, CONTRIBUTION_INDENT, printed);
            }
            None => {
                let _ = writeln!(text, "  {:>+8.4}  {} agent: the signal is not in the record", part.value, part.agent);
            }
        }
    }
}

/// A signal under a position, on lines of its own.
pub(super) fn signal_line(text: &mut String, node: &SignalNode, indent: usize, printed: &mut Printed<'_>) {
    let _ = write!(text, "{:width$}", "", width = indent.saturating_sub(2));
    signal(text, node, indent, printed);
}

/// A signal on the line that is begun, its evidence under it at `indent`.
fn signal(text: &mut String, node: &SignalNode, indent: usize, printed: &mut Printed<'_>) {
    let view = node.price_view.map_or_else(String::new, |view| format!(", view on the price {view:+.3}"));
    let _ = write!(
        text,
        "  {} {}: {} {}, score {:+.3}, confidence {:.3}{view}",
        node.id,
        node.subject,
        figure(node.value),
        node.unit,
        node.score,
        node.confidence
    );
    if !printed.signals.insert(node.id.clone()) {
        let _ = writeln!(text, " (evidence above)");
        return;
    }
    let _ = writeln!(text);
    if !node.diagnostics.is_empty() {
        let figures: Vec<String> =
            node.diagnostics.iter().map(|(name, value)| format!("{name} {}", figure(*value))).collect();
        let _ = writeln!(text, "{:indent$}  diagnostics: {}", "", figures.join(", "));
    }
    list(text, &node.evidence, indent + 2);
    if let Some(reads) = printed.reads.remove(&node.agent) {
        lineage(text, &format!("the {} agent read", node.agent), reads, indent + 2);
    }
}

pub(super) fn list(text: &mut String, nodes: &[EvidenceNode], indent: usize) {
    let widest = |part: &dyn Fn(&EvidenceNode) -> String| nodes.iter().map(|node| part(node).chars().count()).max();
    let value = |node: &EvidenceNode| figure(node.value);
    let names = widest(&|node| node.name.clone()).unwrap_or(0);
    let (values, units) = (widest(&value).unwrap_or(0), widest(&|node| node.unit.clone()).unwrap_or(0));
    for node in nodes {
        let _ = writeln!(
            text,
            "{:indent$}{:names$}  {:>values$} {:units$}  {}",
            "",
            node.name,
            value(node),
            node.unit,
            source(&node.source)
        );
    }
}

fn source(source: &EvidenceSource) -> String {
    match source {
        EvidenceSource::Observation { observation, agreement } => {
            let word = match agreement {
                Agreement::Same | Agreement::OtherUnit => "=",
                Agreement::Derived => "computed from",
                Agreement::Differs => "✗ is not",
            };
            format!("{word} {}", observation_text(observation))
        }
        EvidenceSource::NotVisible { series, period } => {
            let period = period.map_or_else(String::new, |period| format!(" of {period}"));
            format!("✗ {series}{period} is not visible at the cut in the market at hand")
        }
        EvidenceSource::Signal { signal } => format!("from the signal {signal}"),
        EvidenceSource::Composite { agent, composite } => {
            format!("from the {agent} composite ({:+.3} at confidence {:.3})", composite.score, composite.confidence)
        }
        EvidenceSource::Regime { regime } => format!("from the cross_asset regime ({:+.3})", regime.score),
        EvidenceSource::Parameter => "parameter".to_owned(),
        EvidenceSource::Computed => "computed from what was read".to_owned(),
    }
}

/// What was read: counts, and the newest figures, those that matter most to the instrument first.
pub(super) fn lineage(text: &mut String, reader: &str, reads: &Lineage, indent: usize) {
    if reads.series == 0 {
        return;
    }
    let _ = writeln!(
        text,
        "{:indent$}{reader} {} series, {} periods, {} of them with an assumed release; newest:",
        "",
        thousands(reads.series as u64),
        thousands(reads.rows as u64),
        thousands(reads.assumed as u64)
    );
    for observation in reads.newest.iter().take(READS_SHOWN) {
        let _ = writeln!(text, "{:indent$}  {}", "", observation_text(observation));
    }
    if reads.newest.len() > READS_SHOWN {
        let _ = writeln!(text, "{:indent$}  and {} more: --json lists all", "", reads.newest.len() - READS_SHOWN);
    }
}

fn observation_text(observation: &Observation) -> String {
    let basis = match observation.basis {
        ReleaseBasis::Exact => "exact",
        ReleaseBasis::Scheduled => "scheduled",
        ReleaseBasis::Assumed => "assumed",
    };
    format!(
        "{} {} {}, released {} ({basis}), recorded {}",
        observation.series,
        observation.period,
        figure(observation.value),
        observation.released_at.format("%Y-%m-%d %H:%M UTC"),
        observation.recorded_at.format("%Y-%m-%d %H:%M UTC")
    )
}
