//! A prune as the operator sees it: what goes, what can no longer be done then, and what stays.

use std::fmt::Write;

use pipeline_core::ports::PruneCounts;
use pipeline_core::prune::{Plan, PlannedRun};

use crate::number::thousands;

/// What will be removed and what that costs.
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match (plan.remove.first(), plan.remove.last()) {
        (Some(first), Some(last)) => writeln!(
            text,
            "plan: remove what {} left, of {} to {}; {} stay",
            runs(plan.remove.len()),
            first.date,
            last.date,
            plan.kept
        ),
        _ => writeln!(text, "plan: nothing to remove; {} stay", runs(plan.kept)),
    };
    if !plan.remove.is_empty() {
        let official = plan.remove.iter().filter(|run| run.official).count();
        let _ = writeln!(
            text,
            "  they can no longer be replayed, explained or compared ({official} of them official for their date)",
        );
        let _ = writeln!(text, "  their lines in the list and their seals stay, and no figure is touched");
    }
    for state in &plan.states_kept {
        let _ = writeln!(
            text,
            "  the state of run {} stays: run {} of {} starts from it",
            state.of, state.for_run, state.for_date
        );
    }
    if let Some(PlannedRun { run_id, date, .. }) = &plan.spared {
        let _ = writeln!(text, "  run {run_id} of {date} stays whole: it is the latest official run");
    }
    if plan.empty > 0 {
        let _ = writeln!(text, "  {} of that age left nothing: pruned before, or killed", runs(plan.empty));
    }
    text
}

/// What was removed.
pub fn counts_text(counts: &PruneCounts) -> String {
    format!(
        "SUCCESS {} rows of {} removed, {} kept\n",
        thousands(counts.rows),
        runs(usize::try_from(counts.runs).unwrap_or(usize::MAX)),
        if counts.states_kept == 1 { "1 state".to_owned() } else { format!("{} states", counts.states_kept) },
    )
}

fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use pipeline_core::prune::StateKept;
    use pipeline_core::record::RunStatus;

    use super::*;

    fn planned(run_id: &str, day: u32, status: RunStatus) -> PlannedRun {
        let date = NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March");
        PlannedRun { run_id: run_id.to_owned(), date, status, official: status.is_official() }
    }

    #[test]
    fn a_plan_says_what_can_no_longer_be_done() {
        let kept = planned("0193-d", 4, RunStatus::Success);
        let plan = Plan {
            remove: vec![planned("0193-a", 2, RunStatus::Blocked), planned("0193-b", 3, RunStatus::Success)],
            states_kept: vec![StateKept { of: "0193-b".to_owned(), for_run: kept.run_id.clone(), for_date: kept.date }],
            spared: Some(kept),
            empty: 1,
            kept: 20,
        };
        insta::assert_snapshot!(plan_text(&plan), @r"
        plan: remove what 2 runs left, of 2026-03-02 to 2026-03-03; 20 stay
          they can no longer be replayed, explained or compared (1 of them official for their date)
          their lines in the list and their seals stay, and no figure is touched
          the state of run 0193-b stays: run 0193-d of 2026-03-04 starts from it
          run 0193-d of 2026-03-04 stays whole: it is the latest official run
          1 run of that age left nothing: pruned before, or killed
        ");
    }

    #[test]
    fn a_plan_of_nothing_says_so() {
        assert_eq!(plan_text(&Plan { kept: 3, ..Plan::default() }), "plan: nothing to remove; 3 runs stay\n");
    }

    #[test]
    fn the_counts_are_said() {
        let counts = PruneCounts { runs: 2, rows: 1_204, states_kept: 1 };
        assert_eq!(counts_text(&counts), "SUCCESS 1 204 rows of 2 runs removed, 1 state kept\n");
    }
}
