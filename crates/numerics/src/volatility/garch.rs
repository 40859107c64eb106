//! GARCH(1,1) and GJR at given parameters: conditional variances, likelihood and forecasts.
//!
//! `e_t = r_t - mu`, `h_t = omega + (alpha + gamma [e_{t-1} < 0]) e_{t-1}^2 + beta h_{t-1}`. Before the sample the variance is v:
//! `h_1 = omega + (alpha + gamma/2 + beta) v`, with v the mean squared residual at mu (the product standard) or a number. Persistence is
//! `alpha + gamma/2 + beta`; at one or above there is no unconditional variance. Student t shocks have unit variance, nu > 2.
//!
//! Source: Bollerslev (1986, 1987); Glosten, Jagannathan & Runkle (1993).
//!
//! # Errors
//! `too_few_observations` when empty, `missing_values`, `invalid_argument` for omega not positive, alpha, alpha + gamma or beta negative, nu not above
//! two or a presample variance not positive; `zero_variance` when the mean squared residual is zero; `out_of_range` when the recursion overflows.

use statrs::function::gamma::ln_gamma;

use crate::{NumericsError, Result, validate};

/// Distribution of the standardised shocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Innovations {
    /// Standard normal.
    Normal,
    /// Student t scaled to unit variance.
    StudentT {
        /// Degrees of freedom, above two.
        degrees_of_freedom: f64,
    },
}

/// Variance before the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Presample {
    /// Mean squared residual at the model's mean.
    MeanSquare,
    /// A given variance.
    Variance(f64),
}

/// Parameters; `gamma` is zero without asymmetry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GarchModel {
    /// Mean return.
    pub mu: f64,
    /// Constant of the variance.
    pub omega: f64,
    /// Response to the squared shock.
    pub alpha: f64,
    /// Additional response to a negative shock.
    pub gamma: f64,
    /// Response to the last variance.
    pub beta: f64,
    /// Distribution of the shocks.
    pub innovations: Innovations,
}

impl GarchModel {
    /// Share of a variance that is carried to the next day, `alpha + gamma/2 + beta`.
    pub fn persistence(&self) -> f64 {
        self.alpha + 0.5 * self.gamma + self.beta
    }

    /// Long-run variance; `None` when persistence is one or more.
    pub fn unconditional_variance(&self) -> Option<f64> {
        let left = 1.0 - self.persistence();
        (left > 0.0).then(|| self.omega / left)
    }

    fn check(&self) -> Result<()> {
        validate::finite_parameter("mu", self.mu)?;
        validate::positive("omega", self.omega)?;
        validate::non_negative("alpha", self.alpha)?;
        validate::non_negative("alpha + gamma", self.alpha + self.gamma)?;
        validate::non_negative("beta", self.beta)?;
        match self.innovations {
            Innovations::StudentT { degrees_of_freedom }
                if degrees_of_freedom.is_nan() || degrees_of_freedom <= 2.0 =>
            {
                let why = format!("{degrees_of_freedom} is not above two");
                Err(NumericsError::InvalidArgument { what: "degrees of freedom", why })
            }
            _ => Ok(()),
        }
    }

    /// The variance of day one.
    pub(super) fn first_variance(&self, presample: f64) -> f64 {
        self.omega + self.persistence() * presample
    }

    pub(super) fn next_variance(&self, error: f64, variance: f64) -> f64 {
        let response = if error < 0.0 { self.alpha + self.gamma } else { self.alpha };
        self.omega + response * error * error + self.beta * variance
    }
}

/// The part of a log-density that does not change from day to day.
pub(super) struct LogDensity {
    constant: f64,
    degrees_of_freedom: Option<f64>,
}

impl LogDensity {
    pub(super) fn new(innovations: Innovations) -> Self {
        match innovations {
            Innovations::Normal => {
                Self { constant: -0.5 * (2.0 * std::f64::consts::PI).ln(), degrees_of_freedom: None }
            }
            Innovations::StudentT { degrees_of_freedom: nu } => Self {
                constant: ln_gamma(0.5 * (nu + 1.0))
                    - ln_gamma(0.5 * nu)
                    - 0.5 * (std::f64::consts::PI * (nu - 2.0)).ln(),
                degrees_of_freedom: Some(nu),
            },
        }
    }

