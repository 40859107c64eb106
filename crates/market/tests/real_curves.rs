//! Real rates and the cupom on published data, where it is present (`MARKET_DATA_DIR`).

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{Months, NaiveDate};
use market::curves::{
    ContractCode, CupomSource, CurveBook, IpcaProjection, RealSource, cupom_curve_history, ddi_pu, forward_cupom,
};
use market::instruments::find;
use market::{CalendarId, Calendars, Tenor};
use support::{Built, World, date, evening};

fn directory() -> Option<PathBuf> {
    let path = std::env::var_os("MARKET_DATA_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/market-data"), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no market data");
    None
}

/// SGS JSON of a code.
fn sgs(directory: &Path, code: u32) -> Vec<(NaiveDate, f64)> {
    let text = std::fs::read_to_string(directory.join(format!("bcb_sgs/{code}.json"))).unwrap();
    text.split('{')
        .skip(1)
        .map(|entry| {
            let fields: Vec<&str> = entry.split('"').collect();
            (NaiveDate::parse_from_str(fields[3], "%d/%m/%Y").unwrap(), fields[7].parse().unwrap())
        })
        .collect()
}

/// Tesouro IPCA+ 2035 and 2045, the IPCA (public on the 12th of the next month) and IPCA-15 (on the 28th), and the CDI.
fn bonds(directory: &Path) -> Built {
    let mut world = World::new();
    for maturity in ["2035", "2045"] {
        let id = format!("TD.Tesouro_IPCAmais.{maturity}-05-15.PU_BASE");
        world.define_plain(&id);
        let path = directory.join(format!("tesouro_direto/TD_Tesouro_IPCAmais_15-05-{maturity}.csv"));
        for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
            let (day, price) = line.split_once(';').unwrap();
            world.put(&id, date(day), price.replace(',', ".").parse().unwrap());
        }
    }
    for (month, percent) in sgs(directory, 433) {
        let released = month.checked_add_months(Months::new(1)).unwrap() + chrono::Days::new(11);
        world.put_released("BR_IPCA_MOM", month, percent, evening(released));
    }
    for (month, percent) in sgs(directory, 7478) {
        world.put_released("BR_IPCA15_MOM", month, percent, evening(month + chrono::Days::new(27)));
    }
    for (day, percent) in sgs(directory, 12) {
        world.put("BR_CDI_DAILY", day, percent);
    }
    world.build()
}

#[test]
fn ten_years_of_real_rate_come_from_the_bonds_of_2035_and_2045_once_they_lie_around_it() {
    let Some(directory) = directory() else { return };
    let market = bonds(&directory);
    let view = market.on(date("2025-12-26"));
    let book = CurveBook::new(&view, date("2024-01-02"));

    // The VNA of 15 July 2024 was 4299.160173 (the index of June over that of June 2000), compounded here from July 2000.
    let vna = book.indexation().vna(date("2024-07-15")).unwrap();
    println!("VNA of 2024-07-15: {:.4}, published 4299.160173", vna.value);
    assert!((vna.value / 4_299.160_173 - 1.0).abs() < 2e-5);

    let real = book.real();
    // From the 15th to the IPCA-15 nobody's forecast is in this data, so that there is no VNA and no real rate.
    let error = real[&date("2025-11-19")].as_ref().unwrap_err().to_string();
    assert!(error.contains("neither the IPCA of 2025-11 nor a projection"), "{error}");
    let curve = real[&date("2025-12-01")].as_ref().unwrap();
    assert_eq!(curve.source(), RealSource::TesouroPrice);
    assert_eq!(curve.projection(), Some(IpcaProjection::Ipca15));
    let ten = curve.rate(2520.0).unwrap();
    println!("2025-12-01: 10 years {:.3} % real, {:?}", ten * 100.0, curve.projection());
    // Between the two bonds, whose yields by another count (calendar days over 365.25) are 7.35 and 7.06 %.
    assert!((0.0700..0.0745).contains(&ten), "{ten}");

    let bond = find(&"NTNB_10Y".into()).unwrap();
    let series = bond.excess_returns_with(&book, date("2025-01-02")).unwrap();
    let growth: f64 = series.returns.iter().map(|value| (1.0 + value).ln()).sum();
    let sd = (series.returns.iter().map(|value| value * value).sum::<f64>() / series.len() as f64 * 252.0).sqrt();
    println!(
        "NTNB_10Y 2025: {} returns, {:.2} % over the CDI, volatility {:.2} %",
        series.len(),
        growth * 100.0,
        sd * 100.0
    );
    println!("{:?}", series.notes);
    // 2035 has been nearer than 2,520 business days since 24 April 2025: before, ten years lay before the first bond. The first
    // return waits for the IPCA-15 of April.
    assert!(series.dates[0] == date("2025-04-29"), "{}", series.dates[0]);
    assert!(series.notes.iter().any(|note| note.contains("before the first vertex")), "{:?}", series.notes);
    assert!(series.len() > 60 && (0.05..0.20).contains(&sd), "{sd}");

    // The same returns from the two prices alone, on other paths: no VNA, no curve.
    let price = |maturity: &str, day: NaiveDate| {
        view.series(&format!("TD.Tesouro_IPCAmais.{maturity}-05-15.PU_BASE").as_str().into()).unwrap().at(day).unwrap()
    };
    let cdi = view.series(&"BR_CDI_DAILY".into()).unwrap();
    let mut checked = 0;
    for (row, &now) in series.dates.iter().enumerate() {
        let before = series.starts[row];
        let bd = |to: &str| market.calendars.business_days_252(before, before, date(to)) as f64;
        let elapsed = market.calendars.business_days_252(before, before, now);
        if elapsed != 1 {
            continue;
        }
        let weight = (2520.0 - bd("2035-05-15")) / (bd("2045-05-15") - bd("2035-05-15"));
        let log = |maturity: &str| (price(maturity, now) / price(maturity, before)).ln();
        let funded = 1.0 + cdi.at(before).unwrap() / 100.0;
        let expected = ((1.0 - weight) * log("2035") + weight * log("2045")).exp() / funded - 1.0;
        assert!((series.returns[row] - expected).abs() < 2e-6, "{now}: {} {expected}", series.returns[row]);
        checked += 1;
    }
    assert!(checked > 60, "{checked}");

    let refused = |day: &str| find(&"NTNB_5Y".into()).unwrap().quote(&market.on(date(day))).unwrap_err().to_string();
    assert!(refused("2025-12-01").contains("1260 is outside"), "{}", refused("2025-12-01"));
    assert!(
        refused("2025-12-26").contains("neither the IPCA of 2025-12 nor a projection"),
        "{}",
        refused("2025-12-26")
    );
}

