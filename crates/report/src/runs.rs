//! Past runs, one line each.

use std::fmt::Write;

use pipeline_core::record::RunSummary;

use crate::run::short;

/// A list of runs, newest first.
pub fn text(runs: &[RunSummary]) -> String {
    let mut text = String::new();
    for run in runs {
        let simulated = if run.simulated { "  simulated" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}  {}  {:<9}  signals {:>3}  positions {:>3}  digest {}{simulated}",
            run.run_id,
            run.run_date,
            run.status.as_str(),
            run.signal_count,
            run.position_count,
            run.digest.as_deref().map_or("-", short),
        );
    }
    if runs.is_empty() {
        text.push_str("no runs yet: daily run makes one\n");
    }
    text
}
