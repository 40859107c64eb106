//! Signs of life while a run or a backfill is under way, so that no other start takes the desk over.

use std::time::Duration;

use pipeline_core::ports::StoreError;

use crate::exit::{Exit, Failure};

/// Time between two signs of life: a lease that is not heard of for minutes may be taken over.
pub const HEARTBEAT: Duration = Duration::from_secs(20);

/// Does the work, beating in between. When the lease turns out to be lost the work is dropped where it stands: what it
/// has not committed is rolled back.
///
/// A beat that the database refuses is only missed: the lease outlasts several, and the commit of a run checks again that
/// the run is still its owner's.
///
/// # Errors
/// The work's own, or that the lease was lost: temporary.
pub async fn kept_alive<T, B>(
    every: Duration,
    beat: impl Fn() -> B,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure>
where
    B: Future<Output = Result<bool, StoreError>>,
{
    let lost = async {
        loop {
            tokio::time::sleep(every).await;
            if let Ok(false) = beat().await {
                return;
            }
        }
    };
    tokio::select! {
        // Work that is done needs no lease: it has given it back itself.
        biased;
        result = work => result,
        () = lost => Err(Failure::new(
            Exit::Temporary,
            "the desk was taken over by another start: the run under way was not filed",
        )
        .hint("daily runs list shows who runs it; try again when it has finished")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const SHORT: Duration = Duration::from_millis(1);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
    }

    async fn forever() -> Result<(), Failure> {
        std::future::pending().await
    }

    #[test]
    fn work_whose_lease_is_lost_is_dropped_and_temporary() {
        let beats = AtomicU32::new(0);
        let beat = || async { Ok(beats.fetch_add(1, Ordering::Relaxed) < 2) };
        let failure = runtime().block_on(kept_alive(SHORT, beat, forever())).unwrap_err();
        assert_eq!(failure.exit, Exit::Temporary);
        assert_eq!(beats.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_beat_that_is_refused_is_only_missed() {
        let beats = AtomicU32::new(0);
        let beat = || async {
            match beats.fetch_add(1, Ordering::Relaxed) {
                0 => Err(StoreError::Locked { database: "desk.db".to_owned() }),
                at => Ok(at < 2),
            }
        };
        assert!(runtime().block_on(kept_alive(SHORT, beat, forever())).is_err());
        assert_eq!(beats.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn work_that_is_done_needs_no_lease() {
        let beat = || async { Ok(false) };
        assert_eq!(runtime().block_on(kept_alive(Duration::ZERO, beat, async { Ok(7) })).unwrap(), 7);
    }
}
