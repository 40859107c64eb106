//! Stale repeats: a market that moves every day shows one value day after day.

use market::{Frequency, Series, SeriesDef};

use crate::config::RepeatRule;
use crate::pattern::matches;
use crate::report::{Finding, Rule, Severity};
use crate::rules::finding;

/// The longest run of identical values in the lookback, when it is long enough.
pub(crate) fn check(definition: &SeriesDef, rule: &RepeatRule, recent: &Series) -> Option<Finding> {
    if definition.frequency != Frequency::Daily || !should_move(definition, rule) {
        return None;
    }
    let mut longest = (0, 0);
    let mut run = 1;
    for row in 1..recent.len() {
        run = if recent.values[row] == recent.values[row - 1] { run + 1 } else { 1 };
        if run >= longest.0 {
            longest = (run, row);
        }
    }
    let (length, row) = longest;
    if length < rule.count.max(2) {
        return None;
    }
    Some(finding(
        Severity::Warn,
        Rule::Repeats,
        &definition.id,
        Some(recent.periods[row]),
        Some(recent.values[row]),
        format!("{} {} repeats {length} days in a row", recent.values[row], definition.unit),
    ))
}

fn should_move(definition: &SeriesDef, rule: &RepeatRule) -> bool {
    let listed = |list: &[String]| list.iter().any(|pattern| matches(pattern, definition.id.as_str()));
    let moves = rule.categories.contains(&definition.category) || listed(&rule.series);
    moves && !listed(&rule.except)
}
