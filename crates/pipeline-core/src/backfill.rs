//! Which dates a backfill runs, which it skips and why, and which later runs that leaves resting on another state.
//!
//! Dates are run in order, and each starts from the official run before it. So when an earlier date is run (again), every
//! official run after it that is not run as well was computed from a state that is not the desk's path any more: its
//! predecessor is the date just run, or a run of which the same is true.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::official::{last_attempt_by_date, official_by_date};
use crate::record::{RunRecord, RunStatus, RunSummary};

/// Which of the dates to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Those without an official run.
    Missing,
    /// Those that were tried, and whose last attempt is not official.
    Failed,
    /// All.
    Force,
}

/// Why a date is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Cause {
    /// It was never run.
    NeverRun,
    /// Its last attempt did not become official.
    NotOfficial {
        /// That attempt.
        run_id: String,
        /// How it ended.
        status: RunStatus,
    },
    /// It has an official run, which the new one replaces as such.
    Redone {
        /// The run replaced.
        run_id: String,
    },
}

/// A date that is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDate {
    /// The date.
    pub date: NaiveDate,
    /// Why.
    #[serde(flatten)]
    pub cause: Cause,
}

/// Why a date is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// It has an official run.
    Official {
        /// That run.
        run_id: String,
        /// Success or degraded.
        status: RunStatus,
    },
    /// It was never run, and only failed dates were asked for.
    NeverRun,
}

/// A date that is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedDate {
    /// The date.
    pub date: NaiveDate,
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
}

/// An official run that will rest on a state which is not the desk's path any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestingRun {
    /// Its date.
    pub date: NaiveDate,
    /// The run.
    pub run_id: String,
}

/// What a backfill will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What was asked for.
    pub choice: Choice,
    /// Dates to run, in order.
    pub dates: Vec<PlannedDate>,
    /// Dates left alone, in order.
    pub skipped: Vec<SkippedDate>,
    /// Official runs after the first date to run that are not run again, in order of date.
    pub resting: Vec<RestingRun>,
}

/// Plans a backfill of `dates` (business days) by what `runs`, the desk's whole list, says of them.
pub fn plan(dates: &[NaiveDate], runs: &[RunSummary], choice: Choice) -> Plan {
    let (official, last) = (official_by_date(runs), last_attempt_by_date(runs));
    let mut dates = dates.to_vec();
    dates.sort_unstable();
    dates.dedup();
    let mut plan = Plan { choice, dates: Vec::new(), skipped: Vec::new(), resting: Vec::new() };
    for date in dates {
        match decide(official.get(&date).copied(), last.get(&date).copied(), choice) {
            Ok(cause) => plan.dates.push(PlannedDate { date, cause }),
            Err(reason) => plan.skipped.push(SkippedDate { date, reason }),
        }
    }
    let Some(first) = plan.dates.first().map(|planned| planned.date) else { return plan };
    let is_run = |date: &NaiveDate| plan.dates.binary_search_by_key(date, |planned| planned.date).is_ok();
    plan.resting = official
        .iter()
        .filter(|(date, _)| **date > first && !is_run(date))
        .map(|(date, run)| RestingRun { date: *date, run_id: run.run_id.clone() })
        .collect();
    plan
}

/// Run it, and why; or leave it alone, and why.
fn decide(official: Option<&RunSummary>, last: Option<&RunSummary>, choice: Choice) -> Result<Cause, Reason> {
    let Some(last) = last else {
        return if choice == Choice::Failed { Err(Reason::NeverRun) } else { Ok(Cause::NeverRun) };
    };
    let failed = || Cause::NotOfficial { run_id: last.run_id.clone(), status: last.status };
    let Some(official) = official else { return Ok(failed()) };
    match choice {
        Choice::Force => Ok(Cause::Redone { run_id: official.run_id.clone() }),
        Choice::Failed if !last.status.is_official() => Ok(failed()),
        Choice::Missing | Choice::Failed => {
            Err(Reason::Official { run_id: official.run_id.clone(), status: official.status })
        }
    }
}

/// What became of one date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DateDone {
    /// The date.
    pub date: NaiveDate,
    /// The run.
    pub run_id: String,
    /// How it ended.
    pub status: RunStatus,
    /// Exit code it would have had alone.
    pub exit_code: u8,
    /// Its digest.
    pub digest: String,
    /// Number of signals.
    pub signal_count: u64,
    /// Number of positions.
    pub position_count: u64,
    /// Alerts, one sentence each.
    pub alerts: Vec<String>,
    /// What was missing, one sentence each.
    pub degradations: Vec<String>,
    /// Wall-clock seconds of its steps.
    pub seconds: f64,
}

impl From<&RunRecord> for DateDone {
    fn from(record: &RunRecord) -> Self {
        Self {
            date: record.header.run_date,
            run_id: record.header.run_id.clone(),
            status: record.status,
            exit_code: record.exit_code,
            digest: record.digest.clone(),
            signal_count: record.signal_count() as u64,
            position_count: record.position_count() as u64,
            alerts: record.outcome.alerts.clone(),
            degradations: record.outcome.degradations.clone(),
            seconds: record.steps.iter().map(|step| step.seconds).sum(),
        }
    }
}

/// What a backfill did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backfill {
    /// What it set out to do.
    pub plan: Plan,
    /// The dates it ran, in order.
    pub done: Vec<DateDone>,
}

