//! `daily data list|show|history`

use market::{AsOf, Calendars, DataError, SeriesId};

use crate::args::day::{DataCommand, DateArgs};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring;

/// Looks at stored series as known at a cut.
pub async fn data(command: &DataCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let store = wiring::open_for_reading(settings).await?;
    let stored = wiring::load(&*store, settings).await?;
    store.close().await?;
    let calendars = Calendars::embedded();
    let (DataCommand::List { at, .. } | DataCommand::Show { at, .. } | DataCommand::History { at, .. }) = command;
    let DateArgs { date, .. } = at;
    let date = date.unwrap_or_else(|| wiring::default_date(&stored, &calendars, settings));
    let cut = wiring::cut(settings, &calendars, &stored, date, at)?;
    let view = AsOf::new(&stored.history, &stored.catalogue, &calendars, cut);
    let known = |id: &SeriesId| stored.catalogue.get(id);
    match command {
        DataCommand::List { filter, .. } => {
            let filter = filter.as_deref().unwrap_or_default().to_uppercase();
            let mut rows = Vec::new();
            for id in view.visible_series() {
                if !id.as_str().to_uppercase().contains(&filter) {
                    continue;
                }
                let Ok(series) = view.series(&id) else { continue };
                rows.push(report::data::SeriesRow::new(&series, known(&id)));
            }
            if output.json() {
                output.document("data list", "OK", Exit::Done, &serde_json::json!({ "series": rows }))?;
            } else {
                output.text(&report::data::list_text(&rows));
            }
        }
        DataCommand::Show { series, last, .. } => {
            let id = SeriesId::new(series);
            let periods = view.series(&id).map_err(|error| nothing(&error))?.tail(*last).periods;
            let mut rows = Vec::new();
            for period in periods {
                rows.extend(view.of_period(&id, period).map_err(|error| nothing(&error))?);
            }
            observations("data show", &rows, known(&id), output)?;
        }
        DataCommand::History { series, period, .. } => {
            let id = SeriesId::new(series);
            let rows = view.vintages(&id, *period);
            if rows.is_empty() {
                return Err(nothing(&DataError::NothingPublished { series: id }));
            }
            observations("data history", &rows, known(&id), output)?;
        }
    }
    Ok(Exit::Done)
}

fn observations(
    command: &str,
    rows: &[market::Observation],
    definition: Option<&market::SeriesDef>,
    output: &Output,
) -> Result<(), Failure> {
    if output.json() {
        let fields = serde_json::json!({ "definition": definition, "observations": rows });
        return output.document(command, "OK", Exit::Done, &fields);
    }
    output.text(&report::data::observations_text(rows, definition));
    Ok(())
}

fn nothing(error: &DataError) -> Failure {
    Failure::usage(error.to_string()).hint("daily data list shows what is stored and visible")
}
