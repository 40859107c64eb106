//! The stochastic fan of public debt: the baseline under shocks drawn from their own joint history.
//!
//! ```text
//! x[q] = ( mean Selic of 12 months, growth of 12-month nominal GDP, 12-month balance over GDP )      every third month
//! y = x - mean(x)          e[q] = y[q] - rho y[q-4],   rho by least squares per variable, within [0, 0.95]
//! S = cov(e), jointly      dev[t] = rho dev[t-1] + chol(S) z,   z ~ N(0, I),  dev[0] = 0,  yearly
//! d[t] = d[t-1] (1 + i[t] + dev_i) / (1 + n[t] + dev_n) - (pb[t] + dev_pb)
//! ```
//!
//! `i`, `n`, `pb` are the baseline of [`debt`](super::debt). 2,000 paths in pairs of opposite draws from a generator with a fixed
//! seed, drawn in one order on one thread: the same figures on every machine thread count. Value: the share of paths on which
//! debt is higher in five years than today, a probability with a sampling error of at most 0.011. Score: `2 value - 1`, + is
//! stress.
//!
//! The sample is at most 15 years of quarters, at least 20 residuals; yearly residuals every quarter overlap, which blurs their
//! covariance but does not bias it. With an official balance the shock to it is a primary balance; without one it is what the
//! debt identity leaves over, which moves more, and the id is `fiscal.debt_fan_proxies`.
//!
//! The fan is laid around the survey and holds no error of the survey itself, nor stock-flow adjustments beside an official
//! balance: it is too narrow. On six simulated worlds its middle 80 % held half of the debts that came five years later.
//!
//! No fiscal reaction is assumed: the balance returns to its baseline at its own historical speed, whatever the debt.
//!
//! Source: Celasun, Debrun and Ostry (2006), Primary Surplus Behavior and Risks to Fiscal Sustainability in Emerging Market
//! Countries, IMF Staff Papers 53, without their reaction function.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use nalgebra::{Matrix3, Vector3};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, BaselineParams, YEARS, baseline};
use super::debt::DebtParams;
use super::dynamics::{DebtYear, debt_path};
use super::identity::{BalanceHistory, Shocked, balance_history};
use crate::config::Implications;
use crate::monthly::month_start;
use crate::reading::{age_days, freshness, plausible};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

/// Quarters in a year: residuals are over four of them.
const YEAR: usize = 4;
/// Largest yearly persistence of a deviation.
const MAX_PERSISTENCE: f64 = 0.95;
/// Nominal growth below which a path is not followed further down.
const LEAST_GROWTH: f64 = -0.5;

/// Parameters of the fan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FanParams {
    /// Weight among the fiscal models.
    pub weight: f64,
    /// Pairs of paths.
    pub pairs: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Quarters in the sample.
    pub window_quarters: usize,
    /// Fewest yearly residuals.
    pub min_residuals: usize,
    /// Confidence with an official balance and every baseline input.
    pub base_confidence: f64,
    /// Factor for each input replaced.
    pub proxy_discount: f64,
    /// Oldest acceptable end of the debt figure, in days.
    pub max_age_days: u32,
    /// Oldest acceptable survey, in days.
    pub max_survey_age_days: u32,
    /// Baseline change of debt beyond which the model refuses, in points of GDP.
    pub limit_pp: f64,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for FanParams {
    fn default() -> Self {
        let debt = DebtParams::default();
        Self {
            weight: 0.5,
            pairs: 1000,
            seed: 20_060_101,
            window_quarters: 60,
            min_residuals: 20,
            base_confidence: 0.6,
            proxy_discount: 0.8,
            max_age_days: debt.max_age_days,
            max_survey_age_days: debt.max_survey_age_days,
            limit_pp: debt.limit_pp,
            implications: implications::fiscal_stress(),
        }
    }
}

