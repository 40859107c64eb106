//! The samples: one honest figure and the ways to spoil it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use agents::{Agent, AgentId, AgentSignal, Evidence, Finding, Model, Panel, Refusal, Strength};
use chrono::{Datelike, Days, Utc, Weekday};
use market::instruments::InstrumentId;
use market::{AsOf, Calendars, Catalogue, Cut, History, SeriesId};
use pipeline_core::lookahead::World;
use strategies::{Decision, SignalReading, Strategy, StrategyError, StrategyId, StrategyReport, StrategyState};

use crate::world::{EVENING, PRICE, PRINT};

/// A figure and what is cited for it.
pub struct Reading {
    value: f64,
    evidence: Vec<Evidence>,
}

/// How a sample comes to its figure.
pub type Figure = fn(&Handle, &AsOf) -> Reading;

/// What an embedder's agent may hold: the world it was built with.
pub struct Handle {
    history: Arc<History>,
    catalogue: Arc<Catalogue>,
    calendars: Arc<Calendars>,
}

impl Handle {
    pub fn of(world: &World) -> Self {
        Self {
            history: Arc::new(world.history.clone()),
            catalogue: Arc::new(world.catalogue.clone()),
            calendars: Arc::new(world.calendars.clone()),
        }
    }

    /// The view of some days later: what no agent should make.
    fn days_later(&self, view: &AsOf, days: u64) -> AsOf<'_> {
        let Cut { date, published, recorded } = view.cut();
        let (date, published) = (date + Days::new(days), published + Days::new(days));
        AsOf::new(&self.history, &self.catalogue, &self.calendars, Cut { date, published, recorded })
    }
}

fn latest(view: &AsOf, series: &str) -> f64 {
    view.latest(&series.into()).map_or(0.0, |latest| latest.value)
}

fn without_evidence(value: f64) -> Reading {
    Reading { value, evidence: Vec::new() }
}

/// The last print known at the cut, and the price beside it.
pub fn honest(_: &Handle, view: &AsOf) -> Reading {
    let price = latest(view, PRICE);
    let Ok(print) = view.latest(&PRINT.into()) else { return without_evidence(price) };
    let evidence = vec![Evidence::read("last print", print.value, "% m/m", &PRINT.into(), print.period)];
    Reading { value: price * (1.0 + print.value / 100.0), evidence }
}

/// Reads the print that is still to come.
pub fn next_print(world: &Handle, view: &AsOf) -> Reading {
    let known = latest(view, PRINT);
    let next = world.days_later(view, 30);
    without_evidence(latest(&next, PRINT) - known)
}

/// Reads the known period as it was revised later.
pub fn final_revision(world: &Handle, view: &AsOf) -> Reading {
    let Ok(print) = view.latest(&PRINT.into()) else { return without_evidence(0.0) };
    let last = world.days_later(view, 365);
    let revised = last.of_period(&PRINT.into(), print.period).ok().flatten();
    without_evidence(revised.map_or(0.0, |print| print.value))
}

/// Reads a figure of the evening, after the cut of its day.
pub fn later_the_same_day(world: &Handle, view: &AsOf) -> Reading {
    let known = latest(view, EVENING);
    let cut = view.cut();
    let midnight = Cut { published: cut.published + chrono::TimeDelta::hours(1), ..cut };
    let evening = AsOf::new(&world.history, &world.catalogue, &world.calendars, midnight);
    without_evidence(latest(&evening, EVENING) - known)
}

/// Standardises today's price with the mean and deviation of all there ever was and will be.
pub fn standardised_over_everything(world: &Handle, view: &AsOf) -> Reading {
    let everything = world.days_later(view, 3650).series(&PRICE.into()).map_or(Vec::new(), |series| series.values);
    let count = everything.len().max(1) as f64;
    let mean = everything.iter().sum::<f64>() / count;
    let variance = everything.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    without_evidence((latest(view, PRICE) - mean) / variance.sqrt())
}

/// Reads the price of tomorrow.
pub fn price_of_tomorrow(world: &Handle, view: &AsOf) -> Reading {
    latest(view, PRICE);
    without_evidence(latest(&world.days_later(view, 1), PRICE))
}

/// Honest but on Fridays.
pub fn price_of_tomorrow_on_fridays(world: &Handle, view: &AsOf) -> Reading {
    let days = if view.date().weekday() == Weekday::Fri { 3 } else { 0 };
    latest(view, PRICE);
    without_evidence(latest(&world.days_later(view, days), PRICE))
}

/// Counts the contracts of the catalogue it was built with, not of the view's.
pub fn contracts_of_the_whole_catalogue(world: &Handle, view: &AsOf) -> Reading {
    latest(view, PRICE);
    let listed = world.catalogue.iter().filter(|definition| definition.id.as_str().starts_with("B3.DI1F"));
    without_evidence(listed.count() as f64)
}

