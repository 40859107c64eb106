//! Configuration: precedence, and errors with file, line and a suggestion.

use crate::desk::{Desk, code, stderr, stdout};

#[test]
fn an_unknown_key_is_refused_with_file_line_and_a_suggestion() {
    let desk = Desk::new();
    desk.write("desk.toml", "[desk]\nname = \"macro\"\nnavv = 5\n");
    let output = desk.daily(["config", "check", "--config", "desk.toml"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("desk.toml:3: unknown field `navv`"), "{}", stderr(&output));
    assert!(stderr(&output).contains("did you mean `nav`?"), "{}", stderr(&output));
}

#[test]
fn a_corrupt_file_is_one_sentence_and_exit_78() {
    let desk = Desk::new();
    desk.write("daily.toml", "[desk\nname = ");
    let output = desk.daily(["run", "--date", "2026-03-31"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).starts_with("error: daily.toml:1: "), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1);
}

#[test]
fn a_figure_that_makes_no_sense_is_refused() {
    let desk = Desk::new();
    desk.write("daily.toml", "[desk]\nnav = -1.0\n");
    let output = desk.daily(["config", "check"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("desk.nav must be a positive amount"), "{}", stderr(&output));
}

#[test]
fn flag_beats_environment_beats_file_beats_built_in() {
    let desk = Desk::new();
    desk.write("daily.toml", "[desk]\nname = \"from-file\"\nnav = 1000000.0\n[database]\nurl = \"sqlite://file.db\"\n");
    let output =
        desk.command().args(["config", "show", "--origin"]).env("DAILY__DESK__NAV", "2500000").output().unwrap();
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(text.contains("name = \"from-file\""), "{text}");
    assert!(text.contains("nav = 2500000.0"), "{text}");
    assert!(text.contains("# desk.nav comes from DAILY__DESK__NAV"), "{text}");
    assert!(text.contains("# database.url comes from --db"), "{text}");
}

#[test]
fn an_unknown_variable_is_refused_by_name() {
    let desk = Desk::new();
    let output = desk.command().args(["config", "check"]).env("DAILY__DESK__NAVV", "1").output().unwrap();
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("DAILY__DESK__NAVV"), "{}", stderr(&output));
}

#[test]
fn the_example_configurations_are_valid() {
    for name in ["demo.toml", "live.toml", "risk.toml"] {
        let path = format!("{}/../../config/{name}", env!("CARGO_MANIFEST_DIR"));
        let output = Desk::new().daily(["config", "check", "--config", &path]);
        assert_eq!(code(&output), 0, "{name}: {}", stderr(&output));
    }
}

#[test]
fn the_risk_example_is_the_built_in_configuration_written_out() {
    let path = format!("{}/../../config/risk.toml", env!("CARGO_MANIFEST_DIR"));
    let desk = Desk::new();
    let shown = |words: &[&str]| {
        let output = desk.daily(words.iter().copied());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    assert_eq!(shown(&["config", "show", "--config", &path]), shown(&["config", "show"]));
}
