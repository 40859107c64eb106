//! Relative weights of the packages: one pure function per method, and the chain in which they are tried.
//!
//! A package is held as given: its returns carry the signs of its legs, so every method finds weights `w >= 0`. Only the
//! proportions matter, since the volatility target sets the size; they are scaled to sum to one. In the formulas `S` is the
//! annual covariance, `s` its volatilities, `c` the convictions, `t` the configured tilt, and
//! `b = (1 - t) / n + t c / sum(c)` the tilted budgets.
//!
//! | method | weights | conviction |
//! |---|---|---|
//! | `equal_risk_contribution` | `w_i (S w)_i` proportional to `b_i` (Spinu 2013) | the budgets |
//! | `inverse_volatility` | `b_i / s_i` | the budgets of stand-alone risk |
//! | `minimum_variance` | least `w'Sw` with sum 1, times `n b_i` | multiplies |
//! | `mean_variance` | largest `m'w / sqrt(w'Sw)` with `m_i = implied_sharpe * sum(c) * b_i * s_i` | the expected returns |
//! | `black_litterman` | see [`black_litterman`] | `t min(1, c_i)` is the confidence in a view |
//! | `hierarchical_risk_parity` | recursive bisection (Lopez de Prado 2016), times `n b_i` | multiplies |
//!
//! Minimum variance and the clusters' variances of hierarchical risk parity are of a unit of *exposure*: both prefer the
//! instruments that move least, and a package quoted in other units is another package to them. The other methods are of a
//! unit of risk. A tilt of zero is indifferent to
//! conviction in every method; the constructor keeps those weights as a stage of their own.
//!
//! A method that cannot solve says why and the next of the chain is tried. No weights are ever made up.

pub mod black_litterman;
pub mod mean_variance;
#[cfg(test)]
mod tests;

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{ClusterDistance, Sides, hierarchical_risk_parity, minimum_variance, risk_budgeting};
use serde::{Deserialize, Serialize};

use super::{ConstructConfig, ConstructMethod};
use crate::PortfolioError;

/// Share of the largest weight below which a weight is a solver's rounding.
const ROUNDING: f64 = 1e-9;

/// What a method works on.
#[derive(Debug, Clone, Copy)]
pub struct MethodInput<'a> {
    /// Annual covariance of one unit of each package, as held.
    pub covariance: &'a DMatrix<f64>,
    /// Conviction of each package, positive.
    pub convictions: &'a [f64],
    /// Weight of conviction, in [0, 1].
    pub tilt: f64,
    /// Parameters.
    pub config: &'a ConstructConfig,
}

/// What a method that needs expected returns took a package to earn, a year and per unit of weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedReturn {
    /// What its strategies' conviction stands for.
    pub view: f64,
    /// Confidence in the view, in [0, 1]: one where it is taken at its word.
    pub confidence: f64,
    /// What the equilibrium implies, where there is one.
    pub equilibrium: Option<f64>,
    /// What was used.
    pub used: f64,
}

/// Relative weights.
#[derive(Debug, Clone, PartialEq)]
pub struct RelativeWeights {
    /// One a package, not negative, sum one.
    pub weights: Vec<f64>,
    /// One a package, for methods that need expected returns; else empty.
    pub expected: Vec<ExpectedReturn>,
}

/// A method that could not solve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedMethod {
    /// Which.
    pub method: ConstructMethod,
    /// What it said.
    pub error: String,
}

impl std::fmt::Display for FailedMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.method, self.error)
    }
}

/// The first method of the chain that solves.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// Which.
    pub method: ConstructMethod,
    /// Those before it, in the order in which they were tried.
    pub failed: Vec<FailedMethod>,
    /// Its weights at a tilt of zero.
    pub neutral: RelativeWeights,
    /// Its weights at the configured tilt.
    pub tilted: RelativeWeights,
}

/// Tries the methods of the configured chain in order.
///
/// # Errors
/// [`PortfolioError::NoMethod`] with what each of them said, when none solves.
pub fn solve(
    covariance: &DMatrix<f64>,
    convictions: &[f64],
    config: &ConstructConfig,
) -> Result<Solved, PortfolioError> {
    let mut failed = Vec::new();
    for method in config.chain() {
        let at = |tilt| relative_weights(method, &MethodInput { covariance, convictions, tilt, config });
        match at(0.0).and_then(|neutral| Ok((neutral, at(config.conviction_tilt)?))) {
            Ok((neutral, tilted)) => return Ok(Solved { method, failed, neutral, tilted }),
            Err(error) => failed.push(FailedMethod { method, error: error.to_string() }),
        }
    }
    Err(PortfolioError::NoMethod { failed })
}

