//! The cupom cambial by constant maturity, received: DDI futures with their dollars sold forward, and FRC.
//!
//! **DDI.** `PU = 100000 / (1 + r n/360)`. The exchange pays a long PU, per contract and in reais,
//!
//! ```text
//! [ PU_t - PU_{t-1} (1 + CDI) / (PTAX_{t-1} / PTAX_{t-2}) ] * USD 0.50 * PTAX_{t-1}
//! ```
//!
//! on the *dirty* PU. With `PU = clean PU * S / PTAX(-1)` on both days that is `0.50 (P_t S_t - P_{t-1} S_{t-1} (1 + CDI))` on the
//! clean one ([`ddi_variation_margin`](crate::curves::ddi_variation_margin)): a dollar bond of `n` days, in reais, less the CDI. It
//! holds as many dollars as it is worth. The instrument is the cupom alone: those dollars are sold through the desk's own
//! forward (`USDBRL`, which accrues the cupom at three months), and per dollar of exposure, in dollars,
//!
//! ```text
//! R_t = P_t(n - k) / P_{t-1}(n) / (1 + c k/360) - 1,        c the cupom at three months, k the days between the dates
//! ```
//!
//! (exact but for the factor `S_t / S_{t-1} / (1 + CDI)` at which the day's dollars are turned into reais).
//!
//! **FRC.** Long the DDI of `n2` days and short the first DDI (`n1`) of the same dollars: the spot cancels, nothing is
//! funded, and with `G = growth(n2) / growth(n1)` between two fixed dates
//!
//! ```text
//! R_t = G_{t-1} / G_t - 1
//! ```
//!
//! per dollar of the far leg. The short leg is the one of `t` on both days, so that a change of contract is no return.
//!
//! A receiver gains when the cupom falls. Only clean curves make returns; an FRC needs quoted FRCs. A shock moves the cupom by
//! the US move plus the basis'. Tenors are given in days over 360.
//!
//! Multiplier USD 0.50 a point (50,000 dollars at expiry) and lot of ten are the exchange's as recalled, not re-read. Costs are
//! one tick of the FRC (0.01 point of percent), where the market trades, times duration, plus fees.

use chrono::NaiveDate;

use super::returns::{Notes, Skip, Walk};
use super::{Instrument, PricingError, Quote, ReturnSeries, Shock};
use crate::curves::{CupomCurve, CupomSource, CurveBook, CurveError, cupom_growth};

/// The point of the curve that the sold dollars accrue: the one of `USDBRL`.
const FORWARD_DAYS: f64 = 90.0;
const FACE: f64 = 100_000.0;
const YEAR: f64 = 360.0;

/// Which of the two instruments, and how far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Leg {
    /// A DDI of so many days.
    Ddi(u32),
    /// An FRC from the short leg to so many days.
    Frc(u32),
}

impl Leg {
    fn days(self) -> f64 {
        match self {
            Self::Ddi(days) | Self::Frc(days) => f64::from(days),
        }
    }

    /// Distance at which the position starts on a curve: today for a DDI, the short leg for an FRC.
    fn start(self, curve: &CupomCurve) -> Result<f64, CurveError> {
        match self {
            Self::Ddi(_) => Ok(0.0),
            Self::Frc(days) => {
                let short = curve.short_leg().ok_or(CurveError::Absent {
                    curve: CupomSource::Frc.name(),
                    date: curve.date(),
                    tried: "FRC",
                })?;
                if short < f64::from(days) {
                    return Ok(short);
                }
                let (curve, date, last) = (CupomSource::Frc.name(), curve.date(), f64::from(days));
                Err(CurveError::OutOfRange { curve, date, asked: short, first: 0.0, last })
            }
        }
    }

    /// Dollars that a dollar grows to over the position, which starts `from` days ahead.
    fn growth(self, curve: &CupomCurve, from: f64, to: f64) -> Result<f64, CurveError> {
        Ok(curve.growth(to)? / curve.growth(from)?)
    }
}

pub(super) fn returns(
    instrument: &Instrument,
    leg: Leg,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let mut notes = Notes::default();
    let levels: Vec<(NaiveDate, &CupomCurve)> = book
        .cupom()
        .iter()
        .filter_map(|(date, curve)| match curve {
            Ok(curve) if curve.source().is_clean() => Some((*date, curve)),
            Ok(_) => {
                notes.count("only a dirty cupom: no PTAX of the day and of the day before".to_owned(), *date);
                None
            }
            Err(error) => {
                notes.count(format!("no curve: {}", error.kind()), *date);
                None
            }
        })
        .collect();
    let mut sources: Vec<&str> = levels.iter().map(|(_, curve)| curve.source().name()).collect();
    sources.sort_unstable();
    sources.dedup();
    notes.plain(format!("curves: {}", sources.join(", ")));
    notes.plain(match leg {
        Leg::Ddi(_) => "in dollars; dollars sold forward at the cupom of three months",
        Leg::Frc(_) => "in dollars; short leg: the first DDI",
    });
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: "the cupom curve".to_owned() };
    walk.collect(book, levels, notes, |&(before_date, before), &(date, now), _| -> Result<f64, Skip> {
        if before.source() != now.source() {
            return Err(format!("curves of two sources ({} and {})", before.source().name(), now.source().name()));
        }
        let kind = |error: CurveError| error.kind();
        let elapsed = date.signed_duration_since(before_date).num_days() as f64;
        let (start, days) = (leg.start(now).map_err(kind)?, leg.days());
        let end = leg.growth(now, start, days - elapsed).map_err(kind)?;
        match leg {
            Leg::Ddi(_) => {
                let funded = cupom_growth(before.rate(FORWARD_DAYS).map_err(kind)?, elapsed);
                Ok(leg.growth(before, 0.0, days).map_err(kind)? / end / funded - 1.0)
            }
            Leg::Frc(_) => Ok(leg.growth(before, start + elapsed, days).map_err(kind)? / end - 1.0),
        }
    })
}

