//! Core IPCA: the mean of the BCB's cores over twelve months.
//!
//! Each core is a month-on-month percent change, not seasonally adjusted. A core counts when it has the newest month and
//! every month of the last `history_months` (so that the mean does not jump when a core enters or ends); their mean is
//! compounded over twelve months. Unit: decimal per 12 months.

use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

use crate::monthly::{Monthly, compounded, last_of_month, month_start, newest};
use crate::reading::fresh_past;
use crate::{Evidence, Flag, Refusal};

/// The BCB's cores.
pub const CORES: [&str; 9] = [
    "BR_IPCA_CORE_EX0",
    "BR_IPCA_CORE_EX1",
    "BR_IPCA_CORE_EX2",
    "BR_IPCA_CORE_EX3",
    "BR_IPCA_CORE_EXFE",
    "BR_IPCA_CORE_DP",
    "BR_IPCA_CORE_MA",
    "BR_IPCA_CORE_MS",
    "BR_IPCA_CORE_P55",
];

/// Parameters of the core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoreParams {
    /// Fewest cores in the mean.
    pub min_cores: usize,
    /// Months that a core must cover without a hole.
    pub history_months: i32,
}

impl Default for CoreParams {
    fn default() -> Self {
        Self { min_cores: 4, history_months: 84 }
    }
}

/// Core inflation.
pub(crate) struct Core {
    /// Mean month-on-month percent change.
    pub(crate) monthly: Monthly,
    /// 12-month change by month, decimal.
    pub(crate) inflation: Monthly,
    /// Cores in the mean.
    pub(crate) series: Vec<SeriesId>,
    /// Newest print of each.
    prints: Vec<f64>,
    /// What a reader must know.
    pub(crate) flags: Vec<Flag>,
}

impl Core {
    /// The newest print of every core in the mean.
    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        let Some((month, _)) = newest(&self.monthly) else { return Vec::new() };
        let entry =
            |(id, print): (&SeriesId, &f64)| Evidence::read("core, month", *print, "% m/m", id, month_start(month));
        self.series.iter().zip(&self.prints).map(entry).collect()
    }
}

/// Declared inputs.
pub(crate) fn inputs() -> Vec<SeriesId> {
    CORES.map(SeriesId::new).to_vec()
}

/// The mean of the cores that count.
pub(crate) fn core_12m(view: &AsOf, params: &CoreParams, max_age_days: u32) -> Result<Core, Refusal> {
    let read: Vec<(SeriesId, Monthly)> = CORES
        .iter()
        .filter_map(|id| Some((SeriesId::new(id), last_of_month(&fresh_past(view, id, max_age_days).ok()?))))
        .collect();
    let now = read.iter().filter_map(|(_, core)| newest(core)).map(|(month, _)| month).max();
    let covers = |core: &Monthly, now: i32| (now - params.history_months + 1..=now).all(|m| core.contains_key(&m));
    let used: Vec<&(SeriesId, Monthly)> =
        read.iter().filter(|(_, core)| now.is_some_and(|n| covers(core, n))).collect();
    let (Some(now), true) = (now, used.len() >= params.min_cores.max(1)) else {
        let what = format!("cores of IPCA ({} to {})", CORES[0], CORES[CORES.len() - 1]);
        return Err(Refusal::TooFew { what, got: used.len(), needed: params.min_cores.max(1) });
    };
    let mut monthly = mean_core(&used.iter().map(|(_, core)| core).collect::<Vec<_>>());
    monthly.retain(|month, _| *month <= now);
    let missing: Vec<&str> =
        CORES.into_iter().filter(|id| !used.iter().any(|(used, _)| used.as_str() == *id)).collect();
    let flags = if missing.is_empty() {
        Vec::new()
    } else {
        vec![Flag::missing(format!(
            "core IPCA is the mean of {} of {} cores; without {}",
            used.len(),
            CORES.len(),
            missing.join(", ")
        ))]
    };
    Ok(Core {
        inflation: compounded(&monthly, 12),
        monthly,
        prints: used.iter().map(|(_, core)| core[&now]).collect(),
        series: used.iter().map(|(id, _)| id.clone()).collect(),
        flags,
    })
}

/// Mean by month over months that every core has.
pub(crate) fn mean_core(cores: &[&Monthly]) -> Monthly {
    let Some((first, others)) = cores.split_first() else { return Monthly::new() };
    let mean = |(&month, &value): (&i32, &f64)| {
        let rest: Option<f64> = others.iter().map(|core| core.get(&month).copied()).sum();
        Some((month, (value + rest?) / cores.len() as f64))
    };
    first.iter().filter_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_needs_every_core() {
        let (a, b) = (Monthly::from([(1, 0.4), (2, 0.2)]), Monthly::from([(2, 0.6)]));
        let mean = mean_core(&[&a, &b]);
        assert_eq!(mean.len(), 1);
        assert!((mean[&2] - 0.4).abs() < 1e-15);
    }
}
