//! B3: DI1, DDI, FRC and DOL contracts, and the reference curves PRE, DIC and DOC.
//!
//! A DI1 settlement is `100000 / (1 + r)^(bd/252)` of the published three-decimal rate, to the cent. DDI quotes the dirty
//! coupon, on yesterday's PTAX; FRC and DOC are clean.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use market::{CalendarId, ReleaseBasis, SeriesDef, SeriesId, Tenor};

use super::brazil_daily::ptax;
use super::definitions::{b3, contract, on_curve};
use super::{Press, Row, release_by_rule, round};
use crate::random::Stream;
use crate::truth::DayTruth;
use crate::world::curves::{clean_cupom, di_rate};

/// Month codes of futures, January first.
const CODES: [char; 12] = ['F', 'G', 'H', 'J', 'K', 'M', 'N', 'Q', 'U', 'V', 'X', 'Z'];

pub(super) fn print(press: &mut Press<'_>) {
    reference_curves(press);
    let mut board = Board { rows: BTreeMap::new(), volume: press.noise("b3.volume") };
    let sample = b3("B3", "", "");
    let mut ptax_before = None;
    for day in press.days {
        let fixed = press.calendars.is_business_day(CalendarId::BrNational, day.date);
        if day.date >= press.config.contracts_from && press.calendars.is_business_day(CalendarId::B3, day.date) {
            let released_at = release_by_rule(press.calendars, &sample, day.date);
            board.session(press, day, ptax_before.unwrap_or_else(|| ptax(day)), released_at);
        }
        if fixed {
            ptax_before = Some(ptax(day));
        }
    }
    for (definition, rows) in board.rows.into_values() {
        press.add(definition, rows);
    }
}

/// Clean onshore dollar rate at a maturity, % linear on 360 days.
fn clean_coupon(press: &Press<'_>, day: &DayTruth, years: f64) -> f64 {
    clean_cupom(&press.config.parameters.ust_curve, day, years)
}

/// A listed maturity.
struct Listed {
    code: String,
    maturity: NaiveDate,
}

/// Contract months after a date: the first `serial` of them, then every `quarterly` month within `quarterly_months`, then
/// Januaries within `yearly_months`. A month once listed stays so until it matures.
fn listed(press: &Press<'_>, date: NaiveDate, serial: usize, quarterly_months: u32, yearly_months: u32) -> Vec<Listed> {
    let first = date.with_day(1).unwrap_or(date);
    (0..=yearly_months.max(quarterly_months))
        .filter_map(|ahead| Some((ahead, first.checked_add_months(Months::new(ahead))?)))
        .map(|(ahead, month)| (ahead, month, press.calendars.on_or_after(CalendarId::B3, month)))
        .filter(|(_, _, maturity)| *maturity > date)
        .enumerate()
        .filter(|(position, (ahead, month, _))| {
            *position < serial
                || (month.month0() % 3 == 0 && *ahead <= quarterly_months)
                || (month.month0() == 0 && *ahead <= yearly_months)
        })
        .map(|(_, (_, month, maturity))| Listed {
            code: format!("{}{:02}", CODES[month.month0() as usize], month.year().rem_euclid(100)),
            maturity,
        })
        .collect()
}

struct Board {
    rows: BTreeMap<SeriesId, (SeriesDef, Vec<Row>)>,
    volume: Stream,
}

