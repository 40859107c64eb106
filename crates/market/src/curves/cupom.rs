//! The cupom cambial: onshore dollar rate implied by futures, linear ACT/360.
//!
//! Three sources, in order of preference, never mixed within a date:
//!
//! 1. `FRC`, the traded forward cupom from the first DDI expiry to each maturity: clean, because the spot cancels;
//! 2. `DOC`, B3's clean reference curve;
//! 3. `DDI`, settlement rates of the cupom future. They are **dirty**: the contract settles on the PTAX of the day before,
//!    so a spot move of 1 % shifts the quoted rate by 360 % / days, which is -27 % a year in the front contract of
//!    2026-03-30. The error fades with maturity; contracts nearer than [`MIN_CUPOM_DAYS`] are left out, and the rest still
//!    carries about `(spot / PTAX(-1) - 1) * 360 / days` of noise.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Checks, CurveError, calendar_days, linear};
use crate::{AsOf, Tenor};

/// Futures nearer than this many calendar days are left out of a cupom curve.
pub const MIN_CUPOM_DAYS: i64 = 60;
const TRIED: &str = "FRC, DOC, DDI";
const ACCEPTED: (f64, f64) = (-0.25, 0.75);

/// Where a cupom curve comes from, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CupomSource {
    /// Forward cupom agreements: clean.
    Frc,
    /// B3's reference curve of the clean cupom.
    ReferenceDoc,
    /// DDI futures: dirty (PTAX of the day before).
    Ddi,
}

impl CupomSource {
    const ALL: [Self; 3] = [Self::Frc, Self::ReferenceDoc, Self::Ddi];

    /// Name of the curve the vertices belong to.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frc => "FRC",
            Self::ReferenceDoc => "DOC",
            Self::Ddi => "DDI",
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
}

impl CupomCurve {
    fn of_market(date: NaiveDate, source: CupomSource, vertices: Vec<(f64, f64)>) -> Result<Self, CurveError> {
        Checks { curve: source.name(), needed: 2, low: ACCEPTED.0, high: ACCEPTED.1 }.apply(date, &vertices)?;
        Ok(Self { date, source, vertices })
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

    /// Linear ACT/360 rate to `days`: linear between vertices, the first vertex's before it.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn rate(&self, days: f64) -> Result<f64, CurveError> {
        linear(&self.vertices, days).ok_or_else(|| CurveError::OutOfRange {
            curve: self.source.name(),
            date: self.date,
            asked: days,
            last: self.vertices.last().map_or(0.0, |vertex| vertex.0),
        })
    }
}

/// The cupom curve of exactly `date`.
///
/// # Errors
/// [`CurveError::Absent`] when no source has a usable vertex; otherwise what is wrong with the source that has some.
pub fn cupom_curve(view: &AsOf, date: NaiveDate) -> Result<CupomCurve, CurveError> {
    for source in CupomSource::ALL {
        let vertices = usable(date, source, &view.curve(source.name(), date, 1).unwrap_or_default());
        if !vertices.is_empty() {
            return CupomCurve::of_market(date, source, vertices);
        }
    }
    Err(CurveError::Absent { curve: "cupom", date, tried: TRIED })
}

/// Every date since `from` on which some source has a usable vertex, with its curve or what is wrong with it.
pub fn cupom_curve_history(view: &AsOf, from: NaiveDate) -> BTreeMap<NaiveDate, Result<CupomCurve, CurveError>> {
    let mut history: BTreeMap<NaiveDate, Result<CupomCurve, CurveError>> = BTreeMap::new();
    for source in CupomSource::ALL {
        for (date, points) in view.curve_history(source.name(), from) {
            let vertices = usable(date, source, &points);
            if !vertices.is_empty() && !history.contains_key(&date) {
                history.insert(date, CupomCurve::of_market(date, source, vertices));
            }
        }
    }
    history
}

fn usable(date: NaiveDate, source: CupomSource, points: &[(Tenor, f64)]) -> Vec<(f64, f64)> {
    let nearest = if source == CupomSource::ReferenceDoc { 1 } else { MIN_CUPOM_DAYS };
    points
        .iter()
        .filter_map(|&(tenor, percent)| Some((calendar_days(date, tenor)?, percent / 100.0)))
        .filter(|(days, _)| *days >= nearest)
        .map(|(days, rate)| (days as f64, rate))
        .collect()
}
