//! Fixed-interval smoother: the state given the whole sample.
//!
//! Backward recursions of the score vector r and its variance N through the scalar observations stored by the filter, so nothing is
//! inverted. During the diffuse start r and N carry terms in 1/kappa and 1/kappa^2, and the means and variances are their exact
//! limits.
//!
//! Source: Durbin & Koopman (2012), sections 4.4, 5.3 and 6.4; de Jong (1989).
//!
//! # Errors
//! Those of the filter; `too_few_observations` when the sample does not determine the diffuse start.

use nalgebra::DMatrix;

use super::filter::{Sink, SparseRows, Update, multiply, run, square};
use super::model::StateSpace;
use crate::linalg::{axpy, dot, matrix_product, transposed_product};
use crate::{NumericsError, Result};

/// Smoothed means and variances.
#[derive(Debug, Clone, PartialEq)]
pub struct KalmanSmoother {
    /// Mean of the state given the whole sample, one row per period.
    pub states: DMatrix<f64>,
    /// Variances of the elements of the state, one row per period.
    pub variances: DMatrix<f64>,
    /// Log-likelihood of the sample.
    pub log_likelihood: f64,
    covariances: Vec<f64>,
}

impl KalmanSmoother {
    /// Covariance of the state of period `t` given the whole sample.
    pub fn covariance(&self, t: usize) -> DMatrix<f64> {
        square(&self.covariances, self.states.ncols(), t)
    }
}

#[derive(Default)]
struct Tape {
    means: Vec<f64>,
    covariances: Vec<f64>,
    /// Infinite parts of the first periods.
    infinite: Vec<f64>,
    diffuse_periods: usize,
    /// Number of scalar observations before each period.
    starts: Vec<usize>,
    designs: Vec<f64>,
    gains: Vec<f64>,
    errors: Vec<f64>,
    variances: Vec<f64>,
    /// Infinite parts of the scalar observations that met one.
    infinite_variances: Vec<f64>,
    infinite_gains: Vec<f64>,
    still_diffuse: bool,
}

impl Sink for Tape {
    fn predicted(&mut self, mean: &[f64], covariance: &[f64], infinite: Option<&[f64]>) {
        self.means.extend_from_slice(mean);
        self.covariances.extend_from_slice(covariance);
        self.starts.push(self.errors.len());
        if let Some(infinite) = infinite {
            self.infinite.extend_from_slice(infinite);
            self.diffuse_periods += 1;
        }
    }

    fn updated(&mut self, update: Update) {
        self.designs.extend_from_slice(update.design);
        self.gains.extend_from_slice(update.gain);
        self.errors.push(update.error);
        self.variances.push(update.variance);
        match update.infinite {
            Some((variance, gain)) => {
                self.infinite_variances.push(variance);
                self.infinite_gains.extend_from_slice(gain);
            }
            // Observations of diffuse periods that meet no infinite variance keep the positions aligned.
            None if self.diffuse_periods == self.starts.len() => {
                self.infinite_variances.push(0.0);
                self.infinite_gains.extend(std::iter::repeat_n(0.0, update.gain.len()));
            }
            None => {}
        }
    }
}

