//! Writes that fail: the state before is intact, the exit code is the right one, one sentence says why, and the same
//! command completes once the cause is gone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use store::{OpenMode, SqlStore};

use crate::place::{Engine, NEXT, Place, UNDISTURBED, code, runtime, stderr};

/// How long to wait for a command on a busy machine to come to where it is cut.
const PATIENCE: Duration = Duration::from_secs(60);

/// One error, in one line, of this exit code.
fn assert_refused(output: &Output, exit: i32, words: &str) {
    let text = stderr(output);
    assert_eq!(code(output), exit, "{text}");
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    assert!(errors[0].contains(words), "{words} is not in {text}");
}

fn assert_completes(place: &Place, when: &str) {
    place.completes(when, &["backfill", NEXT]);
    place.assert_whole(when);
    assert_eq!(place.count("RUNNING"), 0, "{when}");
    assert_eq!(place.digests(), *UNDISTURBED, "{when}");
}

/// Runs a backfill in a shell, after and before some lines of it.
fn in_a_shell(program: &str, words: &[&str], script: &str, place: &Place) -> Output {
    let mut command = Command::new(program);
    command.args(words).args(["sh", "-c", script, "sh", env!("CARGO_BIN_EXE_daily")]);
    command.current_dir(place.path()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.output().expect("a shell")
}

/// A file system of its own with this much room left beside the database, which is copied into it and out again.
fn on_a_disk_with(kilobytes: u64, place: &Place) -> Option<Output> {
    let size = std::fs::metadata(place.file()).expect("the file").len().div_ceil(1024) + kilobytes;
    let script = format!(
        "mkdir full && mount -t tmpfs -o size={size}k none full && cp desk.db full/ || exit 99
         \"$1\" --db sqlite://full/desk.db backfill {NEXT}
         exit=$?
         rm desk.db && cp full/desk.db* . && exit $exit"
    );
    let output = in_a_shell("unshare", &["--map-root-user", "--mount"], &script, place);
    (output.status.success() || stderr(&output).contains("error: ")).then_some(output)
}

#[test]
fn on_a_full_disk_what_was_filed_stays_and_room_lets_it_complete() {
    let mut refused = 0;
    // From no room for the first transaction to room for all but the last.
    for kilobytes in [16, 64, 128, 256, 512, 1024] {
        let Some(place) = Place::prepared(Engine::Sqlite) else { return };
        let Some(output) = on_a_disk_with(kilobytes, &place) else {
            println!("this user may not mount file systems: a full disk was not tried");
            return;
        };
        let when = format!("{kilobytes} KB of room");
        if code(&output) != 0 {
            refused += 1;
            assert_refused(&output, 1, "no space left to write database full/desk.db");
        }
        place.assert_whole(&when);
        assert_completes(&place, &when);
    }
    assert!(refused > 1, "only {refused} of the disks was too small");
}

#[test]
fn at_the_limit_of_a_file_s_size_what_was_filed_stays() {
    for blocks in [48, 400] {
        let Some(place) = Place::prepared(Engine::Sqlite) else { return };
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$1\" --db sqlite://desk.db backfill {NEXT}");
        let output = in_a_shell("env", &[], &script, &place);
        assert_refused(&output, 1, "database desk.db");
        place.assert_whole("limited");
        assert_completes(&place, "no longer limited");
    }
}

#[test]
fn a_file_that_may_not_be_written_is_refused_and_unchanged() {
    let Some(place) = Place::prepared(Engine::Sqlite) else { return };
    let before = blake3::hash(&std::fs::read(place.file()).expect("the file"));
    std::fs::set_permissions(place.file(), Permissions::from_mode(0o444)).expect("ours");
    for words in [&["backfill", NEXT][..], &["run", "--date", "2026-03-26"], &["prune", "--keep", "1"]] {
        let output = place.command(words).output().expect("the binary runs");
        assert_refused(&output, 1, "is read-only: ");
    }
    place.assert_whole("read-only");
    assert_eq!(blake3::hash(&std::fs::read(place.file()).expect("the file")), before);
    std::fs::set_permissions(place.file(), Permissions::from_mode(0o644)).expect("ours");
    assert_completes(&place, "writable again");
}

#[test]
fn a_server_that_allows_no_writes_is_refused_and_unchanged() {
    let Some(place) = Place::prepared(Engine::Postgres) else { return };
    let name = place.on_server().name();
    // Said from another database: in this one, not even that could be taken back.
    let allow = |only: &str| {
        let setting = format!("ALTER DATABASE {name} SET default_transaction_read_only = {only}");
        throwaway_postgres::server().expect("it runs").sql("postgres", &setting)
    };
    allow("on");
    for words in [&["backfill", NEXT][..], &["run", "--date", "2026-03-26"], &["prune", "--keep", "1"]] {
        let output = place.command(words).output().expect("the binary runs");
        assert_refused(&output, 1, "is read-only: ");
    }
    place.assert_whole("read-only");
    assert_eq!(place.runs().len(), 2);
    allow("off");
    assert_completes(&place, "writable again");
}

#[test]
fn a_connection_that_is_cut_in_the_middle_of_a_commit_leaves_nothing_of_it() {
    let Some(place) = Place::prepared(Engine::Postgres) else { return };
    let database = place.on_server();
    // Somebody else's lock holds the commit up, in the middle of its transaction.
    let runtime = runtime();
    let other = runtime.block_on(SqlStore::open(&place.url(), OpenMode::ReadWrite)).expect("it opens");
    runtime.block_on(other.script("BEGIN; LOCK TABLE run_documents IN EXCLUSIVE MODE")).expect("a lock");
    let child = place.command(&["backfill", NEXT]).spawn().expect("it starts");

    let waiting =
        "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'";
    let since = Instant::now();
    while database.sql(&format!("SELECT COUNT(*) {waiting}")) == "0" {
        assert!(since.elapsed() < PATIENCE, "no commit came to the lock");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(database.sql(&format!("SELECT pg_terminate_backend(pid) {waiting}")), "t");
    let output = child.wait_with_output().expect("it ends");
    assert_refused(&output, 75, "cannot be reached: ");
    assert!(stderr(&output).contains("2026-03-26: "), "the date is named: {}", stderr(&output));

    runtime.block_on(other.script("ROLLBACK")).expect("the lock is given back");
    runtime.block_on(other.close()).expect("it closes");
    place.assert_whole("cut");
    assert_eq!((place.count("ABANDONED"), place.digests().len()), (1, 2), "marked at once, on a new connection");
    assert_completes(&place, "connected again");
}
