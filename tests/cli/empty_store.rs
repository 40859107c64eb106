//! A run never invents data.

use crate::desk::{Desk, code, stderr};

#[test]
fn a_run_without_a_database_says_how_to_fill_it_and_creates_nothing() {
    let desk = Desk::new();
    for words in
        [vec!["run", "--date", "2026-03-31"], vec!["run", "--date", "2026-03-31", "--dry-run"], vec!["quality"]]
    {
        let output = desk.daily(words);
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains("daily ingest --from DIR"), "{}", stderr(&output));
    }
    assert!(!desk.database().exists());
}

#[test]
fn looking_at_what_was_filed_without_a_database_is_a_usage_error() {
    let desk = Desk::new();
    for words in [
        vec!["explain", "USDBRL"],
        vec!["verify", "lookahead"],
        vec!["verify", "audit"],
        vec!["runs", "list"],
        vec!["report"],
        vec!["data", "list"],
        vec!["diff", "latest", "latest-1"],
        vec!["replay", "latest"],
        vec!["prune", "--keep", "3"],
        vec!["db", "backup", "copy.db"],
    ] {
        let output = desk.daily(words);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("daily ingest --from DIR"), "{}", stderr(&output));
    }
    assert!(!desk.database().exists());
}

#[test]
fn an_empty_file_is_no_database_and_stays_one_no_run_fills() {
    let desk = Desk::new();
    desk.write("desk.db", "");
    let output = desk.daily(["run", "--date", "2026-03-31"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("it is empty"), "{}", stderr(&output));
    assert_eq!(std::fs::metadata(desk.database()).expect("the file").len(), 0);
}

#[test]
fn a_run_on_an_empty_database_says_how_to_fill_it() {
    let desk = Desk::new();
    assert_eq!(code(&desk.daily(["init"])), 0);
    let output = desk.daily(["run", "--date", "2026-03-31"]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("holds no data"));
}

#[test]
fn a_future_date_is_a_usage_error() {
    let desk = Desk::new();
    let output = desk.daily(["run", "--date", "2099-01-05"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("in the future"));
}

#[test]
fn a_closed_day_is_skipped_run_or_refused_as_asked() {
    let desk = Desk::new();
    let saturday = ["run", "--date", "2026-03-28"];
    let skipped = desk.json(saturday);
    assert_eq!((skipped.0, skipped.1["status"].as_str()), (3, Some("ERROR")), "no database yet");
    assert_eq!(code(&desk.daily(["init"])), 0);
    let (exit, document) = desk.json(saturday);
    assert_eq!((exit, document["status"].as_str(), document["exit_code"].as_i64()), (0, Some("SKIPPED"), Some(0)));
    assert_eq!(code(&desk.daily(["run", "--date", "2026-03-28", "--if-closed", "fail"])), 2);
    assert_eq!(
        code(&desk.daily(["run", "--date", "2026-03-28", "--if-closed", "run"])),
        3,
        "it runs, and finds nothing"
    );
}

#[test]
fn ingest_without_a_folder_or_with_a_wrong_one_is_a_usage_error() {
    let desk = Desk::new();
    let output = desk.daily(["ingest"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--from DIR"));
    let output = desk.daily(["ingest", "--from", "nowhere"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("nowhere is not a folder"));
    assert!(!desk.database().exists(), "nothing is created for nothing");
}

#[test]
fn a_cut_after_the_end_of_the_date_is_a_usage_error() {
    let desk = Desk::new();
    desk.write("in/433.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n");
    assert_eq!(code(&desk.daily(["ingest", "--from", "in"])), 0);
    for cut in ["2026-03-31T23:00:00Z", "2999-01-01T00:00:00Z"] {
        let output = desk.daily(["run", "--date", "2026-03-02", "--as-of", cut]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
    }
}

#[test]
fn a_folder_without_data_is_not_a_success() {
    let desk = Desk::new();
    desk.write("in/notes.md", "# nothing here");
    let output = desk.daily(["ingest", "--from", "in"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("holds data"), "{}", stderr(&output));
}

#[test]
fn an_unknown_publisher_is_a_usage_error_that_names_the_known_ones() {
    let desk = Desk::new();
    desk.write("in/433.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n");
    let output = desk.daily(["ingest", "--from", "in", "--source", "NOPE"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("BCB_SGS"), "{}", stderr(&output));
    assert_eq!(code(&desk.daily(["ingest", "--from", "in", "--source", "BCB_SGS"])), 0);
}

#[test]
fn dates_outside_the_calendars_are_usage_errors() {
    let desk = Desk::new();
    for words in [["run", "--date=-262143-01-01"], ["quality", "--date=+262142-12-31"], ["calendar", "next"]] {
        let exit = code(&desk.daily(words));
        assert!(exit == 2 || words[0] == "calendar", "{words:?}: {exit}");
    }
    assert_eq!(code(&desk.daily(["calendar", "next", "+262142-12-31"])), 2);
}

#[test]
fn another_kind_of_database_is_a_configuration_error() {
    let desk = Desk::new();
    desk.write("daily.toml", "[database]\nurl = \"mysql://desk:secret@host/db\"\n");
    let output =
        assert_cmd::Command::new(env!("CARGO_BIN_EXE_daily")).current_dir(desk.path()).arg("quality").output().unwrap();
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("sqlite://PATH nor postgres://"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("secret"), "{}", stderr(&output));
}