/// Smooths the rows of `y` (NaN is missing).
///
/// # Errors
/// See the module.
pub fn kalman_smoother(model: &StateSpace, y: &DMatrix<f64>) -> Result<KalmanSmoother> {
    let mut tape = Tape::default();
    let likelihood = run(model, y, &mut tape)?;
    let (periods, m) = (y.nrows(), model.states());
    tape.still_diffuse = tape.diffuse_periods == periods && unresolved(&tape, m);
    if tape.still_diffuse {
        let needed = model.initial.diffuse.iter().filter(|diffuse| **diffuse).count();
        return Err(NumericsError::TooFewObservations { got: likelihood.diffuse_observations, needed });
    }
    tape.starts.push(tape.errors.len());

    let transposed = SparseRows::new(m, m, |i, j| model.transition[(j, i)]);
    let mut scores = Scores::new(m);
    let mut states = DMatrix::zeros(periods, m);
    let mut variances = DMatrix::zeros(periods, m);
    let mut covariances = vec![0.0; periods * m * m];
    for t in (0..periods).rev() {
        if t + 1 < periods {
            scores.step_back(&transposed, t + 1 < tape.diffuse_periods);
        }
        let diffuse = t < tape.diffuse_periods;
        for i in (tape.starts[t]..tape.starts[t + 1]).rev() {
            scores.absorb(&tape, i, diffuse);
        }
        let mean = &tape.means[t * m..(t + 1) * m];
        let covariance = &tape.covariances[t * m * m..(t + 1) * m * m];
        let infinite = diffuse.then(|| &tape.infinite[t * m * m..(t + 1) * m * m]);
        let smoothed = &mut covariances[t * m * m..(t + 1) * m * m];
        scores.smoothed_covariance(covariance, infinite, smoothed);
        for (i, value) in scores.smoothed_mean(mean, covariance, infinite).into_iter().enumerate() {
            states[(t, i)] = value;
            variances[(t, i)] = smoothed[i * m + i];
        }
    }
    Ok(KalmanSmoother { states, variances, log_likelihood: likelihood.total, covariances })
}

/// True when the infinite part of the last period survives its own observations.
fn unresolved(tape: &Tape, m: usize) -> bool {
    let last = tape.starts.len() - 1;
    let mut infinite = tape.infinite[last * m * m..].to_vec();
    for i in tape.starts[last]..tape.errors.len() {
        let variance = tape.infinite_variances[i];
        if variance > 0.0 {
            let gain = &tape.infinite_gains[i * m..(i + 1) * m];
            for (row, &g) in infinite.chunks_exact_mut(m).zip(gain) {
                axpy(-g / variance, gain, row);
            }
        }
    }
    infinite.iter().any(|value| value.abs() > 1e-10)
}

/// r and N with their terms in 1/kappa and 1/kappa^2.
struct Scores {
    m: usize,
    r0: Vec<f64>,
    r1: Vec<f64>,
    n0: DMatrix<f64>,
    n1: DMatrix<f64>,
    n2: DMatrix<f64>,
    work: Vec<f64>,
    product: Vec<f64>,
}

impl Scores {
    fn new(m: usize) -> Self {
        let zero = || DMatrix::zeros(m, m);
        Self {
            m,
            r0: vec![0.0; m],
            r1: vec![0.0; m],
            n0: zero(),
            n1: zero(),
            n2: zero(),
            work: vec![0.0; m * m],
            product: vec![0.0; m],
        }
    }

    fn step_back(&mut self, transposed: &SparseRows, diffuse: bool) {
        let mut moved = vec![0.0; self.m];
        transposed.times(&self.r0, &mut moved);
        self.r0.copy_from_slice(&moved);
        transposed.sandwich(self.n0.as_mut_slice(), &mut self.work);
        // The terms in 1/kappa are zero until the backward pass reaches the diffuse periods.
        if diffuse {
            transposed.times(&self.r1, &mut moved);
            self.r1.copy_from_slice(&moved);
            transposed.sandwich(self.n1.as_mut_slice(), &mut self.work);
            transposed.sandwich(self.n2.as_mut_slice(), &mut self.work);
        }
    }

    fn absorb(&mut self, tape: &Tape, i: usize, diffuse: bool) {
        let m = self.m;
        let z = &tape.designs[i * m..(i + 1) * m];
        let gain = &tape.gains[i * m..(i + 1) * m];
        let (error, variance) = (tape.errors[i], tape.variances[i]);
        let infinite_variance = if diffuse { tape.infinite_variances[i] } else { 0.0 };
        if infinite_variance > 0.0 {
            let infinite_gain = &tape.infinite_gains[i * m..(i + 1) * m];
            self.absorb_diffuse(z, gain, infinite_gain, error, variance, infinite_variance);
            return;
        }
        if variance == 0.0 {
            return;
        }
        let projection = dot(gain, &self.r0) / variance;
        axpy(error / variance - projection, z, &mut self.r0);
        quadratic_update(self.n0.as_mut_slice(), z, gain, variance, Some(1.0 / variance), &mut self.product);
        if diffuse {
            let projection = dot(gain, &self.r1) / variance;
            axpy(-projection, z, &mut self.r1);
            quadratic_update(self.n1.as_mut_slice(), z, gain, variance, None, &mut self.product);
            quadratic_update(self.n2.as_mut_slice(), z, gain, variance, None, &mut self.product);
        }
    }

