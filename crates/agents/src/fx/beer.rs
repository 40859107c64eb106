//! Fundamentals of the real: the bilateral real rate against real commodity prices, by dynamic least squares.
//!
//! ```text
//! q[t]   = ln( USDBRL * P_us / P_br )                      + = the real is weak, the dollar expensive
//! com[t] = ln( IC-Br / USDBRL / P_us )                     commodity prices in constant dollars
//! q[t]   = a + b com[t] + leads and lags of the change + e[t]           value = q - a - b com, newest month
//! ```
//!
//! A small behavioural equilibrium rate (BEER): commodities stand for Brazil's terms of trade. `P_br` compounds the IPCA,
//! `P_us` is core PCE (the CPI of October 2025 was never collected, and a real rate cannot have a hole). The relation is
//! fitted on up to 240 months that include the newest: it is an in-sample fair value, and the evidence says how well the
//! relation is supported (Engle-Granger): the confidence is full below a p-value of 5 %, three quarters below 10 %, 0.4
//! below 25 %, and above that there is no relation to deviate from: the model abstains.
//!
//! Value in log points: + means that USD/BRL is above fair, rich. Score: `tanh(value / 0.15)`. Half-lives of such
//! deviations are years, so the horizon is one year and the base confidence 0.5.
//!
//! Sources: Clark and MacDonald (1998), IMF WP/98/67; Stock and Watson (1993) for DOLS; Chen and Rogoff (2003) on commodity
//! currencies.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use nalgebra::DMatrix;
use numerics::regression::{Deterministic, dols, engle_granger, rule_of_thumb_lags};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::monthly::{Monthly, last_of_month, month_start, newest};
use crate::reading::{age_days, fresh_past, freshness, latest_revision, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const USDBRL: &str = "BR_USDBRL_M_AVG_SELL";
const COMMODITIES: &str = "BR_ICBR";
const IPCA: &str = "BR_IPCA_MOM";
const CORE_PCE: &str = "US_PCE_CORE";

/// Parameters of the equilibrium rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BeerParams {
    /// Weight among the FX models.
    pub weight: f64,
    /// Months in the sample.
    pub window_months: usize,
    /// Fewest months.
    pub min_months: usize,
    /// Leads and lags of the dynamic regression.
    pub leads_and_lags: usize,
    /// Misalignment at which the score reaches 0.76, in log points.
    pub scale: f64,
    /// A misalignment beyond this is refused, in log points.
    pub limit: f64,
    /// Confidence when cointegration is supported at 5 %.
    pub base_confidence: f64,
    /// Largest p-value of no cointegration with which the model still speaks.
    pub max_p_value: f64,
    /// Factor when it is not supported at 10 % (0.75 between 5 % and 10 %).
    pub unsupported_discount: f64,
    /// Oldest acceptable end of the newest month, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for BeerParams {
    fn default() -> Self {
        Self {
            weight: 0.75,
            window_months: 240,
            min_months: 120,
            leads_and_lags: 2,
            scale: 0.15,
            limit: 0.8,
            base_confidence: 0.5,
            max_p_value: 0.25,
            unsupported_discount: 0.4,
            max_age_days: 100,
            implications: implications::usdbrl_rich(),
        }
    }
}

/// A fitted relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Misalignment {
    /// Deviation of the newest month, in log points; + above fair.
    pub deviation: f64,
    /// Slope on real commodity prices.
    pub slope: f64,
    /// Its standard error.
    pub slope_se: f64,
    /// p-value of no cointegration.
    pub p_value: f64,
    /// Months in the sample.
    pub months: usize,
}

/// Fits `q` on `commodities` (both in logs, same months) and reads the newest deviation.
///
/// # Errors
/// Those of the dynamic regression.
pub fn misalignment(q: &[f64], commodities: &[f64], leads_and_lags: usize) -> Result<Misalignment, Refusal> {
    let refuse = Refusal::estimating("equilibrium exchange rate");
    let x = DMatrix::from_column_slice(commodities.len(), 1, commodities);
    let fit = dols(q, &x, leads_and_lags, leads_and_lags, rule_of_thumb_lags(q.len())).map_err(&refuse)?;
    let test = engle_granger(q, &x, 1, Deterministic::Constant).map_err(&refuse)?;
    match (fit.deviations.last(), fit.slopes.first(), fit.slope_std_errors.first()) {
        (Some(&deviation), Some(&slope), Some(&slope_se)) => {
            Ok(Misalignment { deviation, slope, slope_se, p_value: test.p_value, months: q.len() })
        }
        _ => Err(Refusal::Unavailable("equilibrium exchange rate: empty sample".to_owned())),
    }
}

/// The model on the view.
pub(crate) struct Beer(pub(crate) BeerParams);

