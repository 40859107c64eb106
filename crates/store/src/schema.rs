//! The operator's view of the schema: what a database has, what an upgrade would do, and doing it.

use std::path::{Path, PathBuf};

use pipeline_core::ports::StoreError;

use crate::migrations::{self, Schema};
use crate::store::{DEFAULT_BUSY_TIMEOUT, OpenMode, SqlStore};
use crate::url::Place;
use crate::{error, postgres, sqlite};

/// What an upgrade of a database would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The database, without user and password.
    pub database: String,
    /// Number of its schema; `None` when it has no tables yet or does not exist.
    pub current: Option<i64>,
    /// Number of this program's schema.
    pub latest: i64,
    /// Number and name of each migration that would be applied, in order.
    pub steps: Vec<(i64, String)>,
    /// True when a copy of the file would be made first.
    pub copies_first: bool,
}

/// What an upgrade did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// What was to do.
    pub plan: Plan,
    /// The copy that was made before.
    pub backup: Option<PathBuf>,
}

/// Says what [`migrate`] would do, and changes nothing.
///
/// # Errors
/// As [`SqlStore::open`], but that a missing or older database is no error.
pub async fn plan(url: &str) -> Result<Plan, StoreError> {
    let place = Place::parse(url)?;
    let database = place.shown();
    let schema = match &place {
        Place::Sqlite(path) if !path.exists() => Schema::Empty,
        Place::Sqlite(path) => {
            sqlite::check_path(path, OpenMode::ReadOnly)?;
            sqlite::look(path, DEFAULT_BUSY_TIMEOUT).await?
        }
        Place::Postgres(options) => postgres::look(options, &database.as_str().into(), DEFAULT_BUSY_TIMEOUT).await?,
    };
    let current = match schema {
        Schema::Empty => None,
        Schema::At(number) => Some(number),
    };
    let from = current.unwrap_or(0);
    let pending = migrations::list().into_iter().filter(|migration| migration.number > from);
    let steps: Vec<(i64, String)> = pending.map(|m| (m.number, m.name.to_owned())).collect();
    let copies_first = matches!(place, Place::Sqlite(_)) && current.is_some() && !steps.is_empty();
    Ok(Plan { database, current, latest: migrations::latest_number(), steps, copies_first })
}

/// Opens a database for writing, which brings its schema up to date, and closes it. Creates it when missing.
///
/// # Errors
/// As [`SqlStore::open`].
pub async fn migrate(url: &str) -> Result<Migrated, StoreError> {
    let plan = plan(url).await?;
    let store = SqlStore::open(url, OpenMode::Create).await?;
    let backup = store.copied_before().map(Path::to_path_buf);
    store.close().await?;
    Ok(Migrated { plan, backup })
}

/// Turns the observations of a PostgreSQL database into a TimescaleDB hypertable, in chunks of about ten years of periods.
/// Returns false when they are one already.
///
/// # Errors
/// [`StoreError::Unsupported`] on SQLite, and on a server without the extension `timescaledb`.
pub async fn partition(url: &str) -> Result<bool, StoreError> {
    let place = Place::parse(url)?;
    let database: std::sync::Arc<str> = place.shown().into();
    let unsupported = |why: &str| StoreError::Unsupported { database: database.to_string(), why: why.to_owned() };
    let Place::Postgres(options) = &place else {
        return Err(unsupported("hypertables are TimescaleDB's, which is an extension of PostgreSQL"));
    };
    let mut connection = postgres::open(options, &database, OpenMode::ReadWrite, DEFAULT_BUSY_TIMEOUT).await?;
    let mut session = connection.session(&database);
    let extension = "SELECT COUNT(*) FROM pg_extension WHERE extname = 'timescaledb'";
    if session.integer(extension, &[]).await? == 0 {
        return Err(unsupported("its extension timescaledb is not installed: CREATE EXTENSION timescaledb"));
    }
    let already = "SELECT COUNT(*) FROM timescaledb_information.hypertables \
         WHERE hypertable_schema = current_schema() AND hypertable_name = 'observations'";
    let partitioned = session.integer(already, &[]).await? == 0;
    if partitioned {
        session
            .script(
                "SELECT create_hypertable('observations', 'period', chunk_time_interval => 3653, migrate_data => true)",
            )
            .await?;
    }
    connection.close().await.map_err(|e| error::from_sqlx(&database, &e))?;
    Ok(partitioned)
}

/// Makes an empty database with an older schema: what tests of upgrades start from.
#[doc(hidden)]
pub async fn install(url: &str, number: i64) -> Result<(), StoreError> {
    let place = Place::parse(url)?;
    let database: std::sync::Arc<str> = place.shown().into();
    let mut connection = match &place {
        Place::Sqlite(path) => sqlite::connect_new(path).await?,
        Place::Postgres(options) => {
            postgres::connect(options, &database, OpenMode::Create, DEFAULT_BUSY_TIMEOUT).await?
        }
    };
    migrations::apply_through(&mut connection, &database, number, chrono::Utc::now()).await?;
    connection.close().await.map_err(|e| error::from_sqlx(&database, &e))
}

impl SqlStore {
    pub(crate) async fn copy_to(&self, target: &Path) -> Result<(), StoreError> {
        match self.place() {
            Place::Sqlite(_) => sqlite::copy_to(&mut *self.connection().await, &self.database, target).await,
            Place::Postgres(_) => Err(StoreError::Unsupported {
                database: self.database.to_string(),
                why: "a server's database is copied with pg_dump or the server's own backups".to_owned(),
            }),
        }
    }
}