/// Weights of one method.
///
/// # Errors
/// What the method said: dimensions, a singular or indefinite covariance, a solver that did not converge.
pub fn relative_weights(method: ConstructMethod, input: &MethodInput<'_>) -> Result<RelativeWeights, NumericsError> {
    let covariance = input.covariance;
    expect_length(covariance.nrows(), input.convictions.len())?;
    let budgets = tilted_budgets(input.convictions, input.tilt)?;
    let (raw, expected) = match method {
        ConstructMethod::EqualRiskContribution => (risk_budgeting(covariance, &budgets)?.weights, Vec::new()),
        ConstructMethod::InverseVolatility => (inverse_volatility(covariance, &budgets)?, Vec::new()),
        ConstructMethod::MinimumVariance => {
            (multiplied(&minimum_variance(covariance, Sides::LongOnly)?.weights, &budgets), Vec::new())
        }
        ConstructMethod::HierarchicalRiskParity => {
            let tree = hierarchical_risk_parity(covariance, ClusterDistance::BetweenColumns)?;
            (multiplied(&tree.weights, &budgets), Vec::new())
        }
        ConstructMethod::MeanVariance => mean_variance::weights(input, &budgets)?,
        ConstructMethod::BlackLitterman => black_litterman::weights(input)?,
        ConstructMethod::None => {
            let why = "names no method".to_owned();
            return Err(NumericsError::InvalidArgument { what: "method", why });
        }
    };
    Ok(RelativeWeights { weights: normalised(&raw)?, expected })
}

/// Between equal shares (tilt 0) and shares of the convictions (tilt 1).
pub(super) fn tilted_budgets(convictions: &[f64], tilt: f64) -> Result<Vec<f64>, NumericsError> {
    if let Some(position) = convictions.iter().position(|conviction| !(conviction.is_finite() && *conviction > 0.0)) {
        let why = format!("{} at {position} is not positive", convictions[position]);
        return Err(NumericsError::InvalidArgument { what: "convictions", why });
    }
    let total: f64 = convictions.iter().sum();
    let equal = 1.0 / convictions.len() as f64;
    Ok(convictions.iter().map(|conviction| (1.0 - tilt) * equal + tilt * conviction / total).collect())
}

/// `b_i / s_i`: every package has its budget of stand-alone risk.
fn inverse_volatility(covariance: &DMatrix<f64>, budgets: &[f64]) -> Result<Vec<f64>, NumericsError> {
    let volatilities = volatilities(covariance)?;
    expect_length(budgets.len(), volatilities.len())?;
    Ok(budgets.iter().zip(&volatilities).map(|(budget, volatility)| budget / volatility).collect())
}

fn multiplied(weights: &[f64], budgets: &[f64]) -> Vec<f64> {
    weights.iter().zip(budgets).map(|(weight, budget)| weight * budget).collect()
}

/// Square roots of the diagonal, all positive.
fn volatilities(covariance: &DMatrix<f64>) -> Result<Vec<f64>, NumericsError> {
    expect_length(covariance.nrows(), covariance.ncols())?;
    let variances = covariance.diagonal();
    if let Some(position) = covariance.iter().position(|value| !value.is_finite()) {
        return Err(NumericsError::NonFinite { what: "covariance", position });
    }
    if variances.iter().any(|variance| *variance <= 0.0) {
        return Err(NumericsError::ZeroVariance { what: "a package" });
    }
    Ok(variances.iter().map(|variance| variance.sqrt()).collect())
}

fn expect_length(expected: usize, got: usize) -> Result<(), NumericsError> {
    if expected == got { Ok(()) } else { Err(NumericsError::DimensionMismatch { what: "covariance", expected, got }) }
}

/// Scaled to sum one. What a solver leaves within its rounding of zero, on either side, is zero: a package is held or not.
fn normalised(raw: &[f64]) -> Result<Vec<f64>, NumericsError> {
    let largest = raw.iter().copied().fold(0.0, f64::max);
    let positive: Vec<f64> =
        raw.iter().map(|weight| if *weight > ROUNDING * largest { *weight } else { 0.0 }).collect();
    let sum: f64 = positive.iter().sum();
    let usable = raw.iter().all(|weight| weight.is_finite() && *weight >= -1e-6 * largest);
    if !(usable && sum.is_finite() && sum > 0.0) {
        return Err(NumericsError::OutOfRange { what: "weights", why: format!("{raw:?} cannot be held") });
    }
    Ok(positive.iter().map(|weight| weight / sum).collect())
}
