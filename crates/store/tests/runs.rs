//! Filing runs and reading them back.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use common::{SHORT, at, create, date, fingerprint, url};
use market::instruments::InstrumentId;
use market::{AsOf, Calendars, Catalogue, Cut, History};
use pipeline_core::config::Config;
use pipeline_core::day::day;
use pipeline_core::ports::{Store, StoreError};
use pipeline_core::record::{RunHeader, RunMode, RunRecord, RunStatus, StepRecord};
use pipeline_core::state::DeskState;
use risk::{Book, BreakerState, RiskConfig, RiskInputs, RiskMonitor};
use sqlx::ConnectOptions;
use store::{LEASE_DURATION, OpenMode, SqliteStore};

const DESK: &str = "macro";

fn header(run_id: &str, run_date: &str, started_at: DateTime<Utc>) -> RunHeader {
    RunHeader {
        run_id: run_id.to_owned(),
        desk: DESK.to_owned(),
        run_date: date(run_date),
        mode: RunMode::Live,
        cut: Cut::published(date(run_date), started_at),
        started_at,
        code_version: "0.1.0".to_owned(),
        config_digest: "c0ffee".to_owned(),
        previous_run: None,
        simulated: false,
        owner: format!("here:{}", std::process::id()),
    }
}

/// The record of a run over an empty market with one position written into it.
fn record(header: RunHeader, status: RunStatus) -> RunRecord {
    let (history, catalogue, calendars) = (History::default(), Catalogue::embedded(), Calendars::embedded());
    let view = AsOf::new(&history, &catalogue, &calendars, header.cut);
    let mut outcome = day(&view, &Config::default(), &DeskState::empty());
    let flat = Book::default();
    let inputs =
        RiskInputs { target: &flat, held: &flat, held_since: None, nav: &[], breaker: &BreakerState::default() };
    outcome.risk = Some(RiskMonitor::new(RiskConfig::default()).unwrap().assess(&view, &inputs).unwrap());
    outcome.weights = BTreeMap::from([(InstrumentId::new("USDBRL"), 0.1)]);
    outcome.next_state.as_of = Some(header.run_date);
    outcome.next_state.weights = outcome.weights.clone();
    RunRecord {
        finished_at: header.started_at + TimeDelta::seconds(3),
        header,
        status,
        exit_code: 0,
        steps: outcome.steps.iter().map(|step| StepRecord { outcome: step.clone(), seconds: 0.25 }).collect(),
        outcome,
        data_digest: "da7a".to_owned(),
        step_digests: BTreeMap::from([("risk".to_owned(), "ab".to_owned())]),
        digest: "d16e57".to_owned(),
    }
}

async fn file(store: &SqliteStore, run_id: &str, run_date: &str, status: RunStatus, hour: u32) -> RunRecord {
    let header = header(run_id, run_date, at(20, hour));
    store.begin_run(&header).await.unwrap();
    let record = record(header, status);
    store.commit_run(&record).await.unwrap();
    record
}

async fn store_in(folder: &Path) -> SqliteStore {
    create(&folder.join("daily.db")).await
}

async fn count(folder: &Path, table: &str) -> i64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("daily.db"));
    let mut plain = options.connect().await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(&mut plain).await.unwrap()
}

#[tokio::test]
async fn a_filed_run_reads_back_whole_by_id_and_by_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    let filed = file(&store, "0198-aaaa", "2026-03-16", RunStatus::Success, 9).await;
    file(&store, "0198-aabb", "2026-03-17", RunStatus::Success, 10).await;
    assert_eq!(store.run(DESK, "0198-aaaa").await.unwrap(), Some(filed.clone()));
    assert_eq!(store.run(DESK, "0198-aaa").await.unwrap(), Some(filed));
    assert_eq!(store.run(DESK, "0199").await.unwrap(), None);
    assert_eq!(store.run("other", "0198-aaaa").await.unwrap(), None);
    assert_eq!(store.run(DESK, "0198%").await.unwrap(), None, "a prefix is no pattern");
    let error = store.run(DESK, "0198").await.unwrap_err().to_string();
    assert!(error.contains("begins more than one run id (0198-aaaa, 0198-aabb, ...)"), "{error}");
}

#[tokio::test]
async fn the_parts_are_rows_that_sql_can_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    let filed = file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    let risk = filed.outcome.risk.as_ref().unwrap();
    for (table, rows) in [
        ("run_steps", filed.steps.len()),
        ("run_weights", 1),
        ("run_limits", 9),
        ("run_stress", risk.stress.len()),
        ("run_documents", 1),
        ("run_states", 1),
        ("lease", 0),
    ] {
        assert_eq!(count(folder.path(), table).await, rows as i64, "{table}");
    }
}

#[tokio::test]
async fn runs_are_listed_newest_first_with_their_figures() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    file(&store, "a", "2026-03-17", RunStatus::Success, 9).await;
    file(&store, "b", "2026-03-16", RunStatus::Blocked, 10).await;
    store.begin_run(&header("c", "2026-03-18", at(20, 11))).await.unwrap();
    let runs = store.runs(DESK, 10).await.unwrap();
    let listed: Vec<_> = runs.iter().map(|run| (run.run_id.as_str(), run.status)).collect();
    assert_eq!(listed, [("c", RunStatus::Running), ("b", RunStatus::Blocked), ("a", RunStatus::Success)]);
    assert_eq!((runs[0].digest.as_deref(), runs[2].digest.as_deref()), (None, Some("d16e57")));
    assert_eq!((runs[2].position_count, runs[2].run_date), (1, date("2026-03-17")));
    assert_eq!(store.runs(DESK, 1).await.unwrap().len(), 1);
    assert_eq!(store.run(DESK, "c").await.unwrap(), None, "it has left nothing yet");
}

