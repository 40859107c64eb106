//! All models on the simulated market: what it was generated with is recovered, and nothing but a model's own window and its own
//! inputs decides what it says.

mod published;

use std::collections::BTreeMap;

use agents::{AgentRegistry, AgentsConfig, Finding, Model, Panel, Refusal};
use chrono::{Datelike, Months, NaiveDate, Weekday};
use market::{AsOf, SeriesId};
use published::{Published, correlation, date, history};
use simulated_market::{DayTruth, RegimeState, SimulationConfig};

fn market(start: &str, end: &str) -> Published {
    let mut config = SimulationConfig::new(11, date(start), date(end));
    config.contracts_from = date(end) - Months::new(30);
    Published::new(config)
}

/// The standard agents, but the forty years of the US r* at fifteen: what lies before a window must lie in the history.
fn panels() -> [Panel; 5] {
    let mut config = AgentsConfig::default();
    config.monetary.rstar_us.window_quarters = 60;
    [
        agents::inflation::agent(&config),
        agents::monetary::agent(&config),
        agents::fiscal::agent(&config),
        agents::fx::agent(&config),
        agents::cross_asset::agent(&config),
    ]
}

/// What every model says, by id.
type Answers = BTreeMap<&'static str, Result<Finding, Refusal>>;

fn answers(panels: &[Panel], view: &AsOf) -> Answers {
    let ask = |model: &dyn Model| (model.id(), model.evaluate(&view.scope()));
    panels.iter().flat_map(Panel::models).map(ask).collect()
}

fn assert_same(before: &Answers, after: &Answers, what: &str) {
    for (id, said) in before {
        assert_eq!(*said, after[id], "{id} after {what}");
    }
}

fn declares(inputs: &[SeriesId], id: &SeriesId) -> bool {
    inputs.iter().any(|input| match input.as_str().strip_suffix('*') {
        Some(prefix) => id.as_str().starts_with(prefix),
        None => input == id,
    })
}

#[test]
fn only_its_inputs_and_its_window_decide_what_a_model_says() {
    // Long enough for the longest window, the 240 months of the equilibrium rate, to lie inside it.
    let market = market("2002-01-02", "2026-03-31");
    let panels = panels();
    let today = date("2026-03-31");
    let full = history(&market.rows);
    let view = market.view(&full, today);
    let said = answers(&panels, &view);
    let spoke: Vec<&str> = said.iter().filter(|(_, said)| said.is_ok()).map(|(id, _)| *id).collect();
    println!("{} of {} models spoke: {}", spoke.len(), said.len(), spoke.join(", "));
    said.iter().filter_map(|(id, said)| Some((id, said.as_ref().err()?))).for_each(|(id, why)| println!("{id}: {why}"));
    assert!(spoke.len() * 10 >= said.len() * 7);

    // Order of series and rows.
    let shuffled = history(market.rows.iter().rev());
    assert_same(&said, &answers(&panels, &market.view(&shuffled, today)), "rows came in the opposite order");
    drop(shuffled);
    // The same rows once more.
    let twice = history(market.rows.iter().chain(&market.rows));
    assert_same(&said, &answers(&panels, &market.view(&twice, today)), "every row came twice");
    drop(twice);
    // History before every window: gone.
    let recent = history(market.rows.iter().filter(|row| row.period >= date("2004-06-01")));
    assert_same(&said, &answers(&panels, &market.view(&recent, today)), "history before 2004-06 was taken away");
    drop(recent);

    // Any one series.
    let read: Vec<SeriesId> = {
        let scope = view.scope();
        panels.iter().flat_map(Panel::models).for_each(|model| {
            let own = scope.scope();
            let _ = model.evaluate(&own);
            scope.absorb(&own.reads());
        });
        scope.reads().keys().cloned().collect()
    };
    assert!(read.len() > 40, "{}", read.len());
    for removed in &read {
        let without = view.blocking([removed.clone()]);
        for model in panels.iter().flat_map(Panel::models) {
            if declares(&model.inputs(), removed) {
                continue;
            }
            assert_eq!(said[model.id()], model.evaluate(&without.scope()), "{} without {removed}", model.id());
        }
    }
}

