//! Loading the real data and asking the agents on one date.

use std::collections::BTreeMap;
use std::path::PathBuf;

use agents::{AgentId, AgentRegistry, RegimeLabel};
use anyhow::{Context, Result};
use chrono::{NaiveDate, TimeZone, Utc};
use market::time::default_cut;
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation, SeriesId};
use pipeline_core::ports::Source;
use sources::FileSource;

/// The figures and what is needed to view them.
pub(super) struct Loaded {
    catalogue: Catalogue,
    calendars: Calendars,
    history: History,
}

/// One signal of a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) value: f64,
    pub(super) score: f64,
    pub(super) confidence: f64,
}

/// Everything that was said on a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) date: NaiveDate,
    pub(super) signals: BTreeMap<String, Said>,
    /// Reason by model.
    pub(super) abstained: BTreeMap<String, String>,
    pub(super) features: BTreeMap<String, f64>,
    /// Score and confidence.
    pub(super) composites: BTreeMap<AgentId, (f64, f64)>,
    pub(super) regime: Option<(f64, RegimeLabel)>,
    /// Agents that gave no report, with why.
    pub(super) failed: Vec<String>,
    /// Selic target in force and the newest USD/BRL, for the episodes.
    pub(super) selic: Option<f64>,
    pub(super) usdbrl: Option<f64>,
}

impl Loaded {
    pub(super) fn read(folder: PathBuf) -> Result<Self> {
        let now = Utc.with_ymd_and_hms(2026, 4, 1, 12, 0, 0).single().context("an instant")?;
        let mut catalogue = Catalogue::embedded();
        let mut source = FileSource::new(folder);
        let mut history = History::builder();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        while let Some(batch) = runtime.block_on(source.next_batch(&catalogue, now))? {
            batch.definitions.iter().for_each(|definition| catalogue.insert(definition.clone()));
            for one in batch.observations {
                history.push(Observation {
                    series: one.series,
                    period: one.period,
                    value: one.value,
                    released_at: one.released_at,
                    basis: one.basis,
                    recorded_at: one.released_at,
                });
            }
        }
        Ok(Self { catalogue, calendars: Calendars::embedded(), history: history.build()? })
    }

    pub(super) fn rows(&self) -> usize {
        self.history.row_count()
    }

    pub(super) fn series(&self) -> usize {
        self.history.series_count()
    }

    /// Asks every agent at the default cut of a date.
    pub(super) fn ask(&self, registry: &AgentRegistry, date: NaiveDate) -> Asked {
        let view = AsOf::new(&self.history, &self.catalogue, &self.calendars, Cut::published(date, default_cut(date)));
        let mut asked = Asked {
            date,
            signals: BTreeMap::new(),
            abstained: BTreeMap::new(),
            features: BTreeMap::new(),
            composites: BTreeMap::new(),
            regime: None,
            failed: Vec::new(),
            selic: newest(&view, "BR_SELIC_TARGET"),
            usdbrl: newest(&view, "BR_USDBRL_PTAX_SELL").or_else(|| newest(&view, "BR_USDBRL_M_AVG_SELL")),
        };
        for outcome in registry.assess_all(&view) {
            let report = match outcome.result {
                Ok(report) => report,
                Err(error) => {
                    asked.failed.push(error.to_string());
                    continue;
                }
            };
            asked.signals.extend(report.signals.into_iter().map(|signal| {
                (signal.id, Said { value: signal.value, score: signal.score, confidence: signal.confidence })
            }));
            asked.abstained.extend(report.abstained.into_iter().map(|a| (a.model, a.reason)));
            asked.features.extend(report.features);
            asked.composites.extend(report.composite.map(|c| (report.agent, (c.score, c.confidence))));
            asked.regime = asked.regime.or(report.regime.map(|regime| (regime.score, regime.label)));
        }
        asked
    }
}

fn newest(view: &AsOf, id: &str) -> Option<f64> {
    let series = view.series(&SeriesId::new(id)).ok()?;
    series.at_or_before(view.date()).filter(|(day, _)| (view.date() - *day).num_days() < 70).map(|(_, value)| value)
}
