//! Signals: a command that is interrupted ends within seconds and leaves nothing half-done.
//!
//! The command runs as a task. On SIGINT or SIGTERM the task is dropped where it waits, which rolls its open transaction
//! back; then, on a fresh handle, the run that had begun is marked ABANDONED and the lease is given back. A run that was
//! filed before the signal took effect stays filed, and the last line says so.

use std::time::Duration;

use pipeline_core::ports::{Store, StoreError};
use pipeline_core::record::RunSummary;
use store::OpenMode;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::under_way::{Run, UnderWay, Work};
use crate::wiring;

/// How long a dropped command may take to let go: it may be computing, and notices at its next wait.
const LET_GO: Duration = Duration::from_millis(1_500);
/// How long the cleaning up may take; what is not done by then the next start does.
const CLEAN_UP: Duration = Duration::from_millis(2_500);
/// Newest runs among which an interrupted one is looked up.
const NEWEST: usize = 100;

/// How a command ended.
pub enum Ended {
    /// By itself.
    Done(Result<Exit, Failure>),
    /// By a signal: the exit code, and what is left of the work.
    Interrupted(Exit, Interruption),
}

/// What is left of an interrupted command.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Interruption {
    /// The run that was under way, if any.
    pub run_id: Option<String>,
    /// What became of the work, in one line.
    pub message: String,
}

/// Runs a command until it ends or is told to.
pub async fn until_signal(
    command: impl Future<Output = Result<Exit, Failure>> + Send + 'static,
    settings: &Settings,
    under_way: &UnderWay,
) -> Ended {
    let (mut interrupt, mut terminate) = match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(interrupt), Ok(terminate)) => (interrupt, terminate),
        (Err(error), _) | (_, Err(error)) => {
            let message = format!("signals cannot be listened for: {error}");
            return Ended::Done(Err(Failure::new(Exit::Unexpected, message)));
        }
    };
    let mut task = tokio::spawn(command);
    let exit = tokio::select! {
        biased;
        ended = &mut task => return Ended::Done(result_of(ended)),
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    };
    task.abort();
    match tokio::time::timeout(LET_GO, task).await {
        // It ended by itself before it could be dropped: nothing was interrupted.
        Ok(Ok(result)) => return Ended::Done(result),
        Ok(Err(_dropped)) => {}
        Err(_still_computing) => {}
    }
    let work = under_way.work();
    let message = tokio::select! {
        message = clean_up(&work, settings) => message,
        // Asked twice: leave the rest to the next start.
        _ = interrupt.recv() => later(&work, "asked to stop twice"),
        _ = terminate.recv() => later(&work, "asked to stop twice"),
    };
    Ended::Interrupted(exit, Interruption { run_id: work.run.map(|run| run.run_id), message })
}

fn result_of(ended: Result<Result<Exit, Failure>, tokio::task::JoinError>) -> Result<Exit, Failure> {
    // The panic itself has been printed where it happened.
    ended.unwrap_or_else(|_| Err(Failure::new(Exit::Unexpected, "the command stopped on a defect of this program")))
}

async fn clean_up(work: &Work, settings: &Settings) -> String {
    if work.run.is_none() && work.lease.is_none() {
        return work.kept.clone().unwrap_or_else(|| "nothing was written".to_owned());
    }
    match tokio::time::timeout(CLEAN_UP, give_up(work, settings)).await {
        Ok(Ok(fate)) => join(fate, work),
        Ok(Err(error)) => later(work, &error.to_string()),
        Err(_elapsed) => later(work, "the database did not answer in time"),
    }
}

/// Marks what had begun and gives the lease back, on a handle of its own.
async fn give_up(work: &Work, settings: &Settings) -> Result<Option<String>, StoreError> {
    let store = store::open(&settings.config.database.url, OpenMode::ReadWrite).await?;
    let result = give_up_on(&*store, work, &settings.config.desk.name).await;
    store.close().await?;
    result
}

async fn give_up_on(store: &dyn Store, work: &Work, desk: &str) -> Result<Option<String>, StoreError> {
    let fate = match &work.run {
        None => None,
        Some(run) if store.abandon_run(desk, &run.run_id, wiring::now()).await? => {
            Some(format!("run {} of {} is ABANDONED; run it again", run.run_id, run.date))
        }
        Some(run) => Some(fate_of(run, &store.runs(desk, NEWEST).await?)),
    };
    if let Some(owner) = &work.lease {
        store.release(desk, owner).await?;
    }
    Ok(fate)
}

/// What became of a run that is not RUNNING any more.
fn fate_of(run: &Run, runs: &[RunSummary]) -> String {
    match runs.iter().find(|stored| stored.run_id == run.run_id) {
        Some(stored) => format!(
            "run {} of {} was filed before the signal took effect ({})",
            run.run_id,
            run.date,
            stored.status.as_str()
        ),
        None => format!("the run of {} had not begun, and nothing of it was written", run.date),
    }
}

fn join(fate: Option<String>, work: &Work) -> String {
    let parts: Vec<String> = fate.into_iter().chain(work.kept.clone()).collect();
    if parts.is_empty() { "nothing was written".to_owned() } else { parts.join("; ") }
}

/// The line when the cleaning up could not be done.
fn later(work: &Work, why: &str) -> String {
    let what = match &work.run {
        Some(run) => {
            format!("run {} of {} could not be marked ({why}): the next start marks it ABANDONED", run.run_id, run.date)
        }
        None => format!("the desk's lease could not be given back ({why}): the next start takes it over"),
    };
    join(Some(what), work)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work() -> Work {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date");
        Work { run: Some(Run { run_id: "0193".to_owned(), date }), ..Work::default() }
    }

    #[test]
    fn a_run_that_never_began_is_not_called_filed() {
        let run = work().run.expect("a run");
        assert_eq!(fate_of(&run, &[]), "the run of 2026-03-31 had not begun, and nothing of it was written");
    }

    #[test]
    fn what_could_not_be_marked_says_who_does_it() {
        let kept = Work { kept: Some("3 of 5 dates are filed".to_owned()), ..work() };
        assert_eq!(
            later(&kept, "it is locked"),
            "run 0193 of 2026-03-31 could not be marked (it is locked): the next start marks it ABANDONED; \
             3 of 5 dates are filed"
        );
    }
}
