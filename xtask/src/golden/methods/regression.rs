//! Runners of the regression methods.

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::regression::{self, Deterministic, HacLags, JohansenTrend, SmallSample, WhiteKind};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{
    count, count_or, flag_or, matrix, matrix_to_json, number_to_json, optional_to_json, text_or, vector, vector_to_json,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("ols.fit", ols_fit),
    ("ols.diagnostics", ols_diagnostics),
    ("hac.newey_west", newey_west),
    ("hac.white_hc", white_hc),
    ("hac.bandwidth", bandwidth),
    ("unit_root.adf", adf),
    ("cointegration.johansen", johansen),
    ("beer.dols", dols),
];

/// `X` with a constant in front when the case asks for one.
fn design(inputs: &Value) -> Result<DMatrix<f64>, NumericsError> {
    let x = matrix(inputs, "X")?;
    Ok(if flag_or(inputs, "add_constant", false)? { regression::with_constant(&x) } else { x })
}

fn ols_fit(inputs: &Value) -> Result<Value, NumericsError> {
    let fit = regression::ols(&vector(inputs, "y")?, &design(inputs)?)?;
    Ok(json!({
        "beta": vector_to_json(&fit.coefficients),
        "se": vector_to_json(&fit.table.std_errors),
        "t": vector_to_json(&fit.table.t_stats),
        "p": vector_to_json(&fit.table.p_values),
        "r2": fit.r_squared,
        "adj_r2": fit.adjusted_r_squared,
        "sigma": fit.sigma(),
        "ssr": fit.ssr,
        "f": optional_to_json(fit.f_stat),
        "loglik": number_to_json(fit.log_likelihood),
        "aic": number_to_json(fit.aic),
        "bic": number_to_json(fit.bic),
    }))
}

fn ols_diagnostics(inputs: &Value) -> Result<Value, NumericsError> {
    let x = design(inputs)?;
    let fit = regression::ols(&vector(inputs, "y")?, &x)?;
    let tests = regression::diagnose(&fit, &x, count(inputs, "bg_lags")?)?;
    let influence = regression::influence(&fit)?;
    let factors = regression::variance_inflation(&fit, &x)?;
    let slopes = usize::from(flag_or(inputs, "add_constant", false)?);
    Ok(json!({
        "dw": tests.durbin_watson,
        "jb": tests.jarque_bera.statistic,
        "jb_p": tests.jarque_bera.p_value,
        "skew": tests.jarque_bera.skewness,
        "kurt": tests.jarque_bera.kurtosis,
        "bp_lm": tests.breusch_pagan.statistic,
        "bp_p": tests.breusch_pagan.p_value,
        "white_lm": tests.white.statistic,
        "white_p": tests.white.p_value,
        "bg_lm": tests.breusch_godfrey.statistic,
        "bg_p": tests.breusch_godfrey.p_value,
        "bg_f": tests.breusch_godfrey_f.statistic,
        "reset_f": tests.reset.statistic,
        "reset_p": tests.reset.p_value,
        "lb_q": tests.ljung_box.statistic,
        "lb_p": tests.ljung_box.p_value,
        "arch_lm": tests.arch.statistic,
        "arch_p": tests.arch.p_value,
        "vif": vector_to_json(&factors[slopes..]),
        "leverage": vector_to_json(&influence.leverage),
        "cooks": vector_to_json(&influence.cooks_distance),
        "student_int": vector_to_json(&influence.internally_studentised),
        "student_ext": vector_to_json(&influence.externally_studentised),
    }))
}

fn newey_west(inputs: &Value) -> Result<Value, NumericsError> {
    let x = design(inputs)?;
    let fit = regression::ols(&vector(inputs, "y")?, &x)?;
    let small_sample =
        if flag_or(inputs, "small_sample", true)? { SmallSample::Corrected } else { SmallSample::Uncorrected };
    let (table, _) = regression::newey_west(&fit, &x, HacLags::Fixed(count(inputs, "lags")?), small_sample)?;
    Ok(json!({
        "beta": vector_to_json(&fit.coefficients),
        "se": vector_to_json(&table.std_errors),
        "cov": matrix_to_json(&table.covariance),
        "t": vector_to_json(&table.t_stats),
        "p_t": vector_to_json(&table.p_values),
    }))
}

fn white_hc(inputs: &Value) -> Result<Value, NumericsError> {
    let x = design(inputs)?;
    let fit = regression::ols(&vector(inputs, "y")?, &x)?;
    let errors = |kind| regression::white(&fit, &x, kind).map(|table| vector_to_json(&table.std_errors));
    Ok(json!({
        "hc0": errors(WhiteKind::Hc0)?,
        "hc1": errors(WhiteKind::Hc1)?,
        "hc2": errors(WhiteKind::Hc2)?,
        "hc3": errors(WhiteKind::Hc3)?,
    }))
}

fn bandwidth(inputs: &Value) -> Result<Value, NumericsError> {
    let rules = regression::bandwidth_rules(&vector(inputs, "y")?, &design(inputs)?, count_or(inputs, "prewhite", 0)?)?;
    Ok(json!({
        "nw1994_bandwidth": rules.newey_west_1994,
        "nw1994_lags": rules.newey_west_1994_lags,
        "rule_4_9": rules.rule_of_thumb,
        "rule_sw": rules.stock_watson,
    }))
}

fn adf(inputs: &Value) -> Result<Value, NumericsError> {
    let deterministic = match text_or(inputs, "regression", "c")? {
        "n" | "nc" => Deterministic::None,
        "c" => Deterministic::Constant,
        "ct" => Deterministic::ConstantTrend,
        "ctt" => Deterministic::ConstantQuadraticTrend,
        other => return Err(NumericsError::InvalidArgument { what: "regression", why: other.to_owned() }),
    };
    let test = regression::adf(&vector(inputs, "x")?, count(inputs, "lags")?, deterministic)?;
    Ok(json!({
        "stat": test.statistic,
        "p_mackinnon": test.p_value,
        "nobs": test.observations,
        "crit_1": test.critical_values[0],
        "crit_5": test.critical_values[1],
        "crit_10": test.critical_values[2],
    }))
}

fn johansen(inputs: &Value) -> Result<Value, NumericsError> {
    let result = regression::johansen(&matrix(inputs, "X")?, count(inputs, "k_ar_diff")?, JohansenTrend::Constant)?;
    Ok(json!({
        "eigenvalues": vector_to_json(&result.eigenvalues),
        "trace": vector_to_json(&result.trace),
        "max_eig": vector_to_json(&result.max_eigenvalue),
    }))
}

fn dols(inputs: &Value) -> Result<Value, NumericsError> {
    let fit = regression::dols(
        &vector(inputs, "reer")?,
        &matrix(inputs, "fundamentals")?,
        count(inputs, "lags")?,
        count(inputs, "leads")?,
        count(inputs, "bandwidth")?,
    )?;
    let mut static_ols = fit.static_coefficients.clone();
    static_ols.rotate_left(1);
    Ok(json!({
        "dols_slope": vector_to_json(&fit.slopes),
        "dols_const": fit.constant,
        "dols_se": vector_to_json(&fit.slope_std_errors),
        "static_ols": vector_to_json(&static_ols),
        "misalignment": vector_to_json(&fit.deviations),
    }))
}
