//! `daily calendar next|is-open`

use chrono::{Days, NaiveDate};
use market::Calendars;

use crate::args::house::CalendarCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::wiring::today;

/// Answers from the desk's calendar.
pub fn calendar(command: &CalendarCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let calendars = Calendars::embedded();
    let desk = settings.config.run.calendar;
    match command {
        CalendarCommand::Next { date } => {
            let date = date.unwrap_or_else(today);
            let next = calendars.on_or_after(desk, date + Days::new(1));
            answer(
                output,
                "calendar next",
                date,
                Exit::Done,
                &serde_json::json!({ "date": date, "next": next }),
                &next.to_string(),
            )
        }
        CalendarCommand::IsOpen { date } => {
            let date = date.unwrap_or_else(today);
            let open = calendars.is_business_day(desk, date);
            let (exit, word) = if open { (Exit::Done, "open") } else { (Exit::Unexpected, "closed") };
            let fields = serde_json::json!({ "date": date, "calendar": desk.code(), "open": open });
            answer(output, "calendar is-open", date, exit, &fields, &format!("{date} {word} ({})", desk.code()))
        }
    }
}

fn answer(
    output: &Output,
    command: &str,
    _date: NaiveDate,
    exit: Exit,
    fields: &serde_json::Value,
    text: &str,
) -> Result<Exit, Failure> {
    if output.json() {
        output.document(command, "OK", exit, fields)?;
    } else {
        output.text(text);
    }
    Ok(exit)
}
