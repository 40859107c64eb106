//! IPCA and its relatives, the cores, the nine groups, IGP and the target.

use chrono::{Datelike, NaiveDate};
use market::ReleaseBasis;

use super::{Press, Row, round};
use crate::world::{Country, inflation_target, seasonal_brazil};

/// Cores: id and own noise, % m/m. They share the latent core and a small part of its season.
const CORES: [(&str, f64); 10] = [
    ("BR_IPCA_CORE_MS", 0.02),
    ("BR_IPCA_CORE_MA", 0.04),
    ("BR_IPCA_CORE_EX0", 0.06),
    ("BR_IPCA_CORE_EX1", 0.07),
    ("BR_IPCA_CORE_DP", 0.04),
    ("BR_IPCA_CORE_EX2", 0.06),
    ("BR_IPCA_CORE_EX3", 0.05),
    ("BR_IPCA_CORE_P55", 0.04),
    ("BR_IPCA_CORE_EXFE", 0.07),
    ("BR_IPCA_SERV_MOM", 0.10),
];

/// Groups of the IPCA: id, weight, own noise. The weighted mean of the groups is the headline.
const GROUPS: [(&str, f64, f64); 9] = [
    ("BR_IPCA_FOOD_MOM", 0.215, 0.45),
    ("BR_IPCA_HOUSING_MOM", 0.155, 0.35),
    ("BR_IPCA_HOUSEHOLD_MOM", 0.040, 0.35),
    ("BR_IPCA_CLOTHING_MOM", 0.047, 0.35),
    ("BR_IPCA_TRANSPORT_MOM", 0.205, 0.50),
    ("BR_IPCA_COMM_MOM", 0.050, 0.15),
    ("BR_IPCA_HEALTH_MOM", 0.133, 0.20),
    ("BR_IPCA_PERSONAL_MOM", 0.095, 0.20),
    ("BR_IPCA_EDUC_MOM", 0.060, 0.15),
];

/// Other breakdowns: id and own noise around the headline.
const BREAKDOWNS: [(&str, f64); 10] = [
    ("BR_IPCA_TRADABLE_MOM", 0.15),
    ("BR_IPCA_NONTRAD_MOM", 0.12),
    ("BR_IPCA_ADMIN_MOM", 0.35),
    ("BR_IPCA_FREE_MOM", 0.10),
    ("BR_IPCA_NONDUR_MOM", 0.25),
    ("BR_IPCA_SEMIDUR_MOM", 0.20),
    ("BR_IPCA_DUR_MOM", 0.20),
    ("BR_IPCA_INDUST_MOM", 0.15),
    ("BR_IPCA_FOODHOME_MOM", 0.55),
    ("BR_INPC_MOM", 0.06),
];

pub(super) fn print(press: &mut Press<'_>) {
    press.monthly("BR_IPCA_MOM", 2, |_, month, _| Some(month.brazil.headline_mom));
    twelve_months(press);
    index(press);
    let months = press.months;
    for id in ["BR_IPCA15_MOM", "BR_IPCAE_MOM"] {
        // Collected from mid-month to mid-month: half of each month, and some noise of its own.
        press.monthly(id, 2, |at, month, draw| {
            let before = months[at.checked_sub(1)?].brazil.headline_mom;
            Some(0.5 * (before + month.brazil.headline_mom) + 0.05 * draw)
        });
    }
    for (id, noise) in CORES {
        press.monthly(id, 2, |_, month, draw| {
            Some(month.brazil.core / 12.0 + 0.15 * seasonal_brazil(month.month) + noise * draw)
        });
    }
    for (id, noise) in BREAKDOWNS {
        press.monthly(id, 2, |_, month, draw| Some(month.brazil.headline_mom + noise * draw));
    }
    press.monthly("BR_IPCA_DIFFUSION", 2, |_, month, draw| {
        let share = 62.0 + 2.2 * (month.brazil.core - 4.0) + 14.0 * seasonal_brazil(month.month) + 2.5 * draw;
        Some(share.clamp(20.0, 95.0))
    });
    groups(press);
    for id in ["BR_IGPM_MOM", "BR_IGPDI_MOM", "BR_IGP10_MOM", "BR_IPADI_MOM"] {
        press.monthly(id, 2, |_, month, draw| {
            Some(month.brazil.headline_mom + 0.15 * month.brazil.commodity_3m / 3.0 + 0.25 * draw)
        });
    }
    target(press);
}

/// The 12-month change compounds twelve published months.
fn twelve_months(press: &mut Press<'_>) {
    let monthly = press.printed("BR_IPCA_MOM");
    press.monthly("BR_IPCA_12M", 2, |at, _, _| {
        let window = monthly.get(at.checked_sub(11)?..=at)?;
        Some((window.iter().map(|change| 1.0 + change / 100.0).product::<f64>() - 1.0) * 100.0)
    });
}

/// Index number before the first month. The real one was 3,800 at the end of 2013.
const INDEX_BEFORE: f64 = 3800.0;

/// The index number, December 1993 = 100, with the decimals it is printed with: what NTN-Bs are indexed by.
fn index(press: &mut Press<'_>) {
    let mut level = INDEX_BEFORE;
    let levels: Vec<f64> = press
        .printed("BR_IPCA_MOM")
        .iter()
        .map(|change| {
            level *= 1.0 + change / 100.0;
            level
        })
        .collect();
    press.monthly("BR_SIDRA_IPCA_INDEX", 2, |at, _, _| levels.get(at).copied());
}

fn groups(press: &mut Press<'_>) {
    let mut draws: Vec<_> = GROUPS.iter().map(|(id, ..)| press.noise(&format!("{id}.group"))).collect();
    let total: f64 = GROUPS.iter().map(|(_, weight, _)| weight).sum();
    let mut deviations: Vec<Vec<f64>> = vec![Vec::new(); GROUPS.len()];
    for _ in press.months {
        let own: Vec<f64> = GROUPS.iter().zip(&mut draws).map(|((_, _, noise), s)| noise * s.normal()).collect();
        let mean = GROUPS.iter().zip(&own).map(|((_, weight, _), own)| weight * own).sum::<f64>() / total;
        for (column, own) in deviations.iter_mut().zip(own) {
            column.push(own - mean);
        }
    }
    for ((id, ..), deviation) in GROUPS.iter().zip(&deviations) {
        press.monthly(id, 2, |at, month, _| Some(month.brazil.headline_mom + deviation[at]));
    }
}

/// One row a year, announced ahead: it is public from the first day of its year at the latest.
fn target(press: &mut Press<'_>) {
    let definition = press.definition("BR_INFL_TARGET");
    let first = press.config.start.year();
    let last = press.days.last().map_or(first, |day| day.date.year());
    let rows = (first..=last).filter_map(|year| {
        let period = NaiveDate::from_ymd_opt(year, 1, 1)?;
        let released_at = market::time::local_instant(period, chrono::NaiveTime::MIN, market::time::SAO_PAULO);
        let value = round(inflation_target(Country::Brazil, year), 2);
        Some(Row { period, value, released_at, basis: ReleaseBasis::Scheduled })
    });
    let rows = rows.collect();
    press.add(definition, rows);
}
