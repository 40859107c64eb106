//! Carry and roll-down of a zero-coupon bond on an unchanged curve.

use super::FlatForward252;
use crate::Result;
use crate::covariance::checks;

/// Business days in a year: the curve is interpolated on `252 x years`.
const YEAR: f64 = 252.0;

/// Return of holding a zero-coupon bond when the curve does not move, decimal over the horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarryRollDown {
    /// Price now.
    pub price_now: f64,
    /// Price at the horizon on the same curve.
    pub price_horizon: f64,
    /// `price_horizon / price_now - 1`.
    pub total_return: f64,
    /// Yield earned, `(1 + y)^h - 1`.
    pub yield_income: f64,
    /// `total_return - yield_income`.
    pub roll_down: f64,
    /// Yield earned minus the cost of funding.
    pub carry: f64,
    /// `total_return` minus the cost of funding.
    pub carry_and_roll: f64,
    /// Forward yield from the horizon to maturity: the breakeven.
    pub forward_yield: f64,
    /// Forward yield minus today's spot yield of the maturity left at the horizon, in basis points: how far that yield may
    /// rise before holding the bond does worse than the horizon's riskless rate.
    pub forward_minus_spot_bp: f64,
}

/// Carry and roll-down (Ilmanen 2011; Koijen, Moskowitz, Pedersen and Vrugt 2018) with flat-forward interpolation.
///
/// `curve` holds (years, effective annual zero rate) vertices; `maturity` and `horizon` are years, `funding` an effective
/// annual rate. Errors: `horizon <= 0` or `>= maturity` (`invalid_argument`), a maturity beyond the curve
/// (`out_of_range`), and those of the curve.
pub fn carry_roll_down(curve: &[(f64, f64)], maturity: f64, horizon: f64, funding: f64) -> Result<CarryRollDown> {
    checks::positive("maturity", maturity)?;
    checks::positive("horizon", horizon)?;
    checks::finite_scalar("funding", funding)?;
    if horizon >= maturity {
        return Err(checks::invalid("horizon", format!("must be below the maturity {maturity}, got {horizon}")));
    }
    if funding <= -1.0 {
        return Err(checks::invalid("funding", format!("must be > -1, got {funding}")));
    }
    let vertices: Vec<(f64, f64)> = curve.iter().map(|&(years, rate)| (years * YEAR, rate)).collect();
    let curve = FlatForward252::new(&vertices)?;
    let (bd, held) = (maturity * YEAR, horizon * YEAR);
    let spot = curve.rate(bd)?;
    let (price_now, price_horizon) = (curve.discount(bd)?, curve.discount(bd - held)?);
    let total_return = price_horizon / price_now - 1.0;
    let yield_income = (horizon * spot.ln_1p()).exp_m1();
    let cost = (horizon * funding.ln_1p()).exp_m1();
    let forward_yield = curve.forward(held, bd)?;
    Ok(CarryRollDown {
        price_now,
        price_horizon,
        total_return,
        yield_income,
        roll_down: total_return - yield_income,
        carry: yield_income - cost,
        carry_and_roll: total_return - cost,
        forward_yield,
        forward_minus_spot_bp: (forward_yield - curve.rate(bd - held)?) * 1e4,
    })
}
