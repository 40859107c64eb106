//! One paragraph per report, by template: every number in it is a field of the report.

use std::fmt::Write;

use crate::{AgentId, AgentReport, AgentSignal};

/// The paragraph.
pub fn narrative(report: &AgentReport) -> String {
    let mut text = String::new();
    match report.composite {
        None => {
            let _ = write!(text, "{}: no model spoke.", title(report.agent));
        }
        Some(composite) => {
            let _ = write!(
                text,
                "{}: {} (score {:+.2}, confidence {:.2}).",
                title(report.agent),
                reading(report.agent, composite.score),
                composite.score,
                composite.confidence
            );
        }
    }
    if let Some(regime) = report.regime {
        let label = serde_label(regime.label);
        let _ = write!(text, " Regime {label} at {:+.2}.", regime.score);
    }
    for signal in &report.signals {
        let _ = write!(text, " {}", sentence(signal));
    }
    if !report.abstained.is_empty() {
        let models: Vec<&str> = report.abstained.iter().map(|abstention| abstention.model.as_str()).collect();
        let _ = write!(text, " Did not speak: {}.", models.join(", "));
    }
    for flag in report.flags.iter().filter(|flag| flag.text.starts_with("consistency")) {
        let _ = write!(text, " Note: {flag}.");
    }
    text
}

fn sentence(signal: &AgentSignal) -> String {
    format!(
        "{} reads {:+.2} {} for {} (score {:+.2}, confidence {:.2}).",
        signal.id, signal.value, signal.unit, signal.subject, signal.score, signal.confidence
    )
}

fn title(agent: AgentId) -> &'static str {
    match agent {
        AgentId::Inflation => "Inflation",
        AgentId::Monetary => "Monetary policy",
        AgentId::Fiscal => "Fiscal",
        AgentId::Fx => "USD/BRL",
        AgentId::CrossAsset => "Risk appetite",
    }
}

/// What a composite score means, in words of the subject.
fn reading(agent: AgentId, score: f64) -> &'static str {
    let (high, low, flat) = match agent {
        AgentId::Inflation => ("pressure above target", "pressure below target", "pressure near target"),
        AgentId::Monetary => ("policy is too loose", "policy is too tight", "policy is about right"),
        AgentId::Fiscal => ("stress is rising", "stress is easing", "stress is unchanged"),
        AgentId::Fx => ("the dollar is rich", "the dollar is cheap", "the dollar is near fair"),
        AgentId::CrossAsset => ("risk is being taken", "risk is being shed", "neither appetite nor fear"),
    };
    if score > 0.1 {
        high
    } else if score < -0.1 {
        low
    } else {
        flat
    }
}

fn serde_label(label: crate::RegimeLabel) -> &'static str {
    match label {
        crate::RegimeLabel::RiskOff => "RISK_OFF",
        crate::RegimeLabel::Neutral => "NEUTRAL",
        crate::RegimeLabel::RiskOn => "RISK_ON",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;

    #[test]
    fn the_paragraph_repeats_the_reports_numbers() {
        let text = narrative(&report(AgentId::Inflation, 0.8, 0.9));
        assert_eq!(
            text,
            "Inflation: pressure above target (score +0.80, confidence 0.90). test.model reads +0.80 pp for test.subject \
             (score +0.80, confidence 0.90)."
        );
    }

    #[test]
    fn silence_is_said() {
        let mut silent = report(AgentId::Fx, 0.1, 0.1);
        silent.signals.clear();
        silent.composite = None;
        assert_eq!(narrative(&silent), "USD/BRL: no model spoke.");
    }
}