/// Joint yearly shocks to interest, nominal growth and balance, decimals.
#[derive(Debug, Clone, PartialEq)]
pub struct Shocks {
    /// Yearly persistence of a deviation.
    pub persistence: Vector3<f64>,
    /// Covariance of the yearly shocks.
    pub covariance: Matrix3<f64>,
    /// Residuals it was estimated on.
    pub residuals: usize,
}

/// Estimates the shocks on quarterly rows `(interest, nominal growth, balance)`, oldest first.
///
/// # Errors
/// Fewer than `min_residuals` rows beyond the first year.
pub fn estimate_shocks(rows: &[Vector3<f64>], min_residuals: usize) -> Result<Shocks, Refusal> {
    let residuals = rows.len().saturating_sub(YEAR);
    if residuals < min_residuals.max(4) {
        let what = "yearly shocks to interest, growth and balance".to_owned();
        return Err(Refusal::TooFew { what, got: residuals, needed: min_residuals.max(4) });
    }
    let mean = rows.iter().sum::<Vector3<f64>>() / rows.len() as f64;
    let y: Vec<Vector3<f64>> = rows.iter().map(|row| row - mean).collect();
    let persistence = Vector3::from_fn(|j, _| {
        let (mut cross, mut square) = (0.0, 0.0);
        for t in YEAR..y.len() {
            (cross, square) = (cross + y[t][j] * y[t - YEAR][j], square + y[t - YEAR][j].powi(2));
        }
        if square > 0.0 { (cross / square).clamp(0.0, MAX_PERSISTENCE) } else { 0.0 }
    });
    let errors: Vec<Vector3<f64>> = (YEAR..y.len()).map(|t| y[t] - persistence.component_mul(&y[t - YEAR])).collect();
    let centre = errors.iter().sum::<Vector3<f64>>() / residuals as f64;
    let outer = |e: &Vector3<f64>| (e - centre) * (e - centre).transpose();
    let covariance = errors.iter().map(outer).sum::<Matrix3<f64>>() / (residuals as f64 - 1.0);
    Ok(Shocks { persistence, covariance, residuals })
}

/// Simulated debt.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// Debt over GDP after each year, sorted from the lowest path to the highest.
    sorted: Vec<Vec<f64>>,
    /// Share of paths on which debt is higher at the end than at the start.
    pub rising: f64,
}

impl Fan {
    /// Debt after `year` years (from 1) that a share `p` of the paths stays below; linear between paths.
    pub fn quantile(&self, year: usize, p: f64) -> f64 {
        let column = &self.sorted[year - 1];
        let at = p.clamp(0.0, 1.0) * (column.len() - 1) as f64;
        let (low, share) = (at.floor() as usize, at.fract());
        column[low] + share * (column[(low + 1).min(column.len() - 1)] - column[low])
    }
}

/// Simulates debt from `today` along `years` under the shocks.
///
/// # Errors
/// A covariance that is not positive definite: one variable did not move, or moves with the others exactly.
pub fn simulate(today: f64, years: &[DebtYear], shocks: &Shocks, pairs: usize, seed: u64) -> Result<Fan, Refusal> {
    let factor = shocks.covariance.cholesky().ok_or_else(|| {
        Refusal::Unavailable("the joint shocks to interest, growth and balance have a singular covariance".to_owned())
    })?;
    let spread = factor.l();
    let mut generator = Pcg64::seed_from_u64(seed);
    let mut columns = vec![Vec::with_capacity(2 * pairs); years.len()];
    let mut rising = 0_usize;
    for _ in 0..pairs {
        let draws: Vec<Vector3<f64>> =
            years.iter().map(|_| Vector3::from_fn(|_, _| StandardNormal.sample(&mut generator))).collect();
        for sign in [1.0, -1.0] {
            let (mut debt, mut deviation) = (today, Vector3::zeros());
            for ((year, draw), column) in years.iter().zip(&draws).zip(&mut columns) {
                deviation = shocks.persistence.component_mul(&deviation) + spread * (draw * sign);
                debt = shocked(year, &deviation).after(debt);
                column.push(debt);
            }
            rising += usize::from(debt > today);
        }
    }
    columns.iter_mut().for_each(|column| column.sort_by(f64::total_cmp));
    Ok(Fan { sorted: columns, rising: rising as f64 / (2 * pairs) as f64 })
}

