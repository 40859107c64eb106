//! The risk step: looks the market up, asks each idea of this crate, and joins the answers into one report.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::AsOf;
use market::curves::CurveBook;
use market::instruments::{self, AssetClass, Instrument, InstrumentId, ReturnSeries};

use crate::backtest::{self, ReleasedRisk};
use crate::book::{Book, NavPoint};
use crate::confidence::Confidence;
use crate::config::RiskConfig;
use crate::drawdown::{self, BreakerState};
use crate::error::RiskError;
use crate::level;
use crate::limits::{self, Facts, Rules};
use crate::losses::{self, LastReturns};
use crate::report::{Measure, MeasureKind, Method, RiskReport, Unpriced, Window};
use crate::returns::ReturnPanel;
use crate::snapshot::{self, HeldTails};
use crate::tails::Tails;

/// What the risk step looks at.
#[derive(Debug, Clone, Copy)]
pub struct RiskInputs<'a> {
    /// The book that is about to be released.
    pub target: &'a Book,
    /// The book that was held over the last session; flat on a desk's first day.
    pub held: &'a Book,
    /// Date of the run that left the held book: it earns from the next session on.
    pub held_since: Option<NaiveDate>,
    /// NAV of each day so far, oldest first, today's included.
    pub nav: &'a [NavPoint],
    /// The breakers, already advanced to today's NAV.
    pub breaker: &'a BreakerState,
}

/// The risk step.
#[derive(Debug, Clone)]
pub struct RiskMonitor {
    config: RiskConfig,
    released: Vec<ReleasedRisk>,
}

/// Returns of the instruments of both books, or why there are none.
type Returns = BTreeMap<InstrumentId, Result<ReturnSeries, String>>;

impl RiskMonitor {
    /// A monitor with a checked configuration.
    ///
    /// # Errors
    /// [`RiskError::Config`].
    pub fn new(config: RiskConfig) -> Result<Self, RiskError> {
        config.validate()?;
        Ok(Self { config, released: Vec::new() })
    }

    /// With what earlier runs released, oldest first, so that it can be tested against the NAV.
    pub fn with_released(self, released: Vec<ReleasedRisk>) -> Self {
        Self { released, ..self }
    }

