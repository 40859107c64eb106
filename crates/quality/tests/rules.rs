//! Each rule on hand-made histories.

mod common;

use common::{Desk, about, day, wiggle};
use market::SeriesId;
use proptest::prelude::*;
use quality::{Expectation, QualityConfig, Rule, Severity, Waiver};

const RUN: &str = "2026-03-31";

fn vix(value: impl Fn(u32) -> Option<f64>) -> Desk {
    let mut desk = Desk::new();
    desk.daily("US_VIX", RUN, 120, value);
    desk
}

fn usual(index: u32) -> f64 {
    18.0 + wiggle(index)
}

#[test]
fn a_complete_and_current_series_has_no_finding() {
    let report = vix(|i| Some(usual(i))).report(RUN, &QualityConfig::default());
    assert_eq!(report.findings, []);
    assert_eq!((report.due, report.fresh, report.late, report.ended), (1, 1, 0, 0));
}

#[test]
fn a_series_some_sessions_behind_is_late_then_fails_then_has_ended() {
    let config = QualityConfig::default();
    let at = |date| vix(|i| Some(usual(i))).report(date, &config);
    assert_eq!(at("2026-04-02").late, 0, "within tolerance");
    let late = at("2026-04-08");
    assert_eq!(about(&late, "US_VIX", Rule::Freshness)[0].severity, Severity::Warn);
    assert!(late.blocked.is_empty());
    let very_late = at("2026-04-30");
    assert_eq!(about(&very_late, "US_VIX", Rule::Freshness)[0].severity, Severity::Fail);
    assert!(very_late.blocked.contains(&SeriesId::new("US_VIX")));
    let ended = at("2026-12-01");
    assert_eq!((ended.findings.len(), ended.ended, ended.due), (0, 1, 0));
}

#[test]
fn a_missing_session_is_reported_and_a_holiday_is_not() {
    // 2026-02-16 is Presidents' Day.
    let desk = vix(|i| (i != 100).then(|| usual(i)));
    let missing = desk.calendars.business_days_before(market::CalendarId::Nyse, day(RUN), 19);
    let report = desk.report(RUN, &QualityConfig::default());
    let gaps = about(&report, "US_VIX", Rule::Completeness);
    assert_eq!((gaps.len(), gaps[0].period, gaps[0].value), (1, Some(missing), Some(1.0)));
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
}

#[test]
fn an_impossible_value_fails_and_blocks_its_series_only() {
    let mut desk = vix(|i| Some(if i == 110 { -3.0 } else { usual(i) }));
    desk.daily("US_HY_OAS", "2026-03-30", 120, |i| Some(3.0 + 0.1 * wiggle(i)));
    let report = desk.report(RUN, &QualityConfig::default());
    assert_eq!(about(&report, "US_VIX", Rule::Range)[0].value, Some(-3.0));
    assert_eq!(report.blocked.iter().map(SeriesId::as_str).collect::<Vec<_>>(), ["US_VIX"]);
}

#[test]
fn a_hundredfold_print_fails_when_it_reverts_and_when_it_is_the_newest() {
    for at in [100, 119] {
        let mut desk = Desk::new();
        desk.daily("MK_SPX_Y", "2026-03-30", 120, |i| {
            Some(if i == at { 600_000.0 } else { 6000.0 + 30.0 * wiggle(i) })
        });
        let report = desk.report(RUN, &QualityConfig::default());
        let spikes = about(&report, "MK_SPX_Y", Rule::Spike);
        assert_eq!((spikes.len(), spikes[0].severity, spikes[0].value), (1, Severity::Fail, Some(600_000.0)));
    }
}

#[test]
fn a_market_that_jumps_and_stays_warns_but_is_not_blocked() {
    let report = vix(|i| Some(if i >= 118 { 70.0 } else { usual(i) })).report(RUN, &QualityConfig::default());
    assert_eq!(about(&report, "US_VIX", Rule::Jump)[0].severity, Severity::Warn);
    assert!(report.blocked.is_empty());
}

