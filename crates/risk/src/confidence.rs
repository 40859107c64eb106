//! The three confidence levels of the tail measures.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A confidence level. Written as a number in percent: 95, 97.5, 99; records of before there was 97.5 read the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// 95 %.
    P95,
    /// 97.5 %, the level of the expected shortfall in MAR33.
    P975,
    /// 99 %.
    P99,
}

impl Confidence {
    /// All, rising.
    pub const ALL: [Self; 3] = [Self::P95, Self::P975, Self::P99];

    /// As a probability: 0.975.
    pub fn level(self) -> f64 {
        match self {
            Self::P95 => 0.95,
            Self::P975 => 0.975,
            Self::P99 => 0.99,
        }
    }

    /// Frequency of an exception: 0.025. Written out, because `1.0 - 0.975` carries a rounding.
    pub fn tail(self) -> f64 {
        match self {
            Self::P95 => 0.05,
            Self::P975 => 0.025,
            Self::P99 => 0.01,
        }
    }

    /// In percent.
    pub fn percent(self) -> f64 {
        match self {
            Self::P95 => 95.0,
            Self::P975 => 97.5,
            Self::P99 => 99.0,
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::P95 => "95",
            Self::P975 => "97.5",
            Self::P99 => "99",
        })
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::P95 => serializer.serialize_u8(95),
            Self::P975 => serializer.serialize_f64(97.5),
            Self::P99 => serializer.serialize_u8(99),
        }
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Percent)
    }
}

/// Takes whole numbers and floats: formats differ in what they make of 95.
struct Percent;

impl de::Visitor<'_> for Percent {
    type Value = Confidence;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a confidence of 95, 97.5 or 99 %")
    }

    fn visit_f64<E: de::Error>(self, percent: f64) -> Result<Confidence, E> {
        let found = Confidence::ALL.into_iter().find(|level| level.percent() == percent);
        found.ok_or_else(|| E::custom(format!("a confidence of {percent} %, not 95, 97.5 or 99")))
    }

    fn visit_u64<E: de::Error>(self, percent: u64) -> Result<Confidence, E> {
        self.visit_f64(percent as f64)
    }

    fn visit_i64<E: de::Error>(self, percent: i64) -> Result<Confidence, E> {
        self.visit_f64(percent as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_back_and_old_records_keep_their_bytes() {
        assert_eq!(serde_json::to_string(&Confidence::ALL).unwrap(), "[95,97.5,99]");
        assert_eq!(serde_json::from_str::<Vec<Confidence>>("[95,97.5,99.0]").unwrap(), Confidence::ALL);
        let error = serde_json::from_str::<Confidence>("90").unwrap_err();
        assert!(error.to_string().contains("a confidence of 90 %, not 95, 97.5 or 99"));
        for level in Confidence::ALL {
            assert!((level.level() + level.tail() - 1.0).abs() < 1e-15);
        }
    }
}
