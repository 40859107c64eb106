//! The Taylor rule: the policy rate that inflation and activity call for.
//!
//! ```text
//! i* = r* + pi + a (pi - pi*) + b y
//! ```
//!
//! `r*` neutral real rate, `pi` inflation (realised or expected), `pi*` the target, `y` the output gap. All decimals, rates
//! effective per year. Taylor (1993): a = b = 0.5; Taylor (1999), the "balanced" rule: b = 1. The gap in unemployment enters
//! by Okun's law, `y = k (u* - u)` with k = 2. Inertia as estimated by Clarida, Gali and Gertler (2000):
//! `i = rho i[-1] + (1 - rho) i*`, with rho **per quarter**: 0.79 by default, their estimate for Volcker and Greenspan (table
//! II); it is a parameter, not estimated here. Over `d` days it is `rho^(d / 91.3)`.
//!
//! Worked value: r* = 2 %, pi = 3 %, pi* = 2 %, y = 1 %: 2 + 3 + 0.5 + 0.5 = 6 %.
//!
//! Source: Taylor (1993), Carnegie-Rochester Conference Series 39; Taylor (1999), Monetary Policy Rules; Clarida, Gali and
//! Gertler (2000), QJE 115.

use serde::{Deserialize, Serialize};

/// Coefficients of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaylorRule {
    /// Neutral real rate, decimal.
    pub neutral_real_rate: f64,
    /// Response to inflation over target, on top of the one-for-one response to inflation itself.
    pub inflation_response: f64,
    /// Response to the output gap.
    pub output_response: f64,
}

/// Smoothing per quarter by Clarida, Gali and Gertler (2000).
pub const SMOOTHING: f64 = 0.79;
const DAYS_A_QUARTER: f64 = 365.25 / 4.0;

/// Smoothing over a number of days, from that over a quarter.
pub fn smoothing_over(rho_per_quarter: f64, days: f64) -> f64 {
    rho_per_quarter.powf(days / DAYS_A_QUARTER)
}

/// What the forms of the rule call for, decimals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prescriptions {
    /// Taylor (1993).
    pub classic: f64,
    /// Taylor (1999), the balanced approach.
    pub balanced: f64,
    /// The given rule, smoothed from the rate of a quarter ago.
    pub inertial: f64,
}

impl TaylorRule {
    /// Taylor (1993): 0.5 on inflation over target, 0.5 on the gap.
    pub fn classic(neutral_real_rate: f64) -> Self {
        Self { neutral_real_rate, inflation_response: 0.5, output_response: 0.5 }
    }

    /// Taylor (1999), the balanced approach: 0.5 on inflation over target, 1.0 on the gap.
    pub fn balanced(neutral_real_rate: f64) -> Self {
        Self { output_response: 1.0, ..Self::classic(neutral_real_rate) }
    }

    /// The three forms at the same r*, `self` smoothed by `rho` a quarter from `previous`, the rate of a quarter ago.
    pub fn prescriptions(&self, inflation: f64, target: f64, gap: f64, previous: f64, rho: f64) -> Prescriptions {
        let neutral = self.neutral_real_rate;
        Prescriptions {
            classic: Self::classic(neutral).rate(inflation, target, gap),
            balanced: Self::balanced(neutral).rate(inflation, target, gap),
            inertial: self.inertial(inflation, target, gap, previous, rho),
        }
    }

    /// The rate called for, decimal; may be negative, for the rule knows no lower bound.
    pub fn rate(&self, inflation: f64, target: f64, output_gap: f64) -> f64 {
        self.neutral_real_rate
            + inflation
            + self.inflation_response * (inflation - target)
            + self.output_response * output_gap
    }

    /// The rate a central bank that smooths would set next: `rho * previous + (1 - rho) * rate`.
    pub fn inertial(&self, inflation: f64, target: f64, output_gap: f64, previous: f64, rho: f64) -> f64 {
        rho * previous + (1.0 - rho) * self.rate(inflation, target, output_gap)
    }
}

/// Output gap implied by unemployment: `okun * (natural - actual)`, decimal.
pub fn okun_gap(unemployment: f64, natural: f64, okun: f64) -> f64 {
    okun * (natural - unemployment)
}

/// Standard error of the rule's rate from the uncertainty of its two unobserved inputs, taken as independent.
pub(super) fn rule_error(rule: &TaylorRule, neutral_se: f64, gap_se: f64) -> f64 {
    (neutral_se * neutral_se + (rule.output_response * gap_se).powi(2)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A public golden case: percent, one entry a quarter.
    fn golden(id: &str) -> serde_json::Value {
        let path = format!("{}/../../tests/golden/{id}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"))).unwrap()
    }

    #[test]
    fn the_golden_prescriptions_are_met_by_the_functions_that_the_models_use() {
        for id in ["taylor_1993_anchor", "taylor_us_1987_1992"] {
            let case = golden(id);
            let series = |part: &str, key: &str| -> Vec<f64> {
                case[part][key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() / 100.0).collect()
            };
            let number = |key: &str| case["inputs"][key].as_f64().unwrap();
            let (r_star, target) = (number("r_star") / 100.0, number("pi_star") / 100.0);
            let [gap, inflation, u, natural] =
                ["output_gap", "inflation", "unemployment", "u_star"].map(|key| series("inputs", key));
            let expected =
                ["taylor_1993", "taylor_1999", "taylor_1993_unemployment", "balanced_unemployment", "inertial"]
                    .map(|key| series("expected", key));
            let mut previous = number("rate_lag") / 100.0;
            for t in 0..gap.len() {
                let rule = TaylorRule::balanced(r_star);
                let found = rule.prescriptions(inflation[t], target, gap[t], previous, number("rho"));
                previous = found.inertial;
                let okun = okun_gap(u[t], natural[t], 2.0);
                let by_unemployment =
                    [TaylorRule::classic(r_star), rule].map(|rule| rule.rate(inflation[t], target, okun));
                let all = [found.classic, found.balanced, by_unemployment[0], by_unemployment[1], found.inertial];
                for (value, expected) in all.iter().zip(&expected) {
                    assert!((value - expected[t]).abs() < 1e-12, "{id}, quarter {t}: {value} {}", expected[t]);
                }
            }
        }
    }

    #[test]
    fn smoothing_of_a_quarter_is_that_of_two_halves() {
        let half = smoothing_over(SMOOTHING, DAYS_A_QUARTER / 2.0);
        assert!((half * half - SMOOTHING).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn higher_inflation_raises_the_rate_more_than_one_for_one(
            pi in -0.02..0.15_f64, rise in 0.001..0.05_f64, gap in -0.05..0.05_f64,
        ) {
            let rule = TaylorRule { neutral_real_rate: 0.05, inflation_response: 1.5, output_response: 0.5 };
            prop_assert!(rule.rate(pi + rise, 0.03, gap) - rule.rate(pi, 0.03, gap) > rise);
        }
    }
}
