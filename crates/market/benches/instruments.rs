//! Returns, sensitivities and stresses of every instrument on one view.
//!
//! `cargo bench -p market --bench instruments`

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::LazyLock;

use chrono::NaiveDate;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use market::curves::CurveBook;
use market::instruments::{Instrument, Priced, Shock, catalogue, excess_returns_all, find};
use support::{Built, date, ordinary};

fn main() {
    divan::main();
}

/// 750 sessions of every market.
static MARKET: LazyLock<(Built, Vec<NaiveDate>)> = LazyLock::new(|| {
    let (world, days) = ordinary(date("2023-03-01"), 750);
    (world.build(), days)
});

fn everything() -> Vec<&'static Instrument> {
    let dated = ["DI1F28", "DI1F31", "LTN_2029-01-01", "NTNF_2033-01-01"];
    catalogue().iter().chain(dated.map(|id| find(&id.into()).expect("an instrument"))).collect()
}

#[divan::bench]
fn three_years_of_returns(bencher: Bencher) {
    let (market, days) = &*MARKET;
    let instruments = everything();
    let view = market.on(days[days.len() - 1]);
    bencher
        .counter(ItemsCount::new(instruments.len()))
        .bench_local(|| excess_returns_all(black_box(&view), instruments.iter().copied(), days[0]));
}

#[divan::bench]
fn sensitivities(bencher: Bencher) {
    let (market, days) = &*MARKET;
    let instruments = everything();
    let view = market.on(days[days.len() - 1]);
    let book = CurveBook::latest(&view);
    bencher.counter(ItemsCount::new(instruments.len())).bench_local(|| {
        instruments.iter().map(|one| one.sensitivity_with(black_box(&book)).map(|s| s.dv01)).collect::<Vec<_>>()
    });
}

/// 60 positions under 20 shocks, each position's levels read once.
#[divan::bench]
fn stress_of_sixty_positions_by_twenty_shocks(bencher: Bencher) {
    let (market, days) = &*MARKET;
    let view = market.on(days[days.len() - 1]);
    let book = CurveBook::latest(&view);
    let instruments = everything();
    let positions: Vec<&Instrument> = instruments.into_iter().cycle().take(60).collect();
    let shocks: Vec<Shock> = (1..=20)
        .map(|size| Shock {
            brl_rates_bp: vec![(0.5, 5.0), (2.0, 10.0 * f64::from(size)), (10.0, 8.0)],
            usd_rates_bp: vec![(1.0, 3.0 * f64::from(size))],
            usdbrl: 0.01,
            equity_br: -0.05,
            credit_spread_bp: 4.0 * f64::from(size),
            ..Shock::default()
        })
        .collect();
    bencher.counter(ItemsCount::new(60 * 20_usize)).bench_local(|| {
        let priced: Vec<Priced> = positions.iter().filter_map(|one| one.priced_with(black_box(&book)).ok()).collect();
        assert_eq!(priced.len(), 60);
        shocks
            .iter()
            .map(|shock| priced.iter().map(|one| one.reprice(shock).unwrap_or(f64::NAN)).sum())
            .collect::<Vec<f64>>()
    });
}
