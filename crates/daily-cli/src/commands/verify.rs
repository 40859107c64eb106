//! `daily verify audit|lookahead`

use crate::args::past::VerifyCommand;
use crate::commands::lookahead::lookahead;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// Proves that what is stored is what was computed, or that nothing was known too early.
pub async fn verify(command: &VerifyCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    match command {
        VerifyCommand::Audit => audit(settings, output).await,
        VerifyCommand::Lookahead(args) => lookahead(args, settings, output).await,
    }
}

/// Recomputes every seal.
async fn audit(settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let audit = store.audit(&settings.config.desk.name).await;
    store.close().await?;
    let audit = audit?;
    let (exit, status) = if audit.faults.is_empty() { (Exit::Done, "OK") } else { (Exit::Mismatch, "MISMATCH") };
    if output.json() {
        output.document("verify audit", status, exit, &audit)?;
    } else {
        output.text(&report::audit::text(&audit));
    }
    Ok(exit)
}
