//! Which of the figures that were read matter most to an instrument.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use market::instruments::Instrument;
use market::{Catalogue, Observation, SeriesId, Tenor};
use quality::matches;

/// Calendar days in a year.
const YEAR: i64 = 365;
/// Business days in a year.
const BUSINESS_YEAR: i64 = 252;

/// What an instrument is priced from, and where on its curve it lies.
pub(super) struct Relevance {
    /// Series, or patterns for families of them.
    inputs: Vec<SeriesId>,
    /// Calendar days to its maturity; zero when it has none.
    maturity: i64,
    date: NaiveDate,
}

impl Relevance {
    /// Of an instrument on a date.
    pub(super) fn of(instrument: &Instrument, date: NaiveDate) -> Self {
        let maturity = instrument.kind.days_to_maturity(date);
        Self { inputs: instrument.inputs(), maturity, date }
    }

    /// Sorts figures: those the instrument is priced from first, then those cited, then the rest. Of each the newest
    /// period first, of a curve the vertices nearest to the instrument's maturity, then by series.
    pub(super) fn sort(&self, figures: &mut [Observation], catalogue: &Catalogue, cited: &BTreeSet<&SeriesId>) {
        figures.sort_by_cached_key(|figure| {
            let id = &figure.series;
            let own = self.inputs.iter().any(|input| matches(input.as_str(), id.as_str()));
            let (rank, distance) = match (own, cited.contains(id)) {
                (true, _) => (0, self.distance(id, catalogue)),
                (_, true) => (1, 0),
                _ => (2, 0),
            };
            (rank, Reverse(figure.period), distance, id.clone())
        });
    }

    /// Calendar days between the vertex and the instrument's maturity; zero for what is on no curve.
    fn distance(&self, id: &SeriesId, catalogue: &Catalogue) -> i64 {
        let Some(point) = catalogue.get(id).and_then(|definition| definition.curve.as_ref()) else { return 0 };
        let days = match point.tenor {
            Tenor::BusinessDays(days) => i64::from(days) * YEAR / BUSINESS_YEAR,
            Tenor::CalendarDays(days) => i64::from(days),
            Tenor::Months(months) => i64::from(months) * YEAR / 12,
            Tenor::Maturity(date) => (date - self.date).num_days(),
        };
        (days - self.maturity).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::ReleaseBasis;
    use market::instruments::{InstrumentId, find};

    fn figure(series: &str, day: u32) -> Observation {
        Observation {
            series: SeriesId::new(series),
            period: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(),
            value: 1.0,
            released_at: chrono::DateTime::UNIX_EPOCH,
            basis: ReleaseBasis::Exact,
            recorded_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_instruments_own_vertices_come_first_the_nearest_before_the_others() {
        let catalogue = Catalogue::embedded();
        let date = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        let relevance = Relevance::of(find(&InstrumentId::new("UST_10Y")).unwrap(), date);
        let mut figures: Vec<Observation> =
            ["BR_SELIC_TARGET", "US_PAR_1M", "US_PAR_2Y", "US_PAR_7Y", "US_PAR_10Y", "US_PAR_30Y", "US_UNRATE"]
                .map(|series| figure(series, 30))
                .into();
        figures.push(figure("US_PAR_20Y", 2));
        let unemployment = SeriesId::new("US_UNRATE");
        relevance.sort(&mut figures, &catalogue, &BTreeSet::from([&unemployment]));
        let order: Vec<&str> = figures.iter().map(|figure| figure.series.as_str()).collect();
        assert_eq!(
            order,
            [
                "US_PAR_10Y",
                "US_PAR_7Y",
                "US_PAR_2Y",
                "US_PAR_1M",
                "US_PAR_30Y",
                "US_PAR_20Y",
                "US_UNRATE",
                "BR_SELIC_TARGET"
            ]
        );
    }
}
