//! A simulated market as its publishers print it, with the truth it was made with.
#![allow(dead_code, reason = "every test file takes what it needs")]

use market::{AsOf, Calendars, Catalogue, Cut, History, Observation};
use simulated_market::{SimulatedMarket, SimulationConfig, Truth};

pub struct Published {
    pub catalogue: Catalogue,
    pub calendars: Calendars,
    pub rows: Vec<Observation>,
    pub truth: Truth,
}

pub fn date(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

impl Published {
    pub fn new(config: SimulationConfig) -> Self {
        let market = SimulatedMarket::new(config).unwrap();
        let (mut catalogue, mut rows) = (Catalogue::embedded(), Vec::new());
        for batch in market.batches() {
            batch.definitions.iter().for_each(|definition| catalogue.insert(definition.clone()));
            rows.extend(batch.observations.iter().map(|one| Observation {
                series: one.series.clone(),
                period: one.period,
                value: one.value,
                released_at: one.released_at,
                basis: one.basis,
                recorded_at: one.released_at,
            }));
        }
        Self { catalogue, calendars: Calendars::embedded(), rows, truth: market.truth().clone() }
    }

    pub fn view<'h>(&'h self, history: &'h History, day: chrono::NaiveDate) -> AsOf<'h> {
        AsOf::new(history, &self.catalogue, &self.calendars, Cut::published(day, market::time::default_cut(day)))
    }
}

pub fn history<'r>(rows: impl IntoIterator<Item = &'r Observation>) -> History {
    let mut builder = History::builder();
    rows.into_iter().for_each(|row| builder.push(row.clone()));
    builder.build().unwrap()
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Pearson's, of pairs `(said, truth)`.
pub fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (mx, my) = (mean(&x), mean(&y));
    let product: f64 = pairs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    let squares = |values: &[f64], mean: f64| values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    product / (squares(&x, mx) * squares(&y, my)).sqrt()
}
