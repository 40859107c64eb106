//! The reasons for an absent weight, one line each.

use std::fmt::Write;

use agents::Direction;
use market::SeriesId;
use pipeline_core::explain::{Reason, SignalLevel, WhyNot};
use pipeline_core::record::StepStatus;

use super::{close_reason, faults, head, held_text, names};
use crate::number::{figure, signed_percent};

/// The instrument, what was held of it, and every reason for its having no weight.
pub fn why_not_text(absent: &WhyNot) -> String {
    let mut text = head("why not", &absent.run, &absent.instrument);
    faults::list(&mut text, &absent.faults);
    // Writing to a String cannot fail.
    let _ = match &absent.trade {
        Some(trade) => writeln!(text, "no weight, closed from {}", signed_percent(trade.from)),
        None => writeln!(text, "no weight"),
    };
    if let Some(held) = &absent.held {
        let _ = writeln!(text, "{}", held_text(held));
    }
    for reason in &absent.reasons {
        let _ = writeln!(text, "  {}", reason_text(reason));
    }
    text
}

pub(super) fn side(direction: Direction) -> &'static str {
    match direction {
        Direction::Long => "long",
        Direction::Short => "short",
        Direction::Neutral => "neutral",
    }
}

fn reason_text(reason: &Reason) -> String {
    match reason {
        Reason::Inputs { missing, blocked, findings } => {
            let part = |word: &str, ids: &[SeriesId]| (!ids.is_empty()).then(|| format!("{word} {}", names(ids)));
            let mut parts: Vec<String> = part("missing", missing).into_iter().chain(part("blocked", blocked)).collect();
            parts.extend(findings.iter().map(|f| format!("{} {}: {}", f.series, f.rule.code(), f.message)));
            format!("data: {}", parts.join("; "))
        }
        Reason::NotCovered { ran } => format!("no strategy trades it; {} ran: {}", ran.len(), names(ran)),
        Reason::Disabled { strategy } => format!("{strategy} trades it and is disabled in the configuration"),
        Reason::StrategyFailed { strategy, error } => format!("{strategy} failed: {error}"),
        Reason::Abstained { strategy, reason, closed } => {
            let closed = closed.as_ref().map_or_else(String::new, |package| format!(", closing {package}"));
            format!("{strategy} abstains{closed}: {reason}")
        }
        Reason::NotJudged { strategy, notes } if notes.is_empty() => format!("{strategy} has no signal for it"),
        Reason::NotJudged { strategy, notes } => format!("{strategy} has no signal for it: {}", notes.join("; ")),
        Reason::InsideThreshold { strategy, signal } => {
            format!("{strategy}: {}, inside its entry threshold of {}", level(signal), figure(signal.entry_threshold))
        }
        Reason::Elsewhere { strategy, signal, holds, held_signal } => {
            let own = held_signal.map_or_else(String::new, |value| format!(" (signal {})", figure(value)));
            format!("{strategy}: {}, but it holds {holds}{own}, and one package at a time", beyond(signal))
        }
        Reason::Closed { strategy, package, reason, signal } => {
            let signal = signal.as_ref().map_or_else(String::new, |signal| format!("; {}", level(signal)));
            format!("{strategy} closed {package} today: {}{signal}", close_reason(*reason))
        }
        Reason::NotReplaced { strategy, signal, closed } => {
            format!(
                "{strategy}: {}, but it closed {closed} today, which is not replaced on the same date",
                beyond(signal)
            )
        }
        Reason::Rearming { strategy, signal, side: waiting, since } => {
            let since = since.map_or_else(String::new, |date| format!(" since {date}"));
            format!(
                "{strategy}: {}, but its {} side waits{since} for the signal to fade",
                beyond(signal),
                side(*waiting)
            )
        }
        Reason::Dropped { package, strategies, reason } => {
            format!("{package}, wanted by {}, was dropped: {reason}", names(strategies))
        }
        Reason::NettedToZero { package, claims } => {
            let claims: Vec<String> =
                claims.iter().map(|claim| format!("{} {:+.4}", claim.strategy, claim.conviction)).collect();
            format!("the positions in {package} net to zero: {}", claims.join(", "))
        }
        Reason::LegsCancel { exposures } => {
            let parts: Vec<String> =
                exposures.iter().map(|part| format!("{} {}", part.package, signed_percent(part.exposure))).collect();
            format!("its packages cancel: {}", parts.join(", "))
        }
        Reason::ScaledToZero { package, stage, before, breaker_scale, regime_scale } => format!(
            "{stage} took {package} from {} to zero (breaker {}, regime {})",
            figure(*before),
            figure(*breaker_scale),
            figure(*regime_scale)
        ),
        Reason::HeldBack { target, packages } => {
            let parts: Vec<String> = packages
                .iter()
                .map(|part| {
                    let why =
                        if part.binding.is_empty() { "cost of trading".to_owned() } else { part.binding.join(", ") };
                    format!("{} x {} ({why})", part.package, figure(part.scale))
                })
                .collect();
            format!("the allocator gave none of its target of {}: {}", signed_percent(*target), parts.join(", "))
        }
        Reason::LessThanALot { position } => format!(
            "{} is less than the lots of {} {} ({} BRL a contract) that can be traded inside the constraints",
            signed_percent(position.target),
            position.lot,
            position.contract,
            position.contract_value.round_dp(2)
        ),
        Reason::TooSmall { attainable, minimum_trade } => {
            let least = minimum_trade.map_or_else(String::new, |least| format!(" of {:.3} %", least * 100.0));
            format!("a position of {} would be below the smallest trade{least}", signed_percent(*attainable))
        }
        Reason::BookKept { attainable, drift, drift_trigger } => {
            let trigger = drift_trigger.map_or_else(String::new, |level| format!(" of {:.2} %", level * 100.0));
            format!(
                "the book drifted {:.2} %, within its trigger{trigger}, and was kept without {} of it",
                drift * 100.0,
                signed_percent(*attainable)
            )
        }
        Reason::RunStopped { step, status, detail } => {
            let word = if *status == StepStatus::Blocked { "was blocked" } else { "failed" };
            format!("the run {word} at {}: {detail}", step.as_str())
        }
        Reason::NotRecorded => "the record does not say why".to_owned(),
    }
}

fn level(signal: &SignalLevel) -> String {
    format!("the signal of {} is {} {}", signal.package, figure(signal.value), signal.unit)
}

fn beyond(signal: &SignalLevel) -> String {
    format!("{}, beyond its entry threshold of {}", level(signal), figure(signal.entry_threshold))
}
