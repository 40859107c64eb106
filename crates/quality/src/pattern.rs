//! Names of series with `*`.

/// True when `text` is `pattern`, in which each `*` stands for any run of characters, also none.
///
/// ```
/// assert!(quality::matches("B3.DI1*.RATE", "B3.DI1F27.RATE"));
/// assert!(!quality::matches("B3.DI1*.RATE", "B3.DI1F27.SETTLEMENT"));
/// assert!(quality::matches("US_VIX", "US_VIX") && !quality::matches("US_VIX", "US_VIX.OPEN"));
/// ```
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(tail) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.len() >= tail.len() && rest.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "a", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*ab", "aab", true),
            ("ab*ba", "aba", false),
            ("EMBI.*", "EMBI.Brasil", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
