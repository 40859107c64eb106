//! Runners of the volatility methods.

use numerics::NumericsError;
use numerics::volatility::{self, GarchKind, GarchModel, InnovationKind, Innovations, Presample};
use serde_json::{Map, Value, json};

use super::Runner;
use crate::golden::case::{
    count_or, matrix, matrix_to_json, number, number_or, optional_number, optional_to_json, optionals_to_json, text_or,
    vector, vector_to_json,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] =
    &[("vol.ewma", ewma), ("vol.ewma_cov", ewma_covariance), ("garch.filter", garch_filter), ("garch.fit", garch_fit)];

fn ewma(inputs: &Value) -> Result<Value, NumericsError> {
    let result = volatility::ewma_variance(&vector(inputs, "returns")?, number(inputs, "lambda")?)?;
    Ok(json!({
        "variance_after": vector_to_json(&result.variance),
        "forecast_next": result.forecast,
        "vol_next": result.forecast_volatility,
        "effective_obs_1pct": result.effective_observations,
        "half_life": result.half_life,
        "normalised_next": result.normalised_forecast,
    }))
}

fn ewma_covariance(inputs: &Value) -> Result<Value, NumericsError> {
    let result = volatility::ewma_covariance(&matrix(inputs, "returns")?, number(inputs, "lambda")?)?;
    let correlation: Vec<Value> = result.correlation.iter().map(optionals_to_json).collect();
    Ok(json!({
        "cov": matrix_to_json(&result.covariance),
        "corr": correlation,
        "vol": vector_to_json(&result.volatility),
    }))
}

fn innovation_kind(inputs: &Value) -> Result<InnovationKind, NumericsError> {
    match text_or(inputs, "dist", "normal")? {
        "normal" => Ok(InnovationKind::Normal),
        "t" => Ok(InnovationKind::StudentT),
        other => Err(NumericsError::InvalidArgument { what: "dist", why: format!("`{other}` is unknown") }),
    }
}

fn presample(inputs: &Value) -> Result<Presample, NumericsError> {
    Ok(optional_number(inputs, "backcast")?.map_or(Presample::MeanSquare, Presample::Variance))
}

fn garch_filter(inputs: &Value) -> Result<Value, NumericsError> {
    let params = inputs.get("params").unwrap_or(&Value::Null);
    let innovations = match innovation_kind(inputs)? {
        InnovationKind::Normal => Innovations::Normal,
        InnovationKind::StudentT => Innovations::StudentT { degrees_of_freedom: number(params, "nu")? },
    };
    let model = GarchModel {
        mu: number(params, "mu")?,
        omega: number(params, "omega")?,
        alpha: number(params, "alpha")?,
        gamma: number_or(params, "gamma", 0.0)?,
        beta: number(params, "beta")?,
        innovations,
    };
    let returns = vector(inputs, "returns")?;
    let result = volatility::garch_filter(&returns, &model, presample(inputs)?, count_or(inputs, "horizon", 1)?)?;
    Ok(json!({
        "cond_variance": vector_to_json(&result.variance),
        "std_resid": vector_to_json(&result.standardised),
        "loglik": result.log_likelihood,
        "forecast_variance": vector_to_json(&result.forecast),
        "unconditional": optional_to_json(result.unconditional_variance),
    }))
}

fn garch_fit(inputs: &Value) -> Result<Value, NumericsError> {
    let kind = match text_or(inputs, "model", "garch")? {
        "gjr" => GarchKind::Gjr,
        _ => GarchKind::Symmetric,
    };
    let fit = volatility::fit_garch(&vector(inputs, "returns")?, kind, innovation_kind(inputs)?, presample(inputs)?)?;
    let mut params = Map::new();
    params.insert("mu".to_owned(), fit.model.mu.into());
    params.insert("omega".to_owned(), fit.model.omega.into());
    params.insert("alpha".to_owned(), fit.model.alpha.into());
    if kind == GarchKind::Gjr {
        params.insert("gamma".to_owned(), fit.model.gamma.into());
    }
    params.insert("beta".to_owned(), fit.model.beta.into());
    if let Innovations::StudentT { degrees_of_freedom } = fit.model.innovations {
        params.insert("nu".to_owned(), degrees_of_freedom.into());
    }
    Ok(json!({
        "params": params,
        "loglik": fit.log_likelihood,
        "se_hessian": fit.std_errors.as_ref().map_or(Value::Null, vector_to_json),
        "se_robust": fit.robust_std_errors.as_ref().map_or(Value::Null, vector_to_json),
        "persistence": fit.model.persistence(),
    }))
}
