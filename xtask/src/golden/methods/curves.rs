//! Runners of the yield-curve and bond methods.

use numerics::curves::{
    AffineSpec, CivilDate, CurveModel, DayCount, Extrapolation, FixedRateBond, FlatForward252, Svensson,
    affine_term_premium, carry_roll_down, fit_curve, forwards_252, nelson_siegel_ols,
};
use numerics::{NumericsError, Result};
use serde_json::{Value, json};

use super::Runner;
use crate::golden::case::{
    count, counts, flag_or, matrix, matrix_to_json, number, number_or, optional_to_json, rows, text_or, vector,
};

/// Runners by method name.
pub const METHODS: &[(&str, Runner)] = &[
    ("curve.flat_forward_252", flat_forward),
    ("curve.forwards_252", forwards),
    ("curve.svensson", svensson),
    ("curve.nelson_siegel_ols", nelson_siegel),
    ("curve.nelson_siegel_nls", nelson_siegel_search),
    ("curve.carry_rolldown", carry),
    ("bond.fixed_rate", fixed_rate),
    ("term_premium.acm", affine),
];

fn flat_forward(inputs: &Value) -> Result<Value> {
    let (days, rates) = (vector(inputs, "bdays")?, vector(inputs, "rates")?);
    if days.len() != rates.len() {
        return Err(NumericsError::DimensionMismatch { what: "rates", expected: days.len(), got: rates.len() });
    }
    let vertices: Vec<(f64, f64)> = days.into_iter().zip(rates).collect();
    let policy = match flag_or(inputs, "extrapolate", false)? {
        true => Extrapolation::HoldLastZeroRate,
        false => Extrapolation::Refuse,
    };
    let curve = FlatForward252::new(&vertices)?.with_extrapolation(policy);
    let query = vector(inputs, "query")?;
    let rates = query.iter().map(|&bd| curve.rate(bd)).collect::<Result<Vec<_>>>()?;
    let discounts = query.iter().map(|&bd| curve.discount(bd)).collect::<Result<Vec<_>>>()?;
    Ok(json!({"rates": rates, "discount": discounts}))
}

fn forwards(inputs: &Value) -> Result<Value> {
    Ok(json!({"forwards": forwards_252(&vector(inputs, "bdays")?, &vector(inputs, "rates")?)?}))
}

fn svensson(inputs: &Value) -> Result<Value> {
    let params = &inputs["params"];
    let mut betas = [0.0; 4];
    for (beta, key) in betas.iter_mut().zip(["beta0", "beta1", "beta2"]) {
        *beta = number(params, key)?;
    }
    betas[3] = number_or(params, "beta3", 0.0)?;
    let curve = Svensson::new(betas, number(params, "tau1")?, number_or(params, "tau2", -999.99)?)?;
    let maturities = vector(inputs, "maturities")?;
    let over = |f: &dyn Fn(f64) -> Result<f64>| maturities.iter().map(|&m| f(m)).collect::<Result<Vec<_>>>();
    // Maturities off the half-year grid have no par yield.
    let par: Vec<Value> = maturities.iter().map(|&m| optional_to_json(curve.par_yield(m).ok())).collect();
    Ok(json!({
        "zero_cc": over(&|m| curve.zero_rate(m))?,
        "inst_forward": over(&|m| curve.forward_rate(m))?,
        "discount": over(&|m| curve.discount(m))?,
        "par_semiannual": par,
        "fwd_1y_effective": over(&|m| curve.one_year_forward(m))?,
        "fwd_1y_par": over(&|m| curve.one_year_par_forward(m))?,
    }))
}

fn nelson_siegel(inputs: &Value) -> Result<Value> {
    let fits =
        nelson_siegel_ols(&vector(inputs, "maturities_months")?, number(inputs, "lambda")?, &rows(inputs, "yields")?)?;
    Ok(json!({
        "betas": fits.iter().map(|f| f.betas.clone()).collect::<Vec<_>>(),
        "fitted": fits.iter().map(|f| f.fitted.clone()).collect::<Vec<_>>(),
        "rmse": fits.iter().map(|f| f.rmse()).collect::<Vec<_>>(),
    }))
}

