//! Taylor rule gap for the United States: the rate called for, minus the effective federal funds rate.
//!
//! ```text
//! i* = r* + pi + 0.5 (pi - 2 %) + 0.5 * 2 (u* - u)          value = 100 (i* - fed funds)
//! ```
//!
//! `pi` is the 12-month change of the core PCE index, `u` the unemployment rate; the unemployment gap is used rather than
//! CBO potential output because GDP is revised for years and unemployment hardly at all. `r*` is the estimate of
//! [`rstar_us`] with its standard error; when that abstains, a **parameter** stands in (1 %, standard error
//! 0.75 points) and the report says why. `u*` = 4.2 % with an error of 0.5 points is a parameter too (the longer-run median
//! of the FOMC's projections of 2025), not a history. The features also hold the balanced (1999) and the inertial form.
//!
//! Unemployment is the real-time vintage (`US_UNRATE_RT`) while that is fresh, otherwise the latest revision, flagged;
//! core PCE is the latest revision, flagged always.
//!
//! Value in percentage points: + means the funds rate is below the rule, policy too loose. Score: `tanh(value / 2 pp)`.
//!
//! Source: Taylor (1993), in the Okun form of the Federal Reserve's Monetary Policy Report.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::rstar::{NeutralRate, estimated_or};
use super::rstar_us::{self, Estimator};
use super::taylor::{SMOOTHING, TaylorRule, okun_gap, rule_error};
use crate::config::Implications;
use crate::inflation::us_trend::annualised_change;
use crate::monthly::{last_of_month, month_start, newest};
use crate::reading::{
    Vintages, age_days, fresh_last, fresh_past, freshness, latest_revision, plausible, precision, squash,
};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

pub(super) const FED_FUNDS: &str = "US_DFF";
pub(super) const CORE_PCE: &str = "US_PCE_CORE";
pub(super) const UNEMPLOYMENT: Vintages = Vintages { real_time: "US_UNRATE_RT", latest: "US_UNRATE" };

/// Parameters of the US rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaylorUsParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// The rule; its neutral rate is used when none is estimated.
    pub rule: TaylorRule,
    /// Smoothing of the inertial form, a quarter.
    pub smoothing: f64,
    /// Inflation goal, decimal.
    pub goal: f64,
    /// Natural rate of unemployment, decimal.
    pub natural_unemployment: f64,
    /// Okun coefficient: output gap per point of unemployment gap.
    pub okun: f64,
    /// Standard error of the rule's neutral real rate, decimal.
    pub neutral_se: f64,
    /// Standard error of the natural rate of unemployment, decimal.
    pub natural_se: f64,
    /// Gap at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// A gap beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable end of a monthly print, in days.
    pub max_age_days: u32,
    /// Oldest acceptable funds rate, in days.
    pub max_rate_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for TaylorUsParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            rule: TaylorRule { neutral_real_rate: 0.01, inflation_response: 0.5, output_response: 0.5 },
            smoothing: SMOOTHING,
            goal: 0.02,
            natural_unemployment: 0.042,
            okun: 2.0,
            neutral_se: 0.0075,
            natural_se: 0.005,
            scale_pp: 2.0,
            limit_pp: 15.0,
            max_age_days: 100,
            max_rate_age_days: 10,
            implications: implications::us_policy_too_loose(),
        }
    }
}

/// The model on the view; r* is estimated when its estimator is given.
#[derive(Clone)]
pub(crate) struct TaylorUs(pub(crate) TaylorUsParams, pub(crate) Option<Estimator>);

