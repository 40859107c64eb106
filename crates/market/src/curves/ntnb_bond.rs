//! NTN-B with coupons: flows, price by ANBIMA's rules, yield, duration.
//!
//! A coupon of 6 % a year, `(1.06^(1/2) - 1) 100` = 2.956301 per 100 of indexed value, paid every half year back from
//! maturity; the last flow adds 100. Per 100 of VNA:
//!
//! ```text
//! quotation = trunc4( sum round10( flow / (1 + y)^trunc14(bd / 252) ) )         price = trunc6( VNA quotation / 100 )
//! ```
//!
//! Business days count `[settlement, payment)` to the unadjusted payment date on the holiday list in force. Rounding and
//! truncation are done on scaled integers.
//!
//! Worked: NTN-B 2035 at 6.149 % on 2024-05-31: quotation 99.3651; on a VNA of 4299.160173 the price is 4271.864805
//! (ANBIMA).

use chrono::{Months, NaiveDate};

use super::CurveError;
use crate::Calendars;

/// Half-yearly coupon per 100 of indexed value.
pub const NTNB_COUPON: f64 = 2.956_301;
const REDEMPTION: f64 = 100.0;
const CURVE: &str = "NTN-B";

/// An NTN-B seen from its settlement.
#[derive(Debug, Clone, PartialEq)]
pub struct NtnbBond {
    settlement: NaiveDate,
    /// `(business days, flow per 100 of indexed value)` in increasing distance.
    flows: Vec<(f64, f64)>,
}

impl NtnbBond {
    /// The bond of a maturity.
    ///
    /// # Errors
    /// [`CurveError::Unsolvable`] when it has matured by the settlement.
    pub fn new(calendars: &Calendars, settlement: NaiveDate, maturity: NaiveDate) -> Result<Self, CurveError> {
        let days = |date| calendars.business_days_252(settlement, settlement, date) as f64;
        let mut dates: Vec<NaiveDate> = coupon_dates(settlement, maturity);
        dates.reverse();
        let last = dates.len().checked_sub(1).ok_or_else(|| CurveError::Unsolvable {
            curve: CURVE,
            date: settlement,
            why: format!("the bond of {maturity} has matured"),
        })?;
        let flow = |at: usize| if at == last { NTNB_COUPON + REDEMPTION } else { NTNB_COUPON };
        let flows: Vec<(f64, f64)> = dates.iter().enumerate().map(|(at, date)| (days(*date), flow(at))).collect();
        // A coupon of a weekend or holiday that is paid on the settlement itself is the seller's.
        Ok(Self { settlement, flows: flows.into_iter().filter(|(bd, _)| *bd > 0.0).collect() })
    }

    /// `(business days, flow per 100 of indexed value)` in increasing distance.
    pub fn flows(&self) -> &[(f64, f64)] {
        &self.flows
    }

    /// Price in percent of the indexed value at a real yield (decimal), by ANBIMA's roundings.
    ///
    /// # Errors
    /// [`CurveError::AbsurdRate`] for a yield of -100 % or less, or that is no number.
    pub fn quotation(&self, real_yield: f64) -> Result<f64, CurveError> {
        self.check(real_yield)?;
        let cents: i128 = self
            .flows
            .iter()
            .map(|(bd, flow)| {
                let exponent = truncated(bd / 252.0, 1e14);
                (flow * (-real_yield.ln_1p() * exponent).exp() * 1e10).round() as i128
            })
            .sum();
        // From ten decimals to four, truncated.
        Ok((cents / 1_000_000) as f64 / 1e4)
    }

    /// The same without any rounding: what sensitivities are taken of.
    ///
    /// # Errors
    /// As [`quotation`](Self::quotation).
    pub fn unrounded(&self, real_yield: f64) -> Result<f64, CurveError> {
        self.check(real_yield)?;
        Ok(self.flows.iter().map(|(bd, flow)| flow * (-real_yield.ln_1p() * bd / 252.0).exp()).sum())
    }

    /// Price in reais of a bond with an indexed value, truncated at six decimals.
    ///
    /// # Errors
    /// As [`quotation`](Self::quotation); [`CurveError::NoIndexation`] for a VNA that is not positive.
    pub fn price(&self, vna: f64, real_yield: f64) -> Result<f64, CurveError> {
        if !(vna > 0.0 && vna.is_finite()) {
            let why = format!("{vna} is not a positive amount");
            return Err(CurveError::NoIndexation { date: self.settlement, why });
        }
        let quotation = (self.quotation(real_yield)? * 1e4).round() as i128;
        let vna = (vna * 1e6).round() as i128;
        // VNA in millionths times a quotation in ten-thousandths of a percent: twelve decimals.
        Ok((vna * quotation / 1_000_000) as f64 / 1e6)
    }

