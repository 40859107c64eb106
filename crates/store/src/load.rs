//! Reading everything stored into memory.

use std::collections::{BTreeMap, BTreeSet};

use market::{Catalogue, History, SeriesId};
use pipeline_core::ports::{StoreError, StoreSize, StoredMarket};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};

use crate::blocks::{self, HistoryRow, PackedRow};
use crate::sqlite::{OpenMode, SqliteStore};

/// Rows read one by one from which a writable handle packs again: some tens of milliseconds of reading.
const ROWS_WORTH_PACKING: usize = 20_000;

/// Count and sum of a series' rows: what a block must agree with.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stamp {
    rows: i64,
    sum: f64,
}

/// Rows read from the table, by series key.
type Rows = BTreeMap<i64, Vec<PackedRow>>;

/// What a load found out about the blocks.
struct Reading {
    /// Blocks that agree with the table, decoded.
    packed: BTreeMap<i64, Vec<PackedRow>>,
    /// Rows of series without a usable block, and the tail of the others.
    loose: Rows,
    /// Newest batch.
    newest_batch: i64,
}

impl SqliteStore {
    pub(crate) async fn load_market(&self) -> Result<StoredMarket, StoreError> {
        let mut connection = self.connection().await;
        // One transaction: definitions, rows and blocks of the same instant.
        let mut transaction = connection.begin().await.map_err(|e| self.sql(e))?;
        let definitions = crate::definitions::all(&mut transaction).await.map_err(|e| self.definition(e))?;
        let simulated = self.simulated(&mut transaction).await?;
        let reading = self.read(&mut transaction).await?;
        let loose_rows: usize = reading.loose.values().map(Vec::len).sum();
        let packed_rows: usize = reading.packed.values().map(Vec::len).sum();
        let worth_packing = loose_rows >= ROWS_WORTH_PACKING.max(packed_rows / 20);
        let stamps = match self.mode() {
            OpenMode::ReadWrite | OpenMode::Create if worth_packing => {
                Some(self.stamps(&mut transaction, reading.newest_batch).await?)
            }
            _ => None,
        };
        transaction.rollback().await.map_err(|e| self.sql(e))?;
        if let Some(stamps) = stamps {
            // Blocks are only an acceleration: when another process holds the lock, the next load packs.
            let _ = self.pack(&mut connection, &reading, &stamps).await;
        }
        drop(connection);

        let ids: BTreeMap<i64, SeriesId> = definitions.iter().map(|(key, d)| (*key, d.id.clone())).collect();
        let mut catalogue = Catalogue::embedded();
        for (_, definition) in definitions {
            // The program's own definition is newer than the one stored when the series was first seen.
            if catalogue.get(&definition.id).is_none() {
                catalogue.insert(definition);
            }
        }
        let keys: BTreeSet<i64> = reading.packed.keys().chain(reading.loose.keys()).copied().collect();
        let mut builder = History::builder();
        for key in &keys {
            let id = ids
                .get(key)
                .ok_or_else(|| self.corrupt(format!("figures of series key {key}, which is not defined")))?;
            let packed = reading.packed.get(key).map_or(&[][..], Vec::as_slice);
            let loose = reading.loose.get(key).map_or(&[][..], Vec::as_slice);
            let rows: Option<Vec<HistoryRow>> = packed.iter().chain(loose).map(|row| row.unpack()).collect();
            let rows = rows.ok_or_else(|| self.corrupt(format!("series {id} has a date or basis out of range")))?;
            builder.extend_series(id.clone(), rows);
        }
        let history = builder.build().map_err(|e| self.corrupt(e.to_string()))?;
        let size = StoreSize { series: keys.len() as u64, rows: (packed_rows + loose_rows) as u64, simulated };
        Ok(StoredMarket { history, catalogue, size, recorded_through: chrono::Utc::now() })
    }

    /// Packs what was stored since the last load, so that the next start, which may be a dry run that writes nothing,
    /// reads blocks instead of rows. Blocks are derived: without this everything works, more slowly.
    ///
    /// # Errors
    /// As a load.
    pub async fn pack_new(&self) -> Result<(), StoreError> {
        self.load_market().await.map(drop)
    }

