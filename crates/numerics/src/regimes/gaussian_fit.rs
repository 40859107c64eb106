//! Fitting a Gaussian hidden Markov model without a start of one's own.
//!
//! Several starts: k-means++ centres from a seeded generator, a few Lloyd steps, pooled covariance within clusters, sticky transitions; EM from each;
//! the highest likelihood is kept. Starts whose states collapse on a point are dropped. States are then ordered.
//! The same seed gives the same result on any number of threads.
//!
//! Source: Arthur & Vassilvitskii (2007) for the seeding; see [`super::GaussianHmm`] for EM.
//!
//! # Errors
//! `missing_values`, `invalid_argument` for no states or starts, `too_few_observations` below `2 states (columns + 1)` rows, `zero_variance` on a
//! constant column, `not_converged` when every start collapses.

use nalgebra::DMatrix;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::chain::MarkovChain;
use super::gaussian::GaussianHmm;
use crate::{NumericsError, Result, validate};

/// How the states of a fit are numbered, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateOrder {
    /// By mean of the first column.
    Mean,
    /// By total variance.
    Variance,
}

/// Settings of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HmmFitSettings {
    /// Number of states.
    pub states: usize,
    /// Number of starts.
    pub starts: usize,
    /// Seed of the generator.
    pub seed: u64,
    /// Most EM iterations per start.
    pub iterations: usize,
    /// Relative gain of the log-likelihood below which a start has converged.
    pub tolerance: f64,
    /// Numbering of the states.
    pub order: StateOrder,
}

impl HmmFitSettings {
    /// Ten starts, at most 500 iterations, relative gain 1e-8, states ordered by variance.
    pub fn new(states: usize, seed: u64) -> Self {
        Self { states, starts: 10, seed, iterations: 500, tolerance: 1e-8, order: StateOrder::Variance }
    }
}

/// The best of the starts.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianHmmFit {
    /// The model, states in the order asked for.
    pub model: GaussianHmm,
    /// Its log-likelihood.
    pub log_likelihood: f64,
    /// EM iterations of the start that won.
    pub iterations: usize,
}

/// Fits a model to the rows of `x`.
///
/// # Errors
/// See the module.
pub fn fit_gaussian_hmm(x: &DMatrix<f64>, settings: &HmmFitSettings) -> Result<GaussianHmmFit> {
    let (n, d) = x.shape();
    let k = settings.states;
    if k == 0 || settings.starts == 0 || d == 0 {
        let why = format!("{k} states, {} starts, {d} columns", settings.starts);
        return Err(NumericsError::InvalidArgument { what: "settings", why });
    }
    validate::finite_matrix("x", x)?;
    validate::at_least(n, k.saturating_mul(2 * (d + 1)))?;
    for column in x.as_slice().chunks_exact(n) {
        if validate::is_constant(column) {
            return Err(NumericsError::ZeroVariance { what: "x" });
        }
    }
    let starts: Vec<u64> = (0..settings.starts as u64).collect();
    let runs: Vec<Result<GaussianHmmFit>> =
        starts.into_par_iter().map(|start| run_start(x, settings, settings.seed.wrapping_add(start))).collect();
    let mut best: Option<GaussianHmmFit> = None;
    for run in runs.into_iter().flatten() {
        if best.as_ref().is_none_or(|best| run.log_likelihood > best.log_likelihood) {
            best = Some(run);
        }
    }
    let mut best = best
        .ok_or(NumericsError::NotConverged { what: "Gaussian hidden Markov model", iterations: settings.iterations })?;
    best.model = ordered(&best.model, settings.order);
    Ok(best)
}

fn run_start(x: &DMatrix<f64>, settings: &HmmFitSettings, seed: u64) -> Result<GaussianHmmFit> {
    let start = seeded_model(x, settings.states, &mut Pcg64::seed_from_u64(seed))?;
    let run = start.em(x, settings.iterations, Some(settings.tolerance))?;
    Ok(GaussianHmmFit { iterations: run.history.len(), log_likelihood: run.log_likelihood, model: run.model })
}

