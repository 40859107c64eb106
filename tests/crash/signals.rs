//! Told to stop while a backfill runs on a server; `tests/cli` does the same on a file.

use std::time::{Duration, Instant};

use crate::place::{Engine, Place, UNDISTURBED, code, send, stderr, wait_for};

/// How long an interrupted command may take.
const PROMPTLY: Duration = Duration::from_secs(5);
/// Business days enough to be interrupted among.
const MONTH: &str = "2026-03-02..2026-03-23";

#[test]
fn an_interrupted_backfill_on_a_server_ends_soon_and_the_next_call_completes_it() {
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let Some(place) = Place::prepared(Engine::Postgres) else { return };
        let mut child = place.command(&["backfill", MONTH]).spawn().expect("it starts");
        wait_for(&mut child, "  digest ");
        send(&child, signal);
        let since = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        assert!(since.elapsed() < PROMPTLY, "SIG{signal} took {:?}", since.elapsed());
        assert_eq!(code(&output), exit, "{}", stderr(&output));
        assert!(stderr(&output).contains("dates are filed and kept"), "{}", stderr(&output));
        place.assert_whole(signal);
        assert_eq!(place.count("RUNNING"), 0);
        let filed = place.digests();
        assert!(filed.contains_key("2026-03-02"), "what was filed before stays: {filed:?}");
        place.completes(signal, &["backfill", "2026-03-02..2026-03-04"]);
        place.assert_whole(signal);
        for (date, digest) in UNDISTURBED.iter().take(2) {
            assert_eq!(place.digests().get(date), Some(digest), "{date} stands as it was");
        }
    }
}
