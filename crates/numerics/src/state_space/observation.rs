//! One period's observations as uncorrelated scalars.
//!
//! A vector observation with covariance H is turned by the unit lower factor of `H = L D L'` into scalars with variances D; the
//! determinant of L is one, so the likelihood is unchanged and a singular H needs no special treatment. Missing elements are
//! left out before.

use nalgebra::DMatrix;

use super::model::StateSpace;
use crate::{NumericsError, Result};

/// The available observations of one period.
#[derive(Debug, Default)]
pub(super) struct Observation {
    /// Rows of the transformed design, one after the other.
    pub designs: Vec<f64>,
    /// Transformed observations net of the intercept.
    pub values: Vec<f64>,
    /// Their variances.
    pub variances: Vec<f64>,
    available: Vec<usize>,
    lower: Vec<f64>,
    prepared_for: Option<Vec<usize>>,
}

impl Observation {
    /// Number of scalars.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Prepares period `t`; what does not change between periods is reused.
    ///
    /// # Errors
    /// `not_psd` when the covariance of the period is indefinite.
    pub fn prepare(&mut self, model: &StateSpace, y: &DMatrix<f64>, t: usize) -> Result<()> {
        self.available.clear();
        self.available.extend((0..y.ncols()).filter(|&i| !y[(t, i)].is_nan()));
        let intercept = model.observation_intercept.at(t);
        self.values.clear();
        self.values.extend(self.available.iter().map(|&i| y[(t, i)] - intercept[i]));
        let constant = model.design.is_fixed() && model.observation_covariance.is_fixed();
        if !(constant && self.prepared_for.as_ref() == Some(&self.available)) {
            self.factorise(model.observation_covariance.at(t))?;
            self.transform_design(model.design.at(t));
            self.prepared_for = Some(self.available.clone());
        }
        let k = self.available.len();
        for i in 1..k {
            for j in 0..i {
                self.values[i] -= self.lower[i * k + j] * self.values[j];
            }
        }
        Ok(())
    }

    fn factorise(&mut self, covariance: &DMatrix<f64>) -> Result<()> {
        let k = self.available.len();
        self.lower.clear();
        self.lower.resize(k * k, 0.0);
        self.variances.clear();
        let scale = self.available.iter().fold(0.0_f64, |scale, &i| scale.max(covariance[(i, i)].abs()));
        let floor = 1e-12 * scale;
        for i in 0..k {
            for j in 0..i {
                let mut value = covariance[(self.available[i], self.available[j])];
                for l in 0..j {
                    value -= self.lower[i * k + l] * self.lower[j * k + l] * self.variances[l];
                }
                self.lower[i * k + j] = if self.variances[j] > floor { value / self.variances[j] } else { 0.0 };
            }
            let mut pivot = covariance[(self.available[i], self.available[i])];
            for l in 0..i {
                pivot -= self.lower[i * k + l] * self.lower[i * k + l] * self.variances[l];
            }
            if pivot < -floor {
                return Err(NumericsError::NotPsd { what: "observation covariance", why: format!("pivot {pivot:e}") });
            }
            self.variances.push(pivot.max(0.0));
        }
        Ok(())
    }

    fn transform_design(&mut self, design: &DMatrix<f64>) {
        let (k, m) = (self.available.len(), design.ncols());
        self.designs.clear();
        for &i in &self.available {
            self.designs.extend((0..m).map(|j| design[(i, j)]));
        }
        for i in 1..k {
            for j in 0..i {
                let weight = self.lower[i * k + j];
                if weight != 0.0 {
                    let (done, current) = self.designs.split_at_mut(i * m);
                    crate::linalg::axpy(-weight, &done[j * m..(j + 1) * m], &mut current[..m]);
                }
            }
        }
    }
}
