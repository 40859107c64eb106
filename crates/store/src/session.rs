//! One connection to either database, and what both can do with the same words.
//!
//! Statements are standard SQL with numbered parameters. What must differ (bulk rows, locks, schema) is in `sqlite` and
//! `postgres`; everything else in this crate is written once, on a [`Session`].

use std::sync::Arc;

use pipeline_core::ports::StoreError;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Connection as _, Database, Encode, Postgres, Row as _, Sqlite, Type, TypeInfo};
use sqlx::{ValueRef, query_with, raw_sql};

use crate::error;
use crate::value::{Cell, Row, Value};

/// An open connection.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(Box<PgConnection>),
}

impl Connection {
    /// The connection as something to speak to.
    pub(crate) fn session<'s>(&'s mut self, database: &Arc<str>) -> Session<'s> {
        let link = match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        };
        Session { link, database: database.clone() }
    }

    /// Begins a transaction with a statement of the database's own.
    pub(crate) async fn begin<'c>(
        &'c mut self,
        database: &Arc<str>,
        statement: &'static str,
    ) -> Result<Transaction<'c>, StoreError> {
        let begun = match self {
            Self::Sqlite(connection) => connection.begin_with(statement).await.map(Begun::Sqlite),
            Self::Postgres(connection) => connection.begin_with(statement).await.map(Begun::Postgres),
        };
        let begun = begun.map_err(|e| error::from_sqlx(database, &e))?;
        Ok(Transaction { begun, database: database.clone() })
    }

    /// Closes it in an orderly way.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        }
    }
}

/// A transaction: what is not committed is undone, also when the work on it is dropped.
pub(crate) struct Transaction<'c> {
    begun: Begun<'c>,
    database: Arc<str>,
}

enum Begun<'c> {
    Sqlite(sqlx::Transaction<'c, Sqlite>),
    Postgres(sqlx::Transaction<'c, Postgres>),
}

impl Transaction<'_> {
    pub(crate) fn session(&mut self) -> Session<'_> {
        let link = match &mut self.begun {
            Begun::Sqlite(transaction) => Link::Sqlite(transaction),
            Begun::Postgres(transaction) => Link::Postgres(transaction),
        };
        Session { link, database: self.database.clone() }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let done = match self.begun {
            Begun::Sqlite(transaction) => transaction.commit().await,
            Begun::Postgres(transaction) => transaction.commit().await,
        };
        done.map_err(|e| error::from_sqlx(&self.database, &e))
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        let done = match self.begun {
            Begun::Sqlite(transaction) => transaction.rollback().await,
            Begun::Postgres(transaction) => transaction.rollback().await,
        };
        done.map_err(|e| error::from_sqlx(&self.database, &e))
    }
}

/// What statements are sent through, inside a transaction or outside of one.
pub(crate) struct Session<'s> {
    pub(crate) link: Link<'s>,
    pub(crate) database: Arc<str>,
}

