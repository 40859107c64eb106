//! One file per official format. Each is a pure function of the bytes and the [`Context`](crate::parsed::Context): no I/O, no
//! clock, no guess. It returns the figures with their lines and what it refused, or the reason to refuse the whole file.

pub mod anbima_ms;
pub mod b3_curves;
pub mod b3_ibov;
pub mod b3_settlement;
pub mod bcb_focus;
pub mod bcb_sgs;
pub mod cboe;
pub mod cftc;
pub mod embi;
pub mod fred_observations;
pub mod fredgraph;
mod json;
pub mod named_price;
pub mod tesouro_direto;
pub mod us_treasury;

use market::{Frequency, SeriesDef};

use crate::families;
use crate::findings::Findings;
use crate::number::Decimal;

/// Definition for a code the catalogue lacks, with the remark that says so.
fn unknown_code(source: &str, code: &str, frequency: Frequency, findings: &mut Findings) -> SeriesDef {
    findings.remark(None, "not_in_catalogue", || {
        format!("{source} {code} is not in the catalogue: stored as {source}:{code} with a late default release rule")
    });
    families::unknown(source, code, frequency)
}

fn quoted(expected: &str, field: &[u8]) -> String {
    let start: String = String::from_utf8_lossy(field).chars().take(40).collect();
    format!("{start:?} is not {expected}")
}

fn bad_number(field: &[u8], rule: Decimal) -> String {
    let expected = match rule {
        Decimal::Point => "a number with decimal point",
        Decimal::Comma => "a number with decimal comma",
        Decimal::CommaWithThousands => "a number like 1.234,56",
    };
    quoted(expected, field)
}

fn value(series: u32, period: chrono::NaiveDate, value: f64, line: u64) -> crate::parsed::ParsedValue {
    crate::parsed::ParsedValue { series, period, value, line, published_on: None }
}

/// Where a figure goes.
#[derive(Debug, Clone, Copy)]
struct Place {
    series: u32,
    period: chrono::NaiveDate,
    line: u64,
}

/// Reads a number into its place, or refuses its row.
fn put(
    values: &mut Vec<crate::parsed::ParsedValue>,
    findings: &mut Findings,
    field: &[u8],
    rule: Decimal,
    Place { series, period, line }: Place,
) {
    match crate::number::parse(field, rule) {
        Ok(number) => values.push(value(series, period, number, line)),
        Err(error) => findings.malformed(line, error.rule(), || bad_number(field, rule)),
    }
}
