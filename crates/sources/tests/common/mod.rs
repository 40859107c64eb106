//! Reading inline samples.
#![allow(dead_code)] // Each test file uses its part.

use chrono::{DateTime, TimeZone, Utc};
use market::{Calendars, Catalogue};
use pipeline_core::ports::SourceBatch;
use sources::{Context, batch};

/// Noon of the last day of the samples.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 31, 23, 30, 0).unwrap()
}

/// A file of that path and content, read.
pub fn read(path: &str, bytes: impl AsRef<[u8]>) -> SourceBatch {
    thread_local! {
        static KNOWN: (Catalogue, Calendars) = (Catalogue::embedded(), Calendars::embedded());
    }
    KNOWN.with(|(catalogue, calendars)| batch(bytes.as_ref(), &Context { path, catalogue, calendars, now: now() }))
}

/// `SERIES PERIOD VALUE` of every figure, in the batch's order.
pub fn figures(batch: &SourceBatch) -> Vec<String> {
    batch.observations.iter().map(|one| format!("{} {} {}", one.series, one.period, one.value)).collect()
}

/// Names of the rules that findings cite, in order, without repeats.
pub fn rules(batch: &SourceBatch) -> Vec<&str> {
    let mut rules: Vec<&str> = batch.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    rules
}
