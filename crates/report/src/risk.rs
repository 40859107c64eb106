//! The tail of a book as the operator sees it: measures, where they come from, and whether they hold.

use std::fmt::Write;

use risk::backtest::{Backtest, BacktestOf, TestResult, Verdict};
use risk::{Confidence, Measure, MeasureKind, Method, PartOf, RiskPart, RiskReport, RiskSplit};

/// Parts that are printed of one division of the book; the rest is counted.
const MOST_PARTS: usize = 12;

/// The sections on the tail, each only where the record has it; records of before have less.
pub fn text(report: &RiskReport) -> String {
    let mut text = measures(report);
    for split in report.splits.iter().filter(|split| split.kind == MeasureKind::Es || split.reason.is_some()) {
        text.push_str(&self::split(split));
    }
    text.push_str(&backtests(&report.backtests));
    text
}

/// A table of VaR and ES: one line a measure and method, one and ten sessions.
fn measures(report: &RiskReport) -> String {
    let mut text = String::new();
    let window = report.window.as_ref().map_or_else(String::new, |window| {
        format!(", {} sessions {} to {}, shortest {}", window.observations, window.from, window.to, window.shortest)
    });
    let _ = writeln!(text, "Tail of the book, % of NAV{window}");
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
    for measure in report.measures.iter().filter(|measure| measure.kind == MeasureKind::Var) {
        if let Some(reason) = &measure.reason {
            let line = format!("  no {} over {}: {reason}", measure.method.as_str(), sessions(measure.horizon_days));
            if !reasons.contains(&line) {
                reasons.push(line);
            }
        }
    }
    for reason in reasons {
        let _ = writeln!(text, "{reason}");
    }
    text
}

/// One measure and its parts.
fn split(split: &RiskSplit) -> String {
    let name = format!("{} {} {}", kind_text(split.kind), split.method.as_str(), split.confidence_pct);
    let mut text = String::new();
    let (Some(total), Some(alone)) = (split.total, split.undiversified) else {
        let _ = writeln!(text, "No parts of {name}: {}", split.reason.as_deref().unwrap_or("no reason given"));
        return text;
    };
    let saved = split.diversification.unwrap_or(0.0);
    let _ = writeln!(
        text,
        "Parts of {name}: {} = {} alone less {} diversified, % of NAV",
        percent(total),
        percent(alone),
        percent(saved)
    );
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
        let _ = writeln!(text, "  note: {note}");
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
                let _ = writeln!(text, "  {name:<34} {}, {depth}", coverage_text(coverage));
            }
            (None, reason) => {
                let _ = writeln!(text, "  {name:<34} n/a: {}", reason.as_deref().unwrap_or("no reason given"));
            }
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
