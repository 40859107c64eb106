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
