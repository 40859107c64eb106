//! Removing what old runs left. Figures are never removed.

use chrono::{DateTime, Utc};
use pipeline_core::ports::{PruneCounts, StoreError};

use crate::clock::micros;
use crate::fault;
use crate::seal::PRUNED;
use crate::store::{SqlStore, Writes};
use crate::value::values;

impl SqlStore {
    pub(crate) async fn prune_runs(
        &self,
        desk: &str,
        run_ids: &[String],
        now: DateTime<Utc>,
    ) -> Result<PruneCounts, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let mut session = transaction.session();
        let mut counts = PruneCounts::default();
        for run_id in run_ids {
            let status = "SELECT status FROM pipeline_runs WHERE desk = $1 AND run_id = $2";
            let Some(row) = session.row(status, values![desk, run_id]).await? else {
                return Err(self.other(format!("desk {desk} has no run {run_id}; nothing was pruned")));
            };
            if row.text(0)? == "RUNNING" {
                return Err(self.other(format!("run {run_id} is RUNNING; nothing was pruned")));
            }
            let mut rows = 0;
            for table in PRUNED {
                rows += session.execute(&format!("DELETE FROM {table} WHERE run_id = $1"), values![run_id]).await?;
            }
            counts.runs += u64::from(rows > 0);
            counts.rows += rows;
            let sql = "UPDATE run_seals SET pruned_at = $2 WHERE run_id = $1 AND pruned_at IS NULL";
            session.execute(sql, values![run_id, micros(now)]).await?;
        }
        // A state stays as long as a kept run or one under way starts from it, or no later run left one: the next one
        // starts from it.
        let unused = "DELETE FROM run_states WHERE run_id = $1 AND EXISTS \
             (SELECT 1 FROM pipeline_runs later JOIN run_states s ON s.run_id = later.run_id \
              WHERE later.desk = $2 AND later.run_date > (SELECT run_date FROM pipeline_runs WHERE run_id = $1)) \
             AND NOT EXISTS (SELECT 1 FROM pipeline_runs r LEFT JOIN run_documents d ON d.run_id = r.run_id \
              WHERE r.previous_run = $1 AND (d.run_id IS NOT NULL OR r.status = 'RUNNING'))";
        for run_id in run_ids {
            let removed = session.execute(unused, values![run_id, desk]).await?;
            counts.rows += removed;
            let kept = session.integer("SELECT COUNT(*) FROM run_states WHERE run_id = $1", values![run_id]).await?;
            counts.states_kept += kept as u64;
        }
        fault::point("prune.before");
        transaction.commit().await?;
        fault::point("prune.after");
        Ok(counts)
    }
}
