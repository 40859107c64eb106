//! Regimes of risk as a Gaussian hidden Markov model on weekly returns and volatility.
//!
//! ```text
//! x_w = ( 100 ln(IBOV_w / IBOV_{w-1}),  ln VIX_w )          last observations of each week
//! x_w | state k  ~  N(mu_k, Sigma_k)         P(state_w = j | state_{w-1} = i) = A_ij
//! value = P(most volatile state | x up to now)           score = 1 - 2 sum_k p_k k/(K-1)
//! ```
//!
//! | choice | why |
//! |---|---|
//! | filtered probabilities | they use the past only; smoothed ones look ahead |
//! | states ordered by the variance of the return | labels never flip between two estimations |
//! | K of 1, 2 or 3 by BIC | with one state there are no regimes: the model abstains |
//! | estimated on the 520 weeks up to the last month end | the parameters of a date are a function of the date alone, and change twelve times a year |
//! | EM from one start, states split by quantiles of the VIX, at most 60 iterations | no seed, bounded time |
//!
//! The current week is read to date: its return is since the last close of the week before, its VIX the newest. What was
//! estimated is remembered by the exact sample it was estimated on, so that dates of one month share it; the memory changes
//! no number.
//!
//! Value: a probability. Score: +1 when surely calm, -1 when surely in the most volatile state. Confidence: 0.5 times the
//! certainty of the state (`(max p - 1/K) / (1 - 1/K)`). At least 156 weeks.
//!
//! Sources: Hamilton (1989), Econometrica 57; Ang and Bekaert (2002), Review of Financial Studies 15; Schwarz (1978) for BIC.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{Datelike, NaiveDate};
use market::{AsOf, Series, SeriesId};
use nalgebra::DMatrix;
use numerics::regimes::{GaussianHmm, MarkovChain};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::reading::fresh_past;
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

const EQUITY: &str = "MK_IBOV_Y";
const VIX: &str = "US_VIX";
/// Estimations remembered.
const REMEMBERED: usize = 4;

/// Parameters of the regime model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegimeModelParams {
    /// Weight among the cross-asset models.
    pub weight: f64,
    /// Weeks in the estimation.
    pub window_weeks: usize,
    /// Fewest weeks.
    pub min_weeks: usize,
    /// Most states tried.
    pub max_states: usize,
    /// Most iterations of EM.
    pub iterations: usize,
    /// Relative gain of the log-likelihood at which EM stops.
    pub tolerance: f64,
    /// Confidence when the state is certain.
    pub base_confidence: f64,
    /// Oldest acceptable observation, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for RegimeModelParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            window_weeks: 520,
            min_weeks: 156,
            max_states: 3,
            iterations: 60,
            tolerance: 1e-7,
            base_confidence: 0.5,
            max_age_days: 12,
            implications: implications::risk_appetite(),
        }
    }
}

/// An estimated model.
#[derive(Debug, Clone, PartialEq)]
pub struct RegimeFit {
    /// The model, states from calm to volatile.
    pub model: GaussianHmm,
    /// Bayesian information criterion by number of states, from one; `None` where EM collapsed. The smallest was chosen.
    pub bic: Vec<Option<f64>>,
}

impl RegimeFit {
    /// Number of states.
    pub fn states(&self) -> usize {
        self.model.chain.states()
    }
}

/// Estimates the model on rows of `(return in percent, log volatility)` for one to `max_states` states and keeps the number
/// with the smallest BIC.
///
/// # Errors
/// Those of EM with one state: a sample that is too short, constant or not a number.
pub fn estimate(rows: &[[f64; 2]], params: &RegimeModelParams) -> Result<RegimeFit, Refusal> {
    let refuse = Refusal::estimating("regimes of risk");
    let x = design(rows);
    let mut best: Option<(f64, GaussianHmm)> = None;
    let mut bic = Vec::new();
    for states in 1..=params.max_states.max(1) {
        let run = start(rows, states).em(&x, params.iterations, Some(params.tolerance));
        let run = match run {
            Ok(run) => run,
            Err(error) if states == 1 => return Err(refuse(error)),
            Err(_) => {
                bic.push(None);
                continue;
            }
        };
        // Means, covariances, transition and start: 2 K + 3 K + K (K - 1) + (K - 1).
        let parameters = (5 * states + states * states - 1) as f64;
        let criterion = parameters * (rows.len() as f64).ln() - 2.0 * run.log_likelihood;
        bic.push(Some(criterion));
        if best.as_ref().is_none_or(|(smallest, _)| criterion < *smallest) {
            best = Some((criterion, run.model));
        }
    }
    let (_, model) = best.ok_or_else(|| Refusal::Unavailable("regimes of risk: no model was estimated".to_owned()))?;
    Ok(RegimeFit { model: by_volatility(&model), bic })
}

