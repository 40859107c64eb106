//! The inflation and monetary models on the simulated market, against the truth it was made with.

mod published;

use std::sync::OnceLock;

use agents::{AgentOutcome, AgentRegistry, AgentSignal, AgentsConfig};
use chrono::{Datelike, Months, NaiveDate};
use market::{AsOf, History};
use published::{Published, correlation, date, history, mean};
use simulated_market::{CurveParameters, SimulationConfig};

struct Desk {
    market: Published,
    history: History,
}

/// Twelve years of one world, without faults.
fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let market = Published::new(SimulationConfig::demo(7));
        Desk { history: history(&market.rows), market }
    })
}

/// What both agents say on the 20th (or the first weekday after it) of some months, worked out once.
fn answers() -> &'static [(NaiveDate, Vec<AgentOutcome>)] {
    static ANSWERS: OnceLock<Vec<(NaiveDate, Vec<AgentOutcome>)>> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let first = date("2021-01-20");
        let dates = (0..16).map(|k| first + Months::new(4 * k)).filter(|day| *day < date("2026-03-31"));
        dates.chain([date("2026-03-31")]).map(|day| (day, ask(day))).collect()
    })
}

fn ask(day: NaiveDate) -> Vec<AgentOutcome> {
    let desk = desk();
    let view = desk.market.view(&desk.history, day);
    let config = AgentsConfig::default();
    let agents: Vec<Box<dyn agents::Agent>> =
        vec![Box::new(agents::inflation::agent(&config)), Box::new(agents::monetary::agent(&config))];
    AgentRegistry::new(agents).assess_all(&view)
}

fn find(outcomes: &[AgentOutcome], id: &str) -> Option<AgentSignal> {
    outcomes.iter().find_map(|outcome| outcome.result.as_ref().unwrap().signal(id)).cloned()
}

fn signal(outcomes: &[AgentOutcome], id: &str) -> AgentSignal {
    let why: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.result.as_ref().unwrap().abstained).collect();
    find(outcomes, id).unwrap_or_else(|| panic!("no signal {id}: {why:?}"))
}

fn feature(outcomes: &[AgentOutcome], name: &str) -> Option<f64> {
    outcomes.iter().find_map(|outcome| outcome.result.as_ref().unwrap().feature(name))
}

fn latest() -> &'static [AgentOutcome] {
    &answers().last().unwrap().1
}

/// Instantaneous rate of a simulated curve in `years`, % a year: the expected path and the forward premium.
fn forward(curve: &CurveParameters, rate: f64, rule: f64, neutral: f64, premium: f64, years: f64) -> f64 {
    let (a, b) = (1.0 / curve.policy_years, 1.0 / curve.rule_years);
    let slow = a * (rule - neutral) / (a - b);
    let fast = rate - neutral - slow;
    neutral
        + slow * (-b * years).exp()
        + fast * (-a * years).exp()
        + premium * (1.0 - (-years / curve.premium_years).exp())
}

#[test]
fn the_true_weights_of_the_groups_come_back() {
    let truth = [
        ("food", 0.215),
        ("housing", 0.155),
        ("household", 0.040),
        ("clothing", 0.047),
        ("transport", 0.205),
        ("comm", 0.050),
        ("health", 0.133),
        ("personal", 0.095),
        ("educ", 0.060),
    ];
    let found = signal(latest(), "inflation.bottom_up");
    for (name, weight) in truth {
        let recovered = found.diagnostics[&format!("weight.{name}")];
        assert!((recovered - weight).abs() < 0.015, "{name}: {recovered} {weight}");
    }
}

#[test]
fn the_bottom_up_forecast_meets_what_came_within_its_error() {
    let truth = &desk().market.truth;
    let mut errors = Vec::new();
    for (day, outcomes) in answers() {
        let newest = day.with_day(1).unwrap() - Months::new(1);
        let last = newest + Months::new(12);
        if last > truth.months.last().unwrap().month {
            continue;
        }
        let realised = truth
            .months
            .iter()
            .filter(|month| month.month > newest && month.month <= last)
            .map(|month| 1.0 + month.brazil.headline_mom / 100.0)
            .product::<f64>()
            - 1.0;
        let found = signal(outcomes, "inflation.bottom_up");
        let forecast = feature(outcomes, "br.bottom_up_forecast_12m").unwrap();
        errors.push(100.0 * (forecast - realised) / found.diagnostics["standard_error_pp"]);
    }
    let size = mean(&errors.iter().map(|e| e * e).collect::<Vec<f64>>()).sqrt();
    println!("bottom-up: {} forecasts, root mean squared standardised error {size:.2}", errors.len());
    assert!(errors.len() >= 10 && size < 2.5, "{errors:?}");
}

