//! The indexed value of IPCA bonds: the VNA, and its growth between two dates.
//!
//! A thousand reais of 15 July 2000, moved by the IPCA (Tesouro Nacional, Portaria STN 111/2000; ANBIMA, "Metodologia de
//! precificação de títulos públicos"). On the 15th of month `m` the index of `m - 1` is known, so that
//!
//! ```text
//! VNA(15 m) = 1000 I(m-1) / I(June 2000),         I(June 2000) = 1614.62  (December 1993 = 100)
//! VNA(d)    = VNA(15 m) (1 + pi(m))^(b / B)       from the 15th of m to that of m + 1
//! ```
//!
//! with `b` of the `B` business days between the two 15ths (each moved to a business day), and `pi(m)` the IPCA of `m`: the
//! published one from the moment it is out (about the 10th of `m + 1`), a projection before. (The Treasury's retail prices
//! count calendar days; between two 15ths that moves the VNA by a basis point or two, at them by nothing.)
//!
//! **Known then.** A date uses what was public at 20:00 in São Paulo of that date, whatever the view's cut: a history read
//! today is the one that was read then. Surveys are taken at least eight days old, by when every Focus report is out.
//! The projection that was used is part of the answer ([`IpcaProjection`]), in this order:
//!
//! 1. the published IPCA;
//! 2. the Focus median for the month;
//! 3. the IPCA-15 of the month;
//! 4. the Focus median of the next twelve months, a twelfth of it compounded.
//!
//! Where none of these is known there is no value: a mean of past months is nobody's forecast.
//!
//! The index number is `BR_SIDRA_IPCA_INDEX`. Without it the monthly changes `BR_IPCA_MOM` are compounded from July 2000;
//! they are rounded to 0.01 %, which leaves the VNA of July 2024 within 0.002 % of the published 4,299.160173. When
//! neither reaches back, growth can be had and the level cannot.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::CurveError;
use crate::{AsOf, CalendarId, Calendars, Series, SeriesId, time};

/// IPCA index number of June 2000, the denominator of the VNA.
const BASE_INDEX: f64 = 1614.62;
/// Value on the base date, in reais.
const BASE_VALUE: f64 = 1000.0;
const INDEX: &str = "BR_SIDRA_IPCA_INDEX";
const CHANGE: &str = "BR_IPCA_MOM";
const HALF_MONTH: &str = "BR_IPCA15_MOM";
const TWELVE_MONTHS: &str = "BR_FOCUS_IPCA_12M.MEDIAN";
/// A survey is taken when it is at least this old, and at most the other.
const SURVEY_AGE_DAYS: (u64, u64) = (8, 45);
/// Months after the view's date for which surveys are read.
const MONTHS_AHEAD: u32 = 14;

/// Where the inflation of a month that is not published yet comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IpcaProjection {
    /// None: the month is published.
    Published,
    /// Focus median for the month.
    FocusMonth,
    /// The IPCA-15 of the month.
    Ipca15,
    /// Focus median of the next twelve months.
    FocusTwelveMonths,
}

impl IpcaProjection {
    /// What it is, for notes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "published IPCA",
            Self::FocusMonth => "Focus median of the month",
            Self::Ipca15 => "IPCA-15 of the month",
            Self::FocusTwelveMonths => "Focus median of twelve months",
        }
    }
}

/// The indexed value on a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vna {
    /// Reais for a thousand of 15 July 2000.
    pub value: f64,
    /// Where the inflation of the running month that is in it comes from; on a 15th there is none in it yet, and the value
    /// rests on published figures.
    pub projection: IpcaProjection,
}

/// IPCA as it was known date by date, and the indexed value that follows from it.
#[derive(Debug, Clone)]
pub struct Indexation<'h> {
    calendars: &'h Calendars,
    /// Change of each published month, a decimal, with the instant it became public.
    changes: BTreeMap<NaiveDate, (f64, DateTime<Utc>)>,
    /// VNA on the 15th after the month, reais, with the instant its last figure became public; empty when neither series
    /// gives the level.
    levels: BTreeMap<NaiveDate, (f64, DateTime<Utc>)>,
    half_months: BTreeMap<NaiveDate, (f64, DateTime<Utc>)>,
    surveys: BTreeMap<NaiveDate, Series>,
    twelve_months: Option<Series>,
}

