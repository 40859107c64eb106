//! Storing a batch: definitions, figures, findings and counts, in one transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use market::{ReleaseBasis, SeriesId};
use pipeline_core::ports::{AppendCounts, SourceBatch, StoreError};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Row};

use crate::clock::{days, micros};
use crate::definitions::{self, DefinitionError};
use crate::revision::{Placement, Vintage, place};
use crate::sqlite::SqliteStore;

/// Rows of one INSERT: the measured plateau is 250 to 1,000.
const ROWS_AN_INSERT: usize = 500;
/// Series whose stored rows are read by one query.
const SERIES_A_QUERY: usize = 1_000;

/// A figure on its way into the table, in the table's own units.
#[derive(Debug, Clone, Copy)]
struct Figure {
    series: i64,
    period: i32,
    released_at: i64,
    value: f64,
    basis: u8,
}

/// Stored vintages by series key and period.
type Stored = BTreeMap<(i64, i32), Vec<Vintage>>;

impl SqliteStore {
    pub(crate) async fn append_batch(
        &self,
        batch: &SourceBatch,
        recorded_at: DateTime<Utc>,
    ) -> Result<AppendCounts, StoreError> {
        if let Some(bad) = batch.observations.iter().find(|o| !o.value.is_finite()) {
            return Err(self.other(format!(
                "{} gives series {} the value {} for {}: not a number, nothing of the batch was stored",
                batch.origin, bad.series, bad.value, bad.period
            )));
        }
        let recorded_at = micros(recorded_at);
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection).await?;

        let keys = self.series_keys(&mut transaction, batch).await?;
        let figures = figures(batch, &keys);
        let mut stored = self.stored(&mut transaction, &figures).await?;
        let mut counts = AppendCounts::default();
        let mut rows = Vec::new();
        for figure in figures {
            let vintages = stored.entry((figure.series, figure.period)).or_default();
            let vintage = Vintage { released_at: figure.released_at, value: figure.value };
            match place(vintages, vintage, recorded_at) {
                Placement::Known => counts.known += 1,
                Placement::New => rows.push(figure),
                Placement::Revision { released_at } => {
                    counts.revised += 1;
                    rows.push(Figure { released_at, basis: ReleaseBasis::Assumed.code(), ..figure });
                }
            }
        }
        counts.new = rows.len() as u64;
        // A revision was placed after the period's other vintages.
        rows.sort_unstable_by_key(|row| (row.series, row.period, row.released_at));

