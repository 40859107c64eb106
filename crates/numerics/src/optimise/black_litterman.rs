//! Black-Litterman posterior and Idzorek's confidences.

use nalgebra::{DMatrix, DVector};

use crate::covariance::checks;
use crate::covariance::cholesky::Cholesky;
use crate::linalg::product;
use crate::{NumericsError, Result};

/// The prior: a market in equilibrium.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// Covariance of returns.
    pub covariance: DMatrix<f64>,
    /// Market weights; they give the equilibrium returns `delta S w`.
    pub market_weights: Vec<f64>,
    /// Risk aversion `delta`.
    pub risk_aversion: f64,
    /// Uncertainty of the prior mean relative to the covariance.
    pub tau: f64,
    /// Equilibrium returns, when not `delta S w`.
    pub equilibrium: Option<Vec<f64>>,
}

/// Views `P mu = Q + e`, one per row of `portfolios`.
#[derive(Debug, Clone, PartialEq)]
pub struct Views {
    /// Portfolio of each view in a row.
    pub portfolios: DMatrix<f64>,
    /// Return of each view portfolio.
    pub returns: Vec<f64>,
}

/// Posterior of Black and Litterman.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Equilibrium returns used.
    pub equilibrium: Vec<f64>,
    /// Posterior mean.
    pub mean: Vec<f64>,
    /// Covariance M of the posterior mean.
    pub covariance_of_mean: DMatrix<f64>,
    /// Posterior covariance of returns, S + M.
    pub covariance: DMatrix<f64>,
    /// `(delta (S + M))^-1 mean` (He and Litterman 1999); sums to 1/(1 + tau) without views.
    pub weights: Vec<f64>,
    /// `(delta S)^-1 mean` (Idzorek 2005).
    pub weights_prior_covariance: Vec<f64>,
    /// Uncertainty of the views used.
    pub omega: DMatrix<f64>,
}

/// Posterior given views. `omega = None` means `diag(P tau S P')` (He and Litterman 1999).
///
/// K-form: `mean = pi + tau S P' (P tau S P' + Omega)^-1 (Q - P pi)`, so certain views (`omega` zero) need no inverse.
/// Errors: dimensions, NaN, `tau` or `delta` <= 0, a singular covariance or system (contradictory certain views).
pub fn black_litterman(prior: &Prior, views: &Views, omega: Option<&DMatrix<f64>>) -> Result<Posterior> {
    let k = check(prior, views)?;
    let pi = equilibrium(prior);
    let factor = Cholesky::new(&prior.covariance, 1e-14).ok_or(NumericsError::Singular { what: "covariance" })?;
    let scaled = &prior.covariance * prior.tau;
    let (mean, covariance_of_mean, omega) = if k == 0 {
        (pi.clone(), scaled, DMatrix::zeros(0, 0))
    } else {
        let spread = spread(prior, views);
        let view_cov = product(&views.portfolios, &spread);
        let omega = match omega {
            Some(given) => {
                checks::symmetric("omega", given)?;
                checks::length("omega", k, given.nrows())?;
                given.clone()
            }
            None => DMatrix::from_diagonal(&view_cov.diagonal()),
        };
        let system = Cholesky::new(&symmetrised(view_cov + &omega), 1e-14)
            .ok_or(NumericsError::Singular { what: "covariance of the views" })?;
        let surprise = DVector::from_column_slice(&views.returns) - &views.portfolios * &pi;
        let mean = &pi + &spread * system.solve(&surprise);
        let m = scaled - product(&spread, &system.solve_matrix(&spread.transpose()));
        (mean, symmetrised(m), omega)
    };
    let covariance = &prior.covariance + &covariance_of_mean;
    let posterior =
        Cholesky::new(&covariance, 1e-14).ok_or(NumericsError::Singular { what: "posterior covariance" })?;
    let delta = prior.risk_aversion;
    let weights = posterior.solve(&mean) / delta;
    let prior_weights = factor.solve(&mean) / delta;
    Ok(Posterior {
        equilibrium: pi.as_slice().to_vec(),
        mean: mean.as_slice().to_vec(),
        covariance_of_mean,
        covariance,
        weights: weights.as_slice().to_vec(),
        weights_prior_covariance: prior_weights.as_slice().to_vec(),
        omega,
    })
}