impl Backfill {
    /// Dates whose run did not become official, in order.
    pub fn failed(&self) -> Vec<NaiveDate> {
        self.dates_where(|status| !status.is_official())
    }

    /// Dates whose run is official with something missing, in order.
    pub fn degraded(&self) -> Vec<NaiveDate> {
        self.dates_where(|status| status == RunStatus::Degraded)
    }

    fn dates_where(&self, wanted: impl Fn(RunStatus) -> bool) -> Vec<NaiveDate> {
        self.done.iter().filter(|done| wanted(done.status)).map(|done| done.date).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::official::testing::{january, run};
    use crate::record::RunStatus::{Abandoned, Blocked, Degraded, Failed, Success};

    fn days(days: &[u32]) -> Vec<NaiveDate> {
        days.iter().map(|day| january(*day)).collect()
    }

    fn planned(plan: &Plan) -> Vec<NaiveDate> {
        plan.dates.iter().map(|planned| planned.date).collect()
    }

    fn resting(plan: &Plan) -> Vec<&str> {
        plan.resting.iter().map(|run| run.run_id.as_str()).collect()
    }

    #[test]
    fn missing_runs_the_dates_without_an_official_run() {
        let runs = [run(2, 1, Success), run(3, 1, Blocked), run(4, 1, Degraded), run(4, 2, Failed)];
        let plan = plan(&days(&[2, 3, 4, 5]), &runs, Choice::Missing);
        assert_eq!(planned(&plan), days(&[3, 5]));
        assert_eq!(plan.dates[0].cause, Cause::NotOfficial { run_id: "3-1".to_owned(), status: Blocked });
        assert_eq!(plan.dates[1].cause, Cause::NeverRun);
        assert_eq!(plan.skipped[1].reason, Reason::Official { run_id: "4-1".to_owned(), status: Degraded });
    }

    #[test]
    fn failed_runs_only_what_was_tried_and_ended_badly_last() {
        let runs = [run(2, 1, Success), run(3, 1, Abandoned), run(4, 1, Degraded), run(4, 2, Failed)];
        let plan = plan(&days(&[2, 3, 4, 5]), &runs, Choice::Failed);
        assert_eq!(planned(&plan), days(&[3, 4]));
        assert_eq!(plan.skipped[1].reason, Reason::NeverRun);
    }

    #[test]
    fn force_runs_everything_and_names_what_it_replaces() {
        let runs = [run(2, 1, Success), run(2, 2, Failed)];
        let plan = plan(&days(&[2, 3]), &runs, Choice::Force);
        assert_eq!(planned(&plan), days(&[2, 3]));
        assert_eq!(plan.dates[0].cause, Cause::Redone { run_id: "2-1".to_owned() });
        assert!(plan.skipped.is_empty());
    }

    #[test]
    fn later_official_runs_rest_on_another_state_when_an_earlier_date_is_run() {
        let runs = [run(2, 1, Success), run(4, 1, Success), run(5, 1, Blocked), run(8, 1, Degraded)];
        assert_eq!(resting(&plan(&days(&[2]), &runs, Choice::Force)), ["4-1", "8-1"], "a redone date");
        assert_eq!(resting(&plan(&days(&[3]), &runs, Choice::Missing)), ["4-1", "8-1"], "a date put in between");
        assert_eq!(resting(&plan(&days(&[2, 3, 4]), &runs, Choice::Force)), ["8-1"], "what is redone does not rest");
        assert!(resting(&plan(&days(&[9]), &runs, Choice::Missing)).is_empty(), "nothing comes after the last date");
        assert!(resting(&plan(&days(&[2]), &runs, Choice::Missing)).is_empty(), "nothing is run");
    }

    #[test]
    fn the_order_in_which_dates_and_runs_are_given_does_not_matter() {
        let runs = [run(2, 1, Success), run(4, 1, Blocked), run(4, 2, Success)];
        let backwards: Vec<_> = runs.iter().rev().cloned().collect();
        assert_eq!(
            plan(&days(&[5, 2, 4, 4, 3]), &runs, Choice::Missing),
            plan(&days(&[2, 3, 4, 5]), &backwards, Choice::Missing)
        );
    }

    proptest! {
        #[test]
        fn every_date_is_run_or_skipped_and_a_second_plan_after_success_is_empty(
            asked in proptest::collection::btree_set(1u32..29, 0..20),
            tried in proptest::collection::vec((1u32..29, 1u32..4, any::<bool>()), 0..30),
        ) {
            let asked: Vec<u32> = asked.into_iter().collect();
            let mut runs: Vec<RunSummary> = tried
                .into_iter()
                .map(|(day, attempt, good)| run(day, attempt, if good { Success } else { Failed }))
                .collect();
            let first = plan(&days(&asked), &runs, Choice::Missing);
            prop_assert_eq!(first.dates.len() + first.skipped.len(), asked.len());
            prop_assert!(first.dates.is_sorted_by_key(|planned| planned.date));
            for planned in &first.dates {
                runs.push(RunSummary { run_date: planned.date, ..run(1, 9, Success) });
            }
            prop_assert!(plan(&days(&asked), &runs, Choice::Missing).dates.is_empty(), "a backfill resumes, and ends");
        }
    }
}
