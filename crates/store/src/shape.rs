//! The shape of a schema: its tables and columns as this program makes them, and as a database has them.
//!
//! A table that was altered by hand is refused with the column that differs, before a statement fails on it or, worse,
//! does not.

use std::collections::BTreeMap;

use pipeline_core::ports::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, raw_sql};
use tokio::sync::OnceCell;

use crate::session::Session;
use crate::{dialect, migrations};

/// Columns with their types, by table.
pub(crate) type Shape = BTreeMap<String, BTreeMap<String, String>>;

/// Every column of an SQLite database.
const SQLITE_COLUMNS: &str = "SELECT m.name, p.name, p.type FROM sqlite_master m, pragma_table_info(m.name) p \
     WHERE m.type = 'table'";

/// Every column of the schema in which PostgreSQL makes our tables.
/// From the catalogues, which show what a role has no right to read as well.
const POSTGRES_COLUMNS: &str = "SELECT c.relname::text, a.attname::text, t.typname::text FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
     JOIN pg_type t ON t.oid = a.atttypid WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
     AND a.attnum > 0 AND NOT a.attisdropped";

/// What a database has.
pub(crate) async fn of(session: &mut Session<'_>) -> Result<Shape, StoreError> {
    let sql = if session.is_postgres() { POSTGRES_COLUMNS } else { SQLITE_COLUMNS };
    let mut shape = Shape::new();
    for row in session.rows(sql, &[]).await? {
        shape.entry(row.text(0)?).or_default().insert(row.text(1)?, of_type(&row.text(2)?));
    }
    Ok(shape)
}

/// One name for a type, whatever the database calls it.
fn of_type(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "int8" => "bigint",
        "int4" => "integer",
        "float8" => "double precision",
        "bytea" => "blob",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// What this program makes: the migrations, run on a database in memory.
pub(crate) async fn expected() -> Result<&'static Shape, sqlx::Error> {
    static EXPECTED: OnceCell<Shape> = OnceCell::const_new();
    EXPECTED
        .get_or_try_init(|| async {
            let mut connection = SqliteConnectOptions::new().filename(":memory:").connect().await?;
            for migration in migrations::list() {
                raw_sql(AssertSqlSafe(dialect::sqlite(migration.sql))).execute(&mut connection).await?;
            }
            let mut shape = Shape::new();
            for row in sqlx::query(SQLITE_COLUMNS).fetch_all(&mut connection).await? {
                let kind: String = row.try_get(2)?;
                shape.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?, of_type(&kind));
            }
            connection.close().await?;
            Ok(shape)
        })
        .await
}

/// The first difference that matters, in one sentence. Tables that are not ours are nobody's business here.
pub(crate) fn difference(expected: &Shape, found: &Shape) -> Option<String> {
    for (table, columns) in expected {
        let Some(there) = found.get(table) else { return Some(format!("table {table} is missing")) };
        for (column, kind) in columns {
            match there.get(column) {
                None => return Some(format!("table {table} was altered by hand: column {column} is missing")),
                Some(other) if other != kind => {
                    return Some(format!("table {table} was altered by hand: column {column} is {other}, not {kind}"));
                }
                Some(_) => {}
            }
        }
        if let Some(extra) = there.keys().find(|column| !columns.contains_key(*column)) {
            return Some(format!("table {table} was altered by hand: column {extra} is not ours"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        let mut shape = Shape::new();
        for word in text.split_whitespace() {
            let (table, column) = word.split_once('.').unwrap();
            let (column, kind) = column.split_once(':').unwrap();
            shape.entry(table.to_owned()).or_default().insert(column.to_owned(), kind.to_owned());
        }
        shape
    }

    #[test]
    fn the_first_difference_is_named() {
        let expected = shape("runs.id:text runs.digest:text series.key:bigint");
        let of = |found: &str| difference(&expected, &shape(found));
        assert_eq!(of("runs.id:text runs.digest:text series.key:bigint theirs.x:text"), None);
        assert_eq!(of("runs.id:text runs.digest:text").unwrap(), "table series is missing");
        let prefix = "table runs was altered by hand: column";
        assert_eq!(of("runs.id:text series.key:bigint").unwrap(), format!("{prefix} digest is missing"));
        assert_eq!(
            of("runs.id:bigint runs.digest:text series.key:bigint").unwrap(),
            format!("{prefix} id is bigint, not text")
        );
        assert_eq!(
            of("runs.id:text runs.digest:text runs.x:text series.key:bigint").unwrap(),
            format!("{prefix} x is not ours")
        );
    }
}
