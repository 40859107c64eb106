//! Hypothetical scenarios as data: shocks to risk factors, in the factors' own units.

use market::instruments::Shock;
use serde::{Deserialize, Serialize};

/// A move of a yield curve at one maturity; between points the move is linear in maturity, outside them flat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateMove {
    /// Maturity in years.
    pub years: f64,
    /// Change of the rate in basis points; positive = rates rise.
    pub bp: f64,
}

/// An instantaneous move of all risk factors at once. A factor that is not named does not move.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Stable name (`brl_rates_up_200`).
    pub name: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// Nominal and real BRL curves.
    #[serde(default)]
    pub brl_rates: Vec<RateMove>,
    /// USD curve.
    #[serde(default)]
    pub usd_rates: Vec<RateMove>,
    /// Relative change of USD/BRL; positive = the real weakens.
    #[serde(default)]
    pub usdbrl: f64,
    /// Relative change of Brazilian equity in local currency.
    #[serde(default)]
    pub equity_br: f64,
    /// Relative change of US equity.
    #[serde(default)]
    pub equity_us: f64,
    /// Relative change of commodity prices.
    #[serde(default)]
    pub commodity: f64,
    /// Change of sovereign credit spreads in basis points; positive = wider.
    #[serde(default)]
    pub credit_spread_bp: f64,
}

impl Scenario {
    /// The shock that instruments reprice under.
    pub fn shock(&self) -> Shock {
        let points = |moves: &[RateMove]| moves.iter().map(|point| (point.years, point.bp)).collect();
        Shock {
            name: self.name.clone(),
            brl_rates_bp: points(&self.brl_rates),
            usd_rates_bp: points(&self.usd_rates),
            usdbrl: self.usdbrl,
            equity_br: self.equity_br,
            equity_us: self.equity_us,
            commodity: self.commodity,
            credit_spread_bp: self.credit_spread_bp,
            ..Shock::default()
        }
    }

    /// The opposite move of every factor.
    pub fn reversed(&self) -> Scenario {
        let flip = |moves: &[RateMove]| moves.iter().map(|m| RateMove { years: m.years, bp: -m.bp }).collect();
        Scenario {
            name: format!("{}_reversed", self.name),
            description: self.description.clone(),
            brl_rates: flip(&self.brl_rates),
            usd_rates: flip(&self.usd_rates),
            usdbrl: -self.usdbrl,
            equity_br: -self.equity_br,
            equity_us: -self.equity_us,
            commodity: -self.commodity,
            credit_spread_bp: -self.credit_spread_bp,
        }
    }
}

fn parallel(bp: f64) -> Vec<RateMove> {
    vec![RateMove { years: 1.0, bp }]
}

fn moves(points: &[(f64, f64)]) -> Vec<RateMove> {
    points.iter().map(|&(years, bp)| RateMove { years, bp }).collect()
}

fn named(name: &str, description: &str) -> Scenario {
    Scenario { name: name.to_owned(), description: description.to_owned(), ..Scenario::default() }
}

/// The desk's standing scenarios. Sizes are of the order of the worst month since 2008 in each factor; they are
/// hypothetical, with no probability attached, and come in both directions where a book could hold either side.
pub fn standard() -> Vec<Scenario> {
    vec![
        Scenario { brl_rates: parallel(200.0), ..named("brl_rates_up_200", "BRL curve up 200 bp in parallel") },
        Scenario { brl_rates: parallel(-200.0), ..named("brl_rates_down_200", "BRL curve down 200 bp in parallel") },
        Scenario {
            brl_rates: moves(&[(0.5, -50.0), (2.0, 0.0), (5.0, 100.0), (10.0, 150.0)]),
            ..named("brl_steepener", "BRL front end down 50 bp, 5 years up 100 bp, 10 years up 150 bp")
        },
        Scenario {
            brl_rates: moves(&[(0.5, 100.0), (2.0, 50.0), (5.0, -50.0), (10.0, -100.0)]),
            ..named("brl_flattener", "BRL front end up 100 bp, 5 years down 50 bp, 10 years down 100 bp")
        },
        Scenario { usdbrl: 0.15, ..named("usdbrl_up_15", "USD/BRL up 15 %, nothing else moves") },
        Scenario { usdbrl: -0.15, ..named("usdbrl_down_15", "USD/BRL down 15 %, nothing else moves") },
        Scenario {
            brl_rates: parallel(150.0),
            usd_rates: parallel(-50.0),
            usdbrl: 0.08,
            equity_br: -0.20,
            equity_us: -0.10,
            commodity: -0.15,
            credit_spread_bp: 150.0,
            ..named(
                "global_risk_off",
                "flight to quality: equities and commodities fall, the real weakens, Treasuries rally",
            )
        },
        Scenario {
            usd_rates: parallel(100.0),
            brl_rates: parallel(50.0),
            usdbrl: 0.05,
            equity_us: -0.05,
            equity_br: -0.05,
            credit_spread_bp: 40.0,
            ..named("us_rates_up_100", "US curve up 100 bp in parallel with the usual pressure on emerging markets")
        },
        Scenario {
            commodity: -0.30,
            usdbrl: 0.06,
            equity_br: -0.12,
            brl_rates: parallel(60.0),
            credit_spread_bp: 60.0,
            ..named("commodity_slump", "commodities down 30 % and Brazil's terms of trade with them")
        },
        Scenario {
            commodity: 0.30,
            usd_rates: moves(&[(2.0, 60.0), (10.0, 30.0)]),
            brl_rates: moves(&[(1.0, 100.0), (10.0, 50.0)]),
            equity_us: -0.06,
            ..named("commodity_spike", "commodities up 30 %: imported inflation, front ends sell off")
        },
        Scenario {
            brl_rates: moves(&[(0.5, 50.0), (1.0, 100.0), (2.0, 200.0), (5.0, 300.0), (10.0, 300.0)]),
            usdbrl: 0.12,
            equity_br: -0.15,
            credit_spread_bp: 120.0,
            ..named(
                "brazil_fiscal_shock",
                "loss of the fiscal anchor: the long end, the real and local equity sell off together",
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_scenario_moves_something() {
        let scenarios = standard();
        let names: std::collections::BTreeSet<_> = scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names.len(), scenarios.len());
        for scenario in &scenarios {
            let still = Scenario {
                name: scenario.name.clone(),
                description: scenario.description.clone(),
                ..Scenario::default()
            };
            assert_ne!(*scenario, still);
        }
    }
}
