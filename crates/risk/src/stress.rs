//! What the book would gain or lose if risk factors moved at once: every position repriced in full under every scenario.

use market::instruments::InstrumentId;

use crate::report::{StressResult, Unpriced};
use crate::scenario::Scenario;

/// Runs the scenarios in their order. `price` gives the simple return of a long position under a scenario, or why it
/// cannot: then the scenario has no total, because a partial one would look like a whole.
pub fn run(
    positions: &[(&InstrumentId, f64)],
    scenarios: &[Scenario],
    price: impl Fn(&InstrumentId, &Scenario) -> Result<f64, String>,
) -> (Vec<StressResult>, Vec<Unpriced>) {
    let mut unpriced = Vec::new();
    let results = scenarios
        .iter()
        .map(|scenario| {
            let mut result = StressResult {
                scenario: scenario.name.clone(),
                description: scenario.description.clone(),
                pnl: None,
                by_position: Default::default(),
                unpriced: Vec::new(),
            };
            let mut total = 0.0;
            for (instrument, weight) in positions {
                match price(instrument, scenario).map(|move_| weight * move_) {
                    Ok(pnl) if pnl.is_finite() => {
                        total += pnl;
                        result.by_position.insert((*instrument).clone(), pnl);
                    }
                    outcome => {
                        let reason = outcome.err().unwrap_or_else(|| "the price is not a finite number".to_owned());
                        result.unpriced.push((*instrument).clone());
                        let needed_for = scenario.name.clone();
                        unpriced.push(Unpriced { instrument: (*instrument).clone(), needed_for, reason });
                    }
                }
            }
            result.pnl = result.unpriced.is_empty().then_some(total);
            result
        })
        .collect();
    (results, unpriced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    fn linear(instrument: &InstrumentId, scenario: &Scenario) -> Result<f64, String> {
        match instrument.as_str() {
            "USDBRL" => Ok(scenario.usdbrl),
            "DI_5Y" => Ok(-4.0 * scenario.shock().brl_rates_bp.first().map_or(0.0, |point| point.1 / 1e4)),
            _ => Err("no curve".to_owned()),
        }
    }

    #[test]
    fn a_receiver_loses_when_rates_rise_and_a_dollar_long_gains_when_the_real_falls() {
        let (di, usd) = (InstrumentId::new("DI_5Y"), InstrumentId::new("USDBRL"));
        let (results, unpriced) = run(&[(&di, 0.25), (&usd, 0.10)], &scenario::standard(), linear);
        assert!(unpriced.is_empty());
        let pnl = |name: &str| results.iter().find(|r| r.scenario == name).unwrap().pnl.unwrap();
        assert!((pnl("brl_rates_up_200") - -0.25 * 4.0 * 0.02).abs() < 1e-15);
        assert!((pnl("usdbrl_up_15") - 0.015).abs() < 1e-15);
        assert!((pnl("global_risk_off") - (-0.25 * 4.0 * 0.015 + 0.10 * 0.08)).abs() < 1e-15);
    }

    #[test]
    fn a_position_without_a_price_is_listed_and_takes_the_total_away() {
        let (usd, odd) = (InstrumentId::new("USDBRL"), InstrumentId::new("ODD"));
        let scenarios = &scenario::standard()[..1];
        let (results, unpriced) = run(&[(&odd, 0.1), (&usd, 0.1)], scenarios, linear);
        assert_eq!(results[0].pnl, None);
        assert_eq!(results[0].unpriced, [InstrumentId::new("ODD")]);
        assert_eq!(results[0].by_position.len(), 1);
        assert_eq!(unpriced[0].reason, "no curve");
    }
}
