//! An audit as the operator sees it: what was looked at, and each place that does not agree.

use std::fmt::Write;

use pipeline_core::ports::AuditReport;

use crate::number::thousands;

/// How many faults are printed; the rest is counted.
const FAULTS_SHOWN: usize = 50;

/// What was recomputed, then each fault with its table and row.
pub fn text(audit: &AuditReport) -> String {
    let mut text = String::new();
    let mark = if audit.faults.is_empty() { "✓" } else { "✗" };
    let pruned = match audit.pruned {
        0 => String::new(),
        pruned => format!(" ({} pruned: their link in the chain only)", thousands(pruned)),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  {mark} {} runs{pruned}, {} rows;  {} batches, {} figures",
        thousands(audit.runs),
        thousands(audit.rows),
        thousands(audit.batches),
        thousands(audit.figures)
    );
    for fault in audit.faults.iter().take(FAULTS_SHOWN) {
        let row = if fault.row.is_empty() { String::new() } else { format!(" [{}]", fault.row) };
        let _ = writeln!(text, "    {}: {}{row}: {}", fault.subject, fault.table, fault.what);
    }
    if audit.faults.len() > FAULTS_SHOWN {
        let _ = writeln!(text, "    and {} more: --json lists all", audit.faults.len() - FAULTS_SHOWN);
    }
    if audit.unsealed > 0 {
        let unsealed = thousands(audit.unsealed);
        let _ = writeln!(
            text,
            "    {unsealed} runs and batches are of before they were sealed: nothing can be said of them"
        );
    }
    if let Some(head) = &audit.head {
        let _ =
            writeln!(text, "  head of the chain: {head} (noted elsewhere, it proves later that no run was cut off)");
    }
    let _ = match audit.faults.len() {
        0 if audit.runs + audit.pruned + audit.batches == 0 => writeln!(text, "SUCCESS nothing is stored yet"),
        0 => writeln!(text, "SUCCESS every seal agrees"),
        1 => writeln!(text, "MISMATCH 1 place is not what was sealed"),
        faults => writeln!(text, "MISMATCH {} places are not what was sealed", thousands(faults as u64)),
    };
    text
}

#[cfg(test)]
mod tests {
    use pipeline_core::ports::AuditFault;

    use super::*;

    #[test]
    fn a_fault_is_located() {
        let fault = AuditFault {
            subject: "0193-b".to_owned(),
            table: "run_weights".to_owned(),
            row: "instrument=DI_2Y".to_owned(),
            what: "the row is not the one that was sealed".to_owned(),
        };
        let audit = AuditReport {
            runs: 12,
            rows: 1_204,
            pruned: 3,
            unsealed: 1,
            batches: 2,
            figures: 407_047,
            head: Some("0123abcd".to_owned()),
            faults: vec![fault],
        };
        insta::assert_snapshot!(text(&audit), @r"
          ✗ 12 runs (3 pruned: their link in the chain only), 1 204 rows;  2 batches, 407 047 figures
            0193-b: run_weights [instrument=DI_2Y]: the row is not the one that was sealed
            1 runs and batches are of before they were sealed: nothing can be said of them
          head of the chain: 0123abcd (noted elsewhere, it proves later that no run was cut off)
        MISMATCH 1 place is not what was sealed
        ");
    }

    #[test]
    fn what_agrees_and_what_is_empty_are_told_apart() {
        let empty = AuditReport::default();
        assert!(text(&empty).ends_with("SUCCESS nothing is stored yet\n"));
        assert!(text(&AuditReport { runs: 1, ..empty }).ends_with("SUCCESS every seal agrees\n"));
    }
}
