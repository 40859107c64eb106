//! Runners of the portfolio methods.

use nalgebra::DMatrix;
use numerics::Result;
use numerics::optimise::{
    ClusterDistance, GroupLimit, MeanVariance, Prior, Sides, TradingCosts, Views, VolTargetRule, black_litterman,
    critical_line, hierarchical_risk_parity, idzorek, kelly, kelly_bet, maximum_diversification, mean_variance,
    minimum_variance, risk_budgeting, tangency, vol_target,
};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{
    count, flag_or, matrix, matrix_to_json, number, number_or, optional_number, optional_vector, optionals_to_json,
    rows, vector, vector_or_empty, vector_to_json,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("portfolio.mean_variance", mean_variance_runner),
    ("portfolio.critical_line", critical_line_runner),
    ("portfolio.min_variance_tangency_maxdiv", frontier),
    ("portfolio.risk_parity", risk_parity),
    ("portfolio.hrp", hrp),
    ("portfolio.black_litterman", black_litterman_runner),
    ("portfolio.bl_idzorek_confidence", idzorek_runner),
    ("portfolio.kelly", kelly_runner),
    ("portfolio.vol_target", vol_target_runner),
];

fn mean_variance_runner(inputs: &Value) -> Result<Value> {
    let mean = vector(inputs, "mu")?;
    let n = mean.len();
    let limits = vector_or_empty(inputs, "b_ub")?;
    let coefficients = if inputs["A_ub"].is_null() { Vec::new() } else { rows(inputs, "A_ub")? };
    let groups = coefficients
        .into_iter()
        .zip(limits)
        .enumerate()
        .map(|(k, (coefficients, limit))| GroupLimit { name: format!("group {k}"), coefficients, limit })
        .collect();
    let costs = match (optional_vector(inputs, "w_prev")?, optional_vector(inputs, "tcost")?) {
        (Some(current), Some(rate)) => Some(TradingCosts { current, rate }),
        _ => None,
    };
    let problem = MeanVariance {
        mean,
        covariance: matrix(inputs, "cov")?,
        risk_aversion: number(inputs, "risk_aversion")?,
        budget: optional_number(inputs, "budget")?,
        lower: optional_vector(inputs, "lower")?.unwrap_or_else(|| vec![f64::NEG_INFINITY; n]),
        upper: optional_vector(inputs, "upper")?.unwrap_or_else(|| vec![f64::INFINITY; n]),
        groups,
        costs,
    };
    let best = mean_variance(&problem)?;
    Ok(json!({
        "weights": best.weights,
        "objective": best.objective,
        "ret": best.expected_return,
        "vol": best.volatility,
    }))
}

fn critical_line_runner(inputs: &Value) -> Result<Value> {
    let mean = vector(inputs, "mu")?;
    let n = mean.len();
    let lower = optional_vector(inputs, "lower")?.unwrap_or_else(|| vec![0.0; n]);
    let upper = optional_vector(inputs, "upper")?.unwrap_or_else(|| vec![1.0; n]);
    let frontier = critical_line(&mean, &matrix(inputs, "cov")?, &lower, &upper)?;
    let points = &frontier.turning_points;
    let (best, least) = (&frontier.max_sharpe, frontier.min_variance());
    Ok(json!({
        "turning_weights": points.iter().map(|p| p.weights.clone()).collect::<Vec<_>>(),
        "turning_return": points.iter().map(|p| p.expected_return).collect::<Vec<_>>(),
        "turning_vol": points.iter().map(|p| p.volatility).collect::<Vec<_>>(),
        "max_sharpe_ratio": best.expected_return / best.volatility,
        "max_sharpe_weights": best.weights,
        "min_vol": least.volatility,
        "min_vol_weights": least.weights,
    }))
}

fn frontier(inputs: &Value) -> Result<Value> {
    let (mean, cov, rate) = (vector(inputs, "mu")?, matrix(inputs, "cov")?, number_or(inputs, "risk_free", 0.0)?);
    let gmv = minimum_variance(&cov, Sides::LongShort)?;
    let gmv_long = minimum_variance(&cov, Sides::LongOnly)?;
    let tan = tangency(&mean, &cov, rate, Sides::LongShort)?;
    let tan_long = tangency(&mean, &cov, rate, Sides::LongOnly)?;
    let diverse = maximum_diversification(&cov)?;
    Ok(json!({
        "gmv": gmv.weights,
        "gmv_vol": gmv.value,
        "gmv_long_only": gmv_long.weights,
        "gmv_long_only_vol": gmv_long.value,
        "tangency": tan.weights,
        "tangency_sharpe": tan.value,
        "tangency_long_only": tan_long.weights,
        "tangency_long_only_sharpe": tan_long.value,
        "max_div": diverse.weights,
        "diversification_ratio": diverse.value,
    }))
}

