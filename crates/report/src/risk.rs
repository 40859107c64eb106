//! The risk of a book as the operator sees it: limits, the tail and whether its measures hold, stresses, exposures and
//! liquidity. What is not computed is in the text with its reason, and nothing that breaches is cut.

mod limits;
mod positions;
mod stress;

use std::collections::BTreeMap;
use std::fmt::Write;

use risk::backtest::{Backtest, BacktestOf, TestResult, Verdict};
use risk::{Confidence, Measure, MeasureKind, Method, PartOf, RiskPart, RiskReport, RiskSplit};

use crate::wrap::paragraph;

/// Parts that are printed of one division of the book; the rest is counted.
const MOST_PARTS: usize = 12;

/// The sections on risk, each only where the record has it; records of before have less.
pub fn text(report: &RiskReport) -> String {
    let mut text = paragraph(&format!("Risk {}: ", report.level.as_str()), &report.reason, 2);
    text.push_str(&limits::text(report));
    text.push_str(&measures(report));
    for split in report.splits.iter().filter(|split| split.kind == MeasureKind::Es || split.reason.is_some()) {
        text.push_str(&self::split(split));
    }
    text.push_str(&backtests(&report.backtests));
    text.push_str(&stress::text(report));
    text.push_str(&positions::text(report));
    text
}

/// Names with their reason, those that share one together: `DI_5Y, DI_10Y: no curve; USDBRL: no price`. `None` without any.
fn gaps<'a>(found: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    found.for_each(|(name, reason)| by_reason.entry(reason).or_default().push(name));
    let parts: Vec<String> =
        by_reason.iter().map(|(reason, names)| format!("{}: {reason}", names.join(", "))).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A table of VaR and ES: one line a measure and method, one and ten sessions.
fn measures(report: &RiskReport) -> String {
    let mut text = String::new();
    let window = report.window.as_ref().map_or_else(String::new, |window| {
        format!(", {} sessions {} to {}, shortest {}", window.observations, window.from, window.to, window.shortest)
    });
    text.push_str(&paragraph("", &format!("Tail of the book, % of NAV{window}"), 2));
    let _ = writeln!(text, "  {:<24} {:>21}   {:>21}", "", "1 session", "10 sessions");
    let _ = writeln!(text, "  {:<24} {:>7}{:>7}{:>7}   {:>7}{:>7}{:>7}", "", "95", "97.5", "99", "95", "97.5", "99");
    let mut reasons: Vec<String> = Vec::new();
    for kind in [MeasureKind::Var, MeasureKind::Es] {
        for method in Method::ALL {
            let row = |days: u32| -> Option<String> {
                let cells = Confidence::ALL.map(|level| find(report, kind, method, level, days));
                cells.iter().any(Option::is_some).then(|| cells.map(|found| cell(found.and_then(|m| m.value))).concat())
            };
            let (Some(short), long) = (row(1), row(10)) else { continue };
            let name = format!("{} {}", kind_text(kind), method.as_str());
            let _ = writeln!(text, "  {name:<24} {short}   {}", long.unwrap_or_default());
        }
    }
    for measure in &report.measures {
        if let Some(reason) = &measure.reason {
            let what = format!("{} over {}", measure.method.as_str(), sessions(measure.horizon_days));
            let line = paragraph("  not computed: ", &format!("{what}: {reason}"), 4);
            if !reasons.contains(&line) {
                reasons.push(line);
            }
        }
    }
    text.push_str(&reasons.concat());
    text
}

