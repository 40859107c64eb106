//! The quality report as text.

use std::fmt::Write;

use quality::{QualityReport, Severity};

/// Findings worst first, then coverage by consumer.
pub fn text(report: &QualityReport) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} series due, {} fresh, {} late; {} ended",
        report.due, report.fresh, report.late, report.ended
    );
    for finding in &report.findings {
        let mark = match finding.severity {
            Severity::Fail => "✗ fail",
            Severity::Warn => "! warn",
        };
        let waived = finding.waived.as_ref().map_or_else(String::new, |by| format!(" (waived by {by})"));
        let period = finding.period.map_or_else(String::new, |period| format!(" {period}"));
        let _ = writeln!(
            text,
            "  {mark}  {}{period}  {}: {}{waived}",
            finding.series,
            finding.rule.code(),
            finding.message
        );
    }
    for coverage in &report.coverage {
        let _ = write!(text, "  {}: expected {} series, got {}", coverage.group, coverage.expected, coverage.got);
        for (word, ids) in [
            ("missing", &coverage.missing),
            ("ended", &coverage.ended),
            ("late", &coverage.late),
            ("blocked", &coverage.blocked),
        ] {
            if !ids.is_empty() {
                let ids: Vec<&str> = ids.iter().map(market::SeriesId::as_str).collect();
                let _ = write!(text, "; {word} {}", ids.join(", "));
            }
        }
        let _ = writeln!(text);
    }
    text
}
