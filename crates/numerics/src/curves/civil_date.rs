//! Days of the Gregorian calendar: just enough for coupon schedules.

use crate::Result;
use crate::covariance::checks;

/// A day of the proleptic Gregorian calendar; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilDate {
    year: i32,
    month: i32,
    day: i32,
}

impl std::fmt::Display for CivilDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl CivilDate {
    /// Errors: a month outside 1-12, a day the month does not have, a year outside 1-9999 (`invalid_argument`).
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self> {
        let valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day as i32 <= days_in_month(year, month as i32);
        if valid {
            Ok(Self { year, month: month as i32, day: day as i32 })
        } else {
            Err(checks::invalid("date", format!("{year}-{month}-{day} is not a day")))
        }
    }

    /// The day `months` later, at the end of the month when the month is shorter.
    pub(crate) fn add_months(self, months: i32) -> Self {
        let index = self.year * 12 + self.month - 1 + months;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
        Self { year, month, day: self.day.min(days_in_month(year, month)) }
    }

    /// Actual days from `start` to this day.
    pub(crate) fn days_from(self, start: Self) -> i32 {
        self.number() - start.number()
    }

    /// Days from `start` with months of 30 days (bond basis).
    pub(crate) fn days_360_from(self, start: Self) -> i32 {
        let d1 = start.day.min(30);
        let d2 = if self.day == 31 && d1 == 30 { 30 } else { self.day };
        360 * (self.year - start.year) + 30 * (self.month - start.month) + d2 - d1
    }

    /// Serial day number (years start in March, so the leap day is the last).
    fn number(self) -> i32 {
        let y = if self.month <= 2 { self.year - 1 } else { self.year };
        let m = (self.month + 9) % 12;
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + self.day
    }
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_arithmetic() -> Result<()> {
        let leap = CivilDate::new(2024, 2, 29)?;
        assert_eq!(leap.days_from(CivilDate::new(2023, 3, 1)?), 365);
        assert_eq!(CivilDate::new(2024, 8, 31)?.add_months(-6), leap);
        assert_eq!(CivilDate::new(2024, 3, 31)?.days_360_from(CivilDate::new(2024, 1, 31)?), 60);
        assert!(CivilDate::new(2023, 2, 29).is_err() && CivilDate::new(2023, 13, 1).is_err());
        assert_eq!(leap.to_string(), "2024-02-29");
        Ok(())
    }
}
