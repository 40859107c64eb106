//! B3 contract codes: `DI1F27` is the one-day deposit future of January 2027.

use chrono::NaiveDate;

use crate::{CalendarId, Calendars};

/// Month letters of futures, January to December.
const MONTHS: &str = "FGHJKMNQUVXZ";

/// A futures contract: commodity and month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContractCode {
    /// Commodity: `DI1`, `DDI`, `DOL`.
    pub commodity: String,
    /// First day of the contract month.
    pub month: NaiveDate,
}

impl ContractCode {
    /// Reads `DI1F27`: commodity, month letter, two-digit year (years 00 to 79 are of this century). `None` when the
    /// text is not of that form.
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.len().checked_sub(3)?;
        let (commodity, code) = (text.get(..at)?, text.get(at..)?);
        if commodity.is_empty() || !commodity.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return None;
        }
        Some(Self { commodity: commodity.to_owned(), month: Self::parse_month(code)? })
    }

    /// Reads the month part alone: `F27` is 2027-01-01.
    pub fn parse_month(code: &str) -> Option<NaiveDate> {
        let letter = code.chars().next()?;
        let month = MONTHS.find(letter)? as u32 + 1;
        let digits = code.get(letter.len_utf8()..)?;
        if digits.len() != 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year: i32 = digits.parse().ok()?;
        NaiveDate::from_ymd_opt(if year < 80 { 2000 + year } else { 1900 + year }, month, 1)
    }

    /// Expiry of DI1, DDI, FRC and DOL: the first B3 session of the contract month.
    pub fn expiry(&self, calendars: &Calendars) -> NaiveDate {
        calendars.on_or_after(CalendarId::B3, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_month_and_expires_on_the_first_session_of_it() {
        let contract = ContractCode::parse("DI1F27").unwrap();
        assert_eq!((contract.commodity.as_str(), contract.month.to_string().as_str()), ("DI1", "2027-01-01"));
        assert_eq!(contract.expiry(&Calendars::embedded()).to_string(), "2027-01-04");
        assert_eq!(ContractCode::parse_month("Z30").unwrap().to_string(), "2030-12-01");
    }

    #[test]
    fn what_is_not_a_code_is_refused() {
        for text in ["", "F27", "DI1A27", "DI1F2", "DI1F2X", "di1F27", "DI1É27"] {
            assert_eq!(ContractCode::parse(text), None, "{text:?}");
        }
    }
}
