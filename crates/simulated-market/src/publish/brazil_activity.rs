//! Activity, labour, credit and commodities of Brazil. IBC-Br is revised with every release, as the real one is.

use chrono::{Datelike, Months};

use super::{Press, Row, release_by_rule, round};
use crate::truth::MonthTruth;

/// Seasonality of activity by calendar month, % of level, summing to zero.
const SEASONAL: [f64; 12] = [-3.5, -3.0, 2.5, -0.5, 0.5, -0.5, 1.5, 2.0, 0.5, 1.5, -0.5, -0.5];
/// Error of IBC-Br's first print, % of level; it halves with each later print.
const FIRST_PRINT_ERROR: f64 = 0.35;
/// Prints of a month.
const PRINTS: u32 = 4;

/// Index level of activity, seasonally adjusted: potential times gap.
fn activity(month: &MonthTruth) -> f64 {
    100.0 * (month.brazil.log_potential + month.brazil.gap / 100.0).exp()
}

pub(super) fn print(press: &mut Press<'_>) {
    ibcbr(press, "BR_IBCBR_SA", |_| 0.0);
    ibcbr(press, "BR_IBCBR", |month| SEASONAL[month.month.month0() as usize]);
    for (id, beta, noise) in [
        ("BR_PIM_GENERAL", 1.6, 0.9),
        ("BR_PIM_MANUF", 1.8, 1.0),
        ("BR_PMC_VOL_SA", 1.2, 0.8),
        ("BR_PMS_VOL", 1.1, 0.7),
        ("BR_IBCBR_IND_SA", 1.5, 0.7),
        ("BR_IBCBR_SERV_SA", 0.9, 0.3),
    ] {
        press.monthly(id, 2, |_, month, draw| {
            let log = month.brazil.log_potential + (beta * month.brazil.gap + noise * draw) / 100.0;
            Some(100.0 * log.exp())
        });
    }
    quarterly(press, "BR_GDP_VOL_SA", |_| 0.0);
    quarterly(press, "BR_GDP_VOL", |month| SEASONAL[month.month.month0() as usize] / 2.0);
    press.monthly("BR_NUCI_FGV", 1, |_, month, draw| Some(80.0 + 1.1 * month.brazil.gap + 0.3 * draw));
    press.monthly("BR_UNEMP", 1, |_, month, draw| Some((9.0 - 0.7 * month.brazil.gap + 0.1 * draw).max(2.0)));
    press.monthly("BR_REAL_INCOME", 0, |_, month, draw| {
        Some(3000.0 * (month.brazil.log_potential + 0.004 * month.brazil.gap + 0.004 * draw).exp())
    });
    press.monthly("BR_CREDIT_GDP", 2, |at, month, draw| {
        Some(48.0 + 0.03 * at as f64 + 0.2 * month.brazil.gap + 0.05 * draw)
    });
    press.monthly("BR_NPL_TOTAL", 2, |_, month, draw| Some(3.2 - 0.12 * month.brazil.gap + 0.03 * draw));
    let selic = press.month_averages(|day| day.selic);
    press.monthly("BR_RATE_AVG", 2, |at, _, draw| Some(17.0 + 1.1 * selic[at] + 0.2 * draw));
    commodities(press);
}

/// A month and its `PRINTS - 1` revisions, one with each later month's release.
fn ibcbr(press: &mut Press<'_>, id: &str, seasonal: impl Fn(&MonthTruth) -> f64) {
    let definition = press.definition(id);
    let mut noise = press.noise(id);
    let mut rows = Vec::new();
    for month in press.months {
        let level = activity(month) * (1.0 + seasonal(month) / 100.0 + 0.0015 * noise.normal());
        let mut error = FIRST_PRINT_ERROR / 100.0 * noise.normal();
        for print in 0..PRINTS {
            let Some(reporting) = month.month.checked_add_months(Months::new(print)) else { continue };
            rows.push(Row {
                released_at: release_by_rule(press.calendars, &definition, reporting),
                ..press.row(&definition, month.month, level * (1.0 + error), 2)
            });
            error *= 0.5;
        }
        // The last print is the final figure.
        if let Some(last) = rows.last_mut() {
            last.value = round(level, 2);
        }
    }
    press.add(definition, rows);
}

/// Mean of the quarter's months, on a base of 160 (1995 = 100).
fn quarterly(press: &mut Press<'_>, id: &str, seasonal: impl Fn(&MonthTruth) -> f64) {
    let definition = press.definition(id);
    let mut noise = press.noise(id);
    let mut rows = Vec::new();
    for months in press.months.windows(3).filter(|months| months[0].month.month0() % 3 == 0) {
        let mean = months.iter().map(|month| activity(month) * (1.0 + seasonal(month) / 100.0)).sum::<f64>() / 3.0;
        rows.push(press.row(&definition, months[0].month, 1.6 * mean * (1.0 + 0.002 * noise.normal()), 2));
    }
    press.add(definition, rows);
}

/// IC-Br is commodity prices in BRL.
fn commodities(press: &mut Press<'_>) {
    let average = press.month_averages(|day| day.commodities * day.spot / 2.0);
    let energy = press.month_averages(|day| day.brent * day.spot / 1.5);
    press.monthly("BR_ICBR", 2, |at, _, _| Some(average[at]));
    press.monthly("BR_ICBR_AGRO", 2, |at, _, draw| Some(average[at] * (0.02 * draw).exp()));
    press.monthly("BR_ICBR_METAL", 2, |at, _, draw| Some(average[at] * (0.03 * draw).exp()));
    press.monthly("BR_ICBR_ENERGY", 2, |at, _, draw| Some(energy[at] * (0.01 * draw).exp()));
}
