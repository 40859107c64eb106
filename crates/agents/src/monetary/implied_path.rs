//! The Selic that the DI curve implies over the next twelve months, against the survey and today's target.
//!
//! ```text
//! implied  = flat-forward DI zero rate to 252 business days     (the compounded mean overnight rate)
//! expected = mean over 12 months of the survey's Selic path
//! value    = 100 (expected - implied)
//! ```
//!
//! The DI curve holds expectations and a term premium; `usual_premium` (0.10 points at one year) is taken off the implied
//! rate before the comparison. Value in percentage points: + means the market prices a lower Selic than the survey expects,
//! so pricing is too loose and receivers lose; - means it prices a tighter path. Score: `tanh(value / 1 pp)`. Today's
//! target enters the features only (`br.implied_selic_change_12m`): that the market expects a change is not a mispricing.
//!
//! Without a DI curve at most five sessions old, or without the survey, the model abstains.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use market::curves::latest_di_curve;
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::taylor_br::SELIC;
use crate::config::Implications;
use crate::expectations::{annual_path, share_left};
use crate::policy_path::PolicyPath;
use crate::reading::{fresh_last, freshness, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const SURVEY: &str = "BR_FOCUS_SELIC_ANNUAL";

/// Parameters of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImpliedPathParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// Term premium usual at one year, decimal.
    pub usual_premium: f64,
    /// Difference at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// A difference beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Confidence with a fresh survey.
    pub base_confidence: f64,
    /// Oldest acceptable curve, in B3 sessions.
    pub max_curve_age_sessions: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for ImpliedPathParams {
    fn default() -> Self {
        Self {
            weight: 0.75,
            usual_premium: 0.001,
            scale_pp: 1.0,
            limit_pp: 15.0,
            base_confidence: 0.6,
            max_curve_age_sessions: 5,
            max_survey_age_days: 21,
            implications: implications::br_policy_too_loose(),
        }
    }
}

/// The model on the view.
pub(crate) struct ImpliedPath(pub(crate) ImpliedPathParams);

impl Model for ImpliedPath {
    fn id(&self) -> &'static str {
        "monetary.implied_path"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [SELIC, "BR_FOCUS_SELIC_ANNUAL.*", "B3.DI1*", "B3.PRE.*", "BR_PRE_*", "BR_SWAP_PRE_*"]
            .map(SeriesId::new)
            .to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let curve = latest_di_curve(view, params.max_curve_age_sessions)?;
        // A swap of 360 days ends a few business days short of the year: its last vertex is the one-year rate.
        let horizon_bd = if curve.last_bd() >= 240.0 { curve.last_bd().min(252.0) } else { 252.0 };
        let implied = curve.rate(horizon_bd)?;
        let (set_on, selic_pct) = fresh_last(view, SELIC, 7)?;
        let selic = selic_pct / 100.0;

        let (today, year) = (view.date(), view.date().year());
        let oldest = today.checked_sub_days(Days::new(u64::from(params.max_survey_age_days))).unwrap_or(NaiveDate::MIN);
        let survey = annual_path(view, SURVEY, year, 2, oldest);
        let (Some(this), Some(_)) = (survey.get(&year), survey.get(&(year + 1))) else {
            return Err(Refusal::Unavailable(format!(
                "{SURVEY}: no medians for {year} and {} since {oldest}",
                year + 1
            )));
        };
        let points =
            survey.iter().map(|(y, (_, _, percent))| (share_left(today) + f64::from(y - year), percent / 100.0));
        let expected = PolicyPath::new(selic, points).mean(0.0, 1.0);

        let value = 100.0 * (expected - (implied - params.usual_premium));
        let value = plausible("expected minus implied Selic (pp)", value, params.limit_pp)?;
        let age = (today - this.1).num_days();
        let confidence = params.base_confidence * freshness(age, 7, params.max_survey_age_days);
        let mut evidence = vec![
            Evidence::computed("mean Selic implied by the DI curve, 12 months", 100.0 * implied, "% p.a."),
            Evidence::computed("mean Selic expected by the survey, 12 months", 100.0 * expected, "% p.a."),
            Evidence::computed("usual term premium (parameter)", 100.0 * params.usual_premium, "pp"),
            Evidence::read("Selic target", selic_pct, "% p.a.", &SELIC.into(), set_on),
        ];
        for (year, (id, date, percent)) in &survey {
            evidence.push(Evidence::read(format!("survey of Selic, end of {year}"), *percent, "% p.a.", id, *date));
        }
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Monetary,
            subject: "br.policy_too_loose".to_owned(),
            value,
            unit: "pp, survey minus curve".to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 90,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("curve_age_days".to_owned(), (today - curve.date()).num_days() as f64),
                ("curve_horizon_bd".to_owned(), horizon_bd),
                ("curve_vertices".to_owned(), curve.vertices().len() as f64),
                ("survey_age_days".to_owned(), age as f64),
            ]),
        };
        let features = BTreeMap::from([
            ("br.expected_selic_12m".to_owned(), expected),
            ("br.implied_selic_12m".to_owned(), implied),
            ("br.implied_selic_change_12m".to_owned(), implied - selic),
        ]);
        let drawn_from = format!("monetary.implied_path: DI curve of {} from {}", curve.date(), curve.source().name());
        let flags = vec![Flag::remark(drawn_from)];
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}