/// Posterior under confidences, with the weights of full confidence for comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfidencePosterior {
    /// Variance of each view implied by its confidence.
    pub omega: Vec<f64>,
    /// Posterior with that uncertainty.
    pub posterior: Posterior,
    /// `(delta S)^-1 mean` when every view is certain.
    pub weights_full_confidence: Vec<f64>,
}

/// Idzorek's method in closed form (Walters 2014): view k with confidence c in (0, 1] gets the variance
/// `(1 - c)/c p_k tau S p_k'`; confidence 1 is a certain view, confidence 0 leaves the view out.
///
/// Errors: as [`black_litterman`]; confidences outside [0, 1].
pub fn idzorek(prior: &Prior, views: &Views, confidences: &[f64]) -> Result<ConfidencePosterior> {
    let k = check(prior, views)?;
    checks::length("confidence", k, confidences.len())?;
    if let Some(c) = confidences.iter().find(|c| !(0.0..=1.0).contains(*c)) {
        return Err(checks::invalid("confidence", format!("must lie in [0, 1], got {c}")));
    }
    let variances =
        if k == 0 { DVector::zeros(0) } else { product(&views.portfolios, &spread(prior, views)).diagonal() };
    let omega: Vec<f64> =
        (0..k)
            .map(|i| {
                if confidences[i] == 0.0 {
                    f64::INFINITY
                } else {
                    (1.0 - confidences[i]) / confidences[i] * variances[i]
                }
            })
            .collect();
    let kept: Vec<usize> = (0..k).filter(|&i| omega[i].is_finite()).collect();
    let of = |keep: &[usize]| Views {
        portfolios: views.portfolios.select_rows(keep),
        returns: keep.iter().map(|&i| views.returns[i]).collect(),
    };
    let used = of(&kept);
    let diagonal = DVector::from_iterator(kept.len(), kept.iter().map(|&i| omega[i]));
    let posterior =
        black_litterman(prior, &used, Some(&DMatrix::from_diagonal(&diagonal)).filter(|_| !kept.is_empty()))?;
    let certain = black_litterman(prior, views, Some(&DMatrix::zeros(k, k)).filter(|_| k > 0))?;
    Ok(ConfidencePosterior { omega, posterior, weights_full_confidence: certain.weights_prior_covariance })
}

/// `tau S P'`.
fn spread(prior: &Prior, views: &Views) -> DMatrix<f64> {
    product(&prior.covariance, &views.portfolios.transpose()) * prior.tau
}

fn equilibrium(prior: &Prior) -> DVector<f64> {
    match &prior.equilibrium {
        Some(given) => DVector::from_column_slice(given),
        None => &prior.covariance * DVector::from_column_slice(&prior.market_weights) * prior.risk_aversion,
    }
}

fn symmetrised(m: DMatrix<f64>) -> DMatrix<f64> {
    (&m + m.transpose()) * 0.5
}

fn check(prior: &Prior, views: &Views) -> Result<usize> {
    checks::covariance("covariance", &prior.covariance)?;
    let n = prior.covariance.nrows();
    checks::positive("delta", prior.risk_aversion)?;
    checks::positive("tau", prior.tau)?;
    match &prior.equilibrium {
        Some(pi) => {
            checks::length("pi", n, pi.len())?;
            checks::finite("pi", pi)?;
        }
        None => {
            checks::length("market weights", n, prior.market_weights.len())?;
            checks::finite("market weights", &prior.market_weights)?;
        }
    }
    let k = views.portfolios.nrows();
    checks::length("view returns", k, views.returns.len())?;
    if k > 0 {
        checks::length("view portfolios", n, views.portfolios.ncols())?;
    }
    checks::finite("view portfolios", views.portfolios.as_slice())?;
    checks::finite("view returns", &views.returns)?;
    Ok(k)
}
