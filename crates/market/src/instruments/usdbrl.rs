//! Long dollars against reais, forward.
//!
//! A forward bought at `t-1` costs `S_{t-1} (1 + DI) / (1 + cupom dt)`, so that the daily excess return of a long is
//!
//! ```text
//! R_t = S_t / S_{t-1} * (1 + cupom days/360) / prod(1 + CDI) - 1
//! ```
//!
//! The cupom is read at three months on the curve of `t-1` (or up to five sessions before it). Where there is none, the
//! overnight dollar rate stands in, which leaves out the onshore basis: a few hundredths of a basis point a day; the notes
//! count those days. One spot series serves the whole history: PTAX (the 13:00 fixing, not the close) where it reaches
//! back, else the Federal Reserve's noon rate, else Yahoo; the notes name it.

use chrono::NaiveDate;

use super::returns::{Notes, Skip, Walk};
use super::{Instrument, PricingError, ReturnSeries, Shock, spot};
use crate::curves::{CurveBook, CurveError};
use crate::{CalendarId, SeriesId};

/// The point of the cupom curve that is accrued, and the maturity of the forward that is repriced.
const TENOR_DAYS: f64 = 90.0;
const TENOR_BD: f64 = 63.0;
const TENOR_YEARS: f64 = 0.25;
const CUPOM_MAX_AGE_SESSIONS: u32 = 5;

pub(super) fn returns(
    instrument: &Instrument,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let (spot, _) = spot::history(instrument, book, from)?;
    let calendars = book.view().calendars();
    let funding = book.brl_funding();
    if funding.series().is_none() {
        return Err(missing(instrument, funding.tried(), from));
    }
    let mut notes = Notes::default();
    notes.plain(format!("spot: {}; funding: {}", spot.id, super::funding::CDI));
    let (levels, dropped) = spot::levels(&spot, from, book.view().date());
    if dropped > 0 {
        notes.plain(format!("{dropped} levels of {} are not prices", spot.id));
    }
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: spot.id.to_string() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), notes| -> Result<f64, Skip> {
        let funded = funding.growth(calendars, before_date, date, notes)?;
        let dollars = match cupom(book, before_date) {
            Ok(rate) => rate,
            Err(why) => {
                notes.count(format!("{why}, overnight dollar rate in its place"), date);
                book.usd_funding().annual(before_date).ok_or("neither cupom nor overnight dollar rate")?
            }
        };
        let days = date.signed_duration_since(before_date).num_days() as f64;
        Ok(now / before * (1.0 + dollars * days / 360.0) / funded - 1.0)
    })
}

/// Dollar accrual less real accrual over the horizon at an unchanged spot: the DI curve to the horizon (CDI where there
/// is no recent curve) and the cupom at three months (overnight dollars where there is none), with a note for each
/// stand-in.
pub(super) fn carry(
    instrument: &Instrument,
    book: &CurveBook,
    horizon_bd: u32,
    notes: &mut Vec<String>,
) -> Result<f64, PricingError> {
    let date = spot::quote(instrument, book)?.date;
    let end = book.view().calendars().add(CalendarId::BrNational, date, i64::from(horizon_bd));
    let days = end.signed_duration_since(date).num_days() as f64;
    let reais = 1.0 + real_rate(instrument, book, date, f64::from(horizon_bd), notes)?;
    let dollars = dollar_rate(instrument, book, date, notes)?;
    Ok((1.0 + dollars * days / 360.0) / reais.powf(f64::from(horizon_bd) / 252.0) - 1.0)
}

/// The rates of a three-month forward. Their level only scales the effect of their moves, by some percent of it:
/// stand-ins for a missing curve do not show. A rate that is missing is an error of the shocks that move it and of no
/// others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    reais: Result<f64, PricingError>,
    dollars: Result<f64, PricingError>,
}

