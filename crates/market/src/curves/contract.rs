//! B3 contract codes: `DI1F27` is the one-day deposit future of January 2027.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

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

    /// Last day of a contract by the exchange's rule for its commodity; `None` where the rule is not known.
    ///
    /// Rates and the dollar: the first B3 session of the month. DAP: the first from the 15th on. The Ibovespa: the Wednesday
    /// nearest the 15th of an even month, or the session after it.
    pub fn expiry(&self, calendars: &Calendars) -> Option<NaiveDate> {
        let on_or_after = |day| calendars.on_or_after(CalendarId::B3, day);
        match self.commodity.as_str() {
            "DI1" | "DDI" | "FRC" | "DOL" | "WDO" => Some(on_or_after(self.month)),
            "DAP" => self.month.with_day(15).map(on_or_after),
            "IND" | "WIN" if self.month.month().is_multiple_of(2) => {
                let fifteenth = self.month.with_day(15)?;
                let mut nearby = (-3..=3).map(|days| fifteenth + TimeDelta::days(days));
                nearby.find(|day| day.weekday() == Weekday::Wed).map(on_or_after)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_month() {
        let contract = ContractCode::parse("DI1F27").unwrap();
        assert_eq!((contract.commodity.as_str(), contract.month.to_string().as_str()), ("DI1", "2027-01-01"));
        assert_eq!(ContractCode::parse_month("Z30").unwrap().to_string(), "2030-12-01");
    }

    #[test]
    fn a_contract_expires_by_the_rule_of_its_commodity_or_not_at_all() {
        let calendars = Calendars::embedded();
        let of = |code: &str| ContractCode::parse(code).unwrap().expiry(&calendars).map(|day| day.to_string());
        for (code, wanted) in [
            ("DI1F27", Some("2027-01-04")),
            ("DOLK26", Some("2026-05-04")),
            ("DAPQ26", Some("2026-08-17")),
            ("INDJ26", Some("2026-04-15")),
            ("WINQ25", Some("2025-08-13")),
            // Ash Wednesday: B3 opens in the afternoon.
            ("INDG26", Some("2026-02-18")),
            ("INDH26", None),
            ("CCMU26", None),
        ] {
            assert_eq!(of(code).as_deref(), wanted, "{code}");
        }
    }

    #[test]
    fn what_is_not_a_code_is_refused() {
        for code in ["A27", "F2", "F2X", "", "F+7", "é27"] {
            assert_eq!(ContractCode::parse_month(code), None, "{code:?}");
        }
        for text in ["", "F27", "DI1A27", "DI1F2", "DI1F2X", "di1F27", "DI1É27"] {
            assert_eq!(ContractCode::parse(text), None, "{text:?}");
        }
    }
}
