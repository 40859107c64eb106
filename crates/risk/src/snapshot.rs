//! Everything that is asked of one book beside its tails: exposures, stresses, episodes, liquidity. The monitor asks it
//! of the book to be released and of the one that was held.

use market::curves::CurveBook;
use market::instruments::{self, Instrument};
use numerics::tails::{historical_es, historical_var};

use crate::book::Book;
use crate::components;
use crate::confidence::Confidence;
use crate::config::RiskConfig;
use crate::error::RiskError;
use crate::exposures::FactorExposures;
use crate::limits;
use crate::liquidity::{self, Liquidity};
use crate::measures;
use crate::report::{ComponentRisk, Exposure, Measure, MeasureKind, Method, StressResult, Unpriced};
use crate::returns::ReturnPanel;
use crate::stress::episodes::{self, EpisodeResult, Replayed};
use crate::stress::reverse::{self, FactorCovariance, ReverseStress};
use crate::stress::{self, Holding, Worst};

/// One book under the market's latest levels.
pub(crate) struct Snapshot {
    pub(crate) holdings: Vec<Holding>,
    pub(crate) exposure: Exposure,
    pub(crate) factors: FactorExposures,
    pub(crate) stress: Vec<StressResult>,
    pub(crate) episodes: Vec<EpisodeResult>,
    pub(crate) liquidity: Vec<Liquidity>,
    pub(crate) worst: Worst,
    /// Positions that a scenario could not price.
    pub(crate) gaps: Vec<Unpriced>,
}

/// The episodes as the stored figures tell them: measured once for all books.
pub(crate) fn replay(book: &CurveBook<'_, '_>, config: &RiskConfig) -> Vec<Replayed> {
    let Some(first) = config.episodes.iter().map(|episode| episode.from).min() else { return Vec::new() };
    let history = CurveBook::new(book.view(), first);
    config.episodes.iter().map(|episode| episodes::measure(&history, episode)).collect()
}

/// Asks everything of a book. `nav` is in reais.
pub(crate) fn of_book(
    book: &CurveBook<'_, '_>,
    positions: &Book,
    nav: Option<f64>,
    replayed: &[Replayed],
    config: &RiskConfig,
) -> Result<Snapshot, RiskError> {
    let exposure = positions.exposure(|id| find(id).map(|instrument| instrument.asset_class))?;
    let holdings = stress::holdings(book, positions)?;
    let (stress, gaps) = stress::run(&holdings, &config.scenarios);
    let episodes: Vec<EpisodeResult> = config
        .episodes
        .iter()
        .zip(replayed)
        .map(|(episode, replayed)| episodes::apply(episode, replayed, &holdings))
        .collect();
    let mut sized = Vec::new();
    for (id, weight) in positions.positions() {
        sized.push((find(id)?, weight));
    }
    Ok(Snapshot {
        exposure,
        factors: FactorExposures::of(&holdings),
        liquidity: liquidity::of_book(book, &sized, nav, &config.liquidity),
        worst: Worst::of(&stress, &episodes, book.view().date()),
        stress,
        episodes,
        gaps,
        holdings,
    })
}

impl Snapshot {
    /// The likeliest moves that lose the configured amounts. `history` reaches back over the window.
    pub(crate) fn reverse(&self, history: &CurveBook<'_, '_>, config: &RiskConfig) -> Vec<ReverseStress> {
        let reverse = &config.reverse_stress;
        if reverse.losses.is_empty() {
            return Vec::new();
        }
        let needed = config.minimum_observations_95;
        let covariance = match self.factors.by_factor.is_empty() {
            true => Err("the book is flat".to_owned()),
            false => FactorCovariance::of(history, &self.factors, needed, reverse),
        };
        reverse::run(&self.holdings, &self.factors, covariance.as_ref().map_err(String::as_str), reverse)
    }

    /// The largest single exposure, by name.
    pub(crate) fn largest(&self) -> Option<(&str, f64)> {
        let mut largest: Option<(&str, f64)> = None;
        for holding in &self.holdings {
            let size = holding.weight.abs();
            if largest.is_none_or(|(_, other)| limits::exceeds(size, other)) {
                largest = Some((holding.instrument.as_str(), size));
            }
        }
        largest
    }
}

/// The tails that limits look at, of the held book: its report says no more of it.
pub(crate) struct HeldTails {
    pub(crate) var_95: Measure,
    pub(crate) var_99: Measure,
    pub(crate) es_95: Measure,
    pub(crate) es_99: Measure,
    pub(crate) components: Result<Vec<ComponentRisk>, String>,
}

impl HeldTails {
    /// From the returns of the book's positions on common sessions, or why there are none.
    pub(crate) fn of(panel: Result<&ReturnPanel, String>, book: &Book, config: &RiskConfig) -> Self {
        let weights: Vec<f64> = book.positions().map(|(_, weight)| weight).collect();
        let returns = panel.as_ref().map(|panel| panel.book_returns(&weights)).map_err(String::clone);
        let measure = |kind: MeasureKind, level: Confidence| {
            let value = match &returns {
                // What is not held loses nothing: a fact, and not a stand-in.
                _ if book.is_flat() => Ok(0.0),
                Err(reason) => Err(reason.clone()),
                Ok(returns) => held_measure(returns, kind, level, config),
            };
            let (value, reason) = match value {
                Ok(value) => (Some(value), None),
                Err(reason) => (None, Some(reason)),
            };
            Measure {
                kind,
                method: Method::Historical,
                confidence_pct: level,
                horizon_days: 1,
                value,
                basis: None,
                reason,
            }
        };
        let components = panel.and_then(|panel| {
            let got = panel.observations();
            match got < config.minimum_observations_95 {
                true => Err(format!("{got} common sessions, {} are needed at 95 %", config.minimum_observations_95)),
                false => held_components(panel, &weights, config.limits.var_95),
            }
        });
        Self {
            var_95: measure(MeasureKind::Var, Confidence::P95),
            var_99: measure(MeasureKind::Var, Confidence::P99),
            es_95: measure(MeasureKind::Es, Confidence::P95),
            es_99: measure(MeasureKind::Es, Confidence::P99),
            components: if book.is_flat() { Ok(Vec::new()) } else { components },
        }
    }
}

fn held_measure(returns: &[f64], kind: MeasureKind, level: Confidence, config: &RiskConfig) -> Result<f64, String> {
    let needed = measures::minimum(level, config);
    if returns.len() < needed {
        return Err(format!("{} common sessions, {needed} are needed at {level} %", returns.len()));
    }
    let value = match kind {
        MeasureKind::Var => historical_var(returns, level.level()),
        MeasureKind::Es => historical_es(returns, level.level()),
    };
    value.map_err(|error| error.to_string())
}

fn held_components(panel: &ReturnPanel, weights: &[f64], var_limit: f64) -> Result<Vec<ComponentRisk>, String> {
    let covariance = components::covariance(panel)?;
    components::components(panel, weights, &covariance, var_limit)
}

fn find(id: &instruments::InstrumentId) -> Result<&'static Instrument, RiskError> {
    instruments::find(id).ok_or_else(|| RiskError::UnknownInstrument { instrument: id.clone() })
}
