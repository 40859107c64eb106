//! Risk of fiscal dominance, 0 to 100: how near the budget is to deciding what the central bank can do.
//!
//! Each component is read on a straight line from 0 to 100 between two stated ends and clamped there; the index is their weighted
//! mean.
//!
//! | component | reading | 0 at | 100 at | weight |
//! |---|---|---|---|---|
//! | debt | gross debt over GDP | 50 % | 100 % | 0.25 |
//! | snowball | `(r - g)/(1 + g)` of the baseline's first year | -2 % | +6 % | 0.20 |
//! | balance | stabilising less expected primary balance, over GDP | 0 | 5 % | 0.25 |
//! | de-anchoring | 12-month inflation expectation less target | 0 | 3 % | 0.15 |
//! | long end | five-year DI rate less the mean surveyed Selic over five years | 0 | 4 % | 0.15 |
//!
//! A missing component leaves its weight to the others and is flagged; without the debt baseline, or with fewer than three
//! components, the model abstains. Where the baseline rests on proxies the id is `fiscal.dominance_proxies`.
//!
//! Value: the index. Score: `(index - 50) / 50`, + is stress. Confidence: 0.6 times the share of weight, less for proxies.
//!
//! Sources: Sargent and Wallace (1981), Some Unpleasant Monetarist Arithmetic; Blanchard (2004), NBER 10389, on Brazil. The ends
//! are judgements: 50 and 100 % span Brazil's gross debt since 2006 and its projections, 5 % the consolidation asked of it.

use std::collections::BTreeMap;

use market::curves::latest_di_curve;
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::baseline::{BaselineParams, YEARS, baseline, surveyed_selic};
use super::identity::SELIC;
use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::reading::fresh_last;
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// Business days to the long end.
const LONG_BD: f64 = 1260.0;
/// Oldest acceptable DI curve, in sessions.
const MAX_CURVE_AGE_SESSIONS: u32 = 5;

/// One component's line and weight; readings in decimals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Reading at which it counts 0.
    pub low: f64,
    /// Reading at which it counts 100.
    pub high: f64,
    /// Weight in the index.
    pub weight: f64,
}

impl Component {
    /// The reading on the line, in [0, 100].
    pub fn points(&self, reading: f64) -> f64 {
        (100.0 * (reading - self.low) / (self.high - self.low)).clamp(0.0, 100.0)
    }
}

/// Parameters of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DominanceParams {
    /// Weight among the fiscal models.
    pub weight: f64,
    /// Debt over GDP.
    pub debt: Component,
    /// Interest less growth.
    pub snowball: Component,
    /// Distance of the balance from the stabilising one.
    pub balance: Component,
    /// Expectations above target.
    pub de_anchoring: Component,
    /// Premium of the long end.
    pub long_end: Component,
    /// Fewest components.
    pub min_components: usize,
    /// Confidence with every component and no proxy.
    pub base_confidence: f64,
    /// Factor for each input of the baseline replaced.
    pub proxy_discount: f64,
    /// Oldest acceptable end of the debt figure, in days.
    pub max_age_days: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for DominanceParams {
    fn default() -> Self {
        let line = |low, high, weight| Component { low, high, weight };
        Self {
            weight: 0.75,
            debt: line(0.50, 1.00, 0.25),
            snowball: line(-0.02, 0.06, 0.20),
            balance: line(0.0, 0.05, 0.25),
            de_anchoring: line(0.0, 0.03, 0.15),
            long_end: line(0.0, 0.04, 0.15),
            min_components: 3,
            base_confidence: 0.6,
            proxy_discount: 0.85,
            max_age_days: 100,
            max_survey_age_days: 60,
            implications: implications::fiscal_stress(),
        }
    }
}

/// The index over the components that have a reading: `(index in [0, 100], share of weight)`; `None` without weight.
pub fn dominance_index(components: &[(Component, Option<f64>)]) -> Option<(f64, f64)> {
    let declared: f64 = components.iter().map(|(component, _)| component.weight).sum();
    let spoken = || components.iter().filter_map(|(component, reading)| Some((component, (*reading)?)));
    let weight: f64 = spoken().map(|(component, _)| component.weight).sum();
    if weight.is_nan() || weight <= 0.0 {
        return None;
    }
    let points: f64 = spoken().map(|(component, reading)| component.weight * component.points(reading)).sum();
    Some((points / weight, weight / declared))
}

/// The model on the view.
pub(crate) struct Dominance(pub(crate) DominanceParams);

/// A component's reading with what it rests on.
struct Reading {
    value: f64,
    evidence: Vec<Evidence>,
    flag: Option<Flag>,
}

impl Dominance {
    fn de_anchoring(&self, view: &AsOf) -> Result<Reading, Refusal> {
        let expected = expectations::latest(view, self.0.max_survey_age_days)?;
        let (target, year) = target_on(&view.series(&TARGET.into())?, expected.surveyed)?;
        let flag = expected.flag(self.id());
        let mut evidence = expected.evidence;
        evidence.push(Evidence::read("inflation target", 100.0 * target, "%", &TARGET.into(), year));
        Ok(Reading { value: expected.value - target, evidence, flag })
    }

