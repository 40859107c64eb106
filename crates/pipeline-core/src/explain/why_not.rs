//! Looking for the reasons in the record.

use agents::Direction;
use market::instruments::{Instrument, InstrumentId, find};
use portfolio::{Allocation, Construction};
use quality::Severity;
use strategies::{
    Decision, SignalReading, StrategiesConfig, StrategyId, StrategyPosition, StrategyRegistry, StrategyReport,
};

use super::evidence::Sources;
use super::faults;
use super::reasons::{Claim, PackageExposure, Reason, SignalLevel, WhyNot};
use super::stages::packages_with;
use super::tree::{ExplainedInstrument, ExplainedRun, HeldWeight, PackageScale};
use crate::ports::StoredMarket;
use crate::record::{RunRecord, StepStatus};
use crate::state::DeskState;

pub(super) fn build(
    record: &RunRecord,
    market: &StoredMarket,
    previous: Option<&DeskState>,
    instrument: &Instrument,
) -> WhyNot {
    let id = &instrument.id;
    let outcome = &record.outcome;
    let covered_by = covering(id);
    let mut reasons = Vec::new();
    reasons.extend(inputs(record, id));
    reasons.extend(of_strategies(record, id, &covered_by));
    if let Some(construction) = &outcome.construction {
        reasons.extend(of_construction(construction, &wanted(record, id), id));
        if let Some(allocation) = &outcome.allocation {
            reasons.extend(of_allocation(construction, allocation, id));
        }
    }
    reasons.extend(stopped(record));
    if reasons.is_empty() {
        reasons.push(Reason::NotRecorded);
    }
    let allocation = outcome.allocation.as_ref();
    let held = HeldWeight::of(record, previous, id);
    let mut faults = faults::of_record(record, &Sources::new(record, market, instrument));
    faults.extend(faults::of_held(held.as_ref()));
    WhyNot {
        run: ExplainedRun::of(record),
        instrument: ExplainedInstrument::of(instrument),
        held,
        trade: allocation.and_then(|made| made.trades.iter().find(|trade| trade.instrument == *id)).cloned(),
        covered_by,
        reasons,
        faults,
    }
}

/// Strategies of the house that trade the instrument. Which instruments a strategy trades is no parameter of it.
fn covering(id: &InstrumentId) -> Vec<StrategyId> {
    let Ok(registry) = StrategyRegistry::standard(&StrategiesConfig::default()) else { return Vec::new() };
    registry.iter().filter(|strategy| strategy.instruments().contains(id)).map(|strategy| strategy.id()).collect()
}

/// Positions with a leg in the instrument.
fn wanted<'r>(record: &'r RunRecord, id: &InstrumentId) -> Vec<&'r StrategyPosition> {
    let reports = record.outcome.strategies.iter().filter_map(|entry| entry.report.as_ref());
    let positions = reports.flat_map(|report| &report.positions);
    positions.filter(|position| position.legs.iter().any(|leg| leg.instrument == *id)).collect()
}

fn inputs(record: &RunRecord, id: &InstrumentId) -> Option<Reason> {
    let quality = &record.outcome.quality;
    let coverage = quality.coverage.iter().find(|coverage| coverage.group == format!("instrument {id}"))?;
    let (missing, blocked) = (coverage.missing.clone(), coverage.blocked.clone());
    if missing.is_empty() && blocked.is_empty() {
        return None;
    }
    let failed = quality.findings.iter().filter(|finding| {
        finding.severity == Severity::Fail && finding.waived.is_none() && blocked.contains(&finding.series)
    });
    Some(Reason::Inputs { findings: failed.cloned().collect(), missing, blocked })
}

fn of_strategies(record: &RunRecord, id: &InstrumentId, covered_by: &[StrategyId]) -> Vec<Reason> {
    let ran = &record.outcome.strategies;
    if ran.is_empty() {
        return Vec::new();
    }
    if covered_by.is_empty() && wanted(record, id).is_empty() {
        return vec![Reason::NotCovered { ran: ran.iter().map(|entry| entry.strategy.clone()).collect() }];
    }
    let mut reasons = Vec::new();
    for strategy in covered_by {
        let Some(entry) = ran.iter().find(|entry| entry.strategy == *strategy) else {
            reasons.push(Reason::Disabled { strategy: strategy.clone() });
            continue;
        };
        match &entry.report {
            Some(report) => reasons.extend(of_report(report, id)),
            None => {
                let error = entry.error.clone().unwrap_or_default();
                reasons.push(Reason::StrategyFailed { strategy: strategy.clone(), error });
            }
        }
    }
    reasons
}

fn of_report(report: &StrategyReport, id: &InstrumentId) -> Vec<Reason> {
    let strategy = report.strategy.clone();
    if let Some(reason) = &report.abstained {
        let closed = match &report.decision {
            Decision::Close { package, .. } => Some(package.clone()),
            _ => None,
        };
        return vec![Reason::Abstained { strategy, reason: reason.clone(), closed }];
    }
    let about: Vec<&SignalReading> = report.signals.iter().filter(|reading| speaks_of(reading, id)).collect();
    if about.is_empty() {
        if let Decision::Close { package, reason } = &report.decision
            && package == id.as_str()
        {
            return vec![Reason::Closed { strategy, package: package.clone(), reason: *reason, signal: None }];
        }
        let notes = report.notes.iter().filter(|note| note.contains(id.as_str())).cloned().collect();
        return vec![Reason::NotJudged { strategy, notes }];
    }
    let held = |reading: &&SignalReading| report.positions.iter().any(|position| position.package == reading.package);
    about.into_iter().filter(|reading| !held(reading)).map(|reading| judged(report, reading)).collect()
}

