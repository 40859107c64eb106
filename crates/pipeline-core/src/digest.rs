//! Digests: the proof that two runs are the same.
//!
//! A digest is BLAKE3 over the canonical JSON (RFC 8785: sorted keys, shortest round-trip numbers) of a value. NaN and
//! infinities have no canonical form and are refused, so they can never hide in a digest.

use serde::Serialize;

/// BLAKE3 of a value's canonical JSON, in hex.
///
/// # Errors
/// When the value holds NaN or an infinity, or cannot be serialised.
pub fn digest_of<T: Serialize>(what: &'static str, value: &T) -> Result<String, DigestError> {
    canonical(what, value).map(|text| of_text(&text))
}

/// BLAKE3 of a text, in hex.
pub fn of_text(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// A value's canonical JSON: what its digest is taken of.
///
/// # Errors
/// As [`digest_of`].
pub fn canonical<T: Serialize>(what: &'static str, value: &T) -> Result<String, DigestError> {
    // JSON writers turn NaN into null without a word, so the check is made on a form that keeps it.
    let exact = ciborium::Value::serialized(value).map_err(|error| DigestError { what, why: error.to_string() })?;
    if let Some(place) = not_a_number(&exact) {
        return Err(DigestError { what, why: format!("{place} is not a finite number") });
    }
    serde_json_canonicalizer::to_string(value).map_err(|error| DigestError { what, why: error.to_string() })
}

/// A value as JSON, for comparing it field by field.
///
/// # Errors
/// When it has no JSON form: what cannot be compared is not taken for equal.
pub(crate) fn comparable<T: Serialize>(what: &'static str, value: &T) -> Result<serde_json::Value, DigestError> {
    serde_json::to_value(value).map_err(|error| DigestError { what, why: error.to_string() })
}

/// The path of the first number that is NaN or infinite.
fn not_a_number(value: &ciborium::Value) -> Option<String> {
    use ciborium::Value;
    let below = |name: String, value: &Value| {
        not_a_number(value).map(|rest| if rest.is_empty() { name.clone() } else { format!("{name}.{rest}") })
    };
    match value {
        Value::Float(number) if !number.is_finite() => Some(String::new()),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| below(at.to_string(), item)),
        Value::Map(entries) => {
            entries.iter().find_map(|(key, item)| below(key.as_text().unwrap_or("?").to_owned(), item))
        }
        Value::Tag(_, inner) => not_a_number(inner),
        _ => None,
    }
}

/// Combines named digests in the order given.
pub fn combine<'a>(parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, digest) in parts {
        hasher.update(name.as_bytes());
        hasher.update(b"=");
        hasher.update(digest.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

/// Why a value has no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} has no canonical form: {why}")]
pub struct DigestError {
    /// Which value.
    pub what: &'static str,
    /// What the serialiser said.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_does_not_change_a_digest() {
        let a: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":[0.1,2]}"#).unwrap();
        let b: serde_json::Value = serde_json::from_str(r#"{"a":[0.1,2.0],"b":1.0}"#).unwrap();
        assert_eq!(digest_of("a", &a).unwrap(), digest_of("b", &b).unwrap());
    }

    #[test]
    fn a_value_with_nan_has_no_digest() {
        let error = digest_of("weights", &std::collections::BTreeMap::from([("USDBRL", [1.0, f64::NAN])])).unwrap_err();
        assert_eq!(error.to_string(), "weights has no canonical form: USDBRL.1 is not a finite number");
        assert!(digest_of("infinity", &Some(f64::INFINITY)).is_err());
        assert!(digest_of("absent", &None::<f64>).is_ok(), "an absent number is not a wrong one");
    }

    #[test]
    fn the_order_of_parts_matters() {
        assert_ne!(combine([("a", "1"), ("b", "2")]), combine([("b", "2"), ("a", "1")]));
    }
}
