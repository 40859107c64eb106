//! What tests that kill this program ask afterwards: is any run there in part?

use pipeline_core::ports::StoreError;

use crate::seal::{PRUNED, SEALED};
use crate::store::SqlStore;

impl SqlStore {
    /// Runs of any desk of which some rows are there and some are not, as `run id|status`. A run that has not ended has
    /// nothing but its own row; one that was filed has its record, its steps, its seal and, when it became official, the
    /// state it left; one that was pruned has its seal.
    #[doc(hidden)]
    pub async fn half_written(&self) -> Result<Vec<String>, StoreError> {
        let has = |table: &str| format!("EXISTS (SELECT 1 FROM {table} t WHERE t.run_id = r.run_id)");
        let any = |tables: &[&str]| tables.iter().map(|table| has(table)).collect::<Vec<_>>().join(" OR ");
        let children: Vec<&str> = SEALED
            .iter()
            .map(|(table, _)| *table)
            .filter(|table| *table != "pipeline_runs")
            .chain(["run_seals"])
            .collect();
        let pruned = "EXISTS (SELECT 1 FROM run_seals t WHERE t.run_id = r.run_id AND t.pruned_at IS NOT NULL)";
        let whole = format!(
            "{} AND {} AND {} AND (r.status NOT IN ('SUCCESS', 'DEGRADED') OR {})",
            has("run_documents"),
            has("run_steps"),
            has("run_seals"),
            has("run_states"),
        );
        let sql = format!(
            "SELECT r.run_id, r.status FROM pipeline_runs r WHERE CASE \
             WHEN r.status IN ('RUNNING', 'ABANDONED') THEN {} WHEN {pruned} THEN {} ELSE NOT ({whole}) END \
             ORDER BY r.run_id",
            any(&children),
            any(PRUNED),
        );
        self.select(&sql).await
    }
}
