//! Runs: the header before the first step, everything else in one transaction at the end, and reading them back.

use chrono::{DateTime, NaiveDate, Utc};
use pipeline_core::ports::{Begun, KeptDocument, PreviousRun, StoreError};
use pipeline_core::record::{RunHeader, RunRecord, RunStatus, RunSummary};
use pipeline_core::state::DeskState;

use crate::clock::{date, days, instant, micros};
use crate::lease::{self, Term};
use crate::session::Session;
use crate::store::{SqlStore, Writes};
use crate::value::{Row, count, values};
use crate::{documents, fault, outputs, seal};

/// Longest list of runs one call gives.
const MOST_RUNS: usize = 100_000;

impl SqlStore {
    pub(crate) async fn begin_one(&self, header: &RunHeader, documents: &[KeptDocument]) -> Result<Begun, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let mut session = transaction.session();
        let term = Term::Run(&header.run_id);
        let took_over = lease::take(&mut session, &header.desk, &header.owner, term, header.started_at).await?;
        let abandoned = abandon_running(&mut session, &header.desk).await?;
        refuse_unless_newest(&mut session, header).await?;
        documents::keep(&mut session, documents).await?;
        let attempt = insert_header(&mut session, header).await?;
        fault::point("begin_run.before");
        transaction.commit().await?;
        fault::point("begin_run.after");
        Ok(Begun { attempt, took_over, abandoned })
    }

    pub(crate) async fn commit_one(&self, record: &RunRecord) -> Result<(), StoreError> {
        let header = &record.header;
        let document = serde_json::to_string(record).map_err(|e| self.other(format!("run record: {e}")))?;
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let mut session = transaction.session();
        refuse_unless_running(&mut session, header).await?;
        lease::refuse_unless_ours(&mut session, header).await?;
        update_header(&mut session, record).await?;
        let sql = "INSERT INTO run_documents (run_id, document) VALUES ($1, $2)";
        session.execute(sql, values![&header.run_id, document]).await?;
        if let Some(state) = record.next_state() {
            let state = serde_json::to_string(state).map_err(|e| self.other(format!("desk state: {e}")))?;
            let sql = "INSERT INTO run_states (run_id, state) VALUES ($1, $2)";
            session.execute(sql, values![&header.run_id, state]).await?;
        }
        fault::point("commit_run.middle");
        outputs::insert(&mut session, record).await?;
        seal::set(&mut session, &header.desk, &header.run_id).await?;
        lease::end_run(&mut session, &header.desk, &header.run_id).await?;
        fault::point("commit_run.before");
        transaction.commit().await?;
        fault::point("commit_run.after");
        Ok(())
    }

    pub(crate) async fn abandon_one(&self, desk: &str, run_id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let mut session = transaction.session();
        let sql = "UPDATE pipeline_runs SET status = $4, finished_at = $5 \
             WHERE desk = $1 AND run_id = $2 AND status = $3";
        let (running, abandoned) = (RunStatus::Running.as_str(), RunStatus::Abandoned.as_str());
        let row = values![desk, run_id, running, abandoned, micros(now)];
        let changed = session.execute(sql, row).await?;
        lease::end_run(&mut session, desk, run_id).await?;
        transaction.commit().await?;
        Ok(changed == 1)
    }

    pub(crate) async fn previous(&self, desk: &str, before: NaiveDate) -> Result<Option<PreviousRun>, StoreError> {
        let mut connection = self.connection().await;
        let Some(row) = official_before(&mut connection.session(&self.database), desk, before).await? else {
            return Ok(None);
        };
        let (run_id, run_date) = (row.text(0)?, self.run_date(&row, 1)?);
        let Some(state) = row.maybe_text(3)? else {
            return Err(self.other(format!(
                "run {run_id} of {run_date} is the one that a run of {before} starts from, and the state it left was \
                 pruned or is missing"
            )));
        };
        let state = self.state_of(&run_id, &state)?;
        let digest =
            row.maybe_text(2)?.ok_or_else(|| self.corrupt(format!("run {run_id} is filed without a digest")))?;
        Ok(Some(PreviousRun { run_date, run_id, digest, state }))
    }

    pub(crate) async fn state_left(&self, desk: &str, run_id: &str) -> Result<Option<DeskState>, StoreError> {
        let sql = "SELECT s.state FROM run_states s JOIN pipeline_runs r ON r.run_id = s.run_id \
             WHERE r.desk = $1 AND r.run_id = $2";
        let row = self.connection().await.session(&self.database).row(sql, values![desk, run_id]).await?;
        row.map(|row| self.state_of(run_id, &row.text(0)?)).transpose()
    }

    fn state_of(&self, run_id: &str, text: &str) -> Result<DeskState, StoreError> {
        serde_json::from_str(text)
            .map_err(|e| self.corrupt(format!("the state that run {run_id} left does not read: {e}")))
    }

    pub(crate) async fn list(&self, desk: &str, limit: usize) -> Result<Vec<RunSummary>, StoreError> {
        let sql = "SELECT r.run_id, r.run_date, r.status, r.started_at, r.finished_at, r.attempt, r.exit_code, \
             r.code_version, r.previous_run, r.digest, r.signal_count, r.position_count, r.simulated, d.run_id, \
             s.run_id, s.pruned_at FROM pipeline_runs r LEFT JOIN run_documents d ON d.run_id = r.run_id \
             LEFT JOIN run_seals s ON s.run_id = r.run_id WHERE r.desk = $1 ORDER BY r.started_at DESC, r.run_date DESC, r.attempt DESC LIMIT $2";
        let most = count(limit.min(MOST_RUNS) as u64);
        let rows = self.connection().await.session(&self.database).rows(sql, values![desk, most]).await?;
        rows.iter().map(|row| self.summary(row)).collect()
    }

    fn summary(&self, row: &Row) -> Result<RunSummary, StoreError> {
        let status: RunStatus = serde_json::from_value(serde_json::Value::String(row.text(2)?))
            .map_err(|e| self.corrupt(format!("status of a run: {e}")))?;
        let at = |micros: i64| instant(micros).ok_or_else(|| self.corrupt("start or end of a run out of range"));
        let narrow = |what: &str| self.corrupt(format!("{what} of a run out of range"));
        let counted = |column: usize, what: &str| {
            row.maybe_integer(column)?.map(u64::try_from).transpose().map_err(|_| narrow(what))
        };
        let was_filed = !matches!(status, RunStatus::Running | RunStatus::Abandoned);
        // Of a run filed before runs were sealed, only the missing record tells.
        let unsealed = row.maybe_text(14)?.is_none();
        let pruned =
            was_filed && if unsealed { row.maybe_text(13)?.is_none() } else { row.maybe_integer(15)?.is_some() };
        Ok(RunSummary {
            run_id: row.text(0)?,
            run_date: self.run_date(row, 1)?,
            status,
            started_at: at(row.integer(3)?)?,
            finished_at: row.maybe_integer(4)?.map(at).transpose()?,
            attempt: row.integer(5)?.try_into().map_err(|_| narrow("attempt"))?,
            exit_code: row.maybe_integer(6)?.map(u8::try_from).transpose().map_err(|_| narrow("exit code"))?,
            code_version: row.text(7)?,
            previous_run: row.maybe_text(8)?,
            digest: row.maybe_text(9)?,
            signal_count: counted(10, "signals")?,
            position_count: counted(11, "positions")?,
            simulated: row.integer(12)? != 0,
            pruned,
        })
    }

    fn run_date(&self, row: &Row, column: usize) -> Result<NaiveDate, StoreError> {
        date(row.integer(column)?).ok_or_else(|| self.corrupt("date of a run out of range"))
    }

    pub(crate) async fn find(&self, desk: &str, id_prefix: &str) -> Result<Option<RunRecord>, StoreError> {
        // The prefix is compared, not matched: it may hold any character.
        let sql = "SELECT r.run_id, d.document, r.run_date, r.status, r.exit_code, r.published_cut, r.recorded_cut, \
             r.started_at, r.code_version, r.config_digest, r.data_digest, r.digest, r.previous_run, r.simulated \
             FROM pipeline_runs r LEFT JOIN run_documents d ON d.run_id = r.run_id \
             WHERE r.desk = $1 AND (r.run_id = $2 OR substr(r.run_id, 1, length($2)) = $2) \
             ORDER BY CASE WHEN r.run_id = $2 THEN 0 ELSE 1 END, r.run_id LIMIT 2";
        let found = self.connection().await.session(&self.database).rows(sql, values![desk, id_prefix]).await?;
        let row = match found.as_slice() {
            [] => return Ok(None),
            [only] => only,
            [first, ..] if first.text(0)? == id_prefix => first,
            [first, second, ..] => {
                let (first, second) = (first.text(0)?, second.text(0)?);
                let why = format!("{id_prefix} begins more than one run id ({first}, {second}, ...): give more of it");
                return Err(self.other(why));
            }
        };
        // RUNNING, ABANDONED or pruned: the run left nothing but its header.
        let Some(document) = row.maybe_text(1)? else { return Ok(None) };
        let run_id = row.text(0)?;
        let record: RunRecord = serde_json::from_str(&document)
            .map_err(|e| self.corrupt(format!("the record of run {run_id} does not read: {e}")))?;
        if let Some(column) = disagreement(&record, desk, row)? {
            let why = format!(
                "the record of run {run_id} and its row in pipeline_runs disagree on {column}: one was altered"
            );
            return Err(self.corrupt(why));
        }
        Ok(Some(record))
    }
}

