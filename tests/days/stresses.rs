//! What each position would lose in each scenario, against its sensitivities.

use market::curves::CurveBook;
use market::instruments::find;
use pipeline_core::config::Config;

use crate::world::WORLD;

#[test]
fn sensitivities_explain_every_stress_of_every_position_to_second_order() {
    let Some(world) = WORLD.as_ref() else { return };
    let scenarios = Config::default().risk.scenarios;
    let mut explained = 0;
    for (date, outcome) in &world.days {
        let view = world.view(*date);
        let curves = CurveBook::latest(&view);
        let report = outcome.risk.as_ref().expect("a risk report");
        for scenario in &scenarios {
            let result = report.stress.iter().find(|one| one.scenario == scenario.name).expect("every scenario is run");
            for (id, weight) in &outcome.weights {
                let instrument = find(id).expect("a known instrument");
                let taylor = instrument.taylor_with(&curves, &scenario.shock()).expect("sensitivities");
                let (stated, parts) = (result.by_position[id], weight * (taylor.first + taylor.second));
                assert!(
                    (stated - parts).abs() <= 0.05 * stated.abs() + 1e-12,
                    "{date} {id} under {}: {stated}, explained {parts}",
                    scenario.name
                );
                explained += usize::from(stated != 0.0);
            }
            let total: f64 = result.by_position.values().sum();
            assert!((result.pnl.expect("a total") - total).abs() < 1e-12, "{date} {}", scenario.name);
        }
    }
    assert!(explained > 500, "{explained} losses and gains explained");
}

#[test]
fn receivers_lose_when_rates_rise_and_dollars_gain_when_the_real_falls() {
    let Some(world) = WORLD.as_ref() else { return };
    for (date, outcome) in &world.days {
        let report = outcome.risk.as_ref().expect("a risk report");
        let by_position = |name: &str| {
            &report.stress.iter().find(|one| one.scenario == name).unwrap_or_else(|| panic!("no {name}")).by_position
        };
        for (id, weight) in &outcome.weights {
            if id.as_str().starts_with("DI_") {
                assert!(by_position("brl_rates_up_200")[id] * weight < 0.0, "{date} {id}");
            }
            if id.as_str() == "USDBRL" {
                assert!((by_position("usdbrl_up_15")[id] - 0.15 * weight).abs() < 1e-12, "{date} {id}");
            }
        }
    }
}