/// One measure and its parts.
fn split(split: &RiskSplit) -> String {
    let name = format!("{} {} {}", kind_text(split.kind), split.method.as_str(), split.confidence_pct);
    let mut text = String::new();
    let (Some(total), Some(alone)) = (split.total, split.undiversified) else {
        let reason = split.reason.as_deref().unwrap_or("no reason given");
        text.push_str(&paragraph(&format!("No parts of {name}: "), &format!("not computed: {reason}"), 2));
        return text;
    };
    let saved = split.diversification.unwrap_or(0.0);
    let (total, alone, saved) = (percent(total), percent(alone), percent(saved));
    let words = format!("Parts of {name}: {total} = {alone} alone less {saved} diversified, % of NAV");
    text.push_str(&paragraph("", &words, 2));
    let _ = writeln!(
        text,
        "  {:<24} {:>8} {:>9} {:>7} {:>8} {:>9}",
        "", "weight", "component", "share", "alone", "closing"
    );
    for by in [PartOf::Instrument, PartOf::AssetClass, PartOf::FactorGroup, PartOf::Strategy] {
        let mut parts: Vec<&RiskPart> = split.parts.iter().filter(|part| part.by == by).collect();
        // Largest contribution first; equal ones by name, as they come.
        parts.sort_by(|a, b| b.component.abs().total_cmp(&a.component.abs()));
        for part in parts.iter().take(MOST_PARTS) {
            let share = part.share.map_or_else(|| "n/a".to_owned(), |share| format!("{:.0} %", share * 100.0));
            let alone = part.stand_alone.map_or_else(|| "n/a".to_owned(), percent);
            let _ = writeln!(
                text,
                "  {:<24} {:>8} {:>9} {share:>7} {alone:>8} {:>9}",
                format!("{} {}", by_text(by), part.name),
                percent(part.weight),
                percent(part.component),
                percent(part.incremental)
            );
        }
        if parts.len() > MOST_PARTS {
            let _ = writeln!(text, "  {} more by {}", parts.len() - MOST_PARTS, by_text(by));
        }
    }
    for note in &split.notes {
        text.push_str(&paragraph("  note: ", note, 4));
    }
    text
}

fn backtests(tests: &[Backtest]) -> String {
    let mut text = String::new();
    if tests.is_empty() {
        return text;
    }
    let _ = writeln!(text, "Backtests");
    for test in tests {
        let of = match test.of {
            BacktestOf::StaticBook => "this book",
            BacktestOf::Released => "released",
        };
        let name = format!("{of}, {} {}", test.method.as_str(), test.confidence_pct);
        match (&test.coverage, &test.reason) {
            (Some(coverage), _) => {
                let depth = test.shortfall.map_or_else(
                    || "z2 n/a".to_owned(),
                    |depth| format!("z2 {:.2} ({:.2}){}", depth.z2, depth.critical, mark(depth.rejected)),
                );
                let words = format!("{}, {depth}", coverage_text(coverage));
                text.push_str(&paragraph(&format!("  {name:<34} "), &words, 4));
                if let Some(reason) = &test.reason {
                    text.push_str(&paragraph("    not computed: ", reason, 6));
                }
            }
            (None, reason) => {
                let reason = reason.as_deref().unwrap_or("no reason given");
                text.push_str(&paragraph(&format!("  {name:<34} "), &format!("not computed: {reason}"), 4));
            }
        }
        for days in &test.left_out {
            text.push_str(&paragraph("    ", days, 6));
        }
    }
    text
}

fn coverage_text(found: &Verdict) -> String {
    let test = |result: &TestResult| format!("{:.2}{}", result.p_value, mark(result.rejected));
    let light = found.traffic_light.light;
    format!(
        "{} of {} ({} to {}), p count {} clustering {} both {}, {light:?}",
        found.exceptions,
        found.observations,
        found.accepted.0,
        found.accepted.1,
        test(&found.kupiec),
        test(&found.independence),
        test(&found.conditional)
    )
    .to_lowercase()
}

fn mark(rejected: bool) -> &'static str {
    if rejected { " rejected" } else { "" }
}

fn find(report: &RiskReport, kind: MeasureKind, method: Method, level: Confidence, days: u32) -> Option<&Measure> {
    let key = (kind, method, level, days);
    report.measures.iter().find(|m| (m.kind, m.method, m.confidence_pct, m.horizon_days) == key)
}

fn kind_text(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::Var => "VaR",
        MeasureKind::Es => "ES",
    }
}

fn by_text(by: PartOf) -> &'static str {
    match by {
        PartOf::Instrument => "position",
        PartOf::AssetClass => "class",
        PartOf::FactorGroup => "factors",
        PartOf::Strategy => "strategy",
    }
}

fn sessions(days: u32) -> String {
    if days == 1 { "1 session".to_owned() } else { format!("{days} sessions") }
}

fn cell(value: Option<f64>) -> String {
    format!("{:>7}", value.map_or_else(|| "n/a".to_owned(), |value| format!("{:.2}", value * 100.0)))
}

fn percent(value: f64) -> String {
    crate::number::percent_cell(value, 2)
}

#[cfg(test)]
mod tests;
