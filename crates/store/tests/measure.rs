//! Rows a second of append and load, printed. Run with `cargo test --release -p store --test measure -- --ignored --nocapture`.

mod common;

use std::time::Instant;

use common::{at, batch, create, date, figure, url};
use pipeline_core::ports::{NewObservation, Store};
use store::{OpenMode, SqlStore};

fn figures(series: usize, days: i64) -> Vec<NewObservation> {
    let start = date("2006-01-02");
    let mut figures = Vec::new();
    for day in 0..days {
        for s in 0..series {
            let mut figure = figure(&format!("S{s:04}"), "2026-03-02", (day as f64) * 0.01 + s as f64, at(2, 20));
            figure.period = start + chrono::TimeDelta::days(day);
            figure.released_at = figure.period.and_hms_opt(21, 0, 0).unwrap().and_utc();
            figures.push(figure);
        }
    }
    figures
}

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn a_million_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daily.db");
    let store = create(&path).await;
    let file = batch("all.csv", figures(200, 5_000));
    let timed = |what: &str, since: Instant| println!("{what}: {:.3} s", since.elapsed().as_secs_f64());

    let start = Instant::now();
    store.append(&file, at(10, 9)).await.unwrap();
    timed("append 1,000,000 rows", start);
    let start = Instant::now();
    store.append(&file, at(10, 9)).await.unwrap();
    timed("append the same again", start);
    let start = Instant::now();
    store.load().await.unwrap();
    timed("load, row by row, and pack", start);
    let start = Instant::now();
    store.load().await.unwrap();
    timed("load, packed", start);
    let mut day = figures(200, 25);
    day.iter_mut().for_each(|figure| figure.period += chrono::TimeDelta::days(5_000));
    let start = Instant::now();
    store.append(&batch("day.csv", day), at(11, 9)).await.unwrap();
    timed("append an increment of 5,000 rows", start);
    let start = Instant::now();
    store.load().await.unwrap();
    timed("load, packed, with that tail", start);
    store.close().await.unwrap();
    println!("file: {:.1} MB", std::fs::metadata(&path).unwrap().len() as f64 / 1e6);
    let start = Instant::now();
    SqlStore::open(&url(&path), OpenMode::ReadOnly).await.unwrap();
    timed("open read-only", start);
}
