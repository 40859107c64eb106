//! Runners of the economics methods.

use numerics::NumericsError;
use numerics::economics::{self, BreakevenInputs, CupomInputs, DebtPath, Elasticities, PolicyRuleInputs};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{
    count, matrix, matrix_to_json, number, number_or, optional_count, optional_to_json, optionals_to_json, vector,
    vector_to_json,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("policy.taylor_rules", taylor_rules),
    ("phillips_curve.backward_looking", phillips),
    ("fiscal.debt_dynamics", debt),
    ("fiscal.cyclically_adjusted", cyclically_adjusted),
    ("fx.carry_to_risk", carry_to_risk),
    ("fx.cip_cupom", cip_cupom),
    ("inflation.breakeven", breakeven),
    ("growth.saar", saar),
    ("stats.sample_moments", moments),
];

fn taylor_rules(inputs: &Value) -> Result<Value, NumericsError> {
    let rules = economics::policy_rules(&PolicyRuleInputs {
        r_star: number(inputs, "r_star")?,
        pi_star: number(inputs, "pi_star")?,
        output_gap: &vector(inputs, "output_gap")?,
        inflation: &vector(inputs, "inflation")?,
        unemployment: &vector(inputs, "unemployment")?,
        natural_unemployment: &vector(inputs, "u_star")?,
        initial_rate: number(inputs, "rate_lag")?,
        smoothing: number_or(inputs, "rho", 0.85)?,
        lower_bound: number_or(inputs, "elb", 0.125)?,
    })?;
    Ok(json!({
        "taylor_1993": vector_to_json(&rules.taylor_1993),
        "taylor_1999": vector_to_json(&rules.taylor_1999),
        "taylor_1993_unemployment": vector_to_json(&rules.taylor_1993_unemployment),
        "balanced_unemployment": vector_to_json(&rules.balanced_unemployment),
        "balanced_shortfalls": vector_to_json(&rules.balanced_shortfalls),
        "inertial": vector_to_json(&rules.inertial),
        "taylor_1993_elb": vector_to_json(&rules.taylor_1993_bounded),
        "elb_adjusted_balanced": vector_to_json(&rules.balanced_made_up),
        "first_difference": optionals_to_json(&rules.first_difference),
    }))
}

fn phillips(inputs: &Value) -> Result<Value, NumericsError> {
    let curve = economics::phillips_curve(
        &vector(inputs, "inflation")?,
        &vector(inputs, "gap")?,
        count(inputs, "infl_lags")?,
        optional_count(inputs, "hac_lags")?,
    )?;
    let fit = &curve.regression.fit;
    Ok(json!({
        "beta": vector_to_json(&fit.coefficients),
        "se_hac": vector_to_json(&curve.regression.robust.std_errors),
        "r2": fit.r_squared,
        "sigma": fit.sigma(),
        "dw": fit.durbin_watson,
        "slope": curve.slope,
        "persistence": curve.persistence,
        "slope_long_run": optional_to_json(curve.long_run_slope),
        "nobs": fit.observations(),
    }))
}

fn debt(inputs: &Value) -> Result<Value, NumericsError> {
    let result = economics::debt_dynamics(&DebtPath {
        initial_debt: number(inputs, "d0")?,
        growth: &vector(inputs, "g")?,
        deflator: &vector(inputs, "deflator")?,
        implicit_rate: &vector(inputs, "implicit_rate")?,
        primary_balance: &vector(inputs, "primary_balance")?,
        depreciation: &vector(inputs, "fx_depreciation")?,
        foreign_share: &vector(inputs, "fx_share")?,
        stock_flow: &vector(inputs, "stock_flow")?,
    })?;
    let parts = &result.contributions;
    Ok(json!({
        "debt": vector_to_json(&result.debt),
        "contrib": {
            "primary": vector_to_json(&parts.primary),
            "interest_real": vector_to_json(&parts.real_interest),
            "growth": vector_to_json(&parts.growth),
            "fx": vector_to_json(&parts.depreciation),
            "other": vector_to_json(&parts.other),
        },
        "real_rate": vector_to_json(&result.real_rate),
        "debt_stabilising_pb": vector_to_json(&result.stabilising_balance),
        "long_run_debt": optional_to_json(result.long_run_debt),
        "gap_to_stabilise": result.gap_to_stabilise,
    }))
}

