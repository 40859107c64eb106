//! Public debt dynamics, ratios to GDP as decimals.
//!
//! `d_t = d_{t-1} (1+i)(1 + alpha eps) / ((1+g)(1+pi)) - pb_t + sfa_t`: implicit interest rate i, share of debt in foreign currency alpha,
//! depreciation of the local currency eps (local per dollar up is positive), real growth g, deflator pi, primary balance pb
//! (positive is a surplus), stock-flow adjustment sfa.
//!
//! Contributions follow the IMF template, `[i - pi(1+g) - g + alpha eps (1+i)] / ((1+g)(1+pi))` times the debt before. Without foreign
//! debt the real form is `d_t = d_{t-1} (1+r)/(1+g) - pb`, `r = (1+i)/(1+pi) - 1`; the stabilising balance is `(r-g)/(1+g) d_{t-1}` and the
//! long-run ratio `pb / ((r-g)/(1+g))` at the values of the last year.
//!
//! Worked value: debt 1.00, i 4%, g 2%, surplus 1%: 1.0096. Source: IMF Staff Guidance Note for Public DSA (2013); Escolano (2010)
//! IMF TNM 10/02.
//!
//! # Errors
//! `dimension_mismatch`, `too_few_observations` when empty, `missing_values`, `invalid_argument` when growth or the deflator is -100% or
//! worse.

use crate::{NumericsError, Result, validate};

/// Yearly assumptions, one entry per year.
#[derive(Debug, Clone, Copy)]
pub struct DebtPath<'a> {
    /// Debt before the first year.
    pub initial_debt: f64,
    /// Real growth.
    pub growth: &'a [f64],
    /// Change of the GDP deflator.
    pub deflator: &'a [f64],
    /// Implicit nominal interest rate on the debt.
    pub implicit_rate: &'a [f64],
    /// Primary balance, positive is a surplus.
    pub primary_balance: &'a [f64],
    /// Depreciation of the local currency, local per dollar up is positive.
    pub depreciation: &'a [f64],
    /// Share of the debt in foreign currency.
    pub foreign_share: &'a [f64],
    /// Stock-flow adjustment.
    pub stock_flow: &'a [f64],
}

/// What moved the ratio each year; the parts sum to its change.
#[derive(Debug, Clone, PartialEq)]
pub struct DebtContributions {
    /// Primary deficit.
    pub primary: Vec<f64>,
    /// Real interest.
    pub real_interest: Vec<f64>,
    /// Real growth.
    pub growth: Vec<f64>,
    /// Depreciation on foreign debt.
    pub depreciation: Vec<f64>,
    /// Stock-flow adjustment.
    pub other: Vec<f64>,
}

/// The path of the debt ratio.
#[derive(Debug, Clone, PartialEq)]
pub struct DebtDynamics {
    /// Debt ratio, the initial one first: one entry more than years.
    pub debt: Vec<f64>,
    /// Contributions per year.
    pub contributions: DebtContributions,
    /// Real interest rate per year, `(1+i)/(1+pi) - 1`.
    pub real_rate: Vec<f64>,
    /// Primary balance that would have held the ratio.
    pub stabilising_balance: Vec<f64>,
    /// Ratio to which the last year's values would lead; `None` when r = g.
    pub long_run_debt: Option<f64>,
    /// Stabilising less actual primary balance in the last year.
    pub gap_to_stabilise: f64,
}

