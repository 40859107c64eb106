//! Trend of US inflation against 2 %: core PCE, supercore, breakevens and a survey.
//!
//! ```text
//! saar_k = (P[t] / P[t-k])^(12/k) - 1          gap = (saar_3 + saar_6) / 2 - 2 %
//! value  = weighted mean of the gaps           percentage points over the goal
//! ```
//!
//! | gap | figure | less | weight |
//! |---|---|---|---|
//! | core PCE | three and six months annualised, mean | 2 % | 0.50 |
//! | supercore | the same on services without energy and housing | 2 % | 0.15 |
//! | breakevens | mean of the 5-year, 10-year and 5y5y TIPS breakeven, those that exist | 2 % + 0.3 points | 0.20 |
//! | survey | Michigan, one year ahead | its median of the ten years before | 0.15 |
//!
//! Breakevens are on the CPI, which runs about 0.3 points above the PCE; they also hold an inflation and a liquidity
//! premium, which are not taken off. The Michigan survey is read against its own past because households always say more
//! than 2 %. Supercore is read against the same 2 % although services have run above goods. Core PCE is needed; another gap
//! that is missing leaves the mean, its weight goes to the others, and the report says so; so it does of each breakeven.
//!
//! A positive value is pressure. Score: `tanh(value / 1 pp)`. Confidence: falls with the distance between the three- and the six-month
//! rate, which measures how noisy the trend is, with age, and with the weight that is missing. The indices are seasonally
//! adjusted by their publisher and read in their latest revision, and the report says so.
//!
//! Source: FOMC Statement on Longer-Run Goals; short-window annualised rates as in the Monetary Policy Report; Powell (30
//! November 2022), Inflation and the Labor Market, for supercore.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::monthly::{Monthly, last_of_month, month_start, newest};
use crate::reading::{age_days, fresh_last, fresh_past, freshness, latest_revision, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const CORE_PCE: &str = "US_PCE_CORE";
const SUPERCORE: &str = "US_PCE_SUPERCORE";
const BREAKEVENS: [&str; 3] = ["US_T5YIE", "US_T10YIE", "US_T5YIFR"];
const SURVEY: &str = "US_MICH_1Y";

/// Parameters of the US trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsTrendParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// The central bank's goal, decimal per year.
    pub goal: f64,
    /// Weights of the gaps.
    pub gaps: GapWeights,
    /// CPI less PCE inflation in the long run, decimal.
    pub cpi_wedge: f64,
    /// Years of the survey's own past.
    pub survey_years: i32,
    /// Oldest acceptable survey, in days: FRED posts it a month late.
    pub max_survey_age_days: u32,
    /// Gap at which the score reaches 0.76, in percentage points.
    pub tolerance_pp: f64,
    /// Distance of the two rates at which the confidence is halved, in percentage points.
    pub noise_pp: f64,
    /// A gap beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable end of the newest print, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

/// Weights of the gaps; those that are missing are shared among the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GapWeights {
    /// Core PCE.
    pub core: f64,
    /// Supercore.
    pub supercore: f64,
    /// Breakevens.
    pub breakevens: f64,
    /// Survey of households.
    pub survey: f64,
}

impl Default for GapWeights {
    fn default() -> Self {
        Self { core: 0.5, supercore: 0.15, breakevens: 0.2, survey: 0.15 }
    }
}

impl Default for UsTrendParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            goal: 0.02,
            gaps: GapWeights::default(),
            cpi_wedge: 0.003,
            survey_years: 10,
            max_survey_age_days: 100,
            tolerance_pp: 1.0,
            noise_pp: 1.5,
            limit_pp: 10.0,
            max_age_days: 100,
            implications: implications::us_inflation_pressure(),
        }
    }
}

/// Change over the last `months`, annualised: decimal per year; `None` without both ends.
pub fn annualised_change(index: &BTreeMap<i32, f64>, month: i32, months: i32) -> Option<f64> {
    let (now, then) = (index.get(&month)?, index.get(&(month - months))?);
    (*now > 0.0 && *then > 0.0).then(|| (now / then).powf(12.0 / f64::from(months)) - 1.0)
}

