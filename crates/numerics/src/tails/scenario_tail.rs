//! The tail of a book over scenarios, with the scenarios it consists of: VaR, ES and both Euler splits from one partition.
//!
//! Conventions of [`historical_var`](super::historical_var) and [`historical_es`](super::historical_es): the type 7
//! quantile lies between two neighbouring scenarios, the ES is the Acerbi-Tasche (2002) average of the worst `(1 - c) n`,
//! the last one in part. Both are weighted sums of scenarios, so that the same weights on a position's own returns give
//! its Euler contribution (Tasche 1999; Hallerbach 2003), and the contributions sum to the total by construction.
//!
//! Worked value: returns -5, -4, ... 14 (20 scenarios) at 90 %: VaR is 3.1 (ranks 1 and 2 with weights 0.1 and 0.9),
//! ES 4.5.

use super::quantile::pairwise_sum;
use crate::Result;
use crate::covariance::checks;

/// VaR, ES and the scenarios that make them. Positive = loss.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioTail {
    /// Minus the type 7 quantile at `1 - confidence`.
    pub var: f64,
    /// Average of the worst `(1 - confidence) n`, the last one in part.
    pub es: f64,
    /// The one or two scenarios the quantile lies between, with weights that sum to 1.
    pub var_scenarios: Vec<(usize, f64)>,
    /// The scenarios of the tail, worst first, with weights that sum to 1.
    pub es_scenarios: Vec<(usize, f64)>,
}

impl ScenarioTail {
    /// A position's part in the VaR: its loss at the scenarios of the quantile.
    pub fn var_part(&self, returns: &[f64]) -> f64 {
        part(&self.var_scenarios, returns)
    }

    /// A position's part in the ES: its mean loss over the tail.
    pub fn es_part(&self, returns: &[f64]) -> f64 {
        part(&self.es_scenarios, returns)
    }
}

fn part(scenarios: &[(usize, f64)], returns: &[f64]) -> f64 {
    0.0 - scenarios.iter().map(|&(row, weight)| weight * returns[row]).sum::<f64>()
}

/// The tail of `book`, one return a scenario. Ties are broken by position.
///
/// Errors: no scenario, NaN, confidence outside (0, 1).
pub fn scenario_tail(book: &[f64], confidence: f64) -> Result<ScenarioTail> {
    check(book, confidence)?;
    let alpha = 1.0 - confidence;
    let n = book.len();
    let rank = alpha * (n - 1) as f64;
    let (below, between) = (rank.floor() as usize, rank.fract());
    let mass = alpha * n as f64;
    let whole = (mass.floor() as usize).min(n - 1);
    let needed = (below + 1).max(whole).min(n - 1);

    let mut order: Vec<u32> = (0..n as u32).collect();
    let worse_first = |a: &u32, b: &u32| book[*a as usize].total_cmp(&book[*b as usize]).then(a.cmp(b));
    let (tail, _, _) = order.select_nth_unstable_by(needed, worse_first);
    tail.sort_unstable_by(worse_first);
    let at = |k: usize| order[k] as usize;

    let mut var_scenarios = vec![(at(below), 1.0 - between)];
    if between > 0.0 && below + 1 < n {
        var_scenarios.push((at(below + 1), between));
    }
    let mut es_scenarios: Vec<(usize, f64)> = (0..whole).map(|k| (at(k), 1.0 / mass)).collect();
    let rest = (mass - whole as f64) / mass;
    if rest > 0.0 {
        es_scenarios.push((at(whole), rest));
    }
    let (var, es) = (part(&var_scenarios, book), part(&es_scenarios, book));
    Ok(ScenarioTail { var, es, var_scenarios, es_scenarios })
}

/// VaR and ES of a sample from one partition of it; the sample is reordered.
///
/// Errors: as [`scenario_tail`].
pub fn tail_pair(sample: &mut [f64], confidence: f64) -> Result<(f64, f64)> {
    check(sample, confidence)?;
    let alpha = 1.0 - confidence;
    let n = sample.len();
    let rank = alpha * (n - 1) as f64;
    let (below, between) = (rank.floor() as usize, rank.fract());
    let mass = alpha * n as f64;
    let whole = (mass.floor() as usize).min(n - 1);
    let needed = (below + 1).max(whole).min(n - 1);
    let (tail, _, _) = sample.select_nth_unstable_by(needed, f64::total_cmp);
    tail.sort_unstable_by(f64::total_cmp);
    let above = sample[(below + 1).min(n - 1)];
    let var = 0.0 - (sample[below] * (1.0 - between) + above * between);
    let es = 0.0 - (pairwise_sum(&sample[..whole]) + (mass - whole as f64) * sample[whole]) / mass;
    Ok((var, es))
}

fn check(sample: &[f64], confidence: f64) -> Result<()> {
    checks::open_unit("confidence", confidence)?;
    checks::at_least(sample.len(), 1)?;
    checks::finite("scenarios", sample)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tails::{historical_es, historical_var};

    #[test]
    fn the_worked_value_holds_and_one_scenario_is_its_own_tail() {
        let book: Vec<f64> = (-5..15).map(f64::from).collect();
        let tail = scenario_tail(&book, 0.9).unwrap();
        assert!((tail.var - 3.1).abs() < 1e-12 && (tail.es - 4.5).abs() < 1e-12, "{tail:?}");
        assert_eq!(scenario_tail(&[-0.3], 0.99).unwrap().es, 0.3);
        assert!(scenario_tail(&[], 0.9).is_err() && scenario_tail(&[f64::NAN], 0.9).is_err());
        assert!(tail_pair(&mut [0.1], 1.0).is_err());
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_measures_and_its_parts_sum(
            a in prop::collection::vec(-0.1..0.1_f64, 1..300),
            shift in 0.0..0.1_f64,
            confidence in 0.5..0.995_f64,
        ) {
            let b: Vec<f64> = a.iter().rev().map(|value| value * value * 3.0 - shift).collect();
            let book: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x + y).collect();
            let tail = scenario_tail(&book, confidence).unwrap();
            prop_assert!((tail.var - historical_var(&book, confidence).unwrap()).abs() < 1e-14);
            prop_assert!((tail.es - historical_es(&book, confidence).unwrap()).abs() < 1e-14);
            let (var, es) = tail_pair(&mut book.clone(), confidence).unwrap();
            prop_assert!((tail.var - var).abs() < 1e-14 && (tail.es - es).abs() < 1e-14);
            prop_assert!((tail.var_part(&a) + tail.var_part(&b) - tail.var).abs() < 1e-13);
            prop_assert!((tail.es_part(&a) + tail.es_part(&b) - tail.es).abs() < 1e-13);
        }
    }
}
