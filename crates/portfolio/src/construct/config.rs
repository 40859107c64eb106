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

/// How relative weights are found from the packages' covariance. Formulas: [`methods`](super::methods).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstructMethod {
    /// Every package the same part of the risk (Maillard, Roncalli and Teiletche 2010).
    EqualRiskContribution,
    /// Every package the same volatility on its own; correlations are ignored.
    InverseVolatility,
    /// The least variance of one unit of exposure.
    MinimumVariance,
    /// The largest ratio of expected return to volatility (Markowitz 1952).
    MeanVariance,
    /// The equal-risk book as equilibrium, moved by the packages as views (Black and Litterman 1992).
    BlackLitterman,
    /// Recursive bisection of a cluster tree (Lopez de Prado 2016).
    HierarchicalRiskParity,
    /// No method: the end of a fallback chain, at which the step fails.
    None,
}

impl ConstructMethod {
    /// As in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EqualRiskContribution => "equal_risk_contribution",
            Self::InverseVolatility => "inverse_volatility",
            Self::MinimumVariance => "minimum_variance",
            Self::MeanVariance => "mean_variance",
            Self::BlackLitterman => "black_litterman",
            Self::HierarchicalRiskParity => "hierarchical_risk_parity",
            Self::None => "none",
        }
    }

    /// Name of the stage that keeps the method's weights at equal conviction.
    pub fn stage(self) -> &'static str {
        match self {
            Self::EqualRiskContribution => "equal_risk",
            other => other.as_str(),
        }
    }
}

impl std::fmt::Display for ConstructMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the covariance is estimated from the common returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CovarianceEstimator {
    /// Shrunk to constant correlation (Ledoit and Wolf 2004).
    #[default]
    LedoitWolf,
    /// Exponentially weighted, zero mean (RiskMetrics 1996), with `ewma_lambda`.
    Ewma,
    /// The sample covariance. Singular with no more sessions than packages.
    Sample,
}

/// The equilibrium of Black and Litterman.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlackLittermanConfig {
    /// Risk aversion of the equilibrium: the equal-risk book at the volatility target is held for an annual Sharpe ratio of
    /// risk aversion times volatility target. 2.5 is He and Litterman's (1999).
    pub risk_aversion: f64,
    /// Variance of the equilibrium returns over that of returns; 0.05 is He and Litterman's.
    pub tau: f64,
}

impl Default for BlackLittermanConfig {
    fn default() -> Self {
        Self { risk_aversion: 2.5, tau: 0.05 }
    }
}

/// Parameters of the construction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConstructConfig {
    /// How relative weights are found.
    pub method: ConstructMethod,
    /// Methods tried in this order when `method` cannot solve; each use degrades the run. `none` ends the list: the step
    /// fails, as it does at the end of any list.
    pub fallback: Vec<ConstructMethod>,
    /// Estimator of the packages' covariance.
    pub covariance: CovarianceEstimator,
    /// Decay of the exponentially weighted covariance a session, in (0, 1).
    pub ewma_lambda: f64,
    /// Annual Sharpe ratio that a package of conviction one is taken to earn: an assumption of the house, not an estimate.
    /// Read by `mean_variance` (in proportion to conviction) and `black_litterman` (with conviction as the confidence).
    pub implied_sharpe: f64,
    /// Annualised volatility of the book at full conviction in a risk-on regime (decimal).
    pub volatility_target: f64,
    /// Sum of the packages' convictions from which the whole volatility target is used; below it the target shrinks in
    /// proportion, so that one weak idea does not get the desk's whole risk. Zero always uses the whole.
    pub full_conviction: f64,
    /// Weight of conviction in the risk budgets: zero is equal risk, one is conviction alone. Methods without budgets read
    /// it in their own terms, zero always being indifferent to conviction.
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
    /// Equilibrium of the method `black_litterman`.
    pub black_litterman: BlackLittermanConfig,
}

impl Default for ConstructConfig {
    fn default() -> Self {
        Self {
            method: ConstructMethod::EqualRiskContribution,
            fallback: vec![ConstructMethod::InverseVolatility, ConstructMethod::None],
            covariance: CovarianceEstimator::LedoitWolf,
            ewma_lambda: 0.94,
            implied_sharpe: 0.5,
            volatility_target: 0.06,
            full_conviction: 1.0,
            conviction_tilt: 0.5,
            conflict_dampening: 0.6,
            covariance_window: 252,
            minimum_observations: 60,
            max_age_days: 7,
            regime: RegimeScales::default(),
            black_litterman: BlackLittermanConfig::default(),
        }
    }
}

impl ConstructConfig {
    /// Refuses parameters without meaning.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] naming the first.
    pub fn check(&self) -> Result<(), PortfolioError> {
        self.check_methods()?;
        if !(self.ewma_lambda > 0.0 && self.ewma_lambda < 1.0) {
            return Err(refuse("construct.ewma_lambda", self.ewma_lambda, "must lie strictly between zero and one"));
        }
        positive("construct.implied_sharpe", self.implied_sharpe)?;
        positive("construct.black_litterman.risk_aversion", self.black_litterman.risk_aversion)?;
        positive("construct.black_litterman.tau", self.black_litterman.tau)?;
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

    /// The methods in the order in which they are tried, each once.
    pub fn chain(&self) -> impl Iterator<Item = ConstructMethod> + '_ {
        let fallback = self.fallback.iter().copied().filter(|method| *method != self.method);
        std::iter::once(self.method).chain(fallback).take_while(|method| *method != ConstructMethod::None)
    }

    fn check_methods(&self) -> Result<(), PortfolioError> {
        if self.method == ConstructMethod::None {
            return Err(refuse("construct.method", self.method, "must name a method; none only ends a fallback"));
        }
        for (row, method) in self.fallback.iter().enumerate() {
            if *method == ConstructMethod::None && row + 1 < self.fallback.len() {
                return Err(refuse("construct.fallback", method, "must be the last entry"));
            }
            if self.fallback[..row].contains(method) {
                return Err(refuse("construct.fallback", method, "is listed twice"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConstructMethod::{BlackLitterman, EqualRiskContribution, InverseVolatility, None};

    #[test]
    fn methods_read_from_the_configuration_by_their_names() {
        let text = r#"method = "black_litterman"
            fallback = ["equal_risk_contribution", "inverse_volatility", "none"]
            covariance = "ewma"
            ewma_lambda = 0.97"#;
        let config: ConstructConfig = toml::from_str(text).unwrap();
        config.check().unwrap();
        assert_eq!(config.chain().collect::<Vec<_>>(), [BlackLitterman, EqualRiskContribution, InverseVolatility]);
        assert_eq!(config.covariance, CovarianceEstimator::Ewma);
        assert!(toml::from_str::<ConstructConfig>(r#"method = "equal_weights""#).is_err());
    }

    #[test]
    fn a_chain_that_goes_on_after_its_end_or_repeats_itself_is_refused() {
        let with = |fallback: &[ConstructMethod]| ConstructConfig { fallback: fallback.to_vec(), ..Default::default() };
        assert!(with(&[]).check().is_ok());
        assert!(with(&[None, InverseVolatility]).check().is_err());
        assert!(with(&[EqualRiskContribution]).check().is_ok(), "the default list fits every method");
        assert_eq!(with(&[EqualRiskContribution, InverseVolatility]).chain().count(), 2);
        assert!(with(&[InverseVolatility, InverseVolatility]).check().is_err());
        assert!(ConstructConfig { method: None, ..Default::default() }.check().is_err());
        assert!(ConstructConfig { ewma_lambda: 1.0, ..Default::default() }.check().is_err());
    }
}
