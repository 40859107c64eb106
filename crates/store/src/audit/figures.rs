//! Figures: the chain of batches, and the rows under each.

use std::collections::{BTreeMap, BTreeSet};

use pipeline_core::ports::{AuditReport, StoreError};

use super::fault;
use crate::blocks::{self, PackedRow};
use crate::chain::{self, RowsDigest, SeriesDigest};
use crate::figures::{self, Figure, Scan};
use crate::session::Session;
use crate::{clock, definitions};

/// Rows of one series that are listed one by one; more are counted.
const ROWS_LISTED: usize = 5;

pub(super) async fn audit(session: &mut Session<'_>, report: &mut AuditReport) -> Result<(), StoreError> {
    let ids: BTreeMap<i64, String> = session
        .rows("SELECT series_key, id FROM series", &[])
        .await?
        .iter()
        .map(|row| Ok((row.integer(0)?, row.text(1)?)))
        .collect::<Result<_, StoreError>>()?;
    // A definition that does not read is a fault of its own, and stops nothing here.
    match definitions::altered(session).await {
        Ok(altered) => report.faults.extend(altered.into_iter().map(|id| {
            fault(&id, "series", &format!("id={id}"), "its definition is not the one that a batch brought last")
        })),
        Err(error) => report.faults.push(fault("series", "series", "", error.to_string())),
    }
    let mut found: BTreeMap<i64, RowsDigest> = BTreeMap::new();
    let mut rows = 0;
    let mut take = |figure: Figure| {
        rows += 1;
        found.entry(figure.batch).or_default().add(&figure);
    };
    if let Err(error) = figures::scan(session, Scan::Ordered, &mut take).await {
        report.faults.push(fault("figures", "observations", "", error.to_string()));
        return Ok(());
    }
    report.figures = rows;
    let found: BTreeMap<i64, Vec<SeriesDigest>> = found.into_iter().map(|(batch, d)| (batch, d.finish())).collect();

    let batches =
        session.rows("SELECT batch_key, rows_digest, chain, origin FROM batches ORDER BY batch_key", &[]).await?;
    let sealed = sealed_digests(session).await?;
    let mut known = BTreeSet::new();
    let mut changed = BTreeSet::new();
    for row in &batches {
        let batch = row.integer(0)?;
        known.insert(batch);
        report.batches += 1;
        let (Some(digest), Some(stored)) = (row.maybe_text(1)?, row.maybe_text(2)?) else {
            report.unsealed += 1;
            continue;
        };
        let subject = format!("batch {batch}");
        match chain::link(session, batch).await {
            Ok(link) if link == stored => {}
            Ok(_) => {
                let what = format!(
                    "its row ({}), its findings, what it defined or its link to the batch before it changed",
                    row.text(3)?
                );
                report.faults.push(fault(&subject, "batches", &format!("batch_key={batch}"), what));
            }
            Err(error) => report.faults.push(fault(&subject, "batches", "", error.to_string())),
        }
        let id_of = |series: i64| ids.get(&series).map_or("", String::as_str);
        let digests = sealed.get(&batch).map_or(&[][..], Vec::as_slice);
        if chain::rows_digest(digests, id_of) != digest {
            let what = "the digests of its series, or a series' id, changed";
            report.faults.push(fault(&subject, "batch_series", &format!("batch_key={batch}"), what));
        }
        let found = found.get(&batch).map_or(&[][..], Vec::as_slice);
        changed.extend(locate(batch, digests, found, &ids, report));
    }
    if let Some(head) = session.row("SELECT batch_key, chain FROM figures_head", &[]).await? {
        let (noted, chain) = (head.integer(0)?, head.text(1)?);
        if known.last() != Some(&noted) || chain::at(session, noted).await? != chain {
            let last = known.last().copied().unwrap_or(0);
            let what = format!("the newest batch is {last}, and number {noted} is noted as such with another chain");
            report.faults.push(fault("figures", "figures_head", "", what));
        }
    }
    for batch in found.keys().filter(|batch| !known.contains(batch)) {
        let what = "figures of a batch that is not there";
        report.faults.push(fault(&format!("batch {batch}"), "observations", &format!("batch_key={batch}"), what));
    }
    if !changed.is_empty() {
        compare_with_blocks(session, &changed, &ids, report).await?;
    }
    Ok(())
}

