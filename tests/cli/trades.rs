//! `daily trades`: the orders of the run that was made last, or none.

use crate::desk::{code, demo, stderr, stdout};

const DATE: &str = "2026-03-20";

#[test]
fn a_list_says_in_every_line_which_run_it_is_of() {
    let desk = demo();
    let (exit, run) = desk.json(["run", "--date", DATE]);
    assert_eq!(exit, 0, "{run}");
    let output = desk.daily(["trades"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("run_date,run_id,simulated,instrument,contract,side,"), "{text}");
    let of_run = format!("{DATE},{},true,", run["run_id"].as_str().unwrap());
    let rows: Vec<&str> = lines.collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.starts_with(&of_run)), "{text}");
    let (exit, document) = desk.json(["trades"]);
    assert_eq!(
        (exit, document["run_id"].as_str(), document["simulated"].as_bool()),
        (0, run["run_id"].as_str(), Some(true))
    );
    assert_eq!(document["trades"].as_array().unwrap().len(), rows.len());
}

#[test]
fn a_run_that_released_no_book_has_no_trades_and_its_own_exit_code() {
    let desk = demo();
    let (exit, filed) = desk.json(["run", "--date", "2026-03-19"]);
    assert_eq!(exit, 0, "{filed}");
    let tight = desk.write("tight.toml", "[risk.limits]\nvar_99 = 0.0001\n");
    let tight = tight.to_str().unwrap();
    let (exit, run) = desk.json(["run", "--date", DATE, "--config", tight]);
    assert_eq!((exit, run["status"].as_str()), (4, Some("BLOCKED")), "{run}");
    let output = desk.daily(["trades"]);
    assert_eq!((code(&output), stdout(&output).lines().count()), (4, 1), "a header, and none of the day before");
    assert!(stderr(&output).contains("the run is BLOCKED: it released no book"), "{}", stderr(&output));
    let (exit, document) = desk.json(["trades"]);
    assert_eq!((exit, document["exit_code"].as_i64(), document["status"].as_str()), (4, Some(4), Some("BLOCKED")));
    assert!(document["trades"].as_array().unwrap().is_empty());
    assert_eq!(code(&desk.daily(["trades", "latest-1"])), 0, "named, the day before is listed");
}

#[test]
fn the_orders_of_an_earlier_run_are_never_the_latest() {
    let desk = demo();
    let (exit, filed) = desk.json(["run", "--date", "2026-03-19"]);
    assert_eq!(exit, 0, "{filed}");
    let killed =
        desk.command().args(["run", "--date", DATE]).env("DAILY_FAULT_POINT", "commit_run.middle").output().unwrap();
    assert!(killed.status.code().is_none(), "{:?}", killed.status);
    let (_, list) = desk.json(["runs", "list", "--last", "1"]);
    let id = list["runs"][0]["run_id"].as_str().unwrap();

    let output = desk.daily(["trades"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (75, ""), "{}", stderr(&output));
    let sentence = format!("the newest run {id} of {DATE} is RUNNING and has no trades");
    assert!(stderr(&output).contains(&sentence), "{}", stderr(&output));
    let named = desk.daily(["trades", "D=2026-03-19"]);
    assert_eq!(code(&named), 0, "{}", stderr(&named));
    assert!(stdout(&named).lines().nth(1).is_some_and(|row| row.starts_with("2026-03-19,")), "{}", stdout(&named));

    // Killed on an earlier date, a run is none that the list of a later one must wait for.
    let (exit, run) = desk.json(["run", "--date", DATE]);
    assert_eq!(exit, 0, "{run}");
    let earlier =
        desk.command().args(["run", "--date", "2026-03-18"]).env("DAILY_FAULT_POINT", "commit_run.middle").output();
    assert!(earlier.unwrap().status.code().is_none());
    let (exit, document) = desk.json(["trades"]);
    assert_eq!((exit, &document["run_id"]), (0, &run["run_id"]), "{document}");
}
