//! The SQLite store: opening, and the one connection behind it.
//!
//! A database is kept in write-ahead mode: commits go to a log beside the file (`-wal`, with its index `-shm`) and are
//! copied into the file now and then. So a handle that reads is never held up by one that writes, and there is one writer
//! at a time. Closing a handle folds the log into the file, and the last one to close removes log and index: at rest the
//! database is one file, and copying the file copies the database. A killed writer leaves its log; the next handle that
//! opens for writing recovers every commit in it. `synchronous` is FULL: in this mode NORMAL could lose the last commits
//! when the power goes, and FULL costs one sync a transaction.
//!
//! A file in rollback mode, as earlier versions kept it, is switched when it is opened for writing. A read-only handle
//! changes nothing, not even the index: see [`crate::snapshot`].

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Utc;
use pipeline_core::ports::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use crate::error;
use crate::migrations::{self, Schema};
use crate::snapshot::{Snapshot, WriterMark};

/// How to open a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// It must exist; its schema is brought up to date.
    ReadWrite,
    /// It must exist; nothing in its folder changes.
    ReadOnly,
    /// It is created, with its folder, when it does not exist.
    Create,
}

/// How long a statement waits for another process's lock before [`StoreError::Locked`].
pub const DEFAULT_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Observations and runs in one SQLite file.
///
/// All calls go through one connection, in the order in which they arrive: SQLite has one writer anyway, and a run reads
/// the whole store once. Every call that writes is one transaction; an error or a kill leaves nothing of it. Every call
/// that reads sees one instant, the newest when it begins.
///
/// Open with [`SqliteStore::open`]; [`close`](SqliteStore::close) waits for the file to be released and leaves no side
/// files, dropping does so in its own time.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    database: String,
    mode: OpenMode,
    busy_timeout: Duration,
    backup: Option<PathBuf>,
    connection: Mutex<SqliteConnection>,
    /// What a read-only handle looks at. Declared after the connection: its private copy is removed after that.
    snapshot: Mutex<Option<Snapshot>>,
    /// Set while a handle may write.
    writer: Option<WriterMark>,
}

impl SqliteStore {
    /// Opens `sqlite://relative/path` or `sqlite:///absolute/path`.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the URL is not an SQLite one, the file is missing, is not a database of ours, or
    /// was written by a newer program; [`StoreError::Locked`] when another process is writing.
    pub async fn open(url: &str, mode: OpenMode) -> Result<Self, StoreError> {
        Self::open_with(url, mode, DEFAULT_BUSY_TIMEOUT).await
    }

