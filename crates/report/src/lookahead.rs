//! The look-ahead proof as text.

use std::fmt::Write;

use pipeline_core::lookahead::{Check, Leak, LookaheadReport, Proof, Verdict};

use crate::number::thousands;

/// One line a date with what was done, its leaks below it, and the sum of them last.
pub fn text(report: &LookaheadReport) -> String {
    let mut text = String::new();
    for proof in &report.dates {
        text.push_str(&date(proof));
    }
    let of = |verdict| report.count(verdict);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{}: {} dates, {} passed, {} vacuous, {} leaking",
        word(report.verdict()),
        report.dates.len(),
        of(Verdict::Passed),
        of(Verdict::Vacuous),
        of(Verdict::Leaking)
    );
    if report.verdict() == Verdict::Vacuous {
        text.push_str("nothing was proved: choose dates before the last release that is stored\n");
    }
    text
}

fn date(proof: &Proof) -> String {
    let mark = match proof.verdict {
        Verdict::Passed => "✓",
        Verdict::Vacuous => "-",
        Verdict::Leaking => "✗",
    };
    let mut text = format!("{mark} {}  {:<7}", proof.cut.date, word(proof.verdict));
    if !proof.about.is_empty() {
        let _ = write!(text, "  {};", proof.about);
    }
    let _ = match &proof.vacuous {
        Some(why) => writeln!(text, "  {why}"),
        None => writeln!(
            text,
            "  {} checks: {} rows and {} definitions after the cut, {} reads, {} citations",
            proof.checks.len(),
            thousands(proof.rows_after as u64),
            thousands(proof.definitions_after as u64),
            proof.reads,
            proof.evidence
        ),
    };
    for found in &proof.leaks {
        let _ = writeln!(text, "    {:<13}  {}", found.check.as_str(), leak(found));
    }
    text
}

/// Where and what, in the words of the check.
fn leak(leak: &Leak) -> String {
    let Leak { check, step, field, with, without } = leak;
    let place = if field.is_empty() { step.clone() } else { format!("{step} {field}") };
    match check {
        Check::Repeat => format!("{place}: {with} at first, {without} when repeated"),
        Check::Truncate => format!("{place}: {with}, but {without} without what came later"),
        Check::PoisonNotANumber | Check::PoisonHuge | Check::PoisonRandom => {
            format!("{place}: {with}, but {without} with what came later poisoned")
        }
        Check::ReadLog => format!("{step} read {field}: {with}, {without}"),
        Check::Evidence => format!("{step} cites {field}: {with}, but {without}"),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Vacuous => "vacuous",
        Verdict::Leaking => "LEAKING",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Cut;

    fn passed(date: &str) -> Proof {
        let cut = Cut::published(date.parse().unwrap(), format!("{date}T23:00:00Z").parse().unwrap());
        Proof {
            cut,
            verdict: Verdict::Passed,
            vacuous: None,
            about: "SUCCESS, 14 signals, 5 positions".to_owned(),
            digest: "0123456789abcdef".to_owned(),
            checks: vec![
                Check::Repeat,
                Check::Truncate,
                Check::PoisonNotANumber,
                Check::PoisonHuge,
                Check::PoisonRandom,
                Check::ReadLog,
                Check::Evidence,
            ],
            rows_after: 120_433,
            definitions_after: 38,
            reads: 96,
            evidence: 41,
            leaks: Vec::new(),
        }
    }

    fn vacuous(date: &str) -> Proof {
        let why = Some("nothing lies after the cut".to_owned());
        Proof { verdict: Verdict::Vacuous, vacuous: why, rows_after: 0, definitions_after: 0, ..passed(date) }
    }

    fn leaking(date: &str) -> Proof {
        let leak = |check, step: &str, field: &str, with: &str, without: &str| Leak {
            check,
            step: step.to_owned(),
            field: field.to_owned(),
            with: with.to_owned(),
            without: without.to_owned(),
        };
        let leaks = vec![
            leak(Check::Truncate, "agents", "fx.report.signals.fx.flow.value", "1.25", "0.75"),
            leak(Check::PoisonNotANumber, "agents", "fx.report", "1 signals", "none"),
            leak(Check::ReadLog, "agent fx", "BR_FX_FLOW", "released 2026-03-18 22:00 UTC", "cut 2026-03-17 23:00 UTC"),
            leak(Check::Evidence, "fx.flow", "BR_FX_FLOW 2026-03-18", "3 USD mn", "nothing published by the cut"),
            leak(Check::Repeat, "value", "", "2", "3"),
        ];
        Proof { verdict: Verdict::Leaking, leaks, ..passed(date) }
    }

    #[test]
    fn dates_that_passed_proved_nothing_or_leak_read_differently() {
        let report =
            LookaheadReport { dates: vec![passed("2024-05-17"), leaking("2026-03-17"), vacuous("2026-03-31")] };
        insta::assert_snapshot!(text(&report), @r"
        ✓ 2024-05-17  passed   SUCCESS, 14 signals, 5 positions;  7 checks: 120 433 rows and 38 definitions after the cut, 96 reads, 41 citations
        ✗ 2026-03-17  LEAKING  SUCCESS, 14 signals, 5 positions;  7 checks: 120 433 rows and 38 definitions after the cut, 96 reads, 41 citations
            truncate       agents fx.report.signals.fx.flow.value: 1.25, but 0.75 without what came later
            poison NaN     agents fx.report: 1 signals, but none with what came later poisoned
            read log       agent fx read BR_FX_FLOW: released 2026-03-18 22:00 UTC, cut 2026-03-17 23:00 UTC
            evidence       fx.flow cites BR_FX_FLOW 2026-03-18: 3 USD mn, but nothing published by the cut
            repeat         value: 2 at first, 3 when repeated
        - 2026-03-31  vacuous  SUCCESS, 14 signals, 5 positions;  nothing lies after the cut
        LEAKING: 3 dates, 1 passed, 1 vacuous, 1 leaking
        ");
    }

    #[test]
    fn only_vacuous_dates_are_no_pass() {
        let report = LookaheadReport { dates: vec![vacuous("2026-03-31")] };
        insta::assert_snapshot!(text(&report), @r"
        - 2026-03-31  vacuous  SUCCESS, 14 signals, 5 positions;  nothing lies after the cut
        vacuous: 1 dates, 0 passed, 1 vacuous, 0 leaking
        nothing was proved: choose dates before the last release that is stored
        ");
    }
}
