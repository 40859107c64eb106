//! The demo: the whole day on the simulated market.

use serde_json::Value;

use crate::desk::{DEMO, Desk, code, demo, stderr, stdout};

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document[key].as_str().unwrap_or_else(|| panic!("{key} of {document}"))
}

#[test]
fn the_demo_runs_its_last_business_day_to_success() {
    let desk = demo();
    let (exit, document) = desk.json(["run"]);
    assert_eq!(exit, 0, "{document}");
    assert_eq!(text(&document, "status"), "SUCCESS", "{}", document["degradations"]);
    assert_eq!(document["simulated"], true);
    assert_eq!(text(&document, "run_date"), "2026-03-31");
    assert!(document["signal_count"].as_u64().unwrap() >= 5);
    assert!(document["position_count"].as_u64().unwrap() >= 1);
    let names: Vec<&str> = document["steps"].as_array().unwrap().iter().map(|step| text(step, "name")).collect();
    assert_eq!(names, ["ingest", "quality", "agents", "aggregate", "strategies", "portfolio", "risk", "report"]);
    assert_eq!(document["limits"].as_array().unwrap().len(), 9);
    assert!(document["stress"].as_array().unwrap().len() >= 4);
}

#[test]
fn a_dry_run_has_the_digest_of_the_real_one_and_changes_no_byte() {
    let desk = demo();
    let before = desk.fingerprint();
    let (_, dry) = desk.json(["run", "--dry-run"]);
    assert_eq!(before, desk.fingerprint());
    let (_, real) = desk.json(["run"]);
    assert_eq!(text(&dry, "digest"), text(&real, "digest"));
    let after = desk.fingerprint();
    let (_, again) = desk.json(["run", "--dry-run"]);
    assert_eq!(text(&again, "digest"), text(&real, "digest"));
    assert_eq!(after, desk.fingerprint());
}

#[test]
fn threads_do_not_change_the_digest() {
    let digests: Vec<String> = ["1", "2"]
        .into_iter()
        .map(|threads| {
            let output = DEMO
                .command()
                .args(["run", "--dry-run", "--json"])
                .env("RAYON_NUM_THREADS", threads)
                .output()
                .expect("the binary runs");
            let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            text(&document, "digest").to_owned()
        })
        .collect();
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn a_filed_run_can_be_listed_and_printed_again() {
    let desk = demo();
    let (_, run) = desk.json(["run"]);
    let (exit, list) = desk.json(["runs", "list"]);
    assert_eq!(exit, 0);
    assert_eq!(list["runs"].as_array().unwrap().len(), 1);
    for name in ["latest", "D=2026-03-31", text(&run, "run_id")] {
        let (exit, stored) = desk.json(["report", name]);
        assert_eq!(exit, 0, "{name}");
        assert_eq!(stored["digest"], run["digest"]);
        assert_eq!(stored["weights"], run["weights"]);
    }
    assert_eq!(code(&desk.daily(["report", "latest-1"])), 2);
}

#[test]
fn consecutive_days_carry_the_book_and_mark_it() {
    let desk = demo();
    let (_, first) = desk.json(["run", "--date", "2026-03-30"]);
    let (_, second) = desk.json(["run", "--date", "2026-03-31"]);
    assert_eq!(second["previous_run"], first["run_id"]);
    assert_eq!(text(&second["marking"], "from"), "2026-03-30");
    let by_instrument: f64 =
        second["marking"]["by_instrument"].as_object().unwrap().values().filter_map(Value::as_f64).sum();
    assert!((by_instrument - second["marking"]["total"].as_f64().unwrap()).abs() < 1e-12);
    assert_eq!(second["next_state"]["nav"].as_array().unwrap().len(), 2);
}

#[test]
fn the_terminal_summary_has_its_information() {
    let desk = demo();
    let output = desk.daily(["run"]);
    let text = stdout(&output);
    assert!(text.starts_with("== daily 2026-03-31 "), "{text}");
    for words in [
        "simulated data",
        "ingest",
        "quality",
        "Signals ",
        "| Positions ",
        "| Leverage ",
        "| VaR 95 ",
        "| Regime ",
        "digest ",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn simulated_and_published_data_do_not_mix() {
    let desk = Desk::new();
    desk.write("in/bcb_sgs/433.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n");
    assert_eq!(code(&desk.daily(["ingest", "--from", "in"])), 0);
    let output = desk.daily(["init", "--demo"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("holds published data"));
}
