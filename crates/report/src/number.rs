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
pub fn percent_cell(fraction: f64, decimals: usize) -> String {
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

/// A fraction as percent with its sign and three decimals: `0.0123` is `+1.230 %`. What rounds to zero has no sign.
pub fn signed_percent(fraction: f64) -> String {
    let text = format!("{:+.3} %", fraction * 100.0);
    if text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { text } else { "0.000 %".to_owned() }
}

/// A figure of any unit with six significant digits and no trailing zeros: `14.072`, `0.0123457`, `1.2e-9`.
pub fn figure(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-6.0..15.0).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let decimals = (5.0 - magnitude).max(0.0) as usize;
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_percent_cell_that_rounds_to_zero_has_no_sign() {
        assert_eq!(percent_cell(0.1234, 2), "+12.34");
        assert_eq!(percent_cell(-0.5, 0), "-50");
        assert_eq!(percent_cell(-0.000_01, 2), "0.00");
    }

    #[test]
    fn a_long_value_is_cut_short_and_an_absent_one_is_nothing() {
        assert_eq!(json_value(&None), "nothing");
        assert_eq!(json_value(&Some(json!(0.25))), "0.25");
        assert_eq!(json_value(&Some(json!("é".repeat(80)))).chars().count(), VALUE_WIDTH);
    }

    #[test]
    fn a_signed_percent_shows_its_side_and_no_signed_zero() {
        assert_eq!(signed_percent(0.0123), "+1.230 %");
        assert_eq!(signed_percent(-0.25), "-25.000 %");
        assert_eq!(signed_percent(-1e-9), "0.000 %");
    }

    #[test]
    fn a_figure_keeps_six_digits_and_drops_zeros() {
        assert_eq!(figure(14.072), "14.072");
        assert_eq!(figure(-0.012345678), "-0.0123457");
        assert_eq!(figure(1_012_177.0), "1012177");
        assert_eq!(figure(100.0), "100");
        assert_eq!(figure(1.2e-9), "1.20000e-9");
        assert_eq!(figure(0.0), "0");
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
