//! VaR of fixed books on published data against a computation that shares nothing with ours but the holiday lists:
//! returns from raw settlement prices and PTAX, the quantile by bootstrap. Where the data is present (`MARKET_DATA_DIR`).

#[path = "../../market/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use market::instruments::InstrumentId;
use market::{CalendarId, Calendars, SeriesId, Tenor};
use risk::{Book, BreakerState, Confidence, PartOf, RiskConfig, RiskInputs, RiskMonitor, RiskReport};
use support::{Built, World, date};

fn directory() -> Option<PathBuf> {
    let path = std::env::var_os("MARKET_DATA_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/market-data"), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no market data");
    None
}

/// The published figures by date: DI1 prices and rates by contract month, cupom by contract, PTAX, CDI, the Ibovespa.
struct Raw {
    di: BTreeMap<NaiveDate, Vec<(String, f64, Option<f64>)>>,
    cupom: Vec<(NaiveDate, String, String, f64)>,
    ptax: BTreeMap<NaiveDate, f64>,
    cdi: BTreeMap<NaiveDate, f64>,
    ibov: BTreeMap<NaiveDate, f64>,
    fed_funds: BTreeMap<NaiveDate, f64>,
}

fn read(directory: &Path) -> Raw {
    let text = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    let mut di: BTreeMap<NaiveDate, Vec<(String, f64, Option<f64>)>> = BTreeMap::new();
    let mut cupom = Vec::new();
    for year in [2025, 2026] {
        for line in text(&format!("b3/settlement-{year}.csv")).lines().skip(1) {
            let fields: Vec<&str> = line.split(';').collect();
            let (day, code) = (date(fields[0]), fields[2].to_owned());
            match (fields[1], fields[4].parse(), fields[6].parse()) {
                ("DI1", Ok(price), rate) => di.entry(day).or_default().push((code, price, rate.ok())),
                ("DDI" | "FRC", _, Ok(rate)) => cupom.push((day, fields[1].to_owned(), code, rate)),
                _ => {}
            }
        }
    }
    let sgs = |code: &str| -> BTreeMap<NaiveDate, f64> {
        text(&format!("bcb_sgs/{code}.json"))
            .split('{')
            .skip(1)
            .map(|entry| {
                let fields: Vec<&str> = entry.split('"').collect();
                (NaiveDate::parse_from_str(fields[3], "%d/%m/%Y").unwrap(), fields[7].parse().unwrap())
            })
            .collect()
    };
    let csv = |name: &str| -> BTreeMap<NaiveDate, f64> {
        let rows = text(name);
        let rows = rows.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        rows.filter_map(|fields| Some((fields[0].parse().ok()?, fields[1].parse().ok()?))).collect()
    };
    Raw { di, cupom, ptax: sgs("1"), cdi: sgs("12"), ibov: csv("yahoo/BVSP.csv"), fed_funds: csv("fred/DFF.csv") }
}

/// The figures as the desk sees them.
fn history(raw: &Raw) -> Built {
    let mut world = World::new();
    let define = |world: &mut World, id: &str, commodity: &str, code: &str| {
        let Some(month) = market::curves::ContractCode::parse_month(code) else { return false };
        if world.catalogue.get(&SeriesId::new(id)).is_none() {
            let expiry = world.calendars.on_or_after(CalendarId::B3, month);
            world.define(id, commodity, Tenor::Maturity(expiry));
        }
        true
    };
    for (day, contracts) in &raw.di {
        for (code, _, rate) in contracts {
            let id = format!("B3.DI1{code}.RATE");
            if let Some(rate) = rate
                && define(&mut world, &id, "DI1", code)
            {
                world.put(&id, *day, *rate);
            }
        }
    }
    for (day, commodity, code, rate) in &raw.cupom {
        let id = format!("B3.{commodity}{code}.RATE");
        if define(&mut world, &id, commodity, code) {
            world.put(&id, *day, *rate);
        }
    }
    for (series, id) in [
        (&raw.ptax, "BR_USDBRL_PTAX_SELL"),
        (&raw.cdi, "BR_CDI_DAILY"),
        (&raw.ibov, "MK_IBOV_Y"),
        (&raw.fed_funds, "US_DFF"),
    ] {
        for (day, value) in series.iter().filter(|(day, _)| **day >= date("2023-01-01")) {
            world.put(id, *day, *value);
        }
    }
    world.build()
}

