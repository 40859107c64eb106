//! Dated episodes replayed from the stored figures: what each factor did between two dates, applied in full to today's
//! book.
//!
//! An episode is an instantaneous shock of the size of the whole move. It is measured at the run's cut, which has seen the
//! episode; a run dated before its end has not, and does not show it. A factor without figures on both dates is
//! *unmeasured* and named: it does not stand at zero. The episode then is partial, and it has a total only if no position
//! depends on what is missing (a curve measured to one year says nothing of ten).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::curves::CurveBook;
use market::instruments::{InstrumentId, RiskFactor, Shock, VERTICES};
use serde::{Deserialize, Serialize};

use super::factors::{self, FACTORS, MoveUnit};
use super::{Explained, Holding, Repriced, reprice};
use crate::error::RiskError;
use crate::report::Unpriced;

/// A change of a price below this is rounding, not a dependence.
const NO_DEPENDENCE: f64 = 1e-12;

/// A dated episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Episode {
    /// Stable name (`covid_2020`).
    pub name: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// Close from which the moves are measured.
    pub from: NaiveDate,
    /// Close to which they are measured.
    pub to: NaiveDate,
}

/// How much of an episode could be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Every factor, whole curves included.
    Complete,
    /// Some factors.
    Partial,
    /// No factor at all.
    Absent,
}

/// The move of one factor, at one maturity where it is a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorMove {
    /// Which factor.
    pub factor: RiskFactor,
    /// Maturity in years; `None` for what is not a curve.
    pub years: Option<f64>,
    /// How much: basis points or a fraction of the level.
    pub amount: f64,
    /// In what.
    pub unit: MoveUnit,
}

/// Where a factor's move was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Which factor.
    pub factor: RiskFactor,
    /// Curve or series.
    pub source: String,
    /// Date of the first level.
    pub from: NaiveDate,
    /// Date of the second level.
    pub to: NaiveDate,
}

/// A factor, or the part of a curve, that has no data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unmeasured {
    /// Which factor.
    pub factor: RiskFactor,
    /// Last maturity that was measured, in years; `None` when nothing was.
    pub beyond_years: Option<f64>,
    /// Why.
    pub reason: String,
}

/// Profit or loss of today's book under an episode, as a fraction of NAV; negative = loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpisodeResult {
    /// Name of the episode.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Close from which the moves are measured.
    pub from: NaiveDate,
    /// Close to which they are measured.
    pub to: NaiveDate,
    /// How much of it could be measured.
    pub coverage: Coverage,
    /// What the factors did.
    pub moves: Vec<FactorMove>,
    /// From which figures.
    pub measured: Vec<Measured>,
    /// What has no data.
    pub unmeasured: Vec<Unmeasured>,
    /// Sum over the positions; `None` when one depends on what has no data, or has no price.
    pub pnl: Option<f64>,
    /// Of each position that depends on measured factors only.
    pub by_position: BTreeMap<InstrumentId, f64>,
    /// What its sensitivities explain of it.
    pub explained: BTreeMap<InstrumentId, Explained>,
    /// Positions without a result, and why.
    pub unpriced: Vec<Unpriced>,
}

/// What the stored figures say of an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    shock: Shock,
    moves: Vec<FactorMove>,
    measured: Vec<Measured>,
    unmeasured: Vec<Unmeasured>,
}

/// Measures an episode from the figures known at the cut. `history` reaches back to its start.
pub fn measure(history: &CurveBook<'_, '_>, episode: &Episode) -> Replayed {
    let mut replayed = Replayed {
        shock: Shock { name: episode.name.clone(), ..Shock::default() },
        moves: Vec::new(),
        measured: Vec::new(),
        unmeasured: Vec::new(),
    };
    for factor in FACTORS {
        let measured = match episode.to > history.view().date() {
            true => Err(format!("it ends on {}, after the run date", episode.to)),
            false => factors::pair(history, factor, episode.from, episode.to),
        };
        let moves = measured.and_then(|(start, end)| Ok((factors::moves(factor, &start, &end)?, start, end)));
        match moves {
            Ok((moves, start, end)) => {
                replayed.add(factor, &moves, Measured { factor, source: start.source, from: start.date, to: end.date })
            }
            Err(reason) => replayed.unmeasured.push(Unmeasured { factor, beyond_years: None, reason }),
        }
    }
    replayed
}

impl Replayed {
    fn add(&mut self, factor: RiskFactor, moves: &[(f64, f64)], measured: Measured) {
        let is_curve = RiskFactor::CURVES.contains(&factor);
        self.moves.extend(moves.iter().map(|&(years, amount)| FactorMove {
            factor,
            years: is_curve.then_some(years),
            amount,
            unit: factors::unit(factor),
        }));
        factors::put(&mut self.shock, factor, moves);
        let last = moves.last().map_or(0.0, |point| point.0);
        if is_curve && last < VERTICES[VERTICES.len() - 1] {
            let reason = format!("{} is of {last} years at most", measured.source);
            self.unmeasured.push(Unmeasured { factor, beyond_years: Some(last), reason });
        }
        self.measured.push(measured);
    }

