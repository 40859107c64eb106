//! The agents on real published data at a handful of dates. Needs `MARKET_DATA_DIR`; says so when it is absent.

use std::path::PathBuf;

use agents::{AgentRegistry, AgentReport, AgentsConfig, RegimeLabel, unsupported_numbers};
use chrono::{NaiveDate, TimeZone, Utc};
use market::time::default_cut;
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation};
use pipeline_core::ports::Source;
use sources::FileSource;

struct Loaded {
    catalogue: Catalogue,
    calendars: Calendars,
    history: History,
}

fn market_data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no market data");
    None
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("reading files never waits"),
    }
}

fn load(folder: PathBuf) -> Loaded {
    let now = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap();
    let mut catalogue = Catalogue::embedded();
    let mut source = FileSource::new(folder);
    let mut history = History::builder();
    while let Some(batch) = ready(source.next_batch(&catalogue, now)).unwrap() {
        batch.definitions.iter().for_each(|definition| catalogue.insert(definition.clone()));
        for one in batch.observations {
            history.push(Observation {
                series: one.series,
                period: one.period,
                value: one.value,
                released_at: one.released_at,
                basis: one.basis,
                recorded_at: now,
            });
        }
    }
    Loaded { catalogue, calendars: Calendars::embedded(), history: history.build().unwrap() }
}

fn reports(loaded: &Loaded, date: &str) -> Vec<AgentReport> {
    let date: NaiveDate = date.parse().unwrap();
    let cut = Cut::published(date, default_cut(date));
    let view = AsOf::new(&loaded.history, &loaded.catalogue, &loaded.calendars, cut);
    let outcomes = AgentRegistry::standard(&AgentsConfig::default()).assess_all(&view);
    let reports: Vec<AgentReport> = outcomes.into_iter().map(|outcome| outcome.result.unwrap()).collect();
    for report in &reports {
        println!("{date} {}", report.narrative);
        report.abstained.iter().for_each(|a| println!("    {} abstains: {}", a.model, a.reason));
        report.flags.iter().for_each(|flag| println!("    {:?}: {flag}", flag.kind));
        for read in report.reads.values() {
            assert!(read.latest_released_at.is_none_or(|released| released <= cut.published));
        }
    }
    reports
}

fn value(reports: &[AgentReport], id: &str) -> Option<f64> {
    reports.iter().find_map(|report| report.signal(id)).map(|signal| signal.value)
}

#[test]
fn what_the_agents_say_on_a_handful_of_real_dates_is_plausible() {
    let Some(folder) = market_data() else { return };
    let loaded = load(folder);
    let all = ["2026-03-31", "2020-03-18", "2013-06-20", "2015-09-25", "2010-01-08", "2022-03-04"]
        .map(|date| reports(&loaded, date));

    for reports in &all {
        for signal in reports.iter().flat_map(|report| &report.signals) {
            let bound = match (signal.id.split('.').next(), signal.unit.as_str()) {
                // Indices from 0 to 100.
                (_, unit) if unit.starts_with("index") => 100.0,
                (Some("monetary"), _) => 15.0,
                (Some("fiscal"), _) => 25.0,
                (Some("inflation"), _) if signal.id == "inflation.persistence" => 100.0,
                (Some("inflation"), _) => 10.0,
                _ => 6.0,
            };
            assert!(signal.value.abs() <= bound, "{} is {}", signal.id, signal.value);
        }
        for report in reports {
            assert_eq!(unsupported_numbers(&report.narrative, report), Vec::<String>::new(), "{}", report.narrative);
            if let Some(change) = report.feature("br.debt_change_5y") {
                assert!(change.abs() <= 0.25, "debt changes by {change}");
            }
            let defects =
                report.abstained.iter().filter(|a| a.reason.contains("panicked") || a.reason.contains("defect"));
            assert_eq!(defects.count(), 0, "{:?}", report.abstained);
        }
    }
    let [today, crash, taper, downgrade, _, _] = &all;
    // The survey's history has holes in the ten years before 2026, not in those before 2013.
    assert!(value(today, "inflation.phillips_backward").is_some());
    assert!(value(taper, "inflation.phillips").is_some());
    assert!(value(today, "monetary.taylor_br").is_some() && value(today, "monetary.implied_path").is_some());
    assert!(value(today, "fx.carry_to_risk").is_some_and(|ratio| ratio > 0.3));
    assert_eq!(value(crash, "fx.carry_to_risk"), None, "no cupom curve is known for 2020");
    let regime = |reports: &[AgentReport]| reports[4].regime.unwrap();
    assert!(regime(crash).label == RegimeLabel::RiskOff && regime(crash).score < -0.9);
    assert_eq!(regime(taper).label, RegimeLabel::Neutral);
    assert!(regime(downgrade).score < -0.2);
    // Models that need nothing but prices speak at once.
    for reports in [today, crash, taper, downgrade] {
        for id in ["cross_asset.regime_model", "cross_asset.sentiment"] {
            assert!(value(reports, id).is_some(), "{id}");
        }
    }
    assert!(value(crash, "cross_asset.regime_model").is_some_and(|p| p > 0.9));
    assert!(value(crash, "cross_asset.sentiment").is_some_and(|index| index < 10.0));
}
