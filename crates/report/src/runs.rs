//! Past runs, one line each.

use std::collections::BTreeSet;
use std::fmt::Write;

use pipeline_core::official::official_by_date;
use pipeline_core::record::RunSummary;
use serde::Serialize;

use crate::run::short;

/// A run and whether it is the official one of its date.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunLine {
    /// What the list says of it.
    #[serde(flatten)]
    pub run: RunSummary,
    /// True for the last successful attempt of its date.
    pub official: bool,
}

impl RunLine {
    /// The desk's whole list, in its order.
    pub fn of(runs: &[RunSummary]) -> Vec<Self> {
        let official: BTreeSet<&str> = official_by_date(runs).into_values().map(|run| run.run_id.as_str()).collect();
        runs.iter().map(|run| Self { run: run.clone(), official: official.contains(run.run_id.as_str()) }).collect()
    }
}

/// A count, or that there is none: a run that was killed counted nothing.
fn counted(count: Option<u64>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

/// A list of runs as given, of `matching` that there are.
pub fn text(lines: &[RunLine], matching: usize) -> String {
    if lines.is_empty() {
        return "no runs yet: daily run makes one\n".to_owned();
    }
    let mut text = String::new();
    for RunLine { run, official } in lines {
        let mark = if *official { "*" } else { " " };
        let exit = run.exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let notes: String = [(run.pruned, "  pruned"), (run.simulated, "  simulated")]
            .iter()
            .filter(|note| note.0)
            .map(|note| note.1)
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{mark} {}  {}  attempt {:>2}  {:<9}  exit {exit:>3}  signals {:>3}  positions {:>3}  digest {}{notes}",
            run.run_id,
            run.run_date,
            run.attempt,
            run.status.as_str(),
            counted(run.signal_count),
            counted(run.position_count),
            run.digest.as_deref().map_or("-", short),
        );
    }
    let shown = if lines.len() < matching { format!("  {} of {matching} runs;", lines.len()) } else { " ".to_owned() };
    let _ = writeln!(text, "{shown} * is the official run of its date");
    text
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use pipeline_core::record::RunStatus;

    use super::*;

    fn run(run_id: &str, attempt: u32, status: RunStatus) -> RunSummary {
        RunSummary {
            run_id: run_id.to_owned(),
            run_date: NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date"),
            status,
            started_at: DateTime::UNIX_EPOCH,
            finished_at: None,
            attempt,
            exit_code: status.is_official().then_some(0),
            code_version: "0.1.0".to_owned(),
            previous_run: None,
            pruned: false,
            digest: status.is_official().then(|| "0123456789abcdef".to_owned()),
            signal_count: Some(12),
            position_count: Some(5),
            simulated: true,
        }
    }

    #[test]
    fn a_list_marks_the_official_run_and_what_was_pruned() {
        let runs = [
            run("0193-c", 3, RunStatus::Abandoned),
            run("0193-b", 2, RunStatus::Success),
            RunSummary { pruned: true, simulated: false, ..run("0193-a", 1, RunStatus::Degraded) },
        ];
        insta::assert_snapshot!(text(&RunLine::of(&runs), 7), @r"
          0193-c  2026-03-31  attempt  3  ABANDONED  exit   -  signals  12  positions   5  digest -  simulated
        * 0193-b  2026-03-31  attempt  2  SUCCESS    exit   0  signals  12  positions   5  digest 01234567  simulated
          0193-a  2026-03-31  attempt  1  DEGRADED   exit   0  signals  12  positions   5  digest 01234567  pruned
          3 of 7 runs; * is the official run of its date
        ");
    }

    #[test]
    fn an_empty_list_says_how_to_fill_it() {
        assert_eq!(text(&[], 0), "no runs yet: daily run makes one\n");
    }
}
