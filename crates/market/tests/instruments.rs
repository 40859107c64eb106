//! What an instrument's returns, carry and repricing must satisfy, on a market made by hand.

mod support;

use std::sync::OnceLock;

use chrono::{Days, NaiveDate};
use market::curves::{CurveBook, CurveError, DiSource, di_curve, latest_di_curve};
use market::instruments::{Instrument, PricingError, RiskFactor, Shock, di_pu, excess_returns_all, find, universe};
use market::{CalendarId, SeriesId, Tenor};
use proptest::prelude::*;
use support::{Built, World, date, ordinary};

fn instrument(id: &str) -> &'static Instrument {
    find(&id.into()).unwrap()
}

/// One ordinary market shared by the tests, and its sessions.
fn shared() -> &'static (Built, Vec<NaiveDate>) {
    static SHARED: OnceLock<(Built, Vec<NaiveDate>)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (world, days) = ordinary(date("2026-02-02"), 30);
        (world.build(), days)
    })
}

#[test]
fn every_instrument_has_finite_returns_on_every_session_but_the_first() {
    let (market, days) = shared();
    let view = market.on(*days.last().unwrap());
    for (id, series) in excess_returns_all(&view, universe(), days[0]) {
        let series = series.unwrap();
        assert_eq!(series.dates, days[1..], "{id}");
        assert!(series.returns.iter().all(|value| value.is_finite() && value.abs() < 0.1), "{id}");
    }
}

#[test]
fn a_di_return_is_the_exchanges_daily_variation_by_hand() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    let vertices = |first: f64| [("V26", first), ("F27", first - 0.1), ("J27", first - 0.2), ("F28", first - 0.3)];
    world.di(before, &vertices(14.4));
    world.di(now, &vertices(14.35));
    world.put("BR_CDI_DAILY", before, 0.054_266);
    let market = world.build();
    let view = market.on(now);
    let series = instrument("DI_1Y").excess_returns(&view, now).unwrap();

    // 252 business days from each date fall between F27 and F28; the flat forward is worked out here on its own.
    let pu = |day: NaiveDate, bd: f64, first: f64| {
        let months = ["2027-01-01", "2027-04-01", "2028-01-01"].map(date);
        let days = months.map(|month| market.calendars.business_days_252(day, day, month) as f64);
        let rates = [first - 0.1, first - 0.2, first - 0.3].map(|percent| percent / 100.0);
        let right = days.iter().position(|vertex| *vertex >= bd).unwrap();
        let log = |at: usize| days[at] / 252.0 * (1.0_f64 + rates[at]).ln();
        let weight = (bd - days[right - 1]) / (days[right] - days[right - 1]);
        100_000.0 * (-(log(right - 1) + weight * (log(right) - log(right - 1)))).exp()
    };
    let (start, end) = (pu(before, 252.0, 14.4), pu(now, 251.0, 14.35));
    let variation = end - start * 1.000_542_66;
    let excess_points = series.returns[0] * start * 1.000_542_66;
    assert_eq!((excess_points * 100.0).round(), (variation * 100.0).round(), "to the cent of a point");
    assert!(series.returns[0] > 0.0, "rates fell");
}

#[test]
fn two_cdis_accrue_over_a_day_on_which_only_the_exchange_is_closed() {
    let mut world = World::new();
    let (before, now) = (date("2025-12-23"), date("2025-12-26"));
    for day in [before, now] {
        world.di(day, &[("F27", 14.0), ("F28", 14.0), ("F29", 14.0)]);
    }
    for day in ["2025-12-23", "2025-12-24", "2025-12-26"] {
        world.put("BR_CDI_DAILY", date(day), 0.05);
    }
    let market = world.build();
    let series = instrument("DI_1Y").excess_returns(&market.on(now), now).unwrap();
    let expected = 1.14_f64.powf(2.0 / 252.0) / 1.0005_f64.powi(2) - 1.0;
    assert!((series.returns[0] - expected).abs() < 1e-12);
}