pub(crate) enum Link<'s> {
    Sqlite(&'s mut SqliteConnection),
    Postgres(&'s mut PgConnection),
}

impl Session<'_> {
    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let statement = AssertSqlSafe(sql);
        let done = match &mut self.link {
            Link::Sqlite(connection) => {
                let query = query_with(statement, arguments::<SqliteArguments>(values, &self.database)?);
                query.execute(&mut **connection).await.map(|done| done.rows_affected())
            }
            Link::Postgres(connection) => {
                let query = query_with(statement, arguments::<PgArguments>(values, &self.database)?);
                query.execute(&mut **connection).await.map(|done| done.rows_affected())
            }
        };
        done.map_err(|e| self.sql(&e))
    }

    /// The rows a query gives.
    pub(crate) async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let statement = AssertSqlSafe(sql);
        let cells: Result<Vec<Vec<Cell>>, sqlx::Error> = match &mut self.link {
            Link::Sqlite(connection) => {
                let query = query_with(statement, arguments::<SqliteArguments>(values, &self.database)?);
                query.fetch_all(&mut **connection).await.and_then(|rows| rows.iter().map(sqlite_cells).collect())
            }
            Link::Postgres(connection) => {
                let query = query_with(statement, arguments::<PgArguments>(values, &self.database)?);
                query.fetch_all(&mut **connection).await.and_then(|rows| rows.iter().map(postgres_cells).collect())
            }
        };
        let database = &self.database;
        let rows = cells.map_err(|e| error::from_sqlx(database, &e))?;
        Ok(rows.into_iter().map(|cells| Row { cells, database: database.clone() }).collect())
    }

    /// The first row a query gives, if any.
    pub(crate) async fn row(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// A figure that a query always gives.
    pub(crate) async fn integer(&mut self, sql: &str, values: &[Value]) -> Result<i64, StoreError> {
        match self.row(sql, values).await? {
            Some(row) => row.integer(0),
            None => Err(self.other(format!("no answer to {sql}"))),
        }
    }

    /// Runs several statements without parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        let script = raw_sql(AssertSqlSafe(sql));
        let done = match &mut self.link {
            Link::Sqlite(connection) => script.execute(&mut **connection).await.map(drop),
            Link::Postgres(connection) => script.execute(&mut **connection).await.map(drop),
        };
        done.map_err(|e| self.sql(&e))
    }

    /// True on PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.link, Link::Postgres(_))
    }

    pub(crate) fn sql(&self, error: &sqlx::Error) -> StoreError {
        error::from_sqlx(&self.database, error)
    }

    pub(crate) fn other(&self, why: impl Into<String>) -> StoreError {
        StoreError::Other { database: self.database.to_string(), why: why.into() }
    }

    pub(crate) fn corrupt(&self, why: impl Into<String>) -> StoreError {
        StoreError::Corrupt { database: self.database.to_string(), why: why.into() }
    }
}

/// Parameters in the driver's form.
fn arguments<'t, A: Arguments + Default>(values: &[Value], database: &Arc<str>) -> Result<A, StoreError>
where
    Option<String>: Encode<'t, A::Database> + Type<A::Database>,
    Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
    Option<f64>: Encode<'t, A::Database> + Type<A::Database>,
    Vec<u8>: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Text(text) => arguments.add(text.clone()),
            Value::Integer(integer) => arguments.add(*integer),
            Value::Real(real) => arguments.add(*real),
            Value::Bytes(bytes) => arguments.add(bytes.clone()),
        };
        added.map_err(|e| error::from_sqlx(database, &sqlx::Error::Encode(e)))?;
    }
    Ok(arguments)
}

fn sqlite_cells(row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len()).map(|column| cell::<Sqlite>(row, column)).collect()
}

fn postgres_cells(row: &PgRow) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len()).map(|column| cell::<Postgres>(row, column)).collect()
}

/// A value by the type that the database gives it.
fn cell<'r, D: Database>(row: &'r D::Row, column: usize) -> Result<Cell, sqlx::Error>
where
    usize: sqlx::ColumnIndex<D::Row>,
    String: sqlx::Decode<'r, D>,
    i64: sqlx::Decode<'r, D>,
    i32: sqlx::Decode<'r, D>,
    f64: sqlx::Decode<'r, D>,
    bool: sqlx::Decode<'r, D>,
    Vec<u8>: sqlx::Decode<'r, D>,
{
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        return Ok(Cell::Null);
    }
    let name = raw.type_info().name().to_owned();
    Ok(match name.as_str() {
        // SQLite stores any bytes as a text. Those that are none read as something else, which every seal notices.
        "TEXT" | "VARCHAR" | "NAME" | "CHAR" => match row.try_get_unchecked(column) {
            Ok(text) => Cell::Text(text),
            Err(_) => Cell::Text(String::from_utf8_lossy(&row.try_get_unchecked::<Vec<u8>, _>(column)?).into_owned()),
        },
        "INTEGER" | "INT8" | "BIGINT" => Cell::Integer(row.try_get_unchecked(column)?),
        "INT4" => Cell::Integer(i64::from(row.try_get_unchecked::<i32, _>(column)?)),
        "REAL" | "FLOAT8" => Cell::Real(row.try_get_unchecked(column)?),
        "BOOL" | "BOOLEAN" => Cell::Integer(i64::from(row.try_get_unchecked::<bool, _>(column)?)),
        "BLOB" | "BYTEA" => Cell::Bytes(row.try_get_unchecked(column)?),
        other => {
            let why = format!("column {} has the type {other}, which this program does not read", column + 1);
            return Err(sqlx::Error::Decode(why.into()));
        }
    })
}
