//! NTN-B by constant maturity in real yield: a thousand reais of July 2000 moved by the IPCA, paid once.
//!
//! The instrument is the indexed zero (NTN-B Principal) of `bd` business days, read from the real zero curve, so that its
//! breakeven against the DI future of the same maturity is Fisher's and nothing else. A coupon bond is the sum of such
//! zeros. Its daily excess return is the bond's own return over the CDI,
//!
//! ```text
//! R_t = Z_t(bd - k) / Z_{t-1}(bd) * VNA_t / VNA_{t-1} / prod(1 + CDI) - 1,      Z(bd) = (1 + real rate)^(-bd/252)
//! ```
//!
//! with `k` the business days between the dates and the position renewed at constant maturity every day. Where the curve was
//! made of prices over the VNA, the VNA cancels: the return is that of the bonds' prices, interpolated. Where it was made of
//! yields, the VNA of each date carries the IPCA projection known on it, and a month's surprise is earned when it is
//! published.
//!
//! A shock moves the real rate by the nominal move less the breakeven's. Price: `VNA Z(bd)` in reais for one bond.
//!
//! Cost: one basis point of real yield between bid and ask, times modified duration; half of it is the touch, the other half
//! what a desk of moderate size moves.

use chrono::NaiveDate;

use super::returns::{Notes, Skip, Walk};
use super::zero_rate::ZeroRate;
use super::{Instrument, PricingError, Quote, ReturnSeries};
use crate::curves::{CurveBook, IpcaProjection, RealCurve};

pub(super) fn returns(
    instrument: &Instrument,
    bd: u32,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<ReturnSeries, PricingError> {
    let calendars = book.view().calendars();
    let (funding, indexation) = (book.brl_funding(), book.indexation());
    if funding.series().is_none() {
        return Err(no_funding(instrument, book, from));
    }
    let mut notes = Notes::default();
    let levels: Vec<(NaiveDate, &RealCurve)> = book
        .real()
        .iter()
        .filter_map(|(date, curve)| match curve {
            Ok(curve) => Some((*date, curve)),
            Err(error) => {
                notes.count(format!("no curve: {}", error.kind()), *date);
                None
            }
        })
        .collect();
    let mut sources: Vec<&str> = levels.iter().map(|(_, curve)| curve.source().name()).collect();
    sources.sort_unstable();
    sources.dedup();
    notes.plain(format!("curves: {}; funding: {}", sources.join(", "), super::funding::CDI));
    let walk = Walk { instrument, calendar: instrument.calendar, from, what: "the real curve".to_owned() };
    walk.collect(book, levels, notes, |(before_date, before), (date, now), notes| -> Result<f64, Skip> {
        if before.source() != now.source() {
            return Err(format!("curves of two sources ({} and {})", before.source().name(), now.source().name()));
        }
        let elapsed = calendars.business_days_252(*before_date, *before_date, *date) as f64;
        let start = before.discount(f64::from(bd)).map_err(|error| error.kind())?;
        let end = now.discount(f64::from(bd) - elapsed).map_err(|error| error.kind())?;
        let (indexed, projection) = indexation.growth(*before_date, *date).map_err(|error| error.kind())?;
        if projection != IpcaProjection::Published {
            notes.count(format!("VNA with {}", projection.name()), *date);
        }
        let funded = funding.growth(calendars, *before_date, *date, notes)?;
        Ok(end / start * indexed / funded - 1.0)
    })
}

/// One bond in reais: needs the level of the index, which returns and repricing do not.
pub(super) fn quote(instrument: &Instrument, bd: u32, book: &CurveBook) -> Result<Quote, PricingError> {
    let (curve, rate) = newest(instrument, bd, book)?;
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let vna = book.indexation().vna(curve.date()).map_err(wrap)?;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: curve.date(),
        price: vna.value * curve.discount(f64::from(bd)).map_err(wrap)?,
        rate: Some(rate),
        source: format!("{}; VNA with {}", curve.source().name(), vna.projection.name()),
    })
}

/// Carry is the accrual at the position's own real yield and the IPCA expected over the horizon, less the CDI; roll what the
/// shorter maturity gains on an unchanged real curve.
pub(super) fn carry_and_roll(
    instrument: &Instrument,
    bd: u32,
    book: &CurveBook,
    horizon_bd: u32,
    notes: &mut Vec<String>,
) -> Result<(f64, f64), PricingError> {
    if horizon_bd > bd {
        return Err(PricingError::Horizon { instrument: instrument.id.clone(), horizon_bd });
    }
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let (curve, rate) = newest(instrument, bd, book)?;
    let (indexed, projection) = book.indexation().growth_ahead(curve.date(), horizon_bd).map_err(wrap)?;
    if projection != IpcaProjection::Published {
        notes.push(format!("IPCA over the horizon: {}", projection.name()));
    }
    let accrued = book
        .brl_funding()
        .ahead(curve.date(), horizon_bd, 0)
        .ok_or_else(|| no_funding(instrument, book, curve.date()))?;
    let read = |bd: u32| curve.discount(f64::from(bd)).map_err(wrap);
    let total = read(bd - horizon_bd)? / read(bd)? * indexed / accrued - 1.0;
    let carry = (rate.ln_1p() * f64::from(horizon_bd) / 252.0).exp() * indexed / accrued - 1.0;
    Ok((carry, total - carry))
}

pub(super) fn level(instrument: &Instrument, bd: u32, book: &CurveBook) -> Result<ZeroRate, PricingError> {
    let (_, rate) = newest(instrument, bd, book)?;
    Ok(ZeroRate::new(rate, bd))
}

fn newest<'b>(instrument: &Instrument, bd: u32, book: &'b CurveBook) -> Result<(&'b RealCurve, f64), PricingError> {
    let wrap = |error| PricingError::Curve { instrument: instrument.id.clone(), error };
    let curve = book.latest_real().map_err(wrap)?;
    let rate = curve.rate(f64::from(bd)).map_err(wrap)?;
    Ok((curve, rate))
}

fn no_funding(instrument: &Instrument, book: &CurveBook, oldest: NaiveDate) -> PricingError {
    let series = book.brl_funding().tried().to_vec();
    PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series }
}
