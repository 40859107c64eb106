//! Storing a batch: definitions, figures, findings, counts and the batch's link in the chain, in one transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use market::{ReleaseBasis, SeriesId};
use pipeline_core::ports::{AppendCounts, SourceBatch, StoreError};

use crate::chain::{self, RowsDigest, SeriesDigest};
use crate::clock::{days, micros};
use crate::definitions::{self, Defined};
use crate::fault;
use crate::figures::{self, Figure, Scan, Span};
use crate::revision::{Placement, Vintage, place};
use crate::session::Session;
use crate::store::{SqlStore, Writes};
use crate::value::{Value, count, values};

/// Rows of one INSERT of digests.
const DIGESTS_AN_INSERT: usize = 250;
/// Series whose stored rows are read by one query.
const SERIES_A_QUERY: usize = 1_000;

impl SqlStore {
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
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Figures).await?;
        let mut session = transaction.session();

        let newest = newest_batch(&mut session).await?;
        // A run sees what was recorded through the newest batch it loaded: what comes later must be recorded later,
        // whatever the clocks say.
        let recorded_at = micros(recorded_at).max(newest.recorded_at.saturating_add(1));
        let batch_key = newest.key + 1;
        let Defined { keys, changed } = define(&mut session, batch, batch_key).await?;
        let figures = figures_of(batch, &keys, recorded_at, batch_key);
        let stored = stored(&mut session, &figures).await?;
        let (rows, mut counts) = place_all(figures, &stored, recorded_at);
        counts.new = rows.len() as u64;

        if counts.new == 0 && changed == 0 && seen(&mut session, batch).await? {
            // The same bytes again and nothing in them is new: not even a log row.
            transaction.rollback().await?;
            return Ok(counts);
        }
        let digests = digests_of(&rows);
        let ids: BTreeMap<i64, &SeriesId> = keys.iter().map(|(id, key)| (*key, id)).collect();
        let digest = chain::rows_digest(&digests, |series| ids.get(&series).map_or("", |id| id.as_str()));
        insert_batch(&mut session, batch, counts, recorded_at, batch_key, &digest).await?;
        insert_digests(&mut session, batch_key, &digests).await?;
        figures::insert(&mut session, &rows).await?;
        fault::point("append.before");
        transaction.commit().await?;
        fault::point("append.after");
        Ok(counts)
    }
}

/// The batch that was stored last, and the newest recording instant.
struct Newest {
    key: i64,
    recorded_at: i64,
}

async fn newest_batch(session: &mut Session<'_>) -> Result<Newest, StoreError> {
    let sql = "SELECT MAX(batch_key), MAX(recorded_at) FROM batches";
    let row = session.row(sql, &[]).await?.ok_or_else(|| session.other("no answer on the newest batch"))?;
    // The newest recording instant is not always the last batch's: programs of before did not see to that.
    let (key, recorded_at) = (row.maybe_integer(0)?.unwrap_or(0), row.maybe_integer(1)?.unwrap_or(i64::MIN));
    Ok(Newest { key, recorded_at })
}

async fn define(session: &mut Session<'_>, batch: &SourceBatch, batch_key: i64) -> Result<Defined, StoreError> {
    let mut used: Vec<&SeriesId> = batch.observations.iter().map(|o| &o.series).collect();
    used.sort_unstable();
    used.dedup();
    let defined = definitions::upsert(session, &batch.definitions, &used, batch_key).await?;
    match used.into_iter().find(|id| !defined.keys.contains_key(*id)) {
        Some(id) => Err(session.other(format!("{} has figures of series {id} and no definition of it", batch.origin))),
        None => Ok(defined),
    }
}

/// The batch's figures in the table's units and order.
fn figures_of(batch: &SourceBatch, keys: &BTreeMap<SeriesId, i64>, recorded_at: i64, batch_key: i64) -> Vec<Figure> {
    let mut figures: Vec<Figure> = batch
        .observations
        .iter()
        .filter_map(|o| {
            Some(Figure {
                series: *keys.get(&o.series)?,
                period: days(o.period),
                released_at: micros(o.released_at),
                // SQLite keeps no negative zero, so nobody does.
                value: if o.value == 0.0 { 0.0 } else { o.value },
                basis: o.basis.code(),
                recorded_at,
                batch: batch_key,
            })
        })
        .collect();
    // Best basis first among equal figures: that is the one stored.
    figures
        .sort_unstable_by(|a, b| a.key().cmp(&b.key()).then(a.value.total_cmp(&b.value)).then(a.basis.cmp(&b.basis)));
    figures
}

