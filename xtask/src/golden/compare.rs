//! Comparison of an answer with the expected values: `|actual - expected| <= abs + rel * |expected|` per number.
//!
//! `null` matches only `null`, `"inf"` only an infinity, lists must have equal length, objects are compared on the
//! expected keys and extra keys of the answer are ignored. `per_key` tolerances override by top-level key.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// Absolute and relative tolerance of a case, with overrides by top-level key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tolerance {
    common: Bound,
    per_key: BTreeMap<String, Bound>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bound {
    abs: f64,
    rel: f64,
}

impl Bound {
    fn overridden_by(self, json: &Value) -> Self {
        Self {
            abs: json.get("abs").and_then(Value::as_f64).unwrap_or(self.abs),
            rel: json.get("rel").and_then(Value::as_f64).unwrap_or(self.rel),
        }
    }
}

impl Tolerance {
    /// Reads `{"abs": .., "rel": .., "per_key": {key: {"abs": .., "rel": ..}}}`; what is absent is zero.
    pub fn from_json(json: &Value) -> Self {
        let common = Bound::default().overridden_by(json);
        let per_key = json
            .get("per_key")
            .and_then(Value::as_object)
            .map(|keys| keys.iter().map(|(key, bound)| (key.clone(), common.overridden_by(bound))).collect())
            .unwrap_or_default();
        Self { common, per_key }
    }

    fn of(&self, key: &str) -> Bound {
        self.per_key.get(key).copied().unwrap_or(self.common)
    }
}

/// One field that does not match.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Path of the field, such as `beta[2]`.
    pub path: String,
    /// What the case expects.
    pub expected: String,
    /// What the method answered.
    pub got: String,
    /// Error as a multiple of the tolerance; infinite when the kinds differ.
    pub ratio: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.path, self.expected, self.got)?;
        if self.ratio.is_finite() {
            write!(f, " ({:.2e} x tolerance)", self.ratio)?;
        }
        Ok(())
    }
}

/// The result of a comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Largest error as a fraction of its tolerance, over the numbers that match.
    pub worst_ratio: f64,
    /// Number of fields that do not match.
    pub mismatches: usize,
    /// The one farthest from its tolerance.
    pub worst_mismatch: Option<Mismatch>,
}

impl Comparison {
    /// True when every expected field matches.
    pub fn passes(&self) -> bool {
        self.worst_mismatch.is_none()
    }

    fn refuse(&mut self, path: &str, expected: &Value, got: Option<&Value>, ratio: f64) {
        self.mismatches += 1;
        if self.worst_mismatch.as_ref().is_some_and(|worst| worst.ratio >= ratio) {
            return;
        }
        self.worst_mismatch = Some(Mismatch {
            path: path.to_owned(),
            expected: clipped(expected),
            got: got.map_or_else(|| "nothing".to_owned(), clipped),
            ratio,
        });
    }
}

/// Compares the answer with the expected object on the expected keys.
pub fn compare(expected: &Value, actual: &Value, tolerance: &Tolerance) -> Comparison {
    let mut comparison = Comparison::default();
    let empty = Map::new();
    for (key, value) in expected.as_object().unwrap_or(&empty) {
        match actual.get(key) {
            Some(got) => compare_value(value, got, tolerance.of(key), key, &mut comparison),
            None => comparison.refuse(key, value, None, f64::INFINITY),
        }
    }
    comparison
}

fn compare_value(expected: &Value, got: &Value, bound: Bound, path: &str, comparison: &mut Comparison) {
    match (expected, got) {
        (Value::Object(wanted), Value::Object(fields)) => {
            for (key, value) in wanted {
                let path = format!("{path}.{key}");
                match fields.get(key) {
                    Some(got) => compare_value(value, got, bound, &path, comparison),
                    None => comparison.refuse(&path, value, None, f64::INFINITY),
                }
            }
        }
        (Value::Array(wanted), Value::Array(values)) if wanted.len() == values.len() => {
            for (position, (value, got)) in wanted.iter().zip(values).enumerate() {
                compare_value(value, got, bound, &format!("{path}[{position}]"), comparison);
            }
        }
        (Value::Number(_), Value::Number(_)) => {
            let (wanted, number) = (expected.as_f64().unwrap_or(f64::NAN), got.as_f64().unwrap_or(f64::NAN));
            let (error, limit) = ((number - wanted).abs(), bound.abs + bound.rel * wanted.abs());
            let ratio = if error == 0.0 { 0.0 } else { error / limit };
            if error <= limit {
                comparison.worst_ratio = comparison.worst_ratio.max(ratio);
            } else {
                comparison.refuse(path, expected, Some(got), ratio);
            }
        }
        (Value::Null, Value::Null) => {}
        (Value::String(_) | Value::Bool(_), _) if expected == got => {}
        _ => comparison.refuse(path, expected, Some(got), f64::INFINITY),
    }
}

/// A value as text, long lists and objects cut short.
pub fn clipped(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::Array(items) if items.len() > 4 => format!("a list of {}", items.len()),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}...")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn passes(expected: Value, actual: Value, tolerance: Value) -> bool {
        compare(&json!({ "x": expected }), &json!({ "x": actual }), &Tolerance::from_json(&tolerance)).passes()
    }

    #[test]
    fn a_number_passes_within_absolute_plus_relative_tolerance() {
        assert!(passes(json!(100.0), json!(100.15), json!({"abs": 0.1, "rel": 0.001})));
        assert!(!passes(json!(100.0), json!(100.25), json!({"abs": 0.1, "rel": 0.001})));
    }

    #[test]
    fn a_per_key_tolerance_overrides_the_common_one() {
        let tolerance = json!({"abs": 0.0, "rel": 0.0, "per_key": {"x": {"abs": 1.0}}});
        assert!(passes(json!(1), json!(1.5), tolerance.clone()));
        let tolerance = Tolerance::from_json(&tolerance);
        assert!(!compare(&json!({"y": 1}), &json!({"y": 1.5}), &tolerance).passes());
    }

    #[test]
    fn null_matches_only_null_and_inf_only_inf() {
        let loose = json!({"abs": 1e9});
        assert!(passes(json!(null), json!(null), loose.clone()));
        assert!(!passes(json!(null), json!(0.0), loose.clone()));
        assert!(!passes(json!(0.0), json!(null), loose.clone()));
        assert!(passes(json!("inf"), json!("inf"), loose.clone()));
        assert!(!passes(json!("-inf"), json!("inf"), loose.clone()));
        assert!(!passes(json!(true), json!(1), loose));
    }

    #[test]
    fn lists_must_have_equal_length_and_missing_keys_fail() {
        let loose = json!({"abs": 1e9});
        assert!(!passes(json!([1, 2]), json!([1, 2, 3]), loose.clone()));
        assert!(!compare(&json!({"y": 1}), &json!({}), &Tolerance::from_json(&loose)).passes());
    }

    #[test]
    fn the_worst_field_is_reported() {
        let comparison = compare(
            &json!({"a": [1.0, 2.0, 3.0]}),
            &json!({"a": [1.0, 2.2, 3.9]}),
            &Tolerance::from_json(&json!({"abs": 0.1})),
        );
        assert_eq!(comparison.mismatches, 2);
        assert_eq!(comparison.worst_mismatch.unwrap().path, "a[2]");
    }
}
