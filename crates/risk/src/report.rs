//! What the risk step says: plain data, digested, in a fixed order.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::instruments::{AssetClass, InstrumentId};
use serde::{Deserialize, Serialize};

use crate::backtest::Backtest;
use crate::confidence::Confidence;
use crate::decomposition::RiskSplit;
use crate::drawdown::{BreakerState, DrawdownStatus};
use crate::exposures::FactorExposures;
pub use crate::limits::{LimitCheck, LimitName, LimitStatus};
use crate::liquidity::Liquidity;
pub use crate::stress::StressResult;
use crate::stress::episodes::EpisodeResult;
use crate::stress::reverse::ReverseStress;

/// How a tail measure is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Today's weights on past returns; type 7 quantile, Acerbi-Tasche average.
    Historical,
    /// Normal with mean zero and the shrunk covariance.
    Gaussian,
    /// Quantile corrected for skewness and kurtosis, inside the domain of the expansion.
    CornishFisher,
    /// Past shocks at today's volatility.
    FilteredHistorical,
    /// Draws of a fitted t copula.
    TCopula,
}

impl Method {
    /// Every method, in order.
    pub const ALL: [Self; 5] =
        [Self::Historical, Self::Gaussian, Self::CornishFisher, Self::FilteredHistorical, Self::TCopula];

    /// As printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Historical => "historical",
            Self::Gaussian => "gaussian",
            Self::CornishFisher => "cornish_fisher",
            Self::FilteredHistorical => "filtered_historical",
            Self::TCopula => "t_copula",
        }
    }
}

/// Which tail measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// Value at risk.
    Var,
    /// Expected shortfall.
    Es,
}

/// One tail measure of the book. Positive = loss, fraction of NAV.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Var or ES.
    pub kind: MeasureKind,
    /// How.
    pub method: Method,
    /// Confidence in percent: 95, 97.5 or 99.
    pub confidence_pct: Confidence,
    /// Horizon in sessions.
    pub horizon_days: u32,
    /// The loss; `None` when it cannot be stated.
    pub value: Option<f64>,
    /// Why there is no value.
    pub reason: Option<String>,
    /// What the value rests on: sessions, draws, model, how the horizon was reached. Absent in records of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// The sessions the measures rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First common session.
    pub from: NaiveDate,
    /// Last common session.
    pub to: NaiveDate,
    /// Common sessions used.
    pub observations: usize,
    /// Instrument of the book with the fewest returns.
    pub shortest: InstrumentId,
    /// Its returns in the period asked for.
    pub shortest_observations: usize,
}

/// One position's part in the Gaussian VaR at 95 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentRisk {
    /// Which position.
    pub instrument: InstrumentId,
    /// Its exposure over NAV.
    pub weight: f64,
    /// Change of VaR per unit of weight.
    pub marginal: f64,
    /// Weight times marginal: the components sum to the book's Gaussian VaR 95. Negative for a hedge.
    pub component: f64,
    /// Component over the book's VaR; they sum to 1. `None` when that VaR is zero.
    pub share_of_book: Option<f64>,
    /// Component over the VaR 95 limit: what the risk-contribution limit looks at.
    pub share_of_limit: f64,
    /// VaR of the position alone.
    pub stand_alone: f64,
}

/// Exposures over NAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// Sum of absolute exposures: the leverage.
    pub gross: f64,
    /// Signed sum.
    pub net: f64,
    /// By asset class, in the classes' order.
    pub by_class: BTreeMap<AssetClass, ClassExposure>,
}

/// Exposure of one asset class over NAV.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ClassExposure {
    /// Sum of absolute exposures.
    pub gross: f64,
    /// Signed sum.
    pub net: f64,
}

/// A position that some part of the risk step could not value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unpriced {
    /// Which.
    pub instrument: InstrumentId,
    /// In what: `returns` or a scenario's name.
    pub needed_for: String,
    /// Why.
    pub reason: String,
}

/// Overall level, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RiskLevel {
    /// Every limit computed and below its soft level.
    Low,
    /// A soft level reached, or the first breaker tripped.
    Moderate,
    /// Something could not be measured, the second breaker tripped, one scenario would lose the drawdown limit, a breach is
    /// waived, or the held book is over a limit that the book to be released keeps.
    High,
    /// A hard limit breached, or the last breaker tripped.
    Critical,
}

