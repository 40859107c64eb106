//! Every released schema, with rows in it, brought to the newest one.

use pipeline_core::ports::Store;
use pipeline_core::record::RunStatus;
use store::OpenMode;

use crate::common::{at, batch, date, figure, rows};
use crate::place::Place;
use crate::runs::{DESK, documents, file, header};

on_both! {
    a_database_of_schema_1_keeps_its_figures_its_run_and_its_state,
    an_upgrade_is_planned_before_it_is_done,
}

/// What the program of each released schema left.
const SCHEMA_1: &str = include_str!("../fixtures/schema-0001.sql");

async fn of_schema_1(place: &Place) {
    store::install(&place.url(), 1).await.unwrap();
    place.run_script(SCHEMA_1).await;
}

async fn a_database_of_schema_1_keeps_its_figures_its_run_and_its_state(place: Place) {
    of_schema_1(&place).await;
    let stored: usize = place.sql("SELECT COUNT(*) FROM observations").await.parse().unwrap();
    let refused = store::SqlStore::open(&place.url(), OpenMode::ReadOnly).await.unwrap_err().to_string();
    assert!(refused.contains("its schema is number 1, this program needs"), "{refused}");

    let store = place.open(OpenMode::ReadWrite).await;
    assert_eq!(store.copied_before().is_some(), !place.is_server(), "a file is copied beside itself first");
    let loaded = rows(&store.load().await.unwrap());
    assert_eq!(loaded.len(), stored);
    let runs = store.runs(DESK, 10).await.unwrap();
    assert_eq!((runs.len(), runs[0].status, runs[0].attempt), (1, RunStatus::Success, 1));
    let record = store.run(DESK, &runs[0].run_id).await.unwrap().unwrap();
    assert_eq!(Some(&record.digest), runs[0].digest.as_ref());
    let previous = store.previous_run(DESK, date("2026-04-01")).await.unwrap().unwrap();
    assert_eq!(&previous.state, record.next_state().unwrap());

    let before = store.audit(DESK).await.unwrap();
    assert_eq!(
        (before.faults, before.runs, before.unsealed),
        (Vec::new(), 0, 13),
        "12 batches and a run, all unsealed"
    );
    // Life goes on: new figures and runs are sealed beside the old ones.
    store.append(&batch("a.csv", vec![figure("A", "2026-03-02", 1.5, at(2, 20))]), at(10, 9)).await.unwrap();
    store.begin_run(&header("a", "2026-04-01", at(20, 9)), &documents()).await.unwrap();
    assert!(store.abandon_run(DESK, "a", at(20, 9)).await.unwrap());
    file(&store, "b", "2026-04-01", RunStatus::Success, 10).await;
    let after = store.audit(DESK).await.unwrap();
    assert_eq!((after.faults, after.runs, after.unsealed), (Vec::new(), 1, 13));
    store.pack().await.unwrap();
    assert_eq!(rows(&store.load().await.unwrap()).len(), stored + 1);
}

async fn an_upgrade_is_planned_before_it_is_done(place: Place) {
    of_schema_1(&place).await;
    let plan = store::plan(&place.url()).await.unwrap();
    let numbers: Vec<i64> = plan.steps.iter().map(|step| step.0).collect();
    assert_eq!((plan.current, numbers.first(), numbers.last()), (Some(1), Some(&2), Some(&plan.latest)));
    assert_eq!(plan.copies_first, !place.is_server());
    assert_eq!(place.sql("SELECT MAX(number) FROM schema_migrations").await, "1", "a plan changes nothing");
    let done = store::migrate(&place.url()).await.unwrap();
    assert_eq!((done.plan, done.backup.is_some()), (plan, !place.is_server()));
    assert!(store::plan(&place.url()).await.unwrap().steps.is_empty());
}
