//! The schema's history: numbered SQL files in `migrations/`, embedded, applied in order in one transaction.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pipeline_core::ports::StoreError;
use sqlx::migrate::Migrator;

use crate::session::{Connection, Session};
use crate::value::values;
use crate::{dialect, fault, shape, sqlite};

static EMBEDDED: Migrator = sqlx::migrate!("../../migrations");

/// Marks a database file as ours (`PRAGMA application_id`): "dly1" in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x646c_7931;

/// One step of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Number, from 1 without gaps.
    pub number: i64,
    /// What it does, from the file's name.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
    checksum: &'static [u8],
}

/// All migrations in order.
pub fn list() -> Vec<Migration> {
    let mut migrations: Vec<Migration> = EMBEDDED
        .iter()
        .map(|m| Migration { number: m.version, name: &m.description, sql: m.sql.as_str(), checksum: &m.checksum })
        .collect();
    migrations.sort_by_key(|migration| migration.number);
    migrations
}

/// Number of the newest migration: the schema this program writes.
pub fn latest_number() -> i64 {
    list().last().map_or(0, |migration| migration.number)
}

/// Number that the next migration gets.
pub fn next_number() -> i64 {
    latest_number() + 1
}

/// What a database that can be connected to turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// No table at all.
    Empty,
    /// Ours, with this number.
    At(i64),
}

/// The table in which applied migrations are noted.
const CREATE_NOTES: &str = "CREATE TABLE schema_migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
     checksum BLOB NOT NULL, applied_at BIGINT NOT NULL)";

/// Looks at a database without writing to it.
pub(crate) async fn inspect(session: &mut Session<'_>) -> Result<Schema, StoreError> {
    let database = session.database.clone();
    let unusable = |why: String| StoreError::Unusable { database: database.to_string(), why };
    if !is_ours(session).await? {
        return Ok(Schema::Empty);
    }
    let applied = session.rows("SELECT number, checksum FROM schema_migrations ORDER BY number", &[]).await?;
    let known = list();
    let mut at = 0;
    for row in &applied {
        at = row.integer(0)?;
        match known.iter().find(|migration| migration.number == at) {
            None => {
                let latest = latest_number();
                return Err(unusable(format!(
                    "its schema is number {at} and this program knows up to {latest}; use a newer `daily`"
                )));
            }
            Some(migration) if migration.checksum != row.bytes(1)? => {
                return Err(unusable(format!("migration {at} was applied with other contents than this program has")));
            }
            Some(_) => {}
        }
    }
    if at == latest_number() {
        let expected = shape::expected().await.map_err(|e| session.sql(&e))?;
        if let Some(difference) = shape::difference(expected, &shape::of(session).await?) {
            return Err(unusable(difference));
        }
    }
    Ok(Schema::At(at))
}

/// True when the tables are ours, false when there are none.
async fn is_ours(session: &mut Session<'_>) -> Result<bool, StoreError> {
    let unusable = |why: &str| StoreError::Unusable { database: session.database.to_string(), why: why.to_owned() };
    let another = (
        unusable("it is an SQLite database of another program"),
        unusable("its schema holds tables of another program; give daily a database or a schema of its own"),
    );
    if session.is_postgres() {
        let found = shape::of(session).await?;
        let notes: Option<Vec<&str>> =
            found.get("schema_migrations").map(|columns| columns.keys().map(String::as_str).collect());
        let expected = shape::expected().await.map_err(|e| session.sql(&e))?;
        return match notes.as_deref() {
            Some(["applied_at", "checksum", "name", "number"]) => Ok(true),
            None if !expected.keys().any(|table| found.contains_key(table)) => Ok(false),
            _ => Err(another.1),
        };
    }
    let tables = session.integer("SELECT COUNT(*) FROM sqlite_master", &[]).await?;
    let application = session.integer("PRAGMA application_id", &[]).await?;
    match (tables, application) {
        (0, 0) => Ok(false),
        (_, APPLICATION_ID) => Ok(true),
        _ => Err(another.0),
    }
}

