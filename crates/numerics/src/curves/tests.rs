//! Closed forms and robustness of curves and bonds.

use proptest::prelude::*;

use super::*;
use crate::Result;

fn day(year: i32, month: u32, day: u32) -> CivilDate {
    CivilDate::new(year, month, day).unwrap()
}

#[test]
fn the_duration_example_of_the_spreadsheet_manual() -> Result<()> {
    let bond = FixedRateBond::new(day(2008, 1, 1), day(2008, 1, 1), day(2016, 1, 1), 0.08, 2, DayCount::ActActIcma)?;
    let analytics = bond.analytics(0.09)?;
    assert!((analytics.macaulay - 5.993_775).abs() < 1e-6 && (analytics.modified - 5.735_67).abs() < 1e-5);
    Ok(())
}

#[test]
fn a_short_first_period_pays_and_accrues_in_proportion() -> Result<()> {
    let maturity = day(2030, 1, 15);
    let bond = FixedRateBond::new(day(2024, 4, 15), day(2024, 4, 15), maturity, 0.06, 2, DayCount::Thirty360)?;
    assert_eq!(bond.accrued(), 0.0);
    let later = FixedRateBond::new(day(2024, 4, 15), day(2024, 7, 14), maturity, 0.06, 2, DayCount::Thirty360)?;
    assert!((later.accrued() - 6.0 * 89.0 / 360.0).abs() < 1e-12);
    Ok(())
}

#[test]
fn a_svensson_curve_fitted_on_itself_is_reproduced() -> Result<()> {
    let curve = Svensson::new([4.5, -1.0, -2.0, 1.5], 0.9, 6.0)?;
    let maturities: Vec<f64> = [0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 30.0].to_vec();
    let yields = maturities.iter().map(|&m| curve.zero_rate(m)).collect::<Result<Vec<_>>>()?;
    assert!(fit_curve(CurveModel::Svensson, &maturities, &yields)?.sse < 1e-12);
    let plain = Svensson::new([4.5, -1.0, -2.0, 0.0], 0.9, -999.99)?;
    let yields = maturities.iter().map(|&m| plain.zero_rate(m)).collect::<Result<Vec<_>>>()?;
    let fit = fit_curve(CurveModel::NelsonSiegel, &maturities, &yields)?;
    assert!(fit.sse < 1e-12 && (fit.taus[0] - 0.9).abs() < 1e-4);
    Ok(())
}

#[test]
fn bad_inputs_are_refused_not_panicked_on() {
    let m = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let y = [5.0; 6];
    for model in [CurveModel::NelsonSiegel, CurveModel::Svensson] {
        assert_eq!(fit_curve(model, &m[..3], &y[..3]).unwrap_err().code(), "too_few_observations");
        assert_eq!(fit_curve(model, &m, &y[..3]).unwrap_err().code(), "dimension_mismatch");
        assert_eq!(fit_curve(model, &m, &[f64::NAN; 6]).unwrap_err().code(), "missing_values");
        assert_eq!(fit_curve(model, &[-1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &y).unwrap_err().code(), "invalid_argument");
        assert!(fit_curve(model, &[1.0; 6], &y).is_ok_and(|f| f.fitted.iter().all(|v| (v - 5.0).abs() < 1e-9)));
        assert!(fit_curve(model, &[], &[]).is_err());
    }
    assert_eq!(nelson_siegel_ols(&[1.0, 1.0, 1.0], 0.06, &[vec![1.0; 3]]).unwrap_err().code(), "rank_deficient");
    assert!(nelson_siegel_ols(&m, 0.0, &[]).is_err() && nelson_siegel_ols(&m, 0.06, &[vec![1.0; 2]]).is_err());
    assert!(Svensson::new([1.0; 4], 0.0, 1.0).is_err() && Svensson::new([1.0; 4], 1.0, -1.0).is_err());
    let curve = Svensson::new([1.0; 4], 1.0, 2.0).unwrap();
    assert!(curve.zero_rate(-1.0).is_err() && curve.par_yield(0.0).is_err() && curve.par_yield(1.3).is_err());
    assert!(carry_roll_down(&[(1.0, 0.1)], 2.0, 0.5, 0.1).is_err());
    assert!(carry_roll_down(&[(1.0, 0.1)], f64::NAN, 0.5, 0.1).is_err());
    let (a, b) = (day(2020, 1, 1), day(2030, 1, 1));
    assert!(FixedRateBond::new(b, a, b, 0.05, 2, DayCount::Thirty360).is_err());
    assert!(FixedRateBond::new(a, b, b, 0.05, 2, DayCount::Thirty360).is_err());
    assert!(FixedRateBond::new(a, a, b, 0.05, 5, DayCount::Thirty360).is_err());
    let bond = FixedRateBond::new(a, a, b, 0.05, 2, DayCount::Thirty360).unwrap();
    assert!(bond.analytics(-2.0).is_err() && bond.analytics(f64::NAN).is_err());
    assert!(bond.yield_from_clean(-5.0).is_err() && bond.yield_from_clean(f64::INFINITY).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn yields_invert_prices_and_duration_is_the_slope(rate in 0.0..0.15_f64, y in -0.02..0.3_f64, months in 1_i32..400) {
        let settlement = day(2024, 2, 29);
        let bond = FixedRateBond::new(settlement, settlement, settlement.add_months(months), rate, 2, DayCount::ActActIcma).unwrap();
        let at = bond.analytics(y).unwrap();
        prop_assert!((bond.yield_from_clean(at.clean).unwrap() - y).abs() < 1e-11);
        prop_assert!((at.dv01 - at.modified * at.dirty * 1e-4).abs() < 1e-4 * at.dv01.max(1e-6));
        prop_assert!(at.convexity > 0.0 && at.dv01 > 0.0);
    }

    #[test]
    fn a_flat_curve_has_carry_but_no_roll(rate in 0.0..0.3_f64, maturity in 1.0..9.0_f64) {
        let c = carry_roll_down(&[(0.5, rate), (10.0, rate)], maturity, 0.25, rate).unwrap();
        prop_assert!(c.roll_down.abs() < 1e-12 && c.carry.abs() < 1e-12 && c.forward_minus_spot_bp.abs() < 1e-8);
    }
}
