//! Runners of the risk measures, their backtests and the stress tests.

use nalgebra::DMatrix;
use numerics::tails::{
    DeltaGamma, Garch11, StudentCopula, StudentCopulaModel, TrafficLight, Zone, acerbi_szekely,
    component_cornish_fisher, component_shortfall, component_var_at, cornish_fisher, coverage_tests,
    filtered_historical, gaussian_es, gaussian_var, gaussian_var_horizon, historical_tail, kupiec_region,
    multivariate_t_tail, student_es, student_var, traffic_light, z2_distribution,
};
use numerics::{NumericsError, Result};
use serde_json::{Map, Value, json};

use super::Runner;
use crate::golden::case::{
    count, counts, matrix, matrix_to_json, number, optional_number, optional_to_json, rows, vector, vector_to_json,
};

/// Seed of every simulated case.
const SEED: u64 = 20_240_131;

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("var.historical", historical),
    ("var.parametric", parametric),
    ("var.cornish_fisher", modified),
    ("var.component", component),
    ("var.component_cornish_fisher", component_modified),
    ("var.filtered_historical", filtered),
    ("var.t_copula", t_copula),
    ("var.t_copula_mc_limit", t_copula_limit),
    ("es.component_historical", component_es),
    ("copula.student_t", student_copula),
    ("backtest.var_coverage", coverage),
    ("backtest.kupiec_region", region),
    ("backtest.basel_traffic_light", basel),
    ("backtest.es_acerbi_szekely", es_backtest),
    ("backtest.es_z2_critical", es_critical),
    ("stress.factor_conditional", stress),
];

/// One object per confidence level under the key `c990` for 99%.
fn by_confidence(inputs: &Value, run: impl Fn(f64) -> Result<Value>) -> Result<Value> {
    let mut out = Map::new();
    for confidence in vector(inputs, "confidence")? {
        out.insert(format!("c{:03.0}", confidence * 1000.0), run(confidence)?);
    }
    Ok(Value::Object(out))
}

fn historical(inputs: &Value) -> Result<Value> {
    let returns: Vec<f64> = vector(inputs, "returns")?.into_iter().filter(|r| !r.is_nan()).collect();
    by_confidence(inputs, |confidence| {
        let tail = historical_tail(&returns, confidence)?;
        Ok(json!({
            "var_linear": tail.var_linear,
            "var_order_stat": tail.var_order_statistic,
            "var_median_unbiased": tail.var_median_unbiased,
            "es_tail_mean": tail.es_tail_mean,
            "es_acerbi_tasche": tail.es_acerbi_tasche,
        }))
    })
}

fn parametric(inputs: &Value) -> Result<Value> {
    let (mean, sd, nu) = (number(inputs, "mean")?, number(inputs, "sd")?, number(inputs, "nu")?);
    by_confidence(inputs, |c| {
        Ok(json!({
            "var_normal": gaussian_var(mean, sd, c)?,
            "es_normal": gaussian_es(mean, sd, c)?,
            "var_t": student_var(mean, sd, nu, c)?,
            "es_t": student_es(mean, sd, nu, c)?,
            "var_10d_sqrt": gaussian_var_horizon(mean, sd, c, 10.0)?,
        }))
    })
}

fn modified(inputs: &Value) -> Result<Value> {
    let returns = vector(inputs, "returns")?;
    by_confidence(inputs, |c| {
        let m = cornish_fisher(&returns, c)?;
        Ok(json!({
            "var_modified": m.var,
            "es_modified": optional_to_json(m.es),
            "var_gaussian": m.gaussian_var,
            "skew": m.skew,
            "kurt_excess": m.kurt_excess,
            "domain_ok": m.in_domain,
        }))
    })
}

fn component(inputs: &Value) -> Result<Value> {
    let split = component_var_at(&vector(inputs, "positions")?, &matrix(inputs, "cov")?, number(inputs, "z")?)?;
    Ok(json!({
        "var": split.total,
        "individual": split.individual,
        "undiversified": split.undiversified,
        "marginal": split.marginal,
        "component": split.component,
        "component_pct": split.percent,
        "incremental_removal": split.incremental_removal,
        "beta": split.beta,
    }))
}

