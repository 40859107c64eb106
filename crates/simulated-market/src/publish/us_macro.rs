//! US prices, activity and labour; payrolls, production and prices with their vintages.

use chrono::Months;
use market::ReleaseBasis;

use super::{Press, Row, release_by_rule, round};
use crate::truth::MonthTruth;

/// A series whose prints are revised: how its level comes about and how wrong its first print is.
struct Revised {
    id: &'static str,
    /// Also as real-time vintages `<id>_RT`.
    real_time: bool,
    decimals: i32,
    /// Standard deviation of the first print's error, in units of the level; it halves with each later print.
    first_error: f64,
    /// Own noise of the final figure, in units of the level.
    noise: f64,
    prints: u32,
}

pub(super) fn print(press: &mut Press<'_>) {
    prices(press);
    let payrolls = cumulative(press, 138_000.0, |month| 140.0 + 420.0 * (month.gap - month.gap_before));
    let production = level(press, 100.0, 1.5);
    let revised = |id, real_time, decimals, first_error, noise, prints| Revised {
        id,
        real_time,
        decimals,
        first_error,
        noise,
        prints,
    };
    vintages(press, &revised("US_NFP", true, 0, 55.0, 25.0, 3), &payrolls);
    vintages(press, &revised("US_INDPRO", true, 4, 0.25, 0.25, 3), &production);
    let sales: Vec<f64> = level(press, 430_000.0, 1.3);
    vintages(press, &revised("US_RETAIL", false, 0, 1500.0, 1500.0, 2), &sales);
    let rate: Vec<f64> = press.months.iter().map(|month| 4.4 - 0.5 * month.united_states.gap).collect();
    vintages(press, &revised("US_UNRATE", true, 1, 0.0, 0.06, 1), &rate);
    let openings: Vec<f64> = press.months.iter().map(|month| 7000.0 + 500.0 * month.united_states.gap).collect();
    vintages(press, &revised("US_JOLTS_OPEN", false, 0, 120.0, 100.0, 2), &openings);
    let gap = |month: &MonthTruth| month.united_states.gap;
    press.monthly("US_U6", 1, |_, m, draw| Some(7.9 - 0.8 * gap(m) + 0.08 * draw));
    press.monthly("US_CAPUTIL", 2, |_, m, draw| Some(77.5 + 0.9 * gap(m) + 0.2 * draw));
    press.monthly("US_UMCSENT", 1, |_, m, draw| {
        Some(82.0 + 2.5 * gap(m) - 2.0 * (m.united_states.core_12m - 2.0) + 2.5 * draw)
    });
    press.monthly("US_MICH_1Y", 1, |_, m, draw| Some(m.united_states.expected + 0.9 + 0.15 * draw));
    press.monthly("US_CFNAI", 2, |_, m, draw| Some(0.8 * (gap(m) - m.united_states.gap_before) + 0.2 * draw));
    press.monthly("US_HOUST", 0, |_, m, draw| Some(1350.0 + 45.0 * gap(m) + 45.0 * draw));
    press.monthly("US_PERMIT", 0, |_, m, draw| Some(1400.0 + 45.0 * gap(m) + 30.0 * draw));
    press.monthly("US_M2", 1, |at, _, draw| Some(11_000.0 * (0.0045 * at as f64 + 0.001 * draw).exp()));
    let hourly = wages(press);
    press.monthly("US_AHE", 2, |at, _, _| Some(hourly[at]));
    quarterly_gdp(press);
}

