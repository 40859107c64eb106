//! The schema's history: numbered SQL files in `migrations/`, embedded, applied in order in one transaction.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pipeline_core::ports::StoreError;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use crate::error;

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

/// What a file that opens as SQLite turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// No table at all.
    Empty,
    /// Ours, with this number.
    At(i64),
}

/// Looks at a database without writing to it.
pub(crate) async fn inspect(connection: &mut SqliteConnection, database: &str) -> Result<Schema, StoreError> {
    let unusable = |why: String| StoreError::Unusable { database: database.to_owned(), why };
    let sql = |e: sqlx::Error| error::from_sqlx(database, &e);
    let tables: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master").fetch_one(&mut *connection).await.map_err(sql)?;
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(sql)?;
    if tables == 0 && application == 0 {
        return Ok(Schema::Empty);
    }
    if application != APPLICATION_ID {
        return Err(unusable("it is an SQLite database of another program".to_owned()));
    }
    let applied = sqlx::query("SELECT number, checksum FROM schema_migrations ORDER BY number")
        .fetch_all(&mut *connection)
        .await
        .map_err(sql)?;
    let known = list();
    for row in &applied {
        let (number, checksum): (i64, Vec<u8>) = (row.try_get(0).map_err(sql)?, row.try_get(1).map_err(sql)?);
        match known.iter().find(|migration| migration.number == number) {
            None => {
                let latest = latest_number();
                return Err(unusable(format!(
                    "its schema is number {number} and this program knows up to {latest}; use a newer `daily`"
                )));
            }
            Some(migration) if migration.checksum != checksum => {
                return Err(unusable(format!(
                    "migration {number} was applied with other contents than this program has"
                )));
            }
            Some(_) => {}
        }
    }
    applied.last().map_or(Ok(Schema::At(0)), |row| row.try_get(0).map(Schema::At).map_err(sql))
}

/// Brings a database to the newest schema. A database that already holds a schema is copied beside itself first, only
/// when there is something to apply. Returns the copy's path.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    database: &str,
    path: &Path,
    now: DateTime<Utc>,
) -> Result<Option<PathBuf>, StoreError> {
    let sql = |e: sqlx::Error| error::from_sqlx(database, &e);
    let backup = match inspect(connection, database).await? {
        Schema::At(number) if number == latest_number() => return Ok(None),
        Schema::At(number) => Some(back_up(connection, database, path, number).await?),
        Schema::Empty => None,
    };

    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(sql)?;
    // Another process may have migrated while this one waited for the lock.
    let from = match inspect(&mut transaction, database).await? {
        Schema::At(number) => number,
        Schema::Empty => {
            let create = "CREATE TABLE schema_migrations (
                number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_at BIGINT NOT NULL)";
            sqlx::raw_sql(create).execute(&mut *transaction).await.map_err(sql)?;
            let mark = AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
            sqlx::raw_sql(mark).execute(&mut *transaction).await.map_err(sql)?;
            0
        }
    };
    for migration in list().into_iter().filter(|migration| migration.number > from) {
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await.map_err(sql)?;
        sqlx::query("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)")
            .bind(migration.number)
            .bind(migration.name)
            .bind(migration.checksum)
            .bind(now.timestamp_micros())
            .execute(&mut *transaction)
            .await
            .map_err(sql)?;
    }
    transaction.commit().await.map_err(sql)?;
    Ok(backup)
}

/// A consistent copy beside the database: `daily.db.before-0002.bak`, never over an older copy. SQLite writes it from one
/// read transaction, so it holds what the log holds; it is on the disk before the schema changes.
async fn back_up(
    connection: &mut SqliteConnection,
    database: &str,
    path: &Path,
    from: i64,
) -> Result<PathBuf, StoreError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let next = from + 1;
    let candidates = std::iter::once(format!("{name}.before-{next:04}.bak"))
        .chain((2..).map(|copy| format!("{name}.before-{next:04}.{copy}.bak")));
    let target = candidates
        .map(|candidate| path.with_file_name(candidate))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.with_extension("bak"));
    sqlx::query("VACUUM INTO $1")
        .bind(target.to_string_lossy().into_owned())
        .execute(connection)
        .await
        .map_err(|e| error::from_sqlx(database, &e))?;
    std::fs::File::open(&target)
        .and_then(|copy| copy.sync_all())
        .map_err(|e| error::from_io(target.display().to_string(), &e))?;
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
