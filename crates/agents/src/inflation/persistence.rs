//! Persistence of Brazilian inflation, from 0 to 100: breadth, speed and anchoring.
//!
//! | component | figure | scale |
//! |---|---|---|
//! | diffusion | share of items that rose, mean of three months | percentile on its own ten years |
//! | core acceleration | core over three months, adjusted and annualised, less over twelve | percentile on its own ten years |
//! | services | services over three months, adjusted and annualised | percentile on its own ten years |
//! | de-anchoring | distance of the survey twelve months ahead from the target, in either direction | 0 at target, 100 at 1.5 points |
//!
//! Every figure is of the newest month of its series: a hole in the months that it needs makes it missing, not old.
//! A percentile is the share of the past, **without the current month**, that lies below; it needs five years. 1.5 points is
//! the tolerance band round the target (Resolutions of the National Monetary Council), so 100 is a survey at its edge.
//! Seasonal factors of each month use the five years before it only. The index is the mean of the components, equally
//! weighted; one that is missing leaves the mean, the report says which and why, and the confidence falls with its weight.
//! With fewer than two the model abstains. Diffusion is the sum of all items, so its season is not adjusted; the mean of
//! three months and the percentile over ten years of all months leave some of it in.
//!
//! Value: the index. Score: `(index - 50) / 50`; 50 is as persistent as usual. Confidence: base 0.6. Weight 0.5.
//!
//! Sources: BCB, Inflation Report, box on measures of underlying inflation (diffusion, cores, services); Bernanke (2007) for
//! anchoring.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::cores::{self, CoreParams};
use super::seasonal::annualised;
use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::monthly::{Monthly, last_of_month, month_start, moving_average, newest, of_month};
use crate::reading::{fresh_past, plausible};
use crate::standardise::percentile;
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

pub(super) const DIFFUSION: &str = "BR_IPCA_DIFFUSION";
pub(super) const SERVICES: &str = "BR_IPCA_SERV_MOM";

/// Parameters of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersistenceParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// Months of past in a percentile.
    pub past_months: i32,
    /// Fewest months of past in a percentile.
    pub min_past: usize,
    /// Years in the month means.
    pub season_years: i32,
    /// Distance from target that counts as 100, in percentage points.
    pub band_pp: f64,
    /// Fewest components.
    pub min_components: usize,
    /// Confidence with all components.
    pub base_confidence: f64,
    /// Oldest acceptable end of the newest print, in days.
    pub max_age_days: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// The cores.
    pub cores: CoreParams,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for PersistenceParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            past_months: 120,
            min_past: 60,
            season_years: 5,
            band_pp: 1.5,
            min_components: 2,
            base_confidence: 0.6,
            max_age_days: 75,
            max_survey_age_days: 35,
            cores: CoreParams::default(),
            implications: implications::br_inflation_pressure(),
        }
    }
}

/// One component: its figure and its place on the scale.
#[derive(Debug, Clone, PartialEq)]
struct Component {
    name: &'static str,
    figure: f64,
    unit: &'static str,
    place: f64,
    source: Option<(SeriesId, i32)>,
}

/// Percent of the way from target to the edge of the band, in either direction, at most 100.
pub fn de_anchoring(distance_pp: f64, band_pp: f64) -> f64 {
    (100.0 * distance_pp.abs() / band_pp).min(100.0)
}

/// Mean of the components' places.
pub fn index(places: &[f64]) -> Option<f64> {
    (!places.is_empty()).then(|| places.iter().sum::<f64>() / places.len() as f64)
}

/// The figure of `now`, the newest month of `what`, and its percentile on the months before it.
fn placed(what: &str, history: &Monthly, now: i32, params: &PersistenceParams) -> Result<(f64, f64), Refusal> {
    let figure = of_month(what, history, now)?;
    let past: Vec<f64> = history.range(now - params.past_months..now).map(|(_, value)| *value).collect();
    let short = || Refusal::Unavailable(format!("{what}: fewer than {} months of past", params.min_past));
    Ok((figure, percentile(figure, &past, params.min_past).ok_or_else(short)?))
}

/// The series by month and its newest month.
fn read(view: &AsOf, id: &str, max_age_days: u32) -> Result<(Monthly, i32), Refusal> {
    let monthly = last_of_month(&fresh_past(view, id, max_age_days)?);
    let (now, _) = newest(&monthly).ok_or_else(|| Refusal::Unavailable(format!("{id} is empty")))?;
    Ok((monthly, now))
}

/// Three-month pace, adjusted with what was known in each month, over the last months that a percentile needs.
fn pace(changes: &Monthly, params: &PersistenceParams) -> Monthly {
    let Some((now, _)) = newest(changes) else { return Monthly::new() };
    let months = now - params.past_months..=now;
    months.filter_map(|month| Some((month, annualised(changes, month, 3, params.season_years)?))).collect()
}

/// The model on the view.
pub(crate) struct Persistence(pub(crate) PersistenceParams);

impl Persistence {
    fn diffusion(&self, view: &AsOf) -> Result<Component, Refusal> {
        let params = &self.0;
        let (share, month) = read(view, DIFFUSION, params.max_age_days)?;
        let (figure, place) = placed(DIFFUSION, &moving_average(&share, 3), month, params)?;
        Ok(Component { name: "diffusion", figure, unit: "% of items", place, source: Some((DIFFUSION.into(), month)) })
    }

