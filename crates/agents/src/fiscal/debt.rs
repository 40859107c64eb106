//! Debt sustainability for Brazil: gross general government debt over the next five years.
//!
//! ```text
//! d[t] = d[t-1] (1 + i) / ((1 + g)(1 + pi)) - pb          see [`dynamics`](super::dynamics)
//! ```
//!
//! | input | preferred | otherwise, named in the id and trusted less |
//! |---|---|---|
//! | debt | DBGG over GDP (SGS 13762) | abstain |
//! | interest rate | mean of the Selic path of the annual survey | today's Selic, held |
//! | growth and deflator | annual survey of GDP and IPCA | yearly mean of nominal GDP over five years, held |
//! | primary balance | annual survey, else SGS 5793 with its sign turned (it is a borrowing requirement) | what the debt identity leaves over, last 12 months |
//!
//! Survey years are interpolated to 12-month steps from today and the last known year is held. The identity's balance holds
//! everything that is not interest at the Selic (debt at other rates, stock-flow adjustments): it is consistent with the
//! interest rate used here and is not the official primary balance. Signal ids: `fiscal.debt`, and `fiscal.debt_proxies`
//! when anything in the last column was used.
//!
//! Value: baseline change of debt over five years in points of GDP; + is stress. Score: `tanh(value / 10)`. Scenarios
//! (parameters) move interest, growth and balance; confidence falls when they disagree on the sign.
//!
//! Source: IMF, Staff Guidance Note for Public DSA in Market-Access Countries (2013).

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, BaselineParams, YEARS, baseline};
use super::dynamics::{DebtYear, debt_path};
use crate::config::Implications;
use crate::monthly::month_start;
use crate::reading::{age_days, freshness, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// What a scenario adds to the baseline in every year, decimals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Added to the interest rate.
    pub rate: f64,
    /// Added to real growth.
    pub growth: f64,
    /// Added to the primary balance in the first year, and again in each later year up to `primary_years`.
    pub primary_step: f64,
    /// Years over which the balance moves.
    pub primary_years: u32,
}

impl Scenario {
    fn apply(&self, years: &[DebtYear]) -> Vec<DebtYear> {
        let moved = |(t, year): (usize, &DebtYear)| DebtYear {
            rate: year.rate + self.rate,
            growth: year.growth + self.growth,
            primary: year.primary + self.primary_step * (t as f64 + 1.0).min(f64::from(self.primary_years)),
            ..*year
        };
        years.iter().enumerate().map(moved).collect()
    }
}

/// Parameters of the projection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DebtParams {
    /// Weight among the fiscal models.
    pub weight: f64,
    /// Change over five years at which the score reaches 0.76, in points of GDP.
    pub scale_pp: f64,
    /// A change beyond this is refused, in points of GDP.
    pub limit_pp: f64,
    /// Confidence with every preferred input, fresh, and scenarios that agree.
    pub base_confidence: f64,
    /// Factor for each input replaced.
    pub proxy_discount: f64,
    /// Oldest acceptable end of the debt figure, in days.
    pub max_age_days: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Consolidation of half a point of GDP a year for four years.
    pub adjustment: Scenario,
    /// Higher rates, lower growth, a weaker balance.
    pub stress: Scenario,
    /// Lower rates, higher growth.
    pub tailwind: Scenario,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for DebtParams {
    fn default() -> Self {
        Self {
            weight: 1.0,
            scale_pp: 10.0,
            limit_pp: 25.0,
            base_confidence: 0.8,
            proxy_discount: 0.8,
            max_age_days: 100,
            max_survey_age_days: 60,
            adjustment: Scenario { rate: 0.0, growth: 0.0, primary_step: 0.005, primary_years: 4 },
            stress: Scenario { rate: 0.02, growth: -0.01, primary_step: -0.005, primary_years: 1 },
            tailwind: Scenario { rate: -0.01, growth: 0.01, primary_step: 0.0, primary_years: 0 },
            implications: implications::fiscal_stress(),
        }
    }
}

