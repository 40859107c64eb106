//! The Selic after each Copom meeting: what the DI curve implies, against the survey by meeting and against the rule.
//!
//! ```text
//! implied[k]  flat between effective dates, solved from the DI curve (business days over 252), plus the usual distance of
//!             the Selic target to the DI rate (0.10 points)
//! value       = mean over the next meetings of (survey[k] - implied[k] + usual premium[k])         percentage points
//! ```
//!
//! The usual premium grows from zero to 0.10 points at one year, and stays. + means the market prices a lower Selic than the
//! survey expects: priced too loose, receivers lose. Score: `tanh(value / 1 pp)`. Up to eight scheduled meetings within a
//! year. **Two specifications.** `monetary.selic_path` needs a median for each of the next two meetings at least, and the first
//! meeting without one ends the comparison; otherwise the rule
//! smoothed from today's Selic (see [`taylor`](super::taylor)) stands in for the survey, the signal is
//! `monetary.selic_path_rule` and it is trusted less. The rule's path is in the diagnostics of both when the rule spoke.
//!
//! Weight 0.5: it reads the same curve as [`implied_path`](super::implied_path), meeting by meeting instead of on average.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use market::curves::{DiCurve, latest_di_curve};
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::meeting_path::{Spacing, inertial_rate, steps};
use super::taylor_br::{SELIC, TaylorBr};
use crate::config::Implications;
use crate::meetings::Committee;
use crate::reading::{fresh_last, freshness, plausible, squash};
use crate::selic_survey::{self, SelicSurvey};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// Curves of the DI, by pattern.
pub(super) const DI_CURVES: [&str; 4] = ["B3.DI1*", "B3.PRE.*", "BR_PRE_*", "BR_SWAP_PRE_*"];

/// Parameters of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelicPathParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// Selic target less the DI rate, decimal.
    pub di_spread: f64,
    /// Term premium usual at one year and beyond, decimal.
    pub usual_premium: f64,
    /// Most meetings compared.
    pub max_meetings: usize,
    /// Fewest meetings compared.
    pub min_meetings: usize,
    /// Business days after an effective date before which a vertex is not used.
    pub least_bd: f64,
    /// Difference at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// A difference beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Confidence with a fresh survey.
    pub base_confidence: f64,
    /// Factor on the confidence without a survey.
    pub rule_discount: f64,
    /// Oldest acceptable curve, in B3 sessions.
    pub max_curve_age_sessions: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for SelicPathParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            di_spread: 0.001,
            usual_premium: 0.001,
            max_meetings: 8,
            min_meetings: 2,
            least_bd: 5.0,
            scale_pp: 1.0,
            limit_pp: 15.0,
            base_confidence: 0.6,
            rule_discount: 0.6,
            max_curve_age_sessions: 5,
            max_survey_age_days: 21,
            implications: implications::br_policy_too_loose(),
        }
    }
}

/// The Selic target (decimal) that a DI curve implies after each effective date, up to its last vertex. `business_days`
/// counts from the curve's date to an effective date; `selic` is the target in force on it.
///
/// # Errors
/// The curve's, which reads its own vertices and so has none in practice.
pub fn implied_selic(
    curve: &DiCurve,
    business_days: &[f64],
    selic: f64,
    di_spread: f64,
    least_bd: f64,
) -> Result<Vec<f64>, Refusal> {
    let mut vertices = Vec::with_capacity(curve.vertices().len());
    for &(bd, _) in curve.vertices() {
        vertices.push((bd, -curve.discount(bd)?.ln()));
    }
    let today = (selic - di_spread).ln_1p() / 252.0;
    // Eight meetings a year.
    let rates = steps(&vertices, business_days, today, Spacing { least: least_bd, usual: 252.0 / 8.0 });
    Ok(rates.into_iter().map_while(|rate| Some((252.0 * rate?).exp_m1() + di_spread)).collect())
}

/// The model on the view.
pub(crate) struct SelicPath {
    pub(crate) params: SelicPathParams,
    /// The rule for the comparison.
    pub(crate) rule: TaylorBr,
}

