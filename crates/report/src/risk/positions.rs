//! What the book holds: exposures by class, currency and factor, and how long each position takes to close.

use std::fmt::Write;

use risk::stress::factors::{self, MoveUnit};
use risk::{Liquidation, RiskReport};

use super::{gaps, percent};
use crate::wrap::paragraph;

/// Both sections, each only where the record has it.
pub(super) fn text(report: &RiskReport) -> String {
    exposures(report) + &liquidity(report)
}

fn exposures(report: &RiskReport) -> String {
    let (exposure, of_factors) = (&report.exposure, &report.factor_exposures);
    let mut text = String::new();
    let _ = writeln!(text, "{:<26} {:>10} {:>10}", "Exposures, % of NAV", "gross", "net");
    let mut line = |name: String, gross: String, net: String| {
        let _ = writeln!(text, "  {name:<24} {gross:>10} {net:>10}");
    };
    line("book".to_owned(), unsigned(exposure.gross * 100.0, 2), percent(exposure.net));
    for (class, of_class) in &exposure.by_class {
        line(format!("class {class}"), unsigned(of_class.gross * 100.0, 2), percent(of_class.net));
    }
    for (currency, of_currency) in &of_factors.by_currency {
        line(format!("currency {currency}"), unsigned(of_currency.gross * 100.0, 2), percent(of_currency.net));
    }
    for (factor, found) in of_factors.by_factor.iter().filter(|(_, found)| found.unit == MoveUnit::Relative) {
        line(format!("delta {}", factors::name(*factor)), unsigned(found.gross * 100.0, 2), percent(found.net));
    }
    let per_bp = of_factors.by_factor.iter().filter(|(_, found)| found.unit == MoveUnit::Bp);
    let mut curves = String::new();
    for (factor, found) in per_bp {
        let (gross, net) = (unsigned(found.gross * 1e6, 1), millionths(found.net));
        let _ = writeln!(curves, "  {:<24} {gross:>10} {net:>10}", factors::name(*factor));
        let buckets: Vec<String> =
            found.buckets.iter().map(|bucket| format!("{}Y {}", bucket.years, millionths(bucket.net))).collect();
        if !buckets.is_empty() {
            curves.push_str(&paragraph("    net ", &buckets.join(", "), 6));
        }
    }
    if !curves.is_empty() {
        text.push_str("Loss for a basis point more, millionths of NAV\n");
        text.push_str(&curves);
    }
    if let Some(why) = gaps(of_factors.unknown.iter().map(|gap| (gap.instrument.as_str(), gap.reason.as_str()))) {
        text.push_str(&paragraph("  not computed: ", &format!("sensitivities of {why}"), 4));
    }
    text
}

fn liquidity(report: &RiskReport) -> String {
    let mut text = String::new();
    if report.liquidity.is_empty() {
        return text;
    }
    text.push_str("Sessions to close each position, longest first\n");
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for position in &report.liquidity {
        match &position.liquidation {
            Liquidation::Days { days, contracts, average_volume, of, .. } => {
                known.push((*days, position.instrument.as_str(), *contracts, *average_volume, of));
            }
            Liquidation::Unknown { reason } => unknown.push((position.instrument.as_str(), reason.as_str())),
        }
    }
    known.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (days, name, contracts, volume, of) in known {
        let through = match (of.first(), of.len()) {
            (Some(first), 1) => first.clone(),
            (Some(first), count) => format!("{first} and {} more", count - 1),
            (None, _) => "no contract".to_owned(),
        };
        let words = format!("{contracts:.0} contracts, {volume:.0} a session through {through}");
        text.push_str(&paragraph(&format!("  {name:<24} {days:>10.2}  "), &words, 4));
    }
    if let Some(why) = gaps(unknown.into_iter()) {
        text.push_str(&paragraph("  not computed: ", &why, 4));
    }
    text
}

/// A fraction of NAV a basis point, in millionths; what rounds to zero has no sign.
fn millionths(value: f64) -> String {
    crate::number::percent_cell(value * 1e4, 1)
}

/// A sum of absolute values.
fn unsigned(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}
