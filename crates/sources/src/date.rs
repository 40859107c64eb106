//! Dates as the sources write them, from bytes, without a format string.

use chrono::NaiveDate;

/// `2026-03-31`, also with a time after `T` or a space, which is ignored.
pub fn iso(field: &[u8]) -> Option<NaiveDate> {
    let field = field.trim_ascii();
    let (day, rest) = field.split_at_checked(10)?;
    if !(rest.is_empty() || rest[0] == b'T' || rest[0] == b' ') || day[4] != b'-' || day[7] != b'-' {
        return None;
    }
    date(&day[..4], &day[5..7], &day[8..])
}

/// `20260331`.
pub fn compact(field: &[u8]) -> Option<NaiveDate> {
    let field = field.trim_ascii();
    if field.len() != 8 {
        return None;
    }
    date(&field[..4], &field[4..6], &field[6..])
}

/// `31/03/2026`.
pub fn day_month_year(field: &[u8]) -> Option<NaiveDate> {
    let field = slashed(field)?;
    date(&field[6..], &field[3..5], &field[..2])
}

/// `03/31/2026`.
pub fn month_day_year(field: &[u8]) -> Option<NaiveDate> {
    let field = slashed(field)?;
    date(&field[6..], &field[..2], &field[3..5])
}

fn slashed(field: &[u8]) -> Option<&[u8]> {
    let field = field.trim_ascii();
    (field.len() == 10 && field[2] == b'/' && field[5] == b'/').then_some(field)
}

fn date(year: &[u8], month: &[u8], day: &[u8]) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(digits(year)?).ok()?, digits(month)?, digits(day)?)
}

/// A whole number of ASCII digits.
pub fn digits(field: &[u8]) -> Option<u32> {
    if field.is_empty() || field.len() > 9 {
        return None;
    }
    field.iter().try_fold(0u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_name_the_same_day_and_cannot_be_confused() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 31);
        assert_eq!(iso(b"2026-03-31"), day);
        assert_eq!(iso(b"2026-03-31T00:00:00.000"), day);
        assert_eq!(day_month_year(b"31/03/2026"), day);
        assert_eq!(month_day_year(b"03/31/2026"), day);
        for bad in ["31/3/2026", "2026-13-01", "2026-02-30", "20260331", "2026-03-3", "", "ab/cd/efgh"] {
            assert_eq!(iso(bad.as_bytes()), None, "{bad}");
            assert_eq!(day_month_year(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(month_day_year(b"31/03/2026"), None);
    }
}
