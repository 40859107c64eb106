//! Linear Gaussian state-space models: filter, smoother, likelihood, and the models built on them.
//!
//! `y_t = Z_t a_t + d_t + e_t, e ~ N(0, H_t)`; `a_{t+1} = T a_t + c + R u_t, u ~ N(0, Q)`. The initial mean and variance are those
//! of the state at the first observation before it is seen; unknown elements start exactly diffuse. NaN in `y` is a missing
//! value. The log-likelihood keeps every constant.
//!
//! Start from [`StateSpace`] with [`kalman_filter`] and [`kalman_smoother`], or from a ready model: [`local_level`],
//! [`local_linear_trend`], [`fit_level_cycle`], [`time_varying_regression`], [`laubach_williams`].

mod filter;
mod laubach_williams;
mod level_cycle;
mod local_level;
mod median_unbiased;
mod model;
mod observation;
mod smoother;
mod time_varying;

pub use filter::{KalmanFilter, kalman_filter, log_likelihood};
pub use laubach_williams::{
    LaubachWilliams, LaubachWilliamsData, LaubachWilliamsFit, LaubachWilliamsParams, NaturalRate, VolatilityRegime,
    fit_laubach_williams, laubach_williams,
};
pub use level_cycle::{LevelCycleBounds, LevelCycleFit, fit_level_cycle, level_cycle};
pub use local_level::{LocalLevelMle, StructuralFit, fit_local_level, local_level, local_linear_trend};
pub use median_unbiased::median_unbiased_lambda_g;
pub use model::{InitialState, StateSpace, Varying};
pub use smoother::{KalmanSmoother, kalman_smoother};
pub use time_varying::{TimeVaryingFit, fit_time_varying_regression, time_varying_regression};

#[cfg(test)]
mod robustness;
