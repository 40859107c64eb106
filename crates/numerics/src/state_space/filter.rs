//! Kalman filter by the univariate treatment of vector observations, with an exact diffuse start.
//!
//! Each period's observations are made uncorrelated ([`super::observation`]) and enter one by one, so no matrix is inverted. While
//! the variance of the state has an infinite part `kappa P_inf + P`, an observation with `F_inf > 0` contributes
//! `-0.5 (ln 2 pi + ln F_inf)` to the likelihood (the convention that keeps all constants).
//!
//! Source: Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., sections 4.3, 4.10, 5.2, 6.4;
//! Koopman & Durbin (2000) Journal of Time Series Analysis 21.
//!
//! # Errors
//! `too_few_observations` without periods, `dimension_mismatch`, `missing_values` for NaN in a system matrix or an infinite
//! observation, `not_psd` for an indefinite covariance, `out_of_range` when the recursion overflows.

use nalgebra::DMatrix;

use super::model::StateSpace;
use super::observation::Observation;
use crate::linalg::{axpy, dot};
use crate::{NumericsError, Result};

const LOG_2PI: f64 = 1.837_877_066_409_345_3;
/// An infinite variance below this share of its own scale counts as zero.
const DIFFUSE_TOLERANCE: f64 = 1e-10;
/// A prediction variance below this share of its parts counts as zero: the observation is already known.
const SINGULAR_TOLERANCE: f64 = 1e-14;

/// Everything the filter found; matrices per period, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct KalmanFilter {
    /// Log-likelihood of the sample.
    pub log_likelihood: f64,
    /// Log-likelihood per period; they sum to the total.
    pub log_likelihood_per_period: Vec<f64>,
    /// Number of scalar observations that served to locate the diffuse start, `-0.5 ln 2 pi` each in the likelihood.
    pub diffuse_observations: usize,
    /// Mean of the state given data up to and including t, one row per period.
    pub filtered_states: DMatrix<f64>,
    /// Mean of the next state given data up to t, one row per period.
    pub predicted_states: DMatrix<f64>,
    states: usize,
    filtered_covariances: Vec<f64>,
    predicted_covariances: Vec<f64>,
}

impl KalmanFilter {
    /// Covariance of the state given data up to and including `t`; the finite part while the start is still diffuse.
    pub fn filtered_covariance(&self, t: usize) -> DMatrix<f64> {
        square(&self.filtered_covariances, self.states, t)
    }

    /// Covariance of the next state given data up to `t`.
    pub fn predicted_covariance(&self, t: usize) -> DMatrix<f64> {
        square(&self.predicted_covariances, self.states, t)
    }
}

pub(super) fn square(values: &[f64], states: usize, t: usize) -> DMatrix<f64> {
    let size = states * states;
    values
        .get(t * size..(t + 1) * size)
        .map_or_else(|| DMatrix::zeros(0, 0), |v| DMatrix::from_row_slice(states, states, v))
}

/// Filters the rows of `y` (NaN is missing).
///
/// # Errors
/// See the module.
pub fn kalman_filter(model: &StateSpace, y: &DMatrix<f64>) -> Result<KalmanFilter> {
    let mut record = Record::default();
    let likelihood = run(model, y, &mut record)?;
    let (periods, states) = (y.nrows(), model.states());
    Ok(KalmanFilter {
        log_likelihood: likelihood.total,
        log_likelihood_per_period: record.log_likelihoods,
        diffuse_observations: likelihood.diffuse_observations,
        filtered_states: DMatrix::from_row_slice(periods, states, &record.filtered_states),
        predicted_states: DMatrix::from_row_slice(periods, states, &record.next_states),
        states,
        filtered_covariances: record.filtered_covariances,
        predicted_covariances: record.next_covariances,
    })
}

/// The log-likelihood alone: nothing is stored on the way.
///
/// # Errors
/// See the module.
pub fn log_likelihood(model: &StateSpace, y: &DMatrix<f64>) -> Result<f64> {
    run(model, y, &mut ()).map(|likelihood| likelihood.total)
}

