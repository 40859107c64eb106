//! What an agent says: its models' signals, who abstained and why, and the composite of those that spoke.

use std::collections::BTreeMap;
use std::fmt;

use market::ReadLog;
use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentSignal};

/// A model that did not speak, and why. Not the same as a neutral signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abstention {
    /// Model, such as `inflation.phillips`.
    pub model: String,
    /// Why, naming the series or the statistic.
    pub reason: String,
    /// True when data were missing or the model itself failed, which degrades the run; false when the data say that the
    /// model does not hold now.
    pub missing_data: bool,
}

/// What a [`Flag`] asks of whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// An input was absent or too old and the model spoke with less: by a proxy, another specification or fewer series.
    Missing,
    /// Nothing was absent that could have been there; the reader must know all the same.
    Remark,
}

/// Something a reader of the report must see. [`Display`](fmt::Display) gives the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Missing input or remark.
    pub kind: FlagKind,
    /// One sentence, as a rule opened by the model's id.
    pub text: String,
}

impl Flag {
    /// An input was absent or too old.
    pub fn missing(text: impl Into<String>) -> Self {
        Self { kind: FlagKind::Missing, text: text.into() }
    }

    /// Anything else.
    pub fn remark(text: impl Into<String>) -> Self {
        Self { kind: FlagKind::Remark, text: text.into() }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One number for an agent: see [`compose`](crate::compose()).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Composite {
    /// Confidence-weighted mean of the scores, in [-1, 1].
    pub score: f64,
    /// Mean confidence, less for disagreement and for models that did not speak, in [0, 1].
    pub confidence: f64,
}

/// The risk regime by thresholds on the regime score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegimeLabel {
    /// Risk is being shed.
    RiskOff,
    /// Neither.
    Neutral,
    /// Risk is being taken.
    RiskOn,
}

/// The state of risk appetite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regime {
    /// From -1 (risk-off) to +1 (risk-on).
    pub score: f64,
    /// The label of the score.
    pub label: RegimeLabel,
    /// In [0, 1].
    pub confidence: f64,
}

/// What an agent says at a cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentReport {
    /// Who speaks.
    pub agent: AgentId,
    /// Signals in the fixed order of the models.
    pub signals: Vec<AgentSignal>,
    /// Models that did not speak, in the same order.
    pub abstained: Vec<Abstention>,
    /// Absent when no model spoke.
    pub composite: Option<Composite>,
    /// Cross-asset agent only, and only when its regime model spoke.
    pub regime: Option<Regime>,
    /// Figures that strategies may use, by name (`br.taylor_rate`); decimals and index units, never percent.
    pub features: BTreeMap<String, f64>,
    /// Figures about the report itself: `models_declared`, `models_spoken`, `weight_share_spoken`, and `dispersion` of the
    /// scores when a model spoke. Empty in records of before they were stated.
    #[serde(default)]
    pub diagnostics: BTreeMap<String, f64>,
    /// What a reader must see: inputs missing inside a model, and remarks (consistency, sources, vintages).
    pub flags: Vec<Flag>,
    /// One paragraph in English; every number in it is one of the report's.
    pub narrative: String,
    /// Everything that was read.
    pub reads: ReadLog,
}

impl AgentReport {
    /// The signal with this id.
    pub fn signal(&self, id: &str) -> Option<&AgentSignal> {
        self.signals.iter().find(|signal| signal.id == id)
    }

    /// A feature by name.
    pub fn feature(&self, name: &str) -> Option<f64> {
        self.features.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_shows_its_text_and_serialises_its_kind() {
        let flag = Flag::missing("fx.flow: no figure");
        assert_eq!(flag.to_string(), "fx.flow: no figure");
        assert_eq!(serde_json::to_string(&flag).unwrap(), r#"{"kind":"missing","text":"fx.flow: no figure"}"#);
        assert_eq!(serde_json::to_string(&FlagKind::Remark).unwrap(), "\"remark\"");
    }
}
