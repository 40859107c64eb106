//! One run at a time per desk: the lease that `begin_run` takes and `commit_run` gives back.
//!
//! A lease is held by `host:pid`. It is taken over when it has expired, when its owner is this very process, or when its
//! owner was a process of this machine that no longer exists; a run killed here does not block the next start.

use chrono::{DateTime, TimeDelta, Utc};
use pipeline_core::ports::StoreError;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::clock::micros;
use crate::sqlite::SqliteStore;

/// How long a lease holds without a heartbeat. A run takes seconds; a backfill beats between runs.
pub const LEASE_DURATION: TimeDelta = TimeDelta::minutes(10);

/// `host:pid`, as far as it can be read.
fn parts(owner: &str) -> (&str, Option<i64>) {
    match owner.rsplit_once(':') {
        Some((host, pid)) => (host, pid.parse().ok()),
        None => (owner, None),
    }
}

/// True when the owner was a process of the same machine as `ours` and is gone. Unknown counts as alive.
fn is_gone(owner: &str, ours: &str) -> bool {
    let ((host, pid), (our_host, _)) = (parts(owner), parts(ours));
    let proc = std::path::Path::new("/proc");
    match pid {
        Some(pid) if host == our_host && proc.join("self").exists() => !proc.join(pid.to_string()).exists(),
        _ => false,
    }
}

impl SqliteStore {
    /// Takes the desk's lease inside the caller's transaction, or says who holds it.
    pub(crate) async fn take_lease(
        &self,
        connection: &mut SqliteConnection,
        desk: &str,
        owner: &str,
        run_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let held = sqlx::query("SELECT owner, expires_at FROM lease WHERE desk = $1")
            .bind(desk)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|e| self.sql(e))?;
        if let Some(row) = held {
            let holder: String = row.try_get(0).map_err(|e| self.sql(e))?;
            let expires_at: i64 = row.try_get(1).map_err(|e| self.sql(e))?;
            if holder != owner && expires_at > micros(now) && !is_gone(&holder, owner) {
                return Err(StoreError::Locked { database: self.database().to_owned() });
            }
        }
        let (host, pid) = parts(owner);
        sqlx::query(
            "INSERT INTO lease (desk, owner, host, pid, run_id, heartbeat_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (desk) DO UPDATE SET owner = excluded.owner, \
             host = excluded.host, pid = excluded.pid, run_id = excluded.run_id, \
             heartbeat_at = excluded.heartbeat_at, expires_at = excluded.expires_at",
        )
        .bind(desk)
        .bind(owner)
        .bind(host)
        .bind(pid)
        .bind(run_id)
        .bind(micros(now))
        .bind(micros(now + LEASE_DURATION))
        .execute(connection)
        .await
        .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Gives the lease of a run back, inside the caller's transaction.
    pub(crate) async fn release_lease(
        &self,
        connection: &mut SqliteConnection,
        desk: &str,
        run_id: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM lease WHERE desk = $1 AND run_id = $2")
            .bind(desk)
            .bind(run_id)
            .execute(connection)
            .await
            .map_err(|e| self.sql(e))?;
        Ok(())
    }

    /// Extends the lease of a run that is under way. False when it is not held any more: another start took it over,
    /// and this run must stop without filing.
    ///
    /// # Errors
    /// What the database says.
    pub async fn heartbeat(&self, desk: &str, run_id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection).await?;
        let done = sqlx::query("UPDATE lease SET heartbeat_at = $3, expires_at = $4 WHERE desk = $1 AND run_id = $2")
            .bind(desk)
            .bind(run_id)
            .bind(micros(now))
            .bind(micros(now + LEASE_DURATION))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.sql(e))?;
        transaction.commit().await.map_err(|e| self.sql(e))?;
        Ok(done.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_process_of_the_same_machine_is_gone() {
        let me = format!("here:{}", std::process::id());
        assert!(!is_gone(&me, &me));
        assert!(!is_gone("elsewhere:1", &me));
        assert!(!is_gone("here", &me));
        if std::path::Path::new("/proc/self").exists() {
            assert!(is_gone("here:4194305", &me), "above the largest pid Linux gives");
        }
    }
}
