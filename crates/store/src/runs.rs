//! Runs: the header before the first step, everything else in one transaction at the end, and reading them back.

use chrono::NaiveDate;
use pipeline_core::ports::{PreviousRun, StoreError};
use pipeline_core::record::{RunHeader, RunRecord, RunStatus, RunSummary};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::clock::{date, days, instant, micros};
use crate::sqlite::SqliteStore;

/// Longest list of runs one call gives.
const MOST_RUNS: usize = 100_000;

impl SqliteStore {
    pub(crate) async fn begin(&self, header: &RunHeader) -> Result<(), StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection).await?;
        self.take_lease(&mut transaction, &header.desk, &header.owner, &header.run_id, header.started_at).await?;
        // The lease is ours: whatever else of this desk says RUNNING was killed.
        sqlx::query("UPDATE pipeline_runs SET status = $1 WHERE desk = $2 AND status = $3")
            .bind(RunStatus::Abandoned.as_str())
            .bind(&header.desk)
            .bind(RunStatus::Running.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.sql(e))?;
        self.insert_header(&mut transaction, header).await?;
        transaction.commit().await.map_err(|e| self.sql(e))
    }

    async fn insert_header(&self, connection: &mut SqliteConnection, header: &RunHeader) -> Result<(), StoreError> {
        let mode = text_of(&header.mode).map_err(|why| self.other(why))?;
        sqlx::query(
            "INSERT INTO pipeline_runs (run_id, desk, run_date, attempt, mode, status, published_cut, recorded_cut, \
             started_at, owner, code_version, config_digest, previous_run, simulated) VALUES ($1, $2, $3, \
             (SELECT COALESCE(MAX(attempt), 0) + 1 FROM pipeline_runs WHERE desk = $2 AND run_date = $3), \
             $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&header.run_id)
        .bind(&header.desk)
        .bind(days(header.run_date))
        .bind(mode)
        .bind(RunStatus::Running.as_str())
        .bind(micros(header.cut.published))
        .bind(micros(header.cut.recorded))
        .bind(micros(header.started_at))
        .bind(&header.owner)
        .bind(&header.code_version)
        .bind(&header.config_digest)
        .bind(&header.previous_run)
        .bind(i32::from(header.simulated))
        .execute(connection)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    pub(crate) async fn commit(&self, record: &RunRecord) -> Result<(), StoreError> {
        let header = &record.header;
        let document = serde_json::to_string(record).map_err(|e| self.other(format!("run record: {e}")))?;
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection).await?;
        let status: Option<String> =
            sqlx::query_scalar("SELECT status FROM pipeline_runs WHERE run_id = $1 AND desk = $2")
                .bind(&header.run_id)
                .bind(&header.desk)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(|e| self.sql(e))?;
        match status.as_deref() {
            Some(status) if status == RunStatus::Running.as_str() => {}
            Some(status) => {
                let why = format!(
                    "run {} is {status} already: another start took the desk over, or it is filed twice",
                    header.run_id
                );
                return Err(self.other(why));
            }
            None => return Err(self.other(format!("run {} was never begun", header.run_id))),
        }
        let figures = HeaderFigures::of(record);
        sqlx::query(
            "UPDATE pipeline_runs SET status = $2, exit_code = $3, finished_at = $4, data_digest = $5, digest = $6, \
             simulated = $7, signal_count = $8, position_count = $9, regime = $10, leverage = $11, var_95 = $12, \
             risk_level = $13 WHERE run_id = $1",
        )
        .bind(&header.run_id)
        .bind(record.status.as_str())
        .bind(i32::from(record.exit_code))
        .bind(micros(record.finished_at))
        .bind(&record.data_digest)
        .bind(&record.digest)
        .bind(i32::from(header.simulated))
        .bind(record.signal_count() as i64)
        .bind(record.position_count() as i64)
        .bind(figures.regime)
        .bind(figures.leverage)
        .bind(figures.var_95)
        .bind(figures.risk_level)
        .execute(&mut *transaction)
        .await
        .map_err(|e| self.sql(e))?;
        sqlx::query("INSERT INTO run_documents (run_id, document) VALUES ($1, $2)")
            .bind(&header.run_id)
            .bind(document)
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.sql(e))?;
        if let Some(state) = record.next_state() {
            let state = serde_json::to_string(state).map_err(|e| self.other(format!("desk state: {e}")))?;
            sqlx::query("INSERT INTO run_states (run_id, state) VALUES ($1, $2)")
                .bind(&header.run_id)
                .bind(state)
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.sql(e))?;
        }
        self.insert_outputs(&mut transaction, record).await?;
        self.release_lease(&mut transaction, &header.desk, &header.run_id).await?;
        transaction.commit().await.map_err(|e| self.sql(e))
    }

    pub(crate) async fn previous(&self, desk: &str, before: NaiveDate) -> Result<Option<PreviousRun>, StoreError> {
        let mut connection = self.connection().await;
        let row = sqlx::query(
            "SELECT r.run_id, r.run_date, s.state, r.digest FROM pipeline_runs r JOIN run_states s ON s.run_id = r.run_id \
             WHERE r.desk = $1 AND r.run_date < $2 AND r.status IN ($3, $4) \
             ORDER BY r.run_date DESC, r.attempt DESC LIMIT 1",
        )
        .bind(desk)
        .bind(days(before))
        .bind(RunStatus::Success.as_str())
        .bind(RunStatus::Degraded.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(|e| self.sql(e))?;
        let Some(row) = row else { return Ok(None) };
        let run_id: String = row.try_get(0).map_err(|e| self.sql(e))?;
        let state: String = row.try_get(2).map_err(|e| self.sql(e))?;
        let state = serde_json::from_str(&state)
            .map_err(|e| self.corrupt(format!("the state that run {run_id} left does not read: {e}")))?;
        Ok(Some(PreviousRun {
            run_date: self.run_date(&row, 1)?,
            run_id,
            state,
            digest: row.try_get::<Option<String>, _>(3).map_err(|e| self.sql(e))?.unwrap_or_default(),
        }))
    }

    pub(crate) async fn list(&self, desk: &str, limit: usize) -> Result<Vec<RunSummary>, StoreError> {
        let mut connection = self.connection().await;
        let rows = sqlx::query(
            "SELECT run_id, run_date, status, started_at, digest, signal_count, position_count, simulated \
             FROM pipeline_runs WHERE desk = $1 ORDER BY started_at DESC, run_id DESC LIMIT $2",
        )
        .bind(desk)
        .bind(limit.min(MOST_RUNS) as i64)
        .fetch_all(&mut *connection)
        .await
        .map_err(|e| self.sql(e))?;
        rows.iter().map(|row| self.summary(row)).collect()
    }

    fn summary(&self, row: &SqliteRow) -> Result<RunSummary, StoreError> {
        let sql = |e: sqlx::Error| self.sql(e);
        let status: String = row.try_get(2).map_err(sql)?;
        let started_at: i64 = row.try_get(3).map_err(sql)?;
        let count = |column: usize| row.try_get::<Option<i64>, _>(column).map(|n| n.unwrap_or(0) as u64).map_err(sql);
        Ok(RunSummary {
            run_id: row.try_get(0).map_err(sql)?,
            run_date: self.run_date(row, 1)?,
            status: serde_json::from_value(serde_json::Value::String(status))
                .map_err(|e| self.corrupt(format!("status of a run: {e}")))?,
            started_at: instant(started_at).ok_or_else(|| self.corrupt("start of a run out of range"))?,
            digest: row.try_get(4).map_err(sql)?,
            finished_at: None,
            attempt: 0,
            exit_code: None,
            code_version: String::new(),
            previous_run: None,
            pruned: false,
            signal_count: count(5)?,
            position_count: count(6)?,
            simulated: row.try_get::<i64, _>(7).map_err(sql)? != 0,
        })
    }

    fn run_date(&self, row: &SqliteRow, column: usize) -> Result<NaiveDate, StoreError> {
        let days: i64 = row.try_get(column).map_err(|e| self.sql(e))?;
        date(days).ok_or_else(|| self.corrupt("date of a run out of range"))
    }

    pub(crate) async fn find(&self, desk: &str, id_prefix: &str) -> Result<Option<RunRecord>, StoreError> {
        let mut connection = self.connection().await;
        // The prefix is compared, not matched: it may hold any character.
        let found: Vec<(String, Option<String>)> = sqlx::query_as(
            "SELECT r.run_id, d.document FROM pipeline_runs r LEFT JOIN run_documents d ON d.run_id = r.run_id \
             WHERE r.desk = $1 AND (r.run_id = $2 OR substr(r.run_id, 1, length($2)) = $2) \
             ORDER BY CASE WHEN r.run_id = $2 THEN 0 ELSE 1 END, r.run_id LIMIT 2",
        )
        .bind(desk)
        .bind(id_prefix)
        .fetch_all(&mut *connection)
        .await
        .map_err(|e| self.sql(e))?;
        let (run_id, document) = match found.as_slice() {
            [] => return Ok(None),
            [first, ..] if first.0 == id_prefix => first,
            [only] => only,
            [first, second, ..] => {
                let why = format!(
                    "{id_prefix} begins more than one run id ({}, {}, ...): give more of it",
                    first.0, second.0
                );
                return Err(self.other(why));
            }
        };
        let Some(document) = document else {
            // RUNNING or ABANDONED: the run left nothing but its header.
            return Ok(None);
        };
        let record = serde_json::from_str(document)
            .map_err(|e| self.corrupt(format!("the record of run {run_id} does not read: {e}")))?;
        Ok(Some(record))
    }
}

/// Figures of the run row that repeat the document.
pub(crate) struct HeaderFigures {
    pub(crate) regime: Option<String>,
    pub(crate) leverage: Option<f64>,
    pub(crate) var_95: Option<f64>,
    pub(crate) risk_level: Option<String>,
}

/// The text of an enum that serialises as a string.
pub(crate) fn text_of<T: serde::Serialize>(value: &T) -> Result<String, String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        Ok(other) => Err(format!("{other} is not a text")),
        Err(error) => Err(error.to_string()),
    }
}
