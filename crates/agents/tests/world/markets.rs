//! What the fiscal, FX and cross-asset models read beyond the basics.

use chrono::{Datelike, Days, Months, Weekday};

use super::{World, date, noise, today};

pub(super) fn publish(world: &mut World) {
    world.monthly("BR_BOP_CA", 26, |i| -3000.0 + 1500.0 * noise(i, 40.0));
    world.monthly("BR_PRIMARY_PS_12M_GDP", 30, |i| 1.0 + 0.5 * (i as f64 / 20.0).sin() + 0.3 * noise(i, 41.0));
    world.monthly("BR_FX_SWAP_NET", 3, |i| -85_000.0 + 4000.0 * noise(i, 42.0));
    world.daily("US_SOFR_FRED", |i| 3.62 + 0.02 * noise(i, 43.0));
    // A calm first and a wild second half of each two years: the regime model has something to find.
    let wild = |i: i64| i.rem_euclid(730) > 365;
    world.daily("MK_IBOV_Y", |i| 130_000.0 * (if wild(i) { 0.05 } else { 0.012 } * noise(i, 44.0)).exp());
    let first = date("2020-01-01");
    for rows in world.observations.get_mut(&"US_VIX".into()).into_iter().flatten() {
        if wild((rows.period - first).num_days()) {
            rows.value *= 1.6;
        }
    }
    // The Selic was not always where it is: rates need a past to be shocked from.
    for i in 0..120 {
        let month = date("2010-01-01") + Months::new(i);
        for day in 1..=28 {
            let level = 9.0 + 4.0 * (f64::from(i) / 15.0).sin() + 0.2 * noise(i64::from(i), 45.0);
            world.push("BR_SELIC_TARGET", month.with_day(day).unwrap(), level, month.with_day(day).unwrap());
            world.push("US_DFF", month.with_day(day).unwrap(), 0.3 * level - 1.5, month.with_day(day).unwrap());
        }
    }
    positions(world);
    curves(world);
}

/// Tuesdays since 2020, public on Friday.
fn positions(world: &mut World) {
    let mut tuesday = date("2020-01-07");
    let mut i = 0;
    while tuesday + Days::new(3) <= today() {
        let net = 0.2 * noise(i, 46.0);
        for (field, value) in [
            ("NONCOMM_LONG", 30_000.0 * (1.0 + net)),
            ("NONCOMM_SHORT", 30_000.0 * (1.0 - net)),
            ("OPEN_INTEREST", 60_000.0),
        ] {
            world.push(&format!("CFTC.102741.{field}"), tuesday, value.round(), tuesday + Days::new(3));
        }
        (tuesday, i) = (tuesday + Days::new(7), i + 1);
    }
}

/// A fifth year of DI, half a year of cupom and Treasuries.
fn curves(world: &mut World) {
    world.contract("B3.DI1F33.RATE", "DI1", date("2033-01-03"), 13.5);
    world.contract("B3.FRCV26.RATE", "FRC", date("2026-10-01"), 4.9);
    let mut day = date("2025-10-01");
    while day < date("2026-03-30") {
        let i = (day - date("2025-10-01")).num_days();
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            world.push("B3.FRCV26.RATE", day, 4.8 + 0.1 * noise(i, 47.0), day);
            world.push("B3.FRCF27.RATE", day, 4.9 + 0.1 * noise(i, 47.0), day);
        }
        day = day + Days::new(1);
    }
    for (id, level) in [("US_PAR_3M", 3.7), ("US_PAR_2Y", 3.5)] {
        world.daily(id, |i| level + 0.02 * noise(i, 48.0));
    }
}
