//! Debt sustainability for Brazil: gross general government debt over the next five years.
//!
//! ```text
//! d[t] = d[t-1] (1 + i) / ((1 + g)(1 + pi)) - pb          see [`dynamics`](super::dynamics)
//! ```
//!
//! | input | preferred | otherwise, named in the id and trusted less |
//! |---|---|---|
//! | debt | DBGG over GDP (SGS 13762) | abstain |
//! | interest rate | mean of the Selic path of the annual survey | today's Selic, held |
//! | growth and deflator | annual survey of GDP and IPCA | yearly mean of nominal GDP over five years, held |
//! | primary balance | annual survey, else SGS 5793 with its sign turned (it is a borrowing requirement) | what the debt identity leaves over, last 12 months |
//!
//! Survey years are interpolated to 12-month steps from today and the last known year is held. The identity's balance holds
//! everything that is not interest at the Selic (debt at other rates, stock-flow adjustments): it is consistent with the
//! interest rate used here and is not the official primary balance. Signal ids: `fiscal.debt`, and `fiscal.debt_proxies`
//! when anything in the last column was used.
//!
//! Value: baseline change of debt over five years in points of GDP; + is stress. Score: `tanh(value / 10)`. Scenarios
//! (parameters) move interest, growth and balance; confidence falls when they disagree on the sign.
//!
//! Source: IMF, Staff Guidance Note for Public DSA in Market-Access Countries (2013).

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use super::dynamics::{DebtYear, debt_path, implied_primary};
use crate::config::Implications;
use crate::expectations::{IPCA_ANNUAL, annual_path, share_left};
use crate::monthly::{Monthly, last_of_month, month_number, month_start, moving_sum, newest};
use crate::policy_path::PolicyPath;
use crate::reading::{age_days, fresh_last, fresh_past, freshness, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const DEBT: &str = "BR_DBGG_GDP";
/// Monthly nominal GDP in reais. The catalogue also has a 12-month sum (SGS 4382), whose figures are in dollars.
const NOMINAL_GDP: &str = "BR_GDP_MONTHLY";
const SELIC: &str = "BR_SELIC_TARGET";
const BORROWING_12M: &str = "BR_PRIMARY_PS_12M_GDP";
const SURVEY_SELIC: &str = "BR_FOCUS_SELIC_ANNUAL";
const SURVEY_GDP: &str = "BR_FOCUS_GDP_ANNUAL";
const SURVEY_PRIMARY: &str = "BR_FOCUS_PRIMARY_ANNUAL";

/// Years projected.
const YEARS: usize = 5;

/// What a scenario adds to the baseline in every year, decimals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Added to the interest rate.
    pub rate: f64,
    /// Added to real growth.
    pub growth: f64,
    /// Added to the primary balance in the first year, and again in each later year up to `primary_years`.
    pub primary_step: f64,
    /// Years over which the balance moves.
    pub primary_years: u32,
}

impl Scenario {
    fn apply(&self, years: &[DebtYear]) -> Vec<DebtYear> {
        let moved = |(t, year): (usize, &DebtYear)| DebtYear {
            rate: year.rate + self.rate,
            growth: year.growth + self.growth,
            primary: year.primary + self.primary_step * (t as f64 + 1.0).min(f64::from(self.primary_years)),
            ..*year
        };
        years.iter().enumerate().map(moved).collect()
    }
}

/// Parameters of the projection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DebtParams {
    /// Weight among the fiscal models.
    pub weight: f64,
    /// Change over five years at which the score reaches 0.76, in points of GDP.
    pub scale_pp: f64,
    /// A change beyond this is refused, in points of GDP.
    pub limit_pp: f64,
    /// Confidence with every preferred input, fresh, and scenarios that agree.
    pub base_confidence: f64,
    /// Factor for each input replaced.
    pub proxy_discount: f64,
    /// Oldest acceptable end of the debt figure, in days.
    pub max_age_days: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Consolidation of half a point of GDP a year for four years.
    pub adjustment: Scenario,
    /// Higher rates, lower growth, a weaker balance.
    pub stress: Scenario,
    /// Lower rates, higher growth.
    pub tailwind: Scenario,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for DebtParams {
    fn default() -> Self {
        Self {
            weight: 1.0,
            scale_pp: 10.0,
            limit_pp: 25.0,
            base_confidence: 0.8,
            proxy_discount: 0.8,
            max_age_days: 100,
            max_survey_age_days: 60,
            adjustment: Scenario { rate: 0.0, growth: 0.0, primary_step: 0.005, primary_years: 4 },
            stress: Scenario { rate: 0.02, growth: -0.01, primary_step: -0.005, primary_years: 1 },
            tailwind: Scenario { rate: -0.01, growth: 0.01, primary_step: 0.0, primary_years: 0 },
            implications: implications::fiscal_stress(),
        }
    }
}

