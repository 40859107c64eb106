//! The simulated market as a source of figures.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use market::{CalendarId, Calendars, Catalogue, time};
use pipeline_core::ports::{NewObservation, PortFuture, Source, SourceBatch, SourceError};

use crate::config::SimulationConfig;
use crate::publish::{Published, publish};
use crate::truth::Truth;
use crate::world;

/// A simulated world: its batches, its truth, and the [`Source`] port over it.
#[derive(Debug, Clone)]
pub struct SimulatedMarket {
    config: SimulationConfig,
    name: String,
    truth: Truth,
    batches: Vec<SourceBatch>,
    next: usize,
    last_business_day: NaiveDate,
}

impl SimulatedMarket {
    /// Generates the world. Takes well under a second for a decade of a whole desk's series.
    ///
    /// # Errors
    /// When the dates are out of order or a rate of faults is not a probability.
    pub fn new(config: SimulationConfig) -> Result<Self, SimulationError> {
        config.validate()?;
        let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
        let (months, days) = world::generate(&config, &calendars);
        let published = publish(&config, &calendars, &catalogue, &months, &days);
        let mut faults = Vec::new();
        let batches = batches(&config, published, &mut faults);
        faults.sort();
        let truth = Truth { parameters: config.parameters, months, days, faults };
        let last_business_day = calendars.on_or_before(CalendarId::BrNational, config.end);
        Ok(Self {
            name: format!("simulated://seed={}", config.seed),
            config,
            truth,
            batches,
            next: 0,
            last_business_day,
        })
    }

    /// The configuration it was made from.
    pub fn config(&self) -> &SimulationConfig {
        &self.config
    }

    /// What really happened.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// One batch a publisher, in order of name: all that was released by the end.
    pub fn batches(&self) -> &[SourceBatch] {
        &self.batches
    }

    /// The last Brazilian business day on or before the end: the natural date of a run.
    pub fn last_business_day(&self) -> NaiveDate {
        self.last_business_day
    }
}

impl Source for SimulatedMarket {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_batch<'a>(
        &'a mut self,
        _catalogue: &'a Catalogue,
        _now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<Option<SourceBatch>, SourceError>> {
        let batch = self.batches.get(self.next).cloned();
        self.next += usize::from(batch.is_some());
        Box::pin(std::future::ready(Ok(batch)))
    }
}

/// Why a world cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimulationError {
    /// The end is before the start.
    #[error("the simulation ends on {end}, before its start on {start}")]
    Dates {
        /// First day.
        start: NaiveDate,
        /// Last day.
        end: NaiveDate,
    },
    /// A rate of faults is outside [0, 1] or not a number.
    #[error("the rate of {kind} is {rate}; it must lie in [0, 1]")]
    Rate {
        /// Which fault.
        kind: &'static str,
        /// The rate given.
        rate: f64,
    },
}

/// Applies faults, drops what was not released by the end, and groups by publisher.
fn batches(
    config: &SimulationConfig,
    published: Vec<Published>,
    faults: &mut Vec<crate::faults::InjectedFault>,
) -> Vec<SourceBatch> {
    let late = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(NaiveTime::MIN);
    let limit = time::local_instant(config.end, late, time::SAO_PAULO);
    let mut by_source: BTreeMap<String, SourceBatch> = BTreeMap::new();
    for mut series in published {
        let mut injected = Vec::new();
        config.faults.apply(config.seed, &mut series, &mut injected);
        // A fault in a figure that is not public yet has not happened yet.
        let first_releases: BTreeMap<NaiveDate, DateTime<Utc>> =
            series.rows.iter().rev().map(|row| (row.period, row.released_at)).collect();
        let happened = |period: &NaiveDate| match first_releases.get(period) {
            Some(released_at) => *released_at <= limit,
            None => *period <= config.end,
        };
        faults.extend(injected.into_iter().filter(|fault| happened(&fault.period)));
        series.rows.retain(|row| row.released_at <= limit && row.value.is_finite());
        if series.rows.is_empty() {
            continue;
        }
        let source = series.definition.source.clone();
        let batch = by_source.entry(source.clone()).or_insert_with(|| empty(config.seed, source));
        batch.rows_read += series.rows.len() as u64;
        let id = &series.definition.id;
        batch.observations.extend(series.rows.iter().map(|row| NewObservation {
            series: id.clone(),
            period: row.period,
            value: row.value,
            released_at: row.released_at,
            basis: row.basis,
        }));
        batch.definitions.push(series.definition);
    }
    let mut batches: Vec<SourceBatch> = by_source.into_values().collect();
    for batch in &mut batches {
        seal(batch);
    }
    batches
}

fn empty(seed: u64, source: String) -> SourceBatch {
    SourceBatch {
        origin: format!("simulated://seed={seed}/{}", source.to_lowercase()),
        source,
        raw_hash: String::new(),
        raw_bytes: 0,
        rows_read: 0,
        rows_rejected: 0,
        definitions: Vec::new(),
        observations: Vec::new(),
        findings: Vec::new(),
        simulated: true,
    }
}

/// Hash and length over the figures, as a file of them would have.
fn seal(batch: &mut SourceBatch) {
    let mut hasher = blake3::Hasher::new();
    let mut length = 0;
    let mut bytes = Vec::with_capacity(64);
    for observation in &batch.observations {
        bytes.clear();
        bytes.extend_from_slice(observation.series.as_str().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&chrono::Datelike::num_days_from_ce(&observation.period).to_le_bytes());
        bytes.extend_from_slice(&observation.value.to_bits().to_le_bytes());
        bytes.extend_from_slice(&observation.released_at.timestamp().to_le_bytes());
        bytes.push(observation.basis.code());
        hasher.update(&bytes);
        length += bytes.len() as u64;
    }
    batch.raw_hash = hasher.finalize().to_hex().to_string();
    batch.raw_bytes = length;
}
