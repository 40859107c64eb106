//! ANBIMA's indicative yields of NTN-Bs, since the first day with contracts.
//!
//! Each bond's flows are discounted on the world's real zero curve; the published yield is the internal rate of that price,
//! to four decimals of a percent. Nothing is drawn here: the curve moves with the DI curve, with expected inflation, and
//! with a premium of its own stream (`inflation_premium`).

use chrono::{Datelike, NaiveDate};
use market::curves::NtnbBond;
use market::{CalendarId, Tenor};

use super::definitions::{Outline, on_curve};
use super::{Press, Row};
use crate::truth::DayTruth;
use crate::world::curves::real_rate;

/// Every bond that matures within so many years is listed, and beyond it every fifth year's.
const EVERY_UNTIL_YEARS: i32 = 10;
const LAST_YEARS: i32 = 35;
/// Calendar days before maturity at which a bond leaves the list.
const LEAVES_DAYS: i64 = 60;

pub(super) fn print(press: &mut Press<'_>) {
    let (from, last) = (press.config.contracts_from, press.days.last().map_or(0, |day| day.date.year()));
    for year in from.year()..=last + LAST_YEARS {
        // May of odd years, August of even ones.
        let month = if year % 2 == 0 { 8 } else { 5 };
        let Some(maturity) = NaiveDate::from_ymd_opt(year, month, 15) else { continue };
        let definition = on_curve(
            Outline {
                id: &format!("ANBIMA.NTN-B.{maturity}.RATE"),
                source: "ANBIMA",
                unit: "% p.a. 252",
                category: "rates",
                frequency: market::Frequency::Daily,
                calendar: CalendarId::BrNational,
                lag_days: 0,
                hour: (20, 0),
            }
            .definition(),
            "NTNB",
            Tenor::Maturity(maturity),
        );
        let listed = press.days.iter().filter(|day| {
            day.date >= from
                && press.calendars.is_business_day(CalendarId::BrNational, day.date)
                && is_listed(day.date, maturity)
        });
        let rows: Vec<Row> = listed
            .filter_map(|day| Some(press.row(&definition, day.date, indicative(press, day, maturity)?, 4)))
            .collect();
        press.add(definition, rows);
    }
}

/// A bond once listed stays so until shortly before it matures: what is every fifth year's is listed from the first.
fn is_listed(date: NaiveDate, maturity: NaiveDate) -> bool {
    let years = maturity.year() - date.year();
    let ahead = maturity.signed_duration_since(date).num_days();
    ahead >= LEAVES_DAYS && (years <= EVERY_UNTIL_YEARS || (maturity.year() % 5 == 0 && years <= LAST_YEARS))
}

/// Yield of a bond whose flows are worth what the real curve says, % a year.
fn indicative(press: &Press<'_>, day: &DayTruth, maturity: NaiveDate) -> Option<f64> {
    let at = press.months.partition_point(|month| month.month <= day.date).checked_sub(1)?;
    let month = &press.months[at];
    let bond = NtnbBond::new(press.calendars, day.date, maturity).ok()?;
    let worth = |(bd, flow): &(f64, f64)| {
        let zero = real_rate(&press.config.parameters, month, day, bd / 252.0) / 100.0;
        flow * (-zero.ln_1p() * bd / 252.0).exp()
    };
    let price: f64 = bond.flows().iter().map(worth).sum();
    bond.yield_of(price).ok().map(|real_yield| real_yield * 100.0)
}