impl<'h> Indexation<'h> {
    /// What a view knows, for dates not before `from`.
    pub fn of(view: &AsOf<'h>, from: NaiveDate) -> Self {
        let first = month_of(from).checked_sub_months(Months::new(14)).unwrap_or(from);
        let (mut changes, mut levels) = (BTreeMap::new(), BTreeMap::new());
        if let Ok(index) = view.series(&SeriesId::new(INDEX)) {
            for row in 0..index.len() {
                let (month, value) = (index.periods[row], index.values[row]);
                // A level is read only for the months of the dates asked for: older releases need not be looked up.
                if month < first {
                    continue;
                }
                let public = released(view, INDEX, month);
                levels.insert(month, (BASE_VALUE * value / BASE_INDEX, public));
                if let Some(before) = previous(month).and_then(|before| index.at(before)) {
                    changes.insert(month, (value / before - 1.0, public));
                }
            }
        }
        if let Ok(series) = view.series(&SeriesId::new(CHANGE)) {
            let whole = if levels.is_empty() { compounded(&series) } else { BTreeMap::new() };
            for (month, percent) in series.iter().filter(|(month, _)| *month >= first) {
                // The index says the same to more digits, where it is there already.
                if changes.contains_key(&month) {
                    continue;
                }
                let public = released(view, CHANGE, month);
                changes.insert(month, (percent / 100.0, public));
                let before = previous(month).and_then(|before| levels.get(&before)).map(|(level, _)| *level);
                let level = whole.get(&month).copied().or(before.map(|level| level * (1.0 + percent / 100.0)));
                if let Some(level) = level {
                    levels.insert(month, (level, public));
                }
            }
        }
        let half_months = view.since(&SeriesId::new(HALF_MONTH), first).map_or_else(
            |_| BTreeMap::new(),
            |series| {
                let rows = series.iter();
                rows.map(|(month, percent)| (month, (percent / 100.0, released(view, HALF_MONTH, month)))).collect()
            },
        );
        let last = month_of(view.date()).checked_add_months(Months::new(MONTHS_AHEAD)).unwrap_or(first);
        let months = std::iter::successors(Some(first), |month| month.checked_add_months(Months::new(1)));
        let surveys = months
            .take_while(|month| *month <= last)
            .filter_map(|month| {
                let id = SeriesId::new(format!("BR_FOCUS_IPCA_MONTHLY.{}.MEDIAN", month.format("%Y-%m")));
                Some((month, view.series(&id).ok()?))
            })
            .collect();
        Self {
            calendars: view.calendars(),
            changes,
            levels,
            half_months,
            surveys,
            twelve_months: view.series(&SeriesId::new(TWELVE_MONTHS)).ok(),
        }
    }

    /// The indexed value on a date.
    ///
    /// # Errors
    /// [`CurveError::NoIndexation`] naming the month whose index or change is not known.
    pub fn vna(&self, date: NaiveDate) -> Result<Vna, CurveError> {
        let place = self.place(date);
        let cut = time::default_cut(date);
        let level = previous(place.month).and_then(|before| self.levels.get(&before));
        let level = level.filter(|(_, public)| *public <= cut).map(|(level, _)| *level);
        let value = level.ok_or_else(|| CurveError::NoIndexation {
            date,
            why: match previous(place.month) {
                Some(before) => format!(
                    "the IPCA index of {} is not known ({INDEX}, or {CHANGE} from 2000-07 without a gap)",
                    before.format("%Y-%m")
                ),
                None => "outside the calendar".to_owned(),
            },
        })?;
        let (log, projection) = self.accrued(&place, date)?;
        Ok(Vna { value: value * log.exp(), projection })
    }

    /// `VNA(to) / VNA(from)` with what was known at each date, and the weaker of the two projections. Needs no index
    /// level: monthly changes are enough.
    ///
    /// # Errors
    /// [`CurveError::NoIndexation`] naming the month that is missing.
    pub fn growth(&self, from: NaiveDate, to: NaiveDate) -> Result<(f64, IpcaProjection), CurveError> {
        let (start, end) = (self.place(from), self.place(to));
        let (begun, start_projection) = self.accrued(&start, from)?;
        let (mut log, end_projection) = self.accrued(&end, to)?;
        log -= begun;
        let mut month = start.month;
        while month < end.month {
            // A 15th that has passed before the month was published keeps its projection.
            log += self.change(month, to)?.0.ln_1p();
            month = next(month);
        }
        Ok((log.exp(), start_projection.max(end_projection)))
    }