#[test]
fn a_cdi_that_is_not_published_yet_is_replaced_by_the_latest_one_and_noted() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for day in [before, now] {
        world.di(day, &[("F27", 14.0), ("F28", 14.0), ("F29", 14.0)]);
    }
    world.put("BR_CDI_DAILY", date("2026-03-27"), 0.05);
    world.put_released("BR_CDI_DAILY", before, 0.06, support::evening(date("2026-04-01")));
    let market = world.build();
    let series = instrument("DI_1Y").excess_returns(&market.on(now), now).unwrap();
    assert!((series.returns[0] - (1.14_f64.powf(1.0 / 252.0) / 1.0005 - 1.0)).abs() < 1e-12);
    assert!(series.notes.iter().any(|note| note.contains("not published yet")), "{:?}", series.notes);
}

#[test]
fn weekly_curves_make_no_daily_returns() {
    let mut world = World::new();
    for day in ["2021-01-04", "2021-01-11", "2021-01-18", "2021-01-26"] {
        world.di(date(day), &[("F22", 3.0), ("F23", 4.0), ("F25", 5.5)]);
        world.put("BR_CDI_DAILY", date(day), 0.0075);
    }
    let market = world.build();
    let error = instrument("DI_1Y").excess_returns(&market.on(date("2021-01-26")), date("2021-01-01")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "DI_1Y: no daily return since 2021-01-01 from 4 levels of the DI curve \
         (no return across a gap of more than 3 sessions: 3 times)"
    );
}

#[test]
fn a_return_never_spans_two_sources() {
    let mut world = World::new();
    let days = world.sessions(CalendarId::B3, date("2026-03-02"), 4);
    for (bd, rate) in [(126, 14.0), (252, 14.0), (504, 14.0)] {
        world.define(&format!("B3.PRE.{bd}BD"), "PRE", Tenor::BusinessDays(bd));
        for day in &days[..2] {
            world.put(&format!("B3.PRE.{bd}BD"), *day, rate);
        }
    }
    for day in &days[2..] {
        world.di(*day, &[("F27", 14.0), ("F28", 14.0), ("F29", 14.0)]);
    }
    for day in &days {
        world.put("BR_CDI_DAILY", *day, 0.054_266);
    }
    let market = world.build();
    let view = market.on(days[3]);
    assert_eq!(di_curve(&view, days[0]).unwrap().source(), DiSource::ReferencePre);
    assert_eq!(latest_di_curve(&view, 5).unwrap().source(), DiSource::Di1Rate);
    let series = instrument("DI_1Y").excess_returns(&view, days[0]).unwrap();
    assert_eq!(series.dates, [days[1], days[3]]);
    assert!(series.notes.iter().any(|note| note.contains("two sources")), "{:?}", series.notes);
}

#[test]
fn settlement_prices_stand_in_for_missing_rates_and_say_so() {
    let mut world = World::new();
    let day = date("2026-03-30");
    for (code, price) in [("F27", 90_414.45), ("F28", 79_377.39), ("F29", 69_796.2), ("H26", 100_000.0)] {
        let id = format!("B3.DI1{code}.SETTLEMENT");
        world.define_plain(&id);
        world.put(&id, day, price);
    }
    let market = world.build();
    let curve = di_curve(&market.on(day), day).unwrap();
    assert_eq!(curve.source(), DiSource::Di1Price);
    assert_eq!(curve.vertices().len(), 3, "the expired contract is left out");
    for (vertex, published) in curve.vertices().iter().zip([0.142_99, 0.141_08, 0.140_56]) {
        assert!((vertex.1 - published).abs() < 1e-6, "{vertex:?} {published}");
    }
}

