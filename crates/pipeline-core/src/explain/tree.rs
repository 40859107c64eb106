//! The explanation of a weight, put together.

use chrono::NaiveDate;
use market::Cut;
use market::instruments::{AssetClass, Instrument, InstrumentId};
use portfolio::{Constraint, ConstraintUse, Fallback, LotPosition, Thresholds, Trade};
use serde::Serialize;

use super::ExplainError;
use super::evidence::{AgentReads, ConsensusNode, Sources};
use super::faults::{self, Fault};
use super::stages::{self, Decided, StageNode, packages_with};
use super::strategies::{self, StrategyNode};
use crate::ports::StoredMarket;
use crate::record::{RunRecord, RunStatus};
use crate::state::DeskState;

/// Where a weight comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Run that decided it.
    pub run: ExplainedRun,
    /// Instrument.
    pub instrument: ExplainedInstrument,
    /// Weight: exposure over NAV, signed.
    pub weight: f64,
    /// What was held before; `None` when nothing was.
    pub held: Option<HeldWeight>,
    /// The trade to it; `None` when the held weight was kept.
    pub trade: Option<Trade>,
    /// What the allocator made of the target.
    pub allocation: AllocationNode,
    /// Every stage: the changes sum to the weight.
    pub stages: Vec<StageNode>,
    /// Every strategy: the parts sum to the weight.
    pub strategies: Vec<StrategyNode>,
    /// Consensus on the asset class; `None` when nobody spoke.
    pub consensus: Option<ConsensusNode>,
    /// What the agents read whose signals are in the tree, in their order.
    pub agents: Vec<AgentReads>,
    /// What the parts leave unexplained.
    pub unexplained: Unexplained,
    /// What does not agree; empty when the answer can be relied on.
    pub faults: Vec<Fault>,
}

/// The run an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedRun {
    /// UUID v7.
    pub run_id: String,
    /// Desk.
    pub desk: String,
    /// Business date.
    pub run_date: NaiveDate,
    /// What it could see.
    pub cut: Cut,
    /// How it ended: only the weights of a successful or degraded run are released.
    pub status: RunStatus,
    /// True when it ran on simulated data.
    pub simulated: bool,
    /// Its digest.
    pub digest: String,
}

impl ExplainedRun {
    pub(super) fn of(record: &RunRecord) -> Self {
        let header = &record.header;
        Self {
            run_id: header.run_id.clone(),
            desk: header.desk.clone(),
            run_date: header.run_date,
            cut: header.cut,
            status: record.status,
            simulated: header.simulated,
            digest: record.digest.clone(),
        }
    }
}

/// The instrument an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedInstrument {
    /// Identity.
    pub id: InstrumentId,
    /// One line for people.
    pub name: String,
    /// Asset class.
    pub asset_class: AssetClass,
}

impl ExplainedInstrument {
    pub(super) fn of(instrument: &Instrument) -> Self {
        let name = instrument.name.to_owned();
        Self { id: instrument.id.clone(), name, asset_class: instrument.asset_class }
    }
}

/// The weight the run began with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldWeight {
    /// Date of the run that left it.
    pub since: Option<NaiveDate>,
    /// Weight in the state that run left; `None` when the state is not at hand.
    pub left: Option<f64>,
    /// Weight this run began with, worked out backwards from the drifted one and the returns.
    pub began: f64,
    /// The weight before: `left` where it is known, otherwise `began`.
    pub before: f64,
    /// Excess return of the instrument since; `None` when it has none yet.
    pub growth: Option<f64>,
    /// Return of the NAV since.
    pub nav_return: f64,
    /// Weight after both.
    pub drifted: f64,
    /// `drifted - before`.
    pub drift: f64,
}

impl HeldWeight {
    /// `None` when neither the run nor the state before it held the instrument.
    pub(super) fn of(record: &RunRecord, previous: Option<&DeskState>, id: &InstrumentId) -> Option<Self> {
        let marking = &record.outcome.marking;
        // A day that failed before it was marked says nothing of what was held.
        let marked = marking.from.is_some();
        let left = previous.filter(|_| marked).map(|state| state.weights.get(id).copied().unwrap_or(0.0));
        let drifted = match marking.drifted.get(id) {
            Some(drifted) => *drifted,
            None if left.is_some_and(|left| left != 0.0) => 0.0,
            None => return None,
        };
        let growth = marking.growth.get(id).copied();
        let factor = 1.0 + growth.unwrap_or(0.0);
        // An instrument that lost everything left no weight to go back from; its loss is the weight it had.
        let began = match factor == 0.0 {
            true => -marking.by_instrument.get(id).copied().unwrap_or(0.0),
            false => drifted * (1.0 + marking.total) / factor,
        };
        let before = left.unwrap_or(began);
        let (since, nav_return, drift) = (marking.from, marking.total, drifted - before);
        Some(Self { since, left, began, before, growth, nav_return, drifted, drift })
    }
}

/// From the target to the book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AllocationNode {
    /// Weight the constructor asked for.
    pub target: f64,
    /// Weight the constraints allow.
    pub attainable: f64,
    /// True when the book was traded.
    pub rebalanced: bool,
    /// Why it was or was not.
    pub reasons: Vec<String>,
    /// Largest difference of any instrument between the held and the attainable book.
    pub drift: f64,
    /// The same as tracking volatility over the book's volatility, where it is known.
    pub risk_drift: Option<f64>,
    /// Levels below which the book is left as it is; `None` in records that did not keep them.
    pub thresholds: Option<Thresholds>,
    /// What each package with the instrument got of its target.
    pub packages: Vec<PackageScale>,
    /// Use of the constraints that touch the instrument, by the book as released.
    pub constraints: Vec<ConstraintUse>,
    /// The instrument in whole lots; `None` without a quote and in records that did not keep them.
    pub lots: Option<LotPosition>,
    /// The declared fallback, when it was used.
    pub fallback: Option<Fallback>,
}

