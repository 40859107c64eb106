//! Which runs a prune removes, and what can no longer be done afterwards.
//!
//! Outputs of old runs go; figures, the line of each run in the list and its seal stay. What a run left is needed to
//! replay, explain or compare it. The state it left is needed by the runs that started from it: that state stays while
//! any of them does.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::official::{by_date_and_attempt, official_by_date};
use crate::record::{RunStatus, RunSummary};

/// Which runs are old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Old {
    /// Those of dates before this one.
    Before(NaiveDate),
    /// All but this many that started last.
    AllButLast(usize),
}

/// A run that is removed or stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// The run.
    pub run_id: String,
    /// Its date.
    pub date: NaiveDate,
    /// How it ended.
    pub status: RunStatus,
    /// True when it is the official run of its date.
    pub official: bool,
}

/// A kept run that starts from the state of a removed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateKept {
    /// The removed run, whose state stays.
    pub of: String,
    /// The kept run that starts from it.
    pub for_run: String,
    /// Its date.
    pub for_date: NaiveDate,
}

/// What a prune will do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Runs whose outputs go, by date and attempt: none of them can be replayed, explained or compared afterwards.
    pub remove: Vec<PlannedRun>,
    /// Kept runs that start from a removed one: its state stays, so they can still be replayed.
    pub states_kept: Vec<StateKept>,
    /// The latest official run, when it was old enough and stays all the same: the next run starts from it.
    pub spared: Option<PlannedRun>,
    /// Old runs that left nothing to remove: pruned before, or killed.
    pub empty: usize,
    /// Runs that stay, with what they left.
    pub kept: usize,
}

/// Plans a prune over the desk's whole list of runs.
pub fn plan(runs: &[RunSummary], old: Old) -> Plan {
    let official = official_by_date(runs);
    let official_ids: BTreeSet<&str> = official.values().map(|run| run.run_id.as_str()).collect();
    let latest_official = official.last_key_value().map(|(_, run)| run.run_id.as_str());
    let last = last_started(runs, old);
    let mut plan = Plan::default();
    let mut removed: BTreeSet<&str> = BTreeSet::new();
    let mut ordered: Vec<&RunSummary> = runs.iter().collect();
    ordered.sort_by(|a, b| by_date_and_attempt(a, b));
    for run in &ordered {
        let is_old = match old {
            Old::Before(date) => run.run_date < date,
            Old::AllButLast(_) => !last.contains(run.run_id.as_str()),
        };
        let nothing_left = run.pruned || matches!(run.status, RunStatus::Running | RunStatus::Abandoned);
        if nothing_left {
            plan.empty += usize::from(is_old && run.status != RunStatus::Running);
            continue;
        }
        let planned = || PlannedRun {
            run_id: run.run_id.clone(),
            date: run.run_date,
            status: run.status,
            official: official_ids.contains(run.run_id.as_str()),
        };
        if !is_old {
            plan.kept += 1;
        } else if latest_official == Some(run.run_id.as_str()) {
            plan.kept += 1;
            plan.spared = Some(planned());
        } else {
            removed.insert(&run.run_id);
            plan.remove.push(planned());
        }
    }
    plan.states_kept = ordered
        .iter()
        // A run under way needs the state it started from as much as a filed one.
        .filter(|run| !removed.contains(run.run_id.as_str()) && !run.pruned && run.status != RunStatus::Abandoned)
        .filter_map(|run| {
            let of = run.previous_run.as_deref().filter(|previous| removed.contains(previous))?;
            Some(StateKept { of: of.to_owned(), for_run: run.run_id.clone(), for_date: run.run_date })
        })
        .collect();
    plan
}

/// The runs that started last, as many as are to stay.
fn last_started(runs: &[RunSummary], old: Old) -> BTreeSet<&str> {
    let Old::AllButLast(count) = old else { return BTreeSet::new() };
    // Those that left nothing do not count: `the last 20` is twenty that can be looked at.
    let by_start: BTreeMap<_, &str> = runs
        .iter()
        .filter(|run| !run.pruned && !matches!(run.status, RunStatus::Running | RunStatus::Abandoned))
        .map(|run| ((run.started_at, &run.run_id), run.run_id.as_str()))
        .collect();
    by_start.into_values().rev().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::official::testing::{after, january, run};
    use crate::record::RunStatus::{Abandoned, Blocked, Degraded, Running, Success};

    fn removed(plan: &Plan) -> Vec<&str> {
        plan.remove.iter().map(|run| run.run_id.as_str()).collect()
    }

    #[test]
    fn runs_before_the_date_go_and_the_state_that_a_kept_run_starts_from_stays() {
        let runs = [
            run(2, 1, Blocked),
            run(2, 2, Success),
            after(run(3, 1, Success), "2-2"),
            after(run(4, 1, Degraded), "3-1"),
        ];
        let plan = plan(&runs, Old::Before(january(4)));
        assert_eq!(removed(&plan), ["2-1", "2-2", "3-1"]);
        assert_eq!(plan.remove.iter().filter(|run| run.official).count(), 2);
        let kept = StateKept { of: "3-1".to_owned(), for_run: "4-1".to_owned(), for_date: january(4) };
        assert_eq!(plan.states_kept, [kept]);
        assert_eq!((plan.kept, plan.spared), (1, None));
    }

    #[test]
    fn the_latest_official_run_is_never_removed() {
        let runs = [run(2, 1, Success), run(3, 1, Success), run(4, 1, Blocked)];
        let plan = plan(&runs, Old::Before(january(31)));
        assert_eq!(removed(&plan), ["2-1", "4-1"]);
        assert_eq!(plan.spared.map(|run| run.run_id).as_deref(), Some("3-1"));
    }

    #[test]
    fn keeping_a_number_counts_runs_that_left_something_by_their_start() {
        // The date of the 2nd was run again after the 4th.
        let again = RunSummary { started_at: run(9, 1, Success).started_at, ..run(2, 2, Success) };
        let runs = [run(2, 1, Success), run(3, 1, Success), run(4, 1, Success), again, run(9, 2, Abandoned)];
        let plan = plan(&runs, Old::AllButLast(2));
        assert_eq!(removed(&plan), ["2-1", "3-1"]);
        assert_eq!((plan.kept, plan.empty), (2, 1));
    }

    #[test]
    fn what_left_nothing_is_counted_and_what_is_under_way_is_left_alone() {
        let pruned = RunSummary { pruned: true, ..run(2, 1, Success) };
        let runs =
            [pruned, run(3, 1, Abandoned), run(4, 1, Success), after(run(5, 1, Running), "4-1"), run(6, 1, Success)];
        let plan = plan(&runs, Old::Before(january(31)));
        assert_eq!(removed(&plan), ["4-1"]);
        assert_eq!(plan.empty, 2);
        assert_eq!(plan.states_kept[0].for_run, "5-1", "a run under way needs the state it started from");
    }

    #[test]
    fn a_pruned_or_killed_run_needs_no_state() {
        let runs = [
            run(2, 1, Success),
            RunSummary { pruned: true, ..after(run(3, 1, Success), "2-1") },
            after(run(4, 1, Abandoned), "2-1"),
            run(8, 1, Success),
        ];
        assert!(plan(&runs, Old::Before(january(3))).states_kept.is_empty());
    }

    #[test]
    fn nothing_is_removed_of_a_desk_that_never_ran() {
        assert_eq!(plan(&[], Old::AllButLast(1)), Plan::default());
    }
}
