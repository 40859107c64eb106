//! The inflation and monetary agents on real published data, four times a year from 2010 to 2026. Needs `MARKET_DATA_DIR`;
//! says so when it is absent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use agents::{Agent, AgentOutcome, AgentRegistry, AgentsConfig};
use chrono::{Months, NaiveDate, TimeZone, Utc};
use market::time::default_cut;
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation};
use pipeline_core::ports::Source;
use sources::FileSource;

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("reading files never waits"),
    }
}

fn load() -> Option<(Catalogue, History)> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no market data");
        return None;
    }
    let now = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap();
    let (mut catalogue, mut history) = (Catalogue::embedded(), History::builder());
    let mut source = FileSource::new(folder);
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
    Some((catalogue, history.build().unwrap()))
}

/// Largest value believed, by model.
fn bound(id: &str) -> f64 {
    match id {
        "inflation.persistence" => 100.0,
        "inflation.surprise" => 8.0,
        "monetary.term_premium" | "monetary.fed_stance" => 6.0,
        _ if id.starts_with("inflation.") => 10.0,
        _ => 15.0,
    }
}

#[test]
fn four_times_a_year_since_2010_every_value_is_plausible_and_every_silence_has_a_reason() {
    let Some((catalogue, history)) = load() else { return };
    let (calendars, config) = (Calendars::embedded(), AgentsConfig::default());
    let mut values: BTreeMap<String, Vec<(NaiveDate, f64, f64)>> = BTreeMap::new();
    let mut silences: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut neutral: Vec<(NaiveDate, &str, f64, f64)> = Vec::new();
    let first: NaiveDate = "2010-03-26".parse().unwrap();
    let dates: Vec<NaiveDate> =
        (0..64).map(|k| first + Months::new(3 * k)).chain(["2026-03-31".parse().unwrap()]).collect();
    let started = Instant::now();
    for &date in &dates {
        let view = AsOf::new(&history, &catalogue, &calendars, Cut::published(date, default_cut(date)));
        let agents: Vec<Box<dyn Agent>> =
            vec![Box::new(agents::inflation::agent(&config)), Box::new(agents::monetary::agent(&config))];
        let outcomes: Vec<AgentOutcome> = AgentRegistry::new(agents).assess_all(&view);
        for report in outcomes.iter().map(|outcome| outcome.result.as_ref().unwrap()) {
            for signal in &report.signals {
                assert!(signal.value.abs() <= bound(&signal.id), "{date} {}: {}", signal.id, signal.value);
                values.entry(signal.id.clone()).or_default().push((date, signal.value, signal.confidence));
            }
            for abstention in &report.abstained {
                assert!(!abstention.reason.is_empty());
                let entry = silences.entry(abstention.model.clone()).or_default();
                *entry = (entry.0 + 1, format!("{date}: {}", abstention.reason));
            }
            for country in ["br", "us"] {
                let of = |name: &str| report.feature(&format!("{country}.{name}"));
                if let (Some(rate), Some(error)) = (of("neutral_real_rate"), of("neutral_real_rate_se")) {
                    assert!((-0.02..=0.10).contains(&rate), "{date} {country}: r* {rate}");
                    neutral.push((date, country, 100.0 * rate, 100.0 * error));
                }
            }
        }
    }
    let total = started.elapsed().as_secs_f64();
    let last = *dates.last().unwrap();
    let view = AsOf::new(&history, &catalogue, &calendars, Cut::published(last, default_cut(last)));
    for panel in [agents::inflation::agent(&config), agents::monetary::agent(&config)] {
        for model in panel.models() {
            let started = Instant::now();
            let spoke = model.evaluate(&view.scope()).is_ok();
            println!("{:32} {spoke:5} {:6.2} ms", model.id(), started.elapsed().as_secs_f64() * 1e3);
        }
    }
    println!("{:.1} ms a date", total * 1e3 / dates.len() as f64);
    for (id, values) in &values {
        let mut sorted: Vec<f64> = values.iter().map(|(_, value, _)| *value).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        let (first, last) = (values[0].0, values[values.len() - 1].0);
        let confidence = values.iter().map(|value| value.2).sum::<f64>() / values.len() as f64;
        let quantiles = format!("{:7.2} {:7.2} {:7.2}", at(0.0), at(0.5), at(1.0));
        println!("{id:36} {:3} {first} {last} {quantiles} confidence {confidence:.2}", values.len());
        // A model that always says the same with certainty is stuck.
        let certain = values.iter().filter(|value| value.2 >= 1.0).count();
        assert!(certain * 10 <= values.len() * 9, "{id} is always certain");
    }
    for (model, (count, example)) in &silences {
        println!("{model:36} silent {count:3}, last {example}");
    }
    for (date, country, rate, error) in neutral.iter().filter(|row| row.0.to_string().contains("-03-")) {
        println!("r* {country} {date}: {rate:5.2} +- {error:.2}");
    }
    for model in [
        "inflation.bottom_up_components",
        "inflation.surprise",
        "inflation.persistence",
        "monetary.selic_path",
        "monetary.rstar_br",
        "monetary.rstar_us",
        "monetary.rstar_us_level",
        "monetary.term_premium",
        "monetary.fed_path",
        "monetary.fed_stance",
    ] {
        assert!(values.contains_key(model), "{model} never spoke");
    }
}
