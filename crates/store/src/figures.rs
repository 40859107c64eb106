//! Rows of table `observations` in bulk, in the table's own units. Each database has its fastest way; both give and take
//! the same rows.

use pipeline_core::ports::StoreError;

use crate::session::{Link, Session};
use crate::{postgres, sqlite};

/// A row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) series: i64,
    pub(crate) period: i32,
    pub(crate) released_at: i64,
    pub(crate) value: f64,
    pub(crate) basis: u8,
    pub(crate) recorded_at: i64,
    pub(crate) batch: i64,
}

impl Figure {
    /// Order of the table.
    pub(crate) fn key(&self) -> (i64, i32, i64) {
        (self.series, self.period, self.released_at)
    }
}

/// Periods of a series, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) series: i64,
    pub(crate) first: i32,
    pub(crate) last: i32,
}

/// Which rows a scan gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan<'s> {
    /// All, in the order of the table.
    Ordered,
    /// All, in any order.
    All,
    /// Those of batches after one, in any order.
    AfterBatch(i64),
    /// Those within spans, in any order.
    Within(&'s [Span]),
}

/// Columns of a scan, in the order of [`Figure`].
pub(crate) const COLUMNS: &str = "o.series_key, o.period, o.released_at, o.value, o.basis, o.recorded_at, o.batch_key";

impl Scan<'_> {
    /// The query. Every parameter is an integer of ours, so that it can be written into the text: PostgreSQL's COPY takes
    /// no parameters, and SQLite's driver is slow with thousands of them.
    pub(crate) fn sql(self) -> String {
        let all = format!("SELECT {COLUMNS} FROM observations o");
        match self {
            Self::Ordered => format!("{all} ORDER BY o.series_key, o.period, o.released_at"),
            Self::All => all,
            Self::AfterBatch(batch) => format!("{all} WHERE o.batch_key > {batch}"),
            Self::Within(spans) => {
                let rows: Vec<String> =
                    spans.iter().map(|s| format!("({}, {}, {})", s.series, s.first, s.last)).collect();
                // CROSS JOIN keeps SQLite from turning the loops round; to PostgreSQL it means the same.
                format!(
                    "WITH span (series_key, first_period, last_period) AS (VALUES {}) SELECT {COLUMNS} FROM span \
                     CROSS JOIN observations o WHERE o.series_key = span.series_key \
                     AND o.period BETWEEN span.first_period AND span.last_period",
                    rows.join(", ")
                )
            }
        }
    }
}

/// Gives every row of a scan to `sink`.
pub(crate) async fn scan(
    session: &mut Session<'_>,
    which: Scan<'_>,
    sink: &mut (dyn FnMut(Figure) + Send),
) -> Result<(), StoreError> {
    let database = session.database.clone();
    match &mut session.link {
        Link::Sqlite(connection) => sqlite::figures::scan(connection, &database, &which.sql(), sink).await,
        Link::Postgres(connection) => postgres::figures::scan(connection, &database, &which.sql(), sink).await,
    }
}

/// Inserts rows in the order of the table. All of them are new by the reads of this transaction, which holds the write
/// lock; a row that the table refuses all the same is a defect and undoes the batch.
pub(crate) async fn insert(session: &mut Session<'_>, rows: &[Figure]) -> Result<(), StoreError> {
    let database = session.database.clone();
    let inserted = match &mut session.link {
        Link::Sqlite(connection) => sqlite::figures::insert(connection, &database, rows).await?,
        Link::Postgres(connection) => postgres::figures::insert(connection, &database, rows).await?,
    };
    if inserted == rows.len() as u64 {
        return Ok(());
    }
    let refused = rows.len() as u64 - inserted;
    Err(session.other(format!("{refused} of {} rows were refused as stored already; nothing was kept", rows.len())))
}