/// The digests of every batch's series as they were sealed.
async fn sealed_digests(session: &mut Session<'_>) -> Result<BTreeMap<i64, Vec<SeriesDigest>>, StoreError> {
    let mut sealed: BTreeMap<i64, Vec<SeriesDigest>> = BTreeMap::new();
    for row in session.rows("SELECT batch_key, series_key, row_count, digest FROM batch_series", &[]).await? {
        let digest = SeriesDigest { series: row.integer(1)?, rows: row.integer(2)? as u64, digest: row.text(3)? };
        sealed.entry(row.integer(0)?).or_default().push(digest);
    }
    Ok(sealed)
}

/// The series of a batch whose figures are not those that were sealed.
fn locate(
    batch: i64,
    sealed: &[SeriesDigest],
    found: &[SeriesDigest],
    ids: &BTreeMap<i64, String>,
    report: &mut AuditReport,
) -> BTreeSet<i64> {
    let by_series = |digests: &[SeriesDigest]| -> BTreeMap<i64, SeriesDigest> {
        digests.iter().map(|digest| (digest.series, digest.clone())).collect()
    };
    let (sealed, found) = (by_series(sealed), by_series(found));
    let series: BTreeSet<i64> = sealed.keys().chain(found.keys()).copied().collect();
    let mut changed = BTreeSet::new();
    for key in series {
        let what = match (sealed.get(&key), found.get(&key)) {
            (Some(was), Some(is)) if was == is => continue,
            (Some(was), Some(is)) if was.rows == is.rows => {
                format!("its {} figures are not those that were stored", was.rows)
            }
            (Some(was), Some(is)) => format!("it has {} figures and {} were stored", is.rows, was.rows),
            (Some(was), None) => format!("its {} figures are missing", was.rows),
            (None, Some(is)) => format!("{} figures that the batch did not bring", is.rows),
            (None, None) => continue,
        };
        let id = ids.get(&key).map_or("?", String::as_str);
        report.faults.push(fault(&format!("batch {batch}"), "observations", &format!("series={id}"), what));
        changed.insert(key);
    }
    changed
}

/// Blocks still hold the figures as they were packed: where they differ from the table, the very row is known.
async fn compare_with_blocks(
    session: &mut Session<'_>,
    changed: &BTreeSet<i64>,
    ids: &BTreeMap<i64, String>,
    report: &mut AuditReport,
) -> Result<(), StoreError> {
    for &series in changed {
        let sql = format!("SELECT row_count, payload FROM series_blocks WHERE series_key = {series}");
        let Some(row) = session.row(&sql, &[]).await? else { continue };
        let rows = usize::try_from(row.integer(0)?).unwrap_or(usize::MAX);
        let Some(packed) = blocks::decode(series, row.bytes(1)?, rows) else { continue };
        let packed: BTreeMap<(i32, i64), PackedRow> = packed.map(|row| ((row.period, row.released_at), row)).collect();
        let mut table: BTreeMap<(i32, i64), PackedRow> = BTreeMap::new();
        let span = figures::Span { series, first: i32::MIN, last: i32::MAX };
        let mut take = |figure: Figure| {
            table.insert((figure.period, figure.released_at), PackedRow::from(&figure));
        };
        figures::scan(session, Scan::Within(&[span]), &mut take).await?;
        let id = ids.get(&series).map_or("?", String::as_str);
        let mut listed = 0;
        for key in packed.keys().filter(|key| table.get(*key) != packed.get(*key)) {
            listed += 1;
            if listed > ROWS_LISTED {
                continue;
            }
            let what = match (table.get(key), &packed[key]) {
                (None, was) => format!("the figure is missing; its packed copy says {}", was.value),
                (Some(now), was) if now.value != was.value => {
                    format!("value is {}, and its packed copy says {}", now.value, was.value)
                }
                (Some(_), _) => "its basis or recording instant is another than in its packed copy".to_owned(),
            };
            report.faults.push(fault(id, "observations", &row_name(*key), what));
        }
        if listed > ROWS_LISTED {
            let what = format!("{} more rows differ from their packed copies", listed - ROWS_LISTED);
            report.faults.push(fault(id, "observations", "", what));
        }
    }
    Ok(())
}

fn row_name((period, released_at): (i32, i64)) -> String {
    let period = clock::date(i64::from(period)).map_or_else(|| period.to_string(), |date| date.to_string());
    let released = clock::instant(released_at).map_or_else(|| released_at.to_string(), |at| at.to_rfc3339());
    format!("period={period} released_at={released}")
}
