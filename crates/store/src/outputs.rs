//! The parts of a run's record that SQL can ask for: one table each. The document stays the record; these repeat it.

use std::collections::BTreeMap;

use pipeline_core::ports::StoreError;
use pipeline_core::record::RunRecord;

use crate::runs::{HeaderFigures, text_of};
use crate::session::Session;
use crate::value::{Value, count};

/// Rows of one INSERT.
const ROWS_AN_INSERT: usize = 100;

/// Name of the whole book among the strategies of `run_weights`.
const BOOK: &str = "";

impl HeaderFigures {
    pub(crate) fn of(record: &RunRecord) -> Result<Self, String> {
        let risk = record.outcome.risk.as_ref();
        Ok(Self {
            regime: record.outcome.regime.as_ref().map(|regime| text_of(&regime.label)).transpose()?,
            leverage: risk.map(|risk| risk.leverage()),
            var_95: risk.and_then(|risk| risk.var_95()),
            risk_level: risk.map(|risk| text_of(&risk.level)).transpose()?,
        })
    }
}

/// A table that repeats parts of the record, and its rows of one run, in the order of its columns.
pub(crate) struct OutputRows {
    pub(crate) table: &'static str,
    /// Columns as a list for SQL; the first is the run's id.
    pub(crate) columns: &'static str,
    /// How many of the columns are the row's key.
    pub(crate) keys: usize,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// What each table holds of a run.
pub(crate) fn of(record: &RunRecord) -> Result<Vec<OutputRows>, String> {
    let tables: [(&str, &str, usize, Rows); 7] = [
        ("run_steps", "run_id, position, name, status, seconds, detail, findings, digest", 2, steps(record)),
        ("run_signals", "run_id, signal, agent, subject, value, unit, score, confidence", 2, signals(record)),
        (
            "run_positions",
            "run_id, strategy, package, position, instrument, direction, ratio, size, confidence, entry_date",
            4,
            positions(record),
        ),
        ("run_weights", "run_id, strategy, instrument, weight", 3, weights(record)),
        ("run_trades", "run_id, instrument, from_weight, to_weight, notional, cost", 2, trades(record)),
        ("run_limits", "run_id, name, limit_value, value, utilisation, status, subject, reason", 2, limits(record)),
        ("run_stress", "run_id, scenario, pnl, unpriced", 2, stress(record)),
    ];
    let run_id = Value::from(&record.header.run_id);
    tables
        .into_iter()
        .map(|(table, columns, keys, rows)| {
            let mut rows = rows.map_err(|why| format!("run {}: {table}: {why}", record.header.run_id))?;
            rows.iter_mut().for_each(|row| row.insert(0, run_id.clone()));
            Ok(OutputRows { table, columns, keys, rows })
        })
        .collect()
}

/// Writes them inside the caller's transaction.
pub(crate) async fn insert(session: &mut Session<'_>, record: &RunRecord) -> Result<(), StoreError> {
    for OutputRows { table, columns, rows, .. } in of(record).map_err(|why| session.other(why))? {
        for chunk in rows.chunks(ROWS_AN_INSERT) {
            let mut place = 0;
            let tuples: Vec<String> = chunk
                .iter()
                .map(|row| {
                    let places: Vec<String> = row
                        .iter()
                        .map(|_| {
                            place += 1;
                            format!("${place}")
                        })
                        .collect();
                    format!("({})", places.join(", "))
                })
                .collect();
            let sql = format!("INSERT INTO {table} ({columns}) VALUES {}", tuples.join(", "));
            session.execute(&sql, &chunk.concat()).await?;
        }
    }
    Ok(())
}

type Rows = Result<Vec<Vec<Value>>, String>;

fn json(value: &impl serde::Serialize) -> Result<Value, String> {
    serde_json::to_string(value).map(Value::from).map_err(|error| error.to_string())
}

fn name(value: &impl serde::Serialize) -> Result<Value, String> {
    text_of(value).map(Value::from)
}

fn text(value: impl ToString) -> Value {
    Value::from(value.to_string())
}

fn steps(record: &RunRecord) -> Rows {
    let row = |(position, step): (usize, &pipeline_core::record::StepRecord)| {
        let outcome = &step.outcome;
        Ok(vec![
            Value::from(count(position as u64)),
            name(&outcome.name)?,
            name(&outcome.status)?,
            Value::from(step.seconds),
            text(&outcome.detail),
            json(&outcome.findings)?,
            Value::from(record.step_digests.get(outcome.name.as_str()).cloned()),
        ])
    };
    record.steps.iter().enumerate().map(row).collect()
}

fn signals(record: &RunRecord) -> Rows {
    let reports = record.outcome.agents.iter().filter_map(|entry| entry.report.as_ref());
    // One id twice would be an agent's defect; the document has both, the table the last.
    let mut by_id = BTreeMap::new();
    for signal in reports.flat_map(|report| &report.signals) {
        by_id.insert(signal.id.as_str(), signal);
    }
    let mut rows = Vec::new();
    for signal in by_id.into_values() {
        rows.push(vec![
            text(&signal.id),
            name(&signal.agent)?,
            text(&signal.subject),
            Value::from(signal.value),
            text(&signal.unit),
            Value::from(signal.score),
            Value::from(signal.confidence),
        ]);
    }
    Ok(rows)
}

fn positions(record: &RunRecord) -> Rows {
    let reports = record.outcome.strategies.iter().filter_map(|entry| entry.report.as_ref());
    let mut rows = Vec::new();
    for held in reports.flat_map(|report| &report.positions) {
        for (position, leg) in held.legs.iter().enumerate() {
            rows.push(vec![
                text(&held.strategy),
                text(&held.package),
                Value::from(count(position as u64)),
                text(&leg.instrument),
                name(&held.direction)?,
                Value::from(leg.ratio),
                Value::from(held.size),
                Value::from(held.confidence),
                text(held.entry_date),
            ]);
        }
    }
    Ok(rows)
}

fn weights(record: &RunRecord) -> Rows {
    let outcome = &record.outcome;
    let book = outcome.weights.iter().map(|(id, weight)| (BOOK.to_owned(), id, *weight));
    let split = outcome
        .by_strategy
        .iter()
        .flat_map(|(strategy, weights)| weights.iter().map(move |(id, weight)| (strategy.to_string(), id, *weight)));
    Ok(book.chain(split).map(|(strategy, id, weight)| vec![text(strategy), text(id), Value::from(weight)]).collect())
}

fn trades(record: &RunRecord) -> Rows {
    let trades = record.outcome.allocation.iter().flat_map(|allocation| &allocation.trades);
    // Decimals as text: no database rounds them.
    let mut rows = Vec::new();
    for trade in trades {
        rows.push(vec![
            text(&trade.instrument),
            Value::from(trade.from),
            Value::from(trade.to),
            text(trade.notional),
            text(trade.cost),
        ]);
    }
    Ok(rows)
}

fn limits(record: &RunRecord) -> Rows {
    let Some(risk) = &record.outcome.risk else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for check in &risk.limits {
        rows.push(vec![
            text(check.name.as_str()),
            Value::from(check.limit),
            Value::from(check.value),
            Value::from(check.utilisation),
            name(&check.status)?,
            Value::from(check.subject.clone()),
            text(&check.reason),
        ]);
    }
    Ok(rows)
}

fn stress(record: &RunRecord) -> Rows {
    let Some(risk) = &record.outcome.risk else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for result in &risk.stress {
        rows.push(vec![text(&result.scenario), Value::from(result.pnl), json(&result.unpriced)?]);
    }
    Ok(rows)
}
