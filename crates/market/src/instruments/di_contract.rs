//! One listed DI future, received: long the PU of the contract itself.
//!
//! The exchange pays `PU_t - PU_{t-1} (1 + CDI)` a day, so that the daily excess return of a receiver is
//!
//! ```text
//! R_t = PU_t / PU_{t-1} / prod(1 + CDI) - 1
//! ```
//!
//! with both PUs the exchange's own, to the cent: from its settlement rate, or its settlement price where the files hold
//! no rate. No curve and no interpolation are in it; the contract ages from day to day, and at expiry there is no more.

use chrono::{Datelike, NaiveDate};

use super::di_future::di_settlement_pu;
use super::returns::{Notes, Skip, Walk};
use super::spot::{self, Figure};
use super::zero_rate::ZeroRate;
use super::{Instrument, PricingError, Quotation, Quote, ReturnSeries};
use crate::curves::CurveBook;
use crate::{AsOf, CalendarId};

/// PU at expiry, in points.
const FACE: f64 = 100_000.0;

pub(super) fn returns(
    instrument: &Instrument,
    month: NaiveDate,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let (series, quotation) = spot::history(instrument, book, from)?;
    let calendars = book.view().calendars();
    let funding = book.brl_funding();
    if funding.series().is_none() {
        let series = funding.tried().to_vec();
        return Err(PricingError::NoSeries { instrument: instrument.id.clone(), oldest: from, series });
    }
    let mut notes = Notes::default();
    notes.plain(format!("price: {}; funding: {}", series.id, super::funding::CDI));
    let (figures, dropped) = spot::levels(&series, from, book.view().date());
    if dropped > 0 {
        notes.plain(format!("{dropped} levels of {} are not above zero", series.id));
    }
    let levels = figures
        .into_iter()
        .filter_map(|(date, value)| Some((date, pu(quotation, value, distance(book.view(), date, month)?))))
        .collect();
    let walk = Walk { instrument, calendar: CalendarId::B3, from, what: series.id.to_string() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), notes| -> Result<f64, Skip> {
        let funded = funding.growth(calendars, before_date, date, notes)?;
        Ok(now / before / funded - 1.0)
    })
}

pub(super) fn quote(instrument: &Instrument, month: NaiveDate, book: &CurveBook) -> Result<Quote, PricingError> {
    let (figure, bd) = newest(instrument, month, book)?;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: figure.date,
        price: pu(figure.quotation, figure.value, bd),
        rate: Some(rate(figure.quotation, figure.value, bd)),
        source: figure.series.to_string(),
    })
}

/// Carry is the accrual at the contract's own rate less the CDI; roll is what an unchanged DI curve adds, its rate being
/// read at the shorter distance.
pub(super) fn carry_and_roll(
    instrument: &Instrument,
    month: NaiveDate,
    book: &CurveBook,
    horizon_bd: u32,
) -> Result<(f64, f64), PricingError> {
    let (figure, bd) = newest(instrument, month, book)?;
    if horizon_bd > bd {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    let funding = book.brl_funding();
    let accrued = funding.ahead(figure.date, horizon_bd, 0).ok_or_else(|| PricingError::NoSeries {
        instrument: instrument.id.clone(),
        oldest: figure.date,
        series: funding.tried().to_vec(),
    })?;
    let own = rate(figure.quotation, figure.value, bd);
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = book.latest_di().map_err(wrap)?;
    let discount = |bd: u32| curve.discount(f64::from(bd)).map_err(wrap);
    let total = discount(bd - horizon_bd)? / discount(bd)? / accrued - 1.0;
    let carry = (own.ln_1p() * f64::from(horizon_bd) / 252.0).exp() / accrued - 1.0;
    Ok((carry, total - carry))
}

pub(super) fn level(instrument: &Instrument, month: NaiveDate, book: &CurveBook) -> Result<ZeroRate, PricingError> {
    let (figure, bd) = newest(instrument, month, book)?;
    Ok(ZeroRate::new(rate(figure.quotation, figure.value, bd), bd))
}

/// The newest settlement and the business days from it to expiry.
fn newest(instrument: &Instrument, month: NaiveDate, book: &CurveBook) -> Result<(Figure, u32), PricingError> {
    let figure = spot::newest(instrument, book)?;
    match distance(book.view(), figure.date, month) {
        Some(bd) if distance(book.view(), book.view().date(), month).is_some() => Ok((figure, bd)),
        _ => Err(PricingError::Matured { instrument: instrument.id.clone(), on: month }),
    }
}

/// Business days from a date to the first business day of the contract month, on the holiday list in force at the date;
/// `None` for a contract that has expired. Counting to the first calendar day gives the same.
fn distance(view: &AsOf, date: NaiveDate, month: NaiveDate) -> Option<u32> {
    let bd = view.calendars().business_days_252(date, date, month.with_day(1)?);
    u32::try_from(bd).ok().filter(|bd| *bd > 0)
}

fn pu(quotation: Quotation, value: f64, bd: u32) -> f64 {
    match quotation {
        Quotation::YieldPct => di_settlement_pu(quotation.decimal(value), bd),
        _ => value,
    }
}

fn rate(quotation: Quotation, value: f64, bd: u32) -> f64 {
    match quotation {
        Quotation::YieldPct => quotation.decimal(value),
        _ => ((FACE / value).ln() * 252.0 / f64::from(bd)).exp_m1(),
    }
}
