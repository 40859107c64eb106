//! The survey's path of the Selic: medians by Copom meeting, then by end of year.
//!
//! Meetings have ids `R<n>-<year>`, the n-th scheduled meeting of the year. The rate is flat from the first business day
//! after a decision to that of the next. A meeting without a median is unknown, not "no change": the meetings end there.
//! The survey asks for meetings before the calendar of their year is out (see the file `meetings.rs`): such a one stands 52
//! weeks after the meeting of its number a year before, and the path says so. From the last meeting on the path runs
//! straight through the medians for ends of years, and beyond the last of those it is known for the usual 45 days between
//! two meetings. Everything in logarithmic rates, so that the mean is that of a compounded overnight rate.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use market::calendar::{Meeting, MeetingKind};
use market::{AsOf, Calendars, Series, SeriesId};

use crate::Evidence;
use crate::meetings::{Committee, Expected, effective};
use crate::policy_path::PolicyPath;

/// Survey of the Selic by meeting.
pub(crate) const BY_MEETING: &str = "BR_FOCUS_SELIC_MEETING";
/// Survey of the Selic by end of year.
pub(crate) const BY_YEAR: &str = "BR_FOCUS_SELIC_ANNUAL";

/// Declared inputs.
pub(crate) fn inputs() -> Vec<SeriesId> {
    [BY_MEETING, BY_YEAR].map(|family| SeriesId::new(format!("{family}.*"))).to_vec()
}

/// The median for a scheduled meeting, by survey date.
pub(crate) fn meeting_id(calendars: &Calendars, meeting: &Meeting) -> Option<SeriesId> {
    let year = meeting.decision.year();
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let earlier = calendars.copom().between(first, meeting.decision);
    let number = 1 + earlier.iter().filter(|meeting| meeting.kind == MeetingKind::Scheduled).count();
    Some(SeriesId::new(format!("{BY_MEETING}.R{number}-{year}.MEDIAN")))
}

/// The scheduled meeting of the same number in the year before.
fn year_before(calendars: &Calendars, meeting: &Meeting) -> Option<Expected> {
    let scheduled = |from: NaiveDate, to: NaiveDate| {
        let meetings = calendars.copom().between(from, to).iter();
        meetings.filter(|meeting| meeting.kind == MeetingKind::Scheduled)
    };
    let first = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1);
    let year = meeting.decision.year();
    let number = scheduled(first(year)?, meeting.decision).count();
    let before = scheduled(first(year - 1)?, first(year)?).nth(number)?;
    Some(Expected { decision: before.decision, effective: effective(before) })
}

/// Every median that a span of dates can need, read once.
pub(crate) struct SelicSurvey {
    meetings: Vec<Surveyed>,
    years: BTreeMap<i32, Series>,
    max_age: Days,
}

/// A scheduled meeting, in order of decision.
struct Surveyed {
    decision: NaiveDate,
    effective: NaiveDate,
    /// The meeting of the same number a year before.
    year_before: Option<Expected>,
    /// Its medians by survey date, where the survey asks for it.
    medians: Option<Series>,
}

impl Surveyed {
    /// The first day of its decision as far as it was known on a date, and on what the day rests.
    fn dated(&self, on: NaiveDate) -> Option<(NaiveDate, Dating)> {
        if Committee::Copom.shows(self.decision, on) {
            return Some((self.effective, Dating::Calendar));
        }
        let before = self.year_before.filter(|before| Committee::Copom.shows(before.decision, on))?;
        Some((before.effective.checked_add_days(YEAR)?, Dating::YearBefore))
    }
}

/// What the day of a meeting rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dating {
    /// The published calendar.
    Calendar,
    /// The calendar of the year before: that of the year is not out.
    YearBefore,
}

/// 52 weeks: the same weekday a year later.
const YEAR: Days = Days::new(364);

/// Effective date and median (percent) of a meeting, with the series and survey date.
type MeetingMedian = (NaiveDate, f64, SeriesId, NaiveDate);

/// The survey's path on one date.
pub(crate) struct SurveyPath {
    /// By meeting, in order, up to the first that has none.
    pub(crate) meetings: Vec<MeetingMedian>,
    /// Median (percent) by year, with the series and survey date.
    pub(crate) years: Vec<(i32, f64, SeriesId, NaiveDate)>,
    /// First of `meetings` whose day stands 52 weeks after that of the meeting of its number a year before, for its year's
    /// calendar is not out.
    pub(crate) first_assumed: Option<NaiveDate>,
    /// Decision of the first meeting on the calendar that has no median though a later one has.
    pub(crate) hole: Option<NaiveDate>,
    start: NaiveDate,
    today: f64,
}

