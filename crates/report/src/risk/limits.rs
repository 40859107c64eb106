//! Limits: every one with its value, and why of each that is not simply kept.

use std::fmt::Write;

use risk::{LimitCheck, LimitStatus, LimitUnit, RiskReport};

use crate::wrap::paragraph;

/// The limits on the book to be released, then what the held book does not simply keep.
pub(super) fn text(report: &RiskReport) -> String {
    let mut text = String::new();
    if report.limits.is_empty() {
        return text;
    }
    text.push_str("Limits on the book to be released\n");
    let _ = writeln!(text, "  {:<24} {:>11} {:>11} {:>7}  status", "", "value", "limit", "used");
    report.limits.iter().for_each(|check| text.push_str(&line(check)));
    if report.held_limits.is_empty() {
        return text;
    }
    let kept = report.held_limits.iter().filter(|check| check.status == LimitStatus::Within).count();
    let _ = writeln!(text, "Limits on the held book: {kept} of {} below their soft level", report.held_limits.len());
    let others = report.held_limits.iter().filter(|check| check.status != LimitStatus::Within);
    others.for_each(|check| text.push_str(&line(check)));
    text
}

fn line(check: &LimitCheck) -> String {
    let amount = |value: f64| amount(value, check.name.unit());
    let value = check.value.map_or_else(|| "n/a".to_owned(), amount);
    let used = check.utilisation.map_or_else(|| "n/a".to_owned(), |used| format!("{:.0} %", used * 100.0));
    let mut text = format!(
        "  {:<24} {value:>11} {:>11} {used:>7}  {}\n",
        check.name.as_str(),
        amount(check.limit),
        check.status.as_str()
    );
    if check.status != LimitStatus::Within {
        let lead = if check.status == LimitStatus::NotComputed { "    not computed: " } else { "    " };
        text.push_str(&paragraph(lead, &check.reason, 6));
    }
    text
}

fn amount(value: f64, unit: LimitUnit) -> String {
    // 0.0 + x turns -0 into 0.
    let value = 0.0 + value;
    match unit {
        LimitUnit::OfNav | LimitUnit::Fraction => format!("{:.2} %", value * 100.0),
        LimitUnit::TimesNav => format!("{value:.2}x"),
        LimitUnit::OfNavPerBp => format!("{:.1}e-6/bp", value * 1e6),
        LimitUnit::Sessions => format!("{value:.1} days"),
    }
}