/// What a run of the filter leaves behind as it goes.
pub(super) trait Sink {
    /// Before the observations of a period; the infinite part only while diffuse.
    fn predicted(&mut self, _mean: &[f64], _covariance: &[f64], _infinite: Option<&[f64]>) {}
    /// After one scalar observation.
    fn updated(&mut self, _update: Update) {}
    /// After the observations of a period.
    fn filtered(&mut self, _mean: &[f64], _covariance: &[f64], _log_likelihood: f64) {}
    /// After the step to the next period.
    fn advanced(&mut self, _mean: &[f64], _covariance: &[f64]) {}
}

impl Sink for () {}

/// One scalar observation as the smoother needs it.
pub(super) struct Update<'a> {
    pub design: &'a [f64],
    pub error: f64,
    /// Prediction variance, zero when the observation was skipped.
    pub variance: f64,
    /// `P z`.
    pub gain: &'a [f64],
    /// Infinite parts of variance and `P z` while diffuse.
    pub infinite: Option<(f64, &'a [f64])>,
}

pub(super) struct Likelihood {
    pub total: f64,
    pub diffuse_observations: usize,
}

#[derive(Default)]
struct Record {
    log_likelihoods: Vec<f64>,
    filtered_states: Vec<f64>,
    filtered_covariances: Vec<f64>,
    next_states: Vec<f64>,
    next_covariances: Vec<f64>,
}

impl Sink for Record {
    fn filtered(&mut self, mean: &[f64], covariance: &[f64], log_likelihood: f64) {
        self.filtered_states.extend_from_slice(mean);
        self.filtered_covariances.extend_from_slice(covariance);
        self.log_likelihoods.push(log_likelihood);
    }

    fn advanced(&mut self, mean: &[f64], covariance: &[f64]) {
        self.next_states.extend_from_slice(mean);
        self.next_covariances.extend_from_slice(covariance);
    }
}

/// Rows of a matrix without their zeros.
pub(super) struct SparseRows {
    starts: Vec<usize>,
    entries: Vec<(usize, f64)>,
}

impl SparseRows {
    pub fn new(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for i in 0..rows {
            entries.extend((0..columns).map(|j| (j, value(i, j))).filter(|entry| entry.1 != 0.0));
            starts.push(entries.len());
        }
        Self { starts, entries }
    }

    pub fn row(&self, i: usize) -> &[(usize, f64)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }

    /// `A x` into `out`.
    pub fn times(&self, x: &[f64], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = self.row(i).iter().map(|&(j, value)| value * x[j]).sum();
        }
    }

    /// `A P A'` into `P` for a symmetric `P` stored by rows; `work` has the size of `P`.
    pub fn sandwich(&self, p: &mut [f64], work: &mut [f64]) {
        let m = self.starts.len() - 1;
        for i in 0..m {
            let target = &mut work[i * m..(i + 1) * m];
            target.fill(0.0);
            for &(j, value) in self.row(i) {
                axpy(value, &p[j * m..(j + 1) * m], target);
            }
        }
        for i in 0..m {
            for j in i..m {
                let value: f64 = self.row(j).iter().map(|&(l, value)| value * work[i * m + l]).sum();
                p[i * m + j] = value;
                p[j * m + i] = value;
            }
        }
    }
}

/// `R Q R'` by rows.
fn shock_covariance(model: &StateSpace) -> Vec<f64> {
    let scaled = crate::linalg::matrix_product(&model.selection, &model.state_covariance);
    let mut covariance = crate::linalg::product_transposed(&scaled, &model.selection);
    crate::linalg::symmetrise(&mut covariance);
    covariance.as_slice().to_vec()
}

