//! The neutral real rate of Brazil and how far the Selic is from it.
//!
//! ```text
//! r = (1 + Selic) / (1 + E12) - 1          value = 100 (r* - r)
//! ```
//!
//! `r*` by the state space of [`rstar`](super::rstar) on the monthly ex-ante real rate, with Hamilton's gap of IBC-Br and
//! the distance of the survey from the target as what Copom reacts to. `E12` as in the file `expectations.rs`. Value in
//! percentage points: + means the real rate is below neutral, policy stimulates. Score: `tanh(value / 3 pp)`. Confidence:
//! precision of r* against 2 points, less for an old survey. In months of the sample without a survey the 12-month core
//! stands in for `E12`, and the report says in how many: leaving them out would leave out whole phases of policy (the
//! survey's history has holes) and with them what tells a high neutral rate from a tight one.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use numerics::state_space::LevelCycleFit;
use serde::{Deserialize, Serialize};

use super::rstar::{LastFit, LevelParams, NeutralRate, neutral_rate};
use super::taylor_br::{ACTIVITY, SELIC};
use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::inflation::cores::{self, CoreParams};
use crate::monthly::{Monthly, last_of_month, month_number, month_start};
use crate::output_gap::{GapParams, output_gap};
use crate::reading::{fresh_last, fresh_past, freshness, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// Parameters of the Brazilian r*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RstarBrParams {
    /// Weight among the monetary models: half the Taylor rule's, which uses the same r*.
    pub weight: f64,
    /// The state space.
    pub level: LevelParams,
    /// The output gap.
    pub gap: GapParams,
    /// The cores, for months without a survey.
    pub cores: CoreParams,
    /// Distance from neutral at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// Standard error of r* at which the confidence is halved, in percentage points.
    pub error_scale_pp: f64,
    /// A distance beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Oldest acceptable end of the newest activity print, in days.
    pub max_age_days: u32,
    /// Oldest acceptable Selic target, in days.
    pub max_rate_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for RstarBrParams {
    fn default() -> Self {
        Self {
            weight: 0.5,
            level: LevelParams::default(),
            gap: GapParams::default(),
            cores: CoreParams::default(),
            scale_pp: 3.0,
            error_scale_pp: 2.0,
            limit_pp: 15.0,
            max_survey_age_days: 35,
            max_age_days: 120,
            max_rate_age_days: 7,
            implications: implications::br_policy_too_loose(),
        }
    }
}

/// Declared inputs of the estimate.
pub(super) fn inputs() -> Vec<SeriesId> {
    let own = [SELIC, ACTIVITY].map(SeriesId::new);
    expectations::inputs().into_iter().chain(cores::inputs()).chain(own).collect()
}

/// r*, the fit behind it, and the months in which core inflation stood in for the survey.
pub(super) struct Estimate {
    pub(super) neutral: NeutralRate,
    fit: LevelCycleFit,
    months_on_core: usize,
}

impl Estimate {
    /// What a reader of any model that uses the estimate must see.
    pub(super) fn flags(&self) -> Vec<Flag> {
        let months = self.months_on_core;
        let text = format!("monetary.rstar_br: core inflation stands in for the survey in {months} months");
        (months > 0).then(|| Flag::missing(text)).into_iter().collect()
    }
}

/// The estimate for every model that uses r*.
#[derive(Debug, Clone)]
pub(crate) struct Estimator {
    pub(crate) params: RstarBrParams,
    last_fit: LastFit,
}

impl Estimator {
    pub(crate) fn new(params: RstarBrParams) -> Self {
        Self { params, last_fit: LastFit::default() }
    }
}

/// r* on the view.
pub(super) fn estimate(view: &AsOf, estimator: &Estimator) -> Result<Estimate, Refusal> {
    let params = &estimator.params;
    fresh_last(view, SELIC, params.max_rate_age_days)?;
    let selic = last_of_month(&fresh_past(view, SELIC, params.max_rate_age_days)?);
    let now = month_number(view.date());
    let first = now - params.level.window_months + 1;
    let survey = expectations::by_month(view, first, now);
    let mut expected = survey.clone();
    if let Ok(core) = cores::core_12m(view, &params.cores, params.max_age_days) {
        for (&month, &inflation) in core.inflation.range(first..) {
            expected.entry(month).or_insert(inflation);
        }
    }
    let gap = output_gap(&last_of_month(&fresh_past(view, ACTIVITY, params.max_age_days)?), &params.gap)?;
    let targets = view.series(&TARGET.into())?;
    let (mut real, mut distance, mut months_on_core) = (Monthly::new(), Monthly::new(), 0);
    for (&month, &inflation) in &expected {
        let (Some(rate), Ok((target, _))) = (selic.get(&month), target_on(&targets, month_start(month))) else {
            continue;
        };
        real.insert(month, (1.0 + rate / 100.0) / (1.0 + inflation) - 1.0);
        distance.insert(month, inflation - target);
        months_on_core += usize::from(!survey.contains_key(&month));
    }
    let (neutral, fit) = neutral_rate(&real, &[gap, distance], now, &params.level, &estimator.last_fit)?;
    Ok(Estimate { neutral, fit, months_on_core })
}

/// The model on the view.
pub(crate) struct RstarBr(pub(crate) Estimator);

impl Model for RstarBr {
    fn id(&self) -> &'static str {
        "monetary.rstar_br"
    }

    fn weight(&self) -> f64 {
        self.0.params.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        inputs()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0.params;
        let (set_on, selic_pct) = fresh_last(view, SELIC, params.max_rate_age_days)?;
        let survey = expectations::latest(view, params.max_survey_age_days)?;
        let found = estimate(view, &self.0)?;
        let mut flags = found.flags();
        flags.extend(survey.flag(self.id()));
        let Estimate { neutral, fit, .. } = found;
        let real = (1.0 + selic_pct / 100.0) / (1.0 + survey.value) - 1.0;
        let value = 100.0 * (neutral.rate - real);
        let value = plausible("r* minus the real Selic (pp)", value, params.limit_pp)?;
        let error_pp = 100.0 * neutral.standard_error;
        let age = (view.date() - survey.surveyed).num_days();
        let confidence = precision(error_pp, params.error_scale_pp) * freshness(age, 10, params.max_survey_age_days);
        let mut evidence = vec![
            Evidence::computed("neutral real rate (estimated)", 100.0 * neutral.rate, "% p.a."),
            Evidence::computed("standard error of the neutral rate", error_pp, "pp"),
            Evidence::computed("real Selic, ex ante", 100.0 * real, "% p.a."),
            Evidence::read("Selic target", selic_pct, "% p.a.", &SELIC.into(), set_on),
        ];
        evidence.extend(survey.evidence);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Monetary,
            subject: "br.policy_too_loose".to_owned(),
            value,
            unit: "pp, r* minus real Selic".to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics: diagnostics(&fit, error_pp, ["output_gap", "survey_target"]),
        };
        let features = BTreeMap::from([
            ("br.neutral_real_rate".to_owned(), neutral.rate),
            ("br.neutral_real_rate_se".to_owned(), neutral.standard_error),
        ]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

/// Statistics of the state space, the coefficients under the given names.
pub(super) fn diagnostics(fit: &LevelCycleFit, error_pp: f64, names: [&str; 2]) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::from([
        ("cycle_persistence".to_owned(), fit.persistence),
        ("drift_sd_pp_a_month".to_owned(), 100.0 * (fit.level_ratio * fit.cycle_variance).sqrt()),
        ("months".to_owned(), fit.observations as f64),
        ("standard_error_pp".to_owned(), error_pp),
    ]);
    for ((name, coefficient), se) in names.iter().zip(&fit.coefficients).zip(&fit.coefficient_se) {
        all.insert(format!("coefficient.{name}"), *coefficient);
        all.insert(format!("standard_error.{name}"), *se);
    }
    all
}
