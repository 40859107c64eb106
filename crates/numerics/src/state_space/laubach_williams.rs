//! The natural rate of interest after Laubach & Williams, third stage, with the pandemic adjustments of 2023.
//!
//! State `[y*_t, y*_{t-1}, y*_{t-2}, g_t, g_{t-1}, g_{t-2}, z_t, z_{t-1}, z_{t-2}]`: potential output (100 log), its quarterly trend growth
//! and the other determinants of r*. With the gap `y~ = y - y* - phi d` (d the stringency of pandemic measures):
//!
//! - IS: `y~_t = a_1 y~_{t-1} + a_2 y~_{t-2} + a_3/2 sum_{j=1,2} (r_{t-j} - r*_{t-j}) + e_1`, standard deviation `kappa_t sigma_1`;
//! - Phillips: `pi_t = b_1 pi_{t-1} + b_2 mean(pi_{t-2..t-4}) + (1-b_1-b_2) mean(pi_{t-5..t-8}) + b_3 y~_{t-1} + b_4 (oil - pi)_{t-1} +
//!   b_5 (import - pi)_t + e_2`, standard deviation `kappa_t sigma_2`;
//! - `r* = 4 c g + z`; shocks of y*, g, z have standard deviations sigma_4, lambda_g sigma_4, lambda_z sigma_1 / a_3.
//!
//! Rates and inflation in percent a year; the real rate is interest less expected inflation. The first eight quarters are lags; every
//! result starts with the ninth. The initial state is that of the quarter before (predict first).
//!
//! Source: Laubach & Williams (2003) REStat 85; Holston, Laubach & Williams (2023) FRBNY Staff Report 1063.
//!
//! # Errors
//! `too_few_observations` below twelve quarters, `dimension_mismatch`, `missing_values`, `invalid_argument` for a_3 = 0, a negative
//! lambda, a kappa below zero or a regime outside the sample, `not_psd` for the initial covariance, `not_converged` when the maximum
//! is not found.

use nalgebra::DMatrix;

use super::filter::{kalman_filter, log_likelihood};
use super::model::{InitialState, StateSpace, Varying};
use super::smoother::kalman_smoother;
use crate::linalg::{matrix_product, matrix_vector, product_transposed, symmetrise};
use crate::minimise::bfgs;
use crate::{NumericsError, Result, validate};

const LAGS: usize = 8;
const STATES: usize = 9;
const SHORTEST: usize = 12;
/// Bounds of the published estimation.
const HIGHEST_A3: f64 = -0.0025;
const LOWEST_B3: f64 = 0.025;
const LOWEST_KAPPA: f64 = 1.0;

/// Quarterly series of equal length, the first eight quarters serving as lags.
#[derive(Debug, Clone, Copy)]
pub struct LaubachWilliamsData<'a> {
    /// Logarithm of real output.
    pub log_gdp: &'a [f64],
    /// Core inflation, annualised percent.
    pub inflation: &'a [f64],
    /// Expected inflation, percent.
    pub inflation_expectations: &'a [f64],
    /// Inflation of oil prices, annualised percent.
    pub oil_inflation: &'a [f64],
    /// Inflation of import prices, annualised percent.
    pub import_inflation: &'a [f64],
    /// Nominal policy rate, percent.
    pub interest: &'a [f64],
    /// Stringency of pandemic measures, zero outside.
    pub covid: &'a [f64],
}

/// Coefficients of the model; see the module.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the equations in the module")]
pub struct LaubachWilliamsParams {
    pub a_1: f64,
    pub a_2: f64,
    pub a_3: f64,
    pub b_1: f64,
    pub b_2: f64,
    pub b_3: f64,
    pub b_4: f64,
    pub b_5: f64,
    pub c: f64,
    pub sigma_1: f64,
    pub sigma_2: f64,
    pub sigma_4: f64,
    pub phi: f64,
}

