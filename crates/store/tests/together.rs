//! Handles that work on one database at the same time.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use common::{at, batch, create, date, figure, fingerprint, rows, url};
use pipeline_core::ports::{SourceBatch, Store, StoreError};
use store::{OpenMode, SqlStore};

const PATIENT: Duration = Duration::from_secs(5);

async fn open(path: &Path, mode: OpenMode) -> SqlStore {
    SqlStore::open_with(&url(path), mode, PATIENT).await.unwrap()
}

/// One figure of A and one of B, of their own day: whoever sees one sees both.
fn pair(day: i64) -> SourceBatch {
    let period = date("2000-01-01") + TimeDelta::days(day);
    let figures = ["A", "B"].map(|id| {
        let mut figure = figure(id, "2026-03-02", day as f64, at(2, 20));
        figure.period = period;
        figure
    });
    batch(&format!("{day}.csv"), figures.into())
}

async fn pairs_seen(store: &SqlStore) -> Result<usize, StoreError> {
    let seen = rows(&store.load().await?);
    let of = |id: &str| seen.iter().filter(|o| o.series.as_str() == id).map(|o| o.period).collect::<Vec<_>>();
    assert_eq!(of("A"), of("B"), "a state between two transactions");
    Ok(of("A").len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_writer_and_several_readers_never_lock_each_other_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daily.db");
    let writer = create(&path).await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (done, path): (_, PathBuf) = (done.clone(), path.clone());
            tokio::spawn(async move {
                let reader = open(&path, OpenMode::ReadWrite).await;
                let (mut loads, mut newest) = (0, 0);
                while !done.load(Ordering::Relaxed) {
                    let seen = pairs_seen(&reader).await.unwrap();
                    assert!(seen >= newest, "a state once seen stays");
                    (loads, newest) = (loads + 1, seen);
                }
                reader.close().await.unwrap();
                loads
            })
        })
        .collect();
    for day in 0..200 {
        assert_eq!(writer.append(&pair(day), at(10, 9)).await.unwrap().new, 2);
    }
    assert_eq!(pairs_seen(&writer).await.unwrap(), 200);
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    writer.close().await.unwrap();
    assert_eq!(fingerprint(folder.path()).len(), 1, "side files are gone after the last close");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_writers_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daily.db");
    // Opened at once: one of them creates the file, switches it and fills in the schema.
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let path: PathBuf = path.clone();
            tokio::spawn(async move {
                let store = open(&path, OpenMode::Create).await;
                for day in 0..15 {
                    store.append(&pair(writer * 100 + day), at(10, 9)).await.unwrap();
                }
                store.close().await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let reader = open(&path, OpenMode::ReadOnly).await;
    assert_eq!(pairs_seen(&reader).await.unwrap(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_handle_sees_one_instant_whatever_writers_and_checkpoints_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daily.db");
    create(&path).await.close().await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (done, path): (_, PathBuf) = (done.clone(), path.clone());
            tokio::spawn(async move {
                let reader = open(&path, OpenMode::ReadOnly).await;
                let mut newest = 0;
                while !done.load(Ordering::Relaxed) {
                    match pairs_seen(&reader).await {
                        Ok(seen) => {
                            assert!(seen >= newest, "a state once seen stays");
                            newest = seen;
                        }
                        Err(StoreError::Locked { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
                assert_eq!(pairs_seen(&reader).await.unwrap(), 120, "the newest state once all is quiet");
            })
        })
        .collect();
    for session in 0..12 {
        // Every close writes into the file and removes the log.
        let writer = open(&path, OpenMode::ReadWrite).await;
        for day in 0..10 {
            writer.append(&pair(session * 10 + day), at(10, 9)).await.unwrap();
        }
        writer.close().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(fingerprint(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_read_only_handle_that_stays_open_follows_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daily.db");
    create(&path).await.close().await.unwrap();
    let reader = open(&path, OpenMode::ReadOnly).await;
    assert_eq!(pairs_seen(&reader).await.unwrap(), 0);
    let writer = open(&path, OpenMode::ReadWrite).await;
    writer.append(&pair(1), at(10, 9)).await.unwrap();
    assert_eq!(pairs_seen(&reader).await.unwrap(), 1, "from the log");
    writer.append(&pair(2), at(10, 9)).await.unwrap();
    assert_eq!(pairs_seen(&reader).await.unwrap(), 2);
    writer.close().await.unwrap();
    assert_eq!(pairs_seen(&reader).await.unwrap(), 2, "from the file");
    assert_eq!(fingerprint(folder.path()).len(), 1);
}
