//! Signals, the evidence under them, and the observations under that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use agents::{AgentId, AgentReport, AgentSignal, Composite, Direction, Evidence, Regime, Strength};
use chrono::{DateTime, NaiveDate, Utc};
use market::instruments::{AssetClass, Instrument};
use market::{AsOf, Calendars, Observation, ReadLog, ReleaseBasis, SeriesId};
use serde::Serialize;

use super::relevance::Relevance;
use super::strategies::StrategyNode;
use crate::ports::StoredMarket;
use crate::record::RunRecord;

/// Relative difference within which two figures are the same: the rounding of a change of unit.
const SAME: f64 = 1e-12;

/// How evidence names a parameter of the configuration.
const PARAMETER: &str = "(parameter)";

/// Looking an observation up by series and period needs no calendar, but a view has them.
static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::embedded);

/// What the house thought of the instrument's asset class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConsensusNode {
    /// Asset class.
    pub asset_class: AssetClass,
    /// Sum of the contributions, in [-1, 1]: positive expects the price to rise.
    pub score: f64,
    /// Side of the score.
    pub direction: Direction,
    /// In [0, 1].
    pub confidence: f64,
    /// Factor of the veto on exposure to the class; one when there is none.
    pub exposure_scale: f64,
    /// The parts of the score.
    pub contributions: Vec<ContributionNode>,
}

/// One signal's part of a consensus score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContributionNode {
    /// Part of the score, signed.
    pub value: f64,
    /// Agent that spoke.
    pub agent: AgentId,
    /// Its signal; `None` when the record lost it.
    pub signal: Option<SignalNode>,
}

/// What a model said, with what it stands on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalNode {
    /// Model and variant.
    pub id: String,
    /// Agent that speaks.
    pub agent: AgentId,
    /// The variable it is about.
    pub subject: String,
    /// The model's figure, in `unit`.
    pub value: f64,
    /// Unit of `value`.
    pub unit: String,
    /// Bounded reading for the subject, in [-1, 1].
    pub score: f64,
    /// In [0, 1].
    pub confidence: f64,
    /// The confidence in words.
    pub strength: Strength,
    /// What it says of the price of the instrument's asset class, in [-1, 1]; `None` when it says nothing of it.
    pub price_view: Option<f64>,
    /// Statistics of the estimation.
    pub diagnostics: BTreeMap<String, f64>,
    /// The numbers it stands on.
    pub evidence: Vec<EvidenceNode>,
}

/// A number that something stands on, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceNode {
    /// What the number is.
    pub name: String,
    /// The number, in `unit`.
    pub value: f64,
    /// Unit of `value`.
    pub unit: String,
    /// Where it comes from.
    pub source: EvidenceSource,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EvidenceSource {
    /// It was read from a series: the vintage visible at the cut.
    Observation {
        /// The vintage.
        observation: Observation,
        /// Whether the number is the vintage's.
        agreement: Agreement,
    },
    /// It names a series and a period of which the market at hand shows nothing at the cut.
    NotVisible {
        /// Series named.
        series: SeriesId,
        /// Period named; `None` when it names none.
        period: Option<NaiveDate>,
    },
    /// It restates a signal of an agent.
    Signal {
        /// Id of the signal.
        signal: String,
    },
    /// It restates the composite of an agent, which all its signals make up.
    Composite {
        /// Agent.
        agent: AgentId,
        /// Its composite.
        composite: Composite,
    },
    /// It restates the regime of the cross-asset agent.
    Regime {
        /// The regime.
        regime: Regime,
    },
    /// A parameter of the configuration.
    Parameter,
    /// Computed from what the agent or strategy read.
    Computed,
}

/// Whether a number is the figure it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// It is.
    Same,
    /// It is, but for percent against decimal.
    OtherUnit,
    /// It says of itself that it was worked out from this figure and others.
    Derived,
    /// It was read as it was published, and is another one.
    Differs,
}

