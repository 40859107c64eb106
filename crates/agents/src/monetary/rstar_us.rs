//! The neutral real rate of the United States.
//!
//! **Two specifications.** From 31 August 2023 on, `monetary.rstar_us` is the model of Laubach and Williams, filtered on
//! what is visible at the cut with the coefficients that the New York Fed published on that day (data to 2023Q2, with the
//! volatility regimes of 2020 and 2021; Holston, Laubach and Williams 2023). Before that day nobody had those
//! coefficients, so the model is `monetary.rstar_us_level`: the state space of [`rstar`](super::rstar) on the funds rate
//! less 12-month core PCE, with Okun's gap and the distance from the goal, estimated at the cut; less trusted.
//!
//! Departures from the published model, stated in the report: no oil and import prices (their relative inflation is zero,
//! coefficients 0.003 and 0.041), no stringency index of the pandemic, and expected inflation is the mean of the last four
//! quarters, where the publication uses forecasts of an autoregression.
//!
//! ```text
//! value = 100 (r* - (fed funds - 12-month core PCE))
//! ```
//!
//! In percentage points: + means the real rate is below neutral, policy stimulates. Score: `tanh(value / 2 pp)`.
//! Confidence: precision of r* against 1.5 points; age of the newest quarter. GDP and core PCE are the latest revision,
//! flagged. r* outside -2 to 10 % is refused.
//!
//! Source: Laubach and Williams (2003), REStat 85; Holston, Laubach and Williams (2023), FRBNY Staff Report 1063.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use market::{AsOf, SeriesId};
use nalgebra::DMatrix;
use numerics::state_space::{
    LaubachWilliams, LaubachWilliamsData, LaubachWilliamsParams, NaturalRate, VolatilityRegime, laubach_williams,
};
use serde::{Deserialize, Serialize};

