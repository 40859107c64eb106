//! Runs: the chain of a desk's seals, and the rows under each.

use std::collections::{BTreeMap, BTreeSet};

use pipeline_core::ports::{AuditReport, StoreError};
use pipeline_core::record::RunRecord;

use super::fault;
use crate::outputs::{self, OutputRows};
use crate::seal::{PRUNED, SEALED, Sealed, rows_of};
use crate::session::Session;
use crate::value::{Cell, Row, Value, values};
use crate::{canonical, chain};

pub(super) async fn audit(session: &mut Session<'_>, desk: &str, report: &mut AuditReport) -> Result<(), StoreError> {
    let sql = "SELECT sequence, run_id, previous_seal, batch_key, figures_chain, table_digests, seal, pruned_at \
         FROM run_seals WHERE desk = $1 ORDER BY sequence";
    let seals = session.rows(sql, values![desk]).await?;
    let (mut sequence, mut previous) = (0, String::new());
    for row in &seals {
        let run_id = row.text(1)?;
        sequence += 1;
        if row.integer(0)? != sequence {
            let what = format!("the desk's run number {sequence} is missing from the chain");
            report.faults.push(fault(&run_id, "run_seals", "", what));
            sequence = row.integer(0)?;
        } else if row.text(2)? != previous {
            let what = "it does not commit to the seal of the run before it";
            report.faults.push(fault(&run_id, "run_seals", "", what));
        }
        audit_one(session, desk, row, report).await?;
        previous = row.text(6)?;
    }
    audit_head(session, desk, sequence, &previous, report).await?;
    audit_documents(session, desk, report).await?;
    let sealed: BTreeSet<String> = seals.iter().map(|row| row.text(1)).collect::<Result<_, _>>()?;
    let filed = "SELECT run_id, previous_digest, calendar_digest FROM pipeline_runs \
         WHERE desk = $1 AND status NOT IN ('RUNNING', 'ABANDONED')";
    for row in session.rows(filed, values![desk]).await? {
        let run_id = row.text(0)?;
        if sealed.contains(&run_id) {
            continue;
        }
        // Programs that sealed also named the calendars.
        if row.maybe_text(2)?.is_some() {
            report.faults.push(fault(&run_id, "run_seals", "", "its seal is missing"));
        } else {
            report.unsealed += 1;
        }
    }
    Ok(())
}

async fn audit_head(
    session: &mut Session<'_>,
    desk: &str,
    sequence: i64,
    seal: &str,
    report: &mut AuditReport,
) -> Result<(), StoreError> {
    let head = session.row("SELECT sequence, seal FROM desk_heads WHERE desk = $1", values![desk]).await?;
    let what = match head {
        None if sequence == 0 => return Ok(()),
        None => "the desk's newest seal is not noted".to_owned(),
        Some(head) if head.integer(0)? == sequence && head.text(1)? == seal => return Ok(()),
        Some(head) => {
            format!("the desk filed {} runs by its note and the chain ends with number {sequence}", head.integer(0)?)
        }
    };
    report.faults.push(fault(desk, "desk_heads", "", what));
    Ok(())
}

/// One run: its rows against its seal.
async fn audit_one(
    session: &mut Session<'_>,
    desk: &str,
    row: &Row,
    report: &mut AuditReport,
) -> Result<(), StoreError> {
    let (run_id, pruned) = (row.text(1)?, row.maybe_integer(7)?.is_some());
    let Ok(tables) = serde_json::from_str::<BTreeMap<String, String>>(&row.text(5)?) else {
        report.faults.push(fault(&run_id, "run_seals", "", "the digests of its tables do not read"));
        return Ok(());
    };
    let sealed = Sealed {
        desk: desk.to_owned(),
        sequence: row.integer(0)?,
        run_id: run_id.clone(),
        previous: row.text(2)?,
        batch: row.integer(3)?,
        chain: row.text(4)?,
        tables,
    };
    if sealed.seal() != row.text(6)? {
        let what = "the seal is not that of its own row";
        report.faults.push(fault(&run_id, "run_seals", "", what));
    }
    if chain::at(session, sealed.batch).await? != sealed.chain {
        let what = format!("the figures it could see end with batch {}, whose chain is another now", sealed.batch);
        report.faults.push(fault(&run_id, "run_seals", "", what));
    }
    report.runs += 1;
    report.pruned += u64::from(pruned);
    let mut changed = Vec::new();
    for &(table, columns) in SEALED {
        if pruned && PRUNED.contains(&table) {
            continue;
        }
        match rows_of(session, (table, columns), &run_id).await {
            // A prune may leave the state, and then it is the one that was sealed.
            Ok(rows) if pruned && table == "run_states" && rows.is_empty() => {}
            Ok(rows) => {
                report.rows += rows.len() as u64;
                if sealed.tables.get(table) != Some(&canonical::digest(&rows)) {
                    changed.push((table, columns, rows));
                }
            }
            Err(StoreError::Unreachable { database, why }) => return Err(StoreError::Unreachable { database, why }),
            Err(error) => report.faults.push(fault(&run_id, table, "", error.to_string())),
        }
    }
    if !changed.is_empty() {
        locate(session, &run_id, &changed, report).await;
    }
    Ok(())
}

/// A table whose rows are not those that were sealed.
type Changed<'c> = (&'c str, &'c str, Vec<Row>);

