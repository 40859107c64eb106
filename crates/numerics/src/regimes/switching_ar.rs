//! Hamilton's autoregression with a switching mean.
//!
//! `y_t - mu_{S_t} = sum_j phi_j (y_{t-j} - mu_{S_{t-j}}) + e_t, e ~ N(0, sigma2)`. The filter runs over the 2^(p+1) joint states of
//! `S_t, ..., S_{t-p}`, started from the ergodic distribution; the first p observations are conditioned on, so results start at t = p.
//! The smoother is exact on the joint states.
//!
//! Maximum likelihood: BFGS on logits of the probabilities and the log variance, then a simplex polish; regimes are labelled by mean, low
//! first.
//!
//! Worked value: Hamilton's US output growth, 1951 to 1984: means -0.359 and 1.164, stay 0.755 and 0.905, log-likelihood -181.263.
//! Source: Hamilton (1989) Econometrica 57; Kim (1994).
//!
//! # Errors
//! `missing_values`, `too_few_observations`, `invalid_argument` for a probability outside [0, 1], a variance that is not positive, an order above
//! 10 or a chain without a unique ergodic distribution; `zero_variance` on a constant series; `not_converged`.

use nalgebra::DMatrix;

use crate::minimise::{bfgs, simplex};
use crate::{NumericsError, Result, validate};

/// Joint states grow as two to the order.
const HIGHEST_ORDER: usize = 10;

/// Transition probabilities of two regimes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoStateChain {
    /// Probability of staying in regime 0.
    pub stay_low: f64,
    /// Probability of moving from regime 1 to regime 0.
    pub to_low: f64,
}

impl TwoStateChain {
    /// The transition matrix, rows "from".
    pub fn transition(&self) -> DMatrix<f64> {
        DMatrix::from_row_slice(2, 2, &[self.stay_low, 1.0 - self.stay_low, self.to_low, 1.0 - self.to_low])
    }

    /// The ergodic distribution.
    ///
    /// # Errors
    /// `invalid_argument` for a probability outside [0, 1] or when neither regime is ever left.
    pub fn ergodic(&self) -> Result<[f64; 2]> {
        validate::probability("probability of staying in regime 0", self.stay_low)?;
        validate::probability("probability of moving to regime 0", self.to_low)?;
        let leaving = 1.0 - self.stay_low;
        if leaving + self.to_low == 0.0 {
            let why = "neither regime is ever left, no unique ergodic distribution".to_owned();
            return Err(NumericsError::InvalidArgument { what: "transition", why });
        }
        let low = self.to_low / (self.to_low + leaving);
        Ok([low, 1.0 - low])
    }

    /// Expected length of a stay in each regime, in periods; infinite when it is never left.
    pub fn expected_durations(&self) -> [f64; 2] {
        [1.0 / (1.0 - self.stay_low), 1.0 / self.to_low]
    }
}

/// Parameters of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchingAr {
    /// The chain.
    pub chain: TwoStateChain,
    /// Mean per regime.
    pub means: [f64; 2],
    /// Variance of the shocks.
    pub variance: f64,
    /// Autoregressive coefficients, nearest lag first; may be empty.
    pub coefficients: Vec<f64>,
}

/// Probabilities of the two regimes, rows from t = order.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchingPosterior {
    /// Log-likelihood given the first observations.
    pub log_likelihood: f64,
    /// Given data up to t.
    pub filtered: DMatrix<f64>,
    /// Given the whole sample.
    pub smoothed: DMatrix<f64>,
}

/// Maximum likelihood estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchingArFit {
    /// The parameters, low mean first.
    pub model: SwitchingAr,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
}

/// Filters and smooths the regimes at given parameters.
///
/// # Errors
/// See the module.
pub fn markov_switching_ar(y: &[f64], model: &SwitchingAr) -> Result<SwitchingPosterior> {
    check_series(y, model.coefficients.len())?;
    let mut tape = Vec::new();
    let log_likelihood = filter(y, model, Some(&mut tape))?;
    let joint = 1 << (model.coefficients.len() + 1);
    let periods = tape.len() / joint;
    let filtered = marginals(&tape, joint);
    let smoothed = marginals(&smooth(&tape, joint, model), joint);
    Ok(SwitchingPosterior {
        log_likelihood,
        filtered: DMatrix::from_row_slice(periods, 2, &filtered),
        smoothed: DMatrix::from_row_slice(periods, 2, &smoothed),
    })
}

