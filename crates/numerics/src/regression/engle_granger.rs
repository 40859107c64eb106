//! Engle-Granger two-step test of cointegration.
//!
//! Step one: least squares of `y` on a constant (and trends) and the other series; step two: Dickey-Fuller without deterministic
//! terms on the residuals, with p-values for as many variables as series. Small p-values speak for cointegration.
//!
//! Source: Engle & Granger (1987) Econometrica 55; MacKinnon (1994, 2010).
//!
//! # Errors
//! Those of [`super::ols`] and [`super::adf`]; `invalid_argument` without other series or with no deterministic term,
//! `out_of_range` beyond six series.

use nalgebra::DMatrix;

use super::adf::{Deterministic, adf_statistic};
use super::mackinnon::{critical_values, mackinnon_p_value};
use super::ols::ols;
use crate::{NumericsError, Result, validate};

/// Result of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct EngleGranger {
    /// Dickey-Fuller statistic of the residuals.
    pub statistic: f64,
    /// Asymptotic p-value of no cointegration.
    pub p_value: f64,
    /// Critical values at 1, 5 and 10 percent.
    pub critical_values: [f64; 3],
    /// Coefficients of the first step: constant, trends, then the other series.
    pub coefficients: Vec<f64>,
    /// Residuals of the first step: the deviation from equilibrium.
    pub residuals: Vec<f64>,
}

/// Tests whether `y` is cointegrated with the columns of `x` (which holds no constant).
///
/// # Errors
/// See the module.
pub fn engle_granger(y: &[f64], x: &DMatrix<f64>, lags: usize, deterministic: Deterministic) -> Result<EngleGranger> {
    let trends = match deterministic {
        Deterministic::None => {
            let why = "the first step needs a constant".to_owned();
            return Err(NumericsError::InvalidArgument { what: "deterministic", why });
        }
        Deterministic::Constant => 1,
        Deterministic::ConstantTrend => 2,
        Deterministic::ConstantQuadraticTrend => 3,
    };
    if x.ncols() == 0 {
        return Err(NumericsError::InvalidArgument { what: "x", why: "no other series".to_owned() });
    }
    validate::same_length("y", x.nrows(), y.len())?;
    let design = DMatrix::from_fn(x.nrows(), trends + x.ncols(), |t, j| {
        if j < trends { ((t + 1) as f64).powi(j as i32) } else { x[(t, j - trends)] }
    });
    let fit = ols(y, &design)?;
    // Residuals at rounding level mean that the series are linear combinations of each other.
    if fit.ssr <= (x.nrows() as f64 * f64::EPSILON).powi(2) * crate::linalg::dot(y, y) {
        return Err(NumericsError::RankDeficient { rank: x.ncols(), columns: x.ncols() + 1 });
    }
    let (statistic, _) = adf_statistic(&fit.residuals, lags, Deterministic::None)?;
    let variables = x.ncols() + 1;
    Ok(EngleGranger {
        statistic,
        p_value: mackinnon_p_value(statistic, deterministic, variables)?,
        critical_values: critical_values(deterministic, variables, y.len() - 1)?,
        coefficients: fit.coefficients,
        residuals: fit.residuals,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn a_common_trend_is_found_and_independent_walks_are_not() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(3);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let (mut a, mut b) = (0.0, 0.0);
        let walks: Vec<(f64, f64, f64)> = (0..300)
            .map(|_| {
                a += draw();
                b += draw();
                (a, b, draw())
            })
            .collect();
        let x = DMatrix::from_fn(300, 1, |t, _| walks[t].0);
        let tied: Vec<f64> = walks.iter().map(|walk| 2.0 + 1.5 * walk.0 + walk.2).collect();
        let free: Vec<f64> = walks.iter().map(|walk| walk.1).collect();
        let found = engle_granger(&tied, &x, 1, Deterministic::Constant).unwrap();
        assert!(found.p_value < 1e-4 && (found.coefficients[1] - 1.5).abs() < 0.05);
        assert!(engle_granger(&free, &x, 1, Deterministic::Constant).unwrap().p_value > 0.05);
    }
}
