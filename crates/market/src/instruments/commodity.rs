//! Commodity futures, from the price series that exist.
//!
//! * A **futures** price series (front month): `R_t = P_t / P_{t-1} - 1`; a future needs no capital, so that its price
//!   move is an excess return. Where the series is the unadjusted front month, the day it changes contract is in the
//!   return, and the roll yield of a held position is not.
//! * A **spot** series: `R_t = P_t / P_{t-1} / (1 + overnight dollars) - 1`; the slope of the futures curve (storage,
//!   convenience) is not in it.
//!
//! The notes say which. A price can be negative (WTI on 2020-04-20): a fall to it is a return below -100 %, a loss of
//! more than the exposure; from a price that is not above zero there is no return.

use chrono::NaiveDate;

use super::returns::{Notes, Skip, Walk};
use super::{Instrument, PricingError, Quotation, ReturnSeries, spot};
use crate::curves::CurveBook;

const NO_ROLL: &str = "unadjusted front month: no roll yield, and changes of contract are in the returns";
const SPOT: &str = "spot price over dollar funding: the slope of the futures curve is not in it";

pub(super) fn returns(
    instrument: &Instrument,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let (prices, quotation) = spot::history(instrument, book, from)?;
    let calendars = book.view().calendars();
    let mut notes = Notes::default();
    let funding = match quotation {
        Quotation::Spot => {
            let funding = book.usd_funding();
            let Some(funded_by) = funding.series() else { return Err(no_funding(instrument, book, from)) };
            notes.plain(format!("price: {}; funding: {funded_by}", prices.id));
            notes.plain(SPOT);
            Some(funding)
        }
        _ => {
            notes.plain(format!("price: {}", prices.id));
            notes.plain(NO_ROLL);
            None
        }
    };
    let levels = spot::recent(&prices, from, book.view().date());
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: prices.id.to_string() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), notes| -> Result<f64, Skip> {
        if before <= 0.0 {
            return Err("the price before it is not above zero".to_owned());
        }
        let Some(funding) = funding else { return Ok(now / before - 1.0) };
        let funded = funding.growth(calendars, before_date, date, notes)?;
        Ok(now / before / funded - 1.0)
    })
}

/// At an unchanged price a long spot loses its funding and a long future nothing; the slope of the futures curve, which
/// is the carry of a held position, is in no series here.
pub(super) fn carry(
    instrument: &Instrument,
    book: &CurveBook,
    horizon_bd: u32,
    notes: &mut Vec<String>,
) -> Result<f64, PricingError> {
    let figure = spot::newest(instrument, book)?;
    if figure.quotation != Quotation::Spot {
        notes.push(NO_ROLL.to_owned());
        return Ok(0.0);
    }
    notes.push(SPOT.to_owned());
    let end = book.view().calendars().add(instrument.calendar, figure.date, i64::from(horizon_bd));
    let days = end.signed_duration_since(figure.date).num_days();
    let accrued = book.usd_funding().ahead(figure.date, horizon_bd, days);
    Ok(1.0 / accrued.ok_or_else(|| no_funding(instrument, book, figure.date))? - 1.0)
}

fn no_funding(instrument: &Instrument, book: &CurveBook, oldest: NaiveDate) -> PricingError {
    let series = book.usd_funding().tried().to_vec();
    PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series }
}
