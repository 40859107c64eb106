//! `daily db migrate`

use crate::args::DbCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// Brings the database to this program's schema.
pub async fn db(command: &DbCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    match command {
        DbCommand::Migrate => {
            let store = wiring::open_for_writing(settings).await?;
            store.close().await?;
            if output.json() {
                output.document(
                    "db migrate",
                    "OK",
                    Exit::Done,
                    &serde_json::json!({ "database": settings.config.database.url }),
                )?;
            } else {
                output.text(&format!("{} is up to date", settings.config.database.url));
            }
        }
    }
    Ok(Exit::Done)
}
