//! A weight with its causes, and an absent one with its reasons, as a portfolio manager reads them: top down.

mod evidence;
mod faults;
#[cfg(test)]
mod tests;
mod why_not;

use std::collections::BTreeSet;
use std::fmt::Write;

use agents::{Direction, RegimeLabel};
use pipeline_core::explain::{
    AllocationNode, ExplainedInstrument, ExplainedRun, Explanation, HeldWeight, PackageChange, PositionNode,
    StageCause, StageNode, StrategyNode, Unexplained, WantedPosition,
};
use strategies::{CloseReason, Decision};

use crate::number::{figure, signed_percent};
use evidence::Printed;

pub use why_not::why_not_text;

/// Width of the widest stage name.
const STAGE_WIDTH: usize = "conflict_dampening".len();
/// Width of a percentage: `-100.000 %`.
const PERCENT_WIDTH: usize = 11;

/// The weight, its stages, its strategies with their evidence, and the consensus on its asset class.
pub fn text(explanation: &Explanation) -> String {
    let mut text = head("explain", &explanation.run, &explanation.instrument);
    // Writing to a String cannot fail.
    faults::list(&mut text, &explanation.faults);
    let _ = writeln!(text, "weight {} of NAV{}", signed_percent(explanation.weight), trade(explanation));
    if let Some(held) = &explanation.held {
        let _ = writeln!(text, "{}", held_text(held));
    }
    stages(&mut text, explanation);
    allocation(&mut text, &explanation.allocation);
    let mut printed = Printed::of(&explanation.agents);
    strategies(&mut text, explanation, &mut printed);
    if let Some(consensus) = &explanation.consensus {
        evidence::consensus(&mut text, consensus, &mut printed);
        let gap = explanation.unexplained.by_consensus;
        if gap.abs() > Unexplained::TOLERANCE {
            let _ = writeln!(text, "  ✗ unexplained: {gap:+.3e} of the score");
        }
    }
    text
}

/// Run, instrument and whether the weights were released.
fn head(word: &str, run: &ExplainedRun, instrument: &ExplainedInstrument) -> String {
    let simulated = if run.simulated { ", simulated data" } else { "" };
    let unreleased = if run.status.is_official() { "" } else { ": nothing of this run was released" };
    format!(
        "{word} {}, {} ({})\nrun {} of {}, {}{simulated}{unreleased}\n",
        instrument.id,
        instrument.name,
        instrument.asset_class,
        run.run_id,
        run.run_date,
        run.status.as_str()
    )
}

fn trade(explanation: &Explanation) -> String {
    match &explanation.trade {
        Some(trade) => {
            let word = if trade.delta > 0.0 { "bought" } else { "sold" };
            let delta = signed_percent(trade.delta.abs());
            let from = if trade.from == 0.0 { "flat".to_owned() } else { signed_percent(trade.from) };
            format!(", {word} {} from {from}", delta.trim_start_matches('+'))
        }
        None => ", not traded: the held weight was kept".to_owned(),
    }
}

fn held_text(held: &HeldWeight) -> String {
    let since = held.since.map_or_else(String::new, |date| format!(" by the run of {date}"));
    let growth =
        held.growth.map_or_else(|| "no return yet".to_owned(), |growth| format!("return {}", signed_percent(growth)));
    let verb = if held.left.is_some() { "left" } else { "left, by its drift," };
    format!(
        "held   {} {verb}{since}, {} after drift ({growth}, NAV {})",
        signed_percent(held.before),
        signed_percent(held.drifted),
        signed_percent(held.nav_return)
    )
}

/// The line that closes a sum.
fn adds_up(gap: f64) -> String {
    if gap.abs() <= Unexplained::TOLERANCE {
        "✓ adds up to the weight".to_owned()
    } else {
        format!("✗ unexplained: {gap:+.3e} of NAV")
    }
}

fn stages(text: &mut String, explanation: &Explanation) {
    let _ = writeln!(text, "\nStages (relative up to regime_scale, then % of NAV)");
    let _ = writeln!(text, "  {:STAGE_WIDTH$}  {:>PERCENT_WIDTH$}  {:>PERCENT_WIDTH$}", "", "change", "after");
    for stage in &explanation.stages {
        let (change, after) = (signed_percent(stage.change), signed_percent(stage.after));
        let line = format!(
            "  {:STAGE_WIDTH$}  {change:>PERCENT_WIDTH$}  {after:>PERCENT_WIDTH$}  {}",
            stage.stage,
            stage_text(stage)
        );
        let _ = writeln!(text, "{}", line.trim_end());
        if stage.packages.len() > 1 || stage.others != 0.0 {
            packages(text, stage);
        }
    }
    let _ = writeln!(text, "  {}", adds_up(explanation.unexplained.by_stage));
}