impl LaubachWilliamsParams {
    /// Names in the order of [`LaubachWilliamsParams::to_array`].
    pub const NAMES: [&'static str; 13] =
        ["a_1", "a_2", "a_3", "b_1", "b_2", "b_3", "b_4", "b_5", "c", "sigma_1", "sigma_2", "sigma_4", "phi"];

    /// The coefficients in the order of [`LaubachWilliamsParams::NAMES`].
    pub fn to_array(self) -> [f64; 13] {
        let Self { a_1, a_2, a_3, b_1, b_2, b_3, b_4, b_5, c, sigma_1, sigma_2, sigma_4, phi } = self;
        [a_1, a_2, a_3, b_1, b_2, b_3, b_4, b_5, c, sigma_1, sigma_2, sigma_4, phi]
    }

    /// The inverse of [`LaubachWilliamsParams::to_array`].
    pub fn from_array(values: [f64; 13]) -> Self {
        let [a_1, a_2, a_3, b_1, b_2, b_3, b_4, b_5, c, sigma_1, sigma_2, sigma_4, phi] = values;
        Self { a_1, a_2, a_3, b_1, b_2, b_3, b_4, b_5, c, sigma_1, sigma_2, sigma_4, phi }
    }
}

/// Quarters in which the shocks of both equations are `kappa` times as large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolatilityRegime {
    /// First quarter, counted from zero at the first filtered quarter.
    pub first: usize,
    /// Last quarter, included.
    pub last: usize,
    /// Scale of the standard deviations.
    pub kappa: f64,
}

/// A model ready to run: data, signal-to-noise ratios, start and volatility regimes.
#[derive(Debug, Clone)]
pub struct LaubachWilliams<'a> {
    /// The series.
    pub data: LaubachWilliamsData<'a>,
    /// Ratio of the standard deviations of trend growth and potential output.
    pub lambda_g: f64,
    /// Ratio that sets the standard deviation of z.
    pub lambda_z: f64,
    /// State of the quarter before the first filtered one.
    pub initial_state: Vec<f64>,
    /// Its covariance.
    pub initial_covariance: DMatrix<f64>,
    /// Regimes of higher volatility.
    pub regimes: Vec<VolatilityRegime>,
}

/// The natural rate and its parts, one entry per filtered quarter, percent a year.
#[derive(Debug, Clone, PartialEq)]
pub struct NaturalRate {
    /// One-sided r*.
    pub r_star: Vec<f64>,
    /// Its standard error from the uncertainty of the state at the given coefficients; theirs is not in it.
    pub r_star_se: Vec<f64>,
    /// One-sided trend growth, annualised.
    pub growth: Vec<f64>,
    /// One-sided other determinants.
    pub other: Vec<f64>,
    /// One-sided output gap, net of the pandemic term.
    pub output_gap: Vec<f64>,
    /// Real rate less one-sided r*.
    pub real_rate_gap: Vec<f64>,
    /// Two-sided r*.
    pub r_star_smoothed: Vec<f64>,
    /// Two-sided trend growth.
    pub growth_smoothed: Vec<f64>,
    /// Two-sided other determinants.
    pub other_smoothed: Vec<f64>,
    /// Two-sided output gap.
    pub output_gap_smoothed: Vec<f64>,
    /// Log-likelihood.
    pub log_likelihood: f64,
}

/// Maximum likelihood estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct LaubachWilliamsFit {
    /// Coefficients.
    pub params: LaubachWilliamsParams,
    /// Scale per volatility regime.
    pub kappas: Vec<f64>,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
}

/// Filters and smooths the model at given coefficients.
///
/// # Errors
/// See the module.
pub fn laubach_williams(model: &LaubachWilliams, params: &LaubachWilliamsParams) -> Result<NaturalRate> {
    let series = Series::new(&model.data)?;
    let kappas: Vec<f64> = model.regimes.iter().map(|regime| regime.kappa).collect();
    let system = series.system(model, params, &kappas)?;
    let filter = kalman_filter(&system, &series.observed)?;
    let smoother = kalman_smoother(&system, &series.observed)?;
    let quarters = series.observed.nrows();
    let over = |value: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..quarters).map(value).collect() };
    let (one, two) = (&filter.filtered_states, &smoother.states);
    let r_star = |states: &DMatrix<f64>, t: usize| 4.0 * params.c * states[(t, 3)] + states[(t, 6)];
    let gap = |states: &DMatrix<f64>, t: usize| {
        series.observed[(t, 0)] - states[(t, 0)] - params.phi * model.data.covid[t + LAGS]
    };
    Ok(NaturalRate {
        r_star: over(&|t| r_star(one, t)),
        r_star_se: over(&|t| {
            let (p, c) = (filter.filtered_covariance(t), 4.0 * params.c);
            (c * c * p[(3, 3)] + 2.0 * c * p[(3, 6)] + p[(6, 6)]).max(0.0).sqrt()
        }),
        growth: over(&|t| 4.0 * one[(t, 3)]),
        other: over(&|t| one[(t, 6)]),
        output_gap: over(&|t| gap(one, t)),
        real_rate_gap: over(&|t| series.real_rate[t + LAGS] - r_star(one, t)),
        r_star_smoothed: over(&|t| r_star(two, t)),
        growth_smoothed: over(&|t| 4.0 * two[(t, 3)]),
        other_smoothed: over(&|t| two[(t, 6)]),
        output_gap_smoothed: over(&|t| gap(two, t)),
        log_likelihood: filter.log_likelihood,
    })
}

