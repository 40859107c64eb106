//! Identities: instrument, asset class, currency, risk factor.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Identity of an instrument: `DI_5Y`, `USDBRL`. Cheap to clone, ordered by its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstrumentId(Arc<str>);

impl InstrumentId {
    /// An id from its text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstrumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for InstrumentId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for InstrumentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for InstrumentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(String::deserialize(deserializer)?))
    }
}

/// Asset class: the unit of the agents' implications and of class limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    /// Nominal government rates and their futures.
    NominalRates,
    /// Inflation-linked bonds.
    InflationLinked,
    /// USD/BRL: the price is reais a dollar.
    Fx,
    /// Sovereign credit: long is long risk.
    SovereignCredit,
    /// Equity indices.
    EquityIndex,
    /// Commodities.
    Commodity,
}

impl AssetClass {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::NominalRates,
        Self::InflationLinked,
        Self::Fx,
        Self::SovereignCredit,
        Self::EquityIndex,
        Self::Commodity,
    ];

    /// Text form, as serialised.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NominalRates => "nominal_rates",
            Self::InflationLinked => "inflation_linked",
            Self::Fx => "fx",
            Self::SovereignCredit => "sovereign_credit",
            Self::EquityIndex => "equity_index",
            Self::Commodity => "commodity",
        }
    }
}

impl fmt::Display for AssetClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Currency of an instrument's P&L and funding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// Brazilian real.
    #[serde(rename = "BRL")]
    Brl,
    /// US dollar.
    #[serde(rename = "USD")]
    Usd,
}

impl Currency {
    /// ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Brl => "BRL",
            Self::Usd => "USD",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// The risk factor that drives an instrument's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskFactor {
    /// Brazilian nominal rates.
    BrlRates,
    /// US rates.
    UsdRates,
    /// USD/BRL spot.
    #[serde(rename = "usdbrl")]
    UsdBrl,
    /// Brazilian equities.
    EquityBr,
    /// US equities.
    EquityUs,
    /// Breakeven inflation in Brazil.
    Breakeven,
    /// Basis of the onshore dollar rate over US rates.
    CupomBasis,
    /// Commodities.
    Commodity,
    /// Sovereign credit spread.
    SovereignSpread,
}

impl RiskFactor {
    /// The factors that are curves, in the order of [`Sensitivity::key_rates`](super::Sensitivity::key_rates).
    pub const CURVES: [Self; 4] = [Self::BrlRates, Self::UsdRates, Self::Breakeven, Self::CupomBasis];
}