/// The model on the view.
pub(crate) struct Debt(pub(crate) DebtParams);

/// Inputs gathered on the way to the projection.
#[derive(Default)]
struct Gathered {
    evidence: Vec<Evidence>,
    proxies: Vec<String>,
}

impl Model for Debt {
    fn id(&self) -> &'static str {
        "fiscal.debt"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let fixed = [DEBT, NOMINAL_GDP, SELIC, BORROWING_12M].map(SeriesId::new);
        let families = [SURVEY_SELIC, SURVEY_GDP, SURVEY_PRIMARY, IPCA_ANNUAL].map(|f| SeriesId::new(format!("{f}.*")));
        fixed.into_iter().chain(families).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let series = fresh_past(view, DEBT, params.max_age_days)?;
        let debts = last_of_month(&series);
        let Some((month, debt_pct)) = newest(&debts) else {
            return Err(Refusal::Unavailable(format!("{DEBT} is empty")));
        };
        let debt = debt_pct / 100.0;
        let mut gathered = Gathered::default();
        let as_read =
            Evidence::read("gross debt of general government", debt_pct, "% of GDP", &series.id, month_start(month));
        gathered.evidence.push(as_read);

        let rates = self.rates(view, &mut gathered)?;
        let nominal = self.growth(view, &mut gathered)?;
        let balances = self.balances(view, &debts, month, &mut gathered)?;
        let baseline: Vec<DebtYear> = (0..YEARS)
            .map(|t| DebtYear {
                rate: rates[t],
                growth: nominal[t].0,
                deflator: nominal[t].1,
                primary: balances[t],
                stock_flow: 0.0,
            })
            .collect();

        let change_pp = |years: &[DebtYear]| 100.0 * (debt_path(debt, years)[YEARS] - debt);
        let value = plausible("change of debt over five years (points of GDP)", change_pp(&baseline), params.limit_pp)?;
        let scenarios = [
            ("adjustment", change_pp(&params.adjustment.apply(&baseline))),
            ("stress", change_pp(&params.stress.apply(&baseline))),
            ("tailwind", change_pp(&params.tailwind.apply(&baseline))),
        ];
        let agreeing = scenarios.iter().filter(|(_, change)| change * value > 0.0).count() as f64 / 3.0;
        let confidence = params.base_confidence
            * (0.5 + 0.5 * agreeing)
            * params.proxy_discount.powi(gathered.proxies.len() as i32)
            * freshness(age_days(view, &series.id, month_start(month)), 62, params.max_age_days);

        let stabilising = baseline[0].stabilising_primary(debt);
        let id = if gathered.proxies.is_empty() { "fiscal.debt" } else { "fiscal.debt_proxies" };
        let mut evidence = gathered.evidence;
        evidence.push(Evidence::computed("debt in five years, baseline", debt_pct + value, "% of GDP"));
        evidence.push(Evidence::computed("primary balance that would keep debt", 100.0 * stabilising, "% of GDP"));
        for (name, change) in scenarios {
            evidence.push(Evidence::computed(format!("change of debt, {name}"), change, "points of GDP"));
        }
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Fiscal,
            subject: "br.fiscal_stress".to_owned(),
            value,
            unit: "points of GDP in five years".to_owned(),
            score: squash(value, params.scale_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics: BTreeMap::from([
                ("proxies".to_owned(), gathered.proxies.len() as f64),
                ("scenarios_agreeing_share".to_owned(), agreeing),
                ("snowball_first_year".to_owned(), baseline[0].snowball()),
            ]),
        };
        let features = BTreeMap::from([
            ("br.debt_change_5y".to_owned(), value / 100.0),
            ("br.debt_to_gdp".to_owned(), debt),
            ("br.primary_balance".to_owned(), balances[0]),
            ("br.primary_gap_to_stabilise".to_owned(), stabilising - balances[0]),
        ]);
        let missing = |proxy: &String| Flag::missing(format!("fiscal.debt_proxies: {proxy}"));
        let flags = gathered.proxies.iter().map(missing).collect();
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

impl Debt {
    fn oldest_survey(&self, view: &AsOf) -> NaiveDate {
        view.date().checked_sub_days(Days::new(u64::from(self.0.max_survey_age_days))).unwrap_or(NaiveDate::MIN)
    }

