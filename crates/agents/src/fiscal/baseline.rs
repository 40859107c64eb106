//! The baseline of public debt: the next five years of rates, growth and balances, from the survey where there is one.
//!
//! See [`debt`](super::debt) for the table of inputs and what stands in for each.

use chrono::{Datelike, Days, NaiveDate};
use market::{AsOf, SeriesId};

use super::dynamics::DebtYear;
use super::identity::{BORROWING_12M, DEBT, Identity, NOMINAL_GDP, SELIC, nominal_growth};
use crate::expectations::{IPCA_ANNUAL, annual_path, share_left};
use crate::monthly::{last_of_month, month_start, moving_sum, newest};
use crate::policy_path::PolicyPath;
use crate::reading::{fresh_last, fresh_past};
use crate::{Evidence, Refusal};

pub(super) const SURVEY_SELIC: &str = "BR_FOCUS_SELIC_ANNUAL";
const SURVEY_GDP: &str = "BR_FOCUS_GDP_ANNUAL";
const SURVEY_PRIMARY: &str = "BR_FOCUS_PRIMARY_ANNUAL";

/// Years projected.
pub(super) const YEARS: usize = 5;

/// How old the inputs may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BaselineParams {
    pub(super) max_age_days: u32,
    pub(super) max_survey_age_days: u32,
}

/// The baseline on a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Baseline {
    /// Debt over GDP, decimal, of `month`.
    pub(super) debt: f64,
    pub(super) month: i32,
    /// Series of the debt.
    pub(super) series: SeriesId,
    /// One entry a year.
    pub(super) years: Vec<DebtYear>,
    /// Inputs that something stood in for.
    pub(super) proxies: Vec<String>,
    pub(super) evidence: Vec<Evidence>,
}

/// Declared inputs of [`baseline`].
pub(super) fn inputs() -> Vec<SeriesId> {
    let families = [SURVEY_SELIC, SURVEY_GDP, SURVEY_PRIMARY, IPCA_ANNUAL].map(|f| SeriesId::new(format!("{f}.*")));
    super::identity::inputs().into_iter().chain(families).collect()
}

/// Gathers the baseline.
pub(super) fn baseline(view: &AsOf, params: BaselineParams) -> Result<Baseline, Refusal> {
    let series = fresh_past(view, DEBT, params.max_age_days)?;
    let Some((month, debt_pct)) = newest(&last_of_month(&series)) else {
        return Err(Refusal::Unavailable(format!("{DEBT} is empty")));
    };
    let mut gathering = Gathering { view, params, evidence: Vec::new(), proxies: Vec::new() };
    let as_read =
        Evidence::read("gross debt of general government", debt_pct, "% of GDP", &series.id, month_start(month));
    gathering.evidence.push(as_read);
    let rates = gathering.rates()?;
    let nominal = gathering.growth()?;
    let balances = gathering.balances()?;
    let year = |t: usize| DebtYear {
        rate: rates[t],
        growth: nominal[t].0,
        deflator: nominal[t].1,
        primary: balances[t],
        stock_flow: 0.0,
        revaluation: 0.0,
    };
    let years = (0..YEARS).map(year).collect();
    let Gathering { evidence, proxies, .. } = gathering;
    Ok(Baseline { debt: debt_pct / 100.0, month, series: series.id, years, proxies, evidence })
}

/// Fewest years of a survey that may speak for the path: one year says nothing of the next four.
const MIN_SURVEY_YEARS: usize = 2;

/// Selic by 12-month steps from today along the survey's ends of years, decimal; `None` without a survey of at least
/// [`MIN_SURVEY_YEARS`].
pub(super) fn surveyed_selic(view: &AsOf, selic_pct: f64, max_survey_age_days: u32) -> Option<PolicyPath> {
    let year = view.date().year();
    let survey = annual_path(view, SURVEY_SELIC, year, YEARS + 1, oldest(view, max_survey_age_days));
    if survey.len() < MIN_SURVEY_YEARS {
        return None;
    }
    let to_year_end = share_left(view.date());
    let points = survey.iter().map(|(y, (_, _, percent))| (to_year_end + f64::from(y - year), percent / 100.0));
    Some(PolicyPath::new(selic_pct / 100.0, points))
}

fn oldest(view: &AsOf, days: u32) -> NaiveDate {
    view.date().checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}

/// Inputs gathered on the way to the projection.
struct Gathering<'v, 'h> {
    view: &'v AsOf<'h>,
    params: BaselineParams,
    evidence: Vec<Evidence>,
    proxies: Vec<String>,
}

impl Gathering<'_, '_> {
    fn oldest_survey(&self) -> NaiveDate {
        oldest(self.view, self.params.max_survey_age_days)
    }

