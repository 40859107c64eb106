//! Bootstrapping zero rates from coupon bonds, and discount factors from par yields.
//!
//! A bond whose earlier flows are discounted with rates already found leaves one unknown, the discount of its last flow.
//! `bootstrap_252` works in business days over 252, effective annual rates (the Brazilian convention); the par functions in
//! whole coupon periods.

use super::FlatForward252;
use crate::covariance::checks;
use crate::{NumericsError, Result};

const YEAR: f64 = 252.0;

/// A bond by its flows and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct CouponBond252 {
    /// `(business days, amount)` in increasing distance; the last one is what is solved for.
    pub flows: Vec<(f64, f64)>,
    /// Full price, in the unit of the amounts.
    pub price: f64,
}

/// Zero rates `(business days, effective annual rate)` of the known vertices and of every bond's last flow, in order of
/// days. Bonds are taken in the order of their last flow.
///
/// Earlier flows are discounted flat forward through the vertices found so far (the first rate is held before the first
/// vertex). A bond whose last flow falls on a vertex already known adds nothing.
///
/// Errors: no known vertex (`too_few_observations`), a bond without flows or with flows out of order, NaN
/// (`invalid_argument`, `missing_values`), a flow before the last one beyond the vertices found so far or a price at or below
/// the value of the earlier flows (`out_of_range`, with the bond's last day).
pub fn bootstrap_252(known: &[(f64, f64)], bonds: &[CouponBond252]) -> Result<Vec<(f64, f64)>> {
    let mut vertices = known.to_vec();
    let mut curve = FlatForward252::new(&vertices)?;
    let mut order: Vec<&CouponBond252> = bonds.iter().collect();
    for bond in &order {
        check(bond)?;
    }
    order.sort_by(|a, b| last_day(a).total_cmp(&last_day(b)));
    for bond in order {
        let Some((&(last, amount), earlier)) = bond.flows.split_last() else { continue };
        if vertices.iter().any(|(days, _)| *days == last) {
            continue;
        }
        let mut value = 0.0;
        for &(days, flow) in earlier {
            value += flow * curve.discount(days).map_err(|_| unsolved(last, &format!("the flow at {days} days")))?;
        }
        let left = bond.price - value;
        if left <= 0.0 {
            return Err(unsolved(last, &format!("a price of {} under earlier flows worth {value}", bond.price)));
        }
        vertices.push((last, ((amount / left).ln() * YEAR / last).exp_m1()));
        curve = FlatForward252::new(&vertices)?;
    }
    vertices.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(vertices)
}

fn check(bond: &CouponBond252) -> Result<()> {
    checks::finite_scalar("price", bond.price)?;
    checks::at_least(bond.flows.len(), 1)?;
    if let Some(position) = bond.flows.iter().position(|(days, flow)| !days.is_finite() || !flow.is_finite()) {
        return Err(NumericsError::NonFinite { what: "flows", position });
    }
    let ordered = bond.flows[0].0 > 0.0 && bond.flows.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if !ordered || bond.flows.last().is_none_or(|(_, amount)| *amount <= 0.0) {
        return Err(checks::invalid("flows", "must lie ahead in increasing days, the last one positive"));
    }
    Ok(())
}

fn last_day(bond: &CouponBond252) -> f64 {
    bond.flows.last().map_or(0.0, |flow| flow.0)
}

fn unsolved(last: f64, why: &str) -> NumericsError {
    NumericsError::OutOfRange { what: "bond", why: format!("no zero rate at {last} days: {why}") }
}

/// Discount factors at whole coupon periods from par yields at the same periods: `par[k]` is the yield of a bond at par
/// with `k + 1` coupons of `par[k] / frequency`.
///
/// `d[k] = (1 - c[k] (d[0] + .. + d[k-1])) / (1 + c[k])` with `c = par / frequency`. Worked value: 4 % at one half year is
/// `1 / 1.02`.
///
/// Errors: no yield, NaN, `frequency` 0, a discount factor that is not positive (`out_of_range`, with its period).
pub fn discounts_from_par(par: &[f64], frequency: u32) -> Result<Vec<f64>> {
    checks::at_least(par.len(), 1)?;
    checks::finite("par", par)?;
    let per_year = checked_frequency(frequency)?;
    let mut annuity = 0.0;
    let mut discounts = Vec::with_capacity(par.len());
    for (period, par_yield) in par.iter().enumerate() {
        let coupon = par_yield / per_year;
        let discount = (1.0 - coupon * annuity) / (1.0 + coupon);
        if !(discount > 0.0 && discount.is_finite()) {
            let why = format!("the discount factor of period {} would be {discount}", period + 1);
            return Err(NumericsError::OutOfRange { what: "par", why });
        }
        annuity += discount;
        discounts.push(discount);
    }
    Ok(discounts)
}

