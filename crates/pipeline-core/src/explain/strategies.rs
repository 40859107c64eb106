//! The strategies' additive parts of a weight.

use std::collections::{BTreeMap, BTreeSet};

use agents::Direction;
use chrono::NaiveDate;
use market::instruments::InstrumentId;
use serde::Serialize;
use strategies::{Decision, StrategyId, StrategyPosition};

use super::evidence::{EvidenceNode, Lineage, SignalNode, Sources};
use super::stages::{Decided, packages_with};

/// A strategy's part of a weight: the parts of its positions and of what was held over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrategyNode {
    /// Strategy; `DESK` for what no strategy explains.
    pub strategy: StrategyId,
    /// Its part, exposure over NAV, signed: the weight in its virtual book.
    pub part: f64,
    /// Part that its positions do not ask for today: it was held before and kept, in proportion to its claims.
    pub held_over: f64,
    /// What it decided today; `None` when it has no report.
    pub decision: Option<Decision>,
    /// Its positions with this instrument.
    pub positions: Vec<PositionNode>,
    /// What it read.
    pub reads: Lineage,
}

/// A position's part of a weight: units of the package, times the share of the strategy, the ratio of the leg and the scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PositionNode {
    /// Package in the book.
    pub package: String,
    /// Exposure over NAV, signed.
    pub part: f64,
    /// Target units of the package over NAV.
    pub units: f64,
    /// Share of the strategy in the package; negative when the netting left the other side.
    pub share: f64,
    /// Signed exposure of the leg per unit.
    pub ratio: f64,
    /// Share of its target that the allocator gave the package, in [0, 1].
    pub scale: f64,
    /// What the strategy asked for; `None` when the record lost it.
    pub wanted: Option<WantedPosition>,
}

/// A position as its strategy stated it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WantedPosition {
    /// The strategy's own name of the package.
    pub package: String,
    /// Side of the package.
    pub direction: Direction,
    /// Risk units in (0, 1].
    pub size: f64,
    /// In [0, 1].
    pub confidence: f64,
    /// Signal today, signed.
    pub signal: f64,
    /// Unit of the signal and the thresholds; empty when the report does not give it.
    pub unit: String,
    /// Level of |signal| above which it opens.
    pub entry_threshold: f64,
    /// Level below which it closes.
    pub exit_threshold: f64,
    /// When it was opened.
    pub entry_date: NaiveDate,
    /// Excess return since, per unit (decimal).
    pub cumulative_return: f64,
    /// What would end or turn it.
    pub flips_when: String,
    /// Numbers it rests on.
    pub evidence: Vec<EvidenceNode>,
    /// The agents' signals among them.
    pub signals: Vec<SignalNode>,
}

/// The strategies with a part, in the order of their ids.
pub(super) fn nodes(decided: Decided<'_>, sources: &Sources<'_>, id: &InstrumentId, weight: f64) -> Vec<StrategyNode> {
    let mut positions: BTreeMap<&StrategyId, Vec<PositionNode>> = BTreeMap::new();
    for (package, ratio) in packages_with(decided.construction, id) {
        let scale = decided.scale(&package.name);
        for member in &package.members {
            positions.entry(&member.strategy).or_default().push(PositionNode {
                package: package.name.clone(),
                part: scale * member.share * package.weight * ratio,
                units: package.weight,
                share: member.share,
                ratio,
                scale,
                wanted: wanted(decided, sources, &member.strategy, &member.package),
            });
        }
    }
    let asked: BTreeMap<&StrategyId, f64> =
        positions.iter().map(|(strategy, own)| (*strategy, own.iter().map(|node| node.part).sum())).collect();
    // The rule of the virtual books, applied again: the check that the books follow from the packages.
    let claims: f64 = asked.values().map(|part: &f64| part.abs()).sum();
    let residual = weight - asked.values().sum::<f64>();
    let booked = |strategy: &StrategyId| {
        let book = decided.outcome.by_strategy.get(strategy);
        book.and_then(|book| book.get(id)).copied().unwrap_or(0.0)
    };
    let held_by: BTreeSet<&StrategyId> = decided
        .outcome
        .by_strategy
        .iter()
        .filter(|(_, book)| book.contains_key(id))
        .map(|(strategy, _)| strategy)
        .collect();
    let all: BTreeSet<&StrategyId> = asked.keys().copied().chain(held_by).collect();
    all.into_iter()
        .map(|strategy| {
            let part = booked(strategy);
            let held_over = match asked.get(strategy) {
                Some(asked) if claims > 0.0 => residual * asked.abs() / claims,
                Some(_) | None => part,
            };
            let report = decided.outcome.strategies.iter().find(|entry| entry.strategy == *strategy);
            let report = report.and_then(|entry| entry.report.as_ref());
            StrategyNode {
                strategy: strategy.clone(),
                part,
                held_over,
                decision: report.map(|report| report.decision.clone()),
                positions: positions.remove(strategy).unwrap_or_default(),
                reads: report.map(|report| sources.lineage(&report.reads, &report.evidence)).unwrap_or_default(),
            }
        })
        .collect()
}

fn wanted(decided: Decided<'_>, sources: &Sources<'_>, strategy: &StrategyId, package: &str) -> Option<WantedPosition> {
    let entry = decided.outcome.strategies.iter().find(|entry| entry.strategy == *strategy)?;
    let report = entry.report.as_ref()?;
    let position: &StrategyPosition = report.positions.iter().find(|position| position.package == package)?;
    let reading = report.signals.iter().find(|reading| reading.package == package);
    let (evidence, signals) = sources.position(&position.evidence);
    Some(WantedPosition {
        package: position.package.clone(),
        direction: position.direction,
        size: position.size,
        confidence: position.confidence,
        signal: position.signal,
        unit: reading.map_or_else(String::new, |reading| reading.unit.clone()),
        entry_threshold: position.entry_threshold,
        exit_threshold: position.exit_threshold,
        entry_date: position.entry_date,
        cumulative_return: position.cumulative_return,
        flips_when: position.flips_when.clone(),
        evidence,
        signals,
    })
}
