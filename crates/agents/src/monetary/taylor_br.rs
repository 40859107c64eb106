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
//! disinflate respond more, and estimates for Brazil are of this order (Minella et al. 2003). `r*` is a **parameter**, 5 %
//! by default with a standard error of 1.25 points, stated in the evidence; it is not a history of r*, so dates far from
//! today are read with that error in mind. It ends when the state-space estimate arrives.
//!
//! Value in percentage points: + means the Selic is below the rule, policy too loose. Score: `tanh(value / 3 pp)`.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::taylor::{TaylorRule, rule_error};
use crate::config::Implications;
use crate::expectations::{self, TARGET, target_on};
use crate::inflation::cores::{self, CoreParams};
use crate::monthly::{last_of_month, month_start, newest};
use crate::output_gap::{GapParams, output_gap};
use crate::reading::{age_days, fresh_last, fresh_past, freshness, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// The Selic target set by Copom.
pub(super) const SELIC: &str = "BR_SELIC_TARGET";
const ACTIVITY: &str = "BR_IBCBR";

/// Parameters of the Brazilian rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaylorBrParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// The rule.
    pub rule: TaylorRule,
    /// Standard error of the neutral real rate, decimal.
    pub neutral_se: f64,
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

/// The model on the view.
pub(crate) struct TaylorBr(pub(crate) TaylorBrParams);

/// The inflation term of the rule.
struct InflationTerm {
    value: f64,
    id: &'static str,
    discount: f64,
    evidence: Vec<Evidence>,
    flags: Vec<Flag>,
}

impl TaylorBr {
    fn inflation_term(&self, view: &AsOf) -> Result<InflationTerm, Refusal> {
        let params = &self.0;
        let why = match expectations::latest(view, params.max_survey_age_days) {
            Ok(survey) => {
                let mut evidence =
                    vec![Evidence::computed("expected inflation, next 12 months", 100.0 * survey.value, "%")];
                evidence.extend(survey.evidence);
                let (value, id) = (survey.value, "monetary.taylor_br");
                return Ok(InflationTerm { value, id, discount: 1.0, evidence, flags: Vec::new() });
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
        let (set_on, selic_pct) = fresh_last(view, SELIC, params.max_rate_age_days)?;
        let selic = selic_pct / 100.0;
        let (target, target_period) = target_on(&view.series(&TARGET.into())?, view.date())?;
        let activity = fresh_past(view, ACTIVITY, params.max_age_days)?;
        let gaps = output_gap(&last_of_month(&activity), &params.gap)?;
        let Some((gap_month, gap)) = newest(&gaps) else {
            return Err(Refusal::TooFew { what: ACTIVITY.to_owned(), got: 0, needed: 1 });
        };
        let gap = plausible("output gap (decimal)", gap, params.gap.limit)?;
        let term = self.inflation_term(view)?;

        let rule_rate = params.rule.rate(term.value, target, gap);
        let gap_pp = plausible("rule minus Selic (pp)", 100.0 * (rule_rate - selic), params.limit_pp)?;
        let error_pp = 100.0 * rule_error(&params.rule, params.neutral_se, params.gap_se);
        let age = age_days(view, &activity.id, month_start(gap_month));
        let confidence = precision(error_pp, params.scale_pp) * freshness(age, 75, params.max_age_days) * term.discount;

        let mut evidence = vec![
            Evidence::computed("rate called for by the rule", 100.0 * rule_rate, "% p.a."),
            Evidence::read("Selic target", selic_pct, "% p.a.", &SELIC.into(), set_on),
            Evidence::read("inflation target", 100.0 * target, "%", &TARGET.into(), target_period),
            Evidence::computed("neutral real rate (parameter)", 100.0 * params.rule.neutral_real_rate, "% p.a."),
            Evidence::derived("output gap", 100.0 * gap, "%", &activity.id, month_start(gap_month)),
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
                ("inflation_response".to_owned(), params.rule.inflation_response),
                ("output_response".to_owned(), params.rule.output_response),
                ("standard_error_pp".to_owned(), error_pp),
            ]),
        };
        let features = BTreeMap::from([
            ("br.output_gap".to_owned(), gap),
            ("br.policy_rate".to_owned(), selic),
            ("br.real_policy_rate".to_owned(), (1.0 + selic) / (1.0 + term.value) - 1.0),
            ("br.taylor_rate".to_owned(), rule_rate),
        ]);
        Ok(Finding { signals: vec![signal], features, flags: term.flags, regime: None })
    }
}