/// What a package got of its target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackageScale {
    /// Package.
    pub package: String,
    /// Share of its target, in [0, 1].
    pub scale: f64,
    /// Binding constraints that touch it; empty when it got its target, or when the cost of trading held it back.
    pub binding: Vec<String>,
}

/// Gaps between the weight and the sums of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Unexplained {
    /// Weight less the sum of the stages' changes.
    pub by_stage: f64,
    /// Weight less the sum of the strategies' parts.
    pub by_strategy: f64,
    /// Of the strategy where it is largest: its part less the parts of its positions and of what was held over.
    pub by_position: f64,
    /// Consensus score of the asset class less the sum of its contributions: a score, not exposure.
    pub by_consensus: f64,
}

impl Unexplained {
    /// Largest gap that still counts as none: the rounding of sums of weights.
    pub const TOLERANCE: f64 = 1e-12;

    /// Largest gap.
    pub fn largest(&self) -> f64 {
        let gaps = [self.by_stage, self.by_strategy, self.by_position, self.by_consensus];
        gaps.into_iter().fold(0.0, |most, gap| gap.abs().max(most))
    }

    /// True when every part adds up.
    pub fn is_none(&self) -> bool {
        self.largest() <= Self::TOLERANCE
    }
}

pub(super) fn build(
    record: &RunRecord,
    market: &StoredMarket,
    previous: Option<&DeskState>,
    instrument: &Instrument,
    weight: f64,
) -> Result<Explanation, ExplainError> {
    let id = &instrument.id;
    let not_kept = |what| ExplainError::NotKept { instrument: id.clone(), run_id: record.header.run_id.clone(), what };
    let outcome = &record.outcome;
    let construction = outcome.construction.as_ref().ok_or_else(|| not_kept("construction"))?;
    let allocation = outcome.allocation.as_ref().ok_or_else(|| not_kept("allocation"))?;
    let decided = Decided { outcome, construction, allocation };
    let sources = Sources::new(record, market, instrument);
    let held = HeldWeight::of(record, previous, id);
    let stages = stages::chain(decided, id, held.as_ref(), weight);
    let strategies = strategies::nodes(decided, &sources, id, weight);
    let consensus = sources.consensus();
    let mut explanation = Explanation {
        run: ExplainedRun::of(record),
        instrument: ExplainedInstrument::of(instrument),
        weight,
        trade: allocation.trades.iter().find(|trade| trade.instrument == *id).cloned(),
        allocation: allocation_node(decided, instrument),
        unexplained: unexplained(weight, &stages, &strategies, consensus.as_ref()),
        agents: sources.agents(consensus.as_ref(), &strategies),
        faults: faults::of_record(record, &sources),
        consensus: consensus.filter(|consensus| !consensus.contributions.is_empty()),
        held,
        stages,
        strategies,
    };
    explanation.faults.extend(faults::of_held(explanation.held.as_ref()));
    let found = faults::of_tree(&explanation);
    explanation.faults.extend(found);
    Ok(explanation)
}

fn unexplained(
    weight: f64,
    stages: &[StageNode],
    strategies: &[StrategyNode],
    consensus: Option<&ConsensusNode>,
) -> Unexplained {
    let by_position = strategies
        .iter()
        .map(|node| node.part - node.held_over - node.positions.iter().map(|position| position.part).sum::<f64>())
        .fold(0.0, |most: f64, gap| if gap.abs() > most.abs() { gap } else { most });
    Unexplained {
        by_stage: weight - stages.iter().map(|stage| stage.change).sum::<f64>(),
        by_strategy: weight - strategies.iter().map(|node| node.part).sum::<f64>(),
        by_position,
        by_consensus: consensus
            .map_or(0.0, |node| node.score - node.contributions.iter().map(|part| part.value).sum::<f64>()),
    }
}

fn allocation_node(decided: Decided<'_>, instrument: &Instrument) -> AllocationNode {
    let Decided { construction, allocation, .. } = decided;
    let id = &instrument.id;
    let packages = packages_with(construction, id)
        .map(|(package, _)| {
            let (scale, binding) = allocation.share_of(&package.name);
            PackageScale { package: package.name.clone(), scale, binding }
        })
        .collect();
    AllocationNode {
        target: construction.weights.get(id).copied().unwrap_or(0.0),
        attainable: decided.attainable(id),
        rebalanced: allocation.rebalanced,
        reasons: allocation.reasons.clone(),
        drift: allocation.drift,
        risk_drift: allocation.risk_drift,
        thresholds: allocation.thresholds,
        packages,
        constraints: allocation
            .constraints
            .iter()
            .filter(|used| touches(&used.constraint, instrument))
            .cloned()
            .collect(),
        lots: allocation.lots.as_ref().and_then(|lots| lots.position(id)).cloned(),
        fallback: allocation.fallback.clone(),
    }
}

/// True for constraints on the instrument, its class, or the whole book.
pub(super) fn touches(constraint: &Constraint, of: &Instrument) -> bool {
    match constraint {
        Constraint::GrossLeverage
        | Constraint::Net
        | Constraint::Turnover
        | Constraint::Volatility
        | Constraint::Exposure { .. }
        | Constraint::Linear { .. } => true,
        Constraint::SinglePosition { instrument }
        | Constraint::RiskContribution { instrument }
        | Constraint::Bounds { instrument } => *instrument == of.id,
        Constraint::Currency { .. } => of.asset_class == AssetClass::Fx,
        Constraint::Package { .. } => false,
        Constraint::AssetClass { asset_class } => *asset_class == of.asset_class,
    }
}