    /// An annual survey as 12-month steps from today (decimal), or why not. The last known year is held.
    fn survey_steps(&self, view: &AsOf, family: &str, what: &str, gathered: &mut Gathered) -> Option<Vec<f64>> {
        let year = view.date().year();
        let path = annual_path(view, family, year, YEARS + 1, self.oldest_survey(view));
        if path.len() < 2 {
            return None;
        }
        let left = share_left(view.date());
        let known: Vec<f64> = path.values().map(|(_, _, percent)| percent / 100.0).collect();
        let at = |t: usize| known[t.min(known.len() - 1)];
        for (year, (id, date, percent)) in &path {
            gathered.evidence.push(Evidence::read(format!("survey of {what}, {year}"), *percent, "%", id, *date));
        }
        Some((0..YEARS).map(|t| left * at(t) + (1.0 - left) * at(t + 1)).collect())
    }

    fn rates(&self, view: &AsOf, gathered: &mut Gathered) -> Result<Vec<f64>, Refusal> {
        let (set_on, selic_pct) = fresh_last(view, SELIC, 7)?;
        gathered.evidence.push(Evidence::read("Selic target", selic_pct, "% p.a.", &SELIC.into(), set_on));
        let year = view.date().year();
        let survey = annual_path(view, SURVEY_SELIC, year, YEARS + 1, self.oldest_survey(view));
        let to_year_end = share_left(view.date());
        let points = survey.iter().map(|(y, (_, _, percent))| (to_year_end + f64::from(y - year), percent / 100.0));
        let path = PolicyPath::new(selic_pct / 100.0, points);
        if survey.is_empty() {
            gathered.proxies.push(format!("interest rate is today's Selic, held: no survey of {SURVEY_SELIC}"));
        }
        for (year, (id, date, percent)) in &survey {
            gathered.evidence.push(Evidence::read(
                format!("survey of Selic, end of {year}"),
                *percent,
                "% p.a.",
                id,
                *date,
            ));
        }
        Ok((0..YEARS).map(|t| path.mean(t as f64, t as f64 + 1.0)).collect())
    }

    /// Real growth and deflator by step.
    fn growth(&self, view: &AsOf, gathered: &mut Gathered) -> Result<Vec<(f64, f64)>, Refusal> {
        let real = self.survey_steps(view, SURVEY_GDP, "GDP growth", gathered);
        if let Some(real) = real
            && let Some(deflator) = self.survey_steps(view, IPCA_ANNUAL, "IPCA", gathered)
        {
            return Ok(real.into_iter().zip(deflator).collect());
        }
        let gdp = moving_sum(&last_of_month(&fresh_past(view, NOMINAL_GDP, 120)?), 12);
        let (month, growth) =
            newest(&gdp).and_then(|(now, _)| Some((now, nominal_growth(&gdp, now, YEARS as i32)?))).ok_or_else(
                || Refusal::TooFew { what: NOMINAL_GDP.to_owned(), got: gdp.len(), needed: 12 * YEARS + 1 },
            )?;
        gathered.proxies.push(format!(
            "growth is the yearly mean of nominal GDP over the last five years, held: no survey of {SURVEY_GDP} and {IPCA_ANNUAL}"
        ));
        gathered.evidence.push(Evidence::derived(
            "nominal GDP growth, mean of five years",
            100.0 * growth,
            "%",
            &NOMINAL_GDP.into(),
            month_start(month),
        ));
        // Only the product of growth and deflator matters; all of it is booked as the deflator.
        Ok(vec![(0.0, growth); YEARS])
    }

