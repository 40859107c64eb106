//! The life of a package: one set of rules for every strategy.
//!
//! ```text
//!                 |signal| > entry                     signal in its direction >= exit
//!      +------+  and side not rearming   +------+ ----------------+
//!      | flat | -----------------------> | open |                 | hold
//!      +------+                          +------+ <---------------+
//!          ^                                |
//!          +--------------------------------+
//!            close: stop, target, horizon, signal faded, data missing (the first that holds, in this order)
//! ```
//!
//! Between exit and entry a flat strategy stays flat and an open one holds: that is the hysteresis. A package that
//! closes is not replaced on the same date. After a stop or a target its side *rearms*: it opens again only when the
//! closed package's signal has fallen below the exit threshold in the meantime, or the horizon has passed; otherwise a
//! stop would be undone the next morning by the signal that caused it.
//!
//! An open package whose inputs are missing today is closed: what cannot be judged is not held.

use agents::{Direction, Evidence};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::mark::{self, DatedReturns};
use crate::state::Rearming;
use crate::{Caveats, SignalReading, conviction};
use crate::{Leg, OpenPackage, StrategyError, StrategyId, StrategyPosition, StrategyReport, StrategyState};

/// Levels and limits of a package's life.
///
/// Each strategy has its own defaults in its own units, so a configuration that gives rules gives all of them: a missing
/// field is an error, never another strategy's threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRules {
    /// |signal| above which a package opens.
    pub entry: f64,
    /// Signal in the package's direction below which it closes; at least zero and below `entry`.
    pub exit: f64,
    /// Loss at which it closes, in volatilities of the package over the horizon.
    pub stop_volatilities: f64,
    /// Gain at which it closes, in volatilities of the package over the horizon.
    pub target_volatilities: f64,
    /// Business days after which it closes.
    pub horizon_days: u32,
}

impl Default for LifecycleRules {
    fn default() -> Self {
        Self { entry: 1.0, exit: 0.5, stop_volatilities: 1.0, target_volatilities: 1.5, horizon_days: 63 }
    }
}

impl LifecycleRules {
    /// Refuses levels without meaning.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] naming the first.
    pub fn check(&self, strategy: &StrategyId) -> Result<(), StrategyError> {
        let refuse = |parameter, value: f64, why| {
            Err(StrategyError::Parameter { strategy: strategy.clone(), parameter, value: value.to_string(), why })
        };
        if !(self.entry.is_finite() && self.entry > 0.0) {
            return refuse("entry", self.entry, "must be positive");
        }
        if !(self.exit >= 0.0 && self.exit < self.entry) {
            return refuse("exit", self.exit, "must be at least zero and below entry");
        }
        if !(self.stop_volatilities.is_finite() && self.stop_volatilities > 0.0) {
            return refuse("stop_volatilities", self.stop_volatilities, "must be positive");
        }
        if !(self.target_volatilities.is_finite() && self.target_volatilities > 0.0) {
            return refuse("target_volatilities", self.target_volatilities, "must be positive");
        }
        if self.horizon_days == 0 {
            return refuse("horizon_days", 0.0, "must be at least one");
        }
        Ok(())
    }
}

/// Why a package was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Its cumulative return reached the stop.
    Stop,
    /// Its cumulative return reached the target.
    Target,
    /// It was held for the horizon.
    Horizon,
    /// Its signal fell below the exit threshold.
    SignalFaded,
    /// Its inputs are missing today.
    DataMissing,
}

/// What a strategy does about its package on a run date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Decision {
    /// It is flat and stays so.
    Stay,
    /// It holds the package it has.
    Hold {
        /// Package held.
        package: String,
    },
    /// It opens a package.
    Open {
        /// Package opened.
        package: String,
    },
    /// It closes the package it had.
    Close {
        /// Package closed.
        package: String,
        /// Why.
        reason: CloseReason,
    },
}

/// A package a strategy could hold, with everything the rules need to judge it today.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Name of the package.
    pub package: String,
    /// Legs of its Long side.
    pub long_legs: Vec<Leg>,
    /// Returns of those legs, in the same order.
    pub leg_returns: Vec<DatedReturns>,
    /// Signal, signed: positive argues for Long.
    pub signal: f64,
    /// Annualised volatility of one unit of the package (decimal).
    pub volatility: f64,
    /// Share of the inputs that spoke, in [0, 1].
    pub coverage: f64,
    /// Numbers it rests on.
    pub evidence: Vec<Evidence>,
}

