//! Backtests of expected shortfall (Acerbi and Szekely 2014) and their critical values by simulation.

use rand::{RngExt, SeedableRng};
use rand_distr::{Binomial, Distribution};
use rand_pcg::Pcg64;

use super::coverage::Zone;
use super::distributions::{StudentT, normal_quantile};
use super::parametric::{gaussian_es, standard_student_es};
use super::quantile::{interpolate, mean};
use crate::Result;
use crate::covariance::checks;

/// The two statistics; negative values mean that risk was underestimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcerbiSzekely {
    /// Days with a return below minus VaR.
    pub exceptions: usize,
    /// Mean of `r/ES` over the exceptions, plus one; `None` without exceptions.
    pub z1: Option<f64>,
    /// `sum(r I)/(T alpha ES)` plus one.
    pub z2: f64,
    /// Zone by `z2`: green above -0.7, yellow above -1.8, else red; calibrated for alpha = 2.5% and T = 250.
    pub zone: Zone,
}

/// Acerbi-Szekely tests 1 and 2. `returns` signed, `var` and `es` positive = loss, one forecast per day.
///
/// Errors: lengths, no observation, NaN, `alpha` outside (0, 1), a non-positive ES (`invalid_argument`).
pub fn acerbi_szekely(returns: &[f64], var: &[f64], es: &[f64], alpha: f64) -> Result<AcerbiSzekely> {
    checks::open_unit("alpha", alpha)?;
    checks::at_least(returns.len(), 1)?;
    checks::length("var", returns.len(), var.len())?;
    checks::length("es", returns.len(), es.len())?;
    checks::finite("returns", returns)?;
    checks::finite("var", var)?;
    checks::finite("es", es)?;
    if let Some(bad) = es.iter().find(|&&e| e <= 0.0) {
        return Err(checks::invalid("es", format!("must be > 0, got {bad}")));
    }
    let ratios: Vec<f64> = (0..returns.len()).filter(|&t| returns[t] < -var[t]).map(|t| returns[t] / es[t]).collect();
    let total: f64 = ratios.iter().sum();
    let z2 = total / (returns.len() as f64 * alpha) + 1.0;
    let zone = match z2 {
        z if z > -0.7 => Zone::Green,
        z if z > -1.8 => Zone::Yellow,
        _ => Zone::Red,
    };
    let exceptions = ratios.len();
    let z1 = (exceptions > 0).then(|| total / exceptions as f64 + 1.0);
    Ok(AcerbiSzekely { exceptions, z1, z2, zone })
}

/// Distribution of Z2 when the model is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Z2Distribution {
    /// 5% quantile: reject below it.
    pub critical_5pct: f64,
    /// Mean, zero up to simulation error.
    pub mean: f64,
}

/// Critical value of Z2 by simulation for normal (`nu = None`) or Student t returns, `days` observations, tail `alpha`.
///
/// Only the tail is simulated: a binomial number of exceptions, each an inverse-transform draw below the quantile. One
/// seeded stream, so the answer is a constant. Errors: `alpha` outside (0, 0.5), `nu <= 1`, no days, fewer than 100 paths.
pub fn z2_distribution(days: usize, alpha: f64, nu: Option<f64>, paths: usize, seed: u64) -> Result<Z2Distribution> {
    checks::open_unit("alpha", alpha)?;
    if alpha >= 0.5 {
        return Err(checks::invalid("alpha", format!("must be < 0.5, got {alpha}")));
    }
    checks::at_least(days, 1)?;
    checks::at_least(paths, 100)?;
    if let Some(nu) = nu
        && !(nu > 1.0 && nu.is_finite())
    {
        return Err(checks::invalid("nu", format!("must be > 1, got {nu}")));
    }
    let student = nu.map(StudentT::new);
    let es = match nu {
        Some(nu) => standard_student_es(nu, alpha),
        None => gaussian_es(0.0, 1.0, 1.0 - alpha)?,
    };
    let count = Binomial::new(days as u64, alpha).map_err(|e| checks::invalid("alpha", e.to_string()))?;
    let mut rng = Pcg64::seed_from_u64(seed);
    let scale = days as f64 * alpha * es;
    let mut statistics: Vec<f64> = (0..paths)
        .map(|_| {
            let exceptions = count.sample(&mut rng);
            let mut total = 0.0;
            for _ in 0..exceptions {
                // (0, 1]: the open end is where the quantile is infinite.
                let u = alpha * (1.0 - rng.random::<f64>());
                total += student.map_or_else(|| normal_quantile(u), |t| t.quantile(u));
            }
            total / scale + 1.0
        })
        .collect();
    let average = mean(&statistics);
    let h = 0.05 * (paths - 1) as f64;
    Ok(Z2Distribution { critical_5pct: interpolate(&mut statistics, h), mean: average })
}