pub(super) fn run<S: Sink>(model: &StateSpace, y: &DMatrix<f64>, sink: &mut S) -> Result<Likelihood> {
    model.check(y)?;
    let m = model.states();
    let transition = SparseRows::new(m, m, |i, j| model.transition[(i, j)]);
    let shocks = shock_covariance(model);
    let mut mean = model.initial.mean.clone();
    let mut covariance: Vec<f64> = model.initial.covariance.transpose().as_slice().to_vec();
    let mut infinite = vec![0.0; m * m];
    for (i, _) in model.initial.diffuse.iter().enumerate().filter(|(_, diffuse)| **diffuse) {
        mean[i] = 0.0;
        infinite[i * m + i] = 1.0;
        for j in 0..m {
            covariance[i * m + j] = 0.0;
            covariance[j * m + i] = 0.0;
        }
    }
    let mut diffuse = model.initial.diffuse.contains(&true);
    let mut observation = Observation::default();
    let (mut gain, mut infinite_gain) = (vec![0.0; m], vec![0.0; m]);
    let (mut next_mean, mut work, mut scales) = (vec![0.0; m], vec![0.0; m * m], vec![0.0; m]);
    let mut likelihood = Likelihood { total: 0.0, diffuse_observations: 0 };

    for t in 0..y.nrows() {
        sink.predicted(&mean, &covariance, diffuse.then_some(&infinite));
        observation.prepare(model, y, t)?;
        scales.iter_mut().enumerate().for_each(|(i, scale)| *scale = covariance[i * m + i].max(0.0));
        let mut period = 0.0;
        for i in 0..observation.len() {
            let z = &observation.designs[i * m..(i + 1) * m];
            let error = observation.values[i] - dot(z, &mean);
            multiply(&covariance, z, &mut gain);
            let variance = dot(z, &gain) + observation.variances[i];
            if diffuse {
                multiply(&infinite, z, &mut infinite_gain);
                let infinite_variance = dot(z, &infinite_gain);
                if infinite_variance > DIFFUSE_TOLERANCE * dot(z, z) {
                    let parts = (infinite_variance, &infinite_gain[..]);
                    sink.updated(Update { design: z, error, variance, gain: &gain, infinite: Some(parts) });
                    absorb_diffuse(&mut mean, &mut covariance, &mut infinite, error, variance, &gain, parts);
                    period -= 0.5 * (LOG_2PI + infinite_variance.ln());
                    likelihood.diffuse_observations += 1;
                    continue;
                }
            }
            let parts = observation.variances[i] + z.iter().zip(&scales).map(|(z, scale)| z * z * scale).sum::<f64>();
            if variance <= SINGULAR_TOLERANCE * parts || variance <= 0.0 {
                sink.updated(Update { design: z, error, variance: 0.0, gain: &gain, infinite: None });
                continue;
            }
            sink.updated(Update { design: z, error, variance, gain: &gain, infinite: None });
            axpy(error / variance, &gain, &mut mean);
            for (row, &g) in covariance.chunks_exact_mut(m).zip(&gain) {
                axpy(-g / variance, &gain, row);
            }
            period -= 0.5 * (LOG_2PI + variance.ln() + error * error / variance);
        }
        if !period.is_finite() || mean.iter().any(|value| !value.is_finite()) {
            return Err(NumericsError::OutOfRange {
                what: "state",
                why: format!("the filter overflows in period {t}"),
            });
        }
        likelihood.total += period;
        sink.filtered(&mean, &covariance, period);

        transition.times(&mean, &mut next_mean);
        axpy(1.0, &model.state_intercept, &mut next_mean);
        std::mem::swap(&mut mean, &mut next_mean);
        transition.sandwich(&mut covariance, &mut work);
        axpy(1.0, &shocks, &mut covariance);
        if diffuse {
            transition.sandwich(&mut infinite, &mut work);
            diffuse = infinite.iter().any(|value| value.abs() > DIFFUSE_TOLERANCE);
        }
        sink.advanced(&mean, &covariance);
    }
    Ok(likelihood)
}

/// Symmetric matrix by rows times vector.
pub(super) fn multiply(matrix: &[f64], vector: &[f64], out: &mut [f64]) {
    let m = vector.len();
    out.fill(0.0);
    for (row, &weight) in matrix.chunks_exact(m).zip(vector) {
        if weight != 0.0 {
            axpy(weight, row, out);
        }
    }
}

