//! Carry of a long position in a foreign currency, and carry to risk.
//!
//! Quotes are dollars per unit of the foreign currency. `carry = S/F - 1` over the tenor; simple annual `carry / T`, compound
//! annual `(S/F)^(1/T) - 1`; carry to risk is the compound carry over the annual implied volatility of the same tenor. Positive for
//! high yielders. Worked value: S/F = 1.0232 at three months is 9.3% simple, 9.6% compound.
//!
//! Source: Koijen, Moskowitz, Pedersen & Vrugt (2018) Journal of Financial Economics 127.
//!
//! # Errors
//! `dimension_mismatch`, `too_few_observations` when empty, `missing_values`, `non_positive` quotes, `invalid_argument` for a tenor that is
//! not positive or a negative volatility. A volatility of zero gives no ratio, not an error.

use crate::{NumericsError, Result, validate};

/// Carry per currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CarryToRisk {
    /// Annual carry, compounded.
    pub compound: Vec<f64>,
    /// Annual carry, simple.
    pub simple: Vec<f64>,
    /// Compound carry over volatility; `None` at zero volatility.
    pub ratio: Vec<Option<f64>>,
    /// Rank by the ratio, 1 is the highest; ties in the order given; `None` without a ratio.
    pub rank: Vec<Option<usize>>,
}

/// Carry and carry to risk of each currency.
///
/// # Errors
/// See the module.
pub fn carry_to_risk(spot: &[f64], forward: &[f64], implied_vol: &[f64], tenor_years: f64) -> Result<CarryToRisk> {
    let n = spot.len();
    validate::at_least(n, 1)?;
    validate::positive("tenor", tenor_years)?;
    for (what, values) in [("spot", spot), ("forward", forward), ("implied volatility", implied_vol)] {
        validate::same_length(what, n, values.len())?;
        validate::finite(what, values)?;
    }
    for (what, values) in [("spot", spot), ("forward", forward)] {
        if let Some(position) = values.iter().position(|&value| value <= 0.0) {
            return Err(NumericsError::NonPositive { what, position, value: values[position] });
        }
    }
    for &volatility in implied_vol {
        validate::non_negative("implied volatility", volatility)?;
    }
    let ratios: Vec<f64> = spot.iter().zip(forward).map(|(spot, forward)| spot / forward).collect();
    let compound: Vec<f64> = ratios.iter().map(|ratio| ratio.powf(1.0 / tenor_years) - 1.0).collect();
    let simple = ratios.iter().map(|ratio| (ratio - 1.0) / tenor_years).collect();
    let ratio: Vec<Option<f64>> =
        compound.iter().zip(implied_vol).map(|(carry, &vol)| (vol > 0.0).then(|| carry / vol)).collect();
    Ok(CarryToRisk { rank: ranks(&ratio), compound, simple, ratio })
}

fn ranks(values: &[Option<f64>]) -> Vec<Option<usize>> {
    let mut order: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(position, value)| value.map(|value| (position, value))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut ranks = vec![None; values.len()];
    for (rank, (position, _)) in order.into_iter().enumerate() {
        ranks[position] = Some(rank + 1);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forward_discount_is_positive_carry() {
        let result = carry_to_risk(&[1.0, 1.0], &[0.98, 1.01], &[0.1, 0.1], 0.5).unwrap();
        assert!((result.simple[0] - 2.0 * (1.0 / 0.98 - 1.0)).abs() < 1e-15);
        assert!(result.ratio[0].unwrap() > 0.0 && result.ratio[1].unwrap() < 0.0);
        assert_eq!(result.rank, [Some(1), Some(2)]);
    }

    #[test]
    fn no_volatility_gives_no_ratio() {
        let result = carry_to_risk(&[1.0], &[0.99], &[0.0], 0.25).unwrap();
        assert_eq!((result.ratio[0], result.rank[0]), (None, None));
    }
}
