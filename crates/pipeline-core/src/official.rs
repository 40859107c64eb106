//! Which attempt of a date counts, told from the list of runs.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::record::RunSummary;

/// The official run of each date: its last attempt that succeeded or was degraded.
pub fn official_by_date(runs: &[RunSummary]) -> BTreeMap<NaiveDate, &RunSummary> {
    last_by_date(runs.iter().filter(|run| run.status.is_official()))
}

/// The last attempt at each date, however it ended.
pub fn last_attempt_by_date(runs: &[RunSummary]) -> BTreeMap<NaiveDate, &RunSummary> {
    last_by_date(runs.iter())
}

/// The order of runs by date, then attempt.
pub fn by_date_and_attempt(a: &RunSummary, b: &RunSummary) -> Ordering {
    (a.run_date, a.attempt, a.started_at, &a.run_id).cmp(&(b.run_date, b.attempt, b.started_at, &b.run_id))
}

fn last_by_date<'a>(runs: impl Iterator<Item = &'a RunSummary>) -> BTreeMap<NaiveDate, &'a RunSummary> {
    let mut last: BTreeMap<NaiveDate, &RunSummary> = BTreeMap::new();
    for run in runs {
        let held = last.entry(run.run_date).or_insert(run);
        if by_date_and_attempt(run, held).is_gt() {
            *held = run;
        }
    }
    last
}

#[cfg(test)]
pub(crate) mod testing {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::record::RunStatus;

    /// Day `day` of January 2024.
    pub(crate) fn january(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, day).expect("a day of January")
    }

    /// Attempt `attempt` at a day of January 2024, named `DAY-ATTEMPT`.
    pub(crate) fn run(day: u32, attempt: u32, status: RunStatus) -> RunSummary {
        let started_at = DateTime::UNIX_EPOCH + TimeDelta::days(i64::from(day)) + TimeDelta::hours(i64::from(attempt));
        RunSummary {
            run_id: format!("{day}-{attempt}"),
            run_date: january(day),
            status,
            started_at,
            finished_at: None,
            attempt,
            exit_code: None,
            code_version: String::new(),
            previous_run: None,
            pruned: false,
            digest: None,
            signal_count: None,
            position_count: None,
            simulated: false,
        }
    }

    /// The same run, started from another's state.
    pub(crate) fn after(run: RunSummary, previous: &str) -> RunSummary {
        RunSummary { previous_run: Some(previous.to_owned()), ..run }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{january, run};
    use super::*;
    use crate::record::RunStatus::{Blocked, Degraded, Success};

    #[test]
    fn a_later_failure_does_not_unseat_the_official_attempt() {
        let runs = [run(2, 3, Blocked), run(2, 2, Degraded), run(2, 1, Success)];
        assert_eq!(official_by_date(&runs)[&january(2)].run_id, "2-2");
        assert_eq!(last_attempt_by_date(&runs)[&january(2)].run_id, "2-3");
    }

    #[test]
    fn a_date_without_success_has_no_official_run() {
        let runs = [run(2, 1, Blocked)];
        assert!(official_by_date(&runs).is_empty());
    }
}
