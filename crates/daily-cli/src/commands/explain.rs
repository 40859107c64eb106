//! `daily explain`

use market::instruments::InstrumentId;
use pipeline_core::explain::{ExplainError, explain as causes, why_not};

use crate::args::evidence::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::run_name;
use crate::settings::Settings;
use crate::wiring;

/// Leads from a weight back to the figures it rests on, or says why there is none.
pub async fn explain(args: &ExplainArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let record = run_name::read(&*store, &settings.config.desk.name, &args.run, output).await;
    let loaded = wiring::load(&*store, settings).await;
    store.close().await?;
    let (record, market) = (record?, loaded?);
    // Ids are upper case, and typed in any.
    let instrument = InstrumentId::new(args.instrument.to_ascii_uppercase());
    if args.why_not {
        let absent = why_not(&record, &market, &instrument).map_err(refusal)?;
        if output.json() {
            output.document("explain", "NO_WEIGHT", Exit::Done, &absent)?;
        } else {
            output.text(&report::explain::why_not_text(&absent));
        }
        return Ok(Exit::Done);
    }
    let explanation = causes(&record, &market, &instrument).map_err(refusal)?;
    if output.json() {
        output.document("explain", "EXPLAINED", Exit::Done, &explanation)?;
    } else {
        output.text(&report::explain::text(&explanation));
    }
    Ok(Exit::Done)
}

/// Its sentence says what to ask instead.
fn refusal(error: ExplainError) -> Failure {
    Failure::usage(error.to_string())
}
