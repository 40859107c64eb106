//! Runners of the performance and signal methods.

use numerics::performance::{
    SharpeMoments, annualisation_ar1, carino_linking, deflated_sharpe, deflated_sharpe_of_returns, drawdown,
    information_coefficients, metrics, sharpe_standard_error_iid, sharpe_uncertainty,
};
use numerics::{NumericsError, Result};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{
    count, matrix, number, number_or, optional_to_json, optional_vector, optionals_to_json, rows, vector,
    vector_to_json,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("performance.drawdown", drawdown_runner),
    ("performance.metrics", metrics_runner),
    ("performance.sharpe_se", sharpe_error),
    ("performance.sharpe_se_tables", sharpe_tables),
    ("performance.deflated_sharpe", deflated),
    ("performance.deflated_sharpe_returns", deflated_of_returns),
    ("signal.information_coefficient", information),
    ("attribution.carino_linking", linking),
];

fn drawdown_runner(inputs: &Value) -> Result<Value> {
    let found = drawdown(&vector(inputs, "returns")?)?;
    Ok(json!({
        "drawdown": vector_to_json(&found.path),
        "max_drawdown": found.max_drawdown,
        "peak_index": found.peak_index,
        "trough_index": found.trough_index,
        "recovery_index": found.recovery_index,
        "top3_depth": found.episode_depths.iter().take(3).collect::<Vec<_>>(),
        "n_episodes": found.episode_depths.len(),
        "ulcer_index": found.ulcer_index,
        "pain_index": found.pain_index,
        "longest_underwater": found.longest_underwater,
    }))
}

fn metrics_runner(inputs: &Value) -> Result<Value> {
    let benchmark = optional_vector(inputs, "benchmark")?;
    let m = metrics(
        &vector(inputs, "returns")?,
        benchmark.as_deref(),
        number_or(inputs, "rf_per_period", 0.0)?,
        number_or(inputs, "mar_per_period", 0.0)?,
        number(inputs, "periods_per_year")?,
    )?;
    let mut out = json!({
        "cumulative": m.cumulative,
        "cagr": m.cagr,
        "mean": m.mean,
        "vol_annual": m.vol_annual,
        "sharpe": m.sharpe,
        "sharpe_geometric": m.sharpe_geometric,
        "downside_deviation": m.downside_deviation,
        "upside_risk": m.upside_risk,
        "sortino": m.sortino,
        "sortino_per_period": m.sortino_per_period,
        "calmar": m.calmar,
        "max_drawdown": m.max_drawdown,
        "omega": m.omega,
        "downside_potential": m.downside_potential,
        "upside_potential": m.upside_potential,
        "skew": m.skew,
        "kurt_raw": m.kurt_raw,
        "hit_rate": m.hit_rate,
        "bernardo_ledoit": m.bernardo_ledoit,
        "mean_abs_dev": m.mean_abs_dev,
        "d_ratio": m.d_ratio,
    });
    if let Some(r) = m.relative {
        out["beta"] = json!(r.beta);
        out["alpha_per_period"] = json!(r.alpha_per_period);
        out["tracking_error"] = json!(r.tracking_error);
        out["information_ratio_geometric"] = json!(r.information_ratio_geometric);
        out["information_ratio_arith"] = json!(r.information_ratio_arith);
        out["up_capture"] = json!(r.up_capture);
        out["down_capture"] = json!(r.down_capture);
    }
    Ok(out)
}

fn sharpe_error(inputs: &Value) -> Result<Value> {
    let s = sharpe_uncertainty(
        &vector(inputs, "returns")?,
        number_or(inputs, "rf", 0.0)?,
        count(inputs, "lags")?,
        count(inputs, "q")?,
    )?;
    Ok(json!({
        "sharpe": s.sharpe,
        "se_iid": s.se_iid,
        "se_hac": s.se_hac,
        "se_mertens": s.se_mertens,
        "eta_q": optional_to_json(s.eta),
        "sharpe_annual_adjusted": optional_to_json(s.annual_adjusted),
        "sharpe_annual_sqrt": s.annual_sqrt,
    }))
}

fn sharpe_tables(inputs: &Value) -> Result<Value> {
    let errors = rows(inputs, "grid")?
        .iter()
        .map(|cell| match cell.as_slice() {
            &[observations, sharpe] => sharpe_standard_error_iid(sharpe, observations as usize),
            other => Err(NumericsError::DimensionMismatch { what: "grid", expected: 2, got: other.len() }),
        })
        .collect::<Result<Vec<_>>>()?;
    let q = count(inputs, "q")?;
    let factors = vector(inputs, "rho")?.iter().map(|&rho| annualisation_ar1(q, rho)).collect::<Result<Vec<_>>>()?;
    Ok(json!({"se_iid": errors, "eta_ar1": factors}))
}

fn deflated(inputs: &Value) -> Result<Value> {
    let moments = SharpeMoments {
        sharpe: number(inputs, "sharpe")?,
        observations: count(inputs, "n")?,
        skew: number(inputs, "skew")?,
        kurt_raw: number(inputs, "kurtosis")?,
    };
    let evidence = deflated_sharpe(
        moments,
        number(inputs, "n_trials")?,
        number(inputs, "trial_sharpe_sd")?,
        number_or(inputs, "benchmark_sharpe", 0.0)?,
        number_or(inputs, "confidence", 0.95)?,
    )?;
    Ok(json!({
        "psr": evidence.psr,
        "sr_standard_error": evidence.standard_error,
        "expected_max_sharpe": evidence.expected_max_sharpe,
        "dsr": evidence.dsr,
        "min_track_record": evidence.min_track_record,
    }))
}

fn deflated_of_returns(inputs: &Value) -> Result<Value> {
    let found = deflated_sharpe_of_returns(&vector(inputs, "returns")?, &vector(inputs, "trial_sharpes")?)?;
    let Some((moments, evidence)) = found else {
        return Ok(json!({
            "sharpe": null, "skew": null, "kurtosis": null, "psr": null, "expected_max_sharpe": null, "dsr": null,
        }));
    };
    Ok(json!({
        "sharpe": moments.sharpe,
        "skew": moments.skew,
        "kurtosis": moments.kurt_raw,
        "psr": evidence.psr,
        "expected_max_sharpe": evidence.expected_max_sharpe,
        "dsr": evidence.dsr,
    }))
}

fn information(inputs: &Value) -> Result<Value> {
    let ic = information_coefficients(
        &matrix(inputs, "signal")?,
        &matrix(inputs, "forward_returns")?,
        number(inputs, "breadth_per_year")?,
    )?;
    Ok(json!({
        "rank_ic": optionals_to_json(&ic.rank_ic),
        "pearson_ic": optionals_to_json(&ic.pearson_ic),
        "n": ic.names,
        "mean_ic": optional_to_json(ic.mean_ic),
        "ic_sd": optional_to_json(ic.ic_sd),
        "icir": optional_to_json(ic.icir),
        "t_stat": optional_to_json(ic.t_stat),
        "hit_rate": optional_to_json(ic.hit_rate),
        "fundamental_law_ir": optional_to_json(ic.fundamental_law_ir),
    }))
}

fn linking(inputs: &Value) -> Result<Value> {
    let got =
        carino_linking(&vector(inputs, "portfolio")?, &vector(inputs, "benchmark")?, &matrix(inputs, "effects")?)?;
    Ok(json!({
        "linked": vector_to_json(&got.linked),
        "excess": got.excess,
        "k": vector_to_json(&got.period_factors),
        "K": got.total_factor,
    }))
}
