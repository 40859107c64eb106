//! One instrument's growth between two dates, per unit of exposure.

use chrono::NaiveDate;
use market::curves::CurveBook;
use market::instruments::{AssetClass, Currency, Instrument, PricingError, Quote, RiskFactor, Shock};

use super::PnlParts;

/// Parts of a unit's growth, and the factor that moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) parts: PnlParts,
    pub(super) factor: Option<RiskFactor>,
}

/// Splits the growth between two dates, each with the market as it stood then; or says why it cannot. The first is that of
/// the last price in the NAV, or of the run that bought; the second is that of the newest level.
pub(super) fn split(
    instrument: &Instrument,
    growth: f64,
    (start, before): (NaiveDate, &CurveBook),
    (end, now): (NaiveDate, &CurveBook),
) -> Result<Split, String> {
    let text = |error: PricingError| error.to_string();
    let opened = instrument.quote_with(before).map_err(text)?;
    let closed = instrument.quote_with(now).map_err(text)?;
    if closed.date != end {
        return Err(format!("it is marked to {end} and its last level is of {}", closed.date));
    }
    if of_level(&opened) != of_level(&closed) {
        return Err(format!(
            "its level of {} is of {} and that of {} of {}: their difference is no move of the market",
            opened.date,
            of_level(&opened),
            closed.date,
            of_level(&closed)
        ));
    }
    // A book made on a holiday of the instrument's market is marked from the level before it.
    let sessions = sessions(instrument, before, opened.date.min(start), end)?;
    let expected = instrument.carry_and_roll_with(before, sessions).map_err(text)?;
    let factor = instrument.factor();
    let shock = Shock::parallel(factor, moved_bp(&opened, &closed));
    // A listed contract or bond comes nearer: what its rate moved by that on an unchanged curve is the roll already.
    let to_maturity = |quote: &Quote| instrument.kind.days_to_maturity(quote.date);
    let rolled = if to_maturity(&opened) == to_maturity(&closed) { 0.0 } else { expected.roll };
    let moved = instrument.reprice_with(before, &shock).map_err(text)? - rolled;
    let parts = PnlParts {
        carry: expected.carry,
        roll: expected.roll,
        factor: moved,
        cost: 0.0,
        residual: growth - expected.carry - expected.roll - moved,
    };
    Ok(Split { parts, factor: Some(factor) })
}

/// Whose level it is. What comes after a semicolon is how an indexed bond's price was projected, which is not in its rate.
fn of_level(quote: &Quote) -> &str {
    quote.source.split(';').next().unwrap_or(&quote.source)
}

/// Move of the instrument's own factor: of a rate in basis points; of what is quoted by price alone, in basis points of it.
fn moved_bp(opened: &Quote, closed: &Quote) -> f64 {
    match (opened.rate, closed.rate) {
        (Some(opened), Some(closed)) => (closed - opened) * 1e4,
        _ => (closed.price / opened.price - 1.0) * 1e4,
    }
}

/// Sessions over which the carry accrued, on the calendar on which the instrument counts them.
fn sessions(instrument: &Instrument, book: &CurveBook, start: NaiveDate, end: NaiveDate) -> Result<u32, String> {
    let calendars = book.view().calendars();
    let sessions = match (instrument.currency, instrument.asset_class) {
        (Currency::Brl, AssetClass::NominalRates | AssetClass::InflationLinked | AssetClass::Fx) => {
            calendars.business_days_252(start, start, end)
        }
        _ => calendars.business_days(instrument.calendar, start, end),
    };
    u32::try_from(sessions).map_err(|_| format!("{end} is before {start}"))
}
