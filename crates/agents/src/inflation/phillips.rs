//! Expectations-augmented Phillips curve for Brazil, as a direct projection twelve months ahead.
//!
//! ```text
//! pi[t+12] - target[t] = a + b (pi[t] - target[t]) + c (E12[t] - target[t]) + d gap[t-g] + e dfx[t] + f dcom[t] + u
//! ```
//!
//! `pi` is the 12-month change of core IPCA, the mean of the BCB's cores compounded over twelve months, so that no seasonal
//! adjustment is needed; `E12` the survey of inflation twelve months ahead; `gap` Hamilton's output gap of IBC-Br, lagged
//! by as many months as it is published behind the cores at the cut; `dfx` the log change of the monthly USD/BRL over six
//! months; `dcom` that of the IC-Br commodity index less `dfx`, since IC-Br is quoted in reais. Written in gaps from the
//! target, so that a change of the target is not mistaken for persistence (Cogley, Primiceri and Sbordone 2010). OLS over
//! the pairs whose outcome lies in the last ten years; Newey-West errors with at least 12 lags, for the outcomes overlap.
//!
//! **Two specifications.** `inflation.phillips` needs a survey in at least 60 of the pairs' months *and* a fresh one at the
//! cut. Otherwise `c` is left out, the signal is `inflation.phillips_backward`, and its confidence is lower.
//!
//! Value: predicted core inflation over the next 12 months minus the target, in percentage points; + is pressure.
//! Score: `tanh(value / 1.5 pp)`. Confidence: precision of the forecast (its standard error against the tolerance), fit,
//! age of the data, specification. Defaults: 120-month window, 60 pairs, tolerance 1.5 pp.
//!
//! Sources: Friedman (1968) AER 58; Stock and Watson (1999) JME 44 for the direct projection; Blanchard and Gali (2007)
//! for the open-economy terms; Newey and West (1987).

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use nalgebra::{DMatrix, DVector};
use numerics::regression::{ols_newey_west, rule_of_thumb_lags};
use serde::{Deserialize, Serialize};

use super::cores::{self, CoreParams};
use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::monthly::{Monthly, last_of_month, log_change, month_start, newest};
use crate::output_gap::{GapParams, output_gap};
use crate::reading::{age_days, fresh, fresh_past, freshness, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const ACTIVITY: &str = "BR_IBCBR";
pub(super) const USDBRL: &str = "BR_USDBRL_M_AVG_SELL";
pub(super) const COMMODITIES: &str = "BR_ICBR";

/// Parameters of the Phillips curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhillipsParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// Months of outcomes in the estimation window.
    pub window_months: i32,
    /// Fewest pairs of regressors and outcome.
    pub min_pairs: usize,
    /// Months over which the exchange rate and commodity prices change.
    pub price_change_months: i32,
    /// Gap from target at which the score reaches 0.76, in percentage points.
    pub tolerance_pp: f64,
    /// A predicted gap beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable end of the newest core print, in days.
    pub max_age_days: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Most months that activity, the exchange rate or commodities may lag behind the cores.
    pub max_lag_months: i32,
    /// Factor on the confidence of the specification without expectations.
    pub backward_discount: f64,
    /// The cores.
    pub cores: CoreParams,
    /// The output gap.
    pub gap: GapParams,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for PhillipsParams {
    fn default() -> Self {
        Self {
            weight: 1.0,
            window_months: 120,
            min_pairs: 60,
            price_change_months: 6,
            tolerance_pp: 1.5,
            limit_pp: 10.0,
            max_age_days: 75,
            max_survey_age_days: 35,
            max_lag_months: 3,
            backward_discount: 0.75,
            cores: CoreParams::default(),
            gap: GapParams::default(),
            implications: implications::br_inflation_pressure(),
        }
    }
}

/// Months ahead of the projection.
const HORIZON: i32 = 12;

/// A fitted projection and its forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Forecast at the current regressors, in the unit of the outcome.
    pub forecast: f64,
    /// Standard error of the forecast: parameter uncertainty (Newey-West) and residual variance.
    pub standard_error: f64,
    /// Coefficients, the constant first.
    pub coefficients: Vec<f64>,
    /// Newey-West standard errors.
    pub standard_errors: Vec<f64>,
    /// Adjusted R2 in the sample.
    pub adjusted_r_squared: f64,
    /// Pairs used.
    pub pairs: usize,
    /// Newey-West lags.
    pub lags: usize,
}

