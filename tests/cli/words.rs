//! Help, versions, and words that are not understood.

use crate::desk::{Desk, code, stderr, stdout};

#[test]
fn the_version_names_the_code_it_was_built_from() {
    let text = stdout(&Desk::new().daily(["--version"]));
    let hash = text.trim().strip_prefix("daily 0.1.0+").unwrap_or_else(|| panic!("{text}"));
    assert_eq!(hash.len(), 12, "{text}");
    assert!(hash.chars().all(|digit| digit.is_ascii_hexdigit()), "{text}");
}

#[test]
fn help_tells_every_exit_code() {
    let output = Desk::new().daily(["--help"]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    for exit in ["0", "1", "2", "3", "4", "5", "6", "7", "75", "78", "130"] {
        let told = text.lines().any(|line| line.trim_start().starts_with(&format!("{exit} ")));
        assert!(told, "{exit} in {text}");
    }
    assert!(text.contains("143 terminated"), "{text}");
}

#[test]
fn every_command_says_what_it_is_for() {
    let desk = Desk::new();
    for command in [
        "init",
        "ingest",
        "run",
        "quality",
        "data",
        "backfill",
        "runs",
        "report",
        "trades",
        "explain",
        "diff",
        "limits",
        "replay",
        "verify",
        "prune",
        "config",
        "calendar",
        "db",
        "completions",
    ] {
        let output = desk.daily([command, "--help"]);
        assert_eq!(code(&output), 0, "{command}");
        let text = stdout(&output);
        let first = text.lines().next().unwrap_or_default();
        assert!(first.split_whitespace().count() >= 4, "{command}: {first}");
    }
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_help() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let rows: Vec<&str> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| exit |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1).map(str::trim))
        .collect();
    assert_eq!(rows, ["0", "1", "2", "3", "4", "5", "6", "7", "75", "78", "130, 143"]);
}

#[test]
fn words_that_are_not_understood_are_usage_errors() {
    let desk = Desk::new();
    for words in [
        vec![],
        vec!["backfil", "2026-03-02..2026-03-31"],
        vec!["backfill"],
        vec!["backfill", "2026-03-02"],
        vec!["backfill", "2026-03-02.."],
        vec!["backfill", "..2026-03-31"],
        vec!["backfill", "2026-03-31..2026-03-02"],
        vec!["backfill", "2026-03-02..2026-02-30"],
        vec!["backfill", "2026-03-02..2026-03-31", "--missing", "--force"],
        vec!["backfill", "2026-03-02..2026-03-31", "--failed", "--force"],
        vec!["prune"],
        vec!["prune", "--keep", "0"],
        vec!["prune", "--keep", "-1"],
        vec!["prune", "--keep", "many"],
        vec!["prune", "--before", "yesterday"],
        vec!["prune", "--before", "2026-01-01", "--keep", "3"],
        vec!["runs", "list", "--last", "0"],
        vec!["runs", "list", "--last", "x"],
        vec!["runs", "list", "--status", "GREEN"],
        vec!["runs", "list", "--date", "31/03/2026"],
        vec!["runs", "show"],
        vec!["run", "--recorded-as-of", "yesterday"],
        vec!["verify"],
        vec!["verify", "lookahead", "--dates", "yesterday"],
        vec!["verify", "lookahead", "--last", "0"],
        vec!["verify", "lookahead", "--last", "3", "--random", "3"],
        vec!["verify", "lookahead", "--seed", "3"],
        vec!["replay"],
        vec!["replay", "latest", "--last", "3"],
        vec!["replay", "--last", "0"],
        vec!["explain"],
        vec!["diff", "latest"],
        vec!["diff", "latest", "latest-1", "latest-2"],
        vec!["db", "backup"],
        vec!["run", "-q", "-v"],
    ] {
        let output = desk.daily(words.iter().copied());
        assert_eq!(code(&output), 2, "{words:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty(), "{words:?}");
    }
    assert!(!desk.database().exists(), "nothing is created for a wrong word");
}
