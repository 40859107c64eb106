//! RATES_BR_03: the 2Y-5Y slope of the DI curve against the cycle, DV01-neutral.
//!
//! ```text
//! slope  = rate(5Y) - rate(2Y)                                  decimal per year, flat-forward DI curve
//! z      = (slope today - mean of its window) / deviation of its window       window excludes today
//! fair z = -(beta_monetary * m + beta_inflation * p)            m, p: composite score times confidence
//! signal = fair z - z                                           positive: steepener (Long), negative: flattener (Short)
//! ```
//!
//! A curve steeper than its own history flattens unless the cycle justifies it. Policy that is too loose (`m > 0`) or
//! inflation pressure (`p > 0`) calls for a higher policy rate, which lifts the front more than the belly: the fair
//! slope is flatter. Policy that is too tight calls for cuts: the fair slope is steeper (Estrella and Mishkin 1997 on the
//! slope and the stance of policy). Worked: z = +1.5, m = +0.4, p = +0.3 with betas 1.0 and 0.5 give a fair z of -0.55
//! and a signal of -2.05: flatten.
//!
//! Legs of the steepener per unit: short one of DI_5Y and long `dv01(5Y) / dv01(2Y)` of DI_2Y, so that a parallel move
//! of the curve earns nothing. The ratio is refreshed on every run.
//!
//! Missing data: it abstains without a curve today, with fewer than `minimum_slopes` past slopes, without either
//! composite, and without the legs' sensitivities or returns.

use agents::{AgentId, AgentReport, Composite, Evidence};
use chrono::NaiveDate;
use market::curves::CurveBook;
use market::instruments::{InstrumentId, find};
use market::{AsOf, CalendarId};
use serde::{Deserialize, Serialize};

use super::carry_roll::business_days;
use crate::lifecycle::{self, Proposal, Today};
use crate::mark::DatedReturns;
use crate::sample::{ReturnWindow, annualised_volatility, mean, recent_returns, sessions_back, standard_deviation};
use crate::{Caveats, Leg, LifecycleRules, Strategy, StrategyError, StrategyId, StrategyReport, StrategyState};

/// Package name.
pub const PACKAGE: &str = "DI_2Y_5Y";
const SHORT_LEG: &str = "DI_2Y";
const LONG_LEG: &str = "DI_5Y";
const SHORT_BD: f64 = 504.0;
const LONG_BD: f64 = 1260.0;

/// Parameters of RATES_BR_03.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlopeParameters {
    /// Life of a package; thresholds in standard deviations.
    pub rules: LifecycleRules,
    /// Past slopes that make up the window, today excluded.
    pub window: u32,
    /// Fewest past slopes accepted.
    pub minimum_slopes: usize,
    /// Standard deviations by which a monetary composite of +1 flattens the fair slope.
    pub beta_monetary: f64,
    /// Standard deviations by which an inflation composite of +1 flattens the fair slope.
    pub beta_inflation: f64,
    /// Sessions of returns behind the package's volatility.
    pub volatility_window: u32,
    /// Fewest returns accepted.
    pub minimum_returns: usize,
    /// Oldest acceptable curve and last return, in sessions.
    pub max_age_sessions: u32,
}

impl Default for SlopeParameters {
    fn default() -> Self {
        Self {
            rules: LifecycleRules { entry: 1.25, exit: 0.5, ..LifecycleRules::default() },
            window: 756,
            minimum_slopes: 252,
            beta_monetary: 1.0,
            beta_inflation: 0.5,
            volatility_window: 252,
            minimum_returns: 60,
            max_age_sessions: 5,
        }
    }
}

/// RATES_BR_03.
#[derive(Debug, Clone)]
pub struct Slope {
    parameters: SlopeParameters,
}

/// The slope against its own past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardised {
    /// Mean of the window.
    pub mean: f64,
    /// Sample deviation of the window.
    pub deviation: f64,
    /// Distance of the current value from the mean, in deviations.
    pub z: f64,
}

/// Standardises `current` on `past`, which must not hold it. `None` when the past does not vary.
pub fn standardise(current: f64, past: &[f64]) -> Option<Standardised> {
    let (mean, deviation) = (mean(past)?, standard_deviation(past)?);
    let z = (current - mean) / deviation;
    z.is_finite().then_some(Standardised { mean, deviation, z })
}

/// Legs of the steepener: DV01-neutral, short one unit of the long leg. `None` unless both sensitivities have one sign.
pub fn steepener(dv01_short: f64, dv01_long: f64) -> Option<[Leg; 2]> {
    let ratio = dv01_long / dv01_short;
    (ratio.is_finite() && ratio > 0.0).then(|| [Leg::new(SHORT_LEG, ratio), Leg::new(LONG_LEG, -1.0)])
}

impl Slope {
    /// Id in reports and configuration.
    pub const ID: &'static str = "RATES_BR_03";

