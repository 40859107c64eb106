//! The day on real published data.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

use crate::desk::{Desk, code, market_data, stderr};

/// One database with everything, for the tests that only read it. `None` without market data.
static FILLED: LazyLock<Option<Desk>> = LazyLock::new(|| {
    let folder = market_data()?;
    let desk = Desk::new();
    let (exit, document) = ingest(&desk, &folder);
    assert_eq!(exit, 0, "{}", document["findings"]);
    Some(desk)
});

fn ingest(desk: &Desk, folder: &Path) -> (i32, Value) {
    desk.json(["ingest", "--from", folder.to_str().expect("UTF-8")])
}

fn observation(desk: &Desk, series: &str, date: &str, period: Option<&str>) -> (String, f64) {
    let (exit, document) = desk.json(["data", "show", series, "--date", date, "--last", "40"]);
    assert_eq!(exit, 0, "{series}: {document}");
    let rows = document["observations"].as_array().expect("observations");
    let row = match period {
        None => rows.last(),
        Some(period) => rows.iter().find(|row| row["period"] == period),
    };
    let row = row.unwrap_or_else(|| panic!("{series} {period:?} at {date}: {rows:?}"));
    (row["period"].as_str().expect("a date").to_owned(), row["value"].as_f64().expect("a number"))
}

#[test]
fn a_second_ingest_of_everything_adds_nothing() {
    let Some(filled) = FILLED.as_ref() else { return };
    let desk = Desk::new();
    std::fs::copy(filled.database(), desk.database()).expect("a copy");
    let (exit, document) = ingest(&desk, &market_data().expect("there was data before"));
    assert_eq!(exit, 0);
    for source in document["sources"].as_array().expect("sources") {
        assert_eq!(source["rows_new"], 0, "{source}");
    }
}

#[test]
fn what_was_known_then_is_what_was_published() {
    let Some(desk) = FILLED.as_ref() else { return };
    let day = "2026-03-31";
    for (series, period, value) in [
        ("BR_USDBRL_PTAX_SELL", "2026-03-31", 5.2194),
        ("BR_IPCA_MOM", "2026-02-01", 0.70),
        ("BR_IPCA15_MOM", "2026-03-01", 0.44),
        ("B3.DI1F27.RATE", "2026-03-31", 14.072),
        ("B3.DI1F27.SETTLEMENT", "2026-03-31", 90_597.39),
    ] {
        assert_eq!(observation(desk, series, day, None), (period.to_owned(), value), "{series}");
    }
    assert_eq!(observation(desk, "BR_CDI_DAILY", day, None).1, 0.054_266);
    assert_eq!(observation(desk, "US_VIX", "2020-03-18", Some("2020-03-16")).1, 82.69);
    assert_eq!(observation(desk, "US_PAR_10Y", "2020-03-18", Some("2020-03-09")).1, 0.54);
}

#[test]
fn a_first_print_is_returned_at_its_own_cut_and_its_revision_a_year_later() {
    let Some(desk) = FILLED.as_ref() else { return };
    let known = |date| observation(desk, "US_NFP_RT", date, Some("2020-04-01")).1;
    let (first, later) = (known("2020-06-01"), known("2021-06-01"));
    assert_ne!(first, later);
    let (_, document) = desk.json(["data", "history", "US_NFP_RT", "2020-04-01", "--date", "2026-03-31"]);
    let vintages: Vec<f64> =
        document["observations"].as_array().unwrap().iter().filter_map(|row| row["value"].as_f64()).collect();
    assert_eq!(vintages[0], first, "{vintages:?}");
    assert!(vintages.contains(&later));
}

#[test]
fn every_business_day_of_march_2026_runs_and_repeats() {
    let Some(filled) = FILLED.as_ref() else { return };
    let desk = Desk::new();
    std::fs::copy(filled.database(), desk.database()).expect("a copy");
    for day in 2..=31 {
        let date = format!("2026-03-{day:02}");
        let (exit, dry) = desk.json(["run", "--date", &date, "--dry-run"]);
        if dry["status"] == "SKIPPED" {
            continue;
        }
        assert_eq!(exit, 0, "{date}: {} {}", dry["status"], dry["risk_alerts"]);
        assert!(matches!(dry["status"].as_str(), Some("SUCCESS" | "DEGRADED")), "{date}: {}", dry["status"]);
        assert!(dry["signal_count"].as_u64().unwrap() > 0, "{date}");
        let before = desk.fingerprint();
        let (_, again) = desk.json(["run", "--date", &date, "--dry-run"]);
        assert_eq!(before, desk.fingerprint(), "{date}: a dry run writes nothing");
        let (_, real) = desk.json(["run", "--date", &date]);
        assert_eq!(dry["digest"], again["digest"], "{date}");
        assert_eq!(dry["digest"], real["digest"], "{date}");
        assert_eq!(
            real["limits"].as_array().unwrap().iter().filter(|limit| limit["breached"] == true).count(),
            0,
            "{date}"
        );
    }
}

#[test]
fn a_database_filled_in_another_order_gives_the_same_digest() {
    let Some(filled) = FILLED.as_ref() else { return };
    let folder = market_data().expect("there was data before");
    let mut folders: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.reverse();
    let desk = Desk::new();
    for folder in &folders {
        let (exit, document) = ingest(&desk, folder);
        assert_eq!(exit, 0, "{}: {}", folder.display(), document["findings"]);
    }
    let run = |desk: &Desk| desk.json(["run", "--date", "2026-03-31", "--dry-run"]).1["digest"].clone();
    assert_eq!(run(filled), run(&desk));
}

#[test]
fn a_day_in_2020_runs_on_what_there_was() {
    let Some(desk) = FILLED.as_ref() else { return };
    let (exit, document) = desk.json(["run", "--date", "2020-03-18", "--dry-run"]);
    assert_eq!(exit, 0, "{document}");
    assert_eq!(document["regime"], "RISK_OFF");
    assert_eq!(document["status"], "DEGRADED", "the DI curve of that day is not in the set");
}

#[test]
fn a_date_without_usable_data_is_blocked_and_names_what_is_missing() {
    let Some(desk) = FILLED.as_ref() else { return };
    let output = desk.daily(["run", "--date", "1979-06-15", "--dry-run", "--if-closed", "run"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let (_, document) = desk.json(["run", "--date", "1979-06-15", "--dry-run", "--if-closed", "run"]);
    assert_eq!(document["status"], "BLOCKED");
    assert!(document["risk_alerts"].to_string().contains("missing series: "), "{}", document["risk_alerts"]);
}