    /// The report on a book at a cut. What cannot be measured is in the report with its reason.
    ///
    /// # Errors
    /// A weight that is not a number, or an instrument outside the universe: the caller has a defect.
    pub fn assess(&self, view: &AsOf, inputs: &RiskInputs<'_>) -> Result<RiskReport, RiskError> {
        inputs.target.check()?;
        inputs.held.check()?;
        let history = CurveBook::new(view, self.history_from(view.date()));
        let returns = self.returns(&history, inputs)?;
        let tails = self.tails(view.date(), inputs.target, &returns)?;
        let (latest, nav) = (CurveBook::latest(view), inputs.nav.last().map(|point| point.nav));
        let replayed = snapshot::replay(&latest, &self.config);
        let target = snapshot::of_book(&latest, inputs.target, nav, &replayed, &self.config)?;
        let held = snapshot::of_book(&latest, inputs.held, nav, &replayed, &self.config)?;
        let held_panel = self.panel(view.date(), inputs.held, &returns);
        let held_tails =
            HeldTails::of(held_panel.as_ref().map_err(|(reason, _)| reason.clone()), inputs.held, &self.config);

        let last_returns = self.last_returns(view.date(), inputs.held_since, &returns);
        let strategy_losses = losses::by_strategy(inputs.held, &last_returns);
        let class_losses = losses::by_class(inputs.held, &last_returns, class_of)?;
        let drawdown = drawdown::status(inputs.breaker, inputs.nav, &self.config.breakers);
        let rules = Rules { limits: &self.config.limits, waivers: &self.config.waivers, date: view.date() };
        let facts = Facts {
            exposure: &target.exposure,
            largest: target.largest(),
            var_95: historical(&tails.measures, MeasureKind::Var, Confidence::P95),
            var_99: historical(&tails.measures, MeasureKind::Var, Confidence::P99),
            es_95: historical(&tails.measures, MeasureKind::Es, Confidence::P95),
            es_99: historical(&tails.measures, MeasureKind::Es, Confidence::P99),
            components: tails.components.as_deref().map_err(String::as_str),
            factors: &target.factors,
            liquidity: &target.liquidity,
            worst_stress: &target.worst,
            drawdown: &drawdown,
            strategy_losses: &strategy_losses,
            class_losses: &class_losses,
        };
        let limits = limits::check(&facts, rules);
        let of_held = Facts {
            exposure: &held.exposure,
            largest: held.largest(),
            var_95: &held_tails.var_95,
            var_99: &held_tails.var_99,
            es_95: &held_tails.es_95,
            es_99: &held_tails.es_99,
            components: held_tails.components.as_deref().map_err(String::as_str),
            factors: &held.factors,
            liquidity: &held.liquidity,
            worst_stress: &held.worst,
            ..facts
        };
        let held_limits = limits::check_held(&of_held, rules);

        let missing_returns = inputs.target.positions().filter_map(|(id, _)| match returns.get(id) {
            Some(Err(reason)) => {
                Some(Unpriced { instrument: id.clone(), needed_for: "returns".to_owned(), reason: reason.clone() })
            }
            _ => None,
        });
        let unpriced: Vec<Unpriced> = missing_returns.chain(target.gaps.iter().cloned()).collect();
        let reverse_stress = target.reverse(&history, &self.config);
        let alerts = level::alerts(&level::Findings {
            limits: &limits,
            held_limits: &held_limits,
            stress: &target.stress,
            episodes: &target.episodes,
            unpriced: &unpriced,
            breaker: inputs.breaker,
            drawdown: &drawdown,
            gross: target.exposure.gross,
            loss_bound: self.config.limits.drawdown,
        });
        let (level, reason) = level::overall(&alerts);
        let backtests = match inputs.target.is_flat() && self.released.is_empty() {
            true => Vec::new(),
            false => tails.backtests.into_iter().chain(backtest::released(&self.released, &self.config)).collect(),
        };
        let (components, components_reason) = match tails.components {
            Ok(components) => (components, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        Ok(RiskReport {
            date: view.date(),
            exposure: target.exposure,
            measures: tails.measures,
            window: tails.window,
            components,
            components_reason,
            splits: tails.splits,
            backtests,
            stress: target.stress,
            episodes: target.episodes,
            reverse_stress,
            factor_exposures: target.factors,
            liquidity: target.liquidity,
            limits,
            held_limits,
            drawdown,
            breaker: inputs.breaker.clone(),
            unpriced,
            level,
            reason,
            alerts,
        })
    }

    /// First date of the history: two calendar days a session cover weekends, holidays and sessions that the markets do not
    /// share.
    fn history_from(&self, date: NaiveDate) -> NaiveDate {
        date.checked_sub_days(Days::new(2 * self.config.window as u64)).unwrap_or(NaiveDate::MIN)
    }

    /// Returns of everything held or wanted, over the history.
    fn returns(&self, history: &CurveBook<'_, '_>, inputs: &RiskInputs<'_>) -> Result<Returns, RiskError> {
        let mut wanted: Vec<&'static Instrument> = Vec::new();
        let by_strategy = inputs.held.by_strategy.values().flatten().filter(|(_, w)| **w != 0.0).map(|(id, _)| id);
        let both = inputs.target.positions().chain(inputs.held.positions()).map(|(id, _)| id);
        for id in both.chain(by_strategy) {
            let instrument = find(id)?;
            if wanted.iter().all(|other| other.id != instrument.id) {
                wanted.push(instrument);
            }
        }
        let from = self.history_from(history.view().date());
        let of_one = |instrument: &Instrument| {
            let found = instrument.excess_returns_with(history, from).map_err(|error| error.to_string());
            (instrument.id.clone(), found)
        };
        Ok(wanted.into_iter().map(of_one).collect())
    }

    fn tails(&self, date: NaiveDate, book: &Book, returns: &Returns) -> Result<Tails, RiskError> {
        if book.is_flat() {
            return Ok(Tails::flat());
        }
        match self.panel(date, book, returns) {
            Ok(panel) => Tails::of(&panel, book, &self.config),
            Err((reason, window)) => Ok(Tails::absent(reason, window)),
        }
    }

    /// Returns of a book's positions on their common sessions, or why there are none, with the sessions that there were.
    fn panel(&self, date: NaiveDate, book: &Book, returns: &Returns) -> Result<ReturnPanel, (String, Option<Window>)> {
        let mut series = Vec::new();
        let mut missing = Vec::new();
        for (id, _) in book.positions() {
            match returns.get(id) {
                Some(Ok(found)) => series.push(found),
                _ => missing.push(id.as_str()),
            }
        }
        if !missing.is_empty() {
            return Err((format!("no returns of {}", missing.join(", ")), None));
        }
        let Some(panel) = ReturnPanel::align(&series, self.config.window) else {
            return Err(("the positions have no session in common".to_owned(), None));
        };
        if !self.is_recent(panel.last(), date) {
            let reason = format!(
                "the last common session, {}, is more than {} days before {date}",
                panel.last(),
                self.config.last_session_max_age_days
            );
            return Err((reason, Some(panel.window())));
        }
        Ok(panel)
    }

    /// The last return of each instrument, when it is recent.
    fn last_returns(&self, date: NaiveDate, held_since: Option<NaiveDate>, returns: &Returns) -> LastReturns {
        let was_held = |day: NaiveDate| held_since.is_none_or(|since| day > since);
        let last = |found: &Result<ReturnSeries, String>| -> Result<(NaiveDate, f64), String> {
            let found = found.as_ref().map_err(String::clone)?;
            match (found.dates.last(), found.returns.last()) {
                (Some(&day), _) if !was_held(day) => {
                    Err(format!("the last return is of {day}, when the book was not held yet"))
                }
                (Some(&day), Some(&value)) if self.is_recent(day, date) => Ok((day, value)),
                (Some(&day), _) => Err(format!("the last return is of {day}")),
                _ => Err("there is no return".to_owned()),
            }
        };
        returns.iter().map(|(id, found)| (id.clone(), last(found))).collect()
    }

    fn is_recent(&self, day: NaiveDate, date: NaiveDate) -> bool {
        (date - day).num_days() <= i64::from(self.config.last_session_max_age_days)
    }
}

fn find(id: &InstrumentId) -> Result<&'static Instrument, RiskError> {
    instruments::find(id).ok_or_else(|| RiskError::UnknownInstrument { instrument: id.clone() })
}

fn class_of(id: &InstrumentId) -> Result<AssetClass, RiskError> {
    find(id).map(|instrument| instrument.asset_class)
}

/// The historical measures are always there; the first one stands in for a list that were empty.
fn historical(measures: &[Measure], kind: MeasureKind, level: Confidence) -> &Measure {
    let key = (kind, Method::Historical, level, 1);
    let wanted = |m: &&Measure| (m.kind, m.method, m.confidence_pct, m.horizon_days) == key;
    measures.iter().find(wanted).unwrap_or(&measures[0])
}

#[cfg(test)]
mod tests;
