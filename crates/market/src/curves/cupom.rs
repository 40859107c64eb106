//! The cupom cambial: onshore dollar rate implied by futures, linear ACT/360.
//!
//! Four sources, in order of preference, never mixed within a date:
//!
//! 1. `FRC`, forward cupom agreements: clean, because the spot cancels. Each is a forward from the short leg, the first DDI
//!    (the second one in the last two sessions of the first), to its maturity. The short leg's month is the one before the
//!    nearest FRC's; that the quoted FRCs are the forwards of that pair of DDIs is checked on published data. Zero rates are
//!    structured on it, `growth(n2) = growth(n1) (1 + FRC (n2 - n1)/360)`; up to the short leg, where the only quote is dirty,
//!    the nearest FRC is held;
//! 2. `DOC`, B3's clean reference curve;
//! 3. `DDI` cleaned: settlement rates of the cupom future are **dirty**, measured against the PTAX of the day before. A
//!    spot move of 1 % shifts the quoted rate by 360 % / days, which is -27 % a year in the front contract of 2026-03-30. The
//!    day's own PTAX stands for the spot: what the dollar did between the fixing (13:00) and the settlement (16:00) stays in;
//! 4. `DDI` as quoted, where either fixing is missing.
//!
//! Of DDI, contracts nearer than [`MIN_CUPOM_DAYS`] are left out: what noise is left fades with maturity.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::cupom_math::{clean_cupom, cupom_growth, growth_rate};
use super::{Checks, CurveError, calendar_days, linear};
use crate::{AsOf, CalendarId, Calendars, Series, SeriesId, Tenor};

/// DDI futures nearer than this many calendar days are left out of a cupom curve.
pub const MIN_CUPOM_DAYS: i64 = 60;
const TRIED: &str = "FRC, DOC, DDI";
const PTAX: &str = "BR_USDBRL_PTAX_SELL";
const ACCEPTED: (f64, f64) = (-0.25, 0.75);

/// Where a cupom curve comes from, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CupomSource {
    /// Forward cupom agreements structured on the short leg: clean.
    Frc,
    /// B3's reference curve of the clean cupom.
    ReferenceDoc,
    /// DDI futures, the PTAX of the day before replaced by the day's.
    DdiClean,
    /// DDI futures: dirty (PTAX of the day before).
    Ddi,
}

impl CupomSource {
    const ALL: [Self; 4] = [Self::Frc, Self::ReferenceDoc, Self::DdiClean, Self::Ddi];

    /// Name of the curve the vertices belong to.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frc => "FRC",
            Self::ReferenceDoc => "DOC",
            Self::DdiClean => "DDI (cleaned)",
            Self::Ddi => "DDI",
        }
    }

    /// Curve of the catalogue that holds the quotes.
    fn quotes(self) -> &'static str {
        match self {
            Self::DdiClean => "DDI",
            source => source.name(),
        }
    }

    /// True when the rate is measured against today's spot.
    pub fn is_clean(self) -> bool {
        self != Self::Ddi
    }
}

/// Cupom curve of one date: linear ACT/360 decimals by calendar days.
#[derive(Debug, Clone, PartialEq)]
pub struct CupomCurve {
    date: NaiveDate,
    source: CupomSource,
    vertices: Vec<(f64, f64)>,
    short_leg: Option<f64>,
}

impl CupomCurve {
    /// A curve of zero rates through `(calendar days, linear rate)` given by hand.
    ///
    /// # Errors
    /// [`CurveError::TooFew`] with fewer than two vertices, [`CurveError::NotIncreasing`] or [`CurveError::AbsurdRate`].
    pub fn from_vertices(date: NaiveDate, source: CupomSource, vertices: Vec<(f64, f64)>) -> Result<Self, CurveError> {
        Checks { curve: source.name(), needed: 2, low: ACCEPTED.0, high: ACCEPTED.1 }.apply(date, &vertices)?;
        Ok(Self { date, source, vertices, short_leg: None })
    }

