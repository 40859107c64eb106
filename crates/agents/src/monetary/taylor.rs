//! The Taylor rule: the policy rate that inflation and activity call for.
//!
//! ```text
//! i* = r* + pi + a (pi - pi*) + b y
//! ```
//!
//! `r*` neutral real rate, `pi` inflation (realised or expected), `pi*` the target, `y` the output gap. All decimals, rates
//! effective per year. Taylor (1993): a = b = 0.5; Taylor (1999), the "balanced" rule: b = 1. The gap in unemployment enters
//! by Okun's law, `y = k (u* - u)` with k = 2. Inertia as estimated by Clarida, Gali and Gertler (2000):
//! `i = rho i[-1] + (1 - rho) i*`.
//!
//! Worked value: r* = 2 %, pi = 3 %, pi* = 2 %, y = 1 %: 2 + 3 + 0.5 + 0.5 = 6 %.
//!
//! Source: Taylor (1993), Carnegie-Rochester Conference Series 39; Taylor (1999), Monetary Policy Rules.

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

impl TaylorRule {
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

    /// The anchors of Taylor (1993): inflation, output gap, unemployment and what three rules say, in percent.
    const ANCHORS: [[f64; 7]; 3] = [
        // pi, gap, u, 1993, 1999, 1993 by unemployment, inertial 1999 (rho 0.85)
        [2.0, 0.0, 5.0, 4.0, 4.0, 4.0, 4.0],
        [3.0, 1.0, 4.5, 6.0, 6.5, 6.0, 4.375],
        [0.5, -3.0, 9.0, 0.25, -1.25, -2.25, 3.53125],
    ];

    #[test]
    fn the_published_anchors_are_met() {
        let rule_1993 = TaylorRule { neutral_real_rate: 0.02, inflation_response: 0.5, output_response: 0.5 };
        let rule_1999 = TaylorRule { output_response: 1.0, ..rule_1993 };
        let mut previous = 0.04;
        for [pi, gap, u, t93, t99, by_unemployment, inertial] in ANCHORS.map(|row| row.map(|x| x / 100.0)) {
            assert!((rule_1993.rate(pi, 0.02, gap) - t93).abs() < 1e-12);
            assert!((rule_1999.rate(pi, 0.02, gap) - t99).abs() < 1e-12);
            assert!((rule_1993.rate(pi, 0.02, okun_gap(u, 0.05, 2.0)) - by_unemployment).abs() < 1e-12);
            previous = rule_1999.inertial(pi, 0.02, gap, previous, 0.85);
            assert!((previous - inertial).abs() < 1e-12);
        }
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
