//! Parameters of all strategies, as in the configuration file.

use serde::{Deserialize, Serialize};

use crate::fx::carry_fundamentals::CarryFundamentalsParameters;
use crate::rates::carry_roll::CarryRollParameters;
use crate::rates::slope::SlopeParameters;

/// `[strategies]` of the configuration: which run, and with which parameters. Every field has a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StrategiesConfig {
    /// Ids of strategies that do not run.
    pub disabled: Vec<String>,
    /// Carry and roll-down along the DI curve.
    pub rates_br_01: CarryRollParameters,
    /// Slope of the DI curve between two and five years.
    pub rates_br_03: SlopeParameters,
    /// Carry, fundamentals and flow of USD/BRL.
    pub fx_br_01: CarryFundamentalsParameters,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_survive_toml_and_unknown_fields_are_errors() {
        let config = StrategiesConfig::default();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<StrategiesConfig>(&text).unwrap(), config);
        assert!(toml::from_str::<StrategiesConfig>("[rates_br_01]\nhorizon = 3").is_err());
        assert!(
            toml::from_str::<StrategiesConfig>("[rates_br_01.rules]\nhorizon_days = 42").is_err(),
            "rules are whole"
        );
        let part = toml::from_str::<StrategiesConfig>("[rates_br_01]\nminimum_tenors = 4").unwrap();
        assert_eq!(part.rates_br_01.rules, config.rates_br_01.rules);
    }
}
