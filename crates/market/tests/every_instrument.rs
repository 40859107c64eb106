//! What holds of every instrument of every kind: signs, zero, scale, buckets, and what sensitivities explain.

mod support;

use std::sync::OnceLock;

use chrono::NaiveDate;
use market::curves::{CurveBook, par_bond_price};
use market::instruments::{
    Instrument, InstrumentKind, PricingError, RiskFactor, Shock, VERTICES, catalogue, excess_returns_all, find, ltn_pu,
    ntnf_pu, risky_annuity, universe,
};
use market::{AsOf, CalendarId};
use proptest::prelude::*;
use support::{Built, World, date, ordinary};

/// One market shared by the tests, its last view, and its sessions.
fn shared() -> (&'static AsOf<'static>, &'static [NaiveDate]) {
    static MARKET: OnceLock<(Built, Vec<NaiveDate>)> = OnceLock::new();
    static VIEW: OnceLock<AsOf<'static>> = OnceLock::new();
    let (market, days) = MARKET.get_or_init(|| {
        let (world, days) = ordinary(date("2026-02-02"), 30);
        (world.build(), days)
    });
    (VIEW.get_or_init(|| market.on(*days.last().unwrap())), days)
}

fn book() -> &'static CurveBook<'static, 'static> {
    static BOOK: OnceLock<CurveBook<'static, 'static>> = OnceLock::new();
    BOOK.get_or_init(|| CurveBook::latest(shared().0))
}

fn instrument(id: &str) -> &'static Instrument {
    find(&id.into()).unwrap()
}

/// Every named instrument and some of each dated family.
fn everything() -> Vec<&'static Instrument> {
    let dated = ["DI1N26", "DI1F28", "DI1F31", "DI1F37", "LTN_2029-01-01", "NTNF_2033-01-01"];
    catalogue().iter().chain(dated.map(instrument)).collect()
}

#[test]
fn every_instrument_prices_returns_carries_and_says_what_it_read() {
    let (view, days) = shared();
    for (id, series) in excess_returns_all(view, everything(), days[0]) {
        let series = series.unwrap();
        assert_eq!(series.dates, days[1..], "{id}");
        assert!(series.returns.iter().all(|value| value.is_finite() && value.abs() < 0.15), "{id}");
        assert!(!series.notes.is_empty(), "{id}");
    }
    for instrument in everything() {
        let quote = instrument.quote(view).unwrap();
        assert_eq!(quote.date, *days.last().unwrap(), "{}", instrument.id);
        assert!(instrument.contract.exposure(quote.price).is_some(), "{}", instrument.id);
        assert!(instrument.carry_and_roll(view, 21).unwrap().total().abs() < 0.05, "{}", instrument.id);
        assert!(!instrument.inputs().is_empty());
    }
}

#[test]
fn nothing_published_is_an_error_that_names_what_is_missing() {
    let market = World::new().build();
    let view = market.on(date("2026-03-31"));
    for instrument in everything() {
        let error = instrument.quote(&view).unwrap_err();
        let named = matches!(&error, PricingError::NoSeries { series, .. } if !series.is_empty())
            || matches!(error, PricingError::Curve { .. });
        assert!(named, "{error}");
        assert!(instrument.excess_returns(&view, date("2026-01-02")).is_err());
        assert!(instrument.sensitivity(&view).is_err());
    }
}

#[test]
fn what_has_matured_is_an_error() {
    let (view, _) = shared();
    // DI1F26 has expired; its figures are not even there. A level before expiry must not price after it either.
    let mut world = World::new();
    world.di(date("2026-02-27"), &[("H26", 14.9)]);
    world.put("BR_CDI_DAILY", date("2026-02-27"), 0.055);
    let market = world.build();
    let error = instrument("DI1H26").quote(&market.on(date("2026-03-03"))).unwrap_err();
    assert_eq!(error.to_string(), "DI1H26: it matured by 2026-03-01");
    assert!(instrument("DI1F26").quote(view).is_err());
}

#[test]
fn contracts_of_another_size_have_the_same_returns_and_proportionate_lots() {
    let (view, days) = shared();
    for (large, small) in [("USDBRL", "USDBRL_MINI"), ("IBOV", "IBOV_MINI")] {
        let (large, small) = (instrument(large), instrument(small));
        let returns = |i: &Instrument| i.excess_returns(view, days[0]).unwrap().returns;
        assert_eq!(returns(large), returns(small));
        let shock = Shock { usdbrl: 0.1, equity_br: -0.2, brl_rates_bp: vec![(1.0, 150.0)], ..Shock::default() };
        assert_eq!(large.reprice(view, &shock).unwrap(), small.reprice(view, &shock).unwrap());
        let price = large.quote(view).unwrap().price;
        let exposure = |i: &Instrument| i.contract.exposure(price).unwrap();
        assert_eq!(
            exposure(large),
            exposure(small) * rust_decimal::Decimal::from(5),
            "five small ones are a large one"
        );
    }
}

