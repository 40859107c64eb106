//! The fields in which two JSON values differ, as dotted paths.

use std::collections::BTreeSet;

use serde_json::Value;

/// A field that two values state differently.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldDifference {
    /// Where: names and positions from 0, joined by dots (`strategies.2.report.positions.0.risk_units`).
    pub(crate) path: String,
    /// As the first value states it; `None` when it has no such field.
    pub(crate) first: Option<Value>,
    /// As the second states it.
    pub(crate) second: Option<Value>,
}

/// Every difference, in order of names and positions. Numbers are equal when they are the same number (`1` and `1.0`).
///
/// A field that only one side has, or that is a list on one and a number on the other, is one difference and not the
/// many below it.
pub(crate) fn differences(path: &str, first: Option<&Value>, second: Option<&Value>) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    collect(path, first, second, &mut found);
    found
}

fn collect(path: &str, first: Option<&Value>, second: Option<&Value>, found: &mut Vec<FieldDifference>) {
    match (first, second) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                collect(&below(path, name), a.get(name), b.get(name), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                collect(&below(path, &at.to_string()), a.get(at), b.get(at), found);
            }
        }
        (a, b) if same(a, b) => {}
        (a, b) => found.push(FieldDifference { path: path.to_owned(), first: a.cloned(), second: b.cloned() }),
    }
}

fn same(first: Option<&Value>, second: Option<&Value>) -> bool {
    match (first, second) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a == b || (a.as_f64() == b.as_f64() && !both_whole(a, b)),
        (a, b) => a == b,
    }
}

/// Whole numbers beyond the reach of a float are compared as they are.
fn both_whole(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    !a.is_f64() && !b.is_f64()
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn paths(a: &Value, b: &Value) -> Vec<String> {
        differences("", Some(a), Some(b)).into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn a_changed_number_is_named_by_its_path_with_both_values() {
        let (a, b) =
            (json!({"weights": {"DI_2Y": 0.25, "USDBRL": 0.1}}), json!({"weights": {"DI_2Y": 0.24, "USDBRL": 0.1}}));
        let expected =
            FieldDifference { path: "weights.DI_2Y".to_owned(), first: Some(json!(0.25)), second: Some(json!(0.24)) };
        assert_eq!(differences("", Some(&a), Some(&b)), [expected]);
    }

    #[test]
    fn what_only_one_side_has_is_one_difference() {
        let (a, b) = (json!({"a": {"x": 1, "y": 2}}), json!({"b": [1, 2, 3]}));
        assert_eq!(paths(&a, &b), ["a", "b"]);
        assert_eq!(paths(&json!([1, 2]), &json!([1, 2, {"z": 0}])), ["2"]);
        assert_eq!(paths(&json!({"regime": null}), &json!({"regime": {"label": "neutral"}})), ["regime"]);
        assert_eq!(paths(&json!({"regime": null}), &json!({})), ["regime"], "absent is not null");
    }

    #[test]
    fn a_whole_number_written_as_a_float_is_the_same_number() {
        assert!(paths(&json!([1, 0.0]), &json!([1.0, -0.0])).is_empty());
        assert_eq!(paths(&json!([u64::MAX]), &json!([u64::MAX - 1])), ["0"]);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3..3i64).prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn there_is_a_difference_exactly_when_two_values_differ(a in value(), b in value()) {
            prop_assert!(paths(&a, &a).is_empty());
            prop_assert_eq!(paths(&a, &b).is_empty(), a == b);
            prop_assert_eq!(paths(&a, &b), paths(&b, &a));
        }
    }
}
