//! Regimes: hidden Markov models and Markov-switching regressions.
//!
//! `startprob` is the distribution at the first observation; rows of the transition matrix are "from" and sum to one. Everything runs
//! in logarithms, so nothing underflows. Filtered probabilities use the past only; smoothed ones look ahead and must not feed a
//! signal. States are labelled low first, by mean (growth) or by variance (returns).
//!
//! Start from [`fit_gaussian_hmm`] for returns and [`fit_markov_switching_ar`] for growth.

mod categorical;
mod chain;
mod gaussian;
mod gaussian_fit;
mod switching_ar;
mod switching_mean;

pub use categorical::CategoricalHmm;
pub use chain::{MarkovChain, Posterior};
pub use gaussian::{EmRun, GaussianHmm};
pub use gaussian_fit::{GaussianHmmFit, HmmFitSettings, StateOrder, fit_gaussian_hmm};
pub use switching_ar::{
    SwitchingAr, SwitchingArFit, SwitchingPosterior, TwoStateChain, fit_markov_switching_ar, markov_switching_ar,
};
pub use switching_mean::{SwitchingMeanVariance, markov_switching_mean_variance};

#[cfg(test)]
mod robustness;
