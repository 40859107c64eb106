//! Bad files: what can be trusted goes in, the rest is named with file and line, and the exit code says so.

use serde_json::Value;

use crate::desk::{Desk, code, stderr};

const GOOD: &str = "\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n\"01/02/2024\";\"0,83\"\n";

fn finding<'a>(document: &'a Value, file: &str) -> &'a Value {
    let findings = document["findings"].as_array().expect("findings");
    findings
        .iter()
        .find(|finding| finding["file"].as_str().is_some_and(|name| name.contains(file)))
        .unwrap_or_else(|| panic!("no finding about {file} in {findings:?}"))
}

fn figures(document: &Value) -> u64 {
    document["sources"].as_array().expect("sources").iter().filter_map(|source| source["rows_new"].as_u64()).sum()
}

/// Ingests one bad file beside a good one: the good one goes in whole.
fn beside_a_good_file(name: &str, bytes: impl AsRef<[u8]>) -> (i32, Value) {
    let desk = Desk::new();
    desk.write("in/bcb_sgs/433.csv", GOOD);
    desk.write(&format!("in/{name}"), bytes);
    let (exit, document) = desk.json(["ingest", "--from", "in"]);
    assert!(figures(&document) >= 2, "the good file goes in: {document}");
    (exit, document)
}

#[test]
fn an_empty_file_is_refused_by_name() {
    let (exit, document) = beside_a_good_file("bcb_sgs/188.csv", "");
    assert_eq!(exit, 6);
    assert_eq!(finding(&document, "188.csv")["rejects"], true);
}

#[test]
fn a_page_under_the_name_of_data_is_refused() {
    let (exit, document) = beside_a_good_file("bcb_sgs/188.csv", "<!DOCTYPE html><html><body>Manutenção</body></html>");
    assert_eq!((exit, figures(&document)), (6, 2));
    assert_eq!(finding(&document, "188.csv")["rejects"], true);
}

#[test]
fn a_truncated_json_is_refused_whole() {
    let (exit, document) =
        beside_a_good_file("bcb_sgs/189.json", r#"[{"data":"01/01/2024","valor":"0.07"},{"data":"01/02/20"#);
    assert_eq!((exit, figures(&document)), (6, 2), "nothing of it is half-written");
}

#[test]
fn a_wrong_decimal_is_never_read_as_another_number() {
    let (exit, document) =
        beside_a_good_file("bcb_sgs/188.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"0.42\"\n\"01/02/2024\";\"0.83\"\n");
    assert_eq!((exit, figures(&document)), (6, 2));
    assert!(finding(&document, "188.csv")["message"].as_str().is_some());
}

#[test]
fn a_bad_row_is_quarantined_with_its_line_and_the_others_go_in() {
    let text = "\"data\";\"valor\"\n\"01/10/2023\";\"0,1\"\n\"01/11/2023\";\"0,2\"\n\"01/12/2023\";\"0,3\"\n\"01/01/2024\";\"abc\"\n\"01/02/2024\";\"0,81\"\n";
    let (exit, document) = beside_a_good_file("bcb_sgs/188.csv", text);
    assert_eq!((exit, figures(&document)), (6, 6));
    assert_eq!(finding(&document, "188.csv")["line"], 5);
}

#[test]
fn a_future_dated_row_is_not_a_fact() {
    let text = "\"data\";\"valor\"\n\"01/12/2023\";\"0,3\"\n\"01/01/2024\";\"0,4\"\n\"01/02/2024\";\"0,5\"\n\"01/02/2099\";\"0,81\"\n";
    let (exit, document) = beside_a_good_file("bcb_sgs/188.csv", text);
    assert_eq!((exit, figures(&document)), (6, 5));
    assert_eq!(finding(&document, "188.csv")["line"], 5);
}

#[test]
fn a_second_ingest_adds_nothing() {
    let desk = Desk::new();
    desk.write("in/bcb_sgs/433.csv", GOOD);
    let (exit, first) = desk.json(["ingest", "--from", "in"]);
    assert_eq!((exit, figures(&first)), (0, 2));
    let (exit, second) = desk.json(["ingest", "--from", "in"]);
    assert_eq!((exit, figures(&second)), (0, 0));
    assert_eq!(second["sources"][0]["rows_known"], 2);
}

#[test]
fn a_file_that_is_no_database_of_ours_is_left_alone() {
    let desk = Desk::new();
    desk.write("in/bcb_sgs/433.csv", GOOD);
    std::fs::write(desk.database(), "my notes, not a database, and long enough to be read as a header of one .....")
        .unwrap();
    let before = desk.fingerprint();
    let output = desk.daily(["ingest", "--from", "in"]);
    assert_ne!(code(&output), 0);
    assert!(stderr(&output).contains("desk.db"), "{}", stderr(&output));
    assert_eq!(before, desk.fingerprint());
}
