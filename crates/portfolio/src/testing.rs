//! Builders shared by the tests of construction and allocation.

use std::collections::BTreeMap;

use agents::Direction;
use chrono::{Days, NaiveDate};
use market::instruments::{InstrumentId, ReturnSeries};
use strategies::{Leg, StrategyPosition};

/// Run date of the tests.
pub(crate) fn run_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()
}

/// Reproducible noise in (-1, 1).
fn noise(seed: u64, step: usize) -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(step as u64 + 1);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (((state ^ (state >> 31)) >> 11) as f64) / ((1_u64 << 53) as f64) * 2.0 - 1.0
}

/// Daily returns that end on the run date, with this daily scale.
pub(crate) fn series(id: &str, count: usize, scale: f64) -> ReturnSeries {
    let seed = id.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let common = 11_u64;
    let dates: Vec<NaiveDate> = (0..count).map(|row| run_date() - Days::new((count - 1 - row) as u64)).collect();
    // A common part makes the instruments correlated; it is counted from the end so that histories of any length match.
    let returns =
        (0..count).map(|row| scale * (0.6 * noise(seed, count - row) + 0.4 * noise(common, count - row))).collect();
    let starts = dates.iter().map(|date| *date - Days::new(1)).collect();
    ReturnSeries { instrument: InstrumentId::new(id), starts, dates, returns, notes: Vec::new() }
}

/// Returns of the instruments used in the tests.
pub(crate) fn market() -> BTreeMap<InstrumentId, ReturnSeries> {
    let scales = [("DI_1Y", 0.0008), ("DI_2Y", 0.002), ("DI_5Y", 0.006), ("USDBRL", 0.011), ("IBOV", 0.015)];
    scales.into_iter().map(|(id, scale)| (InstrumentId::new(id), series(id, 260, scale))).collect()
}

/// A position with these legs.
pub(crate) fn position(
    strategy: &str,
    package: &str,
    legs: &[(&str, f64)],
    size: f64,
    confidence: f64,
) -> StrategyPosition {
    let long = legs.last().is_some_and(|(_, ratio)| *ratio > 0.0);
    StrategyPosition {
        strategy: strategy.into(),
        package: package.to_owned(),
        direction: if long { Direction::Long } else { Direction::Short },
        legs: legs.iter().map(|(id, ratio)| Leg::new(id, *ratio)).collect(),
        size,
        confidence,
        horizon_days: 63,
        entry_date: run_date(),
        signal: 1.0,
        entry_threshold: 0.5,
        exit_threshold: 0.2,
        stop: Some(-0.02),
        target: Some(0.03),
        cumulative_return: 0.0,
        flips_when: String::new(),
        evidence: Vec::new(),
    }
}