fn component_modified(inputs: &Value) -> Result<Value> {
    let split =
        component_cornish_fisher(&matrix(inputs, "X")?, &vector(inputs, "weights")?, number(inputs, "confidence")?)?;
    Ok(json!({
        "mvar": split.var,
        "contribution": split.contribution,
        "pct": split.percent,
        "gaussian_var": split.gaussian_var,
        "gaussian_contribution": split.gaussian_contribution,
    }))
}

fn filtered(inputs: &Value) -> Result<Value> {
    let params = &inputs["params"];
    let garch = Garch11 {
        mu: number(params, "mu")?,
        omega: number(params, "omega")?,
        alpha: number(params, "alpha")?,
        beta: number(params, "beta")?,
    };
    let draws: Vec<Vec<usize>> =
        rows(inputs, "draws")?.iter().map(|path| path.iter().map(|&day| day as usize).collect()).collect();
    let risk = filtered_historical(
        &vector(inputs, "returns")?,
        garch,
        number(inputs, "backcast")?,
        number(inputs, "confidence")?,
        &draws,
    )?;
    Ok(json!({
        "sigma_next": risk.sigma_next,
        "z_quantile": risk.z_quantile,
        "var_1d": risk.var_1d,
        "es_1d": risk.es_1d,
        "horizon_return": vector_to_json(&risk.horizon_return),
        "var_h": risk.var_h,
        "es_h": risk.es_h,
    }))
}

fn t_copula(inputs: &Value) -> Result<Value> {
    let model = StudentCopulaModel::new(
        &matrix(inputs, "corr")?,
        number(inputs, "copula_nu")?,
        vector(inputs, "scale")?,
        vector(inputs, "marginal_nu")?,
    )?;
    let (normals, chi2) = (matrix(inputs, "normals")?, vector(inputs, "chi2")?);
    let uniforms = model.uniforms(&normals, &chi2)?;
    let tail = model.portfolio(&vector(inputs, "weights")?, &normals, &chi2, number(inputs, "confidence")?)?;
    let shown = uniforms.rows(0, uniforms.nrows().min(5)).into_owned();
    Ok(json!({
        "uniforms": matrix_to_json(&shown),
        "portfolio": vector_to_json(&tail.portfolio),
        "var": tail.var,
        "es": tail.es,
    }))
}

fn t_copula_limit(inputs: &Value) -> Result<Value> {
    let tail = multivariate_t_tail(
        &matrix(inputs, "dispersion")?,
        number(inputs, "nu")?,
        &vector(inputs, "weights")?,
        number(inputs, "confidence")?,
        count(inputs, "n_sims")?,
        SEED,
    )?;
    Ok(json!({"var": tail.var, "es": tail.es, "mc_standard_error_var": tail.standard_error}))
}

fn component_es(inputs: &Value) -> Result<Value> {
    let split = component_shortfall(&matrix(inputs, "scenario_pnl")?, number(inputs, "confidence")?)?;
    Ok(json!({
        "var": split.var,
        "es": split.es,
        "component_es": split.component,
        "component_es_pct": split.percent,
    }))
}

fn student_copula(inputs: &Value) -> Result<Value> {
    let copula = StudentCopula::new(number(inputs, "rho")?, number(inputs, "nu")?)?;
    let (mut density, mut conditional) = (Vec::new(), Vec::new());
    for pair in rows(inputs, "u")? {
        let &[u1, u2] = pair.as_slice() else {
            return Err(NumericsError::DimensionMismatch { what: "u", expected: 2, got: pair.len() });
        };
        density.push(copula.log_density(u1, u2)?);
        conditional.push(copula.conditional_cdf(u1, u2)?);
    }
    Ok(json!({
        "loglik": density.iter().sum::<f64>(),
        "logpdf": density,
        "h1": conditional,
        "kendall_tau": copula.kendall_tau(),
        "tail_dependence": copula.tail_dependence(),
    }))
}