fn packages(text: &mut String, stage: &StageNode) {
    for PackageChange { package, change, factor } in &stage.packages {
        let factor = factor.map_or_else(String::new, |factor| format!("  x {}", figure(factor)));
        let _ = writeln!(text, "    {package:16}  {:>PERCENT_WIDTH$}{factor}", signed_percent(*change));
    }
    if stage.others != 0.0 {
        let _ = writeln!(text, "    {:16}  {:>PERCENT_WIDTH$}", "left the book", signed_percent(stage.others));
    }
}

/// What a stage did, in its own figures; the factor when it touched one package.
fn stage_text(stage: &StageNode) -> String {
    let factor = match stage.packages.as_slice() {
        [one] => one.factor.map(|factor| format!("x {}", figure(factor))),
        _ => None,
    };
    let why = match &stage.cause {
        StageCause::Conviction => Some("size times confidence".to_owned()),
        StageCause::RiskBudget => Some("share of the convictions".to_owned()),
        StageCause::EqualRisk { observations, .. } => Some(format!("equal risk, {observations} sessions")),
        StageCause::Method { method, observations } => {
            Some(format!("{}, {observations} sessions", method.as_str().replace('_', " ")))
        }
        StageCause::ConvictionTilt => Some("tilted to conviction".to_owned()),
        StageCause::Conflict { opposed_by } if opposed_by.is_empty() => Some("no consensus opposes".to_owned()),
        StageCause::Conflict { opposed_by } => {
            let classes: Vec<&str> = opposed_by.iter().map(|class| class.as_str()).collect();
            Some(format!("opposed by the consensus on {}", classes.join(", ")))
        }
        StageCause::Regime { label, scale, level } => {
            let name = label.map_or("unknown", regime);
            let moving = if scale == level { String::new() } else { format!(", moving to {}", figure(*level)) };
            Some(format!("regime {name}: {}{moving}", figure(*scale)))
        }
        StageCause::VolatilityTarget { sizing } => sizing.map(|sizing| {
            format!(
                "target {:.2} %, {:.0} % claimed, book at {:.2} %",
                sizing.volatility_target * 100.0,
                sizing.utilisation * 100.0,
                sizing.volatility * 100.0
            )
        }),
        StageCause::Breaker { scale } => Some(format!("breaker {}", figure(*scale))),
        StageCause::Veto => None,
        StageCause::Constraints { binding, fallback } => match fallback {
            Some(fallback) => Some(format!("fallback: {}", fallback.cause)),
            None if !binding.is_empty() => Some(format!("binding: {}", binding.join(", "))),
            None if is_visible(stage.change) => Some("held back by the cost of trading".to_owned()),
            None => Some("none binds".to_owned()),
        },
        StageCause::Lots { position } => Some(format!(
            "{} contracts of {}, {} BRL left",
            position.contracts, position.contract, position.residual_money
        )),
        StageCause::HeldBook { since, .. } => {
            let since = since.map_or_else(String::new, |date| format!(" by the run of {date}"));
            Some(format!("kept the weight left{since} instead"))
        }
        StageCause::Drift { .. } => Some("the market moved it".to_owned()),
        StageCause::Unknown => None,
    };
    factor.into_iter().chain(why).collect::<Vec<_>>().join("  ")
}

/// True when the change does not round to zero as printed.
fn is_visible(change: f64) -> bool {
    signed_percent(change) != signed_percent(0.0)
}

fn regime(label: RegimeLabel) -> &'static str {
    match label {
        RegimeLabel::RiskOff => "RISK_OFF",
        RegimeLabel::Neutral => "NEUTRAL",
        RegimeLabel::RiskOn => "RISK_ON",
    }
}

