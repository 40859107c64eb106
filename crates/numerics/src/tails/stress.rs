//! Stress tests in factor space: delta-gamma losses, and what the other factors do when some are stressed.

use nalgebra::{DMatrix, DVector};

use crate::covariance::checks;
use crate::covariance::cholesky::Cholesky;
use crate::linalg::product;
use crate::{NumericsError, Result};

/// Sensitivities of a book: P&L of a factor move x is `delta'x + x'Gamma x / 2`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaGamma {
    /// Money per unit of each factor.
    pub delta: Vec<f64>,
    /// Money per unit squared, symmetric.
    pub gamma: DMatrix<f64>,
}

/// A stress of some factors, completed for the others.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionalStress {
    /// All factors: stressed ones as given, the others at their conditional mean `S21 S11^-1 x1`.
    pub factors: Vec<f64>,
    /// P&L at those factors.
    pub pnl: f64,
    /// Conditional covariance of the factors that were not stressed, in their order.
    pub covariance: DMatrix<f64>,
    /// Distance `sqrt(x1'S11^-1 x1)` of the stress in standard deviations: its implausibility.
    pub mahalanobis: f64,
}

impl DeltaGamma {
    /// Checks the shapes. Errors: `dimension_mismatch`, NaN, asymmetric gamma.
    pub fn new(delta: Vec<f64>, gamma: DMatrix<f64>) -> Result<Self> {
        checks::finite("delta", &delta)?;
        checks::symmetric("gamma", &gamma)?;
        checks::length("gamma", delta.len(), gamma.nrows())?;
        Ok(Self { delta, gamma })
    }

    /// P&L of one factor move, gains positive.
    pub fn pnl(&self, shock: &[f64]) -> Result<f64> {
        checks::length("shock", self.delta.len(), shock.len())?;
        checks::finite("shock", shock)?;
        let x = DVector::from_column_slice(shock);
        let linear: f64 = self.delta.iter().zip(shock).map(|(d, x)| d * x).sum();
        Ok(linear + 0.5 * x.dot(&(&self.gamma * &x)))
    }

    /// Mean `tr(Gamma S)/2` and variance `delta'S delta + tr((Gamma S)^2)/2` of the P&L under normal factors
    /// (Britten-Jones and Schaefer 1999).
    pub fn moments(&self, factor_cov: &DMatrix<f64>) -> Result<(f64, f64)> {
        checks::covariance("factor_cov", factor_cov)?;
        checks::length("factor_cov", self.delta.len(), factor_cov.nrows())?;
        let delta = DVector::from_column_slice(&self.delta);
        let gs = product(&self.gamma, factor_cov);
        let variance = delta.dot(&(factor_cov * &delta)) + 0.5 * product(&gs, &gs).trace();
        Ok((0.5 * gs.trace(), variance))
    }

    /// Conditional stress (Kupiec 1998): factor `stressed[k]` moves by `values[k]`, the others follow.
    ///
    /// Errors: dimensions, an index out of range or given twice (`invalid_argument`), NaN, a stressed block that is not
    /// positive definite (`singular`).
    pub fn conditional(
        &self,
        factor_cov: &DMatrix<f64>,
        stressed: &[usize],
        values: &[f64],
    ) -> Result<ConditionalStress> {
        checks::covariance("factor_cov", factor_cov)?;
        checks::length("factor_cov", self.delta.len(), factor_cov.nrows())?;
        checks::length("stress_values", stressed.len(), values.len())?;
        checks::finite("stress_values", values)?;
        let n = self.delta.len();
        for (k, &i) in stressed.iter().enumerate() {
            if i >= n {
                let why = format!("factor {i} of {n}");
                return Err(NumericsError::OutOfRange { what: "stressed", why });
            }
            if stressed[..k].contains(&i) {
                return Err(checks::invalid("stressed", format!("factor {i} appears twice")));
            }
        }
        let free: Vec<usize> = (0..n).filter(|i| !stressed.contains(i)).collect();
        if stressed.is_empty() {
            let covariance = factor_cov.clone();
            return Ok(ConditionalStress { factors: vec![0.0; n], pnl: 0.0, covariance, mahalanobis: 0.0 });
        }
        let block = |rows: &[usize], columns: &[usize]| {
            DMatrix::from_fn(rows.len(), columns.len(), |i, j| factor_cov[(rows[i], columns[j])])
        };
        let s11 = Cholesky::new(&block(stressed, stressed), 1e-14)
            .ok_or(NumericsError::Singular { what: "covariance of the stressed factors" })?;
        let s12 = block(stressed, &free);
        let x1 = DVector::from_column_slice(values);
        let weights = s11.solve(&x1);
        let implied = s12.tr_mul(&weights);
        let covariance = block(&free, &free) - s12.tr_mul(&s11.solve_matrix(&s12));

        let mut factors = vec![0.0; n];
        for (&i, &v) in stressed.iter().zip(values) {
            factors[i] = v;
        }
        for (&i, &v) in free.iter().zip(implied.iter()) {
            factors[i] = v;
        }
        let pnl = self.pnl(&factors)?;
        Ok(ConditionalStress { pnl, factors, covariance, mahalanobis: x1.dot(&weights).max(0.0).sqrt() })
    }
}
