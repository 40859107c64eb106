//! US Treasury daily par yield curve, CSV, newest first, MM/dd/yyyy, decimal point, missing is empty or `N/A`. Columns have
//! come and gone (`2 Mo` 2018, `4 Mo` 2022, `1.5 Month` 2025): they are found by name, never by place. A header without
//! maturities under five years is the real curve.

use super::{Place, put, unknown_code};
use crate::date;
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
    let day = table.required("Date")?;
    let tenors: Vec<Option<String>> = table.header().iter().map(|name| tenor(name)).collect();
    let real = !tenors.iter().flatten().any(|tenor| !matches!(tenor.as_str(), "5Y" | "7Y" | "10Y" | "20Y" | "30Y"));
    let prefix = if real { "US_REAL_" } else { "US_PAR_" };
    let mut parsed = Parsed::default();
    let mut columns = Vec::new();
    for (at, tenor) in tenors.iter().enumerate().filter(|(at, _)| *at != day) {
        let Some(tenor) = tenor else {
            let name = &table.header()[at];
            parsed
                .findings
                .remark(Some(1), "unknown_column", || format!("column {name:?} is not known and was not read"));
            continue;
        };
        let definition = match context.catalogue.get(&SeriesId::new(format!("{prefix}{tenor}"))) {
            Some(row) => row.clone(),
            None => unknown_code("US_TREASURY", &format!("{prefix}{tenor}"), Frequency::Daily, &mut parsed.findings),
        };
        columns.push((at, parsed.series(tenor, || definition)));
    }
    let mut findings = std::mem::take(&mut parsed.findings);
    parsed.rows_read = table.for_each(&mut findings, |row, line, findings| {
        let Some(period) = date::month_day_year(&row[day]) else {
            findings.malformed(line, "bad_date", || super::quoted("a date MM/dd/yyyy", &row[day]));
            return Ok(());
        };
        for &(at, series) in &columns {
            let field = row[at].trim_ascii();
            if matches!(field, b"" | b"N/A") {
                continue;
            }
            put(&mut parsed.values, findings, field, Decimal::Point, Place { series, period, line });
        }
        Ok(())
    })?;
    parsed.findings = findings;
    // A column of a tenor that was not published yet is empty throughout: no series of it occurs.
    Ok(parsed)
}

/// `10Y` of `10 Yr`, `1_5M` of `1.5 Month`.
pub(crate) fn tenor(column: &str) -> Option<String> {
    let (number, unit) = column.split_once(' ')?;
    let unit = match unit.to_ascii_lowercase().as_str() {
        "mo" | "month" | "months" => 'M',
        "yr" | "year" | "years" => 'Y',
        _ => return None,
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !number.is_empty();
    plain.then(|| format!("{}{unit}", number.replace('.', "_")))
}
