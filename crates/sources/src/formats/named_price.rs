//! Two-column price files whose series is in the file name only, ISO dates, decimal point: Yahoo closes (`Date,Close`) and
//! EIA spot prices (`Date,Price`).

use super::{Place, put, unknown_code};
use crate::date;
use crate::findings::Refusal;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};
use market::{Frequency, SeriesDef};

/// Reads a Yahoo close file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_yahoo(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let stem = context.stem();
    let symbols = [
        stem.to_owned(),
        format!("^{stem}"),
        format!("{stem}=X"),
        format!("{}=X", stem.strip_prefix("USD").unwrap_or(stem)),
        if stem == "DXY" { "DX-Y.NYB".to_owned() } else { String::new() },
    ];
    let row = symbols.iter().find_map(|symbol| context.catalogue.find("YAHOO", symbol));
    parse(bytes, context, "Close", "YAHOO", row)
}

/// Reads an EIA spot price file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_eia(bytes: &[u8], context: &Context<'_>) -> Outcome {
    parse(bytes, context, "Price", "EIA", context.row_in_name("EIA"))
}

fn parse(bytes: &[u8], context: &Context<'_>, column: &str, source: &str, row: Option<&SeriesDef>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    let table = Table::new(&text, b',')?;
    let (day, price) = (table.required("Date")?, table.required(column)?);
    let mut parsed = Parsed::default();
    table.remark_unknown(&["Date", column], &mut parsed.findings);
    let definition = match row {
        Some(row) => row.clone(),
        None if context.in_folder(source) => {
            unknown_code(source, context.stem(), Frequency::Daily, &mut parsed.findings)
        }
        None => {
            return Err(Refusal::new(
                "unknown_series",
                format!(
                    "prices of something that {:?} does not name; name the file after its {source} code",
                    context.stem()
                ),
            ));
        }
    };
    let series = parsed.series("", || definition);
    let mut findings = std::mem::take(&mut parsed.findings);
    parsed.rows_read = table.for_each(&mut findings, |row, line, findings| {
        let Some(period) = date::iso(&row[day]) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", &row[day]));
            return Ok(());
        };
        let field = row[price].trim_ascii();
        if matches!(field, b"" | b"null") {
            return Ok(());
        }
        put(&mut parsed.values, findings, field, Decimal::Point, Place { series, period, line });
        Ok(())
    })?;
    parsed.findings = findings;
    Ok(parsed)
}
