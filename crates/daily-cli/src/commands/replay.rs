//! `daily replay`

use std::collections::BTreeSet;

use pipeline_core::kept::{KeptError, KeptRun};
use pipeline_core::official::by_date_and_attempt;
use pipeline_core::ports::Store;
use pipeline_core::record::{RunStatus, RunSummary};
use pipeline_core::replay::{Replay, replay as recompute};
use serde::Serialize;

use crate::args::evidence::ReplayArgs;
use crate::args::values::date_range;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// A run that could not be computed again.
#[derive(Debug, Serialize)]
struct NotReplayed {
    run_id: String,
    run_date: chrono::NaiveDate,
    /// True when what is stored is not what was filed: a finding, and not only a gap.
    altered: bool,
    why: String,
}

/// Recomputes filed runs and compares them with what was filed.
pub async fn replay(args: &ReplayArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let result = replay_on(&*store, args, settings, output).await;
    store.close().await?;
    let (replays, not_replayed) = result?;
    let exit = match () {
        () if replays.iter().any(|replay| !replay.matches) => Exit::Mismatch,
        () if not_replayed.iter().any(|run| run.altered) => Exit::Mismatch,
        () if !not_replayed.is_empty() => Exit::Partial,
        () => Exit::Done,
    };
    if output.json() {
        let status = match exit {
            Exit::Mismatch => "MISMATCH",
            Exit::Partial => "PARTIAL",
            _ => "MATCH",
        };
        let fields = serde_json::json!({ "replays": replays, "not_replayed": not_replayed });
        output.document("replay", status, exit, &fields)?;
        return Ok(exit);
    }
    if !replays.is_empty() || not_replayed.is_empty() {
        output.text(&report::replay::summary(&replays));
    }
    let (altered, gone) = not_replayed.iter().partition::<Vec<_>, _>(|run| run.altered);
    if !altered.is_empty() {
        output.text(&format!(
            "  MISMATCH {} altered or taken away, named above: daily verify audit tells which rows",
            altered.len()
        ));
    }
    if !gone.is_empty() {
        output.text(&format!("  PARTIAL {} not replayed: named above", gone.len()));
    }
    Ok(exit)
}

async fn replay_on(
    store: &dyn Store,
    args: &ReplayArgs,
    settings: &Settings,
    output: &Output,
) -> Result<(Vec<Replay>, Vec<NotReplayed>), Failure> {
    let desk = &settings.config.desk.name;
    let runs = run_name::all_runs(store, desk).await?;
    let wanted = select(&runs, args, output)?;
    let market = wiring::load(store, settings).await?;
    let (mut replays, mut not_replayed) = (Vec::new(), Vec::new());
    for run in wanted {
        let (altered, why) = match KeptRun::read(store, desk, &run.run_id).await {
            // Tens of milliseconds of computing: other tasks go on meanwhile.
            Ok(kept) => match tokio::task::block_in_place(|| recompute(&market, &kept, crate::CODE_VERSION)) {
                Ok(replay) => {
                    say(output, &report::replay::line(&replay));
                    replays.push(replay);
                    continue;
                }
                // What was filed had a digest: a figure without one was put there since.
                Err(error) => (true, error.to_string()),
            },
            // One run that does not read is that run's result; a database that does not answer is everybody's.
            Err(error) if error.shows_alteration() => (true, error.to_string()),
            Err(KeptError::Store(error)) => return Err(error.into()),
            Err(error) => (false, error.to_string()),
        };
        let mark = if altered { "✗" } else { "-" };
        say(output, &format!("  {mark} {}  {}  not replayed: {why}", run.run_id, run.run_date));
        not_replayed.push(NotReplayed { run_id: run.run_id.clone(), run_date: run.run_date, altered, why });
    }
    Ok((replays, not_replayed))
}

/// The runs asked for, each once: as they were named, ranges by date and attempt.
fn select<'a>(runs: &'a [RunSummary], args: &ReplayArgs, output: &Output) -> Result<Vec<&'a RunSummary>, Failure> {
    let mut wanted = Vec::new();
    if let Some(last) = args.last {
        wanted.extend(runs.iter().filter(|run| run_name::left_a_record(run)).take(last));
        wanted.reverse();
        if wanted.is_empty() {
            return Err(Failure::usage("no run left a record yet").hint("daily run makes one"));
        }
    }
    for name in &args.runs {
        if !name.contains("..") {
            wanted.push(run_name::resolve_aloud(runs, name, output)?);
            continue;
        }
        let range = date_range(name).map_err(|why| Failure::usage(format!("{name}: {why}")))?;
        let mut within: Vec<&RunSummary> = runs
            .iter()
            // A killed run decided nothing; a pruned one did, and is named as not replayed.
            .filter(|run| !matches!(run.status, RunStatus::Running | RunStatus::Abandoned))
            .filter(|run| (range.from..=range.to).contains(&run.run_date))
            .collect();
        if within.is_empty() {
            return Err(Failure::usage(format!("no run of {} to {} was filed", range.from, range.to))
                .hint("daily runs list shows the runs; daily backfill A..B makes them"));
        }
        within.sort_by(|a, b| by_date_and_attempt(a, b));
        wanted.extend(within);
    }
    let mut seen = BTreeSet::new();
    wanted.retain(|run| seen.insert(run.run_id.as_str()));
    Ok(wanted)
}

/// A line for people: on stdout, or on stderr where stdout is one document.
fn say(output: &Output, line: &str) {
    if output.json() {
        output.progress(line);
    } else {
        output.text(line);
    }
}