use super::rstar::{LastFit, LevelParams, NeutralRate, neutral_rate};
use super::rstar_br::diagnostics;
use super::taylor::okun_gap;
use super::taylor_us::{CORE_PCE, FED_FUNDS, UNEMPLOYMENT};
use crate::config::Implications;
use crate::inflation::us_trend::annualised_change;
use crate::monthly::{Monthly, last_of_month, mean_of_month, month_name, month_number, month_start, newest};
use crate::reading::{age_days, fresh_last, fresh_past, freshness, latest_revision, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

pub(super) const GDP: &str = "US_GDP_REAL";

/// Coefficients as published with data to 2023Q2.
pub const PUBLISHED: LaubachWilliamsParams = LaubachWilliamsParams {
    a_1: 1.352_475_509_163_78,
    a_2: -0.405_911_998_004_637,
    a_3: -0.089_405_652_103_113_9,
    b_1: 0.545_146_952_489_845,
    b_2: 0.376_107_035_771_443,
    b_3: 0.046_089_664_786_769_4,
    b_4: 0.002_635_047_964_118_09,
    b_5: 0.041_377_534_373_931_6,
    c: 1.098_104_359_160_15,
    sigma_1: 0.454_879_197_361_754,
    sigma_2: 0.753_289_897_414_524,
    sigma_4: 0.501_713_640_073_01,
    phi: -0.065_407_150_914_014_2,
};
/// Signal-to-noise ratio of trend growth, same publication.
pub const PUBLISHED_LAMBDA_G: f64 = 0.070_118_431_390_456_2;
/// Signal-to-noise ratio of the other determinants, same publication.
pub const PUBLISHED_LAMBDA_Z: f64 = 0.027_094_316_643_767_9;
/// A regime of volatility: year and first month of its first and last quarter, and its scale.
struct Regime {
    first: (i32, u32),
    last: (i32, u32),
    kappa: f64,
}

/// Regimes of the pandemic, same publication.
const REGIMES: [Regime; 2] = [
    Regime { first: (2020, 4), last: (2020, 10), kappa: 9.664_487_887_009_39 },
    Regime { first: (2021, 1), last: (2021, 10), kappa: 1.793_250_725_984_05 },
];
const LAGS: usize = 8;
/// Variances of the start: output and its lags, quarterly growth, z.
const START_VARIANCES: [f64; 3] = [2.0, 0.1, 1.0];

/// Parameters of the US r*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RstarUsParams {
    /// Weight among the monetary models: half the US Taylor rule's, which uses the same r*.
    pub weight: f64,
    /// First date on which the published coefficients may be used: the day of their publication.
    pub published_from: NaiveDate,
    /// Fewest quarters of output, the eight of lags included. The coefficients are published and not estimated here: what
    /// needs time is the filter, to forget its start.
    pub min_quarters: usize,
    /// Most quarters of output: older ones are not read, so that nothing said depends on how far back a history goes.
    pub window_quarters: usize,
    /// Inflation goal, decimal.
    pub goal: f64,
    /// Natural rate of unemployment, decimal, for the level specification.
    pub natural_unemployment: f64,
    /// Okun coefficient, for the level specification.
    pub okun: f64,
    /// The level specification.
    pub level: LevelParams,
    /// Factor on the confidence of the level specification.
    pub level_discount: f64,
    /// Distance from neutral at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// Standard error of r* at which the confidence is halved, in percentage points.
    pub error_scale_pp: f64,
    /// A distance beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable end of a monthly print, in days.
    pub max_age_days: u32,
    /// Oldest acceptable end of the newest quarter of output, in days.
    pub max_quarter_age_days: u32,
    /// Oldest acceptable funds rate, in days.
    pub max_rate_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for RstarUsParams {
    fn default() -> Self {
        Self {
            weight: 0.25,
            published_from: NaiveDate::from_ymd_opt(2023, 8, 31).unwrap_or(NaiveDate::MAX),
            min_quarters: 32,
            window_quarters: 160,
            goal: 0.02,
            natural_unemployment: 0.042,
            okun: 2.0,
            level: LevelParams::default(),
            level_discount: 0.8,
            scale_pp: 2.0,
            error_scale_pp: 1.5,
            limit_pp: 15.0,
            max_age_days: 100,
            max_quarter_age_days: 215,
            max_rate_age_days: 10,
            implications: implications::us_policy_too_loose(),
        }
    }
}

/// Quarterly inputs of the published model, oldest first; percent, output in logarithms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quarters {
    /// First month number of the first quarter.
    first: i32,
    log_gdp: Vec<f64>,
    inflation: Vec<f64>,
    expected: Vec<f64>,
    interest: Vec<f64>,
}

impl Quarters {
    /// The longest unbroken run of at most `most` quarters that ends at the newest quarter of output, or at the one before
    /// it where that quarter's prices are not out yet (core PCE comes out days after GDP). Quarterly output by first month;
    /// monthly price index and policy rate in percent.
    pub(super) fn new(gdp: &Monthly, prices: &Monthly, rate: &Monthly, most: usize) -> Self {
        let mean = |values: &Monthly, first: i32| -> Option<f64> {
            (first..first + 3).map(|month| values.get(&month).copied()).sum::<Option<f64>>().map(|sum| sum / 3.0)
        };
        let inflation = |first: i32| {
            let (now, before) = (mean(prices, first)?, mean(prices, first - 3)?);
            (now > 0.0 && before > 0.0).then(|| 400.0 * (now / before).ln())
        };
        let mut rows: Vec<[f64; 4]> = Vec::new();
        let mut quarter = newest(gdp).map_or(0, |(month, _)| month);
        let row = |first: i32| -> Option<[f64; 4]> {
            let output = *gdp.get(&first).filter(|output| **output > 0.0)?;
            let expected = (0..4).map(|k| inflation(first - 3 * k)).sum::<Option<f64>>()? / 4.0;
            // On a basis of 365 days, as the publication has it.
            let interest = 100.0 * ((1.0 + mean(rate, first)? / 36_000.0).powi(365) - 1.0);
            Some([output.ln(), inflation(first)?, expected, interest])
        };
        if row(quarter).is_none() {
            quarter -= 3;
        }
        while rows.len() < most
            && let Some(row) = row(quarter)
        {
            rows.push(row);
            quarter -= 3;
        }
        rows.reverse();
        let column = |k: usize| rows.iter().map(|row| row[k]).collect();
        Self { first: quarter + 3, log_gdp: column(0), inflation: column(1), expected: column(2), interest: column(3) }
    }

