//! Observations and runs on SQLite and PostgreSQL, behind the ports of `pipeline_core`.
//!
//! Everything is append-only: a revision is another row, re-ingesting the same content adds nothing, and every call that
//! writes is one transaction. Both databases give the same answers and the same digests. A read-only store changes no byte
//! of what it reads.
//!
//! SQL lives here and only here. What a run or a figure means is written once, on a session that speaks to either database;
//! `sqlite` and `postgres` hold what must differ: opening, locks and rows in bulk. Instants are integers and the statements
//! are standard SQL. The crate knows nothing of what the numbers mean, never reads a source, and never repairs what it
//! finds: a row that does not read is an error with its key.
//!
//! Runs and batches are sealed as they are stored: each commits to all of its rows and to the one before it, so that
//! [`Store::audit`] finds and locates whatever was changed since.
//!
//! Start from [`open`]; the operations are those of [`pipeline_core::ports::Store`]. [`migrations`] is the schema's history,
//! [`plan`] and [`migrate`] its upgrade.

mod append;
mod audit;
mod blocks;
mod canonical;
mod chain;
mod clock;
mod definitions;
mod dialect;
mod documents;
mod error;
#[doc(hidden)]
pub mod fault;
mod figures;
mod lease;
mod load;
pub mod migrations;
mod outputs;
mod port;
mod postgres;
mod prune;
mod revision;
mod runs;
mod schema;
mod seal;
mod session;
mod shape;
mod sqlite;
mod store;
mod url;
mod value;
mod whole;

pub use lease::LEASE_DURATION;
#[doc(hidden)]
pub use schema::install;
pub use schema::{Migrated, Plan, migrate, partition, plan};
#[doc(hidden)]
pub use seal::SEALED;
pub use store::{DEFAULT_BUSY_TIMEOUT, OpenMode, SqlStore};

use pipeline_core::ports::{Store, StoreError};

/// A URL as messages show it: without user and password, whatever is in it.
pub fn shown(url: &str) -> String {
    match url::Place::parse(url) {
        Ok(url::Place::Sqlite(_)) => url.to_owned(),
        Ok(place) => place.shown(),
        Err(_) => url.split("://").next().filter(|scheme| scheme.len() < url.len()).unwrap_or("(no URL)").to_owned(),
    }
}

/// Opens the database of a URL: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
///
/// # Errors
/// As [`SqlStore::open`].
pub async fn open(url: &str, mode: OpenMode) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(SqlStore::open(url, mode).await?))
}
