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
    assert_eq!(coverage.ended, [SeriesId::new("MK_SPX_Y")]);
    assert_eq!(about(&report, "MK_SPX_Y", Rule::Ended).len(), 1);
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
