//! The whole configuration: one section a crate, every key with a default.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use market::{CalendarId, Cut};
use serde::{Deserialize, Serialize};

/// Configuration of a desk. `Config::default()` is the built-in configuration: all agents and strategies, 10,000,000
/// BRL, the house limits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whose book it is.
    pub desk: DeskConfig,
    /// Where it is stored.
    pub database: DatabaseConfig,
    /// When and on which days it runs.
    pub run: RunConfig,
    /// Data-quality rules and waivers.
    pub quality: quality::QualityConfig,
    /// Parameters of the agents' models.
    pub agents: agents::AgentsConfig,
    /// Parameters of the strategies.
    pub strategies: strategies::StrategiesConfig,
    /// Consensus, construction and allocation.
    pub portfolio: portfolio::PortfolioConfig,
    /// Measures, scenarios, limits and breakers.
    pub risk: risk::RiskConfig,
}

/// The desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeskConfig {
    /// Name: runs, state and lease belong to it.
    pub name: String,
    /// Initial net asset value in BRL, until the first run marks it.
    pub nav: f64,
}

impl Default for DeskConfig {
    fn default() -> Self {
        Self { name: "macro".to_owned(), nav: 10_000_000.0 }
    }
}

/// The database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://path`.
    pub url: String,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: "sqlite://var/daily.db".to_owned() }
    }
}

/// What to do on a day the desk's calendar is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfClosed {
    /// Say so and end with success.
    Skip,
    /// Run all the same.
    Run,
    /// Refuse as a usage error.
    Fail,
}

/// When and on which days the desk runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// Local time of the published cut on the run date.
    pub cut_time: NaiveTime,
    /// Zone of `cut_time`.
    pub cut_zone: chrono_tz::Tz,
    /// Calendar on which the desk works.
    pub calendar: CalendarId,
    /// What to do on a closed day.
    pub if_closed: IfClosed,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            cut_time: NaiveTime::from_hms_opt(20, 0, 0).unwrap_or(NaiveTime::MIN),
            cut_zone: market::time::SAO_PAULO,
            calendar: CalendarId::B3,
            if_closed: IfClosed::Skip,
        }
    }
}

impl RunConfig {
    /// The cut of a run date: `as_of` when given, else the configured local time.
    pub fn cut(&self, date: NaiveDate, as_of: Option<DateTime<Utc>>) -> Cut {
        let published = as_of.unwrap_or_else(|| market::time::local_instant(date, self.cut_time, self.cut_zone));
        Cut::published(date, published)
    }
}

impl Config {
    /// Checks what types cannot: the names and figures that must make sense together.
    ///
    /// # Errors
    /// The first section and key that does not, in one sentence.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |key: &str, why: String| Err(ConfigError { key: key.to_owned(), why });
        if self.desk.name.trim().is_empty() {
            return refuse("desk.name", "must not be empty".to_owned());
        }
        if !(self.desk.nav.is_finite() && self.desk.nav > 0.0) {
            return refuse("desk.nav", format!("must be a positive amount, not {}", self.desk.nav));
        }
        let in_section = |key: &str, why: String| ConfigError { key: key.to_owned(), why: format!("section: {why}") };
        strategies::StrategyRegistry::standard(&self.strategies)
            .map_err(|error| in_section("strategies", error.to_string()))?;
        self.portfolio.check().map_err(|error| in_section("portfolio", error.to_string()))?;
        let (caps, limits) = (&self.portfolio.allocate, &self.risk.limits);
        for (key, cap, limit) in [
            ("portfolio.allocate.gross_leverage", caps.gross_leverage, limits.gross_leverage),
            ("portfolio.allocate.single_position", caps.single_position, limits.single_position),
            ("portfolio.allocate.asset_class", caps.asset_class, limits.asset_class),
        ] {
            if cap > limit {
                return refuse(key, format!("is {cap}, above the risk limit of {limit}: every book would be blocked"));
            }
        }
        if let Some(cap) = &caps.risk_contribution {
            let (key, cap_at) = ("portfolio.allocate.risk_contribution", cap.share * cap.var_limit);
            let limit = limits.risk_contribution * limits.var_95;
            // The two products of the same figures may differ in the last bit.
            if cap_at > limit * (1.0 + 1e-9) {
                let of = "share x var_limit, above risk.limits.risk_contribution x var_95 of";
                return refuse(key, format!("is {cap_at} by {of} {limit}: a book at the cap would be blocked"));
            }
            if cap.confidence < 0.95 {
                let why =
                    format!("is {}, below the 0.95 of the limit: a book at the cap would be blocked", cap.confidence);
                return refuse("portfolio.allocate.risk_contribution.confidence", why);
            }
        }
        risk::RiskMonitor::new(self.risk.clone()).map_err(|error| in_section("risk", error.to_string()))?;
        Ok(())
    }

    /// The part of the configuration that can change what a run computes, for its digest: everything but where it is
    /// stored.
    pub fn computation(&self) -> Config {
        Config { database: DatabaseConfig { url: String::new() }, ..self.clone() }
    }
}

/// A configuration that parses but makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} {why}")]
pub struct ConfigError {
    /// Dotted key.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocators_cap_above_the_limit_of_the_risk_step_is_refused_by_its_key() {
        let refused = |text: &str| {
            let config: Config = serde_json::from_str(text).unwrap();
            config.validate().unwrap_err().to_string()
        };
        assert_eq!(Config::default().validate(), Ok(()));
        for (text, wanted) in [
            (r#"{"risk":{"limits":{"asset_class":0.4}}}"#, "portfolio.allocate.asset_class is 0.5, above"),
            (
                r#"{"portfolio":{"allocate":{"risk_contribution":{"share":0.25}}}}"#,
                "portfolio.allocate.risk_contribution is 0.0075 by share x var_limit, above",
            ),
            (r#"{"risk":{"limits":{"var_95":0.02}}}"#, "portfolio.allocate.risk_contribution is 0.006 by"),
            (r#"{"risk":{"limits":{"risk_contribution":0.1}}}"#, "portfolio.allocate.risk_contribution is 0.006 by"),
            (
                r#"{"portfolio":{"allocate":{"risk_contribution":{"confidence":0.9}}}}"#,
                "portfolio.allocate.risk_contribution.confidence is 0.9, below",
            ),
        ] {
            let why = refused(text);
            assert!(why.starts_with(wanted), "{why}");
        }
        let tighter =
            r#"{"portfolio":{"allocate":{"risk_contribution":{"var_limit":0.02}}},"risk":{"limits":{"var_95":0.02}}}"#;
        assert_eq!(serde_json::from_str::<Config>(tighter).unwrap().validate(), Ok(()));
    }
}
