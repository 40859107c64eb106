//! Every number of the risk step that an operator may change, with the desk's defaults.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::RiskError;
use crate::limits::LimitConfig;
use crate::liquidity::LiquidityConfig;
use crate::measures::MeasureConfig;
use crate::scenario::{self, Scenario};
use crate::stress::episodes::{self, Episode};
use crate::stress::reverse::ReverseConfig;
use crate::waivers::{self, Waiver};

/// Configuration of the risk step. All fractions are of NAV unless said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskConfig {
    /// Most recent common sessions that VaR, ES and the covariance use at most.
    pub window: usize,
    /// Fewest common sessions for a measure at 95 %.
    pub minimum_observations_95: usize,
    /// Fewest common sessions for a measure at 99 %.
    pub minimum_observations_99: usize,
    /// Calendar days before the run date within which an instrument's last return counts as its last session, and the
    /// book's last common session as current.
    pub last_session_max_age_days: u32,
    /// The tail measures, their split and their backtests.
    pub measures: MeasureConfig,
    /// The nine limits, and those that the desk adds.
    pub limits: LimitConfig,
    /// Accepted breaches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// The drawdown breakers.
    pub breakers: BreakerConfig,
    /// Hypothetical factor scenarios, all of them repriced on every run.
    pub scenarios: Vec<Scenario>,
    /// Dated episodes, measured from the stored figures and applied to today's book.
    pub episodes: Vec<Episode>,
    /// Losses for which the likeliest move is looked for.
    pub reverse_stress: ReverseConfig,
    /// How positions are assumed to be closed.
    pub liquidity: LiquidityConfig,
}

impl Default for RiskConfig {
    fn default() -> Self {
        Self {
            window: 504,
            minimum_observations_95: 120,
            minimum_observations_99: 250,
            last_session_max_age_days: 10,
            measures: MeasureConfig::default(),
            limits: LimitConfig::default(),
            waivers: Vec::new(),
            breakers: BreakerConfig::default(),
            scenarios: scenario::standard(),
            episodes: episodes::standard(),
            reverse_stress: ReverseConfig::default(),
            liquidity: LiquidityConfig::default(),
        }
    }
}

/// One breaker: at this drawdown the book is scaled by this factor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerStep {
    /// Drawdown from the reference peak at which it trips, positive fraction.
    pub drawdown: f64,
    /// Factor on the book while it is tripped, in [0, 1].
    pub scale: f64,
}

/// The three drawdown breakers and how they release. See [`crate::drawdown`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerConfig {
    /// First step.
    pub caution: BreakerStep,
    /// Second step.
    pub defensive: BreakerStep,
    /// Last step: the book is closed and waits for a re-arm.
    pub flat: BreakerStep,
    /// A step releases only when the drawdown is this much smaller than the one that trips it.
    pub hysteresis: f64,
    /// Business days a step is held at least, counted from the day it was entered.
    pub cooldown_sessions: u32,
    /// Dates from which a person has allowed trading to resume after the flat step. Each serves one trip: the first run
    /// on or after it that finds the book flat since before it, and the cool-down over, re-arms.
    pub rearm_on: Vec<NaiveDate>,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            caution: BreakerStep { drawdown: 0.03, scale: 0.75 },
            defensive: BreakerStep { drawdown: 0.05, scale: 0.50 },
            flat: BreakerStep { drawdown: 0.08, scale: 0.0 },
            hysteresis: 0.01,
            cooldown_sessions: 5,
            rearm_on: Vec::new(),
        }
    }
}

impl RiskConfig {
    /// Refuses numbers without meaning: what passes here cannot make a limit silent or a breaker a trap.
    ///
    /// # Errors
    /// [`RiskError::Config`] with the first key that does not make sense.
    pub fn validate(&self) -> Result<(), RiskError> {
        let refuse = |key: &str, why: String| Err(RiskError::Config { key: key.to_owned(), why });
        if self.minimum_observations_95 < 20 || self.minimum_observations_99 < self.minimum_observations_95 {
            let (at_95, at_99) = (self.minimum_observations_95, self.minimum_observations_99);
            return refuse(
                "minimum_observations_95",
                format!("at least 20 and not above the one for 99 %, not {at_95} and {at_99}"),
            );
        }
        if self.window < self.minimum_observations_99 {
            return refuse(
                "window",
                format!(
                    "{} sessions are fewer than the minimum {} for 99 %",
                    self.window, self.minimum_observations_99
                ),
            );
        }
        self.limits.validate()?;
        self.measures.validate()?;
        waivers::validate(&self.waivers)?;
        self.breakers.validate()?;
        let mut names = BTreeSet::new();
        for scenario in &self.scenarios {
            let key = format!("scenarios.{}", scenario.name);
            if scenario.name.trim().is_empty() || !names.insert(scenario.name.as_str()) {
                return refuse("scenarios", format!("the name {:?} is empty or given twice", scenario.name));
            }
            scenario.shock().check().map_err(|error| RiskError::Config { key, why: error.to_string() })?;
        }
        episodes::validate(&self.episodes)?;
        self.reverse_stress.validate()?;
        self.liquidity.validate()?;
        if self.scenarios.is_empty() {
            return refuse("scenarios", "there must be at least one".to_owned());
        }
        Ok(())
    }
}

impl BreakerConfig {
    /// Refuses steps out of order and a hysteresis that would never release.
    ///
    /// # Errors
    /// [`RiskError::Config`].
    pub fn validate(&self) -> Result<(), RiskError> {
        let refuse = |key: &str, why: String| Err(RiskError::Config { key: key.to_owned(), why });
        let steps = [self.caution, self.defensive, self.flat];
        let rising = steps.windows(2).all(|pair| pair[0].drawdown < pair[1].drawdown && pair[0].scale > pair[1].scale);
        if !(rising && self.caution.drawdown > 0.0 && self.flat.drawdown < 1.0 && self.caution.scale < 1.0) {
            let why = "drawdowns must rise within (0, 1) and scales fall below 1 from caution to flat";
            return refuse("breakers", why.to_owned());
        }
        if self.flat.scale != 0.0 {
            return refuse("breakers.flat.scale", format!("must be 0, not {}: flat holds nothing", self.flat.scale));
        }
        if !(self.hysteresis >= 0.0 && self.hysteresis < self.caution.drawdown) {
            let why = format!(
                "must lie in [0, {}), not {}: caution would never release",
                self.caution.drawdown, self.hysteresis
            );
            return refuse("breakers.hysteresis", why);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_read_back() {
        let config = RiskConfig::default();
        assert_eq!(config.validate(), Ok(()));
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<RiskConfig>(&text).unwrap(), config);
        assert_eq!(serde_json::from_str::<RiskConfig>("{}").unwrap(), config);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(serde_json::from_str::<RiskConfig>(r#"{"limits":{"var95":0.02}}"#).is_err());
    }

    #[test]
    fn a_hysteresis_that_never_releases_is_refused() {
        let breakers = BreakerConfig { hysteresis: 0.03, ..BreakerConfig::default() };
        let error = RiskConfig { breakers, ..RiskConfig::default() }.validate().unwrap_err();
        assert_eq!(
            error.to_string(),
            "risk configuration breakers.hysteresis: must lie in [0, 0.03), not 0.03: caution would never release"
        );
    }

    #[test]
    fn a_limit_that_is_no_number_is_refused() {
        let limits = LimitConfig { var_95: f64::NAN, ..LimitConfig::default() };
        let error = RiskConfig { limits, ..RiskConfig::default() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "risk configuration limits.var_95: must be a positive number, not NaN");
    }
}
