//! What the held book earned and why, as tables.

use std::fmt::Write;

use market::instruments::RiskFactor;
use pipeline_core::attribution::{Attribution, PnlParts};
use pipeline_core::mark::Marking;

use crate::number::{percent_cell, signed_percent};

/// Width of a column of figures: `-100.000`.
const CELL_WIDTH: usize = 10;
/// A part below this is rounding.
const ROUNDING: f64 = 1e-12;

/// Profit of the held book in one line; nothing for a run that had no book to mark or kept no attribution.
pub fn line(marking: &Marking) -> String {
    let Some(attribution) = &marking.attribution else { return String::new() };
    let (total, from) = (attribution.total, attribution.from.map_or_else(String::new, |date| format!(" since {date}")));
    if attribution.by_instrument.is_empty() && marking.unmarked.is_empty() {
        return format!("  P&L{from}: nothing was held\n");
    }
    format!(
        "  P&L{from}: {} of NAV net, {} marked less {} of costs\n",
        signed_percent(total.net()),
        signed_percent(total.gross()),
        signed_percent(-total.cost).trim_start_matches('+')
    )
}

/// Profit of the held book by strategy and by instrument, split into carry with roll, factor moves, costs and what is
/// left, then by risk factor; what is not split or not marked is named. Nothing where [`line()`] has nothing.
pub fn text(marking: &Marking) -> String {
    let mut text = line(marking);
    let Some(attribution) = &marking.attribution else { return text };
    if !attribution.by_instrument.is_empty() {
        tables(&mut text, attribution);
    }
    for unsplit in &attribution.unsplit {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    not split: {unsplit}");
    }
    for unmarked in &marking.unmarked {
        let _ = writeln!(text, "    not marked: {unmarked}");
    }
    text
}

fn tables(text: &mut String, attribution: &Attribution) {
    table(text, "strategy", attribution.by_strategy.iter().map(|(id, parts)| (id.to_string(), *parts)));
    if !is_rounding(&attribution.unassigned) {
        row(text, "(no strategy)", &attribution.unassigned);
    }
    row(text, "total", &attribution.total);
    table(text, "instrument", attribution.by_instrument.iter().map(|(id, parts)| (id.to_string(), *parts)));
    factors(text, attribution);
}

fn table(text: &mut String, of: &str, rows: impl Iterator<Item = (String, PnlParts)>) {
    let _ = writeln!(
        text,
        "    {of:14}{:>CELL_WIDTH$}{:>CELL_WIDTH$}{:>CELL_WIDTH$}{:>CELL_WIDTH$}{:>CELL_WIDTH$}  (% of NAV)",
        "carry+roll", "factor", "cost", "residual", "net"
    );
    for (name, parts) in rows {
        row(text, &name, &parts);
    }
}

fn row(text: &mut String, name: &str, parts: &PnlParts) {
    let _ = write!(text, "    {name:14}");
    for part in [parts.carry + parts.roll, parts.factor, parts.cost, parts.residual, parts.net()] {
        let _ = write!(text, "{:>CELL_WIDTH$}", percent_cell(part, 4));
    }
    text.push('\n');
}

fn factors(text: &mut String, attribution: &Attribution) {
    if attribution.by_factor.is_empty() {
        return;
    }
    let moves: Vec<String> = attribution
        .by_factor
        .iter()
        .map(|(factor, part)| format!("{} {}", factor_name(*factor), percent_cell(*part, 4)))
        .collect();
    let _ = writeln!(text, "    factor moves: {}", moves.join(", "));
}

/// As serialised.
fn factor_name(factor: RiskFactor) -> String {
    let name = serde_json::to_value(factor).ok().and_then(|value| value.as_str().map(str::to_owned));
    name.unwrap_or_else(|| format!("{factor:?}"))
}

fn is_rounding(parts: &PnlParts) -> bool {
    [parts.carry, parts.roll, parts.factor, parts.cost, parts.residual].iter().all(|part| part.abs() <= ROUNDING)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use pipeline_core::attribution::Unsplit;
    use pipeline_core::mark::Unmarked;

    fn parts(carry: f64, factor: f64, cost: f64, residual: f64) -> PnlParts {
        PnlParts { carry, roll: 0.0, factor, cost, residual }
    }

    fn marking() -> Marking {
        let day = |day: u32| chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let (rates, fx) = (parts(0.0002, -0.0011, -0.00005, 0.00001), parts(-0.0001, 0.0007, 0.0, 0.0));
        let mut total = rates;
        total += fx;
        let attribution = Attribution {
            from: Some(day(30)),
            to: Some(day(31)),
            opening_nav: 10_000_500.0,
            base_nav: 10_000_000.0,
            total,
            by_instrument: BTreeMap::from([("DI_5Y".into(), rates), ("USDBRL".into(), fx)]),
            by_strategy: BTreeMap::from([("FX_BR_01".into(), fx), ("RATES_BR_01".into(), rates)]),
            by_factor: BTreeMap::from([(RiskFactor::BrlRates, -0.0011), (RiskFactor::UsdBrl, 0.0007)]),
            ..Attribution::default()
        };
        Marking { attribution: Some(attribution), ..Marking::default() }
    }

    #[test]
    fn the_profit_is_a_table_by_strategy_and_by_instrument() {
        let expected = "  P&L since 2026-03-30: -0.034 % of NAV net, -0.029 % marked less 0.005 % of costs
    strategy      carry+roll    factor      cost  residual       net  (% of NAV)
    FX_BR_01         -0.0100   +0.0700    0.0000    0.0000   +0.0600
    RATES_BR_01      +0.0200   -0.1100   -0.0050   +0.0010   -0.0940
    total            +0.0100   -0.0400   -0.0050   +0.0010   -0.0340
    instrument    carry+roll    factor      cost  residual       net  (% of NAV)
    DI_5Y            +0.0200   -0.1100   -0.0050   +0.0010   -0.0940
    USDBRL           -0.0100   +0.0700    0.0000    0.0000   +0.0600
    factor moves: brl_rates -0.1100, usdbrl +0.0700
";
        assert_eq!(text(&marking()), expected);
    }

    #[test]
    fn what_is_not_split_marked_or_assigned_is_said() {
        let mut marking = marking();
        let attribution = marking.attribution.as_mut().unwrap();
        attribution.unassigned = parts(0.0, 0.0004, 0.0, 0.0);
        attribution.unsplit.push(Unsplit { instrument: "IBOV".into(), reason: "no level".to_owned() });
        let after = chrono::NaiveDate::from_ymd_opt(2026, 3, 30).unwrap();
        marking.unmarked.push(Unmarked { instrument: "SPX".into(), after, until: None });
        let text = text(&marking);
        assert!(text.contains("    (no strategy)     0.0000   +0.0400"), "{text}");
        assert!(text.contains("not split: what IBOV earned is not split into carry and moves: no level"));
        assert!(text.contains("not marked: SPX is held and has no return since 2026-03-30: not marked yet"));
    }

    #[test]
    fn a_first_run_and_an_older_record_have_no_table() {
        assert_eq!(text(&Marking::default()), "");
    }
}