/// Maximises the likelihood from a start.
///
/// # Errors
/// See the module.
pub fn fit_markov_switching_ar(y: &[f64], start: &SwitchingAr) -> Result<SwitchingArFit> {
    let order = start.coefficients.len();
    check_series(y, order)?;
    validate::at_least(y.len(), 2 * order + 7)?;
    if validate::is_constant(y) {
        return Err(NumericsError::ZeroVariance { what: "y" });
    }
    filter(y, start, None)?;
    let logit = |p: f64| {
        let inside = p.clamp(1e-6, 1.0 - 1e-6);
        (inside / (1.0 - inside)).ln()
    };
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let model = |point: &[f64]| SwitchingAr {
        chain: TwoStateChain { stay_low: logistic(point[0]), to_low: logistic(point[1]) },
        means: [point[2], point[3]],
        variance: point[4].exp(),
        coefficients: point[5..].to_vec(),
    };
    let objective = |point: &[f64]| filter(y, &model(point), None).map_or(f64::INFINITY, |value| -value);
    let mut origin = vec![
        logit(start.chain.stay_low),
        logit(start.chain.to_low),
        start.means[0],
        start.means[1],
        start.variance.ln(),
    ];
    origin.extend_from_slice(&start.coefficients);
    let first = bfgs(&objective, &origin);
    let edges = vec![0.01; origin.len()];
    let polished = simplex(&objective, &first.point, &edges, 4000);
    let best = if polished.value < first.value { bfgs(&objective, &polished.point) } else { first };
    if !best.value.is_finite() {
        return Err(NumericsError::NotConverged { what: "Markov switching likelihood", iterations: best.iterations });
    }
    Ok(SwitchingArFit { model: low_first(model(&best.point)), log_likelihood: -best.value })
}

fn low_first(model: SwitchingAr) -> SwitchingAr {
    if model.means[0] <= model.means[1] {
        return model;
    }
    let TwoStateChain { stay_low, to_low } = model.chain;
    SwitchingAr {
        chain: TwoStateChain { stay_low: 1.0 - to_low, to_low: 1.0 - stay_low },
        means: [model.means[1], model.means[0]],
        ..model
    }
}

fn check_series(y: &[f64], order: usize) -> Result<()> {
    if order > HIGHEST_ORDER {
        let why = format!("{order} is above {HIGHEST_ORDER}");
        return Err(NumericsError::InvalidArgument { what: "order", why });
    }
    validate::finite("y", y)?;
    validate::at_least(y.len(), order + 1)
}

/// Forward recursion; the filtered joint probabilities go to the tape. Bit j of a joint state is the regime j periods ago.
fn filter(y: &[f64], model: &SwitchingAr, mut tape: Option<&mut Vec<f64>>) -> Result<f64> {
    let ergodic = model.chain.ergodic()?;
    validate::positive("variance", model.variance)?;
    validate::finite("means", &model.means)?;
    validate::finite("coefficients", &model.coefficients)?;
    let order = model.coefficients.len();
    let joint = 1_usize << (order + 1);
    let moves = moves(&model.chain);
    // Probability of each joint state before the first usable observation.
    let mut predicted: Vec<f64> = (0..joint)
        .map(|state| {
            let regime = |lag: usize| state >> lag & 1;
            (0..order).fold(ergodic[regime(order)], |p, lag| p * moves[regime(lag + 1)][regime(lag)])
        })
        .collect();
    // Means implied by each joint state do not change over time.
    let offsets: Vec<f64> = (0..joint)
        .map(|state| {
            let mean = |lag: usize| model.means[state >> lag & 1];
            mean(0) - model.coefficients.iter().enumerate().map(|(j, phi)| phi * mean(j + 1)).sum::<f64>()
        })
        .collect();
    let constant = -0.5 * ((2.0 * std::f64::consts::PI).ln() + model.variance.ln());
    let mut filtered = vec![0.0; joint];
    let mut log_likelihood = 0.0;
    for t in order..y.len() {
        let own = y[t] - model.coefficients.iter().enumerate().map(|(j, phi)| phi * y[t - j - 1]).sum::<f64>();
        let mut peak = f64::NEG_INFINITY;
        for (state, value) in filtered.iter_mut().enumerate() {
            let error = own - offsets[state];
            *value = -0.5 * error * error / model.variance;
            if predicted[state] > 0.0 {
                peak = peak.max(*value);
            }
        }
        let mut total = 0.0;
        for (value, prior) in filtered.iter_mut().zip(&predicted) {
            *value = if *prior > 0.0 { prior * (*value - peak).exp() } else { 0.0 };
            total += *value;
        }
        log_likelihood += constant + peak + total.ln();
        if !log_likelihood.is_finite() {
            let why = format!("impossible in every regime at position {t}");
            return Err(NumericsError::OutOfRange { what: "observation", why });
        }
        filtered.iter_mut().for_each(|value| *value /= total);
        if let Some(tape) = tape.as_deref_mut() {
            tape.extend_from_slice(&filtered);
        }
        predict(&filtered, &moves, &mut predicted);
    }
    Ok(log_likelihood)
}

