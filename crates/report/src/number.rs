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

#[cfg(test)]
mod tests {
    use super::*;

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