/// What the rule says on a view.
pub(super) struct RuleCall {
    /// Rate called for, decimal.
    pub(super) rate: f64,
    /// Its standard error from r* and the gap, decimal.
    pub(super) standard_error: f64,
    /// Effective funds rate as published, and its date.
    pub(super) funds_pct: (NaiveDate, f64),
    rule: TaylorRule,
    gap: f64,
    inflation: (NaiveDate, f64),
    unemployment: (&'static str, NaiveDate, f64),
    neutral: Evidence,
    pub(super) flags: Vec<Flag>,
}

/// Declared inputs of the rule, r* included.
pub(super) fn inputs() -> Vec<SeriesId> {
    rstar_us::inputs()
}

impl TaylorUs {
    /// The rule with everything it rests on.
    pub(super) fn call(&self, view: &AsOf) -> Result<RuleCall, Refusal> {
        let Self(params, rstar) = self;
        let (rate_date, funds_pct) = fresh_last(view, FED_FUNDS, params.max_rate_age_days)?;
        let (unemployment, (u_period, unemployment_pct)) = UNEMPLOYMENT.fresh_last(view, params.max_age_days)?;
        let prices = last_of_month(&fresh_past(view, CORE_PCE, params.max_age_days)?);
        let (month, inflation) = newest(&prices)
            .and_then(|(month, _)| Some((month, annualised_change(&prices, month, 12)?)))
            .ok_or_else(|| Refusal::TooFew { what: CORE_PCE.to_owned(), got: prices.len(), needed: 13 })?;
        let parameter = NeutralRate { rate: params.rule.neutral_real_rate, standard_error: params.neutral_se };
        let estimate =
            rstar.as_ref().map(|rstar| rstar_us::estimate(view, rstar).map(|found| (found.neutral, found.flags)));
        let used = estimated_or(estimate, parameter, "monetary.taylor_us");
        let rule = TaylorRule { neutral_real_rate: used.neutral.rate, ..params.rule };
        let gap = okun_gap(unemployment_pct / 100.0, params.natural_unemployment, params.okun);
        let mut flags = vec![latest_revision("monetary.taylor_us", CORE_PCE)];
        if unemployment == UNEMPLOYMENT.latest {
            flags.push(latest_revision("monetary.taylor_us", unemployment));
        }
        flags.extend(used.flags);
        Ok(RuleCall {
            rate: rule.rate(inflation, params.goal, gap),
            standard_error: rule_error(&rule, used.neutral.standard_error, params.okun * params.natural_se),
            funds_pct: (rate_date, funds_pct),
            rule,
            gap,
            inflation: (month_start(month), inflation),
            unemployment: (unemployment, u_period, unemployment_pct),
            neutral: used.evidence,
            flags,
        })
    }
}

impl Model for TaylorUs {
    fn id(&self) -> &'static str {
        "monetary.taylor_us"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        inputs()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let RuleCall { rate, standard_error, funds_pct, rule, gap, inflation, unemployment, neutral, flags } =
            self.call(view)?;
        let gap_pp = plausible("rule minus fed funds (pp)", 100.0 * rate - funds_pct.1, params.limit_pp)?;
        let error_pp = 100.0 * standard_error;
        let age = age_days(view, &CORE_PCE.into(), inflation.0);
        let confidence = precision(error_pp, params.scale_pp) * freshness(age, 62, params.max_age_days);
        let past = fresh_past(view, FED_FUNDS, params.max_rate_age_days)?;
        let quarter_ago = view.date().checked_sub_days(Days::new(91)).unwrap_or(NaiveDate::MIN);
        let previous = past.at_or_before(quarter_ago).map(|(_, percent)| percent / 100.0);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Monetary,
            subject: "us.policy_too_loose".to_owned(),
            value: gap_pp,
            unit: "pp, rule minus fed funds".to_owned(),
            score: squash(gap_pp, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence: vec![
                Evidence::computed("rate called for by the rule", 100.0 * rate, "% p.a."),
                Evidence::read("effective fed funds rate", funds_pct.1, "% p.a.", &FED_FUNDS.into(), funds_pct.0),
                Evidence::derived("core PCE, 12 months", 100.0 * inflation.1, "%", &CORE_PCE.into(), inflation.0),
                Evidence::read("unemployment rate", unemployment.2, "%", &unemployment.0.into(), unemployment.1),
                Evidence::computed("natural unemployment (parameter)", 100.0 * params.natural_unemployment, "%"),
                neutral,
            ],
            diagnostics: BTreeMap::from([
                ("inflation_response".to_owned(), rule.inflation_response),
                ("neutral_real_rate".to_owned(), rule.neutral_real_rate),
                ("output_gap_by_okun_pct".to_owned(), 100.0 * gap),
                ("smoothing_a_quarter".to_owned(), params.smoothing),
                ("standard_error_pp".to_owned(), error_pp),
            ]),
        };
        let forms = rule.prescriptions(inflation.1, params.goal, gap, previous.unwrap_or(f64::NAN), params.smoothing);
        let mut features = BTreeMap::from([
            ("us.policy_rate".to_owned(), funds_pct.1 / 100.0),
            ("us.taylor_balanced".to_owned(), forms.balanced),
            ("us.taylor_rate".to_owned(), rate),
        ]);
        if previous.is_some() {
            features.insert("us.taylor_inertial".to_owned(), forms.inertial);
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}