    /// The strategy with these parameters.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a parameter without meaning.
    pub fn new(parameters: SlopeParameters) -> Result<Self, StrategyError> {
        let id = StrategyId::new(Self::ID);
        parameters.rules.check(&id)?;
        let refuse = |parameter, value: String, why| {
            Err(StrategyError::Parameter { strategy: id.clone(), parameter, value, why })
        };
        let window = parameters.window as usize;
        if parameters.minimum_slopes < 2 || parameters.minimum_slopes > window {
            return refuse("minimum_slopes", parameters.minimum_slopes.to_string(), "must lie between two and window");
        }
        if parameters.minimum_returns < 2 {
            return refuse("minimum_returns", parameters.minimum_returns.to_string(), "must be at least two");
        }
        for (name, beta) in [("beta_monetary", parameters.beta_monetary), ("beta_inflation", parameters.beta_inflation)]
        {
            if !(beta.is_finite() && beta >= 0.0) {
                return refuse(name, beta.to_string(), "must be zero or positive");
            }
        }
        Ok(Self { parameters })
    }

    /// The package with its signal, or why there is none.
    fn proposal(&self, view: &AsOf<'_>, agents: &[AgentReport]) -> Result<Proposal, String> {
        let p = &self.parameters;
        let monetary = composite(agents, AgentId::Monetary)?;
        let inflation = composite(agents, AgentId::Inflation)?;
        let longest = p.window.max(p.volatility_window);
        let book = CurveBook::new(view, sessions_back(view, longest));
        let slopes = self.slopes(&book)?;
        let Some(((date, current), past)) = slopes.split_last() else {
            return Err("the DI curve has no slope".to_owned());
        };
        let past: Vec<f64> = past.iter().map(|(_, slope)| *slope).collect();
        let past = &past[past.len().saturating_sub(p.window as usize)..];
        if past.len() < p.minimum_slopes {
            return Err(format!("{} of {} past slopes", past.len(), p.minimum_slopes));
        }
        let level = standardise(*current, past).ok_or("the past slopes do not vary")?;
        let fair = -(p.beta_monetary * weighed(monetary) + p.beta_inflation * weighed(inflation));
        let signal = fair - level.z;

        let legs = steepener(dv01(&book, SHORT_LEG)?, dv01(&book, LONG_LEG)?)
            .ok_or("the legs' DV01s do not make a hedge ratio")?;
        let window =
            ReturnWindow { sessions: p.volatility_window, minimum: p.minimum_returns, max_age: p.max_age_sessions };
        let leg_returns = [SHORT_LEG, LONG_LEG]
            .iter()
            .map(|leg| recent_returns(&book, &InstrumentId::new(leg), window))
            .collect::<Result<Vec<_>, _>>()?;
        let returns = package_returns(&legs, &leg_returns);
        if returns.len() < p.minimum_returns {
            return Err(format!("{} of {} common returns of the legs", returns.len(), p.minimum_returns));
        }
        let volatility = annualised_volatility(&returns).ok_or("the package's returns do not vary")?;

        let item =
            |name: &str, value, unit: &str| Evidence { period: Some(*date), ..Evidence::computed(name, value, unit) };
        let evidence = vec![
            item("slope 5Y-2Y", *current, "decimal per year"),
            item("mean of past slopes", level.mean, "decimal per year"),
            item("deviation of past slopes", level.deviation, "decimal per year"),
            item("z of the slope", level.z, "standard deviations"),
            item("monetary composite times confidence", weighed(monetary), "score"),
            item("inflation composite times confidence", weighed(inflation), "score"),
            item("fair z", fair, "standard deviations"),
            item("hedge ratio 2Y per 5Y", legs[0].ratio, "notional"),
            item("package volatility", volatility, "per year"),
            item("signal", signal, "standard deviations"),
        ];
        let coverage = 0.5 * (monetary.confidence + inflation.confidence);
        // Agents that hardly believe their composites leave the history of the slope, which is half the argument.
        let coverage = 0.5 + 0.5 * coverage.clamp(0.0, 1.0);
        Ok(Proposal {
            package: PACKAGE.to_owned(),
            long_legs: legs.to_vec(),
            leg_returns,
            signal,
            volatility,
            coverage,
            evidence,
        })
    }

    /// Slopes by date, oldest first, the newest recent enough to trade on.
    fn slopes(&self, book: &CurveBook<'_, '_>) -> Result<Vec<(NaiveDate, f64)>, String> {
        let view = book.view();
        let slopes = slope_history(book);
        let oldest =
            view.calendars().business_days_before(CalendarId::B3, view.date(), self.parameters.max_age_sessions);
        match slopes.last() {
            Some((date, _)) if *date >= oldest => Ok(slopes),
            Some((date, _)) => {
                Err(format!("the last DI curve that reaches five years, of {date}, is older than {oldest}"))
            }
            None => Err("no DI curve reaches five years".to_owned()),
        }
    }
}