    fn balances(&self, view: &AsOf, debts: &Monthly, month: i32, gathered: &mut Gathered) -> Result<Vec<f64>, Refusal> {
        if let Some(steps) = self.survey_steps(view, SURVEY_PRIMARY, "primary balance over GDP", gathered) {
            return Ok(steps);
        }
        if let Ok((period, borrowing_pct)) = fresh_last(view, BORROWING_12M, self.0.max_age_days) {
            let id = BORROWING_12M.into();
            gathered.evidence.push(Evidence::read(
                "primary borrowing, 12 months (+ deficit)",
                borrowing_pct,
                "% of GDP",
                &id,
                period,
            ));
            return Ok(vec![-borrowing_pct / 100.0; YEARS]);
        }
        let missing = || {
            Refusal::Unavailable(format!(
                "no primary balance: neither {SURVEY_PRIMARY}, {BORROWING_12M}, nor 12 months of {DEBT} and {NOMINAL_GDP}"
            ))
        };
        let gdp = moving_sum(&last_of_month(&fresh_past(view, NOMINAL_GDP, 150)?), 12);
        // Debt and GDP are published apart: the newest month, at most three back, for which the identity can be closed.
        let closed = |back| {
            let month = month - back;
            let growth = nominal_growth(&gdp, month, 1)?;
            Some((month, *debts.get(&(month - 12))?, *debts.get(&month)?, growth))
        };
        let (month, before, after, growth) = (0..=3).find_map(closed).ok_or_else(missing)?;
        let selic = view.series(&SELIC.into())?;
        let year: Vec<f64> = selic
            .iter()
            .filter(|(date, _)| (month - 11..=month).contains(&month_number(*date)))
            .map(|(_, percent)| percent / 100.0)
            .collect();
        if year.len() < 200 {
            return Err(Refusal::TooFew { what: format!("{SELIC} over 12 months"), got: year.len(), needed: 200 });
        }
        let paid = year.iter().sum::<f64>() / year.len() as f64;
        let balance = implied_primary(before / 100.0, after / 100.0, paid, growth);
        gathered.proxies.push("primary balance is what the debt identity leaves over, last 12 months".to_owned());
        gathered.evidence.extend([
            Evidence::computed("balance left over by the debt identity", 100.0 * balance, "% of GDP"),
            Evidence::read("gross debt a year earlier", before, "% of GDP", &DEBT.into(), month_start(month - 12)),
            Evidence::computed("mean Selic over those 12 months", 100.0 * paid, "% p.a."),
            Evidence::computed("nominal GDP growth over those 12 months", 100.0 * growth, "%"),
        ]);
        Ok(vec![balance; YEARS])
    }
}

/// Yearly growth of 12-month nominal GDP over the `years` that end with a month.
fn nominal_growth(gdp: &Monthly, month: i32, years: i32) -> Option<f64> {
    let (now, then) = (gdp.get(&month)?, gdp.get(&(month - 12 * years))?);
    (*now > 0.0 && *then > 0.0).then(|| (now / then).powf(1.0 / f64::from(years)) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustment_steps_up_and_then_holds() {
        let year = DebtYear { rate: 0.1, growth: 0.02, deflator: 0.04, primary: 0.0, stock_flow: 0.0 };
        let moved = DebtParams::default().adjustment.apply(&[year; 5]);
        let balances: Vec<f64> = moved.iter().map(|year| year.primary).collect();
        for (got, want) in balances.iter().zip([0.005, 0.01, 0.015, 0.02, 0.02]) {
            assert!((got - want).abs() < 1e-15);
        }
    }

    #[test]
    fn scenarios_are_ordered() {
        let params = DebtParams::default();
        let years = [DebtYear { rate: 0.12, growth: 0.02, deflator: 0.04, primary: -0.005, stock_flow: 0.0 }; 5];
        let end = |years: &[DebtYear]| debt_path(0.78, years)[5];
        let (base, stress) = (end(&years), end(&params.stress.apply(&years)));
        assert!(stress > base);
        assert!(end(&params.tailwind.apply(&years)) < base && end(&params.adjustment.apply(&years)) < base);
    }
}
