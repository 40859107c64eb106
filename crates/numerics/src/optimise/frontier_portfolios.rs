//! The named portfolios of the efficient frontier: minimum variance, tangency, maximum diversification.

use nalgebra::{DMatrix, DVector};

use super::quadratic_program::{Row, solve};
use crate::covariance::cholesky::Cholesky;
use crate::covariance::{checks, standard_deviations};
use crate::{NumericsError, Result};

/// A fully invested portfolio and the ratio it optimises.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontierPortfolio {
    /// Weights, sum 1.
    pub weights: Vec<f64>,
    /// Volatility, Sharpe ratio or diversification ratio, as the function says.
    pub value: f64,
}

/// Whether weights may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Long and short.
    LongShort,
    /// No negative weights.
    LongOnly,
}

/// Global minimum variance portfolio; `value` is its volatility. Errors: `singular` matrix, dimensions, NaN.
pub fn minimum_variance(cov: &DMatrix<f64>, sides: Sides) -> Result<FrontierPortfolio> {
    let factor = factorise(cov)?;
    let n = cov.nrows();
    let weights = match sides {
        Sides::LongShort => normalised(factor.solve(&DVector::from_element(n, 1.0)).as_slice())?,
        Sides::LongOnly => {
            let mut rows = long_only(n);
            rows.push(Row { entries: (0..n).map(|i| (i, 1.0)).collect(), lower: 1.0, upper: 1.0 });
            let scale = 1.0 / cov.amax();
            normalised(&solve(&(cov * scale), &vec![0.0; n], &rows, |k| format!("constraint {k}"))?.x)?
        }
    };
    let value = volatility(cov, &weights);
    Ok(FrontierPortfolio { weights, value })
}

/// Tangency portfolio `S^-1(mu - rf)` scaled to sum 1; `value` is its Sharpe ratio `(mu'w - rf)/sqrt(w'Sw)`.
///
/// Long-only by the homogeneous program: minimise `y'Sy` with `(mu - rf)'y = 1`, `y >= 0`. Errors: `singular` matrix,
/// excess weights that sum to zero or no asset above the risk-free rate (`out_of_range`), dimensions, NaN.
pub fn tangency(mean: &[f64], cov: &DMatrix<f64>, risk_free: f64, sides: Sides) -> Result<FrontierPortfolio> {
    checks::finite("mean", mean)?;
    checks::finite_scalar("risk_free", risk_free)?;
    let factor = factorise(cov)?;
    checks::length("mean", cov.nrows(), mean.len())?;
    let excess = DVector::from_iterator(mean.len(), mean.iter().map(|m| m - risk_free));
    let weights = match sides {
        Sides::LongShort => normalised(factor.solve(&excess).as_slice())?,
        Sides::LongOnly => maximise_ratio(cov, excess.as_slice())?,
    };
    let reward: f64 = excess.iter().zip(&weights).map(|(e, w)| e * w).sum();
    let value = reward / volatility(cov, &weights);
    Ok(FrontierPortfolio { weights, value })
}

/// Long-only maximum diversification portfolio (Choueifaty and Coignard 2008); `value` is `w'sd / sqrt(w'Sw)`.
///
/// Errors: `singular` matrix, a zero variance, dimensions, NaN.
pub fn maximum_diversification(cov: &DMatrix<f64>) -> Result<FrontierPortfolio> {
    factorise(cov)?;
    let sd = standard_deviations(cov)?;
    let weights = maximise_ratio(cov, &sd)?;
    let mean_sd: f64 = sd.iter().zip(&weights).map(|(s, w)| s * w).sum();
    let value = mean_sd / volatility(cov, &weights);
    Ok(FrontierPortfolio { weights, value })
}

/// Long-only weights that maximise `reward'w / sqrt(w'Sw)`.
fn maximise_ratio(cov: &DMatrix<f64>, reward: &[f64]) -> Result<Vec<f64>> {
    let n = reward.len();
    let best = reward.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if best <= 0.0 {
        return Err(NumericsError::OutOfRange {
            what: "reward",
            why: "no asset earns more than the risk-free rate".into(),
        });
    }
    let mut rows = long_only(n);
    rows.push(Row { entries: reward.iter().map(|r| r / best).enumerate().collect(), lower: 1.0, upper: 1.0 });
    let scale = 1.0 / cov.amax();
    let y = solve(&(cov * scale), &vec![0.0; n], &rows, |k| format!("constraint {k}"))?.x;
    let positive: Vec<f64> = y.into_iter().map(|v| v.max(0.0)).collect();
    normalised(&positive)
}

fn long_only(n: usize) -> Vec<Row> {
    (0..n).map(|i| Row { entries: vec![(i, 1.0)], lower: 0.0, upper: f64::INFINITY }).collect()
}

fn factorise(cov: &DMatrix<f64>) -> Result<Cholesky> {
    checks::covariance("cov", cov)?;
    Cholesky::new(cov, 1e-13).ok_or(NumericsError::Singular { what: "covariance" })
}

fn normalised(raw: &[f64]) -> Result<Vec<f64>> {
    let (sum, gross) = raw.iter().fold((0.0, 0.0), |(s, g), v| (s + v, g + v.abs()));
    if !(sum.abs() > 1e-12 * gross && gross > 0.0) {
        return Err(NumericsError::OutOfRange { what: "weights", why: format!("sum {sum} cannot be scaled to 1") });
    }
    Ok(raw.iter().map(|v| v / sum).collect())
}

fn volatility(cov: &DMatrix<f64>, weights: &[f64]) -> f64 {
    let w = DVector::from_column_slice(weights);
    w.dot(&(cov * &w)).max(0.0).sqrt()
}
