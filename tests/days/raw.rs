//! Daily excess returns straight from the files, by arithmetic of their own: no parser, curve or instrument of the program
//! is used, so that an error there cannot hide here. Only the calendars are shared.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use market::Calendars;

/// Returns of a long by date.
pub type Dated = BTreeMap<NaiveDate, f64>;

/// What the files say.
pub struct Raw {
    calendars: Calendars,
    /// Settlement prices of DI1 by date and contract month.
    settlements: BTreeMap<NaiveDate, BTreeMap<NaiveDate, f64>>,
    /// CDI of a day, as a fraction a day.
    cdi: Dated,
    ptax: Dated,
    /// Federal funds, percent a year.
    federal_funds: Dated,
}

impl Raw {
    /// Reads the files of a market data folder.
    pub fn read(folder: &Path) -> Self {
        let mut settlements: BTreeMap<NaiveDate, BTreeMap<NaiveDate, f64>> = BTreeMap::new();
        for year in [2025, 2026] {
            for line in text(folder, &format!("b3/settlement-{year}.csv")).lines() {
                let fields: Vec<&str> = line.split(';').collect();
                let (Ok(date), "DI1") = (fields[0].parse::<NaiveDate>(), fields[1]) else { continue };
                let (Some(month), Ok(price)) = (contract_month(fields[2]), fields[4].parse::<f64>()) else { continue };
                if month > date && price > 0.0 {
                    settlements.entry(date).or_default().insert(month, price);
                }
            }
        }
        let cdi = sgs(&text(folder, "bcb_sgs/12.json")).into_iter().map(|(d, percent)| (d, percent / 100.0)).collect();
        let ptax = sgs(&text(folder, "bcb_sgs/1.json"));
        let federal_funds = text(folder, "fred/DFF.csv")
            .lines()
            .filter_map(|line| line.split_once(','))
            .filter_map(|(date, value)| Some((date.parse().ok()?, value.parse().ok()?)))
            .collect();
        Self { calendars: Calendars::embedded(), settlements, cdi, ptax, federal_funds }
    }

    /// A receiver of a constant maturity: yesterday's price of `bd` business days, sold today with one session less.
    pub fn di(&self, bd: f64) -> Dated {
        let levels: Vec<(NaiveDate, Vec<(f64, f64)>)> =
            self.settlements.iter().map(|(date, prices)| (*date, self.log_discounts(*date, prices))).collect();
        let mut returns = Dated::new();
        for pair in levels.windows(2) {
            let ((before, old), (date, new)) = (&pair[0], &pair[1]);
            let elapsed = self.calendars.business_days_252(*before, *before, *date) as f64;
            let Some(growth) = interpolate(new, bd - elapsed).zip(interpolate(old, bd)).map(|(new, old)| new - old)
            else {
                continue;
            };
            returns.insert(*date, growth.exp() / self.accrued(*before, *date) - 1.0);
        }
        returns
    }

    /// A long dollar: spot, and what dollars earn over what reais earn.
    pub fn dollar(&self) -> Dated {
        let spots: Vec<(&NaiveDate, &f64)> = self.ptax.iter().collect();
        let mut returns = Dated::new();
        for pair in spots.windows(2) {
            let ((before, old), (date, new)) = (pair[0], pair[1]);
            let days = (*date - *before).num_days() as f64;
            let Some((_, percent)) = self.federal_funds.range(..=*before).next_back() else { continue };
            let dollars = 1.0 + percent / 100.0 * days / 360.0;
            returns.insert(*date, new / old * dollars / self.accrued(*before, *date) - 1.0);
        }
        returns
    }

    /// `(business days, ln(price / 100000))`, from maturity zero on.
    fn log_discounts(&self, date: NaiveDate, prices: &BTreeMap<NaiveDate, f64>) -> Vec<(f64, f64)> {
        let points = prices.iter().map(|(month, price)| {
            (self.calendars.business_days_252(date, date, *month) as f64, (price / 100_000.0).ln())
        });
        std::iter::once((0.0, 0.0)).chain(points.filter(|(bd, _)| *bd > 0.0)).collect()
    }

    /// Growth of a real at the CDI between two dates.
    fn accrued(&self, from: NaiveDate, to: NaiveDate) -> f64 {
        self.cdi.range(from..to).map(|(_, rate)| 1.0 + rate).product()
    }
}

/// Linear in business days: a flat forward rate between contracts.
fn interpolate(points: &[(f64, f64)], at: f64) -> Option<f64> {
    let right = points.iter().position(|(x, _)| *x >= at)?;
    let (x1, y1) = points[right];
    let (x0, y0) = points[right.saturating_sub(1)];
    Some(if x1 == x0 { y1 } else { y0 + (y1 - y0) * (at - x0) / (x1 - x0) })
}

fn contract_month(code: &str) -> Option<NaiveDate> {
    let month = "FGHJKMNQUVXZ".find(code.chars().next()?)? as u32 + 1;
    NaiveDate::from_ymd_opt(2000 + code[1..].parse::<i32>().ok()?, month, 1)
}

/// `[{"data":"02/01/2020","valor":"4.0213"},...]`
fn sgs(json: &str) -> Dated {
    let rows: Vec<BTreeMap<String, String>> = serde_json::from_str(json).expect("rows of the central bank");
    let date = |text: &str| NaiveDate::parse_from_str(text, "%d/%m/%Y").expect("a date");
    let rows = rows.iter().map(|row| (date(&row["data"]), row["valor"].parse().expect("a number")));
    rows.filter(|(date, _): &(NaiveDate, f64)| date.year() >= 2020).collect()
}

fn text(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
