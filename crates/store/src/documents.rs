//! What runs were computed with, once for all runs that share it.

use pipeline_core::ports::{KeptDocument, StoreError};

use crate::session::Session;
use crate::store::SqlStore;
use crate::value::values;

/// Stores the documents that are not kept yet, inside the caller's transaction.
pub(crate) async fn keep(session: &mut Session<'_>, documents: &[KeptDocument]) -> Result<(), StoreError> {
    for document in documents {
        let sql = "INSERT INTO kept_documents (digest, kind, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        session.execute(sql, values![&document.digest, document.kind.as_str(), &document.text]).await?;
    }
    Ok(())
}

impl SqlStore {
    pub(crate) async fn kept_document(&self, digest: &str) -> Result<Option<String>, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_read(&mut connection).await?;
        let sql = "SELECT document FROM kept_documents WHERE digest = $1";
        let found = transaction.session().row(sql, values![digest]).await?;
        transaction.rollback().await?;
        found.map(|row| row.text(0)).transpose()
    }
}