#[test]
fn bad_curves_are_refused_by_name_and_not_replaced() {
    let mut world = World::new();
    let day = date("2026-03-30");
    world.di(day, &[("F27", 14.2), ("F28", 1414.0), ("F29", 14.2)]);
    world.di(date("2026-03-27"), &[("F27", 14.2), ("F28", 14.1)]);
    let market = world.build();
    let view = market.on(day);
    assert_eq!(
        di_curve(&view, day).unwrap_err().to_string(),
        format!(
            "curve DI1 of 2026-03-30: rate 14.14 at {} is outside [-0.05, 1]",
            market.calendars.business_days_252(day, day, date("2028-01-01"))
        )
    );
    assert!(matches!(latest_di_curve(&view, 5), Err(CurveError::AbsurdRate { .. })));
    assert_eq!(
        di_curve(&view, date("2026-03-27")).unwrap_err().to_string(),
        format!(
            "curve DI1 of 2026-03-27: 2 usable vertices ({}), at least 3 needed",
            ["2027-01-01", "2028-01-01"]
                .map(|month| market
                    .calendars
                    .business_days_252(date("2026-03-27"), date("2026-03-27"), date(month))
                    .to_string())
                .join(", ")
        )
    );
    assert!(matches!(di_curve(&view, date("2026-03-26")), Err(CurveError::Absent { .. })));
}

#[test]
fn usdbrl_gains_the_spot_move_and_the_differential() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    world.put("BR_USDBRL_PTAX_SELL", before, 5.20);
    world.put("BR_USDBRL_PTAX_SELL", now, 5.252);
    world.put("BR_CDI_DAILY", before, 0.05);
    world.put("US_DFF", before, 3.6);
    let market = world.build();
    let series = instrument("USDBRL").excess_returns(&market.on(now), now).unwrap();
    let expected = 1.01 * (1.0 + 0.036 / 360.0) / 1.0005 - 1.0;
    assert!((series.returns[0] - expected).abs() < 1e-12);
    assert!(series.notes.iter().any(|note| note.contains("no cupom curve")), "{:?}", series.notes);
}

#[test]
fn one_spot_series_serves_the_whole_history() {
    let mut world = World::new();
    let days = world.sessions(CalendarId::BrNational, date("2026-02-02"), 30);
    for (step, day) in days.iter().enumerate() {
        world.put("MK_USDBRL_Y", *day, 5.0 + step as f64 / 1000.0);
        world.put("BR_CDI_DAILY", *day, 0.05);
        world.put("US_DFF", *day, 3.6);
        if step >= 20 {
            world.put("BR_USDBRL_PTAX_SELL", *day, 6.0);
        }
    }
    let market = world.build();
    let view = market.on(days[29]);
    let named = |from: NaiveDate| instrument("USDBRL").excess_returns(&view, from).unwrap().notes[0].clone();
    assert!(named(days[0]).contains("MK_USDBRL_Y"));
    assert!(named(days[22]).contains("BR_USDBRL_PTAX_SELL"));
}

#[test]
fn a_treasury_on_an_unchanged_curve_returns_its_carry_and_roll() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for day in [before, now] {
        world.ust(day, &[(12, 3.6), (24, 3.7), (60, 3.9), (120, 4.2), (360, 4.8)]);
        world.put("US_DFF", day, 3.64);
    }
    let market = world.build();
    for id in ["UST_2Y", "UST_5Y", "UST_10Y", "UST_30Y"] {
        let earned = instrument(id).excess_returns(&market.on(now), now).unwrap().returns[0];
        let expected = instrument(id).carry_and_roll(&market.on(before), 1).unwrap();
        assert!((earned - expected.total()).abs() < 1e-14, "{id}");
        assert!(expected.roll > 0.0, "{id} rolls down an upward curve");
    }
}

#[test]
fn a_par_yield_that_was_not_published_is_no_level() {
    let mut world = World::new();
    let days = world.sessions(CalendarId::Sifma, date("2026-03-25"), 4);
    for (step, day) in days.iter().enumerate() {
        world.ust(*day, &[(12, 3.6), (60, 3.9), (84, 4.1), (240, 4.8)]);
        if step != 2 {
            world.ust(*day, &[(120, 4.35)]);
        }
        world.put("US_DFF", *day, 3.64);
    }
    let market = world.build();
    let ten = instrument("UST_10Y");
    let series = ten.excess_returns(&market.on(days[3]), days[0]).unwrap();
    assert_eq!(series.dates, [days[1], days[3]]);
    assert!(series.notes.iter().any(|note| note.contains("no yield published at 10 years: 1")), "{:?}", series.notes);
    let quote = ten.quote(&market.on(days[2])).unwrap();
    assert_eq!((quote.date, quote.rate), (days[1], Some(0.0435)));
    assert!(matches!(
        instrument("UST_30Y").quote(&market.on(days[2])),
        Err(PricingError::Curve { error: CurveError::NoTenor { years: 30, .. }, .. })
    ));
}

