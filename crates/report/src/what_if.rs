//! A run under other limits, as text.

use std::fmt::Write;

use pipeline_core::what_if::{LimitChange, Timing, Unfinished, WhatIf};
use risk::{LimitCheck, LimitUnit, RiskLevel};

use crate::number::{figure, json_value, percent_cell};
use crate::run::short_run;

/// How many weights that change are listed; the rest is counted.
const LISTED: usize = 20;

/// A limit that one side does not have.
const NOT_SET: &str = "not set";

/// What is tried, every limit before and after, the weights that change, and how a run would end.
pub fn text(what_if: &WhatIf) -> String {
    let mut text = format!("== limits what-if {} run {} ==\n", what_if.run_date, short_run(&what_if.run_id));
    for setting in &what_if.settings {
        let (before, after) = (json_value(&setting.before), json_value(&Some(setting.after.clone())));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  Try {} = {after} (the run: {before})", setting.key);
    }
    if let Some(why) = &what_if.refused_as_configuration {
        let _ = writeln!(text, "  Note: as a configuration this would be refused: {why}");
    }
    if let Some(Unfinished { step, why }) = &what_if.unfinished {
        let at = step.map_or_else(String::new, |step| format!(" at the {} step", step.as_str()));
        let _ = writeln!(text, "  With this the day stops{at} and its limits are not known: {why}");
    }
    if !what_if.reproduced {
        text.push_str(
            "  Note: this program decides the run otherwise than it was filed; both columns are of this program\n",
        );
    }
    for (timing, title) in
        [(Timing::PreTrade, "Pre-trade, the book to be released"), (Timing::PostTrade, "Post-trade, the held book")]
    {
        let missing = if what_if.unfinished.is_some() { "not known" } else { NOT_SET };
        limits(what_if.limits.iter().filter(|change| change.timing == timing), title, missing, &mut text);
    }
    weights(what_if, &mut text);
    let level = |level: Option<RiskLevel>| level.map_or("n/a", RiskLevel::as_str);
    let _ = writeln!(
        text,
        "  Level {} -> {}: {}",
        level(what_if.level.before),
        level(what_if.level.after),
        what_if.reason.after
    );
    let _ = writeln!(
        text,
        "  {} (exit {}) -> {} (exit {})   nothing written",
        what_if.run_status.before.as_str(),
        what_if.run_exit_code.before,
        what_if.run_status.after.as_str(),
        what_if.run_exit_code.after
    );
    text
}

/// The limits of one timing; `missing` is what an absent one after means.
fn limits<'a>(changes: impl Iterator<Item = &'a LimitChange>, title: &str, missing: &str, text: &mut String) {
    let changes: Vec<&LimitChange> = changes.collect();
    if changes.is_empty() {
        return;
    }
    let _ = writeln!(text, "  {title}");
    let _ = writeln!(
        text,
        "    {:<24}{:>34}{:>34}",
        "limit", "before: value / limit, state", "after: value / limit, state"
    );
    for change in changes {
        let (before, after) = (side(change.before.as_ref(), NOT_SET), side(change.after.as_ref(), missing));
        let mark = if change.status_changes { "  <- changes" } else { "" };
        let _ = writeln!(text, "    {:<24}{before:>34}{after:>34}{mark}", change.name.as_str());
    }
}

fn side(check: Option<&LimitCheck>, missing: &str) -> String {
    let Some(check) = check else { return missing.to_owned() };
    let unit = check.name.unit();
    let value = check.value.map_or_else(|| "n/a".to_owned(), |value| amount(value, unit));
    format!("{value} / {} {}", amount(check.limit, unit), check.status.as_str())
}

/// A limit or its value in the unit that people speak of it in.
fn amount(value: f64, unit: LimitUnit) -> String {
    match unit {
        LimitUnit::OfNav | LimitUnit::Fraction => format!("{:.2} %", 0.0 + value * 100.0),
        LimitUnit::TimesNav => format!("{:.2}x", 0.0 + value),
        LimitUnit::OfNavPerBp => format!("{:.1}e-6/bp", 0.0 + value * 1e6),
        LimitUnit::Sessions => format!("{} d", figure((value * 10.0).round() / 10.0)),
    }
}