/// The day of a decision.
#[derive(Clone, Copy)]
pub struct Today<'a> {
    /// Run date.
    pub date: NaiveDate,
    /// Business days from a date to the run date.
    pub age: &'a dyn Fn(NaiveDate) -> u32,
    /// Unit of the signals.
    pub signal_unit: &'a str,
}

/// Applies the rules: at most one package is open; the proposal with the largest |signal| opens (the first of equals).
/// `proposals` come in the strategy's fixed order. `caveats` are kept in the report.
pub fn decide(
    strategy: &StrategyId,
    rules: &LifecycleRules,
    today: &Today<'_>,
    proposals: &[Proposal],
    state: &StrategyState,
    caveats: Caveats,
) -> StrategyReport {
    let rearming = still_rearming(rules, today, proposals, state);
    let (decision, open, position, rearming) = match state.open.first() {
        Some(open) => judge(strategy, rules, today, proposals, open, rearming),
        None => consider(strategy, rules, today, proposals, rearming),
    };
    let shown = position.as_ref().map(|position| position.package.as_str());
    let best = strongest(proposals);
    let evidence = proposals
        .iter()
        .find(|proposal| shown.is_some_and(|name| name == proposal.package))
        .or(best)
        .map(|proposal| proposal.evidence.clone())
        .unwrap_or_default();
    let signals = proposals
        .iter()
        .map(|proposal| SignalReading {
            package: proposal.package.clone(),
            value: proposal.signal,
            unit: today.signal_unit.to_owned(),
            entry_threshold: rules.entry,
            exit_threshold: rules.exit,
        })
        .collect();
    StrategyReport {
        strategy: strategy.clone(),
        decision,
        positions: position.into_iter().collect(),
        abstained: None,
        signals,
        evidence,
        notes: caveats.notes,
        missing: caveats.missing,
        next_state: StrategyState { open: open.into_iter().collect(), rearming },
        reads: Default::default(),
    }
}

/// A report without a view: no position, the open package (if any) closed for missing data.
pub fn abstain(strategy: &StrategyId, reason: String, state: &StrategyState, caveats: Caveats) -> StrategyReport {
    let decision = match state.open.first() {
        Some(open) => Decision::Close { package: open.package.clone(), reason: CloseReason::DataMissing },
        None => Decision::Stay,
    };
    StrategyReport {
        strategy: strategy.clone(),
        decision,
        positions: Vec::new(),
        abstained: Some(reason),
        signals: Vec::new(),
        evidence: Vec::new(),
        notes: caveats.notes,
        missing: caveats.missing,
        next_state: StrategyState { open: Vec::new(), rearming: state.rearming.clone() },
        reads: Default::default(),
    }
}

type Verdict = (Decision, Option<OpenPackage>, Option<StrategyPosition>, Vec<Rearming>);

fn judge(
    strategy: &StrategyId,
    rules: &LifecycleRules,
    today: &Today<'_>,
    proposals: &[Proposal],
    open: &OpenPackage,
    mut rearming: Vec<Rearming>,
) -> Verdict {
    let package = open.package.clone();
    let Some(proposal) = proposals.iter().find(|proposal| proposal.package == open.package) else {
        return (Decision::Close { package, reason: CloseReason::DataMissing }, None, None, rearming);
    };
    let mark = mark::advance(open, &proposal.leg_returns);
    let own_signal = open.direction.sign() * proposal.signal;
    let reason = if mark.cumulative_return <= open.stop {
        Some(CloseReason::Stop)
    } else if mark.cumulative_return >= open.target {
        Some(CloseReason::Target)
    } else if (today.age)(open.entry_date) >= rules.horizon_days {
        Some(CloseReason::Horizon)
    } else if own_signal < rules.exit {
        Some(CloseReason::SignalFaded)
    } else {
        None
    };
    if let Some(reason) = reason {
        if matches!(reason, CloseReason::Stop | CloseReason::Target) && own_signal >= rules.exit {
            rearming.push(Rearming { package: package.clone(), direction: open.direction, since: today.date });
        }
        return (Decision::Close { package, reason }, None, None, rearming);
    }
    // The hedge is refreshed: the new ratios earn from the next session on.
    let held = OpenPackage {
        legs: signed_legs(proposal, open.direction),
        marked_through: mark.marked_through,
        cumulative_return: mark.cumulative_return,
        ..open.clone()
    };
    let position = position(strategy, rules, proposal, &held);
    (Decision::Hold { package }, Some(held), Some(position), rearming)
}

