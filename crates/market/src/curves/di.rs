//! The DI curve: nominal zero rates in reais from DI1 futures, flat forward on business days over 252.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use numerics::curves::FlatForward252;
use serde::{Deserialize, Serialize};

use super::{Checks, ContractCode, CurveError};
use crate::{AsOf, CalendarId, SeriesId, Tenor};

/// Price of a DI contract at expiry, in points.
pub(crate) const FACE: f64 = 100_000.0;
const TRIED: &str = "DI1 rates, DI1 settlement prices, PRE reference curve, swap DI x pre";
/// Brazil's overnight rate was 45 % at its highest since 1999; a rate stored in percent is at least 200 %.
const ACCEPTED: (f64, f64) = (-0.05, 1.0);
/// A forward between neighbouring contracts below or above this is a slip in one of them.
const ACCEPTED_FORWARD: (f64, f64) = (-0.25, 1.5);
const MIN_VERTICES: usize = 3;

/// Where a DI curve comes from, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiSource {
    /// Settlement rates of DI1 futures.
    Di1Rate,
    /// Settlement prices of DI1 futures, turned into rates: the same market where the file has no rate.
    Di1Price,
    /// B3's reference curve DI x pre.
    ReferencePre,
    /// Swap DI x pre of 30 to 360 days (central bank).
    SwapPre,
}

impl DiSource {
    const ALL: [Self; 4] = [Self::Di1Rate, Self::Di1Price, Self::ReferencePre, Self::SwapPre];

    /// Name of the curve the vertices belong to.
    pub fn name(self) -> &'static str {
        match self {
            Self::Di1Rate => "DI1",
            Self::Di1Price => "DI1 (from prices)",
            Self::ReferencePre => "PRE",
            Self::SwapPre => "SWAP_PRE",
        }
    }

    fn checks(self) -> Checks {
        Checks { curve: self.name(), needed: MIN_VERTICES, low: ACCEPTED.0, high: ACCEPTED.1 }
    }
}

/// Zero curve of one date. Distances are business days from the curve's date, rates effective annual decimals.
#[derive(Debug, Clone, PartialEq)]
pub struct DiCurve {
    date: NaiveDate,
    source: DiSource,
    vertices: Vec<(f64, f64)>,
    zero: FlatForward252,
}

impl DiCurve {
    /// A curve through `(business days, rate)` given by hand, as if read from DI1 futures. One vertex is enough: the
    /// minimum of three is a check on market data.
    ///
    /// # Errors
    /// [`CurveError::TooFew`], [`CurveError::NotIncreasing`], [`CurveError::AbsurdRate`] or
    /// [`CurveError::AbsurdForward`].
    pub fn from_vertices(date: NaiveDate, vertices: &[(f64, f64)]) -> Result<Self, CurveError> {
        let checks = Checks { needed: 1, ..DiSource::Di1Rate.checks() };
        Self::build(date, DiSource::Di1Rate, vertices.to_vec(), &checks)
    }

    fn of_market(date: NaiveDate, source: DiSource, vertices: Vec<(f64, f64)>) -> Result<Self, CurveError> {
        Self::build(date, source, vertices, &source.checks())
    }

    fn build(
        date: NaiveDate,
        source: DiSource,
        vertices: Vec<(f64, f64)>,
        checks: &Checks,
    ) -> Result<Self, CurveError> {
        checks.apply(date, &vertices)?;
        checks.forwards_252(date, &vertices, ACCEPTED_FORWARD)?;
        let first = vertices.first().map_or(0.0, |vertex| vertex.0);
        // The checks leave nothing to refuse but a vertex at or before the curve's own date.
        let zero = FlatForward252::new(&vertices).map_err(|_| CurveError::NotIncreasing {
            curve: source.name(),
            date,
            before: 0.0,
            at: first,
        })?;
        Ok(Self { date, source, vertices, zero })
    }

    /// Date of the figures.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Where they come from.
    pub fn source(&self) -> DiSource {
        self.source
    }

    /// `(business days, effective annual rate)` in increasing distance.
    pub fn vertices(&self) -> &[(f64, f64)] {
        &self.vertices
    }

    /// Distance of the last vertex: nothing beyond it can be read.
    pub fn last_bd(&self) -> f64 {
        self.vertices.last().map_or(0.0, |vertex| vertex.0)
    }

    /// Price today of 1 real paid in `bd` business days. Before the first vertex its rate is held.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn discount(&self, bd: f64) -> Result<f64, CurveError> {
        self.zero.discount(bd).map_err(|_| self.out_of_range(bd))
    }

    /// Effective annual zero rate to `bd`.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn rate(&self, bd: f64) -> Result<f64, CurveError> {
        self.zero.rate(bd).map_err(|_| self.out_of_range(bd))
    }

    /// Effective annual forward rate between two distances.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`], also when `bd1 <= bd0`.
    pub fn forward(&self, bd0: f64, bd1: f64) -> Result<f64, CurveError> {
        self.zero.forward(bd0, bd1).map_err(|_| self.out_of_range(bd1))
    }

    /// Price of a DI contract that expires in `bd` business days, in points of 100,000 (not rounded).
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn pu(&self, bd: f64) -> Result<f64, CurveError> {
        Ok(FACE * self.discount(bd)?)
    }

    fn out_of_range(&self, asked: f64) -> CurveError {
        CurveError::OutOfRange { curve: self.source.name(), date: self.date, asked, first: 0.0, last: self.last_bd() }
    }
}

