//! Step 1: everything a source gives, stored batch by batch.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use market::Catalogue;
use serde::{Deserialize, Serialize};

use crate::ports::{IngestFinding, Source, SourceBatch, SourceError, Store, StoreError};

/// What was read and stored of one publisher.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceSummary {
    /// Publisher.
    pub name: String,
    /// Files or downloads.
    pub files: u64,
    /// Distinct series seen.
    pub series: u64,
    /// Data rows seen in the raw bytes.
    pub rows_read: u64,
    /// Observations stored for the first time (a wide row holds several).
    pub rows_new: u64,
    /// Observations that were known already.
    pub rows_known: u64,
    /// Data rows refused, each with a finding.
    pub rows_rejected: u64,
    /// Of `rows_new`, those that revise a figure whose release instant is only known by rule.
    pub rows_revised: u64,
}

/// Documentation, lists and unknown files: nothing to store, and a remark says so.
fn is_no_data(batch: &SourceBatch) -> bool {
    batch.rows_read == 0 && batch.definitions.is_empty() && batch.findings.iter().all(|finding| !finding.rejects)
}

/// What an ingest did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IngestReport {
    /// By publisher, in order of name.
    pub sources: Vec<SourceSummary>,
    /// What was refused or noticed, in order of reading.
    pub findings: Vec<IngestFinding>,
}

impl IngestReport {
    /// True when any row or file was refused.
    pub fn has_rejects(&self) -> bool {
        self.findings.iter().any(|finding| finding.rejects) || self.sources.iter().any(|s| s.rows_rejected > 0)
    }

    /// Files read in all.
    pub fn files(&self) -> u64 {
        self.sources.iter().map(|source| source.files).sum()
    }

    /// Observations stored for the first time in all.
    pub fn rows_new(&self) -> u64 {
        self.sources.iter().map(|source| source.rows_new).sum()
    }
}

/// Why an ingest stopped. What was stored before stays stored, batch by batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// The source cannot give anything.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store cannot take anything.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads a source to its end and stores every batch in a transaction of its own. `only` names the publishers to take
/// in; empty takes all.
///
/// # Errors
/// When the source is unavailable or the store refuses; findings about single files and rows are in the report instead.
pub async fn ingest(
    source: &mut dyn Source,
    store: &dyn Store,
    catalogue: &Catalogue,
    now: DateTime<Utc>,
    only: &[String],
    mut progress: impl FnMut(&str),
) -> Result<IngestReport, IngestError> {
    let mut by_source: BTreeMap<String, SourceSummary> = BTreeMap::new();
    let mut series: BTreeMap<String, std::collections::BTreeSet<market::SeriesId>> = BTreeMap::new();
    let mut findings = Vec::new();
    while let Some(batch) = source.next_batch(catalogue, now).await? {
        if !only.is_empty() && !only.contains(&batch.source) {
            continue;
        }
        progress(&batch.origin);
        if is_no_data(&batch) {
            findings.extend(batch.findings);
            continue;
        }
        let counts = store.append(&batch, now).await?;
        let summary = by_source
            .entry(batch.source.clone())
            .or_insert_with(|| SourceSummary { name: batch.source.clone(), ..SourceSummary::default() });
        summary.files += 1;
        summary.rows_read += batch.rows_read;
        summary.rows_new += counts.new;
        summary.rows_known += counts.known;
        summary.rows_revised += counts.revised;
        summary.rows_rejected += batch.rows_rejected;
        series.entry(batch.source).or_default().extend(batch.definitions.into_iter().map(|definition| definition.id));
        findings.extend(batch.findings);
    }
    for (name, ids) in series {
        if let Some(summary) = by_source.get_mut(&name) {
            summary.series = ids.len() as u64;
        }
    }
    Ok(IngestReport { sources: by_source.into_values().collect(), findings })
}