    /// Loss of price for one basis point more, `P(y) - P(y + 1 bp)`, reais.
    ///
    /// # Errors
    /// As [`price`](Self::price).
    pub fn dv01(&self, vna: f64, real_yield: f64) -> Result<f64, CurveError> {
        Ok(self.price(vna, real_yield)? - self.price(vna, real_yield + 1e-4)?)
    }

    /// Macaulay duration, years of 252 business days.
    ///
    /// # Errors
    /// As [`quotation`](Self::quotation).
    pub fn duration(&self, real_yield: f64) -> Result<f64, CurveError> {
        let price = self.unrounded(real_yield)?;
        let weighted: f64 =
            self.flows.iter().map(|(bd, flow)| bd / 252.0 * flow * (-real_yield.ln_1p() * bd / 252.0).exp()).sum();
        Ok(weighted / price)
    }

    /// Real yield at which the unrounded price is a quotation, by bisection on `[-50 %, 100 %]` to 1e-14.
    ///
    /// # Errors
    /// [`CurveError::Unsolvable`] when no yield in that range gives it.
    pub fn yield_of(&self, quotation: f64) -> Result<f64, CurveError> {
        let (mut low, mut high) = (-0.5, 1.0);
        if !(self.unrounded(low)? >= quotation && self.unrounded(high)? <= quotation) {
            let why = format!("no real yield between {low} and {high} gives a price of {quotation} %");
            return Err(CurveError::Unsolvable { curve: CURVE, date: self.settlement, why });
        }
        while high - low > 1e-14 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.unrounded(middle)? > quotation { low = middle } else { high = middle }
        }
        Ok(0.5 * (low + high))
    }

    fn check(&self, real_yield: f64) -> Result<(), CurveError> {
        if real_yield > -1.0 && real_yield.is_finite() {
            return Ok(());
        }
        let at = self.flows.last().map_or(0.0, |flow| flow.0);
        let (curve, date) = (CURVE, self.settlement);
        Err(CurveError::AbsurdRate { curve, date, at, rate: real_yield, low: -1.0, high: f64::MAX })
    }
}

/// Payment dates after the settlement, latest first.
pub(super) fn coupon_dates(settlement: NaiveDate, maturity: NaiveDate) -> Vec<NaiveDate> {
    (0..)
        .map_while(|half: u32| maturity.checked_sub_months(Months::new(6 * half)))
        .take_while(|date| *date > settlement)
        .collect()
}

fn truncated(value: f64, scale: f64) -> f64 {
    (value * scale).trunc() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn prices_are_anbimas_to_the_last_decimal() {
        let calendars = Calendars::embedded();
        let bond = NtnbBond::new(&calendars, date("2024-05-31"), date("2035-05-15")).unwrap();
        assert_eq!(bond.flows().len(), 22);
        assert_eq!(bond.flows()[21], (2745.0, 102.956301));
        assert_eq!(bond.quotation(0.06149).unwrap(), 99.3651);
        assert_eq!(bond.price(4299.160173, 0.06149).unwrap(), 4271.864805);
        assert!((bond.dv01(4299.160173, 0.06149).unwrap() - 3.27596).abs() < 1.5e-6);
        assert!((bond.duration(0.06149).unwrap() - 8.1399889677403).abs() < 1e-9);
    }

    #[test]
    fn at_its_coupon_a_bond_is_at_par_and_a_yield_is_its_prices() {
        let calendars = Calendars::embedded();
        let bond = NtnbBond::new(&calendars, date("2024-05-15"), date("2035-05-15")).unwrap();
        // Half years are of 125 business days on average, not 126: par up to that.
        assert!((bond.unrounded(0.06).unwrap() - 100.0).abs() < 0.5);
        let real_yield = bond.yield_of(bond.unrounded(0.0725).unwrap()).unwrap();
        assert!((real_yield - 0.0725).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_price_is_refused() {
        let calendars = Calendars::embedded();
        assert!(matches!(
            NtnbBond::new(&calendars, date("2035-05-15"), date("2035-05-15")),
            Err(CurveError::Unsolvable { .. })
        ));
        let bond = NtnbBond::new(&calendars, date("2024-05-31"), date("2035-05-15")).unwrap();
        assert!(matches!(bond.price(0.0, 0.06), Err(CurveError::NoIndexation { .. })));
        assert!(matches!(bond.quotation(-1.0), Err(CurveError::AbsurdRate { .. })));
        assert!(matches!(bond.yield_of(1e9), Err(CurveError::Unsolvable { .. })));
    }
}
