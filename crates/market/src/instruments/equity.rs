//! Equity index futures as index return over funding.
//!
//! `R_t = P_t / P_{t-1} / funding - 1` in the index's own currency. The Ibovespa reinvests dividends, so that this is the
//! return of its future up to the future's basis. The S&P 500 series is a price index: dividends (about 1.3 % a year) are
//! missing from a long's return, and the notes say so.

use chrono::NaiveDate;

use super::returns::{Notes, Skip, Walk};
use super::{Funding, Instrument, InstrumentKind, PricingError, ReturnSeries, spot};
use crate::CalendarId;
use crate::curves::CurveBook;

const NO_DIVIDENDS: &str = "price index: dividends are not in the return";

pub(super) fn returns(
    instrument: &Instrument,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let (prices, _) = spot::history(instrument, book, from)?;
    let calendars = book.view().calendars();
    let (funding, _) = funding(instrument, book);
    let Some(funded_by) = funding.series() else {
        return Err(no_funding(instrument, funding, from));
    };
    let mut notes = Notes::default();
    notes.plain(format!("price: {}; funding: {funded_by}", prices.id));
    if instrument.kind == InstrumentKind::Sp500 {
        notes.plain(NO_DIVIDENDS);
    }
    let (levels, dropped) = spot::levels(&prices, from, book.view().date());
    if dropped > 0 {
        notes.plain(format!("{dropped} levels of {} are not prices", prices.id));
    }
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: prices.id.to_string() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), notes| -> Result<f64, Skip> {
        let funded = funding.growth(calendars, before_date, date, notes)?;
        Ok(now / before / funded - 1.0)
    })
}

/// At an unchanged index a long loses the funding. (A future gains the dividend yield back; for the S&P 500 no series
/// here tells it, and the Ibovespa has it in the index.)
pub(super) fn carry(
    instrument: &Instrument,
    book: &CurveBook,
    horizon_bd: u32,
    notes: &mut Vec<String>,
) -> Result<f64, PricingError> {
    let date = spot::quote(instrument, book)?.date;
    if instrument.kind == InstrumentKind::Sp500 {
        notes.push(NO_DIVIDENDS.to_owned());
    }
    let (funding, calendar) = funding(instrument, book);
    let end = book.view().calendars().add(calendar, date, i64::from(horizon_bd));
    let days = end.signed_duration_since(date).num_days();
    let accrued = funding.ahead(date, horizon_bd, days).ok_or_else(|| no_funding(instrument, funding, date))?;
    Ok(1.0 / accrued - 1.0)
}

fn funding<'b>(instrument: &Instrument, book: &'b CurveBook) -> (&'b Funding, CalendarId) {
    match instrument.kind {
        InstrumentKind::Sp500 => (book.usd_funding(), CalendarId::Nyse),
        _ => (book.brl_funding(), CalendarId::B3),
    }
}

fn no_funding(instrument: &Instrument, funding: &Funding, oldest: NaiveDate) -> PricingError {
    PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series: funding.tried().to_vec() }
}