/// Maximises the likelihood over the coefficients named (see [`LaubachWilliamsParams::NAMES`]; `kappa` frees the scales of all
/// regimes), with the bounds a_3 <= -0.0025, b_3 >= 0.025, kappa >= 1. The other coefficients keep their start.
///
/// # Errors
/// See the module; `invalid_argument` for an unknown name.
pub fn fit_laubach_williams(
    model: &LaubachWilliams,
    start: &LaubachWilliamsParams,
    free: &[&str],
) -> Result<LaubachWilliamsFit> {
    let series = Series::new(&model.data)?;
    let mut slots: Vec<usize> = Vec::new();
    for name in free {
        match LaubachWilliamsParams::NAMES.iter().position(|known| known == name) {
            Some(position) => slots.push(position),
            None if *name == "kappa" => slots.extend((0..model.regimes.len()).map(|regime| 13 + regime)),
            None => {
                return Err(NumericsError::InvalidArgument { what: "free", why: format!("no coefficient `{name}`") });
            }
        }
    }
    let mut values: Vec<f64> = start.to_array().to_vec();
    values.extend(model.regimes.iter().map(|regime| regime.kappa));
    series.system(model, start, &values[13..])?;

    let unbounded: Vec<f64> = slots.iter().map(|&slot| Bound::of(slot).to_free(values[slot])).collect();
    let scales: Vec<f64> = unbounded.iter().map(|value| value.abs().max(0.02)).collect();
    let filled = |point: &[f64]| -> Vec<f64> {
        let mut filled = values.clone();
        for ((&slot, x), scale) in slots.iter().zip(point).zip(&scales) {
            filled[slot] = Bound::of(slot).to_value(x * scale);
        }
        filled
    };
    let split = |filled: &[f64]| -> (LaubachWilliamsParams, Vec<f64>) {
        let mut array = [0.0; 13];
        array.copy_from_slice(&filled[..13]);
        (LaubachWilliamsParams::from_array(array), filled[13..].to_vec())
    };
    let objective = |point: &[f64]| -> f64 {
        let (params, kappas) = split(&filled(point));
        series
            .system(model, &params, &kappas)
            .and_then(|system| log_likelihood(&system, &series.observed))
            .map_or(f64::INFINITY, |value| -value)
    };
    let origin: Vec<f64> = unbounded.iter().zip(&scales).map(|(value, scale)| value / scale).collect();
    let mut best = bfgs(&objective, &origin);
    // A second search with a fresh metric: the first may have stalled along a curved ridge.
    const RESTARTS: usize = 4;
    for _ in 0..RESTARTS {
        let again = bfgs(&objective, &best.point);
        let gained = best.value - again.value;
        if again.value < best.value {
            best = again;
        }
        if gained.is_nan() || gained <= 1e-6 {
            break;
        }
    }
    if !best.value.is_finite() {
        return Err(NumericsError::NotConverged { what: "Laubach-Williams likelihood", iterations: best.iterations });
    }
    let (mut params, kappas) = split(&filled(&best.point));
    params.sigma_1 = params.sigma_1.abs();
    params.sigma_2 = params.sigma_2.abs();
    params.sigma_4 = params.sigma_4.abs();
    Ok(LaubachWilliamsFit { params, kappas, log_likelihood: -best.value })
}