fn allocation(text: &mut String, node: &AllocationNode) {
    let action = if node.rebalanced { "rebalanced" } else { "held" };
    let _ = writeln!(
        text,
        "\nAllocation: target {}, attainable {}, book {action}",
        signed_percent(node.target),
        signed_percent(node.attainable)
    );
    let risk = node.risk_drift.map_or_else(String::new, |drift| format!(", {:.2} % of its volatility", drift * 100.0));
    let trigger = node.thresholds.map_or_else(String::new, |levels| {
        format!(
            " (trigger {:.2} %, smallest trade {:.3} %)",
            levels.drift_trigger * 100.0,
            levels.minimum_trade * 100.0
        )
    });
    let _ = writeln!(text, "  drift of the book {:.2} %{risk}{trigger}", node.drift * 100.0);
    for reason in &node.reasons {
        let _ = writeln!(text, "  {reason}");
    }
    let width = node.constraints.iter().map(|used| used.constraint.to_string().len()).max().unwrap_or(0);
    for used in &node.constraints {
        let mark = if used.breached { "✗" } else { " " };
        let name = used.constraint.to_string();
        let _ = match used.constraint.unit() {
            unit if unit.starts_with("of NAV") && !unit.ends_with("bp") => {
                writeln!(text, "  {mark} {name:width$}  {:>8.3} % of {:.3} %", used.value * 100.0, used.limit * 100.0)
            }
            unit => {
                writeln!(text, "  {mark} {name:width$}  {:>8} of {} {unit}", figure(used.value), figure(used.limit))
            }
        };
    }
}

fn strategies(text: &mut String, explanation: &Explanation, printed: &mut Printed<'_>) {
    let _ = writeln!(text, "\nStrategies");
    for node in &explanation.strategies {
        strategy(text, node, printed);
    }
    let gaps = explanation.unexplained;
    let gap = if gaps.by_strategy.abs() >= gaps.by_position.abs() { gaps.by_strategy } else { gaps.by_position };
    let _ = writeln!(text, "  {}", adds_up(gap));
}

fn strategy(text: &mut String, node: &StrategyNode, printed: &mut Printed<'_>) {
    let decision = node.decision.as_ref().map_or_else(|| "no report".to_owned(), decision);
    let _ =
        writeln!(text, "  {:12}  {:>PERCENT_WIDTH$}  {decision}", node.strategy.as_str(), signed_percent(node.part));
    for position in &node.positions {
        self::position(text, position, printed);
    }
    if node.held_over.abs() > Unexplained::TOLERANCE {
        let _ = writeln!(
            text,
            "    {:10}  {:>PERCENT_WIDTH$}  the held weight was kept, not what today's positions ask for",
            "held over",
            signed_percent(node.held_over)
        );
    }
    evidence::lineage(text, "read", &node.reads, 4);
}

fn position(text: &mut String, node: &PositionNode, printed: &mut Printed<'_>) {
    let _ = writeln!(
        text,
        "    {:10}  {:>PERCENT_WIDTH$}  {} of NAV x leg {} x share {} x scale {}",
        node.package,
        signed_percent(node.part),
        signed_percent(node.units).trim_start_matches('+'),
        figure(node.ratio),
        figure(node.share),
        figure(node.scale)
    );
    let Some(wanted) = &node.wanted else { return };
    let WantedPosition { direction, size, confidence, signal, unit, entry_threshold, exit_threshold, .. } = wanted;
    let side = if *direction == Direction::Long { "long" } else { "short" };
    let _ = writeln!(
        text,
        "      {side} since {}, size {size:.3}, confidence {confidence:.3}, earned {} a unit",
        wanted.entry_date,
        signed_percent(wanted.cumulative_return)
    );
    let _ = writeln!(
        text,
        "      signal {} {unit} (opens beyond {}, closes below {})",
        figure(*signal),
        figure(*entry_threshold),
        figure(*exit_threshold)
    );
    if !wanted.flips_when.is_empty() {
        let _ = writeln!(text, "      {}", wanted.flips_when);
    }
    evidence::list(text, &wanted.evidence, 6);
    for signal in &wanted.signals {
        evidence::signal_line(text, signal, 6, printed);
    }
}

fn decision(decision: &Decision) -> String {
    match decision {
        Decision::Stay => "stays flat".to_owned(),
        Decision::Hold { package } => format!("holds {package}"),
        Decision::Open { package } => format!("opens {package}"),
        Decision::Close { package, reason } => format!("closes {package}: {}", close_reason(*reason)),
    }
}

fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Stop => "its return reached the stop",
        CloseReason::Target => "its return reached the target",
        CloseReason::Horizon => "it was held for its horizon",
        CloseReason::SignalFaded => "its signal faded",
        CloseReason::DataMissing => "its inputs are missing",
    }
}

/// Names, each once, in order.
fn names<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let names: BTreeSet<String> = items.into_iter().map(|item| item.to_string()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
