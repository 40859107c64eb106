//! What was known at one cut, in the vintages of another.

use super::{Columns, History};
use crate::Cut;

impl History {
    /// The figures known at `from` as they are known at `to`: the same periods, each in the vintages visible at `to`,
    /// and no period that was not known at `from`. It separates revisions from arrivals: look at it with a view at
    /// `from`.
    ///
    /// For that view the clocks of vintages that `from` could not see are moved to `from`; so what is late or stale is
    /// judged by the clock of `from`. A period that `to` does not see (a `to` before `from`) stays as it was known.
    /// Rows that neither sees may remain; no view at `from` shows them.
    pub fn as_revised(&self, from: Cut, to: Cut) -> History {
        let revised = |columns: &Columns| match columns.is_revised(&from, &to) {
            true => columns.as_revised(&from, &to),
            false => columns.clone(),
        };
        History { series: self.series.iter().map(|(id, columns)| (id.clone(), revised(columns))).collect() }
    }
}

impl Columns {
    /// True when a period that both cuts see has a row that only one of them sees.
    fn is_revised(&self, from: &Cut, to: &Cut) -> bool {
        // Most series have one row a period: whoever sees it sees all of it.
        self.periods().filter(|rows| rows.len() > 1).any(|rows| {
            let sees = |cut: &Cut| rows.clone().any(|row| self.visible(row, cut));
            sees(from) && sees(to) && rows.clone().any(|row| self.visible(row, from) != self.visible(row, to))
        })
    }

    fn as_revised(&self, from: &Cut, to: &Cut) -> Columns {
        let mut revised = Columns::default();
        for rows in self.periods() {
            if !rows.clone().any(|row| self.visible(row, from)) {
                continue;
            }
            let cut = if rows.clone().any(|row| self.visible(row, to)) { to } else { from };
            for row in rows.filter(|&row| self.visible(row, cut)) {
                let known = self.visible(row, from);
                revised.period.push(self.period[row]);
                revised.value.push(self.value[row]);
                revised.released_at.push(self.released_at[row].min(from.published));
                revised.basis.push(self.basis[row]);
                revised.recorded_at.push(if known { self.recorded_at[row] } else { from.recorded });
            }
        }
        revised
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::{AsOf, Calendars, Catalogue, Observation, ReleaseBasis, SeriesId};

    fn at(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, day, 12, 0, 0).unwrap()
    }

    fn period(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, 1).unwrap()
    }

    fn cut(published: u32, recorded: u32) -> Cut {
        Cut { date: at(published).date_naive(), published: at(published), recorded: at(recorded) }
    }

    fn row(month: u32, value: f64, released: u32, recorded: u32) -> Observation {
        Observation {
            series: SeriesId::new("US_GDP"),
            period: period(month),
            value,
            released_at: at(released),
            basis: ReleaseBasis::Exact,
            recorded_at: at(recorded),
        }
    }

    fn history(rows: impl IntoIterator<Item = Observation>) -> History {
        History::default().with(rows).unwrap()
    }

    fn known(history: &History, cut: Cut) -> Vec<(NaiveDate, f64)> {
        let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
        let view = AsOf::new(history, &catalogue, &calendars, cut);
        view.series(&SeriesId::new("US_GDP")).map_or_else(|_| Vec::new(), |series| series.iter().collect())
    }

    #[test]
    fn a_revision_is_taken_and_an_arrival_is_not() {
        let all = history([row(1, 1.0, 2, 2), row(1, 1.5, 9, 9), row(2, 2.0, 8, 8)]);
        let revised = all.as_revised(cut(5, 5), cut(10, 10));
        assert_eq!(known(&revised, cut(5, 5)), [(period(1), 1.5)]);
        assert_eq!(known(&all, cut(5, 5)), [(period(1), 1.0)]);
    }

    #[test]
    fn a_revision_recorded_late_is_taken_though_it_was_released_early() {
        let all = history([row(1, 1.0, 2, 2), row(1, 1.5, 4, 9)]);
        assert_eq!(known(&all.as_revised(cut(5, 5), cut(5, 10)), cut(5, 5)), [(period(1), 1.5)]);
    }

    #[test]
    fn an_older_vintage_recorded_late_revises_nothing() {
        let all = history([row(1, 1.0, 2, 9), row(1, 1.5, 4, 4)]);
        assert_eq!(known(&all.as_revised(cut(5, 5), cut(5, 10)), cut(5, 5)), [(period(1), 1.5)]);
    }

    #[test]
    fn backwards_a_revision_is_undone_and_a_period_that_was_not_known_stays() {
        let all = history([row(1, 1.0, 2, 2), row(1, 1.5, 9, 9), row(2, 2.0, 8, 8)]);
        let revised = all.as_revised(cut(10, 10), cut(5, 5));
        assert_eq!(known(&revised, cut(10, 10)), [(period(1), 1.0), (period(2), 2.0)]);
    }

    proptest! {
        #[test]
        fn every_period_known_at_the_first_cut_has_the_value_known_at_the_second(
            rows in prop::collection::vec((1..6u32, -9..9i32, 1..20u32, 1..20u32), 0..40),
            from in (1..20u32, 1..20u32),
            later in (0..8u32, 0..8u32),
        ) {
            let all = history(rows.into_iter().map(|(m, value, released, recorded)| row(m, f64::from(value), released, recorded)));
            let to = cut(from.0 + later.0, from.1 + later.1);
            let from = cut(from.0, from.1);
            let before = known(&all, from);
            let mut expected = known(&all, to);
            expected.retain(|(period, _)| before.iter().any(|(known, _)| known == period));
            prop_assert_eq!(known(&all.as_revised(from, to), from), expected);
        }
    }
}
