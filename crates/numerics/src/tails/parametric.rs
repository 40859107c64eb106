//! VaR and ES of a normal or Student t return. Positive = loss.

use super::distributions::{StudentT, normal_density, normal_quantile};
use crate::Result;
use crate::covariance::checks;

/// Gaussian VaR: `z_c sd - mean`, per period, same unit as `sd`.
///
/// Errors: confidence outside (0, 1), negative or non-finite `sd`, non-finite `mean`.
///
/// ```
/// assert!((numerics::tails::gaussian_var(0.0, 1.0, 0.99)? - 2.326_347_874_040_841).abs() < 1e-14);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn gaussian_var(mean: f64, sd: f64, confidence: f64) -> Result<f64> {
    check(mean, sd, confidence)?;
    Ok(-normal_quantile(1.0 - confidence) * sd - mean)
}

/// Gaussian expected shortfall: `sd phi(z_c)/(1 - c) - mean`.
pub fn gaussian_es(mean: f64, sd: f64, confidence: f64) -> Result<f64> {
    check(mean, sd, confidence)?;
    let alpha = 1.0 - confidence;
    Ok(sd * normal_density(normal_quantile(alpha)) / alpha - mean)
}

/// Student t VaR with `sd` the STANDARD DEVIATION of the return: the t is scaled by `sqrt((nu - 2)/nu)`, `nu > 2`.
pub fn student_var(mean: f64, sd: f64, nu: f64, confidence: f64) -> Result<f64> {
    check(mean, sd, confidence)?;
    let scale = scale(sd, nu)?;
    Ok(-StudentT::new(nu).quantile(1.0 - confidence) * scale - mean)
}

/// Student t expected shortfall with `sd` the standard deviation: `scale f(q)/(1-c) (nu + q^2)/(nu - 1) - mean`.
pub fn student_es(mean: f64, sd: f64, nu: f64, confidence: f64) -> Result<f64> {
    check(mean, sd, confidence)?;
    let scale = scale(sd, nu)?;
    Ok(scale * standard_student_es(nu, 1.0 - confidence) - mean)
}

/// Gaussian VaR over `days` independent days: mean times days, deviation times the root of days.
pub fn gaussian_var_horizon(mean: f64, sd: f64, confidence: f64, days: f64) -> Result<f64> {
    checks::positive("days", days)?;
    gaussian_var(mean * days, sd * days.sqrt(), confidence)
}

/// Expected shortfall of the unscaled t at tail probability `alpha`, `nu > 1`.
pub(crate) fn standard_student_es(nu: f64, alpha: f64) -> f64 {
    let t = StudentT::new(nu);
    let q = t.quantile(alpha);
    t.density(q) / alpha * (nu + q * q) / (nu - 1.0)
}

fn scale(sd: f64, nu: f64) -> Result<f64> {
    if nu.is_nan() || nu <= 2.0 {
        return Err(checks::invalid("nu", format!("must be > 2 for a standard deviation to exist, got {nu}")));
    }
    checks::finite_scalar("nu", nu)?;
    Ok(sd * ((nu - 2.0) / nu).sqrt())
}

fn check(mean: f64, sd: f64, confidence: f64) -> Result<()> {
    checks::open_unit("confidence", confidence)?;
    checks::finite_scalar("mean", mean)?;
    checks::finite_scalar("sd", sd)?;
    if sd < 0.0 { Err(checks::invalid("sd", format!("must be >= 0, got {sd}"))) } else { Ok(()) }
}
