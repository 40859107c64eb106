//! The constraints on a book, by name.

use std::fmt;

use market::instruments::{AssetClass, Currency, InstrumentId, Sensitivity};
use serde::{Deserialize, Serialize};

/// A sensitivity of the book that can be bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// Fraction of NAV lost for +1 bp on all Brazilian rates.
    Dv01Brl,
    /// Fraction of NAV lost for +1 bp on all US and cupom rates.
    Dv01Usd,
    /// Fraction of NAV lost for +1 bp on every rate.
    Dv01,
    /// Years: the loss for a rise of every rate, per unit of the rise.
    DurationYears,
    /// Return of NAV per unit of a relative move of USD/BRL.
    FxDelta,
    /// Return of NAV per unit of a relative move of all equity markets.
    EquityDelta,
}

impl Exposure {
    /// Coefficient per unit of weight.
    pub(super) fn of(self, sensitivity: &Sensitivity) -> f64 {
        match self {
            Self::Dv01Brl => sensitivity.dv01_brl,
            Self::Dv01Usd => sensitivity.dv01_usd,
            Self::Dv01 => sensitivity.dv01,
            Self::DurationYears => sensitivity.dv01 * 10_000.0,
            Self::FxDelta => sensitivity.fx_delta,
            Self::EquityDelta => sensitivity.equity_delta,
        }
    }

    /// Text form, as in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dv01Brl => "dv01_brl",
            Self::Dv01Usd => "dv01_usd",
            Self::Dv01 => "dv01",
            Self::DurationYears => "duration_years",
            Self::FxDelta => "fx_delta",
            Self::EquityDelta => "equity_delta",
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

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
    /// Annual volatility of the book.
    Volatility,
    /// Signed weight of an instrument.
    Bounds {
        /// Which.
        instrument: InstrumentId,
    },
    /// Net position in a currency.
    Currency {
        /// Which.
        currency: Currency,
    },
    /// Sensitivity of the book to a factor.
    Exposure {
        /// Which.
        exposure: Exposure,
    },
    /// A linear constraint of the desk's own.
    Linear {
        /// Its name in the configuration.
        name: String,
    },
    /// A package between nothing and its whole target: never more than wanted, never the other side.
    Package {
        /// Which.
        package: String,
    },
}

impl Constraint {
    /// Its kind, as `soft` names it in the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GrossLeverage => "gross",
            Self::SinglePosition { .. } => "single_position",
            Self::AssetClass { .. } => "asset_class",
            Self::RiskContribution { .. } => "risk_contribution",
            Self::Net => "net",
            Self::Turnover => "turnover",
            Self::Volatility => "volatility",
            Self::Bounds { .. } => "bounds",
            Self::Currency { .. } => "currency",
            Self::Exposure { .. } => "exposure",
            Self::Linear { .. } => "linear",
            Self::Package { .. } => "package",
        }
    }

    /// Unit of its value and its limit.
    pub fn unit(&self) -> &'static str {
        match self {
            Self::GrossLeverage
            | Self::SinglePosition { .. }
            | Self::AssetClass { .. }
            | Self::RiskContribution { .. }
            | Self::Net
            | Self::Turnover
            | Self::Bounds { .. }
            | Self::Currency { .. } => "of NAV",
            Self::Volatility => "of NAV a year",
            Self::Exposure { exposure } => match exposure {
                Exposure::Dv01Brl | Exposure::Dv01Usd | Exposure::Dv01 => "of NAV per bp",
                Exposure::DurationYears => "years",
                Exposure::FxDelta | Exposure::EquityDelta => "of NAV",
            },
            Self::Linear { .. } => "units of its coefficients",
            Self::Package { .. } => "of the target",
        }
    }
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
            Self::Volatility => f.write_str("volatility"),
            Self::Bounds { instrument } => write!(f, "bounds {instrument}"),
            Self::Currency { currency } => write!(f, "currency {currency}"),
            Self::Exposure { exposure } => write!(f, "exposure {exposure}"),
            Self::Linear { name } => write!(f, "linear {name}"),
            Self::Package { package } => write!(f, "package {package}"),
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
    /// The side of the band that is nearer to the value, or beyond which it is: of a cap, the cap.
    pub limit: f64,
    /// True when the value is beyond the limit.
    pub breached: bool,
}
