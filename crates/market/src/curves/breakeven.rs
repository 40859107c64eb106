//! Breakeven inflation: what nominal and real zero rates of one maturity say of inflation and its risk premium, by Fisher.
//!
//! ```text
//! breakeven(T)        = (1 + DI(T)) / (1 + real(T)) - 1
//! forward(T0, T1)     = (1 + DI forward) / (1 + real forward) - 1
//! ```
//!
//! Both curves must be zero curves of the same date. No convexity or liquidity adjustment is made: it is compensation, not a
//! forecast. Worked: 11.8 % nominal over 6.1 % real is 5.3723 %.

use numerics::economics::{BreakevenInputs, breakeven as fisher};

use super::{CurveError, DiCurve, RealCurve};

/// Breakeven inflation to `bd` business days, effective annual decimal.
///
/// # Errors
/// [`CurveError::OutOfRange`] of the curve that does not reach; [`CurveError::Unsolvable`] when the curves are of two dates.
pub fn breakeven(nominal: &DiCurve, real: &RealCurve, bd: f64) -> Result<f64, CurveError> {
    same_date(nominal, real)?;
    ratio(nominal.rate(bd)?, real.rate(bd)?, real)
}

/// Breakeven inflation between two distances in business days, effective annual decimal.
///
/// # Errors
/// As [`breakeven`], also when `bd1 <= bd0`.
pub fn forward_breakeven(nominal: &DiCurve, real: &RealCurve, bd0: f64, bd1: f64) -> Result<f64, CurveError> {
    same_date(nominal, real)?;
    ratio(nominal.forward(bd0, bd1)?, real.forward(bd0, bd1)?, real)
}

fn ratio(nominal: f64, real: f64, curve: &RealCurve) -> Result<f64, CurveError> {
    fisher(&BreakevenInputs { nominal, real, convexity_bp: 0.0, liquidity_bp: 0.0 }).map(|found| found.exact).map_err(
        |error| CurveError::Unsolvable { curve: curve.source().name(), date: curve.date(), why: error.to_string() },
    )
}

fn same_date(nominal: &DiCurve, real: &RealCurve) -> Result<(), CurveError> {
    if nominal.date() == real.date() {
        return Ok(());
    }
    let why = format!("no breakeven with a nominal curve of {}", nominal.date());
    Err(CurveError::Unsolvable { curve: real.source().name(), date: real.date(), why })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::curves::RealSource;

    fn curves(nominal: [f64; 2], real: [f64; 2]) -> (DiCurve, RealCurve) {
        let day = "2026-03-30".parse().unwrap();
        let pair = |rates: [f64; 2]| [(1260.0, rates[0]), (2520.0, rates[1])];
        (
            DiCurve::from_vertices(day, &pair(nominal)).unwrap(),
            RealCurve::from_vertices(day, RealSource::DapRate, &pair(real)).unwrap(),
        )
    }

    #[test]
    fn the_golden_case_of_five_and_ten_years() {
        let (nominal, real) = curves([0.118, 0.119], [0.061, 0.0612]);
        assert!((breakeven(&nominal, &real, 1260.0).unwrap() - 0.053_722_902_921_771_84).abs() < 1e-14);
        let forward = forward_breakeven(&nominal, &real, 1260.0, 2520.0).unwrap();
        assert!((forward - 0.055_210_905_099_522_645).abs() < 1e-13);
    }

    #[test]
    fn curves_of_two_dates_have_no_breakeven() {
        let (nominal, _) = curves([0.1; 2], [0.05; 2]);
        let later = "2026-03-31".parse().unwrap();
        let real = RealCurve::from_vertices(later, RealSource::DapRate, &[(1260.0, 0.05), (2520.0, 0.05)]).unwrap();
        assert!(breakeven(&nominal, &real, 1260.0).unwrap_err().to_string().contains("2026-03-30"));
    }

    proptest! {
        #[test]
        fn spot_and_forward_breakevens_compound(
            n in 0.05..0.15_f64, m in 0.05..0.15_f64, r in 0.02..0.08_f64, s in 0.02..0.08_f64,
        ) {
            let (nominal, real) = curves([n, m], [r, s]);
            let (near, far) = (breakeven(&nominal, &real, 1260.0).unwrap(), breakeven(&nominal, &real, 2520.0).unwrap());
            let forward = forward_breakeven(&nominal, &real, 1260.0, 2520.0).unwrap();
            prop_assert!(((1.0 + near).powi(5) * (1.0 + forward).powi(5) / (1.0 + far).powi(10) - 1.0).abs() < 1e-12);
        }
    }
}
