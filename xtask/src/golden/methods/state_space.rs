//! Runners of the state-space methods.

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::state_space::{
    self, InitialState, LaubachWilliams, LaubachWilliamsData, LaubachWilliamsParams, StateSpace, Varying,
    VolatilityRegime,
};
use serde_json::{Map, Value, json};

use super::Runner;
use crate::golden::case::{
    count, matrix, matrix_to_json, number_or, text_or, texts, vector, vector_or_empty, vector_to_json,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("kalman.filter_smoother", filter_smoother),
    ("kalman.local_level_diffuse", structural),
    ("kalman.mle_local_level", mle_local_level),
    ("rstar.laubach_williams_stage3", laubach_williams),
    ("rstar.laubach_williams_mle", laubach_williams_mle),
    ("rstar.median_unbiased_lambda_g", median_unbiased),
];

fn filter_smoother(inputs: &Value) -> Result<Value, NumericsError> {
    let model = StateSpace {
        design: Varying::Fixed(matrix(inputs, "Z")?),
        observation_intercept: Varying::Fixed(vector(inputs, "d")?),
        observation_covariance: Varying::Fixed(matrix(inputs, "H")?),
        transition: matrix(inputs, "T")?,
        state_intercept: vector(inputs, "c")?,
        selection: matrix(inputs, "R")?,
        state_covariance: matrix(inputs, "Q")?,
        initial: InitialState::known(vector(inputs, "a1")?, matrix(inputs, "P1")?),
    };
    let y = matrix(inputs, "y")?;
    let filter = state_space::kalman_filter(&model, &y)?;
    let smoother = state_space::kalman_smoother(&model, &y)?;
    Ok(json!({
        "loglik": filter.log_likelihood,
        "loglik_obs": vector_to_json(&filter.log_likelihood_per_period),
        "filtered_state": matrix_to_json(&filter.filtered_states),
        "predicted_state": matrix_to_json(&filter.predicted_states),
        "filtered_cov_last": matrix_to_json(&filter.filtered_covariance(y.nrows() - 1)),
        "smoothed_state": matrix_to_json(&smoother.states),
        "smoothed_var": matrix_to_json(&smoother.variances),
    }))
}

fn structural(inputs: &Value) -> Result<Value, NumericsError> {
    let y = vector(inputs, "y")?;
    let fit = match (text_or(inputs, "model", "local level")?, vector(inputs, "params")?.as_slice()) {
        ("local level", &[noise, level]) => state_space::local_level(&y, noise, level)?,
        ("local linear trend", &[noise, level, slope]) => state_space::local_linear_trend(&y, noise, level, slope)?,
        (model, params) => {
            let why = format!("`{model}` with {} parameters", params.len());
            return Err(NumericsError::InvalidArgument { what: "model", why });
        }
    };
    let states = fit.smoother.states.ncols();
    let diffuse = fit.filter.diffuse_observations as f64;
    let predicted = DMatrix::from_fn(y.len(), states, |t, i| fit.filter.predicted_covariance(t)[(i, i)]);
    Ok(json!({
        "loglik": fit.filter.log_likelihood,
        "loglik_kfas": fit.filter.log_likelihood + 0.5 * diffuse * (2.0 * std::f64::consts::PI).ln(),
        "filtered_state": matrix_to_json(&fit.filter.filtered_states),
        "predicted_var": matrix_to_json(&predicted),
        "smoothed_state": matrix_to_json(&fit.smoother.states),
        "smoothed_var": matrix_to_json(&fit.smoother.variances),
    }))
}

fn mle_local_level(inputs: &Value) -> Result<Value, NumericsError> {
    let fit = state_space::fit_local_level(&vector(inputs, "y")?)?;
    Ok(json!({ "params": [fit.noise_variance, fit.level_variance], "loglik": fit.log_likelihood }))
}

/// Owned series of a Laubach-Williams case.
struct Series([Vec<f64>; 7]);

