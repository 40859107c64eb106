//! What the book would gain or lose if risk factors moved at once: every position repriced in full under every scenario.
//!
//! Each position's market levels are read once ([`Holding`]); a scenario then is arithmetic. Beside the full repricing
//! stands what the position's own sensitivities explain of it, to first and second order, and the part that they do not:
//! a large rest says that limits on sensitivities do not bound this loss.
//!
//! * [`run`]: hypothetical scenarios of the configuration;
//! * [`episodes`]: what the factors did in a dated episode, measured from the stored figures;
//! * [`reverse`]: the likeliest move that loses a given amount.

pub mod episodes;
pub mod factors;
pub mod reverse;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::curves::CurveBook;
use market::instruments::{self, InstrumentId, Priced, Sensitivity, Shock};
use serde::{Deserialize, Serialize};

use crate::book::Book;
use crate::error::RiskError;
use crate::report::Unpriced;
use crate::scenario::Scenario;

/// A position with its market levels read.
#[derive(Debug)]
pub struct Holding {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Exposure over NAV; long positive.
    pub weight: f64,
    /// The instrument ready for repricing, with its sensitivities, or why it has no price.
    pub priced: Result<(Priced<'static>, Sensitivity), String>,
}

/// Reads the market once for every position of a book.
///
/// # Errors
/// [`RiskError::UnknownInstrument`].
pub fn holdings(book: &CurveBook<'_, '_>, positions: &Book) -> Result<Vec<Holding>, RiskError> {
    let mut holdings = Vec::new();
    for (id, weight) in positions.positions() {
        let Some(instrument) = instruments::find(id) else {
            return Err(RiskError::UnknownInstrument { instrument: id.clone() });
        };
        let priced = instrument.priced_with(book).and_then(|priced| {
            let sensitivity = priced.sensitivity()?;
            Ok((priced, sensitivity))
        });
        let priced = priced.map_err(|error| error.to_string());
        holdings.push(Holding { instrument: id.clone(), weight, priced });
    }
    Ok(holdings)
}

/// Profit or loss of the book under one scenario, as a fraction of NAV; negative = loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StressResult {
    /// Scenario name.
    pub scenario: String,
    /// What moves.
    pub description: String,
    /// Sum over the positions that were repriced; `None` when a position could not be.
    pub pnl: Option<f64>,
    /// Of each position that was repriced.
    pub by_position: BTreeMap<InstrumentId, f64>,
    /// What its sensitivities explain of it.
    #[serde(default)]
    pub explained: BTreeMap<InstrumentId, Explained>,
    /// Positions without a price under this scenario.
    pub unpriced: Vec<InstrumentId>,
}

/// What a position's sensitivities explain of its stress P&L, as fractions of NAV: the three parts sum to the P&L.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// DV01s, deltas and CS01 times the moves.
    pub first: f64,
    /// Half the second derivative along the shock: convexity and cross effects.
    pub second: f64,
    /// The rest.
    pub unexplained: f64,
}

/// Runs the scenarios in their order. A position without a price takes the scenario's total away, because a partial one
/// would look like a whole; it is listed once a scenario.
pub fn run(holdings: &[Holding], scenarios: &[Scenario]) -> (Vec<StressResult>, Vec<Unpriced>) {
    let mut unpriced = Vec::new();
    let results = scenarios.iter().map(|scenario| {
        let Repriced { pnl, by_position, explained, gaps } = reprice(holdings, &scenario.shock());
        let missing = gaps.iter().map(|gap| gap.0.clone()).collect();
        unpriced.extend(gaps.into_iter().map(|(instrument, reason)| Unpriced {
            instrument,
            needed_for: scenario.name.clone(),
            reason,
        }));
        StressResult {
            scenario: scenario.name.clone(),
            description: scenario.description.clone(),
            pnl,
            by_position,
            explained,
            unpriced: missing,
        }
    });
    (results.collect(), unpriced)
}

