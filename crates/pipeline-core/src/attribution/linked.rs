//! Several runs' profits as one: parts that add up to the compounded return.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::instruments::{InstrumentId, RiskFactor};
use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::performance::carino_linking;
use serde::Serialize;
use strategies::StrategyId;

use super::{Attribution, PnlParts};

/// Relative gap between a closing NAV and the next opening one that is rounding.
const SAME_NAV: f64 = 1e-9;

/// Parts of the return over several runs, as fractions of the first opening NAV.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LinkedAttribution {
    /// Date of the run that left the first book.
    pub from: Option<NaiveDate>,
    /// Date of the last run.
    pub to: Option<NaiveDate>,
    /// Compounded return net of costs: the sum of `total`.
    pub net_return: f64,
    /// The whole book.
    pub total: PnlParts,
    /// By instrument.
    pub by_instrument: BTreeMap<InstrumentId, PnlParts>,
    /// By strategy.
    pub by_strategy: BTreeMap<StrategyId, PnlParts>,
    /// What no strategy's book explains.
    pub unassigned: PnlParts,
    /// The factor moves by risk factor.
    pub by_factor: BTreeMap<RiskFactor, f64>,
}

/// Why periods cannot be linked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LinkError {
    /// A run between two of them is missing.
    #[error(
        "the run of {} opens at a NAV of {opening}, the one before it closed at {closing}: they do not follow",
        .to.map_or_else(|| "no date".to_owned(), |date| date.to_string())
    )]
    Gap {
        /// Date of the later run.
        to: Option<NaiveDate>,
        /// NAV at which it opens.
        opening: f64,
        /// NAV at which the one before it closed.
        closing: f64,
    },
    /// A return has no logarithm, or there are no periods.
    #[error("the periods cannot be linked: {0}")]
    Numerics(#[from] NumericsError),
}

/// Links the attributions of consecutive runs, oldest first (Carino 1999: see
/// [`carino_linking`](numerics::performance::carino_linking)).
///
/// # Errors
/// [`LinkError::Gap`] when they do not follow on each other; [`LinkError::Numerics`] for no periods, or one that lost
/// everything.
pub fn link(periods: &[Attribution]) -> Result<LinkedAttribution, LinkError> {
    for pair in periods.windows(2) {
        let closing = pair[0].base_nav * (1.0 + pair[0].total.gross());
        let opening = pair[1].opening_nav;
        if (closing - opening).abs() > SAME_NAV * opening.abs() {
            return Err(LinkError::Gap { to: pair[1].to, opening, closing });
        }
    }
    let returns: Vec<f64> = periods.iter().map(|period| period.total.net() * of_opening(period)).collect();
    let zeros = vec![0.0; returns.len()];
    let linking = carino_linking(&returns, &zeros, &DMatrix::from_column_slice(returns.len(), 1, &returns))?;
    let mut linked = LinkedAttribution {
        from: periods.first().and_then(|period| period.from),
        to: periods.last().and_then(|period| period.to),
        net_return: linking.excess,
        ..LinkedAttribution::default()
    };
    for (period, factor) in periods.iter().zip(&linking.period_factors) {
        let scale = factor / linking.total_factor * of_opening(period);
        linked.total += period.total.scaled(scale);
        linked.unassigned += period.unassigned.scaled(scale);
        for (id, parts) in &period.by_instrument {
            *linked.by_instrument.entry(id.clone()).or_default() += parts.scaled(scale);
        }
        for (strategy, parts) in &period.by_strategy {
            *linked.by_strategy.entry(strategy.clone()).or_default() += parts.scaled(scale);
        }
        for (factor, moved) in &period.by_factor {
            *linked.by_factor.entry(*factor).or_default() += moved * scale;
        }
    }
    Ok(linked)
}

/// From a fraction of the NAV after costs to one of the opening NAV.
fn of_opening(period: &Attribution) -> f64 {
    period.base_nav / period.opening_nav
}
