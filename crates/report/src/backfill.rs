//! A backfill as the operator sees it: its plan, a line a date, and what is left to do.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::NaiveDate;
use pipeline_core::backfill::{Backfill, Cause, Choice, DateDone, Plan, Reason};
use pipeline_core::record::RunStatus;

use crate::run::short;

/// How many dates a line names; the rest is counted.
const NAMED: usize = 10;

/// What will be run, what is left alone and why, and what that does to later runs.
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    let choice = match plan.choice {
        Choice::Missing => "dates without an official run",
        Choice::Failed => "dates whose last attempt is not official",
        Choice::Force => "every date",
    };
    let dates: Vec<NaiveDate> = plan.dates.iter().map(|planned| planned.date).collect();
    // Writing to a String cannot fail.
    let _ = match (dates.first(), dates.last()) {
        (Some(first), Some(last)) => writeln!(text, "plan: run {} ({choice}), {first} to {last}", days(dates.len())),
        _ => writeln!(text, "plan: nothing to run ({choice})"),
    };
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for planned in &plan.dates {
        *causes.entry(cause(&planned.cause)).or_default() += 1;
    }
    for (cause, count) in causes {
        let _ = writeln!(text, "  run   {count:>4}  {cause}");
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in &plan.skipped {
        *reasons.entry(reason(&skipped.reason)).or_default() += 1;
    }
    for (reason, count) in reasons {
        let _ = writeln!(text, "  skip  {count:>4}  {reason}");
    }
    if let (Some(first), Some(last)) = (plan.resting.first(), plan.resting.last()) {
        let _ = writeln!(
            text,
            "  warning: {} later official {} computed from another state than this leaves; \
             daily backfill {}..{} --force runs them again",
            plan.resting.len(),
            if plan.resting.len() == 1 { "run was" } else { "runs were" },
            first.date,
            last.date,
        );
    }
    text
}

/// One date: mark, status, figures, and under it why when it did not succeed.
pub fn line(done: &DateDone) -> String {
    let mark = match done.status {
        RunStatus::Success => "✓",
        RunStatus::Degraded => "!",
        _ => "✗",
    };
    let mut text = format!(
        "  {mark} {}  {:<9} {:>5.2}s  signals {:>3}  positions {:>3}  digest {}  run {}\n",
        done.date,
        done.status.as_str(),
        done.seconds,
        done.signal_count,
        done.position_count,
        short(&done.digest),
        done.run_id,
    );
    if !done.status.is_official() {
        for alert in &done.alerts {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "      {alert}");
        }
    }
    text
}

/// The last lines: how many dates ended how, and which did not.
pub fn summary(backfill: &Backfill) -> String {
    let (failed, degraded) = (backfill.failed(), backfill.degraded());
    if backfill.plan.dates.is_empty() {
        return "SUCCESS nothing to do\n".to_owned();
    }
    let done = backfill.done.len();
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match (failed.is_empty(), degraded.is_empty()) {
        (false, _) => writeln!(
            text,
            "PARTIAL {} of {} became official; not: {}\n  next: daily quality --date {} says what was missing, daily \
             backfill A..B --failed runs them again",
            done - failed.len(),
            days(done),
            named(&failed),
            failed.first().map(ToString::to_string).unwrap_or_default(),
        ),
        (true, false) => writeln!(text, "DEGRADED {} run; degraded: {}", days(done), named(&degraded)),
        (true, true) => writeln!(text, "SUCCESS {} run", days(done)),
    };
    text
}

fn cause(cause: &Cause) -> &'static str {
    match cause {
        Cause::NeverRun => "never run",
        Cause::NotOfficial { status: RunStatus::Abandoned | RunStatus::Running, .. } => "last attempt was killed",
        Cause::NotOfficial { status: RunStatus::Blocked, .. } => "last attempt was blocked",
        Cause::NotOfficial { .. } => "last attempt failed",
        Cause::Redone { .. } => "run again: the new run becomes the official one",
    }
}

fn reason(reason: &Reason) -> &'static str {
    match reason {
        Reason::Official { status: RunStatus::Degraded, .. } => "official, degraded",
        Reason::Official { .. } => "official",
        Reason::NeverRun => "never run",
    }
}

