//! `[portfolio]` of the configuration.

use serde::{Deserialize, Serialize};

use crate::PortfolioError;
use crate::{AggregateConfig, AllocateConfig, ConstructConfig};

/// Consensus, construction and allocation. Every field has a default; unknown fields are errors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortfolioConfig {
    /// Consensus of the agents.
    pub aggregate: AggregateConfig,
    /// From positions to target weights.
    pub construct: ConstructConfig,
    /// From target weights to the book.
    pub allocate: AllocateConfig,
}

impl PortfolioConfig {
    /// Refuses parameters without meaning.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] naming the first.
    pub fn check(&self) -> Result<(), PortfolioError> {
        self.aggregate.check()?;
        self.construct.check()?;
        self.allocate.check()
    }
}

/// A parameter outside its range.
pub(crate) fn refuse(parameter: &str, value: impl ToString, why: &'static str) -> PortfolioError {
    PortfolioError::Parameter { parameter: parameter.to_owned(), value: value.to_string(), why }
}

/// Refuses a number that is not finite and positive.
pub(crate) fn positive(parameter: &str, value: f64) -> Result<(), PortfolioError> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(refuse(parameter, value, "must be positive")) }
}

/// Refuses a number outside [0, 1].
pub(crate) fn fraction(parameter: &str, value: f64) -> Result<(), PortfolioError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(refuse(parameter, value, "must lie between zero and one")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AllocationInput, CapitalAllocator, Construction, Weights};

    #[test]
    fn the_default_configuration_has_meaning_and_survives_toml() {
        let config = PortfolioConfig::default();
        config.check().unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<PortfolioConfig>(&text).unwrap(), config);
        assert_eq!(toml::from_str::<PortfolioConfig>("").unwrap(), config);
    }

    #[test]
    fn every_constraint_and_the_fallback_chain_are_data() {
        let text = r#"
            [allocate]
            soft = ["turnover", "linear front_end", "exposure dv01_brl"]
            fallback = ["relax_soft", "go_flat"]
            lots = "shown"
            volatility = 0.15
            bounds.USDBRL = { lower = -0.20, upper = 0.20 }
            currency.USD = { upper = 0.25 }
            exposure.dv01_brl = { upper = 0.0010 }
            exposure.duration_years = { lower = -4.0, upper = 4.0 }
            linear.front_end = { coefficients = { DI_6M = 1.0, DI_1Y = 1.0 }, lower = -0.30, upper = 0.30 }
            cost_bp.DI_5Y = 3.0
        "#;
        let config: PortfolioConfig = toml::from_str(text).unwrap();
        config.check().unwrap();
        assert_eq!(config.allocate.exposure.len(), 2);
        let again = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<PortfolioConfig>(&again).unwrap(), config);
        for wrong in [
            "[allocate]\nsoft = ['turnovr']",
            "[allocate]\nfallback = []",
            "[allocate]\nfallback = ['go_flat', 'go_flat']",
            "[allocate]\nbounds.NOPE = { upper = 0.1 }",
            "[allocate]\ncost_bp.DI5Y = 3.0",
            "[allocate]\nbounds.USDBRL = { lower = 0.2, upper = 0.1 }",
            "[allocate]\nvolatility = 0.0",
            "[allocate]\nlinear.own = { coefficients = { NOPE = 1.0 } }",
        ] {
            assert!(toml::from_str::<PortfolioConfig>(wrong).unwrap().check().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        assert!(toml::from_str::<PortfolioConfig>("[allocate]\nsingle_positon = 0.2").is_err());
        assert!(toml::from_str::<PortfolioConfig>("[construct.regime]\nramp = 3").is_err());
    }

    #[test]
    fn an_allocation_survives_json() {
        let held = Weights::from([("USDBRL".into(), -0.1)]);
        let allocator = CapitalAllocator::new(Default::default()).unwrap();
        let target = Construction::default();
        let input = AllocationInput::new(&target, &held, 1e7);
        let allocation = allocator.allocate(&input).unwrap();
        let text = serde_json::to_string(&allocation).unwrap();
        assert_eq!(serde_json::from_str::<crate::Allocation>(&text).unwrap(), allocation);
    }
}
