//! Nominal Brazilian government bonds: LTN (zero coupon) and NTN-F (10 % a year, paid semiannually).
//!
//! Prices follow ANBIMA's method (Metodologia de Precificacao de Titulos Publicos): yields effective annual on business
//! days over 252, counted from settlement (the business day after the trade) to each unadjusted payment date; exponents cut
//! off at 14 decimals, each NTN-F flow rounded at 9, the PU cut off at 6.
//!
//! A bond is priced from its own yield series: ANBIMA's indicative rate, else Tesouro Direto's morning rate of sale. There
//! is no mark off the DI curve. Its daily excess return is
//!
//! ```text
//! R_t = (PU_t + coupons that fell due) / PU_{t-1} / prod(1 + CDI) - 1
//! ```
//!
//! with the CDI from trade date to trade date: that of the settlement dates is a day later and not known at the cut.
//! Under a shock every flow is discounted at the bond's yield plus the move of the nominal curve at the flow's own
//! distance: the bond's spread over the curve stays.

use chrono::{Months, NaiveDate};

use super::returns::{Notes, Skip, Walk};
use super::spot::{self, Figure};
use super::{Instrument, InstrumentKind, PricingError, Quote, ReturnSeries, Shock};
use crate::curves::CurveBook;
use crate::{CalendarId, Calendars};

const FACE: f64 = 1000.0;
/// `1000 (1.10^0.5 - 1)`, as the bond's terms round it.
const COUPON: f64 = 48.808_85;

/// PU of an LTN at a yield (decimal, effective annual), `bd` business days from settlement to maturity, cut off at six
/// decimals.
pub fn ltn_pu(rate: f64, bd: u32) -> f64 {
    cut(FACE * (-rate.ln_1p() * exponent(bd)).exp(), 1e6)
}

/// PU of an NTN-F at a yield (decimal, effective annual), from the business days between settlement and each payment left,
/// nearest first; cut off at six decimals.
pub fn ntnf_pu(rate: f64, payments_bd: &[u32]) -> f64 {
    let last = payments_bd.len().saturating_sub(1);
    let flow = |(at, bd): (usize, &u32)| {
        let amount = if at == last { FACE + COUPON } else { COUPON };
        (amount * (-rate.ln_1p() * exponent(*bd)).exp() * 1e9).round() / 1e9
    };
    cut(payments_bd.iter().enumerate().map(flow).sum(), 1e6)
}

/// Years of business days, cut off at 14 decimals.
fn exponent(bd: u32) -> f64 {
    cut(f64::from(bd) / 252.0, 1e14)
}

fn cut(value: f64, scale: f64) -> f64 {
    (value * scale).trunc() / scale
}

/// A payment of a bond: date, amount.
type Payment = (NaiveDate, f64);

/// Payments after settlement, nearest first; empty when the bond has matured.
fn payments(kind: InstrumentKind, settlement: NaiveDate) -> Vec<Payment> {
    match kind {
        InstrumentKind::Ltn { maturity } if maturity > settlement => vec![(maturity, FACE)],
        InstrumentKind::NtnF { maturity } if maturity > settlement => {
            let back = |half_years: u32| maturity.checked_sub_months(Months::new(6 * half_years));
            let coupons = (1..).map_while(back).take_while(|date| *date > settlement).map(|date| (date, COUPON));
            let mut payments: Vec<Payment> = std::iter::once((maturity, FACE + COUPON)).chain(coupons).collect();
            payments.reverse();
            payments
        }
        _ => Vec::new(),
    }
}

/// The day on which a trade is paid for.
fn settlement(calendars: &Calendars, trade: NaiveDate) -> NaiveDate {
    calendars.next(CalendarId::BrNational, trade)
}

/// Business days from settlement to each payment, on the holiday list in force at the trade date.
fn distances(calendars: &Calendars, trade: NaiveDate, payments: &[Payment]) -> Vec<u32> {
    let start = settlement(calendars, trade);
    payments.iter().map(|(date, _)| calendars.business_days_252(trade, start, *date).max(0) as u32).collect()
}