#[test]
fn no_shock_is_exactly_nothing() {
    for instrument in everything() {
        let priced = instrument.priced_with(book()).unwrap();
        assert_eq!(priced.reprice(&Shock::default()).unwrap(), 0.0, "{}", instrument.id);
        assert_eq!(priced.taylor(&Shock::default()).unwrap().total(), 0.0, "{}", instrument.id);
    }
}

#[test]
fn buckets_add_up_to_the_parallel_dv01() {
    for instrument in everything() {
        let s = instrument.sensitivity_with(book()).unwrap();
        for (buckets, parallel) in [
            (s.key_rates.brl, s.dv01_brl),
            (s.key_rates.usd, s.dv01_usd),
            (s.key_rates.breakeven, s.dv01_breakeven),
            (s.key_rates.cupom_basis, s.dv01_cupom_basis),
        ] {
            let sum: f64 = buckets.iter().sum();
            assert!((sum - parallel).abs() <= 1e-5 * parallel.abs() + 1e-15, "{}: {sum} {parallel}", instrument.id);
        }
        let own = match instrument.factor() {
            RiskFactor::BrlRates => s.dv01_brl,
            RiskFactor::UsdRates => s.dv01_usd,
            RiskFactor::UsdBrl => s.fx_delta,
            RiskFactor::EquityBr | RiskFactor::EquityUs => s.equity_delta,
            RiskFactor::Breakeven => s.dv01_breakeven,
            RiskFactor::CupomBasis => s.dv01_cupom_basis,
            RiskFactor::Commodity => s.commodity_delta,
            RiskFactor::SovereignSpread => s.cs01,
        };
        assert!(own > 0.0, "{} has no sensitivity to its own factor", instrument.id);
    }
    let bond = instrument("NTNF_2033-01-01").sensitivity_with(book()).unwrap().key_rates.brl;
    assert!(bond[..7].iter().all(|bucket| *bucket > 0.0) && bond[7..] == [0.0; 3], "{bond:?}");
}

/// The shapes of the desk's standing scenarios.
fn scenarios() -> Vec<Shock> {
    let parallel = |bp| vec![(1.0, bp)];
    vec![
        Shock { brl_rates_bp: parallel(200.0), ..Shock::default() },
        Shock { brl_rates_bp: parallel(-200.0), ..Shock::default() },
        Shock { brl_rates_bp: vec![(0.5, -50.0), (2.0, 0.0), (5.0, 100.0), (10.0, 150.0)], ..Shock::default() },
        Shock { usdbrl: 0.15, ..Shock::default() },
        Shock {
            brl_rates_bp: parallel(150.0),
            usd_rates_bp: parallel(-50.0),
            usdbrl: 0.08,
            equity_br: -0.2,
            equity_us: -0.1,
            commodity: -0.15,
            credit_spread_bp: 150.0,
            ..Shock::default()
        },
        Shock { usd_rates_bp: parallel(100.0), cupom_basis_bp: parallel(80.0), ..Shock::default() },
        Shock {
            brl_rates_bp: vec![(0.5, 50.0), (1.0, 100.0), (2.0, 200.0), (5.0, 300.0), (10.0, 300.0)],
            breakeven_bp: parallel(120.0),
            usdbrl: 0.12,
            credit_spread_bp: 120.0,
            ..Shock::default()
        },
    ]
}

#[test]
fn sensitivities_explain_every_standing_scenario_to_five_percent() {
    for instrument in everything() {
        let priced = instrument.priced_with(book()).unwrap();
        let sensitivity = priced.sensitivity().unwrap();
        for shock in scenarios() {
            let exact = priced.reprice(&shock).unwrap();
            let taylor = priced.taylor_from(&sensitivity, &shock).unwrap();
            let error = (exact - taylor.total()).abs();
            assert!(error <= 0.05 * exact.abs() + 1e-15, "{} {shock:?}: {exact} {taylor:?}", instrument.id);
        }
    }
}

fn any_instrument() -> impl Strategy<Value = &'static Instrument> {
    prop::sample::select(everything())
}

/// A curve's move at every vertex.
fn curve(low: f64, high: f64) -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::array::uniform10(low..high).prop_map(|bp| VERTICES.into_iter().zip(bp).collect())
}

prop_compose! {
    fn any_shock()(
        brl_rates_bp in curve(-250.0, 250.0), usd_rates_bp in curve(-100.0, 100.0), breakeven_bp in curve(-100.0, 100.0),
        cupom_basis_bp in curve(-100.0, 100.0), usdbrl in -0.2..0.2_f64, equity_br in -0.3..0.3_f64,
        equity_us in -0.3..0.3_f64, commodity in -0.4..0.4_f64, credit_spread_bp in -100.0..200.0_f64,
    ) -> Shock {
        Shock {
            name: String::new(), brl_rates_bp, usd_rates_bp, breakeven_bp, cupom_basis_bp, usdbrl, equity_br, equity_us,
            commodity, credit_spread_bp,
        }
    }
}

