//! Bulk rows on SQLite: prepared multi-row inserts in the order of the primary key, and a streamed read.

use std::sync::Arc;

use futures_util::TryStreamExt;
use pipeline_core::ports::StoreError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row};

use crate::error;
use crate::figures::Figure;

/// Rows of one INSERT: the measured plateau is 250 to 1,000.
const ROWS_AN_INSERT: usize = 500;

pub(crate) async fn scan(
    connection: &mut SqliteConnection,
    database: &Arc<str>,
    sql: &str,
    sink: &mut (dyn FnMut(Figure) + Send),
) -> Result<(), StoreError> {
    let failed = |e: sqlx::Error| error::from_sqlx(database, &e);
    let mut rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        sink(figure(&row, database)?);
    }
    Ok(())
}

fn figure(row: &SqliteRow, database: &Arc<str>) -> Result<Figure, StoreError> {
    // What a cell holds is whatever somebody wrote there: SQLite's columns take any type.
    let integer = |column: usize| row.try_get::<i64, _>(column).map_err(|e| error::from_sqlx(database, &e));
    let narrow = |what: &str| StoreError::Corrupt {
        database: database.to_string(),
        why: format!("an observation has a {what} out of range"),
    };
    Ok(Figure {
        series: integer(0)?,
        period: i32::try_from(integer(1)?).map_err(|_| narrow("period"))?,
        released_at: integer(2)?,
        value: row.try_get(3).map_err(|e| error::from_sqlx(database, &e))?,
        basis: u8::try_from(integer(4)?).map_err(|_| narrow("release basis"))?,
        recorded_at: integer(5)?,
        batch: integer(6)?,
    })
}

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    database: &Arc<str>,
    rows: &[Figure],
) -> Result<u64, StoreError> {
    let mut inserted = 0;
    for chunk in rows.chunks(ROWS_AN_INSERT) {
        let sql = format!(
            "INSERT INTO observations (series_key, period, released_at, value, basis, recorded_at, batch_key) \
             VALUES {} ON CONFLICT DO NOTHING",
            tuples(chunk.len(), 7)
        );
        let arguments = arguments(chunk).map_err(|e| error::from_sqlx(database, &sqlx::Error::Encode(e)))?;
        let done = sqlx::query_with(AssertSqlSafe(sql), arguments)
            .persistent(chunk.len() == ROWS_AN_INSERT)
            .execute(&mut *connection)
            .await
            .map_err(|e| error::from_sqlx(database, &e))?;
        inserted += done.rows_affected();
    }
    Ok(inserted)
}

fn arguments(rows: &[Figure]) -> Result<SqliteArguments, sqlx::error::BoxDynError> {
    let mut arguments = SqliteArguments::default();
    for row in rows {
        arguments.add(row.series)?;
        arguments.add(row.period)?;
        arguments.add(row.released_at)?;
        arguments.add(row.value)?;
        arguments.add(i32::from(row.basis))?;
        arguments.add(row.recorded_at)?;
        arguments.add(row.batch)?;
    }
    Ok(arguments)
}

/// `(?, ?), (?, ?)` for two rows of two columns.
///
/// Unnamed parameters, here alone: SQLite keeps names in a list that the driver searches once a parameter, which makes a
/// statement with thousands of `$n` thirty times slower.
fn tuples(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row.as_str(); rows].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_parameters() {
        assert_eq!(tuples(2, 3), "(?, ?, ?), (?, ?, ?)");
    }
}