    /// Series that are quarterly already: log output, and inflation, expected inflation and the policy rate in percent.
    pub fn from_published(
        first: NaiveDate,
        log_gdp: &[f64],
        inflation: &[f64],
        expected: &[f64],
        interest: &[f64],
    ) -> Self {
        let [log_gdp, inflation, expected, interest] = [log_gdp, inflation, expected, interest].map(<[f64]>::to_vec);
        Self { first: month_number(first), log_gdp, inflation, expected, interest }
    }

    /// Number of quarters.
    pub fn len(&self) -> usize {
        self.log_gdp.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.log_gdp.is_empty()
    }

    /// The published model without relative prices and stringency.
    ///
    /// # Errors
    /// Those of the filter.
    pub fn filter(&self) -> Result<NaturalRate, Refusal> {
        let n = self.len();
        if n < LAGS + 4 {
            return Err(Refusal::TooFew { what: format!("r* on {GDP}, {CORE_PCE}"), got: n, needed: LAGS + 4 });
        }
        let none = vec![0.0; n];
        let data = LaubachWilliamsData {
            log_gdp: &self.log_gdp,
            inflation: &self.inflation,
            inflation_expectations: &self.expected,
            oil_inflation: &self.inflation,
            import_inflation: &self.inflation,
            interest: &self.interest,
            covid: &none,
        };
        // Start: output at potential, growth that of the lags, z at zero; wide enough to be forgotten in eight years.
        let level = |back: usize| 100.0 * self.log_gdp[LAGS - back];
        let growth = 100.0 * (self.log_gdp[LAGS - 1] - self.log_gdp[0]) / (LAGS - 1) as f64;
        let regimes = REGIMES.iter().filter_map(|&Regime { first, last, kappa }| {
            let at = |(year, month): (i32, u32)| {
                let month = month_number(NaiveDate::from_ymd_opt(year, month, 1)?);
                Some((month - self.first) / 3 - LAGS as i32)
            };
            let (first, last) = (at(first)?.max(0), at(last)?.min((n - LAGS) as i32 - 1));
            (first <= last).then_some(VolatilityRegime { first: first as usize, last: last as usize, kappa })
        });
        let model = LaubachWilliams {
            data,
            lambda_g: PUBLISHED_LAMBDA_G,
            lambda_z: PUBLISHED_LAMBDA_Z,
            initial_state: vec![level(1), level(2), level(3), growth, growth, growth, 0.0, 0.0, 0.0],
            initial_covariance: DMatrix::from_fn(9, 9, |i, j| if i == j { START_VARIANCES[i / 3] } else { 0.0 }),
            regimes: regimes.collect(),
        };
        laubach_williams(&model, &PUBLISHED).map_err(Refusal::estimating("r* by Laubach and Williams"))
    }
}

/// r* and how it was found.
pub(super) struct Estimate {
    pub(super) neutral: NeutralRate,
    pub(super) id: &'static str,
    /// Factor on the confidence of the specification.
    pub(super) discount: f64,
    age_days: i64,
    pub(super) flags: Vec<Flag>,
    diagnostics: BTreeMap<String, f64>,
}

/// The estimate for every model that uses r*: the last run of the filter is kept with its inputs, so that four models on the
/// same view run it once. What is kept is a function of the inputs and answers only to equal ones.
#[derive(Debug, Clone)]
pub(crate) struct Estimator {
    pub(crate) params: RstarUsParams,
    last: Arc<Mutex<Option<(Quarters, NaturalRate)>>>,
    last_fit: LastFit,
}

impl Estimator {
    pub(crate) fn new(params: RstarUsParams) -> Self {
        Self { params, last: Arc::default(), last_fit: LastFit::default() }
    }

