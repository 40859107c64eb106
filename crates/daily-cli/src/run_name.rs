//! How people name a run: its id, a unique prefix of it, `latest`, `latest-1`, or `D=2026-03-31`.

use chrono::NaiveDate;
use pipeline_core::official::{last_attempt_by_date, official_by_date};
use pipeline_core::ports::Store;
use pipeline_core::record::{RunRecord, RunStatus, RunSummary};

use crate::args::values::business_date;
use crate::exit::Failure;
use crate::output::Output;

/// How many past runs a name is looked up among: more than a desk makes in its life.
const LOOKBACK: usize = 100_000;

/// The desk's runs, newest first.
pub async fn all_runs(store: &dyn Store, desk: &str) -> Result<Vec<RunSummary>, Failure> {
    Ok(store.runs(desk, LOOKBACK).await?)
}

/// The run of that name, with what it filed.
///
/// # Errors
/// Usage, with a hint, when no run or more than one has the name, or the run left nothing.
pub async fn read(store: &dyn Store, desk: &str, name: &str, output: &Output) -> Result<RunRecord, Failure> {
    let runs = all_runs(store, desk).await?;
    let run = resolve_aloud(&runs, name, output)?;
    store.run(desk, &run.run_id).await?.ok_or_else(|| left_nothing(run))
}

/// As [`resolve`], saying on stderr when a newer run was passed over.
pub fn resolve_aloud<'a>(runs: &'a [RunSummary], name: &str, output: &Output) -> Result<&'a RunSummary, Failure> {
    let run = resolve(runs, name)?;
    if let Some(newer) = passed_over(runs, run).next().filter(|_| name.starts_with("latest")) {
        output.progress(&format!(
            "note: the newer run {} of {} is {} and left no record",
            newer.run_id,
            newer.run_date,
            fate(newer)
        ));
    }
    Ok(run)
}

/// Runs that started after this one and left no record, newest first.
pub fn passed_over<'a>(runs: &'a [RunSummary], run: &'a RunSummary) -> impl Iterator<Item = &'a RunSummary> {
    runs.iter().take_while(|newer| newer.run_id != run.run_id).filter(|newer| !left_a_record(newer))
}

/// The run of that name, among the desk's runs, newest first. `latest` counts the runs that left a record; `D=` is the
/// official attempt of a date, or its last one when none is official.
///
/// # Errors
/// Usage, with a hint, when no run or more than one has the name.
pub fn resolve<'a>(runs: &'a [RunSummary], name: &str) -> Result<&'a RunSummary, Failure> {
    if let Some(date) = name.strip_prefix("D=") {
        return of_date(runs, business_date(date).map_err(|why| Failure::usage(format!("{name}: {why}")))?);
    }
    if let Some(back) = steps_back(name) {
        let filed: Vec<&RunSummary> = runs.iter().filter(|run| left_a_record(run)).collect();
        return filed.get(back).copied().ok_or_else(|| {
            let count = filed.len();
            Failure::usage(format!("there is no run {name}: {count} runs left a record")).hint(hint(runs))
        });
    }
    by_prefix(runs, name)
}

/// True when what the run decided can be read.
pub fn left_a_record(run: &RunSummary) -> bool {
    !run.pruned && !matches!(run.status, RunStatus::Running | RunStatus::Abandoned)
}

/// Why a run that exists has no record.
pub fn left_nothing(run: &RunSummary) -> Failure {
    Failure::usage(format!("run {} of {} is {}: it left no record", run.run_id, run.run_date, fate(run)))
        .hint("daily runs list shows which runs did")
}

/// How it ended, or that what it left was removed.
pub fn fate(run: &RunSummary) -> &'static str {
    if run.pruned { "pruned" } else { run.status.as_str() }
}

/// `latest` is 0, `latest-3` is 3.
fn steps_back(name: &str) -> Option<usize> {
    match name.strip_prefix("latest")? {
        "" => Some(0),
        back => back.strip_prefix('-')?.parse().ok(),
    }
}

fn of_date(runs: &[RunSummary], date: NaiveDate) -> Result<&RunSummary, Failure> {
    official_by_date(runs)
        .remove(&date)
        .or_else(|| last_attempt_by_date(runs).remove(&date))
        .ok_or_else(|| Failure::usage(format!("there is no run of {date}")).hint(hint(runs)))
}

