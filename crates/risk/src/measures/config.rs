//! What an operator may change about the tail measures, their split and their backtests.

use serde::{Deserialize, Serialize};

use crate::confidence::Confidence;
use crate::error::RiskError;

/// How past returns are brought to today's volatility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolatilityFilter {
    /// Exponential weights with `ewma_lambda`.
    Ewma,
    /// GARCH(1,1) with normal shocks, fitted on the book's returns.
    Garch,
}

/// Keys below `risk.measures`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureConfig {
    /// Filter of the filtered historical simulation.
    pub filter: VolatilityFilter,
    /// Weight of the last variance per session, in (0, 1).
    pub ewma_lambda: f64,
    /// Paths of the ten-session filtered simulation.
    pub filtered_paths: usize,
    /// Draws of the t copula over one session. The standard error of a VaR 99 is about 4 % of it with 10,000.
    pub copula_draws: usize,
    /// Paths of the t copula over ten sessions, each of ten draws. The standard error of an ES 99 is about a tenth of it
    /// with 2,000.
    pub copula_paths: usize,
    /// Seed of every simulation: the same book on the same data has the same numbers.
    pub seed: u64,
    /// Level at which VaR and ES are split.
    pub split_confidence: Confidence,
    /// Fewest days of a backtest.
    pub backtest_minimum_days: usize,
    /// A test rejects below this probability.
    pub backtest_level: f64,
}

impl Default for MeasureConfig {
    fn default() -> Self {
        Self {
            filter: VolatilityFilter::Ewma,
            ewma_lambda: 0.94,
            filtered_paths: 10_000,
            copula_draws: 10_000,
            copula_paths: 2_000,
            seed: 20_231_120,
            split_confidence: Confidence::P95,
            backtest_minimum_days: 100,
            backtest_level: 0.05,
        }
    }
}

impl MeasureConfig {
    /// Refuses numbers without meaning.
    ///
    /// # Errors
    /// [`RiskError::Config`] with the first key that does not make sense.
    pub fn validate(&self) -> Result<(), RiskError> {
        let refuse = |key: &str, why: String| Err(RiskError::Config { key: format!("measures.{key}"), why });
        if !(self.ewma_lambda > 0.0 && self.ewma_lambda < 1.0) {
            return refuse("ewma_lambda", format!("must lie in (0, 1), not {}", self.ewma_lambda));
        }
        for (key, count) in [
            ("filtered_paths", self.filtered_paths),
            ("copula_draws", self.copula_draws),
            ("copula_paths", self.copula_paths),
        ] {
            if !(1_000..=10_000_000).contains(&count) {
                return refuse(key, format!("must lie in [1000, 10000000], not {count}"));
            }
        }
        if self.backtest_minimum_days < 20 {
            return refuse("backtest_minimum_days", format!("at least 20, not {}", self.backtest_minimum_days));
        }
        if !(self.backtest_level > 0.0 && self.backtest_level < 0.5) {
            return refuse("backtest_level", format!("must lie in (0, 0.5), not {}", self.backtest_level));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_a_number_without_meaning_is_named() {
        assert_eq!(MeasureConfig::default().validate(), Ok(()));
        let error = MeasureConfig { ewma_lambda: 1.0, ..MeasureConfig::default() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "risk configuration measures.ewma_lambda: must lie in (0, 1), not 1");
        assert!(MeasureConfig { copula_draws: 10, ..MeasureConfig::default() }.validate().is_err());
        assert!(MeasureConfig { backtest_level: f64::NAN, ..MeasureConfig::default() }.validate().is_err());
        assert!(serde_json::from_str::<MeasureConfig>(r#"{"split_confidence":97.5}"#).is_ok());
        assert!(serde_json::from_str::<MeasureConfig>(r#"{"draws":5}"#).is_err());
    }
}