impl RiskLevel {
    /// As printed and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Moderate => "MODERATE",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

/// Everything the risk step says about a book that is about to be released.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskReport {
    /// Run date.
    pub date: NaiveDate,
    /// Exposures of the book.
    pub exposure: Exposure,
    /// VaR and ES by every method, level and horizon; see [`crate::measures`].
    pub measures: Vec<Measure>,
    /// Sessions they rest on; `None` for a flat book or without common returns.
    pub window: Option<Window>,
    /// Gaussian component VaR 95 by position, in order of instrument; empty when it cannot be computed.
    pub components: Vec<ComponentRisk>,
    /// Why the components are missing.
    pub components_reason: Option<String>,
    /// VaR and ES by instrument, class, factor group and strategy; see [`crate::decomposition`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<RiskSplit>,
    /// Whether the measures hold; see [`crate::backtest`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backtests: Vec<Backtest>,
    /// Scenarios in the configured order.
    pub stress: Vec<StressResult>,
    /// Dated episodes replayed from the stored figures, in the configured order.
    #[serde(default)]
    pub episodes: Vec<EpisodeResult>,
    /// The likeliest moves that lose the configured amounts.
    #[serde(default)]
    pub reverse_stress: Vec<ReverseStress>,
    /// Exposures by currency, risk factor and tenor.
    #[serde(default)]
    pub factor_exposures: FactorExposures,
    /// How long each position takes to close.
    #[serde(default)]
    pub liquidity: Vec<Liquidity>,
    /// Pre-trade: the limits on the book to be released, drawdown and daily losses on what was held.
    pub limits: Vec<LimitCheck>,
    /// Post-trade: the limits on positions, on the held book.
    #[serde(default)]
    pub held_limits: Vec<LimitCheck>,
    /// NAV, peak and drawdown.
    pub drawdown: DrawdownStatus,
    /// State of the breakers in force.
    pub breaker: BreakerState,
    /// Positions that some part could not value.
    pub unpriced: Vec<Unpriced>,
    /// Overall level.
    pub level: RiskLevel,
    /// Why that level, one sentence.
    pub reason: String,
    /// Every fact that raised the level, most severe first.
    pub alerts: Vec<Alert>,
}

/// A fact that raised the level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The level it alone would give.
    pub level: RiskLevel,
    /// What it is about: a limit's name, `breaker`, `stress`, `unpriced`.
    pub about: String,
    /// One sentence.
    pub message: String,
}

impl RiskReport {
    /// A one-session measure's value.
    pub fn measure(&self, kind: MeasureKind, method: Method, confidence: Confidence) -> Option<f64> {
        self.measure_over(kind, method, confidence, 1)
    }

    /// A measure's value over 1 or 10 sessions.
    pub fn measure_over(&self, kind: MeasureKind, method: Method, level: Confidence, horizon_days: u32) -> Option<f64> {
        let wanted = |m: &&Measure| (m.kind, m.method, m.confidence_pct) == (kind, method, level);
        self.measures.iter().filter(wanted).find(|m| m.horizon_days == horizon_days).and_then(|m| m.value)
    }

    /// One-day historical VaR at 95 %, the headline.
    pub fn var_95(&self) -> Option<f64> {
        self.measure(MeasureKind::Var, Method::Historical, Confidence::P95)
    }

    /// One-day historical VaR at 99 %.
    pub fn var_99(&self) -> Option<f64> {
        self.measure(MeasureKind::Var, Method::Historical, Confidence::P99)
    }

    /// Gross exposure over NAV.
    pub fn leverage(&self) -> f64 {
        self.exposure.gross
    }

    /// Breached limits that stand in the way of releasing the book. A flat book has none: what it lost is in the limits
    /// and the level, and holding it back would keep the desk in the positions that lost.
    pub fn breaches(&self) -> impl Iterator<Item = &LimitCheck> {
        self.limits.iter().filter(|check| check.breached && self.exposure.gross > 0.0)
    }

    /// Limits whose value could not be computed, each once though neither book have it: the run is degraded at best.
    pub fn not_computed(&self) -> impl Iterator<Item = &LimitCheck> {
        let missing = |check: &LimitCheck| check.status == LimitStatus::NotComputed;
        let of_target = move |name| self.limits.iter().any(|other| other.name == name && missing(other));
        let of_held = self.held_limits.iter().filter(move |check| missing(check) && !of_target(check.name));
        self.limits.iter().filter(move |check| missing(check)).chain(of_held)
    }
}
