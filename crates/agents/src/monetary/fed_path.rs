//! The fed funds rate after each FOMC meeting that the short end of the Treasury curve implies, against the rule.
//!
//! ```text
//! implied[k]  flat between effective dates, solved from bills of 1, 3 and 6 months and notes of 1 and 2 years
//! value       = mean over the meetings of a year of (rule[k] - implied[k])          percentage points
//! ```
//!
//! Bills are bond-equivalent simple yields (act/365), the notes semiannual par bonds bootstrapped on the half-year bill.
//! `rule[k]` is the Taylor rule of [`taylor_us`](super::taylor_us) smoothed from today's funds rate. + means the market
//! prices a lower funds rate than the rule: priced too loose. Score: `tanh(value / 2 pp)`. Funds are quoted act/360.
//!
//! **Caveat.** A Treasury yield is not an expectation of the funds rate: it holds a term premium (small inside a year), the
//! specialness of bills (they trade some 5 to 20 points of a percent off the overnight rate, more when collateral is
//! scarce), and a convexity term that is below a tenth of a basis point at these maturities and is ignored. Futures on the
//! funds rate would be better and are not in the catalogue. With four or five vertices a year, neighbouring meetings often
//! share a rate. Hence weight 0.25 and a base confidence of 0.5.
//!
//! Source: Gürkaynak, Sack and Swanson (2007), JBES 25, on market measures of policy expectations.

use std::collections::BTreeMap;

use chrono::Months;
use market::curves::{CurveError, UstParCurve, ust_par_curve_history};
use market::{AsOf, CalendarId, SeriesId};
use serde::{Deserialize, Serialize};

use super::meeting_path::{Spacing, inertial_rate, steps};
use super::taylor_us::{FED_FUNDS, TaylorUs};
use crate::config::Implications;
use crate::meetings::Committee;
use crate::reading::{plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Model, Refusal, Strength, implications};

/// Parameters of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FedPathParams {
    /// Weight among the monetary models.
    pub weight: f64,
    /// Fewest meetings within a year that the curve must reach.
    pub min_meetings: usize,
    /// Difference at which the score reaches 0.76, in percentage points.
    pub scale_pp: f64,
    /// A difference beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Confidence before the rule's own error.
    pub base_confidence: f64,
    /// Oldest acceptable curve, in sessions of the bond market.
    pub max_curve_age_sessions: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for FedPathParams {
    fn default() -> Self {
        Self {
            weight: 0.25,
            min_meetings: 4,
            scale_pp: 2.0,
            limit_pp: 15.0,
            base_confidence: 0.5,
            max_curve_age_sessions: 5,
            implications: implications::us_policy_too_loose(),
        }
    }
}

/// `(years, -ln D)` of bills up to half a year and of par notes of one and two years.
pub fn log_discounts(curve: &UstParCurve) -> Vec<(f64, f64)> {
    let mut found: Vec<(f64, f64)> = curve
        .vertices()
        .iter()
        .filter(|(years, _)| *years < 0.5 + 1e-9)
        .map(|&(years, bill)| (years, (bill * years).ln_1p()))
        .collect();
    let Some(half) = curve.published(0.5) else { return found };
    let mut annuity = 1.0 / (1.0 + 0.5 * half);
    for (years, needed) in [(1.0, true), (1.5, false), (2.0, true)] {
        let (Ok(par), published) = (curve.par_yield(years), curve.published(years).is_some()) else { break };
        let discount = (1.0 - 0.5 * par * annuity) / (1.0 + 0.5 * par);
        if needed && !published || discount <= 0.0 {
            break;
        }
        annuity += discount;
        if published {
            found.push((years, -discount.ln()));
        }
    }
    found
}

/// Within a week of an effective date a bill says little about it; eight meetings a year.
const SPACING: Spacing = Spacing { least: 7.0 / 365.0, usual: 1.0 / 8.0 };

/// The overnight rate (act/360) that compounds daily to a log rate per year of 365 days, decimal.
pub fn overnight(log_rate: f64) -> f64 {
    360.0 * (log_rate / 365.0).exp_m1()
}

/// The model on the view.
pub(crate) struct FedPath {
    pub(crate) params: FedPathParams,
    /// The rule of the comparison.
    pub(crate) rule: TaylorUs,
}

