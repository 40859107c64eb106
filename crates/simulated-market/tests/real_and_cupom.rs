//! What the desk computes from the published figures agrees with the world's truth: real rates, breakevens, the cupom.

use std::sync::OnceLock;

use chrono::NaiveDate;
use market::curves::{CupomSource, CurveBook, IpcaProjection, RealSource, breakeven};
use market::instruments::find;
use market::{AsOf, Calendars, Catalogue, Cut, History, Observation};
use simulated_market::{SimulatedMarket, SimulationConfig};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

struct Market {
    world: SimulatedMarket,
    history: History,
    catalogue: Catalogue,
    calendars: Calendars,
}

fn market() -> &'static Market {
    static MARKET: OnceLock<Market> = OnceLock::new();
    MARKET.get_or_init(|| {
        let world = SimulatedMarket::new(SimulationConfig::new(7, day("2023-01-02"), day("2025-06-30"))).unwrap();
        let (mut catalogue, mut history) = (Catalogue::embedded(), History::builder());
        for batch in world.batches() {
            for definition in &batch.definitions {
                catalogue.insert(definition.clone());
            }
            for o in &batch.observations {
                let (series, recorded_at) = (o.series.clone(), o.released_at);
                let (period, value, released_at, basis) = (o.period, o.value, o.released_at, o.basis);
                history.push(Observation { series, period, value, released_at, basis, recorded_at });
            }
        }
        Market { world, history: history.build().unwrap(), catalogue, calendars: Calendars::embedded() }
    })
}

fn view(date: NaiveDate) -> AsOf<'static> {
    let market = market();
    let cut = Cut::published(date, market::time::default_cut(date));
    AsOf::new(&market.history, &market.catalogue, &market.calendars, cut)
}

#[test]
fn the_real_curve_recovers_the_true_real_rates_from_the_published_yields() {
    let view = view(day("2025-06-30"));
    let book = CurveBook::new(&view, day("2024-06-03"));
    let truth = market().world.truth();
    let (mut checked, mut worst) = (0, 0.0_f64);
    for (date, curve) in book.real() {
        let curve = curve.as_ref().unwrap();
        assert_eq!(curve.source(), RealSource::Ntnb, "{date}");
        for years in [2.0, 3.0, 5.0, 7.0, 10.0] {
            let error = curve.rate(years * 252.0).unwrap() * 1e4 - truth.real_rate(*date, years).unwrap() * 100.0;
            worst = worst.max(error.abs());
            checked += 1;
        }
    }
    println!("{checked} real rates, worst error {worst:.2} bp");
    // Bonds are a year apart and more, and rates between them flat forward: that is the error, not the yields' rounding.
    assert!(checked > 1000 && worst < 5.0, "{worst} bp in {checked}");
}

#[test]
fn the_breakeven_recovers_expected_inflation_and_its_premium() {
    let view = view(day("2025-06-30"));
    let book = CurveBook::new(&view, day("2024-06-03"));
    let truth = market().world.truth();
    let (mut checked, mut worst) = (0, 0.0_f64);
    for (date, real) in book.real() {
        let Some(Ok(nominal)) = book.di().get(date) else { continue };
        for years in [2.0, 5.0, 8.0] {
            let found = breakeven(nominal, real.as_ref().unwrap(), years * 252.0).unwrap() * 100.0;
            let expected = truth.expected_inflation(*date, years).unwrap();
            let premium = truth.breakeven(*date, years).unwrap() - expected;
            worst = worst.max((found - expected - premium).abs() * 100.0);
            checked += 1;
        }
    }
    println!("{checked} breakevens, worst error {worst:.2} bp");
    assert!(checked > 600 && worst < 6.0, "{worst} bp in {checked}");
    // The premium is not nothing: a test that mistakes expectation for compensation would fail.
    let date = day("2025-06-30");
    assert!((truth.breakeven(date, 10.0).unwrap() - truth.expected_inflation(date, 10.0).unwrap()).abs() > 0.1);
}

#[test]
fn the_cupom_recovers_the_true_clean_rate_from_forwards_and_from_cleaned_futures() {
    let market = market();
    let date = day("2025-06-30");
    let truth = market.world.truth();
    let all = view(date);
    let without_forwards = all
        .blocking(market.catalogue.curve("FRC").iter().chain(market.catalogue.curve("DOC")).map(|(_, id)| id.clone()));
    for (view, source, tolerance) in [(&all, CupomSource::Frc, 5.0), (&without_forwards, CupomSource::DdiClean, 2.0)] {
        let book = CurveBook::new(view, day("2025-01-02"));
        let (mut checked, mut worst) = (0, 0.0_f64);
        for (date, curve) in book.cupom() {
            let curve = curve.as_ref().unwrap();
            assert_eq!(curve.source(), source, "{date}");
            for days in [120.0, 180.0, 360.0, 720.0] {
                let expected = truth.clean_cupom(*date, days / 360.0).unwrap() * 100.0;
                worst = worst.max((curve.rate(days).unwrap() * 1e4 - expected).abs());
                checked += 1;
            }
        }
        println!("{source:?}: {checked} rates, worst error {worst:.2} bp");
        assert!(checked > 400 && worst < tolerance, "{source:?}: {worst} bp in {checked}");
    }
}

#[test]
fn treasury_zero_rates_come_back_from_published_par_yields() {
    let date = day("2025-06-30");
    let view = view(date);
    let book = CurveBook::new(&view, day("2025-01-02"));
    let truth = market().world.truth();
    let (mut checked, mut worst) = (0, 0.0_f64);
    for (date, curve) in book.ust_zero() {
        let curve = curve.as_ref().unwrap();
        for years in [1.0, 2.0, 5.0, 10.0] {
            let expected = truth.treasury_zero(*date, years).unwrap() * 100.0;
            worst = worst.max((curve.zero_rate(years).unwrap() * 1e4 - expected).abs());
            checked += 1;
        }
    }
    println!("{checked} zero rates, worst error {worst:.2} bp");
    // Par yields are printed to a basis point and linear between their maturities.
    assert!(checked > 400 && worst < 5.0, "{worst} bp in {checked}");
}

#[test]
fn ntnb_and_cupom_price_and_return_every_day_and_the_index_is_the_ipca() {
    let date = day("2025-06-30");
    let view = view(date);
    for id in ["NTNB_5Y", "NTNB_10Y", "DDI_6M", "DDI_1Y", "FRC_1Y", "FRC_2Y"] {
        let instrument = find(&id.into()).unwrap();
        let quote = instrument.quote(&view).unwrap();
        assert!(quote.price > 0.0 && instrument.contract.exposure(quote.price).is_some(), "{quote:?}");
        let series = instrument.excess_returns(&view, day("2024-01-02")).unwrap();
        assert!(series.len() > 350, "{id}: {} returns, {:?}", series.len(), series.notes);
        assert!(series.returns.iter().all(|value| value.abs() < 0.05), "{id}");
    }
    let book = CurveBook::new(&view, day("2025-01-02"));
    let truth = market().world.truth();
    // From 15 May (the 15th of a month: the index of April) to 15 April, the published IPCA of a month.
    let vna = |text: &str| book.indexation().vna(day(text)).unwrap();
    let april = truth.month(day("2025-04-01")).unwrap().brazil.headline_mom;
    assert!((vna("2025-05-15").value / vna("2025-04-15").value - 1.0 - april / 100.0).abs() < 1e-4);
    assert_eq!(vna("2025-05-22").projection, IpcaProjection::FocusMonth);
}