        if counts.new == 0 && self.seen(&mut transaction, batch).await? {
            // The same bytes again and nothing in them is new: not even a log row.
            transaction.rollback().await.map_err(|e| self.sql(e))?;
            return Ok(counts);
        }
        let batch_key = self.insert_batch(&mut transaction, batch, counts, recorded_at).await?;
        self.insert_rows(&mut transaction, &rows, recorded_at, batch_key).await?;
        transaction.commit().await.map_err(|e| self.sql(e))?;
        Ok(counts)
    }

    async fn series_keys(
        &self,
        connection: &mut SqliteConnection,
        batch: &SourceBatch,
    ) -> Result<BTreeMap<SeriesId, i64>, StoreError> {
        let mut used: Vec<&SeriesId> = batch.observations.iter().map(|o| &o.series).collect();
        used.sort_unstable();
        used.dedup();
        let keys = definitions::upsert(connection, &batch.definitions, &used).await.map_err(|e| self.definition(e))?;
        match used.into_iter().find(|id| !keys.contains_key(*id)) {
            Some(id) => Err(self.other(format!("{} has figures of series {id} and no definition of it", batch.origin))),
            None => Ok(keys),
        }
    }

    pub(crate) fn definition(&self, error: DefinitionError) -> StoreError {
        match error {
            DefinitionError::Sql(error) => self.sql(error),
            DefinitionError::Unreadable(why) => self.corrupt(why),
        }
    }

    /// The stored vintages of the periods that the figures (sorted) span, series by series.
    async fn stored(&self, connection: &mut SqliteConnection, figures: &[Figure]) -> Result<Stored, StoreError> {
        let spans: Vec<(i64, i32, i32)> = figures
            .chunk_by(|a, b| a.series == b.series)
            .map(|same| (same[0].series, same[0].period, same[same.len() - 1].period))
            .collect();
        let mut stored = Stored::new();
        for chunk in spans.chunks(SERIES_A_QUERY) {
            let values = tuples(chunk.len(), 3);
            let sql = format!(
                "WITH span (series_key, first_period, last_period) AS (VALUES {values}) \
                 SELECT o.series_key, o.period, o.released_at, o.value FROM span JOIN observations o \
                 ON o.series_key = span.series_key AND o.period BETWEEN span.first_period AND span.last_period"
            );
            let mut arguments = SqliteArguments::default();
            for (series, first, last) in chunk {
                self.add(&mut arguments, *series)?;
                self.add(&mut arguments, *first)?;
                self.add(&mut arguments, *last)?;
            }
            let rows = sqlx::query_with(AssertSqlSafe(sql), arguments)
                .persistent(chunk.len() == SERIES_A_QUERY)
                .fetch_all(&mut *connection)
                .await
                .map_err(|e| self.sql(e))?;
            for row in &rows {
                let get = |column: usize| row.try_get_unchecked::<i64, _>(column).map_err(|e| self.sql(e));
                let period = i32::try_from(get(1)?).map_err(|e| self.corrupt(format!("period out of range: {e}")))?;
                let value = row.try_get_unchecked(3).map_err(|e| self.sql(e))?;
                stored.entry((get(0)?, period)).or_default().push(Vintage { released_at: get(2)?, value });
            }
        }
        for vintages in stored.values_mut() {
            vintages.sort_unstable_by_key(|vintage| vintage.released_at);
        }
        Ok(stored)
    }

    async fn seen(&self, connection: &mut SqliteConnection, batch: &SourceBatch) -> Result<bool, StoreError> {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM batches WHERE raw_hash = $1 AND origin = $2 AND source = $3")
            .bind(&batch.raw_hash)
            .bind(&batch.origin)
            .bind(&batch.source)
            .fetch_one(connection)
            .await
            .map(|count| count > 0)
            .map_err(|e| self.sql(e))
    }

    async fn insert_batch(
        &self,
        connection: &mut SqliteConnection,
        batch: &SourceBatch,
        counts: AppendCounts,
        recorded_at: i64,
    ) -> Result<i64, StoreError> {
        let key: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(batch_key), 0) + 1 FROM batches")
            .fetch_one(&mut *connection)
            .await
            .map_err(|e| self.sql(e))?;
        // Counts are far below 2^63.
        sqlx::query(
            "INSERT INTO batches (batch_key, source, origin, raw_hash, raw_bytes, rows_read, rows_new, rows_known, \
             rows_revised, rows_rejected, simulated, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(key)
        .bind(&batch.source)
        .bind(&batch.origin)
        .bind(&batch.raw_hash)
        .bind(batch.raw_bytes as i64)
        .bind(batch.rows_read as i64)
        .bind(counts.new as i64)
        .bind(counts.known as i64)
        .bind(counts.revised as i64)
        .bind(batch.rows_rejected as i64)
        .bind(i32::from(batch.simulated))
        .bind(recorded_at)
        .execute(&mut *connection)
        .await
        .map_err(|e| self.sql(e))?;
        for (position, finding) in batch.findings.iter().enumerate() {
            sqlx::query(
                "INSERT INTO ingest_findings (batch_key, position, file, line, rule, message, rejects) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(key)
            .bind(position as i64)
            .bind(&finding.file)
            .bind(finding.line.map(|line| line as i64))
            .bind(&finding.rule)
            .bind(&finding.message)
            .bind(i32::from(finding.rejects))
            .execute(&mut *connection)
            .await
            .map_err(|e| self.sql(e))?;
        }
        Ok(key)
    }

    /// Inserts sorted rows. All of them are new by the reads of this transaction, which holds the write lock; a row that
    /// the table refuses all the same is a defect and undoes the batch.
    async fn insert_rows(
        &self,
        connection: &mut SqliteConnection,
        rows: &[Figure],
        recorded_at: i64,
        batch_key: i64,
    ) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_AN_INSERT) {
            let sql = format!(
                "INSERT INTO observations (series_key, period, released_at, value, basis, recorded_at, batch_key) \
                 VALUES {} ON CONFLICT DO NOTHING",
                tuples(chunk.len(), 7)
            );
            let mut arguments = SqliteArguments::default();
            for row in chunk {
                self.add(&mut arguments, row.series)?;
                self.add(&mut arguments, row.period)?;
                self.add(&mut arguments, row.released_at)?;
                self.add(&mut arguments, row.value)?;
                self.add(&mut arguments, i32::from(row.basis))?;
                self.add(&mut arguments, recorded_at)?;
                self.add(&mut arguments, batch_key)?;
            }
            let done = sqlx::query_with(AssertSqlSafe(sql), arguments)
                .persistent(chunk.len() == ROWS_AN_INSERT)
                .execute(&mut *connection)
                .await
                .map_err(|e| self.sql(e))?;
            if done.rows_affected() != chunk.len() as u64 {
                return Err(self.other(format!(
                    "{} of {} rows were refused as already stored; nothing of the batch was kept",
                    chunk.len() as u64 - done.rows_affected(),
                    chunk.len()
                )));
            }
        }
        Ok(())
    }

    fn add<'t, T>(&self, arguments: &mut SqliteArguments, value: T) -> Result<(), StoreError>
    where
        T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        arguments.add(value).map_err(|e| self.other(e.to_string()))
    }
}

/// The batch's figures in the table's units and order.
fn figures(batch: &SourceBatch, keys: &BTreeMap<SeriesId, i64>) -> Vec<Figure> {
    let mut figures: Vec<Figure> = batch
        .observations
        .iter()
        .filter_map(|o| {
            Some(Figure {
                series: *keys.get(&o.series)?,
                period: days(o.period),
                released_at: micros(o.released_at),
                value: o.value,
                basis: o.basis.code(),
            })
        })
        .collect();
    // Best basis first among equal figures: that is the one stored.
    figures.sort_unstable_by(|a, b| {
        (a.series, a.period, a.released_at)
            .cmp(&(b.series, b.period, b.released_at))
            .then(a.value.total_cmp(&b.value))
            .then(a.basis.cmp(&b.basis))
    });
    figures
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
