//! What a filed run can be held to: kept documents, seals, audits, prunes.

use pipeline_core::ports::{AuditFault, IngestFinding, Store, StoreError};
use pipeline_core::record::{RunHeader, RunStatus};
use store::SqlStore;

use crate::common::{at, batch, date, figure};
use crate::place::Place;
use crate::runs::{DESK, documents, file, header, record};

on_both! {
    what_was_left_alone_passes_the_audit,
    every_changed_cell_of_a_run_is_found_in_its_table,
    a_changed_output_row_is_named_with_what_it_was,
    rows_and_runs_that_are_missing_or_added_are_found,
    changed_figures_are_found_with_their_series_and_row,
    a_prune_leaves_the_chain_whole_and_the_states_that_are_needed,
    documents_are_kept_once_and_given_by_their_digest,
    a_record_that_is_not_of_its_row_is_refused,
    a_definition_is_kept_as_each_batch_said_it_and_sealed,
    desks_never_see_each_other,
}

/// Two runs on one file of figures.
async fn desk(place: &Place) -> SqlStore {
    let store = place.create().await;
    let mut figures = vec![figure("A", "2026-03-02", 1.5, at(2, 20)), figure("A", "2026-03-03", 2.5, at(3, 20))];
    figures.push(figure("B", "2026-03-02", -0.25, at(2, 20)));
    let mut batch = batch("a.csv", figures);
    batch.findings.push(IngestFinding {
        file: "a.csv".to_owned(),
        line: Some(3),
        rule: "bad_decimal".to_owned(),
        message: "1,2,3 is not a number".to_owned(),
        rejects: true,
    });
    store.append(&batch, at(10, 9)).await.unwrap();
    file(&store, "a", "2026-03-16", RunStatus::Success, 9).await;
    chained(&store, "b", "2026-03-17", "a", 10).await;
    store
}

/// A run that starts from another's state.
async fn chained(store: &SqlStore, run_id: &str, run_date: &str, previous: &str, hour: u32) {
    let header = RunHeader {
        previous_run: Some(previous.to_owned()),
        previous_digest: Some("d16e57".to_owned()),
        ..header(run_id, run_date, at(20, hour))
    };
    store.begin_run(&header, &documents()).await.unwrap();
    store.commit_run(&record(header, RunStatus::Success)).await.unwrap();
}

async fn faults(store: &SqlStore) -> Vec<AuditFault> {
    store.audit(DESK).await.unwrap().faults
}

async fn what_was_left_alone_passes_the_audit(place: Place) {
    let store = desk(&place).await;
    let report = store.audit(DESK).await.unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.runs, report.pruned, report.unsealed, report.batches, report.figures), (2, 0, 0, 1, 3));
    assert!(report.rows > 40, "{}", report.rows);
    assert_eq!(report.head, Some(place.sql("SELECT seal FROM run_seals WHERE run_id = 'b'").await));
    assert_eq!(store.audit("nobody").await.unwrap().runs, 0);
}

/// An expression that changes a value of the column a little, whatever it holds.
async fn changed(place: &Place, table: &str, column: &str) -> Option<String> {
    let of_type = if place.is_server() { "pg_typeof" } else { "typeof" };
    let cast = if place.is_server() { "::text" } else { "" };
    let kind = place
        .sql(&format!(
            "SELECT {of_type}({column}){cast} FROM {table} WHERE run_id = 'a' AND {column} IS NOT NULL LIMIT 1"
        ))
        .await;
    match kind.as_str() {
        "text" => Some(format!("{column} || ' '")),
        "integer" | "bigint" => Some(format!("{column} + 1000")),
        "real" | "double precision" => Some(format!("{column} * 1.0000000001 + 1e-12")),
        "" => None,
        other => panic!("{table}.{column} is {other}"),
    }
}

