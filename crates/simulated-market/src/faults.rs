//! Faults on demand: what real feeds do wrong, where and as often as asked.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use market::SeriesId;
use serde::{Deserialize, Serialize};

use crate::publish::{Published, Row};
use crate::random::uniform_of;

/// Which observations a fault hits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultPlan {
    /// None.
    #[default]
    Never,
    /// Each observation with this probability, decided by seed, series and period alone.
    Rate(f64),
    /// Exactly these periods of these series.
    List(Vec<(SeriesId, NaiveDate)>),
}

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A period without a figure.
    Gap,
    /// A print multiplied by the spike factor.
    Spike,
    /// A run of days that repeat the first of them.
    StalePrint,
    /// A wrong first print, put right by a later vintage.
    Revision,
    /// A release some days after its time.
    LateRelease,
}

/// All faults of a world. The default has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Missing periods.
    pub gaps: FaultPlan,
    /// Wrong prints.
    pub spikes: FaultPlan,
    /// Frozen prints, starting at the period hit.
    pub stale_prints: FaultPlan,
    /// First prints that are revised.
    pub revisions: FaultPlan,
    /// Releases that come late.
    pub late_releases: FaultPlan,
    /// Factor of a spike.
    pub spike_factor: f64,
    /// Periods a frozen print lasts, the first included.
    pub stale_periods: usize,
    /// Relative error of a first print that is revised.
    pub revision_error: f64,
    /// Calendar days from the first print to its revision.
    pub revision_days: u64,
    /// Calendar days a late release is late.
    pub late_days: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            gaps: FaultPlan::Never,
            spikes: FaultPlan::Never,
            stale_prints: FaultPlan::Never,
            revisions: FaultPlan::Never,
            late_releases: FaultPlan::Never,
            spike_factor: 100.0,
            stale_periods: 8,
            revision_error: 0.05,
            revision_days: 30,
            late_days: 12,
        }
    }
}

/// A fault that was injected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InjectedFault {
    /// Series hit.
    pub series: SeriesId,
    /// Period hit (the first of a frozen run).
    pub period: NaiveDate,
    /// What was done.
    pub kind: FaultKind,
}

impl Faults {
    /// Applies all faults to the rows of one series (sorted by period, then release) and notes them.
    pub(crate) fn apply(&self, seed: u64, published: &mut Published, injected: &mut Vec<InjectedFault>) {
        let id = published.definition.id.clone();
        for (kind, plan) in [
            (FaultKind::StalePrint, &self.stale_prints),
            (FaultKind::Spike, &self.spikes),
            (FaultKind::Revision, &self.revisions),
            (FaultKind::LateRelease, &self.late_releases),
            (FaultKind::Gap, &self.gaps),
        ] {
            let periods = hit(seed, &id, kind, plan, &published.rows);
            if periods.is_empty() {
                continue;
            }
            self.inject(kind, &periods, &mut published.rows);
            injected.extend(periods.into_iter().map(|period| InjectedFault { series: id.clone(), period, kind }));
        }
    }

    fn inject(&self, kind: FaultKind, periods: &BTreeSet<NaiveDate>, rows: &mut Vec<Row>) {
        match kind {
            FaultKind::Gap => rows.retain(|row| !periods.contains(&row.period)),
            FaultKind::Spike => {
                for row in rows.iter_mut().filter(|row| periods.contains(&row.period)) {
                    row.value *= self.spike_factor;
                }
            }
            FaultKind::LateRelease => {
                for row in rows.iter_mut().filter(|row| periods.contains(&row.period)) {
                    row.released_at = row.released_at + Days::new(self.late_days);
                }
            }
            FaultKind::StalePrint => {
                let mut frozen = (0.0, 0);
                for row in rows.iter_mut() {
                    if periods.contains(&row.period) {
                        frozen = (row.value, self.stale_periods);
                    }
                    if frozen.1 > 0 {
                        row.value = frozen.0;
                        frozen.1 -= 1;
                    }
                }
            }
            FaultKind::Revision => {
                let mut corrected = Vec::new();
                let mut seen = None;
                for row in rows.iter_mut().filter(|row| periods.contains(&row.period)) {
                    // Only the first print is wrong; what was a later vintage stays.
                    if seen.replace(row.period) == Some(row.period) {
                        continue;
                    }
                    corrected.push(Row { released_at: row.released_at + Days::new(self.revision_days), ..*row });
                    row.value *= 1.0 + self.revision_error;
                }
                rows.extend(corrected);
                rows.sort_by_key(|row| (row.period, row.released_at));
            }
        }
    }
}

fn hit(seed: u64, id: &SeriesId, kind: FaultKind, plan: &FaultPlan, rows: &[Row]) -> BTreeSet<NaiveDate> {
    let periods = rows.iter().map(|row| row.period);
    match plan {
        FaultPlan::Never => BTreeSet::new(),
        FaultPlan::Rate(rate) => {
            periods.filter(|period| uniform_of(seed, &format!("{kind:?}|{id}|{period}")) < *rate).collect()
        }
        FaultPlan::List(list) => {
            let wanted: BTreeSet<NaiveDate> =
                list.iter().filter(|(series, _)| series == id).map(|(_, period)| *period).collect();
            periods.filter(|period| wanted.contains(period)).collect()
        }
    }
}
