//! Curves, prices and returns on published data, where it is present (`MARKET_DATA_DIR`).

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use market::curves::{CupomSource, DiSource, cupom_curve_history, di_curve, di_curve_history};
use market::instruments::{di_settlement_pu, excess_returns_all, find, universe};
use market::{Calendars, SeriesId, Tenor};
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

struct Settlement {
    date: NaiveDate,
    commodity: String,
    code: String,
    price: Option<f64>,
    rate: Option<f64>,
}

fn settlements(directory: &std::path::Path) -> Vec<Settlement> {
    let mut rows = Vec::new();
    for year in [2021, 2022, 2025, 2026] {
        let text = std::fs::read_to_string(directory.join(format!("b3/settlement-{year}.csv"))).unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(';').collect();
            rows.push(Settlement {
                date: date(fields[0]),
                commodity: fields[1].to_owned(),
                code: fields[2].to_owned(),
                price: fields[4].parse().ok(),
                rate: fields[6].parse().ok(),
            });
        }
    }
    rows
}

#[test]
fn every_published_di_price_follows_from_its_rate_to_the_cent() {
    let Some(directory) = directory() else { return };
    let calendars = Calendars::embedded();
    let (mut checked, mut expiring, mut wrong) = (0, 0, Vec::new());
    for row in settlements(&directory).iter().filter(|row| row.commodity == "DI1") {
        let (Some(price), Some(rate)) = (row.price, row.rate) else { continue };
        let month = market::curves::ContractCode::parse_month(&row.code).unwrap();
        let first_business_day = calendars.on_or_after(market::CalendarId::BrNational, month);
        let bd = calendars.business_days_252(row.date, row.date, first_business_day);
        assert!(bd >= 0, "{} DI1{} is dead", row.date, row.code);
        let expected = di_settlement_pu(rate / 100.0, bd as u32);
        match bd {
            0 => expiring += 1,
            _ => checked += 1,
        }
        if (expected - price).abs() > 0.004_999 {
            wrong.push(format!("{} DI1{} {rate} % {bd} bd: {price}, computed {expected}", row.date, row.code));
        }
    }
    println!("{checked} prices checked, and {expiring} of contracts on the day they expire");
    assert_eq!((checked, expiring), (8454, 9));
    assert!(wrong.is_empty(), "{} of {checked}: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
}

/// The B3 files, PTAX, CDI, the par curve, fed funds and the indices as a history.
fn published(directory: &std::path::Path) -> Built {
    let mut world = World::new();
    for row in settlements(directory) {
        let Some(month) = market::curves::ContractCode::parse_month(&row.code) else { continue };
        let name = format!("B3.{}{}", row.commodity, row.code);
        if let (Some(rate), "DI1" | "DDI" | "FRC") = (row.rate, row.commodity.as_str()) {
            let id = format!("{name}.RATE");
            if world.catalogue.get(&SeriesId::new(&id)).is_none() {
                let expiry = world.calendars.on_or_after(market::CalendarId::B3, month);
                world.define(&id, &row.commodity, Tenor::Maturity(expiry));
            }
            world.put(&id, row.date, rate);
        }
        if let (Some(price), "DI1") = (row.price, row.commodity.as_str()) {
            let id = format!("{name}.SETTLEMENT");
            if world.catalogue.get(&SeriesId::new(&id)).is_none() {
                world.define_plain(&id);
            }
            world.put(&id, row.date, price);
        }
    }
    for (code, id) in [("1", "BR_USDBRL_PTAX_SELL"), ("12", "BR_CDI_DAILY")] {
        let text = std::fs::read_to_string(directory.join(format!("bcb_sgs/{code}.json"))).unwrap();
        for entry in text.split('{').skip(1) {
            let fields: Vec<&str> = entry.split('"').collect();
            let day = NaiveDate::parse_from_str(fields[3], "%d/%m/%Y").unwrap();
            world.put(id, day, fields[7].parse().unwrap());
        }
    }
    let columns = BTreeMap::from([
        ("1 Mo", 1),
        ("3 Mo", 3),
        ("6 Mo", 6),
        ("1 Yr", 12),
        ("2 Yr", 24),
        ("3 Yr", 36),
        ("5 Yr", 60),
        ("7 Yr", 84),
        ("10 Yr", 120),
        ("20 Yr", 240),
        ("30 Yr", 360),
    ]);
    for year in 2015..=2026 {
        let path = directory.join(format!("us_treasury/daily-treasury-rates-{year}.csv"));
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let header: Vec<String> =
            lines.next().unwrap().split(',').map(|name| name.trim_matches('"').to_owned()).collect();
        for line in lines {
            let fields: Vec<&str> = line.split(',').map(|field| field.trim_matches('"')).collect();
            let Ok(day) = NaiveDate::parse_from_str(fields[0], "%m/%d/%Y") else { continue };
            let yields: Vec<(u32, f64)> = header
                .iter()
                .zip(&fields)
                .filter_map(|(name, field)| Some((*columns.get(name.as_str())?, field.parse().ok()?)))
                .collect();
            world.ust(day, &yields);
        }
    }
    for (file, id) in [
        ("fred/DFF", "US_DFF"),
        ("yahoo/BVSP", "MK_IBOV_Y"),
        ("yahoo/GSPC", "MK_SPX_Y"),
        ("eia/RWTC", "EIA:RWTC"),
        ("eia/RBRTE", "EIA:RBRTE"),
    ] {
        let text = std::fs::read_to_string(directory.join(format!("{file}.csv"))).unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            if let (Ok(day), Ok(value)) = (fields[0].parse(), fields[1].parse()) {
                world.put(id, day, value);
            }
        }
    }
    let text = std::fs::read_to_string(directory.join("embi/embi.csv")).unwrap();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(';').collect();
        if let (Ok(day), Ok(value)) = (fields[0].parse(), fields[3].parse()) {
            world.put("EMBI.Brasil", day, value);
        }
    }
    world.build()
}

