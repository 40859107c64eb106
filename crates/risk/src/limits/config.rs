//! The limits in force: nine that every desk has, and those that it may add.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::RiskError;
use crate::report::LimitName;

/// Hard limits; a use of the soft level of one is reported before it is reached.
///
/// The first nine always hold. The others are in force when they are set: there is no default for them, because their
/// size follows from the desk's mandate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// One-day historical VaR at 95 %, fraction of NAV.
    pub var_95: f64,
    /// One-day historical VaR at 99 %, fraction of NAV.
    pub var_99: f64,
    /// Loss from the reference peak of NAV, fraction of the peak.
    pub drawdown: f64,
    /// Sum of absolute exposures over NAV.
    pub gross_leverage: f64,
    /// Largest absolute exposure of one instrument over NAV.
    pub single_position: f64,
    /// Largest gross exposure of one asset class over NAV.
    pub asset_class: f64,
    /// Largest component VaR 95 of one position, as a share of the `var_95` limit.
    pub risk_contribution: f64,
    /// Last session's loss of one strategy's held book, fraction of NAV.
    pub strategy_daily_loss: f64,
    /// Last session's loss of one asset class of the held book, fraction of NAV.
    pub asset_class_daily_loss: f64,
    /// Utilisation from which a limit warns, in (0, 1].
    pub soft_level: f64,
    /// One-day historical expected shortfall at 95 %, fraction of NAV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub es_95: Option<f64>,
    /// One-day historical expected shortfall at 99 %, fraction of NAV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub es_99: Option<f64>,
    /// Net dollars against reais, by the FX delta, over NAV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_exposure: Option<f64>,
    /// Net DV01 of the Brazilian nominal curve, fraction of NAV a basis point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dv01_brl_rates_per_bp: Option<f64>,
    /// Net DV01 of the US curve, fraction of NAV a basis point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dv01_usd_rates_per_bp: Option<f64>,
    /// Largest net DV01 of one tenor bucket of one curve, fraction of NAV a basis point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dv01_bucket_per_bp: Option<f64>,
    /// Net loss for a basis point more of sovereign spread, fraction of NAV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cs01_per_bp: Option<f64>,
    /// Sessions that the least liquid position takes to close at the configured participation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liquidity_days: Option<f64>,
    /// Worst loss over the scenarios and the episodes that had ended by the run date, fraction of NAV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stress_loss: Option<f64>,
    /// Soft levels of single limits, in place of `soft_level`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub soft_levels: BTreeMap<LimitName, f64>,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            var_95: 0.03,
            var_99: 0.05,
            drawdown: 0.10,
            gross_leverage: 3.0,
            single_position: 0.25,
            asset_class: 0.50,
            risk_contribution: 0.20,
            strategy_daily_loss: 0.02,
            asset_class_daily_loss: 0.03,
            soft_level: 0.80,
            es_95: None,
            es_99: None,
            currency_exposure: None,
            dv01_brl_rates_per_bp: None,
            dv01_usd_rates_per_bp: None,
            dv01_bucket_per_bp: None,
            cs01_per_bp: None,
            liquidity_days: None,
            stress_loss: None,
            soft_levels: BTreeMap::new(),
        }
    }
}

impl LimitConfig {
    /// The limit of a name, in its own unit; `None` when the desk has none.
    pub fn limit(&self, name: LimitName) -> Option<f64> {
        match name {
            LimitName::Var95 => Some(self.var_95),
            LimitName::Var99 => Some(self.var_99),
            LimitName::Drawdown => Some(self.drawdown),
            LimitName::GrossLeverage => Some(self.gross_leverage),
            LimitName::SinglePosition => Some(self.single_position),
            LimitName::AssetClass => Some(self.asset_class),
            LimitName::RiskContribution => Some(self.risk_contribution),
            LimitName::StrategyDailyLoss => Some(self.strategy_daily_loss),
            LimitName::AssetClassDailyLoss => Some(self.asset_class_daily_loss),
            LimitName::Es95 => self.es_95,
            LimitName::Es99 => self.es_99,
            LimitName::CurrencyExposure => self.currency_exposure,
            LimitName::Dv01BrlRates => self.dv01_brl_rates_per_bp,
            LimitName::Dv01UsdRates => self.dv01_usd_rates_per_bp,
            LimitName::Dv01Bucket => self.dv01_bucket_per_bp,
            LimitName::Cs01 => self.cs01_per_bp,
            LimitName::LiquidityDays => self.liquidity_days,
            LimitName::StressLoss => self.stress_loss,
        }
    }