/// Slope of every DI curve of the book that reaches from two to five years, oldest first.
fn slope_history(book: &CurveBook<'_, '_>) -> Vec<(NaiveDate, f64)> {
    let slopes = book.di().iter().filter_map(|(date, curve)| {
        let curve = curve.as_ref().ok()?;
        let slope = curve.rate(LONG_BD).ok()? - curve.rate(SHORT_BD).ok()?;
        slope.is_finite().then_some((*date, slope))
    });
    slopes.collect()
}

fn composite(agents: &[AgentReport], agent: AgentId) -> Result<Composite, String> {
    let report = agents.iter().find(|report| report.agent == agent);
    let composite = report.and_then(|report| report.composite);
    composite.ok_or_else(|| format!("the {agent} agent has no composite"))
}

fn weighed(composite: Composite) -> f64 {
    composite.score * composite.confidence
}

/// Loss of one unit for a basis point on the Brazilian curve.
fn dv01(book: &CurveBook<'_, '_>, instrument: &str) -> Result<f64, String> {
    let found = find(&InstrumentId::new(instrument)).ok_or_else(|| format!("{instrument}: not in the universe"))?;
    let sensitivity = found.sensitivity_with(book).map_err(|error| error.to_string())?;
    Ok(sensitivity.dv01_brl)
}

/// Returns of the package on the dates on which both legs have one.
pub fn package_returns(legs: &[Leg], returns: &[DatedReturns]) -> Vec<f64> {
    let Some((first, rest)) = returns.split_first() else { return Vec::new() };
    let on = |leg: &DatedReturns, date| leg.dates.binary_search(&date).ok().map(|row| leg.returns[row]);
    let mut joint = Vec::new();
    for (date, value) in first.dates.iter().zip(&first.returns) {
        let others: Option<Vec<f64>> = rest.iter().map(|leg| on(leg, *date)).collect();
        let Some(others) = others else { continue };
        let values = std::iter::once(*value).chain(others);
        joint.push(legs.iter().zip(values).map(|(leg, value)| leg.ratio * value).sum());
    }
    joint
}

impl Strategy for Slope {
    fn id(&self) -> StrategyId {
        StrategyId::new(Self::ID)
    }

    fn summary(&self) -> &'static str {
        "2Y-5Y slope of the DI curve against cycle and expectations, DV01-neutral"
    }

    fn instruments(&self) -> Vec<InstrumentId> {
        [SHORT_LEG, LONG_LEG].into_iter().map(InstrumentId::new).collect()
    }

    fn evaluate(
        &self,
        view: &AsOf<'_>,
        agents: &[AgentReport],
        state: &StrategyState,
    ) -> Result<StrategyReport, StrategyError> {
        let proposal = match self.proposal(view, agents) {
            Ok(proposal) => proposal,
            Err(reason) => return Ok(lifecycle::abstain(&self.id(), reason, state, Caveats::default())),
        };
        let age = |since| business_days(view, since);
        let today = Today { date: view.date(), age: &age, signal_unit: "standard deviations" };
        Ok(lifecycle::decide(&self.id(), &self.parameters.rules, &today, &[proposal], state, Caveats::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steepener_is_dv01_neutral_to_the_last_digit_that_matters() {
        let (two, five) = (1.62e-4, 3.01e-4);
        let legs = steepener(two, five).unwrap();
        let dv01 = legs[0].ratio * two + legs[1].ratio * five;
        assert!(dv01.abs() < 1e-19, "{dv01}");
        assert!(legs[0].ratio > 0.0 && legs[1].ratio == -1.0);
    }

    #[test]
    fn no_hedge_ratio_is_invented_from_a_missing_sensitivity() {
        assert!(steepener(0.0, 3e-4).is_none());
        assert!(steepener(1e-4, 0.0).is_none());
        assert!(steepener(1e-4, f64::NAN).is_none());
    }

    #[test]
    fn the_window_does_not_hold_the_value_it_judges() {
        let past = [0.01, 0.02, 0.03];
        let level = standardise(0.04, &past).unwrap();
        assert!((level.z - 2.0).abs() < 1e-12, "mean 0.02, deviation 0.01");
        assert!(standardise(0.04, &[0.01; 5]).is_none());
    }

    #[test]
    fn package_returns_use_common_dates_only() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        let two = DatedReturns { dates: vec![day(2), day(3), day(4)], returns: vec![0.01, 0.02, 0.03] };
        let five = DatedReturns { dates: vec![day(2), day(4)], returns: vec![0.01, 0.05] };
        let legs = [Leg::new(SHORT_LEG, 2.0), Leg::new(LONG_LEG, -1.0)];
        let joint = package_returns(&legs, &[two, five]);
        assert_eq!(joint.len(), 2);
        assert!((joint[0] - 0.01).abs() < 1e-15 && (joint[1] - 0.01).abs() < 1e-15);
    }
}
