//! The constraints on a book, by name.

use std::collections::BTreeMap;
use std::fmt;

use market::instruments::{AssetClass, InstrumentId};
use numerics::tails::gaussian_var;
use serde::{Deserialize, Serialize};

use super::AllocateConfig;
use crate::construct::RiskModel;
use crate::weights::gross;
use crate::{PortfolioError, Weights};

const TRADING_DAYS: f64 = 252.0;
/// Relative excess over a cap that still counts as on it: the rounding of a sum of weights.
const ROUNDING: f64 = 1e-12;
/// Excess over the net band or the turnover that still counts as on it: what the solver's tolerance leaves.
const SOLVED: f64 = 1e-8;

/// A constraint on the book.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Constraint {
    /// Sum of absolute weights.
    GrossLeverage,
    /// Absolute weight of an instrument.
    SinglePosition {
        /// Which.
        instrument: InstrumentId,
    },
    /// Sum of absolute weights of an asset class.
    AssetClass {
        /// Which.
        asset_class: AssetClass,
    },
    /// Stand-alone VaR of an instrument, which bounds its component VaR.
    RiskContribution {
        /// Which.
        instrument: InstrumentId,
    },
    /// Sum of signed weights.
    Net,
    /// Sum of absolute trades.
    Turnover,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GrossLeverage => f.write_str("gross leverage"),
            Self::SinglePosition { instrument } => write!(f, "single position {instrument}"),
            Self::AssetClass { asset_class } => write!(f, "asset class {asset_class:?}"),
            Self::RiskContribution { instrument } => write!(f, "risk contribution {instrument}"),
            Self::Net => f.write_str("net exposure"),
            Self::Turnover => f.write_str("turnover"),
        }
    }
}

/// A constraint with its use by a book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConstraintUse {
    /// Which.
    pub constraint: Constraint,
    /// Value of the book.
    pub value: f64,
    /// Cap the value may not exceed; the lower side for a net exposure below its band.
    pub limit: f64,
    /// True when the value is beyond the limit.
    pub breached: bool,
}

/// Everything needed to judge a book.
pub(super) struct Constraints<'a> {
    config: &'a AllocateConfig,
    classes: BTreeMap<InstrumentId, AssetClass>,
    /// Largest absolute weight by the risk-contribution cap.
    risk_caps: BTreeMap<InstrumentId, f64>,
}

impl<'a> Constraints<'a> {
    /// Constraints for books on these instruments.
    pub(super) fn new(
        config: &'a AllocateConfig,
        classes: BTreeMap<InstrumentId, AssetClass>,
        model: &RiskModel,
    ) -> Result<Self, PortfolioError> {
        let mut risk_caps = BTreeMap::new();
        if let Some(cap) = config.risk_contribution {
            for (row, id) in model.instruments.iter().enumerate() {
                let daily = (model.instrument_covariance[row][row] / TRADING_DAYS).sqrt();
                if daily > 0.0 {
                    let unit = gaussian_var(0.0, daily, cap.confidence)
                        .map_err(PortfolioError::numerics("stand-alone VaR of an instrument"))?;
                    risk_caps.insert(id.clone(), cap.share * cap.var_limit / unit);
                }
            }
        }
        Ok(Self { config, classes, risk_caps })
    }

    /// Cap on the absolute weight of an instrument, and which constraint sets it.
    pub(super) fn instrument_caps(&self, instrument: &InstrumentId) -> Vec<(Constraint, f64)> {
        let mut caps =
            vec![(Constraint::SinglePosition { instrument: instrument.clone() }, self.config.single_position)];
        if let Some(cap) = self.risk_caps.get(instrument) {
            caps.push((Constraint::RiskContribution { instrument: instrument.clone() }, *cap));
        }
        caps
    }

    pub(super) fn class_of(&self, instrument: &InstrumentId) -> Option<AssetClass> {
        self.classes.get(instrument).copied()
    }

    /// Use of the caps that a flat book always satisfies: gross, class, single, risk contribution.
    pub(super) fn caps(&self, weights: &Weights) -> Vec<ConstraintUse> {
        let mut uses = vec![capped(Constraint::GrossLeverage, gross(weights), self.config.gross_leverage)];
        for asset_class in AssetClass::ALL {
            let of_class = weights.iter().filter(|(id, _)| self.class_of(id) == Some(asset_class));
            let value: f64 = of_class.map(|(_, weight)| weight.abs()).sum();
            if value > 0.0 {
                uses.push(capped(Constraint::AssetClass { asset_class }, value, self.config.asset_class));
            }
        }
        for (id, weight) in weights {
            for (constraint, cap) in self.instrument_caps(id) {
                uses.push(capped(constraint, weight.abs(), cap));
            }
        }
        uses
    }

    /// Use of every constraint, the net band and the turnover included.
    pub(super) fn uses(&self, weights: &Weights, turnover: f64) -> Vec<ConstraintUse> {
        let mut uses = self.caps(weights);
        if let Some(band) = self.config.net {
            let value: f64 = weights.values().sum();
            let below = value < band.lower - SOLVED;
            let limit = if below { band.lower } else { band.upper };
            let breached = below || value > band.upper + SOLVED;
            uses.push(ConstraintUse { constraint: Constraint::Net, value, limit, breached });
        }
        if let Some(limit) = self.config.turnover {
            let breached = turnover > limit + SOLVED;
            uses.push(ConstraintUse { constraint: Constraint::Turnover, value: turnover, limit, breached });
        }
        uses
    }

    /// Constraints that the book breaches. Turnover is about trades, not about a book: pass zero for a held one.
    pub(super) fn breaches(&self, weights: &Weights, turnover: f64) -> Vec<ConstraintUse> {
        self.uses(weights, turnover).into_iter().filter(|used| used.breached).collect()
    }

    /// Largest factor in [0, 1] by which the book satisfies the caps.
    pub(super) fn fitting_scale(&self, weights: &Weights) -> f64 {
        let factor = |used: &ConstraintUse| if used.value > used.limit { used.limit / used.value } else { 1.0 };
        self.caps(weights).iter().map(factor).fold(1.0, f64::min)
    }
}

fn capped(constraint: Constraint, value: f64, limit: f64) -> ConstraintUse {
    ConstraintUse { constraint, value, limit, breached: value > limit * (1.0 + ROUNDING) }
}
