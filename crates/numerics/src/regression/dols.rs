//! Dynamic least squares of a cointegrating relation.
//!
//! `y_t = c + b' x_t + sum_{j=-lags..leads} g_j' dx_{t+j} + e_t`: leads and lags of the differenced regressors remove the feedback
//! that biases static least squares. The covariance is the long-run variance of the residuals (Bartlett, centred at zero)
//! times `(X'X)^-1`.
//!
//! Source: Stock & Watson (1993) Econometrica 61.
//!
//! # Errors
//! Those of [`super::ols`]; `invalid_argument` when the bandwidth is not below the observations used.

use nalgebra::DMatrix;

use super::hac::bartlett_long_run;
use super::ols::{CoefficientTable, ols, with_constant};
use crate::{NumericsError, Result, validate};

/// A fitted cointegrating relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Dols {
    /// Constant of the relation.
    pub constant: f64,
    /// Slope per regressor.
    pub slopes: Vec<f64>,
    /// Standard error per slope.
    pub slope_std_errors: Vec<f64>,
    /// Constant first, then slopes, by static least squares on the whole sample.
    pub static_coefficients: Vec<f64>,
    /// `y_t - c - b' x_t` on the whole sample: the deviation from the relation, positive when `y` is above it.
    pub deviations: Vec<f64>,
    /// Rows of the dynamic regression.
    pub observations: usize,
}

/// Fits the relation of `y` with the columns of `x` (no constant among them).
///
/// # Errors
/// See the module.
pub fn dols(y: &[f64], x: &DMatrix<f64>, lags: usize, leads: usize, bandwidth: usize) -> Result<Dols> {
    let (n, k) = x.shape();
    validate::same_length("y", n, y.len())?;
    validate::finite("y", y)?;
    validate::finite_matrix("x", x)?;
    if k == 0 {
        return Err(NumericsError::InvalidArgument { what: "x", why: "no regressors".to_owned() });
    }
    let window = lags.saturating_add(leads).saturating_add(1);
    let columns = 1 + k + k.saturating_mul(window);
    validate::at_least(n, window.saturating_add(columns).saturating_add(1))?;
    let rows = n - window;
    let start = lags + 1;
    let design = DMatrix::from_fn(rows, columns, |row, j| {
        let t = start + row;
        match j {
            0 => 1.0,
            j if j <= k => x[(t, j - 1)],
            _ => {
                let (shift, series) = ((j - 1 - k) / k, (j - 1 - k) % k);
                let s = t + shift - lags;
                x[(s, series)] - x[(s - 1, series)]
            }
        }
    });
    let fit = ols(&y[start..start + rows], &design)?;
    if bandwidth >= rows {
        let why = format!("{bandwidth} lags for {rows} observations");
        return Err(NumericsError::InvalidArgument { what: "bandwidth", why });
    }
    let residuals = DMatrix::from_column_slice(rows, 1, &fit.residuals);
    let long_run = bartlett_long_run(&residuals, bandwidth)[(0, 0)] / rows as f64;
    let degrees = fit.degrees_of_freedom() as f64;
    let table = CoefficientTable::from_covariance(&fit.coefficients, &fit.inverse_gram * long_run, degrees);
    let slopes = fit.coefficients[1..=k].to_vec();
    let constant = fit.coefficients[0];
    let deviations = (0..n)
        .map(|t| y[t] - constant - slopes.iter().enumerate().map(|(j, slope)| slope * x[(t, j)]).sum::<f64>())
        .collect();
    Ok(Dols {
        constant,
        slope_std_errors: table.std_errors[1..=k].to_vec(),
        static_coefficients: ols(y, &with_constant(x))?.coefficients,
        deviations,
        slopes,
        observations: rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn the_relation_is_recovered_under_feedback() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(8);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut level = 0.0;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for _ in 0..500 {
            let shock = draw();
            level += shock;
            x.push(level);
            y.push(4.0 + 0.7 * level + 0.8 * shock + 0.3 * draw());
        }
        let fit = dols(&y, &DMatrix::from_vec(500, 1, x), 2, 2, 5).unwrap();
        assert!((fit.slopes[0] - 0.7).abs() < 4.0 * fit.slope_std_errors[0], "{:?}", fit.slopes);
        assert_eq!(fit.deviations.len(), 500);
    }
}
