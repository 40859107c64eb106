//! The limits by name, and what is said of each.

use serde::{Deserialize, Serialize};

use crate::waivers::WaiverUse;

/// The limits, in the order in which they are reported: nine that every desk has, then those that it may add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// One-day historical VaR at 95 %.
    #[serde(rename = "var_95")]
    Var95,
    /// One-day historical VaR at 99 %.
    #[serde(rename = "var_99")]
    Var99,
    /// Loss from the reference peak.
    Drawdown,
    /// Sum of absolute exposures over NAV.
    GrossLeverage,
    /// Largest exposure of one instrument.
    SinglePosition,
    /// Largest gross exposure of one asset class.
    AssetClass,
    /// Largest component VaR over the VaR limit.
    RiskContribution,
    /// Worst strategy's loss in the last session.
    StrategyDailyLoss,
    /// Worst asset class' loss in the last session.
    AssetClassDailyLoss,
    /// One-day historical expected shortfall at 95 %.
    #[serde(rename = "es_95")]
    Es95,
    /// One-day historical expected shortfall at 99 %.
    #[serde(rename = "es_99")]
    Es99,
    /// Net dollars against reais.
    CurrencyExposure,
    /// Net DV01 of the Brazilian nominal curve.
    #[serde(rename = "dv01_brl_rates_per_bp")]
    Dv01BrlRates,
    /// Net DV01 of the US curve.
    #[serde(rename = "dv01_usd_rates_per_bp")]
    Dv01UsdRates,
    /// Largest net DV01 of one bucket of one curve.
    #[serde(rename = "dv01_bucket_per_bp")]
    Dv01Bucket,
    /// Loss for a basis point of sovereign spread.
    #[serde(rename = "cs01_per_bp")]
    Cs01,
    /// Sessions to close the least liquid position.
    LiquidityDays,
    /// Worst stress loss.
    StressLoss,
}

/// What a limit's value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// A fraction of NAV; a loss is positive.
    OfNav,
    /// A fraction of something else: the peak of NAV, the VaR limit.
    Fraction,
    /// Multiples of NAV.
    TimesNav,
    /// A fraction of NAV for one basis point.
    OfNavPerBp,
    /// Business days.
    Sessions,
}

impl LimitName {
    /// Every limit, in order.
    pub const ALL: [LimitName; 18] = [
        Self::Var95,
        Self::Var99,
        Self::Drawdown,
        Self::GrossLeverage,
        Self::SinglePosition,
        Self::AssetClass,
        Self::RiskContribution,
        Self::StrategyDailyLoss,
        Self::AssetClassDailyLoss,
        Self::Es95,
        Self::Es99,
        Self::CurrencyExposure,
        Self::Dv01BrlRates,
        Self::Dv01UsdRates,
        Self::Dv01Bucket,
        Self::Cs01,
        Self::LiquidityDays,
        Self::StressLoss,
    ];

    /// True for the limits on what the held book lost: a smaller book is the way out of such a breach.
    pub fn is_of_held_book(self) -> bool {
        matches!(self, Self::StrategyDailyLoss | Self::AssetClassDailyLoss)
    }

    /// Which book the limit is measured on when a target is checked: what was lost cannot be of a book still to be held.
    pub fn pre_trade_book(self) -> CheckedBook {
        match self {
            Self::Drawdown | Self::StrategyDailyLoss | Self::AssetClassDailyLoss => CheckedBook::Held,
            _ => CheckedBook::Target,
        }
    }

    /// Unit of the limit and of its value.
    pub fn unit(self) -> LimitUnit {
        match self {
            Self::Drawdown | Self::RiskContribution => LimitUnit::Fraction,
            Self::GrossLeverage => LimitUnit::TimesNav,
            Self::Dv01BrlRates | Self::Dv01UsdRates | Self::Dv01Bucket | Self::Cs01 => LimitUnit::OfNavPerBp,
            Self::LiquidityDays => LimitUnit::Sessions,
            _ => LimitUnit::OfNav,
        }
    }

    /// Text as in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Var95 => "var_95",
            Self::Var99 => "var_99",
            Self::Drawdown => "drawdown",
            Self::GrossLeverage => "gross_leverage",
            Self::SinglePosition => "single_position",
            Self::AssetClass => "asset_class",
            Self::RiskContribution => "risk_contribution",
            Self::StrategyDailyLoss => "strategy_daily_loss",
            Self::AssetClassDailyLoss => "asset_class_daily_loss",
            Self::Es95 => "es_95",
            Self::Es99 => "es_99",
            Self::CurrencyExposure => "currency_exposure",
            Self::Dv01BrlRates => "dv01_brl_rates_per_bp",
            Self::Dv01UsdRates => "dv01_usd_rates_per_bp",
            Self::Dv01Bucket => "dv01_bucket_per_bp",
            Self::Cs01 => "cs01_per_bp",
            Self::LiquidityDays => "liquidity_days",
            Self::StressLoss => "stress_loss",
        }
    }
}

/// The book that a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckedBook {
    /// The book that is about to be released: pre-trade.
    #[default]
    Target,
    /// The book that was held over the last session: post-trade.
    Held,
}

impl CheckedBook {
    /// Text form, as serialised.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Held => "held",
        }
    }
}

/// Where a limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitStatus {
    /// Below the soft level.
    Within,
    /// At or above the soft level, not above the limit.
    Soft,
    /// Its value could not be computed: never a pass.
    NotComputed,
    /// Above the limit, and a waiver in force covers it.
    Waived,
    /// Above the limit.
    Breached,
}

impl LimitStatus {
    /// As printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Soft => "soft",
            Self::NotComputed => "not computed",
            Self::Waived => "WAIVED",
            Self::Breached => "BREACHED",
        }
    }
}

/// One limit checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitCheck {
    /// Which.
    pub name: LimitName,
    /// The book that the value is of.
    #[serde(default)]
    pub book: CheckedBook,
    /// The limit in force.
    pub limit: f64,
    /// Utilisation from which it warns; `None` in records that did not keep it.
    #[serde(default)]
    pub soft_level: Option<f64>,
    /// What was found; `None` when it cannot be computed.
    pub value: Option<f64>,
    /// Value over limit.
    pub utilisation: Option<f64>,
    /// Where it stands.
    pub status: LimitStatus,
    /// True when `status` is breached: a waived breach is not.
    pub breached: bool,
    /// The position, class or strategy the value belongs to, where it is of one.
    pub subject: Option<String>,
    /// One sentence: what the value is, or why there is none.
    pub reason: String,
    /// The waiver of a value above the limit, and what it does.
    #[serde(default)]
    pub waiver: Option<WaiverUse>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_as_it_is_configured() {
        for name in LimitName::ALL {
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{}\"", name.as_str()));
        }
    }

    #[test]
    fn a_check_of_an_older_record_reads() {
        let text = r#"{"name":"var_95","limit":0.03,"value":0.01,"utilisation":0.33,"status":"within","breached":false,
            "subject":null,"reason":"r"}"#;
        let check: LimitCheck = serde_json::from_str(text).unwrap();
        assert_eq!((check.book, check.soft_level, check.waiver), (CheckedBook::Target, None, None));
    }
}