/// The DI curve of exactly `date`: the first source that has any figure for it.
///
/// # Errors
/// [`CurveError::Absent`] when none has; otherwise what is wrong with the figures of the source that has some. A source
/// with bad figures is not replaced by the next one.
pub fn di_curve(view: &AsOf, date: NaiveDate) -> Result<DiCurve, CurveError> {
    for source in DiSource::ALL {
        let raw = match source {
            DiSource::Di1Price => price_series(view)
                .into_iter()
                .filter_map(|(month, id)| {
                    let price = view.of_period(&id, date).ok()??.value;
                    vertex_from_price(view, date, month, price)
                })
                .collect(),
            _ => rates(view, &view.curve(source.name(), date, 1).unwrap_or_default(), date),
        };
        if !raw.is_empty() {
            return DiCurve::of_market(date, source, raw);
        }
    }
    Err(CurveError::Absent { curve: "DI", date, tried: TRIED })
}

/// Every date since `from` on which some source has a figure, with its curve or what is wrong with it.
pub fn di_curve_history(view: &AsOf, from: NaiveDate) -> BTreeMap<NaiveDate, Result<DiCurve, CurveError>> {
    let mut history: BTreeMap<NaiveDate, Result<DiCurve, CurveError>> = BTreeMap::new();
    for source in DiSource::ALL {
        let raw: BTreeMap<NaiveDate, Vec<(f64, f64)>> = match source {
            DiSource::Di1Price => price_history(view, from),
            _ => view
                .curve_history(source.name(), from)
                .into_iter()
                .map(|(date, points)| (date, rates(view, &points, date)))
                .collect(),
        };
        for (date, vertices) in raw {
            if !vertices.is_empty() && !history.contains_key(&date) {
                history.insert(date, DiCurve::of_market(date, source, vertices));
            }
        }
    }
    history
}

/// The newest DI curve, not older than `max_age_sessions` B3 sessions before the view's date.
///
/// # Errors
/// [`CurveError::Stale`] when there is none; what is wrong with the newest one when it is bad: an older curve is not
/// taken in its place.
pub fn latest_di_curve(view: &AsOf, max_age_sessions: u32) -> Result<DiCurve, CurveError> {
    let oldest = view.calendars().business_days_before(CalendarId::B3, view.date(), max_age_sessions);
    match di_curve_history(view, oldest).pop_last() {
        Some((_, curve)) => curve,
        None => Err(CurveError::Stale { curve: "DI", oldest, tried: TRIED }),
    }
}

/// Published points as `(business days, decimal rate)`; contracts that expire on the date or are dead are left out.
fn rates(view: &AsOf, points: &[(Tenor, f64)], date: NaiveDate) -> Vec<(f64, f64)> {
    points
        .iter()
        .filter_map(|&(tenor, percent)| Some((business_days(view, date, tenor)?, percent / 100.0)))
        .filter(|(bd, _)| *bd > 0.0)
        .collect()
}

/// Business days to a vertex on the holiday list in force on the curve's date. A contract month counts to its first
/// business day, which is what counting to its first calendar day gives.
fn business_days(view: &AsOf, date: NaiveDate, tenor: Tenor) -> Option<f64> {
    let until = |end| view.calendars().business_days_252(date, date, end) as f64;
    match tenor {
        Tenor::BusinessDays(bd) => Some(f64::from(bd)),
        Tenor::CalendarDays(days) => Some(until(date.checked_add_days(chrono::Days::new(u64::from(days)))?)),
        Tenor::Maturity(maturity) => Some(until(maturity.with_day(1)?)),
        Tenor::Months(_) => None,
    }
}

/// `B3.DI1<month>.SETTLEMENT` series of the catalogue with their contract months.
fn price_series(view: &AsOf) -> Vec<(NaiveDate, SeriesId)> {
    let mut found: Vec<(NaiveDate, SeriesId)> = view
        .catalogue()
        .iter()
        .filter_map(|definition| {
            let contract = definition.id.as_str().strip_prefix("B3.DI1")?.strip_suffix(".SETTLEMENT")?;
            Some((ContractCode::parse_month(contract)?, definition.id.clone()))
        })
        .collect();
    found.sort();
    found
}

fn price_history(view: &AsOf, from: NaiveDate) -> BTreeMap<NaiveDate, Vec<(f64, f64)>> {
    let mut history: BTreeMap<NaiveDate, Vec<(f64, f64)>> = BTreeMap::new();
    for (month, id) in price_series(view) {
        let Ok(prices) = view.since(&id, from) else { continue };
        for (date, price) in prices.iter() {
            if let Some(vertex) = vertex_from_price(view, date, month, price) {
                history.entry(date).or_default().push(vertex);
            }
        }
    }
    history
}

/// `(100000 / PU)^(252 / bd) - 1`; `None` for a dead contract or a price that is none.
fn vertex_from_price(view: &AsOf, date: NaiveDate, month: NaiveDate, price: f64) -> Option<(f64, f64)> {
    let bd = view.calendars().business_days_252(date, date, month) as f64;
    (bd > 0.0 && price > 0.0).then(|| (bd, ((FACE / price).ln() * 252.0 / bd).exp_m1()))
}