/// A year of the baseline with deviations of interest, nominal growth and balance.
fn shocked(year: &DebtYear, deviation: &Vector3<f64>) -> DebtYear {
    let nominal = (1.0 + year.growth) * (1.0 + year.deflator) - 1.0 + deviation[1];
    DebtYear {
        rate: year.rate + deviation[0],
        growth: 0.0,
        deflator: nominal.max(LEAST_GROWTH),
        primary: year.primary + deviation[2],
        ..*year
    }
}

/// The model on the view.
pub(crate) struct DebtFan(pub(crate) FanParams);

impl Model for DebtFan {
    fn id(&self) -> &'static str {
        "fiscal.debt_fan"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        super::baseline::inputs()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let ages =
            BaselineParams { max_age_days: params.max_age_days, max_survey_age_days: params.max_survey_age_days };
        let Baseline { debt, month, series, years, mut proxies, mut evidence } = baseline(view, ages)?;
        let ends_at = debt_path(debt, &years)[YEARS];
        plausible("change of debt over five years (points of GDP)", 100.0 * (ends_at - debt), params.limit_pp)?;

        let BalanceHistory { balances, proxied, evidence: balance } = balance_history(view, params.max_age_days)?;
        if proxied {
            proxies.push("the shocks to the balance are to what the debt identity leaves over".to_owned());
        }
        let history = Shocked::read(view, params.max_age_days)?;
        let row = |month: i32| {
            let (rate, growth) = history.at(month)?;
            Some(Vector3::new(rate, growth, *balances.get(&month)?))
        };
        let newest = (month - 3..=month).rev().find(|month| row(*month).is_some());
        let mut rows: Vec<Vector3<f64>> = newest
            .map(|newest| (0..params.window_quarters as i32).map_while(|q| row(newest - 3 * q)).collect())
            .unwrap_or_default();
        rows.reverse();
        let shocks = estimate_shocks(&rows, params.min_residuals)?;
        let fan = simulate(debt, &years, &shocks, params.pairs.max(1), params.seed)?;

        let confidence = params.base_confidence
            * params.proxy_discount.powi(proxies.len() as i32)
            * freshness(age_days(view, &series, month_start(month)), 62, params.max_age_days);
        let id = if proxies.is_empty() { "fiscal.debt_fan" } else { "fiscal.debt_fan_proxies" };
        evidence.push(balance);
        for (share, name) in [(0.1, "a tenth"), (0.5, "half"), (0.9, "nine tenths")] {
            let name = format!("debt in five years, {name} of the paths below");
            evidence.push(Evidence::computed(name, 100.0 * fan.quantile(YEARS, share), "% of GDP"));
        }
        let deviation = |j: usize| 100.0 * shocks.covariance[(j, j)].sqrt();
        let mut diagnostics = BTreeMap::from([
            ("proxies".to_owned(), proxies.len() as f64),
            ("residuals".to_owned(), shocks.residuals as f64),
            ("paths".to_owned(), 2.0 * params.pairs.max(1) as f64),
        ]);
        for (j, name) in ["interest", "growth", "balance"].into_iter().enumerate() {
            diagnostics.insert(format!("persistence.{name}"), shocks.persistence[j]);
            diagnostics.insert(format!("shock_pp.{name}"), deviation(j));
        }
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Fiscal,
            subject: "br.fiscal_stress".to_owned(),
            value: fan.rising,
            unit: "probability that debt is higher in five years".to_owned(),
            score: 2.0 * fan.rising - 1.0,
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let mut features = BTreeMap::from([("br.debt_rise_probability".to_owned(), fan.rising)]);
        for (name, share) in [("p10", 0.1), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p90", 0.9)] {
            features.insert(format!("br.debt_5y_{name}"), fan.quantile(YEARS, share));
        }
        let flags = proxies.iter().map(|proxy| Flag::missing(format!("fiscal.debt_fan_proxies: {proxy}"))).collect();
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: DebtYear =
        DebtYear { rate: 0.05, growth: 0.0, deflator: 0.05, primary: 0.0, stock_flow: 0.0, revaluation: 0.0 };

