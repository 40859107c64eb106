use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::testing::noise;

/// A published case from the repository's collection.
fn golden(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/golden/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn dates(count: usize) -> Vec<NaiveDate> {
    let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    (0..count).map(|day| start + TimeDelta::days(day as i64)).collect()
}

fn near(got: f64, expected: &Value) -> bool {
    let expected = expected.as_f64().unwrap();
    (got - expected).abs() <= 1e-10 + 1e-9 * expected.abs()
}

#[test]
fn published_exceptions_have_the_published_statistics() {
    for name in ["backtest_hull_15", "backtest_jorion_jpm", "backtest_no_hits"] {
        let case = golden(name);
        let hits: Vec<bool> =
            case["inputs"]["hits"].as_array().unwrap().iter().map(|hit| hit.as_u64() == Some(1)).collect();
        let found = verdict(&hits, case["inputs"]["p"].as_f64().unwrap(), 0.05).unwrap();
        let expected = &case["expected"];
        assert_eq!(found.exceptions as u64, expected["exceptions"].as_u64().unwrap());
        for (got, key) in [
            (found.kupiec.statistic, "lr_uc"),
            (found.kupiec.p_value, "p_uc"),
            (found.independence.statistic, "lr_ind"),
            (found.independence.p_value, "p_ind"),
            (found.conditional.statistic, "lr_cc"),
            (found.conditional.p_value, "p_cc"),
        ] {
            assert!(near(got, &expected[key]), "{name} {key}: {got} {}", expected[key]);
        }
    }
}

#[test]
fn the_regions_of_kupiec_are_the_published_ones() {
    let case = golden("kupiec_regions");
    let cells = case["inputs"]["grid"].as_array().unwrap().iter();
    for (cell, region) in cells.zip(case["expected"]["accept_min_max"].as_array().unwrap()) {
        let (days, p) = (cell[0].as_u64().unwrap() as usize, cell[1].as_f64().unwrap());
        let found = verdict(&vec![false; days], p, 0.05).unwrap();
        let expected = (region[0].as_u64().unwrap() as usize, region[1].as_u64().unwrap() as usize);
        assert_eq!(found.accepted, expected, "{cell}");
        // The region is that of the test itself, as far as the first rejected count.
        for (count, rejected) in [(expected.1, false), (expected.1 + 1, true)] {
            let hits: Vec<bool> = (0..days).map(|day| day < count).collect();
            assert_eq!(verdict(&hits, p, 0.05).unwrap().kupiec.rejected, rejected, "{cell} {count}");
        }
    }
}

#[test]
fn the_traffic_light_is_basels() {
    let case = golden("basel_traffic_250");
    let counts = case["inputs"]["exceptions"].as_array().unwrap();
    for (at, count) in counts.iter().enumerate() {
        let count = count.as_u64().unwrap() as usize;
        // Older exceptions do not count.
        let hits: Vec<bool> = (0..300).map(|day| day < 20 || day >= 300 - count).collect();
        let light = verdict(&hits, 0.01, 0.05).unwrap().traffic_light;
        assert_eq!((light.observations, light.exceptions), (250, count));
        assert!(near(light.cumulative, &case["expected"]["cumulative"][at]), "{count}");
        let zone = format!("{:?}", light.light).to_lowercase();
        assert_eq!(Some(zone.as_str()), case["expected"]["zone"][at].as_str());
    }
    assert!(verdict(&[], 0.01, 0.05).is_err());
}

#[test]
fn the_critical_value_of_z2_is_the_published_one() {
    let case = golden("acerbi_z2_critical_normal");
    let found = critical_z2(250, 0.025, 1).unwrap();
    let expected = case["expected"]["z2_critical_5pct"].as_f64().unwrap();
    // Tolerance of the case plus the error of 5,000 paths.
    assert!((found - expected).abs() < 0.04, "{found} {expected}");
    assert!(critical_z2(250, 0.0, 1).is_err());
}

#[test]
fn no_exception_gives_a_z2_of_one_and_deep_ones_reject() {
    let day = |result: f64| ForecastDay { date: dates(1)[0], result, var: 0.02, es: 0.03 };
    let quiet = shortfall_verdict(&[day(0.01), day(0.02), day(-0.001)], 0.025, -0.7).unwrap();
    assert_eq!((quiet.z2, quiet.rejected), (1.0, false));
    let mut days = vec![day(0.001); 250];
    for at in 0..15 {
        days[at * 16].result = -0.06;
    }
    let deep = shortfall_verdict(&days, 0.025, -0.7).unwrap();
    assert!((deep.z2 - (1.0 - 15.0 * 2.0 / 6.25)).abs() < 1e-12 && deep.rejected, "{deep:?}");
}

#[test]
fn the_static_book_is_forecast_from_the_past_only() {
    let returns = noise(3, 504);
    let config = RiskConfig::default();
    let tests = static_book(&dates(504), &returns, &config);
    assert_eq!(tests.len(), 6);
    let p95 = &tests[0];
    assert_eq!(p95.coverage.unwrap().observations, 504 - 120);
    // The same by a loop: sort the past of each day, count.
    let mut exceptions = 0;
    for at in 120..504 {
        let mut past = returns[..at].to_vec();
        past.sort_by(f64::total_cmp);
        let rank = 0.05 * (at as f64 - 1.0);
        let low = rank.floor() as usize;
        let quantile = past[low] + (rank - low as f64) * (past[low + 1] - past[low]);
        exceptions += usize::from(returns[at] < quantile);
    }
    assert_eq!(p95.coverage.unwrap().exceptions, exceptions);
    assert!(!p95.coverage.unwrap().kupiec.rejected, "independent returns are covered: {p95:?}");
    // Another future changes no forecast of before.
    let mut other = returns.clone();
    other[400..].iter_mut().for_each(|r| *r *= 5.0);
    let days = |returns: &[f64]| rolling(Method::Historical, Confidence::P95, &dates(504), returns, &config).unwrap();
    for (a, b) in days(&returns).iter().zip(days(&other)).take(280) {
        assert_eq!((a.var, a.es), (b.var, b.es));
    }
}

#[test]
fn a_market_that_turns_wild_rejects_the_historical_measure_and_the_light_says_so() {
    let mut returns = noise(5, 504);
    returns[404..].iter_mut().for_each(|r| *r *= 3.0);
    let tests = static_book(&dates(504), &returns, &RiskConfig::default());
    let find =
        |method: Method| tests.iter().find(|t| t.method == method && t.confidence_pct == Confidence::P95).unwrap();
    let historical = find(Method::Historical).coverage.unwrap();
    assert!(historical.kupiec.rejected && historical.traffic_light.light != Light::Green, "{historical:?}");
    let filtered = find(Method::FilteredHistorical).coverage.unwrap();
    assert!(filtered.exceptions < historical.exceptions, "the filter follows: {filtered:?}");
    assert!(find(Method::Historical).shortfall.unwrap().rejected);
}

#[test]
fn too_few_days_and_a_book_without_risk_say_so() {
    let tests = static_book(&dates(150), &noise(1, 150), &RiskConfig::default());
    assert_eq!(tests[0].reason.as_deref(), Some("30 days to test, 100 are needed"));
    assert!(tests[0].coverage.is_none() && tests[0].period.is_some());
    assert_eq!(tests[2].reason.as_deref(), Some("no day to test, 100 are needed"));
    let still = static_book(&dates(300), &[0.0; 300], &RiskConfig::default());
    assert!(still[0].coverage.is_some() && still[0].shortfall.is_none());
    assert!(still[0].reason.as_ref().unwrap().contains("es"), "{:?}", still[0].reason);
    assert!(still[3].reason.as_ref().unwrap().contains("zero variance"));
}

#[test]
fn released_measures_meet_the_next_nav_and_gaps_are_left_out() {
    let level = |var: f64| vec![ReleasedLevel { confidence_pct: Confidence::P95, var, es: 1.2 * var }];
    let mut nav = 100.0;
    let mut history = Vec::new();
    for (at, date) in dates(202).into_iter().enumerate() {
        nav *= if at % 20 == 7 { 0.98 } else { 1.001 };
        let sessions = if at == 7 { 3 } else { 1 };
        let levels = if at == 50 { level(0.0) } else { level(0.01) };
        history.push(ReleasedRisk { date, sessions, nav, levels, marks: NavMarks::Whole });
    }
    let tests = released(&history, &RiskConfig::default());
    let coverage = tests[0].coverage.unwrap();
    // 201 pairs, less the gap that ends on day 7 and the day after the flat book of day 50.
    assert_eq!((coverage.observations, coverage.exceptions), (199, 9));
    assert_eq!(
        tests[0].left_out,
        ["1 day left out: more than one session lies between the runs", "1 day left out: nothing was at risk"]
    );
    assert!(tests[1].reason.as_deref() == Some("no day to test, 100 are needed"));
    assert_eq!(tests[1].left_out[1], "200 days left out: the VaR of the run before was not computed");
    let text = serde_json::to_string(&tests).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Backtest>>(&text).unwrap(), tests);
}