fn pu(kind: InstrumentKind, rate: f64, bd: &[u32]) -> f64 {
    match (kind, bd) {
        (InstrumentKind::Ltn { .. }, [bd]) => ltn_pu(rate, *bd),
        _ => ntnf_pu(rate, bd),
    }
}

pub(super) fn returns(
    instrument: &Instrument,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let (series, quotation) = spot::history(instrument, book, from)?;
    let calendars = book.view().calendars();
    let funding = book.brl_funding();
    if funding.series().is_none() {
        return Err(no_cdi(instrument, book, from));
    }
    let mut notes = Notes::default();
    notes.plain(format!("yield: {}; funding: {}", series.id, super::funding::CDI));
    let levels: Vec<(NaiveDate, f64)> = spot::recent(&series, from, book.view().date())
        .into_iter()
        .filter(|(date, _)| !payments(instrument.kind, settlement(calendars, *date)).is_empty())
        .map(|(date, figure)| (date, quotation.decimal(figure)))
        .collect();
    let priced = |date: NaiveDate, rate: f64| {
        let due = payments(instrument.kind, settlement(calendars, date));
        pu(instrument.kind, rate, &distances(calendars, date, &due))
    };
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: series.id.to_string() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), notes| -> Result<f64, Skip> {
        if before <= -1.0 || now <= -1.0 {
            return Err("a yield of -100 % or less".to_owned());
        }
        let funded = funding.growth(calendars, before_date, date, notes)?;
        let (start, end) = (settlement(calendars, before_date), settlement(calendars, date));
        let received: f64 =
            payments(instrument.kind, start).iter().take_while(|(due, _)| *due <= end).map(|(_, amount)| amount).sum();
        Ok((priced(date, now) + received) / priced(before_date, before) / funded - 1.0)
    })
}

pub(super) fn quote(instrument: &Instrument, book: &CurveBook) -> Result<Quote, PricingError> {
    let (figure, due) = newest(instrument, book)?;
    let rate = figure.quotation.decimal(figure.value);
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: figure.date,
        price: pu(instrument.kind, rate, &distances(book.view().calendars(), figure.date, &due)),
        rate: Some(rate),
        source: figure.series.to_string(),
    })
}

/// Carry is the accrual at the bond's own yield less the CDI. Roll is what the bond gains when every flow is read nearer
/// on an unchanged DI curve, its spread over that curve unchanged too: there is no curve of such bonds alone.
pub(super) fn carry_and_roll(
    instrument: &Instrument,
    book: &CurveBook,
    horizon_bd: u32,
    notes: &mut Vec<String>,
) -> Result<(f64, f64), PricingError> {
    let (figure, due) = newest(instrument, book)?;
    let bd = distances(book.view().calendars(), figure.date, &due);
    if bd.last().is_none_or(|last| horizon_bd > *last) {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    let accrued =
        book.brl_funding().ahead(figure.date, horizon_bd, 0).ok_or_else(|| no_cdi(instrument, book, figure.date))?;
    let rate = figure.quotation.decimal(figure.value);
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = book.latest_di().map_err(wrap)?;
    notes.push("roll from the slope of the DI curve, the bond's spread over it unchanged".to_owned());
    let (mut now, mut then) = (0.0, 0.0);
    for ((_, amount), &bd) in due.iter().zip(&bd) {
        let nearer = bd.saturating_sub(horizon_bd);
        let moved = curve.rate(f64::from(nearer)).map_err(wrap)? - curve.rate(f64::from(bd)).map_err(wrap)?;
        now += present(*amount, rate, f64::from(bd) / 252.0);
        // A coupon paid on the way is reinvested at the bond's yield.
        let years = (f64::from(bd) - f64::from(horizon_bd)) / 252.0;
        then += present(*amount, if bd > horizon_bd { rate + moved } else { rate }, years);
    }
    let carry = (rate.ln_1p() * f64::from(horizon_bd) / 252.0).exp() / accrued - 1.0;
    let total = then / now / accrued - 1.0;
    Ok((carry, total - carry))
}

/// The yield and the payments of a bond.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    /// Effective annual, decimal.
    rate: f64,
    /// Years (business days over 252) and amounts.
    flows: Vec<(f64, f64)>,
}