impl SelicSurvey {
    /// The surveys for meetings and years from `from` to `ahead` years after `to`.
    pub(crate) fn read(view: &AsOf, from: NaiveDate, to: NaiveDate, ahead: i32, max_age_days: u32) -> Self {
        let last = NaiveDate::from_ymd_opt(to.year() + ahead, 12, 31).unwrap_or(to);
        let meetings = view
            .calendars()
            .copom()
            .between(from, last)
            .iter()
            .filter(|meeting| meeting.kind == MeetingKind::Scheduled)
            .map(|meeting| Surveyed {
                decision: meeting.decision,
                effective: effective(meeting),
                year_before: year_before(view.calendars(), meeting),
                medians: meeting_id(view.calendars(), meeting).and_then(|id| view.series(&id).ok()),
            })
            .collect();
        let years = (from.year()..=to.year() + ahead)
            .filter_map(|year| {
                let id = SeriesId::new(format!("{BY_YEAR}.{year}.MEDIAN"));
                Some((year, view.series(&id).ok()?))
            })
            .collect();
        Self { meetings, years, max_age: Days::new(u64::from(max_age_days)) }
    }

    /// The path as surveyed on or shortly before `date`, from the target in force (percent).
    pub(crate) fn path(&self, date: NaiveDate, selic_pct: f64) -> SurveyPath {
        let oldest = date.checked_sub_days(self.max_age).unwrap_or(NaiveDate::MIN);
        let median = |series: &Series| {
            let (surveyed, value) = series.at_or_before(date)?;
            (surveyed >= oldest).then(|| (value, series.id.clone(), surveyed))
        };
        let mut first_assumed = None;
        let ahead: Vec<(NaiveDate, Option<MeetingMedian>)> = self
            .meetings
            .iter()
            .filter_map(|meeting| Some((meeting, meeting.dated(date)?)))
            .filter(|(_, (effective, _))| *effective > date)
            .map(|(meeting, (effective, dating))| {
                let known = meeting.medians.as_ref().and_then(median);
                if dating == Dating::YearBefore && known.is_some() && first_assumed.is_none() {
                    first_assumed = Some(effective);
                }
                (meeting.decision, known.map(|(value, id, surveyed)| (effective, value, id, surveyed)))
            })
            .collect();
        let end = ahead.iter().position(|(_, known)| known.is_none()).unwrap_or(ahead.len());
        let later = ahead[end..].iter().any(|(_, known)| known.is_some());
        let hole = ahead.get(end).filter(|_| later).map(|(decision, _)| *decision);
        let meetings = ahead.into_iter().map_while(|(_, known)| known);
        let years = self.years.iter().filter(|(year, _)| **year >= date.year()).map_while(|(year, series)| {
            let (value, id, surveyed) = median(series)?;
            Some((*year, value, id, surveyed))
        });
        let (meetings, years): (Vec<MeetingMedian>, _) = (meetings.collect(), years.collect());
        let first_assumed = first_assumed.filter(|first| meetings.iter().any(|(effective, ..)| effective == first));
        SurveyPath { meetings, years, first_assumed, hole, start: date, today: (selic_pct / 100.0).ln_1p() }
    }
}

impl SurveyPath {
    /// The expected compounded mean of the Selic over the next `years`, effective annual decimal; `None` when the medians
    /// end more than the usual time between two meetings before the horizon.
    pub(crate) fn mean(&self, years: f64) -> Option<f64> {
        let time = |date: NaiveDate| (date - self.start).num_days() as f64 / 365.25;
        let log = |percent: f64| (percent / 100.0).ln_1p();
        let (mut area, mut from, mut rate) = (0.0, 0.0, self.today);
        for (effective, percent, ..) in &self.meetings {
            let until = time(*effective).min(years);
            area += rate * (until - from);
            (from, rate) = (until, log(*percent));
            if until >= years {
                return Some((area / years).exp_m1());
            }
        }
        let ends: Vec<(f64, f64)> = self
            .years
            .iter()
            .filter_map(|(year, percent, ..)| {
                Some((time(NaiveDate::from_ymd_opt(*year, 12, 31)?) - from, log(*percent)))
            })
            .filter(|(after, _)| *after > 0.0)
            .collect();
        // A rate holds until the next meeting, which the survey or the calendar does not have.
        const REACH: f64 = 45.0 / 365.25;
        let reach = from + ends.last().map_or(0.0, |(after, _)| *after);
        if reach + REACH < years {
            return None;
        }
        let rest = years - from;
        area += rest * PolicyPath::new(rate, ends).mean(0.0, rest);
        Some((area / years).exp_m1())
    }