#[test]
fn a_nav_that_was_not_marked_in_whole_is_no_day_without_a_loss() {
    let levels = vec![ReleasedLevel { confidence_pct: Confidence::P95, var: 0.01, es: 0.012 }];
    // Every 30th day a position has no price: its loss of 3 % comes into the NAV on the day after.
    let nav = |at: usize| 100.0 * 0.97_f64.powi((at / 30) as i32);
    let marks = |at: usize| if at % 30 == 29 { NavMarks::Partial } else { NavMarks::Whole };
    let of = |marks: &dyn Fn(usize) -> NavMarks| {
        let day =
            |(at, date)| ReleasedRisk { date, sessions: 1, nav: nav(at), levels: levels.clone(), marks: marks(at) };
        released(&dates(300).into_iter().enumerate().map(day).collect::<Vec<_>>(), &RiskConfig::default()).remove(0)
    };
    let found = of(&marks);
    let coverage = found.coverage.unwrap();
    // Ten such days, the last without a day after it.
    assert_eq!((coverage.observations, coverage.exceptions), (299 - 19, 0));
    assert_eq!(found.left_out, ["19 days left out: the NAV of one of the two runs was not marked in whole"]);
    assert_eq!(of(&|_| NavMarks::Whole).coverage.unwrap().exceptions, 9, "else nine losses of two days are one day's");
}

#[test]
fn a_release_of_before_marks_were_kept_reads_as_whole_and_is_written_as_it_was() {
    let old = r#"{"date":"2026-03-31","sessions":1,"nav":100.0,"levels":[]}"#;
    let read: ReleasedRisk = serde_json::from_str(old).unwrap();
    assert_eq!((read.marks, serde_json::to_string(&read).unwrap().as_str()), (NavMarks::Whole, old));
    let partial = ReleasedRisk { marks: NavMarks::Partial, ..read };
    let text = serde_json::to_string(&partial).unwrap();
    assert_eq!(serde_json::from_str::<ReleasedRisk>(&text).unwrap(), partial, "{text}");
}

proptest! {
    #[test]
    fn a_verdict_never_panics_and_its_region_holds_its_own_test(
        hits in prop::collection::vec(any::<bool>(), 1..200),
        p in 0.001..0.2_f64,
    ) {
        let found = verdict(&hits, p, 0.05).unwrap();
        let inside = (found.accepted.0..=found.accepted.1).contains(&found.exceptions);
        prop_assert_eq!(inside, !found.kupiec.rejected);
    }
}