impl Model for FedPath {
    fn id(&self) -> &'static str {
        "monetary.fed_path"
    }

    fn weight(&self) -> f64 {
        self.params.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        self.rule.inputs().into_iter().chain([SeriesId::new("US_PAR_*")]).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.params;
        let calendars = view.calendars();
        let oldest = calendars.business_days_before(CalendarId::Sifma, view.date(), params.max_curve_age_sessions);
        let (date, curve) = ust_par_curve_history(view, oldest).pop_last().ok_or(CurveError::Stale {
            curve: "UST_PAR",
            oldest,
            tried: "US_PAR_*",
        })?;
        let curve = curve?;
        let rule = self.rule.call(view)?;
        let funds = rule.funds_pct.1 / 100.0;
        let meetings: Vec<_> = Committee::Fomc
            .expected(view, date)
            .into_iter()
            .take_while(|meeting| meeting.decision < date + Months::new(12))
            .map(|meeting| (meeting.decision, meeting.effective))
            .collect();
        let times: Vec<f64> = meetings.iter().map(|(_, day)| (*day - date).num_days() as f64 / 365.0).collect();
        let vertices = log_discounts(&curve);
        let today = 365.0 * (funds / 360.0).ln_1p();
        let implied: Vec<f64> =
            steps(&vertices, &times, today, SPACING).into_iter().map_while(|rate| rate.map(overnight)).collect();
        if implied.len() < params.min_meetings.max(1) {
            let end = Committee::Fomc.calendar_end(view);
            let what = format!("FOMC meetings that the Treasury curve of {date} reaches ({end})");
            return Err(Refusal::TooFew { what, got: implied.len(), needed: params.min_meetings.max(1) });
        }
        let Some(last) = Committee::Fomc.last_decision(view) else {
            return Err(Refusal::Unavailable("no FOMC meeting on or before the date is known".to_owned()));
        };
        let smoothing = self.rule.0.smoothing;
        let called: Vec<f64> = meetings
            .iter()
            .take(implied.len())
            .map(|(decision, _)| (*decision - last).num_days() as f64)
            .map(|days| inertial_rate(funds, rule.rate, smoothing, days))
            .collect();
        let gap = called.iter().zip(&implied).map(|(rule, implied)| rule - implied).sum::<f64>() / called.len() as f64;
        let value = plausible("rule minus implied fed funds (pp)", 100.0 * gap, params.limit_pp)?;
        let error_pp = 100.0 * rule.standard_error;
        let confidence = params.base_confidence * precision(error_pp, params.scale_pp);
        let mut evidence = vec![
            Evidence::read("effective fed funds rate", rule.funds_pct.1, "% p.a.", &FED_FUNDS.into(), rule.funds_pct.0),
            Evidence::computed("rate called for by the rule", 100.0 * rule.rate, "% p.a."),
        ];
        for (rate, (decision, _)) in implied.iter().zip(&meetings) {
            evidence.push(Evidence::computed(format!("fed funds implied after {decision}"), 100.0 * rate, "% p.a."));
        }
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Monetary,
            subject: "us.policy_too_loose".to_owned(),
            value,
            unit: "pp, rule minus curve".to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 90,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("curve_age_days".to_owned(), (view.date() - date).num_days() as f64),
                ("meetings".to_owned(), implied.len() as f64),
                ("standard_error_pp".to_owned(), error_pp),
                ("vertices".to_owned(), vertices.len() as f64),
            ]),
        };
        let last = implied.len() - 1;
        let features = BTreeMap::from([
            ("us.implied_funds_last_meeting".to_owned(), implied[last]),
            ("us.implied_funds_next_change".to_owned(), implied[0] - funds),
            ("us.rule_funds_last_meeting".to_owned(), called[last]),
        ]);
        Ok(Finding { signals: vec![signal], features, flags: rule.flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bills_and_notes_are_discounted_as_they_are_quoted() {
        let date = "2026-03-31".parse().unwrap();
        let quotes = [(1.0 / 12.0, 0.037), (0.25, 0.0365), (0.5, 0.036), (1.0, 0.0355), (2.0, 0.035)];
        let curve = UstParCurve::from_vertices(date, &quotes).unwrap();
        let found = log_discounts(&curve);
        assert_eq!(found.len(), 5);
        assert!((found[1].1 - (1.0 + 0.0365 * 0.25_f64).ln()).abs() < 1e-15);
        // The one-year note is worth par: half a coupon in half a year, the rest in one.
        let d = |k: usize| (-found[k].1).exp();
        assert!((0.5 * 0.0355 * d(2) + (1.0 + 0.5 * 0.0355) * d(3) - 1.0).abs() < 1e-15);
        // So is the two-year note; its coupon in a year and a half is discounted by the interpolated par yield.
        let middle = (1.0 - 0.5 * 0.03525 * (d(2) + d(3))) / (1.0 + 0.5 * 0.03525);
        assert!((0.5 * 0.035 * (d(2) + d(3) + middle) + (1.0 + 0.5 * 0.035) * d(4) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_cut_priced_into_bills_is_read_back() {
        // 4 % until day 50, 3.75 % after it, compounded daily on act/360; bills priced by hand.
        let growth = |days: f64| {
            365.0 * (0.04_f64 / 360.0).ln_1p() * days.min(50.0) / 365.0
                + 365.0 * (0.0375_f64 / 360.0).ln_1p() * (days - 50.0).max(0.0) / 365.0
        };
        let date = "2026-03-31".parse().unwrap();
        let quotes = [1.0 / 12.0, 0.25, 0.5].map(|years: f64| (years, growth(365.0 * years).exp_m1() / years));
        let curve = UstParCurve::from_vertices(date, &quotes).unwrap();
        let today = 365.0 * (0.04_f64 / 360.0).ln_1p();
        let found = steps(&log_discounts(&curve), &[50.0 / 365.0], today, SPACING);
        assert!((overnight(found[0].unwrap()) - 0.0375).abs() < 1e-12);
    }

    #[test]
    fn a_missing_half_year_bill_leaves_out_the_notes() {
        let date = "2026-03-31".parse().unwrap();
        let curve = UstParCurve::from_vertices(date, &[(0.25, 0.0365), (1.0, 0.0355), (2.0, 0.035)]).unwrap();
        assert_eq!(log_discounts(&curve).len(), 1);
    }
}
