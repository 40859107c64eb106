//! Black and Litterman: an equilibrium, moved by the packages as views.
//!
//! **Equilibrium.** Without opinions the desk would hold the equal-risk book `w0` at its volatility target. Reverse
//! optimisation says what it must then expect: `pi = d S w0`, with the risk aversion `d` of the configuration.
//!
//! **Views.** One a package: it earns `implied_sharpe` a year per unit of its volatility. Conviction is the confidence in
//! it: `tilt * min(1, conviction)`, turned into the variance of the view as Idzorek (2005) and Walters (2014) do. Confidence
//! zero leaves the view out, so a tilt of zero is the equal-risk book.
//!
//! **Weights.** From the posterior mean and the posterior covariance of returns `S + M` (He and Litterman 1999):
//! `(d (S + M))^-1 mean`. Where that would hold a package short, the best book without shorts, by the same mean and
//! covariance: a package is held as its strategies want it or not at all.

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{
    MeanVariance, Posterior, Prior, Sides, Views, black_litterman, idzorek, mean_variance, risk_budgeting,
};

use super::mean_variance::correlations;
use super::{ExpectedReturn, MethodInput, volatilities};

/// How uncertain the views are.
#[derive(Debug, Clone, PartialEq)]
pub enum Uncertainty {
    /// As uncertain as the equilibrium is in their direction: `diag(P tau S P')` (He and Litterman 1999).
    Equilibrium,
    /// Confidence in each, in [0, 1] (Idzorek 2005).
    Confidence(Vec<f64>),
}

/// Posterior of an equilibrium and views, and the optimal weights under it, unscaled.
///
/// # Errors
/// As [`numerics::optimise::black_litterman`], [`numerics::optimise::idzorek`] and
/// [`numerics::optimise::mean_variance`]: dimensions, a singular covariance, confidences outside [0, 1].
pub fn posterior_weights(
    prior: &Prior,
    views: &Views,
    uncertainty: &Uncertainty,
    sides: Sides,
) -> Result<(Posterior, Vec<f64>), NumericsError> {
    let posterior = match uncertainty {
        Uncertainty::Equilibrium => black_litterman(prior, views, None)?,
        Uncertainty::Confidence(confidences) => idzorek(prior, views, confidences)?.posterior,
    };
    let weights = match sides {
        Sides::LongShort => posterior.weights.clone(),
        Sides::LongOnly if posterior.weights.iter().all(|weight| *weight >= 0.0) => posterior.weights.clone(),
        Sides::LongOnly => without_shorts(&posterior, prior.risk_aversion)?,
    };
    Ok((posterior, weights))
}

pub(super) fn weights(input: &MethodInput<'_>) -> Result<(Vec<f64>, Vec<ExpectedReturn>), NumericsError> {
    let config = input.config;
    let volatilities = volatilities(input.covariance)?;
    let n = volatilities.len();
    let equal = risk_budgeting(input.covariance, &vec![1.0 / n as f64; n])?;
    let size = config.volatility_target / equal.volatility;
    if !size.is_finite() {
        return Err(NumericsError::ZeroVariance { what: "the equal-risk book" });
    }
    let prior = Prior {
        covariance: input.covariance.clone(),
        market_weights: equal.weights.iter().map(|weight| weight * size).collect(),
        risk_aversion: config.black_litterman.risk_aversion,
        tau: config.black_litterman.tau,
        equilibrium: None,
    };
    let views = Views {
        portfolios: DMatrix::identity(n, n),
        returns: volatilities.iter().map(|volatility| config.implied_sharpe * volatility).collect(),
    };
    let confidences: Vec<f64> = input.convictions.iter().map(|conviction| input.tilt * conviction.min(1.0)).collect();
    let uncertainty = Uncertainty::Confidence(confidences.clone());
    let (posterior, weights) = posterior_weights(&prior, &views, &uncertainty, Sides::LongOnly)?;
    let expected = (0..n)
        .map(|row| ExpectedReturn {
            view: views.returns[row],
            confidence: confidences[row],
            equilibrium: Some(posterior.equilibrium[row]),
            used: posterior.mean[row],
        })
        .collect();
    Ok((weights, expected))
}

/// `max mean'w - (d/2) w'(S + M) w` over `w >= 0`, solved in units of risk.
fn without_shorts(posterior: &Posterior, risk_aversion: f64) -> Result<Vec<f64>, NumericsError> {
    let volatilities = volatilities(&posterior.covariance)?;
    let n = volatilities.len();
    let solution = mean_variance(&MeanVariance {
        mean: posterior.mean.iter().zip(&volatilities).map(|(mean, volatility)| mean / volatility).collect(),
        covariance: correlations(&posterior.covariance, &volatilities),
        risk_aversion,
        budget: None,
        lower: vec![0.0; n],
        upper: vec![f64::INFINITY; n],
        groups: Vec::new(),
        costs: None,
    })?;
    Ok(solution.weights.iter().zip(&volatilities).map(|(risk, volatility)| risk / volatility).collect())
}