pub(super) fn level(instrument: &Instrument, book: &CurveBook) -> Result<Level, PricingError> {
    let (figure, due) = newest(instrument, book)?;
    let bd = distances(book.view().calendars(), figure.date, &due);
    let flows = due.iter().zip(bd).map(|((_, amount), bd)| (f64::from(bd) / 252.0, *amount)).collect();
    Ok(Level { rate: figure.quotation.decimal(figure.value), flows })
}

impl Level {
    /// Discounts every flow again at the yield plus the shock at its own distance.
    pub(super) fn reprice(&self, instrument: &Instrument, shock: &Shock) -> Result<f64, PricingError> {
        let (mut before, mut after) = (0.0, 0.0);
        for &(years, amount) in &self.flows {
            let shocked = self.rate + shock.brl_rate(years);
            if shocked <= -1.0 {
                let why = format!("{} would be at {shocked}", instrument.id);
                return Err(PricingError::Shock { name: shock.name.clone(), why });
            }
            before += present(amount, self.rate, years);
            after += present(amount, shocked, years);
        }
        Ok(after / before - 1.0)
    }
}

fn present(amount: f64, rate: f64, years: f64) -> f64 {
    amount * (-rate.ln_1p() * years).exp()
}

fn newest(instrument: &Instrument, book: &CurveBook) -> Result<(Figure, Vec<Payment>), PricingError> {
    let figure = spot::newest(instrument, book)?;
    let due = payments(instrument.kind, settlement(book.view().calendars(), figure.date));
    match due.last() {
        Some((maturity, _)) if *maturity > book.view().date() => Ok((figure, due)),
        _ => Err(PricingError::Matured { instrument: instrument.id.clone(), on: figure.date }),
    }
}

fn no_cdi(instrument: &Instrument, book: &CurveBook, oldest: NaiveDate) -> PricingError {
    let series = book.brl_funding().tried().to_vec();
    PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Priced on 2024-07-04 for settlement on 2024-07-05, as ANBIMA published them.
    #[test]
    fn prices_are_anbimas_to_the_sixth_decimal() {
        let (calendars, trade) = (Calendars::embedded(), date("2024-07-04"));
        let bd = |kind| distances(&calendars, trade, &payments(kind, settlement(&calendars, trade)));
        let ltn = bd(InstrumentKind::Ltn { maturity: date("2030-01-01") });
        assert_eq!((ltn.as_slice(), ltn_pu(0.12145, ltn[0])), ([1374].as_slice(), 535.279902));
        assert!((ltn_pu(0.12145, 1374) - ltn_pu(0.12155, 1374) - 0.260173).abs() < 1.5e-6);
        let ntnf = bd(InstrumentKind::NtnF { maturity: date("2035-01-01") });
        assert_eq!((ntnf.len(), ntnf[0], ntnf[20]), (21, 125, 2629));
        assert_eq!(ntnf_pu(0.11921, &ntnf), 895.359254);
        assert!((ntnf_pu(0.11921, &ntnf) - ntnf_pu(0.11931, &ntnf) - 0.521572).abs() < 1.5e-6);
    }

    #[test]
    fn a_coupon_due_on_the_day_of_settlement_is_the_sellers() {
        let kind = InstrumentKind::NtnF { maturity: date("2027-01-01") };
        assert_eq!(payments(kind, date("2026-06-30")).len(), 2);
        assert_eq!(payments(kind, date("2026-07-01")), [(date("2027-01-01"), FACE + COUPON)]);
        assert!(payments(kind, date("2027-01-01")).is_empty());
    }
}