    fn core(&self, view: &AsOf) -> Result<(Component, Vec<Flag>), Refusal> {
        let params = &self.0;
        let core = cores::core_12m(view, &params.cores, params.max_age_days)?;
        let history: Monthly = pace(&core.monthly, params)
            .into_iter()
            .filter_map(|(month, pace)| Some((month, pace - core.inflation.get(&month)?)))
            .collect();
        let none = || Refusal::Unavailable("core acceleration: no core".to_owned());
        let (month, _) = newest(&core.monthly).ok_or_else(none)?;
        let (figure, place) = placed("core acceleration", &history, month, params)?;
        let (name, figure) = ("core_acceleration", 100.0 * figure);
        Ok((Component { name, figure, unit: "pp, 3 months less 12", place, source: None }, core.flags))
    }

    fn services(&self, view: &AsOf) -> Result<Component, Refusal> {
        let params = &self.0;
        let (changes, month) = read(view, SERVICES, params.max_age_days)?;
        let (figure, place) = placed(SERVICES, &pace(&changes, params), month, params)?;
        let source = Some((SERVICES.into(), month));
        Ok(Component { name: "services", figure: 100.0 * figure, unit: "% annualised", place, source })
    }

    fn anchoring(&self, view: &AsOf) -> Result<(Component, Option<Flag>), Refusal> {
        let params = &self.0;
        let survey = expectations::latest(view, params.max_survey_age_days)?;
        let (target, _) = target_on(&view.series(&TARGET.into())?, view.date())?;
        let figure = 100.0 * (survey.value - target);
        let place = de_anchoring(figure, params.band_pp);
        let component = Component { name: "de_anchoring", figure, unit: "pp from target", place, source: None };
        Ok((component, survey.flag(self.id())))
    }
}

impl Model for Persistence {
    fn id(&self) -> &'static str {
        "inflation.persistence"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let own = [DIFFUSION, SERVICES].map(SeriesId::new);
        cores::inputs().into_iter().chain(expectations::inputs()).chain(own).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let (mut found, mut missing, mut flags) = (Vec::new(), Vec::new(), Vec::new());
        let core = self.core(view).map(|(component, core_flags)| {
            flags.extend(core_flags);
            component
        });
        let anchoring = self.anchoring(view).map(|(component, stand_in)| {
            flags.extend(stand_in);
            component
        });
        let answers = [
            ("diffusion", self.diffusion(view)),
            ("core acceleration", core),
            ("services", self.services(view)),
            ("de-anchoring", anchoring),
        ];
        let all = answers.len();
        for (name, answer) in answers {
            match answer {
                Ok(component) => found.push(component),
                Err(why) => missing.push(format!("{name} ({why})")),
            }
        }
        if found.len() < params.min_components.max(1) {
            let needed = params.min_components.max(1);
            let without = missing.join(", ");
            return Err(Refusal::Unavailable(format!(
                "{} of {all} components, at least {needed} needed; without {without}",
                found.len()
            )));
        }
        if !missing.is_empty() {
            flags.push(Flag::missing(format!("{}: without {}", self.id(), missing.join(", "))));
        }
        let places: Vec<f64> = found.iter().map(|component| component.place).collect();
        let value = plausible("persistence index", index(&places).unwrap_or(f64::NAN), 100.0)?;
        let confidence = params.base_confidence * found.len() as f64 / all as f64;
        let mut diagnostics = BTreeMap::from([("components".to_owned(), found.len() as f64)]);
        let mut evidence = Vec::new();
        let mut features = BTreeMap::from([("br.persistence_index".to_owned(), value)]);
        for Component { name, figure, unit, place, source } in found {
            diagnostics.insert(format!("place.{name}"), place);
            features.insert(format!("br.persistence_{name}"), place);
            evidence.push(match source {
                Some((series, month)) => Evidence::derived(name, figure, unit, &series, month_start(month)),
                None => Evidence::computed(name, figure, unit),
            });
        }
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Inflation,
            subject: "br.inflation_pressure".to_owned(),
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
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_from_target_raises_the_score_on_either_side() {
        assert_eq!(de_anchoring(0.0, 1.5), 0.0);
        assert_eq!(de_anchoring(0.75, 1.5), 50.0);
        assert_eq!(de_anchoring(-0.75, 1.5), 50.0);
        assert_eq!(de_anchoring(4.0, 1.5), 100.0);
    }

    #[test]
    fn the_index_is_the_mean_of_what_is_there() {
        assert_eq!(index(&[100.0, 50.0, 0.0, 90.0]), Some(60.0));
        assert_eq!(index(&[]), None);
    }

    #[test]
    fn a_record_pace_stands_at_the_top_of_its_past_and_a_short_past_has_no_place() {
        let params = PersistenceParams::default();
        let history: Monthly = (0..100).map(|month| (month, f64::from(month % 7))).collect();
        let place = |history: &Monthly, now| placed("x", history, now, &params).map(|(_, place)| place);
        assert_eq!(place(&history, 99), Ok(100.0 * (15.0 + 0.5 * 14.0) / 99.0));
        let mut record = history.clone();
        record.insert(99, 50.0);
        assert_eq!(place(&record, 99), Ok(100.0));
        let short = history.range(..40).map(|(m, v)| (*m, *v)).collect();
        assert!(place(&short, 39).unwrap_err().to_string().contains("fewer than 60"));
    }

    #[test]
    fn a_hole_years_ago_leaves_no_pace_of_now_and_the_old_one_is_not_taken_for_it() {
        let params = PersistenceParams::default();
        let mut changes: Monthly = (0..240).map(|month| (month, 0.4 + 0.01 * f64::from(month % 5))).collect();
        assert!(placed("x", &pace(&changes, &params), 239, &params).is_ok());
        changes.remove(&205);
        assert_eq!(newest(&pace(&changes, &params)).unwrap().0, 204);
        assert!(placed("x", &pace(&changes, &params), 239, &params).is_err());
    }
}