    /// Terms of L = I - K z' with K = K0 + K1/kappa + K2/kappa^2.
    fn absorb_diffuse(
        &mut self,
        z: &[f64],
        gain: &[f64],
        infinite_gain: &[f64],
        error: f64,
        variance: f64,
        infinite: f64,
    ) {
        let m = self.m;
        let ratio = variance / infinite;
        let column = |f: &dyn Fn(usize) -> f64| DMatrix::from_fn(m, m, |i, j| f(i) * z[j]);
        let k1 = |i: usize| gain[i] / infinite - infinite_gain[i] * ratio / infinite;
        let l0 = DMatrix::identity(m, m) - column(&|i| infinite_gain[i] / infinite);
        let l1 = -column(&k1);
        let l2 = column(&|i| ratio * k1(i));
        let outer = DMatrix::from_fn(m, m, |i, j| z[i] * z[j]);
        let both = |a: &DMatrix<f64>, n: &DMatrix<f64>, b: &DMatrix<f64>| {
            let half = sandwich(a, n, b);
            &half + half.transpose()
        };
        let n2 = sandwich(&l0, &self.n2, &l0)
            + both(&l1, &self.n1, &l0)
            + sandwich(&l1, &self.n0, &l1)
            + both(&l2, &self.n0, &l0)
            - &outer * (ratio / infinite);
        let n1 = sandwich(&l0, &self.n1, &l0) + both(&l1, &self.n0, &l0) + outer / infinite;
        let n0 = sandwich(&l0, &self.n0, &l0);
        let r0 = crate::linalg::transposed_matrix_vector(&l0, &self.r0);
        let mut r1 = crate::linalg::transposed_matrix_vector(&l0, &self.r1);
        axpy(1.0, &crate::linalg::transposed_matrix_vector(&l1, &self.r0), &mut r1);
        axpy(error / infinite, z, &mut r1);
        (self.n0, self.n1, self.n2, self.r0, self.r1) = (n0, n1, n2, r0, r1);
    }

    fn smoothed_mean(&mut self, mean: &[f64], covariance: &[f64], infinite: Option<&[f64]>) -> Vec<f64> {
        let mut smoothed = mean.to_vec();
        multiply(covariance, &self.r0, &mut self.product);
        axpy(1.0, &self.product, &mut smoothed);
        if let Some(infinite) = infinite {
            multiply(infinite, &self.r1, &mut self.product);
            axpy(1.0, &self.product, &mut smoothed);
        }
        smoothed
    }

    fn smoothed_covariance(&mut self, covariance: &[f64], infinite: Option<&[f64]>, out: &mut [f64]) {
        let m = self.m;
        // N P by rows, then P - P (N P), one triangle.
        for i in 0..m {
            multiply(covariance, column_of(&self.n0, i), &mut self.product);
            self.work[i * m..(i + 1) * m].copy_from_slice(&self.product);
        }
        for i in 0..m {
            self.product.copy_from_slice(&covariance[i * m..(i + 1) * m]);
            for (l, &weight) in covariance[i * m..(i + 1) * m].iter().enumerate() {
                axpy(-weight, &self.work[l * m..(l + 1) * m], &mut self.product);
            }
            for j in i..m {
                out[i * m + j] = self.product[j];
                out[j * m + i] = self.product[j];
            }
        }
        let Some(infinite) = infinite else {
            return;
        };
        let p = DMatrix::from_row_slice(m, m, covariance);
        let p_infinite = DMatrix::from_row_slice(m, m, infinite);
        let cross = sandwich(&p_infinite, &self.n1, &p);
        let correction = &cross + cross.transpose() + sandwich(&p_infinite, &self.n2, &p_infinite);
        for i in 0..m {
            for j in 0..m {
                out[i * m + j] -= 0.5 * (correction[(i, j)] + correction[(j, i)]);
            }
        }
    }
}

