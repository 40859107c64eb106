//! Mean-variance: the package mix with the largest expected return per unit of volatility, none held short.
//!
//! The desk has no estimate of what a package earns; it has convictions. A package of conviction `c` is taken to earn
//! `implied_sharpe * c` a year per unit of its volatility. Maximising `m'w - (d/2) w'Sw` over `w >= 0` for any risk aversion
//! `d` gives one direction, that of the largest Sharpe ratio, and the volatility target sets its length: so `d` is no
//! parameter, and the implied Sharpe ratio cancels as long as it is the same for all. It is kept in the record all the same.

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{Sides, tangency};

use super::{ExpectedReturn, MethodInput, expect_length, volatilities};

pub(super) fn weights(
    input: &MethodInput<'_>,
    budgets: &[f64],
) -> Result<(Vec<f64>, Vec<ExpectedReturn>), NumericsError> {
    let total: f64 = input.convictions.iter().sum();
    let earned = volatilities(input.covariance)?
        .iter()
        .zip(budgets)
        .map(|(volatility, budget)| input.config.implied_sharpe * total * budget * volatility)
        .collect::<Vec<f64>>();
    let weights = largest_sharpe(&earned, input.covariance)?;
    let expected =
        earned.iter().map(|&used| ExpectedReturn { view: used, confidence: 1.0, equilibrium: None, used }).collect();
    Ok((weights, expected))
}

/// Long-only weights, sum one, of the largest `m'w / sqrt(w'Sw)`. Solved in units of risk (`y = w s` on the correlations),
/// so that packages of very different volatility are no strain on the solver.
///
/// # Errors
/// A singular covariance, dimensions, no positive mean.
pub fn largest_sharpe(mean: &[f64], covariance: &DMatrix<f64>) -> Result<Vec<f64>, NumericsError> {
    let volatilities = volatilities(covariance)?;
    expect_length(volatilities.len(), mean.len())?;
    let correlation = correlations(covariance, &volatilities);
    let ratios: Vec<f64> = mean.iter().zip(&volatilities).map(|(mean, volatility)| mean / volatility).collect();
    let risks = tangency(&ratios, &correlation, 0.0, Sides::LongOnly)?.weights;
    let weights: Vec<f64> = risks.iter().zip(&volatilities).map(|(risk, volatility)| risk / volatility).collect();
    super::normalised(&weights)
}

/// Covariance over the products of volatilities, exactly one on the diagonal.
pub(super) fn correlations(covariance: &DMatrix<f64>, volatilities: &[f64]) -> DMatrix<f64> {
    let n = volatilities.len();
    let scaled = |row: usize, column: usize| covariance[(row, column)] / (volatilities[row] * volatilities[column]);
    DMatrix::from_fn(n, n, |row, column| if row == column { 1.0 } else { scaled(row, column) })
}
