//! One run at a time per desk: the lease that a run or a backfill takes and gives back.
//!
//! A lease is held by `host:pid`. It is taken over when it has expired, or when its owner was a process of this machine
//! that no longer exists: a run killed here does not block the next start. "This machine" is the kernel's boot id with the
//! namespace of process numbers, so that a process in another container is never taken for dead because it cannot be
//! seen; a number that was given to another process since is told by that process's start.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use pipeline_core::ports::{Held, StoreError, Takeover};
use pipeline_core::record::RunHeader;

use crate::clock::{instant, micros};
use crate::runs;
use crate::session::Session;
use crate::store::{SqlStore, Writes};
use crate::value::{Row, values};

/// How long a lease holds without a heartbeat.
pub const LEASE_DURATION: TimeDelta = TimeDelta::minutes(5);

/// A process, as far as the system tells.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    /// Boot id and namespace of process numbers; empty where the system does not tell.
    machine: String,
    /// Its number; 0 when its owner does not name one.
    pid: i64,
    /// When it started, in the kernel's ticks; 0 when there is no such process.
    start: i64,
}

impl Process {
    /// The process that calls itself `host:pid`, which runs on this machine.
    fn of(owner: &str) -> Self {
        let pid = owner.rsplit_once(':').and_then(|(_, pid)| pid.parse().ok()).unwrap_or(0);
        Self { machine: machine(), pid, start: start_of(pid) }
    }

    /// True when this process, as a lease remembers it, is of this machine and gone. Unknown counts as alive: where
    /// processes of others are hidden (`hidepid`), not even the first one is seen.
    fn is_gone(&self) -> bool {
        if self.pid == 0 || self.machine.is_empty() || self.machine != machine() || !Path::new("/proc/1").exists() {
            return false;
        }
        if !Path::new("/proc").join(self.pid.to_string()).exists() {
            return true;
        }
        let start = start_of(self.pid);
        self.start != 0 && start != 0 && start != self.start
    }
}

fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    match boot.trim() {
        "" => String::new(),
        boot => format!("{boot} {}", namespace.display()),
    }
}

/// Field 22 of `/proc/PID/stat`: the command before it, in brackets, may hold anything.
fn start_of(pid: i64) -> i64 {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().nth(19).and_then(|start| start.parse().ok()).unwrap_or(0)
}

/// What becomes of the lease when its run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term<'r> {
    /// It is for this run.
    Run(&'r str),
    /// It is for a series of runs, until it is given back.
    Held,
}