async fn every_changed_cell_of_a_run_is_found_in_its_table(place: Place) {
    let store = desk(&place).await;
    let mut tried = 0;
    for &(table, columns) in store::SEALED {
        place.sql(&format!("CREATE TABLE saved AS SELECT * FROM {table}")).await;
        // The id is what the tables refer to: the databases refuse to change it.
        for column in columns.split(", ").filter(|column| !["run_id", "desk"].contains(column)) {
            let Some(changed) = changed(&place, table, column).await else { continue };
            let one = format!("SELECT MIN({column}) FROM {table} WHERE run_id = 'a'");
            let update = format!("UPDATE {table} SET {column} = {changed} WHERE run_id = 'a' AND {column} = ({one})");
            place.sql(&update).await;
            let found = faults(&store).await;
            assert!(
                found.iter().any(|fault| fault.subject == "a" && fault.table == table),
                "{table}.{column} changed and the audit says {found:?}"
            );
            place
                .sql(&format!("DELETE FROM {table} WHERE {table}.run_id = 'a' AND '{table}' <> 'pipeline_runs'"))
                .await;
            let restore = if table == "pipeline_runs" {
                format!(
                    "UPDATE {table} SET {column} = (SELECT s.{column} FROM saved s WHERE s.run_id = 'a') WHERE run_id = 'a'"
                )
            } else {
                format!("INSERT INTO {table} SELECT * FROM saved WHERE run_id = 'a'")
            };
            place.sql(&restore).await;
            tried += 1;
        }
        place.sql("DROP TABLE saved").await;
        assert_eq!(faults(&store).await, [], "{table} was put back");
    }
    assert!(tried > 40, "{tried} cells were tried");
}

async fn a_changed_output_row_is_named_with_what_it_was(place: Place) {
    let store = desk(&place).await;
    place.sql("UPDATE run_weights SET weight = 0.3 WHERE run_id = 'a'").await;
    let found = faults(&store).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].subject.as_str(), found[0].table.as_str()), ("a", "run_weights"));
    assert_eq!(found[0].row, "strategy= instrument=USDBRL");
    assert_eq!(found[0].what, "column weight is 0.3, and the run's record says 0.1");

    place.sql("UPDATE run_weights SET weight = 0.1 WHERE run_id = 'a'").await;
    place.sql("UPDATE run_states SET state = replace(state, '0.1', '0.2') WHERE run_id = 'b'").await;
    let found = faults(&store).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].subject.as_str(), found[0].table.as_str()), ("b", "run_states"));
    assert!(found[0].what.ends_with("weights differs from the record"), "{}", found[0].what);
}

async fn rows_and_runs_that_are_missing_or_added_are_found(place: Place) {
    let store = desk(&place).await;
    place.sql("DELETE FROM run_limits WHERE run_id = 'a' AND name = 'var_95'").await;
    let found = faults(&store).await;
    assert_eq!((found[0].row.as_str(), found[0].what.as_str()), ("name=var_95", "the row is missing"), "{found:?}");
    place.sql("INSERT INTO run_weights VALUES ('b', '', 'DI_2Y', 0.2)").await;
    let found = faults(&store).await;
    let added = found.iter().find(|fault| fault.table == "run_weights").unwrap();
    assert_eq!((added.subject.as_str(), added.what.as_str()), ("b", "the run's record has no such row"));

    place.sql("DELETE FROM kept_documents WHERE kind = 'calendars'").await;
    assert!(faults(&store).await.iter().any(|fault| fault.table == "kept_documents"));
    place.sql("DELETE FROM run_seals WHERE run_id = 'b'").await;
    let found = faults(&store).await;
    assert!(found.iter().any(|fault| fault.table == "desk_heads"), "the end of the chain is missed: {found:?}");
    assert!(found.iter().any(|fault| fault.what == "its seal is missing"), "{found:?}");
    place.sql("UPDATE run_seals SET previous_seal = 'x' WHERE run_id = 'a'").await;
    assert!(faults(&store).await.iter().any(|fault| fault.what == "the seal is not that of its own row"));
}

