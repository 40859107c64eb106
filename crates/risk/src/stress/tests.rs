use std::sync::LazyLock;

use market::instruments::{RiskFactor, catalogue, universe};

use super::episodes::{Coverage, Episode, apply, measure};
use super::*;
use crate::scenario;
use crate::testing::market_by_hand::{Builder, Market, TODAY, date, ordinary};

static MARKET: LazyLock<Market> = LazyLock::new(|| ordinary(60).build());

fn book(weights: &[(&str, f64)]) -> Book {
    Book::of(weights.iter().map(|(id, weight)| (InstrumentId::new(id), *weight)).collect())
}

fn held(weights: &[(&str, f64)]) -> Vec<Holding> {
    let view = MARKET.today();
    holdings(&CurveBook::latest(&view), &book(weights)).unwrap()
}

fn pnl_of(results: &[StressResult], name: &str) -> f64 {
    results.iter().find(|r| r.scenario == name).unwrap().pnl.unwrap()
}

#[test]
fn a_receiver_loses_when_rates_rise_and_a_dollar_long_gains_when_the_real_falls() {
    let (results, unpriced) = run(&held(&[("DI_5Y", 0.25), ("USDBRL", 0.10)]), &scenario::standard());
    assert!(unpriced.is_empty(), "{unpriced:?}");
    let of = |id: &str, name: &str| {
        let result = results.iter().find(|r| r.scenario == name).unwrap();
        result.by_position[&InstrumentId::new(id)]
    };
    assert!(of("DI_5Y", "brl_rates_up_200") < 0.0 && of("DI_5Y", "brl_rates_down_200") > 0.0);
    assert!((of("USDBRL", "usdbrl_up_15") - 0.015).abs() < 1e-15);
    assert_eq!(of("DI_5Y", "usdbrl_up_15"), 0.0);
    let both = pnl_of(&results, "global_risk_off");
    assert!((both - of("DI_5Y", "global_risk_off") - of("USDBRL", "global_risk_off")).abs() < 1e-15);
}

#[test]
fn a_position_without_a_price_is_listed_and_takes_the_total_away() {
    let mut holdings = held(&[("USDBRL", 0.1)]);
    let priced = Err("no curve".to_owned());
    holdings.push(Holding { instrument: InstrumentId::new("ODD"), weight: 0.1, priced });
    let scenarios = &scenario::standard()[..1];
    let (results, unpriced) = run(&holdings, scenarios);
    assert_eq!(results[0].pnl, None);
    assert_eq!(results[0].unpriced, [InstrumentId::new("ODD")]);
    assert_eq!(results[0].by_position.len(), 1);
    assert_eq!((unpriced[0].reason.as_str(), unpriced[0].needed_for.as_str()), ("no curve", "brl_rates_up_200"));
    let worst = Worst::of(&results, &[], date(TODAY));
    assert_eq!(worst, Worst { missing: vec!["brl_rates_up_200".to_owned()], ..Worst::default() });
    let stranger = super::holdings(&CurveBook::latest(&MARKET.today()), &book(&[("TULIPS", 0.1)]));
    assert!(matches!(stranger, Err(RiskError::UnknownInstrument { .. })));
}

