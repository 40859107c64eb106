//! `daily backfill`

use std::time::Instant;

use chrono::{Days, NaiveDate};
use market::{Calendars, Cut};
use pipeline_core::backfill::{Backfill, Choice, DateDone, Plan, plan};
use pipeline_core::ports::Store;
use pipeline_core::record::RunMode;

use crate::args::past::BackfillArgs;
use crate::args::values::DateRange;
use crate::commands::run::refuse_future;
use crate::desk::Desk;
use crate::exit::{Exit, Failure};
use crate::lease::{HEARTBEAT, kept_alive};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::under_way::UnderWay;
use crate::wiring;

/// Runs the business days of a range, each filed on its own: a kill loses at most the date under way.
pub async fn backfill(
    args: &BackfillArgs,
    settings: &Settings,
    output: &Output,
    under_way: &UnderWay,
) -> Result<Exit, Failure> {
    refuse_future(args.dates.to)?;
    let calendars = Calendars::embedded();
    let store =
        if args.plan { wiring::open_for_reading(settings).await? } else { wiring::open_existing(settings).await? };
    let result = match args.plan {
        true => {
            planned(&*store, args, settings, &calendars, output).await.map(|plan| Backfill { plan, done: Vec::new() })
        }
        false => held(&*store, args, settings, &calendars, output, under_way).await,
    };
    store.close().await?;
    finish(args, &result?, output)
}

/// The plan, said before anything is done.
async fn planned(
    store: &dyn Store,
    args: &BackfillArgs,
    settings: &Settings,
    calendars: &Calendars,
    output: &Output,
) -> Result<Plan, Failure> {
    let dates = business_days(args.dates, settings, calendars);
    let plan = plan(&dates, &run_name::all_runs(store, &settings.config.desk.name).await?, choice(args));
    say(output, &report::backfill::plan_text(&plan));
    Ok(plan)
}

/// Runs the dates under the desk's lease, and gives it back however that ends.
async fn held(
    store: &dyn Store,
    args: &BackfillArgs,
    settings: &Settings,
    calendars: &Calendars,
    output: &Output,
    under_way: &UnderWay,
) -> Result<Backfill, Failure> {
    let (desk, owner) = (settings.config.desk.name.as_str(), wiring::owner());
    under_way.lease_taken(&owner);
    let found = store.hold(desk, &owner, wiring::now()).await.inspect_err(|_| under_way.lease_released())?;
    if let Some(lease) = found.took_over {
        output.progress(&format!("note: took over the desk from {}: {}", lease.owner, lease.why));
    }
    for run in found.abandoned {
        output.progress(&format!("note: run {run} was killed and is ABANDONED"));
    }
    let beat = || store.heartbeat(desk, &owner, wiring::now());
    let result = kept_alive(HEARTBEAT, beat, run_all(store, args, settings, calendars, output, under_way)).await;
    let released = store.release(desk, &owner).await;
    under_way.lease_released();
    let backfill = result?;
    released?;
    Ok(backfill)
}

async fn run_all(
    store: &dyn Store,
    args: &BackfillArgs,
    settings: &Settings,
    calendars: &Calendars,
    output: &Output,
    under_way: &UnderWay,
) -> Result<Backfill, Failure> {
    // Planned under the lease: nobody runs one of the dates between the plan and its execution.
    let plan = planned(store, args, settings, calendars, output).await?;
    let mut backfill = Backfill { plan, done: Vec::new() };
    if backfill.plan.dates.is_empty() {
        return Ok(backfill);
    }
    let loading = Instant::now();
    let stored = wiring::load(store, settings).await?;
    let mut load_seconds = loading.elapsed().as_secs_f64();
    let desk = Desk { store, settings, calendars, stored: &stored, under_way };
    let (total, mut filed) = (backfill.plan.dates.len(), 0);
    let keep = |filed: usize| {
        under_way.keeps(format!("{filed} of {total} dates are filed and kept; the same command goes on from there"));
    };
    keep(filed);
    for planned in &backfill.plan.dates {
        let cut = Cut { recorded: stored.recorded_through, ..settings.config.run.cut(planned.date, None) };
        let record = desk.run(cut, RunMode::Live, load_seconds, &mut |_| {}).await.map_err(|failure| {
            let message = format!("{}: {} ({filed} of {total} dates are filed)", planned.date, failure.message);
            Failure { message, ..failure }
        })?;
        // The market is loaded once: the later runs spend nothing on it.
        load_seconds = 0.0;
        filed += 1;
        keep(filed);
        let done = DateDone::from(&record);
        say(output, &report::backfill::line(&done));
        backfill.done.push(done);
    }
    Ok(backfill)
}

fn finish(args: &BackfillArgs, backfill: &Backfill, output: &Output) -> Result<Exit, Failure> {
    let (failed, degraded) = (backfill.failed(), backfill.degraded());
    let (exit, status) = match () {
        () if args.plan => (Exit::Done, "PLANNED"),
        () if backfill.plan.dates.is_empty() => (Exit::Done, "NOTHING_TO_DO"),
        () if !failed.is_empty() => (Exit::Partial, "PARTIAL"),
        () if !degraded.is_empty() && args.strict => (Exit::DegradedStrict, "DEGRADED"),
        () if !degraded.is_empty() => (Exit::Done, "DEGRADED"),
        () => (Exit::Done, "SUCCESS"),
    };
    if output.json() {
        let fields = serde_json::json!({
            "plan": backfill.plan, "done": backfill.done, "failed": failed, "degraded": degraded,
        });
        output.document("backfill", status, exit, &fields)?;
    } else if !args.plan {
        output.text(&report::backfill::summary(backfill));
    }
    Ok(exit)
}

/// Text for people goes to stdout, where under `--json` only the document does.
fn say(output: &Output, text: &str) {
    if output.json() {
        output.progress(text.trim_end());
    } else {
        output.text(text);
    }
}

fn business_days(range: DateRange, settings: &Settings, calendars: &Calendars) -> Vec<NaiveDate> {
    let calendar = settings.config.run.calendar;
    let days = (range.to - range.from).num_days().unsigned_abs();
    (0..=days)
        .filter_map(|day| range.from.checked_add_days(Days::new(day)))
        .filter(|date| calendars.is_business_day(calendar, *date))
        .collect()
}

fn choice(args: &BackfillArgs) -> Choice {
    match () {
        () if args.force => Choice::Force,
        () if args.failed => Choice::Failed,
        () => Choice::Missing,
    }
}
