//! Places where tests kill the process: before and after every commit. Without the feature `fault-points` they are
//! nothing at all.
//!
//! `DAILY_FAULT_POINT=commit_run.before` kills at the first passage of that point, `append.after:3` at the third. The kill
//! is SIGKILL: no destructor runs, nothing is flushed.

/// Names of every point, for tests that try them all.
pub const POINTS: &[&str] = &[
    "migrate",
    "append.before",
    "append.after",
    "pack.before",
    "pack.after",
    "begin_run.before",
    "begin_run.after",
    "commit_run.middle",
    "commit_run.before",
    "commit_run.after",
    "prune.before",
    "prune.after",
];

/// A point: dies here when this passage was asked for.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn point(_name: &'static str) {}

/// A point: dies here when this passage was asked for.
#[cfg(feature = "fault-points")]
pub(crate) fn point(name: &'static str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static PASSAGES: AtomicU32 = AtomicU32::new(0);

    debug_assert!(POINTS.contains(&name), "{name} is not in the list");
    let Ok(wanted) = std::env::var("DAILY_FAULT_POINT") else { return };
    let (wanted, passage) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if wanted != name || PASSAGES.fetch_add(1, Ordering::Relaxed) + 1 != passage.parse().unwrap_or(1) {
        return;
    }
    let own = std::process::id().to_string();
    let killed = std::process::Command::new("kill").args(["-KILL", &own]).status();
    panic!("the process outlived its own kill: {killed:?}");
}
