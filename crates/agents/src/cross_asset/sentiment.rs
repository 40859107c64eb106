//! Sentiment index from 0 (fear) to 100 (greed): where today's markets stand in their own last five years.
//!
//! ```text
//! p_i   = share of the window below x_i, ties counted half           window: 1,260 observations before x_i
//! index = 100 * mean over the inputs that spoke of ( p_i or 1 - p_i )           score = (index - 50) / 50
//! ```
//!
//! | input | reading | greed is |
//! |---|---|---|
//! | VIX | close | low |
//! | US high-yield spread | option-adjusted spread | low |
//! | EMBI Brazil | spread | low |
//! | broad dollar | log change over 63 observations | low |
//! | Ibovespa | log of the close over its mean of 125 observations | high |
//!
//! Percentiles, so that no input can dominate by its scale; the tested value is outside its window (at least 504
//! observations). It says what is felt, not what will follow: readings at either end tend to reverse (Baker and Wurgler
//! 2006), hence a base confidence of 0.35. Fewer than three inputs: abstain.
//!
//! Sources: Baker and Wurgler (2006), Journal of Finance 61; the construction by percentiles follows CNN's Fear and Greed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::reading::fresh_past;
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// What is read of a price.
#[derive(Debug, Clone, Copy)]
enum Reading {
    Level,
    /// Log change over `momentum_days`.
    Momentum,
    /// Log distance from the mean of `trend_days`.
    FromTrend,
}

struct Input {
    name: &'static str,
    id: &'static str,
    unit: &'static str,
    reading: Reading,
    greed_is_high: bool,
}

const INPUTS: [Input; 5] = [
    Input { name: "vix", id: "US_VIX", unit: "index", reading: Reading::Level, greed_is_high: false },
    Input { name: "high_yield", id: "US_HY_OAS", unit: "%", reading: Reading::Level, greed_is_high: false },
    Input { name: "embi_brazil", id: "EMBI.Brasil", unit: "pp", reading: Reading::Level, greed_is_high: false },
    Input { name: "dollar", id: "US_DTWEXBGS", unit: "index", reading: Reading::Momentum, greed_is_high: false },
    Input { name: "ibov", id: "MK_IBOV_Y", unit: "points", reading: Reading::FromTrend, greed_is_high: true },
];

/// Parameters of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SentimentParams {
    /// Weight among the cross-asset models.
    pub weight: f64,
    /// Observations in the window.
    pub window: usize,
    /// Fewest observations in the window.
    pub min_window: usize,
    /// Observations over which the dollar changes.
    pub momentum_days: usize,
    /// Observations in the mean of the Ibovespa.
    pub trend_days: usize,
    /// Fewest inputs.
    pub min_inputs: usize,
    /// Confidence with every input.
    pub base_confidence: f64,
    /// Oldest acceptable observation, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for SentimentParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            window: 1260,
            min_window: 504,
            momentum_days: 63,
            trend_days: 125,
            min_inputs: 3,
            base_confidence: 0.35,
            max_age_days: 12,
            implications: implications::risk_appetite(),
        }
    }
}

/// Share of `window` below `value`, ties counted half, in [0, 1]; `None` for an empty window or a value that is not a number.
pub fn percentile(value: f64, window: &[f64]) -> Option<f64> {
    if window.is_empty() || value.is_nan() {
        return None;
    }
    let below = window.iter().filter(|x| **x < value).count() as f64;
    let ties = window.iter().filter(|x| **x == value).count() as f64;
    Some((below + 0.5 * ties) / window.len() as f64)
}

/// The model on the view.
pub(crate) struct Sentiment(pub(crate) SentimentParams);

struct Read {
    period: NaiveDate,
    published: f64,
    share: f64,
}

