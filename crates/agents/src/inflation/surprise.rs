//! Surprise of the IPCA: the print less what the survey expected of the same month, as known before the release.
//!
//! ```text
//! s[t]  = IPCA[t] - median[t]                                   percentage points a month
//! value = (m3[now] - mean of past m3) / standard deviation of past m3,        m3 = mean of three surprises
//! ```
//!
//! `median[t]` is the newest median of the monthly survey for month `t` that was **public before the print was**: a survey
//! is dated on a business day and published on the Monday after, so the release instant decides, not the date. The past
//! holds the windows that share no month with the current one, so the current value is not in its own yardstick; at least
//! 24 of them, over ten years at most. Unit: standard deviations; + is inflation above what was expected, hence pressure.
//! Score: `tanh(value / 1.5)`. Confidence: base 0.5 (three months are few), less for a short past and for age. Weight 0.5.
//!
//! A month without a print or a median is a hole and leaves out the windows that hold it. A surprise of the newest print is
//! needed, or the model abstains.
//!
//! Source: Citi's economic surprise indices for the standardisation; Gürkaynak, Sack and Swanson (2005), AER 95, for
//! surprises against surveys.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::bottom_up::HEADLINE;
use crate::config::Implications;
use crate::monthly::{Monthly, last_of_month, month_start, moving_average, newest};
use crate::reading::{age_days, fresh_past, freshness, plausible, squash};
use crate::standardise::against_past;
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

/// Monthly survey of the IPCA.
const SURVEY: &str = "BR_FOCUS_IPCA_MONTHLY";
const WINDOW: i32 = 3;

/// Parameters of the surprise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurpriseParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// Months of past.
    pub past_months: i32,
    /// Fewest past windows.
    pub min_windows: usize,
    /// Windows from which the past is long enough for full confidence.
    pub full_windows: usize,
    /// Oldest median, in days before the print.
    pub max_survey_age_days: u32,
    /// Standard deviations at which the score reaches 0.76.
    pub scale: f64,
    /// A value beyond this is refused, in standard deviations.
    pub limit: f64,
    /// Confidence at its best.
    pub base_confidence: f64,
    /// Oldest acceptable end of the newest print, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for SurpriseParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            past_months: 120,
            min_windows: 24,
            full_windows: 60,
            max_survey_age_days: 35,
            scale: 1.5,
            limit: 8.0,
            base_confidence: 0.5,
            max_age_days: 75,
            implications: implications::br_inflation_pressure(),
        }
    }
}

/// A median with its survey date.
struct Median {
    value: f64,
    series: SeriesId,
    surveyed: NaiveDate,
}

/// The newest median for `month` that was public before the month's first print.
fn median_before(view: &AsOf, month: i32, max_age_days: u32) -> Option<Median> {
    let first = month_start(month);
    let id = SeriesId::new(format!("{SURVEY}.{}-{:02}.MEDIAN", first.year(), first.month()));
    let series = view.series(&id).ok()?;
    let printed = view.vintages(&HEADLINE.into(), first).first()?.released_at;
    let print_day = printed.date_naive();
    let until = series.periods.partition_point(|surveyed| *surveyed <= print_day);
    for row in (0..until).rev() {
        let surveyed = series.periods[row];
        if (print_day - surveyed).num_days() > i64::from(max_age_days) {
            return None;
        }
        // The first vintage: a median that was corrected after the print was not what was expected.
        let known = view.vintages(&id, surveyed).into_iter().rfind(|vintage| vintage.released_at < printed);
        if let Some(vintage) = known {
            return Some(Median { value: vintage.value, series: id, surveyed });
        }
    }
    None
}

