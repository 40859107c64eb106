//! The US Treasury par curve: yields of par bonds, semiannual bond equivalent, interpolated in par yield.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Checks, CurveError, linear};
use crate::{AsOf, Tenor};

const CURVE: &str = "UST_PAR";
const ACCEPTED: (f64, f64) = (-0.05, 0.25);

/// Par curve of one date: decimals by years to maturity.
#[derive(Debug, Clone, PartialEq)]
pub struct UstParCurve {
    date: NaiveDate,
    vertices: Vec<(f64, f64)>,
}

impl UstParCurve {
    /// A curve through `(years, par yield)`.
    ///
    /// # Errors
    /// [`CurveError::TooFew`] with fewer than two, [`CurveError::NotIncreasing`] or [`CurveError::AbsurdRate`].
    pub fn from_vertices(date: NaiveDate, vertices: &[(f64, f64)]) -> Result<Self, CurveError> {
        Checks { curve: CURVE, needed: 2, low: ACCEPTED.0, high: ACCEPTED.1 }.apply(date, vertices)?;
        Ok(Self { date, vertices: vertices.to_vec() })
    }

    fn of_points(date: NaiveDate, points: &[(Tenor, f64)]) -> Result<Self, CurveError> {
        let vertices: Vec<(f64, f64)> = points
            .iter()
            .filter_map(|&(tenor, percent)| match tenor {
                Tenor::Months(months) => Some((f64::from(months) / 12.0, percent / 100.0)),
                _ => None,
            })
            .collect();
        Self::from_vertices(date, &vertices)
    }

    /// Date of the figures.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// `(years, par yield)` in increasing distance.
    pub fn vertices(&self) -> &[(f64, f64)] {
        &self.vertices
    }

    /// The yield published at exactly this maturity: `None` on a day on which the Treasury's row leaves it empty. An
    /// instrument of constant maturity needs it: an interpolated yield on one day between published ones is a return that
    /// nobody earned.
    pub fn published(&self, years: f64) -> Option<f64> {
        self.vertices.iter().find(|(distance, _)| (distance - years).abs() < 1e-9).map(|(_, par_yield)| *par_yield)
    }

    /// Par yield of a maturity: linear between vertices, the first vertex's before it.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn par_yield(&self, years: f64) -> Result<f64, CurveError> {
        linear(&self.vertices, years).ok_or_else(|| CurveError::OutOfRange {
            curve: CURVE,
            date: self.date,
            asked: years,
            first: 0.0,
            last: self.vertices.last().map_or(0.0, |vertex| vertex.0),
        })
    }
}

/// The par curve of exactly `date`.
///
/// # Errors
/// [`CurveError::Absent`] when it has no vertex; otherwise what is wrong with its vertices.
pub fn ust_par_curve(view: &AsOf, date: NaiveDate) -> Result<UstParCurve, CurveError> {
    match view.curve(CURVE, date, 1) {
        Ok(points) => UstParCurve::of_points(date, &points),
        Err(_) => Err(CurveError::Absent { curve: CURVE, date, tried: "US_PAR_*" }),
    }
}

/// Every date since `from` with a vertex, with its curve or what is wrong with it.
pub fn ust_par_curve_history(view: &AsOf, from: NaiveDate) -> BTreeMap<NaiveDate, Result<UstParCurve, CurveError>> {
    let points = view.curve_history(CURVE, from);
    points.into_iter().map(|(date, points)| (date, UstParCurve::of_points(date, &points))).collect()
}

/// Full (dirty) price per unit of face of a bond with semiannual coupons and `years` to maturity, at a semiannual bond
/// equivalent yield. Flows fall at maturity and every half year before it; fractions of a period compound as the street
/// does.
///
/// A bond just issued at par prices at 1: `par_bond_price(0.04, 10.0, 0.04)` is 1. With a fraction `dt` of a year gone
/// and the yield unchanged it is `(1 + y/2)^(2 dt)`: the carry.
pub fn par_bond_price(coupon: f64, years: f64, par_yield: f64) -> f64 {
    let log_period = (par_yield / 2.0).ln_1p();
    let mut price = 0.0;
    let periods = (years * 2.0).ceil() as u32;
    for back in (0..periods).rev() {
        let time = years * 2.0 - f64::from(back);
        price += coupon / 2.0 * (-time * log_period).exp();
    }
    price + (-years * 2.0 * log_period).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_par_bond_prices_at_par_and_accretes_at_its_yield() {
        assert!((par_bond_price(0.04, 10.0, 0.04) - 1.0).abs() < 1e-14);
        let month = par_bond_price(0.04, 10.0 - 1.0 / 12.0, 0.04);
        assert!((month - 1.02_f64.powf(1.0 / 6.0)).abs() < 1e-14);
    }

    #[test]
    fn a_higher_yield_is_a_lower_price() {
        // Textbook: 10 years, 4 % coupon, 5 % yield: 92.2054.
        assert!((par_bond_price(0.04, 10.0, 0.05) - 0.922_054).abs() < 1e-6);
    }
}
