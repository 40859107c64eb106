//! Stresses: scenarios, episodes, and the likeliest moves that lose an amount.

use std::collections::BTreeMap;
use std::fmt::Write;

use market::instruments::InstrumentId;
use risk::stress::episodes::{Coverage, EpisodeResult, FactorMove};
use risk::stress::factors::{self, MoveUnit};
use risk::stress::reverse::{ReverseOutcome, ReverseStress};
use risk::{LimitName, RiskReport};

use super::{gaps, percent};
use crate::wrap::paragraph;

/// Stresses that are printed, worst first; what loses as much as a limit is printed beyond them.
const MOST_STRESSES: usize = 10;

/// The three sections, each only where the record has it.
pub(super) fn text(report: &RiskReport) -> String {
    let bound = bound(report);
    let mut text = scenarios(report, bound);
    text.push_str(&episodes(&report.episodes, bound));
    text.push_str(&reverse(&report.reverse_stress));
    text
}

/// The smallest loss that a limit speaks of: the stress limit, where there is one, and the drawdown limit.
fn bound(report: &RiskReport) -> f64 {
    let of_loss = |name| matches!(name, LimitName::StressLoss | LimitName::Drawdown);
    report.limits.iter().filter(|check| of_loss(check.name)).map(|check| check.limit).fold(f64::INFINITY, f64::min)
}

/// A stress with its total.
struct Total<'a> {
    name: &'a str,
    pnl: f64,
    by_position: &'a BTreeMap<InstrumentId, f64>,
    note: String,
}

/// Totals worst first, at most [`MOST_STRESSES`] of those that reach no limit.
fn table(mut totals: Vec<Total<'_>>, bound: f64) -> String {
    let mut text = String::new();
    // Equal ones as they come.
    totals.sort_by(|a, b| a.pnl.total_cmp(&b.pnl));
    let over = totals.iter().filter(|total| -total.pnl >= bound).count();
    let shown = over.max(MOST_STRESSES);
    for Total { name, pnl, by_position, note } in totals.iter().take(shown) {
        let worst = by_position.iter().min_by(|a, b| a.1.total_cmp(b.1)).filter(|(_, pnl)| **pnl < 0.0);
        let worst = worst.map_or_else(|| "-".to_owned(), |(id, pnl)| format!("{id} {}", percent(*pnl)));
        let over = if -pnl >= bound { "  OVER" } else { "" };
        let _ = writeln!(text, "  {name:<24} {:>8}  {note}{worst}{over}", percent(*pnl));
    }
    if let Some(next) = totals.get(shown) {
        let _ = writeln!(text, "  {} more, the worst of them {}", totals.len() - shown, percent(next.pnl));
    }
    text
}

fn scenarios(report: &RiskReport, bound: f64) -> String {
    let mut text = String::new();
    if report.stress.is_empty() {
        return text;
    }
    text.push_str("Stress, % of NAV, worst first, with the position that loses most\n");
    if bound.is_finite() {
        let _ = writeln!(text, "  OVER: a loss of {:.2} % or more, the smallest limit on one", bound * 100.0);
    }
    let finite = |pnl: Option<f64>| pnl.filter(|pnl| pnl.is_finite());
    let totals = report.stress.iter().filter_map(|result| {
        let pnl = finite(result.pnl)?;
        Some(Total { name: &result.scenario, pnl, by_position: &result.by_position, note: String::new() })
    });
    text.push_str(&table(totals.collect(), bound));
    // The same positions are missing in most scenarios: one line for all of those.
    let mut missing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for result in report.stress.iter().filter(|result| finite(result.pnl).is_none()) {
        let of_scenario = report.unpriced.iter().filter(|gap| gap.needed_for == result.scenario);
        let why = gaps(of_scenario.map(|gap| (gap.instrument.as_str(), gap.reason.as_str())));
        missing.entry(why.unwrap_or_else(|| "no total".to_owned())).or_default().push(&result.scenario);
    }
    for (why, names) in missing {
        text.push_str(&paragraph("  not computed: ", &format!("{}: {why}", names.join(", ")), 4));
    }
    text
}

fn episodes(episodes: &[EpisodeResult], bound: f64) -> String {
    let mut text = String::new();
    if episodes.is_empty() {
        return text;
    }
    text.push_str("Episodes replayed on this book, % of NAV, worst first\n");
    let (mut totals, mut missing) = (Vec::new(), String::new());
    for result in episodes {
        if let Some(pnl) = result.pnl.filter(|pnl| pnl.is_finite()) {
            let partly = if result.coverage == Coverage::Complete { "" } else { "(partly measured) " };
            totals.push(Total { name: &result.name, pnl, by_position: &result.by_position, note: partly.to_owned() });
            continue;
        }
        let why = gaps(result.unpriced.iter().map(|gap| (gap.instrument.as_str(), gap.reason.as_str())));
        let why =
            why.or_else(|| gaps(result.unmeasured.iter().map(|gap| (factors::name(gap.factor), gap.reason.as_str()))));
        let why = why.unwrap_or_else(|| "no total".to_owned());
        missing.push_str(&paragraph("  not computed: ", &format!("{}: {why}", result.name), 4));
    }
    text.push_str(&table(totals, bound));
    text.push_str(&missing);
    text
}

fn reverse(found: &[ReverseStress]) -> String {
    let mut text = String::new();
    if found.is_empty() {
        return text;
    }
    text.push_str("Likeliest move that loses an amount\n");
    for one in found {
        let head = format!("  {:.2} % in {}: ", one.loss * 100.0, super::sessions(one.horizon_sessions));
        match &one.outcome {
            ReverseOutcome::Found { moves, distance, normal_probability, .. } => {
                let words = format!("{distance:.2} deviations, normal probability {:.3} %", normal_probability * 100.0);
                text.push_str(&paragraph(&head, &words, 4));
                text.push_str(&paragraph("    ", &self::moves(moves), 6));
            }
            ReverseOutcome::None { reason, .. } => {
                text.push_str(&paragraph(&head, &format!("not computed: {reason}"), 4));
            }
        }
    }
    text
}

/// `BRL rates 1Y +80, 5Y +120 bp; USD/BRL +8.10 %`.
fn moves(moves: &[FactorMove]) -> String {
    let mut text = String::new();
    for (at, one) in moves.iter().enumerate() {
        let is_new = at == 0 || moves[at - 1].factor != one.factor;
        let is_last = moves.get(at + 1).is_none_or(|next| next.factor != one.factor);
        let name = if is_new { format!("{} ", factors::name(one.factor)) } else { String::new() };
        let years = one.years.map_or_else(String::new, |years| format!("{years}Y "));
        let (amount, unit) = match one.unit {
            MoveUnit::Bp => (format!("{:+.0}", one.amount), "bp"),
            MoveUnit::Relative => (percent(one.amount), "%"),
        };
        let end = match (is_last, at + 1 == moves.len()) {
            (true, true) => format!(" {unit}"),
            (true, false) => format!(" {unit}; "),
            (false, _) => ", ".to_owned(),
        };
        let _ = write!(text, "{name}{years}{amount}{end}");
    }
    text
}
