//! A run as the operator sees it.

use std::fmt::Write;

use agents::RegimeLabel;
use pipeline_core::record::{RunRecord, RunStatus, StepName, StepRecord, StepStatus};
use serde_json::{Value, json};

use crate::attribution;
use crate::number::percent;
use crate::wrap::WIDTH;

/// The first line: date and run.
pub fn header(record: &RunRecord) -> String {
    let left = format!("== daily {} ", record.header.run_date);
    let right = format!(" run {} ==", short_run(&record.header.run_id));
    let mut fill = WIDTH.saturating_sub(left.chars().count() + right.chars().count());
    if record.header.simulated {
        fill = fill.saturating_sub(" simulated data =".len());
        return format!("{left}{}{right}", format_args!("{} simulated data =", "=".repeat(fill)));
    }
    format!("{left}{}{right}", "=".repeat(fill))
}

/// One step: mark, name, seconds, detail, and under it what was missing.
pub fn step_line(step: &StepRecord) -> String {
    let mark = match step.outcome.status {
        StepStatus::Ok => "✓",
        StepStatus::Degraded => "!",
        StepStatus::Failed | StepStatus::Blocked => "✗",
        StepStatus::Skipped => "-",
    };
    format!("  {mark} {:<11} {:>5.2}s  {}", step.outcome.name.as_str(), step.seconds, step.outcome.detail)
}

/// The whole run as text: steps, what the held book earned in one line, summary.
pub fn text(record: &RunRecord) -> String {
    framed(record, &attribution::line(&record.outcome.marking))
}

/// A stored run in full: [`text`] with what the held book earned as tables, and the risk of the new book.
pub fn report(record: &RunRecord) -> String {
    let tail = record.outcome.risk.as_ref().map_or_else(String::new, crate::risk::text);
    framed(record, &attribution::text(&record.outcome.marking)) + &tail
}

fn framed(record: &RunRecord, earned: &str) -> String {
    let mut text = header(record);
    text.push('\n');
    for step in &record.steps {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", step_line(step));
    }
    text.push_str(earned);
    text.push_str(&summary(record));
    text
}

/// The last lines: the run in figures, alerts, what was missing, status and digest.
pub fn summary(record: &RunRecord) -> String {
    let outcome = &record.outcome;
    let mut text = String::new();
    let regime = outcome.regime.as_ref().map_or("n/a".to_owned(), |regime| label(regime.label).to_owned());
    let leverage = outcome.risk.as_ref().map_or("n/a".to_owned(), |risk| format!("{:.2}x", risk.leverage()));
    let _ = writeln!(
        text,
        "  Signals {} | Positions {} | Leverage {leverage} | VaR 95 {} | Regime {regime}",
        record.signal_count(),
        record.position_count(),
        percent(outcome.var_95(), 2),
    );
    if outcome.alerts.is_empty() {
        let _ = writeln!(text, "  Alerts: none");
    }
    for alert in &outcome.alerts {
        let _ = writeln!(text, "  Alert: {alert}");
    }
    for missing in &outcome.degradations {
        let _ = writeln!(text, "  Missing: {missing}");
    }
    let seconds: f64 = record.steps.iter().map(|step| step.seconds).sum();
    let dry = match record.header.mode {
        pipeline_core::record::RunMode::DryRun => " (dry run: nothing written)",
        pipeline_core::record::RunMode::Live => "",
    };
    let next = match record.status {
        RunStatus::Success | RunStatus::Degraded => "daily report latest --json",
        _ => "daily quality",
    };
    let _ = writeln!(
        text,
        "  {} in {seconds:.2}s{dry}   digest {}   next: {next}",
        record.status.as_str(),
        short(&record.digest)
    );
    text
}