/// Probabilities of the states at the last row, given the rows up to it.
///
/// # Errors
/// Those of the filter.
pub fn filtered(model: &GaussianHmm, rows: &[[f64; 2]]) -> Result<Vec<f64>, Refusal> {
    let posterior = model.posterior(&design(rows)).map_err(Refusal::estimating("regimes of risk"))?;
    let last = posterior.filtered.nrows().saturating_sub(1);
    Ok(posterior.filtered.row(last).iter().copied().collect())
}

fn design(rows: &[[f64; 2]]) -> DMatrix<f64> {
    DMatrix::from_fn(rows.len(), 2, |row, column| rows[row][column])
}

/// The start of EM: rows split into equal groups by volatility, a sticky chain.
fn start(rows: &[[f64; 2]], states: usize) -> GaussianHmm {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| rows[a][1].total_cmp(&rows[b][1]));
    let group = |k: usize| &order[k * rows.len() / states..(k + 1) * rows.len() / states];
    let mean = |k: usize, j: usize| group(k).iter().map(|&t| rows[t][j]).sum::<f64>() / group(k).len().max(1) as f64;
    let means = DMatrix::from_fn(states, 2, mean);
    let covariance = |k: usize| {
        DMatrix::from_fn(2, 2, |i, j| {
            let product = |&t: &usize| (rows[t][i] - means[(k, i)]) * (rows[t][j] - means[(k, j)]);
            group(k).iter().map(product).sum::<f64>() / group(k).len().max(1) as f64
        })
    };
    const STAY: f64 = 0.95;
    let transition = DMatrix::from_fn(states, states, |i, j| match states {
        1 => 1.0,
        _ if i == j => STAY,
        _ => (1.0 - STAY) / (states - 1) as f64,
    });
    let covariances = (0..states).map(covariance).collect();
    GaussianHmm { chain: MarkovChain { start: vec![1.0 / states as f64; states], transition }, means, covariances }
}

/// States from the smallest variance of the return to the largest.
fn by_volatility(model: &GaussianHmm) -> GaussianHmm {
    let k = model.chain.states();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| model.covariances[a][(0, 0)].total_cmp(&model.covariances[b][(0, 0)]));
    GaussianHmm {
        chain: MarkovChain {
            start: order.iter().map(|&state| model.chain.start[state]).collect(),
            transition: DMatrix::from_fn(k, k, |i, j| model.chain.transition[(order[i], order[j])]),
        },
        means: model.means.select_rows(&order),
        covariances: order.iter().map(|&state| model.covariances[state].clone()).collect(),
    }
}

/// The last observation of each ISO week, by the week's Monday.
fn by_week(series: &Series) -> BTreeMap<NaiveDate, (NaiveDate, f64)> {
    let monday = |date: NaiveDate| date - chrono::Days::new(u64::from(date.weekday().num_days_from_monday()));
    series.iter().filter(|(_, level)| *level > 0.0).map(|(date, level)| (monday(date), (date, level))).collect()
}

/// Rows by week, oldest first: the day of the newest observation in the week, and the row.
fn weekly_rows(equity: &Series, vix: &Series) -> Vec<(NaiveDate, [f64; 2])> {
    let (equity, vix) = (by_week(equity), by_week(vix));
    let weeks: Vec<NaiveDate> = equity.keys().filter(|week| vix.contains_key(week)).copied().collect();
    let row = |pair: &[NaiveDate]| {
        let consecutive = (pair[1] - pair[0]).num_days() == 7;
        let ((_, before), (day, now), (vix_day, volatility)) = (equity[&pair[0]], equity[&pair[1]], vix[&pair[1]]);
        consecutive.then(|| (day.max(vix_day), [100.0 * (now / before).ln(), volatility.ln()]))
    };
    weeks.windows(2).filter_map(row).collect()
}

