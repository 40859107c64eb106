//! From the latent world to figures as publishers release them: rounded, lagged, seasonal, surveyed, revised.
//!
//! Every value is rounded to the decimals its publisher prints. That is how real feeds look, and it keeps the published
//! bytes equal where two machines' elementary functions differ in the last bit.

mod brazil_activity;
mod brazil_daily;
mod brazil_prices;
mod contracts;
mod definitions;
mod fiscal_external;
mod focus;
mod positioning;
mod real_bonds;
mod us_macro;
mod us_markets;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use market::{Calendars, Catalogue, Frequency, ReleaseBasis, SeriesDef, SeriesId, time};

use crate::config::SimulationConfig;
use crate::random::Stream;
use crate::truth::{DayTruth, MonthTruth};

/// A vintage of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) period: NaiveDate,
    pub(crate) value: f64,
    pub(crate) released_at: DateTime<Utc>,
    pub(crate) basis: ReleaseBasis,
}

/// A series with its rows by period, then release.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Published {
    pub(crate) definition: SeriesDef,
    pub(crate) rows: Vec<Row>,
}

/// The world as its publishers see it, and what they have printed so far.
pub(crate) struct Press<'w> {
    pub(crate) config: &'w SimulationConfig,
    pub(crate) calendars: &'w Calendars,
    pub(crate) catalogue: &'w Catalogue,
    pub(crate) months: &'w [MonthTruth],
    pub(crate) days: &'w [DayTruth],
    series: BTreeMap<SeriesId, Published>,
}

/// Everything published, in order of series. Figures released after the end are still in it.
pub(crate) fn publish(
    config: &SimulationConfig,
    calendars: &Calendars,
    catalogue: &Catalogue,
    months: &[MonthTruth],
    days: &[DayTruth],
) -> Vec<Published> {
    let mut press = Press { config, calendars, catalogue, months, days, series: BTreeMap::new() };
    brazil_prices::print(&mut press);
    brazil_activity::print(&mut press);
    brazil_daily::print(&mut press);
    fiscal_external::print(&mut press);
    focus::print(&mut press);
    contracts::print(&mut press);
    us_macro::print(&mut press);
    us_markets::print(&mut press);
    positioning::print(&mut press);
    real_bonds::print(&mut press);
    press.series.into_values().collect()
}