/// Par yields at whole coupon periods from discount factors: `frequency (1 - d[k]) / (d[0] + .. + d[k])`.
///
/// Errors: no factor, NaN, `frequency` 0, factors that are not positive (`invalid_argument`).
pub fn par_from_discounts(discounts: &[f64], frequency: u32) -> Result<Vec<f64>> {
    checks::at_least(discounts.len(), 1)?;
    checks::finite("discounts", discounts)?;
    let per_year = checked_frequency(frequency)?;
    if let Some(bad) = discounts.iter().find(|discount| **discount <= 0.0) {
        return Err(checks::invalid("discounts", format!("must be > 0, got {bad}")));
    }
    let mut annuity = 0.0;
    Ok(discounts
        .iter()
        .map(|discount| {
            annuity += discount;
            per_year * (1.0 - discount) / annuity
        })
        .collect())
}

fn checked_frequency(frequency: u32) -> Result<f64> {
    if frequency == 0 { Err(checks::invalid("frequency", "must be at least 1")) } else { Ok(f64::from(frequency)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bonds_priced_on_a_curve_give_the_curve_back() {
        let curve = FlatForward252::new(&[(126.0, 0.05), (252.0, 0.055), (378.0, 0.06), (504.0, 0.058)]).unwrap();
        let bond = |days: &[f64]| {
            let last = days.len() - 1;
            let flows: Vec<(f64, f64)> =
                days.iter().enumerate().map(|(at, bd)| (*bd, if at == last { 103.0 } else { 3.0 })).collect();
            let price = flows.iter().map(|(bd, flow)| flow * curve.discount(*bd).unwrap()).sum();
            CouponBond252 { flows, price }
        };
        // Out of order on purpose.
        let bonds =
            [bond(&[126.0, 252.0, 378.0, 504.0]), bond(&[126.0, 252.0, 378.0]), bond(&[126.0, 252.0]), bond(&[126.0])];
        let found = bootstrap_252(&[(126.0, 0.05)], &bonds).unwrap();
        for ((bd, rate), expected) in found.iter().zip([0.05, 0.055, 0.06, 0.058]) {
            assert!((rate - expected).abs() < 1e-13, "{bd}: {rate}");
        }
    }

    #[test]
    fn what_cannot_be_solved_is_named() {
        let bond = |flows: &[(f64, f64)], price| CouponBond252 { flows: flows.to_vec(), price };
        let error = |known: &[(f64, f64)], bonds: &[CouponBond252]| bootstrap_252(known, bonds).unwrap_err();
        assert_eq!(error(&[], &[]).code(), "too_few_observations");
        let known = [(126.0, 0.1)];
        let gap = error(&known, &[bond(&[(252.0, 5.0), (378.0, 105.0)], 100.0)]);
        assert_eq!(gap.code(), "out_of_range");
        assert!(gap.to_string().contains("378 days: the flow at 252 days"), "{gap}");
        let cheap = error(&known, &[bond(&[(126.0, 5.0), (252.0, 105.0)], 4.0)]);
        assert!(cheap.to_string().contains("no zero rate at 252 days"), "{cheap}");
        assert_eq!(error(&known, &[bond(&[], 1.0)]).code(), "too_few_observations");
        assert_eq!(error(&known, &[bond(&[(9.0, 1.0), (8.0, 1.0)], 1.0)]).code(), "invalid_argument");
        assert_eq!(discounts_from_par(&[], 2).unwrap_err().code(), "too_few_observations");
        let steep: Vec<f64> = (0..60).map(|period| if period < 40 { 0.01 } else { 0.2 }).collect();
        let negative = discounts_from_par(&steep, 2).unwrap_err();
        assert!(negative.to_string().contains("period 41"), "{negative}");
    }

    #[test]
    fn a_flat_par_curve_is_a_flat_zero_curve() {
        let discounts = discounts_from_par(&[0.04; 60], 2).unwrap();
        for (period, discount) in discounts.iter().enumerate() {
            assert!((discount - 1.02_f64.powi(-(period as i32 + 1))).abs() < 1e-14);
        }
    }

    proptest! {
        #[test]
        fn par_yields_survive_the_round_trip(start in 0.0..0.08_f64, slopes in prop::collection::vec(-0.001..0.001_f64, 1..60)) {
            let par: Vec<f64> = slopes.iter().scan(start, |level, slope| { *level += slope; Some(*level) }).collect();
            let back = par_from_discounts(&discounts_from_par(&par, 2).unwrap(), 2).unwrap();
            for (a, b) in par.iter().zip(&back) {
                prop_assert!((a - b).abs() < 1e-12);
            }
        }
    }
}
