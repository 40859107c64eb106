//! What only a server can do wrong: it is away, refuses, goes away in the middle, holds somebody else's tables.

mod common;

use common::{SHORT, at, batch, figure};
use pipeline_core::ports::{Store, StoreError};
use store::{OpenMode, SqlStore};
use throwaway_postgres::{Database, Server, server};

const CANARY: &str = "canary-7f3a";

async fn open(url: &str, mode: OpenMode) -> Result<SqlStore, StoreError> {
    SqlStore::open_with(url, mode, SHORT).await
}

async fn refusal(url: &str, mode: OpenMode) -> StoreError {
    match open(url, mode).await {
        Ok(_) => panic!("{url} opens"),
        Err(error) => {
            assert!(!error.to_string().contains(CANARY), "{error}");
            error
        }
    }
}

async fn filled(database: &Database<'_>) -> SqlStore {
    let store = open(&database.url(), OpenMode::Create).await.unwrap();
    store.append(&batch("a.csv", vec![figure("A", "2026-03-02", 1.0, at(2, 20))]), at(10, 9)).await.unwrap();
    store
}

#[tokio::test]
async fn a_server_that_is_not_there_cannot_be_reached() {
    let url = format!("postgres://desk:{CANARY}@127.0.0.1:1/daily");
    let error = refusal(&url, OpenMode::ReadOnly).await;
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().starts_with("database postgres://127.0.0.1:1/daily cannot be reached: "), "{error}");
}

fn with_role(server: &Server) -> Database<'_> {
    let role =
        "DO $$ BEGIN CREATE ROLE secret LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    server.sql("postgres", role);
    server.database()
}

#[tokio::test]
async fn a_wrong_password_and_a_role_without_rights_are_denied() {
    let Some(server) = server() else { return };
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        return; // That server's rules are not ours.
    }
    let database = with_role(server);
    let error = refusal(&database.url_as("secret", CANARY), OpenMode::Create).await;
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("password authentication failed"), "{error}");
    let error = refusal(&database.url_as("secret", "right"), OpenMode::Create).await;
    assert!(matches!(error, StoreError::Denied { .. }), "PostgreSQL 15 lets nobody create in public: {error:?}");
}

#[tokio::test]
async fn an_empty_or_missing_database_is_no_database_of_ours_yet() {
    let Some(server) = server() else { return };
    let database = server.database();
    for (mode, words) in [
        (OpenMode::ReadOnly, "it is empty; fill it with `daily init` and `daily ingest`"),
        (OpenMode::ReadWrite, "it holds no tables of daily; create them with `daily init`"),
    ] {
        let error = refusal(&database.url(), mode).await.to_string();
        assert!(error.ends_with(words), "{error}");
    }
    let missing = database.url().replace(database.name(), "daily_no_such_database");
    let error = refusal(&missing, OpenMode::Create).await.to_string();
    assert!(error.ends_with("does not exist; create it with createdb"), "{error}");
}

