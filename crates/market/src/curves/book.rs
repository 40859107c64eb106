//! The curves of one view, each history built at most once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{Days, NaiveDate};

use super::{
    CupomCurve, CurveError, DiCurve, Indexation, RealCurve, UstParCurve, UstZeroCurve, cupom_curve_history,
    di_curve_history, real_curve_history, ust_par_curve_history,
};
use crate::instruments::Funding;
use crate::{AsOf, CalendarId};

/// Curves and funding rates of a view since a date, shared by the instruments that price from them.
///
/// Nothing is read before it is asked for, and each history is built once, however many instruments ask. It is tied to
/// its view: there is no cache between views.
#[derive(Debug)]
pub struct CurveBook<'v, 'h> {
    view: &'v AsOf<'h>,
    from: NaiveDate,
    di: OnceLock<BTreeMap<NaiveDate, Result<DiCurve, CurveError>>>,
    real: OnceLock<BTreeMap<NaiveDate, Result<RealCurve, CurveError>>>,
    indexation: OnceLock<Indexation<'h>>,
    cupom: OnceLock<BTreeMap<NaiveDate, Result<CupomCurve, CurveError>>>,
    ust: OnceLock<BTreeMap<NaiveDate, Result<UstParCurve, CurveError>>>,
    ust_zero: OnceLock<BTreeMap<NaiveDate, Result<UstZeroCurve, CurveError>>>,
    brl_funding: OnceLock<Funding>,
    usd_funding: OnceLock<Funding>,
}

impl<'v, 'h> CurveBook<'v, 'h> {
    /// Sessions after which a level is too old to price from.
    pub const MAX_AGE_SESSIONS: u32 = 5;
    /// Calendar days before `from` that are read too, for the level from which the first return starts.
    const LOOK_BACK: u64 = 14;

    /// A book that can answer for returns since `from`.
    pub fn new(view: &'v AsOf<'h>, from: NaiveDate) -> Self {
        let oldest_level = Self::oldest(view, CalendarId::B3).min(Self::oldest(view, CalendarId::Sifma));
        let from = from.checked_sub_days(Days::new(Self::LOOK_BACK)).unwrap_or(from).min(oldest_level);
        Self {
            view,
            from,
            di: OnceLock::new(),
            real: OnceLock::new(),
            indexation: OnceLock::new(),
            cupom: OnceLock::new(),
            ust: OnceLock::new(),
            ust_zero: OnceLock::new(),
            brl_funding: OnceLock::new(),
            usd_funding: OnceLock::new(),
        }
    }

    /// A book for the latest levels only.
    pub fn latest(view: &'v AsOf<'h>) -> Self {
        Self::new(view, view.date())
    }

    /// The view.
    pub fn view(&self) -> &'v AsOf<'h> {
        self.view
    }

    /// First date read.
    pub fn from(&self) -> NaiveDate {
        self.from
    }

    /// DI curves by date.
    pub fn di(&self) -> &BTreeMap<NaiveDate, Result<DiCurve, CurveError>> {
        self.di.get_or_init(|| di_curve_history(self.view, self.from))
    }

    /// Real curves by date.
    pub fn real(&self) -> &BTreeMap<NaiveDate, Result<RealCurve, CurveError>> {
        self.real.get_or_init(|| real_curve_history(self.view, self.from, self.indexation()))
    }

    /// The indexed value of IPCA bonds, date by date.
    pub fn indexation(&self) -> &Indexation<'h> {
        self.indexation.get_or_init(|| Indexation::of(self.view, self.from))
    }

    /// Cupom curves by date.
    pub fn cupom(&self) -> &BTreeMap<NaiveDate, Result<CupomCurve, CurveError>> {
        self.cupom.get_or_init(|| cupom_curve_history(self.view, self.from))
    }

    /// US par curves by date.
    pub fn ust(&self) -> &BTreeMap<NaiveDate, Result<UstParCurve, CurveError>> {
        self.ust.get_or_init(|| ust_par_curve_history(self.view, self.from))
    }

    /// US zero curves by date: the par curves, bootstrapped.
    pub fn ust_zero(&self) -> &BTreeMap<NaiveDate, Result<UstZeroCurve, CurveError>> {
        let bootstrapped = |par: &Result<UstParCurve, CurveError>| {
            par.as_ref().map_err(Clone::clone).and_then(UstZeroCurve::bootstrap)
        };
        self.ust_zero.get_or_init(|| self.ust().iter().map(|(date, par)| (*date, bootstrapped(par))).collect())
    }

    /// Overnight funding in reais.
    pub fn brl_funding(&self) -> &Funding {
        self.brl_funding.get_or_init(|| Funding::brl(self.view))
    }

    /// Overnight funding in dollars.
    pub fn usd_funding(&self) -> &Funding {
        self.usd_funding.get_or_init(|| Funding::usd(self.view, self.from))
    }

    /// The newest DI curve that is not too old to price from.
    ///
    /// # Errors
    /// [`CurveError::Stale`] when there is none; what is wrong with the newest one when it is bad.
    pub fn latest_di(&self) -> Result<&DiCurve, CurveError> {
        newest(self.di(), "DI", Self::oldest(self.view, CalendarId::B3))
    }

    /// The newest real curve that is not too old to price from.
    ///
    /// # Errors
    /// As [`latest_di`](Self::latest_di).
    pub fn latest_real(&self) -> Result<&RealCurve, CurveError> {
        newest(self.real(), "real", Self::oldest(self.view, CalendarId::BrNational))
    }

    /// The newest cupom curve that is not too old to price from. Errors as [`latest_di`](Self::latest_di).
    ///
    /// # Errors
    /// As [`latest_di`](Self::latest_di).
    pub fn latest_cupom(&self) -> Result<&CupomCurve, CurveError> {
        newest(self.cupom(), "cupom", Self::oldest(self.view, CalendarId::B3))
    }

    /// The newest US par curve that is not too old to price from.
    ///
    /// # Errors
    /// As [`latest_di`](Self::latest_di).
    pub fn latest_ust(&self) -> Result<&UstParCurve, CurveError> {
        newest(self.ust(), "UST_PAR", Self::oldest(self.view, CalendarId::Sifma))
    }

    /// The oldest date of a level that may still be priced from.
    pub fn oldest(view: &AsOf, calendar: CalendarId) -> NaiveDate {
        view.calendars().business_days_before(calendar, view.date(), Self::MAX_AGE_SESSIONS)
    }
}

fn newest<'c, T>(
    curves: &'c BTreeMap<NaiveDate, Result<T, CurveError>>,
    curve: &'static str,
    oldest: NaiveDate,
) -> Result<&'c T, CurveError> {
    match curves.last_key_value() {
        Some((date, level)) if *date >= oldest => level.as_ref().map_err(Clone::clone),
        _ => Err(CurveError::Stale { curve, oldest, tried: "every source of it" }),
    }
}
