//! `daily quality`

use market::{AsOf, Calendars};
use pipeline_core::day::{QualityOutcome, check_quality};

use crate::args::day::DateArgs;
use crate::commands::run::refuse_future;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// Checks the data as of a date.
pub async fn quality(args: &DateArgs, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    if let Some(date) = args.date {
        refuse_future(date)?;
    }
    let store = wiring::open_for_reading(settings).await?;
    let stored = wiring::load(&*store, settings).await;
    store.close().await?;
    let stored = stored?;
    let calendars = Calendars::embedded();
    let date = args.date.unwrap_or_else(|| wiring::default_date(&stored, &calendars, settings));
    let cut = wiring::cut(settings, &calendars, &stored, date, args)?;
    let view = AsOf::new(&stored.history, &stored.catalogue, &calendars, cut);
    let QualityOutcome { report, blocked, .. } = check_quality(&view, &settings.config);
    let (exit, status) = match (&blocked, report.blocked.is_empty()) {
        (Some(_), _) => (Exit::QualityBlocked, "BLOCKED"),
        (None, true) => (Exit::Done, "SUCCESS"),
        (None, false) => (Exit::Done, "DEGRADED"),
    };
    if output.json() {
        let fields = serde_json::json!({ "run_date": date, "published_cut": cut.published, "quality": report, "blocked": blocked });
        output.document("quality", status, exit, &fields)?;
    } else {
        output.text(&format!("== quality {date} as of {}", cut.published.to_rfc3339()));
        output.text(&report::quality::text(&report));
        output.text(&blocked.map_or_else(|| status.to_owned(), |why| format!("{status} {why}")));
    }
    Ok(exit)
}