impl Board {
    fn session(&mut self, press: &Press<'_>, day: &DayTruth, ptax_before: f64, released_at: DateTime<Utc>) {
        let curve = press.config.parameters.di_curve;
        let date = day.date;
        let years_252 = |to: NaiveDate| press.calendars.business_days_252(date, date, to) as f64 / 252.0;
        let years_360 = |to: NaiveDate| (to - date).num_days() as f64 / 360.0;
        let put = |board: &mut Self, code: &str, field: &str, value: f64, curve: Option<(&str, NaiveDate)>| {
            let row = Row { period: date, value, released_at, basis: ReleaseBasis::Assumed };
            board.put(code, field, row, curve);
        };
        for Listed { code, maturity } in listed(press, date, 4, 60, 132) {
            let years = years_252(maturity);
            let name = format!("DI1{code}");
            let rate = round(di_rate(&curve, day, years), 3);
            put(self, &name, "rate", rate, Some(("DI1", maturity)));
            put(self, &name, "settlement", round(100_000.0 / (1.0 + rate / 100.0).powf(years), 2), None);
            let volume = (11.0 - 0.35 * years + 0.5 * self.volume.normal()).exp();
            put(self, &name, "contracts", volume.round(), None);
        }
        let dollars = listed(press, date, 6, 24, 60);
        let clean = |to: NaiveDate| clean_coupon(press, day, years_360(to)) / 100.0;
        let near = dollars.first().map(|contract| (years_360(contract.maturity), clean(contract.maturity)));
        for (position, Listed { code, maturity }) in dollars.into_iter().enumerate() {
            let years = years_360(maturity);
            let growth = 1.0 + clean(maturity) * years;
            let dirty = round((growth * ptax_before / ptax(day) - 1.0) / years * 100.0, 3);
            let name = format!("DDI{code}");
            put(self, &name, "rate", dirty, Some(("DDI", maturity)));
            if let Some((near_years, near_rate)) = near.filter(|_| position > 0) {
                let forward = (growth / (1.0 + near_rate * near_years) - 1.0) / (years - near_years) * 100.0;
                put(self, &format!("FRC{code}"), "rate", round(forward, 3), Some(("FRC", maturity)));
            }
            if position < 3 {
                let di = di_rate(&curve, day, years_252(maturity)) / 100.0;
                let forward = day.spot * (1.0 + di).powf(years_252(maturity)) / growth;
                put(self, &format!("DOL{code}"), "settlement", round(1000.0 * forward, 3), None);
            }
        }
    }

    fn put(&mut self, code: &str, field: &str, row: Row, curve: Option<(&str, NaiveDate)>) {
        let id = SeriesId::new(format!("B3.{code}.{}", field.to_uppercase()));
        let entry = self.rows.entry(id).or_insert_with(|| {
            let unit = match (field, &code[..3]) {
                ("rate", "DI1") => "% p.a. 252",
                ("rate", _) => "% p.a. 360 linear",
                ("contracts", _) => "contracts",
                (_, "DOL") => "BRL per USD 1000",
                _ => "PU",
            };
            let category = if code.starts_with("DOL") { "fx" } else { "rates" };
            let definition = contract(code, field, unit, category);
            let definition = match curve {
                Some((curve, maturity)) => on_curve(definition, curve, Tenor::Maturity(maturity)),
                None => definition,
            };
            (definition, Vec::new())
        });
        entry.1.push(row);
    }
}

/// Constant maturities of the reference curves, since the start of the world.
fn reference_curves(press: &mut Press<'_>) {
    let parameters = press.config.parameters;
    for days in [21_u32, 63, 126, 252, 504, 756, 1260, 2520] {
        let years = f64::from(days) / 252.0;
        let definition = b3(&format!("B3.PRE.{days}BD"), "% p.a. 252", "rates");
        let definition = on_curve(definition, "PRE", Tenor::BusinessDays(days));
        press.daily_as(definition, 3, |day, _| di_rate(&parameters.di_curve, day, years));
    }
    for days in [30_u32, 180, 360] {
        let definition = b3(&format!("B3.DOC.{days}D"), "% p.a. 360 linear", "rates");
        let definition = on_curve(definition, "DOC", Tenor::CalendarDays(days));
        let rates: BTreeMap<NaiveDate, f64> =
            press.days.iter().map(|day| (day.date, clean_coupon(press, day, f64::from(days) / 360.0))).collect();
        press.daily_as(definition, 3, |day, _| rates.get(&day.date).copied().unwrap_or_default());
    }
    let months = press.months;
    for days in [252_u32, 1260, 2520] {
        let years = f64::from(days) / 252.0;
        let definition = b3(&format!("B3.DIC.{days}BD"), "% p.a. 252", "rates");
        let definition = on_curve(definition, "DIC", Tenor::BusinessDays(days));
        press.daily_as(definition, 3, |day, _| {
            let at = months.partition_point(|month| month.month <= day.date).saturating_sub(1);
            let brazil = &months[at].brazil;
            // Expected inflation returns to target within about two years; the rest is compensation for its risk.
            let weight = (1.0 - (-years / 2.0).exp()) / (years / 2.0);
            let inflation = brazil.target + (brazil.expected - brazil.target) * weight + 0.3 * day.di_premium;
            let nominal = di_rate(&parameters.di_curve, day, years);
            ((1.0 + nominal / 100.0) / (1.0 + inflation / 100.0) - 1.0) * 100.0
        });
    }
}
