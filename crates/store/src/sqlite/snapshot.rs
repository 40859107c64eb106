//! What a read-only handle looks at: the file itself, read without locks, or a private copy of the file and its log.
//!
//! An ordinary reader of a write-ahead database writes: it creates or changes the `-shm` file. So a read-only handle
//! opens the file as immutable, which touches nothing and sees nothing of a log. That is the whole database exactly when
//! no log (and no rollback journal of an older program) holds anything, and it stays one instant's database exactly as
//! long as nobody writes into the file. A commit alone does not: it goes to the log. A checkpoint does, and the file's
//! length and time of change tell. The order matters: the file's stamp first, then the side files.
//!
//! When a log holds something, of a writer that lives or of one that was killed, file and log are copied. Such a pair is
//! of one instant when the file's stamp is unchanged after copying (no checkpoint wrote into it) and the log has the same
//! header (it was not begun anew); what was appended meanwhile is a commit more or a tail that the checksums cut off.
//!
//! File systems stamp in ticks, so a stamp is only believed once it is older than [`TICK`].

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use pipeline_core::ports::StoreError;
use tempfile::TempDir;

use crate::error;

/// Two changes further apart than this have different stamps: Linux stamps at every tick, 10 ms at the slowest setting.
const TICK: Duration = Duration::from_millis(20);

/// Bytes of a log's header: its salts and checksum are new each time the log is begun anew.
const LOG_HEADER: u64 = 32;

const COPY_NAME: &str = "copy.db";

/// A file as the file system describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    changed: SystemTime,
}

/// A database's files. Side files that are missing or empty are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    file: Stamp,
    log: Option<(Stamp, Vec<u8>)>,
    journal: Option<Stamp>,
}

impl State {
    fn of(path: &Path) -> io::Result<Self> {
        let file = stamp(path)?;
        let log_path = beside(path, "-wal");
        let log = match filled(&log_path)? {
            Some(stamp) => Some((stamp, header(&log_path)?)),
            None => None,
        };
        Ok(Self { file, log, journal: filled(&beside(path, "-journal"))? })
    }

    /// How long until a change would show in the stamps.
    fn unsettled(&self) -> Option<Duration> {
        let newest = self.journal.map_or(self.file.changed, |journal| journal.changed.max(self.file.changed));
        // A stamp in the future (another machine's clock) is taken as it is.
        let age = SystemTime::now().duration_since(newest).unwrap_or(TICK);
        TICK.checked_sub(age).filter(|wait| !wait.is_zero())
    }

    /// True when a copy that was begun at `self` and ended at `after` is of one instant.
    fn holds_until(&self, after: &Self) -> bool {
        let header = |state: &Self| state.log.as_ref().map(|(_, header)| header.clone());
        self.file == after.file && self.journal == after.journal && header(self) == header(after)
    }
}

/// The database as a read-only handle sees it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    state: State,
    copy: Option<TempDir>,
}

impl Snapshot {
    /// Looks at the database, and copies it when a log or a journal holds something. Tries again while a writer is in
    /// the way, until the deadline and at least twice.
    pub(crate) async fn take(path: &Path, database: &str, deadline: Instant) -> Result<Self, StoreError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match Self::attempt(path) {
                Ok(Ok(snapshot)) => return Ok(snapshot),
                Ok(Err(_)) if attempts >= 2 && Instant::now() >= deadline => {
                    return Err(StoreError::Locked { database: database.to_owned() });
                }
                Ok(Err(wait)) => tokio::time::sleep(wait).await,
                Err(e) => return Err(error::from_io(database.to_owned(), &e)),
            }
        }
    }

    /// A snapshot, or how long to wait for one.
    fn attempt(path: &Path) -> io::Result<Result<Self, Duration>> {
        let state = State::of(path)?;
        if let Some(wait) = state.unsettled() {
            return Ok(Err(wait));
        }
        if state.log.is_none() && state.journal.is_none() {
            return Ok(Ok(Self { state, copy: None }));
        }
        let folder = private_copy(path)?;
        if !state.holds_until(&State::of(path)?) {
            return Ok(Err(TICK));
        }
        Ok(Ok(Self { state, copy: Some(folder) }))
    }

    /// The private copy, which is ours to write to; `None`: the file itself, to be opened as immutable.
    pub(crate) fn copy(&self) -> Option<PathBuf> {
        self.copy.as_ref().map(|folder| folder.path().join(COPY_NAME))
    }

    /// True when what was read through this snapshot up to now is of one instant.
    pub(crate) fn is_whole(&self, path: &Path) -> bool {
        self.copy.is_some() || stamp(path).is_ok_and(|now| now == self.state.file)
    }

    /// True when nothing was committed since.
    pub(crate) fn is_current(&self, path: &Path) -> bool {
        State::of(path).is_ok_and(|now| now == self.state)
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let file = path.metadata()?;
    Ok(Stamp { length: file.len(), changed: file.modified()? })
}

/// The stamp of a side file that exists and holds something.
fn filled(path: &Path) -> io::Result<Option<Stamp>> {
    Ok(unless_gone(stamp(path))?.filter(|stamp| stamp.length > 0))
}

