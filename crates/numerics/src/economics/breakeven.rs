//! Breakeven inflation from nominal and real rates, decimals, effective annual, spot.
//!
//! `breakeven = (1+n)/(1+r) - 1`; adjusted = breakeven - convexity + liquidity premium; the forward between t1 and t2 is
//! `[(1+b2)^t2 / (1+b1)^t1]^(1/(t2-t1)) - 1`. Real rates must be spot rates: bootstrap coupon bonds first.
//!
//! Worked value: 11.8% nominal and 6.1% real is 5.37%, not 5.70%. Source: Fisher (1930); Gurkaynak, Sack & Wright (2010) for the
//! signs of the adjustments.
//!
//! # Errors
//! `missing_values`; `invalid_argument` when a rate is -100% or worse or the horizons are not ordered.

use crate::{NumericsError, Result, validate};

/// Rates of one horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakevenInputs {
    /// Nominal spot rate.
    pub nominal: f64,
    /// Real spot rate.
    pub real: f64,
    /// Convexity effect in basis points, subtracted.
    pub convexity_bp: f64,
    /// Liquidity premium of real bonds in basis points, added.
    pub liquidity_bp: f64,
}

/// Breakeven inflation of one horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breakeven {
    /// By ratio.
    pub exact: f64,
    /// By difference, for comparison only.
    pub approximate: f64,
    /// Exact less convexity plus liquidity premium.
    pub adjusted: f64,
}

/// Breakeven inflation of one horizon.
///
/// # Errors
/// See the module.
pub fn breakeven(inputs: &BreakevenInputs) -> Result<Breakeven> {
    let &BreakevenInputs { nominal, real, convexity_bp, liquidity_bp } = inputs;
    validate::finite("adjustments", &[convexity_bp, liquidity_bp])?;
    let exact = growth("nominal", nominal)? / growth("real", real)? - 1.0;
    Ok(Breakeven { exact, approximate: nominal - real, adjusted: exact + (liquidity_bp - convexity_bp) * 1e-4 })
}

/// Breakeven between two horizons in years, from spot rates `(nominal, real)` at each.
///
/// # Errors
/// See the module.
pub fn forward_breakeven(near: (f64, f64), near_years: f64, far: (f64, f64), far_years: f64) -> Result<f64> {
    validate::finite("horizons", &[near_years, far_years])?;
    if near_years < 0.0 || far_years <= near_years {
        let why = format!("{near_years} and {far_years} are not ordered");
        return Err(NumericsError::InvalidArgument { what: "horizons", why });
    }
    let compounded = |(nominal, real): (f64, f64), years: f64| -> Result<f64> {
        Ok((growth("nominal", nominal)? / growth("real", real)?).powf(years))
    };
    Ok((compounded(far, far_years)? / compounded(near, near_years)?).powf(1.0 / (far_years - near_years)) - 1.0)
}

fn growth(what: &'static str, rate: f64) -> Result<f64> {
    validate::finite(what, &[rate])?;
    if rate <= -1.0 {
        return Err(NumericsError::InvalidArgument { what, why: format!("{rate} is a loss of everything") });
    }
    Ok(1.0 + rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_value_of_the_module_holds() {
        let inputs = BreakevenInputs { nominal: 0.118, real: 0.061, convexity_bp: 6.0, liquidity_bp: 12.0 };
        let result = breakeven(&inputs).unwrap();
        assert!((result.exact - (1.118 / 1.061 - 1.0)).abs() < 1e-15);
        assert!((result.adjusted - result.exact - 6e-4).abs() < 1e-15);
    }

    #[test]
    fn a_flat_breakeven_curve_has_flat_forwards() {
        let flat = (1.1 / 1.05, 0.1);
        let rates = (flat.0 * 1.05 - 1.0, 0.05);
        let forward = forward_breakeven(rates, 5.0, rates, 10.0).unwrap();
        assert!((forward - (1.1 / 1.05 - 1.0)).abs() < 1e-14);
        assert!(forward_breakeven(rates, 5.0, rates, 5.0).is_err());
    }
}
