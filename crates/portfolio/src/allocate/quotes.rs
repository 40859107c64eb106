//! What a contract is worth today, in the desk's currency.

use std::collections::BTreeMap;

use market::instruments::{Instrument, InstrumentId};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::trades::decimal;
use crate::PortfolioError;

/// Price of an instrument's contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContractQuote {
    /// Price in the contract's quote unit.
    pub price: f64,
    /// Rate behind the price as a decimal, for contracts whose tick is one of the rate.
    pub rate: Option<f64>,
    /// Units of the desk's currency per unit of the instrument's: 1 for reais, USDBRL for dollars.
    pub fx: f64,
}

/// Quotes of the instruments held and wanted, and why others have none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quotes {
    /// By instrument.
    pub quoted: BTreeMap<InstrumentId, ContractQuote>,
    /// Instruments without a quote, with the reason.
    pub missing: BTreeMap<InstrumentId, String>,
}

/// A contract at its quote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contract {
    pub(super) code: String,
    pub(super) currency: &'static str,
    /// Contracts of a lot.
    pub(super) lot: i64,
    /// Exposure of one contract in the desk's currency.
    pub(super) value: Decimal,
    /// Weight of one lot.
    pub(super) unit: f64,
    pub(super) price: Decimal,
    pub(super) price_unit: String,
    /// Price or rate that the exchange takes, on the tick; none when the tick is of a rate and the quote has none.
    pub(super) limit: Option<Decimal>,
    pub(super) tick_unit: String,
}

impl Contract {
    /// Weight of a number of contracts.
    pub(super) fn weight(&self, contracts: i64) -> f64 {
        self.unit * (contracts as f64 / self.lot as f64)
    }

    /// Whole lots nearest to a weight, in contracts; halves go to zero.
    pub(super) fn nearest(&self, weight: f64) -> i64 {
        let lots = weight.abs() / self.unit;
        let whole = (lots - 0.5).ceil().max(0.0);
        (weight.signum() * whole) as i64 * self.lot
    }
}

/// Contracts by instrument, and the reasons of those that cannot be counted.
pub(super) type Counted = (BTreeMap<InstrumentId, Contract>, BTreeMap<InstrumentId, String>);

/// The contracts that can be counted at these quotes, and why the others cannot.
pub(super) fn contracts(
    instruments: &BTreeMap<InstrumentId, &'static Instrument>,
    quotes: &Quotes,
    nav: f64,
) -> Result<Counted, PortfolioError> {
    let (mut known, mut unquoted) = (BTreeMap::new(), BTreeMap::new());
    for (id, instrument) in instruments {
        let Some(quote) = quotes.quoted.get(id) else {
            let reason = quotes.missing.get(id).cloned().unwrap_or_else(|| "no quote was given".to_owned());
            unquoted.insert(id.clone(), reason);
            continue;
        };
        let spec = &instrument.contract;
        let exposure = spec.exposure(quote.price).zip(Decimal::from_f64(quote.fx));
        let value = exposure.and_then(|(exposure, fx)| exposure.checked_mul(fx)).filter(|value| *value > Decimal::ZERO);
        let Some((value, size)) = value.and_then(|value| Some((value, value.to_f64()?))) else {
            unquoted.insert(id.clone(), format!("price {} at {} BRL is no value of a contract", quote.price, quote.fx));
            continue;
        };
        let lot = i64::from(spec.lot);
        let quoted = match (spec.tick_unit == spec.quote_unit, quote.rate) {
            (true, _) => Some(quote.price),
            (false, rate) => rate.map(|rate| 100.0 * rate),
        };
        let limit = quoted.map(decimal).transpose()?.map(|level| (level / spec.tick).round() * spec.tick);
        known.insert(
            id.clone(),
            Contract {
                code: spec.code.to_string(),
                currency: instrument.currency.code(),
                lot,
                value: value.round_dp(8),
                unit: size * lot as f64 / nav,
                price: decimal(quote.price)?.round_dp(6).normalize(),
                price_unit: spec.quote_unit.to_string(),
                limit: limit.map(|limit| limit.normalize()),
                tick_unit: spec.tick_unit.to_string(),
            },
        );
    }
    Ok((known, unquoted))
}