/// Median of the values, the mean of the middle two when their number is even.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// The model on the view.
pub(crate) struct UsTrend(pub(crate) UsTrendParams);

/// One gap, in percentage points, with what it rests on.
struct Gap {
    name: &'static str,
    weight: f64,
    gap_pp: f64,
    evidence: Vec<Evidence>,
}

impl UsTrend {
    fn supercore(&self, view: &AsOf) -> Result<Gap, Refusal> {
        let params = &self.0;
        let index = last_of_month(&fresh_past(view, SUPERCORE, params.max_age_days)?);
        let pace = newest(&index)
            .and_then(|(now, _)| Some((now, annualised_change(&index, now, 3)?, annualised_change(&index, now, 6)?)));
        let (now, three, six) =
            pace.ok_or(Refusal::TooFew { what: SUPERCORE.to_owned(), got: index.len(), needed: 7 })?;
        let rate = (three + six) / 2.0;
        let evidence =
            Evidence::derived("supercore, 3 and 6 months", 100.0 * rate, "%", &SUPERCORE.into(), month_start(now));
        let (name, gap_pp) = ("supercore", 100.0 * (rate - params.goal));
        Ok(Gap { name, weight: params.gaps.supercore, gap_pp, evidence: vec![evidence] })
    }

    /// The gap of those that exist, for the three move together, and why the others are missing.
    fn breakevens(&self, view: &AsOf) -> (Option<Gap>, Vec<String>) {
        let params = &self.0;
        let (mut evidence, mut missing, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for id in BREAKEVENS {
            match fresh_last(view, id, 10) {
                Ok((date, rate)) => {
                    evidence.push(Evidence::read("breakeven", rate, "%", &id.into(), date));
                    sum += rate;
                }
                Err(why) => missing.push(format!("breakeven {id} ({why})")),
            }
        }
        if evidence.is_empty() {
            return (None, missing);
        }
        let gap_pp = sum / evidence.len() as f64 - 100.0 * (params.goal + params.cpi_wedge);
        (Some(Gap { name: "breakevens", weight: params.gaps.breakevens, gap_pp, evidence }), missing)
    }

    fn survey(&self, view: &AsOf) -> Result<Gap, Refusal> {
        let params = &self.0;
        let answers = last_of_month(&fresh_past(view, SURVEY, params.max_survey_age_days)?);
        let Some((now, answer)) = newest(&answers) else {
            return Err(Refusal::TooFew { what: SURVEY.to_owned(), got: 0, needed: 1 });
        };
        let months = 12 * params.survey_years;
        let past: Vec<f64> = answers.range(now - months..now).map(|(_, answer)| *answer).collect();
        let needed = months as usize / 2;
        let usual = median(&past).filter(|_| past.len() >= needed);
        let usual = usual.ok_or(Refusal::TooFew { what: format!("past of {SURVEY}"), got: past.len(), needed })?;
        let evidence = vec![
            Evidence::read("households' survey, 1 year", answer, "%", &SURVEY.into(), month_start(now)),
            Evidence::derived("its median of the years before", usual, "%", &SURVEY.into(), month_start(now - 1)),
        ];
        Ok(Gap { name: "survey", weight: params.gaps.survey, gap_pp: answer - usual, evidence })
    }
}

impl Model for UsTrend {
    fn id(&self) -> &'static str {
        "inflation.us_trend"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [CORE_PCE, SUPERCORE, SURVEY].into_iter().chain(BREAKEVENS).map(SeriesId::new).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let series = fresh_past(view, CORE_PCE, params.max_age_days)?;
        let index: Monthly = last_of_month(&series);
        let rate = |months| {
            newest(&index).and_then(|(now, _)| annualised_change(&index, now, months)).ok_or(Refusal::TooFew {
                what: CORE_PCE.to_owned(),
                got: index.len(),
                needed: 13,
            })
        };
        let (three, six, twelve) = (rate(3)?, rate(6)?, rate(12)?);
        let (period, level) = series.last().ok_or_else(|| Refusal::Unavailable(format!("{CORE_PCE} is empty")))?;
        let period = month_start(crate::monthly::month_number(period));
        let core = Gap {
            name: "core",
            weight: params.gaps.core,
            gap_pp: 100.0 * ((three + six) / 2.0 - params.goal),
            evidence: vec![
                Evidence::read("core PCE price index", level, "index", &series.id, period),
                Evidence::computed("core PCE, 3 months annualised", 100.0 * three, "%"),
                Evidence::computed("core PCE, 6 months annualised", 100.0 * six, "%"),
                Evidence::computed("core PCE, 12 months", 100.0 * twelve, "%"),
                Evidence::computed("goal (parameter)", 100.0 * params.goal, "%"),
            ],
        };
        let one = |name: &str, answer: Result<Gap, Refusal>| match answer {
            Ok(gap) => (Some(gap), Vec::new()),
            Err(why) => (None, vec![format!("{name} ({why})")]),
        };
        let (mut gaps, mut missing) = (vec![core], Vec::new());
        let others = [one("supercore", self.supercore(view)), self.breakevens(view), one("survey", self.survey(view))];
        for (gap, absent) in others {
            gaps.extend(gap);
            missing.extend(absent);
        }
        let weight: f64 = gaps.iter().map(|gap| gap.weight).sum();
        let GapWeights { core, supercore, breakevens, survey } = params.gaps;
        let share = weight / (core + supercore + breakevens + survey);
        let mean = gaps.iter().map(|gap| gap.weight * gap.gap_pp).sum::<f64>() / weight;
        let gap_pp = plausible("US inflation trend minus goal (pp)", mean, params.limit_pp)?;
        let noise_pp = 100.0 * (three - six);
        let confidence = precision(noise_pp, params.noise_pp)
            * freshness(age_days(view, &series.id, period), 62, params.max_age_days)
            * (0.5 + 0.5 * share);
        let mut diagnostics =
            BTreeMap::from([("share_of_weight".to_owned(), share), ("three_minus_six_months_pp".to_owned(), noise_pp)]);
        diagnostics.extend(gaps.iter().map(|gap| (format!("gap_pp.{}", gap.name), gap.gap_pp)));
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Inflation,
            subject: "us.inflation_pressure".to_owned(),
            value: gap_pp,
            unit: "pp over goal".to_owned(),
            score: squash(gap_pp, params.tolerance_pp),
            confidence: confidence.clamp(0.0, 1.0),
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence: gaps.into_iter().flat_map(|gap| gap.evidence).collect(),
            diagnostics,
        };
        let features =
            BTreeMap::from([("us.core_pce_12m".to_owned(), twelve), ("us.core_pce_3m_saar".to_owned(), three)]);
        let mut flags = vec![latest_revision(self.id(), CORE_PCE)];
        if !missing.is_empty() {
            flags.push(Flag::missing(format!("{}: without {}", self.id(), missing.join(", "))));
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_index_has_its_own_rate_at_every_window() {
        let index: Monthly = (0..13).map(|month| (month, 100.0 * 1.03_f64.powf(f64::from(month) / 12.0))).collect();
        for months in [3, 6, 12] {
            assert!((annualised_change(&index, 12, months).unwrap() - 0.03).abs() < 1e-12);
        }
        assert_eq!(annualised_change(&index, 12, 24), None);
    }

    #[test]
    fn three_months_annualised_follow_the_published_convention() {
        // The convention of the BEA: (x[t] / x[t-3])^4 - 1; 1 % in a quarter is 4.06 % a year.
        let index = Monthly::from([(0, 100.0), (3, 101.0)]);
        assert!((annualised_change(&index, 3, 3).unwrap() - 0.040_604_01).abs() < 1e-12);
    }

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }
}
