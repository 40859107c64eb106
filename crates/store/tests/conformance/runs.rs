//! Filing runs and reading them back.

use std::collections::BTreeMap;

use crate::common::{at, date};
use crate::place::Place;
use chrono::{DateTime, TimeDelta, Utc};
use market::instruments::InstrumentId;
use market::{AsOf, Calendars, Catalogue, Cut, History};
use pipeline_core::config::Config;
use pipeline_core::day::day;
use pipeline_core::digest::of_text;
use pipeline_core::ports::{DocumentKind, KeptDocument, Store, StoreError};
use pipeline_core::record::{RunHeader, RunMode, RunRecord, RunStatus, StepRecord};
use pipeline_core::state::DeskState;
use risk::{Book, BreakerState, RiskConfig, RiskInputs, RiskMonitor};
use store::{LEASE_DURATION, OpenMode, SqlStore};

on_both! {
    a_filed_run_reads_back_whole_by_id_and_by_prefix,
    the_parts_are_rows_that_sql_can_ask_for,
    runs_are_listed_newest_first_with_their_figures,
    a_run_starts_from_the_last_official_attempt_before_its_date,
    a_second_starter_is_told_that_the_desk_is_taken_until_the_lease_is_over,
    a_run_killed_on_this_machine_does_not_hold_the_next_one_up,
    a_run_that_cannot_be_filed_whole_leaves_nothing_of_its_outputs,
    a_reader_lists_runs_and_cannot_start_one,
    a_held_lease_outlives_its_runs,
    a_run_that_read_a_stale_state_is_told_to_read_again,
    a_run_never_starts_from_an_older_state_than_the_newest,
    a_run_that_lost_its_lease_files_nothing,
    an_abandoned_run_frees_the_desk_and_a_filed_one_stays,
    a_desk_left_behind_is_taken_over_and_that_is_said,
}

pub const DESK: &str = "macro";

/// What the runs of these tests were computed with.
pub fn documents() -> [KeptDocument; 2] {
    let document = |kind, text: &str| KeptDocument { digest: of_text(text), kind, text: text.to_owned() };
    [document(DocumentKind::Configuration, "{}"), document(DocumentKind::Calendars, "[]")]
}

pub fn header(run_id: &str, run_date: &str, started_at: DateTime<Utc>) -> RunHeader {
    RunHeader {
        run_id: run_id.to_owned(),
        desk: DESK.to_owned(),
        run_date: date(run_date),
        mode: RunMode::Live,
        cut: Cut::published(date(run_date), started_at),
        started_at,
        code_version: "0.1.0".to_owned(),
        config_digest: documents()[0].digest.clone(),
        calendar_digest: documents()[1].digest.clone(),
        previous_run: None,
        previous_digest: None,
        simulated: false,
        owner: ours(),
    }
}

/// The header of a run that starts from the newest official one before its date.
pub async fn following(store: &SqlStore, header: RunHeader) -> RunHeader {
    let previous = store.previous_run(&header.desk, header.run_date).await.unwrap();
    let previous_digest = previous.as_ref().map(|run| run.digest.clone());
    RunHeader { previous_run: previous.map(|run| run.run_id), previous_digest, ..header }
}

/// This process, as an owner.
pub fn ours() -> String {
    format!("here:{}", std::process::id())
}