    /// Growth from a date over `horizon_bd` business days with what is known on the date, and the weakest projection in it.
    ///
    /// # Errors
    /// [`CurveError::NoIndexation`] naming the first month without a projection.
    pub fn growth_ahead(&self, date: NaiveDate, horizon_bd: u32) -> Result<(f64, IpcaProjection), CurveError> {
        let end = self.calendars.add(CalendarId::BrNational, date, i64::from(horizon_bd));
        let (start, stop) = (self.place(date), self.place(end));
        let (begun, mut weakest) = self.accrued(&start, date)?;
        let mut log = -begun;
        let mut month = start.month;
        while month < stop.month {
            let (change, projection) = self.change(month, date)?;
            weakest = weakest.max(projection);
            log += change.ln_1p();
            month = next(month);
        }
        let (ended, projection) = self.accrued(&stop, date)?;
        Ok(((log + ended).exp(), weakest.max(projection)))
    }

    /// Log growth since the last 15th with what was known on a date; on a 15th itself nothing need be known.
    fn accrued(&self, place: &Place, known_on: NaiveDate) -> Result<(f64, IpcaProjection), CurveError> {
        if place.share == 0.0 {
            return Ok((0.0, IpcaProjection::Published));
        }
        let (change, projection) = self.change(place.month, known_on)?;
        Ok((change.ln_1p() * place.share, projection))
    }

    /// Inflation of a month as known on a date.
    fn change(&self, month: NaiveDate, known_on: NaiveDate) -> Result<(f64, IpcaProjection), CurveError> {
        let cut = time::default_cut(known_on);
        let public = |rows: &BTreeMap<NaiveDate, (f64, DateTime<Utc>)>| {
            rows.get(&month).filter(|(_, released)| *released <= cut).map(|(change, _)| *change)
        };
        if let Some(change) = public(&self.changes) {
            return Ok((change, IpcaProjection::Published));
        }
        if let Some(percent) = self.surveys.get(&month).and_then(|survey| recent(survey, known_on)) {
            return Ok((percent / 100.0, IpcaProjection::FocusMonth));
        }
        if let Some(change) = public(&self.half_months) {
            return Ok((change, IpcaProjection::Ipca15));
        }
        if let Some(percent) = self.twelve_months.as_ref().and_then(|survey| recent(survey, known_on)) {
            return Ok((((percent / 100.0).ln_1p() / 12.0).exp_m1(), IpcaProjection::FocusTwelveMonths));
        }
        Err(CurveError::NoIndexation {
            date: known_on,
            why: format!(
                "neither the IPCA of {} nor a projection of it is known ({CHANGE}, BR_FOCUS_IPCA_MONTHLY, {HALF_MONTH}, \
                 {TWELVE_MONTHS})",
                month.format("%Y-%m")
            ),
        })
    }

    /// The month whose inflation accrues on a date, and the share of it that has.
    fn place(&self, date: NaiveDate) -> Place {
        let mut month = month_of(date);
        if date < self.fifteenth(month) {
            month = previous(month).unwrap_or(month);
        }
        let (start, end) = (self.fifteenth(month), self.fifteenth(next(month)));
        let days = |to| self.calendars.business_days_252(date, start, to) as f64;
        Place { month, share: days(date) / days(end) }
    }

    /// The 15th of a month, moved to a business day.
    fn fifteenth(&self, month: NaiveDate) -> NaiveDate {
        self.calendars.on_or_after(CalendarId::BrNational, month.with_day(15).unwrap_or(month))
    }
}

struct Place {
    month: NaiveDate,
    share: f64,
}

/// VNA on the 15th after each month, from monthly changes that start in July 2000 or before and have no gap.
fn compounded(series: &Series) -> BTreeMap<NaiveDate, f64> {
    let mut levels = BTreeMap::new();
    let Some(base) = NaiveDate::from_ymd_opt(2000, 6, 1) else { return levels };
    let (mut level, mut month) = (BASE_VALUE, base);
    levels.insert(month, level);
    while let Some(percent) = series.at(next(month)) {
        month = next(month);
        level *= 1.0 + percent / 100.0;
        levels.insert(month, level);
    }
    if levels.len() == 1 {
        levels.clear();
    }
    levels
}

/// Newest value of a survey that was certainly public on a date and is not too old.
fn recent(survey: &Series, date: NaiveDate) -> Option<f64> {
    let (period, percent) = survey.at_or_before(date.checked_sub_days(Days::new(SURVEY_AGE_DAYS.0))?)?;
    (period >= date.checked_sub_days(Days::new(SURVEY_AGE_DAYS.1))?).then_some(percent)
}

/// First release of a period; never visible when there is none.
fn released(view: &AsOf, id: &str, period: NaiveDate) -> DateTime<Utc> {
    view.vintages(&SeriesId::new(id), period).first().map_or(DateTime::<Utc>::MAX_UTC, |first| first.released_at)
}

fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn previous(month: NaiveDate) -> Option<NaiveDate> {
    month.checked_sub_months(Months::new(1))
}

fn next(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(Months::new(1)).unwrap_or(month)
}