/// Looks at no value: only at whether there is anything after today.
pub fn something_comes(world: &Handle, view: &AsOf) -> Reading {
    latest(view, PRICE);
    without_evidence(world.history.row_count() as f64)
}

/// Counts the meetings of the next month, those that nobody had announced as well.
pub fn unannounced_meetings(world: &Handle, view: &AsOf) -> Reading {
    latest(view, PRICE);
    let (from, to) = (view.date(), view.date() + Days::new(30));
    without_evidence(world.calendars.fomc().between(from, to).len() as f64)
}

/// The higher of two prices. Tomorrow's price is read, and is lower: with the figures as they came, nothing shows.
pub fn capped_by_tomorrow(world: &Handle, view: &AsOf) -> Reading {
    let today = latest(view, PRICE);
    without_evidence(today.max(latest(&world.days_later(view, 1), PRICE) - 1_000.0))
}

/// Reads the clock.
pub fn clock(_: &Handle, view: &AsOf) -> Reading {
    without_evidence(latest(view, PRICE) + f64::from(Utc::now().timestamp_subsec_nanos()) * 1e-9)
}

/// Averages with what the previous call, of whatever date, came to.
pub fn smoothed_over_calls(_: &Handle, view: &AsOf) -> Reading {
    static PREVIOUS: Mutex<Option<f64>> = Mutex::new(None);
    let now = latest(view, PRICE);
    let mut previous = PREVIOUS.lock().unwrap_or_else(PoisonError::into_inner);
    let smoothed = 0.5 * (now + previous.unwrap_or(now));
    *previous = Some(now);
    without_evidence(smoothed)
}

/// Decides honestly, and cites a period of which nothing is known yet.
pub fn cites_the_next_period(world: &Handle, view: &AsOf) -> Reading {
    let mut reading = honest(world, view);
    for cited in &mut reading.evidence {
        cited.period = cited.period.and_then(|period| period.checked_add_months(chrono::Months::new(1)));
    }
    reading
}

/// Decides honestly, and cites the period as it was revised later.
pub fn cites_the_final_revision(world: &Handle, view: &AsOf) -> Reading {
    let revised = final_revision(world, view).value;
    let mut reading = honest(world, view);
    reading.evidence.iter_mut().for_each(|cited| cited.value = revised);
    reading
}

/// Looks ahead, files what it read, and decides honestly.
pub fn looks_only(world: &Handle, view: &AsOf) -> Reading {
    let ahead = world.days_later(view, 1);
    latest(&ahead, PRICE);
    view.absorb(&ahead.reads());
    honest(world, view)
}

struct Sample {
    world: Handle,
    figure: Figure,
}

/// The sample as an agent of one model.
pub fn agent(world: Handle, figure: Figure) -> Box<dyn Agent> {
    let sample = Sample { world, figure };
    Box::new(Panel::new(AgentId::Inflation, vec![Box::new(sample)], &Default::default()))
}

/// The sample as a strategy.
pub fn strategy(world: Handle, figure: Figure) -> Box<dyn Strategy> {
    Box::new(Sample { world, figure })
}

impl Model for Sample {
    fn id(&self) -> &'static str {
        "sample"
    }

    fn weight(&self) -> f64 {
        1.0
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [PRICE, PRINT, EVENING].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let Reading { value, evidence } = (self.figure)(&self.world, view);
        let signal = AgentSignal {
            id: Model::id(self).to_owned(),
            agent: AgentId::Inflation,
            subject: "sample".to_owned(),
            value,
            unit: "index".to_owned(),
            score: 0.5,
            confidence: 0.5,
            strength: Strength::Moderate,
            horizon_days: 30,
            implications: BTreeMap::new(),
            evidence,
            diagnostics: BTreeMap::new(),
        };
        Ok(Finding { signals: vec![signal], ..Finding::default() })
    }
}

impl Strategy for Sample {
    fn id(&self) -> StrategyId {
        "SAMPLE_01".into()
    }

    fn summary(&self) -> &'static str {
        "a figure as a signal"
    }

    fn instruments(&self) -> Vec<InstrumentId> {
        Vec::new()
    }

    fn evaluate(
        &self,
        view: &AsOf<'_>,
        _: &[agents::AgentReport],
        state: &StrategyState,
    ) -> Result<StrategyReport, StrategyError> {
        let Reading { value, evidence } = (self.figure)(&self.world, view);
        let signal = SignalReading {
            package: "SAMPLE".to_owned(),
            value,
            unit: "index".to_owned(),
            entry_threshold: 1.0,
            exit_threshold: 0.5,
        };
        Ok(StrategyReport {
            strategy: Strategy::id(self),
            decision: Decision::Stay,
            positions: Vec::new(),
            abstained: None,
            signals: vec![signal],
            evidence,
            notes: Vec::new(),
            missing: Vec::new(),
            next_state: state.clone(),
            reads: Default::default(),
        })
    }
}