/// Runs the recursion.
///
/// # Errors
/// See the module.
pub fn debt_dynamics(path: &DebtPath) -> Result<DebtDynamics> {
    let n = path.growth.len();
    let series = [
        ("deflator", path.deflator),
        ("implicit rate", path.implicit_rate),
        ("primary balance", path.primary_balance),
        ("depreciation", path.depreciation),
        ("foreign share", path.foreign_share),
        ("stock flow", path.stock_flow),
    ];
    validate::at_least(n, 1)?;
    validate::finite("initial debt", &[path.initial_debt])?;
    validate::finite("growth", path.growth)?;
    for (what, values) in series {
        validate::same_length(what, n, values.len())?;
        validate::finite(what, values)?;
    }
    above_minus_one("growth", path.growth)?;
    above_minus_one("deflator", path.deflator)?;

    let mut debt = vec![path.initial_debt];
    let mut parts = DebtContributions {
        primary: Vec::with_capacity(n),
        real_interest: Vec::with_capacity(n),
        growth: Vec::with_capacity(n),
        depreciation: Vec::with_capacity(n),
        other: Vec::with_capacity(n),
    };
    let (mut real_rate, mut stabilising_balance) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for t in 0..n {
        let (g, pi, i) = (path.growth[t], path.deflator[t], path.implicit_rate[t]);
        let foreign = path.foreign_share[t] * path.depreciation[t];
        let (before, scale) = (debt[t], (1.0 + g) * (1.0 + pi));
        debt.push(before * (1.0 + i) * (1.0 + foreign) / scale - path.primary_balance[t] + path.stock_flow[t]);
        parts.primary.push(-path.primary_balance[t]);
        parts.real_interest.push((i - pi * (1.0 + g)) / scale * before);
        parts.growth.push(-g / scale * before);
        parts.depreciation.push(foreign * (1.0 + i) / scale * before);
        parts.other.push(path.stock_flow[t]);
        let r = (1.0 + i) / (1.0 + pi) - 1.0;
        real_rate.push(r);
        stabilising_balance.push((r - g) / (1.0 + g) * before);
    }
    let last = n - 1;
    let snowball = (real_rate[last] - path.growth[last]) / (1.0 + path.growth[last]);
    Ok(DebtDynamics {
        // At r = g up to rounding there is no ratio to converge to.
        long_run_debt: (snowball.abs() > 1e-14).then(|| path.primary_balance[last] / snowball),
        gap_to_stabilise: stabilising_balance[last] - path.primary_balance[last],
        debt,
        contributions: parts,
        real_rate,
        stabilising_balance,
    })
}

fn above_minus_one(what: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().find(|&&value| value <= -1.0) {
        Some(value) => Err(NumericsError::InvalidArgument { what, why: format!("{value} is a loss of everything") }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path<'a>(rate: &'a [f64], growth: &'a [f64], balance: &'a [f64], zero: &'a [f64]) -> DebtPath<'a> {
        DebtPath {
            initial_debt: 1.0,
            growth,
            deflator: zero,
            implicit_rate: rate,
            primary_balance: balance,
            depreciation: zero,
            foreign_share: zero,
            stock_flow: zero,
        }
    }

    #[test]
    fn the_worked_value_of_the_module_holds() {
        let result = debt_dynamics(&path(&[0.04], &[0.02], &[0.01], &[0.0])).unwrap();
        assert!((result.debt[1] - (1.04 / 1.02 - 0.01)).abs() < 1e-15);
        assert!((result.stabilising_balance[0] - 0.02 / 1.02).abs() < 1e-15);
        assert!((result.long_run_debt.unwrap() - 0.51).abs() < 1e-13);
    }

    #[test]
    fn the_stabilising_balance_stabilises() {
        let balance = [0.02 / 1.02];
        let result = debt_dynamics(&path(&[0.04], &[0.02], &balance, &[0.0])).unwrap();
        assert!((result.debt[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn contributions_sum_to_the_change() {
        let path = DebtPath {
            initial_debt: 0.8,
            growth: &[0.02, -0.03],
            deflator: &[0.05, 0.04],
            implicit_rate: &[0.11, 0.12],
            primary_balance: &[-0.01, 0.005],
            depreciation: &[0.1, -0.05],
            foreign_share: &[0.06, 0.05],
            stock_flow: &[0.002, 0.0],
        };
        let result = debt_dynamics(&path).unwrap();
        let parts = &result.contributions;
        for t in 0..2 {
            let total =
                parts.primary[t] + parts.real_interest[t] + parts.growth[t] + parts.depreciation[t] + parts.other[t];
            assert!((result.debt[t + 1] - result.debt[t] - total).abs() < 1e-15);
        }
    }

    #[test]
    fn no_long_run_ratio_exists_when_r_equals_g() {
        assert_eq!(debt_dynamics(&path(&[0.02], &[0.02], &[0.01], &[0.0])).unwrap().long_run_debt, None);
    }
}