/// A package named as the instrument speaks of it, and a spread of a strategy that trades it may.
fn speaks_of(reading: &SignalReading, id: &InstrumentId) -> bool {
    reading.package == id.as_str() || find(&InstrumentId::new(&reading.package)).is_none()
}

fn judged(report: &StrategyReport, reading: &SignalReading) -> Reason {
    let strategy = report.strategy.clone();
    let signal = level(reading);
    match &report.decision {
        Decision::Close { package, reason } if *package == reading.package => {
            Reason::Closed { strategy, package: package.clone(), reason: *reason, signal: Some(signal) }
        }
        _ if reading.side() == Direction::Neutral => Reason::InsideThreshold { strategy, signal },
        Decision::Close { package, .. } => Reason::NotReplaced { strategy, signal, closed: package.clone() },
        Decision::Hold { package } | Decision::Open { package } => {
            let other = report.signals.iter().find(|other| other.package == *package);
            let held_signal = other.map(|other| other.value);
            Reason::Elsewhere { strategy, signal, holds: package.clone(), held_signal }
        }
        Decision::Stay => {
            let side = reading.side();
            let waiting = report.next_state.rearming.iter().find(|waiting| waiting.direction == side);
            Reason::Rearming { strategy, signal, side, since: waiting.map(|waiting| waiting.since) }
        }
    }
}

fn level(reading: &SignalReading) -> SignalLevel {
    SignalLevel {
        package: reading.package.clone(),
        value: reading.value,
        unit: reading.unit.clone(),
        entry_threshold: reading.entry_threshold,
        exit_threshold: reading.exit_threshold,
    }
}

fn of_construction(construction: &Construction, wanted: &[&StrategyPosition], id: &InstrumentId) -> Vec<Reason> {
    // A package is named as its instrument or as its first strategy calls it, with the strategy where names collide.
    let holds = |package: &str| {
        package == id.as_str()
            || wanted.iter().any(|position| {
                package == position.package || package == format!("{} {}", position.package, position.strategy)
            })
    };
    let mut reasons = Vec::new();
    for dropped in construction.dropped.iter().filter(|dropped| holds(&dropped.package)) {
        reasons.push(match dropped.missing_data {
            true => Reason::Dropped {
                package: dropped.package.clone(),
                strategies: dropped.strategies.clone(),
                reason: dropped.reason.clone(),
            },
            false => {
                let of_package = wanted.iter().filter(|position| dropped.strategies.contains(&position.strategy));
                let claims = of_package.filter_map(|position| claim(position, id)).collect();
                Reason::NettedToZero { package: dropped.package.clone(), claims }
            }
        });
    }
    for pair in construction.stages.windows(2) {
        for (package, before) in pair[0].packages.iter().filter(|(package, before)| **before > 0.0 && holds(package)) {
            if pair[1].packages.get(package) == Some(&0.0) {
                reasons.push(Reason::ScaledToZero {
                    package: package.clone(),
                    stage: pair[1].name.clone(),
                    before: *before,
                    breaker_scale: construction.breaker_scale,
                    regime_scale: construction.regime_scale,
                });
            }
        }
    }
    let exposures: Vec<PackageExposure> = packages_with(construction, id)
        .map(|(package, ratio)| PackageExposure { package: package.name.clone(), exposure: package.weight * ratio })
        .collect();
    if !exposures.is_empty() && !construction.weights.contains_key(id) {
        reasons.push(Reason::LegsCancel { exposures });
    }
    reasons
}

fn claim(position: &StrategyPosition, id: &InstrumentId) -> Option<Claim> {
    let leg = position.legs.iter().find(|leg| leg.instrument == *id)?;
    Some(Claim {
        strategy: position.strategy.clone(),
        package: position.package.clone(),
        conviction: position.conviction() * leg.ratio,
    })
}

fn of_allocation(construction: &Construction, allocation: &Allocation, id: &InstrumentId) -> Option<Reason> {
    let target = *construction.weights.get(id)?;
    let attainable = allocation.attainable.get(id).copied().unwrap_or(0.0);
    if attainable == 0.0 {
        let packages = packages_with(construction, id).map(|(package, _)| {
            let (scale, binding) = allocation.share_of(&package.name);
            PackageScale { package: package.name.clone(), scale, binding }
        });
        return Some(Reason::HeldBack { target, packages: packages.collect() });
    }
    let lots = allocation.lots.as_ref();
    if let Some(position) = lots.filter(|lots| lots.weight(id, attainable) == 0.0).and_then(|lots| lots.position(id)) {
        return Some(Reason::LessThanALot { position: position.clone() });
    }
    let thresholds = allocation.thresholds;
    let drifted = thresholds.is_some_and(|levels| {
        let trigger = levels.drift_trigger;
        allocation.drift > trigger || allocation.risk_drift.is_some_and(|drift| drift > trigger)
    });
    if allocation.rebalanced || drifted {
        let minimum_trade = thresholds.map(|levels| levels.minimum_trade);
        return Some(Reason::TooSmall { attainable, minimum_trade });
    }
    let drift_trigger = thresholds.map(|levels| levels.drift_trigger);
    Some(Reason::BookKept { attainable, drift: allocation.drift, drift_trigger })
}

fn stopped(record: &RunRecord) -> Option<Reason> {
    if record.outcome.allocation.is_some() {
        return None;
    }
    let ended = |status| matches!(status, StepStatus::Failed | StepStatus::Blocked);
    let step = record.outcome.steps.iter().find(|step| ended(step.status))?;
    Some(Reason::RunStopped { step: step.name, status: step.status, detail: step.detail.clone() })
}
