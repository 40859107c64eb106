//! The first field in which two values differ, in the order in which they serialise.
//!
//! The walk is over CBOR values: unlike JSON ones they keep the order of a struct's fields, which is that of the steps, and
//! a NaN.

use ciborium::Value;
use serde::Serialize;

/// Characters of a text that are shown.
const SHOWN: usize = 60;

/// Fields by which an item of a list is named in a path, instead of by its position.
const NAMES: [&str; 8] = ["id", "agent", "strategy", "package", "instrument", "model", "name", "group"];

/// Where two values part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Outermost field.
    pub(super) step: String,
    /// The rest of the path, dotted.
    pub(super) field: String,
    /// The left value there.
    pub(super) left: String,
    /// The right value there.
    pub(super) right: String,
}

/// The first difference of two values that are known to differ.
pub(super) fn first<T: Serialize>(left: &T, right: &T) -> Difference {
    let walked = match (Value::serialized(left), Value::serialized(right)) {
        (Ok(left), Ok(right)) => walk(&left, &right),
        _ => None,
    };
    let (mut path, left, right) = walked.unwrap_or_default();
    let step = path.pop().unwrap_or_default();
    path.reverse();
    Difference { step, field: path.join("."), left, right }
}

/// Path from the inside out, and the two values there.
type Found = (Vec<String>, String, String);

fn walk(left: &Value, right: &Value) -> Option<Found> {
    match (left, right) {
        (Value::Map(a), Value::Map(b)) => fields(a, b),
        (Value::Array(a), Value::Array(b)) => items(a, b),
        (Value::Tag(_, a), Value::Tag(_, b)) => walk(a, b),
        (Value::Float(a), Value::Float(b)) if a == b || (a.is_nan() && b.is_nan()) => None,
        (a, b) if a == b => None,
        (a, b) => Some((Vec::new(), shown(Some(a)), shown(Some(b)))),
    }
}

fn fields(left: &[(Value, Value)], right: &[(Value, Value)]) -> Option<Found> {
    let of = |entries: &'_ [(Value, Value)], key: &Value| entries.iter().position(|(name, _)| name == key);
    for (key, value) in left {
        let found = match of(right, key) {
            Some(at) => walk(value, &right[at].1),
            None => Some((Vec::new(), shown(Some(value)), shown(None))),
        };
        if let Some(found) = found {
            return Some(below(shown(Some(key)), found));
        }
    }
    let (key, value) = right.iter().find(|(key, _)| of(left, key).is_none())?;
    Some((vec![shown(Some(key))], shown(None), shown(Some(value))))
}

fn items(left: &[Value], right: &[Value]) -> Option<Found> {
    (0..left.len().max(right.len())).find_map(|at| {
        let (a, b) = (left.get(at), right.get(at));
        let found = match (a, b) {
            (Some(a), Some(b)) => walk(a, b)?,
            _ => (Vec::new(), shown(a), shown(b)),
        };
        Some(below(a.or(b).and_then(name).unwrap_or_else(|| at.to_string()), found))
    })
}

fn below(name: String, (mut path, left, right): Found) -> Found {
    path.push(name);
    (path, left, right)
}

/// What an item of a list calls itself.
fn name(item: &Value) -> Option<String> {
    let fields = item.as_map()?;
    let named = |wanted: &str| fields.iter().find(|(key, _)| key.as_text() == Some(wanted));
    NAMES.iter().find_map(|wanted| named(wanted)?.1.as_text().map(str::to_owned))
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Value::Text(text)) if text.chars().count() > SHOWN => {
            format!("{}...", text.chars().take(SHOWN).collect::<String>())
        }
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Float(number)) => number.to_string(),
        Some(Value::Integer(number)) => i128::from(*number).to_string(),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(Value::Null) => "none".to_owned(),
        Some(Value::Array(items)) => format!("a list of {}", items.len()),
        Some(item @ Value::Map(fields)) => name(item).unwrap_or_else(|| format!("{} fields", fields.len())),
        Some(Value::Tag(_, inner)) => shown(Some(inner)),
        Some(_) => "bytes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference(left: serde_json::Value, right: serde_json::Value) -> [String; 4] {
        let Difference { step, field, left, right } = first(&left, &right);
        [step, field, left, right]
    }

    #[test]
    fn the_path_names_the_step_the_item_and_the_field() {
        let signals =
            |value: f64| json!({"agents": [{"id": "fx.flow", "value": 1.0}, {"id": "fx.beer", "value": value}]});
        assert_eq!(difference(signals(0.5), signals(0.25)), ["agents", "fx.beer.value", "0.5", "0.25"]);
    }

    #[test]
    fn what_one_side_lacks_is_absent() {
        assert_eq!(difference(json!({"a": [1, 2]}), json!({"a": [1]})), ["a", "1", "2", "absent"]);
        assert_eq!(difference(json!({"a": 1}), json!({"a": 1, "b": 2})), ["b", "", "absent", "2"]);
    }

    #[test]
    fn fields_are_compared_in_their_own_order_and_nan_is_seen() {
        #[derive(Serialize)]
        struct Steps {
            quality: f64,
            agents: f64,
        }
        let found = first(&Steps { quality: 1.0, agents: 1.0 }, &Steps { quality: f64::NAN, agents: 2.0 });
        assert_eq!((found.step.as_str(), found.right.as_str()), ("quality", "NaN"));
    }
}