fn by_prefix<'a>(runs: &'a [RunSummary], prefix: &str) -> Result<&'a RunSummary, Failure> {
    // Ids are printed in lower case, and pasted in any.
    let prefix = prefix.to_ascii_lowercase();
    let matching: Vec<&RunSummary> =
        runs.iter().filter(|run| !prefix.is_empty() && run.run_id.starts_with(&prefix)).collect();
    match matching.as_slice() {
        [only] => Ok(only),
        [] => Err(Failure::usage(format!("there is no run {prefix:?}")).hint(hint(runs))),
        [newest, second, ..] => {
            Err(Failure::usage(format!("{} runs begin with {prefix}", matching.len())).hint(format!(
                "give more of the id: {} ({}), {} ({}), ...",
                newest.run_id, newest.run_date, second.run_id, second.run_date
            )))
        }
    }
}

fn hint(runs: &[RunSummary]) -> String {
    match runs.first() {
        None => "no run was made yet: daily run makes one".to_owned(),
        Some(_) => "daily runs list shows them; a run is named by its id or the start of it, latest, latest-1 or \
                    D=2026-03-31"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use pipeline_core::record::RunStatus::{Abandoned, Blocked, Success};

    fn run(run_id: &str, day: u32, attempt: u32, status: RunStatus) -> RunSummary {
        RunSummary {
            run_id: run_id.to_owned(),
            run_date: NaiveDate::from_ymd_opt(2024, 1, day).expect("a day"),
            status,
            started_at: DateTime::UNIX_EPOCH + TimeDelta::days(i64::from(day)) + TimeDelta::hours(i64::from(attempt)),
            finished_at: None,
            attempt,
            exit_code: None,
            code_version: String::new(),
            previous_run: None,
            pruned: false,
            digest: None,
            signal_count: None,
            position_count: None,
            simulated: false,
        }
    }

    fn runs() -> Vec<RunSummary> {
        vec![
            run("0193d", 4, 1, Abandoned),
            run("0193c", 3, 2, Blocked),
            run("0193b", 3, 1, Success),
            RunSummary { pruned: true, ..run("0193a1", 2, 2, Blocked) },
            run("0193a0", 2, 1, Blocked),
        ]
    }

    fn named(name: &str) -> String {
        resolve(&runs(), name).unwrap_or_else(|failure| panic!("{name}: {}", failure.message)).run_id.clone()
    }

    fn refusal(name: &str) -> Failure {
        let failure = resolve(&runs(), name).unwrap_err();
        assert_eq!(failure.exit, crate::exit::Exit::Usage);
        assert!(failure.hint.is_some() || name.starts_with("D="), "{name} has no hint");
        failure
    }

    #[test]
    fn latest_is_the_newest_run_that_left_a_record() {
        assert_eq!(named("latest"), "0193c", "the newest was killed");
        assert_eq!(named("latest-1"), "0193b");
        assert_eq!(named("latest-2"), "0193a0", "the one before was pruned");
        assert!(refusal("latest-3").message.contains("3 runs left a record"));
    }

    #[test]
    fn a_date_is_its_official_attempt_or_else_its_last() {
        assert_eq!(named("D=2024-01-03"), "0193b");
        assert_eq!(named("D=2024-01-02"), "0193a1");
        assert!(refusal("D=2024-01-05").message.contains("there is no run of 2024-01-05"));
        assert!(refusal("D=yesterday").message.contains("a date is written"));
    }

    #[test]
    fn an_id_may_be_cut_short_while_it_is_unique() {
        assert_eq!(named("0193b"), "0193b");
        assert_eq!(named("0193A1"), "0193a1");
        let failure = refusal("0193a");
        assert_eq!(failure.message, "2 runs begin with 0193a");
        assert!(failure.hint.is_some_and(|hint| hint.contains("0193a1 (2024-01-02)")));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for name in ["", "ffff", "latest-", "latest-x", "latest--1", "newest", "2024-01-03"] {
            refusal(name);
        }
        assert!(resolve(&[], "latest").unwrap_err().hint.is_some_and(|hint| hint.contains("daily run makes one")));
    }
}