fn cyclically_adjusted(inputs: &Value) -> Result<Value, NumericsError> {
    let result = economics::cyclically_adjusted_balance(
        &vector(inputs, "revenue")?,
        &vector(inputs, "primary_expenditure")?,
        &vector(inputs, "output_gap")?,
        &vector(inputs, "one_offs")?,
        Elasticities {
            revenue: number(inputs, "revenue_elasticity")?,
            expenditure: number(inputs, "expenditure_elasticity")?,
            semi: number(inputs, "semi_elasticity")?,
        },
    )?;
    Ok(json!({
        "primary_balance": vector_to_json(&result.primary_balance),
        "capb_ratio_potential": vector_to_json(&result.adjusted),
        "structural": vector_to_json(&result.structural),
        "cyclical": vector_to_json(&result.cyclical),
        "fiscal_impulse": optionals_to_json(&result.fiscal_impulse),
        "capb_semi_elasticity": vector_to_json(&result.adjusted_semi),
        "change_capb_semi": optionals_to_json(&result.change_semi),
    }))
}

fn carry_to_risk(inputs: &Value) -> Result<Value, NumericsError> {
    let result = economics::carry_to_risk(
        &vector(inputs, "spot")?,
        &vector(inputs, "forward")?,
        &vector(inputs, "implied_vol")?,
        number(inputs, "tenor_years")?,
    )?;
    Ok(json!({
        "carry_compound": vector_to_json(&result.compound),
        "carry_simple": vector_to_json(&result.simple),
        "carry_to_risk": optionals_to_json(&result.ratio),
        "rank_desc": result.rank,
    }))
}

fn cip_cupom(inputs: &Value) -> Result<Value, NumericsError> {
    let result = economics::cupom_cambial(&CupomInputs {
        spot: number(inputs, "spot")?,
        previous_ptax: number(inputs, "ptax_prev")?,
        forward: number(inputs, "forward")?,
        calendar_days: number(inputs, "days_360")?,
        business_days: number(inputs, "bdays")?,
        domestic_rate_252: number(inputs, "r_domestic_252")?,
        foreign_rate_360: number(inputs, "r_foreign_360")?,
    })?;
    Ok(json!({
        "cupom_limpo": result.clean,
        "cupom_sujo": result.dirty,
        "ddi_pu": result.ddi_price,
        "theoretical_forward": result.theoretical_forward,
        "forward_premium_annual_360": result.forward_premium_360,
        "casado_points": result.forward_points,
        "cip_basis_cc_bp": result.basis_bp,
        "cupom_minus_sofr_bp": result.spread_to_foreign_bp,
        "implied_domestic_252": result.implied_domestic_252,
    }))
}

fn breakeven(inputs: &Value) -> Result<Value, NumericsError> {
    let (nominal, real) = (number(inputs, "nominal")?, number(inputs, "real")?);
    let result = economics::breakeven(&BreakevenInputs {
        nominal,
        real,
        convexity_bp: number_or(inputs, "convexity_bp", 0.0)?,
        liquidity_bp: number_or(inputs, "liquidity_bp", 0.0)?,
    })?;
    let forward = economics::forward_breakeven(
        (nominal, real),
        number(inputs, "t1")?,
        (number(inputs, "n2")?, number(inputs, "r2")?),
        number(inputs, "t2")?,
    )?;
    Ok(json!({ "exact": result.exact, "approx": result.approximate, "adjusted": result.adjusted, "fwd": forward }))
}

fn saar(inputs: &Value) -> Result<Value, NumericsError> {
    let growth = economics::annualised_growth(&vector(inputs, "level")?)?;
    Ok(json!({
        "saar_1m": optionals_to_json(&growth.one_month),
        "saar_3m_point": optionals_to_json(&growth.three_months),
        "saar_3m_avg": optionals_to_json(&growth.three_month_average),
        "yoy": optionals_to_json(&growth.year_on_year),
    }))
}

fn moments(inputs: &Value) -> Result<Value, NumericsError> {
    let moments = economics::sample_moments(&matrix(inputs, "X")?)?;
    let correlation: Vec<Value> = moments.correlation.iter().map(optionals_to_json).collect();
    Ok(json!({
        "n_used": moments.observations,
        "mean": vector_to_json(&moments.mean),
        "cov_ddof1": matrix_to_json(&moments.covariance),
        "cov_ddof0": matrix_to_json(&moments.population_covariance),
        "corr": correlation,
        "skew": optionals_to_json(&moments.skewness),
        "kurt_excess": optionals_to_json(&moments.excess_kurtosis),
        "skew_sample": optionals_to_json(&moments.skewness_sample),
        "kurt_sample": optionals_to_json(&moments.excess_kurtosis_sample),
    }))
}
