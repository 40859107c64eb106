//! Numbers as people read them.

/// A count with thin groups of three: `1 204 331`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A fraction as percent with the given decimals: `0.0123` is `1.23 %`. Absent values say so.
pub fn percent(fraction: Option<f64>, decimals: usize) -> String {
    fraction.map_or_else(|| "n/a".to_owned(), |value| format!("{:.decimals$} %", value * 100.0))
}

/// A fraction as signed percent without its sign of percent, for tables: `-0.0123` is `-1.23`. What rounds to zero has
/// no sign.
pub fn signed_percent(fraction: f64, decimals: usize) -> String {
    let text = format!("{:+.decimals$}", fraction * 100.0);
    match text.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'0' | b'.')) {
        true => text[1..].to_owned(),
        false => text,
    }
}

/// Longest text of a JSON value, in characters.
const VALUE_WIDTH: usize = 60;

/// A JSON value in a sentence, cut short when it is long; an absent one says so.
pub fn json_value(value: &Option<serde_json::Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.chars().count() {
        ..=VALUE_WIDTH => text,
        _ => text.chars().take(VALUE_WIDTH - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_signed_percent_that_rounds_to_zero_has_no_sign() {
        assert_eq!(signed_percent(0.1234, 2), "+12.34");
        assert_eq!(signed_percent(-0.5, 0), "-50");
        assert_eq!(signed_percent(-0.000_01, 2), "0.00");
    }

    #[test]
    fn a_long_value_is_cut_short_and_an_absent_one_is_nothing() {
        assert_eq!(json_value(&None), "nothing");
        assert_eq!(json_value(&Some(json!(0.25))), "0.25");
        assert_eq!(json_value(&Some(json!("é".repeat(80)))).chars().count(), VALUE_WIDTH);
    }

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_000), "1 000");
        assert_eq!(thousands(1_204_331), "1 204 331");
    }

    #[test]
    fn an_absent_fraction_is_not_a_zero() {
        assert_eq!(percent(None, 1), "n/a");
        assert_eq!(percent(Some(0.009), 1), "0.9 %");
    }
}