#[tokio::test]
async fn a_run_starts_from_the_last_official_attempt_before_its_date() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    assert_eq!(store.previous_run(DESK, date("2026-03-18")).await.unwrap(), None);
    file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    file(&store, "b", "2026-03-16", RunStatus::Degraded, 10).await;
    file(&store, "c", "2026-03-16", RunStatus::Failed, 11).await;
    file(&store, "d", "2026-03-17", RunStatus::Blocked, 12).await;
    file(&store, "e", "2026-03-18", RunStatus::Success, 13).await;
    let found = store.previous_run(DESK, date("2026-03-18")).await.unwrap().unwrap();
    assert_eq!((found.run_id.as_str(), found.run_date), ("b", date("2026-03-16")));
    assert_eq!(found.state.weights.len(), 1);
    assert_eq!(store.previous_run(DESK, date("2026-03-16")).await.unwrap(), None);
    assert_eq!(store.previous_run("other", date("2026-03-18")).await.unwrap(), None);
}

#[tokio::test]
async fn a_second_starter_is_told_that_the_desk_is_taken_until_the_lease_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    store.begin_run(&header("a", "2026-03-16", at(20, 9))).await.unwrap();
    let other = |run_id: &str, started_at| RunHeader {
        owner: "elsewhere:1".to_owned(),
        ..header(run_id, "2026-03-16", started_at)
    };
    let refused = store.begin_run(&other("b", at(20, 9))).await;
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    assert_eq!(store.runs(DESK, 10).await.unwrap().len(), 1, "the refused start left nothing");
    assert!(store.heartbeat(DESK, "a", at(20, 10)).await.unwrap());
    assert!(store.begin_run(&other("b", at(20, 9) + LEASE_DURATION)).await.is_err(), "extended by the heartbeat");

    store.begin_run(&other("b", at(20, 10) + LEASE_DURATION)).await.unwrap();
    let statuses: Vec<_> = store.runs(DESK, 10).await.unwrap().into_iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatus::Running, RunStatus::Abandoned]);
    assert!(!store.heartbeat(DESK, "a", at(20, 11)).await.unwrap(), "the first has lost it");
    let late = store.commit_run(&record(header("a", "2026-03-16", at(20, 9)), RunStatus::Success)).await;
    assert!(late.unwrap_err().to_string().contains("run a is ABANDONED already"));
}

#[tokio::test]
async fn a_run_killed_on_this_machine_does_not_hold_the_next_one_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    let killed = RunHeader { owner: "here:4194305".to_owned(), ..header("a", "2026-03-16", at(20, 9)) };
    store.begin_run(&killed).await.unwrap();
    if Path::new("/proc/self").exists() {
        file(&store, "b", "2026-03-16", RunStatus::Success, 9).await;
        let statuses: Vec<_> = store.runs(DESK, 10).await.unwrap().into_iter().map(|run| run.status).collect();
        assert!(statuses.contains(&RunStatus::Abandoned) && statuses.contains(&RunStatus::Success));
    }
}

#[tokio::test]
async fn a_run_that_cannot_be_filed_whole_leaves_nothing_of_its_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    let header = header("a", "2026-03-16", at(20, 9));
    store.begin_run(&header).await.unwrap();
    let mut twice = record(header, RunStatus::Success);
    let risk = twice.outcome.risk.as_mut().unwrap();
    // The last table refuses the second row of one scenario: everything before it goes too.
    risk.stress.push(risk.stress[0].clone());
    assert!(store.commit_run(&twice).await.is_err());
    for table in ["run_documents", "run_states", "run_steps", "run_limits", "run_stress"] {
        assert_eq!(count(folder.path(), table).await, 0, "{table}");
    }
    assert_eq!(store.runs(DESK, 1).await.unwrap()[0].status, RunStatus::Running);

    twice.outcome.risk.as_mut().unwrap().stress.pop();
    store.commit_run(&twice).await.unwrap();
    assert!(store.commit_run(&twice).await.is_err(), "a run is filed once");
    let never = record(self::header("z", "2026-03-16", at(20, 9)), RunStatus::Success);
    assert!(store.commit_run(&never).await.unwrap_err().to_string().contains("run z was never begun"));
}

#[tokio::test]
async fn a_reader_lists_runs_and_cannot_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path()).await;
    file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    store.close().await.unwrap();
    let before = fingerprint(folder.path());
    let reader =
        SqliteStore::open_with(&url(&folder.path().join("daily.db")), OpenMode::ReadOnly, SHORT).await.unwrap();
    assert_eq!(reader.runs(DESK, 10).await.unwrap().len(), 1);
    assert!(reader.previous_run(DESK, date("2026-03-17")).await.unwrap().is_some());
    let refused = reader.begin_run(&header("b", "2026-03-17", at(20, 10))).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    reader.close().await.unwrap();
    assert_eq!(fingerprint(folder.path()), before);
}