#[test]
fn the_truth_of_the_simulated_market_is_recovered() {
    let market = market("2008-01-02", "2026-03-31");
    let filed = history(&market.rows);
    let registry = AgentRegistry::standard(&AgentsConfig::default());
    let days: BTreeMap<NaiveDate, &DayTruth> = market.truth.days.iter().map(|day| (day.date, day)).collect();
    let mut found: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    let fridays = date("2019-01-04").iter_weeks().take_while(|day| *day <= date("2026-03-27")).step_by(3);
    for friday in fridays {
        assert_eq!(friday.weekday(), Weekday::Fri);
        let view = market.view(&filed, friday);
        let truth = days[&friday];
        let stress = f64::from(u8::from(truth.regime == RegimeState::Stress));
        for report in registry.assess_all(&view).into_iter().map(|outcome| outcome.result.unwrap()) {
            for signal in &report.signals {
                let truth = match signal.id.as_str() {
                    "cross_asset.regime_model" => stress,
                    "cross_asset.sentiment" => -truth.vix,
                    "cross_asset.regime" => -truth.vix,
                    "fx.beer" => truth.misalignment,
                    _ => continue,
                };
                let id = ["cross_asset.regime_model", "cross_asset.sentiment", "cross_asset.regime", "fx.beer"]
                    .into_iter()
                    .find(|id| *id == signal.id)
                    .unwrap();
                // What the regime model says about appetite is its score; of the others it is the value.
                let said = if id == "cross_asset.regime_model" { -signal.score } else { signal.value };
                found.entry(id).or_default().push((said, truth));
            }
            if let Some(basis) = report.feature("usdbrl.cip_basis") {
                found.entry("cip_basis").or_default().push((100.0 * basis, truth.cip_basis));
            }
        }
    }
    for (id, pairs) in &found {
        println!("{id}: correlation with the truth {:.2} over {} dates", correlation(pairs), pairs.len());
    }
    // Of a date under stress and a calm one the model should mostly fear the first more.
    let fears = &found["cross_asset.regime_model"];
    let [stress, calm] =
        [1.0, 0.0].map(|state| fears.iter().filter(move |(_, truth)| *truth == state).map(|(said, _)| *said));
    let (stress, calm): (Vec<f64>, Vec<f64>) = (stress.collect(), calm.collect());
    let right: f64 = stress
        .iter()
        .flat_map(|s| calm.iter().map(move |c| if s > c { 1.0 } else { 0.5 * f64::from(u8::from(s == c)) }))
        .sum();
    let right = right / (stress.len() * calm.len()) as f64;
    println!("regime model: {} dates of stress, {} calm, ordered rightly {right:.2}", stress.len(), calm.len());
    assert!(fears.len() > 60 && right > 0.7, "{right:.2}");
    for (id, least, dates) in [
        ("fx.beer", 0.5, 40),
        ("cross_asset.regime", 0.5, 60),
        ("cross_asset.sentiment", 0.4, 60),
        ("cip_basis", 0.6, 15),
    ] {
        let pairs = found.get(id).unwrap_or_else(|| panic!("{id} never spoke"));
        assert!(pairs.len() >= dates, "{id}: {} dates", pairs.len());
        assert!(correlation(pairs) > least, "{id}: {:.2}", correlation(pairs));
    }
}

#[test]
fn on_the_demo_nothing_is_missing() {
    let market = Published::new(SimulationConfig::demo(7));
    let filed = history(&market.rows);
    let registry = AgentRegistry::standard(&AgentsConfig::default());
    for day in ["2024-03-14", "2026-03-31"] {
        let mut missing = Vec::new();
        for outcome in registry.assess_all(&market.view(&filed, date(day))) {
            let report = outcome.result.unwrap();
            missing.extend(
                report.abstained.into_iter().filter(|a| a.missing_data).map(|a| format!("{}: {}", a.model, a.reason)),
            );
            missing.extend(report.flags.into_iter().filter(|f| f.kind == agents::FlagKind::Missing).map(|f| f.text));
        }
        assert_eq!(missing, Vec::<String>::new(), "{day}");
    }
}