pub(super) fn quote(instrument: &Instrument, leg: Leg, book: &CurveBook) -> Result<Quote, PricingError> {
    let level = level(instrument, leg, book)?;
    let growth = level.growth(0.0, 0.0);
    let (start, end) = level.days;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: level.date,
        price: FACE / growth,
        rate: Some((growth - 1.0) * YEAR / (end - start)),
        source: level.source.name().to_owned(),
    })
}

/// DDI: carry is the accretion at its own rate less the three-month cupom that the sold dollars cost; roll what the shorter
/// maturity gains on an unchanged curve. FRC: nothing is held, all of it is roll.
pub(super) fn carry_and_roll(
    instrument: &Instrument,
    leg: Leg,
    book: &CurveBook,
    horizon_bd: u32,
) -> Result<(f64, f64), PricingError> {
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = newest(instrument, book)?;
    let end = book.view().calendars().add(instrument.calendar, curve.date(), i64::from(horizon_bd));
    let elapsed = end.signed_duration_since(curve.date()).num_days() as f64;
    let (start, days) = (leg.start(curve).map_err(wrap)?, leg.days());
    if elapsed >= days - start {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    let then = leg.growth(curve, start, days - elapsed).map_err(wrap)?;
    match leg {
        Leg::Ddi(_) => {
            let now = leg.growth(curve, start, days).map_err(wrap)?;
            let funded = cupom_growth(curve.rate(FORWARD_DAYS).map_err(wrap)?, elapsed);
            let rate = curve.rate(days).map_err(wrap)?;
            let carry = cupom_growth(rate, days) / cupom_growth(rate, days - elapsed) / funded - 1.0;
            Ok((carry, now / then / funded - 1.0 - carry))
        }
        // As the returns have it: the short leg is the one that will be the first at the end.
        Leg::Frc(_) => Ok((0.0, leg.growth(curve, start + elapsed, days).map_err(wrap)? / then - 1.0)),
    }
}

/// Two ends of a position with their zero rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    date: NaiveDate,
    source: CupomSource,
    /// Calendar days to its start and to its end.
    days: (f64, f64),
    /// Clean zero rates there, linear decimals.
    rates: (f64, f64),
}

impl Level {
    /// Growth over the position with the rates of its start and its end moved.
    fn growth(&self, start: f64, end: f64) -> f64 {
        cupom_growth(self.rates.1 + end, self.days.1) / cupom_growth(self.rates.0 + start, self.days.0)
    }

    /// Discounts again at the cupom plus its shock: the US move plus the basis'.
    pub(super) fn reprice(&self, instrument: &Instrument, shock: &Shock) -> Result<f64, PricingError> {
        let (start, end) = (shock.cupom_rate(self.days.0 / YEAR), shock.cupom_rate(self.days.1 / YEAR));
        let (near, far) =
            (cupom_growth(self.rates.0 + start, self.days.0), cupom_growth(self.rates.1 + end, self.days.1));
        if near <= 0.0 || far <= 0.0 {
            let why = format!("{} would grow by {far} and {near}", instrument.id);
            return Err(PricingError::Shock { name: shock.name.clone(), why });
        }
        Ok(self.growth(0.0, 0.0) / self.growth(start, end) - 1.0)
    }
}

pub(super) fn level(instrument: &Instrument, leg: Leg, book: &CurveBook) -> Result<Level, PricingError> {
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = newest(instrument, book)?;
    let days = (leg.start(curve).map_err(wrap)?, leg.days());
    let rates = (curve.rate(days.0).map_err(wrap)?, curve.rate(days.1).map_err(wrap)?);
    Ok(Level { date: curve.date(), source: curve.source(), days, rates })
}

/// The newest curve, which must be clean.
fn newest<'b>(instrument: &Instrument, book: &'b CurveBook) -> Result<&'b CupomCurve, PricingError> {
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = book.latest_cupom().map_err(wrap)?;
    if curve.source().is_clean() {
        return Ok(curve);
    }
    let tried = "FRC, DOC, DDI with the PTAX of two days";
    Err(wrap(CurveError::Absent { curve: "clean cupom", date: curve.date(), tried }))
}
