//! The look-ahead proof as text.

use std::fmt::Write;

use pipeline_core::lookahead::{Basis, Check, Leak, LookaheadReport, Overall, Proof, Vacuity, Verdict};

use crate::number::thousands;

/// Characters of a digest that are shown.
const SHOWN: usize = 12;

/// One line a date with what was done, its leaks below it, and the sum of them last.
pub fn text(report: &LookaheadReport) -> String {
    let mut text = String::new();
    for proof in &report.dates {
        text.push_str(&date(proof));
    }
    let dates = match report.dates.len() {
        1 => "1 date".to_owned(),
        several => format!("{several} dates"),
    };
    let counted = [
        (Verdict::Passed, "passed"),
        (Verdict::Vacuous, "vacuous"),
        (Verdict::Differs, "not as filed"),
        (Verdict::Leaking, "leaking"),
    ];
    let counts: Vec<String> = counted
        .into_iter()
        .map(|(verdict, word)| (report.count(verdict), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}: {dates}: {}", overall(report.verdict()), counts.join(", "));
    for advice in advice(report) {
        let _ = writeln!(text, "{advice}");
    }
    text.push_str("not provable by taking it away: discontinued flags, embedded definitions, one-off closures\n");
    text
}

fn overall(overall: Overall) -> &'static str {
    match overall {
        Overall::Passed => "passed",
        Overall::PartlyVacuous => "passed in part",
        Overall::Vacuous => "vacuous",
        Overall::Differs => "NOT AS FILED",
        Overall::Leaking => "LEAKING",
    }
}

/// Which dates would prove something, for every reason that some did not.
fn advice(report: &LookaheadReport) -> Vec<&'static str> {
    let found = |why| report.dates.iter().any(|proof| proof.vacuous == Some(why));
    let mut advice = Vec::new();
    if found(Vacuity::NothingAfter) {
        advice.push("where nothing lies after the cut, choose dates before the last release that is stored");
    }
    if found(Vacuity::NothingRead) {
        advice.push("where nothing was read, choose dates after the first releases that are stored");
    }
    if found(Vacuity::NothingReadComesAfter) {
        advice
            .push("where what was read ends before the cut, choose dates before the last figures of the series in use");
    }
    advice
}

fn date(proof: &Proof) -> String {
    let mark = match proof.verdict {
        Verdict::Passed => "✓",
        Verdict::Vacuous => "-",
        Verdict::Differs | Verdict::Leaking => "✗",
    };
    let mut text = format!("{mark} {}  {:<7}", proof.cut.date, word(proof.verdict));
    if !proof.about.is_empty() {
        let _ = write!(text, "  {};", proof.about);
    }
    let _ = match &proof.vacuous {
        Some(why) => writeln!(text, "  {}", why.as_str()),
        None => writeln!(
            text,
            "  {} checks: {} of {} rows after the cut in what was read, {} definitions, {} reads, {} citations",
            proof.checks.len(),
            thousands(proof.rows_after as u64),
            thousands(proof.rows_beyond as u64),
            thousands(proof.definitions_after as u64),
            proof.reads,
            proof.evidence
        ),
    };
    if let Some(basis) = &proof.basis {
        let _ = writeln!(text, "    {}", basis_text(basis));
    }
    for found in &proof.leaks {
        let _ = writeln!(text, "    {:<13}  {}", found.check.as_str(), leak(found));
    }
    text
}

/// What the day was decided from.
fn basis_text(basis: &Basis) -> String {
    match basis {
        Basis::Filed { run_id, filed, decided, .. } if decided.as_ref() == Some(filed) => {
            format!("run {run_id}, decided again as filed: {}", short(filed))
        }
        Basis::Filed { run_id, code_version, filed, decided } => format!(
            "run {run_id} of version {code_version} filed {}, and this program decides {}",
            short(filed),
            decided.as_deref().map_or("nothing", short)
        ),
        Basis::NotKept { run_id, why } => format!("today's configuration, not that of run {run_id}: {why}"),
        Basis::NotFiled => "not filed: today's configuration".to_owned(),
    }
}

