//! VaR and ES corrected for skewness and kurtosis by the Cornish-Fisher expansion, and its Euler split.

use nalgebra::DMatrix;

use super::distributions::{normal_density, normal_quantile};
use super::moments::Moments;
use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Observations below which third and fourth moments mean nothing.
const MIN_OBSERVATIONS: usize = 4;

/// Modified VaR of one sample. Positive = loss, unit of the returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CornishFisher {
    /// `-(mean + sd z_cf)`.
    pub var: f64,
    /// Modified expected shortfall (Boudt, Peterson and Croux 2008); `None` outside the domain of the expansion, where
    /// the closed form gives nonsense and the caller should fall back to the historical one.
    pub es: Option<f64>,
    /// `-(mean + sd z)`.
    pub gaussian_var: f64,
    /// Skewness, 1/n.
    pub skew: f64,
    /// Excess kurtosis, 1/n.
    pub kurt_excess: f64,
    /// Whether the expansion is monotone at these moments (Maillard 2012).
    pub in_domain: bool,
}

/// Cornish-Fisher VaR and ES with population moments (Zangari 1996; Favre and Galeano 2002).
///
/// `z_cf = z + (z^2-1)S/6 + (z^3-3z)K/24 - (2z^3-5z)S^2/36` at `z = Phi^-1(1 - confidence)`, K excess. The domain is
/// `S^2/9 <= 4(K/8 - S^2/6)(1 - K/8 + 5S^2/36)`. Errors: fewer than 4 observations, NaN, confidence outside (0, 1),
/// `zero_variance`.
pub fn cornish_fisher(returns: &[f64], confidence: f64) -> Result<CornishFisher> {
    checks::open_unit("confidence", confidence)?;
    checks::at_least(returns.len(), MIN_OBSERVATIONS)?;
    checks::finite("returns", returns)?;
    let m = Moments::of(returns).ok_or(NumericsError::ZeroVariance { what: "returns" })?;
    let alpha = 1.0 - confidence;
    let z = normal_quantile(alpha);
    let h = expand(z, m.skew, m.kurt_excess);
    let in_domain = monotone(m.skew, m.kurt_excess);
    let es = in_domain.then(|| m.sd * tail_expectation(h, m.skew, m.kurt_excess) / alpha - m.mean);
    Ok(CornishFisher {
        var: -(m.mean + m.sd * h),
        es,
        gaussian_var: -(m.mean + m.sd * z),
        skew: m.skew,
        kurt_excess: m.kurt_excess,
        in_domain,
    })
}

pub(super) fn expand(z: f64, s: f64, k: f64) -> f64 {
    let z2 = z * z;
    z + (z2 - 1.0) * s / 6.0 + z * (z2 - 3.0) * k / 24.0 - z * (2.0 * z2 - 5.0) * s * s / 36.0
}

pub(super) fn monotone(s: f64, k: f64) -> bool {
    s * s / 9.0 - 4.0 * (k / 8.0 - s * s / 6.0) * (1.0 - k / 8.0 + 5.0 * s * s / 36.0) <= 0.0
}

/// Integral of the second-order Edgeworth density beyond `h`.
fn tail_expectation(h: f64, s: f64, k: f64) -> f64 {
    let h2 = h * h;
    normal_density(h)
        * (1.0
            + s / 6.0 * h2 * h
            + k / 24.0 * ((h2 - 2.0) * h2 - 1.0)
            + s * s / 72.0 * (((h2 - 9.0) * h2 + 9.0) * h2 + 3.0))
}

/// Modified VaR of a portfolio and its split by asset; each split sums to its total.
#[derive(Debug, Clone, PartialEq)]
pub struct CornishFisherComponents {
    /// Modified VaR of the portfolio, positive = loss.
    pub var: f64,
    /// Euler contributions `w_i d var / d w_i`.
    pub contribution: Vec<f64>,
    /// Contribution over the total; zero when the total is.
    pub percent: Vec<f64>,
    /// Gaussian VaR of the portfolio.
    pub gaussian_var: f64,
    /// Its Euler contributions.
    pub gaussian_contribution: Vec<f64>,
}

/// Component modified VaR (Boudt, Peterson and Croux 2008), population moments throughout.
///
/// `x` has time down the rows and one asset per column, `weights` one entry per column. The derivatives of the portfolio's
/// moments come from co-moments with the portfolio, `m3_i = E[z_i z_p^2]`, so no N^4 tensor is formed. Errors: fewer than
/// 4 rows, dimensions, NaN, confidence outside (0, 1), a portfolio without variance.
pub fn component_cornish_fisher(x: &DMatrix<f64>, weights: &[f64], confidence: f64) -> Result<CornishFisherComponents> {
    checks::open_unit("confidence", confidence)?;
    checks::sample("sample", x, MIN_OBSERVATIONS)?;
    checks::length("weights", x.ncols(), weights.len())?;
    checks::finite("weights", weights)?;
    let rows = x.nrows() as f64;
    let means: Vec<f64> = x.column_iter().map(|c| c.sum() / rows).collect();
    let mut portfolio = vec![0.0; x.nrows()];
    for (j, column) in x.column_iter().enumerate() {
        for (p, v) in portfolio.iter_mut().zip(column.iter()) {
            *p += weights[j] * v;
        }
    }
    let m = Moments::of(&portfolio).ok_or(NumericsError::ZeroVariance { what: "portfolio" })?;
    let (s, k) = (m.skew, m.kurt_excess);
    let z = normal_quantile(1.0 - confidence);
    let h = expand(z, s, k);
    let z2 = z * z;
    let dh_ds = (z2 - 1.0) / 6.0 - z * (2.0 * z2 - 5.0) * s / 18.0;
    let dh_dk = z * (z2 - 3.0) / 24.0;

    let mut contribution = Vec::with_capacity(weights.len());
    let mut gaussian_contribution = Vec::with_capacity(weights.len());
    for (j, column) in x.column_iter().enumerate() {
        let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
        for (v, p) in column.iter().zip(&portfolio) {
            let (zi, zp) = (v - means[j], (p - m.mean) / m.sd);
            second += zi * zp;
            third += zi * zp * zp;
            fourth += zi * zp * zp * zp;
        }
        // Derivatives of sd, skewness and kurtosis with respect to the weight of asset j.
        let d_sd = second / rows;
        let d_skew = 3.0 * (third / rows - s * d_sd) / m.sd;
        let d_kurt = 4.0 * (fourth / rows - (k + 3.0) * d_sd) / m.sd;
        let marginal = -means[j] - d_sd * h - m.sd * (dh_ds * d_skew + dh_dk * d_kurt);
        contribution.push(weights[j] * marginal);
        gaussian_contribution.push(weights[j] * (-means[j] - d_sd * z));
    }
    let var = -(m.mean + m.sd * h);
    Ok(CornishFisherComponents {
        percent: contribution.iter().map(|c| if var == 0.0 { 0.0 } else { c / var }).collect(),
        var,
        contribution,
        gaussian_var: -(m.mean + m.sd * z),
        gaussian_contribution,
    })
}