/// Logarithm of the price of a maturity `bd` business days ahead, straight between the two neighbouring contracts'.
fn log_price(calendars: &Calendars, day: NaiveDate, contracts: &[(String, f64, Option<f64>)], bd: f64) -> Option<f64> {
    let mut points: Vec<(f64, f64)> = contracts
        .iter()
        .filter_map(|(code, price, _)| {
            let month = market::curves::ContractCode::parse_month(code)?;
            Some((calendars.business_days_252(day, day, month) as f64, price.ln()))
        })
        .filter(|(days, _)| *days > 0.0)
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let after = points.iter().position(|point| point.0 >= bd)?;
    let before = points.get(after.checked_sub(1)?)?;
    let share = (bd - before.0) / (points[after].0 - before.0);
    Some(before.1 + share * (points[after].1 - before.1))
}

/// Daily returns of an instrument by date, from the raw figures only.
fn raw_returns(raw: &Raw, calendars: &Calendars, id: &str) -> BTreeMap<NaiveDate, f64> {
    let ratios = |series: &BTreeMap<NaiveDate, f64>, funding: bool| -> BTreeMap<NaiveDate, f64> {
        let days: Vec<(&NaiveDate, &f64)> = series.iter().filter(|(day, _)| **day >= date("2024-12-01")).collect();
        let ratio = |pair: &[(&NaiveDate, &f64)]| {
            let cdi = if funding { raw.cdi.get(pair[0].0).copied().unwrap_or(0.0) / 100.0 } else { 0.0 };
            (*pair[1].0, pair[1].1 / pair[0].1 / (1.0 + cdi) - 1.0)
        };
        days.windows(2).map(ratio).collect()
    };
    let years = match id {
        "USDBRL" => return ratios(&raw.ptax, false),
        "IBOV" => return ratios(&raw.ibov, true),
        _ => id.trim_start_matches("DI_").trim_end_matches('Y').parse::<f64>().unwrap(),
    };
    let days: Vec<&NaiveDate> = raw.di.keys().collect();
    let of_pair = |pair: &[&NaiveDate]| {
        let (from, to) = (*pair[0], *pair[1]);
        let passed = calendars.business_days_252(from, from, to) as f64;
        let bought = log_price(calendars, from, &raw.di[&from], 252.0 * years)?;
        let sold = log_price(calendars, to, &raw.di[&to], 252.0 * years - passed)?;
        let cdi = raw.cdi.get(&from)? / 100.0;
        Some((to, (sold - bought).exp() / (1.0 + cdi).powf(passed) - 1.0))
    };
    days.windows(2).filter_map(of_pair).collect()
}

/// Mean over resamples of the loss that `tail` of a resample exceeds: no interpolation, no window of ours.
fn bootstrap_var(sample: &[f64], tail: f64) -> f64 {
    let mut state = 88_172_645_463_325_252_u64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        sample[(state % sample.len() as u64) as usize]
    };
    let rank = ((tail * sample.len() as f64).ceil() as usize).max(1) - 1;
    let resamples = 1_000;
    let total: f64 = (0..resamples)
        .map(|_| {
            let mut again: Vec<f64> = (0..sample.len()).map(|_| draw()).collect();
            again.sort_by(f64::total_cmp);
            -again[rank]
        })
        .sum();
    total / f64::from(resamples)
}