    fn long_end(&self, view: &AsOf) -> Result<Reading, Refusal> {
        let curve = latest_di_curve(view, MAX_CURVE_AGE_SESSIONS)?;
        let rate = curve.rate(LONG_BD)?;
        let (_, selic_pct) = fresh_last(view, SELIC, 7)?;
        let path = surveyed_selic(view, selic_pct, self.0.max_survey_age_days)
            .ok_or_else(|| Refusal::Unavailable(format!("no survey of {}", super::baseline::SURVEY_SELIC)))?;
        let expected = path.mean(0.0, YEARS as f64);
        let evidence = vec![
            Evidence::computed("five-year DI rate", 100.0 * rate, "% p.a."),
            Evidence::computed("mean Selic of the survey over five years", 100.0 * expected, "% p.a."),
        ];
        Ok(Reading { value: rate - expected, evidence, flag: None })
    }
}

impl Model for Dominance {
    fn id(&self) -> &'static str {
        "fiscal.dominance"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let curve = ["B3.DI1*", "B3.PRE.*", "BR_PRE_*", "BR_SWAP_PRE_*"].map(SeriesId::new);
        super::baseline::inputs().into_iter().chain(expectations::inputs()).chain(curve).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let ages =
            BaselineParams { max_age_days: params.max_age_days, max_survey_age_days: params.max_survey_age_days };
        let base = baseline(view, ages)?;
        let first = base.years[0];
        let stabilising = first.stabilising_primary(base.debt);
        let id = if base.proxies.is_empty() { "fiscal.dominance" } else { "fiscal.dominance_proxies" };
        let (mut evidence, mut flags) = (base.evidence, Vec::new());
        flags.extend(base.proxies.iter().map(|proxy| Flag::missing(format!("{id}: {proxy}"))));
        let mut optional = |name: &str, read: Result<Reading, Refusal>| match read {
            Ok(reading) => {
                evidence.extend(reading.evidence);
                flags.extend(reading.flag);
                Some(reading.value)
            }
            Err(refusal) => {
                flags.push(Flag::missing(format!("{id}: without {name} ({refusal})")));
                None
            }
        };
        let de_anchoring = optional("de_anchoring", self.de_anchoring(view));
        let long_end = optional("long_end", self.long_end(view));
        let components = [
            ("debt", params.debt, Some(base.debt)),
            ("snowball", params.snowball, Some(first.snowball() - 1.0)),
            ("balance", params.balance, Some(stabilising - first.primary)),
            ("de_anchoring", params.de_anchoring, de_anchoring),
            ("long_end", params.long_end, long_end),
        ];
        let spoken = components.iter().filter(|(_, _, reading)| reading.is_some()).count();
        let lines: Vec<(Component, Option<f64>)> =
            components.iter().map(|(_, line, reading)| (*line, *reading)).collect();
        let too_few = || Refusal::TooFew {
            what: "components of fiscal dominance".to_owned(),
            got: spoken,
            needed: params.min_components,
        };
        if spoken < params.min_components {
            return Err(too_few());
        }
        let (value, share) = dominance_index(&lines).ok_or_else(too_few)?;
        let mut diagnostics =
            BTreeMap::from([("share_of_weight".to_owned(), share), ("proxies".to_owned(), base.proxies.len() as f64)]);
        for (name, line, reading) in &components {
            if let Some(reading) = reading {
                diagnostics.insert(format!("points.{name}"), line.points(*reading));
                diagnostics.insert(format!("reading.{name}"), *reading);
            }
        }
        let confidence = params.base_confidence * share * params.proxy_discount.powi(base.proxies.len() as i32);
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Fiscal,
            subject: "br.fiscal_stress".to_owned(),
            value,
            unit: "index, 0 to 100".to_owned(),
            score: ((value - 50.0) / 50.0).clamp(-1.0, 1.0),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let mut features = BTreeMap::from([
            ("br.fiscal_dominance".to_owned(), value),
            ("br.stabilising_primary".to_owned(), stabilising),
        ]);
        features.extend(long_end.map(|premium| ("br.long_end_premium".to_owned(), premium)));
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn readings(values: [Option<f64>; 5]) -> Vec<(Component, Option<f64>)> {
        let p = DominanceParams::default();
        [p.debt, p.snowball, p.balance, p.de_anchoring, p.long_end].into_iter().zip(values).collect()
    }

    #[test]
    fn the_index_by_hand() {
        // 50, 50, 40, 50 and 100 points under weights 0.25, 0.20, 0.25, 0.15 and 0.15.
        let all = readings([Some(0.75), Some(0.02), Some(0.02), Some(0.015), Some(0.09)]);
        let (index, share) = dominance_index(&all).unwrap();
        assert!((index - (12.5 + 10.0 + 10.0 + 7.5 + 15.0)).abs() < 1e-12 && (share - 1.0).abs() < 1e-15);
        // Without the last two: (12.5 + 10 + 10) / 0.7.
        let (index, share) = dominance_index(&readings([Some(0.75), Some(0.02), Some(0.02), None, None])).unwrap();
        assert!((index - 32.5 / 0.7).abs() < 1e-12 && (share - 0.7).abs() < 1e-12);
        assert_eq!(dominance_index(&readings([None; 5])), None);
    }

    proptest! {
        #[test]
        fn worse_in_any_component_never_lowers_the_index(
            values in proptest::array::uniform5(-0.1..1.2_f64), which in 0..5_usize, more in 0.0..0.5_f64,
        ) {
            let before = dominance_index(&readings(values.map(Some))).unwrap().0;
            let mut worse = values;
            worse[which] += more;
            let after = dominance_index(&readings(worse.map(Some))).unwrap().0;
            prop_assert!(after >= before - 1e-12 && (0.0..=100.0).contains(&after));
        }
    }
}