struct Settlement {
    price: Option<f64>,
    rate: Option<f64>,
}

/// DDI and FRC of every session of 2025 and 2026, by contract month.
fn cupom_rows(directory: &Path) -> BTreeMap<NaiveDate, BTreeMap<(String, NaiveDate), Settlement>> {
    let mut days: BTreeMap<NaiveDate, BTreeMap<(String, NaiveDate), Settlement>> = BTreeMap::new();
    for year in [2025, 2026] {
        let text = std::fs::read_to_string(directory.join(format!("b3/settlement-{year}.csv"))).unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(';').collect();
            if !matches!(fields[1], "DDI" | "FRC") {
                continue;
            }
            let month = ContractCode::parse_month(fields[2]).unwrap();
            let row = Settlement { price: fields[4].parse().ok(), rate: fields[6].parse().ok() };
            days.entry(date(fields[0])).or_default().insert((fields[1].to_owned(), month), row);
        }
    }
    days
}

#[test]
fn published_forwards_are_those_of_the_ddi_pair_and_the_pu_is_that_of_its_rate() {
    let Some(directory) = directory() else { return };
    let calendars = Calendars::embedded();
    let (mut forwards, mut prices, mut odd) = (0, 0, Vec::new());
    for (day, rows) in cupom_rows(&directory) {
        let days = |month: NaiveDate| {
            calendars.on_or_after(CalendarId::B3, month).signed_duration_since(day).num_days() as f64
        };
        let ddi = |month: NaiveDate| {
            rows.get(&("DDI".to_owned(), month)).and_then(|row| Some((row.rate? / 100.0, row.price?)))
        };
        for ((commodity, month), row) in &rows {
            if let (Some(rate), Some(price), "DDI") = (row.rate, row.price, commodity.as_str())
                && days(*month) > 0.0
            {
                // The rate is published to three decimals, the PU to the cent.
                let slack = 0.005 + 100_000.0 * 0.5e-5 * days(*month) / 360.0;
                prices += 1;
                if (ddi_pu(rate / 100.0, days(*month)) - price).abs() > slack {
                    odd.push(format!("{day} DDI {month}: {price}, {}", ddi_pu(rate / 100.0, days(*month))));
                }
            }
        }
        let listed: Vec<NaiveDate> = rows
            .iter()
            .filter(|((name, _), row)| name == "FRC" && row.rate.is_some())
            .map(|((_, month), _)| *month)
            .collect();
        let Some(nearest) = listed.first() else { continue };
        let short = nearest.checked_sub_months(Months::new(1)).unwrap();
        let Some((_, short_price)) = ddi(short).filter(|_| days(short) > 0.0) else { continue };
        for month in &listed {
            let (Some((_, price)), Some(frc)) = (ddi(*month), rows[&("FRC".to_owned(), *month)].rate) else { continue };
            let rate = |price: f64, days: f64| (100_000.0 / price - 1.0) * 360.0 / days;
            let near = (rate(short_price, days(short)), days(short));
            let found = forward_cupom(near, (rate(price, days(*month)), days(*month))) * 100.0;
            forwards += 1;
            // FRCs are quoted to two or three decimals.
            if (found - frc).abs() > 0.012 {
                odd.push(format!("{day} FRC {month}: {frc}, {found:.4}"));
            }
        }
    }
    println!("{forwards} forwards and {prices} prices checked, odd: {}", odd.len());
    println!("{:#?}", &odd[..odd.len().min(8)]);
    assert!(forwards > 5000 && prices > 6000);
    assert!((odd.len() as f64) < 0.005 * f64::from(forwards + prices), "{:#?}", &odd[..odd.len().min(20)]);
}

