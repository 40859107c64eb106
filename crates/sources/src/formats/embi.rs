//! EMBI spreads by country, wide, `;`, ISO dates, decimal point, in percentage points (100 times that is basis points).

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
    let table = Table::new(&text, b';')?;
    let day = table.required("date")?;
    let mut parsed = Parsed::default();
    let mut columns = Vec::new();
    for (at, country) in table.header().iter().enumerate().filter(|(at, _)| *at != day) {
        let definition = match context.catalogue.get(&SeriesId::new(format!("EMBI.{country}"))) {
            Some(row) => row.clone(),
            None => unknown_code("BCRD_EMBI", country, Frequency::Daily, &mut parsed.findings),
        };
        columns.push((at, parsed.series(country, || definition)));
    }
    let mut findings = std::mem::take(&mut parsed.findings);
    parsed.rows_read = table.for_each(&mut findings, |row, line, findings| {
        let Some(period) = date::iso(&row[day]) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", &row[day]));
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
