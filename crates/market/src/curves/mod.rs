//! Rate curves of one date, their history, and where they came from.
//!
//! * [`DiCurve`]: Brazilian nominal zero curve, flat forward in business days over 252.
//! * [`RealCurve`]: Brazilian real zero curve, bootstrapped from NTN-B yields or read from IPCA bonds without coupon, flat
//!   forward in business days over 252; [`Indexation`] is the indexed value (VNA) that turns it into money.
//! * [`breakeven`], [`forward_breakeven`]: inflation compensation by Fisher from the two.
//! * [`CupomCurve`]: onshore dollar rate, linear ACT/360.
//! * [`UstParCurve`]: US Treasury par yields, semiannual bond equivalent, and [`UstZeroCurve`], its bootstrap.
//!
//! A curve is made of figures of exactly one date and one source. Where the preferred source has nothing for a date the
//! next one is taken whole, and the curve says so ([`DiSource`], [`RealSource`], [`CupomSource`]); sources are never mixed. Curves are
//! decimals: percent ends here.
//!
//! ```
//! use market::curves::DiCurve;
//! let curve = DiCurve::from_vertices("2026-03-30".parse().unwrap(), &[(126.0, 0.145), (252.0, 0.14)])?;
//! assert!((curve.pu(252.0)? - 100_000.0 / 1.14).abs() < 1e-9);
//! # Ok::<(), market::curves::CurveError>(())
//! ```

mod book;
mod breakeven;
mod contract;
mod cupom;
mod cupom_math;
mod di;
mod error;
mod indexation;
mod ntnb_bond;
mod real;
mod ust;
mod ust_zero;

use chrono::NaiveDate;

use crate::Tenor;

use error::Checks;

pub use book::CurveBook;
pub use breakeven::{breakeven, forward_breakeven};
pub use contract::ContractCode;
pub use cupom::{CupomCurve, CupomSource, MIN_CUPOM_DAYS, cupom_curve, cupom_curve_history};
pub use cupom_math::{
    clean_cupom, cupom_growth, ddi_pu, ddi_variation_margin, dirty_cupom, forward_cupom, growth_rate,
};
pub use di::{DiCurve, DiSource, di_curve, di_curve_history, latest_di_curve};
pub use error::CurveError;
pub use indexation::{Indexation, IpcaProjection, Vna};
pub use ntnb_bond::{NTNB_COUPON, NtnbBond};
pub use real::{RealCurve, RealSource, real_curve, real_curve_history};
pub use ust::{UstParCurve, par_bond_price, ust_par_curve, ust_par_curve_history};
pub use ust_zero::UstZeroCurve;

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