fn consider(
    strategy: &StrategyId,
    rules: &LifecycleRules,
    today: &Today<'_>,
    proposals: &[Proposal],
    rearming: Vec<Rearming>,
) -> Verdict {
    let beyond = proposals.iter().filter(|proposal| {
        proposal.signal.abs() > rules.entry
            && !rearming.iter().any(|side| side.direction == Direction::of(proposal.signal, 0.0))
    });
    let Some(proposal) = strongest(beyond) else {
        return (Decision::Stay, None, None, rearming);
    };
    let direction = Direction::of(proposal.signal, 0.0);
    let over_horizon = proposal.volatility * (f64::from(rules.horizon_days) / crate::sample::TRADING_DAYS).sqrt();
    let open = OpenPackage {
        package: proposal.package.clone(),
        direction,
        legs: signed_legs(proposal, direction),
        size: conviction::size(proposal.signal, rules.entry),
        entry_date: today.date,
        entry_signal: proposal.signal,
        stop: -rules.stop_volatilities * over_horizon,
        target: rules.target_volatilities * over_horizon,
        marked_through: today.date,
        cumulative_return: 0.0,
    };
    let position = position(strategy, rules, proposal, &open);
    (Decision::Open { package: open.package.clone() }, Some(open), Some(position), rearming)
}

fn still_rearming(
    rules: &LifecycleRules,
    today: &Today<'_>,
    proposals: &[Proposal],
    state: &StrategyState,
) -> Vec<Rearming> {
    let waits = |side: &&Rearming| {
        let faded = proposals
            .iter()
            .find(|proposal| proposal.package == side.package)
            .is_some_and(|proposal| side.direction.sign() * proposal.signal < rules.exit);
        !faded && (today.age)(side.since) < rules.horizon_days
    };
    state.rearming.iter().filter(waits).cloned().collect()
}

fn position(
    strategy: &StrategyId,
    rules: &LifecycleRules,
    proposal: &Proposal,
    open: &OpenPackage,
) -> StrategyPosition {
    let own_signal = open.direction.sign() * proposal.signal;
    let side = if open.direction == Direction::Long { "below" } else { "above" };
    let exit_level = open.direction.sign() * rules.exit;
    let turn_level = -open.direction.sign() * rules.entry;
    let flips_when = format!(
        "closes when the signal ({:+.4}) is {side} {exit_level:+.4}, the return since entry ({:+.4}) reaches {:+.4} or \
         {:+.4}, or after {} business days; turns {side} {turn_level:+.4}",
        proposal.signal, open.cumulative_return, open.stop, open.target, rules.horizon_days
    );
    StrategyPosition {
        strategy: strategy.clone(),
        package: open.package.clone(),
        direction: open.direction,
        legs: open.legs.clone(),
        size: open.size,
        confidence: conviction::confidence(own_signal, rules.entry, rules.exit, proposal.coverage),
        horizon_days: rules.horizon_days,
        entry_date: open.entry_date,
        signal: proposal.signal,
        entry_threshold: rules.entry,
        exit_threshold: rules.exit,
        stop: Some(open.stop),
        target: Some(open.target),
        cumulative_return: open.cumulative_return,
        flips_when,
        evidence: proposal.evidence.clone(),
    }
}

fn signed_legs(proposal: &Proposal, direction: Direction) -> Vec<Leg> {
    let sign = direction.sign();
    proposal.long_legs.iter().map(|leg| Leg { ratio: sign * leg.ratio, ..leg.clone() }).collect()
}

fn strongest<'a>(proposals: impl IntoIterator<Item = &'a Proposal>) -> Option<&'a Proposal> {
    let mut best: Option<&Proposal> = None;
    for proposal in proposals {
        if best.is_none_or(|held| proposal.signal.abs() > held.signal.abs()) {
            best = Some(proposal);
        }
    }
    best
}

#[cfg(test)]
mod tests;