#[test]
fn a_frozen_market_warns_and_a_frozen_policy_rate_does_not() {
    let mut desk = vix(|i| Some(if i >= 110 { 18.0 } else { usual(i) }));
    desk.daily("BR_SELIC_252", "2026-03-30", 120, |_| Some(14.65));
    let report = desk.report(RUN, &QualityConfig::default());
    assert_eq!(about(&report, "US_VIX", Rule::Repeats).len(), 1);
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
}

#[test]
fn one_observation_or_no_variance_is_no_reason_to_panic_or_alarm() {
    for count in [1, 2, 3, 120] {
        let mut desk = Desk::new();
        desk.daily("BR_CDI_DAILY", "2026-03-30", count, |_| Some(0.054266));
        desk.daily("US_DFEDTARU", RUN, count, |_| Some(0.0));
        let report = desk.report(RUN, &QualityConfig::default());
        assert_eq!(report.findings, [], "{count} observations");
    }
    let empty = Desk::new().report(RUN, &QualityConfig::default());
    assert_eq!((empty.due, empty.findings.len()), (0, 0));
}

#[test]
fn coverage_counts_what_each_group_gets_and_names_what_it_does_not() {
    let mut desk = vix(|i| Some(usual(i)));
    desk.daily("MK_SPX_Y", "2025-06-30", 120, |i| Some(6000.0 + wiggle(i)));
    let series = ["US_VIX", "MK_SPX_Y", "US_NFCI", "US_VI*", "BR_FOCUS_IPCA_ANNUAL"].map(SeriesId::new).to_vec();
    let config = QualityConfig::default().expecting([Expectation { group: "cross_asset".to_owned(), series }]);
    let report = desk.report(RUN, &config);
    let coverage = &report.coverage[0];
    assert_eq!((coverage.expected, coverage.got), (5, 2));
    assert_eq!(coverage.missing, ["BR_FOCUS_IPCA_ANNUAL", "US_NFCI"].map(SeriesId::new));
    assert_eq!(coverage.blocked, [SeriesId::new("MK_SPX_Y")]);
    assert_eq!(about(&report, "MK_SPX_Y", Rule::Ended)[0].severity, Severity::Fail);
}

fn expecting(groups: &[&[&str]]) -> QualityConfig {
    QualityConfig::default().expecting(groups.iter().enumerate().map(|(index, series)| Expectation {
        group: format!("group {index}"),
        series: series.iter().map(SeriesId::new).collect(),
    }))
}

#[test]
fn the_totals_count_a_series_that_several_groups_expect_once() {
    let config = expecting(&[&["US_VIX", "US_NFCI"], &["US_VIX", "US_VI*"], &["US_NFCI"]]);
    let report = vix(|i| Some(usual(i))).report(RUN, &config);
    assert_eq!((report.expected, report.got), (3, 2));
}

#[test]
fn an_expected_series_that_ended_is_refused_by_name_and_by_pattern() {
    for name in ["US_VIX", "US_V*"] {
        let desk = || vix(|i| Some(usual(i)));
        let report = desk().report("2026-12-01", &expecting(&[&[name]]));
        assert_eq!(about(&report, name, Rule::Ended)[0].severity, Severity::Fail);
        assert!(report.blocked.contains(&SeriesId::new("US_VIX")) && report.blocked.len() == 1);
        assert_eq!(report.coverage[0].blocked, [SeriesId::new(name)]);
        let waiver = Waiver {
            series: name.to_owned(),
            rule: Some(Rule::Ended),
            until: day("2026-12-31"),
            owner: "desk".to_owned(),
            reason: "history only".to_owned(),
        };
        let waived = QualityConfig { waivers: vec![waiver], ..expecting(&[&[name]]) };
        let report = desk().report("2026-12-01", &waived);
        assert!(report.blocked.is_empty());
        assert_eq!(report.coverage[0].ended, [SeriesId::new(name)]);
    }
    let report = vix(|i| Some(usual(i))).report("2026-12-01", &QualityConfig::default());
    assert!(report.findings.is_empty() && report.blocked.is_empty(), "nobody expects it");
}

