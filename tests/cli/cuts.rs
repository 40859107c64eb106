//! What was published then, and what this installation had recorded then.

use serde_json::Value;

use crate::desk::{DEMO, code, demo, stderr};

#[test]
fn a_recorded_cut_after_now_is_a_usage_error() {
    for words in [vec!["run", "--dry-run"], vec!["quality"], vec!["data", "list"]] {
        let words = words.into_iter().chain(["--recorded-as-of", "2999-01-01T00:00:00Z"]);
        DEMO.refuses(words, &["--recorded-as-of 2999-01-01T00:00:00+00:00 is in the future"]);
    }
}

#[test]
fn a_recorded_cut_before_the_first_figure_says_that_nothing_was_known() {
    let desk = demo();
    let output = desk.daily(["run", "--date", "2026-03-31", "--recorded-as-of", "2020-01-01T00:00:00Z"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("had been recorded here by 2020-01-01"), "{}", stderr(&output));
    let (_, list) = desk.json(["runs", "list"]);
    assert_eq!(list["runs"], Value::Array(Vec::new()), "no run was filed on nothing");
}

#[test]
fn a_recorded_cut_after_the_last_figure_decides_as_none_at_all() {
    let now = chrono::Utc::now().to_rfc3339();
    let (exit, with) = DEMO.json(["run", "--dry-run", "--recorded-as-of", &now]);
    assert_eq!(exit, 0, "{with}");
    let (_, without) = DEMO.json(["run", "--dry-run"]);
    assert_eq!(with["digest"], without["digest"]);
}
