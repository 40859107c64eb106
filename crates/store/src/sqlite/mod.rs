//! What is SQLite's own: opening a file for writing, or for reading without a trace.
//!
//! A database is kept in write-ahead mode: commits go to a log beside the file (`-wal`, with its index `-shm`) and are
//! copied into the file now and then. So a handle that reads is never held up by one that writes, and there is one writer
//! at a time. Closing a handle folds the log into the file, and the last one to close removes log and index: at rest the
//! database is one file, and copying the file copies the database. A killed writer leaves its log; the next handle that
//! opens for writing recovers every commit in it. `synchronous` is FULL: in this mode NORMAL could lose the last commits
//! when the power goes, and FULL costs one sync a transaction.
//!
//! A file in rollback mode, as earlier versions kept it, is switched when it is opened for writing. A read-only handle
//! changes nothing, not even the index: see [`snapshot`].

pub(crate) mod figures;
pub(crate) mod snapshot;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Utc;
use pipeline_core::ports::StoreError;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};

use crate::error;
use crate::migrations::{self, Schema};
use crate::session::Connection;
use crate::store::OpenMode;
use snapshot::Snapshot;

/// Refuses what cannot be opened as asked, before SQLite is asked.
pub(crate) fn check_path(path: &Path, mode: OpenMode) -> Result<(), StoreError> {
    let database = path.display().to_string();
    let unusable = |why: &str| StoreError::Unusable { database: database.clone(), why: why.to_owned() };
    if path.is_dir() {
        return Err(unusable("it is a folder, not a database file"));
    }
    match mode {
        OpenMode::Create => create_folder(path)?,
        _ if !path.exists() => {
            let why = "it does not exist; create it with `daily init`".to_owned();
            return Err(StoreError::Absent { database, why });
        }
        _ => {}
    }
    if mode != OpenMode::ReadOnly && path.metadata().is_ok_and(|file| file.permissions().readonly()) {
        let why = "its permissions allow nobody to write".to_owned();
        return Err(StoreError::ReadOnly { database, why });
    }
    Ok(())
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
pub(crate) async fn open_writer(
    path: &Path,
    mode: OpenMode,
    busy_timeout: Duration,
) -> Result<(Connection, Option<PathBuf>), StoreError> {
    let created = !path.exists();
    match connect_writer(path, mode, busy_timeout).await {
        Ok(opened) => Ok(opened),
        Err(error) => {
            // An empty file of ours must not look like a database to the next start.
            if created && path.metadata().is_ok_and(|file| file.len() == 0) {
                std::fs::remove_file(path).ok();
            }
            Err(error)
        }
    }
}

async fn connect_writer(
    path: &Path,
    mode: OpenMode,
    busy_timeout: Duration,
) -> Result<(Connection, Option<PathBuf>), StoreError> {
    let database = path.display().to_string();
    let options =
        options(path, busy_timeout).create_if_missing(mode == OpenMode::Create).synchronous(SqliteSynchronous::Full);
    let opened = async {
        let connection = options.connect().await.map_err(|e| error::from_sqlx(&database, &e))?;
        let mut connection = Connection::Sqlite(connection);
        let shown = database.as_str().into();
        let schema = migrations::inspect(&mut connection.session(&shown)).await?;
        if (mode, schema) == (OpenMode::ReadWrite, Schema::Empty) {
            let why = "it is empty; make it a database with `daily init`".to_owned();
            return Err(StoreError::Absent { database: database.clone(), why });
        }
        if let Connection::Sqlite(connection) = &mut connection {
            write_ahead(connection, &database, busy_timeout).await?;
        }
        let backup = migrations::apply(&mut connection, &shown, Some(path), Utc::now()).await?;
        Ok((connection, backup))
    };
    match opened.await {
        // SQLite says that it cannot open the log; the folder says why.
        Err(StoreError::Unusable { why, .. }) if why == error::CANNOT_OPEN => Err(folder_error(path, &database, why)),
        opened => opened,
    }
}

/// A new file, without a schema.
pub(crate) async fn connect_new(path: &Path) -> Result<Connection, StoreError> {
    let database = path.display().to_string();
    let connecting = options(path, crate::store::DEFAULT_BUSY_TIMEOUT).create_if_missing(true);
    connecting.connect().await.map(Connection::Sqlite).map_err(|e| error::from_sqlx(&database, &e))
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
pub(crate) async fn open_reader(path: &Path, busy_timeout: Duration) -> Result<(Connection, Snapshot), StoreError> {
    let database = path.display().to_string();
    let deadline = Instant::now() + busy_timeout;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let snapshot = Snapshot::take(path, &database, deadline).await?;
        let opened = connect_reader(path, &database, &snapshot, busy_timeout).await;
        if snapshot.is_whole(path) {
            return opened.map(|connection| (connection, snapshot));
        }
        if attempts >= 2 && Instant::now() >= deadline {
            return Err(StoreError::Locked { database });
        }
    }
}

async fn connect_reader(
    path: &Path,
    database: &str,
    snapshot: &Snapshot,
    busy_timeout: Duration,
) -> Result<Connection, StoreError> {
    let mut connection = connect_unchecked(path, database, snapshot, busy_timeout).await?;
    let shown = database.into();
    let schema = migrations::inspect(&mut connection.session(&shown)).await?;
    migrations::readable(&shown, schema)?;
    Ok(connection)
}

async fn connect_unchecked(
    path: &Path,
    database: &str,
    snapshot: &Snapshot,
    busy_timeout: Duration,
) -> Result<Connection, StoreError> {
    let options = match snapshot.copy() {
        // The copy is ours: opened for writing, so that SQLite may recover it.
        Some(copy) => options(&copy, busy_timeout),
        None => options(path, busy_timeout).read_only(true).immutable(true),
    };
    let connection = options.connect().await.map_err(|e| error::from_sqlx(database, &e))?;
    Ok(Connection::Sqlite(connection))
}

/// What a database file holds, without opening it for writing.
pub(crate) async fn look(path: &Path, busy_timeout: Duration) -> Result<Schema, StoreError> {
    let database = path.display().to_string();
    let snapshot = Snapshot::take(path, &database, Instant::now() + busy_timeout).await?;
    let mut connection = connect_unchecked(path, &database, &snapshot, busy_timeout).await?;
    let schema = migrations::inspect(&mut connection.session(&database.as_str().into())).await;
    connection.close().await.map_err(|e| error::from_sqlx(&database, &e))?;
    schema
}

/// Folds the log into the file, as far as other handles allow, so that the last one leaves the file alone in its folder.
/// Nothing hangs on it: the log is durable, and whoever opens next folds it in. So it waits for nobody.
pub(crate) async fn fold_log(connection: &mut Connection, database: &str) {
    let fold = "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)";
    connection.session(&database.into()).script(fold).await.ok();
}

/// Writes a consistent copy to a new file and waits until it is on the disk. SQLite writes it from one read transaction,
/// so it holds what the log holds. The file has its name only when it is whole.
pub(crate) async fn copy_to(connection: &mut Connection, target: &Path) -> Result<(), StoreError> {
    let shown = target.display().to_string();
    let exists = || StoreError::Unusable {
        database: shown.clone(),
        why: "it exists already, and a backup never writes over a file".to_owned(),
    };
    if target.exists() {
        return Err(exists());
    }
    let part = snapshot::beside(target, &format!(".{}.part", std::process::id()));
    let named: std::sync::Arc<str> = shown.as_str().into();
    let name = part.to_string_lossy().into_owned();
    let copied = connection.session(&named).execute("VACUUM INTO $1", crate::value::values![name]).await;
    let kept = copied.and_then(|_| {
        let synced = std::fs::File::open(&part).and_then(|copy| copy.sync_all());
        // A link never writes over a file that came into being meanwhile.
        synced.and_then(|()| std::fs::hard_link(&part, target)).map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => exists(),
            _ => error::from_io(shown.clone(), &e),
        })
    });
    std::fs::remove_file(&part).ok();
    kept
}