#[tokio::test]
async fn tables_of_another_program_are_refused_and_left_alone() {
    let Some(server) = server() else { return };
    for theirs in ["CREATE TABLE schema_migrations (version TEXT)", "CREATE TABLE batches (id INTEGER)"] {
        let database = server.database();
        database.sql(theirs);
        for mode in [OpenMode::Create, OpenMode::ReadWrite, OpenMode::ReadOnly] {
            let error = refusal(&database.url(), mode).await.to_string();
            assert!(error.contains("its schema holds tables of another program"), "{error}");
        }
        assert_eq!(database.sql("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
    }
}

#[tokio::test]
async fn a_newer_or_altered_schema_is_refused_with_what_differs() {
    let Some(server) = server() else { return };
    let database = server.database();
    filled(&database).await.close().await.unwrap();
    for (alter, words, back) in [
        (
            "ALTER TABLE run_weights DROP COLUMN weight",
            "table run_weights was altered by hand: column weight is missing",
            "ALTER TABLE run_weights ADD COLUMN weight DOUBLE PRECISION NOT NULL",
        ),
        (
            "ALTER TABLE observations ALTER COLUMN value TYPE REAL",
            "table observations was altered by hand: column value is float4, not double precision",
            "ALTER TABLE observations ALTER COLUMN value TYPE DOUBLE PRECISION",
        ),
        (
            "INSERT INTO schema_migrations VALUES (9000, 'from the future', '', 0)",
            "its schema is number 9000 and this program knows up to",
            "DELETE FROM schema_migrations WHERE number = 9000",
        ),
    ] {
        database.sql(alter);
        for mode in [OpenMode::Create, OpenMode::ReadOnly] {
            let error = refusal(&database.url(), mode).await.to_string();
            assert!(error.contains(words), "{error}");
        }
        database.sql(back);
    }
    open(&database.url(), OpenMode::ReadOnly).await.unwrap();
}

#[tokio::test]
async fn a_reading_handle_is_one_by_the_servers_own_word() {
    let Some(server) = server() else { return };
    let database = server.database();
    filled(&database).await.close().await.unwrap();
    let reader = open(&database.url(), OpenMode::ReadOnly).await.unwrap();
    assert_eq!(reader.size().await.unwrap().rows, 1);
    let refused = reader.append(&batch("b.csv", vec![figure("A", "2026-03-03", 1.0, at(3, 20))]), at(11, 9)).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    let refused = reader.script("DELETE FROM observations").await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_keeps_nothing_and_the_next_call_connects_again() {
    let Some(server) = server() else { return };
    let database = server.database();
    let store = filled(&database).await;
    // A lock that the append waits for, so that it is in the middle when its connection is cut.
    let patient = SqlStore::open(&database.url(), OpenMode::ReadWrite).await.unwrap();
    store.script("BEGIN; LOCK TABLE observations IN EXCLUSIVE MODE").await.unwrap();
    let appending = tokio::spawn(async move {
        let file = batch("b.csv", vec![figure("A", "2026-03-03", 2.0, at(3, 20))]);
        let cut = patient.append(&file, at(11, 9)).await;
        let again = patient.append(&file, at(11, 9)).await;
        (cut, again)
    });
    let waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'observations'::regclass";
    let pid = loop {
        match database.sql(waiting) {
            pid if !pid.is_empty() => break pid,
            _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    database.sql(&format!("SELECT pg_terminate_backend({pid})"));
    store.script("COMMIT").await.unwrap();
    let (cut, again) = appending.await.unwrap();
    assert!(matches!(cut, Err(StoreError::Unreachable { .. })), "{cut:?}");
    assert_eq!(again.unwrap().new, 1, "nothing of the first was kept");
    assert_eq!(store.audit("macro").await.unwrap().faults, []);
}

#[tokio::test]
async fn who_waits_too_long_for_another_writer_is_told_that_it_is_locked() {
    let Some(server) = server() else { return };
    let database = server.database();
    let (one, other) = (filled(&database).await, open(&database.url(), OpenMode::ReadWrite).await.unwrap());
    one.script("BEGIN; LOCK TABLE batches IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let refused = other.append(&batch("b.csv", vec![figure("A", "2026-03-03", 2.0, at(3, 20))]), at(11, 9)).await;
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
}

#[tokio::test]
async fn several_writers_take_turns() {
    let Some(server) = server() else { return };
    let database = server.database();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let url = database.url();
            tokio::spawn(async move {
                // Opened at once: one of them makes the tables.
                let store = SqlStore::open(&url, OpenMode::Create).await.unwrap();
                for day in 1..=10 {
                    let file = vec![figure(&format!("S{writer}"), &format!("2026-03-{day:02}"), 1.0, at(day, 20))];
                    store.append(&batch(&format!("{writer}-{day}.csv"), file), at(20, 9)).await.unwrap();
                }
                store.close().await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let store = open(&database.url(), OpenMode::ReadOnly).await.unwrap();
    assert_eq!(store.load().await.unwrap().size.rows, 40);
    let report = store.audit("macro").await.unwrap();
    assert_eq!((report.batches, report.faults), (40, Vec::new()));
}

#[tokio::test]
async fn partitioning_needs_timescaledb_and_a_backup_the_servers_own_tools() {
    let Some(server) = server() else { return };
    let database = server.database();
    let store = filled(&database).await;
    let refused = store::partition(&database.url()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unsupported { .. }), "{refused:?}");
    let target = std::env::temp_dir().join("never-made.db");
    assert!(matches!(store.backup(&target).await, Err(StoreError::Unsupported { .. })));
    let plan = store::plan(&database.url()).await.unwrap();
    assert_eq!((plan.current, plan.steps.len(), plan.copies_first), (Some(plan.latest), 0, false));
    let empty = server.database();
    let plan = store::plan(&empty.url()).await.unwrap();
    assert_eq!((plan.current, plan.steps.len() as i64), (None, plan.latest));
}
