//! The distribution of what was said, as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::ask::{Asked, Said};

/// Title and reading aid.
pub(super) fn head(asked: &[Asked]) -> String {
    let span = match (asked.first(), asked.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.date, last.date),
        _ => "no date".to_owned(),
    };
    format!(
        "# What the agents said, as known then\n\n\
         `cargo xtask evidence` asks the five agents with their standard parameters on every Friday, {span}, {} dates, at the \
         default cut of 20:00 in São Paulo, on real published data that are not part of this repository. Nothing was tuned to \
         this table. Series begin and stop in those data (the daily DI curve exists from 2010 to mid-2016 and from June 2025, no \
         official primary balance exists, US series other than 14 carry later revisions): a model without its inputs abstains, \
         and the reason is counted below.\n",
        asked.len()
    )
}

/// Lowest, quartiles and highest of a sample.
fn five(values: &[f64]) -> [f64; 5] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [0.0, 0.25, 0.5, 0.75, 1.0].map(|p| {
        let at = p * sorted.len().saturating_sub(1) as f64;
        let (low, share) = (at.floor() as usize, at.fract());
        let next = sorted[(low + 1).min(sorted.len() - 1)];
        sorted[low] + share * (next - sorted[low])
    })
}

fn range(values: &[f64]) -> String {
    five(values).map(|value| format!("{value:.2}")).join(" / ")
}

/// Signals by id.
pub(super) fn by_signal(asked: &[Asked]) -> BTreeMap<&str, Vec<(chrono::NaiveDate, &Said)>> {
    let mut all: BTreeMap<&str, Vec<(chrono::NaiveDate, &Said)>> = BTreeMap::new();
    for one in asked {
        for (id, said) in &one.signals {
            all.entry(id).or_default().push((one.date, said));
        }
    }
    all
}

/// Dates spoken, and the distribution of value, score and confidence.
pub(super) fn spoken(asked: &[Asked]) -> String {
    let mut text =
        "## Signals\n\nMinimum / quartiles / maximum; direction: share of dates with a score above 0.1, within, \
                    below -0.1.\n\n| signal | dates | first | last | value | score | confidence | + / 0 / - |\n\
                    |---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for (id, said) in by_signal(asked) {
        let column = |f: &dyn Fn(&Said) -> f64| -> Vec<f64> { said.iter().map(|(_, said)| f(said)).collect() };
        let scores = column(&|said| said.score);
        let share = |test: &dyn Fn(f64) -> bool| {
            100.0 * scores.iter().filter(|score| test(**score)).count() as f64 / scores.len() as f64
        };
        let _ = writeln!(
            text,
            "| `{id}` | {} | {} | {} | {} | {} | {} | {:.0} / {:.0} / {:.0} % |",
            said.len(),
            said[0].0,
            said[said.len() - 1].0,
            range(&column(&|said| said.value)),
            range(&scores),
            range(&column(&|said| said.confidence)),
            share(&|score| score > 0.1),
            share(&|score| score.abs() <= 0.1),
            share(&|score| score < -0.1)
        );
    }
    text
}

/// A reason without its figures, so that the same reason on two dates counts twice.
fn kind(reason: &str) -> String {
    let mut text = String::new();
    let mut number = false;
    for c in reason.chars() {
        let digit = c.is_ascii_digit() && !text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_');
        if digit || (number && matches!(c, '.' | '-' | '0'..='9')) {
            if !number {
                text.push('#');
            }
            number = true;
        } else {
            text.push(if c == '|' { '/' } else { c });
            number = false;
        }
    }
    let short: String = text.chars().take(160).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

/// Dates on which each model abstained, with the most frequent reasons.
pub(super) fn abstained(asked: &[Asked]) -> String {
    let mut models: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for (model, reason) in asked.iter().flat_map(|one| &one.abstained) {
        *models.entry(model).or_default().entry(kind(reason)).or_default() += 1;
    }
    let mut text = "## Abstentions\n\nFigures in reasons are replaced by `#`; up to three reasons.\n\n\
                    | model | dates | most frequent reasons |\n|---|---|---|\n"
        .to_owned();
    for (model, reasons) in models {
        let total: usize = reasons.values().sum();
        let mut ranked: Vec<(&String, &usize)> = reasons.iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let shown: Vec<String> = ranked.iter().take(3).map(|(reason, count)| format!("{count}: {reason}")).collect();
        let _ = writeln!(text, "| `{model}` | {total} | {} |", shown.join("<br>"));
    }
    text
}

/// Distribution of every feature.
pub(super) fn features(asked: &[Asked]) -> String {
    let names: BTreeSet<&String> = asked.iter().flat_map(|one| one.features.keys()).collect();
    let mut text =
        "## Features\n\nMinimum / quartiles / maximum, in the feature's own unit (decimals for rates and ratios).\n\n\
                    | feature | dates | range |\n|---|---|---|\n"
            .to_owned();
    for name in names {
        let values: Vec<f64> = asked.iter().filter_map(|one| one.features.get(name).copied()).collect();
        let range = five(&values).map(|value| format!("{value:.4}")).join(" / ");
        let _ = writeln!(text, "| `{name}` | {} | {range} |", values.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_by_hand() {
        assert_eq!(five(&[3.0, 1.0, 2.0, 5.0, 4.0]), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(five(&[7.0]), [7.0; 5]);
    }

    #[test]
    fn the_code_of_a_series_is_no_figure() {
        assert_eq!(kind("BR_PRIMARY_PS_12M_GDP is 12 months old"), "BR_PRIMARY_PS_12M_GDP is # months old");
    }

    #[test]
    fn the_same_reason_counts_twice_and_names_keep_their_digits() {
        let reason = |date, n| kind(&format!("US_DGS10: {n} usable since {date}, p-value 0.3{n}"));
        assert_eq!(reason("2012-01-06", 3), reason("2013-11-29", 4));
        assert_eq!(reason("2012-01-06", 3), "US_DGS10: # usable since #, p-value #");
    }
}
