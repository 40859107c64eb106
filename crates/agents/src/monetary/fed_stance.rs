//! The Fed's stance: Taylor gap, financial conditions and the real rate against neutral, in one number.
//!
//! ```text
//! value = mean of  tgap / 2 pp (weight 0.4),  -NFCI (0.2),  (r* - real funds rate) / 2 pp (0.4)
//! ```
//!
//! `tgap` is rule minus funds ([`taylor_us`](super::taylor_us)); the NFCI is the Chicago Fed's index in its own standard
//! deviations (0 is the average since 1971, negative is loose); r* as in [`rstar_us`]. Unitless; + is loose
//! on every term. A missing term leaves the mean, its weight goes to the others, and the report says so; fewer than two
//! terms and the model abstains. Score: `tanh(value)`. Confidence: base 0.6, times the weight that spoke, less for the
//! spread of the terms and where r* is estimated from less (as [`rstar_us`] discounts it). What the rule and r* flag is flagged here too. The NFCI is re-estimated every week over its whole history and read in its latest revision.
//!
//! Weight 0.25: the first and last term are heard on their own as well; what is new here is financial conditions.
//!
//! Source: Brave and Butters (2011), Economic Perspectives 35, for the NFCI.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::rstar_us::{self, Estimator, real_funds};
use super::taylor_us::TaylorUs;
use crate::config::Implications;
use crate::reading::{fresh_last, latest_revision, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const NFCI: &str = "US_NFCI";

/// Parameters of the stance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FedStanceParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// Weight of the Taylor gap.
    pub taylor_weight: f64,
    /// Weight of financial conditions.
    pub conditions_weight: f64,
    /// Weight of the distance from neutral.
    pub neutral_weight: f64,
    /// Percentage points of the two gaps that count as one.
    pub scale_pp: f64,
    /// A value beyond this is refused.
    pub limit: f64,
    /// Confidence when all terms speak and agree.
    pub base_confidence: f64,
    /// Oldest acceptable index, in days.
    pub max_conditions_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for FedStanceParams {
    fn default() -> Self {
        Self {
            weight: 0.25,
            taylor_weight: 0.4,
            conditions_weight: 0.2,
            neutral_weight: 0.4,
            scale_pp: 2.0,
            limit: 6.0,
            base_confidence: 0.6,
            max_conditions_age_days: 21,
            implications: implications::us_policy_too_loose(),
        }
    }
}

/// Weighted mean of the terms that exist, the weight they carry of the whole, and their weighted standard deviation.
pub fn stance(terms: &[(f64, Option<f64>)]) -> Option<(f64, f64, f64)> {
    let whole: f64 = terms.iter().map(|(weight, _)| weight).sum();
    let present: Vec<(f64, f64)> = terms.iter().filter_map(|&(weight, value)| Some((weight, value?))).collect();
    let weight: f64 = present.iter().map(|(weight, _)| weight).sum();
    if weight <= 0.0 {
        return None;
    }
    let mean = present.iter().map(|(weight, value)| weight * value).sum::<f64>() / weight;
    let variance = present.iter().map(|(weight, value)| weight * (value - mean).powi(2)).sum::<f64>() / weight;
    Some((mean, weight / whole, variance.sqrt()))
}

/// The model on the view.
pub(crate) struct FedStance {
    pub(crate) params: FedStanceParams,
    pub(crate) rule: TaylorUs,
    pub(crate) rstar: Estimator,
}

impl Model for FedStance {
    fn id(&self) -> &'static str {
        "monetary.fed_stance"
    }

    fn weight(&self) -> f64 {
        self.params.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        self.rule.inputs().into_iter().chain([NFCI.into()]).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let Self { params, rule, rstar } = self;
        let (mut evidence, mut flags, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let taylor = match rule.call(view) {
            Ok(call) => {
                let gap = 100.0 * call.rate - call.funds_pct.1;
                evidence.push(Evidence::computed("Taylor rule minus fed funds", gap, "pp"));
                flags.extend(call.flags);
                Some(gap / params.scale_pp)
            }
            Err(why) => {
                missing.push(format!("the Taylor gap ({why})"));
                None
            }
        };
        let conditions = match fresh_last(view, NFCI, params.max_conditions_age_days) {
            Ok((week, index)) => {
                evidence.push(Evidence::read("financial conditions (NFCI)", index, "sd", &NFCI.into(), week));
                flags.push(latest_revision(self.id(), NFCI));
                Some(-index)
            }
            Err(why) => {
                missing.push(format!("financial conditions ({why})"));
                None
            }
        };
        let estimate = rstar_us::estimate(view, rstar).and_then(|found| {
            Ok((found, real_funds(view, rstar.params.max_rate_age_days, rstar.params.max_age_days)?))
        });
        // A poorer estimate of r* is trusted less; so is what stands on it.
        let mut trust = 1.0;
        let neutral = match estimate {
            Ok((found, (real, read))) => {
                let gap = 100.0 * (found.neutral.rate - real);
                evidence.push(Evidence::computed("r* minus the real fed funds rate", gap, "pp"));
                evidence.extend(read);
                flags.extend(found.flags);
                trust = found.discount;
                Some(gap / params.scale_pp)
            }
            Err(why) => {
                missing.push(format!("r* ({why})"));
                None
            }
        };
        let terms =
            [(params.taylor_weight, taylor), (params.conditions_weight, conditions), (params.neutral_weight, neutral)];
        let spoke = terms.iter().filter(|(_, value)| value.is_some()).count();
        let (Some((mean, share, spread)), true) = (stance(&terms), spoke >= 2) else {
            return Err(Refusal::Unavailable(format!(
                "{spoke} of 3 terms, at least 2 needed; without {}",
                missing.join(", ")
            )));
        };
        if !missing.is_empty() {
            flags.push(Flag::missing(format!("{}: without {}", self.id(), missing.join(", "))));
        }
        let value = plausible("stance of the Fed", mean, params.limit)?;
        let confidence = (params.base_confidence * trust * share / (1.0 + spread)).clamp(0.0, 1.0);
        let diagnostics = [("term.taylor", taylor), ("term.conditions", conditions), ("term.neutral", neutral)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .chain([("share_of_weight".to_owned(), share), ("spread".to_owned(), spread)])
            .collect();
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Monetary,
            subject: "us.policy_too_loose".to_owned(),
            value,
            unit: "index, + is loose".to_owned(),
            score: squash(value, 1.0),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([("us.fed_stance".to_owned(), value)]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_the_terms_that_exist() {
        let (mean, share, spread) = stance(&[(0.4, Some(1.0)), (0.2, None), (0.4, Some(3.0))]).unwrap();
        assert!((mean - 2.0).abs() < 1e-15 && (share - 0.8).abs() < 1e-15 && (spread - 1.0).abs() < 1e-15);
        assert_eq!(stance(&[(0.4, None), (0.6, None)]), None);
    }

    #[test]
    fn looser_conditions_are_a_looser_stance() {
        let of = |nfci: f64| stance(&[(0.4, Some(0.5)), (0.2, Some(-nfci)), (0.4, Some(0.2))]).unwrap().0;
        assert!(of(-0.5) > of(0.5));
    }
}
