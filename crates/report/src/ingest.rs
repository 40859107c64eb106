//! An ingest as text.

use std::fmt::Write;

use pipeline_core::ingest::IngestReport;

use crate::number::thousands;

/// How many findings are printed; the rest is counted.
const FINDINGS_SHOWN: usize = 20;

/// One line a publisher, then what was refused or noticed.
pub fn text(report: &IngestReport) -> String {
    let width = report.sources.iter().map(|source| source.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for source in &report.sources {
        let mark = if source.rows_rejected > 0 { "✗" } else { "✓" };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  {mark} {:width$}  {:>4} files  {:>6} series  {:>9} rows read  {:>9} new  {:>9} known  {:>5} rejected",
            source.name,
            thousands(source.files),
            thousands(source.series),
            thousands(source.rows_read),
            thousands(source.rows_new),
            thousands(source.rows_known),
            thousands(source.rows_rejected),
        );
        let _ = match source.rows_revised {
            0 => writeln!(text),
            revised => writeln!(text, "  ({} revisions)", thousands(revised)),
        };
    }
    let (refused, noticed): (Vec<_>, Vec<_>) = report.findings.iter().partition(|finding| finding.rejects);
    for (title, findings) in [("Refused", refused), ("Noticed", noticed)] {
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  {title}:");
        for finding in findings.iter().take(FINDINGS_SHOWN) {
            let line = finding.line.map_or_else(String::new, |line| format!(":{line}"));
            let _ = writeln!(text, "    {}{line}: {} [{}]", finding.file, finding.message, finding.rule);
        }
        if findings.len() > FINDINGS_SHOWN {
            let _ = writeln!(text, "    and {} more: --json lists all", findings.len() - FINDINGS_SHOWN);
        }
    }
    let _ = match (report.rows_new(), report.has_rejects()) {
        (0, false) => writeln!(text, "SUCCESS nothing new in {} files", report.files()),
        (new, false) => writeln!(text, "SUCCESS {} new figures from {} files", thousands(new), report.files()),
        (new, true) => {
            writeln!(
                text,
                "PARTIAL {} new figures from {} files; what was refused is listed above",
                thousands(new),
                report.files()
            )
        }
    };
    text
}
