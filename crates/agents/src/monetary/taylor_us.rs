//! Taylor rule gap for the United States: the rate called for, minus the effective federal funds rate.
//!
//! ```text
//! i* = r* + pi + 0.5 (pi - 2 %) + 0.5 * 2 (u* - u)          value = 100 (i* - fed funds)
//! ```
//!
//! `pi` is the 12-month change of the core PCE index, `u` the unemployment rate; the unemployment gap is used rather than
//! CBO potential output because GDP is revised for years and unemployment hardly at all. `r*` = 1 % and `u*` = 4.2 % are
//! **parameters** (the longer-run medians of the FOMC's projections of 2025), stated in the evidence with standard errors
//! of 0.75 and 0.5 points; they are not histories.
//!
//! Unemployment is the real-time vintage (`US_UNRATE_RT`) while that is fresh, otherwise the latest revision, flagged;
//! core PCE is the latest revision, flagged always.
//!
//! Value in percentage points: + means the funds rate is below the rule, policy too loose. Score: `tanh(value / 2 pp)`.
//!
//! Source: Taylor (1993), in the Okun form of the Federal Reserve's Monetary Policy Report.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::taylor::{TaylorRule, okun_gap, rule_error};
use crate::config::Implications;
use crate::inflation::us_trend::annualised_change;
use crate::monthly::{last_of_month, month_start, newest};
use crate::reading::{
    Vintages, age_days, fresh_last, fresh_past, freshness, latest_revision, plausible, precision, squash,
};
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

const FED_FUNDS: &str = "US_DFF";
const CORE_PCE: &str = "US_PCE_CORE";
const UNEMPLOYMENT: Vintages = Vintages { real_time: "US_UNRATE_RT", latest: "US_UNRATE" };

/// Parameters of the US rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaylorUsParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// The rule.
    pub rule: TaylorRule,
    /// Inflation goal, decimal.
    pub goal: f64,
    /// Natural rate of unemployment, decimal.
    pub natural_unemployment: f64,
    /// Okun coefficient: output gap per point of unemployment gap.
    pub okun: f64,
    /// Standard error of the neutral real rate, decimal.
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

/// The model on the view.
pub(crate) struct TaylorUs(pub(crate) TaylorUsParams);

impl Model for TaylorUs {
    fn id(&self) -> &'static str {
        "monetary.taylor_us"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [FED_FUNDS, CORE_PCE, UNEMPLOYMENT.real_time, UNEMPLOYMENT.latest].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let (rate_date, funds_pct) = fresh_last(view, FED_FUNDS, params.max_rate_age_days)?;
        let (unemployment, (u_period, unemployment_pct)) = UNEMPLOYMENT.fresh_last(view, params.max_age_days)?;
        let prices = last_of_month(&fresh_past(view, CORE_PCE, params.max_age_days)?);
        let (month, inflation) = newest(&prices)
            .and_then(|(month, _)| Some((month, annualised_change(&prices, month, 12)?)))
            .ok_or_else(|| Refusal::TooFew { what: CORE_PCE.to_owned(), got: prices.len(), needed: 13 })?;

        let gap = okun_gap(unemployment_pct / 100.0, params.natural_unemployment, params.okun);
        let rule_rate = params.rule.rate(inflation, params.goal, gap);
        let gap_pp = plausible("rule minus fed funds (pp)", 100.0 * rule_rate - funds_pct, params.limit_pp)?;
        let error_pp = 100.0 * rule_error(&params.rule, params.neutral_se, params.okun * params.natural_se);
        let age = age_days(view, &CORE_PCE.into(), month_start(month));
        let confidence = precision(error_pp, params.scale_pp) * freshness(age, 62, params.max_age_days);
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
                Evidence::computed("rate called for by the rule", 100.0 * rule_rate, "% p.a."),
                Evidence::read("effective fed funds rate", funds_pct, "% p.a.", &FED_FUNDS.into(), rate_date),
                Evidence::derived("core PCE, 12 months", 100.0 * inflation, "%", &CORE_PCE.into(), month_start(month)),
                Evidence::read("unemployment rate", unemployment_pct, "%", &unemployment.into(), u_period),
                Evidence::computed("natural unemployment (parameter)", 100.0 * params.natural_unemployment, "%"),
                Evidence::computed("neutral real rate (parameter)", 100.0 * params.rule.neutral_real_rate, "% p.a."),
            ],
            diagnostics: BTreeMap::from([
                ("inflation_response".to_owned(), params.rule.inflation_response),
                ("output_gap_by_okun_pct".to_owned(), 100.0 * gap),
                ("standard_error_pp".to_owned(), error_pp),
            ]),
        };
        let features = BTreeMap::from([
            ("us.policy_rate".to_owned(), funds_pct / 100.0),
            ("us.taylor_rate".to_owned(), rule_rate),
        ]);
        let mut flags = vec![latest_revision(self.id(), CORE_PCE)];
        if unemployment == UNEMPLOYMENT.latest {
            flags.push(latest_revision(self.id(), unemployment));
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}