/// Finds the rows that changed: the record tells what the other tables must hold, and they tell on the record.
async fn locate(session: &mut Session<'_>, run_id: &str, changed: &[Changed<'_>], report: &mut AuditReport) {
    let is_changed = |table: &str| changed.iter().any(|(name, ..)| *name == table);
    let document = rows_of(session, ("run_documents", "document"), run_id).await;
    let document = document.ok().and_then(|rows| rows.first()?.text(0).ok());
    let record: Option<RunRecord> = document.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let expected = record.as_ref().and_then(|record| outputs::of(record).ok()).unwrap_or_default();
    for (table, columns, rows) in changed {
        let known = expected.iter().find(|rows| rows.table == *table);
        let faults = match (*table, known) {
            ("run_documents", _) => vec![(String::new(), document_fault(document.as_deref(), record.as_ref()))],
            ("run_states", _) => vec![(String::new(), state_fault(rows, record.as_ref()))],
            (_, Some(known)) if !is_changed("run_documents") => row_faults(known, rows),
            _ => Vec::new(),
        };
        if faults.is_empty() {
            let what = format!("its {} rows are not those that were sealed ({columns})", rows.len());
            report.faults.push(fault(run_id, table, "", what));
        }
        report.faults.extend(faults.into_iter().map(|(row, what)| fault(run_id, table, &row, what)));
    }
}

fn document_fault(text: Option<&str>, record: Option<&RunRecord>) -> String {
    match (text, record) {
        (None, _) => "the record is missing".to_owned(),
        (Some(_), None) => "the record does not read any more".to_owned(),
        (Some(_), Some(record)) => {
            let steps = pipeline_core::compute::changed_steps(record);
            if steps.is_empty() {
                return "the record is not the one that was sealed; what its steps decided agrees with their digests"
                    .to_owned();
            }
            format!("the record is not the one that was sealed: changed in step {}", steps.join(", "))
        }
    }
}

fn state_fault(rows: &[Row], record: Option<&RunRecord>) -> String {
    let stored = rows.first().and_then(|row| row.text(1).ok());
    let Some(stored) = stored else { return "the state it left is missing".to_owned() };
    let Ok(stored) = serde_json::from_str::<serde_json::Value>(&stored) else {
        return "the state it left does not read any more".to_owned();
    };
    let expected = record.and_then(|record| serde_json::to_value(record.next_state()?).ok());
    let differs = expected.as_ref().and_then(|expected| {
        expected.as_object()?.iter().find(|(field, value)| stored.get(*field) != Some(*value)).map(|(field, _)| field)
    });
    match differs {
        Some(field) => format!("the state it left is not the one that was sealed: {field} differs from the record"),
        None => "the state it left is not the one that was sealed".to_owned(),
    }
}

/// Rows that differ from what the record says, by key.
fn row_faults(known: &OutputRows, found: &[Row]) -> Vec<(String, String)> {
    let names: Vec<&str> = known.columns.split(", ").collect();
    let key_of = |cells: &[Cell]| -> String {
        let parts = names.iter().zip(cells).take(known.keys).skip(1);
        parts.map(|(name, cell)| format!("{name}={}", plain(cell))).collect::<Vec<_>>().join(" ")
    };
    let expected: BTreeMap<String, Vec<Cell>> = known
        .rows
        .iter()
        .map(|row| row.iter().map(cell_of).collect::<Vec<_>>())
        .map(|cells| (key_of(&cells), cells))
        .collect();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for row in found {
        let key = key_of(&row.cells);
        match expected.get(&key) {
            None => faults.push((key.clone(), "the run's record has no such row".to_owned())),
            Some(cells) => {
                let differing = names.iter().zip(cells.iter().zip(&row.cells)).filter(|(_, (was, is))| was != is);
                faults.extend(differing.map(|(name, (was, is))| {
                    (key.clone(), format!("column {name} is {is}, and the run's record says {was}"))
                }));
            }
        }
        seen.insert(key);
    }
    let missing = expected.keys().filter(|key| !seen.contains(*key));
    faults.extend(missing.map(|key| (key.clone(), "the row is missing".to_owned())));
    faults
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as it reads back.
fn cell_of(value: &Value) -> Cell {
    match value {
        Value::Text(Some(text)) => Cell::Text(text.clone()),
        Value::Integer(Some(integer)) => Cell::Integer(*integer),
        Value::Real(Some(real)) => Cell::Real(real + 0.0),
        Value::Bytes(bytes) => Cell::Bytes(bytes.clone()),
        Value::Text(None) | Value::Integer(None) | Value::Real(None) => Cell::Null,
    }
}

/// Configurations and calendars must be what their digests say, and there.
async fn audit_documents(session: &mut Session<'_>, desk: &str, report: &mut AuditReport) -> Result<(), StoreError> {
    let kept = session.rows("SELECT digest, kind, document FROM kept_documents", &[]).await?;
    let mut whole = BTreeSet::new();
    for row in &kept {
        let (digest, kind) = (row.text(0)?, row.text(1)?);
        match row.text(2) {
            Ok(text) if pipeline_core::digest::of_text(&text) == digest => drop(whole.insert(digest)),
            _ => {
                let what = format!("this {kind} is not the text that its digest says");
                report.faults.push(fault(&kind, "kept_documents", &format!("digest={digest}"), what));
                whole.insert(digest);
            }
        }
    }
    let named = "SELECT run_id, config_digest, calendar_digest FROM pipeline_runs \
         WHERE desk = $1 AND calendar_digest IS NOT NULL";
    for row in session.rows(named, values![desk]).await? {
        for column in [1, 2] {
            let digest = row.text(column)?;
            if !whole.contains(&digest) {
                let what = "a document it names is missing";
                report.faults.push(fault(&row.text(0)?, "kept_documents", &format!("digest={digest}"), what));
            }
        }
    }
    Ok(())
}
