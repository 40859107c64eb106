//! `daily ingest`

use market::Catalogue;
use pipeline_core::ingest::ingest as take_in;

use crate::args::day::IngestArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::under_way::UnderWay;
use crate::wiring;

/// Takes in a folder of official files.
pub async fn ingest(
    args: &IngestArgs,
    settings: &Settings,
    output: &Output,
    under_way: &UnderWay,
) -> Result<Exit, Failure> {
    let Some(folder) = &args.from else {
        return Err(Failure::usage("no source is configured: nothing to take in")
            .hint("daily ingest --from DIR reads a folder of official files"));
    };
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{} is not a folder", folder.display())));
    }
    let known = sources::FileSource::publishers();
    if let Some(name) = args.source.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(
            Failure::usage(format!("no publisher is called {name}")).hint(format!("known: {}", known.join(", ")))
        );
    }
    let mut source = sources::FileSource::new(folder);
    let store = wiring::open_for_writing(settings).await?;
    under_way.keeps("every file taken in before is kept, the one under way is not; give the command again");
    let catalogue = Catalogue::embedded();
    let now = wiring::now();
    let result =
        take_in(&mut source, &*store, &catalogue, now, &args.source, |origin| output.detail(&format!("  {origin}")))
            .await;
    if matches!(&result, Ok(report) if report.rows_new() > 0) {
        store.pack().await?;
    }
    store.close().await?;
    let report = result?;
    if report.files() == 0 && !report.has_rejects() {
        let wanted = if args.source.is_empty() { String::new() } else { format!(" of {}", args.source.join(", ")) };
        return Err(Failure::usage(format!(
            "no file below {} holds data{wanted} in a format known here",
            folder.display()
        )));
    }
    let exit = if report.has_rejects() { Exit::Partial } else { Exit::Done };
    let status = if report.has_rejects() { "PARTIAL" } else { "SUCCESS" };
    if output.json() {
        output.document("ingest", status, exit, &report)?;
    } else {
        output.text(&report::ingest::text(&report));
    }
    Ok(exit)
}
