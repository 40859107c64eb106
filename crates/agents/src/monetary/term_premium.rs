//! The term premium of the DI curve: its rate over a horizon less the survey's expected average short rate.
//!
//! ```text
//! premium = DI(n) - (expected mean Selic over n - 0.10 points)          percentage points
//! value   = (premium - mean of its past) / standard deviation of its past
//! ```
//!
//! The horizon is two years where curve and survey reach it, otherwise one. The expected mean is that of the survey's path by
//! meeting and end of year (`selic_survey`), compounded, on the date of each curve; the past is one
//! curve a week over five years at the same horizon, **without the week of the current value**, at least 40 weeks. No value
//! beyond 6 standard deviations is given.
//!
//! The value is high when the premium is high; the **score is the opposite**, `-tanh(value / 2)`: the subject is a thin
//! premium, so that + means the same for receivers as with the other models of the agent (they are poorly paid). Weight
//! 0.5: a premium is a slow signal. Confidence: base 0.6, growing with the weeks known up to two years, less for an old
//! survey. On days without a survey in the 21 days before there is no premium.
//!
//! Source: Kim and Orphanides (2012), JFQA 47, for surveys as the expectations part; Adrian, Crump and Moench (2013) for
//! what this is to be cross-checked with.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use market::curves::{CurveError, DiCurve, di_curve_history};
use market::{AsOf, CalendarId, SeriesId};
use serde::{Deserialize, Serialize};

use super::selic_path::DI_CURVES;
use super::taylor_br::SELIC;
use crate::config::Implications;
use crate::meetings::Committee;
use crate::reading::{fresh_past, freshness, plausible, squash};
use crate::selic_survey::{self, SelicSurvey};
use crate::standardise::against_past;
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// Parameters of the term premium.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TermPremiumParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// Horizons in business days, in order of preference.
    pub horizons_bd: Vec<u32>,
    /// Shortfall of the last vertex that a horizon tolerates, in business days: a swap of 360 days ends before the year.
    pub tolerance_bd: u32,
    /// Selic target less the DI rate, decimal.
    pub di_spread: f64,
    /// Years of past.
    pub window_years: u32,
    /// Fewest weeks of past.
    pub min_weeks: usize,
    /// Weeks from which the past is long enough for full confidence.
    pub full_weeks: usize,
    /// Standard deviations at which the score reaches 0.76.
    pub scale: f64,
    /// A value beyond this is refused, in standard deviations.
    pub limit: f64,
    /// Confidence at its best.
    pub base_confidence: f64,
    /// Oldest acceptable curve, in B3 sessions.
    pub max_curve_age_sessions: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Loadings on prices, for a thin premium.
    pub implications: Implications,
}

impl Default for TermPremiumParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            horizons_bd: vec![504, 252],
            tolerance_bd: 12,
            di_spread: 0.001,
            window_years: 5,
            min_weeks: 40,
            full_weeks: 104,
            scale: 2.0,
            limit: 6.0,
            base_confidence: 0.6,
            max_curve_age_sessions: 5,
            max_survey_age_days: 21,
            implications: implications::br_premium_thin(),
        }
    }
}

/// Premium of a curve at `bd` over an expected mean Selic, decimals.
pub fn premium(curve: &DiCurve, bd: f64, expected_selic: f64, di_spread: f64) -> Option<f64> {
    Some(curve.rate(bd).ok()? - (expected_selic - di_spread))
}

fn in_years(business_days: u32) -> f64 {
    f64::from(business_days) / 252.0
}

/// The model on the view.
pub(crate) struct TermPremium(pub(crate) TermPremiumParams);

