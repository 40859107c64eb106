//! Replays, differences, explanations and the look-ahead proof of filed runs.

use std::sync::LazyLock;

use serde_json::Value;

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

/// The five business days from 2026-03-16 to 2026-03-20, filed; only read.
static WEEK: LazyLock<Desk> = LazyLock::new(|| {
    let desk = demo();
    let (exit, document) = desk.json(["backfill", "2026-03-16..2026-03-20"]);
    assert_eq!(exit, 0, "{document}");
    desk
});

fn copy_of_week() -> Desk {
    let copy = Desk::new();
    std::fs::copy(WEEK.database(), copy.database()).expect("a copy of the database");
    copy
}

fn run_ids(desk: &Desk) -> Vec<String> {
    let (_, list) = desk.json(["runs", "list"]);
    list["runs"].as_array().unwrap().iter().map(|run| run["run_id"].as_str().unwrap().to_owned()).collect()
}

fn length(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

#[test]
fn every_filed_run_is_reproduced() {
    for words in [vec!["replay", "2026-03-16..2026-03-20"], vec!["replay", "--last", "5"]] {
        let (exit, document) = WEEK.json(words);
        assert_eq!((exit, document["status"].as_str()), (0, Some("MATCH")), "{document}");
        assert_eq!(length(&document["replays"]), 5);
    }
    let output = WEEK.daily(["replay", "latest", "D=2026-03-16", "latest"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(text.lines().filter(|line| line.contains("reproduced")).count(), 2, "each run once: {text}");
}

#[test]
fn figures_taken_in_later_do_not_enter_a_replay() {
    let desk = copy_of_week();
    // A later fill of another seed brings other figures for the same periods, recorded after the runs.
    let output = desk.daily(["init", "--demo", "--seed", "8"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let (exit, document) = desk.json(["replay", "--last", "5"]);
    assert_eq!(exit, 0, "{document}");
}

#[test]
fn what_cannot_be_replayed_is_named_and_6() {
    let desk = copy_of_week();
    assert_eq!(desk.json(["prune", "--keep", "3"]).0, 0);
    let (exit, document) = desk.json(["replay", "2026-03-16..2026-03-20"]);
    assert_eq!((exit, document["status"].as_str()), (6, Some("PARTIAL")), "{document}");
    assert_eq!((length(&document["replays"]), length(&document["not_replayed"])), (3, 2));
    assert_eq!(document["not_replayed"][0]["run_date"], "2026-03-16");
}

#[test]
fn what_there_is_not_cannot_be_replayed() {
    WEEK.refuses(["replay", "2026-02-02..2026-02-06"], &["no run of 2026-02-02 to 2026-02-06 was filed"]);
    WEEK.refuses(["replay", "2026-02-06..2026-02-02"], &["before it begins"]);
    WEEK.refuses(["replay", "latest-9"], &["5 runs left a record"]);
    DEMO.refuses(["replay", "--last", "3"], &["no run left a record yet", "hint: daily run makes one"]);
}

#[test]
fn two_runs_differ_by_causes_that_account_for_the_whole() {
    let (exit, diff) = WEEK.json(["diff", "D=2026-03-19", "latest"]);
    assert_eq!((exit, diff["status"].as_str()), (0, Some("DIFFERENT")), "{diff}");
    assert_eq!(diff["reaches_b"], true);
    assert_eq!(
        (diff["a"]["run_date"].as_str(), diff["b"]["run_date"].as_str()),
        (Some("2026-03-19"), Some("2026-03-20"))
    );
    let (exit, same) = WEEK.json(["diff", "latest", "latest"]);
    assert_eq!((exit, same["status"].as_str()), (0, Some("SAME")));
    assert_eq!(code(&WEEK.daily(["diff", "latest-1", "latest"])), 0);
    WEEK.refuses(["diff", "latest", "latest-9"], &["5 runs left a record"]);
}

#[test]
fn a_pruned_run_cannot_be_compared_and_the_answer_says_why() {
    let desk = copy_of_week();
    assert_eq!(desk.json(["prune", "--keep", "3"]).0, 0);
    let pruned = ["left no record: its outputs were pruned", "hint: daily runs list shows the runs and marks those"];
    desk.refuses(["diff", "D=2026-03-16", "latest"], &pruned);
}

/// Changes the database as somebody with its password could.
fn tamper(desk: &Desk, sql: &str) {
    use sqlx::{Connection, Executor};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(&desk.url()).await.expect("the database");
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        assert!(connection.execute(sql).await.expect("the change").rows_affected() > 0);
        connection.close().await.expect("closed");
    });
}

#[test]
fn altered_documents_are_a_finding_and_not_a_gap() {
    let desk = copy_of_week();
    tamper(&desk, "UPDATE kept_documents SET document = document || ' ' WHERE kind = 'calendars'");
    let (exit, document) = desk.json(["replay", "--last", "2"]);
    assert_eq!((exit, document["status"].as_str()), (7, Some("MISMATCH")), "{document}");
    assert_eq!((length(&document["not_replayed"]), &document["not_replayed"][0]["altered"]), (2, &Value::Bool(true)));
    let output = desk.daily(["diff", "latest-1", "latest"]);
    let text = stderr(&output);
    assert_eq!(code(&output), 7, "{text}");
    assert!(text.contains("was altered after it was filed, in its calendars") && text.contains("hint: "), "{text}");
    tamper(&desk, "DELETE FROM kept_documents WHERE kind = 'calendars'");
    assert_eq!(desk.json(["replay", "latest"]).0, 7);
    assert_eq!(code(&desk.daily(["diff", "latest-1", "latest"])), 7);
}

#[test]
fn an_altered_state_is_told_from_a_run_that_decides_otherwise() {
    let desk = copy_of_week();
    let before = run_ids(&desk).remove(1);
    let sql = format!("UPDATE run_states SET state = json_set(state, '$.nav[0].nav', 1.0) WHERE run_id = '{before}'");
    tamper(&desk, &sql);
    let (exit, document) = desk.json(["replay", "--last", "5"]);
    assert_eq!(exit, 7, "{document}");
    let differs: Vec<&Value> =
        document["replays"].as_array().unwrap().iter().filter(|replay| replay["matches"] == false).collect();
    assert_eq!(differs.len(), 1, "only the run that starts from it: {document}");
    assert_eq!(differs[0]["mismatch"]["difference"]["kind"], "state_altered");
    assert_eq!(differs[0]["mismatch"]["difference"]["field"]["path"], "state.nav.0.nav");
    let (exit, diff) = desk.json(["diff", "latest-1", "latest"]);
    assert_eq!((exit, diff["mismatch"]["difference"]["kind"].as_str()), (7, Some("state_altered")), "{diff}");
    let (exit, diff) = desk.json(["diff", "latest", "latest-1"]);
    assert_eq!((exit, diff["a_mismatch"]["difference"]["kind"].as_str()), (7, Some("state_altered")), "{diff}");
}

#[test]
fn one_run_that_does_not_read_does_not_end_a_replay() {
    let desk = copy_of_week();
    let oldest = run_ids(&desk).remove(4);
    tamper(&desk, &format!("UPDATE run_documents SET document = '{{' WHERE run_id = '{oldest}'"));
    let (exit, document) = desk.json(["replay", "--last", "5"]);
    assert_eq!((exit, document["status"].as_str()), (7, Some("MISMATCH")), "{document}");
    // The run after it cannot be shown to start from what it left.
    assert_eq!((length(&document["replays"]), length(&document["not_replayed"])), (3, 2), "{document}");
    assert_eq!(document["not_replayed"][0]["run_id"], oldest.as_str());
    assert_eq!(code(&desk.daily(["diff", &oldest, "latest"])), 7);
    let text = stdout(&desk.daily(["replay", "--last", "5"]));
    assert!(text.contains("MATCH 3 runs replayed") && text.contains("MISMATCH 2 altered or taken away"), "{text}");
}

#[test]
fn an_altered_first_run_is_not_explained() {
    let desk = copy_of_week();
    let first = run_ids(&desk).remove(1);
    let sql = format!(
        "UPDATE run_documents SET document = json_set(document, '$.outcome.weights.DI_2Y', 0.4321) WHERE run_id = '{first}'"
    );
    tamper(&desk, &sql);
    let (exit, diff) = desk.json(["diff", "latest-1", "latest"]);
    assert_eq!((exit, diff["status"].as_str()), (7, Some("MISMATCH")), "{diff}");
    assert_eq!(diff["a_mismatch"]["step"], "portfolio");
    assert_eq!((&diff["reaches_b"], &diff["explained"]), (&Value::Bool(true), &Value::Bool(false)));
}

#[test]
fn a_weight_is_explained_and_an_absent_one_too() {
    let (_, run) = WEEK.json(["runs", "show", "latest"]);
    let held = run["weights"][0]["instrument"].as_str().expect("a held instrument");
    let (exit, tree) = WEEK.json(["explain", held]);
    assert_eq!((exit, tree["status"].as_str()), (0, Some("EXPLAINED")), "{tree}");
    let text = stdout(&WEEK.daily(["explain", &held.to_lowercase(), "--run", "latest"]));
    assert!(text.contains(held) && text.contains("adds up"), "{text}");
    WEEK.refuses(["explain", held, "--why-not"], &["ask without --why-not"]);
    let weights = run["weights"].to_string();
    let absent = ["USDBRL", "DI_1Y", "DI_2Y", "DI_5Y", "UST_2Y", "UST_10Y", "IBOV"]
        .into_iter()
        .find(|name| !weights.contains(name))
        .expect("an instrument without a weight");
    assert_eq!(WEEK.json(["explain", absent, "--why-not"]).0, 0, "{absent}");
    WEEK.refuses(["explain", absent], &["ask with --why-not"]);
    WEEK.refuses(["explain", "DI_2X"], &["no instrument is called DI_2X; the nearest are "]);
    WEEK.refuses(["explain", held, "--run", "latest-9"], &["5 runs left a record"]);
}

#[test]
fn nothing_is_known_too_early() {
    let (exit, report) = WEEK.json(["verify", "lookahead"]);
    assert_eq!((exit, report["status"].as_str()), (0, Some("PASSED")), "{report}");
    let dates = |report: &Value| -> Vec<String> {
        report["dates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|proof| proof["cut"]["date"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        dates(&report),
        ["2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20"],
        "the filed dates"
    );
    for proof in report["dates"].as_array().unwrap() {
        let basis = &proof["basis"];
        assert_eq!(basis["kind"], "filed", "{basis}");
        assert_eq!(basis["filed"], basis["decided"], "{basis}");
    }
    let (_, two) = WEEK.json(["verify", "lookahead", "--dates", "2026-03-19,2026-03-17,2026-03-19"]);
    assert_eq!(dates(&two), ["2026-03-17", "2026-03-19"]);
    let (exit, mixed) = DEMO.json(["verify", "lookahead", "--dates", "2026-03-19,2026-04-01"]);
    assert_eq!((exit, mixed["status"].as_str()), (6, Some("PARTLY_VACUOUS")), "{mixed}");
    assert_eq!(mixed["dates"][0]["basis"]["kind"], "not_filed");
    let draw = |seed: &str| dates(&DEMO.json(["verify", "lookahead", "--random", "3", "--seed", seed]).1);
    assert_eq!(draw("1").len(), 3);
    assert_eq!(draw("1"), draw("1"), "the same seed draws the same dates");
    assert_ne!(draw("1"), draw("2"));
}

#[test]
fn a_proof_that_proves_nothing_is_no_success() {
    // The simulated market ends the day before: nothing is released after this cut.
    let (exit, report) = DEMO.json(["verify", "lookahead", "--dates", "2026-04-01"]);
    assert_eq!((exit, report["status"].as_str()), (6, Some("VACUOUS")), "{report}");
    DEMO.refuses(["verify", "lookahead", "--dates", "2099-01-05"], &["2099-01-05 is in the future"]);
}

#[test]
fn looking_at_runs_changes_no_byte() {
    let desk = copy_of_week();
    let before = desk.fingerprint();
    let newest = run_ids(&desk).remove(0);
    for words in [
        vec!["replay", newest.as_str()],
        vec!["diff", "latest-1", "latest"],
        vec!["verify", "audit"],
        vec!["verify", "lookahead", "--last", "1"],
    ] {
        assert_eq!(code(&desk.daily(words.iter().copied())), 0, "{words:?}");
    }
    assert_eq!(before, desk.fingerprint());
}
