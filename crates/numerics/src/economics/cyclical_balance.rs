//! Cyclically adjusted primary balance, ratio to potential GDP.
//!
//! Ratios to actual GDP come in. With the gap `(Y - Yp)/Yp` and elasticities e_R, e_G:
//! `capb = R (1+gap)^(1-e_R) - G (1+gap)^(1-e_G)`, structural = capb - one-offs, cyclical = pb - capb, fiscal impulse = -(change of capb),
//! positive is an expansion. The semi-elasticity version is `pb - semi * gap`.
//!
//! Source: Fedelino, Ivanova & Horton (2009) IMF TNM/09/05; Mourre et al. (2013) European Commission.
//!
//! # Errors
//! `dimension_mismatch`, `too_few_observations` when empty, `missing_values`, `invalid_argument` when the gap is -100% or worse.

use crate::{NumericsError, Result, validate};

/// Responses of the budget to the cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elasticities {
    /// Elasticity of revenue to the output gap, about one.
    pub revenue: f64,
    /// Elasticity of primary expenditure, about zero or slightly negative.
    pub expenditure: f64,
    /// Semi-elasticity of the balance ratio.
    pub semi: f64,
}

/// The adjusted balance, one entry per period.
#[derive(Debug, Clone, PartialEq)]
pub struct CyclicallyAdjusted {
    /// Revenue less primary expenditure, ratio to actual GDP.
    pub primary_balance: Vec<f64>,
    /// Adjusted balance, ratio to potential GDP.
    pub adjusted: Vec<f64>,
    /// Adjusted balance less one-offs.
    pub structural: Vec<f64>,
    /// Primary less adjusted balance.
    pub cyclical: Vec<f64>,
    /// Minus the change of the adjusted balance, positive is an expansion; `None` in the first period.
    pub fiscal_impulse: Vec<Option<f64>>,
    /// Adjusted balance by the semi-elasticity.
    pub adjusted_semi: Vec<f64>,
    /// Change of the semi-elasticity balance; `None` in the first period.
    pub change_semi: Vec<Option<f64>>,
}

/// Adjusts a balance for the cycle.
///
/// # Errors
/// See the module.
pub fn cyclically_adjusted_balance(
    revenue: &[f64],
    primary_expenditure: &[f64],
    output_gap: &[f64],
    one_offs: &[f64],
    elasticities: Elasticities,
) -> Result<CyclicallyAdjusted> {
    let n = revenue.len();
    for (what, values) in
        [("primary expenditure", primary_expenditure), ("output gap", output_gap), ("one-offs", one_offs)]
    {
        validate::same_length(what, n, values.len())?;
        validate::finite(what, values)?;
    }
    validate::at_least(n, 1)?;
    validate::finite("revenue", revenue)?;
    validate::finite_parameter("revenue elasticity", elasticities.revenue)?;
    validate::finite_parameter("expenditure elasticity", elasticities.expenditure)?;
    validate::finite_parameter("semi-elasticity", elasticities.semi)?;
    if let Some(gap) = output_gap.iter().find(|&&gap| gap <= -1.0) {
        return Err(NumericsError::InvalidArgument { what: "output gap", why: format!("{gap} leaves no output") });
    }

    let primary_balance: Vec<f64> = revenue.iter().zip(primary_expenditure).map(|(r, g)| r - g).collect();
    let adjusted: Vec<f64> = (0..n)
        .map(|t| {
            let cycle = 1.0 + output_gap[t];
            revenue[t] * cycle.powf(1.0 - elasticities.revenue)
                - primary_expenditure[t] * cycle.powf(1.0 - elasticities.expenditure)
        })
        .collect();
    let adjusted_semi: Vec<f64> =
        primary_balance.iter().zip(output_gap).map(|(pb, gap)| pb - elasticities.semi * gap).collect();
    Ok(CyclicallyAdjusted {
        structural: adjusted.iter().zip(one_offs).map(|(adjusted, one_off)| adjusted - one_off).collect(),
        cyclical: primary_balance.iter().zip(&adjusted).map(|(pb, adjusted)| pb - adjusted).collect(),
        fiscal_impulse: changes(&adjusted).into_iter().map(|change| change.map(|change| -change)).collect(),
        change_semi: changes(&adjusted_semi),
        primary_balance,
        adjusted,
        adjusted_semi,
    })
}

fn changes(values: &[f64]) -> Vec<Option<f64>> {
    (0..values.len()).map(|t| t.checked_sub(1).map(|before| values[t] - values[before])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Elasticities = Elasticities { revenue: 1.0, expenditure: 0.0, semi: 0.4 };

    #[test]
    fn unit_elasticities_reduce_to_revenue_less_scaled_expenditure() {
        let result = cyclically_adjusted_balance(&[0.4], &[0.38], &[0.05], &[0.001], UNIT).unwrap();
        assert!((result.adjusted[0] - (0.4 - 0.38 * 1.05)).abs() < 1e-15);
        assert!((result.structural[0] - result.adjusted[0] + 0.001).abs() < 1e-15);
        assert!((result.adjusted_semi[0] - (0.02 - 0.4 * 0.05)).abs() < 1e-15);
    }

    #[test]
    fn a_falling_adjusted_balance_is_an_expansion() {
        let result = cyclically_adjusted_balance(&[0.4, 0.38], &[0.38, 0.38], &[0.0; 2], &[0.0; 2], UNIT).unwrap();
        assert!(result.fiscal_impulse[0].is_none() && result.fiscal_impulse[1].unwrap() > 0.0);
    }
}