    pub(crate) async fn measure(&self) -> Result<StoreSize, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = connection.begin().await.map_err(|e| self.sql(e))?;
        let (series, rows): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM series s WHERE EXISTS \
             (SELECT 1 FROM observations o WHERE o.series_key = s.series_key)), (SELECT COUNT(*) FROM observations)",
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(|e| self.sql(e))?;
        let simulated = self.simulated(&mut transaction).await?;
        Ok(StoreSize { series: series as u64, rows: rows as u64, simulated })
    }

    async fn simulated(&self, connection: &mut SqliteConnection) -> Result<bool, StoreError> {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM batches WHERE simulated = 1 AND rows_new > 0")
            .fetch_one(connection)
            .await
            .map(|count| count > 0)
            .map_err(|e| self.sql(e))
    }

    async fn read(&self, connection: &mut SqliteConnection) -> Result<Reading, StoreError> {
        let newest_batch: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(batch_key), 0) FROM batches")
            .fetch_one(&mut *connection)
            .await
            .map_err(|e| self.sql(e))?;
        let through: i64 = sqlx::query_scalar("SELECT through_batch FROM block_state WHERE id = 1 AND codec = $1")
            .bind(blocks::CODEC)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|e| self.sql(e))?
            .unwrap_or(0);
        if through == 0 {
            let loose = self.rows_after(connection, 0).await?;
            return Ok(Reading { packed: BTreeMap::new(), loose, newest_batch });
        }
        let stamps = self.stamps(connection, through).await?;
        let mut packed = BTreeMap::new();
        let found = sqlx::query("SELECT series_key, row_count, value_sum, payload FROM series_blocks")
            .fetch_all(&mut *connection)
            .await
            .map_err(|e| self.sql(e))?;
        for row in &found {
            let key: i64 = self.get(row, 0)?;
            let stamp = Stamp { rows: self.get(row, 1)?, sum: self.get(row, 2)? };
            let payload: &[u8] = self.get(row, 3)?;
            if stamps.get(&key) == Some(&stamp)
                && let Some(rows) = blocks::decode(payload, usize::try_from(stamp.rows).unwrap_or(usize::MAX))
            {
                packed.insert(key, rows.collect());
            }
        }
        let mut loose = if newest_batch > through { self.rows_after(connection, through).await? } else { Rows::new() };
        for key in stamps.keys().filter(|key| !packed.contains_key(key)) {
            // Read anew in full, tail included.
            let sql = "SELECT series_key, period, released_at, value, recorded_at, basis FROM observations \
                 WHERE series_key = $1 ORDER BY period, released_at";
            let rows = sqlx::query(sql).bind(key).fetch_all(&mut *connection).await.map_err(|e| self.sql(e))?;
            loose.insert(*key, rows.iter().map(|row| self.packed_row(row)).collect::<Result<_, _>>()?);
        }
        Ok(Reading { packed, loose, newest_batch })
    }

    /// Count and sum by series of the rows up to a batch, as SQL computes them.
    async fn stamps(
        &self,
        connection: &mut SqliteConnection,
        through: i64,
    ) -> Result<BTreeMap<i64, Stamp>, StoreError> {
        let sql = "SELECT series_key, COUNT(*), SUM(value) FROM observations WHERE batch_key <= $1 GROUP BY series_key";
        let rows = sqlx::query(sql).bind(through).fetch_all(connection).await.map_err(|e| self.sql(e))?;
        rows.iter()
            .map(|row| Ok((self.get(row, 0)?, Stamp { rows: self.get(row, 1)?, sum: self.get(row, 2)? })))
            .collect()
    }

    /// Rows of batches after one, in the table's order.
    async fn rows_after(&self, connection: &mut SqliteConnection, through: i64) -> Result<Rows, StoreError> {
        let sql = "SELECT series_key, period, released_at, value, recorded_at, basis FROM observations \
             WHERE batch_key > $1 ORDER BY series_key, period, released_at";
        let found = sqlx::query(sql).bind(through).fetch_all(connection).await.map_err(|e| self.sql(e))?;
        let mut rows = Rows::new();
        for row in &found {
            rows.entry(self.get(row, 0)?).or_default().push(self.packed_row(row)?);
        }
        Ok(rows)
    }

    fn packed_row(&self, row: &SqliteRow) -> Result<PackedRow, StoreError> {
        let narrow = |what: &str| self.corrupt(format!("{what} out of range"));
        Ok(PackedRow {
            period: i32::try_from(self.get::<i64>(row, 1)?).map_err(|_| narrow("period"))?,
            released_at: self.get(row, 2)?,
            value: self.get(row, 3)?,
            recorded_at: self.get(row, 4)?,
            basis: u8::try_from(self.get::<i64>(row, 5)?).map_err(|_| narrow("release basis"))?,
        })
    }

    fn get<'r, T: sqlx::Decode<'r, sqlx::Sqlite>>(&self, row: &'r SqliteRow, column: usize) -> Result<T, StoreError> {
        row.try_get_unchecked(column).map_err(|e| self.sql(e))
    }

    /// Writes the blocks of every series that was read row by row, and moves the watermark to what was read. The stamps
    /// are of the same transaction as the rows.
    async fn pack(
        &self,
        connection: &mut SqliteConnection,
        reading: &Reading,
        stamps: &BTreeMap<i64, Stamp>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write(connection).await?;
        for (key, loose) in &reading.loose {
            let Some(stamp) = stamps.get(key) else { continue };
            let mut rows = reading.packed.get(key).cloned().unwrap_or_default();
            rows.extend(loose);
            rows.sort_unstable_by_key(|row| (row.period, row.released_at));
            sqlx::query(
                "INSERT INTO series_blocks (series_key, row_count, value_sum, payload) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (series_key) DO UPDATE SET row_count = excluded.row_count, \
                 value_sum = excluded.value_sum, payload = excluded.payload",
            )
            .bind(key)
            .bind(rows.len() as i64)
            .bind(stamp.sum)
            .bind(blocks::encode(&rows))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.sql(e))?;
        }
        sqlx::query(
            "INSERT INTO block_state (id, codec, through_batch) VALUES (1, $1, $2) \
             ON CONFLICT (id) DO UPDATE SET codec = excluded.codec, through_batch = excluded.through_batch",
        )
        .bind(blocks::CODEC)
        .bind(reading.newest_batch)
        .execute(&mut *transaction)
        .await
        .map_err(|e| self.sql(e))?;
        transaction.commit().await.map_err(|e| self.sql(e))
    }
}
