//! The audit: every seal computed again from the rows as they are now, and what does not agree, located.

mod figures;
mod runs;

use pipeline_core::ports::{AuditFault, AuditReport, StoreError};

use crate::session::Session;
use crate::store::SqlStore;
use crate::value::values;

/// Complaints of SQLite about its own structure that are worth listing.
const STRUCTURE_FAULTS: usize = 20;

impl SqlStore {
    pub(crate) async fn audit_desk(&self, desk: &str) -> Result<AuditReport, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_read(&mut connection).await?;
        let mut session = transaction.session();
        let mut report = AuditReport::default();
        structure(&mut session, &mut report).await?;
        runs::audit(&mut session, desk, &mut report).await?;
        figures::audit(&mut session, &mut report).await?;
        let head = session.row("SELECT seal FROM desk_heads WHERE desk = $1", values![desk]).await?;
        report.head = head.map(|row| row.text(0)).transpose()?;
        transaction.rollback().await?;
        Ok(report)
    }
}

/// What SQLite finds wrong with its file: pages and indexes that do not fit together.
async fn structure(session: &mut Session<'_>, report: &mut AuditReport) -> Result<(), StoreError> {
    if session.is_postgres() {
        return Ok(());
    }
    let found = session.rows(&format!("PRAGMA integrity_check({STRUCTURE_FAULTS})"), &[]).await;
    let lines = match found {
        Ok(rows) => rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?,
        Err(error) => vec![error.to_string()],
    };
    for line in lines.into_iter().filter(|line| line != "ok") {
        report.faults.push(fault("file", "", "", format!("the file is damaged: {line}")));
    }
    Ok(())
}

fn fault(subject: &str, table: &str, row: &str, what: impl Into<String>) -> AuditFault {
    AuditFault { subject: subject.to_owned(), table: table.to_owned(), row: row.to_owned(), what: what.into() }
}