fn header(path: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::new();
    if let Some(file) = unless_gone(File::open(path))? {
        file.take(LOG_HEADER).read_to_end(&mut header)?;
    }
    Ok(header)
}

/// The file's name with a suffix, as SQLite names its side files.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Copies the file and its side files, but for `-shm`, into a private temporary folder.
fn private_copy(path: &Path) -> io::Result<TempDir> {
    let folder = TempDir::new()?;
    for suffix in ["", "-journal", "-wal"] {
        // Not `fs::copy`: the copy must be writable whatever the permissions of the file.
        if let Some(mut from) = unless_gone(File::open(beside(path, suffix)))? {
            let copied = File::create(folder.path().join(format!("{COPY_NAME}{suffix}")))
                .and_then(|mut to| io::copy(&mut from, &mut to));
            close_carefully(from);
            copied.map_err(|e| {
                let kind = e.kind();
                let why =
                    format!("its log is read from a copy, and copying into {} stopped: {e}", folder.path().display());
                // No room there is not a database without room.
                io::Error::new(if kind == io::ErrorKind::StorageFull { io::ErrorKind::Other } else { kind }, why)
            })?;
        }
    }
    Ok(folder)
}

/// Writer handles of this process, and files to close when there is none left.
struct Writers {
    handles: usize,
    kept: Vec<File>,
}

static WRITERS: Mutex<Writers> = Mutex::new(Writers { handles: 0, kept: Vec::new() });

fn writers() -> MutexGuard<'static, Writers> {
    WRITERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closing any descriptor of a file drops every POSIX lock that the process holds on it, those of a writer handle too
/// (<https://sqlite.org/howtocorrupt.html>, 2.2). While this process writes, such descriptors stay open.
fn close_carefully(file: File) {
    let mut writers = writers();
    if writers.handles > 0 {
        writers.kept.push(file);
    }
}

/// Held by a writer handle as long as its connection is open.
#[derive(Debug)]
pub(crate) struct WriterMark(());

impl WriterMark {
    pub(crate) fn new() -> Self {
        writers().handles += 1;
        Self(())
    }
}

impl Drop for WriterMark {
    fn drop(&mut self) {
        let mut writers = writers();
        writers.handles -= 1;
        if writers.handles == 0 {
            writers.kept.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(path: &Path) -> Result<Snapshot, StoreError> {
        Snapshot::take(path, "daily.db", Instant::now() + Duration::from_millis(200)).await
    }

    #[tokio::test]
    async fn a_file_without_a_log_is_not_copied_and_a_write_into_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daily.db");
        std::fs::write(&path, "one").unwrap();
        std::fs::write(beside(&path, "-wal"), "").unwrap();
        let snapshot = take(&path).await.unwrap();
        assert!(snapshot.copy().is_none(), "an empty log is none");
        assert!(snapshot.is_whole(&path) && snapshot.is_current(&path));
        std::fs::write(beside(&path, "-wal"), "a commit").unwrap();
        assert!(snapshot.is_whole(&path), "the file is as it was");
        assert!(!snapshot.is_current(&path));
        std::fs::write(&path, "two").unwrap();
        assert!(!snapshot.is_whole(&path), "same length, another instant");
    }

    #[tokio::test]
    async fn a_file_with_a_log_is_copied_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daily.db");
        std::fs::write(&path, "one").unwrap();
        std::fs::write(beside(&path, "-wal"), "a commit").unwrap();
        let snapshot = take(&path).await.unwrap();
        let copy = snapshot.copy().unwrap();
        assert_eq!(std::fs::read(beside(&copy, "-wal")).unwrap(), b"a commit");
        std::fs::write(&path, "two").unwrap();
        assert!(snapshot.is_whole(&path), "a copy is private");
        assert!(!snapshot.is_current(&path));
        drop(snapshot);
        assert!(!copy.exists());
    }

    #[test]
    fn a_copy_is_torn_by_a_checkpoint_and_by_a_log_begun_anew_not_by_a_commit() {
        let stamp = |length, seconds| Stamp { length, changed: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) };
        let before = State { file: stamp(10, 1), log: Some((stamp(5, 1), vec![1])), journal: None };
        let commit = State { log: Some((stamp(9, 2), vec![1])), ..before.clone() };
        let anew = State { log: Some((stamp(5, 2), vec![2])), ..before.clone() };
        let gone = State { log: None, ..before.clone() };
        let checkpoint = State { file: stamp(10, 2), ..before.clone() };
        assert!(before.holds_until(&before) && before.holds_until(&commit));
        for after in [anew, gone, checkpoint] {
            assert!(!before.holds_until(&after), "{after:?}");
        }
    }

    #[tokio::test]
    async fn a_file_that_never_rests_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daily.db");
        std::fs::write(&path, "one").unwrap();
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (busy, file) = (stop.clone(), path.clone());
        let writer = std::thread::spawn(move || {
            while !busy.load(std::sync::atomic::Ordering::Relaxed) {
                File::options().append(true).open(&file).and_then(|mut f| io::Write::write_all(&mut f, b"x")).unwrap();
            }
        });
        let refused = take(&path).await;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap();
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    }
}
