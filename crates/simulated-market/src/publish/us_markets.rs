//! Daily and weekly market series: rates, spreads, indices, currencies, commodities.

use chrono::Weekday;

use super::definitions::months;
use super::{Press, round};
use crate::truth::{DayTruth, MonthTruth};
use crate::world::curves::{ust_par, ust_zero};

/// Tenors of the par curve.
const TENORS: [&str; 11] = ["1M", "3M", "6M", "1Y", "2Y", "3Y", "5Y", "7Y", "10Y", "20Y", "30Y"];
/// The same yields in the H.15 release.
const H15: [(&str, &str); 2] = [("US_DGS2", "2Y"), ("US_DGS10", "10Y")];
/// Sovereign spreads: country, multiple of Brazil's, own noise.
const EMBI: [(&str, f64, f64); 4] =
    [("Brasil", 1.0, 0.0), ("LATINO", 1.45, 0.02), ("Mexico", 0.80, 0.03), ("Colombia", 1.05, 0.03)];

pub(super) fn print(press: &mut Press<'_>) {
    rates(press);
    press.daily("US_VIX", 2, |day, _| day.vix);
    press.daily("US_HY_OAS", 2, |day, _| day.high_yield);
    press.daily("US_DTWEXBGS", 4, |day, _| day.broad_dollar);
    press.weekly("US_NFCI", Weekday::Fri, 5, |day, draw| {
        0.9 * (day.vix / 16.0).ln() + 0.8 * (day.high_yield / 4.0).ln() - 0.4 + 0.02 * draw
    });
    let months = press.months;
    press.weekly("US_ICSA", Weekday::Sat, -3, |day, draw| claims(months, day, draw));
    press.weekly("US_CCSA", Weekday::Sat, -3, |day, draw| 8.2 * claims(months, day, 0.3 * draw));
    equities_and_currencies(press);
    commodities(press);
    for (country, multiple, noise) in EMBI {
        press.daily(&format!("EMBI.{country}"), 5, |day, draw| multiple * day.embi * (noise * draw).exp());
    }
}

fn rates(press: &mut Press<'_>) {
    let curve = press.config.parameters.ust_curve;
    let effective = |day: &DayTruth| (day.fed_funds - 0.17).max(0.05);
    for id in ["US_DFF", "US_EFFR"] {
        press.daily(id, 2, |day, _| effective(day));
    }
    press.daily("US_DFEDTARU", 2, |day, _| day.fed_funds);
    press.daily("US_SOFR_FRED", 2, |day, draw| effective(day) - 0.02 + 0.012 * draw);
    let pars: Vec<(chrono::NaiveDate, Vec<f64>)> =
        press.days.iter().map(|day| (day.date, ust_par(&curve, day))).collect();
    let par = |day: &DayTruth, tenor: &str| -> f64 {
        let months = months(tenor).unwrap_or(12);
        if months < 6 {
            return ust_zero(&curve, day, f64::from(months) / 12.0);
        }
        let row = pars.partition_point(|(date, _)| *date < day.date);
        pars.get(row).and_then(|(_, par)| par.get(months as usize / 6 - 1)).copied().unwrap_or_default()
    };
    for tenor in TENORS {
        press.daily(&format!("US_PAR_{tenor}"), 2, |day, _| par(day, tenor));
    }
    for (id, tenor) in H15 {
        press.daily(id, 2, |day, _| par(day, tenor));
    }
    press.daily("US_T10Y3M", 2, |day, _| round(par(day, "10Y"), 2) - round(par(day, "3M"), 2));
    let months = press.months;
    let breakeven = |day: &DayTruth, years: f64| {
        let at = months.partition_point(|month| month.month <= day.date).saturating_sub(1);
        let economy = &months[at].united_states;
        economy.target + (economy.expected - economy.target) * (-years / 6.0).exp() + 0.25 * day.ust_premium
            - 0.02 * day.global
    };
    press.daily("US_T5YIE", 2, |day, _| breakeven(day, 5.0));
    press.daily("US_T10YIE", 2, |day, _| breakeven(day, 10.0));
    // What the ten years pay beyond the first five.
    press.daily("US_T5YIFR", 2, |day, _| {
        let growth = |years: f64| (1.0 + breakeven(day, years) / 100.0).powf(years / 5.0);
        100.0 * (growth(10.0) / growth(5.0) - 1.0)
    });
    press.daily("US_DFII10", 2, |day, _| par(day, "10Y") - breakeven(day, 10.0));
    press.weekly("US_MORTGAGE30", Weekday::Thu, 2, |day, draw| par(day, "10Y") + 1.8 + 0.03 * draw);
}

/// Weekly claims at the gap of the day's month.
fn claims(months: &[MonthTruth], day: &DayTruth, draw: f64) -> f64 {
    let at = months.partition_point(|month| month.month <= day.date).saturating_sub(1);
    let gap = months.get(at).map_or(0.0, |month| month.united_states.gap);
    245_000.0 * (-0.06 * gap + 0.03 * draw).exp()
}

fn equities_and_currencies(press: &mut Press<'_>) {
    press.daily("B3.IBOV.CLOSE", 2, |day, _| day.ibov);
    press.daily("US_DEXBZUS", 4, |day, draw| day.spot * (0.0005 * draw).exp());
    press.daily("MK_IBOV_Y", 0, |day, _| day.ibov);
    press.daily("MK_SPX_Y", 2, |day, _| day.spx);
    press.daily("MK_USDBRL_Y", 4, |day, draw| day.spot * (0.001 * draw).exp());
    press.daily("MK_EWZ_Y", 2, |day, _| 30.0 * day.ibov / 52_000.0 / (day.spot / 3.9));
    press.daily("MK_DXY_Y", 2, |day, draw| 92.0 * day.broad_dollar / 112.0 * (0.001 * draw).exp());
    press.daily("MK_USDMXN_Y", 4, |day, draw| 18.0 * (day.broad_dollar / 112.0).powf(1.4) * (0.002 * draw).exp());
}

fn commodities(press: &mut Press<'_>) {
    for id in ["MK_BRENT_Y", "EIA:RBRTE"] {
        press.daily(id, 2, |day, _| day.brent);
    }
    for id in ["MK_WTI_Y", "EIA:RWTC", "US_WTI_FRED"] {
        press.daily(id, 2, |day, draw| day.brent * (-0.05 + 0.004 * draw).exp());
    }
    for (id, base, noise) in [("MK_COPPER_Y", 3.0, 0.004), ("MK_SOY_Y", 1050.0, 0.004)] {
        press.daily(id, 2, |day, draw| base * day.commodities / 100.0 * (noise * draw).exp());
    }
}