/// The record of a run over an empty market with one position written into it.
pub fn record(header: RunHeader, status: RunStatus) -> RunRecord {
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

pub async fn file(store: &SqlStore, run_id: &str, run_date: &str, status: RunStatus, hour: u32) -> RunRecord {
    let header = following(store, header(run_id, run_date, at(20, hour))).await;
    store.begin_run(&header, &documents()).await.unwrap();
    let record = record(header, status);
    store.commit_run(&record).await.unwrap();
    record
}

async fn count(place: &Place, table: &str) -> i64 {
    place.sql(&format!("SELECT COUNT(*) FROM {table}")).await.parse().unwrap()
}

async fn a_filed_run_reads_back_whole_by_id_and_by_prefix(place: Place) {
    let store = place.create().await;
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

async fn the_parts_are_rows_that_sql_can_ask_for(place: Place) {
    let store = place.create().await;
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
        assert_eq!(count(&place, table).await, rows as i64, "{table}");
    }
}

async fn runs_are_listed_newest_first_with_their_figures(place: Place) {
    let store = place.create().await;
    file(&store, "a", "2026-03-17", RunStatus::Success, 9).await;
    file(&store, "b", "2026-03-16", RunStatus::Blocked, 10).await;
    let next = following(&store, header("c", "2026-03-18", at(20, 11))).await;
    store.begin_run(&next, &documents()).await.unwrap();
    let runs = store.runs(DESK, 10).await.unwrap();
    let listed: Vec<_> = runs.iter().map(|run| (run.run_id.as_str(), run.status)).collect();
    assert_eq!(listed, [("c", RunStatus::Running), ("b", RunStatus::Blocked), ("a", RunStatus::Success)]);
    assert_eq!((runs[0].digest.as_deref(), runs[2].digest.as_deref()), (None, Some("d16e57")));
    assert_eq!(runs[0].signal_count, None, "not counted is not none");
    assert_eq!((runs[2].position_count, runs[2].run_date), (Some(1), date("2026-03-17")));
    assert_eq!(store.runs(DESK, 1).await.unwrap().len(), 1);
    assert_eq!(store.run(DESK, "c").await.unwrap(), None, "it has left nothing yet");
}

async fn a_run_starts_from_the_last_official_attempt_before_its_date(place: Place) {
    let store = place.create().await;
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

async fn a_second_starter_is_told_that_the_desk_is_taken_until_the_lease_is_over(place: Place) {
    let store = place.create().await;
    store.begin_run(&header("a", "2026-03-16", at(20, 9)), &documents()).await.unwrap();
    let other = |run_id: &str, started_at| RunHeader {
        owner: "elsewhere:1".to_owned(),
        ..header(run_id, "2026-03-16", started_at)
    };
    let refused = store.begin_run(&other("b", at(20, 9)), &documents()).await;
    assert!(matches!(refused, Err(StoreError::Held { .. })), "{refused:?}");
    assert_eq!(store.runs(DESK, 10).await.unwrap().len(), 1, "the refused start left nothing");
    assert!(store.heartbeat(DESK, &ours(), at(20, 10)).await.unwrap());
    assert!(
        store.begin_run(&other("b", at(20, 9) + LEASE_DURATION), &documents()).await.is_err(),
        "extended by the heartbeat"
    );

    store.begin_run(&other("b", at(20, 10) + LEASE_DURATION), &documents()).await.unwrap();
    let statuses: Vec<_> = store.runs(DESK, 10).await.unwrap().into_iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatus::Running, RunStatus::Abandoned]);
    assert!(!store.heartbeat(DESK, &ours(), at(20, 11)).await.unwrap(), "the first has lost it");
    let late = store.commit_run(&record(header("a", "2026-03-16", at(20, 9)), RunStatus::Success)).await;
    assert!(late.unwrap_err().to_string().contains("run a is ABANDONED already"));
}

async fn a_run_killed_on_this_machine_does_not_hold_the_next_one_up(place: Place) {
    let store = place.create().await;
    let killed = RunHeader { owner: "here:4194305".to_owned(), ..header("a", "2026-03-16", at(20, 9)) };
    store.begin_run(&killed, &documents()).await.unwrap();
    if std::path::Path::new("/proc/self").exists() {
        file(&store, "b", "2026-03-16", RunStatus::Success, 9).await;
        let statuses: Vec<_> = store.runs(DESK, 10).await.unwrap().into_iter().map(|run| run.status).collect();
        assert!(statuses.contains(&RunStatus::Abandoned) && statuses.contains(&RunStatus::Success));
    }
}

async fn a_run_that_cannot_be_filed_whole_leaves_nothing_of_its_outputs(place: Place) {
    let store = place.create().await;
    let header = header("a", "2026-03-16", at(20, 9));
    store.begin_run(&header, &documents()).await.unwrap();
    let mut twice = record(header, RunStatus::Success);
    let risk = twice.outcome.risk.as_mut().unwrap();
    // The last table refuses the second row of one scenario: everything before it goes too.
    risk.stress.push(risk.stress[0].clone());
    assert!(store.commit_run(&twice).await.is_err());
    for table in ["run_documents", "run_states", "run_steps", "run_limits", "run_stress"] {
        assert_eq!(count(&place, table).await, 0, "{table}");
    }
    assert_eq!(store.runs(DESK, 1).await.unwrap()[0].status, RunStatus::Running);

    twice.outcome.risk.as_mut().unwrap().stress.pop();
    store.commit_run(&twice).await.unwrap();
    assert!(store.commit_run(&twice).await.is_err(), "a run is filed once");
    let never = record(self::header("z", "2026-03-16", at(20, 9)), RunStatus::Success);
    assert!(store.commit_run(&never).await.unwrap_err().to_string().contains("run z was never begun"));
}

async fn a_reader_lists_runs_and_cannot_start_one(place: Place) {
    let store = place.create().await;
    file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    store.close().await.unwrap();
    let reader = place.open(OpenMode::ReadOnly).await;
    assert_eq!(reader.runs(DESK, 10).await.unwrap().len(), 1);
    assert!(reader.previous_run(DESK, date("2026-03-17")).await.unwrap().is_some());
    let refused = reader.begin_run(&header("b", "2026-03-17", at(20, 10)), &documents()).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    assert!(matches!(reader.hold(DESK, "here:1", at(20, 10)).await, Err(StoreError::ReadOnly { .. })));
    reader.close().await.unwrap();
    assert_eq!(count(&place, "pipeline_runs").await, 1);
}

