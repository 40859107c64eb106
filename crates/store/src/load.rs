//! Reading everything stored into memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use market::{Catalogue, History, SeriesDef, SeriesId};
use pipeline_core::ports::{StoreError, StoreSize, StoredMarket};
use rayon::prelude::*;

use crate::blocks::{self, Head, PackedRow};
use crate::clock::instant;
use crate::figures::{self, Figure, Scan, Span};
use crate::session::Session;
use crate::store::{OpenMode, SqlStore, Writes};
use crate::value::{count, values};
use crate::{chain, definitions, fault};

/// Rows read one by one from which a writable handle packs again: some tens of milliseconds of reading.
const ROWS_WORTH_PACKING: usize = 20_000;

/// Rows read from the table, by series key.
type Rows = BTreeMap<i64, Vec<PackedRow>>;

/// What the blocks as a whole were written for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BlockState {
    through: i64,
    chain: String,
    blocks: String,
}

/// Everything that a load reads, of one instant.
struct Reading {
    definitions: Vec<(i64, SeriesDef)>,
    superseded: Vec<(i64, SeriesDef)>,
    simulated: bool,
    /// The blocks' state when they were read, if there was one that can be trusted.
    state: Option<BlockState>,
    /// Digest of each block that was read.
    heads: BTreeMap<i64, Head>,
    /// Blocks that may be trusted, decoded.
    packed: Rows,
    /// Rows of series without such a block, and the tail of the others.
    loose: Rows,
    /// Series whose loose rows are all of their rows.
    whole: BTreeSet<i64>,
    /// Newest batch, the chain up to it, and when it was recorded.
    newest_batch: i64,
    chain: String,
    recorded_through: i64,
}

impl SqlStore {
    pub(crate) async fn load_market(&self) -> Result<StoredMarket, StoreError> {
        let reading = self.read_all().await?;
        let loose = reading.loose_rows();
        if self.mode() != OpenMode::ReadOnly && loose >= ROWS_WORTH_PACKING.max(reading.packed_rows() / 20) {
            self.pack_unless_locked(&reading).await?;
        }
        self.market_of(reading)
    }

    pub(crate) async fn pack_new(&self) -> Result<(), StoreError> {
        let reading = self.read_all().await?;
        if reading.loose_rows() == 0 { Ok(()) } else { self.pack_unless_locked(&reading).await }
    }

    /// Blocks are only an acceleration: when another process holds the lock, the next load packs.
    async fn pack_unless_locked(&self, reading: &Reading) -> Result<(), StoreError> {
        match self.write_blocks(reading).await {
            Err(StoreError::Locked { .. }) => Ok(()),
            packed => packed,
        }
    }