fn weights(what_if: &WhatIf, text: &mut String) {
    let Some(weights) = &what_if.weights else {
        text.push_str("  No weights: the day stops before it has a book.\n");
        return;
    };
    if weights.is_empty() {
        text.push_str("  No weight changes.\n");
        return;
    }
    let _ = writeln!(text, "  Weights that change, % of NAV");
    for change in weights.iter().take(LISTED) {
        let (before, after) = (percent_cell(change.before, 2), percent_cell(change.after, 2));
        let _ = writeln!(text, "    {:<12}{before:>9} ->{after:>9}", change.instrument);
    }
    if weights.len() > LISTED {
        let _ = writeln!(text, "    and {} more", weights.len() - LISTED);
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use pipeline_core::record::{RunStatus, StepName};
    use pipeline_core::what_if::{Both, SettingChange, WeightChange};
    use risk::{CheckedBook, LimitName, LimitStatus};
    use serde_json::json;

    use super::*;

    fn check(name: LimitName, value: Option<f64>, limit: f64, status: LimitStatus) -> LimitCheck {
        LimitCheck {
            name,
            book: CheckedBook::Target,
            limit,
            soft_level: Some(0.8),
            value,
            utilisation: value.map(|value| value / limit),
            status,
            breached: status == LimitStatus::Breached,
            subject: None,
            reason: "r".to_owned(),
            waiver: None,
        }
    }

    #[test]
    fn each_limit_is_shown_before_and_after_in_its_own_unit() {
        let pair = |name, value, limits: [f64; 2], states: [LimitStatus; 2]| LimitChange {
            timing: Timing::PreTrade,
            name,
            before: Some(check(name, value, limits[0], states[0])),
            after: Some(check(name, value, limits[1], states[1])),
            status_changes: states[0] != states[1],
        };
        use LimitStatus::{Breached, NotComputed, Soft, Within};
        let what_if = WhatIf {
            run_id: "0197aa00-0000-7000-8000-000000000001".to_owned(),
            run_date: "2026-03-25".parse().unwrap(),
            reproduced: true,
            settings: vec![SettingChange {
                key: "risk.limits.var_95".to_owned(),
                before: Some(json!(0.03)),
                after: json!(0.01),
            }],
            refused_as_configuration: None,
            run_status: Both { before: RunStatus::Success, after: RunStatus::Blocked },
            run_exit_code: Both { before: 0, after: 4 },
            level: Both { before: Some(RiskLevel::Low), after: Some(RiskLevel::Critical) },
            reason: Both { before: "fine".to_owned(), after: "limit var_95 is breached at 120 %: r".to_owned() },
            limits: vec![
                pair(LimitName::Var95, Some(0.012), [0.03, 0.01], [Within, Breached]),
                pair(LimitName::GrossLeverage, Some(2.5), [3.0, 3.0], [Soft, Soft]),
                pair(LimitName::Dv01BrlRates, Some(1.5e-4), [2e-4, 2e-4], [Within, Within]),
                pair(LimitName::LiquidityDays, None, [5.0, 5.0], [NotComputed, NotComputed]),
            ],
            unfinished: None,
            weights: Some(vec![WeightChange { instrument: "DI_2Y".into(), before: 0.25, after: 0.2 }]),
        };
        assert_snapshot!(text(&what_if), @r"
        == limits what-if 2026-03-25 run 0197aa00-0000 ==
          Try risk.limits.var_95 = 0.01 (the run: 0.03)
          Pre-trade, the book to be released
            limit                         before: value / limit, state       after: value / limit, state
            var_95                              1.20 % / 3.00 % within          1.20 % / 1.00 % BREACHED  <- changes
            gross_leverage                          2.50x / 3.00x soft                2.50x / 3.00x soft
            dv01_brl_rates_per_bp     150.0e-6/bp / 200.0e-6/bp within  150.0e-6/bp / 200.0e-6/bp within
            liquidity_days                      n/a / 5 d not computed            n/a / 5 d not computed
          Weights that change, % of NAV
            DI_2Y          +25.00 ->   +20.00
          Level LOW -> CRITICAL: limit var_95 is breached at 120 %: r
          SUCCESS (exit 0) -> BLOCKED (exit 4)   nothing written
        ");

        let why = "no step of the fallback leads to a book: net".to_owned();
        let stopped = WhatIf {
            run_status: Both { before: RunStatus::Success, after: RunStatus::Failed },
            run_exit_code: Both { before: 0, after: 1 },
            level: Both { before: Some(RiskLevel::Low), after: None },
            reason: Both { before: "fine".to_owned(), after: format!("the portfolio step: {why}") },
            unfinished: Some(Unfinished { step: Some(StepName::Portfolio), why }),
            limits: what_if.limits[..1]
                .iter()
                .map(|var| LimitChange { after: None, status_changes: false, ..var.clone() })
                .collect(),
            weights: None,
            ..what_if
        };
        assert_snapshot!(text(&stopped), @r"
        == limits what-if 2026-03-25 run 0197aa00-0000 ==
          Try risk.limits.var_95 = 0.01 (the run: 0.03)
          With this the day stops at the portfolio step and its limits are not known: no step of the fallback leads to a book: net
          Pre-trade, the book to be released
            limit                         before: value / limit, state       after: value / limit, state
            var_95                              1.20 % / 3.00 % within                         not known
          No weights: the day stops before it has a book.
          Level LOW -> n/a: the portfolio step: no step of the fallback leads to a book: net
          SUCCESS (exit 0) -> FAILED (exit 1)   nothing written
        ");
    }
}
