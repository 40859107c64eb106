//! Policy rules of the Taylor family, in percent.
//!
//! | rule | prescription |
//! |---|---|
//! | Taylor (1993) | r* + pi + 0.5 (pi - pi*) + 0.5 y |
//! | Taylor (1999), balanced approach | r* + pi + 0.5 (pi - pi*) + 1.0 y |
//! | the same on unemployment | 1.0 (1993) or 2.0 (balanced) times (u* - u) instead of the output gap |
//! | balanced, shortfalls | 2.0 min(u* - u, 0) |
//! | inertial | rho i_{t-1} + (1 - rho) Taylor (1999), recursive |
//! | lower bound | max(Taylor (1993), bound) |
//! | balanced, made up | max(balanced on unemployment - Z_t, bound), Z_t the sum of past excesses of the rate over the rule |
//! | first difference | i_{t-1} + 0.5 (pi - pi*) + four-quarter change of (u* - u), recursive from the fifth quarter |
//!
//! Worked value: inflation 2 at target with no gap and r* = 2 gives 4.
//! Source: Taylor (1993) Carnegie-Rochester 39; Taylor (1999); Board of Governors, Monetary Policy Report, box on policy rules.
//!
//! # Errors
//! `dimension_mismatch` when the series differ in length, `missing_values`, `too_few_observations` when empty, `invalid_argument`
//! when rho lies outside [0, 1].

use crate::{Result, validate};

/// Series and parameters, all in percent; one entry per quarter.
#[derive(Debug, Clone, Copy)]
pub struct PolicyRuleInputs<'a> {
    /// Neutral real rate.
    pub r_star: f64,
    /// Inflation target.
    pub pi_star: f64,
    /// Output gap, positive when the economy runs hot.
    pub output_gap: &'a [f64],
    /// Inflation over four quarters.
    pub inflation: &'a [f64],
    /// Unemployment rate.
    pub unemployment: &'a [f64],
    /// Natural rate of unemployment.
    pub natural_unemployment: &'a [f64],
    /// Policy rate before the first quarter.
    pub initial_rate: f64,
    /// Weight of the lagged rate in the inertial rule.
    pub smoothing: f64,
    /// Effective lower bound.
    pub lower_bound: f64,
}

/// Prescriptions in percent, one entry per quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRules {
    /// Taylor (1993).
    pub taylor_1993: Vec<f64>,
    /// Taylor (1999), the balanced approach.
    pub taylor_1999: Vec<f64>,
    /// Taylor (1993) on the unemployment gap.
    pub taylor_1993_unemployment: Vec<f64>,
    /// Balanced approach on the unemployment gap.
    pub balanced_unemployment: Vec<f64>,
    /// Balanced approach that ignores a hot labour market.
    pub balanced_shortfalls: Vec<f64>,
    /// Taylor (1999) with a lagged rate.
    pub inertial: Vec<f64>,
    /// Taylor (1993) held at the lower bound.
    pub taylor_1993_bounded: Vec<f64>,
    /// Balanced approach that makes up what the lower bound withheld.
    pub balanced_made_up: Vec<f64>,
    /// First-difference rule; `None` in the first four quarters.
    pub first_difference: Vec<Option<f64>>,
}

/// Quarters over which the first-difference rule takes the change of the gap.
const DIFFERENCE: usize = 4;

