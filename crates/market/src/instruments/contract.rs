//! The contract an instrument is traded with.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Serialize;

/// Specification of the traded contract and the cost of trading it.
///
/// Specifications are the exchanges' published ones; `cost_bp` is a default of the house, open to configuration: what
/// one side of a trade loses against the mid price, in basis points of the exposure traded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contract {
    /// Exchange code of the contract: `DI1`, `DOL`.
    pub code: String,
    /// Where it trades: `B3`, `CME`, `OTC`.
    pub venue: String,
    /// Currency value of one unit of the quoted price for one contract: exposure = price x multiplier.
    pub multiplier: Decimal,
    /// Smallest number of contracts that trades.
    pub lot: u32,
    /// Smallest step of the quote, in `tick_unit`.
    pub tick: Decimal,
    /// Unit of `tick`.
    pub tick_unit: String,
    /// Unit of [`Quote::price`](super::Quote::price).
    pub quote_unit: String,
    /// Cost of one side of a trade, in basis points of exposure.
    pub cost_bp: f64,
    /// What the specification rests on: a page that was read, or memory (`recalled, not re-checked`).
    pub verification: String,
}

impl Contract {
    /// Exposure of one contract at a price, in the instrument's currency (reais for USDBRL); `None` when the price is not
    /// a positive number.
    pub fn exposure(&self, price: f64) -> Option<Decimal> {
        let price = Decimal::from_f64(price).filter(|price| price.is_sign_positive() && !price.is_zero())?;
        price.checked_mul(self.multiplier)
    }
}

#[cfg(test)]
mod tests {
    use crate::instruments::{catalogue, find};

    #[test]
    fn one_contract_is_worth_price_times_multiplier() {
        let exposure = |id: &str, price: f64| find(&id.into()).unwrap().contract.exposure(price).unwrap().to_string();
        assert_eq!(exposure("DI_1Y", 87_500.5), "87500.5");
        assert_eq!(exposure("USDBRL", 5.25), "262500.00");
        assert_eq!(exposure("SPX", 6000.0), "300000");
        assert_eq!(exposure("WTI", 65.5), "65500.0");
        assert_eq!(exposure("SOYBEANS", 1050.25), "52512.50");
        assert_eq!(exposure("BR_SOV_5Y", 100.0), "1000000");
    }

    #[test]
    fn every_instrument_has_a_lot_a_tick_and_a_cost() {
        for instrument in catalogue() {
            let contract = &instrument.contract;
            assert!(contract.lot > 0 && contract.tick > rust_decimal::Decimal::ZERO && contract.cost_bp > 0.0);
            assert_eq!(contract.exposure(f64::NAN), None);
        }
    }
}
