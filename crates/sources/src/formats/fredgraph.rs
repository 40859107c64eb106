//! fredgraph CSV: `observation_date,CODE...` (`DATE,CODE...` until December 2024), ISO dates, decimal point; missing is
//! empty or `.`. The header names the series, so the file may have any name.

use super::{Place, put, unknown_code};
use crate::findings::Refusal;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};
use crate::{date, families};

/// Reads a file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    let table = Table::new(&text, b',')?;
    let first = table.header().first().map(String::as_str).unwrap_or_default();
    if !(first.eq_ignore_ascii_case("observation_date") || first.eq_ignore_ascii_case("date"))
        || table.header().len() < 2
    {
        return Err(Refusal::new("header_missing", "the header is not observation_date,CODE").at(1));
    }
    let mut parsed = Parsed::default();
    let mut columns = Vec::new();
    for (at, code) in table.header().iter().enumerate().skip(1) {
        let definition = match context.catalogue.find("FRED", code) {
            Some(row) => row.clone(),
            None => {
                let periods =
                    text.lines().skip(1).take(50).filter_map(|line| date::iso(line.split(',').next()?.as_bytes()));
                let frequency = families::guess_frequency(periods.collect());
                unknown_code("FRED", code, frequency, &mut parsed.findings)
            }
        };
        columns.push((at, parsed.series(code, || definition)));
    }
    let mut findings = std::mem::take(&mut parsed.findings);
    parsed.rows_read = table.for_each(&mut findings, |row, line, findings| {
        let Some(period) = date::iso(&row[0]) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", &row[0]));
            return Ok(());
        };
        for &(at, series) in &columns {
            let field = row[at].trim_ascii();
            if matches!(field, b"" | b".") {
                continue;
            }
            put(&mut parsed.values, findings, field, Decimal::Point, Place { series, period, line });
        }
        Ok(())
    })?;
    parsed.findings = findings;
    Ok(parsed)
}