fn risk_parity(inputs: &Value) -> Result<Value> {
    let solution = risk_budgeting(&matrix(inputs, "cov")?, &vector(inputs, "budgets")?)?;
    Ok(json!({
        "weights": solution.weights,
        "vol": solution.volatility,
        "marginal": solution.marginal,
        "risk_contribution": solution.contribution,
        "risk_contribution_pct": solution.percent,
    }))
}

fn hrp(inputs: &Value) -> Result<Value> {
    let distance = match flag_or(inputs, "distance_of_distance", true)? {
        true => ClusterDistance::BetweenColumns,
        false => ClusterDistance::Direct,
    };
    let tree = hierarchical_risk_parity(&matrix(inputs, "cov")?, distance)?;
    Ok(json!({
        "weights": tree.weights,
        "order": tree.order,
        "merge_heights": tree.merge_heights,
        "inverse_variance": tree.inverse_variance,
    }))
}

fn prior_and_views(inputs: &Value) -> Result<(Prior, Views)> {
    let prior = Prior {
        covariance: matrix(inputs, "cov")?,
        market_weights: vector(inputs, "w_market")?,
        risk_aversion: number(inputs, "delta")?,
        tau: number(inputs, "tau")?,
        equilibrium: optional_vector(inputs, "pi")?,
    };
    let views = Views { portfolios: matrix(inputs, "P")?, returns: vector(inputs, "Q")? };
    Ok((prior, views))
}

fn black_litterman_runner(inputs: &Value) -> Result<Value> {
    let (prior, views) = prior_and_views(inputs)?;
    let omega = if inputs["omega"].is_null() { None } else { Some(matrix(inputs, "omega")?) };
    let posterior = black_litterman(&prior, &views, omega.as_ref())?;
    let mean = DMatrix::from_column_slice(posterior.mean.len(), 1, &posterior.mean);
    let view_return = &views.portfolios * mean;
    Ok(json!({
        "pi": posterior.equilibrium,
        "posterior_mean": posterior.mean,
        "posterior_cov_of_mean": matrix_to_json(&posterior.covariance_of_mean),
        "posterior_cov": matrix_to_json(&posterior.covariance),
        "weights_posterior_cov": posterior.weights,
        "weights_prior_cov": posterior.weights_prior_covariance,
        "view_return": vector_to_json(view_return.iter()),
    }))
}

fn idzorek_runner(inputs: &Value) -> Result<Value> {
    let (prior, views) = prior_and_views(inputs)?;
    let answer = idzorek(&prior, &views, &vector(inputs, "confidence")?)?;
    Ok(json!({
        "omega_diag": vector_to_json(&answer.omega),
        "posterior_mean": answer.posterior.mean,
        "weights_prior_cov": answer.posterior.weights_prior_covariance,
        "weights_full_confidence": answer.weights_full_confidence,
    }))
}

fn kelly_runner(inputs: &Value) -> Result<Value> {
    let answer = kelly(
        &vector(inputs, "mu")?,
        &matrix(inputs, "cov")?,
        number(inputs, "risk_free")?,
        number_or(inputs, "fraction", 1.0)?,
    )?;
    let binary = rows(inputs, "bets")?
        .iter()
        .map(|bet| match bet.as_slice() {
            &[p, b] => kelly_bet(p, b),
            other => Err(numerics::NumericsError::DimensionMismatch { what: "bets", expected: 2, got: other.len() }),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({
        "full": answer.full,
        "growth": answer.growth,
        "sd": answer.sd,
        "fractional": answer.fractional,
        "fractional_growth": answer.fractional_growth,
        "binary": binary,
    }))
}

fn vol_target_runner(inputs: &Value) -> Result<Value> {
    let rule = VolTargetRule {
        lambda: number(inputs, "lambda")?,
        warmup: count(inputs, "warmup")?,
        target: number(inputs, "target")?,
        cap: number(inputs, "cap")?,
    };
    let path = vol_target(&vector(inputs, "returns")?, rule)?;
    Ok(json!({
        "annual_vol": optionals_to_json(&path.annual_vol),
        "leverage": optionals_to_json(&path.leverage),
        "portfolio_return": optionals_to_json(&path.portfolio_return),
    }))
}