    /// Structures forward cupoms `(calendar days of the far leg, FRC rate)` on a short leg of `short_days`.
    ///
    /// # Errors
    /// As [`from_vertices`](Self::from_vertices), on the forwards; also when the short leg is not the nearest.
    pub fn from_forwards(date: NaiveDate, short_days: f64, forwards: &[(f64, f64)]) -> Result<Self, CurveError> {
        let quoted = Self::from_vertices(date, CupomSource::Frc, forwards.to_vec())?;
        let (nearest, held) = quoted.vertices[0];
        if !(short_days >= 0.0 && short_days < nearest) {
            let curve = CupomSource::Frc.name();
            return Err(CurveError::NotIncreasing { curve, date, before: short_days, at: nearest });
        }
        let short = cupom_growth(held, short_days);
        let structured =
            |&(days, rate): &(f64, f64)| (days, growth_rate(short * cupom_growth(rate, days - short_days), days));
        let mut vertices: Vec<(f64, f64)> = Vec::with_capacity(forwards.len() + 1);
        if short_days > 0.0 {
            vertices.push((short_days, held));
        }
        vertices.extend(forwards.iter().map(structured));
        Ok(Self { vertices, short_leg: Some(short_days), ..quoted })
    }

    /// Date of the figures.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Where they come from.
    pub fn source(&self) -> CupomSource {
        self.source
    }

    /// `(calendar days, linear rate)` in increasing distance.
    pub fn vertices(&self) -> &[(f64, f64)] {
        &self.vertices
    }

    /// Calendar days of the short leg, on a curve structured from forwards.
    pub fn short_leg(&self) -> Option<f64> {
        self.short_leg
    }

    /// Dollars that a dollar grows to in `days`.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn growth(&self, days: f64) -> Result<f64, CurveError> {
        Ok(cupom_growth(self.rate(days)?, days))
    }

    /// Linear forward rate between two distances in calendar days.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`], also when `days1 <= days0`.
    pub fn forward(&self, days0: f64, days1: f64) -> Result<f64, CurveError> {
        let growth = self.growth(days1)? / self.growth(days0)?;
        if days1 > days0 {
            return Ok(growth_rate(growth, days1 - days0));
        }
        let (curve, date) = (self.source.name(), self.date);
        Err(CurveError::OutOfRange { curve, date, asked: days1, first: days0, last: self.last_days() })
    }

    /// Distance of the last vertex.
    pub fn last_days(&self) -> f64 {
        self.vertices.last().map_or(0.0, |vertex| vertex.0)
    }

    /// Linear ACT/360 rate to `days`: linear between vertices, the first vertex's before it.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn rate(&self, days: f64) -> Result<f64, CurveError> {
        linear(&self.vertices, days).ok_or_else(|| CurveError::OutOfRange {
            curve: self.source.name(),
            date: self.date,
            asked: days,
            first: 0.0,
            last: self.vertices.last().map_or(0.0, |vertex| vertex.0),
        })
    }
}

/// The cupom curve of exactly `date`.
///
/// # Errors
/// [`CurveError::Absent`] when no source has a usable vertex; otherwise what is wrong with the source that has some.
pub fn cupom_curve(view: &AsOf, date: NaiveDate) -> Result<CupomCurve, CurveError> {
    let mut history = cupom_curve_history(view, date);
    history.remove(&date).unwrap_or(Err(CurveError::Absent { curve: "cupom", date, tried: TRIED }))
}

/// Every date since `from` on which some source has a usable vertex, with its curve or what is wrong with it.
pub fn cupom_curve_history(view: &AsOf, from: NaiveDate) -> BTreeMap<NaiveDate, Result<CupomCurve, CurveError>> {
    let calendars = view.calendars();
    let ptax = view.series(&SeriesId::new(PTAX)).ok();
    let mut history: BTreeMap<NaiveDate, Result<CupomCurve, CurveError>> = BTreeMap::new();
    for source in CupomSource::ALL {
        for (date, points) in view.curve_history(source.quotes(), from) {
            if history.contains_key(&date) {
                continue;
            }
            let curve = match source {
                CupomSource::Frc => structured(calendars, date, &points),
                CupomSource::ReferenceDoc | CupomSource::Ddi => plain(date, source, usable(date, source, &points)),
                CupomSource::DdiClean => {
                    let Some(fixings) = ptax.as_ref().and_then(|ptax| fixings(calendars, ptax, date)) else { continue };
                    let clean = |(days, dirty): (f64, f64)| (days, clean_cupom(dirty, days, fixings.1, fixings.0));
                    plain(date, source, usable(date, source, &points).into_iter().map(clean).collect())
                }
            };
            if let Some(curve) = curve {
                history.insert(date, curve);
            }
        }
    }
    history
}