#[test]
fn a_di_receiver_on_an_unchanged_curve_returns_its_carry_and_roll() {
    let mut world = World::new();
    let (before, now) = (date("2026-03-30"), date("2026-03-31"));
    for (bd, rate) in [(126, 14.0), (252, 13.8), (504, 13.5), (2520, 14.2)] {
        world.define(&format!("B3.PRE.{bd}BD"), "PRE", Tenor::BusinessDays(bd));
        for day in [before, now] {
            world.put(&format!("B3.PRE.{bd}BD"), day, rate);
        }
    }
    world.put("BR_CDI_DAILY", before, 0.054_266);
    let market = world.build();
    for id in ["DI_6M", "DI_1Y", "DI_2Y", "DI_5Y", "DI_10Y"] {
        let earned = instrument(id).excess_returns(&market.on(now), now).unwrap().returns[0];
        let expected = instrument(id).carry_and_roll(&market.on(before), 1);
        // On the evening of `before` the CDI of that day is not out; in this world it is.
        assert!((earned - expected.unwrap().total()).abs() < 1e-14, "{id}");
    }
}

#[test]
fn one_observation_is_an_error_and_no_panic() {
    let (market, days) = shared();
    let view = market.on(days[0]);
    for instrument in universe() {
        let error = instrument.excess_returns(&view, days[0] - Days::new(60)).unwrap_err();
        assert!(matches!(error, PricingError::NoReturn { levels: 1, .. }), "{error}");
    }
}

#[test]
fn nothing_at_all_is_an_error_that_names_the_series() {
    let market = World::new().build();
    let view = market.on(date("2026-03-31"));
    for instrument in universe() {
        let text = instrument.excess_returns(&view, date("2026-01-02")).unwrap_err().to_string();
        assert!(text.starts_with(instrument.id.as_str()) && text.contains('_'), "{text}");
        assert!(instrument.quote(&view).is_err());
        assert!(instrument.carry_and_roll(&view, 21).is_err());
        assert!(instrument.reprice(&view, &Shock::default()).is_err());
        assert!(instrument.sensitivity(&view).is_err());
    }
    assert_eq!(
        instrument("IBOV").quote(&view).unwrap_err().to_string(),
        "IBOV: no figure since 2026-03-24 of B3.IBOV.CLOSE, MK_IBOV_Y"
    );
}

#[test]
fn a_stale_level_is_no_quote() {
    let (market, days) = shared();
    let late = market.calendars.add(CalendarId::B3, *days.last().unwrap(), 8);
    let view = market.on(late);
    for instrument in universe() {
        assert!(instrument.quote(&view).is_err(), "{}", instrument.id);
    }
}

#[test]
fn returns_do_not_change_with_what_is_released_after_the_cut() {
    let (market, days) = shared();
    let cut = days[20];
    let view = market.on(cut);
    let truncated = market.history.map(|row| (row.released_at <= view.cut().published).then_some(row)).unwrap();
    let overwritten = market
        .history
        .map(|mut row| {
            if row.released_at > view.cut().published {
                row.value *= 1.5;
            }
            Some(row)
        })
        .unwrap();
    let expected = excess_returns_all(&view, universe(), days[0]);
    for history in [truncated, overwritten] {
        let other = market::AsOf::new(&history, &market.catalogue, &market.calendars, view.cut());
        assert_eq!(excess_returns_all(&other, universe(), days[0]), expected);
    }
    assert!(expected.values().all(|series| series.as_ref().unwrap().dates.last() == Some(&cut)));
    assert!(view.reads().values().all(|entry| entry.latest_released_at <= Some(view.cut().published)));
}

#[test]
fn a_blocked_series_stops_what_needs_it_and_nothing_else() {
    let (market, days) = shared();
    let view = market.on(*days.last().unwrap()).blocking([SeriesId::new("B3.IBOV.CLOSE")]);
    assert!(instrument("IBOV").quote(&view).is_err());
    assert!(instrument("SPX").quote(&view).is_ok());
}