fn moves(chain: &TwoStateChain) -> [[f64; 2]; 2] {
    [[chain.stay_low, 1.0 - chain.stay_low], [chain.to_low, 1.0 - chain.to_low]]
}

/// The joint state shifts by one period; its oldest regime is summed out.
fn predict(filtered: &[f64], moves: &[[f64; 2]; 2], predicted: &mut [f64]) {
    let joint = filtered.len();
    for (state, value) in predicted.iter_mut().enumerate() {
        // A joint state has two predecessors: its bits moved down, with either oldest regime.
        let (kept, oldest) = (state >> 1, joint >> 1);
        let from = |previous: usize| filtered[previous] * moves[previous & 1][state & 1];
        *value = from(kept) + from(kept | oldest);
    }
}

/// Smoothed joint probabilities from the filtered ones.
fn smooth(filtered: &[f64], joint: usize, model: &SwitchingAr) -> Vec<f64> {
    let moves = moves(&model.chain);
    let mut smoothed = filtered.to_vec();
    let mut predicted = vec![0.0; joint];
    let periods = filtered.len() / joint;
    for t in (0..periods.saturating_sub(1)).rev() {
        let current = &filtered[t * joint..(t + 1) * joint];
        predict(current, &moves, &mut predicted);
        for (state, &now) in current.iter().enumerate() {
            let mut ratio = 0.0;
            for (regime, probability) in moves[state & 1].iter().enumerate() {
                let next = (state << 1 | regime) & (joint - 1);
                if predicted[next] > 0.0 {
                    ratio += probability * smoothed[(t + 1) * joint + next] / predicted[next];
                }
            }
            smoothed[t * joint + state] = now * ratio;
        }
    }
    smoothed
}

/// Probabilities of the current regime, two per period.
fn marginals(probabilities: &[f64], joint: usize) -> Vec<f64> {
    probabilities
        .chunks_exact(joint)
        .flat_map(|states| {
            let low: f64 = states.iter().step_by(2).sum();
            let high: f64 = states.iter().skip(1).step_by(2).sum();
            [low / (low + high), high / (low + high)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regimes::{SwitchingMeanVariance, markov_switching_mean_variance};
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};

    fn model(coefficients: Vec<f64>) -> SwitchingAr {
        SwitchingAr {
            chain: TwoStateChain { stay_low: 0.8, to_low: 0.1 },
            means: [-0.5, 1.0],
            variance: 0.4,
            coefficients,
        }
    }

    #[test]
    fn without_lags_it_is_the_switching_mean() {
        let y = [0.3, -0.8, 1.2, 0.9, -0.1];
        let direct = markov_switching_ar(&y, &model(vec![])).unwrap();
        let params = SwitchingMeanVariance {
            chain: TwoStateChain { stay_low: 0.8, to_low: 0.1 },
            means: [-0.5, 1.0],
            variances: [0.4; 2],
        };
        let chain = markov_switching_mean_variance(&y, &params).unwrap();
        assert!((direct.log_likelihood - chain.log_likelihood).abs() < 1e-12);
        assert!((direct.smoothed - chain.smoothed).amax() < 1e-12);
    }

    #[test]
    fn zero_coefficients_condition_on_the_first_values_only() {
        let y = [0.3, -0.8, 1.2, 0.9, -0.1];
        let lagged = markov_switching_ar(&y, &model(vec![0.0, 0.0])).unwrap();
        let plain = markov_switching_ar(&y[2..], &model(vec![])).unwrap();
        assert!((lagged.log_likelihood - plain.log_likelihood).abs() < 1e-12);
        assert!((lagged.filtered - plain.filtered).amax() < 1e-12);
    }

    #[test]
    fn simulated_parameters_come_back_labelled_low_first() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(9);
        let (mut regime, mut before, mut mean_before) = (0, 0.0, -0.5);
        let y: Vec<f64> = (0..800)
            .map(|_| {
                let stay: [f64; 2] = [0.8, 0.9];
                if rng.random::<f64>() > stay[regime] {
                    regime = 1 - regime;
                }
                let mean = [-0.5, 1.0][regime];
                let shock: f64 = StandardNormal.sample(&mut rng);
                let value = mean + 0.3 * (before - mean_before) + 0.4 * shock;
                (before, mean_before) = (value, mean);
                value
            })
            .collect();
        let start = SwitchingAr {
            chain: TwoStateChain { stay_low: 0.7, to_low: 0.3 },
            means: [0.8, -0.2],
            variance: 0.5,
            coefficients: vec![0.0],
        };
        let fit = fit_markov_switching_ar(&y, &start).unwrap().model;
        assert!((fit.means[0] + 0.5).abs() < 0.15 && (fit.means[1] - 1.0).abs() < 0.12, "{fit:?}");
        assert!((fit.coefficients[0] - 0.3).abs() < 0.12 && (fit.variance - 0.16).abs() < 0.03, "{fit:?}");
    }
}