fn nelson_siegel_search(inputs: &Value) -> Result<Value> {
    let model = match text_or(inputs, "model", "ns")? {
        "ns" => CurveModel::NelsonSiegel,
        "nss" => CurveModel::Svensson,
        other => return Err(NumericsError::InvalidArgument { what: "model", why: format!("{other} is not a model") }),
    };
    let fit = fit_curve(model, &vector(inputs, "maturities")?, &vector(inputs, "yields")?)?;
    Ok(json!({"sse": fit.sse, "fitted": fit.fitted, "betas": fit.betas, "taus": fit.taus}))
}

fn affine(inputs: &Value) -> Result<Value> {
    let (priced, reported) = (counts(inputs, "selected_maturities")?, counts(inputs, "report_maturities")?);
    let spec = AffineSpec { factors: count(inputs, "n_factors")?, priced: &priced, reported: &reported };
    let found = affine_term_premium(&matrix(inputs, "curve_monthly")?, &spec)?;
    Ok(json!({
        "fitted": matrix_to_json(&found.fitted),
        "risk_neutral": matrix_to_json(&found.risk_neutral),
        "term_premium": matrix_to_json(&found.term_premium()),
    }))
}

fn carry(inputs: &Value) -> Result<Value> {
    let (tenors, rates) = (vector(inputs, "tenors")?, vector(inputs, "zero_annual")?);
    if tenors.len() != rates.len() {
        return Err(NumericsError::DimensionMismatch { what: "rates", expected: tenors.len(), got: rates.len() });
    }
    let curve: Vec<(f64, f64)> = tenors.into_iter().zip(rates).collect();
    let c = carry_roll_down(
        &curve,
        number(inputs, "maturity")?,
        number(inputs, "horizon")?,
        number(inputs, "funding_annual")?,
    )?;
    Ok(json!({
        "price_now": c.price_now,
        "price_horizon": c.price_horizon,
        "total_return": c.total_return,
        "yield_income": c.yield_income,
        "roll_down": c.roll_down,
        "carry": c.carry,
        "carry_and_roll": c.carry_and_roll,
        "forward_yield": c.forward_yield,
        "forward_minus_spot_bp": c.forward_minus_spot_bp,
    }))
}

fn date(inputs: &Value, key: &'static str) -> Result<CivilDate> {
    let text = text_or(inputs, key, "")?;
    let parts: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        &[year, month, day] => CivilDate::new(year as i32, month, day),
        _ => Err(NumericsError::InvalidArgument { what: key, why: format!("{text:?} is not an ISO date") }),
    }
}

fn fixed_rate(inputs: &Value) -> Result<Value> {
    let day_count = match text_or(inputs, "daycount", "ActActICMA")? {
        "30360" => DayCount::Thirty360,
        "ActActICMA" => DayCount::ActActIcma,
        other => {
            let why = format!("{other} is not supported");
            return Err(NumericsError::InvalidArgument { what: "daycount", why });
        }
    };
    let bond = FixedRateBond::new(
        date(inputs, "issue")?,
        date(inputs, "settlement")?,
        date(inputs, "maturity")?,
        number(inputs, "coupon")?,
        count(inputs, "freq")? as u32,
        day_count,
    )?;
    let analytics = bond.analytics(number(inputs, "yield")?)?;
    Ok(json!({
        "clean": analytics.clean,
        "dirty": analytics.dirty,
        "accrued": analytics.accrued,
        "macaulay": analytics.macaulay,
        "modified": analytics.modified,
        "convexity": analytics.convexity,
        "dv01": analytics.dv01,
        "yield_from_clean": bond.yield_from_clean(analytics.clean)?,
    }))
}
