//! Inputs for the tests of this crate.

use chrono::{NaiveDate, TimeDelta};
use market::instruments::{InstrumentId, ReturnSeries};

use crate::returns::ReturnPanel;

/// A series of daily returns from a day of March 2026 on.
pub(crate) fn series(id: &str, first_day: u32, returns: &[f64]) -> ReturnSeries {
    let start = NaiveDate::from_ymd_opt(2026, 3, first_day).unwrap();
    ReturnSeries {
        instrument: InstrumentId::new(id),
        starts: (0..returns.len()).map(|day| start + TimeDelta::days(day as i64 - 1)).collect(),
        dates: (0..returns.len()).map(|day| start + TimeDelta::days(day as i64)).collect(),
        returns: returns.to_vec(),
        notes: Vec::new(),
    }
}

pub(crate) fn panel(columns: &[(&str, Vec<f64>)]) -> ReturnPanel {
    let series: Vec<ReturnSeries> = columns.iter().map(|(id, returns)| series(id, 2, returns)).collect();
    ReturnPanel::align(&series.iter().collect::<Vec<_>>(), usize::MAX).unwrap()
}

/// Reproducible numbers in (-0.01, 0.01): a linear congruential generator.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 0.02
        })
        .collect()
}

#[path = "../tests/support/mod.rs"]
pub(crate) mod market_by_hand;