fn coverage(inputs: &Value) -> Result<Value> {
    let hits: Vec<bool> = counts(inputs, "hits")?.into_iter().map(|h| h > 0).collect();
    let test = coverage_tests(&hits, number(inputs, "p")?)?;
    Ok(json!({
        "T": test.observations,
        "exceptions": test.exceptions,
        "lr_uc": test.lr_uc,
        "p_uc": test.p_uc,
        "n00": test.n00,
        "n01": test.n01,
        "n10": test.n10,
        "n11": test.n11,
        "pi01": test.pi01,
        "pi11": test.pi11,
        "lr_ind": test.lr_ind,
        "p_ind": test.p_ind,
        "lr_cc": test.lr_cc,
        "p_cc": test.p_cc,
        "binomial_tail": test.binomial_tail,
        "z_score": test.z_score,
    }))
}

fn region(inputs: &Value) -> Result<Value> {
    let bounds = rows(inputs, "grid")?
        .iter()
        .map(|cell| match cell.as_slice() {
            &[days, p] => kupiec_region(days as usize, p, 0.05),
            other => Err(NumericsError::DimensionMismatch { what: "grid", expected: 2, got: other.len() }),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({"accept_min_max": bounds}))
}

fn zone_code(zone: Zone) -> (usize, &'static str) {
    match zone {
        Zone::Green => (0, "green"),
        Zone::Yellow => (1, "yellow"),
        Zone::Red => (2, "red"),
    }
}

fn basel(inputs: &Value) -> Result<Value> {
    let (observations, p) = (count(inputs, "observations")?, number(inputs, "p")?);
    let lights = counts(inputs, "exceptions")?
        .into_iter()
        .map(|exceptions| traffic_light(observations, p, exceptions))
        .collect::<Result<Vec<_>>>()?;
    let table = (0..=15.min(observations))
        .map(|exceptions| traffic_light(observations, p, exceptions))
        .collect::<Result<Vec<_>>>()?;
    let column = |of: fn(&TrafficLight) -> f64| table.iter().map(of).collect::<Vec<_>>();
    Ok(json!({
        "cumulative": column(|l| l.cumulative),
        "exact_prob": column(|l| l.exact_probability),
        "zone": lights.iter().map(|l| zone_code(l.zone).1).collect::<Vec<_>>(),
        "zone_code": lights.iter().map(|l| zone_code(l.zone).0).collect::<Vec<_>>(),
        "multiplier_1996": lights.iter().map(|l| l.multiplier_1996).collect::<Vec<_>>(),
        "multiplier_frtb": lights.iter().map(|l| l.multiplier_frtb).collect::<Vec<_>>(),
    }))
}

fn es_backtest(inputs: &Value) -> Result<Value> {
    let test = acerbi_szekely(
        &vector(inputs, "returns")?,
        &vector(inputs, "var")?,
        &vector(inputs, "es")?,
        number(inputs, "alpha")?,
    )?;
    Ok(json!({
        "exceptions": test.exceptions,
        "z1": optional_to_json(test.z1),
        "z2": test.z2,
        "z2_zone": zone_code(test.zone).0,
    }))
}

fn es_critical(inputs: &Value) -> Result<Value> {
    let paths = count(inputs, "reference_sims")?;
    let z2 =
        z2_distribution(count(inputs, "T")?, number(inputs, "alpha")?, optional_number(inputs, "nu")?, paths, SEED)?;
    Ok(json!({"z2_critical_5pct": z2.critical_5pct, "z2_mean": z2.mean}))
}

fn stress(inputs: &Value) -> Result<Value> {
    let book = DeltaGamma::new(vector(inputs, "delta")?, matrix(inputs, "gamma")?)?;
    let factor_cov: DMatrix<f64> = matrix(inputs, "factor_cov")?;
    let pnl = rows(inputs, "shocks")?.iter().map(|shock| book.pnl(shock)).collect::<Result<Vec<_>>>()?;
    let conditional = book.conditional(&factor_cov, &counts(inputs, "stressed")?, &vector(inputs, "stress_values")?)?;
    let (mean, variance) = book.moments(&factor_cov)?;
    Ok(json!({
        "scenario_pnl": pnl,
        "conditional_factors": conditional.factors,
        "conditional_pnl": conditional.pnl,
        "conditional_cov": matrix_to_json(&conditional.covariance),
        "mahalanobis": conditional.mahalanobis,
        "delta_gamma_mean": mean,
        "delta_gamma_var": variance,
    }))
}