/// The model on the view.
pub(crate) struct RegimeSwitching {
    params: RegimeModelParams,
    remembered: Mutex<VecDeque<Remembered>>,
}

/// A sample and what was estimated on it.
type Remembered = (Vec<[f64; 2]>, Arc<RegimeFit>);

impl RegimeSwitching {
    pub(crate) fn new(params: RegimeModelParams) -> Self {
        Self { params, remembered: Mutex::default() }
    }

    fn estimated(&self, sample: &[[f64; 2]]) -> Result<Arc<RegimeFit>, Refusal> {
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, fit)) = remembered().iter().find(|(rows, _)| rows == sample) {
            return Ok(Arc::clone(fit));
        }
        let fit = Arc::new(estimate(sample, &self.params)?);
        let mut held = remembered();
        held.push_front((sample.to_vec(), Arc::clone(&fit)));
        held.truncate(REMEMBERED);
        Ok(fit)
    }
}

impl Model for RegimeSwitching {
    fn id(&self) -> &'static str {
        "cross_asset.regime_model"
    }

    fn weight(&self) -> f64 {
        self.params.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [EQUITY, VIX].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.params;
        let equity = fresh_past(view, EQUITY, params.max_age_days)?;
        let vix = fresh_past(view, VIX, params.max_age_days)?;
        let (equity_last, vix_last) = (equity.last(), vix.last());
        let rows = weekly_rows(&equity, &vix);
        let month = view.date().with_day(1).unwrap_or(view.date());
        // A week belongs to the sample when its last day is in a month that has ended.
        let complete = rows.partition_point(|(day, _)| *day < month);
        let sample: Vec<[f64; 2]> =
            rows[complete - complete.min(params.window_weeks)..complete].iter().map(|(_, row)| *row).collect();
        if sample.len() < params.min_weeks {
            let what = format!("weeks shared by {EQUITY} and {VIX}");
            return Err(Refusal::TooFew { what, got: sample.len(), needed: params.min_weeks });
        }
        let fit = self.estimated(&sample)?;
        let states = fit.states();
        if states == 1 {
            return Err(Refusal::DoesNotHold(format!(
                "one state fits {EQUITY} and {VIX} best over {} weeks: there are no regimes",
                sample.len()
            )));
        }
        let since: Vec<[f64; 2]> = sample.iter().copied().chain(rows[complete..].iter().map(|(_, row)| *row)).collect();
        let probabilities = filtered(&fit.model, &since)?;
        let top = (states - 1) as f64;
        let rank: f64 = probabilities.iter().enumerate().map(|(k, p)| p * k as f64 / top).sum();
        let even = 1.0 / states as f64;
        let certainty = (probabilities.iter().copied().fold(0.0, f64::max) - even) / (1.0 - even);
        let confidence = params.base_confidence * certainty.clamp(0.0, 1.0);
        let volatile = probabilities[states - 1];

        let mut evidence = Vec::new();
        for (name, unit, last, id) in [("Ibovespa", "points", equity_last, EQUITY), ("VIX", "index", vix_last, VIX)] {
            if let Some((day, level)) = last {
                evidence.push(Evidence::read(name, level, unit, &id.into(), day));
            }
        }
        let mut diagnostics =
            BTreeMap::from([("states".to_owned(), states as f64), ("weeks".to_owned(), sample.len() as f64)]);
        for (k, criterion) in fit.bic.iter().enumerate() {
            diagnostics.extend(criterion.map(|criterion| (format!("bic.{}", k + 1), criterion)));
        }
        for (k, probability) in probabilities.iter().enumerate() {
            let volatility = (52.0 * fit.model.covariances[k][(0, 0)]).sqrt();
            let name = format!("state {}: yearly volatility of the Ibovespa", k + 1);
            evidence.push(Evidence::computed(name, volatility, "%"));
            diagnostics.insert(format!("probability.{}", k + 1), *probability);
            diagnostics.insert(format!("stay.{}", k + 1), fit.model.chain.transition[(k, k)]);
        }
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::CrossAsset,
            subject: "risk_appetite".to_owned(),
            value: volatile,
            unit: "probability of the most volatile state".to_owned(),
            score: (1.0 - 2.0 * rank).clamp(-1.0, 1.0),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 21,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([("regime_probability_volatile".to_owned(), volatile)]);
        Ok(Finding { signals: vec![signal], features, ..Finding::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_pcg::Pcg64;

    /// A chain that stays with 97 %: calm weeks of 2 % at a VIX of 14, volatile ones of 5 % at a VIX of 30.
    fn world(weeks: usize) -> (Vec<[f64; 2]>, Vec<usize>) {
        let mut rng = Pcg64::seed_from_u64(11);
        let mut state = 0;
        let mut draw = |_| {
            if rng.random::<f64>() < 0.03 {
                state = 1 - state;
            }
            let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
            let row =
                [[0.3, -0.5][state] + [2.0, 5.0][state] * normal(), [14.0_f64, 30.0][state].ln() + 0.2 * normal()];
            (row, state)
        };
        (0..weeks).map(&mut draw).unzip()
    }

    #[test]
    fn two_regimes_are_found_counted_and_ordered() {
        let (rows, truth) = world(520);
        let fit = estimate(&rows, &RegimeModelParams::default()).unwrap();
        assert_eq!(fit.states(), 2, "{:?}", fit.bic);
        let volatility = |k: usize| fit.model.covariances[k][(0, 0)].sqrt();
        assert!((volatility(0) - 2.0).abs() < 0.2 && (volatility(1) - 5.0).abs() < 0.6, "{fit:?}");
        let right = (60..520).step_by(20).filter(|&t| {
            let p = filtered(&fit.model, &rows[..=t]).unwrap();
            usize::from(p[1] > 0.5) == truth[t]
        });
        assert!(right.count() >= 21, "of 23");
    }

    #[test]
    fn one_population_has_one_state() {
        let mut rng = Pcg64::seed_from_u64(3);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let rows: Vec<[f64; 2]> = (0..400).map(|_| [3.0 * normal(), 3.0 + 0.2 * normal()]).collect();
        assert_eq!(estimate(&rows, &RegimeModelParams::default()).unwrap().states(), 1);
    }

    #[test]
    fn the_filter_is_bayes_rule_week_by_week() {
        let (rows, _) = world(200);
        let model = start(&rows, 2);
        let density = |row: &[f64; 2], k: usize| {
            let (mean, c) = (model.means.row(k), &model.covariances[k]);
            let (a, b) = (row[0] - mean[0], row[1] - mean[1]);
            let det = c[(0, 0)] * c[(1, 1)] - c[(0, 1)] * c[(1, 0)];
            let q = (a * a * c[(1, 1)] - 2.0 * a * b * c[(0, 1)] + b * b * c[(0, 0)]) / det;
            (-0.5 * q).exp() / (2.0 * std::f64::consts::PI * det.sqrt())
        };
        let mut p = model.chain.start.clone();
        for (t, row) in rows.iter().enumerate() {
            let a = &model.chain.transition;
            let prior = |j: usize| if t == 0 { p[j] } else { p[0] * a[(0, j)] + p[1] * a[(1, j)] };
            let joint = [prior(0) * density(row, 0), prior(1) * density(row, 1)];
            p = joint.iter().map(|x| x / (joint[0] + joint[1])).collect();
        }
        let got = filtered(&model, &rows).unwrap();
        assert!((got[1] - p[1]).abs() < 1e-9, "{got:?} against {p:?}");
    }

    #[test]
    fn a_week_is_read_to_date_and_not_across_a_hole() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let series = |days: &[&str], values: &[f64]| Series {
            id: "X".into(),
            periods: days.iter().map(|d| day(d)).collect(),
            values: values.to_vec(),
        };
        let days = ["2026-03-06", "2026-03-12", "2026-03-13", "2026-03-17", "2026-03-31"];
        let rows = weekly_rows(&series(&days, &[100.0, 90.0, 110.0, 121.0, 5.0]), &series(&days, &[20.0; 5]));
        assert_eq!(rows.iter().map(|(d, _)| *d).collect::<Vec<_>>(), [day("2026-03-13"), day("2026-03-17")]);
        assert!((rows[1].1[0] - 100.0 * 1.1_f64.ln()).abs() < 1e-12);
    }
}
