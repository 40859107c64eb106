//! A folder as a source.

mod common;

use std::fs;

use common::now;
use market::Catalogue;
use pipeline_core::ports::{Source, SourceBatch, SourceError};
use sources::FileSource;

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("reading files never waits"),
    }
}

fn drain(source: &mut FileSource) -> Vec<SourceBatch> {
    let catalogue = Catalogue::embedded();
    std::iter::from_fn(|| ready(source.next_batch(&catalogue, now())).unwrap()).collect()
}

#[test]
fn one_batch_per_file_in_the_order_of_paths_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("z/DGS10.csv", "observation_date,DGS10\n2026-03-26,4.33\n");
    write("README.md", "words\n");
    write("a/deep/433.csv", "\"data\";\"valor\"\n\"01/01/2024\";\"0,42\"\n");
    write("a/broken.csv", "<html>");
    let batches = drain(&mut FileSource::new(folder.path()));
    let origins: Vec<&str> = batches.iter().map(|batch| batch.origin.as_str()).collect();
    assert_eq!(origins, ["README.md", "a/broken.csv", "a/deep/433.csv", "z/DGS10.csv"]);
    assert!(batches[1].findings[0].rejects && batches[1].observations.is_empty());
    assert_eq!(
        batches[2].raw_hash,
        blake3::hash(&fs::read(folder.path().join("a/deep/433.csv")).unwrap()).to_hex().to_string()
    );
    assert_eq!(batches, drain(&mut FileSource::new(folder.path())));
}

#[test]
fn a_folder_that_is_not_there_is_unavailable() {
    let mut source = FileSource::new("/nowhere/at/all");
    let error = ready(source.next_batch(&Catalogue::embedded(), now())).unwrap_err();
    let SourceError::Unavailable { what, .. } = error;
    assert!(what.starts_with("/nowhere/at/all"));
}
