//! What arrived and what was revised between two cuts.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Columns, History};
use crate::{Cut, SeriesId};

/// How many changed figures of a kind are listed; all are counted.
const LISTED: usize = 3;

/// What one series says differently at two cuts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SeriesChange {
    /// Periods that only the second cut knows.
    pub arrived: FigureChanges,
    /// Periods that both know, with another value.
    pub revised: FigureChanges,
    /// Periods that only the first knows: none when the second is the later one.
    pub unknown: FigureChanges,
    /// Periods that both know with the same value, in another vintage.
    pub reissued: usize,
}

impl SeriesChange {
    /// True when the series says the same at both cuts, in the same vintages.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changed figures of one kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FigureChanges {
    /// How many.
    pub count: usize,
    /// The newest periods among them, oldest first.
    pub newest: Vec<FigureChange>,
}

/// One figure at two cuts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FigureChange {
    /// Date it describes.
    pub period: NaiveDate,
    /// Value at the first cut, in the published unit; `None` when it was not known.
    pub old: Option<f64>,
    /// Value at the second.
    pub new: Option<f64>,
    /// When the value at the second cut was published; of a figure it does not know, the value at the first.
    pub released_at: DateTime<Utc>,
}

impl History {
    /// What the given series say at `to` and did not at `from`. Series that say the same are absent.
    pub fn changes<'a>(
        &self,
        from: Cut,
        to: Cut,
        ids: impl IntoIterator<Item = &'a SeriesId>,
    ) -> BTreeMap<SeriesId, SeriesChange> {
        ids.into_iter()
            .filter_map(|id| Some((id.clone(), self.series.get(id)?.change(&from, &to))))
            .filter(|(_, change)| !change.is_empty())
            .collect()
    }
}

impl Columns {
    fn change(&self, from: &Cut, to: &Cut) -> SeriesChange {
        let mut change = SeriesChange::default();
        for rows in self.periods() {
            let (before, after) = (self.counting(rows.clone(), from), self.counting(rows, to));
            let (Some(row), true) = (after.or(before), before != after) else { continue };
            let old = before.map(|row| self.value[row]);
            let new = after.map(|row| self.value[row]);
            let kind = match (old, new) {
                (None, _) => &mut change.arrived,
                (_, None) => &mut change.unknown,
                (Some(old), Some(new)) if old == new => {
                    change.reissued += 1;
                    continue;
                }
                _ => &mut change.revised,
            };
            kind.push(FigureChange { period: self.period[row], old, new, released_at: self.released_at[row] });
        }
        change
    }

    /// The row of a period that counts at a cut: the last released one that is visible.
    fn counting(&self, rows: Range<usize>, cut: &Cut) -> Option<usize> {
        rows.rev().find(|&row| self.visible(row, cut))
    }
}

impl FigureChanges {
    fn push(&mut self, figure: FigureChange) {
        self.count += 1;
        if self.newest.len() == LISTED {
            self.newest.remove(0);
        }
        self.newest.push(figure);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::{Observation, ReleaseBasis};

    fn at(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, day, 12, 0, 0).unwrap()
    }

    fn cut(day: u32) -> Cut {
        Cut { date: at(day).date_naive(), published: at(day), recorded: at(day) }
    }

    fn period(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, 1).unwrap()
    }

    fn change(rows: &[(u32, f64, u32)], from: u32, to: u32) -> SeriesChange {
        let id = SeriesId::new("US_GDP");
        let rows = rows.iter().map(|&(month, value, released)| Observation {
            series: id.clone(),
            period: period(month),
            value,
            released_at: at(released),
            basis: ReleaseBasis::Exact,
            recorded_at: at(released),
        });
        let history = History::default().with(rows).unwrap();
        history.changes(cut(from), cut(to), [&id]).remove(&id).unwrap_or_default()
    }

    #[test]
    fn arrivals_revisions_and_reissues_are_counted_apart() {
        let rows = [(1, 1.0, 2), (1, 1.0, 8), (2, 2.0, 3), (2, 2.5, 7), (3, 3.0, 9)];
        let found = change(&rows, 5, 10);
        assert_eq!((found.arrived.count, found.revised.count, found.unknown.count, found.reissued), (1, 1, 0, 1));
        let revision = FigureChange { period: period(2), old: Some(2.0), new: Some(2.5), released_at: at(7) };
        assert_eq!(found.revised.newest, [revision]);
        let arrival = FigureChange { period: period(3), old: None, new: Some(3.0), released_at: at(9) };
        assert_eq!(found.arrived.newest, [arrival]);
    }

    #[test]
    fn backwards_arrivals_become_unknown() {
        let found = change(&[(1, 1.0, 2), (2, 2.0, 7)], 10, 5);
        assert_eq!((found.arrived.count, found.unknown.count), (0, 1));
        assert_eq!((found.unknown.newest[0].old, found.unknown.newest[0].new), (Some(2.0), None));
    }

    #[test]
    fn the_newest_figures_are_listed_and_all_are_counted() {
        let rows: Vec<(u32, f64, u32)> = (1..=9).map(|month| (month, f64::from(month), 10 + month)).collect();
        let found = change(&rows, 5, 20);
        assert_eq!(found.arrived.count, 9);
        let listed: Vec<NaiveDate> = found.arrived.newest.iter().map(|figure| figure.period).collect();
        assert_eq!(listed, [period(7), period(8), period(9)]);
    }

    #[test]
    fn a_series_that_says_the_same_is_absent() {
        assert!(change(&[(1, 1.0, 2), (2, 2.0, 20)], 5, 10).is_empty());
    }
}