impl Model for TermPremium {
    fn id(&self) -> &'static str {
        "monetary.term_premium"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let own = [SELIC].into_iter().chain(DI_CURVES).map(SeriesId::new);
        own.chain(selic_survey::inputs()).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let from = view.date().checked_sub_months(Months::new(12 * params.window_years)).unwrap_or(NaiveDate::MIN);
        let mut curves = di_curve_history(view, from);
        let oldest = view.calendars().business_days_before(CalendarId::B3, view.date(), params.max_curve_age_sessions);
        let stale = CurveError::Stale { curve: "DI", oldest, tried: "DI1, PRE, swap DI x pre" };
        let (date, curve) = curves.pop_last().filter(|(date, _)| *date >= oldest).ok_or(stale)?;
        let curve = curve?;
        let reaches = |curve: &DiCurve, bd: u32| curve.last_bd() + f64::from(params.tolerance_bd) >= f64::from(bd);
        let reached: Vec<u32> = params.horizons_bd.iter().copied().filter(|bd| reaches(&curve, *bd)).collect();
        let Some(&shortest) = reached.last() else {
            return Err(Refusal::Unavailable(format!(
                "the DI curve of {date} ends at {} business days, before every horizon",
                curve.last_bd()
            )));
        };
        let selic = fresh_past(view, SELIC, 7)?;
        let survey = SelicSurvey::read(view, from, view.date(), 3, params.max_survey_age_days);
        let path = survey.path(date, selic.at_or_before(date).map_or(f64::NAN, |(_, percent)| percent));
        let horizon = reached.into_iter().find(|bd| path.mean(in_years(*bd)).is_some()).unwrap_or(shortest);
        let years = in_years(horizon);
        let of = |date: NaiveDate, curve: &DiCurve| -> Option<f64> {
            let (_, selic_pct) = selic.at_or_before(date)?;
            let expected = survey.path(date, selic_pct).mean(years)?;
            premium(curve, f64::from(horizon).min(curve.last_bd()), expected, params.di_spread)
        };
        let (Some(now), Some(expected), Some(surveyed)) = (of(date, &curve), path.mean(years), path.surveyed()) else {
            return Err(Refusal::Unavailable(format!(
                "no survey of the Selic reaches {years:.0} years on {date}: neither {} nor {} ({})",
                selic_survey::BY_MEETING,
                selic_survey::BY_YEAR,
                Committee::Copom.calendar_end(view)
            )));
        };
        // The last curve of every week but the current one.
        let mut weeks: BTreeMap<(i32, u32), f64> = BTreeMap::new();
        let week = |date: NaiveDate| (date.iso_week().year(), date.iso_week().week());
        for (day, curve) in &curves {
            if week(*day) == week(date) {
                continue;
            }
            if let Some(premium) = curve.as_ref().ok().filter(|c| reaches(c, horizon)).and_then(|c| of(*day, c)) {
                weeks.insert(week(*day), premium);
            }
        }
        let past: Vec<f64> = weeks.into_values().collect();
        let z = against_past(now, &past, params.min_weeks, "weeks of the term premium before the current one")?;
        let value = plausible("term premium (standard deviations)", z.score, params.limit)?;

        let age = (view.date() - surveyed).num_days();
        let known = (past.len() as f64 / params.full_weeks.max(1) as f64).min(1.0);
        let confidence = params.base_confidence * known.sqrt() * freshness(age, 7, params.max_survey_age_days);
        let rate = curve.rate(f64::from(horizon).min(curve.last_bd()))?;
        let mut evidence = vec![
            Evidence::computed("term premium", 100.0 * now, "pp"),
            Evidence::computed(format!("DI rate over {horizon} business days"), 100.0 * rate, "% p.a."),
            Evidence::computed("mean Selic expected over the horizon", 100.0 * expected, "% p.a."),
            Evidence::computed("mean of the past premium", 100.0 * z.mean, "pp"),
            Evidence::computed("standard deviation of the past premium", 100.0 * z.sd, "pp"),
        ];
        evidence.extend(path.evidence());
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Monetary,
            subject: "br.term_premium_thin".to_owned(),
            value,
            unit: "standard deviations of the premium".to_owned(),
            score: -squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("curve_age_days".to_owned(), (view.date() - date).num_days() as f64),
                ("horizon_bd".to_owned(), f64::from(horizon)),
                ("survey_age_days".to_owned(), age as f64),
                ("weeks".to_owned(), past.len() as f64),
            ]),
        };
        let features = BTreeMap::from([("br.term_premium".to_owned(), now), ("br.term_premium_z".to_owned(), value)]);
        let drawn_from = format!("{}: DI curve of {date} from {}", self.id(), curve.source().name());
        let mut flags = vec![Flag::remark(drawn_from)];
        let within = |first: &NaiveDate| ((*first - date).num_days() as f64) < 365.25 * years;
        if let Some(first) = path.first_assumed.filter(within) {
            let text = format!(
                "{}: the Copom calendar of {} is not out on {date}: its surveyed meetings stand 52 weeks after those of the year \
                 before, the first on {first}",
                self.id(),
                first.year()
            );
            flags.push(Flag::remark(text));
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_premium_is_what_the_curve_pays_above_the_expected_overnight_rate() {
        let curve = DiCurve::from_vertices("2026-03-31".parse().unwrap(), &[(252.0, 0.14), (504.0, 0.135)]).unwrap();
        // Selic of 13 % for two years is a DI of 12.9 %; the curve pays 13.5 %.
        assert!((premium(&curve, 504.0, 0.13, 0.001).unwrap() - 0.006).abs() < 1e-12);
        let between = premium(&curve, 378.0, 0.13, 0.001).unwrap();
        // Flat forward: 1.135^2 / 1.14 in the second year, half of it to 378 days.
        let expected = (1.14 * (1.135_f64.powi(2) / 1.14).sqrt()).powf(252.0 / 378.0) - 1.0 - 0.129;
        assert!((between - expected).abs() < 1e-12);
        assert_eq!(premium(&curve, 600.0, 0.13, 0.001), None);
    }
}
