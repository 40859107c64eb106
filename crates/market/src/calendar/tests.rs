use std::collections::BTreeSet;

use chrono::Datelike;
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Golden case `calendar.br_business_days` (pyield's dated lists): the list in force on the start date counts.
#[test]
fn brazilian_business_days_match_the_golden_case() {
    let calendars = Calendars::embedded();
    for (start, end, expected) in [
        ("2024-07-05", "2030-01-01", 1374),
        ("2024-07-05", "2035-01-01", 2629),
        ("2023-11-17", "2023-11-22", 3),
        ("2024-02-09", "2024-02-15", 2),
        ("2024-12-31", "2025-01-02", 1),
        ("2025-04-17", "2025-04-22", 1),
        ("2024-05-31", "2035-05-15", 2745),
        ("2025-03-26", "2032-01-01", 1696),
    ] {
        let (start, end) = (date(start), date(end));
        assert_eq!(calendars.business_days_252(start, start, end), expected, "{start} {end}");
    }
}

#[test]
fn prices_made_before_the_law_do_not_know_20_november() {
    let calendars = Calendars::embedded();
    let count = |priced| calendars.business_days_252(date(priced), date("2024-11-18"), date("2024-11-22"));
    assert_eq!(count("2023-12-22"), 4);
    assert_eq!(count("2023-12-26"), 3);
}

#[test]
fn known_closures_are_closed_and_known_sessions_open() {
    let calendars = Calendars::embedded();
    for (id, closed) in [
        (CalendarId::BrNational, "2026-02-16"),
        (CalendarId::BrNational, "2024-11-20"),
        (CalendarId::B3, "2025-12-24"),
        (CalendarId::B3, "2025-12-31"),
        (CalendarId::B3, "2014-06-12"),
        (CalendarId::B3, "2026-04-03"),
        (CalendarId::Nyse, "2025-01-09"),
        (CalendarId::Nyse, "2012-10-29"),
        (CalendarId::Nyse, "2026-04-03"),
        (CalendarId::Sifma, "2001-09-12"),
        (CalendarId::Sifma, "2024-11-11"),
        (CalendarId::Fed, "2024-10-14"),
    ] {
        assert!(!calendars.is_business_day(id, date(closed)), "{id:?} {closed}");
    }
    for (id, open) in [
        (CalendarId::BrNational, "2023-11-20"),
        (CalendarId::BrNational, "2025-12-24"),
        (CalendarId::B3, "2026-02-18"),
        (CalendarId::B3, "2022-01-25"),
        (CalendarId::B3, "2020-07-09"),
        (CalendarId::Nyse, "2024-11-11"),
        (CalendarId::Sifma, "2026-04-03"),
        (CalendarId::Fed, "2026-04-03"),
        (CalendarId::Sifma, "2025-11-28"),
    ] {
        assert!(calendars.is_business_day(id, date(open)), "{id:?} {open}");
    }
}

#[test]
fn the_rules_reproduce_the_files_except_for_one_off_closures() {
    let closures = files::closures();
    let weekdays = |days: Vec<NaiveDate>| -> BTreeSet<NaiveDate> {
        days.into_iter().filter(|day| day.weekday().num_days_from_monday() < 5).collect()
    };
    let of_file = |id: CalendarId, years: std::ops::Range<i32>| {
        weekdays(closures[&id].iter().copied().filter(|day| years.contains(&day.year())).collect())
    };
    let of_rule =
        |rule: fn(i32) -> Vec<NaiveDate>, years: std::ops::Range<i32>| weekdays(years.flat_map(rule).collect());
    assert_eq!(of_file(CalendarId::BrNational, 2001..2100), of_rule(rules::br_national, 2001..2100));
    assert_eq!(of_file(CalendarId::Fed, 2001..2031), of_rule(rules::us_fed, 2001..2031));

    let national = Calendar::weekdays_except(&closures[&CalendarId::BrNational]);
    let b3: BTreeSet<NaiveDate> = (2001..2028)
        .flat_map(|year| rules::b3_only(year, |day| national.is_open(day)).into_iter().chain(rules::br_national(year)))
        .collect();
    let one_off: Vec<_> = of_file(CalendarId::B3, 2001..2028)
        .symmetric_difference(&weekdays(b3.into_iter().collect()))
        .copied()
        .collect();
    assert_eq!(one_off, [date("2014-06-12")]);

    let nyse = of_rule(rules::us_nyse, 2001..2031);
    let one_off: Vec<String> =
        of_file(CalendarId::Nyse, 2001..2031).symmetric_difference(&nyse).map(ToString::to_string).collect();
    assert_eq!(
        one_off,
        [
            "2001-09-11",
            "2001-09-12",
            "2001-09-13",
            "2001-09-14",
            "2004-06-11",
            "2007-01-02",
            "2012-10-29",
            "2012-10-30",
            "2018-12-05",
            "2025-01-09"
        ]
    );
}

#[test]
fn steps_go_over_weekends_and_holidays_in_both_directions() {
    let calendars = Calendars::embedded();
    let b3 = CalendarId::B3;
    assert_eq!(calendars.next(b3, date("2025-12-30")), date("2026-01-02"));
    assert_eq!(calendars.previous(b3, date("2026-01-02")), date("2025-12-30"));
    assert_eq!(calendars.on_or_after(b3, date("2026-01-01")), date("2026-01-02"));
    assert_eq!(calendars.on_or_before(b3, date("2026-02-17")), date("2026-02-13"));
    assert_eq!(calendars.business_days_before(b3, date("2026-01-03"), 1), date("2026-01-02"));
    assert_eq!(calendars.add(b3, date("2026-01-03"), 0), date("2026-01-03"));
    assert_eq!(calendars.business_days(CalendarId::Everyday, date("2026-01-01"), date("2026-01-31")), 30);
}

#[test]
fn a_joint_calendar_is_open_when_all_are() {
    let calendars = Calendars::embedded();
    let joint = calendars.joint(&[CalendarId::BrNational, CalendarId::Fed]);
    assert!(!joint.is_open(date("2026-01-19")), "Martin Luther King");
    assert!(!joint.is_open(date("2026-02-17")), "Carnaval");
    assert!(joint.is_open(date("2026-02-18")));
}

#[test]
fn an_operator_closure_closes_and_a_national_one_closes_b3_too() {
    let calendars = Calendars::embedded().with_closure(CalendarId::BrNational, date("2026-03-31"));
    assert!(!calendars.is_business_day(CalendarId::BrNational, date("2026-03-31")));
    assert!(!calendars.is_business_day(CalendarId::B3, date("2026-03-31")));
    assert_eq!(calendars.business_days_252(date("2020-01-02"), date("2026-03-30"), date("2026-04-01")), 1);
}

#[test]
fn meetings_are_known_by_date() {
    let calendars = Calendars::embedded();
    let next = calendars.copom().scheduled_after(date("2026-11-04")).next().unwrap();
    assert_eq!((next.number, next.decision), (Some(283), date("2026-12-09")));
    assert_eq!(next.statement.to_rfc3339(), "2026-12-09T21:30:00+00:00");
    assert_eq!(calendars.copom().last_on_or_before(date("2025-05-07")).and_then(|m| m.number), Some(270));
    assert_eq!(calendars.fomc().between(date("2026-10-28"), date("2026-12-31")).len(), 2);
    assert!(calendars.fomc().all().iter().any(|meeting| meeting.kind == MeetingKind::Extraordinary));
}

#[test]
fn release_calendars_answer_by_reference_period() {
    let calendars = Calendars::embedded();
    let releases = calendars.releases();
    let ipca = releases.ipca(date("2026-01-01")).unwrap();
    assert_eq!((ipca.at.to_rfc3339().as_str(), ipca.verified), ("2026-02-10T12:00:00+00:00", true));
    assert_eq!(releases.ipca15(date("2026-11-01")).unwrap().at.to_rfc3339(), "2026-11-26T12:00:00+00:00");
    assert_eq!(releases.ipca15(date("2020-01-01")), None);
    let cpi = |month| releases.bls_exception("CPI", date(month));
    assert_eq!(cpi("2025-10-01"), Some(BlsException::Cancelled));
    assert_eq!(cpi("2024-10-01"), None);
}

#[test]
fn the_cftc_report_comes_out_on_friday_unless_holidays_or_a_shutdown_delay_it() {
    let calendars = Calendars::embedded();
    let published = |report| calendars.releases().cftc(&calendars, date(report)).at.date_naive().to_string();
    assert_eq!(published("2024-03-12"), "2024-03-15");
    assert_eq!(published("2024-11-26"), "2024-12-02", "Thanksgiving");
    assert_eq!(published("2018-12-24"), "2019-02-01", "shutdown");
}

use super::releases::BlsException;

fn any_day() -> impl Strategy<Value = NaiveDate> {
    // 1960 to 2109: the index and both sides outside it.
    (715_510..770_300_i32).prop_map(|day| NaiveDate::from_num_days_from_ce_opt(day).unwrap())
}

proptest! {
    #[test]
    fn counts_add_up(mut days in prop::array::uniform3(any_day()), which in 0..CalendarId::ALL.len()) {
        let calendars = shared();
        let calendar = calendars.get(CalendarId::ALL[which]);
        days.sort();
        let [a, b, c] = days;
        prop_assert_eq!(calendar.count(a, b) + calendar.count(b, c), calendar.count(a, c));
    }

    #[test]
    fn a_step_lands_on_a_business_day_at_that_distance(day in any_day(), count in 1..600_i64) {
        let calendar = shared().get(CalendarId::B3);
        let after = calendar.add(day, count);
        prop_assert!(calendar.is_open(after));
        prop_assert_eq!(calendar.count(day, after) - i64::from(calendar.is_open(day)) + 1, count);
        let before = calendar.add(day, -count);
        prop_assert!(calendar.is_open(before));
        prop_assert_eq!(calendar.count(before, day), count);
    }
}

fn shared() -> &'static Calendars {
    static SHARED: std::sync::OnceLock<Calendars> = std::sync::OnceLock::new();
    SHARED.get_or_init(Calendars::embedded)
}