/// What an agent or a strategy read: the newest visible figure of every series.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lineage {
    /// Series read.
    pub series: usize,
    /// Periods of them that were visible.
    pub rows: usize,
    /// How many of these rest on an assumed release instant.
    pub assumed: usize,
    /// Latest release instant among them: never after the cut.
    pub latest_released_at: Option<DateTime<Utc>>,
    /// Newest figure of every series read: of those the instrument is priced from first, then of those cited as
    /// evidence, then of the rest; of each the newest period first, of a curve the vertices nearest to the instrument first.
    pub newest: Vec<Observation>,
}

impl Lineage {
    /// How many of the newest figures rest on an assumed release instant.
    pub fn newest_assumed(&self) -> usize {
        self.newest.iter().filter(|observation| observation.basis == ReleaseBasis::Assumed).count()
    }
}

/// What one agent read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentReads {
    /// Agent.
    pub agent: AgentId,
    /// What it read for all its signals together.
    pub reads: Lineage,
}

/// A run's reports and the market at its cut.
pub(super) struct Sources<'a> {
    record: &'a RunRecord,
    view: AsOf<'a>,
    class: AssetClass,
    relevance: Relevance,
}

impl<'a> Sources<'a> {
    pub(super) fn new(record: &'a RunRecord, market: &'a StoredMarket, instrument: &Instrument) -> Self {
        let view = AsOf::new(&market.history, &market.catalogue, &CALENDARS, record.header.cut);
        Self {
            record,
            view,
            class: instrument.asset_class,
            relevance: Relevance::of(instrument, record.header.run_date),
        }
    }

    pub(super) fn consensus(&self) -> Option<ConsensusNode> {
        let consensus = self.record.outcome.consensus.iter().find(|held| held.asset_class == self.class)?;
        let contributions = consensus
            .contributions
            .iter()
            .map(|part| {
                let said = self.reports().find(|report| report.agent == part.agent);
                let signal = said.and_then(|report| report.signal(&part.signal));
                ContributionNode {
                    value: part.value,
                    agent: part.agent,
                    signal: signal.map(|signal| self.signal(signal)),
                }
            })
            .collect();
        Some(ConsensusNode {
            asset_class: consensus.asset_class,
            score: consensus.score,
            direction: consensus.direction,
            confidence: consensus.confidence,
            exposure_scale: consensus.exposure_scale,
            contributions,
        })
    }

    /// The evidence of a position, and the signals it restates, in the agents' order.
    pub(super) fn position(&self, evidence: &[Evidence]) -> (Vec<EvidenceNode>, Vec<SignalNode>) {
        let nodes: Vec<EvidenceNode> =
            evidence.iter().map(|item| node(item, self.restated(item).unwrap_or_else(|| self.source(item)))).collect();
        let restated = |report: &AgentReport, signal: &AgentSignal| {
            nodes.iter().any(|node| match &node.source {
                EvidenceSource::Signal { signal: id } => *id == signal.id,
                EvidenceSource::Composite { agent, .. } => *agent == report.agent,
                EvidenceSource::Regime { .. } => report.agent == AgentId::CrossAsset,
                _ => false,
            })
        };
        let signals = self
            .reports()
            .flat_map(|report| report.signals.iter().map(move |signal| (report, signal)))
            .filter(|(report, signal)| restated(report, signal))
            .map(|(_, signal)| self.signal(signal))
            .collect();
        (nodes, signals)
    }

    /// Fingerprint of what the run read, in the market at hand.
    pub(super) fn fingerprint(&self) -> String {
        self.view.fingerprint(self.record.outcome.reads.keys())
    }

    /// What the agents read whose signals are in the consensus or under a position, in their order.
    pub(super) fn agents(&self, consensus: Option<&ConsensusNode>, strategies: &[StrategyNode]) -> Vec<AgentReads> {
        let spoke = consensus.into_iter().flat_map(|node| node.contributions.iter().map(|part| part.agent));
        let wanted = strategies.iter().flat_map(|node| &node.positions).filter_map(|node| node.wanted.as_ref());
        let restated = wanted.flat_map(|wanted| wanted.signals.iter().map(|signal| signal.agent));
        let agents: BTreeSet<AgentId> = spoke.chain(restated).collect();
        let among = self.reports().filter(|report| agents.contains(&report.agent));
        among
            .map(|report| {
                let cited = report.signals.iter().flat_map(|signal| &signal.evidence);
                AgentReads { agent: report.agent, reads: self.lineage(&report.reads, cited) }
            })
            .collect()
    }