    /// Why a position's result cannot be stated: the first unmeasured factor that its price depends on.
    fn hidden_from(&self, holding: &Holding) -> Option<String> {
        let (priced, _) = holding.priced.as_ref().ok()?;
        let depends = |missing: &&Unmeasured| {
            let probe = factors::probe(missing.factor, missing.beyond_years);
            // What cannot be repriced under a probe depends on it for all that is known.
            priced.reprice(&probe).map_or(true, |change| change.abs() > NO_DEPENDENCE)
        };
        let missing = self.unmeasured.iter().find(depends)?;
        let beyond = missing.beyond_years.map_or_else(String::new, |years| format!(" beyond {years} years"));
        Some(format!("it depends on {}{beyond}: {}", factors::name(missing.factor), missing.reason))
    }
}

/// Applies an episode to a book.
pub fn apply(episode: &Episode, replayed: &Replayed, holdings: &[Holding]) -> EpisodeResult {
    let mut hidden = Vec::new();
    let mut seen = Vec::new();
    for holding in holdings {
        match replayed.hidden_from(holding) {
            Some(reason) => hidden.push((holding.instrument.clone(), reason)),
            None => seen.push(holding),
        }
    }
    let mut repriced = Repriced { pnl: Some(0.0), ..Repriced::default() };
    for holding in seen {
        let one = reprice(std::slice::from_ref(holding), &replayed.shock);
        repriced.pnl = repriced.pnl.zip(one.pnl).map(|(sum, pnl)| sum + pnl);
        repriced.by_position.extend(one.by_position);
        repriced.explained.extend(one.explained);
        repriced.gaps.extend(one.gaps);
    }
    let coverage = match (replayed.measured.is_empty(), replayed.unmeasured.is_empty()) {
        (true, _) => Coverage::Absent,
        (false, true) => Coverage::Complete,
        (false, false) => Coverage::Partial,
    };
    // Of an episode that nothing was measured of, not even a flat book says anything.
    let pnl = repriced.pnl.filter(|_| hidden.is_empty() && coverage != Coverage::Absent);
    let mut gaps: Vec<(InstrumentId, String)> = repriced.gaps.into_iter().chain(hidden).collect();
    gaps.sort();
    EpisodeResult {
        name: episode.name.clone(),
        description: episode.description.clone(),
        from: episode.from,
        to: episode.to,
        coverage,
        moves: replayed.moves.clone(),
        measured: replayed.measured.clone(),
        unmeasured: replayed.unmeasured.clone(),
        pnl,
        by_position: repriced.by_position,
        explained: repriced.explained,
        unpriced: gaps
            .into_iter()
            .map(|(instrument, reason)| Unpriced { instrument, needed_for: episode.name.clone(), reason })
            .collect(),
    }
}

/// Refuses episodes without a name or an end after their start.
///
/// # Errors
/// [`RiskError::Config`].
pub fn validate(episodes: &[Episode]) -> Result<(), RiskError> {
    let refuse = |key: String, why: String| Err(RiskError::Config { key, why });
    for (at, episode) in episodes.iter().enumerate() {
        if episode.name.trim().is_empty() || episodes[..at].iter().any(|other| other.name == episode.name) {
            return refuse("episodes".to_owned(), format!("the name {:?} is empty or given twice", episode.name));
        }
        if episode.to <= episode.from {
            let (from, to) = (episode.from, episode.to);
            return refuse(format!("episodes.{}", episode.name), format!("it ends ({to}) before it begins ({from})"));
        }
    }
    Ok(())
}

/// The desk's standing episodes. The dates are those of the move, from a close before it to the close of its trough.
pub fn standard() -> Vec<Episode> {
    let episode = |name: &str, from: (i32, u32, u32), to: (i32, u32, u32), description: &str| {
        let day = |(year, month, day): (i32, u32, u32)| NaiveDate::from_ymd_opt(year, month, day);
        Some(Episode { name: name.to_owned(), description: description.to_owned(), from: day(from)?, to: day(to)? })
    };
    [
        episode(
            "lehman_2008",
            (2008, 9, 12),
            (2008, 10, 27),
            "from the Friday before Lehman Brothers failed to the trough of equities",
        ),
        episode(
            "taper_2013",
            (2013, 5, 21),
            (2013, 6, 24),
            "from the eve of the Fed chairman's testimony on tapering to the peak of yields",
        ),
        episode(
            "downgrade_2015",
            (2015, 9, 9),
            (2015, 9, 23),
            "from Brazil's loss of investment grade to the high of the dollar",
        ),
        episode("joesley_2017", (2017, 5, 17), (2017, 5, 18), "the day of the recordings of the president"),
        episode(
            "covid_2020",
            (2020, 2, 19),
            (2020, 3, 23),
            "from the peak of US equities to the trough of the pandemic",
        ),
        episode(
            "rates_2022",
            (2021, 12, 30),
            (2022, 10, 24),
            "the rise of US rates of 2022, to the peak of the 10-year yield",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
