//! US Treasury zero rates: the par curve, bootstrapped.
//!
//! A par yield is the coupon of a bond that trades at 100 with two coupons a year. Par yields at every half year (linear
//! between the published maturities, flat before the first) give discount factors one after the other,
//!
//! ```text
//! d[k] = (1 - c[k]/2 (d[1] + .. + d[k-1])) / (1 + c[k]/2)
//! ```
//!
//! up to the last half year the curve reaches. Between half years the logarithm of the discount is linear (flat forward);
//! inside the first half year a Treasury bill pays once, `1 / (1 + y t)`. Zero rates are semiannual bond equivalent.
//!
//! Worked: par 4 % at six months and 5 % at a year: `d1 = 1/1.02`, `d2 = (1 - 0.025/1.02)/1.025` = 0.951698, a zero rate of
//! `2 (d2^(-1/2) - 1)` = 5.0126 %.

use chrono::NaiveDate;
use numerics::curves::{discounts_from_par, par_from_discounts};

use super::{CurveError, UstParCurve};

const CURVE: &str = "UST_ZERO";

/// Zero curve of one date: decimals by years to maturity.
#[derive(Debug, Clone, PartialEq)]
pub struct UstZeroCurve {
    date: NaiveDate,
    par: UstParCurve,
    /// Discount factor at each half year.
    discounts: Vec<f64>,
}

impl UstZeroCurve {
    /// Bootstraps a par curve.
    ///
    /// # Errors
    /// [`CurveError::TooFew`] when the par curve does not reach half a year; [`CurveError::Unsolvable`] naming the half
    /// year whose discount factor would not be positive.
    pub fn bootstrap(par: &UstParCurve) -> Result<Self, CurveError> {
        let date = par.date();
        let last = par.vertices().last().map_or(0.0, |vertex| vertex.0);
        let halves = (last * 2.0 + 1e-9).floor() as u32;
        if halves == 0 {
            let at = par.vertices().iter().map(|vertex| vertex.0).collect();
            return Err(CurveError::TooFew { curve: CURVE, date, at, needed: 1 });
        }
        let yields =
            (1..=halves).map(|half| par.par_yield(f64::from(half) / 2.0)).collect::<Result<Vec<f64>, CurveError>>()?;
        let discounts = discounts_from_par(&yields, 2).map_err(|error| CurveError::Unsolvable {
            curve: CURVE,
            date,
            why: format!("half years count as periods: {error}"),
        })?;
        Ok(Self { date, par: par.clone(), discounts })
    }

    /// Date of the figures.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Last maturity in years.
    pub fn last_years(&self) -> f64 {
        self.discounts.len() as f64 / 2.0
    }

