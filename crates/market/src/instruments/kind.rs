//! Which pricing an instrument follows, and what the catalogue's file says of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::RiskFactor;

/// Calendar days in a year.
const YEAR: i64 = 365;
/// Business days in a year.
const BUSINESS_YEAR: i64 = 252;

/// Which pricing an instrument follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// DI future of constant maturity, received.
    DiFuture {
        /// Maturity in business days.
        bd: u32,
    },
    /// One listed DI future, received.
    DiContract {
        /// First day of the contract month.
        month: NaiveDate,
    },
    /// Zero-coupon government bond in reais.
    Ltn {
        /// Unadjusted maturity.
        maturity: NaiveDate,
    },
    /// Government bond in reais with semiannual coupons of 10 % a year.
    NtnF {
        /// Unadjusted maturity.
        maturity: NaiveDate,
    },
    /// US Treasury par bond of constant maturity.
    Treasury {
        /// Maturity in years.
        years: u32,
    },
    /// Dollars against reais, forward.
    UsdBrl,
    /// Ibovespa future.
    Ibovespa,
    /// S&P 500 future.
    Sp500,
    /// Commodity future.
    Commodity,
    /// Sovereign credit of constant maturity, protection sold.
    SovereignCredit {
        /// Maturity in years.
        years: u32,
        /// Recovery in percent of notional.
        recovery_pct: u32,
    },
    // Each further kind: a variant here, its row in `of_row`, a file of its own beside this one with `returns`, `quote`,
    // `carry` and `level`, a line in each `match` of `mod.rs` and `priced.rs`.
}

impl InstrumentKind {
    /// The risk factor that drives the price.
    pub fn factor(self) -> RiskFactor {
        match self {
            Self::DiFuture { .. } | Self::DiContract { .. } | Self::Ltn { .. } | Self::NtnF { .. } => {
                RiskFactor::BrlRates
            }
            Self::Treasury { .. } => RiskFactor::UsdRates,
            Self::UsdBrl => RiskFactor::UsdBrl,
            Self::Ibovespa => RiskFactor::EquityBr,
            Self::Sp500 => RiskFactor::EquityUs,
            Self::Commodity => RiskFactor::Commodity,
            Self::SovereignCredit { .. } => RiskFactor::SovereignSpread,
        }
    }

    /// Calendar days from a date to maturity; zero for what has none.
    pub fn days_to_maturity(self, date: NaiveDate) -> i64 {
        match self {
            Self::DiFuture { bd } => i64::from(bd) * YEAR / BUSINESS_YEAR,
            Self::DiContract { month: end } | Self::Ltn { maturity: end } | Self::NtnF { maturity: end } => {
                end.signed_duration_since(date).num_days().max(0)
            }
            Self::Treasury { years } | Self::SovereignCredit { years, .. } => i64::from(years) * YEAR,
            Self::UsdBrl | Self::Ibovespa | Self::Sp500 | Self::Commodity => 0,
        }
    }

    /// The kind of a row of the catalogue's file: its name, its parameters and, for a member of a family, its date.
    pub(super) fn of_row(name: &str, parameters: &Parameters, member: Option<NaiveDate>) -> Result<Self, String> {
        let dated = || member.ok_or_else(|| format!("kind {name} is of a family: its id needs a placeholder"));
        let (kind, allowed): (Self, &[&str]) = match name {
            "di_future" => (Self::DiFuture { bd: parameters.number("bd")? }, &["bd"]),
            "di_contract" => (Self::DiContract { month: dated()? }, &[]),
            "ltn" => (Self::Ltn { maturity: dated()? }, &["months"]),
            "ntnf" => (Self::NtnF { maturity: dated()? }, &["months"]),
            "treasury" => (Self::Treasury { years: parameters.number("years")? }, &["years"]),
            "usdbrl" => (Self::UsdBrl, &[]),
            "ibovespa" => (Self::Ibovespa, &[]),
            "sp500" => (Self::Sp500, &[]),
            "commodity" => (Self::Commodity, &[]),
            "sovereign_credit" => {
                let (years, recovery_pct) = (parameters.number("years")?, parameters.number("recovery_pct")?);
                if recovery_pct >= 100 {
                    return Err(format!("recovery_pct = {recovery_pct} must be below 100"));
                }
                (Self::SovereignCredit { years, recovery_pct }, &["years", "recovery_pct"])
            }
            unknown => return Err(format!("kind {unknown:?} is not known")),
        };
        match parameters.names().find(|name| !allowed.contains(name)) {
            Some(odd) => Err(format!("kind {name} has no parameter {odd:?}")),
            None => Ok(kind),
        }
    }
}

/// `name=value` pairs of a row, separated by semicolons.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("parameter {part:?} is not name=value"))?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        text.split(';').filter(|part| !part.trim().is_empty()).map(pair).collect::<Result<_, String>>().map(Self)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// A whole number of at least one.
    pub(super) fn number(&self, name: &str) -> Result<u32, String> {
        let text = self.get(name).ok_or_else(|| format!("parameter {name} is missing"))?;
        let number = text.parse().map_err(|_| format!("parameter {name}={text} is not a whole number"))?;
        if number == 0 { Err(format!("parameter {name} must not be zero")) } else { Ok(number) }
    }
}
