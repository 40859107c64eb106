//! The fiscal impulse: how much the budget pushed demand in the last twelve months, after the cycle is taken out.
//!
//! ```text
//! capb[t] = pb[t] - e gap[t]                     pb: 12-month balance over GDP, + surplus;  gap: output gap, mean of 12 months
//! value   = -(capb[t] - capb[t-12])              points of GDP, + is an expansion
//! ```
//!
//! `e` is the semi-elasticity of the balance to the gap, 0.35 by default: the tax burden times a revenue elasticity of one, with
//! spending that does not follow the cycle. The gap is [Hamilton's](crate::output_gap) on IBC-Br. The balance is SGS 5793 with its sign turned; where it is not published, what the debt identity
//! leaves over, under the id `fiscal.impulse_proxies`: its changes hold stock-flow adjustments and exchange rates too.
//!
//! Subject: fiscal stress, for an expansion at a given gap is a weaker structural balance. Score: `tanh(value / 1.5)`,
//! `tanh(value / 5)` by the proxy. Confidence: 0.45, 0.2 by the proxy. An impulse beyond 10 points is refused.
//!
//! Sources: Fedelino, Ivanova and Horton (2009), IMF TNM/09/05; Mourre et al. (2013) for the semi-elasticity.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use numerics::economics::{Elasticities, cyclically_adjusted_balance};
use serde::{Deserialize, Serialize};

use super::identity::{BalanceHistory, balance_history};
use crate::config::Implications;
use crate::monthly::{Monthly, last_of_month, month_start, moving_average};
use crate::output_gap::{GapParams, output_gap};
use crate::reading::{age_days, fresh_past, freshness, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const ACTIVITY: &str = "BR_IBCBR";

/// Parameters of the impulse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImpulseParams {
    /// Weight among the fiscal models.
    pub weight: f64,
    /// Semi-elasticity of the balance ratio to the output gap.
    pub semi_elasticity: f64,
    /// The output gap's filter.
    pub gap: GapParams,
    /// Impulse at which the score reaches 0.76, in points of GDP.
    pub scale_pp: f64,
    /// The same for what the debt identity leaves over, which moves more.
    pub proxy_scale_pp: f64,
    /// An impulse beyond this is refused, in points of GDP.
    pub limit_pp: f64,
    /// Confidence with an official balance.
    pub base_confidence: f64,
    /// Confidence with what the debt identity leaves over.
    pub proxy_confidence: f64,
    /// Oldest acceptable end of the balance, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for ImpulseParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            semi_elasticity: 0.35,
            gap: GapParams::default(),
            scale_pp: 1.5,
            proxy_scale_pp: 5.0,
            limit_pp: 10.0,
            base_confidence: 0.45,
            proxy_confidence: 0.2,
            max_age_days: 100,
            implications: implications::fiscal_stress(),
        }
    }
}

/// Impulse between two periods from balances over GDP and output gaps (decimals): `-(change of pb - e gap)`, + expansion.
///
/// # Errors
/// A figure that is not a number, or a gap of -100 % or worse.
pub fn fiscal_impulse(balances: [f64; 2], gaps: [f64; 2], semi_elasticity: f64) -> Result<f64, Refusal> {
    let elasticities = Elasticities { revenue: 1.0, expenditure: 0.0, semi: semi_elasticity };
    let adjusted = cyclically_adjusted_balance(&balances, &[0.0; 2], &gaps, &[0.0; 2], elasticities)
        .map_err(Refusal::estimating("fiscal impulse"))?;
    Ok(adjusted.adjusted_semi[0] - adjusted.adjusted_semi[1])
}

/// The model on the view.
pub(crate) struct Impulse(pub(crate) ImpulseParams);

impl Impulse {
    /// Output gap, mean of twelve months, by month.
    fn gaps(&self, view: &AsOf) -> Result<Monthly, Refusal> {
        let params = &self.0;
        let levels = last_of_month(&fresh_past(view, ACTIVITY, params.max_age_days + 50)?);
        Ok(moving_average(&output_gap(&levels, &params.gap)?, 12))
    }
}

