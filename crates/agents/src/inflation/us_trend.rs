//! Trend of US inflation: core PCE over three and six months, annualised, against 2 %.
//!
//! ```text
//! saar_k = (P[t] / P[t-k])^(12/k) - 1          value = (saar_3 + saar_6) / 2 - 2 %
//! ```
//!
//! `P` is the core PCE price index, seasonally adjusted by its publisher. Value in percentage points over the Federal
//! Reserve's goal; + is pressure. Score: `tanh(value / 1 pp)`. Confidence: falls with the distance between the three- and
//! the six-month rate, which measures how noisy the trend is, and with age. Defaults: goal 2 %, tolerance 1 pp. The index is
//! read in its latest revision, and the report says so.
//!
//! Source: FOMC Statement on Longer-Run Goals; short-window annualised rates as in the Monetary Policy Report.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::monthly::{Monthly, last_of_month, month_start, newest};
use crate::reading::{age_days, fresh_past, freshness, latest_revision, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

const CORE_PCE: &str = "US_PCE_CORE";

/// Parameters of the US trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsTrendParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// The central bank's goal, decimal per year.
    pub goal: f64,
    /// Gap at which the score reaches 0.76, in percentage points.
    pub tolerance_pp: f64,
    /// Distance of the two rates at which the confidence is halved, in percentage points.
    pub noise_pp: f64,
    /// A gap beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable end of the newest print, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for UsTrendParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            goal: 0.02,
            tolerance_pp: 1.0,
            noise_pp: 1.5,
            limit_pp: 10.0,
            max_age_days: 100,
            implications: implications::us_inflation_pressure(),
        }
    }
}

/// Change over the last `months`, annualised: decimal per year; `None` without both ends.
pub fn annualised_change(index: &BTreeMap<i32, f64>, month: i32, months: i32) -> Option<f64> {
    let (now, then) = (index.get(&month)?, index.get(&(month - months))?);
    (*now > 0.0 && *then > 0.0).then(|| (now / then).powf(12.0 / f64::from(months)) - 1.0)
}

/// The model on the view.
pub(crate) struct UsTrend(pub(crate) UsTrendParams);

impl Model for UsTrend {
    fn id(&self) -> &'static str {
        "inflation.us_trend"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        vec![CORE_PCE.into()]
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let series = fresh_past(view, CORE_PCE, params.max_age_days)?;
        let index: Monthly = last_of_month(&series);
        let rate = |months| {
            newest(&index).and_then(|(now, _)| annualised_change(&index, now, months)).ok_or(Refusal::TooFew {
                what: CORE_PCE.to_owned(),
                got: index.len(),
                needed: 13,
            })
        };
        let (three, six, twelve) = (rate(3)?, rate(6)?, rate(12)?);
        let gap_pp = 100.0 * ((three + six) / 2.0 - params.goal);
        let gap_pp = plausible("core PCE trend minus goal (pp)", gap_pp, params.limit_pp)?;
        let (period, level) = series.last().ok_or_else(|| Refusal::Unavailable(format!("{CORE_PCE} is empty")))?;
        let period = month_start(crate::monthly::month_number(period));
        let noise_pp = 100.0 * (three - six);
        let confidence = precision(noise_pp, params.noise_pp)
            * freshness(age_days(view, &series.id, period), 62, params.max_age_days);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Inflation,
            subject: "us.inflation_pressure".to_owned(),
            value: gap_pp,
            unit: "pp over goal".to_owned(),
            score: squash(gap_pp, params.tolerance_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence: vec![
                Evidence::read("core PCE price index", level, "index", &series.id, period),
                Evidence::computed("core PCE, 3 months annualised", 100.0 * three, "%"),
                Evidence::computed("core PCE, 6 months annualised", 100.0 * six, "%"),
                Evidence::computed("core PCE, 12 months", 100.0 * twelve, "%"),
                Evidence::computed("goal (parameter)", 100.0 * params.goal, "%"),
            ],
            diagnostics: BTreeMap::from([("three_minus_six_months_pp".to_owned(), noise_pp)]),
        };
        let features =
            BTreeMap::from([("us.core_pce_12m".to_owned(), twelve), ("us.core_pce_3m_saar".to_owned(), three)]);
        let flags = vec![latest_revision(self.id(), CORE_PCE)];
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_index_has_its_own_rate_at_every_window() {
        let index: Monthly = (0..13).map(|month| (month, 100.0 * 1.03_f64.powf(f64::from(month) / 12.0))).collect();
        for months in [3, 6, 12] {
            assert!((annualised_change(&index, 12, months).unwrap() - 0.03).abs() < 1e-12);
        }
        assert_eq!(annualised_change(&index, 12, 24), None);
    }
}