fn assess(market: &Built, day: NaiveDate, weights: &[(&str, f64)]) -> RiskReport {
    let all: BTreeMap<InstrumentId, f64> = weights.iter().map(|(id, w)| (InstrumentId::new(id), *w)).collect();
    let halves = |share: f64| all.iter().map(|(id, w)| (id.clone(), w * share)).collect();
    let by_strategy = BTreeMap::from([("one".to_owned(), halves(1.5)), ("two".to_owned(), halves(-0.5))]);
    let book = Book { weights: all, by_strategy };
    let (held, breaker) = (Book::default(), BreakerState::default());
    let inputs = RiskInputs { target: &book, held: &held, held_since: None, nav: &[], breaker: &breaker };
    RiskMonitor::new(RiskConfig::default()).unwrap().assess(&market.on(day), &inputs).unwrap()
}

const BOOKS: [&[(&str, f64)]; 4] = [
    &[("DI_2Y", 0.25)],
    &[("DI_2Y", 0.25), ("DI_5Y", -0.15), ("USDBRL", 0.10)],
    &[("DI_5Y", 0.20), ("USDBRL", -0.20)],
    &[("DI_1Y", 0.25), ("IBOV", 0.15), ("USDBRL", 0.10)],
];

#[test]
fn var_is_that_of_raw_prices_by_another_method_and_every_split_sums() {
    let Some(directory) = directory() else { return };
    let raw = read(&directory);
    let market = history(&raw);
    let calendars = Calendars::embedded();
    let mut checked = 0;
    for day in ["2025-12-01", "2025-12-30", "2026-01-30", "2026-02-20", "2026-03-31"].map(date) {
        for weights in BOOKS {
            let report = assess(&market, day, weights);
            let columns: Vec<(f64, BTreeMap<NaiveDate, f64>)> =
                weights.iter().map(|(id, weight)| (*weight, raw_returns(&raw, &calendars, id))).collect();
            let window = report.window.clone().unwrap();
            let common = columns[0].1.keys().filter(|at| **at >= window.from && **at <= window.to);
            let book: Vec<f64> = common
                .filter_map(|at| columns.iter().map(|(weight, column)| Some(weight * column.get(at)?)).sum())
                .collect();
            assert!(book.len().abs_diff(window.observations) <= 5, "{} {window:?}", book.len());
            let (ours, other) = (report.var_95().unwrap(), bootstrap_var(&book, 0.05));
            println!("{day} {weights:?}: {:.3} % against {:.3} %", ours * 100.0, other * 100.0);
            assert!((ours / other - 1.0).abs() < 0.20, "{day} {weights:?}: {ours} {other}");
            checked += 1;

            let gaussian: f64 = report.components.iter().map(|c| c.component).sum();
            let total = report.measure(risk::MeasureKind::Var, risk::Method::Gaussian, Confidence::P95).unwrap();
            assert!((gaussian - total).abs() < 1e-10);
            assert_eq!(report.splits.len(), 6);
            for split in &report.splits {
                let total = split.total.unwrap();
                for by in [PartOf::Instrument, PartOf::AssetClass, PartOf::FactorGroup, PartOf::Strategy] {
                    let parts = split.parts.iter().filter(|part| part.by == by).map(|part| part.component);
                    assert!((parts.sum::<f64>() - total).abs() < 1e-10, "{day} {by:?} {split:?}");
                }
                let reported = report.measure(split.kind, split.method, split.confidence_pct).unwrap();
                assert!((total - reported).abs() < 1e-12, "{day} {split:?}");
            }
            assert!(report.measures.iter().all(|m| m.value.is_some() != m.reason.is_some()));
            let find = |kind, method, level, days| report.measure_over(kind, method, level, days);
            for method in risk::Method::ALL {
                for (level, days) in Confidence::ALL.into_iter().flat_map(|level| [(level, 1), (level, 10)]) {
                    let pair = find(risk::MeasureKind::Var, method, level, days).zip(find(
                        risk::MeasureKind::Es,
                        method,
                        level,
                        days,
                    ));
                    assert!(pair.is_none_or(|(var, es)| es >= var), "{day} {method:?} {level} {days}: {pair:?}");
                }
            }
        }
    }
    assert_eq!(checked, 20);
}
