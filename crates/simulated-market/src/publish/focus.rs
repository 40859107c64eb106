//! The Focus survey: rational up to noise, dated on business days, public on the next Monday.
//!
//! Respondents know the model, the months whose IPCA is out, and today's markets. Inflation expectations return to target,
//! the Selic follows the rule, the real returns to fair value, the gap closes.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc, Weekday};
use market::{CalendarId, ReleaseBasis, SeriesDef, SeriesId, time};
use std::collections::BTreeMap;

use super::{Press, Row, round};
use crate::random::Stream;
use crate::truth::DayTruth;
use crate::world::curves::Stance;
use crate::world::{decisions, seasonal_brazil};

/// Monthly persistence with which expected inflation returns to target.
const RETURN_TO_TARGET: f64 = 0.96;
/// Years ahead that the annual surveys cover, the current one included.
const YEARS: i32 = 4;
/// Copom meetings ahead that the survey covers.
const MEETINGS: usize = 6;
/// Months ahead of the monthly survey, the current one included.
const MONTHS: u32 = 3;

pub(super) fn print(press: &mut Press<'_>) {
    let mut survey = Survey::new(press);
    for (at, day) in press.days.iter().enumerate() {
        let draw = survey.noise.normal();
        if press.calendars.is_business_day(CalendarId::BrNational, day.date) {
            survey.ask(press, at, day, draw);
        }
    }
    for (definition, rows) in survey.series.into_values() {
        press.add(definition, rows);
    }
}

struct Survey {
    noise: Stream,
    meetings: Vec<NaiveDate>,
    series: BTreeMap<SeriesId, (SeriesDef, Vec<Row>)>,
}

impl Survey {
    fn new(press: &Press<'_>) -> Self {
        let last = press.days.last().map_or(press.config.start, |day| day.date);
        let meetings = decisions(press.calendars.copom(), NaiveDate::MIN, last + Days::new(900));
        Self { noise: press.noise("focus"), meetings, series: BTreeMap::new() }
    }

    fn ask(&mut self, press: &Press<'_>, at: usize, day: &DayTruth, draw: f64) {
        let released_at = public_from(press, day.date);
        let Some(known) = Known::on(press, at) else { return };
        let next_12m = known.expected + 0.02 * draw;
        for family in ["BR_FOCUS_IPCA_12M", "BR_FOCUS_IPCA_12M_RAW"] {
            self.put(press, family, "", "MEDIAN", day.date, next_12m, 2, released_at);
        }
        let spread = 0.35 + 0.08 * (known.expected - known.target).abs();
        self.put(press, "BR_FOCUS_IPCA_12M", "", "SD", day.date, spread, 2, released_at);
        let year = day.date.year();
        // Growth, currency and primary balance are taken from the weekly report, dated on Fridays.
        let report_day = day.date.weekday() == Weekday::Fri;
        for ahead in 0..YEARS {
            let horizon = (year + ahead).to_string();
            let mut annual = |family: &str, value: f64, decimals: i32| {
                self.put(press, family, &horizon, "MEDIAN", day.date, value, decimals, released_at);
            };
            annual("BR_FOCUS_IPCA_ANNUAL", known.inflation_of_year(year + ahead) + 0.02 * draw, 2);
            annual("BR_FOCUS_SELIC_ANNUAL", quarter(known.selic(press, years_to_end(day.date, year + ahead))), 2);
            if !report_day || ahead + 1 == YEARS {
                continue;
            }
            annual("BR_FOCUS_FX_ANNUAL", known.spot(press, years_to_end(day.date, year + ahead)), 2);
            annual("BR_FOCUS_GDP_ANNUAL", known.growth_of_year(year + ahead) + 0.03 * draw, 2);
            if ahead < 2 {
                annual("BR_FOCUS_PRIMARY_ANNUAL", known.primary * 0.8_f64.powi(ahead) + 0.02 * draw, 2);
            }
        }
        for ahead in 0..MONTHS {
            let Some(month) = known.month.checked_add_months(Months::new(ahead)) else { continue };
            let horizon = month.format("%Y-%m").to_string();
            let value = known.inflation_of_month(month) + 0.01 * draw;
            self.put(press, "BR_FOCUS_IPCA_MONTHLY", &horizon, "MEDIAN", day.date, value, 2, released_at);
        }
        let from = self.meetings.partition_point(|meeting| *meeting < day.date);
        for row in from..(from + MEETINGS).min(self.meetings.len()) {
            let meeting = self.meetings[row];
            let first = self.meetings.partition_point(|m| m.year() < meeting.year());
            let horizon = format!("R{}-{}", row - first + 1, meeting.year());
            let value = quarter(known.selic(press, (meeting - day.date).num_days() as f64 / 365.0 + 0.06));
            self.put(press, "BR_FOCUS_SELIC_MEETING", &horizon, "MEDIAN", day.date, value, 2, released_at);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn put(
        &mut self,
        press: &Press<'_>,
        family: &str,
        horizon: &str,
        statistic: &str,
        period: NaiveDate,
        value: f64,
        decimals: i32,
        released_at: DateTime<Utc>,
    ) {
        let dot = if horizon.is_empty() { "" } else { "." };
        let id = SeriesId::new(format!("{family}{dot}{horizon}.{statistic}"));
        let row = Row { period, value: round(value, decimals), released_at, basis: ReleaseBasis::Scheduled };
        let entry = self.series.entry(id).or_insert_with_key(|id| {
            let stem = press.definition(family.strip_suffix("_RAW").unwrap_or(family));
            let name = format!("{} {horizon} {statistic}", stem.name).replace("  ", " ");
            (SeriesDef { id: id.clone(), source_code: id.to_string(), name, ..stem }, Vec::new())
        });
        entry.1.push(row);
    }
}

/// The Monday after the survey date, 08:25; Tuesday when Monday is a holiday.
fn public_from(press: &Press<'_>, survey: NaiveDate) -> DateTime<Utc> {
    let mut monday = survey + Days::new(1);
    while monday.weekday() != Weekday::Mon {
        monday = monday + Days::new(1);
    }
    let day = press.calendars.on_or_after(CalendarId::BrNational, monday);
    time::local_instant(day, NaiveTime::from_hms_opt(8, 25, 0).unwrap_or(NaiveTime::MIN), time::SAO_PAULO)
}

/// What a respondent knows on a day.
struct Known<'w> {
    press: &'w Press<'w>,
    day: &'w DayTruth,
    /// Month of the survey.
    month: NaiveDate,
    /// Index of that month.
    at: usize,
    /// First month whose IPCA is not out.
    open: NaiveDate,
    expected: f64,
    target: f64,
    primary: f64,
}

impl<'w> Known<'w> {
    fn on(press: &'w Press<'w>, at: usize) -> Option<Self> {
        let day = &press.days[at];
        let month = day.date.with_day(1)?;
        let at = press.months.partition_point(|m| m.month <= day.date).checked_sub(1)?;
        let now = &press.months[at];
        // IPCA of a month comes out about ten days into the next.
        let lag = if day.date.day() >= 13 { 0 } else { 1 };
        let open = month.checked_sub_months(Months::new(lag))?;
        Some(Self {
            press,
            day,
            month,
            at,
            open,
            expected: now.brazil.expected,
            target: now.brazil.target,
            primary: now.fiscal.primary,
        })
    }