/// A book under one shock.
#[derive(Debug, Default)]
pub(crate) struct Repriced {
    /// `None` when a position could not be repriced.
    pub(crate) pnl: Option<f64>,
    pub(crate) by_position: BTreeMap<InstrumentId, f64>,
    pub(crate) explained: BTreeMap<InstrumentId, Explained>,
    pub(crate) gaps: Vec<(InstrumentId, String)>,
}

pub(crate) fn reprice(holdings: &[Holding], shock: &Shock) -> Repriced {
    let mut repriced = Repriced::default();
    let mut total = 0.0;
    for Holding { instrument, weight, priced } in holdings {
        let outcome = priced.as_ref().map_err(String::clone).and_then(|(priced, sensitivity)| {
            let full = priced.reprice(shock).map_err(|error| error.to_string())?;
            // A shock that cannot be halved or reversed is still a shock: it just is not explained.
            Ok((full, priced.taylor_from(sensitivity, shock).ok()))
        });
        match outcome {
            Ok((full, taylor)) => {
                let pnl = 0.0 + weight * full;
                total += pnl;
                repriced.by_position.insert(instrument.clone(), pnl);
                if let Some(taylor) = taylor {
                    let (first, second) = (0.0 + weight * taylor.first, 0.0 + weight * taylor.second);
                    let explained = Explained { first, second, unexplained: pnl - first - second };
                    repriced.explained.insert(instrument.clone(), explained);
                }
            }
            Err(reason) => repriced.gaps.push((instrument.clone(), reason)),
        }
    }
    repriced.pnl = repriced.gaps.is_empty().then_some(total);
    repriced
}

/// Profit or loss of a book under a shock, without its parts.
pub(crate) fn pnl(holdings: &[Holding], shock: &Shock) -> Result<f64, String> {
    let mut total = 0.0;
    for Holding { instrument, weight, priced } in holdings {
        let (priced, _) = priced.as_ref().map_err(|reason| format!("{instrument}: {reason}"))?;
        total += weight * priced.reprice(shock).map_err(|error| error.to_string())?;
    }
    Ok(total)
}

/// The worst loss over scenarios and episodes, positive = loss as a fraction of NAV.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Worst {
    /// Scenario or episode; `None` when nothing that has a total loses.
    pub name: Option<String>,
    /// Its loss; zero when nothing loses. Where something is missing the worst is at least this.
    pub loss: f64,
    /// Scenarios with a total.
    pub scenarios: usize,
    /// Episodes with a total.
    pub episodes: usize,
    /// Scenarios and episodes that count and have no total.
    pub missing: Vec<String>,
}

impl Worst {
    /// Of all scenarios and of the episodes that had ended by `date`: one that is still to come is nothing to replay.
    pub fn of(stress: &[StressResult], episodes: &[episodes::EpisodeResult], date: NaiveDate) -> Self {
        let mut worst = Self::default();
        for result in stress {
            worst.scenarios += worst.add(&result.scenario, result.pnl);
        }
        for result in episodes.iter().filter(|result| result.to <= date) {
            worst.episodes += worst.add(&result.name, result.pnl);
        }
        worst
    }

    /// How many totals the result adds: one or none.
    fn add(&mut self, name: &str, pnl: Option<f64>) -> usize {
        let Some(pnl) = pnl.filter(|pnl| pnl.is_finite()) else {
            self.missing.push(name.to_owned());
            return 0;
        };
        if -pnl > self.loss {
            (self.name, self.loss) = (Some(name.to_owned()), -pnl);
        }
        1
    }

    /// How much was looked at: `21 scenarios and 4 episodes counted of 27`.
    pub fn counted(&self) -> String {
        let all = self.scenarios + self.episodes + self.missing.len();
        format!("{} scenarios and {} episodes counted of {all}", self.scenarios, self.episodes)
    }
}

#[cfg(test)]
mod tests;
