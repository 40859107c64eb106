//! Does the VaR that is reported hold? Exceptions counted against what was promised.
//!
//! Two series are tested. **Static book**: today's book over its own past, its VaR computed again each day from the
//! sessions before that day only, by the code that reports it. **Released**: the VaR that was released with each book
//! against what the desk's NAV did next, costs included. A day counts when the run before released a VaR of a book with
//! something at risk, one session lies between the two, and both NAVs were marked in whole: a profit that is not in the NAV
//! yet would be a day without a loss, and comes in a later day's. How many days are left out, and why, is said.
//!
//! Kupiec (1995) looks at the number of exceptions, Christoffersen (1998) at whether they cluster, the traffic light of
//! the Basel Committee (1996) at the last 250 days, Z2 of Acerbi and Szekely (2014) at how deep they go, against its
//! simulated 5 % quantile under normal returns. An exception is a loss strictly above VaR.
//!
//! Worked value: 15 exceptions in 1,000 days at 99 % give a Kupiec ratio of 2.19, below 3.84: not rejected.

use chrono::NaiveDate;
use numerics::NumericsError;
use numerics::tails::{
    VarianceRecursion, Zone, acerbi_szekely, coverage_tests, filter_returns, kupiec_region, tail_pair, traffic_light,
    z2_distribution,
};
use serde::{Deserialize, Serialize};

use crate::book::NavPoint;
use crate::confidence::Confidence;
use crate::config::RiskConfig;
use crate::measures::{VolatilityFilter, minimum};
use crate::report::{Measure, MeasureKind, Method};

/// Days the Basel traffic light looks at.
const BASEL_DAYS: usize = 250;
/// Paths of the critical value of Z2; its standard error is about 0.012.
const Z2_PATHS: usize = 5_000;

/// Whose VaR is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BacktestOf {
    /// Today's book over its own past.
    StaticBook,
    /// The released measures against the NAV.
    Released,
}

/// A statistic, its p-value and whether it rejects at the configured level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// Likelihood ratio.
    pub statistic: f64,
    /// Probability of a larger one when the measure is right.
    pub p_value: f64,
    /// True when the p-value is below the level.
    pub rejected: bool,
}

/// Colour of the Basel traffic light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// Cumulative probability below 95 %.
    Green,
    /// Below 99.99 %.
    Yellow,
    /// The rest.
    Red,
}

/// The traffic light on the last 250 days, or on all when there are fewer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrafficLightResult {
    /// Days it looks at.
    pub observations: usize,
    /// Exceptions among them.
    pub exceptions: usize,
    /// Probability of as many or fewer when the measure is right.
    pub cumulative: f64,
    /// Colour.
    pub light: Light,
    /// Capital multiplier of MAR99; for 250 days at 99 % only.
    pub multiplier: Option<f64>,
}

/// What the exceptions say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Days.
    pub observations: usize,
    /// Exceptions.
    pub exceptions: usize,
    /// Expected exceptions.
    pub expected: f64,
    /// Fewest and most exceptions that Kupiec's test does not reject.
    pub accepted: (usize, usize),
    /// Number of exceptions (Kupiec).
    pub kupiec: TestResult,
    /// Clustering (Christoffersen).
    pub independence: TestResult,
    /// Both together.
    pub conditional: TestResult,
    /// Basel.
    pub traffic_light: TrafficLightResult,
}

/// Depth of the exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShortfallVerdict {
    /// Zero when ES is right, negative when losses are larger.
    pub z2: f64,
    /// 5 % quantile of Z2 under normal returns.
    pub critical: f64,
    /// True when `z2` is below it.
    pub rejected: bool,
}

/// One backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Whose VaR.
    pub of: BacktestOf,
    /// By which method.
    pub method: Method,
    /// At which level.
    pub confidence_pct: Confidence,
    /// First and last day tested.
    pub period: Option<(NaiveDate, NaiveDate)>,
    /// Coverage; `None` with a reason.
    pub coverage: Option<Verdict>,
    /// Shortfall; `None` with a reason.
    pub shortfall: Option<ShortfallVerdict>,
    /// Why something is missing.
    pub reason: Option<String>,
    /// How many days are left out, one sentence a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// One day of a backtest: the forecast of the evening before and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastDay {
    /// Day of the result.
    pub date: NaiveDate,
    /// What the book earned, fraction of NAV.
    pub result: f64,
    /// VaR forecast, positive = loss.
    pub var: f64,
    /// ES forecast.
    pub es: f64,
}

/// What a run released, for the backtests of later runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleasedRisk {
    /// Date of the run.
    pub date: NaiveDate,
    /// Sessions since the run before.
    pub sessions: u32,
    /// NAV of the day, after costs.
    pub nav: f64,
    /// One-session historical VaR and ES of the released book, where there are any.
    pub levels: Vec<ReleasedLevel>,
    /// Whether the NAV holds what every position earned. Left out of the JSON when it does, as in states of before it was
    /// kept, so that the digest of an older record is still that of its content.
    #[serde(default, skip_serializing_if = "NavMarks::is_whole")]
    pub marks: NavMarks,
}

