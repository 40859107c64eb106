//! Replays as text.

use market::ReadEntry;
use pipeline_core::record::StepName;
use pipeline_core::replay::{Difference, FieldMismatch, Mismatch, ReadDifference, Replay};

use crate::number::json_value;
use crate::run::{short, short_run};

/// How many series with other reads are named; the rest is counted.
const SERIES_NAMED: usize = 2;

/// One run in one line: what it came to and, where it is not reproduced, where it first differs.
pub fn line(replay: &Replay) -> String {
    let (mark, digests) = match replay.stored_digest == replay.recomputed_digest {
        true => ("✓", short(&replay.stored_digest).to_owned()),
        false => ("✗", format!("{} filed, {} now", short(&replay.stored_digest), short(&replay.recomputed_digest))),
    };
    let mark = if replay.matches { mark } else { "✗" };
    let verdict = replay.mismatch.as_ref().map_or_else(|| "reproduced".to_owned(), mismatch);
    let mut line = format!("  {mark} {}  {}  digest {digests}  {verdict}", short_run(&replay.run_id), replay.run_date);
    if !replay.later_steps.is_empty() {
        let steps: Vec<&str> = replay.later_steps.iter().map(|step| step.as_str()).collect();
        line.push_str(&format!("; then {}", steps.join(", ")));
    }
    if let Some(code) = &replay.code {
        line.push_str(&format!(" (filed by version {}, replayed by {})", code.stored, code.current));
    }
    line
}

/// The last line: how many runs were replayed and how many of them match.
pub fn summary(replays: &[Replay]) -> String {
    let runs = |count: usize| if count == 1 { "1 run".to_owned() } else { format!("{count} runs") };
    let differ = replays.iter().filter(|replay| !replay.matches).count();
    match (replays.len(), differ) {
        (0, _) => "  no runs to replay".to_owned(),
        (all, 0) => {
            format!(
                "  MATCH {} replayed, every digest as filed (daily verify audit proves headers and rows)",
                runs(all)
            )
        }
        (all, differ) => format!("  MISMATCH {} replayed, {differ} not as filed", runs(all)),
    }
}

/// The step that differs and in what, in one clause.
pub(crate) fn mismatch(mismatch: &Mismatch) -> String {
    let name = mismatch.step.as_str();
    match &mismatch.difference {
        Difference::Reads { series } => {
            let named: Vec<String> = series.iter().take(SERIES_NAMED).map(|(id, read)| reads(id, read)).collect();
            let more = match series.len() - named.len() {
                0 => String::new(),
                more => format!("; and {more} more series"),
            };
            format!("{name}: other data at the cut: {}{more}", named.join("; "))
        }
        Difference::Values { series } => format!(
            "{name}: other data at the cut: a value or an older release of one of {series} series (rows, last period and \
             latest release of each agree)"
        ),
        Difference::Output { field: Some(field) } => format!("{name}: {}", stored_and_recomputed(field)),
        Difference::Output { field: None } => format!("{name}: the digests differ although no field does"),
        Difference::OutputAltered { field } => {
            let field = field.as_ref().map_or_else(String::new, |field| format!(": {}", stored_and_recomputed(field)));
            format!("{name}: the stored output is not the one that was filed{field}")
        }
        Difference::DigestAltered if mismatch.step == StepName::Report => {
            format!("{name}: the stored digest of the run is not that of its steps")
        }
        Difference::DigestAltered if mismatch.step == StepName::Ingest => {
            format!("{name}: the record holds two digests of the data read")
        }
        Difference::DigestAltered => {
            format!("{name}: the stored digest is not that of the stored output, which is as recomputed")
        }
        Difference::StateAltered { field } => {
            let field = field.as_ref().map_or_else(String::new, |field| {
                format!(
                    ": {}: {} stored, {} left",
                    field.path,
                    json_value(&field.stored),
                    json_value(&field.recomputed)
                )
            });
            format!("the state it starts from is not the one that the run before left{field}")
        }
        Difference::HeaderAltered { field } => format!(
            "the header was altered: {}: {} stored, {} by what it was taken from",
            field.path,
            json_value(&field.stored),
            json_value(&field.recomputed)
        ),
    }
}

fn stored_and_recomputed(field: &FieldMismatch) -> String {
    format!("{}: {} stored, {} recomputed", field.path, json_value(&field.stored), json_value(&field.recomputed))
}