    /// Expected annual rate of inflation in a month.
    fn pace(&self, month: NaiveDate) -> f64 {
        let ahead = months_between(self.month, month).max(0);
        self.target + (self.expected - self.target) * RETURN_TO_TARGET.powi(ahead)
    }

    fn inflation_of_month(&self, month: NaiveDate) -> f64 {
        if month < self.open {
            let row = self.press.months.partition_point(|m| m.month < month);
            if let Some(known) = self.press.months.get(row).filter(|known| known.month == month) {
                return known.brazil.headline_mom;
            }
        }
        self.pace(month) / 12.0 + seasonal_brazil(month)
    }

    fn inflation_of_year(&self, year: i32) -> f64 {
        let months = (1..=12).filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1));
        (months.map(|month| 1.0 + self.inflation_of_month(month) / 100.0).product::<f64>() - 1.0) * 100.0
    }

    /// Expected target rate in some years.
    fn selic(&self, press: &Press<'_>, years: f64) -> f64 {
        let stance = Stance { rate: self.day.selic, rule: self.day.selic_rule, neutral: self.day.selic_neutral };
        stance.expected(&press.config.parameters.di_curve, years)
    }

    /// Expected spot: relative prices move on, the misalignment closes.
    fn spot(&self, press: &Press<'_>, years: f64) -> f64 {
        let half_lives = years * 261.0 / press.config.parameters.currency.half_life_days;
        let closing = self.day.misalignment * (0.5_f64.powf(half_lives) - 1.0);
        self.day.spot * (closing + (self.expected - 2.0) / 100.0 * years).exp()
    }

    /// Growth of the average level of activity over the previous year's.
    fn growth_of_year(&self, year: i32) -> f64 {
        let level = |year: i32| -> f64 {
            (1..=12).filter_map(|m| NaiveDate::from_ymd_opt(year, m, 1)).map(|month| self.activity(month)).sum()
        };
        (level(year) / level(year - 1) - 1.0) * 100.0
    }

    fn activity(&self, month: NaiveDate) -> f64 {
        let economy = self.press.config.parameters.brazil;
        let ahead = months_between(self.month, month);
        let row = self.at as i64 + i64::from(ahead);
        let known = usize::try_from(row).ok().filter(|row| *row <= self.at).map(|row| &self.press.months[row]);
        if let Some(known) = known {
            return (known.brazil.log_potential + known.brazil.gap / 100.0).exp();
        }
        let now = &self.press.months[self.at].brazil;
        let gap = if ahead > 0 { now.gap * economy.gap_persistence.powi(ahead) } else { 0.0 };
        (now.log_potential + economy.potential_growth / 1200.0 * f64::from(ahead) + gap / 100.0).exp()
    }
}

fn months_between(from: NaiveDate, to: NaiveDate) -> i32 {
    (to.year() - from.year()) * 12 + to.month0() as i32 - from.month0() as i32
}

fn years_to_end(date: NaiveDate, year: i32) -> f64 {
    let end = NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(date);
    (end - date).num_days() as f64 / 365.0
}

/// Medians of policy rates sit on the grid of the committee's steps.
fn quarter(rate: f64) -> f64 {
    (rate * 4.0).round() / 4.0
}