/// The stored rows of the periods that the figures (sorted) span, in the order of the table.
async fn stored(session: &mut Session<'_>, figures: &[Figure]) -> Result<Vec<Figure>, StoreError> {
    let spans: Vec<Span> = figures
        .chunk_by(|a, b| a.series == b.series)
        .map(|same| Span { series: same[0].series, first: same[0].period, last: same[same.len() - 1].period })
        .collect();
    let mut stored = Vec::new();
    for chunk in spans.chunks(SERIES_A_QUERY) {
        figures::scan(session, Scan::Within(chunk), &mut |figure| stored.push(figure)).await?;
    }
    stored.sort_unstable_by_key(Figure::key);
    Ok(stored)
}

/// What of the figures (sorted) is to be stored beside what is stored (sorted), in the order of the table.
fn place_all(figures: Vec<Figure>, stored: &[Figure], recorded_at: i64) -> (Vec<Figure>, AppendCounts) {
    let mut counts = AppendCounts::default();
    let mut rows = Vec::new();
    let mut vintages: Vec<Vintage> = Vec::new();
    let mut stored = stored.iter().peekable();
    let mut revised = false;
    for same in figures.chunk_by(|a, b| (a.series, a.period) == (b.series, b.period)) {
        let of = (same[0].series, same[0].period);
        vintages.clear();
        while stored.next_if(|row| (row.series, row.period) < of).is_some() {}
        while let Some(row) = stored.next_if(|row| (row.series, row.period) == of) {
            vintages.push(Vintage { released_at: row.released_at, value: row.value });
        }
        for figure in same {
            let vintage = Vintage { released_at: figure.released_at, value: figure.value };
            match place(&mut vintages, vintage, recorded_at) {
                Placement::Known => counts.known += 1,
                Placement::New => rows.push(*figure),
                Placement::Revision { released_at } => {
                    counts.revised += 1;
                    revised = true;
                    rows.push(Figure { released_at, basis: ReleaseBasis::Assumed.code(), ..*figure });
                }
            }
        }
    }
    if revised {
        // A revision was placed after the period's other vintages.
        rows.sort_unstable_by_key(Figure::key);
    }
    (rows, counts)
}

/// The digests of rows in the order of the table.
fn digests_of(rows: &[Figure]) -> Vec<SeriesDigest> {
    let mut digest = RowsDigest::default();
    rows.iter().for_each(|row| digest.add(row));
    digest.finish()
}

async fn seen(session: &mut Session<'_>, batch: &SourceBatch) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM batches WHERE raw_hash = $1 AND origin = $2 AND source = $3";
    Ok(session.integer(sql, values![&batch.raw_hash, &batch.origin, &batch.source]).await? > 0)
}

async fn insert_batch(
    session: &mut Session<'_>,
    batch: &SourceBatch,
    counts: AppendCounts,
    recorded_at: i64,
    batch_key: i64,
    rows_digest: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO batches (batch_key, source, origin, raw_hash, raw_bytes, rows_read, rows_new, rows_known, \
         rows_revised, rows_rejected, simulated, recorded_at, rows_digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let counts = values![
        batch_key,
        &batch.source,
        &batch.origin,
        &batch.raw_hash,
        count(batch.raw_bytes),
        count(batch.rows_read),
        count(counts.new),
        count(counts.known),
        count(counts.revised),
        count(batch.rows_rejected),
        batch.simulated,
        recorded_at,
        rows_digest,
    ];
    session.execute(sql, counts).await?;
    for (position, finding) in batch.findings.iter().enumerate() {
        let sql = "INSERT INTO ingest_findings (batch_key, position, file, line, rule, message, rejects) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let line = finding.line.map(count);
        let (file, rule, message) = (&finding.file, &finding.rule, &finding.message);
        session
            .execute(sql, values![batch_key, count(position as u64), file, line, rule, message, finding.rejects])
            .await?;
    }
    let link = chain::link(session, batch_key).await?;
    session.execute("UPDATE batches SET chain = $2 WHERE batch_key = $1", values![batch_key, &link]).await?;
    let sql = "INSERT INTO figures_head (id, batch_key, chain) VALUES (1, $1, $2) \
         ON CONFLICT (id) DO UPDATE SET batch_key = excluded.batch_key, chain = excluded.chain";
    session.execute(sql, values![batch_key, link]).await?;
    Ok(())
}

async fn insert_digests(session: &mut Session<'_>, batch: i64, digests: &[SeriesDigest]) -> Result<(), StoreError> {
    for chunk in digests.chunks(DIGESTS_AN_INSERT) {
        let tuple = |row: usize| format!("(${}, ${}, ${}, ${})", 4 * row + 1, 4 * row + 2, 4 * row + 3, 4 * row + 4);
        let tuples: Vec<String> = (0..chunk.len()).map(tuple).collect();
        let sql =
            format!("INSERT INTO batch_series (batch_key, series_key, row_count, digest) VALUES {}", tuples.join(", "));
        let row = |d: &SeriesDigest| [batch.into(), d.series.into(), count(d.rows).into(), d.digest.as_str().into()];
        let cells: Vec<Value> = chunk.iter().flat_map(row).collect();
        session.execute(&sql, &cells).await?;
    }
    Ok(())
}