proptest! {
    #[test]
    fn longs_lose_when_their_rate_or_spread_rises_and_gain_when_their_price_does(
        instrument in any_instrument(), rates in curve(0.1, 1500.0), size in 0.0001..0.9_f64,
    ) {
        let priced = instrument.priced_with(book()).unwrap();
        let wider = Shock { credit_spread_bp: size * 1000.0, ..Shock::default() };
        let (shock, sign) = match instrument.factor() {
            RiskFactor::BrlRates => (Shock { brl_rates_bp: rates, ..Shock::default() }, -1.0),
            RiskFactor::UsdRates => (Shock { usd_rates_bp: rates, ..Shock::default() }, -1.0),
            RiskFactor::Breakeven => (Shock { breakeven_bp: rates, ..Shock::default() }, -1.0),
            RiskFactor::CupomBasis => (Shock { cupom_basis_bp: rates, ..Shock::default() }, -1.0),
            RiskFactor::SovereignSpread => (wider, -1.0),
            RiskFactor::UsdBrl => (Shock { usdbrl: size, ..Shock::default() }, 1.0),
            RiskFactor::EquityBr => (Shock { equity_br: size, ..Shock::default() }, 1.0),
            RiskFactor::EquityUs => (Shock { equity_us: size, ..Shock::default() }, 1.0),
            RiskFactor::Commodity => (Shock { commodity: size, ..Shock::default() }, 1.0),
        };
        let value = priced.reprice(&shock).unwrap();
        prop_assert!(value * sign > 0.0 && value > -1.0, "{} {value}", instrument.id);
        // Twice the shock is further the same way.
        let twice = priced.reprice(&shock.scaled(2.0)).unwrap();
        prop_assert!(twice * sign > value * sign, "{} {value} {twice}", instrument.id);
    }

    #[test]
    fn sensitivities_explain_any_sensible_shock(instrument in any_instrument(), shock in any_shock()) {
        let priced = instrument.priced_with(book()).unwrap();
        let (exact, taylor) = (priced.reprice(&shock).unwrap(), priced.taylor(&shock).unwrap());
        let error = (exact - taylor.total()).abs();
        // Moves of opposite sign along a curve can cancel to nothing: half a basis point is left to them.
        prop_assert!(error <= 0.05 * exact.abs() + 5e-5, "{}: {exact} {taylor:?}", instrument.id);
    }

    #[test]
    fn what_is_no_factor_of_an_instrument_leaves_it_alone(instrument in any_instrument(), shock in any_shock()) {
        let value = |shock: &Shock| instrument.reprice_with(book(), shock).unwrap();
        let own = match instrument.kind {
            InstrumentKind::Ibovespa => Shock { equity_br: shock.equity_br, ..Shock::default() },
            InstrumentKind::Sp500 => Shock { equity_us: shock.equity_us, ..Shock::default() },
            InstrumentKind::Commodity => Shock { commodity: shock.commodity, ..Shock::default() },
            _ => return Ok(()),
        };
        prop_assert_eq!(value(&shock), value(&own));
        prop_assert!((value(&shock.scaled(0.5)) - value(&shock) / 2.0).abs() < 1e-15);
    }
}

#[test]
fn a_listed_di_returns_the_exchanges_variation_by_hand() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    world.di(before, &[("F27", 14.299)]);
    world.di(now, &[("F27", 14.072)]);
    world.put("BR_CDI_DAILY", before, 0.054_266);
    let market = world.build();
    let series = instrument("DI1F27").excess_returns(&market.on(now), now).unwrap();
    // B3's settlement prices of the two days: 90,414.45 and 90,597.39.
    assert!((series.returns[0] - (90_597.39 / 90_414.45 / 1.000_542_66 - 1.0)).abs() < 1e-15, "{series:?}");
    let quote = instrument("DI1F27").quote(&market.on(now)).unwrap();
    assert_eq!((quote.price, quote.source.as_str()), (90_597.39, "B3.DI1F27.RATE"));
}

