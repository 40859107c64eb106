//! VaR and expected shortfall of the book: five methods, 95, 97.5 and 99 %, one and ten sessions.
//!
//! The book's returns are today's weights on the instruments' own past excess returns, on common sessions; the window is
//! bound by the shortest history, which the report states. Positive = loss, fraction of NAV.
//!
//! | method | one session | ten sessions |
//! |---|---|---|
//! | historical | minus the type 7 quantile (Hyndman and Fan 1996); ES the Acerbi-Tasche (2002) average of the worst `(1 - c) n`, the last one in part | the same of overlapping sums of ten sessions |
//! | gaussian | mean zero, shrunk covariance: what [`components`](crate::components) sum to | root of time, and says so |
//! | cornish_fisher | the sample's mean, deviation, skewness and kurtosis; absent outside the domain of the expansion | cumulants of ten independent sessions |
//! | filtered_historical | past shocks at today's volatility ([`filtered`]) | paths on which the volatility moves |
//! | t_copula | draws of a fitted t copula ([`copula`]) | sums of ten independent draws |
//!
//! A measure with too few sessions is absent and says how many are needed: `minimum_observations_95`, `_99`, and half
//! way between the two, rounded up, at 97.5 %. Over ten sessions the historical method needs as many overlapping sums.
//!
//! Worked value: 101 sessions returning -0.50, -0.49, ... +0.50 have a historical VaR 95 of 0.45.

mod config;
pub mod copula;
pub mod filtered;
pub mod horizon;

use numerics::tails::{Filtered, cornish_fisher_tail, gaussian_es, gaussian_var, historical_es, historical_var};

pub use config::{MeasureConfig, VolatilityFilter};
use copula::{CopulaScenarios, weighted};
use horizon::{LONG_HORIZON, overlapping_sums};

use crate::confidence::Confidence;
use crate::config::RiskConfig;
use crate::report::{Measure, MeasureKind, Method};
use crate::returns::ReturnPanel;

/// What the measures are computed from.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The instruments' returns.
    pub panel: &'a ReturnPanel,
    /// The book, one weight a column of the panel.
    pub weights: &'a [f64],
    /// Standard deviation by the covariance, or why there is none.
    pub deviation: Result<f64, &'a str>,
    /// Simulated scenarios, or why there are none.
    pub copula: Result<&'a CopulaScenarios, &'a str>,
}

/// A VaR, an ES and how they were arrived at.
struct Pair {
    var: f64,
    es: f64,
    basis: String,
}

/// One sample of the book's returns over a horizon, ready for every level.
type Prepared<'a> = Result<(Vec<f64>, String), String>;

/// All sixty measures in a fixed order: kind, method, horizon, confidence.
pub fn measures(sample: Sample<'_>, config: &RiskConfig) -> Vec<Measure> {
    let returns = sample.panel.book_returns(sample.weights);
    let filtered = filtered::filter(&returns, &config.measures);
    let prepared = |method: Method, days: u32| prepare(method, days, &sample, &returns, &filtered, config);
    let mut pairs = Vec::with_capacity(30);
    for method in Method::ALL {
        for days in HORIZONS {
            let base = prepared(method, days);
            for confidence in Confidence::ALL {
                let cell = enough(method, days, confidence, returns.len(), &base, config)
                    .and_then(|()| pair(method, days, confidence, &sample, &returns, &base));
                pairs.push(((method, days, confidence), cell));
            }
        }
    }
    listed(|kind, method, days, confidence| {
        let found = pairs.iter().find(|(key, _)| *key == (method, days, confidence));
        match found {
            Some((_, Ok(pair))) => Ok((if kind == MeasureKind::Var { pair.var } else { pair.es }, &pair.basis)),
            Some((_, Err(reason))) => Err(reason.clone()),
            None => Err("not computed".to_owned()),
        }
    })
}

/// The measures of a book that holds nothing: zero, which is a fact and not a stand-in.
pub fn flat() -> Vec<Measure> {
    let basis = "nothing is held".to_owned();
    listed(|_, _, _, _| Ok((0.0, &basis)))
}

/// No measure, for one reason.
pub fn absent(reason: &str) -> Vec<Measure> {
    listed(|_, _, _, _| Err(reason.to_owned()))
}

/// Fewest observations of a measure at a level.
pub fn minimum(confidence: Confidence, config: &RiskConfig) -> usize {
    let (low, high) = (config.minimum_observations_95, config.minimum_observations_99);
    match confidence {
        Confidence::P95 => low,
        Confidence::P975 => (low + high).div_ceil(2),
        Confidence::P99 => high,
    }
}

const HORIZONS: [u32; 2] = [1, LONG_HORIZON as u32];