/// The beginning of a digest.
fn short(digest: &str) -> &str {
    digest.get(..SHOWN).unwrap_or(digest)
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
        Verdict::Differs => "DIFFERS",
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
            basis: Some(Basis::NotFiled),
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
            rows_beyond: 240_866,
            definitions_after: 38,
            reads: 96,
            evidence: 41,
            leaks: Vec::new(),
        }
    }

    fn vacuous(date: &str) -> Proof {
        let why = Some(Vacuity::NothingAfter);
        Proof {
            verdict: Verdict::Vacuous,
            vacuous: why,
            rows_after: 0,
            rows_beyond: 0,
            definitions_after: 0,
            ..passed(date)
        }
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

    fn filed(date: &str, verdict: Verdict, decided: &str) -> Proof {
        let basis = Basis::Filed {
            run_id: "0195".to_owned(),
            code_version: "1.0.0".to_owned(),
            filed: "0123456789abcdef".to_owned(),
            decided: Some(decided.to_owned()),
        };
        Proof { verdict, basis: Some(basis), ..passed(date) }
    }

    #[test]
    fn dates_that_passed_proved_nothing_or_leak_read_differently() {
        let report =
            LookaheadReport { dates: vec![passed("2024-05-17"), leaking("2026-03-17"), vacuous("2026-03-31")] };
        insta::assert_snapshot!(text(&report), @r"
        ✓ 2024-05-17  passed   SUCCESS, 14 signals, 5 positions;  7 checks: 120 433 of 240 866 rows after the cut in what was read, 38 definitions, 96 reads, 41 citations
            not filed: today's configuration
        ✗ 2026-03-17  LEAKING  SUCCESS, 14 signals, 5 positions;  7 checks: 120 433 of 240 866 rows after the cut in what was read, 38 definitions, 96 reads, 41 citations
            not filed: today's configuration
            truncate       agents fx.report.signals.fx.flow.value: 1.25, but 0.75 without what came later
            poison NaN     agents fx.report: 1 signals, but none with what came later poisoned
            read log       agent fx read BR_FX_FLOW: released 2026-03-18 22:00 UTC, cut 2026-03-17 23:00 UTC
            evidence       fx.flow cites BR_FX_FLOW 2026-03-18: 3 USD mn, but nothing published by the cut
            repeat         value: 2 at first, 3 when repeated
        - 2026-03-31  vacuous  SUCCESS, 14 signals, 5 positions;  nothing lies after the cut
            not filed: today's configuration
        LEAKING: 3 dates: 1 passed, 1 vacuous, 1 leaking
        where nothing lies after the cut, choose dates before the last release that is stored
        not provable by taking it away: discontinued flags, embedded definitions, one-off closures
        ");
    }

    #[test]
    fn a_filed_run_is_named_and_one_decided_otherwise_is_no_pass() {
        let dates = vec![
            filed("2026-03-17", Verdict::Passed, "0123456789abcdef"),
            filed("2026-03-18", Verdict::Differs, "fedcba9876543210"),
        ];
        insta::assert_snapshot!(text(&LookaheadReport { dates }), @r"
        ✓ 2026-03-17  passed   SUCCESS, 14 signals, 5 positions;  7 checks: 120 433 of 240 866 rows after the cut in what was read, 38 definitions, 96 reads, 41 citations
            run 0195, decided again as filed: 0123456789ab
        ✗ 2026-03-18  DIFFERS  SUCCESS, 14 signals, 5 positions;  7 checks: 120 433 of 240 866 rows after the cut in what was read, 38 definitions, 96 reads, 41 citations
            run 0195 of version 1.0.0 filed 0123456789ab, and this program decides fedcba987654
        NOT AS FILED: 2 dates: 1 passed, 1 not as filed
        not provable by taking it away: discontinued flags, embedded definitions, one-off closures
        ");
    }

    #[test]
    fn a_vacuous_date_shows_in_the_verdict_with_what_to_choose_instead() {
        let before = Proof { vacuous: Some(Vacuity::NothingRead), ..vacuous("1990-01-02") };
        let last = |dates: Vec<Proof>| {
            let text = text(&LookaheadReport { dates });
            text.lines()
                .skip_while(|line| !line.contains(": ") || line.contains(';') || line.contains("not filed"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join("\n")
        };
        insta::assert_snapshot!(last(vec![vacuous("2026-03-31")]), @r"
        vacuous: 1 date: 1 vacuous
        where nothing lies after the cut, choose dates before the last release that is stored
        not provable by taking it away: discontinued flags, embedded definitions, one-off closures
        ");
        insta::assert_snapshot!(last(vec![before, passed("2026-03-17")]), @r"
        passed in part: 2 dates: 1 passed, 1 vacuous
        where nothing was read, choose dates after the first releases that are stored
        not provable by taking it away: discontinued flags, embedded definitions, one-off closures
        ");
    }
}
