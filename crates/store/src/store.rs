//! The handle: one connection, opened for reading or writing, to either database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pipeline_core::ports::StoreError;
use tokio::sync::{Mutex, MutexGuard};

use crate::session::{Connection, Transaction};
use crate::sqlite::snapshot::{Snapshot, WriterMark};
use crate::url::Place;
use crate::value::Row;
use crate::{error, postgres, sqlite};

/// What a handle may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// The database must exist.
    ReadWrite,
    /// It must exist; nothing in it or beside it changes.
    ReadOnly,
    /// It is created when it does not exist: an SQLite file with its folder, the tables of a PostgreSQL database.
    Create,
}

/// How long a statement waits for another process's lock before [`StoreError::Locked`].
pub const DEFAULT_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a transaction writes. SQLite has one writer in any case; on PostgreSQL a run does not wait for an ingest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// Series, batches, observations, blocks.
    Figures,
    /// Runs, leases, seals.
    Runs,
}

/// Observations and runs in one SQLite file or PostgreSQL database.
///
/// All calls go through one connection, in the order in which they arrive. Every call that writes is one transaction; an
/// error, a kill or a dropped call leaves nothing of it. Every call that reads sees one instant, the newest when it begins.
///
/// Open with [`SqlStore::open`]; [`close`](SqlStore::close) waits for everything to be released and leaves no side files,
/// dropping does so in its own time.
#[derive(Debug)]
pub struct SqlStore {
    place: Place,
    pub(crate) database: Arc<str>,
    mode: OpenMode,
    wait: Duration,
    backup: Option<PathBuf>,
    connection: Mutex<Connection>,
    /// What a read-only handle of a file looks at. Declared after the connection: its private copy is removed after that.
    snapshot: Mutex<Option<Snapshot>>,
    /// Set while a handle may write to a file.
    writer: Option<WriterMark>,
}

impl SqlStore {
    /// Opens `sqlite://relative/path`, `sqlite:///absolute/path` or `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the URL does not read, there is no such database, it is not one of ours, was written
    /// by a newer program or altered by hand; [`StoreError::Locked`] when another process is writing;
    /// [`StoreError::Unreachable`] and [`StoreError::Denied`] for a server. No message holds a password.
    pub async fn open(url: &str, mode: OpenMode) -> Result<Self, StoreError> {
        Self::open_with(url, mode, DEFAULT_BUSY_TIMEOUT).await
    }

