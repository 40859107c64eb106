//! Values on the command line that have a form of their own.

use chrono::{Datelike, NaiveDate};

/// A date that calendars cover: 1900 to 2199.
pub fn business_date(text: &str) -> Result<NaiveDate, String> {
    let date: NaiveDate = text.parse().map_err(|_| "a date is written 2026-03-31".to_owned())?;
    if (1900..2200).contains(&date.year()) { Ok(date) } else { Err("dates from 1900 to 2199 are known".to_owned()) }
}

/// Two dates and everything between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
}

/// `A..B`, both included.
pub fn date_range(text: &str) -> Result<DateRange, String> {
    let (from, to) =
        text.split_once("..").ok_or_else(|| "a range of dates is written 2026-03-02..2026-03-31".to_owned())?;
    let range = DateRange { from: business_date(from)?, to: business_date(to)? };
    if range.to < range.from {
        return Err(format!("it ends ({}) before it begins ({})", range.to, range.from));
    }
    Ok(range)
}

/// A whole number of at least one.
pub fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a whole number of at least 1 is needed".to_owned()),
        Ok(count) => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_both_its_ends() {
        let range = date_range("2026-03-02..2026-03-31").unwrap();
        assert_eq!((range.from.to_string(), range.to.to_string()), ("2026-03-02".into(), "2026-03-31".into()));
    }

    #[test]
    fn a_range_says_what_is_wrong_with_it() {
        assert!(date_range("2026-03-02").unwrap_err().contains("2026-03-02..2026-03-31"));
        assert!(date_range("2026-03-02..").unwrap_err().contains("a date is written"));
        assert!(date_range("2026-03-31..2026-03-02").unwrap_err().contains("before it begins"));
        assert!(count("0").is_err() && count("-1").is_err() && count("many").is_err());
    }
}