/// How much of the held book is marked in a NAV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NavMarks {
    /// Every position.
    #[default]
    Whole,
    /// Some position has no return yet, or a hole in its returns.
    Partial,
}

impl NavMarks {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// The released measures at one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReleasedLevel {
    /// Level.
    pub confidence_pct: Confidence,
    /// VaR.
    pub var: f64,
    /// ES.
    pub es: f64,
}

impl ReleasedRisk {
    /// The measures of a report as they are released.
    pub fn of(measures: &[Measure], sessions: u32, nav: NavPoint, marks: NavMarks) -> Self {
        let value = |kind: MeasureKind, level: Confidence| {
            let wanted = |m: &&Measure| {
                m.kind == kind && m.method == Method::Historical && m.confidence_pct == level && m.horizon_days == 1
            };
            measures.iter().find(wanted).and_then(|m| m.value)
        };
        let levels = Confidence::ALL.into_iter().filter_map(|level| {
            let (var, es) = (value(MeasureKind::Var, level)?, value(MeasureKind::Es, level)?);
            Some(ReleasedLevel { confidence_pct: level, var, es })
        });
        Self { date: nav.date, sessions, nav: nav.nav, levels: levels.collect(), marks }
    }
}

/// Coverage of a series of exceptions expected with frequency `p`, tested at `level`.
///
/// # Errors
/// No day, `p` or `level` outside (0, 1).
pub fn verdict(hits: &[bool], p: f64, level: f64) -> Result<Verdict, NumericsError> {
    let tests = coverage_tests(hits, p)?;
    let recent = &hits[hits.len().saturating_sub(BASEL_DAYS)..];
    let exceptions = recent.iter().filter(|hit| **hit).count();
    let light = traffic_light(recent.len(), p, exceptions)?;
    let result = |statistic: f64, p_value: f64| TestResult { statistic, p_value, rejected: p_value < level };
    Ok(Verdict {
        observations: tests.observations,
        exceptions: tests.exceptions,
        expected: tests.observations as f64 * p,
        accepted: kupiec_region(tests.observations, p, level)?,
        kupiec: result(tests.lr_uc, tests.p_uc),
        independence: result(tests.lr_ind, tests.p_ind),
        conditional: result(tests.lr_cc, tests.p_cc),
        traffic_light: TrafficLightResult {
            observations: recent.len(),
            exceptions,
            cumulative: light.cumulative,
            light: match light.zone {
                Zone::Green => Light::Green,
                Zone::Yellow => Light::Yellow,
                Zone::Red => Light::Red,
            },
            multiplier: light.multiplier_frtb,
        },
    })
}

/// Z2 of the days against its critical value, see [`critical_z2`].
///
/// # Errors
/// No day, lengths, a forecast of ES that is not positive, `tail` outside (0, 0.5).
pub fn shortfall_verdict(days: &[ForecastDay], tail: f64, critical: f64) -> Result<ShortfallVerdict, NumericsError> {
    let column = |value: fn(&ForecastDay) -> f64| days.iter().map(value).collect::<Vec<f64>>();
    let test = acerbi_szekely(&column(|day| day.result), &column(|day| day.var), &column(|day| day.es), tail)?;
    Ok(ShortfallVerdict { z2: test.z2, critical, rejected: test.z2 < critical })
}

/// 5 % quantile of Z2 over `days` days when returns are normal and the forecast is right.
///
/// # Errors
/// No day, `tail` outside (0, 0.5).
pub fn critical_z2(days: usize, tail: f64, seed: u64) -> Result<f64, NumericsError> {
    z2_distribution(days, tail, None, Z2_PATHS, seed).map(|found| found.critical_5pct)
}

/// Tests one series of forecasts, oldest first. `critical` answers as [`critical_z2`] does, for days and tail.
pub fn backtest(
    of: BacktestOf,
    method: Method,
    confidence: Confidence,
    days: Result<&[ForecastDay], String>,
    config: &RiskConfig,
    mut critical: impl FnMut(usize, f64) -> Result<f64, NumericsError>,
) -> Backtest {
    let bare = |reason: Option<String>| Backtest {
        of,
        method,
        confidence_pct: confidence,
        period: None,
        coverage: None,
        shortfall: None,
        reason,
        left_out: Vec::new(),
    };
    let days = match days {
        Ok(days) => days,
        Err(reason) => return bare(Some(reason)),
    };
    let needed = config.measures.backtest_minimum_days;
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return bare(Some(format!("no day to test, {needed} are needed")));
    };
    let period = Some((first.date, last.date));
    if days.len() < needed {
        let reason = format!("{} days to test, {needed} are needed", days.len());
        return Backtest { period, ..bare(Some(reason)) };
    }
    let hits: Vec<bool> = days.iter().map(|day| -day.result > day.var).collect();
    let coverage = verdict(&hits, confidence.tail(), config.measures.backtest_level);
    let shortfall = critical(days.len(), confidence.tail())
        .and_then(|critical| shortfall_verdict(days, confidence.tail(), critical));
    let reason = [coverage.as_ref().err(), shortfall.as_ref().err()].into_iter().flatten().next();
    let reason = reason.map(ToString::to_string);
    Backtest { period, coverage: coverage.ok(), shortfall: shortfall.ok(), ..bare(reason) }
}