/// The first thing on which a record and the run's row (columns as [`SqlStore::find`] asks for them) disagree.
fn disagreement(record: &RunRecord, desk: &str, row: &Row) -> Result<Option<&'static str>, StoreError> {
    let header = &record.header;
    let said = [
        ("the run", header.run_id == row.text(0)? && header.desk == desk),
        ("the date", i64::from(days(header.run_date)) == row.integer(2)? && header.cut.date == header.run_date),
        ("the status", record.status.as_str() == row.text(3)?),
        ("the exit code", Some(i64::from(record.exit_code)) == row.maybe_integer(4)?),
        ("the published cut", micros(header.cut.published) == row.integer(5)?),
        ("the recorded cut", micros(header.cut.recorded) == row.integer(6)?),
        ("the start", micros(header.started_at) == row.integer(7)?),
        ("the code version", header.code_version == row.text(8)?),
        ("the configuration", header.config_digest == row.text(9)?),
        ("the data digest", Some(&record.data_digest) == row.maybe_text(10)?.as_ref()),
        ("the digest", Some(&record.digest) == row.maybe_text(11)?.as_ref()),
        ("the run before", header.previous_run == row.maybe_text(12)?),
        ("whether it is simulated", header.simulated == (row.integer(13)? != 0)),
    ];
    Ok(said.into_iter().find(|(_, agree)| !agree).map(|(what, _)| what))
}