async fn changed_figures_are_found_with_their_series_and_row(place: Place) {
    let store = desk(&place).await;
    store.pack().await.unwrap();
    place.sql("UPDATE observations SET value = 1.25 WHERE value = 1.5").await;
    let found = faults(&store).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].subject.as_str(), found[0].row.as_str()), ("batch 1", "series=A"));
    assert_eq!(found[0].what, "its 2 figures are not those that were stored");
    assert_eq!(found[1].row, "period=2026-03-02 released_at=2026-03-02T20:00:00+00:00");
    assert_eq!(found[1].what, "value is 1.25, and its packed copy says 1.5");
    place.sql("UPDATE observations SET value = 1.5 WHERE value = 1.25").await;
    assert_eq!(faults(&store).await, []);

    for (change, table) in [
        ("UPDATE batch_series SET digest = 'x' WHERE row_count = 1", "batch_series"),
        ("UPDATE observations SET recorded_at = recorded_at + 1 WHERE value = 2.5", "observations"),
        ("UPDATE batches SET rows_rejected = 7", "batches"),
        ("UPDATE ingest_findings SET line = 4", "batches"),
        ("UPDATE series SET id = 'C' WHERE id = 'B'", "batch_series"),
        ("DELETE FROM observations WHERE value = -0.25", "observations"),
        ("INSERT INTO observations VALUES (1, 0, 0, 1.0, 0, 0, 99)", "observations"),
    ] {
        place.sql(change).await;
        let found = faults(&store).await;
        assert!(found.iter().any(|fault| fault.table == table), "{change}: {found:?}");
    }
}

async fn a_prune_leaves_the_chain_whole_and_the_states_that_are_needed(place: Place) {
    let store = desk(&place).await;
    chained(&store, "c", "2026-03-18", "b", 11).await;
    let ids = ["a".to_owned(), "b".to_owned()];
    let pruned = store.prune(DESK, &ids, at(21, 9)).await.unwrap();
    assert_eq!((pruned.runs, pruned.states_kept), (2, 1), "c starts from the state of b");
    assert!(pruned.rows > 30);
    assert_eq!(store.run(DESK, "a").await.unwrap(), None);
    assert!(store.state_after(DESK, "a").await.unwrap().is_none());
    assert!(store.state_after(DESK, "b").await.unwrap().is_some());
    let listed: Vec<(String, bool)> =
        store.runs(DESK, 10).await.unwrap().into_iter().map(|run| (run.run_id, run.pruned)).collect();
    assert_eq!(listed, [("c".to_owned(), false), ("b".to_owned(), true), ("a".to_owned(), true)]);
    let report = store.audit(DESK).await.unwrap();
    assert_eq!((report.faults, report.runs, report.pruned), (Vec::new(), 3, 2));

    let again = store.prune(DESK, &ids, at(22, 9)).await.unwrap();
    assert_eq!((again.runs, again.rows), (0, 0));
    let unknown = store.prune(DESK, &["c".to_owned(), "z".to_owned()], at(22, 9)).await;
    assert!(unknown.unwrap_err().to_string().ends_with("has no run z; nothing was pruned"));
    assert!(store.run(DESK, "c").await.unwrap().is_some());
}

async fn documents_are_kept_once_and_given_by_their_digest(place: Place) {
    let store = desk(&place).await;
    assert_eq!(place.sql("SELECT COUNT(*) FROM kept_documents").await, "2");
    for document in documents() {
        assert_eq!(store.document(&document.digest).await.unwrap(), Some(document.text));
    }
    assert_eq!(store.document("unknown").await.unwrap(), None);
    assert!(store.state_after(DESK, "a").await.unwrap().unwrap().weights.len() == 1);
}