fn seeded_model(x: &DMatrix<f64>, k: usize, rng: &mut Pcg64) -> Result<GaussianHmm> {
    let (n, d) = x.shape();
    let scales: Vec<f64> = x.column_iter().map(|column| column.variance()).collect();
    let distance = |t: usize, centre: &[f64]| -> f64 {
        (0..d).map(|j| (x[(t, j)] - centre[j]).powi(2) / scales[j].max(f64::MIN_POSITIVE)).sum()
    };
    let row = |t: usize| -> Vec<f64> { x.row(t).iter().copied().collect() };
    let mut centres = vec![row(rng.random_range(0..n))];
    while centres.len() < k {
        let nearest: Vec<f64> =
            (0..n).map(|t| centres.iter().map(|centre| distance(t, centre)).fold(f64::INFINITY, f64::min)).collect();
        let total: f64 = nearest.iter().sum();
        let mut left = rng.random::<f64>() * total;
        let chosen = nearest.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        centres.push(row(chosen.unwrap_or(n - 1)));
    }
    const LLOYD_STEPS: usize = 5;
    let mut labels = vec![0; n];
    for _ in 0..LLOYD_STEPS {
        for (t, label) in labels.iter_mut().enumerate() {
            let mut nearest = 0;
            for state in 1..k {
                if distance(t, &centres[state]) < distance(t, &centres[nearest]) {
                    nearest = state;
                }
            }
            *label = nearest;
        }
        for (state, centre) in centres.iter_mut().enumerate() {
            let members: Vec<usize> = (0..n).filter(|&t| labels[t] == state).collect();
            if !members.is_empty() {
                for (j, value) in centre.iter_mut().enumerate() {
                    *value = members.iter().map(|&t| x[(t, j)]).sum::<f64>() / members.len() as f64;
                }
            }
        }
    }
    // Clusters of returns differ in location, regimes in spread: half of the overall variance keeps every state open, and a random factor
    // lets the starts differ in spread too.
    let covariances = (0..k)
        .map(|_| {
            let factor = 0.25 + 1.5 * rng.random::<f64>();
            DMatrix::from_fn(d, d, |i, j| if i == j { factor * scales[i] } else { 0.0 })
        })
        .collect();
    const STAY: f64 = 0.9;
    let transition = DMatrix::from_fn(k, k, |i, j| match k {
        1 => 1.0,
        _ if i == j => STAY,
        _ => (1.0 - STAY) / (k - 1) as f64,
    });
    Ok(GaussianHmm {
        chain: MarkovChain { start: vec![1.0 / k as f64; k], transition },
        means: DMatrix::from_fn(k, d, |i, j| centres[i][j]),
        covariances,
    })
}

fn ordered(model: &GaussianHmm, order: StateOrder) -> GaussianHmm {
    let k = model.chain.states();
    let key = |state: usize| match order {
        StateOrder::Mean => model.means[(state, 0)],
        StateOrder::Variance => model.covariances[state].trace(),
    };
    let mut states: Vec<usize> = (0..k).collect();
    states.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
    GaussianHmm {
        chain: MarkovChain {
            start: states.iter().map(|&state| model.chain.start[state]).collect(),
            transition: DMatrix::from_fn(k, k, |i, j| model.chain.transition[(states[i], states[j])]),
        },
        means: model.means.select_rows(&states),
        covariances: states.iter().map(|&state| model.covariances[state].clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    fn sample(n: usize) -> DMatrix<f64> {
        let mut rng = Pcg64::seed_from_u64(4);
        let mut state = 0;
        DMatrix::from_fn(n, 1, |_, _| {
            if rng.random::<f64>() < 0.03 {
                state = 1 - state;
            }
            let shock: f64 = StandardNormal.sample(&mut rng);
            [0.05, -0.2][state] + [0.5, 1.8][state] * shock
        })
    }

    #[test]
    fn calm_and_stress_are_recovered_and_ordered() {
        let fit = fit_gaussian_hmm(&sample(2500), &HmmFitSettings::new(2, 7)).unwrap();
        let deviation = |state: usize| fit.model.covariances[state][(0, 0)].sqrt();
        assert!((deviation(0) - 0.5).abs() < 0.05 && (deviation(1) - 1.8).abs() < 0.15, "{fit:?}");
        assert!((fit.model.chain.transition[(0, 0)] - 0.97).abs() < 0.02);
    }

    #[test]
    fn the_seed_decides_and_threads_do_not() {
        let settings = HmmFitSettings { starts: 4, iterations: 30, ..HmmFitSettings::new(2, 3) };
        let x = sample(300);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit_gaussian_hmm(&x, &settings).unwrap())
        };
        assert_eq!(on(1), on(2));
    }
}