    /// As [`open`](Self::open), waiting at most `wait` for another process's lock.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, mode: OpenMode, wait: Duration) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        let database: Arc<str> = place.shown().into();
        let (mut backup, mut snapshot, mut writer) = (None, None, None);
        let connection = match &place {
            Place::Postgres(options) => postgres::open(options, &database, mode, wait).await?,
            Place::Sqlite(path) => {
                sqlite::check_path(path, mode)?;
                if mode == OpenMode::ReadOnly {
                    let (connection, taken) = sqlite::open_reader(path, wait).await?;
                    snapshot = Some(taken);
                    connection
                } else {
                    writer = Some(WriterMark::new());
                    let (connection, copy) = sqlite::open_writer(path, mode, wait).await?;
                    backup = copy;
                    connection
                }
            }
        };
        let (connection, snapshot) = (Mutex::new(connection), Mutex::new(snapshot));
        Ok(Self { place, database, mode, wait, backup, connection, snapshot, writer })
    }

    /// How it was opened.
    pub fn mode(&self) -> OpenMode {
        self.mode
    }

    /// The copy that was made before the schema was changed, when it was.
    pub fn copied_before(&self) -> Option<&Path> {
        self.backup.as_deref()
    }

    /// Closes the connection and waits until everything is released. What the log of a file holds goes into the file
    /// first, as far as other handles allow; the last handle leaves the file alone in its folder.
    ///
    /// # Errors
    /// What the database says on closing.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { database, connection, snapshot, writer, .. } = self;
        let mut connection = connection.into_inner();
        if writer.is_some() {
            sqlite::fold_log(&mut connection, &database).await;
        }
        let closed = connection.close().await.map_err(|e| error::from_sqlx(&database, &e));
        drop(writer);
        drop(snapshot);
        closed
    }

    /// Caps the file at a number of pages, so that tests can fill it up.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let mut connection = self.connection().await;
        connection.session(&self.database).script(&format!("PRAGMA max_page_count = {pages}")).await
    }

    /// Runs statements of a test's own.
    #[doc(hidden)]
    pub async fn script(&self, sql: &str) -> Result<(), StoreError> {
        self.connection().await.session(&self.database).script(sql).await
    }

    /// The rows of a test's own query: cells as text, parted by `|`, absent ones empty.
    #[doc(hidden)]
    pub async fn select(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.connection().await.session(&self.database).rows(sql, &[]).await?;
        Ok(rows.iter().map(Row::plain).collect())
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn other(&self, why: impl Into<String>) -> StoreError {
        StoreError::Other { database: self.database.to_string(), why: why.into() }
    }

    pub(crate) fn corrupt(&self, why: impl Into<String>) -> StoreError {
        StoreError::Corrupt { database: self.database.to_string(), why: why.into() }
    }

    pub(crate) async fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().await
    }

    /// Runs an operation that only reads. On a read-only handle of a file, which holds no lock, it sees the newest state,
    /// and it is run again when a writer changed the file under it; when that happens twice, the database is locked.
    pub(crate) async fn reading<T, F>(&self, operation: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut held = self.snapshot.lock().await;
        let (Some(snapshot), Place::Sqlite(path)) = (held.as_mut(), &self.place) else {
            drop(held);
            self.revive(&mut *self.connection().await).await?;
            return operation().await;
        };
        for _ in 0..2 {
            if !snapshot.is_current(path) {
                let (connection, fresh) = sqlite::open_reader(path, self.wait).await?;
                let stale = std::mem::replace(&mut *self.connection().await, connection);
                stale.close().await.ok();
                *snapshot = fresh;
            }
            let result = operation().await;
            if snapshot.is_whole(path) {
                return result;
            }
        }
        Err(StoreError::Locked { database: self.database.to_string() })
    }

    /// A transaction that sees one instant and changes nothing.
    pub(crate) async fn begin_read<'c>(&self, connection: &'c mut Connection) -> Result<Transaction<'c>, StoreError> {
        let statement = match connection {
            Connection::Sqlite(_) => "BEGIN",
            Connection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.begin(connection, statement).await
    }

    /// A transaction that holds the write lock from its start, so that what it reads is what it writes upon.
    pub(crate) async fn begin_write<'c>(
        &self,
        connection: &'c mut Connection,
        writes: Writes,
    ) -> Result<Transaction<'c>, StoreError> {
        if self.mode == OpenMode::ReadOnly {
            let why = "it was opened for reading only".to_owned();
            return Err(StoreError::ReadOnly { database: self.database.to_string(), why });
        }
        if matches!(connection, Connection::Sqlite(_)) {
            return connection.begin(&self.database, "BEGIN IMMEDIATE").await;
        }
        // Whatever the role's default is: what is read after the lock was waited for must be what is there then.
        let mut transaction = self.begin(connection, "BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let key = writes as i32;
        let lock = format!("SELECT pg_advisory_xact_lock({}, {key})", postgres::LOCK_CLASS);
        transaction.session().script(&lock).await?;
        Ok(transaction)
    }

    async fn begin<'c>(
        &self,
        connection: &'c mut Connection,
        statement: &'static str,
    ) -> Result<Transaction<'c>, StoreError> {
        self.revive(connection).await?;
        connection.begin(&self.database, statement).await
    }

    /// A server that went away between two calls is connected to again, once: nothing was under way on the lost
    /// connection.
    async fn revive(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if let (Place::Postgres(options), Connection::Postgres(link)) = (&self.place, &mut *connection)
            && sqlx::Connection::ping(&mut **link).await.is_err()
        {
            *connection = postgres::connect(options, &self.database, self.mode, self.wait).await?;
        }
        Ok(())
    }
}
