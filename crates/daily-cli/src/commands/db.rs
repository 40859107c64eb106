//! `daily db migrate|backup`

use std::path::Path;

use crate::args::house::DbCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// Looks after the database.
pub async fn db(command: &DbCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    match command {
        DbCommand::Migrate => migrate(settings, output).await,
        DbCommand::Backup { file } => backup(file, settings, output).await,
    }
}

/// Brings the database to this program's schema.
async fn migrate(settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_writing(settings).await?;
    store.close().await?;
    let database = settings.database();
    if output.json() {
        output.document("db migrate", "OK", Exit::Done, &serde_json::json!({ "database": database }))?;
    } else {
        output.text(&format!("{database} is up to date"));
    }
    Ok(Exit::Done)
}

/// Copies the database to a new file.
async fn backup(file: &Path, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    if file.exists() {
        return Err(Failure::usage(format!(
            "{} exists already, and a backup never writes over a file",
            file.display()
        ))
        .hint("give a new name, such as one with today's date in it"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Failure::usage(format!("{} is not a folder", folder.display())));
    }
    let store = wiring::open_for_reading(settings).await?;
    let copied = store.backup(file).await;
    store.close().await?;
    copied?;
    let bytes = std::fs::metadata(file)
        .map_err(|error| Failure::new(Exit::Unexpected, format!("{}: {error}", file.display())))?
        .len();
    let backup = report::db::Backup { database: settings.database(), file: file.display().to_string(), bytes };
    if output.json() {
        output.document("db backup", "OK", Exit::Done, &backup)?;
    } else {
        output.text(&report::db::backup_text(&backup));
    }
    Ok(Exit::Done)
}
