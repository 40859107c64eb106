//! `daily prune`

use pipeline_core::ports::{PruneCounts, Store};
use pipeline_core::prune::{Old, Plan, plan};

use crate::args::past::PruneArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Removes what old runs left, after saying what can no longer be done then.
pub async fn prune(args: &PruneArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let old = match (args.before, args.keep) {
        (Some(date), _) => Old::Before(date),
        (None, Some(count)) => Old::AllButLast(count),
        (None, None) => return Err(Failure::usage("say which runs are old: --before DATE or --keep N")),
    };
    let store =
        if args.dry_run { wiring::open_for_reading(settings).await? } else { wiring::open_existing(settings).await? };
    let result = prune_on(&*store, args, old, settings, output).await;
    store.close().await?;
    let (plan, counts) = result?;
    let status = match &counts {
        _ if plan.remove.is_empty() => "NOTHING_TO_DO",
        Some(_) => "SUCCESS",
        None => "PLANNED",
    };
    if output.json() {
        output.document("prune", status, Exit::Done, &serde_json::json!({ "plan": plan, "removed": counts }))?;
    } else if let Some(counts) = &counts {
        output.text(&report::prune::counts_text(counts));
    } else if args.dry_run && !plan.remove.is_empty() {
        output.text("dry run: nothing was removed");
    }
    Ok(Exit::Done)
}

/// The plan, and what was removed when something was.
async fn prune_on(
    store: &dyn Store,
    args: &PruneArgs,
    old: Old,
    settings: &Settings,
    output: &Output,
) -> Result<(Plan, Option<PruneCounts>), Failure> {
    let desk = &settings.config.desk.name;
    let plan = plan(&run_name::all_runs(store, desk).await?, old);
    let text = report::prune::plan_text(&plan);
    if output.json() {
        output.progress(text.trim_end());
    } else {
        output.text(&text);
    }
    if args.dry_run || plan.remove.is_empty() {
        return Ok((plan, None));
    }
    let ids: Vec<String> = plan.remove.iter().map(|run| run.run_id.clone()).collect();
    let counts = store.prune(desk, &ids, wiring::now()).await?;
    Ok((plan, Some(counts)))
}