impl Press<'_> {
    /// Definition by the catalogue, or by the built-in table for codes that it does not list.
    fn definition(&self, id: &str) -> SeriesDef {
        match self.catalogue.get(&SeriesId::new(id)) {
            Some(definition) => definition.clone(),
            None => match id.strip_suffix("_RT") {
                Some(latest) => definitions::real_time(self.definition(latest)),
                None => definitions::fallback(id),
            },
        }
    }

    /// Adds a finished series. A series without rows is not published.
    fn add(&mut self, definition: SeriesDef, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.series.insert(definition.id.clone(), Published { definition, rows });
        }
    }

    /// Own noise of a series.
    fn noise(&self, id: &str) -> Stream {
        Stream::new(self.config.seed, &format!("noise.{id}"))
    }

    /// A row released by the catalogue's rule.
    fn row(&self, definition: &SeriesDef, period: NaiveDate, value: f64, decimals: i32) -> Row {
        let released_at = release_by_rule(self.calendars, definition, period);
        Row { period, value: round(value, decimals), released_at, basis: ReleaseBasis::Assumed }
    }

    /// A monthly series by month and a standard normal draw of its own.
    fn monthly(&mut self, id: &str, decimals: i32, value: impl Fn(usize, &MonthTruth, f64) -> Option<f64>) {
        let definition = self.definition(id);
        let mut noise = self.noise(id);
        let mut rows = Vec::with_capacity(self.months.len());
        for (at, month) in self.months.iter().enumerate() {
            let draw = noise.normal();
            if let Some(value) = value(at, month, draw) {
                rows.push(self.row(&definition, month.month, value, decimals));
            }
        }
        self.add(definition, rows);
    }

    /// A daily series on its own calendar (every calendar day for calendar-daily ones).
    fn daily(&mut self, id: &str, decimals: i32, value: impl Fn(&DayTruth, f64) -> f64) {
        let definition = self.definition(id);
        self.daily_as(definition, decimals, value);
    }

    /// As [`daily`](Self::daily), with a definition at hand.
    fn daily_as(&mut self, definition: SeriesDef, decimals: i32, value: impl Fn(&DayTruth, f64) -> f64) {
        let mut noise = self.noise(definition.id.as_str());
        let mut rows = Vec::with_capacity(self.days.len());
        for (at, day) in self.days.iter().enumerate() {
            let draw = noise.normal();
            if definition.frequency == Frequency::CalendarDaily {
                let weekend = if day.date.weekday() == chrono::Weekday::Fri { 3 } else { 1 };
                let until = self.days.get(at + 1).map_or(day.date + Days::new(weekend), |next| next.date);
                for date in day.date.iter_days().take_while(|date| *date < until) {
                    rows.push(self.row(&definition, date, value(day, draw), decimals));
                }
            } else if self.calendars.is_business_day(definition.calendar, day.date) {
                rows.push(self.row(&definition, day.date, value(day, draw), decimals));
            }
        }
        self.add(definition, rows);
    }

    /// A weekly series, on the given weekday, from the last latent weekday on or before it.
    fn weekly(&mut self, id: &str, weekday: chrono::Weekday, decimals: i32, value: impl Fn(&DayTruth, f64) -> f64) {
        let definition = self.definition(id);
        let mut noise = self.noise(id);
        let mut rows = Vec::new();
        for week in self.weeks(weekday) {
            let draw = noise.normal();
            let at = self.days.partition_point(|day| day.date <= week);
            if let Some(day) = at.checked_sub(1).map(|at| &self.days[at]) {
                rows.push(self.row(&definition, week, value(day, draw), decimals));
            }
        }
        self.add(definition, rows);
    }

    /// Dates of a weekday in the world.
    fn weeks(&self, weekday: chrono::Weekday) -> Vec<NaiveDate> {
        let last = self.days.last().map_or(self.config.start, |day| day.date);
        let days = self.config.start.iter_days().take_while(|date| *date <= last);
        days.filter(|date| date.weekday() == weekday).collect()
    }

    /// Weekdays of a month.
    fn days_of(&self, month: NaiveDate) -> &[DayTruth] {
        let from = self.days.partition_point(|day| day.date < month);
        let end = Frequency::Monthly.period_end(month);
        let to = self.days.partition_point(|day| day.date <= end);
        &self.days[from..to]
    }

    /// Average of a daily quantity over each month.
    fn month_averages(&self, value: impl Fn(&DayTruth) -> f64) -> Vec<f64> {
        let average = |month: &MonthTruth| {
            let days = self.days_of(month.month);
            days.iter().map(&value).sum::<f64>() / days.len().max(1) as f64
        };
        self.months.iter().map(average).collect()
    }

    /// Values of a published monthly series by month, to derive others from.
    fn printed(&self, id: &str) -> Vec<f64> {
        self.series.get(&SeriesId::new(id)).map_or(Vec::new(), |p| p.rows.iter().map(|row| row.value).collect())
    }
}

/// Publication by rule: the period's end plus the lag, on the next business day, at the publisher's hour.
pub(crate) fn release_by_rule(calendars: &Calendars, definition: &SeriesDef, period: NaiveDate) -> DateTime<Utc> {
    let end = definition.frequency.period_end(period);
    let lag = TimeDelta::days(i64::from(definition.release.lag_days));
    let day = calendars.on_or_after(definition.calendar, end.checked_add_signed(lag).unwrap_or(end));
    time::local_instant(day, definition.release.time, definition.release.zone)
}

/// Rounds half away from zero to decimals (negative: to tens, hundreds, ...), and never to negative zero.
pub(crate) fn round(value: f64, decimals: i32) -> f64 {
    let rounded = if decimals >= 0 {
        let scale = 10_f64.powi(decimals);
        (value * scale).round() / scale
    } else {
        let scale = 10_f64.powi(-decimals);
        (value / scale).round() * scale
    };
    rounded + 0.0
}
