//! Cboe daily prices, CSV, MM/dd/yyyy, decimal point: `DATE,OPEN,HIGH,LOW,CLOSE` (the file name says of what) or two
//! columns, the second named after the index. The close is the series itself; open, high and low hang off it.

use super::{Place, put, unknown_code};
use crate::date;
use crate::findings::Refusal;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};
use market::{Frequency, SeriesId};

/// Reads a file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    let table = Table::new(&text, b',')?;
    let day = table.required("DATE")?;
    let mut parsed = Parsed::default();
    let ohlc = table.column("CLOSE").is_some();
    let symbol = match (ohlc, table.header().len()) {
        (true, _) => symbol_in_name(context)?,
        (false, 2) => table.header()[1 - day].to_ascii_uppercase(),
        _ => return Err(Refusal::new("header_missing", "neither DATE,OPEN,HIGH,LOW,CLOSE nor DATE,INDEX").at(1)),
    };
    if ohlc {
        table.remark_unknown(&["DATE", "OPEN", "HIGH", "LOW", "CLOSE"], &mut parsed.findings);
    }
    let close = match context.catalogue.find("CBOE", &format!("{symbol}_History.csv")) {
        Some(row) => row.clone(),
        None => unknown_code("CBOE", &symbol, Frequency::Daily, &mut parsed.findings),
    };
    let mut columns = Vec::new();
    for (at, name) in table.header().iter().enumerate().filter(|(at, _)| *at != day) {
        let name = name.to_ascii_uppercase();
        let definition = match name.as_str() {
            "OPEN" | "HIGH" | "LOW" if ohlc => {
                let id = SeriesId::new(format!("{}.{name}", close.id));
                match context.catalogue.get(&id) {
                    Some(row) => row.clone(),
                    None => crate::families::of_row(
                        &close,
                        &name,
                        format!("{symbol}_History.csv|{name}"),
                        format!("{}, {}", close.name, name.to_ascii_lowercase()),
                    ),
                }
            }
            "CLOSE" => close.clone(),
            _ if !ohlc => close.clone(),
            _ => continue,
        };
        columns.push((at, parsed.series(&name, || definition)));
    }
    let mut findings = std::mem::take(&mut parsed.findings);
    parsed.rows_read = table.for_each(&mut findings, |row, line, findings| {
        let Some(period) = date::month_day_year(&row[day]) else {
            findings.malformed(line, "bad_date", || super::quoted("a date MM/dd/yyyy", &row[day]));
            return Ok(());
        };
        for &(at, series) in &columns {
            let field = row[at].trim_ascii();
            if field.is_empty() {
                continue;
            }
            put(&mut parsed.values, findings, field, Decimal::Point, Place { series, period, line });
        }
        Ok(())
    })?;
    parsed.findings = findings;
    Ok(parsed)
}

fn symbol_in_name(context: &Context<'_>) -> Result<String, Refusal> {
    let stem = context.stem().to_ascii_uppercase();
    let symbol = stem.split(['_', ' ', '-']).next().unwrap_or_default();
    let known = context.catalogue.find("CBOE", &format!("{symbol}_History.csv")).is_some();
    if known || stem.ends_with("_HISTORY") && !symbol.is_empty() {
        return Ok(symbol.to_owned());
    }
    Err(Refusal::new(
        "unknown_series",
        "open, high, low and close of an index that neither the header nor the file name names; name it like VIX_History.csv",
    ))
}
