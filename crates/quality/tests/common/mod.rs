//! Builders for hand-made histories.
#![allow(dead_code)]

use chrono::{DateTime, Days, NaiveDate, Utc};
use market::{
    AsOf, Calendars, Catalogue, Cut, History, HistoryBuilder, Observation, ReleaseBasis, SeriesDef, SeriesId, time,
};
use quality::{Finding, QualityConfig, QualityReport, Rule, check};
use simulated_market::SimulatedMarket;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A history under construction, over the embedded catalogue.
pub struct Desk {
    pub builder: HistoryBuilder,
    pub catalogue: Catalogue,
    pub calendars: Calendars,
}

impl Desk {
    pub fn new() -> Self {
        Self { builder: History::builder(), catalogue: Catalogue::embedded(), calendars: Calendars::embedded() }
    }

    /// The figures of a simulated world.
    pub fn of(world: &SimulatedMarket) -> Self {
        let mut desk = Self::new();
        for batch in world.batches() {
            for definition in &batch.definitions {
                desk.catalogue.insert(definition.clone());
            }
            for o in &batch.observations {
                desk.push(o.series.as_str(), o.period, o.value, o.released_at);
            }
        }
        desk
    }

    pub fn definition(&self, id: &str) -> &SeriesDef {
        self.catalogue.get(&SeriesId::new(id)).unwrap()
    }

    pub fn push(&mut self, id: &str, period: NaiveDate, value: f64, released_at: DateTime<Utc>) {
        self.builder.push(Observation {
            series: SeriesId::new(id),
            period,
            value,
            released_at,
            basis: ReleaseBasis::Assumed,
            recorded_at: released_at,
        });
    }

    /// The last `count` sessions up to `last` with values by index, each released by its rule.
    pub fn daily(&mut self, id: &str, last: &str, count: u32, value: impl Fn(u32) -> Option<f64>) {
        let definition = self.definition(id).clone();
        let mut period = self.calendars.on_or_before(definition.calendar, day(last));
        for back in 0..count {
            if let Some(value) = value(count - 1 - back) {
                let lag = Days::new(definition.release.lag_days.max(0) as u64);
                let date = self.calendars.on_or_after(definition.calendar, period + lag);
                let released_at = time::local_instant(date, definition.release.time, definition.release.zone);
                self.push(id, period, value, released_at);
            }
            period = self.calendars.business_days_before(definition.calendar, period, 1);
        }
    }

    /// The report of a run date at the default cut.
    pub fn report(self, date: &str, config: &QualityConfig) -> QualityReport {
        let history = self.builder.build().unwrap();
        let cut = Cut::published(day(date), time::default_cut(day(date)));
        check(&AsOf::new(&history, &self.catalogue, &self.calendars, cut), config)
    }
}

/// Findings of a rule about a series.
pub fn about<'r>(report: &'r QualityReport, id: &str, rule: Rule) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.series.as_str() == id && finding.rule == rule).collect()
}

/// A wiggle that never repeats and never jumps.
pub fn wiggle(index: u32) -> f64 {
    let x = f64::from(index);
    (0.7 * x).sin() + 0.5 * (2.3 * x).cos() + 0.002 * x
}