/// Computes every rule.
///
/// # Errors
/// See the module.
pub fn policy_rules(inputs: &PolicyRuleInputs) -> Result<PolicyRules> {
    let n = inputs.output_gap.len();
    validate::same_length("inflation", n, inputs.inflation.len())?;
    validate::same_length("unemployment", n, inputs.unemployment.len())?;
    validate::same_length("natural unemployment", n, inputs.natural_unemployment.len())?;
    validate::at_least(n, 1)?;
    validate::finite("output gap", inputs.output_gap)?;
    validate::finite("inflation", inputs.inflation)?;
    validate::finite("unemployment", inputs.unemployment)?;
    validate::finite("natural unemployment", inputs.natural_unemployment)?;
    validate::finite("parameters", &[inputs.r_star, inputs.pi_star, inputs.initial_rate, inputs.lower_bound])?;
    validate::probability("smoothing", inputs.smoothing)?;

    let slack: Vec<f64> =
        inputs.natural_unemployment.iter().zip(inputs.unemployment).map(|(natural, actual)| natural - actual).collect();
    let base = |t: usize| inputs.r_star + inputs.inflation[t] + 0.5 * (inputs.inflation[t] - inputs.pi_star);
    let rule = |gap: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..n).map(|t| base(t) + gap(t)).collect() };
    let taylor_1993 = rule(&|t| 0.5 * inputs.output_gap[t]);
    let taylor_1999 = rule(&|t| inputs.output_gap[t]);
    let balanced_unemployment = rule(&|t| 2.0 * slack[t]);
    Ok(PolicyRules {
        taylor_1993_unemployment: rule(&|t| slack[t]),
        balanced_shortfalls: rule(&|t| 2.0 * slack[t].min(0.0)),
        inertial: inertial(&taylor_1999, inputs.initial_rate, inputs.smoothing),
        taylor_1993_bounded: taylor_1993.iter().map(|rate| rate.max(inputs.lower_bound)).collect(),
        balanced_made_up: made_up(&balanced_unemployment, inputs.lower_bound),
        first_difference: first_difference(inputs, &slack),
        taylor_1993,
        taylor_1999,
        balanced_unemployment,
    })
}

fn inertial(target: &[f64], initial: f64, smoothing: f64) -> Vec<f64> {
    let mut rate = initial;
    let step = |target: &f64| {
        rate = smoothing * rate + (1.0 - smoothing) * target;
        rate
    };
    target.iter().map(step).collect()
}

fn made_up(prescribed: &[f64], lower_bound: f64) -> Vec<f64> {
    let mut excess = 0.0;
    let step = |prescribed: &f64| {
        let rate = (prescribed - excess).max(lower_bound);
        excess += rate - prescribed;
        rate
    };
    prescribed.iter().map(step).collect()
}

fn first_difference(inputs: &PolicyRuleInputs, slack: &[f64]) -> Vec<Option<f64>> {
    let mut rate = inputs.initial_rate;
    (0..slack.len())
        .map(|t| {
            let earlier = t.checked_sub(DIFFERENCE)?;
            rate += 0.5 * (inputs.inflation[t] - inputs.pi_star) + slack[t] - slack[earlier];
            Some(rate)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs<'a>(gap: &'a [f64], inflation: &'a [f64], slack: &'a [f64], zero: &'a [f64]) -> PolicyRuleInputs<'a> {
        PolicyRuleInputs {
            r_star: 2.0,
            pi_star: 2.0,
            output_gap: gap,
            inflation,
            unemployment: zero,
            natural_unemployment: slack,
            initial_rate: 4.0,
            smoothing: 0.85,
            lower_bound: 0.0,
        }
    }

    #[test]
    fn on_target_every_rule_prescribes_four() {
        let rules = policy_rules(&inputs(&[0.0; 6], &[2.0; 6], &[0.0; 6], &[0.0; 6])).unwrap();
        assert_eq!(rules.taylor_1993, vec![4.0; 6]);
        assert_eq!(rules.balanced_made_up, vec![4.0; 6]);
        assert!(rules.inertial.iter().all(|rate| (rate - 4.0).abs() < 1e-14));
        assert_eq!(rules.first_difference[3..], [None, Some(4.0), Some(4.0)]);
    }

    #[test]
    fn what_the_lower_bound_withheld_is_made_up_later() {
        // The rule asks for -2, then 1, then 5: two points short, one made up while at the bound, one more afterwards.
        let slack = [-3.0, -1.5, 0.5];
        let rules = policy_rules(&inputs(&[0.0; 3], &[2.0; 3], &slack, &[0.0; 3])).unwrap();
        assert_eq!(rules.balanced_unemployment, [-2.0, 1.0, 5.0]);
        assert_eq!(rules.balanced_made_up, [0.0, 0.0, 4.0]);
    }

    #[test]
    fn a_hot_labour_market_is_ignored_by_the_shortfalls_rule() {
        let rules = policy_rules(&inputs(&[0.0; 2], &[2.0; 2], &[1.0, -1.0], &[0.0; 2])).unwrap();
        assert_eq!(rules.balanced_shortfalls, [4.0, 2.0]);
        assert_eq!(rules.balanced_unemployment, [6.0, 2.0]);
    }
}
