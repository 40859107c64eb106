//! Contracted currency flow: net purchases of reais through the foreign exchange market, standardised.
//!
//! ```text
//! value = robust z of the last 3 months' sum against the sums of the 60 months before
//! ```
//!
//! The BCB's monthly net contracted flow (SGS 11050, USD million, + dollars come in). Dollars coming in press the price of
//! the dollar down: a high value says USD/BRL is rich (+). Score: `tanh(value / 2)`. Confidence: 0.35, for flows explain
//! little a month ahead and are published late, less for age. Positioning on the CME is a separate model.
//!
//! Source: Evans and Lyons (2002), Order flow and exchange rate dynamics, JPE 110.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::cross_asset::regime::robust_z;
use crate::monthly::{last_of_month, month_start, moving_sum, newest};
use crate::reading::{age_days, fresh_past, freshness, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

const FLOW: &str = "BR_FXFLOW_M_TOTAL";

/// Parameters of the flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowParams {
    /// Weight among the FX models.
    pub weight: f64,
    /// Months summed.
    pub sum_months: i32,
    /// Sums in the window.
    pub window: usize,
    /// Fewest sums in the window.
    pub min_window: usize,
    /// Bound on the z-score.
    pub z_limit: f64,
    /// z-score at which the score reaches 0.76.
    pub scale: f64,
    /// Confidence in a fresh figure.
    pub base_confidence: f64,
    /// Oldest acceptable end of the newest month, in days.
    pub max_age_days: u32,
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
            implications: implications::usdbrl_rich(),
        }
    }
}

/// The model on the view.
pub(crate) struct Flow(pub(crate) FlowParams);

impl Model for Flow {
    fn id(&self) -> &'static str {
        "fx.flow"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        vec![FLOW.into()]
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let series = fresh_past(view, FLOW, params.max_age_days)?;
        let sums = moving_sum(&last_of_month(&series), params.sum_months);
        let Some((month, sum)) = newest(&sums) else {
            return Err(Refusal::TooFew { what: FLOW.to_owned(), got: series.len(), needed: params.min_window });
        };
        let values: Vec<f64> = sums.into_values().collect();
        let z = robust_z(&values, params.window, params.min_window)?.clamp(-params.z_limit, params.z_limit);
        let age = age_days(view, &series.id, month_start(month));
        let confidence = params.base_confidence * freshness(age, 35, params.max_age_days);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl_rich".to_owned(),
            value: z,
            unit: "robust standard deviations".to_owned(),
            score: squash(z, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 60,
            implications: params.implications.clone(),
            evidence: vec![Evidence::derived(
                "contracted flow, 3 months",
                sum,
                "USD mn",
                &series.id,
                month_start(month),
            )],
            diagnostics: BTreeMap::from([("sums".to_owned(), values.len() as f64)]),
        };
        let features = BTreeMap::from([("usdbrl.flow_z".to_owned(), z)]);
        Ok(Finding { signals: vec![signal], features, ..Finding::default() })
    }
}