/// Takes the desk's lease inside the caller's transaction, or says who holds it.
pub(crate) async fn take(
    session: &mut Session<'_>,
    desk: &str,
    owner: &str,
    term: Term<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Takeover>, StoreError> {
    let us = Process::of(owner);
    let columns =
        "SELECT owner, machine, pid, process_start, held, since, heartbeat_at, expires_at FROM lease WHERE desk = $1";
    let lock = if session.is_postgres() { " FOR UPDATE" } else { "" };
    let found = session.row(&format!("{columns}{lock}"), values![desk]).await?;
    let (mut held, mut since, mut took_over) = (matches!(term, Term::Held), micros(now), None);
    if let Some(row) = found {
        let holder = Process { machine: row.text(1)?, pid: row.integer(2)?, start: row.integer(3)? };
        if row.text(0)? == owner && holder == us {
            held |= row.integer(4)? != 0;
            since = row.integer(5)?;
        } else {
            took_over = Some(take_over(session, desk, &row, &holder, now)?);
        }
    }
    let run_id = match term {
        Term::Run(run_id) => Some(run_id.to_owned()),
        Term::Held => None,
    };
    let sql = "INSERT INTO lease (desk, owner, machine, pid, process_start, held, run_id, since, heartbeat_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (desk) DO UPDATE SET owner = excluded.owner, \
         machine = excluded.machine, pid = excluded.pid, process_start = excluded.process_start, held = excluded.held, \
         run_id = excluded.run_id, since = excluded.since, heartbeat_at = excluded.heartbeat_at, \
         expires_at = excluded.expires_at";
    let expires_at = micros(now + LEASE_DURATION);
    let row = values![desk, owner, us.machine, us.pid, us.start, held, run_id, since, micros(now), expires_at];
    session.execute(sql, row).await?;
    Ok(took_over)
}

fn take_over(
    session: &Session<'_>,
    desk: &str,
    row: &Row,
    holder: &Process,
    now: DateTime<Utc>,
) -> Result<Takeover, StoreError> {
    let (owner, since, heartbeat, expires_at) = (row.text(0)?, row.integer(5)?, row.integer(6)?, row.integer(7)?);
    let heartbeat_at = instant(heartbeat).ok_or_else(|| session.corrupt("the heartbeat of a lease is out of range"))?;
    if holder.is_gone() {
        return Ok(Takeover { owner, heartbeat_at, why: "its process is gone".to_owned() });
    }
    if expires_at <= micros(now) {
        return Ok(Takeover { owner, heartbeat_at, why: "its lease expired".to_owned() });
    }
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Err(StoreError::Held {
        database: session.database.to_string(),
        desk: desk.to_owned(),
        owner,
        since: instant(since).map_or_else(|| "an unknown time".to_owned(), text),
        heartbeat: text(heartbeat_at),
    })
}

/// Refuses to file a run whose owner does not hold the desk's lease.
pub(crate) async fn refuse_unless_ours(session: &mut Session<'_>, header: &RunHeader) -> Result<(), StoreError> {
    let Process { machine, pid, start } = Process::of(&header.owner);
    let sql = "SELECT COUNT(*) FROM lease \
         WHERE desk = $1 AND owner = $2 AND machine = $3 AND pid = $4 AND process_start = $5";
    if session.integer(sql, values![&header.desk, &header.owner, machine, pid, start]).await? == 1 {
        return Ok(());
    }
    let why = format!("run {} does not hold desk {} any more", header.run_id, header.desk);
    Err(StoreError::Overtaken { database: session.database.to_string(), why })
}

/// Ends a run's use of the lease, inside the caller's transaction: a lease for this run is given back, a held one stays.
pub(crate) async fn end_run(session: &mut Session<'_>, desk: &str, run_id: &str) -> Result<(), StoreError> {
    let given_back = "DELETE FROM lease WHERE desk = $1 AND run_id = $2 AND held = 0";
    session.execute(given_back, values![desk, run_id]).await?;
    session.execute("UPDATE lease SET run_id = NULL WHERE desk = $1 AND run_id = $2", values![desk, run_id]).await?;
    Ok(())
}

impl SqlStore {
    pub(crate) async fn hold_lease(&self, desk: &str, owner: &str, now: DateTime<Utc>) -> Result<Held, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let mut session = transaction.session();
        let took_over = take(&mut session, desk, owner, Term::Held, now).await?;
        // Whoever had it must not file any more.
        let abandoned = runs::abandon_running(&mut session, desk).await?;
        transaction.commit().await?;
        Ok(Held { took_over, abandoned })
    }

    pub(crate) async fn release_lease(&self, desk: &str, owner: &str) -> Result<(), StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let Process { machine, pid, start } = Process::of(owner);
        let sql =
            "DELETE FROM lease WHERE desk = $1 AND owner = $2 AND machine = $3 AND pid = $4 AND process_start = $5";
        transaction.session().execute(sql, values![desk, owner, machine, pid, start]).await?;
        transaction.commit().await
    }

    pub(crate) async fn beat(&self, desk: &str, owner: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut connection = self.connection().await;
        let mut transaction = self.begin_write(&mut connection, Writes::Runs).await?;
        let Process { machine, pid, start } = Process::of(owner);
        let sql = "UPDATE lease SET heartbeat_at = $3, expires_at = $4 \
             WHERE desk = $1 AND owner = $2 AND machine = $5 AND pid = $6 AND process_start = $7";
        let row = values![desk, owner, micros(now), micros(now + LEASE_DURATION), machine, pid, start];
        let beaten = transaction.session().execute(sql, row).await?;
        transaction.commit().await?;
        Ok(beaten == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_process_of_the_same_machine_is_gone() {
        if machine().is_empty() {
            return; // The system does not tell, so that nobody is ever taken for gone.
        }
        let us = Process::of(&format!("here:{}", std::process::id()));
        assert!(us.start > 0 && !us.is_gone());
        assert!(Process { start: us.start + 1, ..us.clone() }.is_gone(), "its number was given to another process");
        assert!(Process::of("here:4194305").is_gone(), "above the largest number Linux gives");
        assert!(!Process { machine: "elsewhere".to_owned(), ..Process::of("here:4194305") }.is_gone());
        assert!(!Process { machine: String::new(), ..Process::of("here:4194305") }.is_gone());
        assert!(!Process::of("a pod without a number").is_gone());
    }
}