#[test]
fn sharing_a_book_changes_no_answer() {
    let (market, days) = shared();
    let view = market.on(*days.last().unwrap());
    for (id, series) in excess_returns_all(&view, universe(), days[3]) {
        assert_eq!(series, find(&id).unwrap().excess_returns(&view, days[3]), "{id}");
    }
}

#[test]
fn carry_has_the_signs_of_the_market() {
    let (market, days) = shared();
    let view = market.on(*days.last().unwrap());
    let carry = |id: &str| instrument(id).carry_and_roll(&view, 21).unwrap();
    assert!(carry("USDBRL").total() < -0.005, "holding dollars costs the differential: {:?}", carry("USDBRL"));
    assert!(carry("DI_2Y").carry < 0.0, "an inverted curve below CDI");
    assert!(carry("IBOV").total() < 0.0);
    assert!(matches!(instrument("DI_6M").carry_and_roll(&view, 300), Err(PricingError::Horizon { .. })));
}

#[test]
fn sensitivities_are_those_of_the_formulas() {
    let (market, days) = shared();
    let view = market.on(*days.last().unwrap());
    for (id, years) in [("DI_1Y", 1.0), ("DI_5Y", 5.0), ("DI_10Y", 10.0)] {
        let rate = instrument(id).quote(&view).unwrap().rate.unwrap();
        let sensitivity = instrument(id).sensitivity(&view).unwrap();
        assert!((sensitivity.dv01 / (years / (1.0 + rate) * 1e-4) - 1.0).abs() < 1e-5, "{id}");
        assert_eq!((sensitivity.dv01_usd, sensitivity.fx_delta), (0.0, 0.0));
    }
    let dollar = instrument("USDBRL").sensitivity(&view).unwrap();
    assert!((dollar.fx_delta - 1.0).abs() < 1e-12);
    assert!(dollar.dv01_brl < 0.0 && dollar.dv01_usd > 0.0);
    for id in ["IBOV", "SPX"] {
        let index = instrument(id).sensitivity(&view).unwrap();
        assert!((index.equity_delta - 1.0).abs() < 1e-12 && index.dv01 == 0.0);
    }
}

#[test]
fn no_shock_is_exactly_no_return() {
    let (market, days) = shared();
    let view = market.on(*days.last().unwrap());
    for instrument in universe() {
        assert_eq!(instrument.reprice(&view, &Shock::default()).unwrap(), 0.0, "{}", instrument.id);
    }
}

/// A tenor of the Brazilian or US curve with the factor that moves it.
fn any_bond() -> impl Strategy<Value = (&'static Instrument, RiskFactor)> {
    let bonds: Vec<_> = universe()
        .iter()
        .map(|instrument| (instrument, instrument.factor()))
        .filter(|(_, factor)| matches!(factor, RiskFactor::BrlRates | RiskFactor::UsdRates))
        .collect();
    prop::sample::select(bonds)
}