    /// As [`open`](Self::open), waiting at most `busy_timeout` for another process's lock.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, mode: OpenMode, busy_timeout: Duration) -> Result<Self, StoreError> {
        let path = path_of(url)?;
        let database = path.display().to_string();
        let unusable = |why: &str| StoreError::Unusable { database: database.clone(), why: why.to_owned() };
        if path.is_dir() {
            return Err(unusable("it is a folder, not a database file"));
        }
        match mode {
            OpenMode::Create => create_folder(&path)?,
            _ if !path.exists() => return Err(unusable("it does not exist; create it with `daily init`")),
            _ => {}
        }
        if mode == OpenMode::ReadOnly {
            return Self::open_read_only(path, database, busy_timeout).await;
        }
        if path.metadata().is_ok_and(|file| file.permissions().readonly()) {
            let why = "its permissions allow nobody to write".to_owned();
            return Err(StoreError::ReadOnly { database, why });
        }
        let created = !path.exists();
        let writer = Some(WriterMark::new());
        match open_writer(&path, &database, mode, busy_timeout).await {
            Ok((connection, backup)) => {
                let (connection, snapshot) = (Mutex::new(connection), Mutex::new(None));
                Ok(Self { path, database, mode, busy_timeout, backup, connection, snapshot, writer })
            }
            Err(error) => {
                // An empty file of ours must not look like a database to the next start.
                if created && path.metadata().is_ok_and(|file| file.len() == 0) {
                    std::fs::remove_file(&path).ok();
                }
                Err(error)
            }
        }
    }

    async fn open_read_only(path: PathBuf, database: String, busy_timeout: Duration) -> Result<Self, StoreError> {
        let (connection, snapshot) = open_reader(&path, &database, busy_timeout).await?;
        let (connection, snapshot) = (Mutex::new(connection), Mutex::new(Some(snapshot)));
        let mode = OpenMode::ReadOnly;
        Ok(Self { path, database, mode, busy_timeout, backup: None, connection, snapshot, writer: None })
    }

    /// The path, as messages show it.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// How it was opened.
    pub fn mode(&self) -> OpenMode {
        self.mode
    }

    /// The copy that was made before the schema was changed, when it was.
    pub fn backup(&self) -> Option<&Path> {
        self.backup.as_deref()
    }

    /// Closes the file and waits until it is released. What the log holds goes into the file first, as far as other
    /// handles allow; the last handle leaves the file alone in its folder.
    ///
    /// # Errors
    /// What SQLite says on closing.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { database, connection, snapshot, writer, .. } = self;
        let mut connection = connection.into_inner();
        if writer.is_some() {
            // Nothing hangs on it: the log is durable, and whoever opens next folds it in. So it waits for nobody.
            let fold = "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)";
            sqlx::raw_sql(fold).execute(&mut connection).await.ok();
        }
        let closed = connection.close().await.map_err(|e| error::from_sqlx(&database, &e));
        drop(writer);
        drop(snapshot);
        closed
    }

    /// Caps the file at a number of pages, so that tests can fill it up.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let pragma = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::raw_sql(pragma).execute(&mut *self.connection().await).await.map_err(|e| self.sql(e))?;
        Ok(())
    }

    pub(crate) fn sql(&self, error: sqlx::Error) -> StoreError {
        error::from_sqlx(&self.database, &error)
    }

    pub(crate) fn other(&self, why: impl Into<String>) -> StoreError {
        StoreError::Other { database: self.database.clone(), why: why.into() }
    }

    pub(crate) fn corrupt(&self, why: impl Into<String>) -> StoreError {
        StoreError::Corrupt { database: self.database.clone(), why: why.into() }
    }

    pub(crate) async fn connection(&self) -> MutexGuard<'_, SqliteConnection> {
        self.connection.lock().await
    }

    /// Runs an operation that only reads. On a read-only handle, which holds no lock, it sees the newest state, and it is
    /// run again when a writer changed the file under it; when that happens twice, the database is locked.
    pub(crate) async fn reading<T, F>(&self, operation: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut held = self.snapshot.lock().await;
        let Some(snapshot) = held.as_mut() else {
            drop(held);
            return operation().await;
        };
        for _ in 0..2 {
            if !snapshot.is_current(&self.path) {
                let (connection, fresh) = open_reader(&self.path, &self.database, self.busy_timeout).await?;
                let stale = std::mem::replace(&mut *self.connection().await, connection);
                stale.close().await.ok();
                *snapshot = fresh;
            }
            let result = operation().await;
            if snapshot.is_whole(&self.path) {
                return result;
            }
        }
        Err(StoreError::Locked { database: self.database.clone() })
    }

    /// A transaction that holds the write lock from its start, so that what it reads is what it writes upon.
    pub(crate) async fn begin_write<'c>(
        &self,
        connection: &'c mut SqliteConnection,
    ) -> Result<Transaction<'c, Sqlite>, StoreError> {
        if self.mode == OpenMode::ReadOnly {
            let why = "it was opened for reading only".to_owned();
            return Err(StoreError::ReadOnly { database: self.database.clone(), why });
        }
        connection.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.sql(e))
    }
}

/// Opens a database for writing, which brings its schema up to date, and closes it. Creates it when missing. Returns the
/// copy that was made of it before.
///
/// # Errors
/// As [`SqliteStore::open`].
pub async fn migrate(url: &str) -> Result<Option<PathBuf>, StoreError> {
    let store = SqliteStore::open(url, OpenMode::Create).await?;
    let backup = store.backup.clone();
    store.close().await?;
    Ok(backup)
}

fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    let unusable =
        |database: &str, why: &str| StoreError::Unusable { database: database.to_owned(), why: why.to_owned() };
    let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) else {
        // The rest of such a URL may hold a password: only the scheme is shown.
        let scheme = url.split("://").next().filter(|scheme| scheme.len() < url.len()).unwrap_or("(no scheme)");
        return Err(unusable(scheme, "only sqlite://path is supported"));
    };
    if path.is_empty() || path == ":memory:" {
        return Err(unusable(url, "a database is a file: give its path, sqlite://var/daily.db"));
    }
    if path.contains('?') {
        return Err(unusable(url, "parameters after ? are not supported"));
    }
    Ok(PathBuf::from(path))
}

fn create_folder(path: &Path) -> Result<(), StoreError> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        None => Ok(()),
        Some(folder) => std::fs::create_dir_all(folder).map_err(|e| error::from_io(path.display().to_string(), &e)),
    }
}

