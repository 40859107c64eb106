//! Runners of the filters.

use numerics::NumericsError;
use numerics::filters::{self, LoessDegree, LoessWindow, SeasonalModel, StlSettings, TrendCycle};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{count, count_or, number, optionals_to_json, text_or, vector, vector_to_json};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("filter.hp", hodrick_prescott),
    ("filter.hp_one_sided", hodrick_prescott_one_sided),
    ("filter.hamilton", hamilton),
    ("seasonal.classical", classical),
    ("seasonal.henderson_weights", henderson_weights),
    ("seasonal.stl", stl),
];

fn trend_cycle(split: &TrendCycle) -> Value {
    json!({ "trend": vector_to_json(&split.trend), "cycle": vector_to_json(&split.cycle) })
}

fn hodrick_prescott(inputs: &Value) -> Result<Value, NumericsError> {
    filters::hodrick_prescott(&vector(inputs, "x")?, number(inputs, "lambda")?).map(|split| trend_cycle(&split))
}

fn hodrick_prescott_one_sided(inputs: &Value) -> Result<Value, NumericsError> {
    filters::hodrick_prescott_one_sided(&vector(inputs, "x")?, number(inputs, "lambda")?)
        .map(|split| trend_cycle(&split))
}

fn hamilton(inputs: &Value) -> Result<Value, NumericsError> {
    let result = filters::hamilton(&vector(inputs, "x")?, count_or(inputs, "h", 8)?, count_or(inputs, "p", 4)?)?;
    Ok(json!({
        "cycle": optionals_to_json(&result.cycle),
        "trend": optionals_to_json(&result.trend),
        "random_walk_cycle": optionals_to_json(&result.random_walk_cycle),
        "beta": vector_to_json(&result.coefficients),
        "cycle_sd": result.cycle_deviation,
        "random_walk_sd": result.random_walk_deviation,
    }))
}

fn classical(inputs: &Value) -> Result<Value, NumericsError> {
    let model = match text_or(inputs, "model", "additive")? {
        "additive" => SeasonalModel::Additive,
        "multiplicative" => SeasonalModel::Multiplicative,
        other => return Err(NumericsError::InvalidArgument { what: "model", why: format!("`{other}` is unknown") }),
    };
    let parts = filters::classical_decomposition(&vector(inputs, "x")?, count(inputs, "period")?, model)?;
    Ok(json!({
        "trend": optionals_to_json(&parts.trend),
        "seasonal": vector_to_json(&parts.seasonal),
        "resid": optionals_to_json(&parts.remainder),
        "figure": vector_to_json(&parts.figure),
    }))
}

fn henderson_weights(inputs: &Value) -> Result<Value, NumericsError> {
    Ok(json!({ "weights": vector_to_json(&filters::henderson_weights(count(inputs, "terms")?)?) }))
}

fn stl(inputs: &Value) -> Result<Value, NumericsError> {
    let window = |name: &str| -> Result<LoessWindow, NumericsError> {
        let degree = match count_or(inputs, &format!("{name}_deg"), 1)? {
            0 => LoessDegree::Constant,
            1 => LoessDegree::Linear,
            other => {
                return Err(NumericsError::InvalidArgument {
                    what: "degree",
                    why: format!("{other} is neither 0 nor 1"),
                });
            }
        };
        Ok(LoessWindow { length: count(inputs, name)?, degree, jump: count_or(inputs, &format!("{name}_jump"), 1)? })
    };
    let settings = StlSettings {
        period: count(inputs, "period")?,
        seasonal: window("seasonal")?,
        trend: window("trend")?,
        low_pass: window("low_pass")?,
        inner: count_or(inputs, "inner", 2)?,
        outer: count_or(inputs, "outer", 0)?,
    };
    let parts = filters::stl(&vector(inputs, "x")?, &settings)?;
    Ok(json!({
        "seasonal": vector_to_json(&parts.seasonal),
        "trend": vector_to_json(&parts.trend),
        "resid": vector_to_json(&parts.remainder),
        "weights": vector_to_json(&parts.weights),
    }))
}