proptest! {
    #[test]
    fn a_receiver_loses_when_rates_rise((bond, factor) in any_bond(), bp in 0.1..1500.0_f64) {
        let (market, days) = shared();
        let view = market.on(*days.last().unwrap());
        let (up, down) = (bond.reprice(&view, &Shock::parallel(factor, bp)).unwrap(),
                          bond.reprice(&view, &Shock::parallel(factor, -bp.min(300.0))).unwrap());
        prop_assert!(up < 0.0 && up > -1.0 && down > 0.0);
        // Convexity: the gain of a fall is larger than the loss of an equal rise.
        let symmetric = bond.reprice(&view, &Shock::parallel(factor, bp.min(300.0))).unwrap();
        prop_assert!(down > -symmetric);
    }

    #[test]
    fn a_small_shock_costs_the_dv01_to_second_order((bond, factor) in any_bond(), bp in -20.0..20.0_f64) {
        let (market, days) = shared();
        let view = market.on(*days.last().unwrap());
        let dv01 = bond.sensitivity(&view).unwrap().dv01;
        let exact = bond.reprice(&view, &Shock::parallel(factor, bp)).unwrap();
        // Second-order term of a 30-year bond: convexity of some 450 / 2.
        prop_assert!((exact + dv01 * bp).abs() <= 500.0 * (bp / 1e4).powi(2) + 1e-9);
    }

    #[test]
    fn long_dollars_gain_when_the_dollar_rises(move_ in 0.0001..0.5_f64) {
        let (market, days) = shared();
        let view = market.on(*days.last().unwrap());
        let shock = |usdbrl| Shock { usdbrl, ..Shock::default() };
        prop_assert!(instrument("USDBRL").reprice(&view, &shock(move_)).unwrap() > 0.0);
        prop_assert!(instrument("USDBRL").reprice(&view, &shock(-move_)).unwrap() < 0.0);
        prop_assert_eq!(instrument("DI_5Y").reprice(&view, &shock(move_)).unwrap(), 0.0);
    }

    #[test]
    fn a_scaled_equity_shock_scales_the_return(size in -0.4..0.4_f64, by in 0.1..2.0_f64) {
        let (market, days) = shared();
        let view = market.on(*days.last().unwrap());
        let shock = Shock { equity_br: size, equity_us: size / 2.0, ..Shock::default() };
        for id in ["IBOV", "SPX"] {
            let (one, scaled) = (instrument(id).reprice(&view, &shock).unwrap(), instrument(id).reprice(&view, &shock.scaled(by)).unwrap());
            prop_assert!((scaled - one * by).abs() < 1e-12);
        }
    }

    #[test]
    fn no_shock_makes_a_value_that_is_not_a_number(
        brl in -3000.0..3000.0_f64, usd in -3000.0..3000.0_f64, fx in -0.99..5.0_f64, equity in -0.99..5.0_f64,
    ) {
        let (market, days) = shared();
        let view = market.on(*days.last().unwrap());
        let book = CurveBook::latest(&view);
        let shock = Shock {
            brl_rates_bp: vec![(0.5, brl), (5.0, brl / 2.0)], usd_rates_bp: vec![(2.0, usd)],
            usdbrl: fx, equity_br: equity, equity_us: equity, ..Shock::default()
        };
        for instrument in universe() {
            match instrument.reprice_with(&book, &shock) {
                Ok(value) => prop_assert!(value.is_finite() && value > -1.0),
                Err(error) => prop_assert!(matches!(error, PricingError::Shock { .. }), "{}", error),
            }
        }
    }

    #[test]
    fn a_pu_falls_with_its_rate_and_its_maturity(rate in 0.001..0.5_f64, bd in 1..3000_u32) {
        prop_assert!(di_pu(rate + 0.001, bd) < di_pu(rate, bd));
        prop_assert!(di_pu(rate, bd + 1) < di_pu(rate, bd));
    }
}

/// Not an assertion on time: run it with `--release --nocapture` to read the measurement.
#[test]
fn three_years_of_forty_vertices_are_priced_once_for_all_tenors() {
    let mut world = World::new();
    let days = world.sessions(CalendarId::B3, date("2023-03-01"), 750);
    let codes: Vec<String> =
        (26..42).flat_map(|year| ["F", "N", "V"].map(|month| format!("{month}{year}"))).take(40).collect();
    for (step, day) in days.iter().enumerate() {
        let contracts: Vec<(&str, f64)> =
            codes.iter().map(|code| (code.as_str(), 13.0 + (step % 11) as f64 * 0.01)).collect();
        world.di(*day, &contracts);
        world.put("BR_CDI_DAILY", *day, 0.05);
    }
    let market = world.build();
    let view = market.on(days[749]);
    let tenors = universe().iter().filter(|instrument| instrument.id.as_str().starts_with("DI_"));
    let start = std::time::Instant::now();
    let all = excess_returns_all(&view, tenors, days[0]);
    println!("6 tenors x 749 returns from 40 vertices: {:?}", start.elapsed());
    assert!(all.values().all(|series| series.as_ref().unwrap().len() > 700), "{all:?}");
}
