//! Jumps and spikes, on changes, with a scale that outliers do not move.
//!
//! `z = |change - median| / (1.4826 MAD)` over the baseline. A recent change beyond the threshold warns: markets do jump.
//! A print that goes far out and comes back at the next print is an error of the print and fails, and so does a positive
//! level that changes by a factor no market makes (a decimal comma lost, a unit mixed up). A scale of zero (a policy rate)
//! supports no `z`; only the factor test applies then.

use market::{Series, SeriesDef};

use crate::config::JumpRule;
use crate::report::{Finding, Rule, Severity};
use crate::rules::finding;

/// Findings of one series: at most one failure (the newest spike) and one warning (the newest jump).
pub(crate) fn check(definition: &SeriesDef, rule: &JumpRule, lookback: usize, series: &Series) -> Vec<Finding> {
    let window = series.tail((rule.baseline + 1).max(lookback + 2));
    if window.len() < 3 {
        return Vec::new();
    }
    let level = is_positive_level(definition, &window.values);
    let scaled: Vec<f64> = if level { window.values.iter().map(|v| v.ln()).collect() } else { window.values.clone() };
    let changes: Vec<f64> = scaled.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let scale = Scale::of(&changes, rule.min_changes);
    let oldest = changes.len().saturating_sub(lookback);

    let spike = (oldest.max(1)..=changes.len())
        .rev()
        .find_map(|next| spike_at(definition, rule, &window, &changes, scale, level, next));
    if let Some(spike) = spike {
        return vec![spike];
    }
    let Some(scale) = scale else {
        return Vec::new();
    };
    let recent = changes.len().saturating_sub(rule.recent);
    let jump = (recent..changes.len()).rev().find(|&at| scale.z(changes[at]) > rule.threshold);
    jump.map(|at| {
        finding(
            Severity::Warn,
            Rule::Jump,
            &definition.id,
            Some(window.periods[at + 1]),
            Some(window.values[at + 1]),
            format!(
                "from {} to {} {}: {:.1} robust standard deviations",
                window.values[at],
                window.values[at + 1],
                definition.unit,
                scale.z(changes[at])
            ),
        )
    })
    .into_iter()
    .collect()
}

/// Change `next - 1` leads into the print in question; change `next`, if it exists, leads out of it.
fn spike_at(
    definition: &SeriesDef,
    rule: &JumpRule,
    window: &Series,
    changes: &[f64],
    scale: Option<Scale>,
    level: bool,
    next: usize,
) -> Option<Finding> {
    let way_in = changes[next - 1];
    let way_out = changes.get(next).copied();
    let reverts = way_out.is_some_and(|out| (way_in + out).abs() <= rule.reverts_within * way_in.abs());
    let by_factor = level && way_in.abs() > rule.factor.max(1.0).ln();
    let by_scale = scale.is_some_and(|scale| {
        scale.z(way_in) > rule.spike_threshold && way_out.is_some_and(|out| scale.z(out) > rule.spike_threshold)
    });
    // A factor error on the newest print cannot have reverted yet.
    if !(reverts && (by_scale || by_factor) || by_factor && way_out.is_none()) {
        return None;
    }
    let (before, value) = (window.values[next - 1], window.values[next]);
    let after = window.values.get(next + 1);
    let way_back = after.map_or(String::new(), |after| format!(", then {after}"));
    Some(finding(
        Severity::Fail,
        Rule::Spike,
        &definition.id,
        Some(window.periods[next]),
        Some(value),
        format!("{value} {} after {before}{way_back}: an isolated print", definition.unit),
    ))
}

/// Centre and robust standard deviation of changes.
#[derive(Debug, Clone, Copy)]
struct Scale {
    median: f64,
    deviation: f64,
}

impl Scale {
    /// `None` with too few changes or when more than half of them are equal.
    fn of(changes: &[f64], min_changes: usize) -> Option<Scale> {
        if changes.len() < min_changes.max(2) {
            return None;
        }
        let median = median(changes.to_vec());
        let deviation = 1.4826 * self::median(changes.iter().map(|change| (change - median).abs()).collect());
        (deviation > f64::EPSILON).then_some(Scale { median, deviation })
    }

    fn z(self, change: f64) -> f64 {
        (change - self.median).abs() / self.deviation
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if !even {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (lower + upper) / 2.0
}

/// Prices and index levels change by factors; percentages, spreads and flows by amounts.
fn is_positive_level(definition: &SeriesDef, values: &[f64]) -> bool {
    let percentage = definition.unit.starts_with('%')
        || matches!(definition.unit.as_str(), "pp" | "bp" | "diffusion" | "percentage points");
    // A net flow that happens to be positive for a while is still a difference of two levels.
    let flow = matches!(definition.category.as_str(), "external" | "fx_flow" | "flow" | "fiscal" | "positioning");
    !percentage && !flow && values.iter().all(|&value| value > 0.0)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn median_of_even_and_odd_counts() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(vec![7.0]), 7.0);
    }
}
