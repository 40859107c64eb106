//! The SQLite store: opening, and the one connection behind it.
//!
//! The database is one file. It is kept in rollback-journal mode, not WAL: a run is a short single-writer program, and
//! the journal exists only while a transaction writes. A reader therefore needs no side files and leaves the folder as
//! it was, byte for byte; copying the file copies the database; and SQLite's locks tell a writer that lives from a
//! journal that a killed one left, which the next writer rolls back. `synchronous` is FULL: in this mode NORMAL could
//! lose the file itself when the power goes, and FULL costs two syncs a transaction.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use pipeline_core::ports::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, Transaction};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::error;
use crate::migrations::{self, Schema};

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
/// the whole store once. Every call that writes is one transaction; an error or a kill leaves nothing of it.
///
/// Open with [`SqliteStore::open`]; [`close`](SqliteStore::close) waits for the file to be released, dropping does not.
#[derive(Debug)]
pub struct SqliteStore {
    database: String,
    mode: OpenMode,
    backup: Option<PathBuf>,
    connection: Mutex<SqliteConnection>,
    /// A private copy that a read-only handle looks at, removed with it. Declared after the connection: dropped later.
    copy: Option<TempDir>,
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
        let created = !path.exists();
        let options = options(&path, busy_timeout)
            .create_if_missing(mode == OpenMode::Create)
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Full);
        let opened = async {
            let mut connection = options.connect().await.map_err(|e| error::from_sqlx(&database, &e))?;
            let backup = migrations::apply(&mut connection, &database, &path, Utc::now()).await?;
            Ok((connection, backup))
        };
        match opened.await {
            Ok((connection, backup)) => {
                Ok(Self { database, mode, backup, connection: Mutex::new(connection), copy: None })
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
        let sql = |e: sqlx::Error| error::from_sqlx(&database, &e);
        // Reading a WAL file would create side files, so such a file (of another tool's making) is read from a copy.
        let mut copy = if is_wal(&path) { Some(private_copy(&path, &database)?) } else { None };
        let mut opened = connect_reader(&path, copy.as_ref(), busy_timeout).await;
        if matches!(&opened, Err(e) if error::needs_recovery(e)) {
            // A killed writer left its journal. Rolling it back is a write: do that in a copy.
            let fresh = copy.insert(private_copy(&path, &database)?);
            opened = connect_reader(&path, Some(fresh), busy_timeout).await;
        }
        let mut connection = opened.map_err(sql)?;
        let why = match migrations::inspect(&mut connection, &database).await? {
            Schema::At(number) if number == migrations::latest_number() => {
                let connection = Mutex::new(connection);
                return Ok(Self { database, mode: OpenMode::ReadOnly, backup: None, connection, copy });
            }
            Schema::At(number) => format!(
                "its schema is number {number}, this program needs {}, and a read-only start changes nothing; \
                 open it once for writing",
                migrations::latest_number()
            ),
            Schema::Empty => "it is empty; fill it with `daily init` and `daily ingest`".to_owned(),
        };
        Err(StoreError::Unusable { database, why })
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

    /// Closes the file and waits until it is released.
    ///
    /// # Errors
    /// What SQLite says on closing.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { database, connection, copy, .. } = self;
        let closed = connection.into_inner().close().await.map_err(|e| error::from_sqlx(&database, &e));
        drop(copy);
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

/// Connects and reads once, so that what stands in the way of reading is said here.
async fn connect_reader(
    path: &Path,
    copy: Option<&TempDir>,
    busy_timeout: Duration,
) -> Result<SqliteConnection, sqlx::Error> {
    let options = match copy {
        // The copy is ours: opened for writing, so that SQLite may recover it.
        Some(folder) => options(&folder.path().join(COPY_NAME), busy_timeout),
        None => options(path, busy_timeout).read_only(true),
    };
    let mut connection = options.connect().await?;
    sqlx::query("SELECT COUNT(*) FROM sqlite_master").fetch_one(&mut connection).await?;
    Ok(connection)
}

const COPY_NAME: &str = "copy.db";

/// Copies the file with what a killed writer left beside it into a private temporary folder.
fn private_copy(path: &Path, database: &str) -> Result<TempDir, StoreError> {
    let io = |e: std::io::Error| error::from_io(database.to_owned(), &e);
    let folder = TempDir::new().map_err(io)?;
    for suffix in ["", "-journal", "-wal"] {
        let mut from = path.as_os_str().to_owned();
        from.push(suffix);
        if Path::new(&from).exists() {
            std::fs::copy(&from, folder.path().join(format!("{COPY_NAME}{suffix}"))).map_err(io)?;
        }
    }
    Ok(folder)
}

/// True when the file's header says write-ahead log (bytes 18 and 19 are 2).
fn is_wal(path: &Path) -> bool {
    use std::io::Read;
    let mut header = [0_u8; 20];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok() && header[18..20] == [2, 2]
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
