//! Risk appetite from market prices: robust z-scores with declared signs and weights.
//!
//! ```text
//! z_i   = (x_i - median_i) / (1.4826 MAD_i)      over the trailing window that ends the day before x_i, clamped to +-6
//! score = tanh( sum(w_i s_i z_i) / sum(w_i) / scale )         over the inputs that spoke
//! ```
//!
//! | input | reading `x` | sign `s` | weight `w` |
//! |---|---|---|---|
//! | VIX | log of the close | - | 0.35 |
//! | US high-yield spread | log of the option-adjusted spread | - | 0.25 |
//! | broad dollar | log change over 63 observations | - | 0.15 |
//! | EMBI Brazil | log of the spread | - | 0.15 |
//! | US curve | 10-year minus 2-year yield, points | + | 0.10 |
//! | flows | contracted currency flow into Brazil, sum of three months | + | 0.10 |
//!
//! Flows are monthly and stand for flows into emerging markets, of which no free series is published: their window is the
//! 60 sums before the newest one.
//!
//! Median and MAD, so that past crises in the window do not hide the next one; the tested value is outside its window.
//! Volatility and spreads in logs, for they are skewed. Default window 1,260 observations (at least 504), scale 2.
//!
//! Score from -1 (risk-off) to +1 (risk-on); the label is `RISK_OFF` at or below -0.35 and `RISK_ON` at or above +0.35,
//! without hysteresis (the portfolio has its own). Confidence: share of weight that spoke times agreement
//! `0.5 + 0.5 |sum w s z| / sum w |z|`. Fewer than three inputs, or less than half the weight: abstain.
//!
//! Sources: Iglewicz and Hoaglin (1993) for the robust z-score; Coudert and Gex (2008) on risk-aversion indicators.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::monthly::{last_of_month, month_start, moving_sum, newest, of_month};
use crate::reading::{fresh_past, squash};
use crate::{
    AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Regime, RegimeLabel, Strength, implications,
};

const VIX: &str = "US_VIX";
const HIGH_YIELD: &str = "US_HY_OAS";
const DOLLAR: &str = "US_DTWEXBGS";
const EMBI: &str = "EMBI.Brasil";
const LONG: &str = "US_DGS10";
const SHORT: &str = "US_DGS2";
const FLOWS: &str = "BR_FXFLOW_M_TOTAL";
/// Oldest acceptable end of the newest month of flows, in days.
const MAX_FLOW_AGE_DAYS: u32 = 75;
/// Sums of flows in their window, and the fewest.
const FLOW_WINDOW: (usize, usize) = (60, 36);

/// Parameters of the regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegimeParams {
    /// Weight among the cross-asset models.
    pub weight: f64,
    /// Weights of the inputs: VIX, high yield, dollar, EMBI, curve, flows.
    pub input_weights: InputWeights,
    /// Observations in the window.
    pub window: usize,
    /// Fewest observations in the window.
    pub min_window: usize,
    /// Observations over which the dollar changes.
    pub dollar_change: usize,
    /// Bound on a z-score.
    pub z_limit: f64,
    /// Mean signed z-score at which the score reaches 0.76.
    pub scale: f64,
    /// Absolute score from which the label is not neutral.
    pub threshold: f64,
    /// Fewest inputs.
    pub min_inputs: usize,
    /// Smallest share of weight.
    pub min_share: f64,
    /// Oldest acceptable observation, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

/// Weights of the inputs; zero leaves one out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputWeights {
    /// VIX.
    pub vix: f64,
    /// US high-yield spread.
    pub high_yield: f64,
    /// Broad dollar.
    pub dollar: f64,
    /// EMBI Brazil.
    pub embi_brazil: f64,
    /// US curve.
    pub curve: f64,
    /// Flows into Brazil.
    pub flows: f64,
}

impl Default for InputWeights {
    fn default() -> Self {
        Self { vix: 0.35, high_yield: 0.25, dollar: 0.15, embi_brazil: 0.15, curve: 0.10, flows: 0.10 }
    }
}