/// How a bounded coefficient maps to the real line; the square reaches the bound itself.
enum Bound {
    Free,
    Above(f64),
    Below(f64),
}

impl Bound {
    fn of(slot: usize) -> Self {
        match slot {
            2 => Self::Below(HIGHEST_A3),
            5 => Self::Above(LOWEST_B3),
            0..13 => Self::Free,
            _ => Self::Above(LOWEST_KAPPA),
        }
    }

    fn to_free(&self, value: f64) -> f64 {
        // Away from the bound, where the slope of the square vanishes.
        const CLOSEST: f64 = 0.05;
        match self {
            Self::Free => value,
            Self::Above(bound) => (value - bound).max(0.0).sqrt().max(CLOSEST),
            Self::Below(bound) => (bound - value).max(0.0).sqrt().max(CLOSEST),
        }
    }

    fn to_value(&self, free: f64) -> f64 {
        match self {
            Self::Free => free,
            Self::Above(bound) => bound + free * free,
            Self::Below(bound) => bound - free * free,
        }
    }
}

/// Series derived once from the data.
struct Series<'a> {
    data: LaubachWilliamsData<'a>,
    real_rate: Vec<f64>,
    observed: DMatrix<f64>,
}

impl<'a> Series<'a> {
    fn new(data: &LaubachWilliamsData<'a>) -> Result<Self> {
        let n = data.log_gdp.len();
        validate::at_least(n, SHORTEST)?;
        for (what, values) in [
            ("log output", data.log_gdp),
            ("inflation", data.inflation),
            ("inflation expectations", data.inflation_expectations),
            ("oil inflation", data.oil_inflation),
            ("import inflation", data.import_inflation),
            ("interest", data.interest),
            ("pandemic stringency", data.covid),
        ] {
            validate::same_length(what, n, values.len())?;
            validate::finite(what, values)?;
        }
        let real_rate = data.interest.iter().zip(data.inflation_expectations).map(|(i, e)| i - e).collect();
        let observed = DMatrix::from_fn(n - LAGS, 2, |t, j| {
            if j == 0 { 100.0 * data.log_gdp[t + LAGS] } else { data.inflation[t + LAGS] }
        });
        Ok(Self { data: *data, real_rate, observed })
    }

    fn system(&self, model: &LaubachWilliams, p: &LaubachWilliamsParams, kappas: &[f64]) -> Result<StateSpace> {
        validate::finite("coefficients", &p.to_array())?;
        validate::non_negative("lambda_g", model.lambda_g)?;
        validate::non_negative("lambda_z", model.lambda_z)?;
        if p.a_3 == 0.0 {
            let why = "zero leaves the natural rate unidentified".to_owned();
            return Err(NumericsError::InvalidArgument { what: "a_3", why });
        }
        validate::same_length("initial state", STATES, model.initial_state.len())?;
        validate::same_length("initial covariance", STATES, model.initial_covariance.nrows())?;
        validate::same_length("initial covariance", STATES, model.initial_covariance.ncols())?;

        let quarters = self.observed.nrows();
        let mut scale = vec![1.0; quarters];
        for (regime, &kappa) in model.regimes.iter().zip(kappas) {
            validate::non_negative("kappa", kappa)?;
            if regime.first > regime.last || regime.last >= quarters {
                let why = format!("{} to {} in a sample of {quarters} quarters", regime.first, regime.last);
                return Err(NumericsError::InvalidArgument { what: "volatility regime", why });
            }
            scale[regime.first..=regime.last].fill(kappa);
        }
        let mut design = DMatrix::zeros(2, STATES);
        design[(0, 0)] = 1.0;
        design[(0, 1)] = -p.a_1;
        design[(0, 2)] = -p.a_2;
        for lag in 1..=2 {
            design[(0, 3 + lag)] = -2.0 * p.c * p.a_3;
            design[(0, 6 + lag)] = -0.5 * p.a_3;
        }
        design[(1, 1)] = -p.b_3;
        let transition = transition();
        let mut shocks = DMatrix::zeros(STATES, STATES);
        shocks[(0, 0)] = p.sigma_4 * p.sigma_4;
        shocks[(3, 3)] = (model.lambda_g * p.sigma_4).powi(2);
        shocks[(6, 6)] = (model.lambda_z * p.sigma_1 / p.a_3).powi(2);
        let carried = matrix_product(&transition, &model.initial_covariance);
        let mut covariance = product_transposed(&carried, &transition) + &shocks;
        symmetrise(&mut covariance);
        let noise = |kappa: f64| {
            let (a, b) = (kappa * p.sigma_1, kappa * p.sigma_2);
            DMatrix::from_row_slice(2, 2, &[a * a, 0.0, 0.0, b * b])
        };
        Ok(StateSpace {
            design: Varying::Fixed(design),
            observation_intercept: Varying::PerPeriod((0..quarters).map(|t| self.intercept(p, t + LAGS)).collect()),
            observation_covariance: Varying::PerPeriod(scale.into_iter().map(noise).collect()),
            state_intercept: vec![0.0; STATES],
            selection: DMatrix::identity(STATES, STATES),
            state_covariance: shocks,
            initial: InitialState::known(matrix_vector(&transition, &model.initial_state), covariance),
            transition,
        })
    }