fn days(count: usize) -> String {
    if count == 1 { "1 date".to_owned() } else { format!("{count} dates") }
}

fn named(dates: &[NaiveDate]) -> String {
    let names: Vec<String> = dates.iter().take(NAMED).map(ToString::to_string).collect();
    match dates.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use pipeline_core::backfill::{PlannedDate, RestingRun, SkippedDate};

    use super::*;

    fn march(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March")
    }

    fn plan() -> Plan {
        let blocked = Cause::NotOfficial { run_id: "0193-a".to_owned(), status: RunStatus::Blocked };
        let official = Reason::Official { run_id: "0193-b".to_owned(), status: RunStatus::Success };
        Plan {
            choice: Choice::Missing,
            dates: vec![
                PlannedDate { date: march(2), cause: Cause::NeverRun },
                PlannedDate { date: march(3), cause: blocked },
                PlannedDate { date: march(5), cause: Cause::NeverRun },
            ],
            skipped: vec![SkippedDate { date: march(4), reason: official }],
            resting: vec![
                RestingRun { date: march(4), run_id: "0193-b".to_owned() },
                RestingRun { date: march(6), run_id: "0193-c".to_owned() },
            ],
        }
    }

    fn done(day: u32, status: RunStatus) -> DateDone {
        DateDone {
            date: march(day),
            run_id: "0193-d".to_owned(),
            status,
            exit_code: 0,
            digest: "0123456789abcdef".to_owned(),
            signal_count: 12,
            position_count: 5,
            alerts: vec!["quality blocked: missing series: BR_CDI_DAILY".to_owned()],
            degradations: Vec::new(),
            seconds: 0.031,
        }
    }

    #[test]
    fn a_plan_says_what_is_run_what_is_skipped_and_what_rests_on_it() {
        insta::assert_snapshot!(plan_text(&plan()), @r"
        plan: run 3 dates (dates without an official run), 2026-03-02 to 2026-03-05
          run      1  last attempt was blocked
          run      2  never run
          skip     1  official
          warning: 2 later official runs were computed from another state than this leaves; daily backfill 2026-03-04..2026-03-06 --force runs them again
        ");
    }

    #[test]
    fn a_plan_without_dates_says_so() {
        let empty = Plan { dates: Vec::new(), resting: Vec::new(), ..plan() };
        insta::assert_snapshot!(plan_text(&empty), @r"
        plan: nothing to run (dates without an official run)
          skip     1  official
        ");
        assert_eq!(summary(&Backfill { plan: empty, done: Vec::new() }), "SUCCESS nothing to do\n");
    }

    #[test]
    fn a_date_that_did_not_succeed_says_why() {
        let lines = [line(&done(2, RunStatus::Success)), line(&done(3, RunStatus::Blocked))].concat();
        insta::assert_snapshot!(lines, @r"
          ✓ 2026-03-02  SUCCESS    0.03s  signals  12  positions   5  digest 01234567  run 0193-d
          ✗ 2026-03-03  BLOCKED    0.03s  signals  12  positions   5  digest 01234567  run 0193-d
              quality blocked: missing series: BR_CDI_DAILY
        ");
    }

    #[test]
    fn the_summary_names_the_dates_that_failed() {
        let statuses = [RunStatus::Success, RunStatus::Blocked, RunStatus::Degraded];
        let done: Vec<_> = statuses.into_iter().zip([2, 3, 5]).map(|(status, day)| done(day, status)).collect();
        insta::assert_snapshot!(summary(&Backfill { plan: plan(), done: done.clone() }), @r"
        PARTIAL 2 of 3 dates became official; not: 2026-03-03
          next: daily quality --date 2026-03-03 says what was missing, daily backfill A..B --failed runs them again
        ");
        let without_failure = vec![done[0].clone(), done[2].clone()];
        let text = summary(&Backfill { plan: plan(), done: without_failure });
        assert_eq!(text, "DEGRADED 2 dates run; degraded: 2026-03-05\n");
    }

    #[test]
    fn a_long_list_of_dates_is_cut_and_counted() {
        let dates: Vec<_> = (1..=12).map(march).collect();
        assert!(named(&dates).ends_with("2026-03-10 and 2 more"));
    }
}