/// `A' N B`; the covariances that stand for `A` are symmetric.
fn sandwich(a: &DMatrix<f64>, n: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    transposed_product(a, &matrix_product(n, b))
}

fn column_of(matrix: &DMatrix<f64>, j: usize) -> &[f64] {
    let rows = matrix.nrows();
    &matrix.as_slice()[j * rows..(j + 1) * rows]
}

/// `L' N L (+ z z' / F)` in place for `L = I - g z' / F`.
fn quadratic_update(n: &mut [f64], z: &[f64], gain: &[f64], variance: f64, added: Option<f64>, product: &mut [f64]) {
    let m = z.len();
    multiply(n, gain, product);
    product.iter_mut().for_each(|value| *value /= variance);
    let curvature = dot(gain, product) / variance + added.unwrap_or(0.0);
    for i in 0..m {
        if z[i] != 0.0 {
            axpy(curvature * z[i], z, &mut n[i * m..(i + 1) * m]);
            axpy(-z[i], product, &mut n[i * m..(i + 1) * m]);
        }
        axpy(-product[i], z, &mut n[i * m..(i + 1) * m]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state_space::{InitialState, Varying, kalman_filter};

    fn trend(initial: InitialState) -> StateSpace {
        StateSpace {
            design: Varying::Fixed(DMatrix::from_row_slice(1, 2, &[1.0, 0.0])),
            observation_intercept: Varying::Fixed(vec![0.0]),
            observation_covariance: Varying::Fixed(DMatrix::from_element(1, 1, 1.0)),
            transition: DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 0.0, 1.0]),
            state_intercept: vec![0.0; 2],
            selection: DMatrix::identity(2, 2),
            state_covariance: DMatrix::from_row_slice(2, 2, &[0.3, 0.0, 0.0, 0.1]),
            initial,
        }
    }

    fn sample() -> DMatrix<f64> {
        let mut y = DMatrix::from_fn(9, 1, |t, _| t as f64 + (t as f64 * 1.3).sin());
        y[(0, 0)] = f64::NAN;
        y[(4, 0)] = f64::NAN;
        y
    }

    #[test]
    fn a_diffuse_start_is_the_limit_of_a_large_variance() {
        let exact = kalman_smoother(&trend(InitialState::diffuse(2)), &sample()).unwrap();
        // Beyond 1e5 the approximation itself loses digits to cancellation.
        let large = InitialState::known(vec![0.0; 2], DMatrix::identity(2, 2) * 1e5);
        let near = kalman_smoother(&trend(large), &sample()).unwrap();
        assert!((&exact.states - &near.states).amax() < 1e-4);
        assert!((&exact.variances - &near.variances).amax() < 1e-4);
    }

    #[test]
    fn the_last_smoothed_state_is_the_filtered_one() {
        let model = trend(InitialState::known(vec![0.0; 2], DMatrix::identity(2, 2)));
        let (filter, smoother) =
            (kalman_filter(&model, &sample()).unwrap(), kalman_smoother(&model, &sample()).unwrap());
        assert!((filter.filtered_states.row(8) - smoother.states.row(8)).amax() < 1e-13);
        assert!((filter.filtered_covariance(8) - smoother.covariance(8)).amax() < 1e-13);
    }

    #[test]
    fn a_start_that_the_sample_does_not_determine_is_refused() {
        let y = DMatrix::from_element(1, 1, 1.0);
        assert_eq!(kalman_smoother(&trend(InitialState::diffuse(2)), &y).unwrap_err().code(), "too_few_observations");
    }
}
