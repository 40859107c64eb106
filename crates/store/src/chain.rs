//! The chain of batches: each commits to its figures and to the batch before it, so that no figure can change and no batch
//! can go without a trace.
//!
//! A batch's rows are digested by series (in order of id) and, within one, in order of period and release: the same on
//! every database. Its link is BLAKE3 over the link before it, the batch's row with that
//! digest, its findings, and what it said of the series it defined or corrected.

use std::collections::BTreeMap;

use pipeline_core::ports::StoreError;

use crate::canonical;
use crate::figures::Figure;
use crate::session::Session;
use crate::value::values;

/// The figures that a batch brought of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeriesDigest {
    pub(crate) series: i64,
    pub(crate) rows: u64,
    pub(crate) digest: String,
}

/// Digests of the rows of one batch, which are given in the order of the table.
#[derive(Debug, Default)]
pub(crate) struct RowsDigest {
    done: Vec<SeriesDigest>,
    current: Option<(i64, u64, blake3::Hasher)>,
}

impl RowsDigest {
    pub(crate) fn add(&mut self, row: &Figure) {
        if self.current.as_ref().is_none_or(|(series, ..)| *series != row.series) {
            self.close();
            self.current = Some((row.series, 0, blake3::Hasher::new()));
        }
        let Some((_, rows, hasher)) = &mut self.current else { return };
        *rows += 1;
        let mut bytes = [0; 29];
        bytes[..4].copy_from_slice(&row.period.to_le_bytes());
        bytes[4..12].copy_from_slice(&row.released_at.to_le_bytes());
        bytes[12..20].copy_from_slice(&row.value.to_bits().to_le_bytes());
        bytes[20..28].copy_from_slice(&row.recorded_at.to_le_bytes());
        bytes[28] = row.basis;
        hasher.update(&bytes);
    }

    fn close(&mut self) {
        if let Some((series, rows, hasher)) = self.current.take() {
            self.done.push(SeriesDigest { series, rows, digest: hasher.finalize().to_hex().to_string() });
        }
    }

    /// The digest of each series, in order of key.
    pub(crate) fn finish(mut self) -> Vec<SeriesDigest> {
        self.close();
        self.done
    }
}

/// The digest of a batch's figures: those of its series, in order of the series' ids, whatever the database's keys are.
pub(crate) fn rows_digest<'i>(digests: &[SeriesDigest], id_of: impl Fn(i64) -> &'i str) -> String {
    let by_id: BTreeMap<&str, &str> = digests.iter().map(|d| (id_of(d.series), d.digest.as_str())).collect();
    let mut hasher = blake3::Hasher::new();
    for (id, digest) in by_id {
        hasher.update(format!("{}:{id}={digest}\n", id.len()).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The chain up to a batch; empty before the first, and for batches that were stored before batches were sealed.
pub(crate) async fn at(session: &mut Session<'_>, batch_key: i64) -> Result<String, StoreError> {
    let row = session.row("SELECT chain FROM batches WHERE batch_key = $1", values![batch_key]).await?;
    Ok(row.map(|row| row.maybe_text(0)).transpose()?.flatten().unwrap_or_default())
}

/// Key of the newest batch, 0 when there is none, and the chain up to it.
pub(crate) async fn head(session: &mut Session<'_>) -> Result<(i64, String), StoreError> {
    let key = session.integer("SELECT COALESCE(MAX(batch_key), 0) FROM batches", &[]).await?;
    Ok((key, at(session, key).await?))
}

/// The link of a batch, from its stored row and findings and the link before it.
pub(crate) async fn link(session: &mut Session<'_>, batch_key: i64) -> Result<String, StoreError> {
    let before = "SELECT COALESCE(MAX(batch_key), 0) FROM batches WHERE batch_key < $1";
    let before = session.integer(before, values![batch_key]).await?;
    let before = at(session, before).await?;
    let row = "SELECT batch_key, source, origin, raw_hash, raw_bytes, rows_read, rows_new, rows_known, rows_revised, \
         rows_rejected, simulated, recorded_at, rows_digest FROM batches WHERE batch_key = $1";
    let findings = "SELECT position, file, line, rule, message, rejects FROM ingest_findings WHERE batch_key = $1";
    let row = canonical::digest(&session.rows(row, values![batch_key]).await?);
    let findings = canonical::digest(&session.rows(findings, values![batch_key]).await?);
    let definitions = "SELECT s.id, d.definition FROM series_definitions d JOIN series s ON s.series_key = d.series_key \
         WHERE d.batch_key = $1";
    let definitions = canonical::digest(&session.rows(definitions, values![batch_key]).await?);
    Ok(blake3::hash(format!("{before}\n{row}\n{findings}\n{definitions}\n").as_bytes()).to_hex().to_string())
}
