//! Sovereign credit of constant maturity: protection sold, so that long is long risk.
//!
//! Each day a contract is struck at the day's spread, which makes it worth nothing, and closed the day after. With spreads
//! `s`, years elapsed `dt` (ACT/360) and the risky annuity `A`, per unit of notional,
//!
//! ```text
//! R_t = s_{t-1} dt - (s_t - s_{t-1}) A(s_t, r_t, T - dt)
//! A(s, r, T) = (1 - e^{-(r + h) T}) / (r + h),   h = s / (1 - recovery)
//! ```
//!
//! with a flat hazard rate `h` (the credit triangle) and `r` the par Treasury yield of the maturity, continuously
//! compounded (O'Kane, *Modelling Single-name and Multi-name Credit Derivatives*, 2008, ch. 6, with a continuous premium).
//! A position needs no capital: there is no funding in it. Worked: `s` 200 bp, `r` 4 %, five years, recovery 25 %: `h` is
//! 2.667 %, `A` 4.2520; 50 bp wider `A` is 4.1858 and the loss 2.093 %.
//!
//! The spread is an EMBI spread where no CDS is free: bonds of another maturity, over Treasuries. It is taken as the
//! contract's own, its term structure as flat: there is no roll.

use chrono::NaiveDate;

use super::di_future::without_date;
use super::returns::{Notes, Skip, Walk};
use super::spot::{self, Figure};
use super::{Instrument, PricingError, Quote, ReturnSeries, Shock};
use crate::CalendarId;
use crate::curves::{CurveBook, CurveError, UstParCurve};

const PROXY: &str = "the spread is an index of bonds, taken as that of the contract; no roll-down";
/// Sessions before a spread's date in which the Treasury curve that discounts it may lie.
const CURVE_MAX_AGE_SESSIONS: u32 = 5;

/// A contract's terms: years to maturity and the share of notional lost in default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Terms {
    pub(super) years: f64,
    pub(super) loss: f64,
}

impl Terms {
    pub(super) fn new(years: u32, recovery_pct: u32) -> Self {
        Self { years: f64::from(years), loss: 1.0 - f64::from(recovery_pct) / 100.0 }
    }
}

/// Present value of one unit of spread a year until maturity or default: spread and rate (continuous) as decimals, years,
/// loss given default.
pub fn risky_annuity(spread: f64, rate: f64, years: f64, loss: f64) -> f64 {
    let intensity = rate + spread / loss;
    let x = intensity * years;
    // (1 - e^-x) / x loses its digits near zero; exp_m1 does not.
    if x == 0.0 { years } else { -(-x).exp_m1() / intensity }
}

pub(super) fn returns(
    instrument: &Instrument,
    terms: Terms,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let (series, quotation) = spot::history(instrument, book, from)?;
    let mut notes = Notes::default();
    notes.plain(format!("spread: {}; discounting: UST_PAR", series.id));
    notes.plain(PROXY);
    let levels = spot::recent(&series, from, book.view().date())
        .into_iter()
        .map(|(date, figure)| (date, quotation.decimal(figure)))
        .collect();
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: series.id.to_string() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), _| -> Result<f64, Skip> {
        if before <= 0.0 || now <= 0.0 {
            return Err("a spread that is not above zero".to_owned());
        }
        let days = date.signed_duration_since(before_date).num_days() as f64;
        let rate = rate(book, terms.years, date).map_err(|error| without_date(&error))?;
        let left = terms.years - days / 365.0;
        Ok(before * days / 360.0 - (now - before) * risky_annuity(now, rate, left, terms.loss))
    })
}

pub(super) fn quote(instrument: &Instrument, book: &CurveBook) -> Result<Quote, PricingError> {
    let figure = spot::newest(instrument, book)?;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: figure.date,
        price: 100.0,
        rate: Some(figure.quotation.decimal(figure.value)),
        source: figure.series.to_string(),
    })
}

/// The spread, paid for as long as there is no default, over the horizon.
pub(super) fn carry(
    instrument: &Instrument,
    terms: Terms,
    book: &CurveBook,
    horizon_bd: u32,
    notes: &mut Vec<String>,
) -> Result<f64, PricingError> {
    let figure = spot::newest(instrument, book)?;
    let end = book.view().calendars().add(CalendarId::Sifma, figure.date, i64::from(horizon_bd));
    let days = end.signed_duration_since(figure.date).num_days() as f64;
    if days / 365.0 >= terms.years {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    notes.push(PROXY.to_owned());
    Ok(figure.quotation.decimal(figure.value) * days / 360.0)
}

/// A contract at the market: what its repricing needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    spread: f64,
    /// Continuously compounded.
    rate: f64,
    terms: Terms,
}

pub(super) fn level(instrument: &Instrument, terms: Terms, book: &CurveBook) -> Result<Level, PricingError> {
    let Figure { date, value, quotation, .. } = spot::newest(instrument, book)?;
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    Ok(Level { spread: quotation.decimal(value), rate: rate(book, terms.years, date).map_err(wrap)?, terms })
}

impl Level {
    /// Minus the change of the spread times the annuity after it. Rates alone move nothing: the contract is at the market.
    pub(super) fn reprice(&self, instrument: &Instrument, shock: &Shock) -> Result<f64, PricingError> {
        let widening = shock.credit_spread_bp / 1e4;
        let spread = self.spread + widening;
        if spread < 0.0 {
            let why = format!("the spread of {} would be at {spread}", instrument.id);
            return Err(PricingError::Shock { name: shock.name.clone(), why });
        }
        let rate = self.rate + shock.usd_rate(self.terms.years);
        Ok(0.0 - widening * risky_annuity(spread, rate, self.terms.years, self.terms.loss))
    }
}

/// Par Treasury yield of the maturity, continuously compounded, from the newest curve on or before the date that is recent
/// enough.
fn rate(book: &CurveBook, years: f64, date: NaiveDate) -> Result<f64, CurveError> {
    let oldest = book.view().calendars().business_days_before(CalendarId::Sifma, date, CURVE_MAX_AGE_SESSIONS);
    let newest: Option<(_, &Result<UstParCurve, CurveError>)> = book.ust().range(oldest..=date).next_back();
    let Some((_, curve)) = newest else {
        return Err(CurveError::Stale { curve: "UST_PAR", oldest, tried: "US_PAR_*" });
    };
    let par_yield = curve.as_ref().map_err(Clone::clone)?.par_yield(years)?;
    Ok(2.0 * (par_yield / 2.0).ln_1p())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annuity_is_the_integral_of_discounted_survival() {
        let (spread, rate, years, loss) = (0.02, 0.04, 5.0, 0.75);
        let steps = 200_000;
        let dt = years / f64::from(steps);
        let integral: f64 =
            (0..steps).map(|step| (-(rate + spread / loss) * (f64::from(step) + 0.5) * dt).exp() * dt).sum();
        let annuity = risky_annuity(spread, rate, years, loss);
        assert!((annuity - integral).abs() < 1e-9, "{annuity} {integral}");
        assert!((annuity - 4.2520).abs() < 1e-4 && (risky_annuity(0.025, rate, years, loss) - 4.1858).abs() < 1e-4);
        assert_eq!(risky_annuity(0.0, 0.0, years, loss), years);
    }
}
