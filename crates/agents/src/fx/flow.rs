//! Who buys reais: contracted flow, speculators in Chicago and the central bank's swaps, each standardised on its own past.
//!
//! | component | reading | sign | window | weight |
//! |---|---|---|---|---|
//! | contracted flow | BCB net contracted flow (SGS 11050, USD million, + dollars come in), sum of 3 months | + | 60 sums, at least 36 | 0.6 |
//! | positioning | CME non-commercial net long in reais over open interest, change over 4 reports | + | 156 changes, at least 104 | 0.25 |
//! | central bank | stock of FX swaps (SGS 29533, USD million, - when the bank has sold dollars forward), change over 3 months | - | 60 changes, at least 36 | 0.15 |
//!
//! ```text
//! z_i   = robust z of the newest reading against those before it, clamped to +-6
//! value = sum(w_i s_i z_i) / sum(w_i)           over the components that spoke
//! ```
//!
//! Dollars coming in, contracts in reais bought and hedges sold by the central bank all press the price of the dollar down: a
//! high value says USD/BRL is rich (+). Positions are as of Tuesday and public on Friday evening: the view shows them from then.
//! Score: `tanh(value / 2)`. Confidence: 0.35 times the share of weight, less for the age of the contracted flow, for flows
//! explain little a month ahead. Less than half the weight: abstain.
//!
//! Source: Evans and Lyons (2002), Order flow and exchange rate dynamics, JPE 110; Klitgaard and Weir (2004), FRBNY EPR 10, on
//! changes in speculative positions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::cross_asset::regime::robust_z;
use crate::monthly::{Monthly, last_of_month, month_start, moving_sum, newest, of_month};
use crate::reading::{age_days, fresh_past, freshness, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const FLOW: &str = "BR_FXFLOW_M_TOTAL";
const LONG: &str = "CFTC.102741.NONCOMM_LONG";
const SHORT: &str = "CFTC.102741.NONCOMM_SHORT";
const OPEN_INTEREST: &str = "CFTC.102741.OPEN_INTEREST";
const SWAPS: &str = "BR_FX_SWAP_NET";
/// Oldest acceptable report of positions, in days: two weeks and the delay of a shutdown.
const MAX_REPORT_AGE_DAYS: u32 = 28;
/// Reports over which positions change.
const REPORTS: usize = 4;
/// Changes of positions in their window, and the fewest.
const REPORT_WINDOW: (usize, usize) = (156, 104);
/// Smallest share of weight that may speak.
const MIN_SHARE: f64 = 0.5;

/// Parameters of the flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowParams {
    /// Weight among the FX models.
    pub weight: f64,
    /// Months summed, and over which the stock of swaps changes.
    pub sum_months: i32,
    /// Sums in the window.
    pub window: usize,
    /// Fewest sums in the window.
    pub min_window: usize,
    /// Bound on the z-score.
    pub z_limit: f64,
    /// z-score at which the score reaches 0.76.
    pub scale: f64,
    /// Confidence in a fresh figure with every component.
    pub base_confidence: f64,
    /// Oldest acceptable end of the newest month, in days.
    pub max_age_days: u32,
    /// Weights of contracted flow, positioning and swaps.
    pub component_weights: [f64; 3],
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for FlowParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            sum_months: 3,
            window: 60,
            min_window: 36,
            z_limit: 6.0,
            scale: 2.0,
            base_confidence: 0.35,
            max_age_days: 75,
            component_weights: [0.6, 0.25, 0.15],
            implications: implications::usdbrl_rich(),
        }
    }
}

/// Weighted mean of `(weight, sign, z)`, and the weight; `None` without weight.
pub fn combined(components: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    let weight: f64 = components.iter().map(|(w, _, _)| w).sum();
    (weight > 0.0).then(|| (components.iter().map(|(w, sign, z)| w * sign * z).sum::<f64>() / weight, weight))
}

/// Changes over `months` of a stock by month.
fn changes(stock: &Monthly, months: i32) -> Monthly {
    let change = |(&month, &now): (&i32, &f64)| Some((month, now - stock.get(&(month - months))?));
    stock.iter().filter_map(change).collect()
}

/// The model on the view.
pub(crate) struct Flow(pub(crate) FlowParams);

struct Component {
    z: f64,
    trust: f64,
    evidence: Evidence,
}

impl Flow {
    fn standardised(&self, values: &[f64], window: (usize, usize)) -> Result<f64, Refusal> {
        Ok(robust_z(values, window.0, window.1)?.clamp(-self.0.z_limit, self.0.z_limit))
    }