/// The model on the view.
pub(crate) struct Debt(pub(crate) DebtParams);

impl DebtParams {
    /// What the baseline needs to know.
    pub(super) fn baseline(&self) -> BaselineParams {
        BaselineParams { max_age_days: self.max_age_days, max_survey_age_days: self.max_survey_age_days }
    }
}

impl Model for Debt {
    fn id(&self) -> &'static str {
        "fiscal.debt"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        super::baseline::inputs()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let Baseline { debt, month, series, years: baseline, proxies, mut evidence } =
            baseline(view, params.baseline())?;
        let debt_pct = 100.0 * debt;
        let change_pp = |years: &[DebtYear]| 100.0 * (debt_path(debt, years)[YEARS] - debt);
        let value = plausible("change of debt over five years (points of GDP)", change_pp(&baseline), params.limit_pp)?;
        let scenarios = [
            ("adjustment", change_pp(&params.adjustment.apply(&baseline))),
            ("stress", change_pp(&params.stress.apply(&baseline))),
            ("tailwind", change_pp(&params.tailwind.apply(&baseline))),
        ];
        let agreeing = scenarios.iter().filter(|(_, change)| change * value > 0.0).count() as f64 / 3.0;
        let confidence = params.base_confidence
            * (0.5 + 0.5 * agreeing)
            * params.proxy_discount.powi(proxies.len() as i32)
            * freshness(age_days(view, &series, month_start(month)), 62, params.max_age_days);

        let stabilising = baseline[0].stabilising_primary(debt);
        let id = if proxies.is_empty() { "fiscal.debt" } else { "fiscal.debt_proxies" };
        evidence.push(Evidence::computed("debt in five years, baseline", debt_pct + value, "% of GDP"));
        evidence.push(Evidence::computed("primary balance that would keep debt", 100.0 * stabilising, "% of GDP"));
        for (name, change) in scenarios {
            evidence.push(Evidence::computed(format!("change of debt, {name}"), change, "points of GDP"));
        }
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Fiscal,
            subject: "br.fiscal_stress".to_owned(),
            value,
            unit: "points of GDP in five years".to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("proxies".to_owned(), proxies.len() as f64),
                ("scenarios_agreeing_share".to_owned(), agreeing),
                ("snowball_first_year".to_owned(), baseline[0].snowball()),
            ]),
        };
        let features = BTreeMap::from([
            ("br.debt_change_5y".to_owned(), value / 100.0),
            ("br.debt_to_gdp".to_owned(), debt),
            ("br.primary_balance".to_owned(), baseline[0].primary),
            ("br.primary_gap_to_stabilise".to_owned(), stabilising - baseline[0].primary),
        ]);
        let missing = |proxy: &String| Flag::missing(format!("fiscal.debt_proxies: {proxy}"));
        let flags = proxies.iter().map(missing).collect();
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustment_steps_up_and_then_holds() {
        let year =
            DebtYear { rate: 0.1, growth: 0.02, deflator: 0.04, primary: 0.0, stock_flow: 0.0, revaluation: 0.0 };
        let moved = DebtParams::default().adjustment.apply(&[year; 5]);
        let balances: Vec<f64> = moved.iter().map(|year| year.primary).collect();
        for (got, want) in balances.iter().zip([0.005, 0.01, 0.015, 0.02, 0.02]) {
            assert!((got - want).abs() < 1e-15);
        }
    }

    #[test]
    fn scenarios_are_ordered() {
        let params = DebtParams::default();
        let years =
            [DebtYear { rate: 0.12, growth: 0.02, deflator: 0.04, primary: -0.005, stock_flow: 0.0, revaluation: 0.0 };
                5];
        let end = |years: &[DebtYear]| debt_path(0.78, years)[5];
        let (base, stress) = (end(&years), end(&params.stress.apply(&years)));
        assert!(stress > base);
        assert!(end(&params.tailwind.apply(&years)) < base && end(&params.adjustment.apply(&years)) < base);
    }
}
