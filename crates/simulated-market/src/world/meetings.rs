//! Decision dates: the published calendar, and a rule after its end.

use chrono::{Days, NaiveDate};
use market::calendar::{MeetingKind, Meetings};

/// Scheduled decisions in `[from, to]`. After the last published one, meetings follow 42 and 49 days apart in turn, on the
/// same weekday: eight a year.
pub(crate) fn decisions(meetings: &Meetings, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let scheduled = meetings.all().iter().filter(|meeting| meeting.kind == MeetingKind::Scheduled);
    let mut dates: Vec<NaiveDate> = scheduled.map(|meeting| meeting.decision).collect();
    let mut long = true;
    while let Some(&last) = dates.last() {
        if last > to {
            break;
        }
        dates.push(last + Days::new(if long { 49 } else { 42 }));
        long = !long;
    }
    dates.retain(|date| (from..=to).contains(date));
    dates
}
