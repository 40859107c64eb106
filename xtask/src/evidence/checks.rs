//! What must hold over all dates: no panic, no stuck signal, no absurd magnitude.

use std::fmt::Write;

use super::ask::Asked;
use super::tables::by_signal;

/// One check with its outcome in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked {
    what: String,
    found: String,
    pub(super) passes: bool,
}

/// A bound on signals or features whose name begins with `prefix` and contains `part`.
struct Bound {
    what: &'static str,
    prefix: &'static str,
    part: &'static str,
    feature: bool,
    low: f64,
    high: f64,
}

const fn bound(what: &'static str, names: (&'static str, &'static str), feature: bool, low: f64, high: f64) -> Bound {
    Bound { what, prefix: names.0, part: names.1, feature, low, high }
}

const BOUNDS: [Bound; 10] = [
    bound("policy gaps within +-15 pp", ("monetary.taylor", ""), false, -15.0, 15.0),
    bound("implied paths within +-15 pp of survey and rule", ("monetary.", "_path"), false, -15.0, 15.0),
    bound("term premium z within +-6", ("", "term_premium_z"), true, -6.0, 6.0),
    bound("r* within -2..10 %", ("", "neutral_real_rate"), true, -0.02, 0.10),
    bound("debt within +-25 points of GDP in five years", ("br.debt_change_5y", ""), true, -0.25, 0.25),
    bound("probabilities within 0..1", ("fiscal.debt_fan", ""), false, 0.0, 1.0),
    bound("fiscal impulse within +-10 points of GDP", ("fiscal.impulse", ""), false, -10.0, 10.0),
    bound("indices within 0..100", ("fiscal.dominance", ""), false, 0.0, 100.0),
    bound("misalignment of USD/BRL within +-0.8 log points", ("fx.beer", ""), false, -0.8, 0.8),
    bound("covered-interest basis within +-10 %", ("usdbrl.cip_basis", ""), true, -10.0, 10.0),
];

/// Every check.
pub(super) fn all(asked: &[Asked]) -> Vec<Checked> {
    let mut checked = vec![no_panic(asked), not_stuck(asked)];
    checked.extend(BOUNDS.iter().map(|bound| within(asked, bound)));
    checked
}

fn no_panic(asked: &[Asked]) -> Checked {
    let failed = asked.iter().flat_map(|one| one.failed.iter().map(|why| format!("{} {why}", one.date)));
    let defects = asked.iter().flat_map(|one| {
        let defect = |reason: &&String| reason.contains("panicked") || reason.contains("defect of the model");
        one.abstained.values().filter(defect).map(|reason| format!("{} {reason}", one.date))
    });
    let found: Vec<String> = failed.chain(defects).collect();
    Checked {
        what: "no agent fails and no model panics".to_owned(),
        passes: found.is_empty(),
        found: found.first().map_or_else(|| "none".to_owned(), |first| format!("{}, first {first}", found.len())),
    }
}

fn not_stuck(asked: &[Asked]) -> Checked {
    let mut stuck = Vec::new();
    for (id, said) in by_signal(asked) {
        let sure = |sign: f64| {
            let count = said.iter().filter(|(_, said)| said.score * sign > 0.0 && said.confidence >= 0.9995).count();
            count as f64 / said.len() as f64
        };
        if sure(1.0) > 0.9 || sure(-1.0) > 0.9 {
            stuck.push(id.to_owned());
        }
    }
    Checked {
        what: "no signal gives one direction with confidence 1.0 on more than 90 % of its dates".to_owned(),
        passes: stuck.is_empty(),
        found: if stuck.is_empty() { "none".to_owned() } else { stuck.join(", ") },
    }
}

fn within(asked: &[Asked], bound: &Bound) -> Checked {
    // A standard error is not the thing it belongs to.
    let named = |name: &str| name.starts_with(bound.prefix) && name.contains(bound.part) && !name.ends_with("_se");
    let mut values: Vec<f64> = Vec::new();
    for one in asked {
        if bound.feature {
            values.extend(one.features.iter().filter(|(name, _)| named(name)).map(|(_, value)| *value));
        } else {
            values.extend(one.signals.iter().filter(|(id, _)| named(id)).map(|(_, said)| said.value));
        }
    }
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let found = if values.is_empty() { "never said".to_owned() } else { format!("{low:.3} to {high:.3}") };
    // What was never said proves nothing.
    let passes = !values.is_empty() && values.iter().all(|value| (bound.low..=bound.high).contains(value));
    Checked { what: bound.what.to_owned(), found, passes }
}

/// The checks as a table.
pub(super) fn render(checked: &[Checked]) -> String {
    let mut text = "## Checks\n\n| check | found | holds |\n|---|---|---|\n".to_owned();
    for Checked { what, found, passes } in checked {
        let _ = writeln!(text, "| {what} | {} | {} |", found.replace('|', "/"), if *passes { "yes" } else { "**no**" });
    }
    text
}