/// Price indices: cumulated inflation, with vintages where the archive has them.
fn prices(press: &mut Press<'_>) {
    for (id, start, core, real_time, error) in [
        ("US_CPI", 234.0, 0.0, true, 0.03),
        ("US_CPI_CORE", 236.0, 1.0, false, 0.0),
        ("US_PCE_PI", 96.0, 0.0, true, 0.03),
        ("US_PCE_CORE", 95.5, 1.0, false, 0.04),
        ("US_PCE_SUPERCORE", 94.0, 1.0, false, 0.0),
        ("US_PPI_FD", 110.0, 0.0, false, 0.05),
    ] {
        let wedge = if id.starts_with("US_PCE") { -0.15 } else { 0.0 };
        let levels = indexed(press, start, |month| {
            let e = &month.united_states;
            core * (e.core + wedge) / 12.0 + (1.0 - core) * (e.headline_mom + wedge / 12.0)
        });
        let prints = if error > 0.0 { 2 } else { 1 };
        vintages(press, &Revised { id, real_time, decimals: 3, first_error: error, noise: 0.03, prints }, &levels);
    }
    let nsa = press.printed("US_CPI_CORE");
    press.monthly("US_CPI_NSA", 3, |at, month, _| {
        let season = 0.15 * (f64::from(chrono::Datelike::month0(&month.month)) * std::f64::consts::TAU / 12.0).sin();
        nsa.get(at).map(|value| value * 0.99 * (1.0 + season / 100.0))
    });
    for (id, noise) in [("US_CPI_MEDIAN", 0.6), ("US_CPI_TRIM", 0.5)] {
        press.monthly(id, 2, |_, month, draw| Some(month.united_states.core + noise * draw));
    }
    press.monthly("US_CPI_STICKY", 3, |_, month, draw| Some(month.united_states.core / 12.0 + 0.03 * draw));
}

/// Index that grows by a monthly change in %.
fn indexed(press: &Press<'_>, start: f64, change_pct: impl Fn(&MonthTruth) -> f64) -> Vec<f64> {
    let mut level = start;
    press
        .months
        .iter()
        .map(|month| {
            level *= 1.0 + change_pct(month) / 100.0;
            level
        })
        .collect()
}

fn cumulative(press: &Press<'_>, start: f64, change: impl Fn(&crate::truth::EconomyMonth) -> f64) -> Vec<f64> {
    let mut level = start;
    press
        .months
        .iter()
        .map(|month| {
            level += change(&month.united_states);
            level
        })
        .collect()
}

/// Level that follows potential output and the gap.
fn level(press: &Press<'_>, base: f64, beta: f64) -> Vec<f64> {
    let log = |month: &MonthTruth| month.united_states.log_potential + beta * month.united_states.gap / 100.0;
    press.months.iter().map(|month| base * log(month).exp()).collect()
}

fn wages(press: &Press<'_>) -> Vec<f64> {
    indexed(press, 24.0, |month| (month.united_states.core + 1.0 + 0.2 * month.united_states.gap) / 12.0)
}

/// Prints a series with its vintages: month by month a first figure and its corrections, the last one final.
fn vintages(press: &mut Press<'_>, revised: &Revised, levels: &[f64]) {
    let definition = press.definition(revised.id);
    let mut noise = press.noise(revised.id);
    let mut rows = Vec::new();
    for (month, level) in press.months.iter().zip(levels) {
        let level = level + revised.noise * noise.normal();
        let mut error = revised.first_error * noise.normal();
        for print in 0..revised.prints {
            let last = print + 1 == revised.prints;
            let Some(reporting) = month.month.checked_add_months(Months::new(print)) else { continue };
            rows.push(Row {
                period: month.month,
                value: round(if last { level } else { level + error }, revised.decimals),
                released_at: release_by_rule(press.calendars, &definition, reporting),
                basis: ReleaseBasis::Assumed,
            });
            error *= 0.5;
        }
    }
    if revised.real_time {
        let exact = rows.iter().map(|row| Row { basis: ReleaseBasis::Exact, ..*row }).collect();
        press.add(press.definition(&format!("{}_RT", revised.id)), exact);
    }
    press.add(definition, rows);
}

fn quarterly_gdp(press: &mut Press<'_>) {
    let levels = level(press, 16_800.0, 1.0);
    let definition = press.definition("US_GDP_REAL");
    let mut noise = press.noise("US_GDP_REAL");
    let mut rows = Vec::new();
    for (months, levels) in press.months.windows(3).zip(levels.windows(3)) {
        if chrono::Datelike::month0(&months[0].month) % 3 == 0 {
            let mean = levels.iter().sum::<f64>() / 3.0 + 20.0 * noise.normal();
            rows.push(press.row(&definition, months[0].month, mean, 3));
        }
    }
    press.add(definition, rows);
}