/// Update while the observation still meets an infinite variance.
fn absorb_diffuse(
    mean: &mut [f64],
    covariance: &mut [f64],
    infinite: &mut [f64],
    error: f64,
    variance: f64,
    gain: &[f64],
    (infinite_variance, infinite_gain): (f64, &[f64]),
) {
    let m = mean.len();
    axpy(error / infinite_variance, infinite_gain, mean);
    let ratio = variance / infinite_variance;
    for i in 0..m {
        let k0 = infinite_gain[i] / infinite_variance;
        for j in 0..m {
            let k0_other = infinite_gain[j] / infinite_variance;
            covariance[i * m + j] += k0 * infinite_gain[j] * ratio - gain[i] * k0_other - k0 * gain[j];
            infinite[i * m + j] -= k0 * infinite_gain[j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state_space::{InitialState, Varying};
    use proptest::prelude::*;

    fn level(observation: f64, state: f64, initial: InitialState) -> StateSpace {
        let scalar = |value: f64| DMatrix::from_element(1, 1, value);
        StateSpace {
            design: Varying::Fixed(scalar(1.0)),
            observation_intercept: Varying::Fixed(vec![0.0]),
            observation_covariance: Varying::Fixed(scalar(observation)),
            transition: scalar(1.0),
            state_intercept: vec![0.0],
            selection: scalar(1.0),
            state_covariance: scalar(state),
            initial,
        }
    }

    #[test]
    fn the_likelihood_of_two_observations_is_the_bivariate_normal() {
        let model = level(0.5, 0.2, InitialState::known(vec![1.0], DMatrix::from_element(1, 1, 0.3)));
        let y = DMatrix::from_column_slice(2, 1, &[1.4, 0.7]);
        let covariance = [[0.8, 0.3], [0.3, 1.0]];
        let determinant: f64 = 0.8 * 1.0 - 0.09;
        let (a, b) = (0.4, -0.3);
        let quadratic = (a * a * covariance[1][1] - 2.0 * a * b * 0.3 + b * b * 0.8) / determinant;
        let expected = -LOG_2PI - 0.5 * determinant.ln() - 0.5 * quadratic;
        assert!((log_likelihood(&model, &y).unwrap() - expected).abs() < 1e-14);
    }

    #[test]
    fn a_diffuse_start_is_the_limit_of_a_large_variance() {
        let y = DMatrix::from_column_slice(4, 1, &[1.0, 1.5, 0.8, 1.1]);
        let exact = kalman_filter(&level(0.5, 0.2, InitialState::diffuse(1)), &y).unwrap();
        let large = InitialState::known(vec![0.0], DMatrix::from_element(1, 1, 1e8));
        let near = kalman_filter(&level(0.5, 0.2, large), &y).unwrap();
        assert!((exact.filtered_states[(3, 0)] - near.filtered_states[(3, 0)]).abs() < 1e-6);
        assert!((exact.log_likelihood - near.log_likelihood - 0.5 * 1e8_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn an_exact_observation_pins_the_state() {
        let model = level(0.0, 0.2, InitialState::known(vec![0.0], DMatrix::from_element(1, 1, 1.0)));
        let y = DMatrix::from_column_slice(3, 1, &[1.0, 2.0, 5.0]);
        let result = kalman_filter(&model, &y).unwrap();
        assert_eq!(result.filtered_states[(2, 0)], 5.0);
        assert_eq!(result.filtered_covariance(2)[(0, 0)], 0.0);
    }

    proptest! {
        #[test]
        fn the_order_of_correlated_series_does_not_matter(
            values in proptest::collection::vec(-2.0..2.0_f64, 10),
            correlation in -0.9..0.9_f64,
        ) {
            let build = |swap: bool| {
                let order = if swap { [1, 0] } else { [0, 1] };
                let design = [[1.0, 0.0], [0.4, 1.0]];
                let noise = [[1.0, correlation * 0.7], [correlation * 0.7, 0.49]];
                StateSpace {
                    design: Varying::Fixed(DMatrix::from_fn(2, 2, |i, j| design[order[i]][j])),
                    observation_intercept: Varying::Fixed(vec![0.0; 2]),
                    observation_covariance: Varying::Fixed(DMatrix::from_fn(2, 2, |i, j| noise[order[i]][order[j]])),
                    transition: DMatrix::from_row_slice(2, 2, &[0.9, 0.1, 0.0, 0.5]),
                    state_intercept: vec![0.1, 0.0],
                    selection: DMatrix::identity(2, 2),
                    state_covariance: DMatrix::identity(2, 2) * 0.3,
                    initial: InitialState::known(vec![0.0; 2], DMatrix::identity(2, 2)),
                }
            };
            let mut y = DMatrix::from_row_slice(5, 2, &values);
            y[(2, 1)] = f64::NAN;
            let swapped = DMatrix::from_fn(5, 2, |t, i| y[(t, 1 - i)]);
            let (a, b) = (kalman_filter(&build(false), &y).unwrap(), kalman_filter(&build(true), &swapped).unwrap());
            prop_assert!((a.log_likelihood - b.log_likelihood).abs() < 1e-10);
            prop_assert!((a.filtered_states - b.filtered_states).amax() < 1e-10);
        }
    }
}
