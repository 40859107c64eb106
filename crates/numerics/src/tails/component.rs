//! Euler decomposition of Gaussian VaR: what each position adds to the risk of the whole.

use nalgebra::{DMatrix, DVector};

use super::distributions::normal_quantile;
use crate::Result;
use crate::covariance::checks;

/// A risk measure and its split by position. `component` sums to `total`.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Risk of the whole, positive = loss.
    pub total: f64,
    /// Change of the total per unit of position, `d total / d x_i`; zero when the total is.
    pub marginal: Vec<f64>,
    /// `x_i` times the marginal; negative for a hedge.
    pub component: Vec<f64>,
    /// Component over total as a fraction; zero when the total is.
    pub percent: Vec<f64>,
    /// Stand-alone risk of each position, `z |x_i| sd_i`.
    pub individual: Vec<f64>,
    /// Sum of the stand-alone risks.
    pub undiversified: f64,
    /// `total` minus the total without position i: what removing it saves.
    pub incremental_removal: Vec<f64>,
    /// `(S x)_i / (x'S x) sum(x)`; zero when the total is.
    pub beta: Vec<f64>,
}

/// Gaussian VaR `z_c sqrt(w'S w)` of zero-mean positions and its Euler split (Jorion 2007, ch. 7).
///
/// `weights` may be weights or money; the result is in the same unit times that of a return. `cov` is per period.
/// Errors: confidence outside (0.5, 1), dimensions, NaN, negative variance (`not_psd`).
pub fn component_var(weights: &[f64], cov: &DMatrix<f64>, confidence: f64) -> Result<Components> {
    checks::open_unit("confidence", confidence)?;
    if confidence <= 0.5 {
        return Err(checks::invalid("confidence", format!("must exceed 0.5, got {confidence}")));
    }
    component_var_at(weights, cov, -normal_quantile(1.0 - confidence))
}

/// [`component_var`] with the quantile given directly: `z = 1.65`, or 1 to split the standard deviation itself.
pub fn component_var_at(weights: &[f64], cov: &DMatrix<f64>, z: f64) -> Result<Components> {
    checks::positive("z", z)?;
    checks::covariance("cov", cov)?;
    checks::length("weights", cov.nrows(), weights.len())?;
    checks::finite("weights", weights)?;

    let n = weights.len();
    let x = DVector::from_column_slice(weights);
    let sx = cov * &x;
    let variance = x.dot(&sx);
    let gross: f64 = (0..n).map(|i| weights[i].abs() * cov[(i, i)].sqrt()).sum();
    if variance < -1e-12 * gross * gross {
        return Err(crate::NumericsError::NotPsd { what: "cov", why: format!("portfolio variance {variance}") });
    }
    // A perfect hedge leaves rounding noise of either sign: its risk is zero.
    let sd = if variance <= 1e-28 * gross * gross { 0.0 } else { variance.sqrt() };
    let total = z * sd;
    let per_sd = |v: f64| if sd > 0.0 { v / sd } else { 0.0 };
    let marginal: Vec<f64> = sx.iter().map(|&v| z * per_sd(v)).collect();
    let component: Vec<f64> = marginal.iter().zip(weights).map(|(m, w)| m * w).collect();
    let individual: Vec<f64> = (0..n).map(|i| z * weights[i].abs() * cov[(i, i)].sqrt()).collect();
    let net: f64 = weights.iter().sum();
    let incremental_removal = (0..n)
        .map(|i| {
            let rest = variance - 2.0 * weights[i] * sx[i] + weights[i] * weights[i] * cov[(i, i)];
            total - z * rest.max(0.0).sqrt()
        })
        .collect();
    Ok(Components {
        percent: component.iter().map(|c| if total > 0.0 { c / total } else { 0.0 }).collect(),
        beta: sx.iter().map(|&v| if sd > 0.0 { v / variance * net } else { 0.0 }).collect(),
        undiversified: individual.iter().sum(),
        total,
        marginal,
        component,
        individual,
        incremental_removal,
    })
}
