//! What is PostgreSQL's own: connecting to a server, and its locks.

pub(crate) mod copy;
pub(crate) mod figures;

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use pipeline_core::ports::StoreError;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::error;
use crate::migrations::{self, Schema};
use crate::session::Connection;
use crate::store::OpenMode;

/// How long a server may take to answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// First key of our advisory locks: "dly1" in ASCII, so that they collide with nobody else's.
pub(crate) const LOCK_CLASS: i64 = 0x646c_7931;

/// Connects, and for a writing mode brings the schema up to date. A reading handle is one by the server's own word.
pub(crate) async fn open(
    options: &PgConnectOptions,
    database: &Arc<str>,
    mode: OpenMode,
    wait: Duration,
) -> Result<Connection, StoreError> {
    let mut connection = connect(options, database, mode, wait).await?;
    let schema = migrations::inspect(&mut connection.session(database)).await?;
    match (mode, schema) {
        (OpenMode::ReadOnly, schema) => migrations::readable(database, schema)?,
        (OpenMode::ReadWrite, Schema::Empty) => {
            let why = "it holds no tables of daily; create them with `daily init`".to_owned();
            return Err(StoreError::Absent { database: database.to_string(), why });
        }
        _ => {
            migrations::apply(&mut connection, database, None, Utc::now()).await?;
        }
    }
    Ok(connection)
}

/// A connection with our settings, whatever the schema.
pub(crate) async fn connect(
    options: &PgConnectOptions,
    database: &Arc<str>,
    mode: OpenMode,
    wait: Duration,
) -> Result<Connection, StoreError> {
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await;
    let connection = connecting
        .map_err(|_| StoreError::Unreachable {
            database: database.to_string(),
            why: format!("no answer in {} s", CONNECT_TIMEOUT.as_secs()),
        })?
        .map_err(|e| error::from_sqlx(database, &e))?;
    let mut connection = Connection::Postgres(Box::new(connection));
    // A server or role that allows no writes stays so: only a reader says anything about it.
    let read_only = if mode == OpenMode::ReadOnly { "SET default_transaction_read_only = on; " } else { "" };
    let settings = format!(
        "{read_only}SET lock_timeout = {}; SET client_min_messages = warning; \
         SET idle_in_transaction_session_timeout = 0",
        wait.as_millis().max(1)
    );
    connection.session(database).script(&settings).await?;
    Ok(connection)
}

/// What the server's database holds, without changing anything.
pub(crate) async fn look(
    options: &PgConnectOptions,
    database: &Arc<str>,
    wait: Duration,
) -> Result<Schema, StoreError> {
    let mut connection = connect(options, database, OpenMode::ReadOnly, wait).await?;
    let schema = migrations::inspect(&mut connection.session(database)).await;
    connection.close().await.map_err(|e| error::from_sqlx(database, &e))?;
    schema
}