/// Today's book over its own past, by the methods that need nothing but its returns.
pub fn static_book(dates: &[NaiveDate], returns: &[f64], config: &RiskConfig) -> Vec<Backtest> {
    let mut tests = Vec::with_capacity(6);
    // Both methods are tested on the same days: each level's critical value is simulated once.
    let mut simulated: Vec<(usize, f64, f64)> = Vec::new();
    let mut critical = |days: usize, tail: f64| {
        if let Some((_, _, known)) = simulated.iter().find(|entry| (entry.0, entry.1) == (days, tail)) {
            return Ok(*known);
        }
        let value = critical_z2(days, tail, config.measures.seed)?;
        simulated.push((days, tail, value));
        Ok(value)
    };
    for method in [Method::Historical, Method::FilteredHistorical] {
        for confidence in Confidence::ALL {
            let days = rolling(method, confidence, dates, returns, config);
            tests.push(backtest(
                BacktestOf::StaticBook,
                method,
                confidence,
                days.as_deref().map_err(Clone::clone),
                config,
                &mut critical,
            ));
        }
    }
    tests
}

/// Forecasts of each day from the sessions before it: as many as the measure needs at least, `window` at most.
fn rolling(
    method: Method,
    confidence: Confidence,
    dates: &[NaiveDate],
    returns: &[f64],
    config: &RiskConfig,
) -> Result<Vec<ForecastDay>, String> {
    if method == Method::FilteredHistorical && config.measures.filter == VolatilityFilter::Garch {
        return Err("a GARCH(1,1) is not fitted again for every past day".to_owned());
    }
    let recursion = VarianceRecursion::exponential(config.measures.ewma_lambda);
    let forecast = |at: usize| -> Result<ForecastDay, String> {
        let known = &returns[at.saturating_sub(config.window)..at];
        let mut sample = match method {
            Method::FilteredHistorical => {
                filter_returns(known, recursion).map_err(|error| error.to_string())?.rescaled()
            }
            _ => known.to_vec(),
        };
        let (var, es) = tail_pair(&mut sample, confidence.level()).map_err(|error| error.to_string())?;
        Ok(ForecastDay { date: dates[at], result: returns[at], var, es })
    };
    (minimum(confidence, config)..returns.len()).map(forecast).collect()
}

/// Why a day of released measures is no test, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoTest {
    SeveralSessions,
    PartlyMarked,
    NoNav,
    NoVar,
    NothingAtRisk,
}

impl NoTest {
    const ALL: [Self; 5] = [Self::SeveralSessions, Self::PartlyMarked, Self::NoNav, Self::NoVar, Self::NothingAtRisk];

    fn as_str(self) -> &'static str {
        match self {
            Self::SeveralSessions => "more than one session lies between the runs",
            Self::PartlyMarked => "the NAV of one of the two runs was not marked in whole",
            Self::NoNav => "the NAV before was not positive",
            Self::NoVar => "the VaR of the run before was not computed",
            Self::NothingAtRisk => "nothing was at risk",
        }
    }
}

/// The forecast of one run against the NAV of the next.
fn forecast_day(before: &ReleasedRisk, after: &ReleasedRisk, confidence: Confidence) -> Result<ForecastDay, NoTest> {
    if after.sessions != 1 {
        return Err(NoTest::SeveralSessions);
    }
    if !(before.marks.is_whole() && after.marks.is_whole()) {
        return Err(NoTest::PartlyMarked);
    }
    if before.nav <= 0.0 {
        return Err(NoTest::NoNav);
    }
    let level = before.levels.iter().find(|level| level.confidence_pct == confidence).ok_or(NoTest::NoVar)?;
    if level.es <= 0.0 {
        return Err(NoTest::NothingAtRisk);
    }
    Ok(ForecastDay { date: after.date, result: after.nav / before.nav - 1.0, var: level.var, es: level.es })
}

/// Released measures against the next session's NAV; what is no test is counted by reason.
pub fn released(history: &[ReleasedRisk], config: &RiskConfig) -> Vec<Backtest> {
    let test = |confidence: Confidence| {
        let pairs = history.windows(2).map(|pair| forecast_day(&pair[0], &pair[1], confidence));
        let (mut days, mut left_out) = (Vec::new(), Vec::new());
        for pair in pairs {
            match pair {
                Ok(day) => days.push(day),
                Err(why) => left_out.push(why),
            }
        }
        let counted = NoTest::ALL.into_iter().filter_map(|why| {
            let count = left_out.iter().filter(|other| **other == why).count();
            let noun = if count == 1 { "day" } else { "days" };
            (count > 0).then(|| format!("{count} {noun} left out: {}", why.as_str()))
        });
        let left_out = counted.collect();
        let test = backtest(BacktestOf::Released, Method::Historical, confidence, Ok(&days), config, |days, tail| {
            critical_z2(days, tail, config.measures.seed)
        });
        Backtest { left_out, ..test }
    };
    Confidence::ALL.map(test).into()
}

#[cfg(test)]
mod tests;