/// The sample that a method takes quantiles of; empty for the closed forms.
fn prepare<'a>(
    method: Method,
    days: u32,
    sample: &Sample<'a>,
    returns: &[f64],
    filtered: &Result<(Filtered, String), String>,
    config: &RiskConfig,
) -> Prepared<'a> {
    let n = returns.len();
    match (method, days) {
        (Method::Historical, 1) => Ok((returns.to_vec(), format!("{n} sessions"))),
        (Method::Historical, _) => {
            let sums = overlapping_sums(sample.panel.dates(), returns);
            let basis = format!("{} overlapping sums of {LONG_HORIZON} of {n} sessions", sums.len());
            Ok((sums, basis))
        }
        (Method::FilteredHistorical, 1) => {
            let (filtered, name) = filtered.as_ref().map_err(String::clone)?;
            Ok((filtered.rescaled(), format!("{n} shocks at today's volatility, {name}")))
        }
        (Method::FilteredHistorical, _) => {
            let (filtered, name) = filtered.as_ref().map_err(String::clone)?;
            let settings = &config.measures;
            let paths = filtered
                .paths(LONG_HORIZON, settings.filtered_paths, settings.seed)
                .map_err(|error| format!("paths of the book: {error}"))?;
            Ok((paths, format!("{} paths of {LONG_HORIZON} sessions, {name}", settings.filtered_paths)))
        }
        (Method::TCopula, 1) => {
            let scenarios = sample.copula?;
            let book = weighted(&scenarios.one_session, sample.weights);
            let basis = format!("{} draws, {}", book.len(), scenarios.model);
            Ok((book, basis))
        }
        (Method::TCopula, _) => {
            let scenarios = sample.copula?;
            let paths = scenarios.ten_sessions.len();
            let basis = format!("{paths} paths of {LONG_HORIZON} independent draws, {}", scenarios.model);
            Ok((scenarios.ten_sessions.clone(), basis))
        }
        (Method::Gaussian, 1) => Ok((Vec::new(), format!("mean zero, covariance of {n} sessions"))),
        (Method::Gaussian, _) => {
            Ok((Vec::new(), format!("mean zero, covariance of {n} sessions, times the root of {LONG_HORIZON}")))
        }
        (Method::CornishFisher, 1) => Ok((Vec::new(), format!("moments of {n} sessions"))),
        (Method::CornishFisher, _) => {
            Ok((Vec::new(), format!("moments of {n} sessions, {LONG_HORIZON} independent ones added")))
        }
    }
}

/// Refuses a measure for which there are too few sessions, or too few overlapping sums.
fn enough(
    method: Method,
    days: u32,
    confidence: Confidence,
    sessions: usize,
    base: &Prepared<'_>,
    config: &RiskConfig,
) -> Result<(), String> {
    let needed = minimum(confidence, config);
    if sessions < needed {
        return Err(format!("{sessions} common sessions, {needed} are needed at {confidence} %"));
    }
    match (method, days, base) {
        (Method::Historical, 2.., Ok((sums, _))) if sums.len() < needed => {
            let got = sums.len();
            Err(format!("{got} overlapping sums of {days} sessions, {needed} are needed at {confidence} %"))
        }
        _ => Ok(()),
    }
}

fn pair(
    method: Method,
    days: u32,
    confidence: Confidence,
    sample: &Sample<'_>,
    returns: &[f64],
    base: &Prepared<'_>,
) -> Result<Pair, String> {
    let level = confidence.level();
    let (drawn, basis) = base.as_ref().map_err(String::clone)?;
    let basis = basis.clone();
    let text = |error: numerics::NumericsError| error.to_string();
    match method {
        Method::Gaussian => {
            let deviation = sample.deviation? * f64::from(days).sqrt();
            let var = gaussian_var(0.0, deviation, level).map_err(text)?;
            Ok(Pair { var, es: gaussian_es(0.0, deviation, level).map_err(text)?, basis })
        }
        Method::CornishFisher => {
            let tail = cornish_fisher_tail(returns, level, f64::from(days)).map_err(text)?;
            let basis = format!("{basis}, skewness {:.2}, excess kurtosis {:.2}", tail.skew, tail.kurt_excess);
            Ok(Pair { var: tail.var, es: tail.es, basis })
        }
        Method::Historical | Method::FilteredHistorical | Method::TCopula => {
            let var = historical_var(drawn, level).map_err(text)?;
            Ok(Pair { var, es: historical_es(drawn, level).map_err(text)?, basis })
        }
    }
}

fn listed<'a>(
    value: impl Fn(MeasureKind, Method, u32, Confidence) -> Result<(f64, &'a String), String>,
) -> Vec<Measure> {
    let mut measures = Vec::with_capacity(60);
    for kind in [MeasureKind::Var, MeasureKind::Es] {
        for method in Method::ALL {
            for horizon_days in HORIZONS {
                for confidence_pct in Confidence::ALL {
                    let (value, basis, reason) = match value(kind, method, horizon_days, confidence_pct) {
                        Ok((value, basis)) if value.is_finite() => (Some(value), Some(basis.clone()), None),
                        Ok(_) => (None, None, Some("the computation left the numbers".to_owned())),
                        Err(reason) => (None, None, Some(reason)),
                    };
                    measures.push(Measure { kind, method, confidence_pct, horizon_days, value, reason, basis });
                }
            }
        }
    }
    measures
}

#[cfg(test)]
mod tests;