impl Sentiment {
    fn read(&self, view: &AsOf, input: &Input) -> Result<Read, Refusal> {
        let params = &self.0;
        let series = fresh_past(view, input.id, params.max_age_days)?;
        let lead = match input.reading {
            Reading::Level => 0,
            Reading::Momentum => params.momentum_days,
            Reading::FromTrend => params.trend_days.saturating_sub(1),
        };
        let levels = series.tail(params.window + 1 + lead);
        let (period, published) = levels.last().unwrap_or((view.date(), f64::NAN));
        if !levels.values.iter().all(|level| *level > 0.0) {
            return Err(Refusal::Unavailable(format!("{}: a level in the window is not positive", input.id)));
        }
        let at = |i: usize| match input.reading {
            Reading::Level => levels.values[i],
            Reading::Momentum => (levels.values[i] / levels.values[i - lead]).ln(),
            Reading::FromTrend => {
                let window = &levels.values[i - lead..=i];
                (levels.values[i] / (window.iter().sum::<f64>() / window.len() as f64)).ln()
            }
        };
        let readings: Vec<f64> = (lead..levels.len()).map(at).collect();
        let too_few = || Refusal::TooFew {
            what: input.id.to_owned(),
            got: readings.len().saturating_sub(1),
            needed: params.min_window.max(1),
        };
        let (now, window) = readings.split_last().ok_or_else(too_few)?;
        if window.len() < params.min_window {
            return Err(too_few());
        }
        let share = percentile(*now, window).ok_or_else(too_few)?;
        Ok(Read { period, published, share: if input.greed_is_high { share } else { 1.0 - share } })
    }
}

impl Model for Sentiment {
    fn id(&self) -> &'static str {
        "cross_asset.sentiment"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        INPUTS.iter().map(|input| SeriesId::new(input.id)).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let (mut flags, mut evidence, mut diagnostics) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut shares = Vec::new();
        for input in &INPUTS {
            match self.read(view, input) {
                Ok(Read { period, published, share }) => {
                    evidence.push(Evidence::read(input.name, published, input.unit, &input.id.into(), period));
                    diagnostics.insert(format!("percentile.{}", input.name), 100.0 * share);
                    shares.push(share);
                }
                Err(why) => flags.push(Flag::missing(format!("{}: without {} ({why})", self.id(), input.name))),
            }
        }
        if shares.len() < params.min_inputs {
            let why: Vec<String> = flags.iter().map(Flag::to_string).collect();
            let what = format!("sentiment inputs ({})", why.join("; "));
            return Err(Refusal::TooFew { what, got: shares.len(), needed: params.min_inputs });
        }
        let value = 100.0 * shares.iter().sum::<f64>() / shares.len() as f64;
        let confidence = params.base_confidence * shares.len() as f64 / INPUTS.len() as f64;
        diagnostics.insert("inputs".to_owned(), shares.len() as f64);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::CrossAsset,
            subject: "risk_appetite".to_owned(),
            value,
            unit: "index, 0 fear to 100 greed".to_owned(),
            score: ((value - 50.0) / 50.0).clamp(-1.0, 1.0),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 21,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([("sentiment_index".to_owned(), value)]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_by_hand() {
        assert_eq!(percentile(3.0, &[1.0, 2.0, 3.0, 4.0]), Some(0.625));
        assert_eq!(percentile(9.0, &[1.0, 2.0]), Some(1.0));
        assert_eq!(percentile(0.0, &[1.0, 2.0]), Some(0.0));
        assert_eq!(percentile(f64::NAN, &[1.0]), None);
        assert_eq!(percentile(1.0, &[]), None);
    }

    proptest! {
        #[test]
        fn a_percentile_does_not_depend_on_the_scale(
            window in proptest::collection::vec(0.1..9.0_f64, 1..40), value in 0.1..9.0_f64,
        ) {
            let logs: Vec<f64> = window.iter().map(|x| x.ln()).collect();
            prop_assert_eq!(percentile(value, &window), percentile(value.ln(), &logs));
        }
    }
}
