//! De-anchoring of expectations: the survey of inflation twelve months ahead against the target.
//!
//! ```text
//! value = 100 (E12 - target)     percentage points, + is pressure
//! ```
//!
//! `E12` as in the file `expectations.rs`: the 12-month survey, or two fixed years interpolated. Score:
//! `tanh(value / 1 pp)`: half a point over the target is already a reading of 0.46, for the survey moves slowly. Confidence:
//! a base of 0.7 (a median of professionals, not a measurement), less for age. Default: survey at most 35 days old.
//!
//! Source: Bernanke (2007), Inflation expectations and inflation forecasting; the BCB's own reaction function responds to
//! this distance (Minella et al. 2003).

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::reading::{freshness, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

/// Parameters of the anchoring model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnchoringParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// Distance at which the score reaches 0.76, in percentage points.
    pub tolerance_pp: f64,
    /// A distance beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Confidence in a fresh survey.
    pub base_confidence: f64,
    /// Oldest acceptable survey, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for AnchoringParams {
    fn default() -> Self {
        Self {
            weight: 0.75,
            tolerance_pp: 1.0,
            limit_pp: 10.0,
            base_confidence: 0.7,
            max_age_days: 35,
            implications: implications::br_inflation_pressure(),
        }
    }
}

/// The model on the view.
pub(crate) struct Anchoring(pub(crate) AnchoringParams);

impl Model for Anchoring {
    fn id(&self) -> &'static str {
        "inflation.anchoring"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        expectations::inputs()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let expectation = expectations::latest(view, params.max_age_days)?;
        let (target, period) = target_on(&view.series(&TARGET.into())?, view.date())?;
        let gap_pp = 100.0 * (expectation.value - target);
        let gap_pp = plausible("expected inflation minus target (pp)", gap_pp, params.limit_pp)?;
        let age = (view.date() - expectation.surveyed).num_days();
        let confidence = params.base_confidence * freshness(age, 10, params.max_age_days);
        let mut evidence = vec![
            Evidence::computed("expected inflation, next 12 months", 100.0 * expectation.value, "%"),
            Evidence::read("inflation target", 100.0 * target, "%", &TARGET.into(), period),
        ];
        let flags = expectation.flag(self.id()).into_iter().collect();
        evidence.extend(expectation.evidence);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Inflation,
            subject: "br.inflation_pressure".to_owned(),
            value: gap_pp,
            unit: "pp over target".to_owned(),
            score: squash(gap_pp, params.tolerance_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([("survey_age_days".to_owned(), age as f64)]),
        };
        let features = BTreeMap::from([("br.expected_inflation_12m".to_owned(), expectation.value)]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}
