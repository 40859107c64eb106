//! BCB SGS, one series per file, named by its code: CSV `"data";"valor"` with decimal comma, or JSON with decimal point.
//! Dates are dd/MM/yyyy. Missing: row absent, empty, `null` or `-`. Period series (TR, TBF) add `datafim`, which is not read:
//! the figure is filed under the day its window begins.

use std::borrow::Cow;

use market::{Frequency, SeriesDef};
use serde::Deserialize;

use super::{json, unknown_code};
use crate::findings::Refusal;
use crate::number::{self, Decimal};
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};
use crate::{date, families};

const SOURCE: &str = "BCB_SGS";

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow, default)]
    valor: Option<Cow<'a, str>>,
}

/// Reads the CSV form.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_csv(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    let table = Table::new(&text, b';')?;
    let (day, value) = (table.required("data")?, table.required("valor")?);
    let mut parsed = Parsed::default();
    let mut findings = std::mem::take(&mut parsed.findings);
    table.remark_unknown(&["data", "valor", "datafim"], &mut findings);
    let mut rows = Vec::new();
    parsed.rows_read = table.for_each(&mut findings, |row, line, _| {
        rows.push((line, Cow::Owned(row[day].to_vec()), Cow::Owned(row[value].to_vec())));
        Ok(())
    })?;
    parsed.findings = findings;
    fill(parsed, context, rows, Decimal::Comma)
}

/// Reads the JSON form.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_json(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    json::refuse_error_body(&text)?;
    let rows: Vec<Row<'_>> = json::read(&text)?;
    let parsed = Parsed { rows_read: rows.len() as u64, ..Parsed::default() };
    let rows = rows.iter().zip(1..).map(|(row, record)| {
        let value = row.valor.as_deref().unwrap_or_default().as_bytes();
        (record, Cow::Borrowed(row.data.as_bytes()), Cow::Borrowed(value))
    });
    fill(parsed, context, rows.collect(), Decimal::Point)
}

type Cell<'a> = Cow<'a, [u8]>;

fn fill(mut parsed: Parsed, context: &Context<'_>, rows: Vec<(u64, Cell<'_>, Cell<'_>)>, rule: Decimal) -> Outcome {
    let definition = definition(context, &rows, &mut parsed)?;
    let series = parsed.series("", || definition);
    for (line, day, value) in rows {
        let Some(period) = date::day_month_year(&day) else {
            parsed.findings.malformed(line, "bad_date", || super::quoted("a date dd/MM/yyyy", &day));
            continue;
        };
        if matches!(value.trim_ascii(), b"" | b"-" | b"null") {
            continue;
        }
        match number::parse(&value, rule) {
            Ok(number) => parsed.push(series, period, number, line),
            Err(error) => parsed.findings.malformed(line, error.rule(), || super::bad_number(&value, rule)),
        }
    }
    Ok(parsed)
}

/// The code is in the file name only.
fn definition(
    context: &Context<'_>,
    rows: &[(u64, Cell<'_>, Cell<'_>)],
    parsed: &mut Parsed,
) -> Result<SeriesDef, Refusal> {
    if let Some(row) = context.row_in_name(SOURCE) {
        return Ok(row.clone());
    }
    let code = context.stem().rsplit(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
    let Some(code) = code else {
        return Err(Refusal::new(
            "unknown_series",
            "the file holds one SGS series but its name holds no code; name it after the code, like 433.csv",
        ));
    };
    let periods = rows.iter().take(50).filter_map(|(_, day, _)| date::day_month_year(day)).collect();
    let frequency: Frequency = families::guess_frequency(periods);
    Ok(unknown_code(SOURCE, code, frequency, &mut parsed.findings))
}
