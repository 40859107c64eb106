//! Builders that the store's tests share.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use market::{
    AsOf, CalendarId, Calendars, Catalogue, CurvePoint, Cut, Frequency, Observation, ReleaseBasis, ReleaseRule,
    SeriesDef, SeriesId, Tenor,
};
use pipeline_core::ports::{NewObservation, SourceBatch, StoredMarket};
use store::{OpenMode, SqlStore};

/// A short wait, so that tests of locks do not take seconds.
pub const SHORT: Duration = Duration::from_millis(50);

pub fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

pub async fn create(path: &Path) -> SqlStore {
    SqlStore::open_with(&url(path), OpenMode::Create, SHORT).await.unwrap()
}

pub fn at(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, day, hour, 0, 0).unwrap()
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn definition(id: &str) -> SeriesDef {
    SeriesDef {
        id: SeriesId::new(id),
        source: "TEST".to_owned(),
        source_code: id.to_owned(),
        name: format!("series {id}"),
        unit: "% p.a.".to_owned(),
        country: "BR".to_owned(),
        category: "rates".to_owned(),
        frequency: Frequency::Daily,
        calendar: CalendarId::B3,
        release: ReleaseRule { lag_days: 1, time: NaiveTime::from_hms_opt(18, 30, 0).unwrap(), zone: chrono_tz() },
        curve: Some(CurvePoint { curve: "DI1".to_owned(), tenor: Tenor::Maturity(date("2027-01-04")) }),
        instrument: Some("DI1F27".to_owned()),
        field: None,
        discontinued: false,
    }
}

fn chrono_tz<T: std::str::FromStr>() -> T
where
    T::Err: std::fmt::Debug,
{
    "America/Sao_Paulo".parse().unwrap()
}

pub fn figure(id: &str, period: &str, value: f64, released_at: DateTime<Utc>) -> NewObservation {
    NewObservation {
        series: SeriesId::new(id),
        period: date(period),
        value,
        released_at,
        basis: ReleaseBasis::Scheduled,
    }
}

/// A batch of figures; its hash is that of their text, its origin is given.
pub fn batch(origin: &str, observations: Vec<NewObservation>) -> SourceBatch {
    let ids: BTreeMap<String, ()> = observations.iter().map(|o| (o.series.to_string(), ())).collect();
    SourceBatch {
        source: "TEST".to_owned(),
        origin: origin.to_owned(),
        raw_hash: blake3::hash(format!("{observations:?}").as_bytes()).to_hex().to_string(),
        raw_bytes: 100,
        rows_read: observations.len() as u64,
        rows_rejected: 0,
        definitions: ids.keys().map(|id| definition(id)).collect(),
        observations,
        findings: Vec::new(),
        simulated: false,
    }
}

/// Every vintage in a store, sorted.
pub fn rows(market: &StoredMarket) -> Vec<Observation> {
    let mut rows = Vec::new();
    let kept = market.history.map(|observation| {
        rows.push(observation.clone());
        Some(observation)
    });
    kept.unwrap();
    rows
}

/// Latest value of a period as known at an instant.
pub fn known(market: &StoredMarket, id: &str, period: &str, cut: DateTime<Utc>) -> Option<f64> {
    let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
    let view = AsOf::new(&market.history, &catalogue, &calendars, Cut::published(date("2026-03-31"), cut));
    view.of_period(&SeriesId::new(id), date(period)).ok().flatten().map(|o| o.value)
}

/// Name and content hash of every file of a folder.
pub fn fingerprint(folder: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let hash = blake3::hash(&std::fs::read(entry.path()).unwrap()).to_hex().to_string();
            (entry.file_name().to_string_lossy().into_owned(), hash)
        })
        .collect()
}
