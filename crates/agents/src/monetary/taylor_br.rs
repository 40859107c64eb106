//! Taylor rule gap for Brazil: the rate called for, minus the Selic target.
//!
//! ```text
//! i* = r* + E12 + 1.5 (E12 - target) + 0.5 gap          value = 100 (i* - Selic)
//! ```
//!
//! `E12` is the survey of inflation twelve months ahead (see the file `expectations.rs`): Copom responds to the
//! forecast, not to the past. Without a fresh survey the 12-month core stands in, the signal is
//! `monetary.taylor_br_realised` and its confidence is lower. `gap` is Hamilton's gap of IBC-Br.
//!
//! The response of 1.5 comes on top of the one-for-one term, more than Taylor's (1993) 0.5: emerging-market banks that
//! disinflate respond more, and estimates for Brazil are of this order (Minella et al. 2003). `r*` is the state-space
//! estimate of [`rstar_br`] with its standard error; when that abstains, the **parameter** of the rule
//! stands in (5 %, standard error 1.25 points) and the report says why. The features also hold the classic (1993), the
//! balanced (1999) and the inertial form; the inertial one smooths this rule from the Selic of a quarter ago.
//!
//! Value in percentage points: + means the Selic is below the rule, policy too loose. Score: `tanh(value / 3 pp)`.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::rstar::{NeutralRate, estimated_or};
use super::rstar_br::{self, Estimator};
use super::taylor::{SMOOTHING, TaylorRule, rule_error};
use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::inflation::cores::{self, CoreParams};
use crate::monthly::{last_of_month, month_start, newest};
use crate::output_gap::{GapParams, output_gap};
use crate::reading::{age_days, fresh_last, fresh_past, freshness, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// The Selic target set by Copom.
pub(super) const SELIC: &str = "BR_SELIC_TARGET";
/// Activity.
pub(super) const ACTIVITY: &str = "BR_IBCBR";

/// Parameters of the Brazilian rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaylorBrParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// The rule; its neutral rate is used when none is estimated.
    pub rule: TaylorRule,
    /// Standard error of that neutral real rate, decimal.
    pub neutral_se: f64,
    /// Smoothing of the inertial form, a quarter.
    pub smoothing: f64,
    /// Standard error of the output gap, decimal.
    pub gap_se: f64,
    /// Gap at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// A gap beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Oldest acceptable end of a monthly print, in days.
    pub max_age_days: u32,
    /// Oldest acceptable Selic target, in days.
    pub max_rate_age_days: u32,
    /// Factor on the confidence without a survey.
    pub realised_discount: f64,
    /// The cores, for the specification without a survey.
    pub cores: CoreParams,
    /// The output gap.
    pub gap: GapParams,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for TaylorBrParams {
    fn default() -> Self {
        Self {
            weight: 1.0,
            rule: TaylorRule { neutral_real_rate: 0.05, inflation_response: 1.5, output_response: 0.5 },
            neutral_se: 0.0125,
            smoothing: SMOOTHING,
            gap_se: 0.015,
            scale_pp: 3.0,
            limit_pp: 15.0,
            max_survey_age_days: 35,
            max_age_days: 120,
            max_rate_age_days: 7,
            realised_discount: 0.7,
            cores: CoreParams::default(),
            gap: GapParams::default(),
            implications: implications::br_policy_too_loose(),
        }
    }
}

/// The model on the view; r* is estimated when its estimator is given.
#[derive(Clone)]
pub(crate) struct TaylorBr(pub(crate) TaylorBrParams, pub(crate) Option<Estimator>);

/// What the rule says on a view.
pub(super) struct RuleCall {
    /// Rate called for, decimal.
    pub(super) rate: f64,
    /// Its standard error from r* and the gap, decimal.
    pub(super) standard_error: f64,
    /// Selic target as published, and the day since which it holds.
    pub(super) selic_pct: (NaiveDate, f64),
    target: (NaiveDate, f64),
    gap: (NaiveDate, f64),
    gap_age: i64,
    rule: TaylorRule,
    neutral: Evidence,
    term: InflationTerm,
    pub(super) flags: Vec<Flag>,
}

/// The inflation term of the rule.
struct InflationTerm {
    value: f64,
    id: &'static str,
    discount: f64,
    evidence: Vec<Evidence>,
    flags: Vec<Flag>,
}

impl TaylorBr {
    /// The rule with everything it rests on.
    pub(super) fn call(&self, view: &AsOf) -> Result<RuleCall, Refusal> {
        let Self(params, rstar) = self;
        let (set_on, selic_pct) = fresh_last(view, SELIC, params.max_rate_age_days)?;
        let (target, target_period) = target_on(&view.series(&TARGET.into())?, view.date())?;
        let activity = fresh_past(view, ACTIVITY, params.max_age_days)?;
        let gaps = output_gap(&last_of_month(&activity), &params.gap)?;
        let Some((gap_month, gap)) = newest(&gaps) else {
            return Err(Refusal::TooFew { what: ACTIVITY.to_owned(), got: 0, needed: 1 });
        };
        let gap = plausible("output gap (decimal)", gap, params.gap.limit)?;
        let term = self.inflation_term(view)?;
        let parameter = NeutralRate { rate: params.rule.neutral_real_rate, standard_error: params.neutral_se };
        let estimate = rstar
            .as_ref()
            .map(|rstar| rstar_br::estimate(view, rstar).map(|found| (found.neutral.clone(), found.flags())));
        let used = estimated_or(estimate, parameter, "monetary.taylor_br");
        let flags = used.flags.into_iter().chain(term.flags.iter().cloned()).collect();
        let rule = TaylorRule { neutral_real_rate: used.neutral.rate, ..params.rule };
        Ok(RuleCall {
            rate: rule.rate(term.value, target, gap),
            standard_error: rule_error(&rule, used.neutral.standard_error, params.gap_se),
            selic_pct: (set_on, selic_pct),
            target: (target_period, target),
            gap: (month_start(gap_month), gap),
            gap_age: age_days(view, &activity.id, month_start(gap_month)),
            rule,
            neutral: used.evidence,
            term,
            flags,
        })
    }

    fn inflation_term(&self, view: &AsOf) -> Result<InflationTerm, Refusal> {
        let params = &self.0;
        let why = match expectations::latest(view, params.max_survey_age_days) {
            Ok(survey) => {
                let mut evidence =
                    vec![Evidence::computed("expected inflation, next 12 months", 100.0 * survey.value, "%")];
                let flags = survey.flag("monetary.taylor_br").into_iter().collect();
                evidence.extend(survey.evidence);
                let (value, id) = (survey.value, "monetary.taylor_br");
                return Ok(InflationTerm { value, id, discount: 1.0, evidence, flags });
            }
            Err(refusal) => refusal,
        };
        let core = cores::core_12m(view, &params.cores, params.max_age_days)?;
        let Some((_, value)) = newest(&core.inflation) else { return Err(why) };
        let mut evidence = vec![Evidence::computed("core inflation, last 12 months", 100.0 * value, "%")];
        evidence.extend(core.evidence());
        let mut flags = core.flags;
        flags.push(Flag::missing(format!(
            "monetary.taylor_br_realised: realised core inflation in the rule, for {why}"
        )));
        Ok(InflationTerm {
            value,
            id: "monetary.taylor_br_realised",
            discount: params.realised_discount,
            evidence,
            flags,
        })
    }
}

impl Model for TaylorBr {
    fn id(&self) -> &'static str {
        "monetary.taylor_br"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let own = [SELIC, ACTIVITY].map(SeriesId::new);
        expectations::inputs().into_iter().chain(cores::inputs()).chain(own).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let RuleCall { rate, standard_error, selic_pct, target, gap, gap_age, rule, neutral, term, flags } =
            self.call(view)?;
        let selic = selic_pct.1 / 100.0;
        let gap_pp = plausible("rule minus Selic (pp)", 100.0 * (rate - selic), params.limit_pp)?;
        let error_pp = 100.0 * standard_error;
        let confidence =
            precision(error_pp, params.scale_pp) * freshness(gap_age, 75, params.max_age_days) * term.discount;
        // The inertial form starts from the rate of a quarter ago; without one it is left out.
        let selics = fresh_past(view, SELIC, params.max_rate_age_days)?;
        let quarter_ago = view.date().checked_sub_days(Days::new(91)).unwrap_or(NaiveDate::MIN);
        let previous = selics.at_or_before(quarter_ago).map(|(_, percent)| percent / 100.0);

        let mut evidence = vec![
            Evidence::computed("rate called for by the rule", 100.0 * rate, "% p.a."),
            Evidence::read("Selic target", selic_pct.1, "% p.a.", &SELIC.into(), selic_pct.0),
            Evidence::read("inflation target", 100.0 * target.1, "%", &TARGET.into(), target.0),
            neutral,
            Evidence::derived("output gap", 100.0 * gap.1, "%", &ACTIVITY.into(), gap.0),
        ];
        evidence.extend(term.evidence);
        let signal = AgentSignal {
            id: term.id.to_owned(),
            agent: AgentId::Monetary,
            subject: "br.policy_too_loose".to_owned(),
            value: gap_pp,
            unit: "pp, rule minus Selic".to_owned(),
            score: squash(gap_pp, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 180,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("inflation_response".to_owned(), rule.inflation_response),
                ("neutral_real_rate".to_owned(), rule.neutral_real_rate),
                ("output_response".to_owned(), rule.output_response),
                ("smoothing_a_quarter".to_owned(), params.smoothing),
                ("standard_error_pp".to_owned(), error_pp),
            ]),
        };
        let mut features = BTreeMap::from([
            ("br.output_gap".to_owned(), gap.1),
            ("br.policy_rate".to_owned(), selic),
            ("br.real_policy_rate".to_owned(), (1.0 + selic) / (1.0 + term.value) - 1.0),
            ("br.taylor_rate".to_owned(), rate),
        ]);
        let forms = rule.prescriptions(term.value, target.1, gap.1, previous.unwrap_or(f64::NAN), params.smoothing);
        features.insert("br.taylor_balanced".to_owned(), forms.balanced);
        features.insert("br.taylor_classic".to_owned(), forms.classic);
        if previous.is_some() {
            features.insert("br.taylor_inertial".to_owned(), forms.inertial);
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}