    fn filter(&self, quarters: &Quarters) -> Result<NaturalRate, Refusal> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, path)) = last.as_ref().filter(|(held, _)| held == quarters) {
            return Ok(path.clone());
        }
        let path = quarters.filter()?;
        *last = Some((quarters.clone(), path.clone()));
        Ok(path)
    }
}

/// Declared inputs of the estimate.
pub(super) fn inputs() -> Vec<SeriesId> {
    [GDP, CORE_PCE, FED_FUNDS, UNEMPLOYMENT.real_time, UNEMPLOYMENT.latest].map(SeriesId::new).to_vec()
}

/// r* on the view.
pub(super) fn estimate(view: &AsOf, estimator: &Estimator) -> Result<Estimate, Refusal> {
    let params = &estimator.params;
    let prices = last_of_month(&fresh_past(view, CORE_PCE, params.max_age_days)?);
    let funds = fresh_past(view, FED_FUNDS, params.max_rate_age_days)?;
    if view.date() >= params.published_from {
        by_laubach_williams(view, estimator, &prices, &mean_of_month(&funds))
    } else {
        by_level(view, estimator, &prices, &last_of_month(&funds))
    }
}

fn by_laubach_williams(
    view: &AsOf,
    estimator: &Estimator,
    prices: &Monthly,
    rate: &Monthly,
) -> Result<Estimate, Refusal> {
    let params = &estimator.params;
    let gdp = fresh_past(view, GDP, params.max_quarter_age_days)?;
    let quarters = Quarters::new(&last_of_month(&gdp), prices, rate, params.window_quarters);
    if quarters.len() < params.min_quarters {
        let what = format!("r* on {GDP}, {CORE_PCE}, {FED_FUNDS}");
        return Err(Refusal::TooFew { what, got: quarters.len(), needed: params.min_quarters });
    }
    let path = estimator.filter(&quarters)?;
    let last = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
    let neutral = NeutralRate { rate: last(&path.r_star) / 100.0, standard_error: last(&path.r_star_se) / 100.0 }
        .within(params.level.lowest, params.level.highest)?;
    let last_quarter = quarters.first + 3 * (quarters.len() as i32 - 1);
    let age = age_days(view, &gdp.id, month_start(last_quarter));
    if age > i64::from(params.max_quarter_age_days) {
        return Err(Refusal::Unavailable(format!(
            "r* on {GDP}, {CORE_PCE}, {FED_FUNDS}: the newest quarter that all have began in {} and is {age} days old",
            month_name(last_quarter)
        )));
    }
    let mut flags = vec![latest_revision("monetary.rstar_us", GDP), latest_revision("monetary.rstar_us", CORE_PCE)];
    flags.push(Flag::remark(
        "monetary.rstar_us: coefficients of the New York Fed on data to 2023Q2; without oil, import prices and stringency",
    ));
    if gdp.last().is_some_and(|(quarter, _)| month_number(quarter) > last_quarter) {
        let text = format!(
            "monetary.rstar_us: r* is of the quarter that began in {} and ended {age} days ago; the next one has {GDP} but not \
             every month of {CORE_PCE} and {FED_FUNDS}",
            month_name(last_quarter)
        );
        // Out later than GDP, or a hole.
        let complete = newest(prices).is_some_and(|(month, _)| month >= last_quarter + 5);
        flags.push(if complete { Flag::missing(text) } else { Flag::remark(text) });
    }
    Ok(Estimate {
        neutral,
        id: "monetary.rstar_us",
        discount: 1.0,
        age_days: age,
        flags,
        diagnostics: BTreeMap::from([
            ("output_gap_pct".to_owned(), last(&path.output_gap)),
            ("quarters".to_owned(), quarters.len() as f64),
            ("trend_growth_pct".to_owned(), last(&path.growth)),
        ]),
    })
}