#[test]
fn the_surprise_is_the_part_that_nobody_could_know() {
    let truth = &desk().market.truth;
    // The season of a calendar month: what headline inflation has beyond the core, on average over the years.
    let season = |month: u32| {
        let beyond: Vec<f64> = truth
            .months
            .iter()
            .filter(|row| row.month.month() == month)
            .map(|row| row.brazil.headline_mom - row.brazil.core / 12.0)
            .collect();
        mean(&beyond)
    };
    let pairs: Vec<(f64, f64)> = answers()
        .iter()
        .filter_map(|(day, outcomes)| {
            let month = day.with_day(1).unwrap() - Months::new(1);
            let row = truth.month(month).unwrap();
            let unknowable = row.brazil.headline_mom - row.brazil.expected / 12.0 - season(month.month());
            Some((100.0 * feature(outcomes, "br.ipca_surprise_last")?, unknowable))
        })
        .collect();
    assert!(pairs.len() >= 10, "{}", pairs.len());
    assert!(correlation(&pairs) > 0.8, "{pairs:?}");
}

#[test]
fn persistence_follows_the_core() {
    let truth = &desk().market.truth;
    let pairs: Vec<(f64, f64)> = answers()
        .iter()
        .map(|(day, outcomes)| {
            let row = truth.months.partition_point(|month| month.month < day.with_day(1).unwrap());
            let core: Vec<f64> = truth.months[row - 3..row].iter().map(|month| month.brazil.core).collect();
            // A percentile needs ten years of a series: the world starts in 2014.
            let places: Vec<f64> = signal(outcomes, "inflation.persistence")
                .diagnostics
                .into_iter()
                .filter(|(name, _)| name.starts_with("place.") && name != "place.de_anchoring")
                .map(|(_, place)| place)
                .collect();
            (mean(&places), mean(&core))
        })
        .collect();
    assert!(correlation(&pairs) > 0.5, "{pairs:?}");
}

#[test]
fn the_us_trend_is_that_of_the_core() {
    let truth = &desk().market.truth;
    let errors: Vec<f64> = answers()
        .iter()
        .map(|(day, outcomes)| {
            let found = signal(outcomes, "inflation.us_trend");
            let printed = found.evidence[0].period.unwrap();
            let row = truth.months.partition_point(|month| month.month <= printed);
            assert!(printed < *day);
            let pace = |months: usize| {
                mean(&truth.months[row - months..row].iter().map(|m| m.united_states.core).collect::<Vec<f64>>())
            };
            // Published PCE inflation runs 0.15 points below the core.
            found.diagnostics["gap_pp.core"] - ((pace(3) + pace(6)) / 2.0 - 0.15 - 2.0)
        })
        .collect();
    let size = mean(&errors.iter().map(|e| e.abs()).collect::<Vec<f64>>());
    println!("US trend: mean distance from the truth {size:.2} points");
    assert!(size < 0.3, "{errors:?}");
}

#[test]
fn the_neutral_rate_of_brazil_is_found_within_its_error() {
    let truth = desk().market.truth.parameters.brazil.neutral_real_rate;
    for (day, outcomes) in answers().iter().filter(|(day, _)| *day > date("2023-01-01")) {
        let rate = 100.0 * feature(outcomes, "br.neutral_real_rate").unwrap();
        let error = 100.0 * feature(outcomes, "br.neutral_real_rate_se").unwrap();
        println!("{day}: r* {rate:.2} +- {error:.2}, truth {truth}");
        assert!((rate - truth).abs() < 2.5 * error && error < 3.0, "{day}: {rate} +- {error}");
    }
}

#[test]
fn the_neutral_rate_of_the_united_states_is_found_within_its_error_by_either_model() {
    let truth = desk().market.truth.parameters.united_states.neutral_real_rate;
    let mut models = std::collections::BTreeSet::new();
    for (day, outcomes) in answers() {
        let Some(found) = find(outcomes, "monetary.rstar_us").or_else(|| find(outcomes, "monetary.rstar_us_level"))
        else {
            continue;
        };
        let (rate, error) = (found.evidence[0].value, found.evidence[1].value);
        println!("{day}: {} {rate:.2} +- {error:.2}, truth {truth}", found.id);
        assert!((rate - truth).abs() < 2.5 * error && error < 3.0, "{day}: {rate} +- {error}");
        models.insert(found.id);
    }
    assert_eq!(models.len(), 2, "{models:?}");
}

