//! Parameters of the construction.

use serde::{Deserialize, Serialize};

use crate::PortfolioError;
use crate::config::{fraction, positive, refuse};

/// Scale of the book by regime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegimeScales {
    /// Risk is being taken.
    pub risk_on: f64,
    /// Neither.
    pub neutral: f64,
    /// Risk is being shed.
    pub risk_off: f64,
    /// The regime is not known: as cautious as risk-off, and noted.
    pub unknown: f64,
    /// Sessions over which a change is made.
    pub ramp_sessions: u32,
}

impl Default for RegimeScales {
    fn default() -> Self {
        Self { risk_on: 1.0, neutral: 0.7, risk_off: 0.4, unknown: 0.4, ramp_sessions: 3 }
    }
}

/// Parameters of the construction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConstructConfig {
    /// Annualised volatility of the book at full conviction in a risk-on regime (decimal).
    pub volatility_target: f64,
    /// Sum of the packages' convictions from which the whole volatility target is used; below it the target shrinks in
    /// proportion, so that one weak idea does not get the desk's whole risk. Zero always uses the whole.
    pub full_conviction: f64,
    /// Weight of conviction in the risk budgets: zero is equal risk, one is conviction alone.
    pub conviction_tilt: f64,
    /// Factor on a package that the consensus of its asset class opposes.
    pub conflict_dampening: f64,
    /// Most recent common sessions behind the covariance.
    pub covariance_window: usize,
    /// Fewest common sessions; a package that would leave fewer is dropped.
    pub minimum_observations: usize,
    /// Calendar days before the run date within which a package's last return must lie.
    pub max_age_days: u32,
    /// Scale by regime.
    pub regime: RegimeScales,
}

impl Default for ConstructConfig {
    fn default() -> Self {
        Self {
            volatility_target: 0.06,
            full_conviction: 1.0,
            conviction_tilt: 0.5,
            conflict_dampening: 0.6,
            covariance_window: 252,
            minimum_observations: 60,
            max_age_days: 7,
            regime: RegimeScales::default(),
        }
    }
}

impl ConstructConfig {
    /// Refuses parameters without meaning.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] naming the first.
    pub fn check(&self) -> Result<(), PortfolioError> {
        positive("construct.volatility_target", self.volatility_target)?;
        if !(self.full_conviction.is_finite() && self.full_conviction >= 0.0) {
            return Err(refuse("construct.full_conviction", self.full_conviction, "must be zero or positive"));
        }
        fraction("construct.conviction_tilt", self.conviction_tilt)?;
        fraction("construct.conflict_dampening", self.conflict_dampening)?;
        if self.minimum_observations < 20 {
            return Err(refuse("construct.minimum_observations", self.minimum_observations, "must be at least 20"));
        }
        if self.covariance_window < self.minimum_observations {
            return Err(refuse(
                "construct.covariance_window",
                self.covariance_window,
                "must not be below minimum_observations",
            ));
        }
        fraction("construct.regime.risk_on", self.regime.risk_on)?;
        fraction("construct.regime.neutral", self.regime.neutral)?;
        fraction("construct.regime.risk_off", self.regime.risk_off)?;
        fraction("construct.regime.unknown", self.regime.unknown)?;
        if self.regime.ramp_sessions == 0 {
            return Err(refuse("construct.regime.ramp_sessions", 0, "must be at least one"));
        }
        Ok(())
    }
}
