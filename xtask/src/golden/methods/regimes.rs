//! Runners of the regime models.

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::regimes::{
    self, CategoricalHmm, GaussianHmm, MarkovChain, Posterior, SwitchingAr, SwitchingMeanVariance, TwoStateChain,
};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{count, counts, matrix, matrix_to_json, number, number_to_json, vector, vector_to_json};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("hmm.categorical", categorical),
    ("hmm.gaussian", gaussian),
    ("hmm.gaussian_em", gaussian_em),
    ("markov_switching.ar_filter", ar_filter),
    ("markov_switching.ar_mle", ar_mle),
    ("markov_switching.mean_variance", mean_variance),
];

fn chain(inputs: &Value) -> Result<MarkovChain, NumericsError> {
    Ok(MarkovChain { start: vector(inputs, "startprob")?, transition: matrix(inputs, "transmat")? })
}

fn posterior_to_json(posterior: &Posterior) -> Value {
    json!({
        "loglik": posterior.log_likelihood,
        "filtered": matrix_to_json(&posterior.filtered),
        "smoothed": matrix_to_json(&posterior.smoothed),
        "viterbi_path": posterior.path,
        "viterbi_logprob": posterior.path_log_probability,
    })
}

fn categorical(inputs: &Value) -> Result<Value, NumericsError> {
    let model = CategoricalHmm { chain: chain(inputs)?, emission: matrix(inputs, "emission")? };
    model.posterior(&counts(inputs, "obs")?).map(|posterior| posterior_to_json(&posterior))
}

fn gaussian_model(inputs: &Value) -> Result<GaussianHmm, NumericsError> {
    let listed = inputs.get("covars").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let covariances: Result<Vec<DMatrix<f64>>, NumericsError> =
        listed.iter().map(|covariance| matrix(&json!({ "covars": covariance }), "covars")).collect();
    Ok(GaussianHmm { chain: chain(inputs)?, means: matrix(inputs, "means")?, covariances: covariances? })
}

fn gaussian(inputs: &Value) -> Result<Value, NumericsError> {
    gaussian_model(inputs)?.posterior(&matrix(inputs, "x")?).map(|posterior| posterior_to_json(&posterior))
}

fn gaussian_em(inputs: &Value) -> Result<Value, NumericsError> {
    let run = gaussian_model(inputs)?.em(&matrix(inputs, "x")?, count(inputs, "n_iter")?, None)?;
    let covariances: Vec<Value> = run.model.covariances.iter().map(matrix_to_json).collect();
    Ok(json!({
        "loglik_history": vector_to_json(&run.history),
        "startprob": vector_to_json(&run.model.chain.start),
        "transmat": matrix_to_json(&run.model.chain.transition),
        "means": matrix_to_json(&run.model.means),
        "covars": covariances,
        "loglik_final": run.log_likelihood,
    }))
}

fn params(inputs: &Value) -> &Value {
    inputs.get("params").unwrap_or(&Value::Null)
}

fn two_state_chain(params: &Value) -> Result<TwoStateChain, NumericsError> {
    Ok(TwoStateChain { stay_low: number(params, "p00")?, to_low: number(params, "p10")? })
}

fn ar_filter(inputs: &Value) -> Result<Value, NumericsError> {
    let params = params(inputs);
    let model = SwitchingAr {
        chain: two_state_chain(params)?,
        means: [number(params, "mu0")?, number(params, "mu1")?],
        variance: number(params, "sigma2")?,
        coefficients: vector(params, "phi")?,
    };
    let posterior = regimes::markov_switching_ar(&vector(inputs, "y")?, &model)?;
    Ok(json!({
        "loglik": posterior.log_likelihood,
        "filtered": matrix_to_json(&posterior.filtered),
        "smoothed": matrix_to_json(&posterior.smoothed),
        "expected_durations": model.chain.expected_durations().map(number_to_json),
    }))
}

fn ar_mle(inputs: &Value) -> Result<Value, NumericsError> {
    let start = vector(inputs, "start")?;
    let order = count(inputs, "order")?;
    if start.len() != order + 5 {
        return Err(NumericsError::DimensionMismatch { what: "start", expected: order + 5, got: start.len() });
    }
    let start = SwitchingAr {
        chain: TwoStateChain { stay_low: start[0], to_low: start[1] },
        means: [start[2], start[3]],
        variance: start[4],
        coefficients: start[5..].to_vec(),
    };
    let fit = regimes::fit_markov_switching_ar(&vector(inputs, "y")?, &start)?;
    Ok(json!({
        "loglik": fit.log_likelihood,
        "p00": fit.model.chain.stay_low,
        "p10": fit.model.chain.to_low,
        "mu0": fit.model.means[0],
        "mu1": fit.model.means[1],
        "sigma2": fit.model.variance,
        "phi": vector_to_json(&fit.model.coefficients),
    }))
}

fn mean_variance(inputs: &Value) -> Result<Value, NumericsError> {
    let params = params(inputs);
    let pair = |key: &str| -> Result<[f64; 2], NumericsError> {
        let values = vector(params, key)?;
        let got = values.len();
        values.try_into().map_err(|_| NumericsError::DimensionMismatch { what: "params", expected: 2, got })
    };
    let model =
        SwitchingMeanVariance { chain: two_state_chain(params)?, means: pair("mu")?, variances: pair("sigma2")? };
    regimes::markov_switching_mean_variance(&vector(inputs, "y")?, &model)
        .map(|posterior| posterior_to_json(&posterior))
}
