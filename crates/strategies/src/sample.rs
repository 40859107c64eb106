//! Dated returns of an instrument and their volatility.

use chrono::{Days, NaiveDate};
use market::curves::CurveBook;
use market::instruments::{InstrumentId, find};
use market::{AsOf, CalendarId};

/// Trading days in a year, for annualising.
pub(crate) const TRADING_DAYS: f64 = 252.0;

/// Daily simple excess returns of a long position, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DatedReturns {
    /// Dates, strictly increasing.
    pub dates: Vec<NaiveDate>,
    /// Returns, one a date (decimal).
    pub returns: Vec<f64>,
}

impl DatedReturns {
    /// Last date, if any.
    pub fn last_date(&self) -> Option<NaiveDate> {
        self.dates.last().copied()
    }

    /// Dates and returns strictly after `from` and up to `through`.
    pub fn between(&self, from: NaiveDate, through: NaiveDate) -> impl Iterator<Item = (NaiveDate, f64)> + '_ {
        let dated = self.dates.iter().copied().zip(self.returns.iter().copied());
        dated.filter(move |(date, _)| *date > from && *date <= through)
    }
}

/// The first date to read for `sessions` sessions before the view's date: 252 sessions span about 365 calendar days, and
/// a margin covers the holidays of any calendar.
pub(crate) fn sessions_back(view: &AsOf<'_>, sessions: u32) -> NaiveDate {
    let days = Days::new(u64::from(sessions) * 3 / 2 + 10);
    view.date().checked_sub_days(days).unwrap_or(view.date())
}

/// Returns of an instrument over the window before the view's date. The reason when there are fewer than the minimum, or
/// when the newest is too old. The book must reach back to the window.
pub(crate) fn recent_returns(
    book: &CurveBook<'_, '_>,
    instrument: &InstrumentId,
    window: ReturnWindow,
) -> Result<DatedReturns, String> {
    let view = book.view();
    let found = find(instrument).ok_or_else(|| format!("{instrument}: not in the universe"))?;
    let from = sessions_back(view, window.sessions);
    let series = found.excess_returns_with(book, from).map_err(|error| error.to_string())?;
    let start = series.dates.len().saturating_sub(window.sessions as usize);
    let sample = DatedReturns { dates: series.dates[start..].to_vec(), returns: series.returns[start..].to_vec() };
    if sample.returns.len() < window.minimum {
        return Err(format!("{instrument}: {} of {} returns", sample.returns.len(), window.minimum));
    }
    let oldest = view.calendars().business_days_before(CalendarId::B3, view.date(), window.max_age);
    match sample.last_date() {
        Some(last) if last >= oldest => Ok(sample),
        Some(last) => Err(format!("{instrument}: its last return, of {last}, is older than {oldest}")),
        None => Err(format!("{instrument}: it has no returns")),
    }
}

/// How many returns, how few, how old.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReturnWindow {
    /// Sessions to look back.
    pub(crate) sessions: u32,
    /// Fewest returns accepted.
    pub(crate) minimum: usize,
    /// Oldest acceptable last return, in sessions before the view's date.
    pub(crate) max_age: u32,
}

/// Sample standard deviation (ddof 1) times sqrt(252). `None` with fewer than two returns or without variation.
pub(crate) fn annualised_volatility(returns: &[f64]) -> Option<f64> {
    let deviation = standard_deviation(returns)?;
    Some(deviation * TRADING_DAYS.sqrt())
}

/// Mean of the values; `None` when there is none.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (ddof 1). `None` with fewer than two values or without variation.
pub(crate) fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 || values.iter().all(|value| *value == values[0]) {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = (squares / (values.len() - 1) as f64).sqrt();
    (deviation.is_finite() && deviation > 0.0).then_some(deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volatility_of_a_known_sample() {
        // +-1 % alternating over four days: deviation 0.01 * sqrt(4/3).
        let vol = annualised_volatility(&[0.01, -0.01, 0.01, -0.01]).unwrap();
        assert!((vol - 0.01 * (4.0_f64 / 3.0).sqrt() * 252.0_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_constant_sample_has_no_volatility() {
        assert_eq!(annualised_volatility(&[0.001; 100]), None);
        assert_eq!(annualised_volatility(&[0.001]), None);
    }
}