    fn monthly(
        &self,
        view: &AsOf,
        id: &str,
        name: &str,
        sums: impl Fn(&Monthly) -> Monthly,
    ) -> Result<Component, Refusal> {
        let params = &self.0;
        let series = fresh_past(view, id, params.max_age_days)?;
        let monthly = last_of_month(&series);
        let readings = sums(&monthly);
        let Some((month, _)) = newest(&monthly).filter(|_| !readings.is_empty()) else {
            return Err(Refusal::TooFew { what: id.to_owned(), got: series.len(), needed: params.min_window });
        };
        let reading = of_month(id, &readings, month)?;
        let values: Vec<f64> = readings.into_values().collect();
        let z = self.standardised(&values, (params.window, params.min_window))?;
        let age = age_days(view, &series.id, month_start(month));
        let evidence = Evidence::derived(name, reading, "USD mn", &series.id, month_start(month));
        Ok(Component { z, trust: freshness(age, 35, params.max_age_days), evidence })
    }

    fn positioning(&self, view: &AsOf) -> Result<Component, Refusal> {
        let [long, short, all] = [LONG, SHORT, OPEN_INTEREST].map(|id| fresh_past(view, id, MAX_REPORT_AGE_DAYS));
        let (long, short, all) = (long?, short?, all?);
        let net = |(date, long): (NaiveDate, f64)| {
            let interest = all.at(date).filter(|interest| *interest > 0.0)?;
            Some((date, (long - short.at(date)?) / interest))
        };
        // Two more years than the window needs, so that a longer history is not even looked at.
        let shares: Vec<(NaiveDate, f64)> = long.tail(REPORT_WINDOW.0 + REPORTS + 104).iter().filter_map(net).collect();
        let values: Vec<f64> = (REPORTS..shares.len()).map(|t| shares[t].1 - shares[t - REPORTS].1).collect();
        let z = self.standardised(&values, REPORT_WINDOW)?;
        let (date, share) = shares[shares.len() - 1];
        // Each series is fresh on its own; the newest report that they share need not be.
        if (view.date() - date).num_days() > i64::from(MAX_REPORT_AGE_DAYS) {
            let all = format!("{LONG}, {SHORT} and {OPEN_INTEREST}");
            return Err(Refusal::Unavailable(format!("{all} share no report since {date}")));
        }
        let name = "speculators' net long in reais over open interest";
        Ok(Component { z, trust: 1.0, evidence: Evidence::derived(name, share, "share", &LONG.into(), date) })
    }
}

impl Model for Flow {
    fn id(&self) -> &'static str {
        "fx.flow"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [FLOW, LONG, SHORT, OPEN_INTEREST, SWAPS].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let months = params.sum_months;
        let read = [
            ("contracted", 1.0, self.monthly(view, FLOW, "contracted flow, 3 months", |flow| moving_sum(flow, months))),
            ("positioning", 1.0, self.positioning(view)),
            ("swaps", -1.0, self.monthly(view, SWAPS, "change of FX swaps, 3 months", |stock| changes(stock, months))),
        ];
        let declared: f64 = params.component_weights.iter().sum();
        let (mut spoken, mut evidence, mut flags) = (Vec::new(), Vec::new(), Vec::new());
        let (mut diagnostics, mut trusted) = (BTreeMap::new(), 0.0);
        for ((name, sign, component), weight) in read.into_iter().zip(params.component_weights) {
            match component {
                _ if weight <= 0.0 => {}
                Ok(Component { z, trust, evidence: item }) => {
                    diagnostics.insert(format!("z.{name}"), z);
                    evidence.push(item);
                    spoken.push((weight, sign, z));
                    trusted += weight * trust;
                }
                Err(refusal) => flags.push(Flag::missing(format!("fx.flow: without {name} ({refusal})"))),
            }
        }
        let why: Vec<String> = flags.iter().map(Flag::to_string).collect();
        let (value, weight) =
            combined(&spoken).filter(|(_, weight)| *weight >= MIN_SHARE * declared).ok_or_else(|| {
                Refusal::Unavailable(format!("less than half of the flows are known: {}", why.join("; ")))
            })?;
        diagnostics.insert("share_of_weight".to_owned(), weight / declared);
        let confidence = params.base_confidence * trusted / declared;
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl_rich".to_owned(),
            value,
            unit: "robust standard deviations".to_owned(),
            score: squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 60,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([("usdbrl.flow_z".to_owned(), value)]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_weighed_with_their_signs() {
        let (value, weight) = combined(&[(0.6, 1.0, 2.0), (0.15, -1.0, -1.0)]).unwrap();
        assert!((value - (1.2 + 0.15) / 0.75).abs() < 1e-15 && (weight - 0.75).abs() < 1e-15);
        assert_eq!(combined(&[]), None);
    }

    #[test]
    fn a_stock_changes_between_months_that_are_there() {
        let stock = Monthly::from([(1, -80.0), (2, -81.0), (4, -90.0), (5, -85.0)]);
        assert_eq!(changes(&stock, 3), Monthly::from([(4, -10.0), (5, -4.0)]));
    }
}