impl Model for Beer {
    fn id(&self) -> &'static str {
        "fx.beer"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        [USDBRL, COMMODITIES, IPCA, CORE_PCE].map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let read = |id| fresh_past(view, id, params.max_age_days).map(|series| last_of_month(&series));
        let (usdbrl, commodities, ipca, pce) = (read(USDBRL)?, read(COMMODITIES)?, read(IPCA)?, read(CORE_PCE)?);
        let prices = log_price_level(&ipca);
        let row = |month: &i32| {
            let (fx, com, us) = (positive(&usdbrl, month)?, positive(&commodities, month)?, positive(&pce, month)?);
            Some((fx.ln() + us.ln() - prices.get(month)?, com.ln() - fx.ln() - us.ln()))
        };
        let latest = usdbrl.keys().rev().find(|month| row(month).is_some()).copied();
        let Some(now) = latest else {
            return Err(Refusal::Unavailable(format!("{USDBRL}, {COMMODITIES}, {IPCA} and {CORE_PCE} share no month")));
        };
        let mut rows: Vec<(f64, f64)> = (0..params.window_months as i32).map_while(|back| row(&(now - back))).collect();
        rows.reverse();
        if rows.len() < params.min_months {
            let what = format!("months shared by {USDBRL}, {COMMODITIES}, {IPCA} and {CORE_PCE}");
            return Err(Refusal::TooFew { what, got: rows.len(), needed: params.min_months });
        }
        let (q, com): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let fit = misalignment(&q, &com, params.leads_and_lags)?;
        if fit.p_value.is_nan() || fit.p_value > params.max_p_value {
            return Err(Refusal::DoesNotHold(format!(
                "real USD/BRL and real commodity prices ({USDBRL}, {COMMODITIES}) are not cointegrated over {} months: \
                 Engle-Granger p-value {:.2}, at most {:.2} accepted",
                fit.months, fit.p_value, params.max_p_value
            )));
        }
        let value = plausible("misalignment of USD/BRL (log points)", fit.deviation, params.limit)?;
        let support = match fit.p_value {
            p if p < 0.05 => 1.0,
            p if p < 0.10 => 0.75,
            _ => params.unsupported_discount,
        };
        let age = age_days(view, &USDBRL.into(), month_start(now));
        let confidence = params.base_confidence * support * freshness(age, 62, params.max_age_days);
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl_rich".to_owned(),
            value,
            unit: "log points over fair".to_owned(),
            score: squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence: vec![
                Evidence::derived("USD/BRL, month mean", usdbrl[&now], "BRL/USD", &USDBRL.into(), month_start(now)),
                Evidence::computed("USD/BRL at fair value", usdbrl[&now] / value.exp(), "BRL/USD"),
                Evidence::read("IC-Br", commodities[&now], "index", &COMMODITIES.into(), month_start(now)),
            ],
            diagnostics: BTreeMap::from([
                ("engle_granger_p_value".to_owned(), fit.p_value),
                ("months".to_owned(), fit.months as f64),
                ("slope_on_commodities".to_owned(), fit.slope),
                ("slope_standard_error".to_owned(), fit.slope_se),
            ]),
        };
        let features = BTreeMap::from([("usdbrl.misalignment".to_owned(), value)]);
        let mut flags = vec![latest_revision(self.id(), CORE_PCE)];
        if support < 1.0 {
            flags.push(Flag::remark(format!(
                "fx.beer: cointegration is weakly supported (Engle-Granger p-value {:.2})",
                fit.p_value
            )));
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

fn positive(levels: &Monthly, month: &i32) -> Option<f64> {
    levels.get(month).copied().filter(|level| *level > 0.0)
}

/// Log price level from monthly percent changes, zero in the month before the unbroken run that ends at the newest one.
fn log_price_level(percent_changes: &Monthly) -> Monthly {
    let Some((last, _)) = newest(percent_changes) else { return Monthly::new() };
    let mut first = last;
    while percent_changes.contains_key(&(first - 1)) {
        first -= 1;
    }
    let mut level = 0.0;
    (first..=last)
        .map(|month| {
            level += (percent_changes[&month] / 100.0).ln_1p();
            (month, level)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walk without a random number generator: sums of a multiple of an irrational number's fractional parts.
    fn walk(n: usize, seed: f64, size: f64) -> Vec<f64> {
        let mut level = 0.0;
        let mut step = |i: usize| {
            level += size * ((((i + 1) as f64 * seed).sin() * 43_758.545_3).fract());
            level
        };
        (0..n).map(&mut step).collect()
    }

    #[test]
    fn a_cointegrated_pair_gives_its_slope_and_its_last_deviation() {
        let commodities = walk(240, 12.9898, 0.04);
        let noise = walk(241, 78.233, 1.0).windows(2).map(|w| 0.02 * (w[1] - w[0])).collect::<Vec<f64>>();
        let mut q: Vec<f64> = commodities.iter().zip(&noise).map(|(c, e)| 1.5 - 0.5 * c + e).collect();
        q[239] = 1.5 - 0.5 * commodities[239] + 0.2;
        let fit = misalignment(&q, &commodities, 2).unwrap();
        assert!((fit.slope + 0.5).abs() < 0.1, "{fit:?}");
        assert!((fit.deviation - 0.2).abs() < 0.05, "{fit:?}");
        assert!(fit.p_value < 0.05, "{fit:?}");
    }

    #[test]
    fn the_price_level_compounds_and_starts_after_a_hole() {
        let changes = Monthly::from([(1, 9.0), (3, 1.0), (4, 2.0)]);
        let level = log_price_level(&changes);
        assert_eq!(level.keys().copied().collect::<Vec<_>>(), [3, 4]);
        assert!((level[&4] - (1.01_f64 * 1.02).ln()).abs() < 1e-15);
    }
}