#[test]
fn an_ended_series_stays_readable_when_discontinued_or_beside_a_running_member() {
    let mut desk = vix(|i| Some(usual(i)));
    let mut definition = desk.definition("US_VIX").clone();
    definition.discontinued = true;
    desk.catalogue.insert(definition);
    let report = desk.report("2026-12-01", &expecting(&[&["US_VIX"]]));
    assert_eq!(about(&report, "US_VIX", Rule::Ended)[0].severity, Severity::Warn);
    assert!(report.blocked.is_empty());

    let mut desk = vix(|i| Some(usual(i)));
    desk.daily("US_HY_OAS", "2026-11-30", 120, |i| Some(3.0 + 0.1 * wiggle(i)));
    let report = desk.report("2026-12-01", &expecting(&[&["US_*"]]));
    assert!(report.blocked.is_empty() && report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.got, 1);
}

/// A desk with a survey family of two horizons.
fn surveys(ended: &str, running: Option<&str>, discontinued: bool) -> Desk {
    let mut desk = Desk::new();
    let mut stem = desk.definition("BR_FOCUS_IPCA_12M_RAW").clone();
    stem.discontinued = discontinued;
    desk.catalogue.insert(stem.clone());
    for (id, last) in [("A", Some(ended)), ("B", running)] {
        let id = format!("BR_FOCUS_IPCA_12M_RAW.{id}");
        let definition =
            market::SeriesDef { id: SeriesId::new(&id), source_code: id.clone(), discontinued: false, ..stem.clone() };
        desk.catalogue.insert(definition);
        if let Some(last) = last {
            desk.daily(&id, last, 30, |i| Some(4.0 + 0.01 * wiggle(i)));
        }
    }
    desk
}

#[test]
fn a_survey_that_ended_is_refused_unless_its_family_runs_or_is_discontinued() {
    let config = expecting(&[&["BR_FOCUS_IPCA_12M_RAW.A"]]);
    let severity = |desk: Desk| {
        let report = desk.report(RUN, &config);
        let severity = about(&report, "BR_FOCUS_IPCA_12M_RAW.A", Rule::Ended)[0].severity;
        assert_eq!(severity == Severity::Fail, report.blocked.contains(&SeriesId::new("BR_FOCUS_IPCA_12M_RAW.A")));
        severity
    };
    assert_eq!(severity(surveys("2016-12-30", None, false)), Severity::Fail);
    // Past the end by its frequency, within the days a member counts as recent.
    assert_eq!(severity(surveys("2025-12-05", None, false)), Severity::Fail);
    assert_eq!(severity(surveys("2016-12-30", None, true)), Severity::Warn);
    assert_eq!(severity(surveys("2016-12-30", Some("2026-03-27"), false)), Severity::Warn);
}

/// A desk with a reference curve of constant maturities, each quoted up to a date.
fn reference_curve(vertices: &[(u32, &str)]) -> Desk {
    let mut desk = Desk::new();
    let base = desk.definition("BR_PRE_1Y").clone();
    for &(days, last) in vertices {
        let id = format!("B3.DIC.{days}BD");
        let curve = market::CurvePoint { curve: "DIC".to_owned(), tenor: market::Tenor::BusinessDays(days) };
        desk.catalogue.insert(market::SeriesDef {
            id: SeriesId::new(&id),
            source: "B3".to_owned(),
            source_code: id.clone(),
            curve: Some(curve),
            ..base.clone()
        });
        desk.daily(&id, last, 60, |i| (i % 7 != 3).then(|| 7.0 + 0.05 * wiggle(i)));
    }
    desk
}

#[test]
fn vertices_of_a_reference_curve_come_and_go_and_only_the_curve_is_late() {
    let config = expecting(&[&["B3.DIC.*"]]);
    let report = reference_curve(&[(252, RUN), (253, "2026-03-05"), (254, "2025-06-30")]).report(RUN, &config);
    assert_eq!(report.findings, []);
    assert_eq!((report.due, report.fresh, report.got), (1, 1, 1));

    let late = reference_curve(&[(252, "2026-03-10"), (253, "2026-03-05")]).report(RUN, &config);
    assert_eq!(late.findings.len(), 1, "{:?}", late.findings);
    assert_eq!(about(&late, "DIC", Rule::Freshness)[0].severity, Severity::Fail);
    assert!(["B3.DIC.252BD", "B3.DIC.253BD"].iter().all(|id| late.blocked.contains(&SeriesId::new(id))));

    // Curves are read by date: the history of an ended one stays readable.
    let ended = reference_curve(&[(252, "2025-06-30"), (253, "2025-06-27")]).report(RUN, &config);
    assert_eq!(about(&ended, "B3.DIC.*", Rule::Ended)[0].severity, Severity::Warn);
    assert!(ended.blocked.is_empty() && ended.findings.len() == 1 && ended.ended == 1);
}