#[test]
fn a_bond_returns_its_price_and_its_coupon_over_the_cdi() {
    let mut world = World::new();
    let (before, now) = (date("2026-06-29"), date("2026-06-30"));
    let [ltn, ntnf] = ["ANBIMA.LTN.2029-01-01.RATE", "ANBIMA.NTN-F.2033-01-01.RATE"];
    for id in [ltn, ntnf] {
        world.define_plain(id);
        world.put(id, before, 13.5);
        world.put(id, now, 13.4);
    }
    world.put("BR_CDI_DAILY", before, 0.05);
    let market = world.build();
    let view = market.on(now);
    let bd = |trade: NaiveDate, due: &str| {
        let settlement = market.calendars.next(CalendarId::BrNational, trade);
        market.calendars.business_days_252(trade, settlement, date(due)) as u32
    };
    let earned = |id: &str| instrument(id).excess_returns(&view, now).unwrap().returns[0];
    let maturity = "2029-01-01";
    let expected = ltn_pu(0.134, bd(now, maturity)) / ltn_pu(0.135, bd(before, maturity)) / 1.0005 - 1.0;
    assert!((earned("LTN_2029-01-01") - expected).abs() < 1e-15);
    // Bought for settlement on 30 June, sold for 1 July: the July coupon is received.
    let dates: Vec<String> = (2026..=2033)
        .flat_map(|year| [format!("{year}-01-01"), format!("{year}-07-01")])
        .filter(|due| ("2026-07-01".."2033-07-01").contains(&due.as_str()))
        .collect();
    let distances = |trade: NaiveDate, from: usize| dates[from..].iter().map(|due| bd(trade, due)).collect::<Vec<_>>();
    let (start, end) = (ntnf_pu(0.135, &distances(before, 0)), ntnf_pu(0.134, &distances(now, 1)));
    assert!((earned("NTNF_2033-01-01") - ((end + 48.808_85) / start / 1.0005 - 1.0)).abs() < 1e-15);
}

#[test]
fn credit_earns_its_spread_and_loses_the_widening_times_the_annuity() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for day in [before, now] {
        world.ust(day, &[(12, 4.0), (60, 4.0), (120, 4.0)]);
    }
    world.put("EMBI.Brasil", before, 2.0);
    world.put("EMBI.Brasil", now, 2.5);
    let market = world.build();
    let view = market.on(now);
    let sovereign = instrument("BR_SOV_5Y");
    let earned = sovereign.excess_returns(&view, now).unwrap().returns[0];
    let rate = 2.0 * 1.02_f64.ln();
    let expected = 0.02 / 360.0 - 0.005 * risky_annuity(0.025, rate, 5.0 - 1.0 / 365.0, 0.75);
    assert!((earned - expected).abs() < 1e-15 && earned < -0.02);
    // The spread in basis points of the other publisher is the same spread.
    let quote = sovereign.quote(&view).unwrap();
    assert_eq!((quote.price, quote.rate), (100.0, Some(0.025)));
    assert!(sovereign.reprice(&view, &Shock { credit_spread_bp: -251.0, ..Shock::default() }).is_err());
    assert_eq!(sovereign.reprice(&view, &Shock::parallel(RiskFactor::UsdRates, 100.0)).unwrap(), 0.0);
}

#[test]
fn a_commodity_is_funded_when_spot_and_not_when_a_future() {
    let days = [date("2026-03-27"), date("2026-03-30"), date("2026-03-31")];
    let returns = |series: &str, prices: [f64; 3]| {
        let mut world = World::new();
        for (day, price) in days.iter().zip(prices) {
            world.put(series, *day, price);
            world.put("US_DFF", *day, 3.6);
        }
        let market = world.build();
        let id = if series == "EIA:RBRTE" { "BRENT" } else { "WTI" };
        instrument(id).excess_returns(&market.on(days[2]), days[1]).unwrap()
    };
    let future = returns("MK_WTI_Y", [60.0, 66.0, 66.0]);
    assert!((future.returns[0] - 0.1).abs() < 1e-15 && future.returns[1] == 0.0);
    let spot = returns("EIA:RBRTE", [60.0, 66.0, 66.0]);
    assert!((spot.returns[0] - (1.1 / 1.0003 - 1.0)).abs() < 1e-15, "three days at 3.6 %");
    assert!((spot.returns[1] - (1.0 / 1.0001 - 1.0)).abs() < 1e-15);
    let negative = returns("MK_WTI_Y", [20.0, -30.0, 10.0]);
    assert_eq!((negative.returns.as_slice(), negative.dates.as_slice()), ([-2.5].as_slice(), [days[1]].as_slice()));
    assert!(negative.notes.iter().any(|note| note.contains("not above zero")), "{:?}", negative.notes);
}

#[test]
fn what_the_desk_does_not_list_is_found_all_the_same() {
    assert!(universe().iter().all(|listed| catalogue().contains(listed)));
    assert!(catalogue().len() > universe().len());
    assert!(universe().iter().all(|listed| listed.id.as_str() != "WTI"));
    // A Treasury of the list is the par bond it says it is.
    let quote = instrument("UST_10Y").quote(shared().0).unwrap();
    assert!((par_bond_price(quote.rate.unwrap(), 10.0, quote.rate.unwrap()) - 1.0).abs() < 1e-14);
}
