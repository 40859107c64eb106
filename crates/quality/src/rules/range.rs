//! Range: values that no figure of the kind can have.

use market::{Series, SeriesDef};

use crate::config::RangeRule;
use crate::pattern::matches;
use crate::report::{Finding, Rule, Severity};
use crate::rules::finding;

/// The first rule that applies to a series.
pub(crate) fn rule_for<'r>(definition: &SeriesDef, rules: &'r [RangeRule]) -> Option<&'r RangeRule> {
    let holds = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|pattern| matches(pattern, text));
    rules.iter().find(|rule| {
        holds(&rule.series, definition.id.as_str())
            && holds(&rule.unit, &definition.unit)
            && holds(&rule.category, &definition.category)
    })
}

/// One failure a series: the newest value outside, and how many there are.
pub(crate) fn check(definition: &SeriesDef, rules: &[RangeRule], recent: &Series) -> Option<Finding> {
    let rule = rule_for(definition, rules)?;
    let outside = |value: f64| rule.min.is_some_and(|min| value < min) || rule.max.is_some_and(|max| value > max);
    let count = recent.values.iter().filter(|&&value| outside(value)).count();
    let (period, value) = recent.iter().filter(|&(_, value)| outside(value)).last()?;
    let bound = |bound: Option<f64>| bound.map_or("-".to_owned(), |bound| bound.to_string());
    Some(finding(
        Severity::Fail,
        Rule::Range,
        &definition.id,
        Some(period),
        Some(value),
        format!(
            "{value} {} is outside [{}, {}] ({count} in the lookback)",
            definition.unit,
            bound(rule.min),
            bound(rule.max)
        ),
    ))
}
