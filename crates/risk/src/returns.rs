//! The instruments' own excess returns on the sessions that they all have.

use chrono::NaiveDate;
use market::instruments::{InstrumentId, ReturnSeries};

use crate::report::Window;

/// Returns of several instruments on common dates, oldest first; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnPanel {
    instruments: Vec<InstrumentId>,
    dates: Vec<NaiveDate>,
    columns: Vec<Vec<f64>>,
    shortest: (InstrumentId, usize),
}

impl ReturnPanel {
    /// Keeps the last `window` dates on which every series has a return. `None` without series or without such a date.
    ///
    /// Days on which one market is closed are left out for all: filling them with zeros would make the markets look less
    /// correlated than they are.
    pub fn align(series: &[&ReturnSeries], window: usize) -> Option<ReturnPanel> {
        let shortest = series.iter().min_by_key(|one| one.len())?;
        let common = shortest.dates.iter().rev().filter(|date| series.iter().all(|one| one.at(**date).is_some()));
        let mut dates: Vec<NaiveDate> = common.copied().take(window).collect();
        dates.reverse();
        if dates.is_empty() {
            return None;
        }
        let columns = series.iter().map(|one| dates.iter().filter_map(|date| one.at(*date)).collect()).collect();
        Some(ReturnPanel {
            instruments: series.iter().map(|one| one.instrument.clone()).collect(),
            shortest: (shortest.instrument.clone(), shortest.len()),
            dates,
            columns,
        })
    }

    /// Instruments, in the order of the columns.
    pub fn instruments(&self) -> &[InstrumentId] {
        &self.instruments
    }

    /// Number of common sessions.
    pub fn observations(&self) -> usize {
        self.dates.len()
    }

    /// Returns by instrument, each on all common dates.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// Common sessions, oldest first.
    pub fn dates(&self) -> &[NaiveDate] {
        &self.dates
    }

    /// Last common session.
    pub fn last(&self) -> NaiveDate {
        self.dates[self.dates.len() - 1]
    }

    /// What the report says of the window.
    pub fn window(&self) -> Window {
        Window {
            from: self.dates[0],
            to: self.last(),
            observations: self.observations(),
            shortest: self.shortest.0.clone(),
            shortest_observations: self.shortest.1,
        }
    }

    /// What a book with these weights (one a column) would have returned on each session, as a fraction of NAV.
    pub fn book_returns(&self, weights: &[f64]) -> Vec<f64> {
        crate::measures::copula::weighted(&self.columns, weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::series;

    #[test]
    fn only_sessions_that_all_instruments_have_count_and_the_shortest_is_named() {
        let long = series("A", 2, &[0.01, 0.02, 0.03, 0.04]);
        let short = series("B", 3, &[0.1, 0.2]);
        let panel = ReturnPanel::align(&[&long, &short], 10).unwrap();
        assert_eq!(panel.columns(), [vec![0.02, 0.03], vec![0.1, 0.2]]);
        assert_eq!(panel.window().shortest, "B".into());
        assert_eq!(panel.book_returns(&[1.0, -1.0]), [0.02 - 0.1, 0.03 - 0.2]);
        assert_eq!(ReturnPanel::align(&[&long, &short], 1).unwrap().observations(), 1);
    }

    #[test]
    fn instruments_without_a_common_session_have_no_panel() {
        let (early, late) = (series("A", 2, &[0.01]), series("B", 5, &[0.02]));
        assert_eq!(ReturnPanel::align(&[&early, &late], 10), None);
        assert_eq!(ReturnPanel::align(&[], 10), None);
    }
}