#[test]
fn sensitivities_explain_every_scenario_of_every_instrument_within_five_percent() {
    let mut compared = 0;
    let named = catalogue().iter().map(|instrument| instrument.id.as_str());
    let weights: Vec<(&str, f64)> = named.chain(["DI1F27", "DI1F33"]).map(|id| (id, 1.0)).collect();
    let holdings: Vec<Holding> = held(&weights).into_iter().filter(|holding| holding.priced.is_ok()).collect();
    // The desk's thirteen, both minis, oil, sovereign credit and two listed contracts.
    assert!(holdings.len() >= 19, "the market by hand prices {} instruments", holdings.len());
    for scenarios in [scenario::standard(), scenario::standard().iter().map(Scenario::reversed).collect()] {
        let (results, _) = run(&holdings, &scenarios);
        for result in &results {
            for (id, pnl) in &result.by_position {
                let explained = result.explained[id];
                let parts = explained.first + explained.second + explained.unexplained;
                assert!((parts - pnl).abs() < 1e-15, "the parts of {id} under {} do not add up", result.scenario);
                assert!(
                    explained.unexplained.abs() <= 0.05 * pnl.abs() + 1e-9,
                    "{id} under {}: {pnl} of which {explained:?}",
                    result.scenario
                );
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2 * scenario::standard().len() * holdings.len());
}

#[test]
fn a_receiver_loses_in_every_instrument_when_its_rates_rise() {
    for instrument in universe() {
        let holdings = held(&[(instrument.id.as_str(), 1.0)]);
        let Ok((priced, sensitivity)) = &holdings[0].priced else { continue };
        for (factor, dv01) in
            [(RiskFactor::BrlRates, sensitivity.dv01_brl), (RiskFactor::UsdRates, sensitivity.dv01_usd)]
        {
            if instrument.factor() != factor {
                continue;
            }
            assert!(dv01 > 0.0, "{}", instrument.id);
            let change = |bp: f64| priced.reprice(&Shock::parallel(factor, bp)).unwrap();
            assert!(change(50.0) < 0.0 && change(-50.0) > 0.0, "{}", instrument.id);
        }
    }
}

/// A market with two days of an episode and the levels of today.
fn market_with(figures: &[(&str, &str, f64)], ust: &[(&str, f64)]) -> Market {
    let mut builder: Builder = ordinary(60);
    for (series, day, value) in figures {
        builder.put(series, date(day), *value);
    }
    for (day, rate) in ust {
        builder.ust(date(day), &[(24, *rate), (60, *rate), (120, *rate)]);
    }
    builder.build()
}

fn covid() -> Episode {
    episodes::standard().into_iter().find(|episode| episode.name == "covid_2020").unwrap()
}

fn replay(market: &Market, weights: &[(&str, f64)]) -> episodes::EpisodeResult {
    let view = market.today();
    let holdings = holdings(&CurveBook::latest(&view), &book(weights)).unwrap();
    apply(&covid(), &measure(&CurveBook::new(&view, covid().from), &covid()), &holdings)
}

#[test]
fn an_episode_applies_what_the_factors_did() {
    let figures = [
        ("MK_SPX_Y", "2020-02-19", 3386.15),
        ("MK_SPX_Y", "2020-03-23", 2237.40),
        ("BR_USDBRL_PTAX_SELL", "2020-02-19", 4.3665),
        ("BR_USDBRL_PTAX_SELL", "2020-03-20", 5.0520),
    ];
    let result = replay(&market_with(&figures, &[]), &[("SPX", 0.2)]);
    assert_eq!(result.coverage, Coverage::Partial);
    assert!((result.pnl.unwrap() - 0.2 * (2237.40 / 3386.15 - 1.0)).abs() < 1e-15);
    let dollar = result.measured.iter().find(|measured| measured.factor == RiskFactor::UsdBrl).unwrap();
    assert_eq!((dollar.source.as_str(), dollar.to), ("BR_USDBRL_PTAX_SELL", date("2020-03-20")), "the Friday before");
    let missing: Vec<RiskFactor> = result.unmeasured.iter().map(|missing| missing.factor).collect();
    assert!(missing.contains(&RiskFactor::BrlRates) && !missing.contains(&RiskFactor::EquityUs), "{missing:?}");
}

#[test]
fn an_end_without_a_figure_is_no_move_and_not_a_move_of_zero() {
    let day = Episode { from: date("2017-05-17"), to: date("2017-05-18"), ..covid() };
    let of = |figures: &[(&str, &str, f64)], weights: &[(&str, f64)]| {
        let market = market_with(figures, &[("2017-05-17", 1.4)]);
        let view = market.today();
        let measured = measure(&CurveBook::new(&view, date("2017-05-01")), &day);
        apply(&day, &measured, &holdings(&CurveBook::latest(&view), &book(weights)).unwrap())
    };
    let oil = [("MK_WTI_Y", "2017-05-17", 49.07), ("MK_SPX_Y", "2017-05-16", 2400.67)];
    let result = of(&oil, &[("WTI", 0.1), ("SPX", 0.1), ("UST_2Y", 0.1)]);
    assert_eq!((result.pnl, result.moves.as_slice()), (None, [].as_slice()));
    for (factor, reason) in [
        (RiskFactor::Commodity, "no commodities is stored after 2017-05-17 up to 2017-05-18"),
        (RiskFactor::EquityUs, "no US equity is stored after 2017-05-16 up to 2017-05-18"),
        (RiskFactor::UsdRates, "no USD rates is stored after 2017-05-17 up to 2017-05-18"),
    ] {
        let missing = result.unmeasured.iter().find(|missing| missing.factor == factor);
        assert_eq!(missing.map(|missing| missing.reason.as_str()), Some(reason));
    }
    // The next source that has both dates is asked.
    let both = [("EIA:RWTC", "2017-05-17", 49.0), ("EIA:RWTC", "2017-05-18", 49.3)];
    let result = of(&[oil.as_slice(), both.as_slice()].concat(), &[("WTI", 0.1)]);
    let measured = result.measured.iter().find(|measured| measured.factor == RiskFactor::Commodity);
    assert_eq!(measured.map(|measured| measured.source.as_str()), Some("EIA:RWTC"));
    assert!((result.pnl.unwrap() - 0.1 * (49.3 / 49.0 - 1.0)).abs() < 1e-15);
}

#[test]
fn a_position_that_depends_on_what_has_no_data_takes_the_episodes_total_away() {
    let figures = [("MK_SPX_Y", "2020-02-19", 3386.15), ("MK_SPX_Y", "2020-03-23", 2237.40)];
    let result = replay(&market_with(&figures, &[]), &[("SPX", 0.2), ("DI_5Y", 0.2), ("IBOV", 0.1)]);
    assert_eq!(result.pnl, None);
    assert_eq!(result.by_position.len(), 1, "{:?}", result.by_position);
    let reasons: Vec<&str> = result.unpriced.iter().map(|gap| gap.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "it depends on BRL rates: no BRL rates is stored within 7 days before 2020-02-19",
            "it depends on Brazilian equity: no Brazilian equity is stored within 7 days before 2020-02-19"
        ]
    );
}

#[test]
fn a_curve_that_was_measured_in_part_says_nothing_of_the_rest() {
    let market = market_with(&[], &[("2020-02-19", 1.4), ("2020-03-23", 0.8)]);
    let two = replay(&market, &[("UST_2Y", 0.2)]);
    let up_to_ten = two.unmeasured.iter().find(|missing| missing.factor == RiskFactor::UsdRates).unwrap();
    assert_eq!(up_to_ten.beyond_years, Some(10.0));
    assert!(two.pnl.is_some_and(|pnl| pnl > 0.0), "60 bp down is a gain: {:?}", two.unpriced);
    let thirty = replay(&market, &[("UST_30Y", 0.2)]);
    assert_eq!(thirty.pnl, None);
    assert!(thirty.unpriced[0].reason.starts_with("it depends on USD rates beyond 10 years"), "{:?}", thirty.unpriced);
}

#[test]
fn an_episode_without_data_or_still_to_come_is_absent_and_has_no_total() {
    let nothing = replay(&MARKET, &[]);
    assert_eq!((nothing.coverage, nothing.pnl), (Coverage::Absent, None), "not even of a flat book");
    let to_come = Episode { to: date("2026-04-30"), from: date(TODAY), ..covid() };
    let view = MARKET.today();
    let measured = measure(&CurveBook::new(&view, to_come.from), &to_come);
    let result = apply(&to_come, &measured, &held(&[("SPX", 0.1)]));
    assert_eq!((result.coverage, result.pnl), (Coverage::Absent, None));
    assert!(result.unmeasured.iter().all(|missing| missing.reason == "it ends on 2026-04-30, after the run date"));
}

#[test]
fn an_episode_without_a_total_may_be_the_worst_until_it_is_still_to_come() {
    let figures = [("MK_SPX_Y", "2020-02-19", 3386.15), ("MK_SPX_Y", "2020-03-23", 2237.40)];
    let market = market_with(&figures, &[]);
    let (whole, partial) = (replay(&market, &[("SPX", 0.2)]), replay(&market, &[("SPX", 0.2), ("DI_5Y", 0.2)]));
    assert_eq!((partial.coverage, partial.pnl), (Coverage::Partial, None));
    let of = |episode: &episodes::EpisodeResult, day: &str| Worst::of(&[], std::slice::from_ref(episode), date(day));
    let known = of(&whole, TODAY);
    assert_eq!((known.name.as_deref(), known.episodes, known.missing.len()), (Some("covid_2020"), 1, 0));
    assert!((known.loss - 0.2 * (1.0 - 2237.40 / 3386.15)).abs() < 1e-15);
    assert_eq!(of(&partial, TODAY), Worst { missing: vec!["covid_2020".to_owned()], ..Worst::default() });
    let nothing = replay(&MARKET, &[("SPX", 0.2)]);
    assert_eq!((nothing.coverage, of(&nothing, TODAY).missing.len()), (Coverage::Absent, 1));
    assert_eq!(of(&partial, "2020-03-22"), Worst::default(), "it has not happened yet");
    let broken = episodes::EpisodeResult { pnl: Some(f64::NAN), ..whole };
    assert_eq!(of(&broken, TODAY).missing, ["covid_2020"]);
}

#[test]
fn the_standing_episodes_are_named_once_and_end_after_they_begin() {
    assert_eq!(episodes::standard().len(), 6);
    assert_eq!(episodes::validate(&episodes::standard()), Ok(()));
    let twice = [covid(), covid()];
    assert!(episodes::validate(&twice).is_err());
    assert!(episodes::validate(&[Episode { to: covid().from, ..covid() }]).is_err());
}
