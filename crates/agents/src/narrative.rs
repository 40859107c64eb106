//! One paragraph per report: every number in it is one of the report's.
//!
//! The paragraph in [`AgentReport::narrative`] is written by [`Template`], which is deterministic, and is digested with
//! the report. Another writer, such as a language model, implements [`Narrator`] and is given to
//! [`AgentRegistry::narrated_by`](crate::AgentRegistry::narrated_by); the agents do not know of it. Its text is a
//! [`Commentary`] beside the report, outside every digest, and says which of its numbers are not the report's.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::registry::panic_message;
use crate::{AgentId, AgentReport, AgentSignal};

/// A writer of paragraphs about reports.
pub trait Narrator: Send + Sync {
    /// Name under which its text is shown.
    fn id(&self) -> &str;

    /// A paragraph about the report.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn narrate(&self, report: &AgentReport) -> Result<String, String>;
}

/// The deterministic template.
#[derive(Debug, Clone, Copy, Default)]
pub struct Template;

impl Narrator for Template {
    fn id(&self) -> &str {
        "template"
    }

    fn narrate(&self, report: &AgentReport) -> Result<String, String> {
        Ok(narrative(report))
    }
}

/// What an injected narrator wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commentary {
    /// Who wrote it.
    pub narrator: String,
    /// The text.
    pub text: String,
    /// Numbers in the text that are not the report's, as written; empty for a faithful text.
    pub unsupported: Vec<String>,
}

/// The narrator's text about a report with its check; a panic of the narrator is an error like any other.
pub(crate) fn comment(narrator: &dyn Narrator, report: &AgentReport) -> Result<Commentary, String> {
    let text = catch_unwind(AssertUnwindSafe(|| narrator.narrate(report)))
        .unwrap_or_else(|panic| Err(format!("panicked: {}", panic_message(panic.as_ref()))))?;
    let unsupported = unsupported_numbers(&text, report);
    Ok(Commentary { narrator: narrator.id().to_owned(), text, unsupported })
}

/// Numbers in `text` that the report does not hold, as written. A number is held when some figure of the report rounds to
/// it at the decimals written, or when it stands in one of the report's own texts (ids, units, flags, reasons).
pub fn unsupported_numbers(text: &str, report: &AgentReport) -> Vec<String> {
    let (figures, words) = (figures(report), words(report));
    let known: BTreeSet<&str> = words.iter().flat_map(|text| numbers(text)).collect();
    let held = |number: &str| {
        let decimals = number.split_once('.').map_or(0, |(_, after)| after.len());
        let written: f64 = number.parse().unwrap_or(f64::NAN);
        let tolerance = 0.5 * 10_f64.powi(-(decimals as i32)) * (1.0 + 1e-9);
        known.contains(number) || figures.iter().any(|figure| (figure - written).abs() <= tolerance)
    };
    numbers(text).into_iter().filter(|number| !held(number)).map(str::to_owned).collect()
}

/// Every number written in a text: digits with at most one point, and the sign before them unless it joins words.
fn numbers(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let signed = at > 0
            && matches!(bytes[at - 1], b'+' | b'-')
            && (at == 1 || !(bytes[at - 2].is_ascii_alphanumeric() || bytes[at - 2] == b'_'));
        let start = if signed { at - 1 } else { at };
        while digit(at) || (bytes.get(at) == Some(&b'.') && digit(at + 1)) {
            at += 1;
        }
        found.push(&text[start..at]);
    }
    found
}

fn figures(report: &AgentReport) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    all.extend(report.composite.iter().flat_map(|c| [c.score, c.confidence]));
    all.extend(report.regime.iter().flat_map(|r| [r.score, r.confidence]));
    all.extend(report.features.values().chain(report.diagnostics.values()));
    for signal in &report.signals {
        all.extend([signal.value, signal.score, signal.confidence, f64::from(signal.horizon_days)]);
        all.extend(signal.implications.values().chain(signal.diagnostics.values()));
        all.extend(signal.evidence.iter().map(|evidence| evidence.value));
    }
    all
}

fn words(report: &AgentReport) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for signal in &report.signals {
        all.extend([signal.id.as_str(), signal.subject.as_str(), signal.unit.as_str()]);
        all.extend(signal.evidence.iter().flat_map(|evidence| [evidence.name.as_str(), evidence.unit.as_str()]));
    }
    all.extend(report.abstained.iter().flat_map(|a| [a.model.as_str(), a.reason.as_str()]));
    all.extend(report.flags.iter().map(|flag| flag.text.as_str()));
    all
}

/// The template's paragraph.
pub(crate) fn narrative(report: &AgentReport) -> String {
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
    fn numbers_are_read_with_their_signs_and_decimals() {
        assert_eq!(numbers("a +0.80, b -3 at 5Y; T-2, x_-1 end 7."), ["+0.80", "-3", "5", "2", "1", "7"]);
    }

    #[test]
    fn a_number_that_is_not_the_reports_is_found() {
        let report = report(AgentId::Inflation, 0.8, 0.9);
        assert_eq!(unsupported_numbers(&narrative(&report), &report), Vec::<String>::new());
        assert_eq!(unsupported_numbers("score +0.8, confidence 0.91, by 2031", &report), ["0.91", "2031"]);
    }

    #[test]
    fn silence_is_said() {
        let mut silent = report(AgentId::Fx, 0.1, 0.1);
        silent.signals.clear();
        silent.composite = None;
        assert_eq!(narrative(&silent), "USD/BRL: no model spoke.");
    }
}