fn options(path: &Path, busy_timeout: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(busy_timeout)
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-65536")
        .disable_statement_logging()
}

/// Connects for writing: looks first, so that a file that is not ours stays as it is, then switches it to write-ahead
/// mode and brings its schema up to date.
async fn open_writer(
    path: &Path,
    database: &str,
    mode: OpenMode,
    busy_timeout: Duration,
) -> Result<(SqliteConnection, Option<PathBuf>), StoreError> {
    let options =
        options(path, busy_timeout).create_if_missing(mode == OpenMode::Create).synchronous(SqliteSynchronous::Full);
    let opened = async {
        let mut connection = options.connect().await.map_err(|e| error::from_sqlx(database, &e))?;
        migrations::inspect(&mut connection, database).await?;
        write_ahead(&mut connection, database, busy_timeout).await?;
        let backup = migrations::apply(&mut connection, database, path, Utc::now()).await?;
        Ok((connection, backup))
    };
    match opened.await {
        // SQLite says that it cannot open the log; the folder says why.
        Err(StoreError::Unusable { why, .. }) if why == error::CANNOT_OPEN => Err(folder_error(path, database, why)),
        opened => opened,
    }
}

/// Puts a database into write-ahead mode, where it stays.
async fn write_ahead(
    connection: &mut SqliteConnection,
    database: &str,
    busy_timeout: Duration,
) -> Result<(), StoreError> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        let switched: Result<String, _> =
            sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await;
        match switched.map_err(|e| error::from_sqlx(database, &e)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let why = format!(
                    "it stays in journal mode {mode}: its file system does not share memory between processes; put it on a local disk"
                );
                return Err(StoreError::Unusable { database: database.to_owned(), why });
            }
            // Where two processes switch at once, SQLite refuses one of them without waiting.
            Err(StoreError::Locked { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Why no file can be made beside the database.
fn folder_error(path: &Path, database: &str, why: String) -> StoreError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match tempfile::tempfile_in(folder) {
        Err(e) => error::from_io(database.to_owned(), &e),
        Ok(_) => StoreError::Unusable { database: database.to_owned(), why },
    }
}

/// Connects for reading only and looks at the schema. What was looked at is of one instant.
async fn open_reader(
    path: &Path,
    database: &str,
    busy_timeout: Duration,
) -> Result<(SqliteConnection, Snapshot), StoreError> {
    let deadline = Instant::now() + busy_timeout;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let snapshot = Snapshot::take(path, database, deadline).await?;
        let opened = connect_reader(path, database, &snapshot, busy_timeout).await;
        if snapshot.is_whole(path) {
            return opened.map(|connection| (connection, snapshot));
        }
        if attempts >= 2 && Instant::now() >= deadline {
            return Err(StoreError::Locked { database: database.to_owned() });
        }
    }
}

async fn connect_reader(
    path: &Path,
    database: &str,
    snapshot: &Snapshot,
    busy_timeout: Duration,
) -> Result<SqliteConnection, StoreError> {
    let options = match snapshot.copy() {
        // The copy is ours: opened for writing, so that SQLite may recover it.
        Some(copy) => options(&copy, busy_timeout),
        None => options(path, busy_timeout).read_only(true).immutable(true),
    };
    let mut connection = options.connect().await.map_err(|e| error::from_sqlx(database, &e))?;
    let why = match migrations::inspect(&mut connection, database).await? {
        Schema::At(number) if number == migrations::latest_number() => return Ok(connection),
        Schema::At(number) => format!(
            "its schema is number {number}, this program needs {}, and a read-only start changes nothing; \
             open it once for writing",
            migrations::latest_number()
        ),
        Schema::Empty => "it is empty; fill it with `daily init` and `daily ingest`".to_owned(),
    };
    Err(StoreError::Unusable { database: database.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_url_name_the_same_file_and_a_foreign_url_shows_no_password() {
        assert_eq!(path_of("sqlite://var/daily.db"), Ok(PathBuf::from("var/daily.db")));
        assert_eq!(path_of("sqlite:///var/daily.db"), Ok(PathBuf::from("/var/daily.db")));
        assert_eq!(path_of("sqlite:daily.db"), Ok(PathBuf::from("daily.db")));
        let message = path_of("postgres://desk:secret@host/db").unwrap_err().to_string();
        assert_eq!(message, "postgres cannot be used: only sqlite://path is supported");
    }
}
