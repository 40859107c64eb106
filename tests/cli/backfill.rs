//! Backfills: what is planned, what is run, and that a second call goes on where the first ended.

use serde_json::Value;

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

/// The five business days from 2026-03-16 to 2026-03-20.
const WEEK: &str = "2026-03-16..2026-03-20";

fn dates(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|entry| entry["date"].as_str()).collect()
}

fn weekdays(days: std::ops::RangeInclusive<u32>) -> Vec<String> {
    days.map(|day| format!("2026-03-{day:02}")).collect()
}

fn backfilled(desk: &Desk, words: &[&str]) -> Value {
    let (exit, document) = desk.json(["backfill"].into_iter().chain(words.iter().copied()));
    assert_eq!(exit, 0, "{document}");
    document
}

#[test]
fn a_week_is_run_in_order_each_day_from_the_one_before() {
    let desk = demo();
    let document = backfilled(&desk, &["2026-03-14..2026-03-22"]);
    assert_eq!(dates(&document["done"]), weekdays(16..=20), "weekends are no business days");
    let (_, list) = desk.json(["runs", "list"]);
    let runs = list["runs"].as_array().unwrap();
    for pair in runs.windows(2) {
        assert_eq!(pair[0]["previous_run"], pair[1]["run_id"]);
    }
    let alone = demo();
    for day in weekdays(16..=20) {
        assert_eq!(alone.json(["run", "--date", &day]).0, 0);
    }
    let (_, single) = alone.json(["runs", "list"]);
    let digests = |list: &Value| -> Vec<Value> {
        list["runs"].as_array().unwrap().iter().map(|run| run["digest"].clone()).collect()
    };
    assert_eq!(digests(&list), digests(&single), "a backfill decides what single runs decide");
}

#[test]
fn what_is_official_is_skipped_and_said() {
    let desk = demo();
    assert_eq!(desk.json(["run", "--date", "2026-03-18"]).0, 0);
    let output = desk.daily(["backfill", WEEK]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        text.starts_with("plan: run 4 dates (dates without an official run), 2026-03-16 to 2026-03-20\n"),
        "{text}"
    );
    assert!(text.contains("skip     1  official"), "{text}");
    assert!(text.contains("warning: 1 later official run was computed from another state"), "{text}");
    assert!(!text.lines().any(|line| line.contains("✓ 2026-03-18")), "{text}");
    let again = desk.daily(["backfill", WEEK]);
    assert_eq!(code(&again), 0);
    assert!(stdout(&again).ends_with("SUCCESS nothing to do\n"), "{}", stdout(&again));
}

#[test]
fn force_runs_again_and_the_new_attempts_are_official() {
    let desk = demo();
    backfilled(&desk, &[WEEK]);
    let again = backfilled(&desk, &["2026-03-17..2026-03-18", "--force"]);
    assert_eq!(dates(&again["done"]), weekdays(17..=18));
    assert_eq!(dates(&again["plan"]["resting"]), weekdays(19..=20));
    let (_, named) = desk.json(["runs", "show", "D=2026-03-18"]);
    assert_eq!(named["run_id"], again["done"][1]["run_id"]);
    assert_eq!(named["previous_run"], again["done"][0]["run_id"], "the chain goes through the new attempt");
}

#[test]
fn a_plan_writes_nothing() {
    let desk = demo();
    let before = desk.fingerprint();
    let (exit, plan) = desk.json(["backfill", WEEK, "--plan"]);
    assert_eq!((exit, plan["status"].as_str()), (0, Some("PLANNED")));
    assert_eq!(dates(&plan["plan"]["dates"]), weekdays(16..=20));
    assert_eq!(before, desk.fingerprint());
}

#[test]
fn failed_alone_leaves_dates_that_were_never_run() {
    let desk = demo();
    let document = backfilled(&desk, &[WEEK, "--failed"]);
    assert_eq!(document["status"], "NOTHING_TO_DO");
    assert_eq!(dates(&document["plan"]["skipped"]).len(), 5);
}

#[test]
fn dates_that_are_blocked_are_named_and_the_others_are_kept() {
    let desk = demo();
    // Nothing had been published by then: such a date is blocked, and the backfill goes on.
    let output = desk.daily(["backfill", "2013-12-27..2013-12-30"]);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("✗ 2013-12-27  BLOCKED"), "{text}");
    assert!(text.contains("PARTIAL 0 of 2 dates became official; not: 2013-12-27, 2013-12-30"), "{text}");
    let (exit, again) = desk.json(["backfill", "2013-12-27..2014-01-02", "--failed"]);
    assert_eq!((exit, dates(&again["done"])), (6, vec!["2013-12-27", "2013-12-30"]));
}

#[test]
fn a_degraded_date_is_5_under_strict() {
    let desk = demo();
    // Long before the simulated futures begin, a day is degraded for want of curves.
    let day = "2022-06-01..2022-06-01";
    let (exit, document) = desk.json(["backfill", day, "--strict"]);
    assert_eq!((exit, document["status"].as_str()), (5, Some("DEGRADED")), "{document}");
    let (exit, _) = desk.json(["backfill", day, "--strict", "--force"]);
    assert_eq!(exit, 5);
    assert_eq!(desk.json(["backfill", day, "--force"]).0, 0);
}

#[test]
fn a_range_without_business_days_is_nothing_to_do() {
    let output = demo().daily(["backfill", "2026-03-14..2026-03-15"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("plan: nothing to run"), "{}", stdout(&output));
}

#[test]
fn a_range_into_the_future_is_a_usage_error() {
    DEMO.refuses(["backfill", "2026-03-16..2099-01-05"], &["2099-01-05 is in the future"]);
}

#[test]
fn a_backfill_of_no_data_says_how_to_get_some() {
    let desk = Desk::new();
    for words in [vec!["backfill", WEEK], vec!["backfill", WEEK, "--plan"]] {
        let output = desk.daily(words);
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains("daily ingest --from DIR"), "{}", stderr(&output));
    }
    assert!(!desk.database().exists());
}