impl Model for Impulse {
    fn id(&self) -> &'static str {
        "fiscal.impulse"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        super::identity::inputs().into_iter().chain([SeriesId::new(ACTIVITY)]).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let BalanceHistory { balances, proxied, evidence: balance } = balance_history(view, params.max_age_days)?;
        let gaps = self.gaps(view)?;
        let pair = |month: i32| {
            let balances = [*balances.get(&(month - 12))?, *balances.get(&month)?];
            Some((month, balances, [*gaps.get(&(month - 12))?, *gaps.get(&month)?]))
        };
        let (month, [before, now], [gap_before, gap]) =
            balances.keys().rev().take(6).find_map(|month| pair(*month)).ok_or_else(|| {
                let what = format!("months with a balance and an output gap a year before ({ACTIVITY})");
                Refusal::TooFew { what, got: 0, needed: 1 }
            })?;
        let impulse = fiscal_impulse([before, now], [gap_before, gap], params.semi_elasticity)?;
        let value = plausible("fiscal impulse (points of GDP)", 100.0 * impulse, params.limit_pp)?;
        let age = age_days(view, &ACTIVITY.into(), month_start(month));
        let (base, scale) = match proxied {
            true => (params.proxy_confidence, params.proxy_scale_pp),
            false => (params.base_confidence, params.scale_pp),
        };
        let confidence = base * freshness(age, 75, params.max_age_days + 50);
        let id = if proxied { "fiscal.impulse_proxies" } else { "fiscal.impulse" };
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Fiscal,
            subject: "br.fiscal_stress".to_owned(),
            value,
            unit: "points of GDP, + expansion".to_owned(),
            score: squash(value, scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence: vec![
                balance,
                Evidence::computed("balance of the 12 months before", 100.0 * before, "% of GDP"),
                Evidence::computed("balance of the last 12 months", 100.0 * now, "% of GDP"),
                Evidence::derived("output gap, 12 months", 100.0 * gap, "%", &ACTIVITY.into(), month_start(month)),
                Evidence::computed("output gap, the 12 months before", 100.0 * gap_before, "%"),
            ],
            diagnostics: BTreeMap::from([("proxies".to_owned(), f64::from(u8::from(proxied)))]),
        };
        let features = BTreeMap::from([
            ("br.fiscal_impulse".to_owned(), impulse),
            ("br.cyclically_adjusted_balance".to_owned(), now - params.semi_elasticity * gap),
        ]);
        let flags = if proxied {
            vec![Flag::missing("fiscal.impulse_proxies: the balance is what the debt identity leaves over")]
        } else {
            Vec::new()
        };
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_case() {
        let path = format!("{}/../../tests/golden/cab_pub.json", env!("CARGO_MANIFEST_DIR"));
        let case: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let column = |key: &str| -> Vec<f64> {
            case["inputs"][key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
        };
        let (revenue, spending, gap) = (column("revenue"), column("primary_expenditure"), column("output_gap"));
        let semi = case["inputs"]["semi_elasticity"].as_f64().unwrap();
        let wanted = case["expected"]["change_capb_semi"].as_array().unwrap();
        for t in 1..revenue.len() {
            let balances = [revenue[t - 1] - spending[t - 1], revenue[t] - spending[t]];
            let got = fiscal_impulse(balances, [gap[t - 1], gap[t]], semi).unwrap();
            assert!((got + wanted[t].as_f64().unwrap()).abs() < 1e-13, "year {t}");
        }
    }

    #[test]
    fn a_boom_that_fills_the_coffers_is_no_consolidation() {
        // The balance rises by exactly what the cycle brings.
        assert!(fiscal_impulse([0.0, 0.0105], [0.0, 0.03], 0.35).unwrap().abs() < 1e-15);
        assert!(fiscal_impulse([0.0, 0.0], [0.0, 0.03], 0.35).unwrap() > 0.01);
        assert!(fiscal_impulse([0.0, f64::NAN], [0.0, 0.0], 0.35).is_err());
    }
}