/// Surprises by month of the last `months` months up to the newest print, and the median of that print.
fn surprises(view: &AsOf, params: &SurpriseParams) -> Result<(Monthly, Option<(f64, Median)>), Refusal> {
    let headline = last_of_month(&fresh_past(view, HEADLINE, params.max_age_days)?);
    let Some((now, _)) = newest(&headline) else {
        return Err(Refusal::TooFew { what: HEADLINE.to_owned(), got: 0, needed: 1 });
    };
    let (mut found, mut newest) = (Monthly::new(), None);
    for (&month, &print) in headline.range(now - params.past_months - WINDOW + 1..) {
        let Some(median) = median_before(view, month, params.max_survey_age_days) else { continue };
        found.insert(month, print - median.value);
        if month == now {
            newest = Some((print, median));
        }
    }
    Ok((found, newest))
}

/// The newest three-month mean, and those of the past that share no month with it.
pub fn windows(surprises: &BTreeMap<i32, f64>) -> Option<(f64, Vec<f64>)> {
    let means = moving_average(surprises, WINDOW);
    let (&now, &value) = means.last_key_value()?;
    let past = means.range(..=now - WINDOW).map(|(_, mean)| *mean).collect();
    Some((value, past))
}

/// The model on the view.
pub(crate) struct Surprise(pub(crate) SurpriseParams);

impl Model for Surprise {
    fn id(&self) -> &'static str {
        "inflation.surprise"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        vec![HEADLINE.into(), SeriesId::new(format!("{SURVEY}.*"))]
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let (surprises, newest_print) = surprises(view, params)?;
        let Some((print, median)) = newest_print else {
            return Err(Refusal::Unavailable(format!("{SURVEY}: no median for the newest print was public before it")));
        };
        let now = newest(&surprises).map_or(0, |(month, _)| month);
        let missing = || Refusal::Unavailable(format!("{SURVEY}: one of the last {WINDOW} months has no median"));
        let complete = (now - WINDOW + 1..=now).all(|month| surprises.contains_key(&month));
        let (mean, past) = windows(&surprises).filter(|_| complete).ok_or_else(missing)?;
        let z = against_past(mean, &past, params.min_windows, "three-month surprises before the current one")?;
        let value = plausible("surprise (standard deviations)", z.score, params.limit)?;
        let age = age_days(view, &HEADLINE.into(), month_start(now));
        let known = (past.len() as f64 / params.full_windows.max(1) as f64).min(1.0);
        let confidence = params.base_confidence * known.sqrt() * freshness(age, 45, params.max_age_days);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Inflation,
            subject: "br.inflation_pressure".to_owned(),
            value,
            unit: "standard deviations".to_owned(),
            score: squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 90,
            implications: params.implications.clone(),
            evidence: vec![
                Evidence::computed("surprise, mean of three months", mean, "pp m/m"),
                Evidence::read("IPCA, month", print, "% m/m", &HEADLINE.into(), month_start(now)),
                Evidence::read("median before the print", median.value, "% m/m", &median.series, median.surveyed),
                Evidence::computed("mean of past surprises", z.mean, "pp m/m"),
                Evidence::computed("standard deviation of past surprises", z.sd, "pp m/m"),
            ],
            diagnostics: BTreeMap::from([("past_windows".to_owned(), past.len() as f64)]),
        };
        let features = BTreeMap::from([
            ("br.ipca_surprise_last".to_owned(), (print - median.value) / 100.0),
            ("br.ipca_surprise_3m".to_owned(), mean / 100.0),
        ]);
        Ok(Finding { signals: vec![signal], features, ..Finding::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_shares_no_month_with_the_current_window() {
        let surprises: BTreeMap<i32, f64> = (0..10).map(|month| (month, f64::from(month))).collect();
        let (now, past) = windows(&surprises).unwrap();
        assert_eq!(now, 8.0);
        // Windows end in months 2 to 6: means 1 to 5.
        assert_eq!(past, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn a_hole_leaves_out_its_windows() {
        let mut surprises: BTreeMap<i32, f64> = (0..10).map(|month| (month, 1.0)).collect();
        surprises.remove(&3);
        assert_eq!(windows(&surprises).unwrap().1.len(), 2);
        assert_eq!(windows(&BTreeMap::new()), None);
    }
}
