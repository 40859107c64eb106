//! What a model says: a score about a variable, and what it means for the price of each asset class.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use market::SeriesId;
use market::instruments::AssetClass;
use serde::{Deserialize, Serialize};

/// The side of a position or of a view on a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The price is expected to rise: receive fixed, long the bond, long US dollars for USD/BRL.
    Long,
    /// The price is expected to fall.
    Short,
    /// No view beyond the threshold. Abstaining is something else: see [`Abstention`](crate::Abstention).
    Neutral,
}

impl Direction {
    /// The side of `value`, neutral within `threshold` of zero (inclusive) and when it is not a number.
    pub fn of(value: f64, threshold: f64) -> Self {
        if value > threshold {
            Self::Long
        } else if value < -threshold {
            Self::Short
        } else {
            Self::Neutral
        }
    }

    /// +1, -1 or 0.
    pub fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
            Self::Neutral => 0.0,
        }
    }

    /// The other side.
    pub fn opposite(self) -> Self {
        match self {
            Self::Long => Self::Short,
            Self::Short => Self::Long,
            Self::Neutral => Self::Neutral,
        }
    }
}

/// How much a confidence is worth: strong from 0.75, moderate from 0.50, weak from 0.25, otherwise none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Confidence of at least 0.75.
    Strong,
    /// Confidence of at least 0.50.
    Moderate,
    /// Confidence of at least 0.25.
    Weak,
    /// Less than that.
    None,
}

impl Strength {
    /// The strength of a confidence in [0, 1].
    pub fn of(confidence: f64) -> Self {
        if confidence >= 0.75 {
            Self::Strong
        } else if confidence >= 0.50 {
            Self::Moderate
        } else if confidence >= 0.25 {
            Self::Weak
        } else {
            Self::None
        }
    }
}

/// The five agents, in the order in which they are asked and reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentId {
    /// Inflation pressure relative to target.
    Inflation,
    /// Policy too loose (+) or too tight (-).
    Monetary,
    /// Fiscal stress.
    Fiscal,
    /// USD/BRL rich (+) or cheap (-).
    Fx,
    /// Risk appetite.
    CrossAsset,
}

impl AgentId {
    /// All agents in their fixed order.
    pub const ALL: [Self; 5] = [Self::Inflation, Self::Monetary, Self::Fiscal, Self::Fx, Self::CrossAsset];

    /// The name used in configuration, records and text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Inflation => "inflation",
            Self::Monetary => "monetary",
            Self::Fiscal => "fiscal",
            Self::Fx => "fx",
            Self::CrossAsset => "cross_asset",
        }
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One number a signal stands on, with the series and period it was read from, or worked out from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the number is.
    pub name: String,
    /// The number, in `unit`.
    pub value: f64,
    /// Unit of `value` (`% p.a.`, `pp`, `decimal`, ...).
    pub unit: String,
    /// Series it was read from; absent for a parameter or a computed number.
    pub series: Option<SeriesId>,
    /// Period of that series.
    pub period: Option<NaiveDate>,
    /// True when the number was worked out from the series (a mean, a sum, a growth) and is not the published figure
    /// itself. Absent from what is serialised when it is not, as in records of before it was stated.
    #[serde(default, skip_serializing_if = "is_published")]
    pub derived: bool,
}

/// True for a number that is the published figure itself, as far as the evidence says.
fn is_published(derived: &bool) -> bool {
    !derived
}

impl Evidence {
    /// A number that was computed or assumed.
    pub fn computed(name: impl Into<String>, value: f64, unit: impl Into<String>) -> Self {
        Self { name: name.into(), value, unit: unit.into(), series: None, period: None, derived: false }
    }

    /// A number that was read: the published figure of the period, at most in another unit (percent against decimal).
    pub fn read(
        name: impl Into<String>,
        value: f64,
        unit: impl Into<String>,
        series: &SeriesId,
        period: NaiveDate,
    ) -> Self {
        let (series, period) = (Some(series.clone()), Some(period));
        Self { name: name.into(), value, unit: unit.into(), series, period, derived: false }
    }

    /// A number that was worked out from a series up to a period: a mean, a sum, a growth or a gap, not the figure that
    /// was published.
    pub fn derived(
        name: impl Into<String>,
        value: f64,
        unit: impl Into<String>,
        series: &SeriesId,
        period: NaiveDate,
    ) -> Self {
        Self { derived: true, ..Self::read(name, value, unit, series, period) }
    }
}

/// What one model says about one variable.
///
/// `score` is about the `subject` (inflation pressure, policy stance, ...), never about a price. What it means for prices
/// is in `implications`: the loading, in [-1, 1], of the **price** of each asset class when the score is +1. Aggregation and
/// conflict detection use `implications * score` and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentSignal {
    /// Model and variant, such as `inflation.phillips`.
    pub id: String,
    /// Agent that speaks.
    pub agent: AgentId,
    /// The variable, such as `br.inflation_pressure`.
    pub subject: String,
    /// The model's figure, in `unit`.
    pub value: f64,
    /// Unit of `value`.
    pub unit: String,
    /// Bounded reading of `value` for the subject, in [-1, 1].
    pub score: f64,
    /// How far the model trusts itself, in [0, 1].
    pub confidence: f64,
    /// [`Strength::of`] the confidence.
    pub strength: Strength,
    /// Horizon of the statement in calendar days.
    pub horizon_days: u32,
    /// Loading on the price of each class for a score of +1; a class that is absent has none.
    pub implications: BTreeMap<AssetClass, f64>,
    /// The numbers the signal stands on.
    pub evidence: Vec<Evidence>,
    /// Statistics of the estimation.
    pub diagnostics: BTreeMap<String, f64>,
}

impl AgentSignal {
    /// The view on the price of a class: implication times score, zero for a class without a loading.
    pub fn price_view(&self, class: AssetClass) -> f64 {
        self.implications.get(&class).map_or(0.0, |loading| loading * self.score)
    }

    /// Multiplies the confidence by `factor` (clamped to [0, 1]) and keeps the strength in step.
    pub fn discount(&mut self, factor: f64) {
        self.confidence = (self.confidence * factor.clamp(0.0, 1.0)).clamp(0.0, 1.0);
        self.strength = Strength::of(self.confidence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_follows_the_published_thresholds() {
        let of = |c| Strength::of(c);
        assert_eq!(
            [of(0.75), of(0.74), of(0.5), of(0.25), of(0.24)],
            [Strength::Strong, Strength::Moderate, Strength::Moderate, Strength::Weak, Strength::None]
        );
    }

    #[test]
    fn a_direction_is_neutral_inside_the_threshold_and_on_nan() {
        assert_eq!(Direction::of(0.1, 0.1), Direction::Neutral);
        assert_eq!(Direction::of(-0.2, 0.1), Direction::Short);
        assert_eq!(Direction::of(f64::NAN, 0.1), Direction::Neutral);
    }

    #[test]
    fn agents_serialise_under_their_codes() {
        for agent in AgentId::ALL {
            assert_eq!(serde_json::to_string(&agent).unwrap(), format!("\"{agent}\""));
        }
    }
}
