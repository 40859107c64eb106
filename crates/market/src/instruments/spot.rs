//! Instruments with one price: which series serves, and its latest level.

use chrono::{Days, NaiveDate};

use super::{Instrument, InstrumentKind, PricingError, Quote};
use crate::curves::CurveBook;
use crate::{AsOf, CalendarId, Series, SeriesId};

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

/// Series that carry an instrument's price, in order of preference, and the calendar of its levels.
pub(super) fn sources(view: &AsOf, kind: InstrumentKind) -> (Vec<SeriesId>, CalendarId) {
    match kind {
        InstrumentKind::Ibovespa => {
            let mut candidates = vec![SeriesId::new("B3.IBOV.CLOSE")];
            candidates.extend(ids(view, &[("YAHOO", "^BVSP", "MK_IBOV_Y")]));
            (candidates, CalendarId::B3)
        }
        InstrumentKind::Sp500 => {
            (ids(view, &[("YAHOO", "^GSPC", "MK_SPX_Y"), ("FRED", "SP500", "US_SP500")]), CalendarId::Nyse)
        }
        _ => (
            ids(
                view,
                &[
                    ("BCB_SGS", "1", "BR_USDBRL_PTAX_SELL"),
                    ("FRED", "DEXBZUS", "US_DEXBZUS"),
                    ("YAHOO", "BRL=X", "MK_USDBRL_Y"),
                ],
            ),
            CalendarId::BrNational,
        ),
    }
}

/// The price history of an instrument since `from` (with the level before it) and the calendar of its levels.
pub(super) fn history(
    instrument: &Instrument,
    book: &CurveBook,
    from: NaiveDate,
) -> Result<(Series, CalendarId), PricingError> {
    let (candidates, calendar) = sources(book.view(), instrument.kind);
    match choose(book.view(), &candidates, from) {
        Ok(series) => Ok((series, calendar)),
        Err(oldest) => Err(PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series: candidates }),
    }
}

/// The levels of a series from the last few before `from` on (the last alone may lie on a day without a session), up to the view's date; those that are no price are dropped and
/// counted.
pub(super) fn levels(series: &Series, from: NaiveDate, until: NaiveDate) -> (Vec<(NaiveDate, f64)>, usize) {
    let start = series.periods.partition_point(|period| *period < from).saturating_sub(5);
    let all: Vec<(NaiveDate, f64)> = series.iter().skip(start).filter(|(date, _)| *date <= until).collect();
    let prices: Vec<(NaiveDate, f64)> = all.iter().copied().filter(|(_, price)| *price > 0.0).collect();
    let dropped = all.len() - prices.len();
    (prices, dropped)
}

/// The newest level of the first series that has one not older than five sessions.
pub(super) fn quote(instrument: &Instrument, book: &CurveBook) -> Result<Quote, PricingError> {
    let (candidates, calendar) = sources(book.view(), instrument.kind);
    let oldest = CurveBook::oldest(book.view(), calendar);
    for id in &candidates {
        if let Ok(level) = book.view().latest_since(id, oldest)
            && level.value > 0.0
        {
            return Ok(Quote {
                instrument: instrument.id.clone(),
                date: level.period,
                price: level.value,
                rate: None,
                source: id.to_string(),
            });
        }
    }
    Err(PricingError::NoSeries { instrument: instrument.id.clone(), oldest, series: candidates })
}
