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
        DbCommand::Migrate { plan: true, .. } => plan(settings, output).await,
        DbCommand::Migrate { hypertable, .. } => migrate(*hypertable, settings, output).await,
        DbCommand::Backup { file } => backup(file, settings, output).await,
    }
}

/// Says what a migration would do.
async fn plan(settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let plan = schema_plan(store::plan(&settings.config.database.url).await?);
    if output.json() {
        output.document("db migrate", "PLANNED", Exit::Done, &plan)?;
    } else {
        output.text(&report::db::plan_text(&plan));
    }
    Ok(Exit::Done)
}

/// Brings the database to this program's schema.
async fn migrate(hypertable: bool, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let url = &settings.config.database.url;
    let done = store::migrate(url).await?;
    let partitioned = if hypertable { Some(store::partition(url).await?) } else { None };
    let migrated = report::db::Migrated {
        plan: schema_plan(done.plan),
        backup: done.backup.map(|copy| copy.display().to_string()),
        partitioned,
    };
    if output.json() {
        output.document("db migrate", "OK", Exit::Done, &migrated)?;
    } else {
        output.text(&report::db::migrated_text(&migrated));
    }
    Ok(Exit::Done)
}

fn schema_plan(plan: store::Plan) -> report::db::SchemaPlan {
    let store::Plan { database, current, latest, steps, copies_first } = plan;
    let steps = steps.into_iter().map(|(number, name)| report::db::SchemaStep { number, name }).collect();
    report::db::SchemaPlan { database, current, latest, steps, copies_first }
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