/// Regresses `outcomes` on a constant and the `regressors` (one row per outcome) and forecasts at `current`.
///
/// # Errors
/// Those of the regression: too few rows, dependent columns, missing values.
pub fn project(outcomes: &[f64], regressors: &[Vec<f64>], current: &[f64]) -> Result<Projection, Refusal> {
    let refuse = Refusal::estimating("Phillips curve");
    let columns = current.len() + 1;
    let design = DMatrix::from_fn(regressors.len(), columns, |row, column| match column {
        0 => 1.0,
        _ => regressors[row].get(column - 1).copied().unwrap_or(f64::NAN),
    });
    let lags = rule_of_thumb_lags(outcomes.len()).max(HORIZON as usize);
    let fit = ols_newey_west(outcomes, &design, Some(lags)).map_err(refuse)?;
    let point = DVector::from_iterator(columns, std::iter::once(1.0).chain(current.iter().copied()));
    let forecast = fit.fit.coefficients.iter().zip(point.iter()).map(|(b, x)| b * x).sum();
    let variance = (point.transpose() * &fit.robust.covariance * &point)[(0, 0)].max(0.0) + fit.fit.sigma2;
    Ok(Projection {
        forecast,
        standard_error: variance.sqrt(),
        coefficients: fit.fit.coefficients,
        standard_errors: fit.robust.std_errors,
        adjusted_r_squared: fit.fit.adjusted_r_squared,
        pairs: outcomes.len(),
        lags: fit.lags,
    })
}

/// The model on the view.
pub(crate) struct Phillips(pub(crate) PhillipsParams);

/// Regressors by month, in the order of the formula; `None` in a month where one is missing.
struct Regressors {
    names: Vec<&'static str>,
    columns: Vec<(Monthly, i32)>,
}

impl Regressors {
    fn row(&self, month: i32) -> Option<Vec<f64>> {
        self.columns.iter().map(|(values, lag)| values.get(&(month - lag)).copied()).collect()
    }
}

impl Model for Phillips {
    fn id(&self) -> &'static str {
        "inflation.phillips"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let own = [ACTIVITY, USDBRL, COMMODITIES].map(SeriesId::new);
        cores::inputs().into_iter().chain(expectations::inputs()).chain(own).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let core = cores::core_12m(view, &params.cores, params.max_age_days)?;
        let Some((now, inflation)) = newest(&core.inflation) else {
            return Err(Refusal::TooFew { what: "core IPCA over 12 months".to_owned(), got: 0, needed: 1 });
        };
        let targets = view.series(&TARGET.into())?;
        let target = |month| target_on(&targets, month_start(month)).map(|(target, _)| target);
        let (target_now, target_period) = target_on(&targets, view.date())?;

        let max_age = params.max_age_days + 31 * params.max_lag_months as u32;
        let activity = fresh_past(view, ACTIVITY, max_age)?;
        let usdbrl = last_of_month(&fresh_past(view, USDBRL, max_age)?);
        let commodities = last_of_month(&fresh(view, COMMODITIES, max_age)?);
        let gap = output_gap(&last_of_month(&activity), &params.gap)?;
        let fx = log_change(&usdbrl, params.price_change_months);
        let commodity: Monthly = log_change(&commodities, params.price_change_months)
            .into_iter()
            .filter_map(|(month, change)| Some((month, change - fx.get(&month)?)))
            .collect();
        let inertia: Monthly =
            core.inflation.iter().filter_map(|(&month, pi)| Some((month, pi - target(month).ok()?))).collect();

