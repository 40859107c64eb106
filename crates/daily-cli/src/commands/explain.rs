//! `daily explain`

use market::instruments::InstrumentId;
use pipeline_core::explain::{ExplainError, Fault, explain_from, why_not_from};
use pipeline_core::ports::Store;
use pipeline_core::record::RunRecord;
use pipeline_core::state::DeskState;

use crate::args::evidence::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Leads from a weight back to the figures it rests on, or says why there is none.
pub async fn explain(args: &ExplainArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let read = read(&*store, args, settings, output).await;
    let loaded = wiring::load(&*store, settings).await;
    store.close().await?;
    let ((record, previous), market) = (read?, loaded?);
    // Ids are upper case, and typed in any.
    let instrument = InstrumentId::new(args.instrument.to_ascii_uppercase());
    if args.why_not {
        let absent = why_not_from(&record, &market, previous.as_ref(), &instrument).map_err(refusal)?;
        let (exit, status) = verdict(&absent.faults, "NO_WEIGHT");
        if output.json() {
            output.document("explain", status, exit, &absent)?;
        } else {
            output.text(&report::explain::why_not_text(&absent));
        }
        return Ok(exit);
    }
    let explanation = explain_from(&record, &market, previous.as_ref(), &instrument).map_err(refusal)?;
    let (exit, status) = verdict(&explanation.faults, "EXPLAINED");
    if output.json() {
        output.document("explain", status, exit, &explanation)?;
    } else {
        output.text(&report::explain::text(&explanation));
    }
    Ok(exit)
}

/// The run, and the state it started from; `None` when that is not kept any more.
async fn read(
    store: &dyn Store,
    args: &ExplainArgs,
    settings: &Settings,
    output: &Output,
) -> Result<(RunRecord, Option<DeskState>), Failure> {
    let desk = &settings.config.desk.name;
    let record = run_name::read(store, desk, &args.run, output).await?;
    let previous = match &record.header.previous_run {
        Some(run_id) => store.state_after(desk, run_id).await?,
        None => None,
    };
    Ok((record, previous))
}

/// An answer with a fault in it is shown, and is no success.
fn verdict(faults: &[Fault], answered: &'static str) -> (Exit, &'static str) {
    if faults.is_empty() { (Exit::Done, answered) } else { (Exit::Mismatch, "MISMATCH") }
}

/// Its sentence says what to ask instead.
fn refusal(error: ExplainError) -> Failure {
    Failure::usage(error.to_string())
}
