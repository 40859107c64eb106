//! Rate curves of one date, their history, and where they came from.
//!
//! * [`DiCurve`]: Brazilian nominal zero curve, flat forward in business days over 252.
//! * [`CupomCurve`]: onshore dollar rate, linear ACT/360.
//! * [`UstParCurve`]: US Treasury par yields, semiannual bond equivalent.
//!
//! A curve is made of figures of exactly one date and one source. Where the preferred source has nothing for a date the
//! next one is taken whole, and the curve says so ([`DiSource`], [`CupomSource`]); sources are never mixed. Curves are
//! decimals: percent ends here.
//!
//! ```
//! use market::curves::DiCurve;
//! let curve = DiCurve::from_vertices("2026-03-30".parse().unwrap(), &[(126.0, 0.145), (252.0, 0.14)])?;
//! assert!((curve.pu(252.0)? - 100_000.0 / 1.14).abs() < 1e-9);
//! # Ok::<(), market::curves::CurveError>(())
//! ```

mod book;
mod contract;
mod cupom;
mod di;
mod ust;

use chrono::NaiveDate;

use crate::Tenor;

pub use book::CurveBook;
pub use contract::ContractCode;
pub use cupom::{CupomCurve, CupomSource, MIN_CUPOM_DAYS, cupom_curve, cupom_curve_history};
pub use di::{DiCurve, DiSource, di_curve, di_curve_history, latest_di_curve};
pub use ust::{UstParCurve, par_bond_price, ust_par_curve, ust_par_curve_history};

/// Why a curve cannot be had or read. The text is fit for an abstention's reason.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// No source has a figure on the date.
    #[error("curve {curve}: nothing on {date} from {tried}")]
    Absent {
        /// Curve name.
        curve: &'static str,
        /// Date asked for.
        date: NaiveDate,
        /// The sources that were looked at.
        tried: &'static str,
    },
    /// No figure since a date.
    #[error("curve {curve}: nothing since {oldest} from {tried}")]
    Stale {
        /// Curve name.
        curve: &'static str,
        /// Oldest acceptable date.
        oldest: NaiveDate,
        /// The sources that were looked at.
        tried: &'static str,
    },
    /// Too few vertices.
    #[error("curve {curve} of {date}: {got} usable vertices, at least {needed} needed")]
    TooFew {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Usable vertices.
        got: usize,
        /// Vertices needed.
        needed: usize,
    },
    /// Two vertices at one distance, or a later one that is nearer.
    #[error("curve {curve} of {date}: maturities do not increase at {at}")]
    NotIncreasing {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance of the second vertex, in the curve's own measure.
        at: f64,
    },
    /// A rate outside what the market has ever shown: a wrong unit or a spike.
    #[error("curve {curve} of {date}: rate {rate} at {at} is outside [{low}, {high}]")]
    AbsurdRate {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance of the vertex, in the curve's own measure.
        at: f64,
        /// The rate as a decimal.
        rate: f64,
        /// Lowest accepted.
        low: f64,
        /// Highest accepted.
        high: f64,
    },
    /// No recent curve has a vertex at a maturity.
    #[error("curve {curve}: no yield published at {years} years since {oldest}")]
    NoTenor {
        /// Curve name.
        curve: &'static str,
        /// Maturity in years.
        years: u32,
        /// Oldest acceptable date.
        oldest: NaiveDate,
    },
    /// A distance beyond the last vertex, negative, or not a number.
    #[error("curve {curve} of {date}: {asked} is outside 0 to {last}")]
    OutOfRange {
        /// Source curve name.
        curve: &'static str,
        /// Date.
        date: NaiveDate,
        /// Distance asked for, in the curve's own measure.
        asked: f64,
        /// Last vertex.
        last: f64,
    },
}

/// What a raw set of vertices must satisfy.
struct Checks {
    curve: &'static str,
    needed: usize,
    low: f64,
    high: f64,
}

impl Checks {
    /// Vertices of `(distance, decimal rate)` in increasing distance, or the first thing that is wrong.
    fn apply(&self, date: NaiveDate, vertices: &[(f64, f64)]) -> Result<(), CurveError> {
        let Self { curve, needed, low, high } = *self;
        if vertices.len() < needed {
            return Err(CurveError::TooFew { curve, date, got: vertices.len(), needed });
        }
        if let Some(pair) =
            vertices.windows(2).find(|pair| pair[1].0.partial_cmp(&pair[0].0) != Some(std::cmp::Ordering::Greater))
        {
            return Err(CurveError::NotIncreasing { curve, date, at: pair[1].0 });
        }
        if let Some(&(at, rate)) = vertices.iter().find(|(_, rate)| !(low..=high).contains(rate)) {
            return Err(CurveError::AbsurdRate { curve, date, at, rate, low, high });
        }
        Ok(())
    }
}

/// Linear interpolation between vertices, flat before the first; `None` beyond the last or for a distance that is no
/// number.
fn linear(vertices: &[(f64, f64)], at: f64) -> Option<f64> {
    let (first, last) = (vertices.first()?, vertices.last()?);
    if !(at >= 0.0 && at <= last.0) {
        return None;
    }
    if at <= first.0 {
        return Some(first.1);
    }
    let right = vertices.partition_point(|(distance, _)| *distance < at);
    let ((x0, y0), (x1, y1)) = (vertices[right - 1], vertices[right]);
    Some(y0 + (y1 - y0) * ((at - x0) / (x1 - x0)))
}

/// Calendar days from a date to a vertex; `None` for tenors counted in business days or months.
fn calendar_days(date: NaiveDate, tenor: Tenor) -> Option<i64> {
    match tenor {
        Tenor::CalendarDays(days) => Some(i64::from(days)),
        Tenor::Maturity(maturity) => Some(maturity.signed_duration_since(date).num_days()),
        Tenor::BusinessDays(_) | Tenor::Months(_) => None,
    }
}