async fn a_record_that_is_not_of_its_row_is_refused(place: Place) {
    let store = desk(&place).await;
    let refused = |what: &str, found: Result<Option<pipeline_core::record::RunRecord>, StoreError>| match found {
        Err(StoreError::Corrupt { why, .. }) => assert!(why.contains(&format!("disagree on {what}")), "{why}"),
        other => panic!("{what}: {other:?}"),
    };
    for (column, value, what) in [
        ("status", "'FAILED'", "the status"),
        ("exit_code", "9", "the exit code"),
        ("run_date", "20000", "the date"),
        ("recorded_cut", "0", "the recorded cut"),
        ("digest", "'00'", "the digest"),
        ("previous_run", "'x'", "the run before"),
        ("simulated", "1", "whether it is simulated"),
    ] {
        place.sql("CREATE TABLE saved AS SELECT * FROM pipeline_runs").await;
        place.sql(&format!("UPDATE pipeline_runs SET {column} = {value} WHERE run_id = 'a'")).await;
        refused(what, store.run(DESK, "a").await);
        let back = format!("(SELECT s.{column} FROM saved s WHERE s.run_id = 'a')");
        place.sql(&format!("UPDATE pipeline_runs SET {column} = {back} WHERE run_id = 'a'")).await;
        place.sql("DROP TABLE saved").await;
    }
    assert!(store.run(DESK, "a").await.unwrap().is_some());
    let other = "(SELECT document FROM run_documents WHERE run_id = 'b')";
    place.sql(&format!("UPDATE run_documents SET document = {other} WHERE run_id = 'a'")).await;
    refused("the run", store.run(DESK, "a").await);
    place.sql("DELETE FROM run_documents WHERE run_id = 'a'").await;
    let pruned: Vec<bool> = store.runs(DESK, 10).await.unwrap().iter().map(|run| run.pruned).collect();
    assert_eq!(pruned, [false, false], "a record that is missing was not pruned");
}

async fn a_definition_is_kept_as_each_batch_said_it_and_sealed(place: Place) {
    let store = desk(&place).await;
    let seen = store.load().await.unwrap().recorded_through;
    let mut correction = batch("b.csv", vec![figure("A", "2026-03-04", 3.5, at(4, 20))]);
    correction.definitions[0].name = "corrected".to_owned();
    store.append(&correction, at(11, 9)).await.unwrap();
    let market = store.load().await.unwrap();
    let id = market::SeriesId::new("A");
    let name = |catalogue: &market::Catalogue| catalogue.get(&id).unwrap().name.clone();
    assert_eq!(name(&market.catalogue), "corrected");
    assert_eq!(name(&market.catalogue.recorded_at(seen).unwrap()), "series A", "as the runs of before saw it");
    assert!(market.catalogue.recorded_at(market.recorded_through).is_none());
    assert_eq!(faults(&store).await, []);

    place.sql("UPDATE series SET tenor = '2028-07-03' WHERE id = 'A'").await;
    let found = faults(&store).await;
    assert_eq!((found.len(), found[0].table.as_str(), found[0].row.as_str()), (1, "series", "id=A"), "{found:?}");
    place.sql("UPDATE series SET tenor = '2027-01-04' WHERE id = 'A'").await;
    assert_eq!(faults(&store).await, []);
    place.sql("UPDATE series_definitions SET definition = replace(definition, 'corrected', 'other')").await;
    let tables: Vec<String> = faults(&store).await.into_iter().map(|fault| fault.table).collect();
    assert!(tables.contains(&"series".to_owned()) && tables.contains(&"batches".to_owned()), "{tables:?}");
}

async fn desks_never_see_each_other(place: Place) {
    let store = desk(&place).await;
    let other = |run_id: &str| RunHeader { desk: "rates".to_owned(), ..header(run_id, "2026-03-16", at(20, 12)) };
    store.begin_run(&other("r"), &documents()).await.unwrap();
    store.hold(DESK, "elsewhere:1", at(20, 12)).await.unwrap();
    store.commit_run(&record(other("r"), RunStatus::Success)).await.unwrap();

    assert_eq!(store.runs("rates", 10).await.unwrap().len(), 1);
    assert_eq!(store.runs(DESK, 10).await.unwrap().len(), 2);
    assert_eq!(store.run("rates", "a").await.unwrap(), None);
    assert!(store.state_after("rates", "a").await.unwrap().is_none());
    assert!(store.previous_run("rates", date("2026-03-16")).await.unwrap().is_none());
    assert_eq!(store.previous_run("rates", date("2026-03-17")).await.unwrap().unwrap().run_id, "r");
    assert!(!store.abandon_run("rates", "a", at(20, 13)).await.unwrap());
    assert!(matches!(store.prune("rates", &["a".to_owned()], at(20, 13)).await, Err(StoreError::Other { .. })));
    let report = store.audit("rates").await.unwrap();
    assert_eq!((report.runs, report.faults), (1, Vec::new()));
}
