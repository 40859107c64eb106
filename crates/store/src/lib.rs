//! Observations and runs on SQLite, behind the ports of `pipeline_core`.
//!
//! Everything is append-only: a revision is another row, re-ingesting the same content adds nothing, and every call that
//! writes is one transaction. The database is in write-ahead mode: reading never waits for writing. A read-only store
//! changes no byte of the folder it reads and creates no file there.
//!
//! SQL lives here and only here. Instants are integers, parameters are numbered (but in bulk statements) and the
//! statements are standard SQL, so that PostgreSQL can follow behind the same port. The crate knows nothing of what the
//! numbers mean, never reads a source, and never repairs what it finds: a row that does not read is an error with its
//! key.
//!
//! Start from [`SqliteStore::open`]; the operations are those of [`pipeline_core::ports::Store`]. [`migrations`] is the
//! schema's history.

mod append;
mod blocks;
mod clock;
mod definitions;
mod error;
mod lease;
mod load;
pub mod migrations;
mod outputs;
mod port;
mod revision;
mod runs;
mod snapshot;
mod sqlite;

pub use lease::LEASE_DURATION;
pub use sqlite::{DEFAULT_BUSY_TIMEOUT, OpenMode, SqliteStore, migrate};

/// Opens the database of a URL: `sqlite://PATH` or `postgres://...`.
///
/// # Errors
/// When it cannot be reached or used; the message never holds a password.
pub async fn open(
    url: &str,
    mode: OpenMode,
) -> Result<Box<dyn pipeline_core::ports::Store>, pipeline_core::ports::StoreError> {
    Ok(Box::new(SqliteStore::open(url, mode).await?))
}