    /// An annual survey as 12-month steps from today (decimal) and what it rests on. The last known year is held.
    fn survey_steps(&self, family: &str, what: &str) -> Option<(Vec<f64>, Vec<Evidence>)> {
        let year = self.view.date().year();
        let path = annual_path(self.view, family, year, YEARS + 1, self.oldest_survey());
        if path.len() < MIN_SURVEY_YEARS {
            return None;
        }
        let left = share_left(self.view.date());
        let known: Vec<f64> = path.values().map(|(_, _, percent)| percent / 100.0).collect();
        let at = |t: usize| known[t.min(known.len() - 1)];
        let read = |(year, (id, date, percent)): (&i32, &(SeriesId, NaiveDate, f64))| {
            Evidence::read(format!("survey of {what}, {year}"), *percent, "%", id, *date)
        };
        let steps = (0..YEARS).map(|t| left * at(t) + (1.0 - left) * at(t + 1)).collect();
        Some((steps, path.iter().map(read).collect()))
    }

    fn rates(&mut self) -> Result<Vec<f64>, Refusal> {
        let (set_on, selic_pct) = fresh_last(self.view, SELIC, 7)?;
        self.evidence.push(Evidence::read("Selic target", selic_pct, "% p.a.", &SELIC.into(), set_on));
        let path = match surveyed_selic(self.view, selic_pct, self.params.max_survey_age_days) {
            Some(path) => {
                let year = self.view.date().year();
                let survey = annual_path(self.view, SURVEY_SELIC, year, YEARS + 1, self.oldest_survey());
                for (year, (id, date, percent)) in &survey {
                    let name = format!("survey of Selic, end of {year}");
                    self.evidence.push(Evidence::read(name, *percent, "% p.a.", id, *date));
                }
                path
            }
            None => {
                self.proxies.push(format!("interest rate is today's Selic, held: no survey of {SURVEY_SELIC}"));
                PolicyPath::new(selic_pct / 100.0, [])
            }
        };
        Ok((0..YEARS).map(|t| path.mean(t as f64, t as f64 + 1.0)).collect())
    }

    /// Real growth and deflator by step.
    fn growth(&mut self) -> Result<Vec<(f64, f64)>, Refusal> {
        if let Some((real, of_real)) = self.survey_steps(SURVEY_GDP, "GDP growth")
            && let Some((deflator, of_deflator)) = self.survey_steps(IPCA_ANNUAL, "IPCA")
        {
            self.evidence.extend(of_real.into_iter().chain(of_deflator));
            return Ok(real.into_iter().zip(deflator).collect());
        }
        let monthly = last_of_month(&fresh_past(self.view, NOMINAL_GDP, 120)?);
        let gdp = moving_sum(&monthly, 12);
        let too_few = || Refusal::TooFew { what: NOMINAL_GDP.to_owned(), got: gdp.len(), needed: 12 * YEARS + 1 };
        // Of the newest month or of none: a hole must not make an old year today's.
        let (month, growth) = newest(&monthly)
            .and_then(|(now, _)| Some((now, nominal_growth(&gdp, now, YEARS as i32)?)))
            .ok_or_else(too_few)?;
        self.proxies.push(format!(
            "growth is the yearly mean of nominal GDP over the last five years, held: no survey of {SURVEY_GDP} and {IPCA_ANNUAL}"
        ));
        self.evidence.push(Evidence::derived(
            "nominal GDP growth, mean of five years",
            100.0 * growth,
            "%",
            &NOMINAL_GDP.into(),
            month_start(month),
        ));
        // Only the product of growth and deflator matters; all of it is booked as the deflator.
        Ok(vec![(0.0, growth); YEARS])
    }

    fn balances(&mut self) -> Result<Vec<f64>, Refusal> {
        if let Some((steps, of_steps)) = self.survey_steps(SURVEY_PRIMARY, "primary balance over GDP") {
            self.evidence.extend(of_steps);
            return Ok(steps);
        }
        if let Ok((period, borrowing_pct)) = fresh_last(self.view, BORROWING_12M, self.params.max_age_days) {
            let name = "primary borrowing, 12 months (+ deficit)";
            self.evidence.push(Evidence::read(name, borrowing_pct, "% of GDP", &BORROWING_12M.into(), period));
            return Ok(vec![-borrowing_pct / 100.0; YEARS]);
        }
        // Debt and GDP are published apart: the newest month, at most three back, for which the identity can be closed.
        let (month, closed) = Identity::read(self.view, self.params.max_age_days)?.newest(3).ok_or_else(|| {
            Refusal::Unavailable(format!(
                "no primary balance: neither {SURVEY_PRIMARY}, {BORROWING_12M}, nor 12 months of {DEBT}, {NOMINAL_GDP} and {SELIC}"
            ))
        })?;
        self.proxies.push("primary balance is what the debt identity leaves over, last 12 months".to_owned());
        self.evidence.extend([
            Evidence::computed("balance left over by the debt identity", 100.0 * closed.balance, "% of GDP"),
            Evidence::read(
                "gross debt a year earlier",
                100.0 * closed.before,
                "% of GDP",
                &DEBT.into(),
                month_start(month - 12),
            ),
            Evidence::computed("mean Selic over those 12 months", 100.0 * closed.paid, "% p.a."),
            Evidence::computed("nominal GDP growth over those 12 months", 100.0 * closed.growth, "%"),
        ]);
        Ok(vec![closed.balance; YEARS])
    }
}
