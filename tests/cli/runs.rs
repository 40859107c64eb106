//! Past runs: the list, and how a run is named.

use serde_json::Value;

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

/// Three runs: 30 March, 31 March, and 31 March again.
fn three_runs() -> (Desk, Vec<String>) {
    let desk = demo();
    let ids = ["2026-03-30", "2026-03-31", "2026-03-31"]
        .map(|date| {
            let (exit, run) = desk.json(["run", "--date", date]);
            assert_eq!(exit, 0, "{run}");
            run["run_id"].as_str().expect("an id").to_owned()
        })
        .to_vec();
    (desk, ids)
}

fn ids(list: &Value) -> Vec<&str> {
    list["runs"].as_array().expect("runs").iter().filter_map(|run| run["run_id"].as_str()).collect()
}

#[test]
fn a_list_is_newest_first_and_can_be_narrowed() {
    let (desk, runs) = three_runs();
    let list = |words: &[&str]| {
        let (exit, list) = desk.json(["runs", "list"].into_iter().chain(words.iter().copied()));
        assert_eq!(exit, 0);
        list
    };
    assert_eq!(ids(&list(&[])), [&runs[2], &runs[1], &runs[0]]);
    assert_eq!(ids(&list(&["--last", "1"])), [&runs[2]]);
    assert_eq!(list(&["--last", "1"])["matching"], 3);
    assert_eq!(ids(&list(&["--date", "2026-03-30"])), [&runs[0]]);
    assert_eq!(ids(&list(&["--status", "success"])).len(), 3);
    assert_eq!(ids(&list(&["--status", "FAILED"])).len(), 0);
    let output = desk.daily(["runs", "list", "--status", "failed"]);
    assert_eq!((code(&output), stdout(&output).trim()), (0, "no run matches: daily runs list shows all"));
}

#[test]
fn the_last_successful_attempt_of_a_date_is_the_official_one() {
    let (desk, runs) = three_runs();
    let (_, list) = desk.json(["runs", "list"]);
    let official: Vec<bool> = list["runs"].as_array().unwrap().iter().map(|run| run["official"] == true).collect();
    assert_eq!(official, [true, false, true]);
    let (_, named) = desk.json(["runs", "show", "D=2026-03-31"]);
    assert_eq!(named["run_id"], runs[2].as_str());
    let text = stdout(&desk.daily(["runs", "list"]));
    let marked: Vec<bool> = text.lines().take(3).map(|line| line.starts_with('*')).collect();
    assert_eq!(marked, [true, false, true], "{text}");
}

#[test]
fn a_run_is_named_by_its_id_or_the_start_of_it_or_its_place() {
    let (desk, runs) = three_runs();
    let long_enough =
        (1..=runs[0].len()).find(|length| runs.iter().filter(|run| run.starts_with(&runs[0][..*length])).count() == 1);
    let prefix = &runs[0][..long_enough.expect("ids differ")];
    for (name, id) in [
        (runs[1].as_str(), &runs[1]),
        (prefix, &runs[0]),
        ("latest", &runs[2]),
        ("latest-1", &runs[1]),
        ("latest-2", &runs[0]),
        ("D=2026-03-30", &runs[0]),
    ] {
        let (exit, shown) = desk.json(["runs", "show", name]);
        assert_eq!((exit, shown["run_id"].as_str()), (0, Some(id.as_str())), "{name}");
        assert_eq!(shown["command"], "runs show");
    }
}

#[test]
fn a_name_that_names_nothing_or_too_much_is_refused_with_a_hint() {
    let (desk, runs) = three_runs();
    for name in ["latest-3", "latest-x", "newest", "D=2026-03-27", "D=nonsense", "ffffffff", ""] {
        for words in [["runs", "show", name], ["report", "--", name]] {
            let output = desk.daily(words);
            assert_eq!(code(&output), 2, "{name}: {}", stderr(&output));
        }
    }
    desk.refuses(["runs", "show", &runs[0][..2]], &["3 runs begin with ", "hint: give more of the id"]);
    desk.refuses(["runs", "show", "latest-3"], &["3 runs left a record", "hint: daily runs list shows them"]);
    DEMO.refuses(["runs", "show", "latest"], &["no run was made yet"]);
}

#[test]
fn a_list_of_nothing_says_how_to_make_a_run() {
    let output = DEMO.daily(["runs", "list"]);
    assert_eq!((code(&output), stdout(&output).trim()), (0, "no runs yet: daily run makes one"));
}

#[test]
fn a_run_carries_the_version_of_the_code() {
    let version = stdout(&DEMO.daily(["--version"]));
    let (_, run) = DEMO.json(["run", "--dry-run"]);
    assert_eq!(Some(version.trim()), run["code_version"].as_str().map(|code| format!("daily {code}")).as_deref());
}