#[test]
fn the_implied_selic_is_the_expected_path_and_the_forward_premium() {
    let desk = desk();
    let curve = desk.market.truth.parameters.di_curve;
    let mut errors = Vec::new();
    for (day, outcomes) in answers().iter().filter(|(day, _)| *day > date("2023-02-01")) {
        let found = signal(outcomes, "monetary.selic_path");
        let truth = desk.market.truth.day(*day).unwrap();
        for item in &found.evidence {
            let Some(decision) = item.name.strip_prefix("Selic implied after ") else { continue };
            // The middle of the time until the next decision.
            let years = (date(decision) - *day).num_days() as f64 / 365.25 + 22.0 / 365.25;
            let expected = forward(&curve, truth.selic, truth.selic_rule, truth.selic_neutral, truth.di_premium, years);
            errors.push(item.value - expected);
        }
    }
    let size = mean(&errors.iter().map(|e| e.abs()).collect::<Vec<f64>>());
    println!("implied Selic: {} meetings, mean distance {size:.3} points", errors.len());
    assert!(errors.len() >= 40 && size < 0.15, "{errors:?}");
}

#[test]
fn the_term_premium_is_the_true_one() {
    let desk = desk();
    let curve = desk.market.truth.parameters.di_curve;
    let at = |years: f64| 1.0 - (1.0 - (-years / curve.premium_years).exp()) / (years / curve.premium_years);
    let pairs: Vec<(f64, f64)> = answers()
        .iter()
        .filter_map(|(day, outcomes)| {
            let found = find(outcomes, "monetary.term_premium")?;
            let years = found.diagnostics["horizon_bd"] / 252.0;
            Some((found.evidence[0].value, at(years) * desk.market.truth.day(*day).unwrap().di_premium))
        })
        .collect();
    let size = mean(&pairs.iter().map(|(found, truth)| (found - truth).abs()).collect::<Vec<f64>>());
    println!("term premium: {} dates, mean distance {size:.3} points", pairs.len());
    // Medians sit on a grid of a quarter of a point.
    assert!(pairs.len() >= 10 && size < 0.2, "{pairs:?}");
}

#[test]
fn the_implied_funds_rate_is_the_expected_path_and_the_forward_premium() {
    let desk = desk();
    let curve = desk.market.truth.parameters.ust_curve;
    let mut errors = Vec::new();
    for (day, outcomes) in answers() {
        let Some(rate) = feature(outcomes, "us.implied_funds_last_meeting") else { continue };
        let truth = desk.market.truth.day(*day).unwrap();
        let effective = |upper: f64| (upper - 0.17).max(0.05);
        let [rate_now, rule, neutral] = [truth.fed_funds, truth.fed_rule, truth.fed_neutral].map(effective);
        // The last meetings of a year share the rate of the note between half a year and one or two.
        let middle = forward(&curve, rate_now, rule, neutral, truth.ust_premium, 0.9);
        errors.push(100.0 * rate - middle);
    }
    let size = mean(&errors.iter().map(|e| e.abs()).collect::<Vec<f64>>());
    println!("implied fed funds: {} dates, mean distance {size:.3} points", errors.len());
    assert!(errors.len() >= 10 && size < 0.35, "{errors:?}");
}

#[test]
fn the_stance_of_the_fed_follows_the_true_rule() {
    let truth = &desk().market.truth;
    let pairs: Vec<(f64, f64)> = answers()
        .iter()
        .filter_map(|(day, outcomes)| {
            let now = truth.day(*day).unwrap();
            Some((find(outcomes, "monetary.fed_stance")?.value, now.fed_rule - now.fed_funds))
        })
        .collect();
    assert!(pairs.len() >= 10 && correlation(&pairs) > 0.4, "{pairs:?}");
}

#[test]
fn two_fixed_years_make_the_survey_of_twelve_months() {
    // In the simulated market both surveys exist: the interpolation of one against the other.
    let desk = desk();
    let day = date("2025-09-19");
    let view = desk.market.view(&desk.history, day);
    let twelve = ["BR_FOCUS_IPCA_12M.MEDIAN", "BR_FOCUS_IPCA_12M_RAW.MEDIAN"].map(|id| id.into());
    let expected = |view: &AsOf| {
        let config = AgentsConfig::default();
        let agents: Vec<Box<dyn agents::Agent>> = vec![Box::new(agents::inflation::agent(&config))];
        let outcomes = AgentRegistry::new(agents).assess_all(view);
        (feature(&outcomes, "br.expected_inflation_12m").unwrap(), signal(&outcomes, "inflation.anchoring"))
    };
    let (survey, _) = expected(&view);
    let (interpolated, signal) = expected(&view.blocking(twelve));
    let share = signal.evidence.iter().find(|item| item.name == "share of the year left").unwrap().value;
    assert!((share - 103.0 / 365.0).abs() < 0.02, "{share}");
    assert!((survey - interpolated).abs() < 0.01, "{survey} {interpolated}");
}