    /// What was read, the relevant first: `cited` is the evidence of the reader.
    pub(super) fn lineage<'e>(&self, reads: &ReadLog, cited: impl IntoIterator<Item = &'e Evidence>) -> Lineage {
        let cited: BTreeSet<&SeriesId> = cited.into_iter().filter_map(|item| item.series.as_ref()).collect();
        let mut newest: Vec<Observation> =
            reads.iter().filter_map(|(series, read)| self.view.vintages(series, read.last_period?).pop()).collect();
        self.relevance.sort(&mut newest, self.view.catalogue(), &cited);
        Lineage {
            series: reads.len(),
            rows: reads.values().map(|read| read.rows).sum(),
            assumed: reads.values().map(|read| read.assumed).sum(),
            latest_released_at: reads.values().filter_map(|read| read.latest_released_at).max(),
            newest,
        }
    }

    fn reports(&self) -> impl Iterator<Item = &'a AgentReport> {
        self.record.outcome.agents.iter().filter_map(|entry| entry.report.as_ref())
    }

    fn signal(&self, signal: &AgentSignal) -> SignalNode {
        SignalNode {
            id: signal.id.clone(),
            agent: signal.agent,
            subject: signal.subject.clone(),
            value: signal.value,
            unit: signal.unit.clone(),
            score: signal.score,
            confidence: signal.confidence,
            strength: signal.strength,
            price_view: signal.implications.contains_key(&self.class).then(|| signal.price_view(self.class)),
            diagnostics: signal.diagnostics.clone(),
            evidence: signal.evidence.iter().map(|item| node(item, self.source(item))).collect(),
        }
    }

    /// What a strategy's evidence restates of the agents. Strategies name it: the id of the signal in parentheses, the
    /// agent before the word composite, or the cross-asset regime.
    fn restated(&self, item: &Evidence) -> Option<EvidenceSource> {
        for report in self.reports() {
            let named = |signal: &&AgentSignal| item.name.contains(&format!("({})", signal.id));
            if let Some(signal) = report.signals.iter().find(named) {
                return Some(EvidenceSource::Signal { signal: signal.id.clone() });
            }
            if let Some(composite) =
                report.composite.filter(|_| item.name.contains(&format!("{} composite", report.agent)))
            {
                return Some(EvidenceSource::Composite { agent: report.agent, composite });
            }
        }
        let regime = self.record.outcome.regime.filter(|_| item.series.is_none() && item.name.contains("regime"))?;
        Some(EvidenceSource::Regime { regime })
    }

    fn source(&self, item: &Evidence) -> EvidenceSource {
        let Some(series) = &item.series else {
            let parameter = item.name.ends_with(PARAMETER);
            return if parameter { EvidenceSource::Parameter } else { EvidenceSource::Computed };
        };
        let visible = match item.period {
            Some(period) => self.view.vintages(series, period).pop(),
            None => self.view.latest(series).ok(),
        };
        match visible {
            Some(observation) => {
                EvidenceSource::Observation { agreement: agreement(item, observation.value), observation }
            }
            None => EvidenceSource::NotVisible { series: series.clone(), period: item.period },
        }
    }
}

fn node(item: &Evidence, source: EvidenceSource) -> EvidenceNode {
    EvidenceNode { name: item.name.clone(), value: item.value, unit: item.unit.clone(), source }
}

/// A figure without a period may stand for any of them: only one with a period can be another than it says.
fn agreement(item: &Evidence, visible: f64) -> Agreement {
    let value = item.value;
    let same = |a: f64, b: f64| (a - b).abs() <= SAME * a.abs().max(b.abs());
    if same(value, visible) {
        Agreement::Same
    } else if same(value, 100.0 * visible) || same(100.0 * value, visible) {
        Agreement::OtherUnit
    } else if item.derived || item.period.is_none() {
        Agreement::Derived
    } else {
        Agreement::Differs
    }
}
