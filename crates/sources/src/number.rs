//! Decimals under an explicit rule. Nothing is guessed: a comma where the source writes a point is an error, because the
//! guess would be wrong by a factor of ten to a thousand.

/// How a source writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// `1234.56`.
    Point,
    /// `1234,56`; no thousands separator.
    Comma,
    /// `1.234,56`: a point may only separate groups of three digits before the comma, and then the comma must follow.
    CommaWithThousands,
}

/// Why a field is not a number under its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNumber {
    /// The other separator occurs.
    WrongSeparator,
    /// It is not a number at all, or cut short.
    NotANumber,
    /// It is a number no f64 can hold, or an infinity.
    NotFinite,
}

impl BadNumber {
    /// Stable name of the rule for findings.
    pub fn rule(self) -> &'static str {
        match self {
            Self::WrongSeparator => "wrong_decimal_separator",
            Self::NotANumber => "bad_decimal",
            Self::NotFinite => "not_finite",
        }
    }
}

const LONGEST: usize = 64;

/// Reads a decimal. The field must be the number and nothing else but surrounding spaces.
///
/// # Errors
/// When the field breaks the rule; see [`BadNumber`].
pub fn parse(field: &[u8], rule: Decimal) -> Result<f64, BadNumber> {
    let field = field.trim_ascii();
    if matches!(field.to_ascii_lowercase().as_slice(), b"nan" | b"inf" | b"-inf" | b"infinity" | b"-infinity") {
        return Err(BadNumber::NotFinite);
    }
    if field.is_empty() || field.len() > LONGEST {
        return Err(BadNumber::NotANumber);
    }
    let mut plain = [0u8; LONGEST];
    let mut length = 0;
    let mut keep = |byte: u8| {
        plain[length] = byte;
        length += 1;
    };
    let (decimal, other) = match rule {
        Decimal::Point => (b'.', b','),
        Decimal::Comma | Decimal::CommaWithThousands => (b',', b'.'),
    };
    for (at, &byte) in field.iter().enumerate() {
        match byte {
            b'0'..=b'9' => keep(byte),
            b'+' | b'-' if at == 0 || matches!(field[at - 1], b'e' | b'E') => keep(byte),
            b'e' | b'E' if at > 0 && rule != Decimal::CommaWithThousands => keep(b'e'),
            _ if byte == decimal => keep(b'.'),
            _ if byte == other && rule == Decimal::CommaWithThousands => {}
            _ if byte == other => return Err(BadNumber::WrongSeparator),
            _ => return Err(BadNumber::NotANumber),
        }
    }
    if rule == Decimal::CommaWithThousands && !groups_of_three(field) {
        return Err(BadNumber::WrongSeparator);
    }
    // A decimal mark with nothing after it is a number cut short.
    if field.last() == Some(&decimal) {
        return Err(BadNumber::NotANumber);
    }
    let text = std::str::from_utf8(&plain[..length]).map_err(|_| BadNumber::NotANumber)?;
    let value: f64 = text.parse().map_err(|_| BadNumber::NotANumber)?;
    if value.is_finite() { Ok(value) } else { Err(BadNumber::NotFinite) }
}

/// True when points, if any, separate groups of three before a comma.
fn groups_of_three(field: &[u8]) -> bool {
    if !field.contains(&b'.') {
        return true;
    }
    let Some(comma) = field.iter().position(|&byte| byte == b',') else { return false };
    let whole = field[..comma].strip_prefix(b"-").unwrap_or(&field[..comma]);
    let mut groups = whole.split(|&byte| byte == b'.');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
        && groups.all(|group| group.len() == 3)
        && !field[comma..].contains(&b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_reads_its_own_and_refuses_the_other() {
        let cases: &[(&str, Decimal, Result<f64, BadNumber>)] = &[
            ("5.2194", Decimal::Point, Ok(5.2194)),
            (" -36.98 ", Decimal::Point, Ok(-36.98)),
            ("1e-3", Decimal::Point, Ok(0.001)),
            ("5,2194", Decimal::Point, Err(BadNumber::WrongSeparator)),
            ("1,234.5", Decimal::Point, Err(BadNumber::WrongSeparator)),
            ("0,069186", Decimal::Comma, Ok(0.069186)),
            ("14", Decimal::Comma, Ok(14.0)),
            ("0.069186", Decimal::Comma, Err(BadNumber::WrongSeparator)),
            ("1.234,5", Decimal::Comma, Err(BadNumber::WrongSeparator)),
            ("131.147,29", Decimal::CommaWithThousands, Ok(131_147.29)),
            ("9848,00", Decimal::CommaWithThousands, Ok(9848.0)),
            ("131.147", Decimal::CommaWithThousands, Err(BadNumber::WrongSeparator)),
            ("131147.29", Decimal::CommaWithThousands, Err(BadNumber::WrongSeparator)),
            ("13.11,47", Decimal::CommaWithThousands, Err(BadNumber::WrongSeparator)),
            ("4.", Decimal::Point, Err(BadNumber::NotANumber)),
            ("", Decimal::Point, Err(BadNumber::NotANumber)),
            ("n/d", Decimal::Point, Err(BadNumber::NotANumber)),
            ("NaN", Decimal::Point, Err(BadNumber::NotFinite)),
            ("1e999", Decimal::Point, Err(BadNumber::NotFinite)),
            ("Infinity", Decimal::Comma, Err(BadNumber::NotFinite)),
        ];
        for (text, rule, expected) in cases {
            assert_eq!(parse(text.as_bytes(), *rule), *expected, "{text} {rule:?}");
        }
    }
}