impl Series {
    fn read(inputs: &Value) -> Result<Self, NumericsError> {
        let series = |key| vector_or_empty(inputs, key);
        Ok(Self([
            series("log_gdp")?,
            series("inflation")?,
            series("inflation_expectations")?,
            series("oil_inflation")?,
            series("import_inflation")?,
            series("interest")?,
            series("covid")?,
        ]))
    }

    fn model(&self, inputs: &Value) -> Result<LaubachWilliams<'_>, NumericsError> {
        let [log_gdp, inflation, inflation_expectations, oil_inflation, import_inflation, interest, covid] = &self.0;
        let initial_covariance =
            if inputs.get("P00").is_some() { matrix(inputs, "P00")? } else { DMatrix::zeros(0, 0) };
        Ok(LaubachWilliams {
            data: LaubachWilliamsData {
                log_gdp,
                inflation,
                inflation_expectations,
                oil_inflation,
                import_inflation,
                interest,
                covid,
            },
            lambda_g: number_or(inputs, "lambda_g", f64::NAN)?,
            lambda_z: number_or(inputs, "lambda_z", f64::NAN)?,
            initial_state: vector_or_empty(inputs, "xi00")?,
            initial_covariance,
            regimes: regimes(inputs)?,
        })
    }
}

fn regimes(inputs: &Value) -> Result<Vec<VolatilityRegime>, NumericsError> {
    let listed = inputs.get("kappa").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let zero_based = |regime: &Value, key: &'static str| {
        count(regime, key)?
            .checked_sub(1)
            .ok_or(NumericsError::InvalidArgument { what: "kappa", why: format!("`{key}` counts from one") })
    };
    listed
        .iter()
        .map(|regime| {
            Ok(VolatilityRegime {
                first: zero_based(regime, "t_start")?,
                last: zero_based(regime, "t_end")?,
                kappa: number_or(regime, "value", 1.0)?,
            })
        })
        .collect()
}

fn params(inputs: &Value) -> Result<LaubachWilliamsParams, NumericsError> {
    let listed = inputs.get("params").unwrap_or(&Value::Null);
    let mut values = [f64::NAN; 13];
    for (value, name) in values.iter_mut().zip(LaubachWilliamsParams::NAMES) {
        *value = number_or(listed, name, f64::NAN)?;
    }
    Ok(LaubachWilliamsParams::from_array(values))
}

fn laubach_williams(inputs: &Value) -> Result<Value, NumericsError> {
    let series = Series::read(inputs)?;
    let rate = state_space::laubach_williams(&series.model(inputs)?, &params(inputs)?)?;
    Ok(json!({
        "g": vector_to_json(&rate.growth),
        "z": vector_to_json(&rate.other),
        "rstar": vector_to_json(&rate.r_star),
        "output_gap": vector_to_json(&rate.output_gap),
        "g_smoothed": vector_to_json(&rate.growth_smoothed),
        "z_smoothed": vector_to_json(&rate.other_smoothed),
        "rstar_smoothed": vector_to_json(&rate.r_star_smoothed),
        "output_gap_smoothed": vector_to_json(&rate.output_gap_smoothed),
        "real_rate_gap": vector_to_json(&rate.real_rate_gap),
        "loglik": rate.log_likelihood,
    }))
}

fn laubach_williams_mle(inputs: &Value) -> Result<Value, NumericsError> {
    let series = Series::read(inputs)?;
    let free = texts(inputs, "free")?;
    let free: Vec<&str> = free.iter().map(String::as_str).collect();
    let fit = state_space::fit_laubach_williams(&series.model(inputs)?, &params(inputs)?, &free)?;
    let named: Map<String, Value> = LaubachWilliamsParams::NAMES
        .iter()
        .zip(fit.params.to_array())
        .map(|(name, value)| ((*name).to_owned(), Value::from(value)))
        .collect();
    Ok(json!({ "loglik": fit.log_likelihood, "params": named, "kappa": vector_to_json(&fit.kappas) }))
}

fn median_unbiased(inputs: &Value) -> Result<Value, NumericsError> {
    let lambda = state_space::median_unbiased_lambda_g(&vector(inputs, "potential")?)?;
    Ok(json!({ "lambda_g": lambda }))
}