/// The run as a JSON document's fields (the common head is the caller's).
///
/// # Errors
/// When a value has no JSON form.
pub fn document(record: &RunRecord) -> Result<Value, serde_json::Error> {
    let outcome = &record.outcome;
    let agents: Vec<Value> = outcome
        .agents
        .iter()
        .map(|entry| {
            Ok(json!({
                "id": entry.agent,
                "signals": entry.report.as_ref().map(|report| serde_json::to_value(&report.signals)).transpose()?.unwrap_or_else(|| json!([])),
                "abstained": entry.report.as_ref().map(|report| serde_json::to_value(&report.abstained)).transpose()?.unwrap_or_else(|| json!([])),
                "composite": entry.report.as_ref().and_then(|report| report.composite),
                "narrative": entry.report.as_ref().map(|report| report.narrative.clone()),
                "flags": entry.report.as_ref().map(|report| report.flags.clone()),
                "error": entry.error,
            }))
        })
        .collect::<Result<_, serde_json::Error>>()?;
    let positions: Vec<Value> = outcome
        .strategies
        .iter()
        .filter_map(|entry| entry.report.as_ref())
        .flat_map(|report| &report.positions)
        .map(serde_json::to_value)
        .collect::<Result<_, _>>()?;
    let weights: Vec<Value> =
        outcome.weights.iter().map(|(id, weight)| json!({ "instrument": id, "weight": weight })).collect();
    let trades = outcome
        .allocation
        .as_ref()
        .map_or_else(|| Ok(json!([])), |allocation| serde_json::to_value(&allocation.trades))?;
    let risk = &outcome.risk;
    Ok(json!({
        "run_id": record.header.run_id,
        "desk": record.header.desk,
        "run_date": record.header.run_date,
        "published_cut": record.header.cut.published,
        "dry_run": record.header.mode == pipeline_core::record::RunMode::DryRun,
        "simulated": record.header.simulated,
        "started_at": record.header.started_at,
        "finished_at": record.finished_at,
        "code_version": record.header.code_version,
        "config_digest": record.header.config_digest,
        "data_digest": record.data_digest,
        "previous_run": record.header.previous_run,
        "digest": record.digest,
        "step_digests": record.step_digests,
        "steps": serde_json::to_value(&record.steps)?,
        "step_timings": record.step_timings(),
        "signal_count": record.signal_count(),
        "position_count": record.position_count(),
        "regime": outcome.regime.as_ref().map(|regime| label(regime.label)),
        "regime_detail": outcome.regime,
        "leverage": risk.as_ref().map(|risk| risk.leverage()),
        "var_95": outcome.var_95(),
        "risk_alerts": outcome.alerts,
        "degradations": outcome.degradations,
        "agents": agents,
        "consensus": outcome.consensus,
        "strategies": outcome.strategies,
        "positions": positions,
        "weights": weights,
        "by_strategy": outcome.by_strategy,
        "construction": outcome.construction,
        "allocation": outcome.allocation,
        "stages": outcome.construction.as_ref().map(|construction| serde_json::to_value(&construction.stages)).transpose()?,
        "trades": trades,
        "marking": outcome.marking,
        "attribution": outcome.marking.attribution,
        "risk": risk,
        "stress": risk.as_ref().map(|risk| serde_json::to_value(&risk.stress)).transpose()?.unwrap_or_else(|| json!([])),
        "limits": risk.as_ref().map(|risk| serde_json::to_value(&risk.limits)).transpose()?.unwrap_or_else(|| json!([])),
        "quality": outcome.quality,
        "next_state": outcome.next_state,
    }))
}

/// The step a run stopped at, if it did.
pub fn stopped_at(record: &RunRecord) -> Option<StepName> {
    let stopped = |step: &&StepRecord| matches!(step.outcome.status, StepStatus::Failed | StepStatus::Blocked);
    record.steps.iter().find(stopped).map(|step| step.outcome.name)
}

/// The first eight characters of a digest.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// The start of a run's id that tells it from others: the first 48 bits of a UUID v7 are the millisecond it was made in.
pub fn short_run(run_id: &str) -> &str {
    run_id.get(..13).unwrap_or(run_id)
}

fn label(regime: RegimeLabel) -> &'static str {
    match regime {
        RegimeLabel::RiskOff => "RISK_OFF",
        RegimeLabel::Neutral => "NEUTRAL",
        RegimeLabel::RiskOn => "RISK_ON",
    }
}