/// Refuses what a handle that changes nothing cannot read.
pub(crate) fn readable(database: &str, schema: Schema) -> Result<(), StoreError> {
    let why = match schema {
        Schema::At(number) if number == latest_number() => return Ok(()),
        Schema::At(number) => format!(
            "its schema is number {number}, this program needs {}, and a read-only start changes nothing; \
             open it once for writing, as `daily db migrate` does",
            latest_number()
        ),
        Schema::Empty => {
            let why = "it is empty; fill it with `daily init` and `daily ingest`".to_owned();
            return Err(StoreError::Absent { database: database.to_owned(), why });
        }
    };
    Err(StoreError::Unusable { database: database.to_owned(), why })
}

/// Applies what is missing up to a schema, in one transaction.
pub(crate) async fn apply_through(
    connection: &mut Connection,
    database: &Arc<str>,
    through: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let postgres = matches!(connection, Connection::Postgres(_));
    let statement = if postgres { "BEGIN ISOLATION LEVEL READ COMMITTED" } else { "BEGIN IMMEDIATE" };
    let mut transaction = connection.begin(database, statement).await?;
    let mut session = transaction.session();
    if postgres {
        session.script(&format!("SELECT pg_advisory_xact_lock({}, -1)", crate::postgres::LOCK_CLASS)).await?;
    }
    // Another process may have migrated while this one waited for the lock.
    let from = match inspect(&mut session).await? {
        Schema::At(number) => number,
        Schema::Empty => {
            session.script(&in_dialect(postgres, CREATE_NOTES)).await?;
            if !postgres {
                session.script(&format!("PRAGMA application_id = {APPLICATION_ID}")).await?;
            }
            0
        }
    };
    for migration in list().into_iter().filter(|m| m.number > from && m.number <= through) {
        session.script(&in_dialect(postgres, migration.sql)).await?;
        session
            .execute(
                "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                values![migration.number, migration.name, migration.checksum.to_vec(), now.timestamp_micros()],
            )
            .await?;
        fault::point("migrate");
    }
    transaction.commit().await
}

/// Brings a database to the newest schema, in one transaction. A file that already holds a schema is copied beside itself
/// first, only when there is something to apply. Returns the copy's path.
pub(crate) async fn apply(
    connection: &mut Connection,
    database: &Arc<str>,
    file: Option<&Path>,
    now: DateTime<Utc>,
) -> Result<Option<PathBuf>, StoreError> {
    let backup = match (inspect(&mut connection.session(database)).await?, file) {
        (Schema::At(number), _) if number == latest_number() => return Ok(None),
        (Schema::At(number), Some(file)) => Some(back_up(connection, file, number).await?),
        _ => None,
    };
    apply_through(connection, database, latest_number(), now).await?;
    Ok(backup)
}

fn in_dialect(postgres: bool, sql: &str) -> String {
    if postgres { dialect::postgres(sql) } else { dialect::sqlite(sql) }
}

/// A consistent copy beside the database: `daily.db.before-0002.bak`, never over an older copy.
async fn back_up(connection: &mut Connection, path: &Path, from: i64) -> Result<PathBuf, StoreError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let next = from + 1;
    let candidates = std::iter::once(format!("{name}.before-{next:04}.bak"))
        .chain((2..).map(|copy| format!("{name}.before-{next:04}.{copy}.bak")));
    let target = candidates
        .map(|candidate| path.with_file_name(candidate))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.with_extension("bak"));
    sqlite::copy_to(connection, &target).await?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_from_one_without_gaps_and_names_say_what_they_do() {
        for (index, migration) in list().iter().enumerate() {
            assert_eq!(migration.number, index as i64 + 1);
            assert!(migration.name.len() > 3);
        }
        assert_eq!(next_number(), list().len() as i64 + 1);
    }
}