    /// What the lags, prices and the pandemic contribute to both equations in row `t` of the data.
    fn intercept(&self, p: &LaubachWilliamsParams, t: usize) -> Vec<f64> {
        let d = &self.data;
        let output = |lag: usize| 100.0 * d.log_gdp[t - lag] - p.phi * d.covid[t - lag];
        let mean =
            |from: usize, to: usize| (from..=to).map(|lag| d.inflation[t - lag]).sum::<f64>() / (to - from + 1) as f64;
        let real = 0.5 * p.a_3 * (self.real_rate[t - 1] + self.real_rate[t - 2]);
        vec![
            p.a_1 * output(1) + p.a_2 * output(2) + real + p.phi * d.covid[t],
            p.b_1 * d.inflation[t - 1]
                + p.b_2 * mean(2, 4)
                + (1.0 - p.b_1 - p.b_2) * mean(5, 8)
                + p.b_3 * output(1)
                + p.b_4 * (d.oil_inflation[t - 1] - d.inflation[t - 1])
                + p.b_5 * (d.import_inflation[t] - d.inflation[t]),
        ]
    }
}

fn transition() -> DMatrix<f64> {
    let mut transition = DMatrix::zeros(STATES, STATES);
    for (row, column) in [(0, 0), (0, 3), (1, 0), (2, 1), (3, 3), (4, 3), (5, 4), (6, 6), (7, 6), (8, 7)] {
        transition[(row, column)] = 1.0;
    }
    transition
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    const PARAMS: LaubachWilliamsParams = LaubachWilliamsParams {
        a_1: 1.3,
        a_2: -0.4,
        a_3: -0.1,
        b_1: 0.5,
        b_2: 0.4,
        b_3: 0.08,
        b_4: 0.0,
        b_5: 0.0,
        c: 1.0,
        sigma_1: 0.4,
        sigma_2: 0.7,
        sigma_4: 0.5,
        phi: 0.0,
    };

    /// An economy on its balanced path: growth 2% a year, inflation and expectations 2%, real rate 2%.
    fn balanced(quarters: usize) -> Vec<Vec<f64>> {
        let constant = |value: f64| vec![value; quarters];
        let output: Vec<f64> = (0..quarters).map(|t| 9.0 + 0.005 * t as f64).collect();
        vec![output, constant(2.0), constant(2.0), constant(2.0), constant(2.0), constant(4.0), constant(0.0)]
    }

    fn model(series: &[Vec<f64>]) -> LaubachWilliams<'_> {
        let potential = |t: f64| 100.0 * (9.0 + 0.005 * t);
        LaubachWilliams {
            data: LaubachWilliamsData {
                log_gdp: &series[0],
                inflation: &series[1],
                inflation_expectations: &series[2],
                oil_inflation: &series[3],
                import_inflation: &series[4],
                interest: &series[5],
                covid: &series[6],
            },
            lambda_g: 0.05,
            lambda_z: 0.03,
            initial_state: vec![potential(7.0), potential(6.0), potential(5.0), 0.5, 0.5, 0.5, 0.0, 0.0, 0.0],
            initial_covariance: DMatrix::identity(STATES, STATES) * 0.2,
            regimes: Vec::new(),
        }
    }

    #[test]
    fn on_the_balanced_path_the_natural_rate_is_the_real_rate() {
        let series = balanced(60);
        let result = laubach_williams(&model(&series), &PARAMS).unwrap();
        assert_eq!(result.r_star.len(), 52);
        assert!(result.r_star.iter().all(|rate| (rate - 2.0).abs() < 1e-9), "{:?}", &result.r_star[..3]);
        assert!(result.output_gap_smoothed.iter().all(|gap| gap.abs() < 1e-9));
    }

    #[test]
    fn a_regime_of_volatility_makes_the_filter_discount_its_quarters() {
        let mut series = balanced(60);
        series[0][40] -= 0.05;
        let calm = laubach_williams(&model(&series), &PARAMS).unwrap();
        let mut discounted = model(&series);
        discounted.regimes = vec![VolatilityRegime { first: 32, last: 33, kappa: 10.0 }];
        let discounted = laubach_williams(&discounted, &PARAMS).unwrap();
        assert!((discounted.r_star[32] - 2.0).abs() < (calm.r_star[32] - 2.0).abs());
    }

    /// Sixty quarters of the model's own making and the natural rate of the last one.
    fn simulated(seed: u64) -> (Vec<Vec<f64>>, f64) {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut series = balanced(60);
        let p = PARAMS;
        let mut potential: Vec<f64> = (0..8).map(|t| 100.0 * series[0][t]).collect();
        let (mut growth, mut other, mut gap) = (vec![0.5; 8], vec![0.0; 8], vec![0.0; 8]);
        growth[7] += 0.2 * draw();
        other[7] += 0.5 * draw();
        for t in 8..60 {
            series[5][t] = 4.0 + 2.0 * (t as f64 / 6.0).sin();
            potential.push(potential[t - 1] + growth[t - 1] + p.sigma_4 * draw());
            growth.push(growth[t - 1] + 0.05 * p.sigma_4 * draw());
            other.push(other[t - 1] + 0.03 * p.sigma_1 / p.a_3 * draw());
            let rate_gap = |t: usize| series[5][t] - series[2][t] - 4.0 * growth[t] - other[t];
            let demand = p.a_1 * gap[t - 1] + p.a_2 * gap[t - 2] + 0.5 * p.a_3 * (rate_gap(t - 1) + rate_gap(t - 2));
            gap.push(demand + p.sigma_1 * draw());
            let mean = |from: usize, to: usize| {
                (from..=to).map(|lag| series[1][t - lag]).sum::<f64>() / (to - from + 1) as f64
            };
            let inertia = p.b_1 * mean(1, 1) + p.b_2 * mean(2, 4) + (1.0 - p.b_1 - p.b_2) * mean(5, 8);
            series[1][t] = inertia + p.b_3 * gap[t - 1] + p.sigma_2 * draw();
            series[0][t] = (potential[t] + gap[t]) / 100.0;
            (series[3][t], series[4][t]) = (series[1][t], series[1][t]);
        }
        (series, 4.0 * growth[59] + other[59])
    }

    #[test]
    fn the_standard_error_is_the_size_of_the_error_against_the_truth() {
        let runs = 200;
        let mut squares = 0.0;
        for seed in 0..runs {
            let (series, truth) = simulated(seed);
            let mut model = model(&series);
            model.initial_covariance = DMatrix::zeros(STATES, STATES);
            model.initial_covariance[(3, 3)] = 0.04;
            model.initial_covariance[(6, 6)] = 0.25;
            let result = laubach_williams(&model, &PARAMS).unwrap();
            squares += ((result.r_star[51] - truth) / result.r_star_se[51]).powi(2);
        }
        // Mean of 200 chi-squared draws: 1 with a standard deviation of 0.1.
        let mean = squares / runs as f64;
        assert!((mean - 1.0).abs() < 0.4, "{mean}");
    }

    #[test]
    fn a_regime_outside_the_sample_is_refused() {
        let series = balanced(30);
        let mut model = model(&series);
        model.regimes = vec![VolatilityRegime { first: 20, last: 22, kappa: 2.0 }];
        assert_eq!(laubach_williams(&model, &PARAMS).unwrap_err().code(), "invalid_argument");
    }
}
