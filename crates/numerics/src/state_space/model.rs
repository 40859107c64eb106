//! The matrices of a state-space model and what they must satisfy.

use nalgebra::DMatrix;

use crate::linalg::symmetric_eigen;
use crate::{NumericsError, Result, validate};

/// A system matrix that is the same in every period or given per period.
#[derive(Debug, Clone, PartialEq)]
pub enum Varying<T> {
    /// The same in every period.
    Fixed(T),
    /// One per period.
    PerPeriod(Vec<T>),
}

impl<T> Varying<T> {
    /// The matrix of period `t`; the length was checked against the data.
    pub(super) fn at(&self, t: usize) -> &T {
        match self {
            Self::Fixed(value) => value,
            Self::PerPeriod(values) => &values[t],
        }
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn values(&self) -> &[T] {
        match self {
            Self::Fixed(value) => std::slice::from_ref(value),
            Self::PerPeriod(values) => values,
        }
    }
}

/// The state at the first observation before it is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct InitialState {
    /// Mean; ignored where diffuse.
    pub mean: Vec<f64>,
    /// Covariance of the elements that are not diffuse.
    pub covariance: DMatrix<f64>,
    /// True for elements about which nothing is known.
    pub diffuse: Vec<bool>,
}

impl InitialState {
    /// Known mean and covariance.
    pub fn known(mean: Vec<f64>, covariance: DMatrix<f64>) -> Self {
        let diffuse = vec![false; mean.len()];
        Self { mean, covariance, diffuse }
    }

    /// Nothing known about any of `states` elements.
    pub fn diffuse(states: usize) -> Self {
        Self { mean: vec![0.0; states], covariance: DMatrix::zeros(states, states), diffuse: vec![true; states] }
    }
}

/// A linear Gaussian model with m states, p observed series and r shocks.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSpace {
    /// Z, p by m.
    pub design: Varying<DMatrix<f64>>,
    /// d, length p.
    pub observation_intercept: Varying<Vec<f64>>,
    /// H, p by p.
    pub observation_covariance: Varying<DMatrix<f64>>,
    /// T, m by m.
    pub transition: DMatrix<f64>,
    /// c, length m.
    pub state_intercept: Vec<f64>,
    /// R, m by r.
    pub selection: DMatrix<f64>,
    /// Q, r by r.
    pub state_covariance: DMatrix<f64>,
    /// State before the first observation.
    pub initial: InitialState,
}

impl StateSpace {
    /// Number of states.
    pub fn states(&self) -> usize {
        self.transition.nrows()
    }

    /// Refuses shapes that do not agree with each other and the data, missing values and indefinite covariances.
    pub(super) fn check(&self, y: &DMatrix<f64>) -> Result<()> {
        let (periods, series) = y.shape();
        let states = self.transition.nrows();
        validate::at_least(periods, 1)?;
        if states == 0 || series == 0 {
            return Err(NumericsError::InvalidArgument { what: "model", why: "no states or no series".to_owned() });
        }
        shape("transition", &self.transition, states, states)?;
        shape("selection", &self.selection, states, self.selection.ncols())?;
        let shocks = self.selection.ncols();
        covariance("state covariance", &self.state_covariance, shocks)?;
        covariance("initial covariance", &self.initial.covariance, states)?;
        validate::same_length("state intercept", states, self.state_intercept.len())?;
        validate::finite("state intercept", &self.state_intercept)?;
        validate::same_length("initial mean", states, self.initial.mean.len())?;
        validate::finite("initial mean", &self.initial.mean)?;
        validate::same_length("diffuse flags", states, self.initial.diffuse.len())?;
        per_period("design", &self.design, periods)?;
        per_period("observation intercept", &self.observation_intercept, periods)?;
        per_period("observation covariance", &self.observation_covariance, periods)?;
        for design in self.design.values() {
            shape("design", design, series, states)?;
        }
        for intercept in self.observation_intercept.values() {
            validate::same_length("observation intercept", series, intercept.len())?;
            validate::finite("observation intercept", intercept)?;
        }
        match &self.observation_covariance {
            Varying::Fixed(matrix) => covariance("observation covariance", matrix, series)?,
            // Indefinite matrices of single periods are found when they are factorised.
            Varying::PerPeriod(matrices) => {
                for matrix in matrices {
                    shape("observation covariance", matrix, series, series)?;
                }
            }
        }
        match y.as_slice().iter().position(|value| value.is_infinite()) {
            Some(position) => Err(NumericsError::NonFinite { what: "y", position }),
            None => Ok(()),
        }
    }
}

fn shape(what: &'static str, matrix: &DMatrix<f64>, rows: usize, columns: usize) -> Result<()> {
    validate::same_length(what, rows, matrix.nrows())?;
    validate::same_length(what, columns, matrix.ncols())?;
    validate::finite_matrix(what, matrix)
}

fn per_period<T>(what: &'static str, values: &Varying<T>, periods: usize) -> Result<()> {
    match values {
        Varying::Fixed(_) => Ok(()),
        Varying::PerPeriod(values) => validate::same_length(what, periods, values.len()),
    }
}

fn covariance(what: &'static str, matrix: &DMatrix<f64>, size: usize) -> Result<()> {
    shape(what, matrix, size, size)?;
    let largest = matrix.amax();
    for i in 0..size {
        for j in 0..i {
            if (matrix[(i, j)] - matrix[(j, i)]).abs() > 1e-9 * largest {
                return Err(NumericsError::NotPsd { what, why: format!("not symmetric at ({i}, {j})") });
            }
        }
    }
    let diagonal = (0..size).all(|i| (0..i).all(|j| matrix[(i, j)] == 0.0));
    let smallest = if diagonal {
        (0..size).map(|i| matrix[(i, i)]).fold(f64::INFINITY, f64::min)
    } else {
        symmetric_eigen(matrix)?.values.last().copied().unwrap_or(0.0)
    };
    if smallest < -1e-10 * largest {
        return Err(NumericsError::NotPsd { what, why: format!("smallest eigenvalue {smallest:e}") });
    }
    Ok(())
}
