//! Instruments priced from a series of their own: which series serves, and its latest level.

use chrono::{Days, NaiveDate};

use super::{Instrument, PricingError, Quotation, Quote};
use crate::curves::CurveBook;
use crate::{AsOf, Series, SeriesId};

/// A series that starts within this many days of the date asked for covers it.
const START_TOLERANCE_DAYS: u64 = 10;
/// A series whose last period is within this many days of the view's date is alive.
const ALIVE_DAYS: u64 = 10;

/// Ids of `(source, source code, usual id)`: the catalogue's when it knows the code.
pub(super) fn ids(view: &AsOf, wanted: &[(&str, &str, &str)]) -> Vec<SeriesId> {
    let mut ids = Vec::with_capacity(wanted.len());
    for (source, code, usual) in wanted {
        let id = match view.catalogue().find(source, code) {
            Some(definition) => definition.id.clone(),
            None => SeriesId::new(usual),
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The one series to use for a whole history since `from`: the first of the living ones that reaches back to it, else
/// the living one that reaches back furthest. Two sources are never spliced.
pub(super) fn choose(view: &AsOf, candidates: &[SeriesId], from: NaiveDate) -> Result<Series, NaiveDate> {
    let oldest = view.date().checked_sub_days(Days::new(ALIVE_DAYS)).unwrap_or(view.date());
    let wanted = from.checked_add_days(Days::new(START_TOLERANCE_DAYS)).unwrap_or(from);
    let mut alive: Vec<(NaiveDate, Series)> = Vec::new();
    for id in candidates {
        let Ok(series) = view.series(id) else { continue };
        let (Some(&first), Some(&last)) = (series.periods.first(), series.periods.last()) else { continue };
        if last < oldest {
            continue;
        }
        if first <= wanted {
            return Ok(series);
        }
        alive.push((first, series));
    }
    // min_by_key keeps the first of equals: the preferred one.
    alive.into_iter().min_by_key(|(first, _)| *first).map(|(_, series)| series).ok_or(oldest)
}

/// Series that carry an instrument's price with what their figures are, in order of preference.
pub(super) fn sources(view: &AsOf, instrument: &Instrument) -> Vec<(SeriesId, Quotation)> {
    let mut sources: Vec<(SeriesId, Quotation)> = Vec::with_capacity(instrument.prices.len());
    for price in &instrument.prices {
        let id = price.resolve(view);
        if sources.iter().all(|(held, _)| *held != id) {
            sources.push((id, price.quotation));
        }
    }
    sources
}

/// The price history of an instrument since `from` (with the level before it) and what its figures are.
pub(super) fn history(
    instrument: &Instrument,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<(Series, Quotation), PricingError> {
    let sources = sources(book.view(), instrument);
    let candidates: Vec<SeriesId> = sources.iter().map(|(id, _)| id.clone()).collect();
    let missing =
        |oldest| PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series: candidates.clone() };
    let series = choose(book.view(), &candidates, from).map_err(missing)?;
    let quotation = sources.into_iter().find(|(id, _)| *id == series.id).map(|(_, quotation)| quotation);
    Ok((series, quotation.ok_or_else(|| missing(from))?))
}

/// The last few levels of a series before `from` and all since, up to the view's date.
pub(super) fn recent(series: &Series, from: NaiveDate, until: NaiveDate) -> Vec<(NaiveDate, f64)> {
    let start = series.periods.partition_point(|period| *period < from).saturating_sub(5);
    series.iter().skip(start).filter(|(date, _)| *date <= until).collect()
}

/// The levels of a series from the last few before `from` on (the last alone may lie on a day without a session), up to the view's date; those that are no price are dropped and
/// counted.
pub(super) fn levels(series: &Series, from: NaiveDate, until: NaiveDate) -> (Vec<(NaiveDate, f64)>, usize) {
    let all = recent(series, from, until);
    let prices: Vec<(NaiveDate, f64)> = all.iter().copied().filter(|(_, price)| *price > 0.0).collect();
    let dropped = all.len() - prices.len();
    (prices, dropped)
}

/// A level of a series that serves an instrument.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    pub(super) date: NaiveDate,
    /// In the unit of the quotation.
    pub(super) value: f64,
    pub(super) quotation: Quotation,
    pub(super) series: SeriesId,
}

/// The newest level above zero of the first series that has one not older than five sessions.
pub(super) fn newest(instrument: &Instrument, book: &CurveBook) -> Result<Figure, PricingError> {
    let sources = sources(book.view(), instrument);
    let oldest = CurveBook::oldest(book.view(), instrument.calendar);
    for (id, quotation) in &sources {
        if let Ok(level) = book.view().latest_since(id, oldest)
            && level.value > 0.0
        {
            let (date, value) = (level.period, level.value);
            return Ok(Figure { date, value, quotation: *quotation, series: id.clone() });
        }
    }
    let series = sources.into_iter().map(|(id, _)| id).collect();
    Err(PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series })
}

/// The newest level as a price.
pub(super) fn quote(instrument: &Instrument, book: &CurveBook) -> Result<Quote, PricingError> {
    let figure = newest(instrument, book)?;
    Ok(Quote {
        instrument: instrument.id.clone(),
        date: figure.date,
        price: figure.value,
        rate: None,
        source: figure.series.to_string(),
    })
}
