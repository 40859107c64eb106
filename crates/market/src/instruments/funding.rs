//! Overnight funding: what a unit of currency earns while an instrument is held.

use chrono::{Days, NaiveDate};

use super::returns::{Notes, Skip};
use super::spot;
use crate::{AsOf, CalendarId, Calendars, Series, SeriesId};

/// CDI, percent per day.
pub(super) const CDI: &str = "BR_CDI_DAILY";
/// Days after which a rate is too old to fund with.
const MAX_AGE_DAYS: u64 = 10;

/// Overnight rates of a currency.
///
/// A rate of period `d` accrues from `d` to the next business day and is published on the morning after: at the cut of
/// day `t` the rate of `t - 1`, which is what a return from `t - 1` to `t` needs, is known. When it is not, the latest
/// published one is used and said so.
#[derive(Debug, Clone)]
pub struct Funding {
    kind: Kind,
    tried: Vec<SeriesId>,
    rates: Option<Series>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Percent per Brazilian business day, compounded.
    Brl,
    /// Percent per year, ACT/360.
    Usd,
}

/// An accrual between two dates.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Accrual {
    /// What one unit grows to.
    factor: f64,
    /// True when the rate of a day was not published and an earlier one stood in.
    stale: bool,
}

impl Funding {
    /// CDI.
    pub(crate) fn brl(view: &AsOf) -> Self {
        let id = SeriesId::new(CDI);
        Self { kind: Kind::Brl, rates: view.series(&id).ok(), tried: vec![id] }
    }

    /// Effective fed funds, else SOFR: one of them for the whole history since `from`.
    pub(crate) fn usd(view: &AsOf, from: NaiveDate) -> Self {
        let tried = spot::ids(
            view,
            &[("FRED", "DFF", "US_DFF"), ("FRED", "EFFR", "US_EFFR"), ("FRED", "SOFR", "US_SOFR_FRED")],
        );
        Self { kind: Kind::Usd, rates: spot::choose(view, &tried, from).ok(), tried }
    }

    /// The series that serves, if any.
    pub fn series(&self) -> Option<&SeriesId> {
        self.rates.as_ref().map(|series| &series.id)
    }

    /// The series that could serve.
    pub fn tried(&self) -> &[SeriesId] {
        &self.tried
    }

    /// Effective annual rate (BRL, business/252) or linear annual rate (USD, ACT/360) of the latest period on or before
    /// `date`, as a decimal; `None` when there is none or it is older than ten days.
    pub fn annual(&self, date: NaiveDate) -> Option<f64> {
        let (_, percent) = self.published(date)?;
        Some(match self.kind {
            Kind::Brl => ((percent / 100.0).ln_1p() * 252.0).exp_m1(),
            Kind::Usd => percent / 100.0,
        })
    }

    /// What one unit grows to in `bd` business days (BRL) or `days` calendar days (USD) at the latest rate.
    pub(super) fn ahead(&self, date: NaiveDate, bd: u32, days: i64) -> Option<f64> {
        let (_, percent) = self.published(date)?;
        Some(match self.kind {
            Kind::Brl => ((percent / 100.0).ln_1p() * f64::from(bd)).exp(),
            Kind::Usd => 1.0 + percent / 100.0 * days as f64 / 360.0,
        })
    }

    /// What one unit grows to from `start` to `end`; a rate of a day not published yet is counted in the notes.
    ///
    /// # Errors
    /// That no rate is recent enough.
    pub(super) fn growth(
        &self,
        calendars: &Calendars,
        start: NaiveDate,
        end: NaiveDate,
        notes: &mut Notes,
    ) -> Result<f64, Skip> {
        let name = match self.kind {
            Kind::Brl => "CDI",
            Kind::Usd => "overnight dollar rate",
        };
        let accrual =
            self.accrue(calendars, start, end).ok_or_else(|| format!("no {name} within {MAX_AGE_DAYS} days"))?;
        if accrual.stale {
            notes.count(format!("{name} of a day not published yet, the latest one accrued"), end);
        }
        Ok(accrual.factor)
    }

    fn accrue(&self, calendars: &Calendars, start: NaiveDate, end: NaiveDate) -> Option<Accrual> {
        let mut accrual = Accrual { factor: 1.0, stale: false };
        match self.kind {
            Kind::Brl => {
                let mut day = calendars.on_or_after(CalendarId::BrNational, start);
                while day < end {
                    let (period, percent) = self.published(day)?;
                    accrual.factor *= 1.0 + percent / 100.0;
                    accrual.stale |= period < day;
                    day = calendars.next(CalendarId::BrNational, day);
                }
            }
            Kind::Usd => {
                let (period, percent) = self.published(start)?;
                let days = end.signed_duration_since(start).num_days() as f64;
                accrual.factor += percent / 100.0 * days / 360.0;
                accrual.stale = period < calendars.on_or_before(CalendarId::Fed, start);
            }
        }
        Some(accrual)
    }

    fn published(&self, date: NaiveDate) -> Option<(NaiveDate, f64)> {
        let (period, value) = self.rates.as_ref()?.at_or_before(date)?;
        (period >= date.checked_sub_days(Days::new(MAX_AGE_DAYS))?).then_some((period, value))
    }
}
