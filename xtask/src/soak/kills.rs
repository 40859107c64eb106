//! Killed at random moments, again and again, each time on whatever the kill before has left.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::desk::{Desk, Engine};
use super::tally::Tally;
use super::{SEED, Size, replays, world};

/// Starts for each kill at most: the others end before their moment comes.
const STARTS_A_KILL: usize = 10;

/// Between two looks at whether it has ended before its moment.
const LOOK: Duration = Duration::from_millis(5);

/// SIGKILL.
const KILL: i32 = 9;

/// Kills backfills of copies of a prepared desk.
pub fn check(tally: &mut Tally, prepared: &Desk, size: Size) {
    let engine = prepared.engine();
    tally.check(&format!("{engine}: {} kills at random moments", size.kills), || {
        let range = world::last_days(size.killed_days);
        let undisturbed = prepared.copy()?;
        let since = Instant::now();
        undisturbed.done(&["backfill", &range])?;
        let takes = since.elapsed();
        let mut killer = Killer {
            words: ["backfill", &range],
            takes,
            digests: undisturbed.digests()?,
            draws: Pcg64::seed_from_u64(SEED + u64::from(engine == Engine::Postgres)),
            kills: 0,
            completed: 0,
        };
        killer.kill_all(prepared, size.kills)?;
        let Killer { kills, completed, takes, .. } = killer;
        Ok(format!(
            "{kills} kills within {:.1} s, 0 corrupt, 0 half-written; {completed} backfills completed to the same digests",
            takes.as_secs_f64()
        ))
    });
}

struct Killer<'a> {
    words: [&'a str; 2],
    /// What the whole command takes undisturbed, from its start, when that was last seen.
    takes: Duration,
    /// What an undisturbed backfill files.
    digests: BTreeMap<String, String>,
    draws: Pcg64,
    kills: usize,
    completed: usize,
}

impl Killer<'_> {
    fn kill_all(&mut self, prepared: &Desk, wanted: usize) -> Result<()> {
        let mut starts = 0;
        while self.kills < wanted {
            let mut desk = prepared.copy()?;
            let mut is_fresh = true;
            while self.kills < wanted {
                starts += 1;
                ensure!(starts <= wanted * STARTS_A_KILL, "{starts} starts made only {} kills", self.kills);
                let delay = self.takes.mul_f64(self.draws.random::<f64>());
                match self.kill_once(&desk, delay) {
                    Ok(None) => self.kills += 1,
                    Ok(Some(took)) => {
                        // A machine that is busier or less busy than it was: the moments move with it.
                        if is_fresh {
                            self.takes = took;
                        }
                        break;
                    }
                    Err(error) => return Err(error.context(self.moment(&mut desk, delay))),
                }
                is_fresh = false;
            }
            self.finish(&desk).map_err(|error| error.context(self.moment(&mut desk, Duration::ZERO)))?;
        }
        Ok(())
    }

    /// Nothing when it was killed, and what it took when it ended before.
    fn kill_once(&self, desk: &Desk, delay: Duration) -> Result<Option<Duration>> {
        // Nobody reads the streams while it runs: a full pipe would hold it up.
        let mut command = desk.command(&self.words);
        let since = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("the binary")?;
        while since.elapsed() < delay && child.try_wait().context("wait")?.is_none() {
            std::thread::sleep(LOOK.min(delay.saturating_sub(since.elapsed())));
        }
        let took = since.elapsed();
        child.kill().context("kill")?;
        let status = child.wait().context("wait")?;
        match (status.signal(), status.code()) {
            (Some(KILL), _) => {}
            (_, Some(0)) => return Ok(Some(took)),
            _ => bail!("it ended by itself with {status}"),
        }
        desk.audit()?;
        Ok(None)
    }

    /// Lets the backfill end, and compares what is filed then with what nothing disturbed.
    fn finish(&mut self, desk: &Desk) -> Result<()> {
        desk.done(&self.words)?;
        desk.audit()?;
        replays::same(&self.digests, &desk.digests()?).context("not what an undisturbed backfill files")?;
        let runs = desk.runs()?;
        let open = runs.iter().filter(|run| run["status"] == "RUNNING").count();
        ensure!(open == 0, "{open} runs are RUNNING when nobody runs");
        self.completed += 1;
        Ok(())
    }

    fn moment(&self, desk: &mut Desk, delay: Duration) -> String {
        let at = delay.as_secs_f64() * 1e3;
        format!("seed {SEED}, after {} kills, the last {at:.1} ms from the start; {}", self.kills, desk.keep())
    }
}