impl Model for SelicPath {
    fn id(&self) -> &'static str {
        "monetary.selic_path"
    }

    fn weight(&self) -> f64 {
        self.params.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let curves = DI_CURVES.map(SeriesId::new);
        self.rule.inputs().into_iter().chain(selic_survey::inputs()).chain(curves).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.params;
        let curve = latest_di_curve(view, params.max_curve_age_sessions)?;
        let (set_on, selic_pct) = fresh_last(view, SELIC, 7)?;
        let (selic, calendars) = (selic_pct / 100.0, view.calendars());
        let horizon = curve.date() + Months::new(12);
        // A meeting on the curve's own day decides after its settlement.
        let meetings: Vec<(NaiveDate, NaiveDate)> = Committee::Copom
            .expected(view, curve.date())
            .into_iter()
            .take_while(|meeting| meeting.decision < horizon)
            .take(params.max_meetings)
            .map(|meeting| (meeting.decision, meeting.effective))
            .collect();
        let count = |day: NaiveDate| calendars.business_days_252(curve.date(), curve.date(), day) as f64;
        let distances: Vec<f64> = meetings.iter().map(|(_, effective)| count(*effective)).collect();
        let implied = implied_selic(&curve, &distances, selic, params.di_spread, params.least_bd)?;
        if implied.len() < params.min_meetings {
            let (date, end) = (curve.date(), Committee::Copom.calendar_end(view));
            let what = format!("Copom meetings that the DI curve of {date} reaches ({end})");
            return Err(Refusal::TooFew { what, got: implied.len(), needed: params.min_meetings });
        }

        let survey = SelicSurvey::read(view, curve.date(), view.date(), 1, params.max_survey_age_days);
        let path = survey.path(view.date(), selic_pct);
        let surveyed: Vec<(usize, f64)> = path
            .meetings
            .iter()
            .filter_map(|(effective, percent, ..)| {
                let k = meetings.iter().position(|(_, day)| day == effective)?;
                (k < implied.len()).then_some((k, percent / 100.0))
            })
            .collect();
        let rule = self.rule.call(view);
        let last_decision = Committee::Copom.last_decision(view);
        let rule_path: Option<Vec<(usize, f64)>> = rule.as_ref().ok().and_then(|rule| {
            let from = last_decision?;
            let days = |decision: NaiveDate| (decision - from).num_days() as f64;
            let rate = |decision| inertial_rate(selic, rule.rate, self.rule.0.smoothing, days(decision));
            Some(meetings.iter().take(implied.len()).map(|(decision, _)| rate(*decision)).enumerate().collect())
        });
        let mut flags = match &rule {
            Ok(rule) => rule.flags.clone(),
            Err(why) => vec![Flag::missing(format!("{}: without the path of the rule ({why})", self.id()))],
        };
        let drawn_from = format!("{}: DI curve of {} from {}", self.id(), curve.date(), curve.source().name());
        flags.push(Flag::remark(drawn_from));
        let hole = path.hole.filter(|hole| meetings.iter().take(implied.len()).any(|(decision, _)| decision == hole));
        if let Some(hole) = hole {
            let series = selic_survey::BY_MEETING;
            let text =
                format!("{}: {series} has no median for the meeting of {hole}; its path ends before it", self.id());
            flags.push(Flag::missing(text));
        }
        let enough = surveyed.len() >= params.min_meetings;
        let (id, unit, expected, specification) = match (enough, &rule_path) {
            (true, _) => (self.id(), "pp, survey minus curve", &surveyed, 1.0),
            (false, Some(rule_path)) => {
                flags.push(Flag::missing(
                    "monetary.selic_path_rule: the smoothed rule stands in for the survey by meeting, which is missing or old",
                ));
                ("monetary.selic_path_rule", "pp, rule minus curve", rule_path, params.rule_discount)
            }
            (false, None) => {
                let why = rule.err().map_or_else(String::new, |why| format!("; {why}"));
                let survey =
                    format!("{} has medians for {} of the next meetings", selic_survey::BY_MEETING, surveyed.len());
                return Err(Refusal::Unavailable(format!("{survey}{why}")));
            }
        };
        let premium = |k: usize| params.usual_premium * (distances[k] / 252.0).min(1.0);
        let gap = |path: &[(usize, f64)]| {
            path.iter().map(|&(k, rate)| rate - (implied[k] - premium(k))).sum::<f64>() / path.len() as f64
        };
        let value = plausible("survey or rule minus implied Selic (pp)", 100.0 * gap(expected), params.limit_pp)?;
        let age = path.surveyed().map_or(0, |day| (view.date() - day).num_days());
        let confidence = params.base_confidence * specification * freshness(age, 7, params.max_survey_age_days);

        let mut evidence = vec![
            Evidence::read("Selic target", selic_pct, "% p.a.", &SELIC.into(), set_on),
            Evidence::computed("usual term premium at one year (parameter)", 100.0 * params.usual_premium, "pp"),
        ];
        for (rate, (decision, _)) in implied.iter().zip(&meetings) {
            evidence.push(Evidence::computed(format!("Selic implied after {decision}"), 100.0 * rate, "% p.a."));
        }
        for (effective, value, series, day) in &path.meetings {
            if enough && meetings.iter().take(implied.len()).any(|(_, known)| known == effective) {
                evidence.push(Evidence::read(
                    format!("survey of Selic from {effective}"),
                    *value,
                    "% p.a.",
                    series,
                    *day,
                ));
            }
        }
        let mut diagnostics = BTreeMap::from([
            ("curve_age_days".to_owned(), (view.date() - curve.date()).num_days() as f64),
            ("meetings_compared".to_owned(), expected.len() as f64),
            ("meetings_implied".to_owned(), implied.len() as f64),
        ]);
        if let Some(rule_path) = &rule_path {
            diagnostics.insert("rule_minus_curve_pp".to_owned(), 100.0 * gap(rule_path));
        }
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Monetary,
            subject: "br.policy_too_loose".to_owned(),
            value,
            unit: unit.to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 90,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let mut features = BTreeMap::from([
            ("br.implied_selic_next_change".to_owned(), implied[0] - selic),
            ("br.implied_selic_last_meeting".to_owned(), implied[implied.len() - 1]),
        ]);
        let furthest = |path: &[(usize, f64)]| path.last().map(|(_, rate)| *rate);
        if let Some(rate) = furthest(&surveyed) {
            features.insert("br.survey_selic_last_meeting".to_owned(), rate);
        }
        if let Some(rate) = rule_path.as_deref().and_then(furthest) {
            features.insert("br.rule_selic_last_meeting".to_owned(), rate);
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DI rates of a path of the Selic that steps at known distances, priced by hand.
    #[test]
    fn a_curve_priced_from_a_path_gives_the_path_back() {
        let path: [(f64, f64); 4] = [(28.0, 0.1475), (61.0, 0.1425), (93.0, 0.1375), (127.0, 0.1325)];
        let (selic, spread) = (0.15_f64, 0.001);
        let zero = |bd: f64| -> f64 {
            let mut log = (selic - spread).ln_1p() * bd.min(28.0);
            for (k, (from, rate)) in path.iter().enumerate() {
                let end = path.get(k + 1).map_or(f64::INFINITY, |next| next.0);
                log += (rate - spread).ln_1p() * (bd.min(end) - from).max(0.0);
            }
            (log / bd).exp_m1()
        };
        let vertices: Vec<(f64, f64)> = (1..8).map(|k| 21.0 * f64::from(k)).map(|bd| (bd, zero(bd))).collect();
        let curve = DiCurve::from_vertices("2026-03-31".parse().unwrap(), &vertices).unwrap();
        let found = implied_selic(&curve, &path.map(|step| step.0), selic, spread, 5.0).unwrap();
        assert_eq!(found.len(), 4);
        for (found, (_, expected)) in found.iter().zip(path) {
            assert!((found - expected).abs() < 1e-10, "{found} {expected}");
        }
    }
}