fn by_level(view: &AsOf, estimator: &Estimator, prices: &Monthly, rate: &Monthly) -> Result<Estimate, Refusal> {
    let params = &estimator.params;
    let (id, _) = UNEMPLOYMENT.fresh_last(view, params.max_age_days)?;
    let unemployment = last_of_month(&fresh_past(view, id, params.max_age_days)?);
    let (mut real, mut distance) = (Monthly::new(), Monthly::new());
    for (&month, funds) in rate {
        if let Some(inflation) = annualised_change(prices, month, 12) {
            real.insert(month, funds / 100.0 - inflation);
            distance.insert(month, inflation - params.goal);
        }
    }
    let gap = unemployment
        .iter()
        .map(|(month, u)| (*month, okun_gap(u / 100.0, params.natural_unemployment, params.okun)))
        .collect();
    let (neutral, fit) =
        neutral_rate(&real, &[gap, distance], month_number(view.date()), &params.level, &estimator.last_fit)?;
    let newest = newest(&real).map_or(view.date(), |(month, _)| month_start(month));
    let mut flags = vec![latest_revision("monetary.rstar_us_level", CORE_PCE)];
    if id == UNEMPLOYMENT.latest {
        flags.push(latest_revision("monetary.rstar_us_level", id));
    }
    Ok(Estimate {
        diagnostics: diagnostics(&fit, 100.0 * neutral.standard_error, ["output_gap", "inflation_goal"]),
        neutral,
        id: "monetary.rstar_us_level",
        discount: params.level_discount,
        age_days: age_days(view, &CORE_PCE.into(), newest),
        flags,
    })
}

/// The real funds rate: funds less 12-month core PCE, decimal, with its evidence.
pub(super) fn real_funds(view: &AsOf, max_rate_age: u32, max_age: u32) -> Result<(f64, Vec<Evidence>), Refusal> {
    let (date, funds) = fresh_last(view, FED_FUNDS, max_rate_age)?;
    let prices = last_of_month(&fresh_past(view, CORE_PCE, max_age)?);
    let (month, inflation) = newest(&prices)
        .and_then(|(month, _)| Some((month, annualised_change(&prices, month, 12)?)))
        .ok_or_else(|| Refusal::TooFew { what: CORE_PCE.to_owned(), got: prices.len(), needed: 13 })?;
    let real = funds / 100.0 - inflation;
    let evidence = vec![
        Evidence::computed("real fed funds rate", 100.0 * real, "% p.a."),
        Evidence::read("effective fed funds rate", funds, "% p.a.", &FED_FUNDS.into(), date),
        Evidence::derived("core PCE, 12 months", 100.0 * inflation, "%", &CORE_PCE.into(), month_start(month)),
    ];
    Ok((real, evidence))
}

/// The model on the view.
pub(crate) struct RstarUs(pub(crate) Estimator);

impl Model for RstarUs {
    fn id(&self) -> &'static str {
        "monetary.rstar_us"
    }

    fn weight(&self) -> f64 {
        self.0.params.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        inputs()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0.params;
        let (real, real_evidence) = real_funds(view, params.max_rate_age_days, params.max_age_days)?;
        let Estimate { neutral, id, discount, age_days, flags, mut diagnostics } = estimate(view, &self.0)?;
        let value = 100.0 * (neutral.rate - real);
        let value = plausible("r* minus the real fed funds rate (pp)", value, params.limit_pp)?;
        let error_pp = 100.0 * neutral.standard_error;
        let confidence = precision(error_pp, params.error_scale_pp)
            * freshness(age_days, 120, params.max_quarter_age_days)
            * discount;
        let mut evidence = vec![
            Evidence::computed("neutral real rate (estimated)", 100.0 * neutral.rate, "% p.a."),
            Evidence::computed("standard error of the neutral rate", error_pp, "pp"),
        ];
        evidence.extend(real_evidence);
        diagnostics.insert("standard_error_pp".to_owned(), error_pp);
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Monetary,
            subject: "us.policy_too_loose".to_owned(),
            value,
            unit: "pp, r* minus real fed funds".to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([
            ("us.neutral_real_rate".to_owned(), neutral.rate),
            ("us.neutral_real_rate_se".to_owned(), neutral.standard_error),
            ("us.real_policy_rate".to_owned(), real),
        ]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}
