//! One instrument's growth between two dates, per unit of exposure.

use chrono::NaiveDate;
use market::CalendarId;
use market::curves::CurveBook;
use market::instruments::{AssetClass, Currency, Instrument, Quote, RiskFactor, Shock};

use super::PnlParts;

/// Parts of a unit's growth, and the factor that moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) parts: PnlParts,
    pub(super) factor: Option<RiskFactor>,
}

/// Splits the growth between two dates, each with the market as it stood then; or says why it cannot.
pub(super) fn split(
    instrument: &Instrument,
    growth: f64,
    (start, before): (NaiveDate, &CurveBook),
    (end, now): (NaiveDate, &CurveBook),
) -> Result<Split, String> {
    let (opened, closed) = (level(instrument, start, before)?, level(instrument, end, now)?);
    let text = |error: market::instruments::PricingError| error.to_string();
    let sessions = sessions(instrument, before, start, end)?;
    let expected = instrument.carry_and_roll_with(before, sessions).map_err(text)?;
    let factor = instrument.factor();
    let shock = Shock::parallel(factor, moved_bp(factor, &opened, &closed)?);
    let moved = instrument.reprice_with(before, &shock).map_err(text)?;
    let parts = PnlParts {
        carry: expected.carry,
        roll: expected.roll,
        factor: moved,
        cost: 0.0,
        residual: growth - expected.carry - expected.roll - moved,
    };
    Ok(Split { parts, factor: Some(factor) })
}

/// The level of exactly that date: a growth from one level is not explained by another.
fn level(instrument: &Instrument, date: NaiveDate, book: &CurveBook) -> Result<Quote, String> {
    let quote = instrument.quote_with(book).map_err(|error| error.to_string())?;
    if quote.date == date {
        Ok(quote)
    } else {
        Err(format!("its level of {date} is not known, only that of {}", quote.date))
    }
}

/// Move of the instrument's own factor: of a rate in basis points, of a price in basis points of its level.
fn moved_bp(factor: RiskFactor, opened: &Quote, closed: &Quote) -> Result<f64, String> {
    if matches!(factor, RiskFactor::UsdBrl | RiskFactor::EquityBr | RiskFactor::EquityUs) {
        return Ok((closed.price / opened.price - 1.0) * 1e4);
    }
    match (opened.rate, closed.rate) {
        (Some(opened), Some(closed)) => Ok((closed - opened) * 1e4),
        _ => Err(format!("the move of its factor {factor:?} is not known")),
    }
}

/// Sessions over which the carry accrued, on the calendar on which the instrument counts them.
fn sessions(instrument: &Instrument, book: &CurveBook, start: NaiveDate, end: NaiveDate) -> Result<u32, String> {
    let calendars = book.view().calendars();
    let sessions = match (instrument.currency, instrument.asset_class) {
        (Currency::Usd, AssetClass::EquityIndex) => calendars.business_days(CalendarId::Nyse, start, end),
        (Currency::Usd, _) => calendars.business_days(CalendarId::Sifma, start, end),
        (Currency::Brl, AssetClass::EquityIndex) => calendars.business_days(CalendarId::B3, start, end),
        (Currency::Brl, _) => calendars.business_days_252(start, start, end),
    };
    u32::try_from(sessions).map_err(|_| format!("{end} is before {start}"))
}