pub(super) fn level(instrument: &Instrument, book: &CurveBook) -> Result<Level, PricingError> {
    let date = spot::quote(instrument, book)?.date;
    Ok(Level {
        reais: real_rate(instrument, book, date, TENOR_BD, &mut Vec::new()),
        dollars: dollar_rate(instrument, book, date, &mut Vec::new()),
    })
}

impl Level {
    /// A three-month forward: spot moves by the shock, the real and the onshore dollar rate by theirs.
    pub(super) fn reprice(&self, shock: &Shock) -> Result<f64, PricingError> {
        let (brl_move, usd_move) = (shock.brl_rate(TENOR_YEARS), shock.cupom_rate(TENOR_YEARS));
        let mut forward = 1.0 + shock.usdbrl;
        if brl_move != 0.0 {
            let rate = self.reais.clone()?;
            if rate + brl_move <= -1.0 {
                let why = format!("the real rate would be at {}", rate + brl_move);
                return Err(PricingError::Shock { name: shock.name.clone(), why });
            }
            forward *= (((rate + brl_move).ln_1p() - rate.ln_1p()) * TENOR_YEARS).exp();
        }
        if usd_move != 0.0 {
            let rate = self.dollars.clone()?;
            let shocked = 1.0 + (rate + usd_move) * TENOR_DAYS / 360.0;
            if shocked <= 0.0 {
                let why = format!("the dollar rate would be at {}", rate + usd_move);
                return Err(PricingError::Shock { name: shock.name.clone(), why });
            }
            forward *= (1.0 + rate * TENOR_DAYS / 360.0) / shocked;
        }
        Ok(forward - 1.0)
    }
}

/// Effective annual rate in reais to `bd`. A missing curve is replaced by the CDI; a bad one is an error.
fn real_rate(
    instrument: &Instrument,
    book: &CurveBook,
    date: NaiveDate,
    bd: f64,
    notes: &mut Vec<String>,
) -> Result<f64, PricingError> {
    match book.latest_di().and_then(|curve| curve.rate(bd)) {
        Ok(rate) => Ok(rate),
        Err(CurveError::Stale { .. }) => {
            notes.push("no DI curve, CDI in its place".to_owned());
            let funding = book.brl_funding();
            funding.annual(date).ok_or_else(|| missing(instrument, funding.tried(), date))
        }
        Err(error) => Err(PricingError::Curve { instrument: instrument.id.clone(), error }),
    }
}

fn dollar_rate(
    instrument: &Instrument,
    book: &CurveBook,
    date: NaiveDate,
    notes: &mut Vec<String>,
) -> Result<f64, PricingError> {
    match cupom(book, date) {
        Ok(rate) => return Ok(rate),
        Err(why) => notes.push(format!("{why}, overnight dollar rate in its place")),
    }
    book.usd_funding().annual(date).ok_or_else(|| {
        let mut series = vec![SeriesId::new("FRC"), SeriesId::new("DOC"), SeriesId::new("DDI")];
        series.extend(book.usd_funding().tried().iter().cloned());
        missing(instrument, &series, date)
    })
}

/// Three-month clean cupom of the newest curve on or before the date that is recent enough, or why there is none. A dirty
/// one is measured against the PTAX of the day before: at three months a move of the spot by 1 % is 4 points of it.
fn cupom(book: &CurveBook, date: NaiveDate) -> Result<f64, String> {
    let oldest = book.view().calendars().business_days_before(CalendarId::B3, date, CUPOM_MAX_AGE_SESSIONS);
    let Some((_, curve)) = book.cupom().range(oldest..=date).next_back() else {
        return Err("no cupom curve".to_owned());
    };
    match curve {
        Ok(curve) if curve.source().is_clean() => {
            curve.rate(TENOR_DAYS).map_err(|error| format!("no cupom at three months ({})", error.kind()))
        }
        Ok(_) => Err("only a dirty cupom".to_owned()),
        Err(error) => Err(format!("no good cupom curve ({})", error.kind())),
    }
}

fn missing(instrument: &Instrument, series: &[SeriesId], oldest: NaiveDate) -> PricingError {
    PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series: series.to_vec() }
}
