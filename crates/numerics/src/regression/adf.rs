//! Augmented Dickey-Fuller test of a unit root.
//!
//! `dx_t = d_t + rho x_{t-1} + sum_{j=1..L} c_j dx_{t-j} + e_t`; the statistic is the t value of rho, the null hypothesis is a
//! unit root (rho = 0), small p-values speak for stationarity. The sample is the n - 1 - L rows on which every lag exists;
//! the trend counts 1, 2, ... over them.
//!
//! Source: Dickey & Fuller (1979); p-values and critical values by MacKinnon (1994, 2010).
//!
//! # Errors
//! `missing_values`, `too_few_observations`, `zero_variance` on a constant series, `rank_deficient` when the differences do not
//! vary.

use nalgebra::DMatrix;

use super::mackinnon::{critical_values, mackinnon_p_value};
use super::ols::ols;
use crate::{NumericsError, Result, validate};

/// Deterministic terms of a Dickey-Fuller regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deterministic {
    /// None.
    None,
    /// A constant.
    Constant,
    /// A constant and a linear trend.
    ConstantTrend,
    /// A constant, a linear and a quadratic trend.
    ConstantQuadraticTrend,
}

impl Deterministic {
    fn terms(self) -> usize {
        match self {
            Self::None => 0,
            Self::Constant => 1,
            Self::ConstantTrend => 2,
            Self::ConstantQuadraticTrend => 3,
        }
    }
}

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdfTest {
    /// t value of the lagged level.
    pub statistic: f64,
    /// Asymptotic p-value of a unit root.
    pub p_value: f64,
    /// Rows of the regression.
    pub observations: usize,
    /// Critical values at 1, 5 and 10 percent for this sample size.
    pub critical_values: [f64; 3],
}

/// Tests a series with a given number of lagged differences.
///
/// # Errors
/// See the module.
pub fn adf(series: &[f64], lags: usize, deterministic: Deterministic) -> Result<AdfTest> {
    let (statistic, observations) = adf_statistic(series, lags, deterministic)?;
    Ok(AdfTest {
        statistic,
        p_value: mackinnon_p_value(statistic, deterministic, 1)?,
        observations,
        critical_values: critical_values(deterministic, 1, observations)?,
    })
}

pub(super) fn adf_statistic(series: &[f64], lags: usize, deterministic: Deterministic) -> Result<(f64, usize)> {
    validate::finite("series", series)?;
    let columns = 1 + lags + deterministic.terms();
    let needed = lags.saturating_add(columns).saturating_add(2);
    validate::at_least(series.len(), needed)?;
    if validate::is_constant(series) {
        return Err(NumericsError::ZeroVariance { what: "series" });
    }
    let differences: Vec<f64> = series.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let rows = differences.len() - lags;
    let x = DMatrix::from_fn(rows, columns, |t, j| match j {
        0 => series[t + lags],
        j if j <= lags => differences[t + lags - j],
        j => ((t + 1) as f64).powi((j - lags - 1) as i32),
    });
    let fit = ols(&differences[lags..], &x)?;
    Ok((fit.table.t_stats[0], rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn autoregression(rho: f64) -> Vec<f64> {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(17);
        let mut level = 0.0;
        (0..400)
            .map(|_| {
                let shock: f64 = StandardNormal.sample(&mut rng);
                level = rho * level + shock;
                level
            })
            .collect()
    }

    #[test]
    fn a_stationary_series_is_told_from_a_random_walk() {
        assert!(adf(&autoregression(0.5), 1, Deterministic::Constant).unwrap().p_value < 1e-6);
        assert!(adf(&autoregression(1.0), 1, Deterministic::Constant).unwrap().p_value > 0.1);
    }

    #[test]
    fn the_statistic_ignores_scale_and_level() {
        let series = autoregression(0.9);
        let moved: Vec<f64> = series.iter().map(|value| 50.0 + 3.0 * value).collect();
        let (a, b) = (adf(&series, 2, Deterministic::ConstantTrend), adf(&moved, 2, Deterministic::ConstantTrend));
        assert!((a.unwrap().statistic - b.unwrap().statistic).abs() < 1e-9);
    }
}
