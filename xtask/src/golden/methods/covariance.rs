//! Runners of the covariance methods.

use numerics::Result;
use numerics::covariance::{
    MarchenkoPastur, clipped_correlation, denoise, denoise_fitted, ledoit_wolf_constant_correlation,
    ledoit_wolf_constant_correlation_unbiased, ledoit_wolf_identity, nearest_correlation, oracle_approximating,
    oracle_approximating_chen,
};
use numerics::linalg::symmetric_eigen;
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{count, matrix, matrix_to_json, number, vector, vector_to_json};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("cov.ledoit_wolf_identity", identity),
    ("cov.ledoit_wolf_constant_correlation", constant_correlation),
    ("cov.oas", oas),
    ("cov.marchenko_pastur", marchenko_pastur),
    ("cov.rmt_denoise", rmt_denoise),
    ("cov.rmt_denoise_fitted", rmt_denoise_fitted),
    ("cov.nearest_correlation", nearest),
];

fn identity(inputs: &Value) -> Result<Value> {
    let shrunk = ledoit_wolf_identity(&matrix(inputs, "X")?)?;
    let smallest = symmetric_eigen(&shrunk.covariance)?.values.last().copied().unwrap_or(f64::NAN);
    Ok(json!({
        "cov": matrix_to_json(&shrunk.covariance),
        "shrinkage": shrunk.intensity,
        "mu": shrunk.mean_variance,
        "min_eigenvalue_positive": smallest > 0.0,
    }))
}

fn constant_correlation(inputs: &Value) -> Result<Value> {
    let x = matrix(inputs, "X")?;
    let shrunk = ledoit_wolf_constant_correlation(&x)?;
    let unbiased = ledoit_wolf_constant_correlation_unbiased(&x)?;
    Ok(json!({
        "cov": matrix_to_json(&shrunk.covariance),
        "shrinkage": shrunk.intensity,
        "cov_tm1": matrix_to_json(&unbiased.covariance),
        "shrinkage_tm1": unbiased.intensity,
    }))
}

fn oas(inputs: &Value) -> Result<Value> {
    let x = matrix(inputs, "X")?;
    let (common, paper) = (oracle_approximating(&x)?, oracle_approximating_chen(&x)?);
    Ok(json!({
        "cov": matrix_to_json(&common.covariance),
        "shrinkage": common.intensity,
        "cov_chen2010": matrix_to_json(&paper.covariance),
        "shrinkage_chen2010": paper.intensity,
    }))
}

fn marchenko_pastur(inputs: &Value) -> Result<Value> {
    let law = MarchenkoPastur::new(count(inputs, "T")?, count(inputs, "N")?, number(inputs, "sigma2")?)?;
    let density: Vec<f64> = vector(inputs, "x")?.into_iter().map(|x| law.density(x)).collect();
    Ok(json!({"lambda_min": law.lambda_min, "lambda_max": law.lambda_max, "pdf": density}))
}

fn rmt_denoise(inputs: &Value) -> Result<Value> {
    let cleaned = denoise(&matrix(inputs, "X")?, number(inputs, "sigma2")?)?;
    Ok(json!({
        "eigenvalues": vector_to_json(&cleaned.eigenvalues),
        "lambda_max": cleaned.lambda_max,
        "n_factors": cleaned.n_factors,
        "corr_denoised": matrix_to_json(&cleaned.correlation),
        "cov_denoised": matrix_to_json(&cleaned.covariance),
    }))
}

fn rmt_denoise_fitted(inputs: &Value) -> Result<Value> {
    let cleaned = denoise_fitted(&matrix(inputs, "X")?)?;
    Ok(json!({"cov_denoised": matrix_to_json(&cleaned.covariance), "n_factors": cleaned.n_factors}))
}

fn nearest(inputs: &Value) -> Result<Value> {
    let a = matrix(inputs, "A")?;
    Ok(json!({
        "higham": matrix_to_json(&nearest_correlation(&a)?),
        "clipped": matrix_to_json(&clipped_correlation(&a)?),
        "min_eig": symmetric_eigen(&a)?.values.last(),
    }))
}