/// The official run that one of a date starts from: its id, date, digest and state, which may be missing.
async fn official_before(session: &mut Session<'_>, desk: &str, before: NaiveDate) -> Result<Option<Row>, StoreError> {
    let sql = "SELECT r.run_id, r.run_date, r.digest, s.state FROM pipeline_runs r \
         LEFT JOIN run_states s ON s.run_id = r.run_id \
         WHERE r.desk = $1 AND r.run_date < $2 AND r.status IN ($3, $4) \
         ORDER BY r.run_date DESC, r.attempt DESC LIMIT 1";
    let official = values![desk, days(before), RunStatus::Success.as_str(), RunStatus::Degraded.as_str()];
    session.row(sql, official).await
}

/// Refuses a run that read which one it starts from before another process filed a newer one.
async fn refuse_unless_newest(session: &mut Session<'_>, header: &RunHeader) -> Result<(), StoreError> {
    let newest = official_before(session, &header.desk, header.run_date).await?;
    let newest = newest.map(|row| row.text(0)).transpose()?;
    if newest == header.previous_run {
        return Ok(());
    }
    let why = format!("another process filed the run that one of {} starts from", header.run_date);
    Err(StoreError::Overtaken { database: session.database.to_string(), why })
}

/// The lease is ours: whatever else of this desk says RUNNING was killed.
pub(crate) async fn abandon_running(session: &mut Session<'_>, desk: &str) -> Result<Vec<String>, StoreError> {
    let running = RunStatus::Running.as_str();
    let sql = "SELECT run_id FROM pipeline_runs WHERE desk = $1 AND status = $2 ORDER BY started_at, run_id";
    let found = session.rows(sql, values![desk, running]).await?;
    if !found.is_empty() {
        let sql = "UPDATE pipeline_runs SET status = $3 WHERE desk = $1 AND status = $2";
        session.execute(sql, values![desk, running, RunStatus::Abandoned.as_str()]).await?;
    }
    found.iter().map(|row| row.text(0)).collect()
}

