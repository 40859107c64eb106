//! Seals: each filed run commits to every row it left, to the figures it could see, and to the run its desk filed before.
//!
//! A seal is BLAKE3 over the desk, the run's place in the desk's order, its id, a digest of each table's rows of the run,
//! the chain of batches at filing, and the seal before it. It is computed from the rows as they are in the database: when
//! the run is filed, and again by every audit.

use std::collections::BTreeMap;

use pipeline_core::ports::StoreError;

use crate::session::Session;
use crate::value::{Row, values};
use crate::{canonical, chain};

/// The tables of a run and the columns that are sealed. A later migration may add columns: they are not in this list.
pub const SEALED: &[(&str, &str)] = &[
    (
        "pipeline_runs",
        "run_id, desk, run_date, attempt, mode, status, exit_code, published_cut, recorded_cut, started_at, finished_at, \
         owner, code_version, config_digest, calendar_digest, data_digest, digest, previous_run, previous_digest, \
         simulated, signal_count, position_count, regime, leverage, var_95, risk_level",
    ),
    ("run_documents", "run_id, document"),
    ("run_states", "run_id, state"),
    ("run_steps", "run_id, position, name, status, seconds, detail, findings, digest"),
    ("run_signals", "run_id, signal, agent, subject, value, unit, score, confidence"),
    (
        "run_positions",
        "run_id, strategy, package, position, instrument, direction, ratio, size, confidence, entry_date",
    ),
    ("run_weights", "run_id, strategy, instrument, weight"),
    ("run_trades", "run_id, instrument, from_weight, to_weight, notional, cost"),
    ("run_limits", "run_id, name, limit_value, value, utilisation, status, subject, reason"),
    ("run_stress", "run_id, scenario, pnl, unpriced"),
];

/// Tables whose rows a prune removes.
pub(crate) const PRUNED: &[&str] = &[
    "run_documents",
    "run_steps",
    "run_signals",
    "run_positions",
    "run_weights",
    "run_trades",
    "run_limits",
    "run_stress",
];

/// Everything a seal is taken of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sealed {
    pub(crate) desk: String,
    pub(crate) sequence: i64,
    pub(crate) run_id: String,
    pub(crate) previous: String,
    pub(crate) batch: i64,
    pub(crate) chain: String,
    /// Digest of the rows of each table, by the table's name.
    pub(crate) tables: BTreeMap<String, String>,
}

impl Sealed {
    pub(crate) fn seal(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(|(table, digest)| format!("{table}={digest}")).collect();
        let Self { desk, sequence, run_id, previous, batch, chain, .. } = self;
        let text = format!(
            "{}:{desk}\n{sequence}\n{run_id}\n{previous}\n{batch} {chain}\n{}\n",
            desk.len(),
            tables.join("\n")
        );
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

/// The rows of one table of a run.
pub(crate) async fn rows_of(
    session: &mut Session<'_>,
    (table, columns): (&str, &str),
    run_id: &str,
) -> Result<Vec<Row>, StoreError> {
    session.rows(&format!("SELECT {columns} FROM {table} WHERE run_id = $1"), values![run_id]).await
}

/// Seals a run at the end of its desk's chain, inside the transaction that files it.
pub(crate) async fn set(session: &mut Session<'_>, desk: &str, run_id: &str) -> Result<(), StoreError> {
    let head = session.row("SELECT sequence, seal FROM desk_heads WHERE desk = $1", values![desk]).await?;
    let (sequence, previous) = match head {
        Some(head) => (head.integer(0)? + 1, head.text(1)?),
        None => (1, String::new()),
    };
    let (batch, chain) = chain::head(session).await?;
    let mut tables = BTreeMap::new();
    for &(table, columns) in SEALED {
        let rows = rows_of(session, (table, columns), run_id).await?;
        tables.insert(table.to_owned(), canonical::digest(&rows));
    }
    let (desk, run_id) = (desk.to_owned(), run_id.to_owned());
    let sealed = Sealed { desk, sequence, run_id, previous, batch, chain, tables };
    let seal = sealed.seal();
    let digests = serde_json::to_string(&sealed.tables).map_err(|e| session.other(e.to_string()))?;
    let sql = "INSERT INTO run_seals (desk, sequence, run_id, previous_seal, batch_key, figures_chain, table_digests, seal) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let Sealed { desk, run_id, previous, chain, .. } = &sealed;
    session.execute(sql, values![desk, sequence, run_id, previous, batch, chain, digests, &seal]).await?;
    let sql = "INSERT INTO desk_heads (desk, sequence, seal) VALUES ($1, $2, $3) \
         ON CONFLICT (desk) DO UPDATE SET sequence = excluded.sequence, seal = excluded.seal";
    session.execute(sql, values![desk, sequence, seal]).await?;
    Ok(())
}