#[test]
fn the_cupom_of_published_forwards_prices_and_returns() {
    let Some(directory) = directory() else { return };
    let mut world = World::new();
    for (day, rows) in cupom_rows(&directory) {
        for ((commodity, month), row) in rows {
            let Some(rate) = row.rate else { continue };
            let id = format!("B3.{commodity}.{month}.RATE");
            let expiry = world.calendars.on_or_after(CalendarId::B3, month);
            world.define(&id, &commodity, Tenor::Maturity(expiry));
            world.put(&id, day, rate);
        }
    }
    let market = world.build();
    let view = market.on(date("2026-03-31"));
    let curves = cupom_curve_history(&view, date("2025-06-01"));
    let bad: Vec<_> = curves.iter().filter_map(|(day, curve)| curve.as_ref().err().map(|error| (day, error))).collect();
    println!("{} cupom curves, bad: {bad:?}", curves.len());
    assert!(bad.is_empty() && curves.len() > 180);
    assert!(curves.values().flatten().all(|curve| curve.source() == CupomSource::Frc));
    let book = CurveBook::new(&view, date("2025-06-10"));
    for id in ["DDI_6M", "DDI_1Y", "FRC_1Y", "FRC_2Y"] {
        let instrument = find(&id.into()).unwrap();
        let series = instrument.excess_returns_with(&book, date("2025-06-11")).unwrap();
        let sd = (series.returns.iter().map(|value| value * value).sum::<f64>() / series.len() as f64 * 252.0).sqrt();
        let quote = instrument.quote_with(&book).unwrap();
        println!(
            "{id}: {} returns, volatility {:.3} %, {:.3} at {:.3} %, {:?}",
            series.len(),
            sd * 100.0,
            quote.price,
            quote.rate.unwrap() * 100.0,
            series.notes
        );
        assert!(series.len() > 180, "{id}");
        // A year of a dollar rate that moves by some 5 bp a day: well under 2 % a year.
        assert!((0.0005..0.03).contains(&sd), "{id}: {sd}");
        assert!((0.04..0.06).contains(&quote.rate.unwrap()), "{id}: {quote:?}");
    }
}

#[test]
fn zero_rates_of_nominal_bonds_are_those_of_the_golden_case() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/ntnf_bootstrap_a.json");
    let case: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let numbers = |group: &str, name: &str| -> Vec<f64> {
        case[group][name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let pairs = |days: &str, rates: &str| -> Vec<(f64, f64)> {
        numbers("inputs", days).into_iter().zip(numbers("inputs", rates)).collect()
    };
    let bills = pairs("ltn_bdays", "ltn_rates");
    let yields = numerics::curves::FlatForward252::new(&pairs("ntnf_bdays", "ntnf_rates")).unwrap();
    let zeros = numerics::curves::FlatForward252::new(&bills).unwrap();
    let coupons = numbers("inputs", "coupon_bdays");
    let last_bill = bills.last().unwrap().0;
    let known: Vec<(f64, f64)> =
        coupons.iter().filter(|bd| **bd <= last_bill).map(|bd| (*bd, zeros.rate(*bd).unwrap())).collect();
    let bonds: Vec<numerics::curves::CouponBond252> = (known.len()..coupons.len())
        .map(|last| {
            let days: Vec<u32> = coupons[..=last].iter().map(|bd| *bd as u32).collect();
            let price = market::instruments::ntnf_pu(yields.rate(coupons[last]).unwrap(), &days);
            let flow = |at: usize| if at == last { 1048.80885 } else { 48.80885 };
            let flows = coupons[..=last].iter().enumerate().map(|(at, bd)| (*bd, flow(at))).collect();
            numerics::curves::CouponBond252 { flows, price }
        })
        .collect();
    let found = numerics::curves::bootstrap_252(&known, &bonds).unwrap();
    for ((bd, rate), expected) in found.iter().zip(numbers("expected", "spot")) {
        assert!((rate - expected).abs() < 1e-9, "{bd}: {rate} {expected}");
    }
    assert_eq!(found.len(), coupons.len());
}
