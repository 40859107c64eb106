//! The rules against the simulated market, whose faults are known.

mod common;

use std::time::Instant;

use common::{Desk, about, day};
use market::SeriesId;
use quality::{QualityConfig, Rule, Severity};
use simulated_market::{FaultPlan, Faults, SimulatedMarket, SimulationConfig};

fn world(faults: Faults) -> SimulatedMarket {
    let config = SimulationConfig::new(7, day("2022-01-03"), day("2024-06-28")).with_faults(faults);
    SimulatedMarket::new(config).unwrap()
}

fn list(entries: &[(&str, &str)]) -> FaultPlan {
    FaultPlan::List(entries.iter().map(|(id, date)| (SeriesId::new(id), day(date))).collect())
}

#[test]
fn a_clean_world_blocks_nothing_and_is_up_to_date() {
    let report = Desk::of(&world(Faults::default())).report("2024-06-28", &QualityConfig::default());
    let failures: Vec<_> = report.findings.iter().filter(|finding| finding.severity == Severity::Fail).collect();
    assert_eq!(failures, Vec::<&quality::Finding>::new());
    assert!(report.blocked.is_empty());
    assert!(report.due > 150, "{}", report.due);
    let noise: Vec<_> = report.findings.iter().map(|f| (f.series.as_str(), f.rule, &f.message)).collect();
    assert!(noise.len() <= 4, "{noise:#?}");
}

#[test]
fn injected_faults_are_found_where_they_are() {
    let faults = Faults {
        gaps: list(&[("BR_USDBRL_PTAX_SELL", "2024-06-12"), ("BR_IPCA_MOM", "2024-02-01")]),
        spikes: list(&[
            ("B3.IBOV.CLOSE", "2024-06-13"),
            ("B3.DI1F27.RATE", "2024-06-28"),
            ("US_PAR_10Y", "2024-06-20"),
        ]),
        stale_prints: list(&[("US_VIX", "2024-06-10")]),
        late_releases: list(&[("BR_UNEMP", "2024-04-01")]),
        late_days: 60,
        ..Faults::default()
    };
    let report = Desk::of(&world(faults)).report("2024-06-28", &QualityConfig::default());
    let periods = |id: &str, rule| about(&report, id, rule).iter().filter_map(|f| f.period).collect::<Vec<_>>();
    assert_eq!(periods("BR_USDBRL_PTAX_SELL", Rule::Completeness), [day("2024-06-12")]);
    assert_eq!(periods("BR_IPCA_MOM", Rule::Completeness), [day("2024-02-01")]);
    assert_eq!(periods("B3.IBOV.CLOSE", Rule::Spike), [day("2024-06-13")]);
    assert_eq!(periods("B3.DI1F27.RATE", Rule::CurveBounds), [day("2024-06-28")]);
    assert_eq!(periods("US_PAR_10Y", Rule::Range), [day("2024-06-20")]);
    assert_eq!(about(&report, "US_VIX", Rule::Repeats).len(), 1);
    assert_eq!(periods("BR_UNEMP", Rule::Freshness), [day("2024-04-01")]);
    let blocked: Vec<&str> = report.blocked.iter().map(SeriesId::as_str).collect();
    assert_eq!(blocked, ["B3.DI1F27.RATE", "B3.IBOV.CLOSE", "US_PAR_10Y"]);
}

#[test]
fn on_a_historic_date_series_that_start_later_are_not_due() {
    let desk = Desk::of(&world(Faults::default()));
    let report = desk.report("2022-01-05", &QualityConfig::default());
    assert!(report.due < 120 && report.blocked.is_empty(), "{report:?}");
}

#[test]
fn the_demo_is_checked_quickly() {
    let demo = SimulatedMarket::new(SimulationConfig::demo(7)).unwrap();
    let desk = Desk::of(&demo);
    let started = Instant::now();
    let report = desk.report("2026-03-31", &QualityConfig::default());
    println!("{} due, {} late, {} ended in {:?}", report.due, report.late, report.ended, started.elapsed());
    for finding in &report.findings {
        println!("{:?} {} {:?}: {}", finding.severity, finding.series, finding.rule, finding.message);
    }
    assert!(report.blocked.is_empty());
}