#[test]
fn published_data_make_curves_returns_and_risk_that_a_trader_would_recognise() {
    let Some(directory) = directory() else { return };
    let market = published(&directory);
    let view = market.on(date("2026-03-31"));

    let curve = di_curve(&view, date("2026-03-30")).unwrap();
    assert_eq!(curve.source(), DiSource::Di1Rate);
    assert_eq!(curve.vertices().len(), 48);
    let old = di_curve(&view, date("2021-01-04")).unwrap();
    assert_eq!(old.source(), DiSource::Di1Price);
    println!("2021-01-04 1y {:.3} %, 5y {:.3} %", old.rate(252.0).unwrap() * 100.0, old.rate(1260.0).unwrap() * 100.0);

    let history = di_curve_history(&view, date("2021-01-01"));
    let bad: Vec<_> =
        history.iter().filter_map(|(date, curve)| curve.as_ref().err().map(|error| (date, error))).collect();
    println!("{} DI curves, bad: {bad:?}", history.len());
    assert!(bad.is_empty());

    let cupom = cupom_curve_history(&view, date("2025-06-01"));
    let usable =
        cupom.values().filter(|curve| curve.as_ref().is_ok_and(|curve| curve.source() == CupomSource::Frc)).count();
    println!(
        "{} cupom curves, {usable} from FRC, last at 90 days: {:?}",
        cupom.len(),
        cupom.values().last().map(|curve| curve.as_ref().map(|curve| curve.rate(90.0)))
    );

    let from = date("2025-06-11");
    let start = std::time::Instant::now();
    let all = excess_returns_all(&view, universe(), from);
    println!("13 instruments since {from}: {:?}", start.elapsed());
    for (id, series) in &all {
        let series = series.as_ref().unwrap();
        let n = series.len() as f64;
        let mean = series.returns.iter().sum::<f64>() / n;
        let sd = (series.returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        println!(
            "{id:>8}: {n:>4} returns, {:>6.2} % a year, volatility {:>5.2} %, {:?}",
            mean * 25_200.0,
            sd * 25_200_f64.sqrt() * 10.0,
            series.notes
        );
        assert!(series.len() > 120, "{id}");
        assert!(series.returns.iter().all(|value| value.is_finite() && value.abs() < 0.08), "{id}");
    }
    for instrument in universe() {
        let quote = instrument.quote(&view).unwrap();
        let sensitivity = instrument.sensitivity(&view).unwrap();
        let carry = instrument.carry_and_roll(&view, 21).unwrap();
        println!(
            "{:>8} {} {:>10.3} {:?} dv01 {:.3} bp, fx {:.2}, 21bd carry {:.1} bp roll {:.1} bp",
            instrument.id,
            quote.date,
            quote.price,
            quote.rate,
            sensitivity.dv01 * 1e4,
            sensitivity.fx_delta,
            carry.carry * 1e4,
            carry.roll * 1e4
        );
    }
    let shock = market::instruments::Shock { brl_rates_bp: vec![(1.0, 100.0)], ..Default::default() };
    let loss = find(&"DI_10Y".into()).unwrap().reprice(&view, &shock).unwrap();
    assert!((-0.09..-0.07).contains(&loss), "{loss}");
}

#[test]
fn the_classes_beyond_the_desks_list_price_from_published_data() {
    let Some(directory) = directory() else { return };
    let market = published(&directory);
    let view = market.on(date("2026-03-31"));
    let instrument = |id: &str| find(&id.into()).unwrap();

    // The day WTI settled below zero: the loss is more than the exposure, and nothing is computed from it.
    let wti = instrument("WTI").excess_returns(&view, date("2020-01-02")).unwrap();
    let crash = wti.at(date("2020-04-20")).unwrap();
    assert!((crash - (-36.98 / 18.31 - 1.0)).abs() < 0.01, "{crash}");
    assert_eq!(wti.at(date("2020-04-21")), None);
    assert!(wti.notes.iter().any(|note| note.starts_with("spot price over dollar funding")), "{:?}", wti.notes);

    let sovereign = instrument("BR_SOV_5Y");
    let credit = sovereign.excess_returns(&view, date("2025-01-02")).unwrap();
    assert!(credit.len() > 250 && credit.returns.iter().all(|value| value.abs() < 0.05), "{}", credit.len());
    let cs01 = sovereign.sensitivity(&view).unwrap().cs01;
    assert!((4.0e-4..4.7e-4).contains(&cs01), "{cs01}");

    // Every contract with a settlement on the last day: quoted to the cent as published, and its returns explained.
    let mut quoted = 0;
    for row in settlements(&directory).iter().filter(|row| row.commodity == "DI1" && row.date == date("2026-03-31")) {
        let contract = instrument(&format!("DI1{}", row.code));
        let quote = contract.quote(&view).unwrap();
        assert_eq!((quote.price, quote.date), (row.price.unwrap(), row.date), "{}", contract.id);
        quoted += 1;
    }
    assert!(quoted > 40, "{quoted}");
    let returns = instrument("DI1F27").excess_returns(&view, date("2025-06-11")).unwrap();
    assert!(returns.len() > 180, "{}", returns.len());

    let missing = instrument("LTN_2029-01-01").quote(&view).unwrap_err().to_string();
    assert!(missing.ends_with("ANBIMA.LTN.2029-01-01.RATE, TD.Tesouro_Prefixado.2029-01-01.RATE_SELL"), "{missing}");
}