        let mut regressors = Regressors { names: vec!["core inflation - target"], columns: vec![(inertia, 0)] };
        for (name, values) in [("output gap", gap), ("USD/BRL change", fx), ("commodity change", commodity)] {
            let Some((last, _)) = newest(&values) else {
                return Err(Refusal::TooFew { what: name.to_owned(), got: 0, needed: params.min_pairs });
            };
            let lag = (now - last).max(0);
            if lag > params.max_lag_months {
                return Err(Refusal::Unavailable(format!("{name} ends {lag} months before core IPCA")));
            }
            regressors.names.push(name);
            regressors.columns.push((values, lag));
        }

        let outcome = |month: i32| Some(core.inflation.get(&(month + HORIZON))? - target(month).ok()?);
        let months = (now - params.window_months + 1 - HORIZON)..=(now - HORIZON);
        let survey = self.survey(view, &months);
        let id = match &survey {
            Some(survey) => {
                let gaps = survey.history.iter().filter_map(|(&m, e)| Some((m, e - target(m).ok()?))).collect();
                regressors.names.push("survey - target");
                regressors.columns.push((gaps, 0));
                "inflation.phillips"
            }
            None => "inflation.phillips_backward",
        };
        let (mut outcomes, mut rows) = (Vec::new(), Vec::new());
        for month in months {
            if let (Some(outcome), Some(row)) = (outcome(month), regressors.row(month)) {
                outcomes.push(outcome);
                rows.push(row);
            }
        }
        if outcomes.len() < params.min_pairs {
            let what = format!("Phillips curve on core IPCA, {ACTIVITY}, {USDBRL}, {COMMODITIES}");
            return Err(Refusal::TooFew { what, got: outcomes.len(), needed: params.min_pairs });
        }
        // The survey regressor of the current month is the newest survey, not the month of the newest core print.
        let current = match &survey {
            None => regressors.row(now),
            Some(survey) => {
                let without: Option<Vec<f64>> = regressors.columns[..regressors.columns.len() - 1]
                    .iter()
                    .map(|(values, lag)| values.get(&(now - lag)).copied())
                    .collect();
                without.map(|mut row| {
                    row.push(survey.current.value - target_now);
                    row
                })
            }
        };
        let current =
            current.ok_or_else(|| Refusal::Unavailable("a regressor is missing in the newest month".into()))?;
        let projection = project(&outcomes, &rows, &current)?;
        let gap_pp = plausible("predicted inflation minus target (pp)", 100.0 * projection.forecast, params.limit_pp)?;
        let error_pp = 100.0 * projection.standard_error;

        let age = age_days(view, &core.series[0], month_start(now));
        let specification = if survey.is_some() { 1.0 } else { params.backward_discount };
        let confidence = precision(error_pp, params.tolerance_pp)
            * (0.5 + 0.5 * projection.adjusted_r_squared.clamp(0.0, 1.0))
            * freshness(age, 45, params.max_age_days)
            * specification;