    pub(super) fn at(&self, error: f64, variance: f64) -> f64 {
        let square = error * error / variance;
        let shape = match self.degrees_of_freedom {
            None => square,
            Some(nu) => (nu + 1.0) * (square / (nu - 2.0)).ln_1p(),
        };
        self.constant - 0.5 * (variance.ln() + shape)
    }
}

/// What the recursion leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct GarchFilter {
    /// Variance of each day, known the day before.
    pub variance: Vec<f64>,
    /// Residuals over their standard deviations.
    pub standardised: Vec<f64>,
    /// Log-likelihood of the sample.
    pub log_likelihood: f64,
    /// Variances of the days after the sample, the first one next.
    pub forecast: Vec<f64>,
    /// Long-run variance; `None` when persistence is one or more.
    pub unconditional_variance: Option<f64>,
}

/// Runs the recursion and forecasts `horizon` days.
///
/// # Errors
/// See the module.
pub fn garch_filter(returns: &[f64], model: &GarchModel, presample: Presample, horizon: usize) -> Result<GarchFilter> {
    validate::at_least(returns.len(), 1)?;
    validate::finite("returns", returns)?;
    model.check()?;
    let presample = match presample {
        Presample::Variance(variance) => {
            validate::positive("presample variance", variance)?;
            variance
        }
        Presample::MeanSquare => mean_square(returns, model.mu),
    };
    if presample == 0.0 {
        return Err(NumericsError::ZeroVariance { what: "returns" });
    }
    let density = LogDensity::new(model.innovations);
    let n = returns.len();
    let (mut variance, mut standardised) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut log_likelihood = 0.0;
    let mut current = model.first_variance(presample);
    for value in returns {
        let error = value - model.mu;
        variance.push(current);
        standardised.push(error / current.sqrt());
        log_likelihood += density.at(error, current);
        current = model.next_variance(error, current);
    }
    if !log_likelihood.is_finite() || !current.is_finite() {
        return Err(NumericsError::OutOfRange { what: "variance", why: "the recursion overflows".to_owned() });
    }
    let mut forecast = Vec::with_capacity(horizon);
    for _ in 0..horizon {
        forecast.push(current);
        current = model.omega + model.persistence() * current;
    }
    Ok(GarchFilter {
        variance,
        standardised,
        log_likelihood,
        forecast,
        unconditional_variance: model.unconditional_variance(),
    })
}

pub(super) fn mean_square(returns: &[f64], mu: f64) -> f64 {
    returns.iter().map(|value| (value - mu) * (value - mu)).sum::<f64>() / returns.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> GarchModel {
        GarchModel { mu: 0.0, omega: 0.1, alpha: 0.1, gamma: 0.0, beta: 0.8, innovations: Innovations::Normal }
    }

    #[test]
    fn forecasts_converge_to_the_long_run_variance() {
        let result = garch_filter(&[2.0, -1.0], &model(), Presample::Variance(1.0), 500).unwrap();
        assert!((result.variance[0] - 1.0).abs() < 1e-15 && (result.variance[1] - 1.3).abs() < 1e-15);
        assert!((result.forecast[0] - (0.1 + 0.1 + 0.8 * 1.3)).abs() < 1e-15);
        assert!((result.forecast[499] - 1.0).abs() < 1e-10);
    }

    #[test]
    fn only_negative_shocks_meet_the_asymmetry() {
        let asymmetric = GarchModel { gamma: 0.2, ..model() };
        let last = |shock: f64| garch_filter(&[shock], &asymmetric, Presample::Variance(1.0), 1).unwrap().forecast[0];
        assert!((last(-1.0) - last(1.0) - 0.2).abs() < 1e-15);
    }

    #[test]
    fn an_integrated_model_has_no_long_run_variance() {
        let integrated = GarchModel { alpha: 0.2, ..model() };
        assert_eq!(integrated.unconditional_variance(), None);
    }

    #[test]
    fn many_degrees_of_freedom_are_the_normal() {
        let wide = GarchModel { innovations: Innovations::StudentT { degrees_of_freedom: 1e7 }, ..model() };
        let run = |model: &GarchModel| garch_filter(&[0.3, -1.2, 0.8], model, Presample::MeanSquare, 0).unwrap();
        assert!((run(&wide).log_likelihood - run(&model()).log_likelihood).abs() < 1e-5);
    }
}