async fn a_held_lease_outlives_its_runs(place: Place) {
    let store = place.create().await;
    assert_eq!(store.hold(DESK, &ours(), at(20, 8)).await.unwrap().took_over, None);
    file(&store, "a", "2026-03-16", RunStatus::Success, 8).await;
    let refused = store.hold(DESK, "elsewhere:1", at(20, 8)).await.unwrap_err();
    let StoreError::Held { owner, since, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((owner, since.as_str()), (ours(), "2026-03-20T08:00:00Z"));
    file(&store, "b", "2026-03-17", RunStatus::Success, 8).await;
    store.release(DESK, "elsewhere:1").await.unwrap();
    assert!(store.heartbeat(DESK, &ours(), at(20, 8)).await.unwrap(), "nobody else gives it back");
    store.release(DESK, &ours()).await.unwrap();
    assert_eq!(store.hold(DESK, "elsewhere:1", at(20, 8)).await.unwrap().took_over, None);
}

async fn an_abandoned_run_frees_the_desk_and_a_filed_one_stays(place: Place) {
    let store = place.create().await;
    let begun = store.begin_run(&header("a", "2026-03-16", at(20, 9)), &documents()).await.unwrap();
    assert_eq!((begun.attempt, begun.took_over, begun.abandoned), (1, None, Vec::new()));
    assert!(store.abandon_run(DESK, "a", at(20, 10)).await.unwrap());
    assert!(!store.abandon_run(DESK, "a", at(20, 10)).await.unwrap(), "it is not RUNNING any more");
    assert_eq!(store.hold(DESK, "elsewhere:1", at(20, 10)).await.unwrap().took_over, None);
    store.release(DESK, "elsewhere:1").await.unwrap();
    file(&store, "b", "2026-03-16", RunStatus::Success, 11).await;
    assert!(!store.abandon_run(DESK, "b", at(20, 12)).await.unwrap());
    let runs = store.runs(DESK, 10).await.unwrap();
    let listed: Vec<_> = runs.iter().map(|run| (run.run_id.as_str(), run.attempt, run.status)).collect();
    assert_eq!(listed, [("b", 2, RunStatus::Success), ("a", 1, RunStatus::Abandoned)]);
}

async fn a_desk_left_behind_is_taken_over_and_that_is_said(place: Place) {
    let store = place.create().await;
    let left = RunHeader { owner: "elsewhere:1".to_owned(), ..header("a", "2026-03-16", at(20, 9)) };
    store.begin_run(&left, &documents()).await.unwrap();
    let next = header("b", "2026-03-16", at(20, 9) + LEASE_DURATION);
    let begun = store.begin_run(&next, &documents()).await.unwrap();
    let took_over = begun.took_over.unwrap();
    assert_eq!((took_over.owner.as_str(), took_over.why.as_str()), ("elsewhere:1", "its lease expired"));
    assert_eq!((begun.abandoned, took_over.heartbeat_at), (vec!["a".to_owned()], at(20, 9)));

    let backfill = at(20, 10) + LEASE_DURATION;
    let held = store.hold(DESK, "elsewhere:1", backfill).await.unwrap();
    assert!(held.took_over.is_some());
    assert_eq!(held.abandoned, ["b"]);
    let late = store.commit_run(&record(next, RunStatus::Success)).await.unwrap_err().to_string();
    assert!(late.contains("run b is ABANDONED already"), "who lost the desk files nothing: {late}");
}

async fn a_run_that_read_a_stale_state_is_told_to_read_again(place: Place) {
    let store = place.create().await;
    file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    let stale = following(&store, header("b", "2026-03-18", at(20, 10))).await;
    file(&store, "c", "2026-03-17", RunStatus::Success, 10).await;
    let refused = store.begin_run(&stale, &documents()).await;
    assert!(matches!(refused, Err(StoreError::Overtaken { .. })), "{refused:?}");
    assert_eq!(count(&place, "lease").await, 0, "nothing of the refused start is left");
    let fresh = following(&store, stale).await;
    assert_eq!(fresh.previous_run.as_deref(), Some("c"));
    store.begin_run(&fresh, &documents()).await.unwrap();
}

async fn a_run_never_starts_from_an_older_state_than_the_newest(place: Place) {
    let store = place.create().await;
    file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    file(&store, "b", "2026-03-17", RunStatus::Success, 10).await;
    place.sql("DELETE FROM run_states WHERE run_id = 'b'").await;
    let refused = store.previous_run(DESK, date("2026-03-18")).await.unwrap_err().to_string();
    assert!(refused.contains("run b of 2026-03-17 is the one that a run of 2026-03-18 starts from"), "{refused}");
    assert_eq!(store.previous_run(DESK, date("2026-03-17")).await.unwrap().unwrap().run_id, "a");
}

async fn a_run_that_lost_its_lease_files_nothing(place: Place) {
    let store = place.create().await;
    let header = header("a", "2026-03-16", at(20, 9));
    store.begin_run(&header, &documents()).await.unwrap();
    place.sql("UPDATE lease SET process_start = process_start + 1").await;
    store.release(DESK, &ours()).await.unwrap();
    assert!(!store.heartbeat(DESK, &ours(), at(20, 10)).await.unwrap(), "it is another process of the same number");
    assert_eq!(count(&place, "lease").await, 1, "and only its holder gives a lease back");
    let late = store.commit_run(&record(header, RunStatus::Success)).await;
    assert!(matches!(late, Err(StoreError::Overtaken { .. })), "{late:?}");
    assert_eq!(count(&place, "run_documents").await, 0);
}