    pub(crate) async fn measure(&self) -> Result<StoreSize, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_read(&mut connection).await?;
        let mut session = transaction.session();
        let series = "SELECT COUNT(*) FROM series s WHERE EXISTS \
             (SELECT 1 FROM observations o WHERE o.series_key = s.series_key)";
        let series = session.integer(series, &[]).await?;
        let rows = session.integer("SELECT COUNT(*) FROM observations", &[]).await?;
        let simulated = simulated(&mut session).await?;
        transaction.rollback().await?;
        Ok(StoreSize { series: series as u64, rows: rows as u64, simulated })
    }

    async fn read_all(&self) -> Result<Reading, StoreError> {
        let mut connection = self.connection().await;
        // One transaction: definitions, rows and blocks of the same instant.
        let mut transaction = self.begin_read(&mut connection).await?;
        let reading = read(&mut transaction.session()).await?;
        transaction.rollback().await?;
        Ok(reading)
    }

    fn market_of(&self, reading: Reading) -> Result<StoredMarket, StoreError> {
        let ids: BTreeMap<i64, SeriesId> = reading.definitions.iter().map(|(key, d)| (*key, d.id.clone())).collect();
        let mut catalogue = Catalogue::embedded();
        for (_, definition) in reading.definitions {
            // The program's own definition is newer than the one stored when the series was first seen.
            if catalogue.get(&definition.id).is_none() {
                catalogue.insert(definition);
            }
        }
        for (corrected_at, definition) in reading.superseded {
            if !catalogue.is_reference(&definition.id) {
                let at = instant(corrected_at).ok_or_else(|| self.corrupt("a batch was recorded out of range"))?;
                catalogue.insert_superseded(definition, at);
            }
        }
        let keys: BTreeSet<i64> = reading.packed.keys().chain(reading.loose.keys()).copied().collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let parts: Result<Vec<History>, StoreError> = keys
            .par_iter()
            .map(|key| {
                let id =
                    ids.get(key).ok_or_else(|| self.corrupt(format!("series {key} has rows and no definition")))?;
                let packed = reading.packed.get(key).map_or(&[][..], Vec::as_slice);
                let loose = reading.loose.get(key).map_or(&[][..], Vec::as_slice);
                self.history_of(id, packed, loose)
            })
            .collect();
        let history = History::joined(parts?);
        let rows = history.row_count() as u64;
        let size = StoreSize { series: keys.len() as u64, rows, simulated: reading.simulated };
        let recorded_through = match reading.newest_batch {
            0 => DateTime::UNIX_EPOCH,
            batch => instant(reading.recorded_through)
                .ok_or_else(|| self.corrupt(format!("batch {batch} was recorded out of range")))?,
        };
        Ok(StoredMarket { history, catalogue, size, recorded_through })
    }

    /// The history of one series.
    fn history_of(&self, id: &SeriesId, packed: &[PackedRow], loose: &[PackedRow]) -> Result<History, StoreError> {
        let mut builder = History::builder();
        let out_of_range = || self.corrupt(format!("series {id} has a date or basis out of range"));
        for rows in [packed, loose] {
            // Straight into the columns: a list of unpacked rows between would cost as much as the reading.
            builder.extend_series(id.clone(), rows.iter().map(|row| row.unpack().ok_or_else(out_of_range)))?;
        }
        builder.build().map_err(|e| self.corrupt(e.to_string()))
    }

    /// Writes the blocks of every series that was read row by row, and moves the watermark to what was read.
    async fn write_blocks(&self, reading: &Reading) -> Result<(), StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Figures).await?;
        let mut session = transaction.session();
        if chain::at(&mut session, reading.newest_batch).await? != reading.chain
            || block_state(&mut session).await? != reading.state
        {
            // Not the database that was read any more: somebody changed it, or packed it meanwhile.
            return transaction.rollback().await;
        }
        let mut heads = reading.heads.clone();
        if heads.is_empty() {
            session.execute("DELETE FROM series_blocks", &[]).await?;
        }
        for (key, loose) in &reading.loose {
            let mut rows = reading.packed.get(key).cloned().unwrap_or_default();
            rows.extend(loose);
            rows.sort_unstable_by_key(|row| (row.period, row.released_at));
            let sql = "INSERT INTO series_blocks (series_key, row_count, payload) VALUES ($1, $2, $3) \
                 ON CONFLICT (series_key) DO UPDATE SET row_count = excluded.row_count, payload = excluded.payload";
            let payload = blocks::encode(*key, &rows);
            heads.insert(*key, blocks::head(&payload));
            session.execute(sql, values![*key, count(rows.len() as u64), payload]).await?;
        }
        let sql = "INSERT INTO block_state (id, codec, through_batch, chain, blocks) VALUES (1, $1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET codec = excluded.codec, through_batch = excluded.through_batch, \
             chain = excluded.chain, blocks = excluded.blocks";
        let all = blocks::digest_of_all(&heads);
        session.execute(sql, values![blocks::CODEC, reading.newest_batch, &reading.chain, all]).await?;
        fault::point("pack.before");
        transaction.commit().await?;
        fault::point("pack.after");
        Ok(())
    }
}

impl Reading {
    fn loose_rows(&self) -> usize {
        self.loose.values().map(Vec::len).sum()
    }

    fn packed_rows(&self) -> usize {
        self.packed.values().map(Vec::len).sum()
    }
}

async fn simulated(session: &mut Session<'_>) -> Result<bool, StoreError> {
    Ok(session.integer("SELECT COUNT(*) FROM batches WHERE simulated = 1 AND rows_new > 0", &[]).await? > 0)
}

async fn read(session: &mut Session<'_>) -> Result<Reading, StoreError> {
    let definitions = definitions::all(session).await?;
    let superseded = definitions::superseded(session).await?;
    let simulated = simulated(session).await?;
    let (newest_batch, chain) = chain::head(session).await?;
    let recorded = "SELECT COALESCE(MAX(recorded_at), 0) FROM batches";
    let recorded_through = session.integer(recorded, &[]).await?;
    let mut reading = Reading {
        definitions,
        superseded,
        simulated,
        state: None,
        heads: BTreeMap::new(),
        packed: Rows::new(),
        loose: Rows::new(),
        whole: BTreeSet::new(),
        newest_batch,
        chain,
        recorded_through,
    };
    reading.state = block_state(session).await?;
    let Some(through) = read_blocks(session, &mut reading).await? else {
        (reading.packed, reading.heads, reading.whole) = Default::default();
        scan_into(session, Scan::All, &mut reading.loose).await?;
        return Ok(reading);
    };
    if newest_batch > through {
        scan_into(session, Scan::AfterBatch(through), &mut reading.loose).await?;
    }
    if !reading.whole.is_empty() {
        // Read anew in full, tail included.
        let spans: Vec<Span> =
            reading.whole.iter().map(|&series| Span { series, first: i32::MIN, last: i32::MAX }).collect();
        reading.loose.retain(|key, _| !reading.whole.contains(key));
        scan_into(session, Scan::Within(&spans), &mut reading.loose).await?;
    }
    Ok(reading)
}

