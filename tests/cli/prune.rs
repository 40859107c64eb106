//! Prunes: what goes, what stays, and what is said before.

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

/// Five filed days, 2026-03-16 to 2026-03-20.
fn week() -> Desk {
    let desk = demo();
    for day in 16..=20 {
        assert_eq!(desk.json(["run", "--date", &format!("2026-03-{day}")]).0, 0);
    }
    desk
}

#[test]
fn a_dry_run_says_what_would_go_and_writes_nothing() {
    let desk = week();
    let before = desk.fingerprint();
    let output = desk.daily(["prune", "--before", "2026-03-19", "--dry-run"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(text.starts_with("plan: remove what 3 runs left, of 2026-03-16 to 2026-03-18; 2 stay\n"), "{text}");
    assert!(
        text.contains("can no longer be replayed, explained or compared (3 of them official for their date)"),
        "{text}"
    );
    assert!(text.contains("of 2026-03-19 starts from it"), "{text}");
    assert!(text.ends_with("dry run: nothing was removed\n"), "{text}");
    assert_eq!(before, desk.fingerprint());
}

#[test]
fn pruned_runs_leave_their_line_and_the_rest_stays_whole() {
    let desk = week();
    let (exit, pruned) = desk.json(["prune", "--keep", "2"]);
    assert_eq!((exit, pruned["status"].as_str()), (0, Some("SUCCESS")), "{pruned}");
    assert_eq!(pruned["removed"]["runs"], 3);
    assert_eq!(pruned["removed"]["states_kept"], 1);
    let (_, list) = desk.json(["runs", "list"]);
    let marks: Vec<bool> = list["runs"].as_array().unwrap().iter().map(|run| run["pruned"] == true).collect();
    assert_eq!(marks, [false, false, true, true, true]);
    desk.refuses(["runs", "show", "D=2026-03-16"], &["is pruned: it left no record"]);
    assert_eq!(desk.json(["runs", "show", "latest-1"]).0, 0);
    assert_eq!(desk.json(["verify", "audit"]).0, 0, "what is left is still sealed");
    let (exit, again) = desk.json(["prune", "--keep", "2"]);
    assert_eq!((exit, again["status"].as_str()), (0, Some("NOTHING_TO_DO")), "a second prune has nothing to do");
}

#[test]
fn the_latest_official_run_stays_however_old_it_is() {
    let desk = week();
    let output = desk.daily(["prune", "--before", "2026-12-31"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stdout(&output).contains("of 2026-03-20 stays whole: it is the latest official run"),
        "{}",
        stdout(&output)
    );
    assert_eq!(desk.json(["runs", "show", "latest"]).1["run_date"], "2026-03-20");
    let (exit, next) = desk.json(["run", "--date", "2026-03-23"]);
    assert_eq!((exit, next["marking"]["from"].as_str()), (0, Some("2026-03-20")), "and the next run starts from it");
}

#[test]
fn a_prune_of_nothing_says_so() {
    let (exit, document) = demo().json(["prune", "--keep", "10"]);
    assert_eq!((exit, document["status"].as_str()), (0, Some("NOTHING_TO_DO")));
    let output = DEMO.daily(["prune", "--keep", "10", "--dry-run"]);
    assert_eq!((code(&output), stdout(&output).trim()), (0, "plan: nothing to remove; 0 runs stay"));
}
