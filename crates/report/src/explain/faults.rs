//! What does not agree in an answer, one line each.

use std::fmt::Write;

use pipeline_core::explain::{Fault, Parts};

use crate::number::{figure, signed_percent};

/// Characters of a digest that are shown.
const SHOWN: usize = 12;

/// The status and every fault under it; nothing when all agrees.
pub(super) fn list(text: &mut String, faults: &[Fault]) {
    if faults.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "✗ MISMATCH: what follows is not to be relied on");
    for fault in faults {
        let _ = writeln!(text, "  ✗ {}", line(fault));
    }
}

fn line(fault: &Fault) -> String {
    match fault {
        Fault::Record { steps } => format!(
            "the record was changed since it was filed: {} not what the digest was taken of",
            match steps.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(", ")),
            }
        ),
        Fault::Data { filed, at_hand } => format!(
            "the market at hand is not the one the run read: data {} at its cut, and the run filed {}",
            short(at_hand),
            short(filed)
        ),
        Fault::Figure { by, name, series, period, run, visible } => {
            let seen = visible.map_or_else(|| "not visible".to_owned(), figure);
            format!("{by} read {name} as {}, and {series} of {period} is {seen} at the cut", figure(*run))
        }
        Fault::Sum { parts, gap } => match parts {
            Parts::Stages => format!("the stages leave {gap:+.3e} of NAV unexplained"),
            Parts::Strategies => format!("the strategies leave {gap:+.3e} of NAV unexplained"),
            Parts::Positions => format!("the positions leave {gap:+.3e} of NAV of their strategy unexplained"),
            Parts::Consensus => format!("the contributions leave {gap:+.3e} of the consensus score unexplained"),
        },
        Fault::Held { left, began } => format!(
            "the run began with {}, and the run before it left {}",
            signed_percent(*began),
            signed_percent(*left)
        ),
    }
}

/// The beginning of a digest.
fn short(digest: &str) -> &str {
    match digest.get(..SHOWN) {
        Some(short) => short,
        None if digest.is_empty() => "none",
        None => digest,
    }
}