    /// The limits in force, in their order.
    pub fn in_force(&self) -> impl Iterator<Item = (LimitName, f64)> + '_ {
        LimitName::ALL.into_iter().filter_map(|name| Some((name, self.limit(name)?)))
    }

    /// Utilisation from which a limit warns.
    pub fn soft_level_of(&self, name: LimitName) -> f64 {
        self.soft_levels.get(&name).copied().unwrap_or(self.soft_level)
    }

    /// Refuses limits and soft levels without meaning.
    ///
    /// # Errors
    /// [`RiskError::Config`] with the first key that does not make sense.
    pub fn validate(&self) -> Result<(), RiskError> {
        let refuse = |key: String, why: String| Err(RiskError::Config { key, why });
        for (name, value) in self.in_force() {
            if !(value.is_finite() && value > 0.0) {
                let why = format!("must be a positive number, not {value}");
                return refuse(format!("limits.{}", name.as_str()), why);
            }
        }
        let in_range = |soft: f64| soft > 0.0 && soft <= 1.0;
        if !in_range(self.soft_level) {
            return refuse("limits.soft_level".to_owned(), format!("must lie in (0, 1], not {}", self.soft_level));
        }
        let in_force: BTreeSet<LimitName> = self.in_force().map(|(name, _)| name).collect();
        for (name, soft) in &self.soft_levels {
            let key = format!("limits.soft_levels.{}", name.as_str());
            if !in_range(*soft) {
                return refuse(key, format!("must lie in (0, 1], not {soft}"));
            }
            if !in_force.contains(name) {
                return refuse(key, "is the soft level of a limit that is not set".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_has_nine_limits_and_those_it_adds() {
        assert_eq!(LimitConfig::default().in_force().count(), 9);
        let more: LimitConfig = serde_json::from_str(r#"{"es_95":0.04,"soft_levels":{"es_95":0.9}}"#).unwrap();
        assert_eq!(more.validate(), Ok(()));
        assert_eq!(more.in_force().last(), Some((LimitName::Es95, 0.04)));
        assert_eq!((more.soft_level_of(LimitName::Es95), more.soft_level_of(LimitName::Var95)), (0.9, 0.8));
    }

    #[test]
    fn what_is_stored_without_the_new_limits_reads_and_writes_as_before() {
        let text = serde_json::to_string(&LimitConfig::default()).unwrap();
        assert!(!text.contains("es_95") && !text.contains("soft_levels"), "{text}");
        assert_eq!(serde_json::from_str::<LimitConfig>(&text).unwrap(), LimitConfig::default());
    }

    #[test]
    fn a_limit_or_soft_level_without_meaning_is_refused_by_its_key() {
        let refusal =
            |text: &str| serde_json::from_str::<LimitConfig>(text).unwrap().validate().unwrap_err().to_string();
        for (text, wanted) in [
            (r#"{"liquidity_days":0.0}"#, "risk configuration limits.liquidity_days: must be a positive number, not 0"),
            (r#"{"soft_level":1.5}"#, "risk configuration limits.soft_level: must lie in (0, 1], not 1.5"),
            (
                r#"{"soft_levels":{"var_95":0.0}}"#,
                "risk configuration limits.soft_levels.var_95: must lie in (0, 1], not 0",
            ),
            (
                r#"{"soft_levels":{"es_99":0.9}}"#,
                "risk configuration limits.soft_levels.es_99: is the soft level of a limit that is not set",
            ),
        ] {
            assert_eq!(refusal(text), wanted);
        }
        assert!(serde_json::from_str::<LimitConfig>(r#"{"soft_levels":{"var95":0.9}}"#).is_err());
    }
}