        let mut evidence = vec![
            Evidence::computed(
                "predicted core inflation, next 12 months",
                100.0 * (projection.forecast + target_now),
                "%",
            ),
            Evidence::computed("standard error of the forecast", error_pp, "pp"),
            Evidence::computed("core inflation, last 12 months", 100.0 * inflation, "%"),
            Evidence::read("inflation target", 100.0 * target_now, "%", &TARGET.into(), target_period),
        ];
        evidence.extend(core.evidence());
        if let Some(survey) = &survey {
            evidence.extend(survey.current.evidence.clone());
        }
        let mut diagnostics = BTreeMap::from([
            ("adjusted_r_squared".to_owned(), projection.adjusted_r_squared),
            ("cores".to_owned(), core.series.len() as f64),
            ("newey_west_lags".to_owned(), projection.lags as f64),
            ("pairs".to_owned(), projection.pairs as f64),
            ("standard_error_pp".to_owned(), error_pp),
            ("survey_months_known".to_owned(), survey.as_ref().map_or(0.0, |survey| survey.history.len() as f64)),
        ]);
        let names = std::iter::once("constant").chain(regressors.names.iter().copied());
        for ((name, b), se) in names.zip(&projection.coefficients).zip(&projection.standard_errors) {
            let key = name.replace([' ', '-', '/'], "_").replace("___", "_").to_lowercase();
            diagnostics.insert(format!("coefficient.{key}"), *b);
            diagnostics.insert(format!("standard_error.{key}"), *se);
        }
        for (name, x) in regressors.names.iter().zip(&current) {
            evidence.push(Evidence::computed(*name, 100.0 * x, "% or pp"));
        }

        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Inflation,
            subject: "br.inflation_pressure".to_owned(),
            value: gap_pp,
            unit: "pp over target".to_owned(),
            score: squash(gap_pp, params.tolerance_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([
            ("br.core_inflation_12m".to_owned(), inflation),
            ("br.inflation_forecast_12m".to_owned(), projection.forecast + target_now),
            ("br.inflation_forecast_se".to_owned(), projection.standard_error),
            ("br.inflation_target".to_owned(), target_now),
        ]);
        let mut flags = core.flags;
        match &survey {
            Some(survey) => flags.extend(survey.current.flag(id)),
            None => flags.push(Flag::missing(
                "inflation.phillips_backward: estimated without a survey, whose history has too many holes",
            )),
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

/// Survey history over the pairs' months, and the newest survey.
struct Survey {
    history: Monthly,
    current: expectations::Expectation,
}

impl Phillips {
    /// The survey when the full specification can be estimated and evaluated, otherwise nothing.
    fn survey(&self, view: &AsOf, months: &std::ops::RangeInclusive<i32>) -> Option<Survey> {
        let history = expectations::by_month(view, *months.start(), *months.end());
        let current = expectations::latest(view, self.0.max_survey_age_days).ok()?;
        (history.len() >= self.0.min_pairs).then_some(Survey { history, current })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(i: usize, seed: f64) -> f64 {
        2.0 * (((i as f64 + 1.0) * seed).sin() * 43_758.545_3).fract().abs() - 1.0
    }

    fn sample(n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
        let rows: Vec<Vec<f64>> = (0..n).map(|i| vec![wave(i, 12.9898), wave(i, 78.233)]).collect();
        let outcomes =
            rows.iter().enumerate().map(|(i, x)| 0.5 + 0.6 * x[0] - 0.3 * x[1] + 0.1 * wave(i, 39.346)).collect();
        (outcomes, rows)
    }

    #[test]
    fn the_projection_recovers_the_true_coefficients_within_three_standard_errors() {
        let (outcomes, rows) = sample(120);
        let fit = project(&outcomes, &rows, &[1.0, 1.0]).unwrap();
        for (k, truth) in [0.5, 0.6, -0.3].into_iter().enumerate() {
            assert!((fit.coefficients[k] - truth).abs() < 3.0 * fit.standard_errors[k].max(1e-3), "{fit:?}");
        }
        assert!((fit.forecast - fit.coefficients.iter().sum::<f64>()).abs() < 1e-12);
        assert_eq!((fit.pairs, fit.lags), (120, 12));
    }

    #[test]
    fn an_exact_relation_is_forecast_exactly_and_with_no_error() {
        let (_, rows) = sample(80);
        let outcomes: Vec<f64> = rows.iter().map(|x| 0.01 + 0.5 * x[0]).collect();
        let fit = project(&outcomes, &rows, &[2.0, 5.0]).unwrap();
        assert!((fit.forecast - 1.01).abs() < 1e-10 && fit.standard_error < 1e-8);
    }

    #[test]
    fn dependent_regressors_and_ragged_rows_are_refused() {
        let (outcomes, rows) = sample(80);
        let twice: Vec<Vec<f64>> = rows.iter().map(|x| vec![x[0], 2.0 * x[0]]).collect();
        assert!(project(&outcomes, &twice, &[1.0, 2.0]).is_err());
        assert!(project(&outcomes, &rows, &[1.0, 2.0, 3.0]).is_err());
    }
}
