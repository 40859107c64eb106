//! A canary: the password of a database URL appears in no output and no file of any command.

use std::path::Path;
use std::process::Output;

use crate::desk::{Desk, code, stderr, stdout};

const CANARY: &str = "CANARY";

/// A server that is not there: nothing listens on port 1.
const URL: &str = "postgres://desk:CANARY-p%40ss@127.0.0.1:1/daily?sslmode=disable&password=CANARY2";

const COMMANDS: [&[&str]; 35] = [
    &["init"],
    &["init", "--demo"],
    &["ingest", "--from", "in"],
    &["ingest"],
    &["run", "--date", "2026-03-31"],
    &["run", "--date", "2026-03-31", "--dry-run"],
    &["run", "--date", "2099-01-01"],
    &["quality"],
    &["data", "list"],
    &["data", "show", "BR_IPCA_MOM"],
    &["data", "history", "BR_IPCA_MOM", "2020-03-01"],
    &["backfill", "2026-03-02..2026-03-31"],
    &["backfill", "2026-03-02..2026-03-31", "--plan"],
    &["backfill", "nonsense"],
    &["runs", "list"],
    &["runs", "show", "latest"],
    &["report"],
    &["explain", "DI_2Y"],
    &["explain", "DI_2Y", "--why-not"],
    &["diff", "latest", "latest-1"],
    &["replay", "latest"],
    &["replay", "2026-03-02..2026-03-31"],
    &["verify", "lookahead"],
    &["verify", "audit"],
    &["prune", "--keep", "3"],
    &["prune", "--keep", "3", "--dry-run"],
    &["config", "show"],
    &["config", "show", "--origin"],
    &["config", "check"],
    &["calendar", "next"],
    &["calendar", "is-open", "2026-03-31"],
    &["db", "migrate"],
    &["db", "backup", "copy.db"],
    &["completions", "bash"],
    &["nonsense"],
];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("in/433.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n");
    desk
}

fn bare(desk: &Desk) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_daily"));
    command.current_dir(desk.path()).env_clear().env("PATH", "/usr/bin:/bin");
    command
}

fn assert_silent(what: &str, output: &Output) {
    for text in [stdout(output), stderr(output)] {
        assert!(!text.contains(CANARY), "{what}: {text}");
        assert!(!text.contains("p%40ss") && !text.contains("p@ss"), "{what}: {text}");
    }
}

/// No file below the folder holds the canary, but the one that the test wrote itself.
fn assert_unwritten(folder: &Path, but: Option<&str>) {
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            assert_unwritten(&path, but);
        } else if but.is_none_or(|name| !path.ends_with(name)) {
            let bytes = std::fs::read(&path).expect("a file");
            assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{}", path.display());
        }
    }
}

#[test]
fn a_password_given_as_a_flag_is_never_shown_or_written() {
    for words in COMMANDS {
        let desk = desk();
        for more in [&[][..], &["--json"], &["-v"]] {
            let output = bare(&desk).args(["--db", URL]).args(more).args(words).output().unwrap();
            assert_silent(&format!("{words:?} {more:?}"), &output);
        }
        assert_unwritten(desk.path(), None);
    }
}

#[test]
fn a_password_in_the_environment_is_never_shown_or_written() {
    for words in COMMANDS {
        let desk = desk();
        let output = bare(&desk).env("DAILY__DATABASE__URL", URL).args(words).output().unwrap();
        assert_silent(&format!("{words:?}"), &output);
        assert_unwritten(desk.path(), None);
    }
}

#[test]
fn a_password_in_the_configuration_file_is_never_shown() {
    for words in COMMANDS {
        let desk = desk();
        desk.write("daily.toml", format!("[database]\nurl = \"{URL}\"\n"));
        let output = bare(&desk).args(words).output().unwrap();
        assert_silent(&format!("{words:?}"), &output);
        assert_unwritten(desk.path(), Some("daily.toml"));
    }
}

#[test]
fn a_password_in_the_wrong_place_is_not_shown_either() {
    let desk = desk();
    for words in [
        vec![URL],
        vec!["run", URL],
        vec!["run", "--date", URL],
        vec!["runs", "show", URL],
        vec!["report", URL],
        vec!["data", "show", URL],
        vec!["ingest", "--from", URL],
        vec!["ingest", "--from", "in", "--source", URL],
        vec!["backfill", URL],
        vec!["db", "backup", URL],
        vec!["--config", URL, "run"],
        vec!["--dbb", URL, "run"],
    ] {
        assert_silent(&format!("{words:?}"), &bare(&desk).args(&words).output().unwrap());
    }
    for text in [
        format!("database = \"{URL}\"\n"),
        format!("[database]\nurll = \"{URL}\"\n"),
        format!("[database]\nurl = \"{URL}\n"),
        format!("[desk]\nnav = \"{URL}\"\n"),
        format!("[run]\ncalendar = \"{URL}\"\n"),
    ] {
        desk.write("daily.toml", &text);
        let output = bare(&desk).args(["config", "show"]).output().unwrap();
        assert_eq!(code(&output), 78, "{text}");
        assert_silent(&text, &output);
    }
    std::fs::remove_file(desk.path().join("daily.toml")).unwrap();
    for variable in ["DAILY__DATABASE", "DAILY__DATABASE__URLL", "DAILY__DESK__NAV"] {
        let output = bare(&desk).env(variable, URL).args(["config", "show"]).output().unwrap();
        assert_eq!(code(&output), 78, "{variable}");
        assert_silent(variable, &output);
    }
}

#[test]
fn another_kind_of_url_shows_nothing_of_itself() {
    let desk = desk();
    for url in ["mysql://desk:CANARY@host/db", "CANARY", "postgres:CANARY", "//CANARY@host"] {
        let output = bare(&desk).args(["--db", url, "quality"]).output().unwrap();
        assert_eq!(code(&output), 78, "{url}");
        assert_silent(url, &output);
    }
}

#[test]
fn the_shown_configuration_keeps_everything_but_the_password() {
    let desk = desk();
    // Not percent-encoded, as people paste them.
    for password in ["CANARY", "CAN@RY/?#CANARY", "CANARY&password=CANARY"] {
        let url = format!("postgres://desk:{password}@db.example:5432/daily");
        let output = bare(&desk).args(["--db", &url, "config", "show"]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_silent(password, &output);
        let shown = stdout(&output);
        assert!(shown.contains("url = \"postgres://desk:***@db.example:5432/daily\""), "{shown}");
    }
}