/// The state of the blocks, when they are of this layout.
async fn block_state(session: &mut Session<'_>) -> Result<Option<BlockState>, StoreError> {
    let sql = "SELECT through_batch, chain, blocks FROM block_state WHERE id = 1 AND codec = $1";
    let row = session.row(sql, values![blocks::CODEC]).await?;
    row.map(|row| Ok(BlockState { through: row.integer(0)?, chain: row.text(1)?, blocks: row.text(2)? })).transpose()
}

/// Decodes the blocks and notes those that are not whole; the batch they go through. `None` when none may be trusted: the
/// table's chain is another, or they are not the blocks that were written together.
async fn read_blocks(session: &mut Session<'_>, reading: &mut Reading) -> Result<Option<i64>, StoreError> {
    let Some(BlockState { through, chain, blocks }) = reading.state.clone() else { return Ok(None) };
    if chain::at(session, through).await? != chain {
        return Ok(None);
    }
    let found = session.rows("SELECT series_key, row_count, payload FROM series_blocks", &[]).await?;
    let decoded: Vec<(i64, Head, Option<Vec<PackedRow>>)> = found
        .par_iter()
        .map(|row| {
            let (key, rows) = (row.integer(0)?, usize::try_from(row.integer(1)?).unwrap_or(usize::MAX));
            let payload = row.bytes(2)?;
            Ok((key, blocks::head(payload), blocks::decode(key, payload, rows).map(Iterator::collect)))
        })
        .collect::<Result<_, StoreError>>()?;
    for (key, head, rows) in decoded {
        reading.heads.insert(key, head);
        match rows {
            Some(rows) => drop(reading.packed.insert(key, rows)),
            None => drop(reading.whole.insert(key)),
        }
    }
    Ok((blocks::digest_of_all(&reading.heads) == blocks).then_some(through))
}

async fn scan_into(session: &mut Session<'_>, scan: Scan<'_>, rows: &mut Rows) -> Result<(), StoreError> {
    let mut take = |figure: Figure| rows.entry(figure.series).or_default().push(PackedRow::from(&figure));
    figures::scan(session, scan, &mut take).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline_core::ports::{NewObservation, SourceBatch, Store};

    /// One figure of a series of the catalogue.
    fn batch(day: u32) -> SourceBatch {
        let definition = Catalogue::embedded().iter().next().unwrap().clone();
        let period = chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let (series, released_at) = (definition.id.clone(), period.and_hms_opt(21, 0, 0).unwrap().and_utc());
        let basis = market::ReleaseBasis::Exact;
        SourceBatch {
            source: "TEST".to_owned(),
            origin: day.to_string(),
            raw_hash: day.to_string(),
            raw_bytes: 1,
            rows_read: 1,
            rows_rejected: 0,
            definitions: vec![definition],
            observations: vec![NewObservation { series, period, value: f64::from(day), released_at, basis }],
            findings: Vec::new(),
            simulated: false,
        }
    }

    #[tokio::test]
    async fn a_packer_that_was_overtaken_leaves_the_newer_blocks_alone() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("daily.db").display());
        let (slow, quick) = (
            SqlStore::open(&url, OpenMode::Create).await.unwrap(),
            SqlStore::open(&url, OpenMode::ReadWrite).await.unwrap(),
        );
        quick.append(&batch(2), DateTime::UNIX_EPOCH).await.unwrap();
        let reading = slow.read_all().await.unwrap();
        quick.append(&batch(3), DateTime::UNIX_EPOCH).await.unwrap();
        quick.pack_new().await.unwrap();
        slow.write_blocks(&reading).await.unwrap();
        let kept = quick.read_all().await.unwrap();
        assert_eq!((kept.state.as_ref().map(|state| state.through), kept.packed_rows()), (Some(2), 2));
        quick.append(&batch(4), DateTime::UNIX_EPOCH).await.unwrap();
        quick.pack_new().await.unwrap();
        assert_eq!(quick.load_market().await.unwrap().size.rows, 3, "no row is packed twice");
        assert_eq!(quick.read_all().await.unwrap().packed_rows(), 3);
    }
}