    fn shocks(deviations: [f64; 3], persistence: f64) -> Shocks {
        let variances = Vector3::from(deviations).map(|s| s * s);
        Shocks {
            persistence: Vector3::repeat(persistence),
            covariance: Matrix3::from_diagonal(&variances),
            residuals: 40,
        }
    }

    #[test]
    fn shocks_to_the_balance_alone_give_a_random_walk_of_debt() {
        // Interest equals growth, so debt moves by the balance: after five years N(0.8, 5 * 0.01^2).
        let fan = simulate(0.8, &[FLAT; 5], &shocks([1e-9, 1e-9, 0.01], 0.0), 4000, 1).unwrap();
        let deviation = 0.01 * 5.0_f64.sqrt();
        for (p, z) in [(0.1, -1.281_551_565_5), (0.5, 0.0), (0.9, 1.281_551_565_5)] {
            assert!((fan.quantile(5, p) - (0.8 + z * deviation)).abs() < 0.0012, "{p}");
        }
        assert!((fan.rising - 0.5).abs() < 0.01);
        // Perfect persistence: the same shock every year, 1 + 2 + 3 + 4 + 5 in weights.
        let fan = simulate(0.8, &[FLAT; 5], &shocks([1e-9, 1e-9, 0.01], 1.0), 4000, 1).unwrap();
        let deviation = 0.01 * 55.0_f64.sqrt();
        assert!((fan.quantile(5, 0.9) - (0.8 + 1.281_551_565_5 * deviation)).abs() < 0.004);
    }

    #[test]
    fn a_larger_deficit_makes_a_rise_more_likely_and_the_seed_decides() {
        let rising = |primary| {
            let year = DebtYear { primary, ..FLAT };
            simulate(0.8, &[year; 5], &shocks([0.02, 0.02, 0.01], 0.5), 500, 7).unwrap().rising
        };
        assert!(rising(-0.01) > rising(0.0) && rising(0.0) > rising(0.01));
        let again = |seed| simulate(0.8, &[FLAT; 5], &shocks([0.02, 0.02, 0.01], 0.5), 50, seed).unwrap();
        assert_eq!(again(3), again(3));
        assert_ne!(again(3), again(4));
    }

    #[test]
    fn known_shocks_are_estimated() {
        let mut generator = Pcg64::seed_from_u64(5);
        let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
        // Yearly persistence 0.6 per quarter of the year, correlation 0.5 between the first two shocks.
        let mut rows = vec![Vector3::zeros(); 4];
        for t in 4..4000 {
            let (a, b, c) = (normal(), normal(), normal());
            let shock = Vector3::new(0.02 * a, 0.03 * (0.5 * a + 0.75_f64.sqrt() * b), 0.01 * c);
            rows.push(rows[t - 4] * 0.6 + shock);
        }
        let got = estimate_shocks(&rows, 20).unwrap();
        for j in 0..3 {
            assert!((got.persistence[j] - 0.6).abs() < 0.04, "{got:?}");
        }
        assert!((got.covariance[(0, 0)].sqrt() - 0.02).abs() < 0.001);
        assert!((got.covariance[(0, 1)] / (0.02 * 0.03) - 0.5).abs() < 0.06);
        assert!(estimate_shocks(&rows[..23], 20).is_err(), "19 residuals");
    }
}
