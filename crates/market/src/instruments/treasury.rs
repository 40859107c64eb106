//! US Treasuries by constant maturity: yesterday's par bond repriced today.
//!
//! The bond bought at the close of `t-1` has the par yield of its maturity as coupon and costs 1. At the close of `t` it
//! has `T - dt` years left (`dt` = calendar days / 365) and is priced in full, coupons and all, at the par yield read
//! there on today's curve: carry, roll-down, the yield move and convexity in one number. The excess return divides by what
//! overnight dollars earn, ACT/360.
//!
//! A day whose row has no yield at the maturity itself is no level: an interpolated yield between two published ones
//! would be a return nobody earned.

use chrono::NaiveDate;

use super::di_future::without_date;
use super::returns::{Notes, Skip, Walk};
use super::{Instrument, PricingError, Quote, ReturnSeries, Shock};
use crate::CalendarId;
use crate::curves::{CurveBook, CurveError, UstParCurve, par_bond_price};

pub(super) fn returns(
    instrument: &Instrument,
    years: u32,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let calendars = book.view().calendars();
    let funding = book.usd_funding();
    let Some(funded_by) = funding.series() else {
        return Err(no_funding(instrument, book, from));
    };
    let mut notes = Notes::default();
    notes.plain(format!("curve: UST_PAR; funding: {funded_by}"));
    let maturity = f64::from(years);
    let mut levels: Vec<(NaiveDate, (&UstParCurve, f64))> = Vec::with_capacity(book.ust().len());
    for (date, curve) in book.ust() {
        match curve.as_ref().map(|curve| (curve, curve.published(maturity))) {
            Ok((curve, Some(par_yield))) => levels.push((*date, (curve, par_yield))),
            Ok((_, None)) => notes.count(format!("no yield published at {years} years"), *date),
            Err(error) => notes.count(format!("no curve: {}", without_date(error)), *date),
        }
    }
    let walk = Walk { instrument, calendar: CalendarId::Sifma, from, what: "the US par curve".to_owned() };
    walk.collect(book, levels, notes, |(before_date, (_, coupon)), (date, (now, _)), notes| -> Result<f64, Skip> {
        let left = maturity - elapsed_years(*before_date, *date);
        let price = par_bond_price(*coupon, left, now.par_yield(left).map_err(|error| without_date(&error))?);
        let funded = funding.growth(calendars, *before_date, *date, notes)?;
        Ok(price / funded - 1.0)
    })
}

pub(super) fn quote(instrument: &Instrument, years: u32, book: &CurveBook) -> Result<Quote, PricingError> {
    let (curve, par_yield) = newest(instrument, years, book)?;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: curve.date(),
        price: 100.0,
        rate: Some(par_yield),
        source: "UST_PAR".to_owned(),
    })
}

/// Carry is the par bond's accretion at its own yield less funding; roll what it gains because its shorter maturity is
/// read at another yield on an unchanged curve.
pub(super) fn carry_and_roll(
    instrument: &Instrument,
    years: u32,
    book: &CurveBook,
    horizon_bd: u32,
) -> Result<(f64, f64), PricingError> {
    let (curve, par_yield) = newest(instrument, years, book)?;
    let end = book.view().calendars().add(CalendarId::Sifma, curve.date(), i64::from(horizon_bd));
    let days = end.signed_duration_since(curve.date()).num_days();
    let accrued = book
        .usd_funding()
        .ahead(curve.date(), horizon_bd, days)
        .ok_or_else(|| no_funding(instrument, book, curve.date()))?;
    let left = f64::from(years) - elapsed_years(curve.date(), end);
    if left <= 0.0 {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    let rolled =
        curve.par_yield(left).map_err(|error| PricingError::Curve { instrument: instrument.id.clone(), error })?;
    let carry = par_bond_price(par_yield, left, par_yield) / accrued - 1.0;
    let total = par_bond_price(par_yield, left, rolled) / accrued - 1.0;
    Ok((carry, total - carry))
}

/// A par bond: what a Treasury is repriced from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    par_yield: f64,
    years: f64,
}

impl Level {
    /// The par bond at its yield plus the shock at its maturity.
    pub(super) fn reprice(&self, instrument: &Instrument, shock: &Shock) -> Result<f64, PricingError> {
        let Self { par_yield, years } = *self;
        let shocked = par_yield + shock.usd_rate(years);
        if shocked <= -1.0 {
            let why = format!("{} would be at {shocked}", instrument.id);
            return Err(PricingError::Shock { name: shock.name.clone(), why });
        }
        // Relative to the same function at no shock, so that no shock is exactly no return.
        Ok(par_bond_price(par_yield, years, shocked) / par_bond_price(par_yield, years, par_yield) - 1.0)
    }
}

pub(super) fn level(instrument: &Instrument, years: u32, book: &CurveBook) -> Result<Level, PricingError> {
    let (_, par_yield) = newest(instrument, years, book)?;
    Ok(Level { par_yield, years: f64::from(years) })
}

fn elapsed_years(from: NaiveDate, to: NaiveDate) -> f64 {
    to.signed_duration_since(from).num_days() as f64 / 365.0
}

/// The newest curve that has a yield at the maturity and is not too old; a bad newest curve is an error.
fn newest<'b>(
    instrument: &Instrument,
    years: u32,
    book: &'b CurveBook,
) -> Result<(&'b UstParCurve, f64), PricingError> {
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let oldest = CurveBook::oldest(book.view(), CalendarId::Sifma);
    book.latest_ust().map_err(wrap)?;
    let recent = book.ust().range(oldest..).rev().filter_map(|(_, curve)| curve.as_ref().ok());
    recent
        .filter_map(|curve| Some((curve, curve.published(f64::from(years))?)))
        .next()
        .ok_or_else(|| wrap(CurveError::NoTenor { curve: "UST_PAR", years, oldest }))
}

fn no_funding(instrument: &Instrument, book: &CurveBook, oldest: NaiveDate) -> PricingError {
    let series = book.usd_funding().tried().to_vec();
    PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series }
}