    /// The medians used, newest survey date first in meaning: meetings, then years.
    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        let meetings = self.meetings.iter().map(|(effective, value, id, surveyed)| {
            Evidence::read(format!("survey of Selic from {effective}"), *value, "% p.a.", id, *surveyed)
        });
        let years = self.years.iter().map(|(year, value, id, surveyed)| {
            Evidence::read(format!("survey of Selic, end of {year}"), *value, "% p.a.", id, *surveyed)
        });
        meetings.chain(years).collect()
    }

    /// Day of the newest median.
    pub(crate) fn surveyed(&self) -> Option<NaiveDate> {
        let meetings = self.meetings.iter().map(|(.., surveyed)| *surveyed);
        meetings.chain(self.years.iter().map(|(.., surveyed)| *surveyed)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn path(meetings: &[(&str, f64)], years: &[(i32, f64)]) -> SurveyPath {
        let start = date("2026-01-01");
        let id = SeriesId::new("X");
        SurveyPath {
            meetings: meetings.iter().map(|(day, value)| (date(day), *value, id.clone(), start)).collect(),
            years: years.iter().map(|(year, value)| (*year, *value, id.clone(), start)).collect(),
            first_assumed: None,
            hole: None,
            start,
            today: 0.15_f64.ln_1p(),
        }
    }

    #[test]
    fn the_mean_of_one_step_is_that_of_two_compounded_halves() {
        // 182.625 days are half a year of 365.25; the meeting holds from day 183.
        let mean = path(&[("2026-07-03", 10.0)], &[(2026, 10.0)]).mean(1.0).unwrap();
        let first = 183.0 / 365.25;
        let expected = (first * 1.15_f64.ln() + (1.0 - first) * 1.10_f64.ln()).exp() - 1.0;
        assert!((mean - expected).abs() < 1e-12);
    }

    #[test]
    fn after_the_last_meeting_the_path_runs_through_the_ends_of_years() {
        let flat = path(&[("2026-02-01", 12.0)], &[(2026, 12.0), (2027, 12.0)]).mean(2.0).unwrap();
        let first = 31.0 / 365.25;
        let expected = ((first * 1.15_f64.ln() + (2.0 - first) * 1.12_f64.ln()) / 2.0).exp() - 1.0;
        assert!((flat - expected).abs() < 1e-12);
        let falling = path(&[("2026-02-01", 12.0)], &[(2026, 12.0), (2027, 9.0)]).mean(2.0).unwrap();
        assert!(falling < flat);
    }

    #[test]
    fn a_horizon_that_the_medians_do_not_reach_has_no_mean() {
        assert_eq!(path(&[("2026-02-01", 12.0)], &[(2026, 12.0)]).mean(2.0), None);
        assert_eq!(path(&[], &[]).mean(1.0), None);
        // The year's end is 0.25 years short of the horizon, and Copom meets twice in between.
        assert_eq!(path(&[("2026-02-01", 12.0)], &[(2026, 12.0)]).mean(1.25), None);
    }

    #[test]
    fn a_meeting_that_the_survey_does_not_have_ends_the_path_and_is_not_no_change() {
        let medians =
            |value: f64| Some(Series { id: "X".into(), periods: vec![date("2025-12-26")], values: vec![value] });
        let meeting = |day: &str, medians| Surveyed {
            decision: date(day),
            effective: date(day) + Days::new(1),
            year_before: None,
            medians,
        };
        let survey = |second| SelicSurvey {
            meetings: vec![
                meeting("2026-01-28", medians(14.5)),
                meeting("2026-03-18", second),
                meeting("2026-04-29", medians(13.0)),
            ],
            years: BTreeMap::new(),
            max_age: Days::new(21),
        };
        let whole = survey(medians(13.5)).path(date("2026-01-02"), 15.0);
        assert_eq!((whole.meetings.len(), whole.hole), (3, None));
        let holed = survey(None).path(date("2026-01-02"), 15.0);
        assert_eq!((holed.meetings.len(), holed.hole), (1, Some(date("2026-03-18"))));
        // Four months are known with the meeting of March, and not without it.
        assert!(whole.mean(1.0 / 3.0).is_some() && holed.mean(1.0 / 3.0).is_none());
    }

    #[test]
    fn a_meeting_whose_calendar_is_not_out_stands_a_year_after_that_of_its_number() {
        let calendars = Calendars::embedded();
        let meeting = &calendars.copom().between(date("2026-01-01"), date("2026-02-28"))[0];
        let before = year_before(&calendars, meeting).unwrap();
        assert_eq!((meeting.decision, before.decision), (date("2026-01-28"), date("2025-01-29")));
        let periods = vec![date("2024-06-20"), date("2025-06-20")];
        let medians = Some(Series { id: "X".into(), periods, values: vec![12.0, 12.0] });
        let meeting =
            Surveyed { decision: meeting.decision, effective: effective(meeting), year_before: Some(before), medians };
        let survey = SelicSurvey { meetings: vec![meeting], years: BTreeMap::new(), max_age: Days::new(21) };
        let of = |on: &str| {
            let path = survey.path(date(on), 15.0);
            (path.meetings.first().map(|(effective, ..)| *effective), path.first_assumed)
        };
        let assumed = Some(before.effective + YEAR);
        assert_eq!(of("2025-06-29"), (assumed, assumed));
        assert_eq!(of("2025-06-30"), (Some(date("2026-01-29")), None));
        // The calendar of 2025 itself is not out: nothing tells when the first of 2026 will be.
        assert_eq!(of("2024-06-29"), (None, None));
        assert_eq!(of("2024-06-30").0, assumed);
    }

    #[test]
    fn the_third_scheduled_meeting_of_a_year_is_r3() {
        let calendars = Calendars::embedded();
        let year = calendars.copom().between(date("2026-01-01"), date("2027-01-01"));
        assert_eq!(meeting_id(&calendars, &year[2]).unwrap().as_str(), "BR_FOCUS_SELIC_MEETING.R3-2026.MEDIAN");
    }
}
