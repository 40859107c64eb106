//! DI futures by constant maturity, received: long the PU.
//!
//! `PU = 100000 / (1 + r)^(bd/252)`. The exchange pays `PU_t - PU_{t-1} (1 + CDI)` a day, so that the daily excess return
//! of a receiver of `bd` business days is
//!
//! ```text
//! R_t = PU_t(bd - k) / PU_{t-1}(bd) / prod(1 + CDI) - 1
//! ```
//!
//! with both PUs read from the curve of their own date (flat forward), `k` the business days between the dates and the
//! CDI of each of them. The position is renewed at constant maturity every day. B3 sessions are fewer than business days:
//! over 24 December `k` is 2 and two CDIs accrue.
//!
//! Worked: 252 business days at 14 % is 87,719.30; next day 251 business days at 13.9 % is 87,841.67 (13.9 % for 251
//! days: `100000 / 1.139^(251/252)`); CDI 0.055131 %: `R = 87841.67 / 87719.30 / 1.00055131 - 1` = 8.4 bp.

use chrono::NaiveDate;

use super::returns::{Notes, Skip, Walk};
use super::zero_rate::ZeroRate;
use super::{Instrument, PricingError, Quote, ReturnSeries};
use crate::CalendarId;
use crate::curves::{CurveBook, CurveError, DiCurve};

/// PU of a rate (decimal, effective annual) over `bd` business days, in points, not rounded.
pub fn di_pu(rate: f64, bd: u32) -> f64 {
    100_000.0 * (-rate.ln_1p() * f64::from(bd) / 252.0).exp()
}

/// PU as the exchange publishes it: from the rate to three decimals of a percent, rounded to the cent.
pub fn di_settlement_pu(rate: f64, bd: u32) -> f64 {
    let published = (rate * 1e5).round() / 1e5;
    (di_pu(published, bd) * 100.0).round() / 100.0
}

pub(super) fn returns(
    instrument: &Instrument,
    bd: u32,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let calendars = book.view().calendars();
    let funding = book.brl_funding();
    if funding.series().is_none() {
        return Err(PricingError::NoSeries {
            instrument: instrument.id.clone(),
            oldest: from,
            series: funding.tried().to_vec(),
        });
    }
    let mut notes = Notes::default();
    let levels: Vec<(NaiveDate, &DiCurve)> = book
        .di()
        .iter()
        .filter_map(|(date, curve)| match curve {
            Ok(curve) => Some((*date, curve)),
            Err(error) => {
                notes.count(format!("no curve: {}", without_date(error)), *date);
                None
            }
        })
        .collect();
    let mut sources: Vec<&str> = levels.iter().map(|(_, curve)| curve.source().name()).collect();
    sources.sort_unstable();
    sources.dedup();
    notes.plain(format!("curves: {}; funding: {}", sources.join(", "), super::funding::CDI));
    let walk = Walk { instrument, calendar: CalendarId::B3, from, what: "the DI curve".to_owned() };
    walk.collect(book, levels, notes, |(before_date, before), (date, now), notes| -> Result<f64, Skip> {
        if before.source() != now.source() {
            return Err(format!("curves of two sources ({} and {})", before.source().name(), now.source().name()));
        }
        let elapsed = calendars.business_days_252(*before_date, *before_date, *date) as f64;
        let out_of_reach = |error: CurveError| without_date(&error);
        let start = before.discount(f64::from(bd)).map_err(out_of_reach)?;
        let end = now.discount(f64::from(bd) - elapsed).map_err(out_of_reach)?;
        let funded = funding.growth(calendars, *before_date, *date, notes)?;
        Ok(end / start / funded - 1.0)
    })
}

/// An error's kind, so that repeated ones count together.
pub(super) fn without_date(error: &CurveError) -> String {
    error.kind()
}

pub(super) fn quote(instrument: &Instrument, bd: u32, book: &CurveBook) -> Result<Quote, PricingError> {
    let (curve, rate) = newest(instrument, bd, book)?;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: curve.date(),
        price: di_pu(rate, bd),
        rate: Some(rate),
        source: curve.source().name().to_owned(),
    })
}

/// Carry is the accrual at the position's own rate less the CDI, both for the horizon; roll is what the PU gains because
/// the remaining maturity is read lower on an unchanged curve. The CDI is held at its latest level.
pub(super) fn carry_and_roll(
    instrument: &Instrument,
    bd: u32,
    book: &CurveBook,
    horizon_bd: u32,
) -> Result<(f64, f64), PricingError> {
    if horizon_bd > bd {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    let (curve, rate) = newest(instrument, bd, book)?;
    let funding = book.brl_funding();
    let accrued = funding.ahead(curve.date(), horizon_bd, 0).ok_or_else(|| PricingError::NoSeries {
        instrument: instrument.id.clone(),
        oldest: curve.date(),
        series: funding.tried().to_vec(),
    })?;
    let read = |bd: u32| {
        curve.discount(f64::from(bd)).map_err(|error| PricingError::Curve { instrument: instrument.id.clone(), error })
    };
    let total = read(bd - horizon_bd)? / read(bd)? / accrued - 1.0;
    let carry = (rate.ln_1p() * f64::from(horizon_bd) / 252.0).exp() / accrued - 1.0;
    Ok((carry, total - carry))
}

pub(super) fn level(instrument: &Instrument, bd: u32, book: &CurveBook) -> Result<ZeroRate, PricingError> {
    let (_, rate) = newest(instrument, bd, book)?;
    Ok(ZeroRate::new(rate, bd))
}

fn newest<'b>(instrument: &Instrument, bd: u32, book: &'b CurveBook) -> Result<(&'b DiCurve, f64), PricingError> {
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = book.latest_di().map_err(wrap)?;
    let rate = curve.rate(f64::from(bd)).map_err(wrap)?;
    Ok((curve, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settlement_price_is_the_exchanges_to_the_cent() {
        // B3's price report of 2026-01-12: DI1F27 settled at 13.741 % and 88,324.26.
        let (priced, expiry) = ("2026-01-12".parse().unwrap(), "2027-01-01".parse().unwrap());
        let bd = crate::Calendars::embedded().business_days_252(priced, priced, expiry);
        assert_eq!(bd, 243);
        assert_eq!(di_settlement_pu(0.13741, 243), 88_324.26);
        assert_eq!(di_settlement_pu(0.14, 252), 87_719.30);
    }
}