/// Inserts the header as RUNNING; the number of this attempt at its date.
async fn insert_header(session: &mut Session<'_>, header: &RunHeader) -> Result<u32, StoreError> {
    let sql = "SELECT COALESCE(MAX(attempt), 0) + 1 FROM pipeline_runs WHERE desk = $1 AND run_date = $2";
    let attempt = session.integer(sql, values![&header.desk, days(header.run_date)]).await?;
    let mode = text_of(&header.mode).map_err(|why| session.other(why))?;
    let sql = "INSERT INTO pipeline_runs (run_id, desk, run_date, attempt, mode, status, published_cut, recorded_cut, \
         started_at, owner, code_version, config_digest, calendar_digest, previous_run, previous_digest, simulated) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let row = values![
        &header.run_id,
        &header.desk,
        days(header.run_date),
        attempt,
        mode,
        RunStatus::Running.as_str(),
        micros(header.cut.published),
        micros(header.cut.recorded),
        micros(header.started_at),
        &header.owner,
        &header.code_version,
        &header.config_digest,
        &header.calendar_digest,
        &header.previous_run,
        &header.previous_digest,
        header.simulated,
    ];
    session.execute(sql, row).await?;
    u32::try_from(attempt).map_err(|_| session.corrupt("attempt of a run out of range"))
}

async fn refuse_unless_running(session: &mut Session<'_>, header: &RunHeader) -> Result<(), StoreError> {
    let sql = "SELECT status FROM pipeline_runs WHERE run_id = $1 AND desk = $2";
    let run_id = &header.run_id;
    match session.row(sql, values![run_id, &header.desk]).await?.map(|row| row.text(0)).transpose()? {
        Some(status) if status == RunStatus::Running.as_str() => Ok(()),
        Some(status) if status == RunStatus::Abandoned.as_str() => Err(StoreError::Overtaken {
            database: session.database.to_string(),
            why: format!("run {run_id} is ABANDONED already: another start took the desk over"),
        }),
        Some(status) => Err(session.other(format!("run {run_id} is {status} already: a run is filed once"))),
        None => Err(session.other(format!("run {run_id} was never begun"))),
    }
}

async fn update_header(session: &mut Session<'_>, record: &RunRecord) -> Result<(), StoreError> {
    let figures = HeaderFigures::of(record).map_err(|why| session.other(why))?;
    let sql = "UPDATE pipeline_runs SET status = $2, exit_code = $3, finished_at = $4, data_digest = $5, digest = $6, \
         simulated = $7, signal_count = $8, position_count = $9, regime = $10, leverage = $11, var_95 = $12, \
         risk_level = $13 WHERE run_id = $1";
    let row = values![
        &record.header.run_id,
        record.status.as_str(),
        i64::from(record.exit_code),
        micros(record.finished_at),
        &record.data_digest,
        &record.digest,
        record.header.simulated,
        count(record.signal_count() as u64),
        count(record.position_count() as u64),
        figures.regime,
        figures.leverage,
        figures.var_95,
        figures.risk_level,
    ];
    session.execute(sql, row).await?;
    Ok(())
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