#[test]
fn dates_at_the_ends_of_the_calendar_are_no_reason_to_panic() {
    use chrono::{DateTime, NaiveDate, Utc};
    let config = expecting(&[&["US_VIX", "BR_FOCUS_IPCA_12M_RAW.*"]]);
    let ids = ["US_VIX", "US_DFF", "US_ICSA", "BR_IPCA_MOM", "BR_FOCUS_IPCA_12M_RAW.A"];
    for periods in [vec![NaiveDate::MIN], vec![NaiveDate::MAX], vec![NaiveDate::MIN, day(RUN), NaiveDate::MAX]] {
        for date in [NaiveDate::MIN, day(RUN), NaiveDate::MAX] {
            for published in [day(RUN).and_hms_opt(0, 0, 0).unwrap().and_utc(), DateTime::<Utc>::MAX_UTC] {
                let mut desk = surveys("2016-12-30", None, false);
                for id in ids {
                    periods.iter().for_each(|&period| desk.push(id, period, 1.0, DateTime::UNIX_EPOCH));
                }
                let history = desk.builder.build().unwrap();
                let cut = market::Cut::published(date, published);
                quality::check(&market::AsOf::new(&history, &desk.catalogue, &desk.calendars, cut), &config);
            }
        }
    }
}

#[test]
fn a_waiver_shows_the_finding_but_does_not_block_until_it_expires() {
    let waived = |until: &str| {
        let waiver = Waiver {
            series: "US_V*".to_owned(),
            rule: Some(Rule::Range),
            until: day(until),
            owner: "desk".to_owned(),
            reason: "vendor informed".to_owned(),
        };
        let config = QualityConfig { waivers: vec![waiver], ..QualityConfig::default() };
        vix(|i| Some(if i == 119 { 500.0 } else { usual(i) })).report(RUN, &config)
    };
    let active = waived(RUN);
    assert_eq!(about(&active, "US_VIX", Rule::Range)[0].waived.as_deref(), Some("desk: vendor informed"));
    let unblocked =
        !about(&active, "US_VIX", Rule::Range).is_empty() && about(&active, "US_VIX", Rule::Spike).is_empty();
    assert_eq!(active.blocked.is_empty(), unblocked);
    let expired = waived("2026-03-30");
    assert!(expired.blocked.contains(&SeriesId::new("US_VIX")));
    assert_eq!(about(&expired, "US_V*", Rule::WaiverExpired).len(), 1);
}

#[test]
fn the_configuration_survives_a_round_trip_and_refuses_unknown_keys() {
    let config = QualityConfig::default();
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<QualityConfig>(&text).unwrap(), config);
    assert_eq!(serde_json::from_str::<QualityConfig>("{}").unwrap(), config);
    assert!(serde_json::from_str::<QualityConfig>(r#"{"jump": {}}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is released after the cut changes nothing.
    #[test]
    fn rows_released_after_the_cut_change_nothing(
        values in proptest::collection::vec(-1e6_f64..1e6, 1..30),
        hours in 1_i64..10_000,
    ) {
        let config = QualityConfig::default();
        let base = vix(|i| Some(usual(i))).report(RUN, &config);
        let mut desk = vix(|i| Some(usual(i)));
        let later = market::time::default_cut(day(RUN)) + chrono::TimeDelta::hours(hours);
        for (index, value) in values.into_iter().enumerate() {
            let period = day(RUN) - chrono::Days::new(index as u64);
            desk.push("US_VIX", period, value, later);
            desk.push("US_HY_OAS", period, value, later);
        }
        prop_assert_eq!(desk.report(RUN, &config), base);
    }
}