fn reads(id: &market::SeriesId, read: &ReadDifference) -> String {
    let entry = |entry: &Option<ReadEntry>| match entry {
        None => "not read".to_owned(),
        Some(entry) => {
            let last = entry.last_period.map_or_else(String::new, |period| format!(" through {period}"));
            let released = entry.latest_released_at;
            let released =
                released.map_or_else(String::new, |at| format!(" (released by {})", at.format("%Y-%m-%d %H:%M UTC")));
            format!("{} periods{last}{released}", entry.rows)
        }
    };
    format!("{id} was {}, is {}", entry(&read.stored), entry(&read.recomputed))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;
    use pipeline_core::replay::CodeChange;
    use serde_json::json;

    use super::*;

    fn reproduced() -> Replay {
        Replay {
            run_id: "0197aa00-0000-7000-8000-000000000001".to_owned(),
            run_date: "2026-03-25".parse().unwrap(),
            stored_digest: "c0ffee0011223344".to_owned(),
            recomputed_digest: "c0ffee0011223344".to_owned(),
            matches: true,
            code: None,
            mismatch: None,
            later_steps: Vec::new(),
        }
    }

    fn differing(step: StepName, difference: Difference) -> Replay {
        let stored_digest = Some("aa".to_owned());
        Replay {
            recomputed_digest: "badc0de011223344".to_owned(),
            matches: false,
            mismatch: Some(Mismatch { step, stored_digest, recomputed_digest: "bb".to_owned(), difference }),
            ..reproduced()
        }
    }

    fn weight() -> Option<FieldMismatch> {
        let path = "weights.DI_2Y".to_owned();
        Some(FieldMismatch { path, stored: Some(json!(0.25)), recomputed: Some(json!(0.24)) })
    }

    #[test]
    fn a_reproduced_run_is_one_quiet_line() {
        assert_snapshot!(line(&reproduced()), @"  ✓ 0197aa00-0000  2026-03-25  digest c0ffee00  reproduced");
    }

    #[test]
    fn a_run_that_decides_differently_names_the_field_and_what_follows() {
        let mut replay = differing(StepName::Portfolio, Difference::Output { field: weight() });
        replay.later_steps = vec![StepName::Risk];
        replay.code = Some(CodeChange { stored: "1.0.0".to_owned(), current: "1.1.0".to_owned() });
        assert_snapshot!(line(&replay), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  portfolio: weights.DI_2Y: 0.25 stored, 0.24 recomputed; then risk (filed by version 1.0.0, replayed by 1.1.0)");
    }

    #[test]
    fn an_altered_record_says_so() {
        let altered = differing(StepName::Portfolio, Difference::OutputAltered { field: weight() });
        assert_snapshot!(line(&Replay { recomputed_digest: altered.stored_digest.clone(), ..altered }), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00  portfolio: the stored output is not the one that was filed: weights.DI_2Y: 0.25 stored, 0.24 recomputed");
        assert_snapshot!(line(&differing(StepName::Risk, Difference::DigestAltered)), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  risk: the stored digest is not that of the stored output, which is as recomputed");
        assert_snapshot!(line(&differing(StepName::Report, Difference::DigestAltered)), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  report: the stored digest of the run is not that of its steps");
        assert_snapshot!(line(&differing(StepName::Agents, Difference::Output { field: None })), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  agents: the digests differ although no field does");
    }

    #[test]
    fn an_altered_state_or_header_is_not_blamed_on_a_step() {
        let altered = differing(StepName::Ingest, Difference::StateAltered { field: weight() });
        assert_snapshot!(line(&altered), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  the state it starts from is not the one that the run before left: weights.DI_2Y: 0.25 stored, 0.24 left");
        let path = "header.run_date".to_owned();
        let field = FieldMismatch { path, stored: Some(json!("2026-03-24")), recomputed: Some(json!("2026-03-25")) };
        let altered = differing(StepName::Report, Difference::HeaderAltered { field });
        assert_snapshot!(line(&Replay { recomputed_digest: altered.stored_digest.clone(), ..altered }), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00  the header was altered: header.run_date: 2026-03-24 stored, 2026-03-25 by what it was taken from");
    }

    #[test]
    fn other_data_is_named_by_series_as_far_as_the_record_tells() {
        let entry = |rows| ReadEntry {
            rows,
            last_period: Some("2026-03-25".parse().unwrap()),
            latest_released_at: Some("2026-03-25T22:00:00Z".parse().unwrap()),
            assumed: 0,
        };
        let read = |stored, recomputed| ReadDifference { stored, recomputed };
        let series = BTreeMap::from([
            ("BR_SELIC".into(), read(Some(entry(11)), Some(entry(12)))),
            ("US_CPI".into(), read(None, Some(entry(3)))),
            ("US_VIX".into(), read(Some(entry(7)), None)),
        ]);
        assert_snapshot!(line(&differing(StepName::Ingest, Difference::Reads { series })), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  ingest: other data at the cut: BR_SELIC was 11 periods through 2026-03-25 (released by 2026-03-25 22:00 UTC), is 12 periods through 2026-03-25 (released by 2026-03-25 22:00 UTC); US_CPI was not read, is 3 periods through 2026-03-25 (released by 2026-03-25 22:00 UTC); and 1 more series");
        assert_snapshot!(line(&differing(StepName::Ingest, Difference::Values { series: 238 })), @"  ✗ 0197aa00-0000  2026-03-25  digest c0ffee00 filed, badc0de0 now  ingest: other data at the cut: a value or an older release of one of 238 series (rows, last period and latest release of each agree)");
    }

    #[test]
    fn the_summary_counts_what_does_not_match() {
        let other = differing(StepName::Risk, Difference::DigestAltered);
        assert_snapshot!(summary(&[]), @"  no runs to replay");
        assert_snapshot!(summary(&[reproduced()]), @"  MATCH 1 run replayed, every digest as filed (daily verify audit proves headers and rows)");
        assert_snapshot!(summary(&[reproduced(), other, reproduced()]), @"  MISMATCH 3 runs replayed, 1 not as filed");
    }
}