impl Default for RegimeParams {
    fn default() -> Self {
        Self {
            weight: 1.0,
            input_weights: InputWeights::default(),
            window: 1260,
            min_window: 504,
            dollar_change: 63,
            z_limit: 6.0,
            scale: 2.0,
            threshold: 0.35,
            min_inputs: 3,
            min_share: 0.5,
            max_age_days: 12,
            implications: implications::risk_appetite(),
        }
    }
}

impl RegimeParams {
    fn label(&self, score: f64) -> RegimeLabel {
        if score <= -self.threshold {
            RegimeLabel::RiskOff
        } else if score >= self.threshold {
            RegimeLabel::RiskOn
        } else {
            RegimeLabel::Neutral
        }
    }
}

/// Robust z-score of the last value against the `window` values before it, unclamped.
///
/// # Errors
/// Fewer than `min_window` values before it, or a window without spread (MAD of zero).
pub fn robust_z(values: &[f64], window: usize, min_window: usize) -> Result<f64, Refusal> {
    let too_few = || Refusal::TooFew {
        what: "robust z-score".to_owned(),
        got: values.len().saturating_sub(1),
        needed: min_window.max(1),
    };
    let (last, before) = values.split_last().ok_or_else(too_few)?;
    if before.len() < min_window.max(1) {
        return Err(too_few());
    }
    let sample = &before[before.len() - window.min(before.len())..];
    let middle = median(sample.to_vec());
    let spread = 1.4826 * median(sample.iter().map(|x| (x - middle).abs()).collect());
    if spread > 0.0 && last.is_finite() {
        return Ok((last - middle) / spread);
    }
    Err(Refusal::Unavailable("robust z-score: the window has no spread".to_owned()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}

/// The score of signed, weighted z-scores, and their agreement in [0, 1]: `(score, agreement)`.
pub fn regime_score(inputs: &[(f64, f64)], scale: f64) -> Option<(f64, f64)> {
    let weight: f64 = inputs.iter().map(|(w, _)| w).sum();
    if weight.is_nan() || weight <= 0.0 {
        return None;
    }
    let net: f64 = inputs.iter().map(|(w, z)| w * z).sum();
    let gross: f64 = inputs.iter().map(|(w, z)| w * z.abs()).sum();
    let agreement = if gross > 0.0 { net.abs() / gross } else { 1.0 };
    Some((squash(net / weight, scale), agreement))
}

/// The model on the view.
pub(crate) struct RegimeModel(pub(crate) RegimeParams);

/// One input as it was read.
struct Input {
    name: &'static str,
    sign: f64,
    weight: f64,
    readings: Result<Readings, Refusal>,
}

struct Readings {
    series: SeriesId,
    period: NaiveDate,
    published: f64,
    unit: &'static str,
    /// True when `published` was worked out from more than one series.
    derived: bool,
    values: Vec<f64>,
    /// Observations in the window, and the fewest.
    window: (usize, usize),
}

impl RegimeModel {
    /// The log of each positive value of a series.
    fn logs(&self, view: &AsOf, id: &str, unit: &'static str) -> Result<Readings, Refusal> {
        let series = fresh_past(view, id, self.0.max_age_days)?;
        let last = series.last().filter(|(_, value)| *value > 0.0);
        let (period, published) =
            last.ok_or_else(|| Refusal::Unavailable(format!("{id}: the newest value is not positive")))?;
        let values = series.values.iter().filter(|value| **value > 0.0).map(|value| value.ln()).collect();
        let window = (self.0.window, self.0.min_window);
        Ok(Readings { series: series.id, period, published, unit, derived: false, values, window })
    }

    fn dollar(&self, view: &AsOf) -> Result<Readings, Refusal> {
        let mut readings = self.logs(view, DOLLAR, "index")?;
        let step = self.0.dollar_change;
        readings.values =
            (step..readings.values.len()).map(|i| readings.values[i] - readings.values[i - step]).collect();
        Ok(readings)
    }

    /// Slope on the dates that both yields have.
    fn curve(&self, view: &AsOf) -> Result<Readings, Refusal> {
        let (long, short) =
            (fresh_past(view, LONG, self.0.max_age_days)?, fresh_past(view, SHORT, self.0.max_age_days)?);
        let slope = |(date, yield_pct)| Some((date, yield_pct - short.at(date)?));
        let slopes: Vec<(NaiveDate, f64)> = long.iter().filter_map(slope).collect();
        let (period, published) =
            slopes.last().copied().ok_or_else(|| Refusal::Unavailable(format!("{LONG} and {SHORT} share no date")))?;
        // Each yield is fresh on its own; the newest day that they share need not be.
        if (view.date() - period).num_days() > i64::from(self.0.max_age_days) {
            return Err(Refusal::Unavailable(format!("{LONG} and {SHORT} share no date since {period}")));
        }
        let values = slopes.into_iter().map(|(_, slope)| slope).collect();
        let unit = "pp (10-year minus 2-year)";
        let window = (self.0.window, self.0.min_window);
        Ok(Readings { series: long.id, period, published, unit, derived: true, values, window })
    }

    fn flows(&self, view: &AsOf) -> Result<Readings, Refusal> {
        let series = fresh_past(view, FLOWS, MAX_FLOW_AGE_DAYS)?;
        let monthly = last_of_month(&series);
        let sums = moving_sum(&monthly, 3);
        let too_few = || Refusal::TooFew { what: FLOWS.to_owned(), got: series.len(), needed: FLOW_WINDOW.1 };
        let (month, _) = newest(&monthly).filter(|_| !sums.is_empty()).ok_or_else(too_few)?;
        let published = of_month(FLOWS, &sums, month)?;
        let (period, values, unit) = (month_start(month), sums.into_values().collect(), "USD mn, 3 months");
        Ok(Readings { series: series.id, period, published, unit, derived: true, values, window: FLOW_WINDOW })
    }

    fn inputs_read(&self, view: &AsOf) -> Vec<Input> {
        let weights = self.0.input_weights;
        [
            Input { name: "vix", sign: -1.0, weight: weights.vix, readings: self.logs(view, VIX, "index") },
            Input {
                name: "high_yield",
                sign: -1.0,
                weight: weights.high_yield,
                readings: self.logs(view, HIGH_YIELD, "%"),
            },
            Input { name: "dollar", sign: -1.0, weight: weights.dollar, readings: self.dollar(view) },
            Input {
                name: "embi_brazil",
                sign: -1.0,
                weight: weights.embi_brazil,
                readings: self.logs(view, EMBI, "pp"),
            },
            Input { name: "curve", sign: 1.0, weight: weights.curve, readings: self.curve(view) },
            Input { name: "flows", sign: 1.0, weight: weights.flows, readings: self.flows(view) },
        ]
        .into_iter()
        .filter(|input| input.weight > 0.0)
        .collect()
    }
}

impl Model for RegimeModel {
    fn id(&self) -> &'static str {
        "cross_asset.regime"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [VIX, HIGH_YIELD, DOLLAR, EMBI, LONG, SHORT, FLOWS].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let inputs = self.inputs_read(view);
        let declared: f64 = inputs.iter().map(|input| input.weight).sum();
        let (mut spoken, mut flags) = (Vec::new(), Vec::new());
        let (mut evidence, mut diagnostics, mut features) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for input in inputs {
            let reading = input.readings.and_then(|readings| {
                let z = robust_z(&readings.values, readings.window.0, readings.window.1)?;
                Ok((readings, z))
            });
            let (readings, z) = match reading {
                Ok(found) => found,
                Err(refusal) => {
                    flags.push(Flag::missing(format!("cross_asset.regime: without {} ({refusal})", input.name)));
                    continue;
                }
            };
            let clamped = z.clamp(-params.z_limit, params.z_limit);
            if clamped != z {
                let text = format!("cross_asset.regime: z-score of {} was {z:.1}, used {clamped:.1}", input.name);
                flags.push(Flag::remark(text));
            }
            let Readings { published, unit, ref series, period, derived, .. } = readings;
            evidence.push(Evidence { derived, ..Evidence::read(input.name, published, unit, series, period) });
            diagnostics.insert(format!("z.{}", input.name), clamped);
            features.insert(format!("z.{}", input.name), clamped);
            spoken.push((input.weight, input.sign * clamped));
        }
        let share = spoken.iter().map(|(weight, _)| weight).sum::<f64>() / declared;
        if spoken.len() < params.min_inputs || share < params.min_share {
            let why: Vec<String> = flags.iter().map(Flag::to_string).collect();
            let what = format!("regime inputs ({})", why.join("; "));
            return Err(Refusal::TooFew { what, got: spoken.len(), needed: params.min_inputs });
        }
        let (score, agreement) = regime_score(&spoken, params.scale)
            .ok_or_else(|| Refusal::Unavailable("regime inputs have no weight".to_owned()))?;
        let confidence = share * (0.5 + 0.5 * agreement);
        let weight: f64 = spoken.iter().map(|(w, _)| w).sum();
        let mean_z = spoken.iter().map(|(w, z)| w * z).sum::<f64>() / weight;
        diagnostics.insert("agreement".to_owned(), agreement);
        diagnostics.insert("share_of_weight".to_owned(), share);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::CrossAsset,
            subject: "risk_appetite".to_owned(),
            value: mean_z,
            unit: "robust standard deviations".to_owned(),
            score,
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 21,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        features.insert("regime_score".to_owned(), score);
        let regime = Some(Regime { score, label: params.label(score), confidence });
        Ok(Finding { signals: vec![signal], features, flags, regime })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tested_value_is_outside_its_window() {
        // Median 3, deviations 2 1 0 1 2, MAD 1.
        let z = robust_z(&[1.0, 2.0, 3.0, 4.0, 5.0, 1000.0], 5, 5).unwrap();
        assert!((z - 997.0 / 1.4826).abs() < 1e-9);
    }

    #[test]
    fn a_flat_or_short_window_is_refused() {
        assert!(robust_z(&[1.0; 10], 9, 5).is_err());
        assert!(robust_z(&[1.0, 2.0, 3.0], 5, 5).is_err());
        assert!(robust_z(&[], 5, 0).is_err());
    }

    #[test]
    fn fear_everywhere_is_extreme_and_sure_of_itself() {
        let (score, agreement) = regime_score(&[(0.35, -6.0), (0.25, -5.0), (0.15, -4.0)], 1.5).unwrap();
        assert!(score < -0.99 && agreement == 1.0);
        assert_eq!(RegimeParams::default().label(score), RegimeLabel::RiskOff);
        assert_eq!(RegimeParams::default().label(0.0), RegimeLabel::Neutral);
    }

    proptest! {
        #[test]
        fn more_fear_in_any_input_never_raises_the_score(
            z in proptest::collection::vec(-6.0..6.0_f64, 4), which in 0..4_usize, more in 0.0..3.0_f64,
        ) {
            let inputs: Vec<(f64, f64)> = z.iter().map(|z| (0.25, *z)).collect();
            let mut worse = inputs.clone();
            worse[which].1 -= more;
            prop_assert!(regime_score(&worse, 1.5).unwrap().0 <= regime_score(&inputs, 1.5).unwrap().0);
        }

        #[test]
        fn the_z_score_does_not_depend_on_unit_or_origin(
            x in proptest::collection::vec(-1.0..1.0_f64, 30), scale in 0.1..10.0_f64, shift in -5.0..5.0_f64,
        ) {
            let moved: Vec<f64> = x.iter().map(|x| scale * x + shift).collect();
            let (a, b) = (robust_z(&x, 29, 10).unwrap(), robust_z(&moved, 29, 10).unwrap());
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()));
        }
    }
}