    /// Price today of one dollar paid in `years`.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn discount(&self, years: f64) -> Result<f64, CurveError> {
        if !(0.0..=self.last_years()).contains(&years) {
            let (curve, date, asked, last) = (CURVE, self.date, years, self.last_years());
            return Err(CurveError::OutOfRange { curve, date, asked, first: 0.0, last });
        }
        if years <= 0.5 {
            return Ok(1.0 / (1.0 + self.par.par_yield(years)? * years));
        }
        let place = years * 2.0;
        let left = (place.floor() as usize).min(self.discounts.len() - 1).max(1);
        let (near, far) = (self.discounts[left - 1].ln(), self.discounts[left].ln());
        Ok((near + (far - near) * (place - left as f64)).exp())
    }

    /// Zero rate to `years`, semiannual bond equivalent: `2 (d^(-1/(2 years)) - 1)`; at zero the first par yield.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn zero_rate(&self, years: f64) -> Result<f64, CurveError> {
        if years == 0.0 {
            return self.par.par_yield(0.0);
        }
        Ok(2.0 * (-self.discount(years)?.ln() / (2.0 * years)).exp_m1())
    }

    /// Par yields at every half year from the discount factors: what the bootstrap started from.
    ///
    /// # Errors
    /// [`CurveError::Unsolvable`]; never on a curve that was bootstrapped.
    pub fn par_yields(&self) -> Result<Vec<(f64, f64)>, CurveError> {
        let (curve, date) = (CURVE, self.date);
        let yields = par_from_discounts(&self.discounts, 2).map_err(|error| CurveError::Unsolvable {
            curve,
            date,
            why: error.to_string(),
        })?;
        Ok(yields.into_iter().enumerate().map(|(at, rate)| ((at + 1) as f64 / 2.0, rate)).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::par_bond_price;
    use super::*;

    fn curve(vertices: &[(f64, f64)]) -> UstZeroCurve {
        UstZeroCurve::bootstrap(&UstParCurve::from_vertices("2026-03-30".parse().unwrap(), vertices).unwrap()).unwrap()
    }

    #[test]
    fn the_worked_values_come_out() {
        let zero = curve(&[(0.5, 0.04), (1.0, 0.05)]);
        assert!((zero.discount(0.5).unwrap() - 1.0 / 1.02).abs() < 1e-15);
        assert!((zero.discount(1.0).unwrap() - 0.951_697_752_271_640_3).abs() < 1e-12);
        assert!((zero.zero_rate(1.0).unwrap() - 0.050_125_624_291_566).abs() < 1e-12);
    }

    #[test]
    fn a_flat_par_curve_is_flat_in_zero_rates_and_prices_its_bonds_at_par() {
        let zero = curve(&[(1.0 / 12.0, 0.04), (30.0, 0.04)]);
        for years in [0.5, 1.0, 7.5, 12.25, 30.0] {
            assert!((zero.zero_rate(years).unwrap() - 0.04).abs() < 1e-12, "{years}");
        }
        assert!((par_bond_price(0.04, 10.0, 0.04) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn what_a_curve_does_not_reach_is_refused() {
        let zero = curve(&[(0.5, 0.04), (2.0, 0.04)]);
        let error = zero.discount(2.1).unwrap_err();
        assert_eq!(error.to_string(), "curve UST_ZERO of 2026-03-30: 2.1 is outside 0 to 2");
        let bills = UstParCurve::from_vertices("2026-03-30".parse().unwrap(), &[(0.1, 0.04), (0.25, 0.04)]).unwrap();
        assert!(UstZeroCurve::bootstrap(&bills).unwrap_err().to_string().contains("(0.1, 0.25)"));
    }

    proptest! {
        #[test]
        fn par_to_zero_and_back_is_the_same_curve(
            y in prop::array::uniform7(0.005..0.08_f64),
        ) {
            let years = [0.25, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0];
            let vertices: Vec<(f64, f64)> = years.into_iter().zip(y).collect();
            let par = UstParCurve::from_vertices("2026-03-30".parse().unwrap(), &vertices).unwrap();
            // A par curve that jumps can have no zero curve: that is an error, never a wrong curve.
            if let Ok(zero) = UstZeroCurve::bootstrap(&par) {
                for (years, back) in zero.par_yields().unwrap() {
                    prop_assert!((back - par.par_yield(years).unwrap()).abs() < 1e-10, "{}", years);
                    // A par bond priced flow by flow is worth 1.
                    let halves = (years * 2.0).round() as u32;
                    let coupons: f64 =
                        (1..=halves).map(|half| back / 2.0 * zero.discount(f64::from(half) / 2.0).unwrap()).sum();
                    prop_assert!((coupons + zero.discount(years).unwrap() - 1.0).abs() < 1e-10);
                }
            }
        }

        #[test]
        // An inverted curve at 1 % has negative forwards, and discounts that rise: rightly so.
        fn positive_par_curves_of_the_usual_shapes_discount_monotonically(level in 0.02..0.06_f64, slope in -0.005..0.02_f64) {
            let vertices: Vec<(f64, f64)> =
                [0.25, 1.0, 5.0, 10.0, 30.0].into_iter().map(|years: f64| (years, level + slope * (1.0 - (-years / 5.0).exp()))).collect();
            let zero = curve(&vertices);
            let discounts: Vec<f64> = (0..=120).map(|quarter| zero.discount(f64::from(quarter) / 4.0).unwrap()).collect();
            prop_assert!(discounts.windows(2).all(|pair| pair[1] < pair[0]));
        }
    }
}