fn plain(date: NaiveDate, source: CupomSource, vertices: Vec<(f64, f64)>) -> Option<Result<CupomCurve, CurveError>> {
    (!vertices.is_empty()).then(|| CupomCurve::from_vertices(date, source, vertices))
}

/// FRCs on the DDI of the month before the nearest one.
fn structured(
    calendars: &Calendars,
    date: NaiveDate,
    points: &[(Tenor, f64)],
) -> Option<Result<CupomCurve, CurveError>> {
    let forwards = usable(date, CupomSource::Frc, points);
    let nearest = points.iter().find_map(|(tenor, _)| match tenor {
        Tenor::Maturity(maturity) if *maturity > date => Some(*maturity),
        _ => None,
    })?;
    let month = nearest.with_day(1)?.checked_sub_months(chrono::Months::new(1))?;
    let short = calendars.on_or_after(CalendarId::B3, month).signed_duration_since(date).num_days();
    Some(CupomCurve::from_forwards(date, short.max(0) as f64, &forwards))
}

/// PTAX of the business day before a date, and of the date.
fn fixings(calendars: &Calendars, ptax: &Series, date: NaiveDate) -> Option<(f64, f64)> {
    let before = ptax.at(calendars.previous(CalendarId::BrNational, date))?;
    Some((before, ptax.at(date)?)).filter(|(before, now)| *before > 0.0 && *now > 0.0)
}

fn usable(date: NaiveDate, source: CupomSource, points: &[(Tenor, f64)]) -> Vec<(f64, f64)> {
    let nearest = match source {
        CupomSource::Frc | CupomSource::ReferenceDoc => 1,
        CupomSource::DdiClean | CupomSource::Ddi => MIN_CUPOM_DAYS,
    };
    points
        .iter()
        .filter_map(|&(tenor, percent)| Some((calendar_days(date, tenor)?, percent / 100.0)))
        .filter(|(days, _)| *days >= nearest)
        .map(|(days, rate)| (days as f64, rate))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_rates_give_the_quoted_forwards_back() {
        let day = "2026-03-31".parse().unwrap();
        // B3: K26 is the short leg (31 days), M26 4.91 %, F27 4.99 %, F29 5.17 %.
        let quoted = [(62.0, 0.0491), (279.0, 0.0499), (1007.0, 0.0517)];
        let curve = CupomCurve::from_forwards(day, 34.0, &quoted).unwrap();
        for (days, rate) in quoted {
            assert!((curve.forward(34.0, days).unwrap() - rate).abs() < 1e-14);
        }
        assert!((curve.rate(10.0).unwrap() - 0.0491).abs() < 1e-14, "the nearest forward is held up to the short leg");
        assert_eq!(curve.short_leg(), Some(34.0));
        assert!(curve.source().is_clean());
    }

    #[test]
    fn forwards_before_their_short_leg_are_refused_by_name() {
        let day = "2026-03-31".parse().unwrap();
        let error = CupomCurve::from_forwards(day, 90.0, &[(62.0, 0.0491), (279.0, 0.0499)]).unwrap_err();
        assert_eq!(error.to_string(), "curve FRC of 2026-03-31: maturities do not increase at 62, after 90");
        let error = CupomCurve::from_forwards(day, 34.0, &[(62.0, 0.0491)]).unwrap_err();
        assert_eq!(error.to_string(), "curve FRC of 2026-03-31: 1 usable vertices (62), at least 2 needed");
    }
}
