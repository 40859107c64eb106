//! The parts of a run's record that SQL can ask for: one table each. The document stays the record; these repeat it.

use std::collections::BTreeMap;

use pipeline_core::ports::StoreError;
use pipeline_core::record::RunRecord;
use sqlx::QueryBuilder;
use sqlx::sqlite::SqliteConnection;

use crate::runs::{HeaderFigures, text_of};
use crate::sqlite::SqliteStore;

/// Name of the whole book among the strategies of `run_weights`.
const BOOK: &str = "";

impl HeaderFigures {
    pub(crate) fn of(record: &RunRecord) -> Self {
        let risk = record.outcome.risk.as_ref();
        Self {
            regime: record.outcome.regime.as_ref().and_then(|regime| text_of(&regime.label).ok()),
            leverage: risk.map(|risk| risk.leverage()),
            var_95: risk.and_then(|risk| risk.var_95()),
            risk_level: risk.and_then(|risk| text_of(&risk.level).ok()),
        }
    }
}

/// A cell of a child table.
enum Cell {
    Text(String),
    MaybeText(Option<String>),
    Number(f64),
    MaybeNumber(Option<f64>),
    Integer(i64),
}

impl SqliteStore {
    /// Writes the child tables of a run inside the caller's transaction.
    pub(crate) async fn insert_outputs(
        &self,
        connection: &mut SqliteConnection,
        record: &RunRecord,
    ) -> Result<(), StoreError> {
        let tables = [
            ("run_steps (run_id, position, name, status, seconds, detail, findings, digest)", steps(record)),
            ("run_signals (run_id, signal, agent, subject, value, unit, score, confidence)", signals(record)),
            (
                "run_positions (run_id, strategy, package, position, instrument, direction, ratio, size, confidence, \
                 entry_date)",
                positions(record),
            ),
            ("run_weights (run_id, strategy, instrument, weight)", weights(record)),
            ("run_trades (run_id, instrument, from_weight, to_weight, notional, cost)", trades(record)),
            ("run_limits (run_id, name, limit_value, value, utilisation, status, subject, reason)", limits(record)),
            ("run_stress (run_id, scenario, pnl, unpriced)", stress(record)),
        ];
        for (table, rows) in tables {
            let rows = rows.map_err(|why| self.other(format!("run {}: {why}", record.header.run_id)))?;
            for row in rows {
                let mut insert = QueryBuilder::new(format!("INSERT INTO {table} VALUES ("));
                let mut values = insert.separated(", ");
                values.push_bind(record.header.run_id.as_str());
                for cell in row {
                    match cell {
                        Cell::Text(text) => values.push_bind(text),
                        Cell::MaybeText(text) => values.push_bind(text),
                        Cell::Number(number) => values.push_bind(number),
                        Cell::MaybeNumber(number) => values.push_bind(number),
                        Cell::Integer(integer) => values.push_bind(integer),
                    };
                }
                insert.push(")");
                insert.build().execute(&mut *connection).await.map_err(|e| self.sql(e))?;
            }
        }
        Ok(())
    }
}

type Rows = Result<Vec<Vec<Cell>>, String>;

fn json(value: &impl serde::Serialize) -> Result<Cell, String> {
    serde_json::to_string(value).map(Cell::Text).map_err(|error| error.to_string())
}

fn name(value: &impl serde::Serialize) -> Result<Cell, String> {
    text_of(value).map(Cell::Text)
}

fn text(value: impl ToString) -> Cell {
    Cell::Text(value.to_string())
}

fn steps(record: &RunRecord) -> Rows {
    let row = |(position, step): (usize, &pipeline_core::record::StepRecord)| {
        let outcome = &step.outcome;
        Ok(vec![
            Cell::Integer(position as i64),
            name(&outcome.name)?,
            name(&outcome.status)?,
            Cell::Number(step.seconds),
            text(&outcome.detail),
            json(&outcome.findings)?,
            Cell::MaybeText(record.step_digests.get(outcome.name.as_str()).cloned()),
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
            Cell::Number(signal.value),
            text(&signal.unit),
            Cell::Number(signal.score),
            Cell::Number(signal.confidence),
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
                Cell::Integer(position as i64),
                text(&leg.instrument),
                name(&held.direction)?,
                Cell::Number(leg.ratio),
                Cell::Number(held.size),
                Cell::Number(held.confidence),
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
    Ok(book.chain(split).map(|(strategy, id, weight)| vec![text(strategy), text(id), Cell::Number(weight)]).collect())
}

fn trades(record: &RunRecord) -> Rows {
    let trades = record.outcome.allocation.iter().flat_map(|allocation| &allocation.trades);
    // Decimals as text: no database rounds them.
    let mut rows = Vec::new();
    for trade in trades {
        rows.push(vec![
            text(&trade.instrument),
            Cell::Number(trade.from),
            Cell::Number(trade.to),
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
            Cell::Number(check.limit),
            Cell::MaybeNumber(check.value),
            Cell::MaybeNumber(check.utilisation),
            name(&check.status)?,
            Cell::MaybeText(check.subject.clone()),
            text(&check.reason),
        ]);
    }
    Ok(rows)
}

fn stress(record: &RunRecord) -> Rows {
    let Some(risk) = &record.outcome.risk else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for result in &risk.stress {
        rows.push(vec![text(&result.scenario), Cell::MaybeNumber(result.pnl), json(&result.unpriced)?]);
    }
    Ok(rows)
}
